package hdscluster

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/operations/cluster"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusters"
)

// model is the Terraform model of the resource.
type model struct {
	clusters.Model

	PrivateNetworkID  types.String `tfsdk:"private_network_id"`
	ContractReference types.String `tfsdk:"contract_reference"`
}

// refresh sets the attributes, configured ones included, from the cluster as the API returns it.
func (m *model) refresh(ctx context.Context, cluster *k8s.Cluster, diags *diag.Diagnostics) {
	m.Refresh(ctx, cluster, diags)
	network := ""
	if cluster.PrivateNetworkID != nil {
		network = scaleway.JoinID(cluster.Region, *cluster.PrivateNetworkID)
	}
	m.PrivateNetworkID = tfkit.KeepSpelling(m.PrivateNetworkID, network, tfkit.BareID)
}

// desired converts a plan, all of whose inputs are known.
func (m *model) desired(ctx context.Context, diags *diag.Diagnostics) cluster.Desired {
	desired := m.Desired(ctx, diags)
	desired.PrivateNetworkID = tfkit.BareID(m.PrivateNetworkID.ValueString())
	return desired
}
