package collect

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"sync"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// readCluster reads the cluster, its pools and nodes, then the facts that depend on them.
func (c *collector) readCluster(ctx context.Context, region scw.Region, id string) {
	path := fmt.Sprintf("GET /k8s/v1/regions/%s/clusters/%s", region, id)
	cluster, gap := read(ctx, c, func(ctx context.Context) (*k8s.Cluster, error) {
		return c.Scaleway.Cluster(ctx, region, id)
	})
	if gap != nil {
		c.start(func() { c.readReader(ctx, &c.facts.Reader, "") })
		c.leaveUnread(path, *gap)
		return
	}
	c.start(func() { c.readReader(ctx, &c.facts.Reader, cluster.OrganizationID) })
	c.facts.Cluster = fact(path, clusterFacts(cluster), nil)
	c.facts.Project.ID = cluster.ProjectID
	c.projectClusters = sync.OnceValue(func() []listed[scw.Region, *k8s.Cluster] {
		return readLists(ctx, c, scw.AllRegions, func(ctx context.Context, region scw.Region) ([]*k8s.Cluster, error) {
			return c.Scaleway.Clusters(ctx, region, scaleway.ClusterFilter{ProjectID: cluster.ProjectID})
		})
	})
	c.start(func() { c.readACL(ctx, path+"/acls", cluster) })
	c.start(func() { c.readNetwork(ctx, cluster) })
	var work sync.WaitGroup
	var pools []*k8s.Pool
	work.Go(func() { pools = c.readPools(ctx, path+"/pools", cluster) })
	work.Go(func() { c.readNodes(ctx, path+"/nodes", cluster) })
	work.Wait()
	c.markExternalNodes()
	c.start(func() { c.readVersions(ctx, cluster, pools) })
	c.start(func() { c.readSecurityGroups(ctx, cluster, pools) })
	c.start(func() { c.readLoadBalancers(ctx, cluster) })
	c.start(func() { c.readStorage(ctx, cluster) })
	c.start(func() { c.readProject(ctx, cluster) })
}

// leaveUnread records the reason why the cluster was not read for everything that is found through it.
func (c *collector) leaveUnread(source string, gap assessment.Gap) {
	f, p := c.facts, &c.facts.Project
	f.Cluster = assessment.Fact[assessment.Cluster]{Source: source, Gap: &gap}
	f.Versions.Gap, p.PrivateNetwork.Gap, p.VPC.Gap = &gap, &gap, &gap
	f.Pools = assessment.Unread[assessment.Pool]("", gap)
	f.Nodes = assessment.Unread[assessment.Node]("", gap)
	f.ACL = assessment.Unread[assessment.AllowRange]("", gap)
	p.ACLRules = assessment.Unread[assessment.ACLRule]("", gap)
	p.IPs = assessment.Unread[assessment.NetworkIP]("", gap)
	p.Routes = assessment.Unread[assessment.Route]("", gap)
	p.Connectors = assessment.Unread[assessment.Connector]("", gap)
	p.VPNGateways = assessment.Unread[assessment.Resource]("", gap)
	p.InterLinks = assessment.Unread[assessment.Resource]("", gap)
	p.Gateways = assessment.Unread[assessment.Gateway]("", gap)
	p.SecurityGroups = assessment.Unread[assessment.SecurityGroup]("", gap)
	p.LoadBalancers = assessment.Unread[assessment.LoadBalancer]("", gap)
	p.Volumes = assessment.Unread[assessment.Volume]("", gap)
	p.Snapshots = assessment.Unread[assessment.Snapshot]("", gap)
	p.InstanceVolumes = assessment.Unread[assessment.Volume]("", gap)
	p.Databases = assessment.Unread[assessment.Database]("", gap)
	p.Registries = assessment.Unread[assessment.RegistrySpace]("", gap)
	p.CockpitSources = assessment.Unread[assessment.CockpitSource]("", gap)
	p.RootDisks = assessment.Unread[assessment.RootDisk]("", gap)
	unread := assessment.ResourceList{Collection: assessment.Unread[assessment.Resource]("", gap)}
	p.Neighbours, p.OtherRegions = []assessment.ResourceList{unread}, []assessment.ResourceList{unread}
}

