package scaleway

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// Scaleway's CSI driver names a volume "pvc-<uid of the claim>" and a snapshot "snapshot-<uid of the VolumeSnapshot>".
// It sets no tags.
const (
	claimPrefix    = "pvc-"
	snapshotPrefix = "snapshot-"
)

// IsClaimVolume says whether a volume is named as the CSI driver names the volume of a claim.
func IsClaimVolume(volume *block.Volume) bool { return strings.HasPrefix(volume.Name, claimPrefix) }

// IsClaimSnapshot says whether a snapshot is named as the CSI driver names one.
func IsClaimSnapshot(one *block.Snapshot) bool { return strings.HasPrefix(one.Name, snapshotPrefix) }

// LoadBalancersOf lists the Load Balancers of a cluster, whose names begin with its id, in all zones of its region and
// of the regions of its nodes. With an error it returns those of the zones that answered. Source: GET
// /lb/v1/zones/{zone}/lbs.
func (c *Client) LoadBalancersOf(ctx context.Context, cluster *k8s.Cluster, nodes []*k8s.Node) ([]*lb.LB, error) {
	zones := zonesOf(c.balancers.Zones(), cluster, nodes)
	list := func(ctx context.Context, zone scw.Zone) ([]*lb.LB, error) {
		list, err := c.balancers.ListLBs(&lb.ZonedAPIListLBsRequest{
			Zone: zone, Name: &cluster.ID, ProjectID: optional(cluster.ProjectID),
		}, allPages(ctx)...)
		if err != nil {
			return nil, err
		}
		return list.LBs, nil
	}
	found, err := inZones(ctx, zones, "Load Balancers", cluster, list)
	return slices.DeleteFunc(found, func(one *lb.LB) bool { return !strings.HasPrefix(one.Name, cluster.ID) }), err
}

// VolumesAround lists all volumes of the Project of a cluster, in the zones of LoadBalancersOf: a volume does not say
// which cluster it belongs to. Source: GET /block/v1/zones/{zone}/volumes.
func (c *Client) VolumesAround(ctx context.Context, cluster *k8s.Cluster, nodes []*k8s.Node) ([]*block.Volume, error) {
	zones := zonesOf(c.block.Zones(), cluster, nodes)
	return inZones(ctx, zones, "volumes", cluster, func(ctx context.Context, zone scw.Zone) ([]*block.Volume, error) {
		request := &block.ListVolumesRequest{Zone: zone, ProjectID: optional(cluster.ProjectID)}
		list, err := c.block.ListVolumes(request, allPages(ctx)...)
		if err != nil {
			return nil, err
		}
		return list.Volumes, nil
	})
}

// SnapshotsAround lists all snapshots of the Project of a cluster, as VolumesAround does.
// Source: GET /block/v1/zones/{zone}/snapshots.
func (c *Client) SnapshotsAround(
	ctx context.Context, cluster *k8s.Cluster, nodes []*k8s.Node,
) ([]*block.Snapshot, error) {
	zones := zonesOf(c.block.Zones(), cluster, nodes)
	return inZones(ctx, zones, "snapshots", cluster, func(ctx context.Context, zone scw.Zone) ([]*block.Snapshot, error) {
		request := &block.ListSnapshotsRequest{Zone: zone, ProjectID: optional(cluster.ProjectID)}
		list, err := c.block.ListSnapshots(request, allPages(ctx)...)
		if err != nil {
			return nil, err
		}
		return list.Snapshots, nil
	})
}

// inZones calls list for each zone and joins what it returns. After a refusal the other zones are not asked: the
// answer does not depend on the zone.
func inZones[T any](
	ctx context.Context, zones []scw.Zone, kind string, cluster *k8s.Cluster,
	list func(context.Context, scw.Zone) ([]T, error),
) ([]T, error) {
	found, failures := []T{}, []error{}
	for _, zone := range zones {
		ctx, called := begin(ctx, "list the "+kind+" of", "cluster", cluster.ID, zone)
		some, err := list(ctx, zone)
		if err != nil {
			err = called.fail(err)
			failures = append(failures, err)
			if IsForbidden(err) || ctx.Err() != nil {
				break
			}
			continue
		}
		found = append(found, some...)
	}
	return found, errors.Join(failures...)
}

