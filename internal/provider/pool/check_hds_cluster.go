package pool

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
)

// checkNodeTypeOffered refuses a node type that the zone does not offer. If the API key may not read the offers, the
// API decides on create.
func (m *hdsModel) checkNodeTypeOffered(
	ctx context.Context, r *poolResource, report tfkit.Reporter, diags *diag.Diagnostics,
) {
	eligible := func(name string) bool { return compliance.NodeTypeEligibility(name).Status == compliance.Eligible }
	r.checkNodeType(ctx, &m.commonModel, eligible, nil, func(error) {}, report, diags)
}

func (m *hdsModel) checkCluster(
	ctx context.Context, r *poolResource, cluster *k8s.Cluster, report tfkit.Reporter,
) bool {
	tfkit.CheckHDSCluster(cluster, report)
	r.provider.CheckHDSSettings(ctx, cluster, report)
	m.checkNewVersion(cluster, report)
	if m.PublicIP.IsNull() {
		r.checkGateway(ctx, cluster, report.ForMutable())
	}
	return true
}

// checkReferences reports a guardrails_id of another cluster than the pool's.
func (m *hdsModel) checkReferences(report tfkit.Reporter) {
	if !tfkit.HasValue(m.ClusterID) || !tfkit.HasValue(m.GuardrailsID) {
		return
	}
	_, cluster, err := scaleway.SplitID(m.ClusterID.ValueString(), scw.Region(compliance.Region))
	guarded, guardrailsErr := tfkit.ParseGuardrailsID(m.GuardrailsID.ValueString())
	if err != nil || guardrailsErr != nil || guarded == cluster {
		return // check refuses malformed ids
	}
	report.Report(path.Root("guardrails_id"), tfkit.Problem{
		Summary: "The guardrails belong to another cluster", Clause: "HDS-ENC-03", Found: m.GuardrailsID.ValueString(),
		Allowed: tfkit.GuardrailsID(cluster) + ", the guardrails of cluster " + m.ClusterID.ValueString(),
		Fix:     "Set guardrails_id to the id of the srm_hds_guardrails of the pool's cluster.",
	})
}

// checkGateway reports a Private Network without a Public Gateway, through which nodes without public IPs reach the
// Internet.
func (r *poolResource) checkGateway(ctx context.Context, cluster *k8s.Cluster, report tfkit.Reporter) {
	if cluster.PrivateNetworkID == nil {
		return
	}
	network := *cluster.PrivateNetworkID
	gateway, err := r.provider.API.DefaultRouteGateway(ctx, scw.Region(compliance.Region), network)
	switch {
	case scaleway.IsForbidden(err):
		report.AddWarning(path.Root("cluster_id"), tfkit.Problem{
			Summary: "Unable to check whether nodes can reach the Internet", Cause: err,
			Fix: "Make sure that a Public Gateway advertises the default route on the Private Network, or allow the " +
				"API key to read Public Gateways.",
		})
	case err != nil:
		report.ReportAPIError("Unable to read the Public Gateway of the HDS pool's nodes", err)
	case gateway == nil:
		report.Report(path.Root("cluster_id"), tfkit.Problem{
			Summary: "Nodes without a public IP would have no route to the Internet",
			Found: fmt.Sprintf(
				"no Public Gateway that advertises the default route on Private Network %s/%s", compliance.Region,
				network,
			),
			Allowed: "a Public Gateway that is attached with push_default_route, or public_ip with a reason",
			Fix: "Attach a Public Gateway to the Private Network and advertise its default route. If its connection " +
				"is in the same configuration, add it to depends_on of this pool, so that Terraform creates it first.",
		})
	}
}

// checkReadyCluster refuses a pool of a cluster that has no guardrails. If it cannot read the cluster's Kubernetes API,
// it only warns: a machine that creates pools need not reach the API server.
func (m *hdsModel) checkReadyCluster(
	ctx context.Context, r *poolResource, cluster *k8s.Cluster, diags *diag.Diagnostics,
) {
	at, id := path.Root("guardrails_id"), tfkit.GuardrailsID(cluster.ID)
	missing, err := clusteraccess.MissingGuardrails(ctx, r.provider, cluster.ID)
	switch {
	case err != nil && ctx.Err() != nil:
		tfkit.AddAPIError(diags, "Unable to create the "+r.name, err)
	case err != nil:
		tfkit.AddWarning(diags, at, tfkit.Problem{
			Summary: "Unable to check whether the cluster has guardrails", Cause: err, Clause: "HDS-ENC-03",
			Fix: "Make sure that the cluster has guardrails: `kubectl get validatingadmissionpolicies` must list " +
				guardrails.Claims + ".",
		})
	case len(missing) > 0:
		tfkit.AddError(diags, at, tfkit.Problem{
			Summary: "The cluster has no guardrails",
			Clause:  "HDS-ENC-03",
			Found: fmt.Sprintf(
				"cluster %s/%s without %s",
				compliance.Region,
				cluster.ID,
				strings.Join(missing, ", "),
			),
			Allowed: "a cluster with the guardrails " + id,
			Fix: "Set guardrails_id to a reference such as srm_hds_guardrails.example.id, so that Terraform creates " +
				"the guardrails before the pool. If the resource exists already, apply again: the apply restores the " +
				"missing policies.",
		})
	}
}

// checkOwnApply refuses a moved pool whose cluster is not an HDS cluster. It runs at apply, not at plan, as
// the same apply may first move the cluster and change its offer to a dedicated one.
func (m *hdsModel) checkOwnApply(
	ctx context.Context, r *poolResource, _ model, isMoved bool, diags *diag.Diagnostics,
) {
	if !isMoved {
		return
	}
	cluster, err := r.provider.API.Cluster(
		ctx, scw.Region(compliance.Region), tfkit.BareID(m.ClusterID.ValueString()),
	)
	if err != nil {
		tfkit.AddAPIError(diags, r.unableToReadCluster(), err)
		return
	}
	tfkit.CheckHDSCluster(cluster, tfkit.NewApplyReporter(diags))
}
