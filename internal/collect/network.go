package collect

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// readNetwork reads the Private Network of the cluster and what is around it.
func (c *collector) readNetwork(ctx context.Context, cluster *k8s.Cluster) {
	p := &c.facts.Project
	path := fmt.Sprintf("GET /vpc/v2/regions/%s/", cluster.Region)
	if cluster.PrivateNetworkID == nil || *cluster.PrivateNetworkID == "" {
		c.withoutNetwork(path)
		return
	}
	id := *cluster.PrivateNetworkID
	c.start(func() { c.readIPs(ctx, cluster, id) })
	c.start(func() { c.readGateways(ctx, cluster, id) })
	network, gap := read(ctx, c, func(ctx context.Context) (*vpc.PrivateNetwork, error) {
		return c.Scaleway.PrivateNetwork(ctx, cluster.Region, id)
	})
	source := path + "private-networks/" + id
	if gap != nil {
		p.PrivateNetwork = fact(source, assessment.PrivateNetwork{}, gap)
		p.VPC = fact(path+"vpcs", assessment.VPC{}, gap)
		c.leaveVPCUnread(path, *gap)
		return
	}
	p.PrivateNetwork = fact(source, networkFacts(network), nil)
	c.start(func() { c.readVPC(ctx, path, network) })
	c.start(func() { c.readRoutes(ctx, path, network) })
	c.start(func() { c.readConnectors(ctx, path, network) })
	c.start(func() { c.readVPNGateways(ctx, network) })
	c.start(func() { c.readInterLinks(ctx, network) })
}

// withoutNetwork records that a cluster without a Private Network has nothing around it.
func (c *collector) withoutNetwork(path string) {
	p := &c.facts.Project
	p.ACLRules = assessment.Read[assessment.ACLRule](path, nil)
	p.IPs = assessment.Read[assessment.NetworkIP](path, nil)
	p.Routes = assessment.Read[assessment.Route](path, nil)
	p.Connectors = assessment.Read[assessment.Connector](path, nil)
	p.VPNGateways = assessment.Read[assessment.Resource](path, nil)
	p.InterLinks = assessment.Read[assessment.Resource](path, nil)
	p.Gateways = assessment.Read[assessment.Gateway](path, nil)
}

// leaveVPCUnread records why what is found through the VPC was not read.
func (c *collector) leaveVPCUnread(path string, gap assessment.Gap) {
	p := &c.facts.Project
	p.ACLRules = assessment.Unread[assessment.ACLRule](path, gap)
	p.Routes = assessment.Unread[assessment.Route](path, gap)
	p.Connectors = assessment.Unread[assessment.Connector](path, gap)
	p.VPNGateways = assessment.Unread[assessment.Resource](path, gap)
	p.InterLinks = assessment.Unread[assessment.Resource](path, gap)
}

func networkFacts(network *vpc.PrivateNetwork) assessment.PrivateNetwork {
	return assessment.PrivateNetwork{
		ID:     network.ID,
		Name:   network.Name,
		VPCID:  network.VpcID,
		Region: network.Region.String(),
		Subnets: convert(
			network.Subnets,
			func(subnet *vpc.Subnet) string { return subnet.Subnet.String() },
		),
		DefaultRoutePropagation: &network.DefaultRoutePropagationEnabled,
	}
}

// readVPC reads the VPC and its ACL.
func (c *collector) readVPC(ctx context.Context, path string, network *vpc.PrivateNetwork) {
	p, id := &c.facts.Project, network.VpcID
	source := path + "vpcs/" + id
	found, gap := read(ctx, c, func(ctx context.Context) (*vpc.VPC, error) {
		return c.Scaleway.VPC(ctx, network.Region, id)
	})
	facts := assessment.VPC{}
	if gap == nil {
		count := int(found.PrivateNetworkCount)
		facts = assessment.VPC{
			ID: found.ID, Name: found.Name, RoutingEnabled: &found.RoutingEnabled, PrivateNetworkCount: &count,
			TransitivityEnabled: &found.TransitivityEnabled,
		}
	}
	rules := []assessment.ACLRule{}
	var aclGap *assessment.Gap
	for _, isIPv6 := range []bool{false, true} {
		acl, gap := read(ctx, c, func(ctx context.Context) (*vpc.GetACLResponse, error) {
			return c.Scaleway.VPCACL(ctx, network.Region, id, isIPv6)
		})
		if gap != nil {
			aclGap = gap
			continue
		}
		rules = append(rules, convert(acl.Rules, func(rule *vpc.ACLRule) assessment.ACLRule {
			return assessment.ACLRule{
				Action: rule.Action.String(), Protocol: rule.Protocol.String(), Source: rule.Source.String(),
				Destination: rule.Destination.String(), IsIPv6: isIPv6,
				HasPorts: isPart(rule.SrcPortLow, rule.SrcPortHigh) || isPart(rule.DstPortLow, rule.DstPortHigh),
			}
		})...)
		if isIPv6 {
			facts.DefaultPolicyIPv6 = present(acl.DefaultPolicy)
		} else {
			facts.DefaultPolicyIPv4 = present(acl.DefaultPolicy)
		}
	}
	p.VPC = fact(source, facts, gap)
	p.ACLRules = collection(source+"/acl-rules", rules, aclGap)
}

