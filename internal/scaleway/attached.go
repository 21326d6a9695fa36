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

// Scaleway's CSI driver names a volume "pvc-<uid of the PersistentVolumeClaim>" and a snapshot
// "snapshot-<uid of the VolumeSnapshot>". It sets no tags.
const (
	csiVolumePrefix   = "pvc-"
	csiSnapshotPrefix = "snapshot-"
)

// IsCSIVolume reports whether the name of a volume has the form that the CSI driver uses.
func IsCSIVolume(volume *block.Volume) bool { return strings.HasPrefix(volume.Name, csiVolumePrefix) }

// IsCSISnapshot reports whether the name of a snapshot has the form that the CSI driver uses.
func IsCSISnapshot(snapshot *block.Snapshot) bool {
	return strings.HasPrefix(snapshot.Name, csiSnapshotPrefix)
}

// ClusterLoadBalancers lists the Load Balancers whose names begin with the id of a cluster, in all zones of the regions
// of the cluster and its nodes. When some zones fail, it returns the Load Balancers of the others and an error. Source:
// GET /lb/v1/zones/{zone}/lbs.
func (c *Client) ClusterLoadBalancers(ctx context.Context, cluster *k8s.Cluster, nodes []*k8s.Node) ([]*lb.LB, error) {
	zones := clusterZones(c.loadBalancers.Zones(), cluster, nodes)
	list := func(ctx context.Context, zone scw.Zone) ([]*lb.LB, error) {
		list, err := c.loadBalancers.ListLBs(&lb.ZonedAPIListLBsRequest{
			Zone: zone, Name: &cluster.ID, ProjectID: optionalString(cluster.ProjectID),
		}, allPages(ctx)...)
		if err != nil {
			return nil, err
		}
		return list.LBs, nil
	}
	found, err := listInZones(ctx, zones, "Load Balancers", cluster, list)
	return slices.DeleteFunc(found, func(balancer *lb.LB) bool {
		return !strings.HasPrefix(balancer.Name, cluster.ID)
	}), err
}

// ProjectVolumes lists all volumes of a cluster's Project, in the same zones as ClusterLoadBalancers. The API does not
// record which cluster a volume belongs to. Source: GET /block/v1/zones/{zone}/volumes.
func (c *Client) ProjectVolumes(ctx context.Context, cluster *k8s.Cluster, nodes []*k8s.Node) ([]*block.Volume, error) {
	zones := clusterZones(c.block.Zones(), cluster, nodes)
	return listInZones(ctx, zones, "volumes", cluster, func(
		ctx context.Context, zone scw.Zone,
	) ([]*block.Volume, error) {
		request := &block.ListVolumesRequest{Zone: zone, ProjectID: optionalString(cluster.ProjectID)}
		list, err := c.block.ListVolumes(request, allPages(ctx)...)
		if err != nil {
			return nil, err
		}
		return list.Volumes, nil
	})
}

// ProjectSnapshots lists all snapshots of a cluster's Project, like ProjectVolumes. Source: GET
// /block/v1/zones/{zone}/snapshots.
func (c *Client) ProjectSnapshots(
	ctx context.Context, cluster *k8s.Cluster, nodes []*k8s.Node,
) ([]*block.Snapshot, error) {
	zones := clusterZones(c.block.Zones(), cluster, nodes)
	return listInZones(
		ctx,
		zones,
		"snapshots",
		cluster,
		func(ctx context.Context, zone scw.Zone) ([]*block.Snapshot, error) {
			request := &block.ListSnapshotsRequest{Zone: zone, ProjectID: optionalString(cluster.ProjectID)}
			list, err := c.block.ListSnapshots(request, allPages(ctx)...)
			if err != nil {
				return nil, err
			}
			return list.Snapshots, nil
		},
	)
}

// listInZones calls list for each zone and joins the results. It stops at the first missing permission, because
// permissions do not depend on the zone.
func listInZones[T any](
	ctx context.Context, zones []scw.Zone, kind string, cluster *k8s.Cluster,
	list func(context.Context, scw.Zone) ([]T, error),
) ([]T, error) {
	found, failures := []T{}, []error{}
	for _, zone := range zones {
		ctx, call := startCall(ctx, "list the "+kind+" of", "cluster", cluster.ID, zone)
		inZone, err := list(ctx, zone)
		if err != nil {
			err = call.wrapError(err)
			failures = append(failures, err)
			if IsForbidden(err) || ctx.Err() != nil {
				break
			}
			continue
		}
		found = append(found, inZone...)
	}
	return found, errors.Join(failures...)
}

