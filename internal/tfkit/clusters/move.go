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

// FillMoved sets the model from the state of the official provider; the following refresh sets the rest.
// deletion_protection and delete_additional_resources stay null until the first apply, and the cluster is protected
// until then. The official provider does not have the first, and its value of the second may come from a copied
// example.
func (m *Model) FillMoved(ctx context.Context, cluster *k8s.Cluster, diags *diag.Diagnostics) {
	m.Refresh(ctx, cluster, diags)
	if minor, err := lifecycle.ParseMinor(cluster.Version); err == nil {
		m.Version, m.VersionUsed = types.StringValue(minor.String()), types.StringNull()
	}
	m.IAMNodesGroupID = types.StringNull()
	m.UpgradePools, m.AllowDisruptiveRename = types.BoolValue(true), types.BoolValue(false)
	m.DeletionProtection, m.DeleteAdditionalResources = types.BoolNull(), types.BoolNull()
}

// SaveMoved writes the response of a move: state, identity, and the flag of a protected cluster.
func (m *Model) SaveMoved(ctx context.Context, model any, resp *resource.MoveStateResponse) {
	resp.Diagnostics.Append(resp.TargetState.Set(ctx, model)...)
	tfkit.SetProtectionFlags(ctx, resp.TargetPrivate, true, &resp.Diagnostics)
	m.SetIdentity(ctx, resp.TargetIdentity, &resp.Diagnostics)
}

// RefuseMove adds an error with all reasons why a cluster cannot be moved to the kind. No change in place can remove
// any of them.
func (k Kind) RefuseMove(cluster *k8s.Cluster, reasons []string, allowed string, diags *diag.Diagnostics) {
	if len(reasons) == 0 {
		return
	}
	tfkit.AddError(diags, path.Empty(), tfkit.Problem{
		Summary: "The cluster cannot be moved to " + k.Resource,
		Found: fmt.Sprintf(
			"cluster %q (%s): %s", cluster.Name, scaleway.JoinID(
				cluster.Region, cluster.ID,
			), strings.Join(reasons, "; "),
		),
		Allowed: allowed,
		Fix: "Remove the `moved` block: the cluster stays with the official provider, unchanged. Create a second " +
			"cluster with " + k.Resource + ", and move the workloads: an existing cluster cannot be changed in these " +
			"settings.",
	})
}

// refuseUnapplied refuses to destroy a moved or imported cluster before the first apply of its configuration.
func refuseUnapplied(m *Model, diags *diag.Diagnostics) {
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
	tfkit.AddError(diags, path.Root("deletion_protection"), tfkit.Problem{
		Summary: "The cluster would be destroyed before its configuration was applied", Clause: "DEL-01",
		Found: fmt.Sprintf(
			"cluster %q, which was moved or imported and has no applied %s yet", m.Name.ValueString(),
			strings.Join(missing, " and no "),
		),
		Allowed: "a cluster whose `deletion_protection` and `delete_additional_resources` were applied",
		Fix: "Keep the resource and apply once, which changes nothing on the cluster. To destroy it then, set " +
			"`deletion_protection = false`, apply, and destroy.",
	})
}
