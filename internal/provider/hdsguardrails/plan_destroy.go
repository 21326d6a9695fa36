package hdsguardrails

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// planDestroy lists the volumes that need what a destroy would take.
func (r *guardrailsResource) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, diags *diag.Diagnostics) {
	var state model
	diags.Append(req.State.Get(ctx, &state)...)
	owner := ownerOf(ctx, req.Private, &state, diags)
	settings, known := state.settings()
	r.checkAddress(ctx, req.Private, &state, true, diags)
	if diags.HasError() || !known {
		return
	}
	client, err := r.connect(ctx, state.uuid())
	var found []kubernetes.Volume
	var waiting []string
	var mark *kubernetes.Mark
	if err == nil {
		mark, err = client.ReadMark(ctx)
	}
	if err == nil && isForeign(mark, owner) {
		warnForeignDestroy("The destroy removes nothing: the guardrails belong to another owner", mark, owner, diags)
		return
	}
	if err == nil {
		found, err = client.Volumes(ctx, settings)
	}
	if err == nil {
		waiting, err = client.WaitingClaims(ctx, settings)
	}
	if err == nil && len(waiting) > 0 {
		warnOfWaiting(waiting, len(found) > 0, settings.ClassName, diags)
	}
	switch {
	case err != nil && r.isGone(ctx, state.uuid()):
	case err != nil:
		diags.AddWarning("The volumes of the cluster could not be looked at", tfkit.Explain(err)+
			"\nThe destroy looks again: class and Secrets stay while volumes need them. It fails where the API server cannot "+
			"be reached.\n"+
			waysOn(err, tfkit.GuardrailsID(state.uuid())))
	case len(found) > 0:
		diags.AddWarning("Encrypted volumes need what the guardrails made", tfkit.Refusal{
			Clause: "DEL-01", Found: volumeList(found),
			Fix: "The destroy removes the policies and leaves the StorageClass and the Secrets in the cluster. Delete the " +
				"data first, then the passphrases.",
		}.Detail())
	}
}

// warnOfWaiting names the claims of the encrypted class that have no volume yet. stays says that the class stays.
func warnOfWaiting(waiting []string, stays bool, class string, diags *diag.Diagnostics) {
	slices.Sort(waiting)
	problem := tfkit.Refusal{
		Clause: "HDS-ENC-03", Found: listed("claim", waiting) + " of the class " + class,
		Fix: "The destroy removes the class and the Secrets: these claims stay pending, and their pods do not start. Wait " +
			"until they are bound, or create them again with another class after the destroy: the class of a claim cannot be " +
			"changed.",
	}
	if stays {
		problem.Fix = "No action needed: the class and the Secrets stay in the cluster, as volumes need them, and these " +
			"claims still get an encrypted volume. Once nothing needs the class and it is removed, claims of it stay without " +
			"one."
	}
	diags.AddWarning("Claims wait for a volume of the encrypted StorageClass", problem.Detail())
}

// volumeList is a line a volume.
func volumeList(found []kubernetes.Volume) string {
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
