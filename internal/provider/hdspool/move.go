package hdspool

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/pools"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/scalewaystate"
)

// MoveState supports a moved block from a scaleway_k8s_pool of the official provider.
func (r *poolResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{
		scalewaystate.StateMover(scalewaystate.PoolResource, scalewaystate.ParsePool, movePool),
	}
}

func movePool(ctx context.Context, pool *k8s.Pool, resp *resource.MoveStateResponse) {
	diags := &resp.Diagnostics
	pools.RefuseMove(
		"srm_hds_pool",
		pool,
		moveObstacles(pool),
		fmt.Sprintf("a pool in %s, of an eligible node type, with a root volume of type %s and at least %d GB; "+
			"updates change autohealing, labels, taints and the upgrade policy in place",
			strings.Join(compliance.Zones(), ", "),
			codeList(compliance.RootVolumeTypes()), compliance.MinRootVolumeGB),
		diags,
	)
	if diags.HasError() {
		return
	}
	var m model
	diags.Append(resp.TargetState.SetAttribute(ctx, path.Root("id"), scaleway.JoinID(pool.Region, pool.ID))...)
	diags.Append(resp.TargetState.Get(ctx, &m)...)
	if diags.HasError() {
		return
	}
	m.refresh(ctx, pool, diags)
	m.GuardrailsID = types.StringNull() // the official provider has no guardrails: the first apply sets the id
	diags.Append(resp.TargetState.Set(ctx, &m)...)
	pools.SetMoveFlags(ctx, resp)
	setIdentity(ctx, &m, resp.TargetIdentity, diags)
}

// moveObstacles returns the properties of a pool that rule out a move because no update in place can change them. A
// node type whose eligibility is undecided can be attested, and does not rule out a move.
func moveObstacles(pool *k8s.Pool) []string {
	reasons := []string{}
	if compliance.CheckRegion(string(pool.Region)) != nil {
		reasons = append(reasons, fmt.Sprintf("region %s (HDS-RES-01)", pool.Region))
	}
	if verdict := compliance.ZoneEligibility(string(pool.Zone)); verdict.Status != compliance.Eligible {
		reasons = append(reasons, fmt.Sprintf("zone %s: %s (HDS-RES-02)", pool.Zone, eligibilityReason(verdict)))
	}
	if verdict := compliance.NodeTypeEligibility(pool.NodeType); verdict.Status == compliance.Ineligible {
		reasons = append(
			reasons, fmt.Sprintf("node type %s: %s (HDS-IDN-02)", pool.NodeType, eligibilityReason(verdict)),
		)
	}
	if compliance.CheckRootVolumeType(string(pool.RootVolumeType)) != nil {
		reasons = append(reasons, fmt.Sprintf("root volume of type %q (HDS-IDN-02)", pool.RootVolumeType))
	}
	if size := tfkit.Int64Attribute(
		pools.RootVolumeObject(pool),
		"size_gb",
	); size.ValueInt64() < compliance.MinRootVolumeGB {
		reasons = append(reasons, fmt.Sprintf("root volume of %d GB", size.ValueInt64()))
	}
	return reasons
}

// checkClusterOfMovedPool refuses a moved pool whose cluster is not an HDS cluster. It runs at apply, not at plan, as
// the same apply may first move the cluster and change its offer to a dedicated one.
func (r *poolResource) checkClusterOfMovedPool(ctx context.Context, plan *model, diags *diag.Diagnostics) {
	cluster, err := r.provider.API.Cluster(
		ctx, scw.Region(compliance.Region), tfkit.BareID(plan.ClusterID.ValueString()),
	)
	if err != nil {
		tfkit.AddAPIError(diags, "Unable to read the HDS pool's cluster", err)
		return
	}
	tfkit.CheckHDSCluster(cluster, tfkit.NewApplyReporter(diags))
}
