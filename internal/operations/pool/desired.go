// Package pool creates, updates and deletes node pools, and upgrades and replaces their nodes. It works on plain
// structs: resource packages decode a plan into Desired, call an operation, and turn its result into state and
// diagnostics.
package pool

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// ExternalNodeType is the node type of a pool of machines outside Scaleway.
const ExternalNodeType = "external"

// DefaultGracePeriod is the API's default for the grace period of pods when a node is drained.
const DefaultGracePeriod = 15 * time.Minute

// Desired is the planned configuration of a pool. Every value is known. Ids are UUIDs.
type Desired struct {
	Region    scw.Region
	ClusterID string
	Name      string
	NodeType  string
	Zone      scw.Zone

	// Size is the number of nodes where Autoscaling is nil.
	Size        uint32
	Autoscaling *Bounds

	RootVolumeType   k8s.PoolVolumeType
	RootVolumeSize   scw.Size
	PublicIPDisabled bool
	Autohealing      bool
	PlacementGroupID string
	// SecurityGroupID is empty where the API chooses the group.
	SecurityGroupID string

	Labels                map[string]string
	Taints, StartupTaints []*k8s.CoreV1Taint
	// Tags are sorted.
	Tags        []string
	KubeletArgs map[string]string
	UserData    map[string]string

	// Version is nil where the configuration leaves the version to Scaleway.
	Version *lifecycle.Minor
	// UpgradePolicy is nil for an external pool, which has none.
	UpgradePolicy             *UpgradePolicy
	MaxTerminationGracePeriod time.Duration
}

// Bounds are the least and the greatest number of nodes of an autoscaled pool.
type Bounds struct{ Min, Max uint32 }

// UpgradePolicy is how many nodes an upgrade replaces at a time.
type UpgradePolicy struct{ MaxUnavailable, MaxSurge uint32 }

// IsExternal reports whether the nodes are machines outside Scaleway.
func (d Desired) IsExternal() bool { return strings.EqualFold(d.NodeType, ExternalNodeType) }

// CreateRequest returns the request that creates the pool. An external pool has the bounds 0 and 1, which the API is
// known to accept.
func (d Desired) CreateRequest() *k8s.CreatePoolRequest {
	policy := UpgradePolicy{}
	if d.UpgradePolicy != nil {
		policy = *d.UpgradePolicy
	}
	request := &k8s.CreatePoolRequest{
		Region: d.Region, ClusterID: d.ClusterID, Name: d.Name, NodeType: d.NodeType, Zone: d.Zone, Size: d.Size,
		PlacementGroupID: nilIfEmpty(d.PlacementGroupID), SecurityGroupID: nilIfEmpty(d.SecurityGroupID),
		ContainerRuntime: k8s.RuntimeContainerd, Autohealing: d.Autohealing, PublicIPDisabled: d.PublicIPDisabled,
		Tags: nonNil(d.Tags), KubeletArgs: copyMap(d.KubeletArgs), Labels: copyMap(d.Labels),
		Taints: SortTaints(d.Taints), StartupTaints: SortTaints(d.StartupTaints),
		UpgradePolicy: &k8s.CreatePoolRequestUpgradePolicy{
			MaxUnavailable: &policy.MaxUnavailable, MaxSurge: &policy.MaxSurge,
		},
		RootVolumeType: d.RootVolumeType, RootVolumeSize: &d.RootVolumeSize, UserData: map[string][]byte{},
		MaxTerminationGracePeriod: scw.NewDurationFromTimeDuration(d.MaxTerminationGracePeriod),
		MinSize:                   &d.Size, MaxSize: &d.Size, // as in recordings
	}
	if bounds := d.Autoscaling; bounds != nil {
		request.Autoscaling, request.Size = true, bounds.Min
		request.MinSize, request.MaxSize = &bounds.Min, &bounds.Max
	}
	for key, content := range d.UserData {
		request.UserData[key] = []byte(content)
	}
	if d.IsExternal() {
		minSize, maxSize := uint32(0), uint32(1)
		request.NodeType, request.UpgradePolicy, request.Zone = ExternalNodeType, nil, ""
		request.MinSize, request.MaxSize = &minSize, &maxSize
	}
	if d.RootVolumeType == "" {
		request.RootVolumeSize = nil
	}
	return request
}

// Changes are the writes that give a pool the desired settings; nil where one is not needed. The version and the nodes
// are not part of it.
type Changes struct {
	Patch                 *k8s.UpdatePoolRequest
	Labels                map[string]string
	Taints, StartupTaints []*k8s.CoreV1Taint
}

