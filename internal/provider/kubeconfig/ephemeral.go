// Package kubeconfig is the ephemeral resource srm_kubeconfig: how other providers and tools reach the API server of a
// cluster, without the cluster's admin token.
package kubeconfig

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*ephemeralResource)(nil)

type ephemeralResource struct{ provider *tfkit.Provider }

// NewEphemeralResource is srm_kubeconfig.
func NewEphemeralResource() ephemeral.EphemeralResource { return &ephemeralResource{} }

func (r *ephemeralResource) Metadata(
	_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_kubeconfig"
}

func (r *ephemeralResource) Configure(
	_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse,
) {
	r.provider = tfkit.Configured(req.ProviderData, &resp.Diagnostics)
}

const unableToRead = "Unable to read the kubeconfig of the cluster"

// Open asks for the kubeconfig once. Terraform opens nothing whose configuration it does not know yet.
func (r *ephemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	if !r.provider.Ready(&resp.Diagnostics) {
		return
	}
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	region, uuid, err := scaleway.SplitID(m.ClusterID.ValueString(), r.provider.API.DefaultRegion())
	if err != nil {
		tfkit.RefuseError(&resp.Diagnostics, path.Root("cluster_id"), malformedID(err))
		return
	}
	found, ok := r.find(ctx, m, region, uuid, &resp.Diagnostics)
	if !ok {
		return
	}
	user := access{secretKey: r.provider.API.SecretKey()}
	if m.Form.ValueString() == formExec {
		user = access{exec: execOf(r.provider.CLI)}
	}
	if err := m.fill(scaleway.JoinID(region, uuid), found, user); err != nil {
		tfkit.Failed(&resp.Diagnostics, "Unable to write the kubeconfig of the cluster", err)
		return
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
}

// find is where the API server is: endpoint says it, else the provider's kubernetes block.
func (r *ephemeralResource) find(
	ctx context.Context, m model, region scw.Region, uuid string, diags *diag.Diagnostics,
) (kubernetes.Endpoint, bool) {
	reach := r.provider.Kubernetes
	if !m.Endpoint.IsNull() {
		reach = tfkit.Kubernetes{VPC: m.Endpoint.ValueString() == endpointVPC}
	}
	if reach.Unknown {
		tfkit.Refuse(diags, path.Root("endpoint"), tfkit.Refusal{
			Summary: "The address of the API server is not known yet",
			Found:   "a kubernetes block of the provider that depends on a value that is not known until apply",
			Allowed: "a kubernetes block that is known at plan, or " + endpointPublic + " or " + endpointVPC + " in endpoint",
			Fix:     "Set endpoint, or create what the block depends on first: in a configuration of its own, or with -target.",
		})
		return kubernetes.Endpoint{}, false
	}
	file, err := r.provider.API.Kubeconfig(ctx, region, uuid, reach.VPC)
	if err != nil {
		tfkit.Failed(diags, unableToRead, err)
		return kubernetes.Endpoint{}, false
	}
	found, err := kubernetes.ParseKubeconfig(file)
	if err != nil {
		tfkit.Failed(diags, unableToRead, fmt.Errorf("cluster %s: %w", scaleway.JoinID(region, uuid), err))
		return kubernetes.Endpoint{}, false
	}
	return found.At(reach.Host, reach.TLSServerName), true
}

// checkID accepts "fr-par/UUID" and a bare UUID.
func checkID(id string) error {
	if _, _, err := scaleway.SplitID(id, scw.RegionFrPar); err != nil {
		return malformedID(err)
	}
	return nil
}

func malformedID(err error) error {
	return &compliance.Refusal{Summary: "The id of the cluster is malformed", Found: err.Error(), Allowed: "region/UUID," +
		" or a UUID alone"}
}
