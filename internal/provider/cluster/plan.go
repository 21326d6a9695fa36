package cluster

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// fillTransfers plans the responsibility transfers of the configuration. They are unknown if an input is unknown.
func (m *commonModel) fillTransfers(ctx context.Context, diags *diag.Diagnostics) {
	m.Transfers = types.ListUnknown(types.ObjectType{AttrTypes: tfkit.TransferTypes()})
	if m.CNI.IsUnknown() || !tfkit.FullyKnown(m.FeatureGates) || !tfkit.FullyKnown(m.AdmissionPlugins) {
		return
	}
	m.Transfers = tfkit.NewTransfersList(ctx, responsibility.ClusterTransfers(responsibility.ClusterFacts{
		CNI: m.CNI.ValueString(), FeatureGates: tfkit.StringsFromSet(m.FeatureGates),
		AdmissionPlugins: tfkit.StringsFromSet(m.AdmissionPlugins),
	}), diags)
}

// refreshVersionDates reads the dates of the minor. It keeps the known dates if the cluster runs another minor, or if
// the API cannot be read.
func (m *commonModel) refreshVersionDates(
	ctx context.Context,
	api *scaleway.Client,
	used string,
	diags *diag.Diagnostics,
) {
	minor, err := lifecycle.ParseMinor(m.Version.ValueString())
	actual, otherErr := lifecycle.ParseVersion(used)
	if err != nil || otherErr != nil || actual.Minor.Compare(minor) != 0 && tfkit.HasValue(m.VersionDates) {
		return
	}
	version, err := api.Version(ctx, m.clusterRegion(), used)
	if err == nil {
		m.setVersionDates(ctx, minor, version, diags)
		return
	}
	if !tfkit.HasValue(m.VersionDates) {
		m.setVersionDates(ctx, minor, nil, diags) // nil: the dates of the bundled calendar
	}
}
