// Package responsibilities implements the data source srm_responsibilities: the responsibility matrix of a described or
// real cluster, with the responsibilities that its configuration shifts.
package responsibilities

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

var (
	_ datasource.DataSourceWithConfigure        = (*dataSource)(nil)
	_ datasource.DataSourceWithConfigValidators = (*dataSource)(nil)
	_ datasource.DataSourceWithValidateConfig   = (*dataSource)(nil)
)

type dataSource struct{ provider *tfkit.Provider }

// NewDataSource returns the data source srm_responsibilities.
func NewDataSource() datasource.DataSource { return &dataSource{} }

func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_responsibilities"
}

func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

// ValidateConfig reports descriptions of clusters that cannot exist.
func (d *dataSource) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	at := path.Root("cluster")
	var variant, offer types.String
	var hds types.Bool
	var pools types.List
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, at.AtName("variant"), &variant)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, at.AtName("offer"), &offer)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, at.AtName("pools"), &pools)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("hds"), &hds)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if hds.ValueBool() {
		checkHDSScope(&resp.Diagnostics, variant.ValueString(), offer.ValueString())
	}
	seen := map[string]bool{}
	for i, element := range pools.Elements() {
		pool, ok := element.(types.Object)
		if !ok {
			continue
		}
		poolPath := at.AtName("pools").AtListIndex(i)
		if name := tfkit.StringAttribute(pool, "name"); !name.IsNull() && !name.IsUnknown() {
			if seen[name.ValueString()] {
				tfkit.AddError(&resp.Diagnostics, poolPath.AtName("name"), tfkit.Problem{
					Summary: "Two pools have the same name", Found: fmt.Sprintf("%q twice", name.ValueString()),
					Allowed: "names that are unique in the cluster, as the API requires", Fix: "Rename one of the " +
						"two pools.",
				})
			}
			seen[name.ValueString()] = true
		}
		if variant.ValueString() == responsibility.Kapsule &&
			tfkit.StringAttribute(pool, "hosting").ValueString() == external {
			tfkit.AddError(&resp.Diagnostics, poolPath.AtName("hosting"), tfkit.Problem{
				Summary: "A Kapsule cluster cannot have external nodes", Clause: "KAP-01",
				Found:   `hosting "external" in a cluster with variant "kapsule"`,
				Allowed: `"managed"`, Fix: `Set variant to "kosmos", or hosting to "managed".`,
			})
		}
	}
}

// checkHDSScope adds an error if the model's section on health data does not cover the cluster. An empty variant or
// offer is unknown.
func checkHDSScope(diags *diag.Diagnostics, variant, offer string) {
	if variant != responsibility.Kosmos && offer != responsibility.Mutualised {
		return
	}
	found := fmt.Sprintf("variant %q", variant)
	if variant != responsibility.Kosmos {
		found = fmt.Sprintf("offer %q", offer)
	}
	tfkit.AddError(diags, path.Root("hds"), tfkit.Problem{
		Summary: "The cluster is outside the HDS scope", Clause: "HDS-SCP-01", Found: found + ", with hds = true",
		Allowed: "dedicated Kapsule",
		Fix: "Remove hds: the matrix then shows why the clauses on health data do not apply. Health data must be in " +
			"a dedicated Kapsule cluster.",
	})
}

func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	if !d.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var m model
	tfkit.GetAttributes(ctx, req.Config, map[string]any{
		"cluster": &m.Cluster, "cluster_id": &m.ClusterID, "region": &m.Region, "hds": &m.HDS, "hds_role": &m.HDSRole,
		"language":          &m.Language,
		"look_into_cluster": &m.LookIntoCluster, "complete": &m.Complete, "filter": &m.Filter,
		"findings": &m.Findings,
	}, &resp.Diagnostics)
	var keep filter
	if !m.Filter.IsNull() {
		resp.Diagnostics.Append(m.Filter.As(ctx, &keep, basetypes.ObjectAsOptions{})...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	c, ok := d.resolveCluster(ctx, &m, &resp.Diagnostics)
	if !ok {
		return
	}
	findings := m.readFindings(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	m.setResults(c, keep, findings)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// resolveCluster returns the described or real cluster of the configuration. After an error, it returns false.
func (d *dataSource) resolveCluster(
	ctx context.Context,
	m *model,
	diags *diag.Diagnostics,
) (responsibility.Cluster, bool) {
	var c responsibility.Cluster
	if m.ClusterID.IsNull() {
		var description describedCluster
		diags.Append(m.Cluster.As(ctx, &description, basetypes.ObjectAsOptions{})...)
		c = description.toCluster()
		m.addGap("The cluster is described, not read: the matrix applies to the description.",
			"Le cluster est décrit, non lu : la matrice porte sur la description.", inClusterClauses()...)
	} else {
		region, id, ok := tfkit.ResolveObjectID(d.provider.API, "cluster_id", "cluster", m.ClusterID, m.Region, diags)
		if !ok {
			return c, false
		}
		c, ok = d.readCluster(ctx, m, region, id, diags)
		if !ok {
			return c, false
		}
		c.IsReal = true
		if m.HDS.ValueBool() {
			checkHDSScope(diags, c.Variant, c.Offer)
			tfkit.AddCheckError(diags, path.Root("hds"), compliance.CheckRegion(string(region)))
		}
	}
	c.HDS = m.HDS.ValueBool()
	return c, !diags.HasError()
}

const unableToRead = "Unable to read the responsibilities of a cluster"
