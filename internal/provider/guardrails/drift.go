package guardrails

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/guardrails"
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

// warnAboutDefaults warns about all other default classes in one warning of each kind: Terraform shows only one of
// several warnings with the same summary.
func warnAboutDefaults(status *operations.Status, diags *diag.Diagnostics) {
	if names, commands := describeDefaults(status.OtherDefaults); names != "" {
		tfkit.AddWarning(diags, path.Root("volume_encryption"), tfkit.Problem{
			Summary: "The cluster has other default StorageClasses", Clause: "HDS-ENC-03", Found: names,
			Allowed: status.Settings.ClassName + " as the only default: Kubernetes uses the newest of several " +
				"default classes, and the policy refuses claims of another class",
			Fix: "To make it the only default, run:\n" + commands,
		})
	}
	snapshots := status.Settings.VolumeSnapshots
	if names, commands := describeDefaults(status.OtherSnapshotDefaults); names != "" && snapshots != nil {
		tfkit.AddWarning(diags, path.Root("volume_snapshots"), tfkit.Problem{
			Summary: "The cluster has other default VolumeSnapshotClasses", Found: names,
			Allowed: snapshots.ClassName + " as the only default of its driver: with several, a VolumeSnapshot " +
				"without a class fails",
			Fix: "To make it the only default, run:\n" + commands,
		})
	}
}

// describeDefaults returns the names of default classes, and the commands that unmark them.
func describeDefaults(others []kubernetes.DefaultClass) (names, commands string) {
	allNames, allCommands := []string{}, []string{}
	for _, other := range others {
		allNames = append(allNames, other.Kind+" "+other.Name)
		allCommands = append(allCommands, other.UnmarkCommand())
	}
	return strings.Join(allNames, ", "), strings.Join(allCommands, "\n")
}
