package clusters

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// checkFeatures refuses the feature gates and admission plug-ins that the target version does not offer. state is nil
// where the cluster does not exist yet.
func checkFeatures(m, state *Model, target *k8s.Version, diags *diag.Diagnostics) {
	var before Model
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
		for _, name := range tfkit.Strings(list.planned) {
			if list.offered == nil || slices.Contains(offered, name) {
				continue // an API that does not list them judges them itself
			}
			refusal := tfkit.Refusal{
				Summary: fmt.Sprintf("Kubernetes %s does not offer the %s", target.Name, list.what), Clause: "TRF-01",
				Found: strconv.Quote(name), Allowed: List(offered), Fix: "Remove it, or choose one that the version offers.",
			}
			if nearest, ok := compliance.Nearest(name, offered); ok {
				refusal.Fix = fmt.Sprintf("Write %q, or remove it.", nearest)
			}
			if slices.Contains(tfkit.Strings(list.before), name) {
				refusal.Fix = fmt.Sprintf(
					"Remove it from `%s`: in the same apply the provider disables it before the upgrade.", list.name,
				)
			}
			tfkit.Refuse(diags, path.Root(list.name), refusal)
		}
	}
}

// checkChangedFeatures judges a change of feature gates and admission plug-ins that comes without an upgrade, by the
// lists of the version that runs.
func checkChangedFeatures(ctx context.Context, p *tfkit.Provider, m, state *Model, diags *diag.Diagnostics) {
	if slices.Equal(tfkit.Strings(m.FeatureGates), tfkit.Strings(state.FeatureGates)) &&
		slices.Equal(tfkit.Strings(m.AdmissionPlugins), tfkit.Strings(state.AdmissionPlugins)) {
		return
	}
	if len(tfkit.Strings(m.FeatureGates))+len(tfkit.Strings(m.AdmissionPlugins)) == 0 {
		return
	}
	used := state.VersionUsed.ValueString()
	offered, err := p.API.Version(ctx, state.Place(), used)
	if err != nil {
		tfkit.AtPlan(diags).ReportAPIError("Unable to read the Kubernetes version "+used, err)
		return
	}
	checkFeatures(m, nil, offered, diags)
}

// checkCNI refuses a network plug-in that the version does not offer.
func checkCNI(m *Model, offered *k8s.Version, diags *diag.Diagnostics) {
	if !Known(m.CNI) || offered.AvailableCnis == nil || slices.Contains(
		offered.AvailableCnis, k8s.CNI(m.CNI.ValueString()),
	) {
		return
	}
	available := []string{}
	for _, cni := range offered.AvailableCnis {
		available = append(available, string(cni))
	}
	tfkit.Refuse(diags, path.Root("cni"), tfkit.Refusal{
		Summary: "Kubernetes " + offered.Name + " does not offer the network plug-in",
		Found:   strconv.Quote(m.CNI.ValueString()),
		Allowed: List(available), Fix: "Choose another network plug-in or another version.",
	})
}

// beforeUpgrade is the plan as the first write of an upgrade leaves the cluster: without the features that are new in
// the plan, which the version that runs may not offer. Those that the plan removes are gone, as the next version may
// not offer them.
func (m *Model) beforeUpgrade(from *Model) *Model {
	before := *m
	before.FeatureGates, before.AdmissionPlugins = common(m.FeatureGates, from.FeatureGates), common(
		m.AdmissionPlugins, from.AdmissionPlugins,
	)
	return &before
}

func common(a, b types.Set) types.Set {
	others := tfkit.Strings(b)
	return tfkit.KeepStrings(types.SetNull(types.StringType), slices.DeleteFunc(tfkit.Strings(a), func(text string) bool {
		return !slices.Contains(others, text)
	}))
}

// upgrades says whether the planned minor is newer than the one that runs.
func (u *Update) upgrades() bool {
	to, err := lifecycle.ParseMinor(u.Plan.Version.ValueString())
	used, other := lifecycle.ParseVersion(u.From.VersionUsed.ValueString())
	return err == nil && other == nil && to.Compare(used.Minor) > 0
}
