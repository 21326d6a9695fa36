package guardrails

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// planDestroy warns about the volumes and claims that need objects of the guardrails.
func (r *guardrailsResource) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, diags *diag.Diagnostics) {
	var state model
	diags.Append(req.State.Get(ctx, &state)...)
	observed := state.observed(ctx, req.Private, diags)
	r.checkDuplicateAddress(ctx, req.Private, &state, true, diags)
	if diags.HasError() || !state.settingsKnown() {
		return
	}
	client, err := r.connect(ctx, state.uuid())
	var impact operations.Impact
	if err == nil {
		impact, err = operations.ReadImpact(ctx, client, observed)
	}
	if other, ok := errors.AsType[*operations.OtherOwnerError](err); ok {
		warnAboutSkippedDestroy("The destroy deletes nothing: the guardrails belong to another owner", other, diags)
		return
	}
	if err == nil && len(impact.PendingClaims) > 0 {
		warnAboutUnboundClaims(impact.PendingClaims, len(impact.Volumes) > 0, observed.ClassName, diags)
	}
	switch {
	case err != nil && r.isClusterDeleted(ctx, state.uuid()):
	case err != nil:
		tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
			Summary: "The volumes of the cluster could not be read", Cause: err,
			Fix: "The destroy reads the volumes again, keeps the StorageClass and the Secrets if volumes need them, " +
				"and fails if it cannot reach the API server. If it fails, " + destroyFix(
				err, tfkit.GuardrailsID(state.uuid()),
			),
		})
	case len(impact.Volumes) > 0:
		tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
			Summary: "Encrypted volumes need the StorageClass and the Secrets of the guardrails",
			Clause:  "DEL-01", Found: formatVolumes(impact.Volumes),
			Fix: "Delete the data of these volumes first, then the passphrases. The destroy deletes the policies and " +
				"keeps the StorageClass and the Secrets in the cluster.",
		})
	}
}

// warnAboutUnboundClaims warns about the claims of the encrypted class that have no volume yet. keepsClass reports
// whether the destroy keeps the class.
func warnAboutUnboundClaims(waiting []string, keepsClass bool, class string, diags *diag.Diagnostics) {
	slices.Sort(waiting)
	problem := tfkit.Problem{
		Summary: "Claims wait for a volume of the encrypted StorageClass",
		Clause:  "HDS-ENC-03", Found: formatNames("claim", waiting) + " of the class " + class,
		Fix: "Wait until the claims are bound, or create them again with another class after the destroy: the class " +
			"of a claim cannot be changed. The destroy deletes the class and the Secrets: these claims then stay " +
			"pending, and their pods do not start.",
	}
	if keepsClass {
		problem.Fix = "No action needed: the class and the Secrets stay in the cluster, because volumes need them, " +
			"and these claims still get an encrypted volume. Claims that are pending when the class is deleted later " +
			"get none."
	}
	tfkit.AddWarning(diags, path.Empty(), problem)
}

// formatVolumes formats one line for each volume.
func formatVolumes(found []kubernetes.Volume) string {
	lines := []string{}
	for _, v := range found {
		line := v.Name
		for _, part := range []struct{ label, text string }{
			{"claim ", v.Claim}, {"Secret ", v.Secret}, {"reclaim policy ", v.Reclaim},
		} {
			if part.text != "" {
				line += ", " + part.label + part.text
			}
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return "\n" + strings.Join(lines, "\n")
}
