package guardrails

import (
	"cmp"
	"context"
	"crypto/rand"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// ensureAddressToken creates the token of an address that has none.
func ensureAddressToken(ctx context.Context, in tfkit.PrivateState, diags *diag.Diagnostics) {
	tfkit.UpdatePrivate(ctx, in, diags, func(p *private) { p.Address = cmp.Or(p.Address, rand.Text()) })
}

// checkDuplicateAddress refuses a plan in which two addresses have the same guardrails: an update or destroy of one
// address changes the guardrails of the other. It refuses the second address that is planned. A `removed` block with
// `destroy = false` calls no plan in the provider, so that it can resolve the conflict. The check needs only the states
// of the addresses.
func (r *guardrailsResource) checkDuplicateAddress(
	ctx context.Context, from tfkit.PrivateReader, state *model, destroyed bool, diags *diag.Diagnostics,
) {
	token := tfkit.ReadPrivate[private](ctx, from, diags).Address
	owner := state.observed(ctx, from, diags).Owner
	// A state that an older version of the provider wrote has no token until it is refreshed.
	if token == "" || owner == "" || diags.HasError() ||
		!r.provider.GuardrailsAddresses.Add(state.uuid()+"/"+owner, token, destroyed) {
		return
	}
	tfkit.AddError(diags, path.Root("cluster_id"), tfkit.Problem{
		Summary: "Two resources manage the same guardrails",
		Found: "two srm_hds_guardrails resources in this configuration or its state, for the guardrails " +
			tfkit.GuardrailsID(state.uuid()) + " (owner " + owner + ")",
		Allowed: "one srm_hds_guardrails for each cluster: an apply of one resource changes the guardrails of the " +
			"other, and a destroy deletes them",
		Fix: "Keep one of the two. If an import block adds the other one, remove the import block and its resource " +
			"block; to rename a resource, use a moved block instead. If both are in the state, remove one from the " +
			"state and leave the guardrails in the cluster: run `terraform state rm srm_hds_guardrails.example`, or " +
			"replace its resource block with:\n\n" + removedBlock() + "\n\n" +
			"Replace srm_hds_guardrails.example with the address to remove, and terraform with tofu if you use " +
			"OpenTofu. Without such a block, removing the resource block deletes the guardrails of both.",
	})
}
