package collect

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// readLoadBalancers reads the Load Balancers of the Project in the cluster's region, with the parts of those that
// belong to the cluster.
func (c *collector) readLoadBalancers(ctx context.Context, cluster *k8s.Cluster) {
	c.start(func() { c.facts.Project.LoadBalancers = c.loadBalancers(ctx, cluster) })
}

func (c *collector) loadBalancers(
	ctx context.Context, cluster *k8s.Cluster,
) assessment.Collection[assessment.LoadBalancer] {
	lists := readLists(ctx, c, scaleway.AllZones(cluster.Region), func(
		ctx context.Context, zone scw.Zone,
	) ([]*lb.LB, error) {
		return c.Scaleway.LoadBalancersIn(ctx, zone, cluster.ProjectID)
	})
	found := joinLists("GET /lb/v1/zones/{zone}/lbs", lists, newLoadBalancer)
	gaps := make([]*assessment.Gap, len(found.Items))
	sizes := privateNetworkCounts(lists)
	var work sync.WaitGroup
	for i := range found.Items {
		work.Go(func() { gaps[i] = c.completeLoadBalancer(ctx, cluster, &found.Items[i], sizes[i] > 0) })
	}
	work.Wait()
	for _, gap := range gaps {
		if gap != nil && found.Gap == nil {
			found.Complete, found.Gap = false, gap
		}
	}
	return found
}

// privateNetworkCounts returns the number of Private Networks of each Load Balancer.
func privateNetworkCounts(lists []listed[scw.Zone, *lb.LB]) []int32 {
	counts := []int32{}
	for _, list := range lists {
		for _, balancer := range list.items {
			counts = append(counts, balancer.PrivateNetworkCount)
		}
	}
	return counts
}

// completeLoadBalancer finds out whether a Load Balancer belongs to the cluster, and reads its parts if so. It returns
// why the list of Load Balancers of the cluster is not complete, or nil.
func (c *collector) completeLoadBalancer(
	ctx context.Context, cluster *k8s.Cluster, l *assessment.LoadBalancer, isAttached bool,
) *assessment.Gap {
	if l.ClusterID != cluster.ID {
		network := cluster.PrivateNetworkID
		if !isAttached || network == nil {
			return nil
		}
		networks, gap := read(ctx, c, func(ctx context.Context) ([]*lb.PrivateNetwork, error) {
			return c.Scaleway.LBPrivateNetworks(ctx, scw.Zone(l.Zone), l.ID)
		})
		l.InPrivateNetwork = slices.ContainsFunc(networks, func(n *lb.PrivateNetwork) bool {
			return n.PrivateNetworkID == *network
		})
		if !l.InPrivateNetwork {
			return gap
		}
	}
	c.readLoadBalancerParts(ctx, l)
	return nil
}

// readLoadBalancerParts reads the frontends, backends and certificates of a Load Balancer.
func (c *collector) readLoadBalancerParts(ctx context.Context, l *assessment.LoadBalancer) {
	zone, base := scw.Zone(l.Zone), "GET /lb/v1/zones/"+l.Zone+"/lbs/"+l.ID
	var work sync.WaitGroup
	work.Go(func() {
		items, gap := read(ctx, c, func(ctx context.Context) ([]*lb.Backend, error) {
			return c.Scaleway.LBBackends(ctx, zone, l.ID)
		})
		l.Backends = collection(base+"/backends", convert(items, newLBBackend), gap)
	})
	work.Go(func() {
		items, gap := read(ctx, c, func(ctx context.Context) ([]*lb.Certificate, error) {
			return c.Scaleway.LBCertificates(ctx, zone, l.ID)
		})
		l.Certificates = collection(base+"/certificates", convert(items, newLBCertificate), gap)
	})
	items, gap := read(ctx, c, func(ctx context.Context) ([]*lb.Frontend, error) {
		return c.Scaleway.LBFrontends(ctx, zone, l.ID)
	})
	l.Frontends = collection(base+"/frontends", convert(items, newLBFrontend), gap)
	for i, item := range items {
		if l.ServiceUID == "" {
			l.ServiceUID = uuidPattern().FindString(item.Name)
		}
		if len(item.CertificateIDs) > 0 || item.Backend == nil || item.Backend.ForwardProtocol != lb.ProtocolHTTP {
			continue
		}
		work.Go(func() {
			acls, gap := read(ctx, c, func(ctx context.Context) ([]*lb.ACL, error) {
				return c.Scaleway.FrontendACLs(ctx, zone, item.ID)
			})
			source := "GET /lb/v1/zones/" + l.Zone + "/frontends/" + item.ID + "/acls"
			l.Frontends.Items[i].ACLs = collection(source, convert(acls, newLBACL), gap)
		})
	}
	work.Wait()
}

