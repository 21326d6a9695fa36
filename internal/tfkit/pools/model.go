// Package pools has what the pool resources share: common attributes, their checks and requests, and the upgrade,
// replacement and wait for nodes. The package of each resource has what is specific to it.
package pools

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// ExternalNodeType is the node type of a pool of machines outside Scaleway.
const ExternalNodeType = "external"

// Model holds the attributes that all kinds of pools share. The model of each kind embeds it.
type Model struct {
	ClusterID                 types.String   `tfsdk:"cluster_id"`
	Name                      types.String   `tfsdk:"name"`
	NodeType                  types.String   `tfsdk:"node_type"`
	Zone                      types.String   `tfsdk:"zone"`
	Size                      types.Int64    `tfsdk:"size"`
	Autoscaling               types.Object   `tfsdk:"autoscaling"`
	RootVolume                types.Object   `tfsdk:"root_volume"`
	Labels                    types.Map      `tfsdk:"labels"`
	Taints                    types.Set      `tfsdk:"taints"`
	StartupTaints             types.Set      `tfsdk:"startup_taints"`
	Tags                      types.Set      `tfsdk:"tags"`
	PlacementGroupID          types.String   `tfsdk:"placement_group_id"`
	SecurityGroupID           types.String   `tfsdk:"security_group_id"`
	KubeletArgs               types.Map      `tfsdk:"kubelet_args"`
	UserData                  types.Map      `tfsdk:"user_data"`
	Version                   types.String   `tfsdk:"version"`
	UpgradePolicy             types.Object   `tfsdk:"upgrade_policy"`
	MaxTerminationGracePeriod types.String   `tfsdk:"max_termination_grace_period"`
	Rotation                  types.String   `tfsdk:"rotation"`
	Timeouts                  timeouts.Value `tfsdk:"timeouts"`

	ID          types.String `tfsdk:"id"`
	VersionUsed types.String `tfsdk:"version_used"`
	Transfers   types.List   `tfsdk:"responsibility_transfers"`
}

// UUID returns the UUID of the pool.
func (m *Model) UUID() string { return tfkit.BareID(m.ID.ValueString()) }

// IsExternal reports whether the nodes are machines outside Scaleway.
func (m *Model) IsExternal() bool {
	return strings.EqualFold(m.NodeType.ValueString(), ExternalNodeType)
}

// Minor returns the configured version, and false if there is none.
func (m *Model) Minor() (lifecycle.Minor, bool) {
	minor, err := lifecycle.ParseMinor(m.Version.ValueString())
	return minor, err == nil
}

// Refresh sets the attributes to those of the actual pool. It keeps user data and rotation, which the API does not
// return, and a version that is older than the actual one after a forced upgrade. The size of an autoscaled pool is
// null.
func (m *Model) Refresh(pool *k8s.Pool) {
	m.ClusterID = tfkit.KeepSpelling(m.ClusterID, scaleway.JoinID(pool.Region, pool.ClusterID), tfkit.BareID)
	m.Name = types.StringValue(pool.Name)
	m.NodeType = tfkit.KeepSpelling(m.NodeType, pool.NodeType, compliance.NormalizeNodeType)
	m.Zone = types.StringValue(string(pool.Zone))
	m.Size, m.Autoscaling = types.Int64Value(int64(pool.Size)), types.ObjectNull(AutoscalingTypes())
	if pool.Autoscaling {
		m.Size, m.Autoscaling = types.Int64Null(), AutoscalingObject(pool)
	}
	m.RootVolume = RootVolumeObject(pool)
	m.Labels = KeepMap(m.Labels, pool.Labels)
	m.Taints = KeepTaints(m.Taints, pool.Taints)
	m.StartupTaints = KeepTaints(m.StartupTaints, pool.StartupTaints)
	m.Tags = tfkit.KeepStrings(m.Tags, pool.Tags)
	m.KubeletArgs = KeepMap(m.KubeletArgs, pool.KubeletArgs)
	m.PlacementGroupID = KeepZonalID(m.PlacementGroupID, pool.Zone, pool.PlacementGroupID)
	if !m.SecurityGroupID.IsNull() {
		// Without a configured group the API chooses one, which is not drift.
		m.SecurityGroupID = KeepZonalID(m.SecurityGroupID, pool.Zone, &pool.SecurityGroupID)
	}
	if pool.UpgradePolicy != nil {
		m.UpgradePolicy = UpgradePolicyObject(int64(pool.UpgradePolicy.MaxUnavailable), int64(pool.UpgradePolicy.MaxSurge))
	}
	m.MaxTerminationGracePeriod = KeepGracePeriod(m.MaxTerminationGracePeriod, pool.MaxTerminationGracePeriod)
	actual, err := lifecycle.ParseVersion(pool.Version)
	if minor, ok := m.Minor(); ok && err == nil && minor.Compare(actual.Minor) > 0 {
		m.Version = types.StringValue(actual.Minor.String())
	}
}

