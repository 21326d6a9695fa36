package kosmospool

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/pools"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/scalewaystate"
)

// MoveState supports a moved block from a scaleway_k8s_pool of the official provider. Its state does not contain the
// type of the cluster: the refresh after the move checks that.
func (r *poolResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{
		scalewaystate.StateMover(scalewaystate.PoolResource, scalewaystate.ParsePool, movePool),
	}
}

func movePool(ctx context.Context, pool *k8s.Pool, resp *resource.MoveStateResponse) {
	diags := &resp.Diagnostics
	var m model
	diags.Append(resp.TargetState.SetAttribute(ctx, path.Root("id"), scaleway.JoinID(pool.Region, pool.ID))...)
	diags.Append(resp.TargetState.Get(ctx, &m)...)
	if diags.HasError() {
		return
	}
	m.refresh(ctx, pool, diags)
	diags.Append(resp.TargetState.Set(ctx, &m)...)
	pools.SetMoveFlags(ctx, resp)
	setIdentity(ctx, &m, pool.Region, resp.TargetIdentity, diags)
}
