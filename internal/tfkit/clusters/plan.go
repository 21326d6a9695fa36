package clusters

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// FillTransfers shows what the planned configuration moves to the customer; unknown while an input is.
func (m *Model) FillTransfers(ctx context.Context, diags *diag.Diagnostics) {
	m.Transfers = types.ListUnknown(types.ObjectType{AttrTypes: tfkit.TransferTypes()})
	if m.CNI.IsUnknown() || !tfkit.FullyKnown(m.FeatureGates) || !tfkit.FullyKnown(m.AdmissionPlugins) {
		return
	}
	m.Transfers = tfkit.Transfers(ctx, responsibility.ClusterTransfers(responsibility.ClusterFacts{
		CNI: m.CNI.ValueString(), FeatureGates: tfkit.Strings(m.FeatureGates),
		AdmissionPlugins: tfkit.Strings(m.AdmissionPlugins),
	}), diags)
}

// RefreshDates reads the dates of the minor again; where it is not the one that runs, or cannot be read, they stay.
func (m *Model) RefreshDates(ctx context.Context, api *scaleway.Client, used string, diags *diag.Diagnostics) {
	minor, err := lifecycle.ParseMinor(m.Version.ValueString())
	actual, other := lifecycle.ParseVersion(used)
	if err != nil || other != nil || actual.Minor.Compare(minor) != 0 && Known(m.VersionDates) {
		return
	}
	version, err := api.Version(ctx, m.Place(), used)
	if err == nil {
		m.SetDates(ctx, minor, version, diags)
		return
	}
	if !Known(m.VersionDates) {
		m.SetDates(ctx, minor, nil, diags) // the bundled calendar's
	}
}