func clusterFacts(cluster *k8s.Cluster) assessment.Cluster {
	facts := assessment.Cluster{
		ID: cluster.ID, Name: cluster.Name, Region: cluster.Region.String(), ProjectID: cluster.ProjectID,
		OrganizationID: cluster.OrganizationID, Type: present(cluster.Type), Status: cluster.Status.String(),
		Version: present(cluster.Version), CNI: cluster.Cni.String(), CreatedAt: cluster.CreatedAt,
		PrivateNetworkID: cluster.PrivateNetworkID,
		ACLAvailable:     cluster.ACLAvailable, //nolint:staticcheck // deprecated, still in the API's responses
		FeatureGates:     cluster.FeatureGates, AdmissionPlugins: cluster.AdmissionPlugins,
		IAMNodesGroupID: cluster.IamNodesGroupID, IAMControlPlaneAppl: cluster.IamControlPlaneApplicationID,
	}
	if upgrade := cluster.AutoUpgrade; upgrade != nil {
		facts.AutoUpgrade = &upgrade.Enabled
		if window := upgrade.MaintenanceWindow; window != nil {
			facts.MaintenanceWindow = fmt.Sprintf("%s %02d:00 UTC", window.Day, window.StartHour)
		}
	}
	return facts
}

// present returns a text, or nil if the API did not have it.
func present[T ~string](text T) *string {
	if text == "" {
		return nil
	}
	value := string(text)
	return &value
}

// readACL reads the allow-list of the API server.
func (c *collector) readACL(ctx context.Context, source string, cluster *k8s.Cluster) {
	rules, gap := read(ctx, c, func(ctx context.Context) ([]*k8s.ACLRule, error) {
		return c.Scaleway.AllowList(ctx, cluster.Region, cluster.ID)
	})
	c.facts.ACL = collection(source, convert(rules, func(rule *k8s.ACLRule) assessment.AllowRange {
		entry := assessment.AllowRange{
			ScalewayRanges: rule.ScalewayRanges != nil && *rule.ScalewayRanges,
		}
		if rule.IP != nil {
			ip := rule.IP.String()
			entry.IP = &ip
		}
		return entry
	}), gap)
}

// convert converts the objects of a list.
func convert[T, F any](list []*T, one func(*T) F) []F {
	facts := make([]F, 0, len(list))
	for _, object := range list {
		if object != nil {
			facts = append(facts, one(object))
		}
	}
	return facts
}

// readPools reads the pools with the keys of their user data.
func (c *collector) readPools(ctx context.Context, source string, cluster *k8s.Cluster) []*k8s.Pool {
	pools, gap := read(ctx, c, func(ctx context.Context) ([]*k8s.Pool, error) {
		return c.Scaleway.Pools(ctx, cluster.Region, cluster.ID)
	})
	facts := convert(pools, poolFacts)
	var work sync.WaitGroup
	for i, p := range facts {
		if p.IsExternal {
			continue // its machines read no user data
		}
		work.Go(func() {
			keys, gap := read(ctx, c, func(ctx context.Context) ([]string, error) {
				return c.Scaleway.PoolUserDataKeys(ctx, cluster.Region, p.ID)
			})
			path := fmt.Sprintf("GET /k8s/v1/regions/%s/pools/%s/user-data", cluster.Region, p.ID)
			facts[i].UserDataKeys = collection(path, keys, gap)
		})
	}
	work.Wait()
	c.facts.Pools = collection(source, facts, gap)
	return pools
}

// externalNodeType is the node type of pools of machines outside Scaleway.
const externalNodeType = "external"

func poolFacts(pool *k8s.Pool) assessment.Pool {
	facts := assessment.Pool{
		ID: pool.ID, Name: pool.Name, Status: pool.Status.String(), Version: present(pool.Version),
		NodeType: present(pool.NodeType), IsExternal: pool.NodeType == externalNodeType, Zone: present(pool.Zone),
		Size: int(pool.Size), CreatedAt: pool.CreatedAt, PublicIPDisabled: &pool.PublicIPDisabled,
		RootVolumeType: present(pool.RootVolumeType), SecurityGroupID: &pool.SecurityGroupID,
	}
	if pool.KubeletArgs != nil {
		facts.KubeletArgs = slices.AppendSeq([]string{}, maps.Keys(pool.KubeletArgs))
		slices.Sort(facts.KubeletArgs)
	}
	return facts
}

