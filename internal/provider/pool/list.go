package pool

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

var _ list.ListResourceWithConfigure = (*hdsList)(nil)

const unableToList = "Unable to list the HDS pools"

// NewHDSListResource returns the list resource srm_hds_pool, which lists the pools of the clusters that srm_hds_cluster
// can manage.
func NewHDSListResource() list.ListResource { return &hdsList{poolResource{variant: hds()}} }

// hdsList lists the pools of the clusters that srm_hds_cluster can manage.
type hdsList struct{ poolResource }

// listConfig is the configuration of a list: its filters.
type listConfig struct {
	ClusterID types.String `tfsdk:"cluster_id"`
	ProjectID types.String `tfsdk:"project_id"`
	Name      types.String `tfsdk:"name"`
	Tags      []string     `tfsdk:"tags"`
}

func (r *hdsList) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	attributes := tfkit.ListFilters("pools", "pools of clusters")
	attributes["cluster_id"] = schema.StringAttribute{
		MarkdownDescription: "Only pools of this cluster, as `" + compliance.Region + "/UUID` or a UUID, " +
			"which `srm_hds_cluster` must be able to manage. Default: all such clusters.",
		Optional:   true,
		Validators: []validator.String{tfkit.ObjectIDValidator("cluster")},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the pools of the clusters that `srm_hds_cluster` can manage, created by this " +
			"provider or not.",
		Attributes: attributes,
	}
}

// List lists the clusters with one request, and the pools of each with one more. If the whole resource is requested,
// each pool costs a request for the keys of its user data and one for each key, made when Terraform reads the result.
func (r *hdsList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	if !r.provider.CheckConfigured(&diags) {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	var config listConfig
	if diags.Append(req.Config.Get(ctx, &config)...); diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	pools := r.findPools(ctx, config, &diags)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = tfkit.StreamList(ctx, req, pools, func(pool *k8s.Pool) list.ListResult {
		return r.listResult(ctx, req, pool)
	})
}

// findPools returns the pools that match the filters, sorted by name and id.
func (r *hdsList) findPools(ctx context.Context, config listConfig, diags *diag.Diagnostics) []*k8s.Pool {
	clusters, err := r.findClusters(ctx, config, diags)
	found := []*k8s.Pool{}
	for _, cluster := range clusters {
		var pools []*k8s.Pool
		if pools, err = r.provider.API.Pools(ctx, cluster.Region, cluster.ID); err != nil {
			if scaleway.IsNotFound(err) {
				err = nil // the cluster was deleted in the meantime
				continue
			}
			break
		}
		found = append(found, pools...)
	}
	if err != nil {
		tfkit.AddAPIError(diags, unableToList, err)
		return nil
	}
	found = slices.DeleteFunc(found, func(pool *k8s.Pool) bool {
		return pool.Status == k8s.PoolStatusDeleting || pool.Status == k8s.PoolStatusDeleted ||
			!config.Name.IsNull() && pool.Name != config.Name.ValueString() || !tfkit.ContainsAll(pool.Tags,
			config.Tags)
	})
	slices.SortFunc(
		found, func(a, b *k8s.Pool) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) },
	)
	return found
}

// findClusters returns the clusters whose pools to list: the configured one, which must be manageable by
// srm_hds_cluster, or all such clusters.
func (r *hdsList) findClusters(
	ctx context.Context,
	config listConfig,
	diags *diag.Diagnostics,
) ([]*k8s.Cluster, error) {
	region := scw.Region(compliance.Region)
	if config.ClusterID.IsNull() {
		clusters, err := r.provider.API.Clusters(
			ctx, region, scaleway.ClusterFilter{ProjectID: config.ProjectID.ValueString()},
		)
		return slices.DeleteFunc(
			clusters,
			func(cluster *k8s.Cluster) bool { return !tfkit.IsImportableHDSCluster(cluster) },
		), err
	}
	clusterRegion, uuid, err := scaleway.SplitID(config.ClusterID.ValueString(), region)
	if err != nil {
		return nil, err
	}
	if tfkit.AddCheckError(
		diags,
		path.Root("cluster_id"),
		compliance.CheckRegion(string(clusterRegion)),
	); diags.HasError() {
		return nil, nil
	}
	cluster, err := r.provider.API.Cluster(ctx, clusterRegion, uuid)
	if err != nil {
		return nil, err
	}
	tfkit.CheckHDSCluster(cluster, tfkit.NewApplyReporter(diags))
	if diags.HasError() || !config.ProjectID.IsNull() && cluster.ProjectID != config.ProjectID.ValueString() {
		return nil, nil
	}
	return []*k8s.Cluster{cluster}, nil
}

// listResult returns the result for a pool. Its resource, if requested, equals that of an import.
func (r *hdsList) listResult(ctx context.Context, req list.ListRequest, pool *k8s.Pool) list.ListResult {
	result := req.NewListResult(ctx)
	diags := &result.Diagnostics
	result.DisplayName = pool.Name
	tfkit.SetIdentity(ctx, result.Identity, pool.Region, pool.ID, diags)
	if !req.IncludeResource {
		return result
	}
	diags.Append(result.Resource.SetAttribute(ctx, path.Root("id"), scaleway.JoinID(pool.Region, pool.ID))...)
	m, ok := r.decode(ctx, result.Resource, diags)
	if !ok {
		return result
	}
	if m.fillImported(ctx, &r.poolResource, pool, diags); !diags.HasError() {
		diags.Append(result.Resource.Set(ctx, m)...)
	}
	return result
}
