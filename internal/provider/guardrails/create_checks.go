package guardrails

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// reportNamespacePods reports pods in the namespace of the Secrets, which a create would isolate.
func reportNamespacePods(pods []string, report tfkit.Reporter) {
	report.Report(path.Root("volume_encryption").AtName("namespace"), tfkit.Problem{
		Summary: "Pods run in the namespace of the Secrets", Clause: "HDS-ENC-03", Found: formatNames("pod", pods),
		Allowed: "a namespace without workloads, such as srm-system, which the apply creates",
		Fix: fmt.Sprintf("Set another namespace, or move the pods: the NetworkPolicy %s denies all traffic in the "+
			"namespace, and the Pod Security labels of the namespace refuse pods that violate the restricted standard.",
			guardrails.NetworkPolicyName),
	})
}

// addCreateError adds the error of a create. id is that of the guardrails.
func addCreateError(err error, id string, diags *diag.Diagnostics) {
	if unfinished, ok := errors.AsType[*operations.UnfinishedError](err); ok {
		tfkit.AddAPIError(diags, unableToCreate, withInterruptHint(unfinished.Err))
		return
	}
	if occupied, ok := errors.AsType[*operations.OccupiedError](err); ok {
		tfkit.AddError(diags, path.Root("cluster_id"), occupiedProblem(occupied, id))
		return
	}
	if open, ok := errors.AsType[*kubernetes.OpenLookupError](err); ok {
		tfkit.AddError(diags, path.Root("cluster_id"), lookupAccessProblem(open))
		return
	}
	if isolated, ok := errors.AsType[*operations.PodsError](err); ok {
		reportNamespacePods(isolated.Pods, tfkit.NewApplyReporter(diags))
		return
	}
	if ownership, ok := errors.AsType[*operations.OwnershipError](err); ok {
		err = ownership.Err
	}
	tfkit.AddAPIError(diags, unableToCreate, err)
}

// interruptedError is the error of a create that was interrupted after its first write.
type interruptedError struct{ error }

func (e interruptedError) Unwrap() error { return e.error }

// Hint returns the next step.
func (interruptedError) Hint() string {
	return "Apply again: the next apply removes what this apply wrote and creates the guardrails again. To finish " +
		"this create instead, run `terraform untaint` with the address of the resource, then apply."
}

// withInterruptHint adds the next step to an error if the create was interrupted.
func withInterruptHint(err error) error {
	if errors.Is(err, context.Canceled) {
		return interruptedError{err}
	}
	return err
}
