package guardrails

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// ownerRecord is the ownership record, named as in differences.
const ownerRecord = guardrails.KindPolicy + "/" + guardrails.OwnerRecordName

// occupiedProblem returns the problem of a cluster that has guardrails which a create may not take over. id is that of
// the guardrails.
func occupiedProblem(occupied *operations.OccupiedError, id string) tfkit.Problem {
	const unfinished = " (ownership record " + ownerRecord + ", phase creating)"
	record := occupied.Record
	problem := tfkit.Problem{
		Summary: "The cluster already has guardrails",
		Allowed: "one srm_hds_guardrails for each cluster, in one state",
	}
	fixes := []string{}
	switch {
	case record == nil:
		problem.Found = "guardrails without an ownership record (" + ownerRecord + ")"
		fixes = append(fixes, "If no state contains them, import them: the next apply writes the ownership record.")
	case occupied.MayStillRun:
		problem.Found = "guardrails of " + record.OwnerText() + " whose creation is not finished" + unfinished
		fixes = append(fixes, "If the apply that creates them is still running, wait until it ends.")
		fixes = append(fixes, "If the resource is tainted in this state, run `terraform untaint` with its address: "+
			"the next apply finishes the creation.")
		if record.Timeout > 0 && !record.Started.IsZero() {
			problem.Found += ", and may run until " + record.Deadline().UTC().Format(time.RFC3339)
			fixes = append(fixes, "If the creation was interrupted, apply again after that time: an apply with the "+
				"same settings and passphrase then takes over the guardrails. Or import them now.")
		} else {
			fixes = append(fixes, "If the creation was interrupted, import the guardrails.")
		}
	case record.Phase == guardrails.Creating:
		problem.Found = "guardrails of " + record.OwnerText() + " with other settings, whose creation is not finished" +
			unfinished
		fixes = append(fixes, "If no state contains them, import them: the next apply finishes them with the "+
			"settings of this configuration.")
	default:
		problem.Found = "guardrails of " + record.OwnerText() + " (ownership record " + ownerRecord + ", phase " +
			string(record.Phase) + ")"
		fixes = append(fixes, "If another state or another resource block contains them, remove this resource block, "+
			"or remove them from that state with `removed { lifecycle { destroy = false } }` and import them here. If "+
			"no state contains them, for example after an apply that ended before its state was saved, import them.")
	}
	problem.Fix = strings.Join(fixes, " ") + "\n\n" + importBlock(id) + "\n\n" +
		"Replace srm_hds_guardrails.example with the address of the resource. A replacement must delete the old " +
		"guardrails first: do not set `create_before_destroy` on this resource or on resources that depend on it, " +
		"because Terraform then applies it to this resource, too. All clusters of one local sandbox share an API " +
		"server: run a sandbox for each cluster with guardrails."
	return problem
}

// importBlock returns a block that imports guardrails. A provider cannot determine the address of its resource.
func importBlock(id string) string {
	return fmt.Sprintf("    import {\n      to = srm_hds_guardrails.example\n      id = %q\n    }", id)
}

// otherOwnerProblem returns the problem of guardrails in a state whose ownership record names another owner.
func otherOwnerProblem(other *operations.OtherOwnerError, id string) tfkit.Problem {
	return tfkit.Problem{
		Summary: "The guardrails belong to another owner",
		Found:   bothOwners(other),
		Allowed: "a state with the owner of the ownership record: any other state cannot change the guardrails, and " +
			"its destroy deletes nothing",
		Fix: "If another state contains the guardrails, remove them from this state with `removed { lifecycle { " +
			"destroy = false } }`. If no other state contains them, remove them from this state and import them. The " +
			"import sets the owner of this state to that of the ownership record:\n\n" + importBlock(id) + "\n\n" +
			"If the ownership record was edited and names no owner, delete it with `kubectl delete " +
			"validatingadmissionpolicy " + guardrails.OwnerRecordName + "`: the next apply writes it again.",
	}
}

// bothOwners names the owner in the ownership record and that of the state.
func bothOwners(other *operations.OtherOwnerError) string {
	own := "owner " + other.Owner
	if other.Owner == "" {
		own = "no owner"
	}
	return "the ownership record " + ownerRecord + " names " + other.Record.OwnerText() + ", this state has " + own
}

// warnAboutOwnerRecord warns that an apply will write the ownership record.
func warnAboutOwnerRecord(d kubernetes.Difference, diags *diag.Diagnostics) {
	problem := tfkit.Problem{
		Summary: "The guardrails have no ownership record", Found: d.String(),
		Fix: "Apply: the apply writes the ownership record. Until then, another state can write its own record, " +
			"after which this state can no longer change the guardrails.",
	}
	if !d.IsAbsent() {
		problem.Summary = "The creation of the guardrails is not finished"
		problem.Fix = "Make sure that no other apply is creating the guardrails, then apply: the apply finishes the " +
			"creation."
	}
	tfkit.AddWarning(diags, path.Root("drift"), problem)
}

// warnAboutSkippedDestroy warns about a destroy that deletes nothing because the guardrails belong to another owner.
func warnAboutSkippedDestroy(summary string, other *operations.OtherOwnerError, diags *diag.Diagnostics) {
	tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
		Summary: summary,
		Found:   bothOwners(other),
		Fix: "No action needed if another state contains the guardrails: policies, StorageClass and Secrets stay in " +
			"the cluster. If no state contains them, import them, then destroy them.",
	})
}
