package cluster

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	listing "github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

var _ listing.ListResourceWithConfigure = (*hdsList)(nil)

// hdsList lists the clusters that srm_hds_cluster can manage.
type hdsList struct{ clusterResource }

// NewHDSListResource returns the list resource srm_hds_cluster.
func NewHDSListResource() listing.ListResource { return &hdsList{clusterResource{variant: hds()}} }

// listConfig is the configuration of a list: its filters.
type listConfig struct {
	ProjectID types.String `tfsdk:"project_id"`
	Name      types.String `tfsdk:"name"`
	Tags      []string     `tfsdk:"tags"`
}

func (r *hdsList) ListResourceConfigSchema(
	_ context.Context, _ listing.ListResourceSchemaRequest, resp *listing.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the clusters that `srm_hds_cluster` can manage, created by this provider or not: " +
			"those of a `kapsule-dedicated-*` type on a Private Network in `fr-par`.",
		Attributes: tfkit.ListFilters("clusters", "clusters"),
	}
}

// List lists the clusters with one request. If the whole resource is requested, each cluster costs a request for its
// allow-list, made when Terraform reads the result, and each distinct version costs one.
func (r *hdsList) List(ctx context.Context, req listing.ListRequest, stream *listing.ListResultsStream) {
	var diags diag.Diagnostics
	if !r.provider.CheckConfigured(&diags) {
		stream.Results = listing.ListResultsStreamDiagnostics(diags)
		return
	}
	var config listConfig
	if diags.Append(req.Config.Get(ctx, &config)...); diags.HasError() {
		stream.Results = listing.ListResultsStreamDiagnostics(diags)
		return
	}
	found, err := r.provider.API.Clusters(
		ctx, scw.RegionFrPar, scaleway.ClusterFilter{
			Name: config.Name.ValueString(), ProjectID: config.ProjectID.ValueString(),
		},
	)
	if err != nil {
		tfkit.AddAPIError(&diags, "Unable to list the HDS clusters", err)
		stream.Results = listing.ListResultsStreamDiagnostics(diags)
		return
	}
	found = slices.DeleteFunc(found, func(cluster *k8s.Cluster) bool {
		return !tfkit.IsImportableHDSCluster(cluster) || !tfkit.ContainsAll(cluster.Tags, config.Tags)
	})
	slices.SortFunc(
		found, func(a, b *k8s.Cluster) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) },
	)
	stream.Results = tfkit.StreamList(ctx, req, found, func(cluster *k8s.Cluster) listing.ListResult {
		return r.listResult(ctx, req, cluster)
	})
}

// listResult returns the result for a cluster. Its resource, if requested, equals that of an import.
func (r *hdsList) listResult(
	ctx context.Context, req listing.ListRequest, cluster *k8s.Cluster,
) listing.ListResult {
	result := req.NewListResult(ctx)
	diags := &result.Diagnostics
	result.DisplayName = cluster.Name
	tfkit.SetIdentity(ctx, result.Identity, cluster.Region, cluster.ID, diags)
	if !req.IncludeResource {
		return result
	}
	tfkit.SetAttributes(ctx, result.Resource, importedAttributes(cluster.Region, cluster.ID), diags)
	m, ok := r.decode(ctx, result.Resource, diags)
	if !ok {
		return result
	}
	rules, denied := r.provider.API.AllowList(ctx, scw.RegionFrPar, cluster.ID)
	if r.refreshAll(ctx, m, cluster, rules, denied, diags); !diags.HasError() {
		diags.Append(result.Resource.Set(ctx, m)...)
	}
	return result
}
