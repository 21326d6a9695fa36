package clusters

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// Moved fills the model with what the official provider's state says of a cluster; the refresh that follows brings the
// rest. What only a person decides stays null until the first apply, and the cluster is protected until then: the
// deletion protection, which that provider does not have, and the effect on attached volumes and Load Balancers, which
// its configuration may have left to a copied example.
func (m *Model) Moved(ctx context.Context, cluster *k8s.Cluster, diags *diag.Diagnostics) {
	m.Refresh(ctx, cluster, diags)
	if minor, err := lifecycle.ParseMinor(cluster.Version); err == nil {
		m.Version, m.VersionUsed = types.StringValue(minor.String()), types.StringNull()
	}
	m.IAMNodesGroupID = types.StringNull()
	m.UpgradePools, m.AllowDisruptiveRename = types.BoolValue(true), types.BoolValue(false)
	m.DeletionProtection, m.DeleteAdditionalResources = types.BoolNull(), types.BoolNull()
}

// SaveMoved writes what a move answers: state, identity, and the mark of a protected cluster.
func (m *Model) SaveMoved(ctx context.Context, whole any, resp *resource.MoveStateResponse) {
	resp.Diagnostics.Append(resp.TargetState.Set(ctx, whole)...)
	tfkit.MarkProtection(ctx, resp.TargetPrivate, true, &resp.Diagnostics)
	m.Identify(ctx, resp.TargetIdentity, &resp.Diagnostics)
}

// RefuseMove says that a cluster cannot come under the kind, with every reason at once: no change in place does away
// with any.
func (k Kind) RefuseMove(cluster *k8s.Cluster, reasons []string, allowed string, diags *diag.Diagnostics) {
	if len(reasons) == 0 {
		return
	}
	diags.AddError("The cluster cannot be moved to "+k.Resource, tfkit.Refusal{
		Found: fmt.Sprintf(
			"cluster %q (%s): %s", cluster.Name, scaleway.JoinID(cluster.Region, cluster.ID), strings.Join(reasons, "; "),
		),
		Allowed: allowed,
		Fix: "Remove the `moved` block: the cluster stays with the official provider, as it is. Create a second cluster " +
			"with " + k.Resource +
			", and move the workloads: none of this changes on a cluster that exists.",
	}.Detail())
}

// refuseUndecided refuses to destroy a cluster whose configuration was never applied here: one that was moved or
// imported.
func refuseUndecided(m *Model, diags *diag.Diagnostics) {
	missing := []string{}
	if m.DeletionProtection.IsNull() {
		missing = append(missing, "deletion_protection")
	}
	if m.DeleteAdditionalResources.IsNull() {
		missing = append(missing, "delete_additional_resources")
	}
	if len(missing) == 0 {
		return
	}
	tfkit.Refuse(diags, path.Root("deletion_protection"), tfkit.Refusal{
		Summary: "The cluster would be destroyed before its configuration was applied", Clause: "DEL-01",
		Found: fmt.Sprintf(
			"cluster %q, which was brought under this provider and has no applied %s yet", m.Name.ValueString(),
			strings.Join(missing, " and no "),
		),
		Allowed: "a cluster whose `deletion_protection` and `delete_additional_resources` were applied",
		Fix: "Keep the resource and apply once, which changes nothing on the cluster. If it shall then go, set " +
			"`deletion_protection = false`, apply, and destroy.",
	})
}
