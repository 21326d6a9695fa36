package hdscluster

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusteraccess"
)

// setContractReference sets contract_reference, and refuses a provider configuration without a signed HDS contract.
func (r *clusterResource) setContractReference(m *model, diags *diag.Diagnostics) {
	if r.provider.Contract == nil {
		tfkit.AddError(diags, path.Empty(), tfkit.Problem{
			Summary: "No HDS contract is declared", Clause: "HDS-CTR-01", Found: "a provider block without " +
				"`hds_contract`",
			Allowed: "the reference and the date of the contract that the Organization has signed",
			Fix: "Sign the HDS contract with Scaleway, then add to the provider block: hds_contract = { reference = " +
				"\"…\", signed_on = \"2026-01-15\" }",
		})
		return
	}
	if day, err := time.Parse(
		time.DateOnly, r.provider.Contract.SignedOn,
	); err == nil && !compliance.HasDayBegun(day, r.provider.Now()) {
		tfkit.AddError(diags, path.Empty(), tfkit.Problem{
			Summary: "The HDS contract is not signed yet", Clause: "HDS-CTR-01",
			Found: fmt.Sprintf(
				"signed_on is %s, today is %s", r.provider.Contract.SignedOn,
				r.provider.Now().UTC().Format(time.DateOnly),
			),
			Allowed: "today or an earlier day", Fix: "Correct `signed_on` in the provider's `hds_contract`, or " +
				"create the cluster once the contract is signed.",
		})
	}
	m.ContractReference = types.StringValue(r.provider.Contract.Reference)
}

func (r *clusterResource) planDestroy(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var m model
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &m)...)
	if diags.HasError() {
		return
	}
	kind().PlanDestroy(
		ctx, r.provider, &m.Model, m.PrivateNetworkID.ValueString(), clusteraccess.ReadStorage, resp.Private, diags,
	)
}
