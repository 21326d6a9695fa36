// Package cluster implements the data source srm_cluster: any Kapsule or Kosmos cluster with its allow-list, pools and
// nodes.
package cluster

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*dataSource)(nil)

type dataSource struct{ provider *tfkit.Provider }

// NewDataSource returns the data source srm_cluster.
func NewDataSource() datasource.DataSource { return &dataSource{} }

func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_cluster"
}

func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

const unableToRead = "Unable to read the cluster"

// arguments holds the arguments of the data source.
type arguments struct{ id, name, projectID, region types.String }

func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	if !d.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var given arguments
	tfkit.GetAttributes(ctx, req.Config, map[string]*types.String{
		"id": &given.id, "name": &given.name, "project_id": &given.projectID, "region": &given.region,
	}, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	found := d.find(ctx, given, &resp.Diagnostics)
	if found == nil {
		return
	}
	m, err := d.readDetails(ctx, found)
	if err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToRead, err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
}

// find reads the cluster by its id or its name. After an error, it returns nil.
func (d *dataSource) find(ctx context.Context, given arguments, diags *diag.Diagnostics) *k8s.Cluster {
	if given.id.IsNull() {
		region := d.provider.API.DefaultRegion()
		if !given.region.IsNull() {
			region = scw.Region(given.region.ValueString())
		}
		return d.findByName(ctx, given, region, diags)
	}
	region, id, ok := tfkit.ResolveObjectID(d.provider.API, "id", "cluster", given.id, given.region, diags)
	if !ok {
		return nil
	}
	found, err := d.provider.API.Cluster(ctx, region, id)
	if err != nil {
		tfkit.AddAPIError(diags, unableToRead, err)
		return nil
	}
	return found
}

func (d *dataSource) findByName(
	ctx context.Context, given arguments, region scw.Region, diags *diag.Diagnostics,
) *k8s.Cluster {
	filter := scaleway.ClusterFilter{Name: given.name.ValueString(), ProjectID: given.projectID.ValueString()}
	found, err := d.provider.API.Clusters(ctx, region, filter)
	if err != nil {
		tfkit.AddAPIError(diags, unableToRead, err)
		return nil
	}
	if len(found) == 1 {
		return found[0]
	}
	tfkit.AddError(diags, path.Root("name"), lookupProblem(found, filter, region))
	return nil
}

// readDetails reads the allow-list, the pools and the nodes of a cluster: three requests, or two if the cluster cannot
// have an allow-list.
func (d *dataSource) readDetails(ctx context.Context, found *k8s.Cluster) (*dataModel, error) {
	m := newDataModel(found)
	if hasAllowList(found) {
		rules, err := d.provider.API.AllowList(ctx, found.Region, found.ID)
		if err != nil {
			return nil, err
		}
		m.AllowList = newDataAllowList(rules)
	}
	pools, err := d.provider.API.Pools(ctx, found.Region, found.ID)
	if err != nil {
		return nil, err
	}
	nodes, err := d.provider.API.Nodes(ctx, found.Region, scaleway.NodeFilter{ClusterID: found.ID})
	if err != nil {
		return nil, err
	}
	m.Pools = newDataPools(pools, nodes)
	return m, nil
}
