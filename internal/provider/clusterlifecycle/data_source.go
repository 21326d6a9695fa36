// Package clusterlifecycle implements the data source srm_cluster_lifecycle: support dates of a cluster's version,
// upgrade targets, version skew and node ages.
package clusterlifecycle

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*dataSource)(nil)

type dataSource struct{ provider *tfkit.Provider }

// NewDataSource returns the data source srm_cluster_lifecycle.
func NewDataSource() datasource.DataSource { return &dataSource{} }

func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_cluster_lifecycle"
}

func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

const unableToRead = "Unable to read the lifecycle of the cluster"

func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	if !d.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var m model
	// Read only the arguments: computed attributes are null in the configuration, which the model's Go types cannot
	// hold.
	tfkit.GetAttributes(ctx, req.Config, map[string]*types.String{
		"cluster_id": &m.ClusterID, "region": &m.Region, "as_of": &m.AsOf, "target_version": &m.TargetVersion,
	}, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	at, asOf, err := tfkit.ParseAsOf(m.AsOf, d.provider.Now)
	if err != nil {
		tfkit.AddCheckError(&resp.Diagnostics, path.Root("as_of"), err)
		return
	}
	region, id, ok := tfkit.ResolveObjectID(
		d.provider.API,
		"cluster_id",
		"cluster",
		m.ClusterID,
		m.Region,
		&resp.Diagnostics,
	)
	if !ok {
		return
	}
	m.AsOf, m.Region = asOf, types.StringValue(region.String())
	data, err := d.read(ctx, region, id, !m.TargetVersion.IsNull(), &resp.Diagnostics)
	if err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToRead, err)
		return
	}
	c := data.facts()
	if !resolveUpgradePath(&c, m.TargetVersion, data.known, at, &resp.Diagnostics) {
		return
	}
	m.setResults(data, c, at)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// apiData holds the responses from the API.
type apiData struct {
	cluster *k8s.Cluster
	pools   []*k8s.Pool
	nodes   []*k8s.Node
	known   lifecycle.VersionData
	sales   nodeTypeSales
}

// read reads all that the results depend on: five requests for a cluster whose pools are in one zone and whose minor
// is offered. withPath reports whether the configuration requests an upgrade path.
func (d *dataSource) read(
	ctx context.Context, region scw.Region, id string, withPath bool, diags *diag.Diagnostics,
) (*apiData, error) {
	var f apiData
	var err error
	if f.cluster, err = d.provider.API.Cluster(ctx, region, id); err != nil {
		return nil, err
	}
	if f.pools, err = d.provider.API.Pools(ctx, region, id); err != nil {
		return nil, err
	}
	if f.nodes, err = d.provider.API.Nodes(ctx, region, scaleway.NodeFilter{ClusterID: id}); err != nil {
		return nil, err
	}
	if f.known, err = d.readKnowledge(ctx, f.cluster, withPath); err != nil {
		return nil, err
	}
	f.sales, err = d.readSales(ctx, f.pools, diags)
	return &f, err
}
