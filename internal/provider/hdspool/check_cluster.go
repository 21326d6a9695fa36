package hdspool

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusteraccess"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/pools"
)

// checkOffer refuses a node type that the zone does not offer. Without the permission to look, the API's own answer to
// the create decides.
func (r *poolResource) checkOffer(ctx context.Context, plan *model, report tfkit.Reporter, diags *diag.Diagnostics) {
	eligible := func(name string) bool { return compliance.NodeType(name).Status == compliance.Eligible }
	r.kind().CheckNodeType(ctx, &plan.Model, eligible, nil, func(error) {}, report, diags)
}

// checkCluster reports what keeps a new pool from a cluster, in its present state.
func (r *poolResource) checkCluster(ctx context.Context, plan *model, cluster *k8s.Cluster, report tfkit.Reporter) {
	tfkit.CheckHDSCluster(cluster, report)
	r.provider.CheckHDSSettings(ctx, cluster, report)
	plan.CheckNewVersion(cluster, report)
	if plan.PublicIP.IsNull() {
		r.checkGateway(ctx, cluster, report.Changeable())
	}
}

// checkGuarded reports guardrails of another cluster than the pool's.
func (m *model) checkGuarded(report tfkit.Reporter) {
	if !pools.Known(m.ClusterID) || !pools.Known(m.GuardrailsID) {
		return
	}
	_, cluster, err := scaleway.SplitID(m.ClusterID.ValueString(), scw.Region(compliance.Region))
	guarded, other := tfkit.ParseGuardrailsID(m.GuardrailsID.ValueString())
	if err != nil || other != nil || guarded == cluster {
		return // check refuses what is not an id
	}
	report.Report(path.Root("guardrails_id"), tfkit.Refusal{
		Summary: "The guardrails are those of another cluster", Clause: "HDS-ENC-03", Found: m.GuardrailsID.ValueString(),
		Allowed: tfkit.GuardrailsID(cluster) + ", those of cluster " + m.ClusterID.ValueString(),
		Fix:     "Name the srm_hds_guardrails of the pool's own cluster.",
	})
}

// checkGateway judges the way out of nodes that have no public IP.
func (r *poolResource) checkGateway(ctx context.Context, cluster *k8s.Cluster, report tfkit.Reporter) {
	if cluster.PrivateNetworkID == nil {
		return
	}
	network := *cluster.PrivateNetworkID
	gateway, err := r.provider.API.DefaultRouteGateway(ctx, scw.Region(compliance.Region), network)
	switch {
	case scaleway.IsForbidden(err):
		report.Warn(path.Root("cluster_id"), tfkit.Refusal{
			Summary: "Whether nodes can reach the Internet cannot be checked", Found: tfkit.Explain(err),
			Fix: "Make sure that a Public Gateway advertises the default route on the Private Network, or allow the API key " +
				"to read Public Gateways.",
		})
	case err != nil:
		report.ReportAPIError("Unable to look for the Public Gateway of the HDS pool's nodes", err)
	case gateway == nil:
		report.Report(path.Root("cluster_id"), tfkit.Refusal{
			Summary: "Nodes without public IP would have no way to the Internet",
			Found: fmt.Sprintf(
				"no Public Gateway that advertises the default route on Private Network %s/%s", compliance.Region, network,
			),
			Allowed: "one that is attached with push_default_route, or public_ip with a reason",
			Fix: "Attach a Public Gateway to the Private Network and advertise its default route. Where it is in the same " +
				"configuration, name its connection in depends_on of this pool, so that it is there first.",
		})
	}
}

// checkGuardrails refuses a pool of a cluster that has no guardrails. Where the cluster cannot be looked into, it
// warns: a machine that creates pools does not have to reach the API server.
func (r *poolResource) checkGuardrails(ctx context.Context, cluster *k8s.Cluster, diags *diag.Diagnostics) {
	at, id := path.Root("guardrails_id"), tfkit.GuardrailsID(cluster.ID)
	missing, err := clusteraccess.MissingGuardrails(ctx, r.provider, cluster.ID)
	switch {
	case err != nil && ctx.Err() != nil:
		tfkit.Failed(diags, unableToCreate, err)
	case err != nil:
		tfkit.Warn(diags, at, tfkit.Refusal{
			Summary: "Whether the cluster has guardrails could not be checked",
			Clause:  "HDS-ENC-03",
			Found:   tfkit.Explain(err),
			Fix: "Make sure that the cluster has them. `kubectl get validatingadmissionpolicies` lists " +
				guardrails.Claims + " where it does.",
		})
	case len(missing) > 0:
		tfkit.Refuse(diags, at, tfkit.Refusal{
			Summary: "The cluster has no guardrails", Clause: "HDS-ENC-03",
			Found: fmt.Sprintf("cluster %s/%s without "+
				"%s", compliance.Region, cluster.ID, strings.Join(missing, ", ")),
			Allowed: "a cluster with the guardrails " + id,
			Fix: "Set guardrails_id to a reference such as srm_hds_guardrails.example.id, so that the guardrails are created " +
				"before the pool. Where the resource exists already, apply again: it restores what was removed from the cluster.",
		})
	}
}
