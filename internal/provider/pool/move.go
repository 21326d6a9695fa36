package pool

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/scalewaystate"
)

// MoveState supports a moved block from a scaleway_k8s_pool of the official provider.
func (r *poolResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{
		scalewaystate.StateMover(scalewaystate.PoolResource, scalewaystate.ParsePool, r.move),
	}
}

func (r *poolResource) move(ctx context.Context, pool *k8s.Pool, resp *resource.MoveStateResponse) {
	diags := &resp.Diagnostics
	if r.refuseMove(pool, diags); diags.HasError() {
		return
	}
	diags.Append(resp.TargetState.SetAttribute(ctx, path.Root("id"), scaleway.JoinID(pool.Region, pool.ID))...)
	m, ok := r.decode(ctx, resp.TargetState, diags)
	if !ok {
		return
	}
	m.refresh(ctx, pool, diags)
	diags.Append(resp.TargetState.Set(ctx, m)...)
	tfkit.UpdatePrivate(ctx, resp.TargetPrivate, diags, func(p *private) {
		p.Exists, p.IsImported, p.IsMoved = true, true, true
	})
	r.setIdentity(ctx, m, resp.TargetIdentity, diags)
}

// replacingAttributes returns the changed attributes that require a replacement. The framework does not pass them to a
// resource.
func (m *commonModel) replacingAttributes(state *commonModel) []string {
	found := []string{}
	for _, attribute := range []struct {
		name string
		same bool
	}{
		{
			"cluster_id", m.ClusterID.Equal(state.ClusterID),
		}, {"name", m.Name.Equal(state.Name)}, {"node_type", m.NodeType.Equal(state.NodeType)},
		{"zone", m.Zone.Equal(state.Zone)}, {"placement_group_id", m.PlacementGroupID.Equal(state.PlacementGroupID)},
		{"root_volume", m.RootVolume.Equal(state.RootVolume)},
		{
			"user_data", m.UserData.Equal(state.UserData) || !m.UserData.IsUnknown() && len(
				state.UserData.Elements(),
			)+len(m.UserData.Elements()) == 0,
		},
	} {
		if !attribute.same {
			found = append(found, attribute.name)
		}
	}
	return found
}

// refuseMovedReplacement refuses to replace a pool in its first apply after a move.
func (r *poolResource) refuseMovedReplacement(state *commonModel, attributes []string, diags *diag.Diagnostics) {
	if len(attributes) == 0 {
		return
	}
	tfkit.AddError(diags, path.Root(attributes[0]), tfkit.Problem{
		Summary: "The move would replace the " + r.name,
		Found: fmt.Sprintf(
			"pool %s, %q, whose configuration differs in attributes that the API cannot change: %s",
			state.ID.ValueString(),
			state.Name.ValueString(), strings.Join(attributes, ", "),
		),
		Allowed: "the actual values of the pool in these attributes; others can be changed in place",
		Fix: "Set these attributes to the values of the pool and apply. For other values add a second pool, drain " +
			"the nodes of this one, then remove it: this avoids an outage.",
	})
}

// refuseSensitiveRemoval refuses to remove sensitive attributes of an imported pool that a generated configuration
// leaves out: user data, whose removal would replace the pool, and kubelet arguments.
func (r *poolResource) refuseSensitiveRemoval(plan, state *commonModel, diags *diag.Diagnostics) {
	for _, attribute := range []struct {
		name        string
		plan, state types.Map
	}{{"user_data", plan.UserData, state.UserData}, {"kubelet_args", plan.KubeletArgs, state.KubeletArgs}} {
		if keys := slices.Sorted(maps.Keys(attribute.state.Elements())); attribute.plan.IsNull() && len(keys) > 0 {
			tfkit.AddError(diags, path.Root(attribute.name), tfkit.Problem{
				Summary: "The imported " + r.name + " has " + attribute.name + " that the configuration leaves out",
				Found: fmt.Sprintf(
					"pool %s, %q, with the keys %s, and no %s", state.ID.ValueString(), state.Name.ValueString(),
					strings.Join(keys,
						", "), attribute.name,
				),
				Allowed: attribute.name + " with these keys: it is sensitive, so that a CLI does not write it into a " +
					"generated configuration",
				Fix: "Set " + attribute.name + " to the value of the pool. To remove it, first apply another change " +
					"in place, such as a tag: after that the configuration is authoritative.",
			})
		}
	}
}

// refuseMove adds an error with all reasons why a pool cannot be moved to a resource.
func (r *poolResource) refuseMove(pool *k8s.Pool, diags *diag.Diagnostics) {
	reasons := r.moveObstacles(pool)
	if len(reasons) == 0 {
		return
	}
	tfkit.AddError(diags, path.Empty(), tfkit.Problem{
		Summary: "The pool cannot be moved to " + r.resourceType,
		Found: fmt.Sprintf(
			"pool %q (%s): %s", pool.Name, scaleway.JoinID(pool.Region, pool.ID), strings.Join(reasons, "; "),
		),
		Allowed: r.movable,
		Fix: "Remove the `moved` block: the pool stays with the official provider, unchanged. Add a " + r.resourceType +
			" with another name, drain the nodes of the old pool, then remove it: the API cannot change an existing " +
			"pool in these settings.",
	})
}