func uuidPattern() *regexp.Regexp {
	return regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
}

// newLoadBalancer converts a Load Balancer. The name of one of a cluster begins with the cluster's id. No recording
// shows what follows; the cloud controller manager's own code appends the UID of the Service [INFERRED].
func newLoadBalancer(balancer *lb.LB) assessment.LoadBalancer {
	l := assessment.LoadBalancer{
		ID: balancer.ID, Name: balancer.Name, Zone: balancer.Zone.String(), Status: balancer.Status.String(),
		CreatedAt: balancer.CreatedAt, SSLCompatibility: present(balancer.SslCompatibilityLevel),
	}
	if balancer.IP != nil {
		l.PublicIPs = &[]string{}
		for _, ip := range balancer.IP {
			*l.PublicIPs = append(*l.PublicIPs, ip.IPAddress)
		}
	}
	ids := uuidPattern().FindAllString(balancer.Name, 2)
	if len(ids) == 0 || !strings.HasPrefix(balancer.Name, ids[0]) {
		return l
	}
	l.ClusterID = ids[0]
	if len(ids) > 1 {
		l.ServiceUID = ids[1]
	}
	return l
}

func newLBFrontend(frontend *lb.Frontend) assessment.LBFrontend {
	f := assessment.LBFrontend{ID: frontend.ID, Name: frontend.Name, Port: int(frontend.InboundPort)}
	if frontend.Backend != nil {
		f.BackendID = frontend.Backend.ID
	}
	if frontend.CertificateIDs != nil {
		f.CertificateIDs = &frontend.CertificateIDs
	}
	return f
}

func newLBBackend(backend *lb.Backend) assessment.LBBackend {
	return assessment.LBBackend{
		ID: backend.ID, Name: backend.Name, ForwardProtocol: present(backend.ForwardProtocol),
		ForwardPort: int(backend.ForwardPort), SSLBridging: backend.SslBridging,
		IgnoreSSLVerify: backend.IgnoreSslServerVerify,
	}
}

// newLBCertificate converts a certificate. As recorded, one that is pending is valid until year 1.
func newLBCertificate(certificate *lb.Certificate) assessment.LBCertificate {
	found := assessment.LBCertificate{
		ID: certificate.ID, Name: certificate.Name, Type: certificate.Type.String(),
		Status: present(certificate.Status), CommonName: certificate.CommonName,
	}
	if certificate.Type == lb.CertificateTypeLetsencryt { // the SDK's misspelled default value
		found.Type = lb.CertificateTypeLetsencrypt.String()
	}
	if at := certificate.NotValidBefore; at != nil && at.Year() > 1 {
		found.NotValidBefore = at
	}
	if at := certificate.NotValidAfter; at != nil && at.Year() > 1 {
		found.NotValidAfter = at
	}
	return found
}

// newLBACL converts an access rule. As recorded, one without addresses matches 0.0.0.0/0.
func newLBACL(acl *lb.ACL) assessment.LBACL {
	found := assessment.LBACL{Name: acl.Name, Index: int(acl.Index)}
	if acl.Action != nil {
		found.Action = acl.Action.Type.String()
		if redirect := acl.Action.Redirect; redirect != nil {
			found.RedirectScheme = redirect.Type == lb.ACLActionRedirectRedirectTypeScheme &&
				redirect.Target == "https" ||
				redirect.Type == lb.ACLActionRedirectRedirectTypeLocation &&
					strings.HasPrefix(redirect.Target, "https://")
		}
	}
	match := acl.Match
	if match == nil {
		found.MatchesAll = true
		return found
	}
	matchesAddresses := len(match.IPSubnet) == 0 || slices.ContainsFunc(match.IPSubnet, func(subnet *string) bool {
		return subnet != nil && *subnet == "0.0.0.0/0"
	})
	found.MatchesAll = matchesAddresses && !match.Invert && !match.IPsEdgeServices &&
		(match.HTTPFilter == "" || match.HTTPFilter == lb.ACLHTTPFilterACLHTTPFilterNone)
	return found
}
