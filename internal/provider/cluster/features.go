package cluster

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// checkFeatures adds an error for each feature gate and admission plug-in that the target version does not offer. state
// is nil if the cluster does not exist yet.
func checkFeatures(m, state *commonModel, target *k8s.Version, diags *diag.Diagnostics) {
	var before commonModel
	if state != nil {
		before = *state
	}
	for _, list := range []struct {
		name, what      string
		planned, before types.Set
		offered         []string
	}{
		{"feature_gates", "feature gate", m.FeatureGates, before.FeatureGates, target.AvailableFeatureGates},
		{
			"admission_plugins", "admission plug-in", m.AdmissionPlugins, before.AdmissionPlugins,
			target.AvailableAdmissionPlugins,
		},
	} {
		offered := slices.Sorted(slices.Values(list.offered))
		for _, name := range tfkit.StringsFromSet(list.planned) {
			if list.offered == nil || slices.Contains(offered, name) {
				continue // without a list, the API itself checks the name
			}
			problem := tfkit.Problem{
				Summary: fmt.Sprintf(
					"Kubernetes %s does not offer the %s %q", target.Name, list.what, name,
				), Clause: "TRF-01",
				Allowed: joinOrNone(offered), Fix: "Remove it, or choose one that the version offers.",
			}
			if nearest, ok := compliance.Nearest(name, offered); ok {
				problem.Fix = fmt.Sprintf("Write %q, or remove it.", nearest)
			}
			if slices.Contains(tfkit.StringsFromSet(list.before), name) {
				problem.Fix = fmt.Sprintf(
					"Remove it from `%s`: the same apply disables it before the upgrade.", list.name,
				)
			}
			tfkit.AddError(diags, path.Root(list.name), problem)
		}
	}
}

// checkFeatureChanges checks changed feature gates and admission plug-ins against the running version, if there is no
// upgrade.
func checkFeatureChanges(ctx context.Context, p *tfkit.Provider, m, state *commonModel, diags *diag.Diagnostics) {
	if slices.Equal(tfkit.StringsFromSet(m.FeatureGates), tfkit.StringsFromSet(state.FeatureGates)) &&
		slices.Equal(tfkit.StringsFromSet(m.AdmissionPlugins), tfkit.StringsFromSet(state.AdmissionPlugins)) {
		return
	}
	if len(tfkit.StringsFromSet(m.FeatureGates))+len(tfkit.StringsFromSet(m.AdmissionPlugins)) == 0 {
		return
	}
	used := state.VersionUsed.ValueString()
	offered, err := p.API.Version(ctx, state.clusterRegion(), used)
	if err != nil {
		tfkit.NewPlanReporter(diags).ReportAPIError("Unable to read the Kubernetes version "+used, err)
		return
	}
	checkFeatures(m, nil, offered, diags)
}

// checkCNI adds an error if the version does not offer the network plug-in.
func checkCNI(m *commonModel, offered *k8s.Version, diags *diag.Diagnostics) {
	if !tfkit.HasValue(m.CNI) || offered.AvailableCnis == nil || slices.Contains(
		offered.AvailableCnis, k8s.CNI(m.CNI.ValueString()),
	) {
		return
	}
	available := []string{}
	for _, cni := range offered.AvailableCnis {
		available = append(available, string(cni))
	}
	tfkit.AddError(diags, path.Root("cni"), tfkit.Problem{
		Summary: fmt.Sprintf("Kubernetes %s does not offer the network plug-in %q", offered.Name, m.CNI.ValueString()),
		Allowed: joinOrNone(available), Fix: "Choose another network plug-in or another version.",
	})
}