// isPart reports whether a range of ports is a part of all ports. The API describes all ports by zeros.
func isPart(low, high uint32) bool { return (low > 0 || high > 0) && (low > 1 || high < 65535) }

// readRoutes reads the routes of the VPC.
func (c *collector) readRoutes(ctx context.Context, path string, network *vpc.PrivateNetwork) {
	routes, gap := read(ctx, c, func(ctx context.Context) ([]*vpc.RouteWithNexthop, error) {
		return c.Scaleway.VPCRoutes(ctx, network.Region, network.VpcID)
	})
	facts := []assessment.Route{}
	for _, r := range routes {
		if r == nil || r.Route == nil {
			continue
		}
		route := assessment.Route{
			ID: r.Route.ID, Destination: r.Route.Destination.String(), NextHopType: r.NexthopResourceType.String(),
		}
		if r.Route.Type != nil {
			route.Type = r.Route.Type.String()
		}
		for _, hop := range []*string{
			r.Route.NexthopResourceID, r.Route.NexthopVpcConnectorID, r.Route.NexthopPrivateNetworkID,
		} {
			if hop != nil && *hop != "" && route.NextHopID == "" {
				route.NextHopID = *hop
			}
		}
		if connector := r.Route.NexthopVpcConnectorID; connector != nil && *connector != "" {
			route.NextHopType = "vpc_connector"
		}
		facts = append(facts, route)
	}
	c.facts.Project.Routes = collection(path+"routes-with-nexthop", facts, gap)
}

// readConnectors reads the connectors of the VPC.
func (c *collector) readConnectors(ctx context.Context, path string, network *vpc.PrivateNetwork) {
	connectors, gap := read(ctx, c, func(ctx context.Context) ([]*vpc.VPCConnector, error) {
		return c.Scaleway.VPCConnectors(ctx, network.Region, network.VpcID)
	})
	c.facts.Project.Connectors = collection(path+"vpc-connectors", convert(connectors,
		func(connector *vpc.VPCConnector) assessment.Connector {
			facts := assessment.Connector{
				ID: connector.ID, Name: connector.Name, Status: connector.Status.String(),
				TargetVPCID: connector.TargetVpcID, OrganizationID: connector.OrganizationID,
			}
			if peer := connector.PeerInfo; peer != nil {
				facts.TargetProjectID, facts.TargetOrganizationID = peer.ProjectID, peer.OrganizationID
			}
			return facts
		}), gap)
}

// readIPs reads the addresses of the Private Network, and the other clusters whose nodes have some of them.
func (c *collector) readIPs(ctx context.Context, cluster *k8s.Cluster, networkID string) {
	var neighbours map[string]*assessment.ClusterIdentity
	var work sync.WaitGroup
	work.Go(func() { neighbours = c.neighbourNodes(ctx, cluster, networkID) })
	ips, gap := read(ctx, c, func(ctx context.Context) ([]*ipam.IP, error) {
		return c.Scaleway.NetworkIPs(ctx, cluster.Region, networkID)
	})
	work.Wait()
	source := fmt.Sprintf("GET /ipam/v1/regions/%s/ips", cluster.Region)
	c.facts.Project.IPs = collection(source, convert(ips, func(ip *ipam.IP) assessment.NetworkIP {
		facts := assessment.NetworkIP{
			ID: ip.ID, Address: ip.Address.String(), ProjectID: ip.ProjectID, CreatedAt: ip.CreatedAt,
			IsIPv6: ip.IsIPv6,
		}
		if r := ip.Resource; r != nil {
			kind := r.Type.String()
			facts.ResourceType, facts.ResourceID = &kind, r.ID
			if r.Name != nil {
				facts.ResourceName = *r.Name
				facts.Neighbour = neighbours[*r.Name]
			}
		}
		return facts
	}), gap)
}

// neighbourNodes returns the other clusters of the Private Network by the names of their nodes. An address of a node
// names its node, not its cluster. What cannot be read is left out: such an object is then not known to be a node.
func (c *collector) neighbourNodes(
	ctx context.Context, cluster *k8s.Cluster, networkID string,
) map[string]*assessment.ClusterIdentity {
	beside := []*k8s.Cluster{}
	for _, list := range c.projectClusters() {
		for _, other := range list.items {
			if other != nil && other.ID != cluster.ID && other.PrivateNetworkID != nil &&
				strings.EqualFold(*other.PrivateNetworkID, networkID) {
				beside = append(beside, other)
			}
		}
	}
	found := map[string]*assessment.ClusterIdentity{}
	for _, other := range beside {
		nodes, _ := read(ctx, c, func(ctx context.Context) ([]*k8s.Node, error) {
			return c.Scaleway.Nodes(ctx, cluster.Region, scaleway.NodeFilter{ClusterID: other.ID})
		})
		for _, node := range nodes {
			if node != nil {
				found[node.Name] = &assessment.ClusterIdentity{ID: other.ID, Name: other.Name, Type: other.Type}
			}
		}
	}
	return found
}
