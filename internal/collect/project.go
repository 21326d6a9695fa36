package collect

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/cockpit/v1"
	"github.com/scaleway/scaleway-sdk-go/api/container/v1"
	function "github.com/scaleway/scaleway-sdk-go/api/function/v1beta1"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/api/registry/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpcgw/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// readProject reads the other resources of the cluster's Project, its namespaces of Container Registry and its data
// sources of Cockpit. It uses the nodes that were read before.
func (c *collector) readProject(ctx context.Context, cluster *k8s.Cluster) {
	project := cluster.ProjectID
	c.start(func() {
		lists := readLists(ctx, c, scw.AllRegions, func(
			ctx context.Context, region scw.Region,
		) ([]*registry.Namespace, error) {
			return c.Scaleway.RegistriesIn(ctx, region, project)
		})
		c.facts.Project.Registries = joinLists("GET /registry/v1/regions/{region}/namespaces", lists, newRegistry)
	})
	c.start(func() {
		sources, gap := read(ctx, c, func(ctx context.Context) ([]*cockpit.DataSource, error) {
			return c.Scaleway.DataSourcesIn(ctx, cluster.Region, project)
		})
		source := "GET /cockpit/v1/regions/" + cluster.Region.String() + "/data-sources"
		c.facts.Project.CockpitSources = collection(source, convert(sources, newCockpitSource), gap)
	})
	c.start(func() { c.facts.Project.Buckets = c.buckets(ctx, cluster) })
	c.start(func() { c.readNeighbours(ctx, cluster) })
	c.start(func() { c.facts.Project.OtherRegions = c.otherRegions(ctx, cluster.ProjectID) })
}

func newRegistry(namespace *registry.Namespace) assessment.RegistrySpace {
	return assessment.RegistrySpace{
		ID: namespace.ID, Name: namespace.Name, Region: namespace.Region.String(), Endpoint: namespace.Endpoint,
		IsPublic: &namespace.IsPublic,
	}
}

func newCockpitSource(source *cockpit.DataSource) assessment.CockpitSource {
	found := assessment.CockpitSource{
		ID: source.ID, Name: source.Name, Type: source.Type.String(), Origin: source.Origin.String(),
	}
	if days := int(source.RetentionDays); days > 0 {
		found.RetentionDays = &days
	}
	if source.CurrentMonthUsage != nil {
		isUsed := *source.CurrentMonthUsage > 0
		found.UsedThisMonth = &isUsed
	}
	return found
}

// readNeighbours reads the clusters, Instances and serverless namespaces of the Project beside the cluster, and the
// root disks of the cluster's nodes, which the list of Instances has.
func (c *collector) readNeighbours(ctx context.Context, cluster *k8s.Cluster) {
	project := cluster.ProjectID
	var clusters []listed[scw.Region, *k8s.Cluster]
	var servers []listed[scw.Zone, *instance.Server]
	var functions, containers assessment.ResourceList
	var work sync.WaitGroup
	work.Go(func() { clusters = c.projectClusters() })
	work.Go(func() {
		servers = readLists(ctx, c, scaleway.AllZones(cluster.Region), func(
			ctx context.Context, zone scw.Zone,
		) ([]*instance.Server, error) {
			return c.Scaleway.InstancesIn(ctx, zone, project)
		})
	})
	work.Go(func() {
		functions = resources(ctx, c, assessment.KindFunctionNamespace, "",
			"GET /functions/v1beta1/regions/{region}/namespaces", scw.AllRegions,
			func(ctx context.Context, region scw.Region) ([]*function.Namespace, error) {
				return c.Scaleway.FunctionNamespacesIn(ctx, region, project)
			}, func(n *function.Namespace) assessment.Resource {
				return assessment.Resource{ID: n.ID, Name: n.Name, Locality: n.Region.String()}
			})
	})
	work.Go(func() {
		containers = resources(ctx, c, assessment.KindContainerNamespace, "",
			"GET /containers/v1/regions/{region}/namespaces", scw.AllRegions,
			func(ctx context.Context, region scw.Region) ([]*container.Namespace, error) {
				return c.Scaleway.ContainerNamespacesIn(ctx, region, project)
			}, func(n *container.Namespace) assessment.Resource {
				return assessment.Resource{ID: n.ID, Name: n.Name, Locality: n.Region.String(), CreatedAt: n.CreatedAt}
			})
	})
	work.Wait()
	c.facts.Project.RootDisks = c.rootDisks(servers)
	c.facts.Project.Neighbours = []assessment.ResourceList{
		otherClusters(clusters, cluster.ID), c.otherInstances(servers, clusters), functions, containers,
	}
}

// otherClusters returns the clusters beside the assessed one.
func otherClusters(lists []listed[scw.Region, *k8s.Cluster], id string) assessment.ResourceList {
	found := joinLists("GET /k8s/v1/regions/{region}/clusters", lists, func(other *k8s.Cluster) assessment.Resource {
		return assessment.Resource{
			Kind: assessment.KindCluster, ID: other.ID, Name: other.Name, ProjectID: other.ProjectID,
			Locality: other.Region.String(), CreatedAt: other.CreatedAt, Type: other.Type,
		}
	})
	found.Items = slices.DeleteFunc(found.Items, func(r assessment.Resource) bool { return r.ID == id })
	return assessment.ResourceList{Kind: assessment.KindCluster, Collection: found}
}

// instancesSource is the request of the lists of Instances.
const instancesSource = "GET /instance/v1/zones/{zone}/servers"

// clusterTag begins the tag that names the cluster of a node's Instance in recordings.
const clusterTag = "kapsule="

