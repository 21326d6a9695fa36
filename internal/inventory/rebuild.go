package inventory

import "strings"

// RebuildReason says why an export does not take an object that a user made.
type RebuildReason string

// The reasons.
const (
	ScalewayStorage   RebuildReason = "scaleway_storage"   // Its driver is one of Scaleway.
	DataOnNode        RebuildReason = "data_on_node"       // Its data is on a node of this cluster.
	SnapshotData      RebuildReason = "snapshot_data"      // Its data is in the storage of this cluster.
	InstalledSoftware RebuildReason = "installed_software" // It belongs to a driver or a server that is installed.
)

// Rebuild is an object that users have to make again at another host.
type Rebuild struct {
	Object string        `json:"object"` // "namespace/name", or "name".
	Reason RebuildReason `json:"reason"`
}

// ReasonToRebuild returns why an export does not take an object that a user made. It is empty if the export takes the
// object, if another object creates it again, and if the cluster or Scaleway made it.
func ReasonToRebuild(kind string, o Object) RebuildReason {
	if isOfCluster(o) || IsPortable(kind, o) {
		return ""
	}
	switch kind {
	case "persistentvolumes":
		switch {
		case isProvisioned(o):
		case isOnNode(o):
			return DataOnNode
		case IsScalewayDriver(o.Driver):
			return ScalewayStorage
		}
	case "storageclasses.storage.k8s.io", "volumesnapshotclasses.snapshot.storage.k8s.io":
		switch {
		case isShippedClass(o.Name):
		case IsScalewayDriver(o.Driver):
			return ScalewayStorage
		default:
			return InstalledSoftware
		}
	case "volumesnapshots.snapshot.storage.k8s.io":
		return SnapshotData
	case "volumesnapshotcontents.snapshot.storage.k8s.io":
		if !strings.HasPrefix(o.Name, "snapcontent-") { // The name of one that a VolumeSnapshot made.
			return SnapshotData
		}
	case "csidrivers.storage.k8s.io":
		if !IsScalewayDriver(o.Name) {
			return InstalledSoftware
		}
	case "apiservices.apiregistration.k8s.io":
		if o.Labels["kube-aggregator.kubernetes.io/automanaged"] == "" {
			return InstalledSoftware
		}
	case "volumeattributesclasses.storage.k8s.io":
		return InstalledSoftware
	}
	return ""
}

// isShippedClass reports whether Scaleway creates a StorageClass or a VolumeSnapshotClass of this name in new clusters.
func isShippedClass(name string) bool {
	return IsScalewayClass(name) || name == "scw-snapshot" || name == "scw-snapshot-retain"
}