// CreateRequest returns the request that creates the pool, with autohealing. All values must be known.
func (m *Model) CreateRequest(region scw.Region) *k8s.CreatePoolRequest {
	size := scw.Size(uint64(Int64OrZero(m.RootVolume, "size_gb")) * uint64(scw.GB))
	unavailable, surge := m.upgradePolicy()
	request := &k8s.CreatePoolRequest{
		Region: region, ClusterID: tfkit.BareID(m.ClusterID.ValueString()), Name: m.Name.ValueString(),
		NodeType: m.NodeType.ValueString(), Zone: scw.Zone(m.Zone.ValueString()),
		PlacementGroupID: BareIDOrNil(m.PlacementGroupID), SecurityGroupID: BareIDOrNil(m.SecurityGroupID),
		Size:             uint32(m.Size.ValueInt64()),
		ContainerRuntime: k8s.RuntimeContainerd, Autohealing: true,
		Tags: tfkit.StringsFromSet(m.Tags), KubeletArgs: StringMap(m.KubeletArgs), Labels: StringMap(m.Labels),
		Taints: TaintsFromSet(m.Taints), StartupTaints: TaintsFromSet(m.StartupTaints),
		UpgradePolicy:  &k8s.CreatePoolRequestUpgradePolicy{MaxUnavailable: &unavailable, MaxSurge: &surge},
		RootVolumeType: k8s.PoolVolumeType(tfkit.StringAttribute(m.RootVolume, "type").ValueString()), RootVolumeSize: &size,
		UserData: map[string][]byte{}, MaxTerminationGracePeriod: m.gracePeriod(),
	}
	if !m.Autoscaling.IsNull() {
		least, most := m.bounds()
		request.Autoscaling, request.Size, request.MinSize, request.MaxSize = true, least, &least, &most
	}
	for key, content := range StringMap(m.UserData) {
		request.UserData[key] = []byte(content)
	}
	return request
}

// Changes holds the requests that change a pool to the plan. Nil fields need no request. It does not include upgrades
// and the replacement of nodes.
type Changes struct {
	Patch                 *k8s.UpdatePoolRequest
	Labels                map[string]string
	Taints, StartupTaints []*k8s.CoreV1Taint
}

// Changes compares the plan with the actual pool.
func (m *Model) Changes(from *k8s.Pool, autohealing bool) Changes {
	var found Changes
	patch, needed := &k8s.UpdatePoolRequest{Region: from.Region, PoolID: from.ID}, false
	if from.Autohealing != autohealing {
		patch.Autohealing, needed = &autohealing, true
	}
	// An external pool does not set its number of machines.
	if !m.IsExternal() && m.setSizeChanges(from, patch) {
		needed = true
	}
	if tags := tfkit.StringsFromSet(m.Tags); !slices.Equal(tags, slices.Sorted(slices.Values(from.Tags))) {
		patch.Tags, needed = &tags, true
	}
	if args := StringMap(m.KubeletArgs); !maps.Equal(args, from.KubeletArgs) {
		patch.KubeletArgs, needed = &args, true
	}
	// An external pool has no upgrade policy.
	if unavailable, surge := m.upgradePolicy(); !m.UpgradePolicy.IsNull() && (from.UpgradePolicy == nil ||
		unavailable != from.UpgradePolicy.MaxUnavailable || surge != from.UpgradePolicy.MaxSurge) {
		patch.UpgradePolicy, needed = &k8s.UpdatePoolRequestUpgradePolicy{
			MaxUnavailable: &unavailable, MaxSurge: &surge,
		}, true
	}
	if group := BareIDOrNil(m.SecurityGroupID); group != nil && *group != strings.ToLower(from.SecurityGroupID) {
		patch.SecurityGroupID, needed = group, true
	}
	if wanted := m.gracePeriod(); *wanted.ToTimeDuration() != GracePeriodOrDefault(from.MaxTerminationGracePeriod) {
		patch.MaxTerminationGracePeriod, needed = wanted, true
	}
	if needed {
		found.Patch = patch
	}
	if labels := StringMap(m.Labels); !maps.Equal(labels, from.Labels) {
		found.Labels = labels
	}
	if taints := TaintsFromSet(m.Taints); !EqualTaints(taints, from.Taints) {
		found.Taints = taints
	}
	if taints := TaintsFromSet(m.StartupTaints); !EqualTaints(taints, from.StartupTaints) {
		found.StartupTaints = taints
	}
	return found
}

// setSizeChanges adds the changes of size and autoscaling to the request, and reports whether there are any.
func (m *Model) setSizeChanges(from *k8s.Pool, patch *k8s.UpdatePoolRequest) (needed bool) {
	if autoscaling := !m.Autoscaling.IsNull(); autoscaling != from.Autoscaling {
		patch.Autoscaling, needed = &autoscaling, true
	}
	if m.Autoscaling.IsNull() {
		if size := uint32(m.Size.ValueInt64()); size != from.Size || patch.Autoscaling != nil {
			patch.Size, needed = &size, true
		}
		return needed
	}
	least, most := m.bounds()
	if least != from.MinSize || most != from.MaxSize || patch.Autoscaling != nil {
		patch.MinSize, patch.MaxSize, needed = &least, &most, true
	}
	// The autoscaler does not resize a pool that is outside of its bounds.
	if size := min(max(from.Size, least), most); size != from.Size {
		patch.Size, needed = &size, true
	}
	return needed
}

// bounds returns the bounds of autoscaling.
func (m *Model) bounds() (least, most uint32) {
	return uint32(Int64OrZero(m.Autoscaling, "min")), uint32(Int64OrZero(m.Autoscaling, "max"))
}

func (m *Model) upgradePolicy() (maxUnavailable, maxSurge uint32) {
	return uint32(Int64OrZero(m.UpgradePolicy, "max_unavailable")), uint32(Int64OrZero(m.UpgradePolicy, "max_surge"))
}

func (m *Model) gracePeriod() *scw.Duration {
	d, err := time.ParseDuration(m.MaxTerminationGracePeriod.ValueString())
	if err != nil {
		d = GracePeriodOrDefault(nil) // CheckGracePeriod reports it
	}
	return scw.NewDurationFromTimeDuration(d)
}
