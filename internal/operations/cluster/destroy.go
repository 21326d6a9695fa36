package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Object is a Scaleway object with its description, such as "volume pvc-1 of 20 GB (fr-par-1/…)".
type Object struct {
	scaleway.ZonalObject
	Text string
}

// Impact holds the objects that the destroy of a cluster affects.
type Impact struct {
	Pools []string
	// LoadBalancers and Volumes are deleted with delete_additional_resources; Snapshots are never deleted.
	LoadBalancers, Volumes, Snapshots []Object
	// Unattributed are volumes and snapshots that the CSI driver created for this or for another cluster of the
	// Project.
	Unattributed []Object
	// Unread are the kinds of objects that were not read.
	Unread []Unread
}

// Unread is a kind of objects that was not read. Err is nil if no API lists them, or if another entry has the error.
type Unread struct {
	What string
	Err  error
}

// StorageReader reads the volumes and snapshots of a cluster from its Kubernetes API.
type StorageReader func(context.Context, Ref) (kubernetes.Storage, error)

// ReadImpact finds the objects that are attached to a cluster. It records what it cannot read.
func ReadImpact(ctx context.Context, api *scaleway.Client, ref Ref, readStorage StorageReader) *Impact {
	i := &Impact{}
	pools, err := api.Pools(ctx, ref.Region, ref.UUID)
	if i.checkRead("pools", err) {
		for _, pool := range pools {
			i.Pools = append(
				i.Pools, fmt.Sprintf("pool %q with %d nodes of type %s", pool.Name, pool.Size, pool.NodeType),
			)
		}
	}
	cluster, err := api.Cluster(ctx, ref.Region, ref.UUID)
	var nodes []*k8s.Node
	var volumes []*block.Volume
	var snapshots []*block.Snapshot
	if i.checkRead("the cluster", err) {
		nodes, err = api.Nodes(ctx, ref.Region, scaleway.NodeFilter{ClusterID: ref.UUID})
		i.checkRead("nodes", err)
		balancers, err := api.ClusterLoadBalancers(ctx, cluster, nodes)
		i.checkRead("Load Balancers", err)
		for _, balancer := range balancers {
			i.LoadBalancers = append(
				i.LoadBalancers,
				newObject(scaleway.KindLoadBalancer, balancer.Zone, balancer.ID, "Load Balancer "+balancer.Name),
			)
		}
		volumes, err = api.ProjectVolumes(ctx, cluster, nodes)
		i.checkRead("volumes", err)
		snapshots, err = api.ProjectSnapshots(ctx, cluster, nodes)
		i.checkRead("snapshots", err)
	}
	storage, err := readStorage(ctx, ref)
	if err != nil {
		i.Unread = append(i.Unread, Unread{
			"volumes that are not attached to a node, which only the cluster's Kubernetes API lists", err,
		}, Unread{"snapshots of deleted volumes", nil})
	} else {
		i.Unread = append(i.Unread, Unread{"retained volumes whose PersistentVolume was deleted", nil})
		i.checkRead("snapshots of deleted volumes", storage.SnapshotsErr)
	}
	i.addVolumes(volumes, nodes, storage.Disks)
	i.addSnapshots(snapshots, storage.Snapshots)
	return i
}

// checkRead reports whether a read succeeded, and records the error of a failed one.
func (i *Impact) checkRead(what string, err error) bool {
	if err != nil && !scaleway.IsNotFound(err) {
		i.Unread = append(i.Unread, Unread{what, err})
	}
	return err == nil
}

func newObject(kind scaleway.ObjectKind, zone scw.Zone, id, text string) Object {
	return Object{
		scaleway.ZonalObject{Kind: kind, Zone: zone, ID: id},
		text + " (" + scaleway.JoinZonedID(zone, id) + ")",
	}
}

// addVolumes adds the volumes of claims that are attached to nodes of the cluster, and the volumes of its
// PersistentVolumes. Other volumes of claims that are not attached may belong to another cluster: they are unclear.
func (i *Impact) addVolumes(volumes []*block.Volume, nodes []*k8s.Node, disks []kubernetes.Disk) {
	machines := map[string]bool{}
	for _, node := range nodes {
		if _, id, ok := scaleway.NodeInstance(node); ok {
			machines[id] = true
		}
	}
	disksByHandle := map[string]kubernetes.Disk{}
	for _, disk := range disks {
		disksByHandle[disk.Handle] = disk
	}
	for _, volume := range volumes {
		handle := scaleway.JoinZonedID(volume.Zone, volume.ID)
		attached := slices.ContainsFunc(
			volume.References,
			func(r *block.Reference) bool { return machines[r.ProductResourceID] },
		)
		disk, claimed := disksByHandle[handle]
		text := fmt.Sprintf("volume %s of %d GB", volume.Name, volume.Size/scw.GB)
		switch {
		case attached && (claimed || scaleway.IsCSIVolume(volume)):
			delete(disksByHandle, handle)
			i.Volumes = append(i.Volumes, newObject(scaleway.KindVolume, volume.Zone, volume.ID, text))
		case claimed && len(volume.References) > 0:
			delete(disksByHandle, handle)
			text += claimText(disk) + ", attached to another machine"
			i.Volumes = append(i.Volumes, newObject(scaleway.KindVolume, volume.Zone, volume.ID, text))
		case !claimed && len(volume.References) == 0 && scaleway.IsCSIVolume(volume):
			i.Unattributed = append(i.Unattributed, newObject(scaleway.KindVolume, volume.Zone, volume.ID, text))
		}
	}
	for _, disk := range disks {
		if _, left := disksByHandle[disk.Handle]; !left {
			continue
		}
		delete(disksByHandle, disk.Handle)
		zone, id, _ := strings.Cut(disk.Handle, "/")
		text := "volume " + disk.Name + claimText(
			disk,
		) + ", reclaim policy " + disk.Reclaim + ", not attached to a node"
		i.Volumes = append(i.Volumes, newObject(scaleway.KindVolume, scw.Zone(zone), id, text))
	}
}

