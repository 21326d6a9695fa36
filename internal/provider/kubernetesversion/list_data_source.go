package kubernetesversion

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*listDataSource)(nil)

type listDataSource struct{ provider *tfkit.Provider }

// NewListDataSource returns the data source srm_kubernetes_versions.
func NewListDataSource() datasource.DataSource { return &listDataSource{} }

type listModel struct {
	Region   types.String    `tfsdk:"region"`
	AsOf     types.String    `tfsdk:"as_of"`
	Versions []listedVersion `tfsdk:"versions"`
}

func (d *listDataSource) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_kubernetes_versions"
}

func (d *listDataSource) Configure(
	_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse,
) {
	d.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

func (d *listDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the newest patch of each Kubernetes minor that clusters can be created with in a " +
			"region, with its dates, their quality, and its stage at a given time. Use `srm_kubernetes_version` for " +
			"minors that are no longer offered.",
		Attributes: map[string]schema.Attribute{
			"region": regionAttribute(),
			"as_of":  tfkit.AsOfAttribute("`stage` is given"),
			"versions": schema.ListNestedAttribute{
				MarkdownDescription: "Versions, newest minor first.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{
					Attributes: withVersionAttributes(map[string]schema.Attribute{
						"next_minor": schema.StringAttribute{
							MarkdownDescription: "Minor that clusters can be upgraded to, such as `1.36`; null if " +
								"the next minor is not offered (clause `LIF-02`).",
							Computed: true,
						},
					}),
				},
			},
		},
	}
}

func (d *listDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	if !d.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var m listModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	region, at, ok := resolveRegionAndTime(d.provider, &m.Region, &m.AsOf, &resp.Diagnostics)
	if !ok {
		return
	}
	versions, err := d.provider.API.Versions(ctx, region)
	if err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToRead, err)
		return
	}
	m.Versions = offers(versions).list(at)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
