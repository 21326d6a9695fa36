package cluster

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// warnAboutDeviations warns about settings of the actual cluster that the kind does not allow. Under `ignore_changes`
// no plan shows them.
func (v variant) warnAboutDeviations(cluster *k8s.Cluster, rules []*k8s.ACLRule, diags *diag.Diagnostics) {
	apply := func(attribute string) string {
		return fmt.Sprintf(
			"Apply: the apply sets `%[1]s`. If `ignore_changes` of the resource contains `%[1]s`, remove that entry "+
				"first.",
			attribute,
		)
	}
	found := fmt.Sprintf("cluster %q: ", cluster.Name)
	allowed := tfkit.ParseAllowList(rules)
	if open, why := compliance.IsOpenToWorld(allowed.Ranges); open {
		tfkit.AddWarning(diags, path.Root("allowed_ip_ranges"), tfkit.Problem{
			Summary: "The API server is open to the world", Clause: v.accessClause, Found: found + why,
			Allowed: "ranges that do not cover the whole address space", Fix: apply("allowed_ip_ranges"),
		})
	}
	if allowed.AllowsScaleway && !v.canAllowScaleway {
		tfkit.AddWarning(diags, path.Root("allowed_ip_ranges"), tfkit.Problem{
			Summary: "The API server allows all of Scaleway's addresses", Clause: v.accessClause,
			Found:   found + "an allow-list with Scaleway's own ranges, which include the machines of other customers",
			Allowed: "ranges from which the cluster is administered", Fix: apply("allowed_ip_ranges"),
		})
	}
	if cluster.AutoUpgrade == nil || !cluster.AutoUpgrade.Enabled {
		tfkit.AddWarning(diags, path.Root("maintenance_window"), tfkit.Problem{
			Summary: "Auto-upgrade of the cluster is off", Clause: "LIF-03",
			Found:   found + "no automatic patch upgrades",
			Allowed: "auto-upgrade in a maintenance window", Fix: apply("maintenance_window"),
		})
	}
	if problem := (*compliance.Problem)(nil); errors.As(v.checkType(cluster.Type), &problem) {
		tfkit.AddWarning(diags, path.Root("type"), tfkit.Problem{
			Summary: "The resource does not support the control plane offer", Clause: problem.Rule.Clause,
			Found: found +
				problem.Found,
			Allowed: problem.Allowed, Fix: apply("type"),
		})
	}
}