func claimText(disk kubernetes.Disk) string {
	if disk.Claim == "" {
		return ""
	}
	return " of claim " + disk.Claim
}

// addSnapshots adds the snapshots of the cluster's volumes, and those of its VolumeSnapshotContents. Other snapshots of
// deleted volumes, and snapshots of unclear volumes, are unclear.
func (i *Impact) addSnapshots(snapshots []*block.Snapshot, contents []kubernetes.Snapshot) {
	contentsByHandle, own, unclear := map[string]kubernetes.Snapshot{}, map[string]bool{}, map[string]bool{}
	for _, content := range contents {
		contentsByHandle[content.Handle] = content
	}
	for _, object := range i.Volumes {
		own[object.ID] = true
	}
	for _, object := range i.Unattributed {
		unclear[object.ID] = true
	}
	for _, snapshot := range snapshots {
		handle := scaleway.JoinZonedID(snapshot.Zone, snapshot.ID)
		content, claimed := contentsByHandle[handle]
		delete(contentsByHandle, handle)
		text, parent := "snapshot "+snapshot.Name, ""
		if claimed {
			text += sourceText(content)
		}
		if snapshot.ParentVolume != nil {
			parent = snapshot.ParentVolume.ID
			text += " of volume " + snapshot.ParentVolume.Name
		}
		object := newObject(scaleway.KindSnapshot, snapshot.Zone, snapshot.ID, text)
		switch {
		case claimed, own[parent]:
			i.Snapshots = append(i.Snapshots, object)
		case unclear[parent], parent == "" && scaleway.IsCSISnapshot(snapshot):
			i.Unattributed = append(i.Unattributed, object)
		}
	}
	for _, content := range contents {
		if _, left := contentsByHandle[content.Handle]; !left {
			continue
		}
		delete(contentsByHandle, content.Handle)
		zone, id, _ := strings.Cut(content.Handle, "/")
		i.Snapshots = append(
			i.Snapshots,
			newObject(scaleway.KindSnapshot, scw.Zone(zone), id, "snapshot "+content.Name+sourceText(content)),
		)
	}
}

func sourceText(snapshot kubernetes.Snapshot) string {
	text := ""
	if snapshot.Of != "" {
		text = " of " + snapshot.Of
	}
	return text + ", deletion policy " + snapshot.Policy
}

// Merge adds the objects that an earlier read found: all of them, or only those that are now in Unattributed. The pools
// are destroyed before their cluster, and without their nodes no API says which cluster a volume belongs to.
func (i *Impact) Merge(found []Object, all bool) {
	groups := map[scaleway.ObjectKind]*[]Object{
		scaleway.KindLoadBalancer: &i.LoadBalancers, scaleway.KindVolume: &i.Volumes,
		scaleway.KindSnapshot: &i.Snapshots,
	}
	for _, object := range found {
		same := func(other Object) bool { return other.ZonalObject == object.ZonalObject }
		group, ok := groups[object.Kind]
		if !ok || slices.ContainsFunc(*group, same) {
			continue
		}
		if slices.ContainsFunc(i.Unattributed, same) || all {
			i.Unattributed = slices.DeleteFunc(i.Unattributed, same)
			*group = append(*group, object)
		}
	}
}

// NotDeletedYetError is the error of a cluster that the API is deleting, and that still exists.
type NotDeletedYetError struct{ Err error }

// Error returns the text of the cause.
func (e *NotDeletedYetError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *NotDeletedYetError) Unwrap() error { return e.Err }

// Delete deletes a cluster and waits until it is deleted. additional deletes its volumes and Load Balancers, too. The
// error is a *NotDeletedYetError if the API accepted the request.
func Delete(ctx context.Context, api *scaleway.Client, ref Ref, additional bool) error {
	if err := api.DeleteCluster(ctx, ref.Region, ref.UUID, additional); err != nil {
		return err
	}
	if err := api.WaitClusterDeleted(ctx, ref.Region, ref.UUID); err != nil {
		return &NotDeletedYetError{err}
	}
	return nil
}

// Remaining are the objects of an Impact that exist after the destroy of the cluster.
type Remaining struct {
	// Additional are Load Balancers and volumes, Snapshots those of the cluster, and Unattributed as in Impact.
	Additional, Snapshots, Unattributed []Object
	// Errors are the errors of reading them: objects that could not be read count as existing.
	Errors []error
}

// ReadRemaining finds the objects of an impact that still exist. It waits for Load Balancers and volumes, which the API
// deletes after the cluster.
func ReadRemaining(ctx context.Context, api *scaleway.Client, impact *Impact) Remaining {
	remaining := Remaining{}
	for _, group := range []struct {
		found   *[]Object
		objects []Object
		wait    bool
	}{
		{&remaining.Additional, slices.Concat(impact.LoadBalancers, impact.Volumes), true},
		{&remaining.Snapshots, impact.Snapshots, false},
		{&remaining.Unattributed, impact.Unattributed, false},
	} {
		objects := []scaleway.ZonalObject{}
		for _, object := range group.objects {
			objects = append(objects, object.ZonalObject)
		}
		existing, err := api.WaitObjectsDeleted(ctx, objects, group.wait)
		if err != nil {
			remaining.Errors = append(remaining.Errors, err)
		}
		*group.found = slices.DeleteFunc(slices.Clone(group.objects), func(object Object) bool {
			return !slices.Contains(existing, object.ZonalObject)
		})
	}
	return remaining
}
