package hdspool

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
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

var _ list.ListResourceWithConfigure = (*poolResource)(nil)

const unableToList = "Unable to list the HDS pools"

// NewListResource returns the list resource srm_hds_pool: the pools of the clusters that srm_hds_cluster can own.
func NewListResource() list.ListResource { return &poolResource{} }

// wanted narrows the list.
type wanted struct {
	ClusterID types.String `tfsdk:"cluster_id"`
	ProjectID types.String `tfsdk:"project_id"`
	Name      types.String `tfsdk:"name"`
	Tags      []string     `tfsdk:"tags"`
}

func (r *poolResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The pools of the clusters that `srm_hds_cluster` can manage, made by this provider or not, " +
			"whatever their node type: a plan refuses one that must not run health data. Pools that are being deleted are " +
			"left out. They come in the order of their names, and of their ids where names are equal. They are for `terraform " +
			"query` of Terraform 1.14 or later; OpenTofu has no list resources yet.",
		Attributes: map[string]schema.Attribute{
			"cluster_id": schema.StringAttribute{
				MarkdownDescription: "Only pools of this cluster, as `region/UUID` or as a UUID of `" + compliance.Region + "`; " +
					"one that `srm_hds_cluster` cannot manage is refused. Default: every such cluster of `" + compliance.Region + "`.",
				Optional:   true,
				Validators: []validator.String{tfkit.ObjectID("cluster")},
			},
			"project_id": schema.StringAttribute{
				MarkdownDescription: "Only pools of clusters of this Project (UUID). Default: those of every Project that the " +
					"API key may see.",
				Optional:   true,
				Validators: []validator.String{tfkit.ProjectID()},
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "Only pools of exactly this name. Default: any name.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"tags": schema.ListAttribute{
				MarkdownDescription: "Only pools that have all of these tags. Default: any tags.",
				Optional:            true,
				ElementType:         types.StringType,
				Validators:          []validator.List{tfkit.NoNulls{}},
			},
		},
	}
}

// List asks for the clusters once and for the pools of each; a whole resource costs a request for its user data, when
// it is its turn, and one for each key of them.
func (r *poolResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var diags diag.Diagnostics
	if !r.provider.Ready(&diags) {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	var config wanted
	if diags.Append(req.Config.Get(ctx, &config)...); diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	pools := r.find(ctx, config, &diags)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	if req.Limit > 0 && int64(len(pools)) > req.Limit {
		pools = pools[:req.Limit]
	}
	stream.Results = func(push func(list.ListResult) bool) {
		for _, pool := range pools {
			if ctx.Err() != nil || !push(r.listed(ctx, req, pool)) {
				return
			}
		}
	}
}

// find are the pools that the configuration asks for, in order.
func (r *poolResource) find(ctx context.Context, config wanted, diags *diag.Diagnostics) []*k8s.Pool {
	clusters, err := r.clusters(ctx, config, diags)
	found := []*k8s.Pool{}
	for _, cluster := range clusters {
		var pools []*k8s.Pool
		if pools, err = r.provider.API.Pools(ctx, cluster.Region, cluster.ID); err != nil {
			if scaleway.IsNotFound(err) {
				err = nil // the cluster went in the meantime
				continue
			}
			break
		}
		found = append(found, pools...)
	}
	if err != nil {
		tfkit.Failed(diags, unableToList, err)
		return nil
	}
	found = slices.DeleteFunc(found, func(pool *k8s.Pool) bool {
		return pool.Status == k8s.PoolStatusDeleting || pool.Status == k8s.PoolStatusDeleted ||
			!config.Name.IsNull() && pool.Name != config.Name.ValueString() || !tfkit.HaveAll(pool.Tags, config.Tags)
	})
	slices.SortFunc(
		found, func(a, b *k8s.Pool) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) },
	)
	return found
}

// clusters are those whose pools are asked for: one, which is refused where it cannot be owned, or all that can.
func (r *poolResource) clusters(ctx context.Context, config wanted, diags *diag.Diagnostics) ([]*k8s.Cluster, error) {
	region := scw.Region(compliance.Region)
	if config.ClusterID.IsNull() {
		clusters, err := r.provider.API.Clusters(
			ctx, region, scaleway.ClusterFilter{ProjectID: config.ProjectID.ValueString()},
		)
		return slices.DeleteFunc(clusters, func(cluster *k8s.Cluster) bool { return !tfkit.Ownable(cluster) }), err
	}
	of, uuid, err := scaleway.SplitID(config.ClusterID.ValueString(), region)
	if err != nil {
		return nil, err
	}
	if tfkit.RefuseError(diags, path.Root("cluster_id"), compliance.CheckRegion(string(of))); diags.HasError() {
		return nil, nil
	}
	cluster, err := r.provider.API.Cluster(ctx, of, uuid)
	if err != nil {
		return nil, err
	}
	tfkit.CheckHDSCluster(cluster, tfkit.AtApply(diags))
	if diags.HasError() || !config.ProjectID.IsNull() && cluster.ProjectID != config.ProjectID.ValueString() {
		return nil, nil
	}
	return []*k8s.Cluster{cluster}, nil
}

// listed is a pool as a result; the resource is what a fresh import reads.
func (r *poolResource) listed(ctx context.Context, req list.ListRequest, pool *k8s.Pool) list.ListResult {
	result := req.NewListResult(ctx)
	diags := &result.Diagnostics
	result.DisplayName = pool.Name
	diags.Append(result.Identity.SetAttribute(ctx, path.Root("region"), string(pool.Region))...)
	diags.Append(result.Identity.SetAttribute(ctx, path.Root("id"), pool.ID)...)
	if !req.IncludeResource {
		return result
	}
	diags.Append(result.Resource.SetAttribute(ctx, path.Root("id"), scaleway.JoinID(pool.Region, pool.ID))...)
	var m model
	diags.Append(result.Resource.Get(ctx, &m)...)
	if diags.HasError() {
		return result
	}
	if r.adopt(ctx, &m, pool, diags); !diags.HasError() {
		diags.Append(result.Resource.Set(ctx, &m)...)
	}
	return result
}
