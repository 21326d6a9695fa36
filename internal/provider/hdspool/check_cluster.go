package hdspool

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

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