// clusterZones returns those zones of all that are in the region of a cluster or of one of its nodes, in the order of
// all.
func clusterZones(all []scw.Zone, cluster *k8s.Cluster, nodes []*k8s.Node) []scw.Zone {
	regions := []scw.Region{cluster.Region}
	for _, node := range nodes {
		zone, _, ok := NodeInstance(node)
		if region, err := zone.Region(); ok && err == nil {
			regions = append(regions, region)
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(zone scw.Zone) bool {
		region, err := zone.Region()
		return err != nil || !slices.Contains(regions, region)
	})
}

// NodeInstance returns the zone and the id of a node's Instance; ok is false for a machine outside Scaleway.
func NodeInstance(node *k8s.Node) (zone scw.Zone, id string, ok bool) {
	rest, ok := strings.CutPrefix(node.ProviderID, "scaleway://instance/")
	if !ok {
		return "", "", false
	}
	name, id, ok := strings.Cut(rest, "/")
	return scw.Zone(name), id, ok
}

// ZonalObject is a zonal Scaleway object that may outlive a deleted cluster.
type ZonalObject struct {
	Kind ObjectKind
	Zone scw.Zone
	ID   string
}

// ObjectKind is a kind of Object.
type ObjectKind string

// The kinds of Object.
const (
	KindVolume       ObjectKind = "volume"
	KindSnapshot     ObjectKind = "snapshot"
	KindLoadBalancer ObjectKind = "Load Balancer"
)

// The number of PollIntervals for which Remaining waits: until the API starts to delete an object, and until a deletion
// that has started is complete.
const deleteStartIntervals, deleteEndIntervals = 60, 600

// WaitObjectsDeleted waits for the deletion of objects and returns those that still exist. It waits deleteEndIntervals
// intervals for an object that the API is deleting and, if patient is set, deleteStartIntervals intervals for any
// other. When ctx ends first, it returns all objects that are left. It also returns objects that it could not read; err
// has the reasons. Source: GET of each object.
func (c *Client) WaitObjectsDeleted(
	ctx context.Context,
	objects []ZonalObject,
	patient bool,
) (left []ZonalObject, err error) {
	pacer, readErrs, pending := c.newPacer(c.pollPause), map[ZonalObject]error{}, slices.Clone(objects)
	for len(pending) > 0 {
		waiting := []ZonalObject{}
		pacer.startRead()
		for _, object := range pending {
			deleting, readErr := c.isObjectDeleting(ctx, object)
			if IsNotFound(readErr) {
				continue
			}
			readErrs[object] = readErr
			limit := deleteStartIntervals * c.PollInterval
			switch {
			case deleting:
				limit = deleteEndIntervals * c.PollInterval
			case !patient, IsForbidden(readErr):
				limit = 0
			}
			if pacer.waited() >= limit {
				left = append(left, object)
			} else {
				waiting = append(waiting, object)
			}
		}
		pending = waiting
		if len(pending) > 0 && pacer.sleep(ctx) != nil {
			left = append(left, pending...)
			break
		}
	}
	position := map[ZonalObject]int{}
	for i, object := range objects {
		position[object] = i
	}
	slices.SortFunc(left, func(a, b ZonalObject) int { return position[a] - position[b] })
	errs := []error{}
	for _, object := range left {
		errs = append(errs, readErrs[object])
	}
	return left, errors.Join(errs...)
}

// isObjectDeleting reads an object and reports whether the API is deleting it. Snapshots have no such status.
func (c *Client) isObjectDeleting(ctx context.Context, object ZonalObject) (bool, error) {
	ctx, call := startCall(ctx, "read", string(object.Kind), object.ID, object.Zone)
	opt := scw.WithContext(ctx)
	switch object.Kind {
	case KindVolume:
		volume, err := c.block.GetVolume(&block.GetVolumeRequest{Zone: object.Zone, VolumeID: object.ID}, opt)
		if err != nil {
			return false, call.wrapError(err)
		}
		return volume.Status == block.VolumeStatusDeleting || volume.Status == block.VolumeStatusDeleted, nil
	case KindSnapshot:
		_, err := c.block.GetSnapshot(&block.GetSnapshotRequest{Zone: object.Zone, SnapshotID: object.ID}, opt)
		return false, call.wrapError(err)
	default:
		balancer, err := c.loadBalancers.GetLB(&lb.ZonedAPIGetLBRequest{Zone: object.Zone, LBID: object.ID}, opt)
		if err != nil {
			return false, call.wrapError(err)
		}
		return balancer.Status == lb.LBStatusToDelete || balancer.Status == lb.LBStatusDeleting, nil
	}
}