// readNodes reads the nodes.
func (c *collector) readNodes(ctx context.Context, source string, cluster *k8s.Cluster) {
	nodes, gap := read(ctx, c, func(ctx context.Context) ([]*k8s.Node, error) {
		return c.Scaleway.Nodes(ctx, cluster.Region, scaleway.NodeFilter{ClusterID: cluster.ID})
	})
	c.facts.Nodes = collection(source, convert(nodes, func(node *k8s.Node) assessment.Node {
		zone, server, _ := scaleway.NodeInstance(node)
		return assessment.Node{
			ID: node.ID, Name: node.Name, PoolID: node.PoolID, Status: node.Status.String(),
			CreatedAt:  node.CreatedAt,
			PublicIPv4: address(node.PublicIPV4), //nolint:staticcheck // deprecated, still in the API's responses
			PublicIPv6: address(node.PublicIPV6), //nolint:staticcheck // as above
			ServerZone: zone.String(), ServerID: server,
		}
	}), gap)
}

// address returns an address, or an empty text: the API describes a node without the address by null.
func address(ip *net.IP) *string {
	text := ""
	if ip != nil && len(*ip) > 0 {
		text = ip.String()
	}
	return &text
}

// markExternalNodes marks the nodes of external pools.
func (c *collector) markExternalNodes() {
	for i, n := range c.facts.Nodes.Items {
		c.facts.Nodes.Items[i].IsExternal = slices.ContainsFunc(c.facts.Pools.Items, func(p assessment.Pool) bool {
			return p.ID == n.PoolID && p.IsExternal
		})
	}
}

// readVersions reads the dates of the minors that the API offers, and of those in use that it does not offer any more.
func (c *collector) readVersions(ctx context.Context, cluster *k8s.Cluster, pools []*k8s.Pool) {
	source := fmt.Sprintf("GET /k8s/v1/regions/%s/versions", cluster.Region)
	offered, gap := read(ctx, c, func(ctx context.Context) ([]*k8s.Version, error) {
		return c.Scaleway.Versions(ctx, cluster.Region)
	})
	if gap != nil {
		c.facts.Versions = fact(source, assessment.Versions{}, gap)
		return
	}
	versions := assessment.Versions{Dates: map[string]assessment.VersionDates{}, Offered: []string{}}
	addVersions(&versions, offered)
	inUse := []string{cluster.Version}
	for _, pool := range pools {
		if pool != nil {
			inUse = append(inUse, pool.Version)
		}
	}
	for i, name := range inUse {
		version, err := lifecycle.ParseVersion(name)
		if err != nil {
			continue // the check reports it
		}
		if _, known := versions.Dates[version.Minor.String()]; known {
			continue
		}
		found, gap := read(ctx, c, func(ctx context.Context) (*k8s.Version, error) {
			found, err := c.Scaleway.Version(ctx, cluster.Region, name)
			if scaleway.IsNotFound(err) {
				return nil, nil
			}
			return found, err
		})
		if gap != nil {
			c.facts.Versions = fact(source, assessment.Versions{}, gap)
			return
		}
		if found != nil {
			versions.Dates[version.Minor.String()] = versionDates(found)
		}
		if i > 0 {
			continue
		}
		// The versions to which a deprecated cluster can be upgraded may differ from those of new clusters.
		targets, gap := read(ctx, c, func(ctx context.Context) ([]*k8s.Version, error) {
			return c.Scaleway.AvailableVersions(ctx, cluster.Region, cluster.ID)
		})
		if gap != nil {
			c.facts.Versions = fact(source, assessment.Versions{}, gap)
			return
		}
		addVersions(&versions, targets)
	}
	c.facts.Versions = fact(source, versions, nil)
}

// addVersions adds offered versions. If patches of a minor have different dates, the newest patch decides.
func addVersions(versions *assessment.Versions, offered []*k8s.Version) {
	for _, v := range offered {
		if v != nil && !slices.Contains(versions.Offered, v.Name) {
			versions.Offered = append(versions.Offered, v.Name)
		}
	}
	slices.Sort(versions.Offered)
	for _, v := range offered {
		if v == nil {
			continue
		}
		full, err := lifecycle.ParseVersion(v.Name)
		if err != nil {
			continue
		}
		if newest, ok := lifecycle.HighestPatch(versions.Offered, full.Minor); ok && newest == v.Name {
			versions.Dates[full.Minor.String()] = versionDates(v)
		}
	}
}

func versionDates(v *k8s.Version) assessment.VersionDates {
	return assessment.VersionDates{
		ReleasedAt: v.ReleasedAt, DeprecatedAt: v.DeprecatedAt, EndOfSupportAt: v.EndOfLifeAt,
	}
}
