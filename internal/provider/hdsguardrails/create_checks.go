package hdsguardrails

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// reportNamespacePods reports pods in the namespace of the Secrets, which a create would isolate.
func reportNamespacePods(
	ctx context.Context, client *kubernetes.Client, s guardrails.Settings, report tfkit.Reporter,
) error {
	found, err := client.PodsAffectedByIsolation(ctx, s)
	if err != nil || len(found) == 0 {
		return err
	}
	report.Report(path.Root("volume_encryption").AtName("namespace"), tfkit.Problem{
		Summary: "Pods run in the namespace of the Secrets", Clause: "HDS-ENC-03", Found: formatNames("pod", found),
		Allowed: "a namespace without workloads, such as srm-system, which the apply creates",
		Fix: fmt.Sprintf("Set another namespace, or move the pods: the NetworkPolicy %s denies all traffic in the "+
			"namespace, and the Pod Security labels of the namespace refuse pods that violate the restricted standard.",
			guardrails.NetworkPolicyName),
	})
	return nil
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