// Changes compares the desired settings with the pool as the API has it.
func (d Desired) Changes(actual *k8s.Pool) Changes {
	var found Changes
	patch, needed := &k8s.UpdatePoolRequest{Region: actual.Region, PoolID: actual.ID}, false
	if actual.Autohealing != d.Autohealing {
		patch.Autohealing, needed = &d.Autohealing, true
	}
	// The size of an external pool follows from its machines.
	if !d.IsExternal() && d.addSizeChanges(actual, patch) {
		needed = true
	}
	if tags := nonNil(d.Tags); !slices.Equal(tags, slices.Sorted(slices.Values(actual.Tags))) {
		patch.Tags, needed = &tags, true
	}
	if args := copyMap(d.KubeletArgs); !maps.Equal(args, actual.KubeletArgs) {
		patch.KubeletArgs, needed = &args, true
	}
	if policy := d.UpgradePolicy; policy != nil && (actual.UpgradePolicy == nil ||
		*policy != UpgradePolicy{actual.UpgradePolicy.MaxUnavailable, actual.UpgradePolicy.MaxSurge}) {
		patch.UpgradePolicy = &k8s.UpdatePoolRequestUpgradePolicy{
			MaxUnavailable: &policy.MaxUnavailable, MaxSurge: &policy.MaxSurge,
		}
		needed = true
	}
	if d.SecurityGroupID != "" && d.SecurityGroupID != strings.ToLower(actual.SecurityGroupID) {
		patch.SecurityGroupID, needed = &d.SecurityGroupID, true
	}
	if d.MaxTerminationGracePeriod != GracePeriodOrDefault(actual.MaxTerminationGracePeriod) {
		patch.MaxTerminationGracePeriod = scw.NewDurationFromTimeDuration(d.MaxTerminationGracePeriod)
		needed = true
	}
	if needed {
		found.Patch = patch
	}
	if labels := copyMap(d.Labels); !maps.Equal(labels, actual.Labels) {
		found.Labels = labels
	}
	if !EqualTaints(d.Taints, actual.Taints) {
		found.Taints = SortTaints(d.Taints)
	}
	if !EqualTaints(d.StartupTaints, actual.StartupTaints) {
		found.StartupTaints = SortTaints(d.StartupTaints)
	}
	return found
}

// addSizeChanges adds to a patch what changes the number of nodes, and reports whether there is anything.
func (d Desired) addSizeChanges(actual *k8s.Pool, patch *k8s.UpdatePoolRequest) (needed bool) {
	if autoscaling := d.Autoscaling != nil; autoscaling != actual.Autoscaling {
		patch.Autoscaling, needed = &autoscaling, true
	}
	if d.Autoscaling == nil {
		if d.Size != actual.Size || patch.Autoscaling != nil {
			patch.Size, needed = &d.Size, true
			// The API does not use the bounds now, but keeps them. In every recorded request the size is within them.
			if d.Size < actual.MinSize {
				patch.MinSize = &d.Size
			}
			if d.Size > actual.MaxSize {
				patch.MaxSize = &d.Size
			}
		}
		return needed
	}
	bounds := *d.Autoscaling
	if bounds.Min != actual.MinSize || bounds.Max != actual.MaxSize || patch.Autoscaling != nil {
		patch.MinSize, patch.MaxSize, needed = &bounds.Min, &bounds.Max, true
	}
	// The autoscaler moves a pool within its bounds, not into them.
	if size := min(max(actual.Size, bounds.Min), bounds.Max); size != actual.Size {
		patch.Size, needed = &size, true
	}
	return needed
}

// GracePeriodOrDefault returns a duration, or the API's default if it is nil.
func GracePeriodOrDefault(d *scw.Duration) time.Duration {
	if d == nil {
		return DefaultGracePeriod
	}
	return *d.ToTimeDuration()
}

// EqualTaints reports whether two lists have the same taints, in any order.
func EqualTaints(a, b []*k8s.CoreV1Taint) bool {
	return slices.EqualFunc(SortTaints(a), SortTaints(b), func(a, b *k8s.CoreV1Taint) bool { return *a == *b })
}

// SortTaints returns sorted taints, never nil: the API reads nil as no change.
func SortTaints(taints []*k8s.CoreV1Taint) []*k8s.CoreV1Taint {
	sorted := append([]*k8s.CoreV1Taint{}, taints...)
	slices.SortFunc(sorted, func(a, b *k8s.CoreV1Taint) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Effect, b.Effect))
	})
	return sorted
}

// copyMap returns a copy, never nil: the API reads nil as no change.
func copyMap(values map[string]string) map[string]string {
	found := map[string]string{}
	maps.Copy(found, values)
	return found
}

func nonNil(values []string) []string {
	if values == nil {
		return []string{}
	}
	return values
}

func nilIfEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
