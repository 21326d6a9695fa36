package kosmospool

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/pools"
)

// model is the Terraform model of the resource.
type model struct {
	pools.Model

	Autohealing          types.Bool   `tfsdk:"autohealing"`
	NodeDefaults         types.Object `tfsdk:"node_defaults"`
	AttestationExpiresAt types.String `tfsdk:"attestation_expires_at"`
}

// setDefaults sets the defaults of attributes that the configuration leaves out. They depend on the kind of pool, and
// stay unknown while node_type is unknown.
func (m *model) setDefaults(config *model) {
	if m.NodeType.IsUnknown() {
		return
	}
	external := m.IsExternal()
	if config.Autohealing.IsNull() {
		m.Autohealing = types.BoolValue(!external)
	}
	if config.UpgradePolicy.IsNull() {
		m.UpgradePolicy = pools.UpgradePolicyObject(0, 1)
		if external {
			m.UpgradePolicy = types.ObjectNull(pools.UpgradePolicyTypes())
		}
	}
	if config.RootVolume.IsNull() && external {
		m.RootVolume = types.ObjectNull(pools.RootVolumeTypes())
	}
}

// transfers returns the responsibility transfers of the configuration, and false if they are not known yet. Unknown
// values in kubelet_args and user_data do not matter, as only their keys count.
func (m *model) transfers() ([]responsibility.Transfer, bool) {
	if m.KubeletArgs.IsUnknown() || m.UserData.IsUnknown() || m.NodeType.IsUnknown() {
		return nil, false
	}
	found := responsibility.PoolTransfers(responsibility.PoolFacts{
		KubeletArgs: pools.StringMap(m.KubeletArgs), UserDataKeys: slices.Collect(maps.Keys(m.UserData.Elements())),
	})
	if m.IsExternal() {
		found = append([]responsibility.Transfer{responsibility.ExternalTransfer()}, found...)
	}
	return found, true
}

// setComputed sets the computed attributes, all of which are known once the pool exists.
func (m *model) setComputed(ctx context.Context, pool *k8s.Pool, diags *diag.Diagnostics) {
	m.ID = types.StringValue(scaleway.JoinID(pool.Region, pool.ID))
	m.VersionUsed = types.StringValue(pool.Version)
	if m.RootVolume.IsUnknown() {
		m.RootVolume = pools.RootVolumeObject(pool)
	}
	transfers, _ := m.transfers()
	m.Transfers = tfkit.NewTransfersList(ctx, transfers, diags)
	m.AttestationExpiresAt = tfkit.AttestationExpiry(m.NodeDefaults)
}

// refresh sets the attributes from the pool as the API returns it. For an external pool it ignores the attributes that
// have no meaning there, for which the API returns placeholder values.
func (m *model) refresh(ctx context.Context, pool *k8s.Pool, diags *diag.Diagnostics) {
	size := m.Size
	m.Refresh(pool)
	m.Autohealing = types.BoolValue(pool.Autohealing)
	if m.IsExternal() {
		m.Size, m.Zone = size, types.StringNull()
		m.SecurityGroupID, m.PlacementGroupID = types.StringNull(), types.StringNull()
		m.Autoscaling, m.RootVolume = types.ObjectNull(pools.AutoscalingTypes()), types.ObjectNull(
			pools.RootVolumeTypes(),
		)
		m.UpgradePolicy = types.ObjectNull(pools.UpgradePolicyTypes())
	}
	m.setComputed(ctx, pool, diags)
}

// desired converts a plan, all of whose inputs are known.
func (m *model) desired(region scw.Region) operations.Desired {
	desired := m.Desired(region)
	desired.Autohealing = m.Autohealing.ValueBool()
	return desired
}
