package hdsguardrails

import (
	"context"
	"crypto/rand"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// addressKey is the private key of a random token, by which resource addresses differ: `moved`, a replacement and a
// refresh keep it, an import draws another one.
const addressKey = "address"

// keepAddress draws the token of an address that has none.
func keepAddress(ctx context.Context, private privateStore, diags *diag.Diagnostics) {
	token := ""
	if readPrivate(ctx, private, addressKey, &token, diags) || diags.HasError() {
		return
	}
	keepPrivate(ctx, private, addressKey, rand.Text(), diags)
}

// checkAddress refuses the plan of two addresses that have the same guardrails: a change of one changes those of the
// other, and so does its destroy. The second one that is planned is refused, whichever it is. A `removed` block with
// `destroy = false` plans nothing in the provider, and is the way out. The check needs no other object than the states
// of the addresses.
func (r *guardrailsResource) checkAddress(
	ctx context.Context, private privateReader, state *model, destroyed bool, diags *diag.Diagnostics,
) {
	token := ""
	readPrivate(ctx, private, addressKey, &token, diags)
	owner := ownerOf(ctx, private, state, diags)
	// A state of an older version that was not refreshed has no token.
	if token == "" || owner == "" || diags.HasError() ||
		!r.provider.Guardrails.Add(state.uuid()+"/"+owner, token, destroyed) {
		return
	}
	tfkit.Refuse(diags, path.Root("cluster_id"), tfkit.Refusal{
		Summary: "Two resource addresses have the same guardrails",
		Found: "another srm_hds_guardrails of this configuration or its state has the guardrails of the cluster " +
			tfkit.GuardrailsID(state.uuid()) + " (owner " + owner + "), too",
		Allowed: "one srm_hds_guardrails for each cluster: an apply of one changes the guardrails of the other, and its " +
			"destroy removes them",
		Fix: "Keep one of the two. If an import block adds the other one, remove the import block and its resource block; " +
			"to rename a resource, use a moved block instead. If both are in the state, remove one from the state and leave " +
			"the guardrails in the cluster, by `terraform state rm srm_hds_guardrails.example`, or by this in place of its " +
			"resource block:\n\n" + removedBlock() + "\n\n" +
			"Write the address that goes in place of srm_hds_guardrails.example, and tofu in place of terraform where you " +
			"use OpenTofu. Without such a block, removing the resource block removes the guardrails of both.",
	})
}
