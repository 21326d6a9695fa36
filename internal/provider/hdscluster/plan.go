package hdscluster

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
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

func refuseProtected(summary string, m *model, diags *diag.Diagnostics) {
	framework.Refuse(diags, path.Root("deletion_protection"), framework.Refusal{
		Summary: summary, Clause: "DEL-01", Found: fmt.Sprintf("cluster %q under deletion protection", m.Name.ValueString()),
		Allowed: "changes in place",
		Fix: "If the cluster and its data may be lost, set `deletion_protection = false`, apply that first, then repeat. If the resource is " +
			"tainted or was given to -replace by mistake, run \"terraform untaint\" or leave -replace out.",
	})
}

// planDestroy refuses under protection, and says what a destroy takes and leaves: what can be found, and what could not
// be looked at.
func (r *clusterResource) planDestroy(ctx context.Context, from tfsdk.State, diags *diag.Diagnostics) {
	var m model
	diags.Append(from.Get(ctx, &m)...)
	if diags.HasError() {
		return
	}
	if m.DeletionProtection.ValueBool() {
		refuseProtected("The cluster would be destroyed", &m, diags)
		return
	}
	found, unseen := []string{}, []string{"volumes and Load Balancers made from inside the cluster"}
	api := r.provider.API
	if pools, err := api.Pools(ctx, scw.RegionFrPar, m.uuid()); err == nil {
		for _, pool := range pools {
			found = append(found, fmt.Sprintf("pool %q with %d nodes of type %s", pool.Name, pool.Size, pool.NodeType))
		}
	} else if !scaleway.IsNotFound(err) {
		unseen = append(unseen, "pools and nodes ("+err.Error()+")")
	}
	clause, fate := "DEL-01", "Left, billed and full of data: every volume, Load Balancer and the Private Network "+m.PrivateNetworkID.ValueString()+"."
	if m.DeleteAdditionalResources.ValueBool() {
		fate = "Destroyed too: every volume, those with reclaim policy Retain included, every Load Balancer named after the cluster, and the Private Network " +
			m.PrivateNetworkID.ValueString() + " once it is empty."
	}
	lines := []string{"Destroyed with the cluster: " + list(found) + ".", fate, "Not looked at: " + strings.Join(unseen, "; ") + "."}
	diags.AddWarning(fmt.Sprintf("Destroying the HDS cluster %q", m.Name.ValueString()), framework.Refusal{
		Clause: clause, Found: strings.Join(lines, "\n"),
		Fix: "Make sure that the backups are restorable before you apply. The choice is `delete_additional_resources`, applied before the destroy.",
	}.Detail())
}

// fillTransfers shows what the planned configuration moves to the customer; unknown while an input is.
func (m *model) fillTransfers(ctx context.Context, diags *diag.Diagnostics) {
	for _, input := range []types.Set{m.FeatureGates, m.AdmissionPlugins} {
		if input.IsUnknown() {
			return
		}
		for _, element := range input.Elements() {
			if element.IsUnknown() {
				return
			}
		}
	}
	m.Transfers = framework.Transfers(ctx, responsibility.ClusterTransfers(responsibility.ClusterFacts{
		CNI: m.CNI.ValueString(), FeatureGates: framework.Strings(m.FeatureGates), AdmissionPlugins: framework.Strings(m.AdmissionPlugins),
	}), diags)
}

// forget makes what moves on its own unknown, so that a plan that would change nothing still calls Update.
func (m *model) forget() {
	m.VersionUsed, m.CommitmentEndsAt, m.IAMNodesGroupID = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
}

// recall fills what stayed unknown from the state, for an update that asked the API nothing.
func (m *model) recall(state *model) {
	for _, value := range []struct{ to, from *types.String }{
		{&m.VersionUsed, &state.VersionUsed}, {&m.CommitmentEndsAt, &state.CommitmentEndsAt}, {&m.IAMNodesGroupID, &state.IAMNodesGroupID},
		{&m.ProjectID, &state.ProjectID},
	} {
		if value.to.IsUnknown() {
			*value.to = *value.from
		}
	}
	if m.VersionDates.IsUnknown() {
		m.VersionDates = state.VersionDates
	}
}

// refreshDates reads the dates of the minor again; where it is not the one that runs, or cannot be read, they stay.
func (r *clusterResource) refreshDates(ctx context.Context, m *model, used string, diags *diag.Diagnostics) {
	minor, err := lifecycle.ParseMinor(m.Version.ValueString())
	actual, other := lifecycle.ParseVersion(used)
	if err != nil || other != nil || actual.Minor.Compare(minor) != 0 && known(m.VersionDates) {
		return
	}
	version, err := r.provider.API.Version(ctx, scw.RegionFrPar, used)
	if err == nil {
		m.setDates(ctx, minor, version, diags)
		return
	}
	if !known(m.VersionDates) {
		m.setDates(ctx, minor, nil, diags) // the bundled calendar's
	}
}

// unfinished tells the user what the next step is.
func unfinished(diags *diag.Diagnostics) {
	diags.AddWarning("The HDS cluster exists but is not finished",
		"It is in the state and not tainted. Apply again: the next plan shows an update in place, which finishes it.")
}

func (r *clusterResource) markAll(ctx context.Context, private marker, m *model, unfinished bool, diags *diag.Diagnostics) {
	framework.MarkProtection(ctx, private, m.DeletionProtection.ValueBool(), diags)
	framework.Mark(ctx, private, framework.MarkUnfinished, unfinished, diags)
}

type marker interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}
