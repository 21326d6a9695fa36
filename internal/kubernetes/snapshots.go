package kubernetes

import (
	"cmp"
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// snapshotContents are the snapshots that a cluster knows; the CRD is Kapsule's.
var snapshotContents = schema.GroupVersionResource{ //nolint:gochecknoglobals // a constant
	Group: "snapshot.storage.k8s.io", Version: "v1", Resource: "volumesnapshotcontents",
}

// Snapshot is a VolumeSnapshotContent whose data is a snapshot of Scaleway.
type Snapshot struct {
	// Name is the VolumeSnapshotContent's; Of is "namespace/name" of its VolumeSnapshot, or "".
	Name, Of string
	// Policy is its deletion policy, "Delete" or "Retain".
	Policy string
	// Handle is the snapshot, Volume the volume that it was taken of or "": "zone/UUID".
	Handle, Volume string
}

// Snapshots lists the VolumeSnapshotContents that are snapshots of Scaleway, sorted by name; none where the cluster
// does not have the CRD. One that is not taken yet has no handle, and is left out.
func (c *Client) Snapshots(ctx context.Context) ([]Snapshot, error) {
	items, err := c.list(ctx, snapshotContents, "")
	if isUnknownAPI(err) {
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
		one := Snapshot{
			Name: items[i].GetName(), Policy: text("spec", "deletionPolicy"), Volume: text("spec", "source", "volumeHandle"),
			Handle: cmp.Or(text("status", "snapshotHandle"), text("spec", "source", "snapshotHandle")),
		}
		if name := text("spec", "volumeSnapshotRef", "name"); name != "" {
			one.Of = text("spec", "volumeSnapshotRef", "namespace") + "/" + name
		}
		if text("spec", "driver") == driver && one.Handle != "" {
			found = append(found, one)
		}
	}
	return found, nil
}
