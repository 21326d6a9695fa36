package hdspool

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/framework/pools"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// checkNewVersion judges the configured minor of a pool that does not exist yet: the API creates it with the cluster's.
func (m *model) checkNewVersion(cluster *k8s.Cluster, say framework.Say, diags *diag.Diagnostics) {
	minor, ok := m.Minor()
	actual, err := lifecycle.ParseVersion(cluster.Version)
	if !ok || err != nil || minor == actual.Minor {
		return
	}
	if minor.Compare(actual.Minor) > 0 {
		m.refuseNewer(cluster, say, diags)
		return
	}
	framework.Refuse(diags, path.Root("version"), framework.Refusal{
		Summary: "A new pool cannot be older than its cluster", Found: fmt.Sprintf("version %s, and cluster %s runs %s", minor, cluster.Name, cluster.Version),
		Allowed: actual.Minor.String(), Fix: fmt.Sprintf("Set version to %q, or remove it: the API creates a pool with its cluster's version.", actual.Minor),
	})
}

// refuseNewer says that the pool asks for a newer minor than its cluster's. An upgrade of the cluster in the same apply
// may reach the next minor, none after.
func (m *model) refuseNewer(cluster *k8s.Cluster, say framework.Say, diags *diag.Diagnostics) {
	minor, _ := m.Minor()
	actual, err := lifecycle.ParseVersion(cluster.Version)
	if err != nil {
		return
	}
	if minor != actual.Next() {
		say = framework.Refuse
	}
	say(diags, path.Root("version"), framework.Refusal{
		Summary: "The pool's version is newer than its cluster's", Clause: lifecycle.UpgradeClause,
		Found:   fmt.Sprintf("version %s, and cluster %s runs %s", minor, cluster.Name, cluster.Version),
		Allowed: "at most " + actual.Minor.String() + ", or what the same apply upgrades the cluster to",
		Fix:     "Upgrade the cluster first, or in the same apply.",
	})
}

// checkGateway judges the way out of nodes that have no public IP.
func (r *poolResource) checkGateway(ctx context.Context, cluster *k8s.Cluster, say framework.Say, diags *diag.Diagnostics) {
	if cluster.PrivateNetworkID == nil {
		return
	}
	network := *cluster.PrivateNetworkID
	gateway, err := r.provider.API.DefaultRouteGateway(ctx, scw.Region(compliance.Region), network)
	switch {
	case scaleway.IsForbidden(err):
		framework.Warn(diags, path.Root("cluster_id"), framework.Refusal{
			Summary: "Whether nodes can reach the Internet cannot be checked", Found: framework.Explain(err),
			Fix: "Make sure that a Public Gateway advertises the default route on the Private Network, or allow the API key to read Public Gateways.",
		})
	case err != nil:
		framework.Failed(diags, "Unable to look for the Public Gateway of the HDS pool's nodes", err)
	case gateway == nil:
		say(diags, path.Root("cluster_id"), framework.Refusal{
			Summary: "Nodes without public IP would have no way to the Internet",
			Found:   fmt.Sprintf("no Public Gateway that advertises the default route on Private Network %s/%s", compliance.Region, network),
			Allowed: "one that is attached with push_default_route, or public_ip with a reason",
			Fix: "Attach a Public Gateway to the Private Network and advertise its default route. Where it is in the same configuration, " +
				"name its connection in depends_on of this pool, so that it is there first.",
		})
	}
}

// checkName refuses a name that another pool of the cluster has; one that is going does not count.
func (r *poolResource) checkName(ctx context.Context, name, clusterID string, diags *diag.Diagnostics) {
	pools, err := r.provider.API.Pools(ctx, scw.Region(compliance.Region), clusterID)
	if err != nil {
		framework.Failed(diags, "Unable to look whether the HDS pool's name is free", err)
		return
	}
	for _, pool := range pools {
		if pool.Name == name && pool.Status != k8s.PoolStatusDeleting && pool.Status != k8s.PoolStatusDeleted {
			refuseName(diags, name, pool.ID, pool.Status.String())
		}
	}
}

func refuseName(diags *diag.Diagnostics, name, id, status string) {
	full := scaleway.JoinID(scw.Region(compliance.Region), id)
	framework.Refuse(diags, path.Root("name"), framework.Refusal{
		Summary: fmt.Sprintf("The cluster has a pool named %q already", name), Found: full + ", status " + status, Allowed: "a name that is unique in the cluster",
		Fix: fmt.Sprintf("Choose another name, as create_before_destroy needs it. To bring the pool under this resource, with its address:\n\n"+
			"  import {\n    to = srm_hds_pool.<name>\n    id = %q\n  }\n\n"+
			"Where it is in the state already, as tainted, run `terraform untaint` with its address; `-replace` then replaces it.", full),
	})
}

// checkGroups refuses groups that do not exist in the pool's zone. Without the permission to look, the API's own answer
// to the create says it.
func (r *poolResource) checkGroups(ctx context.Context, plan *model, diags *diag.Diagnostics) {
	zone := scw.Zone(plan.Zone.ValueString())
	missing := func(attribute, what, id string, err error) {
		switch {
		case err == nil || scaleway.IsForbidden(err):
		case errors.Is(err, scaleway.ErrNotFound):
			framework.Refuse(diags, path.Root(attribute), framework.Refusal{Summary: "The " + what + " does not exist",
				Found: "no " + what + " " + scaleway.JoinZonedID(zone, id), Allowed: "a " + what + " in " + string(zone), Fix: "Check the id and its zone."})
		default:
			framework.Failed(diags, "Unable to read the "+what+" of the HDS pool", err)
		}
	}
	if id := pools.Bare(plan.SecurityGroupID); id != nil {
		_, err := r.provider.API.SecurityGroup(ctx, zone, *id)
		missing("security_group_id", "security group", *id, err)
	}
	if id := pools.Bare(plan.PlacementGroupID); id != nil {
		_, err := r.provider.API.PlacementGroup(ctx, zone, *id)
		missing("placement_group_id", "placement group", *id, err)
	}
}
