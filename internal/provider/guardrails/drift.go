package guardrails

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// warnAboutDrift warns about the fields that the apply reverts, with the field manager that set each.
func warnAboutDrift(found []kubernetes.Difference, diags *diag.Diagnostics) {
	lines := []string{}
	for _, d := range found {
		if d.Object == ownerRecord {
			warnAboutOwnerRecord(d, diags)
			continue
		}
		if warnAboutLookupDrift(d, diags) {
			continue
		}
		lines = append(lines, d.String())
	}
	if len(lines) == 0 {
		return
	}
	tfkit.AddWarning(diags, path.Root("drift"), tfkit.Problem{
		Summary: "The guardrails were changed in the cluster", Clause: "HDS-ENC-03", Found: strings.Join(lines, "\n"),
		Fix: "Find out who changed these fields, then apply: it reverts exactly these fields.",
	})
}

// warnAboutDefaults warns about all other default classes in one warning: Terraform shows only one of several warnings
// with the same summary.
func warnAboutDefaults(others []kubernetes.DefaultClass, class string, diags *diag.Diagnostics) {
	if len(others) == 0 {
		return
	}
	names, commands := []string{}, []string{}
	for _, other := range others {
		names, commands = append(names, "StorageClass "+other.Name), append(commands, other.UnmarkCommand())
	}
	tfkit.AddWarning(diags, path.Root("volume_encryption"), tfkit.Problem{
		Summary: "The cluster has other default StorageClasses", Clause: "HDS-ENC-03", Found: strings.Join(names, ", "),
		Allowed: class + " as the only default: Kubernetes uses the newest of several default classes, and the " +
			"policy refuses claims of another class",
		Fix: "To make it the only default, run:\n" + strings.Join(commands, "\n"),
	})
}
