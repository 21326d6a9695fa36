package kosmoscluster

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/scalewaystate"
)

// MoveState supports a moved block from a scaleway_k8s_cluster of the official provider.
func (r *clusterResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{
		scalewaystate.StateMover(scalewaystate.ClusterResource, scalewaystate.ParseCluster, moveCluster),
	}
}

func moveCluster(ctx context.Context, cluster *k8s.Cluster, resp *resource.MoveStateResponse) {
	diags := &resp.Diagnostics
	kind().RefuseMove(cluster, moveObstacles(cluster), fmt.Sprintf("a cluster of an offer that starts with %q, with "+
		"the CNI %q; updates change its version, auto-upgrade and the allow-list in place", sharedType,
		k8s.CNIKilo), diags)
	if diags.HasError() {
		return
	}
	var m model
	diags.Append(resp.TargetState.SetAttribute(ctx, path.Root("id"), scaleway.JoinID(cluster.Region, cluster.ID))...)
	diags.Append(resp.TargetState.Get(ctx, &m)...)
	if diags.HasError() {
		return
	}
	m.FillMoved(ctx, cluster, diags)
	m.SaveMoved(ctx, &m, resp)
}

// moveObstacles returns the properties of a cluster that rule out a move because no update in place can change them.
func moveObstacles(cluster *k8s.Cluster) []string {
	reasons := []string{}
	if checkType(cluster.Type) != nil {
		reasons = append(reasons, fmt.Sprintf("offer %q, which is not a Kosmos offer", cluster.Type))
		if strings.HasPrefix(cluster.Type, "kapsule") {
			reasons[0] += ": move the cluster to srm_hds_cluster instead"
		}
	}
	if cluster.Cni != k8s.CNIKilo {
		reasons = append(reasons, fmt.Sprintf("CNI %q", cluster.Cni))
	}
	return reasons
}
