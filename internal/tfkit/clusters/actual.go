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

// WarnOfActual warns where a cluster is not as the kind requires it, whatever the configuration is: under
// `ignore_changes` no plan shows that.
func (k Kind) WarnOfActual(cluster *k8s.Cluster, rules []*k8s.ACLRule, diags *diag.Diagnostics) {
	apply := func(attribute string) string {
		return fmt.Sprintf(
			"Apply, which corrects it. If the resource has `ignore_changes`, remove `%s` from it first.", attribute,
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
			Summary: "The API server lets all of Scaleway's addresses in", Clause: k.Access,
			Found:   found + "an allow-list with Scaleway's own ranges, which machines of other customers have",
			Allowed: "ranges of those who administer the cluster", Fix: apply("allowed_ip_ranges"),
		})
	}
	if cluster.AutoUpgrade == nil || !cluster.AutoUpgrade.Enabled {
		tfkit.Warn(diags, path.Root("maintenance_window"), tfkit.Refusal{
			Summary: "Auto-upgrade of the cluster is off", Clause: "LIF-03", Found: found + "no automatic patch upgrades",
			Allowed: "auto-upgrade in a maintenance window", Fix: apply("maintenance_window"),
		})
	}
	if refusal := (*compliance.Refusal)(nil); errors.As(k.Type(cluster.Type), &refusal) {
		tfkit.Warn(diags, path.Root("type"), tfkit.Refusal{
			Summary: "The control plane offer is not one of the resource", Clause: refusal.Rule.Clause, Found: found +
				refusal.Found,
			Allowed: refusal.Allowed, Fix: apply("type"),
		})
	}
}
