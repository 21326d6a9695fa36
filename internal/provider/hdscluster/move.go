package hdscluster

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/scalewaystate"
)

// sharedType is the shared Kapsule offer. An update changes it to a dedicated offer in place.
const sharedType = "kapsule"

// MoveState supports a moved block from a scaleway_k8s_cluster of the official provider.
func (r *clusterResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{
		scalewaystate.StateMover(scalewaystate.ClusterResource, scalewaystate.ParseCluster, moveCluster),
	}
}

func moveCluster(ctx context.Context, cluster *k8s.Cluster, resp *resource.MoveStateResponse) {
	diags := &resp.Diagnostics
	kind().RefuseMove(cluster, moveObstacles(cluster), fmt.Sprintf("a Kapsule cluster in %s on a Private Network, "+
		"with the CNI %s; updates change its offer, its version, auto-upgrade and the allow-list in place",
		compliance.Region, codeList(cnis())), diags)
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
	m.PrivateNetworkID = tfkit.KeepSpelling(
		m.PrivateNetworkID, scaleway.JoinID(cluster.Region, *cluster.PrivateNetworkID), tfkit.BareID,
	)
	m.SaveMoved(ctx, &m, resp)
}

// moveObstacles returns the properties of a cluster that rule out a move because no update in place can change them.
func moveObstacles(cluster *k8s.Cluster) []string {
	reasons := []string{}
	if compliance.CheckRegion(string(cluster.Region)) != nil {
		reasons = append(reasons, fmt.Sprintf("region %s (HDS-RES-01)", cluster.Region))
	}
	if cluster.Type != sharedType && compliance.CheckClusterType(cluster.Type) != nil {
		reasons = append(reasons, fmt.Sprintf("offer %q, which is not a Kapsule offer (HDS-SCP-01)", cluster.Type))
	}
	if cluster.PrivateNetworkID == nil {
		reasons = append(reasons, "no Private Network (HDS-RES-02)")
	}
	if !slices.Contains(cnis(), string(cluster.Cni)) {
		reasons = append(reasons, fmt.Sprintf("CNI %q", cluster.Cni))
	}
	return reasons
}