// zonesOf are the zones of the region of a cluster and of the regions of its nodes, in their order.
func zonesOf(all []scw.Zone, cluster *k8s.Cluster, nodes []*k8s.Node) []scw.Zone {
	regions := []scw.Region{cluster.Region}
	for _, node := range nodes {
		zone, _, ok := InstanceOf(node)
		if region, err := zone.Region(); ok && err == nil {
			regions = append(regions, region)
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(zone scw.Zone) bool {
		region, err := zone.Region()
		return err != nil || !slices.Contains(regions, region)
	})
}

// InstanceOf is the Instance of a node; false for a machine outside Scaleway.
func InstanceOf(node *k8s.Node) (zone scw.Zone, id string, ok bool) {
	rest, ok := strings.CutPrefix(node.ProviderID, "scaleway://instance/")
	if !ok {
		return "", "", false
	}
	name, id, ok := strings.Cut(rest, "/")
	return scw.Zone(name), id, ok
}

// Object is a zonal object of Scaleway that a deletion of a cluster may leave.
type Object struct {
	Kind ObjectKind
	Zone scw.Zone
	ID   string
}

// ObjectKind is a kind of Object.
type ObjectKind string

// The kinds.
const (
	KindVolume       ObjectKind = "volume"
	KindSnapshot     ObjectKind = "snapshot"
	KindLoadBalancer ObjectKind = "Load Balancer"
)

// How many PollIntervals an object may stay after its cluster is gone before it counts as left: one that the API does
// not delete, and one that it is deleting.
const removalGrace, removalLimit = 60, 600

// Remaining returns those objects that still exist: one that the API is deleting after removalLimit, another after
// removalGrace, or at once unless patient, all of them when the context ends. An object that could not be read is
// returned, too, and the error says why. Source: GET of each object.
func (c *Client) Remaining(ctx context.Context, objects []Object, patient bool) (left []Object, err error) {
	start, failures, pending := c.now(), map[Object]error{}, slices.Clone(objects)
	for len(pending) > 0 {
		waiting := []Object{}
		for _, one := range pending {
			deleting, failure := c.isDeleting(ctx, one)
			if IsNotFound(failure) {
				continue
			}
			failures[one] = failure
			limit := removalGrace * c.PollInterval
			switch {
			case deleting:
				limit = removalLimit * c.PollInterval
			case !patient, IsForbidden(failure):
				limit = 0
			}
			if c.now().Sub(start) >= limit {
				left = append(left, one)
			} else {
				waiting = append(waiting, one)
			}
		}
		pending = waiting
		if len(pending) > 0 && sleep(ctx, c.pause(c.now().Sub(start))) != nil {
			left = append(left, pending...)
			break
		}
	}
	order := map[Object]int{}
	for i, one := range objects {
		order[one] = i
	}
	slices.SortFunc(left, func(a, b Object) int { return order[a] - order[b] })
	joined := []error{}
	for _, one := range left {
		joined = append(joined, failures[one])
	}
	return left, errors.Join(joined...)
}

// isDeleting reads an object and says whether the API deletes it now.
func (c *Client) isDeleting(ctx context.Context, one Object) (bool, error) {
	ctx, called := begin(ctx, "read", string(one.Kind), one.ID, one.Zone)
	switch one.Kind {
	case KindVolume:
		now, err := c.block.GetVolume(&block.GetVolumeRequest{Zone: one.Zone, VolumeID: one.ID}, scw.WithContext(ctx))
		if err != nil {
			return false, called.fail(err)
		}
		return now.Status == block.VolumeStatusDeleting || now.Status == block.VolumeStatusDeleted, nil
	case KindSnapshot:
		_, err := c.block.GetSnapshot(&block.GetSnapshotRequest{Zone: one.Zone, SnapshotID: one.ID}, scw.WithContext(ctx))
		return false, called.fail(err)
	default:
		now, err := c.balancers.GetLB(&lb.ZonedAPIGetLBRequest{Zone: one.Zone, LBID: one.ID}, scw.WithContext(ctx))
		if err != nil {
			return false, called.fail(err)
		}
		return now.Status == lb.LBStatusToDelete || now.Status == lb.LBStatusDeleting, nil
	}
}
