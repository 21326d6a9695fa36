package hdscluster

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/framework/inside"
)

// fillContract shows the contract under which the cluster stands, and refuses a provider that has none.
func (r *clusterResource) fillContract(m *model, diags *diag.Diagnostics) {
	if r.provider.Contract == nil {
		diags.AddError("No HDS contract is declared", framework.Refusal{
			Clause: "HDS-CTR-01", Found: "a provider without `hds_contract`", Allowed: "the reference and the date of the contract that your Organization has signed",
			Fix: "Sign the HDS contract with Scaleway, then add to the provider block: hds_contract = { reference = \"…\", signed_on = \"2026-01-15\" }",
		}.Detail())
		return
	}
	m.ContractReference = types.StringValue(r.provider.Contract.Reference)
}

func (r *clusterResource) planDestroy(ctx context.Context, from tfsdk.State, diags *diag.Diagnostics) {
	var m model
	diags.Append(from.Get(ctx, &m)...)
	if diags.HasError() {
		return
	}
	kind().PlanDestroy(ctx, r.provider, &m.Model, m.PrivateNetworkID.ValueString(), inside.Storage, diags)
}
