package kubernetes

import (
	"cmp"
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// snapshotContents is the resource of VolumeSnapshotContents. Kapsule installs its CustomResourceDefinition.
var snapshotContents = schema.GroupVersionResource{ //nolint:gochecknoglobals // a constant
	Group: "snapshot.storage.k8s.io", Version: "v1", Resource: "volumesnapshotcontents",
}

// Snapshot is a VolumeSnapshotContent of a Block Storage snapshot.
type Snapshot struct {
	// Name is the name of the VolumeSnapshotContent. Of is the "namespace/name" of its VolumeSnapshot, or "".
	Name, Of string
	// Policy is the deletion policy, "Delete" or "Retain".
	Policy string
	// Handle is the Block Storage snapshot and Volume its source volume or "", as "zone/UUID".
	Handle, Volume string
}

// Snapshots lists the VolumeSnapshotContents of Block Storage snapshots, sorted by name. It returns none if the cluster
// does not have the CustomResourceDefinition. It omits snapshots that Scaleway has not created yet: they have no
// handle.
func (c *Client) Snapshots(ctx context.Context) ([]Snapshot, error) {
	items, err := c.list(ctx, snapshotContents, "")
	if IsUnknownAPI(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	found := []Snapshot{}
	for i := range items {
		content := items[i].Object
		text := func(fields ...string) string {
			value, _, _ := unstructured.NestedString(content, fields...)
			return value
		}
		snapshot := Snapshot{
			Name: items[i].GetName(), Policy: text("spec", "deletionPolicy"), Volume: text(
				"spec", "source", "volumeHandle",
			),
			Handle: cmp.Or(text("status", "snapshotHandle"), text("spec", "source", "snapshotHandle")),
		}
		if name := text("spec", "volumeSnapshotRef", "name"); name != "" {
			snapshot.Of = text("spec", "volumeSnapshotRef", "namespace") + "/" + name
		}
		if text("spec", "driver") == csiDriver && snapshot.Handle != "" {
			found = append(found, snapshot)
		}
	}
	return found, nil
}

// Storage holds the volumes and snapshots of a cluster.
type Storage struct {
	Disks     []Disk
	Snapshots []Snapshot
	// SnapshotsErr is the error of reading the snapshots.
	SnapshotsErr error
}

// Storage lists the volumes and snapshots on Block Storage. It returns an error only if it cannot read the volumes.
func (c *Client) Storage(ctx context.Context) (Storage, error) {
	disks, err := c.Disks(ctx)
	if err != nil {
		return Storage{}, err
	}
	snapshots, err := c.Snapshots(ctx)
	return Storage{Disks: disks, Snapshots: snapshots, SnapshotsErr: err}, nil
}
