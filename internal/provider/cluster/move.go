package cluster

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
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/scalewaystate"
)

// MoveState supports a moved block from a scaleway_k8s_cluster of the official provider.
func (r *clusterResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{
		scalewaystate.StateMover(scalewaystate.ClusterResource, scalewaystate.ParseCluster, r.move),
	}
}

func (r *clusterResource) move(ctx context.Context, cluster *k8s.Cluster, resp *resource.MoveStateResponse) {
	diags := &resp.Diagnostics
	if r.refuseMove(cluster, diags); diags.HasError() {
		return
	}
	diags.Append(resp.TargetState.SetAttribute(ctx, path.Root("id"), scaleway.JoinID(cluster.Region, cluster.ID))...)
	m, ok := r.decode(ctx, resp.TargetState, diags)
	if !ok {
		return
	}
	m.refresh(ctx, cluster, diags)
	m.common().setUnmoved(cluster)
	diags.Append(resp.TargetState.Set(ctx, m)...)
	tfkit.UpdatePrivate(ctx, resp.TargetPrivate, diags, func(p *private) { p.Exists, p.IsProtected = true, true })
	m.common().setIdentity(ctx, resp.TargetIdentity, diags)
}

// setUnmoved sets the attributes whose value does not come from the official provider; the following refresh sets the
// rest. deletion_protection and delete_additional_resources stay null until the first apply, and the cluster is
// protected until then. The official provider has a delete_additional_resources, too, but its value may come from a
// copied example.
func (m *commonModel) setUnmoved(cluster *k8s.Cluster) {
	if minor, err := lifecycle.ParseMinor(cluster.Version); err == nil {
		m.Version, m.VersionUsed = types.StringValue(minor.String()), types.StringNull()
	}
	m.IAMNodesGroupID = types.StringNull()
	m.UpgradePools, m.AllowDisruptiveRename = types.BoolValue(true), types.BoolValue(false)
	m.DeletionProtection, m.DeleteAdditionalResources = types.BoolNull(), types.BoolNull()
}

// refuseMove adds an error with all reasons why a cluster cannot be moved to the resource. No change in place can
// remove any of them.
func (v variant) refuseMove(cluster *k8s.Cluster, diags *diag.Diagnostics) {
	reasons := v.moveObstacles(cluster)
	if len(reasons) == 0 {
		return
	}
	tfkit.AddError(diags, path.Empty(), tfkit.Problem{
		Summary: "The cluster cannot be moved to " + v.resourceType,
		Found: fmt.Sprintf(
			"cluster %q (%s): %s", cluster.Name, scaleway.JoinID(
				cluster.Region, cluster.ID,
			), strings.Join(reasons, "; "),
		),
		Allowed: v.movable,
		Fix: "Remove the `moved` block: the cluster stays with the official provider, unchanged. Create a second " +
			"cluster with " + v.resourceType + ", and move the workloads: an existing cluster cannot be changed in " +
			"these settings.",
	})
}

// refuseUnapplied refuses to destroy a moved or imported cluster before the first apply of its configuration.
func refuseUnapplied(m *commonModel, diags *diag.Diagnostics) {
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
