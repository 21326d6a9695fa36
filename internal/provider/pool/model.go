// Package pools has what the pool resources share: common attributes, their checks and requests, and the upgrade,
// replacement and wait for nodes. The package of each resource has what is specific to it.
package pool

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// commonModel holds the attributes that all kinds of pools share. The model of each kind embeds it.
type commonModel struct {
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

// uuid returns the UUID of the pool.
func (m *commonModel) uuid() string { return tfkit.BareID(m.ID.ValueString()) }

// isExternal reports whether the nodes are machines outside Scaleway.
func (m *commonModel) isExternal() bool {
	return strings.EqualFold(m.NodeType.ValueString(), operations.ExternalNodeType)
}

// minor returns the configured version, and false if there is none.
func (m *commonModel) minor() (lifecycle.Minor, bool) {
	minor, err := lifecycle.ParseMinor(m.Version.ValueString())
	return minor, err == nil
}

// refreshCommon sets the attributes to those of the actual pool. It keeps user data and rotation, which the API does
// not return, and a version that is older than the actual one after a forced upgrade. The size of an autoscaled pool is
// null.
func (m *commonModel) refreshCommon(pool *k8s.Pool) {
	m.ClusterID = tfkit.KeepSpelling(m.ClusterID, scaleway.JoinID(pool.Region, pool.ClusterID), tfkit.BareID)
	m.Name = types.StringValue(pool.Name)
	m.NodeType = tfkit.KeepSpelling(m.NodeType, pool.NodeType, compliance.NormalizeNodeType)
	m.Zone = types.StringValue(string(pool.Zone))
	m.Size, m.Autoscaling = types.Int64Value(int64(pool.Size)), types.ObjectNull(autoscalingTypes())
	if pool.Autoscaling {
		m.Size, m.Autoscaling = types.Int64Null(), autoscalingObject(pool)
	}
	m.RootVolume = rootVolumeObject(pool)
	m.Labels = keepMap(m.Labels, pool.Labels)
	m.Taints = keepTaints(m.Taints, pool.Taints)
	m.StartupTaints = keepTaints(m.StartupTaints, pool.StartupTaints)
	m.Tags = tfkit.KeepStrings(m.Tags, pool.Tags)
	m.KubeletArgs = keepMap(m.KubeletArgs, pool.KubeletArgs)
	m.PlacementGroupID = keepZonalID(m.PlacementGroupID, pool.Zone, pool.PlacementGroupID)
	if !m.SecurityGroupID.IsNull() {
		// Without a configured group the API chooses one, which is not drift.
		m.SecurityGroupID = keepZonalID(m.SecurityGroupID, pool.Zone, &pool.SecurityGroupID)
	}
	if pool.UpgradePolicy != nil {
		m.UpgradePolicy = upgradePolicyObject(
			int64(pool.UpgradePolicy.MaxUnavailable), int64(pool.UpgradePolicy.MaxSurge),
		)
	}
	m.MaxTerminationGracePeriod = keepGracePeriod(m.MaxTerminationGracePeriod, pool.MaxTerminationGracePeriod)
	actual, err := lifecycle.ParseVersion(pool.Version)
	if minor, ok := m.minor(); ok && err == nil && minor.Compare(actual.Minor) > 0 {
		m.Version = types.StringValue(actual.Minor.String())
	}
}