// otherInstances returns the Instances that are no nodes of the clusters.
func (c *collector) otherInstances(
	lists []listed[scw.Zone, *instance.Server], clusters []listed[scw.Region, *k8s.Cluster],
) assessment.ResourceList {
	nodes, known := map[string]bool{}, map[string]bool{}
	for _, node := range c.facts.Nodes.Items {
		nodes[node.ServerID] = true
	}
	for _, list := range clusters {
		for _, cluster := range list.items {
			known[cluster.ID] = true
		}
	}
	beside := slices.Clone(lists)
	for i := range beside {
		beside[i].items = slices.DeleteFunc(slices.Clone(beside[i].items), func(server *instance.Server) bool {
			return nodes[server.ID] || slices.ContainsFunc(server.Tags, func(tag string) bool {
				id, isNode := strings.CutPrefix(tag, clusterTag)
				return isNode && known[id]
			})
		})
	}
	found := joinLists(instancesSource, beside, func(server *instance.Server) assessment.Resource {
		return assessment.Resource{
			Kind: assessment.KindInstance, ID: server.ID, Name: server.Name, ProjectID: server.Project,
			Locality: server.Zone.String(), CreatedAt: server.CreationDate, Type: server.CommercialType,
		}
	})
	return assessment.ResourceList{Kind: assessment.KindInstance, Collection: found}
}

// rootDisks returns the root disks of the nodes' Instances: the volumes with the index 0. In recordings, the field boot
// is false for them.
func (c *collector) rootDisks(
	lists []listed[scw.Zone, *instance.Server],
) assessment.Collection[assessment.RootDisk] {
	nodes := map[string]bool{}
	for _, node := range c.facts.Nodes.Items {
		nodes[node.ServerID] = true
	}
	attached := slices.Clone(lists)
	for i := range attached {
		attached[i].items = slices.DeleteFunc(slices.Clone(attached[i].items), func(server *instance.Server) bool {
			return !nodes[server.ID] || server.Volumes["0"] == nil
		})
	}
	return joinLists(instancesSource, attached, func(server *instance.Server) assessment.RootDisk {
		root := server.Volumes["0"]
		return assessment.RootDisk{ServerID: server.ID, VolumeID: root.ID, Type: present(root.VolumeType)}
	})
}

// otherRegions reads the zonal resources of the Project outside fr-par: a list for each kind and region.
func (c *collector) otherRegions(ctx context.Context, project string) []assessment.ResourceList {
	reads := []func(scw.Region) assessment.ResourceList{
		func(region scw.Region) assessment.ResourceList {
			return resources(ctx, c, assessment.KindVolume, region, "GET /block/v1/zones/{zone}/volumes",
				scaleway.AllZones(region), func(ctx context.Context, zone scw.Zone) ([]*block.Volume, error) {
					return c.Scaleway.VolumesIn(ctx, zone, project)
				}, func(v *block.Volume) assessment.Resource {
					return assessment.Resource{
						ID:        v.ID,
						Name:      v.Name,
						Locality:  v.Zone.String(),
						CreatedAt: v.CreatedAt,
					}
				})
		},
		func(region scw.Region) assessment.ResourceList {
			return resources(ctx, c, assessment.KindSnapshot, region, "GET /block/v1/zones/{zone}/snapshots",
				scaleway.AllZones(region), func(ctx context.Context, zone scw.Zone) ([]*block.Snapshot, error) {
					return c.Scaleway.SnapshotsIn(ctx, zone, project)
				}, func(s *block.Snapshot) assessment.Resource {
					return assessment.Resource{
						ID:        s.ID,
						Name:      s.Name,
						Locality:  s.Zone.String(),
						CreatedAt: s.CreatedAt,
					}
				})
		},
		func(region scw.Region) assessment.ResourceList {
			return resources(ctx, c, assessment.KindLoadBalancer, region, "GET /lb/v1/zones/{zone}/lbs",
				scaleway.AllZones(region), func(ctx context.Context, zone scw.Zone) ([]*lb.LB, error) {
					return c.Scaleway.LoadBalancersIn(ctx, zone, project)
				}, func(l *lb.LB) assessment.Resource {
					return assessment.Resource{
						ID:        l.ID,
						Name:      l.Name,
						Locality:  l.Zone.String(),
						CreatedAt: l.CreatedAt,
					}
				})
		},
		func(region scw.Region) assessment.ResourceList {
			return resources(ctx, c, assessment.KindGateway, region, "GET /vpc-gw/v2/zones/{zone}/gateways",
				scaleway.AllZones(region), func(ctx context.Context, zone scw.Zone) ([]*vpcgw.Gateway, error) {
					return c.Scaleway.GatewaysIn(ctx, zone, project)
				}, func(g *vpcgw.Gateway) assessment.Resource {
					return assessment.Resource{
						ID:        g.ID,
						Name:      g.Name,
						Locality:  g.Zone.String(),
						CreatedAt: g.CreatedAt,
					}
				})
		},
	}
	others := slices.DeleteFunc(slices.Clone(scw.AllRegions), func(r scw.Region) bool { return r == scw.RegionFrPar })
	found := make([]assessment.ResourceList, len(others)*len(reads))
	var work sync.WaitGroup
	for i, region := range others {
		for j, readKind := range reads {
			work.Go(func() { found[i*len(reads)+j] = readKind(region) })
		}
	}
	work.Wait()
	return found
}

// resources reads the resources of a kind in several regions or zones.
func resources[L ~string, T any](
	ctx context.Context, c *collector, kind string, region scw.Region, source string, localities []L,
	list func(context.Context, L) ([]T, error), convert func(T) assessment.Resource,
) assessment.ResourceList {
	found := joinLists(source, readLists(ctx, c, localities, list), func(item T) assessment.Resource {
		r := convert(item)
		r.Kind = kind
		return r
	})
	return assessment.ResourceList{Kind: kind, Region: string(region), Collection: found}
}
