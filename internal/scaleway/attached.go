package scaleway

import (
	"context"
	"slices"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// claimPrefix begins the name of a volume that the CSI driver made for a claim of a cluster.
const claimPrefix = "pvc-"

// LoadBalancersOf lists the Load Balancers of a cluster, whose names begin with its id, in all zones of its region that have Load
// Balancers. Source: GET /lb/v1/zones/{zone}/lbs.
func (c *Client) LoadBalancersOf(ctx context.Context, cluster *k8s.Cluster) ([]*lb.LB, error) {
	found := []*lb.LB{}
	for _, zone := range c.balancers.Zones() {
		if in, err := zone.Region(); err != nil || in != cluster.Region {
			continue
		}
		ctx, called := begin(ctx, "list the Load Balancers of", "cluster", cluster.ID, zone)
		list, err := c.balancers.ListLBs(&lb.ZonedAPIListLBsRequest{Zone: zone, Name: &cluster.ID, ProjectID: optional(cluster.ProjectID)}, allPages(ctx)...)
		if err != nil {
			return nil, called.fail(err)
		}
		for _, one := range list.LBs {
			if strings.HasPrefix(one.Name, cluster.ID) {
				found = append(found, one)
			}
		}
	}
	return found, nil
}

// ClaimVolumesOf lists the volumes of claims that are attached to nodes of a cluster. Volumes that are attached to nothing carry no
// sign of their cluster: they are not found. Source: GET /block/v1/zones/{zone}/volumes.
func (c *Client) ClaimVolumesOf(ctx context.Context, cluster *k8s.Cluster, nodes []*k8s.Node) ([]*block.Volume, error) {
	zones, machines, found := []scw.Zone{}, map[string]bool{}, []*block.Volume{}
	for _, node := range nodes {
		place, ok := strings.CutPrefix(node.ProviderID, "scaleway://instance/")
		zone, server, both := strings.Cut(place, "/")
		if !ok || !both {
			continue // a machine outside Scaleway has no volumes of Scaleway
		}
		if !slices.Contains(zones, scw.Zone(zone)) {
			zones = append(zones, scw.Zone(zone))
		}
		machines[server] = true
	}
	for _, zone := range zones {
		ctx, called := begin(ctx, "list the volumes of", "cluster", cluster.ID, zone)
		list, err := c.block.ListVolumes(&block.ListVolumesRequest{Zone: zone, ProjectID: optional(cluster.ProjectID)}, allPages(ctx)...)
		if err != nil {
			return nil, called.fail(err)
		}
		for _, volume := range list.Volumes {
			for _, reference := range volume.References {
				if machines[reference.ProductResourceID] && strings.HasPrefix(volume.Name, claimPrefix) {
					found = append(found, volume)
				}
			}
		}
	}
	return found, nil
}
