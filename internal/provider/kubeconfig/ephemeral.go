// Package kubeconfig implements the ephemeral resource srm_kubeconfig: access to the API server of a cluster for other
// providers and tools, without the cluster's admin token.
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

// NewEphemeralResource returns the ephemeral resource srm_kubeconfig.
func NewEphemeralResource() ephemeral.EphemeralResource { return &ephemeralResource{} }

func (r *ephemeralResource) Metadata(
	_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_kubeconfig"
}

func (r *ephemeralResource) Configure(
	_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse,
) {
	r.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

const unableToRead = "Unable to read the kubeconfig of the cluster"

// Open reads the kubeconfig. Terraform calls Open only if the configuration is known.
func (r *ephemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	if !r.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	region, uuid, err := scaleway.SplitID(m.ClusterID.ValueString(), r.provider.API.DefaultRegion())
	if err != nil {
		tfkit.AddCheckError(&resp.Diagnostics, path.Root("cluster_id"), malformedID(err))
		return
	}
	endpoint, ok := r.findEndpoint(ctx, m, region, uuid, &resp.Diagnostics)
	if !ok {
		return
	}
	user := credential{secretKey: r.provider.API.SecretKey()}
	if m.Form.ValueString() == formExec {
		user = credential{exec: newExec(r.provider.CLI)}
	}
	if err := m.setResult(scaleway.JoinID(region, uuid), endpoint, user); err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, "Unable to write the kubeconfig of the cluster", err)
		return
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
}

// findEndpoint returns the endpoint of the API server, according to endpoint or else the provider's kubernetes block.
func (r *ephemeralResource) findEndpoint(
	ctx context.Context, m model, region scw.Region, uuid string, diags *diag.Diagnostics,
) (kubernetes.Endpoint, bool) {
	settings := r.provider.Kubernetes
	if !m.Endpoint.IsNull() {
		settings = tfkit.Kubernetes{UseVPC: m.Endpoint.ValueString() == endpointVPC}
	}
	if settings.IsUnknown {
		tfkit.AddError(diags, path.Root("endpoint"), tfkit.Problem{
			Summary: "The address of the API server is not known yet",
			Found:   "a kubernetes block of the provider that contains values known only after apply",
			Allowed: "a kubernetes block that is known at plan, or endpoint set to " + endpointPublic + " or " +
				endpointVPC,
			Fix: "Set endpoint, or create the objects that the block depends on first, in a separate configuration " +
				"or with -target.",
		})
		return kubernetes.Endpoint{}, false
	}
	file, err := r.provider.API.Kubeconfig(ctx, region, uuid, settings.UseVPC)
	if err != nil {
		tfkit.AddAPIError(diags, unableToRead, err)
		return kubernetes.Endpoint{}, false
	}
	endpoint, err := kubernetes.ParseKubeconfig(file)
	if err != nil {
		tfkit.AddAPIError(diags, unableToRead, fmt.Errorf("cluster %s: %w", scaleway.JoinID(region, uuid), err))
		return kubernetes.Endpoint{}, false
	}
	return endpoint.WithHost(settings.Host, settings.TLSServerName), true
}

// checkID returns an error unless the id is region/UUID or a UUID.
func checkID(id string) error {
	if _, _, err := scaleway.SplitID(id, scw.RegionFrPar); err != nil {
		return malformedID(err)
	}
	return nil
}

func malformedID(err error) error {
	return &compliance.Problem{
		Summary: "The id of the cluster is malformed", Found: err.Error(), Allowed: "region/UUID, or a UUID alone",
		Fix: "Set the id of a cluster, such as srm_hds_cluster.example.id.",
	}
}
