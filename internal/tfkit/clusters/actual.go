package clusters

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// WarnOfActual warns about settings of the actual cluster that the kind does not allow. Under `ignore_changes` no plan
// shows them.
func (k Kind) WarnOfActual(cluster *k8s.Cluster, rules []*k8s.ACLRule, diags *diag.Diagnostics) {
	apply := func(attribute string) string {
		return fmt.Sprintf(
			"Apply to correct it. If `ignore_changes` of the resource contains `%s`, remove it first.", attribute,
		)
	}
	found := fmt.Sprintf("cluster %q: ", cluster.Name)
	allowed := tfkit.AllowedBy(rules)
	if open, why := compliance.OpenToWorld(allowed.Ranges); open {
		tfkit.Warn(diags, path.Root("allowed_ip_ranges"), tfkit.Refusal{
			Summary: "The API server is open to the world", Clause: k.Access, Found: found + why,
			Allowed: "ranges that do not cover the whole address space", Fix: apply("allowed_ip_ranges"),
		})
	}
	if allowed.Scaleway && !k.ScalewayRanges {
		tfkit.Warn(diags, path.Root("allowed_ip_ranges"), tfkit.Refusal{
			Summary: "The API server allows all of Scaleway's addresses", Clause: k.Access,
			Found:   found + "an allow-list with Scaleway's own ranges, which include the machines of other customers",
			Allowed: "ranges from which the cluster is administered", Fix: apply("allowed_ip_ranges"),
		})
	}
	if cluster.AutoUpgrade == nil || !cluster.AutoUpgrade.Enabled {
		tfkit.Warn(diags, path.Root("maintenance_window"), tfkit.Refusal{
			Summary: "Auto-upgrade of the cluster is off", Clause: "LIF-03", Found: found + "no automatic patch upgrades",
			Allowed: "auto-upgrade in a maintenance window", Fix: apply("maintenance_window"),
		})
	}
	if problem := (*compliance.Refusal)(nil); errors.As(k.Type(cluster.Type), &problem) {
		tfkit.Warn(diags, path.Root("type"), tfkit.Refusal{
			Summary: "The resource does not support the control plane offer", Clause: problem.Rule.Clause, Found: found +
				problem.Found,
			Allowed: problem.Allowed, Fix: apply("type"),
		})
	}
}
