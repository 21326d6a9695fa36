// Package clustertypes implements the data source srm_cluster_types: the control plane offers of a region.
package clustertypes

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*dataSource)(nil)

type dataSource struct{ provider *tfkit.Provider }

// NewDataSource returns the data source srm_cluster_types.
func NewDataSource() datasource.DataSource { return &dataSource{} }

type model struct {
	Region       types.String  `tfsdk:"region"`
	ClusterTypes []clusterType `tfsdk:"cluster_types"`
}

type clusterType struct {
	Name               string  `tfsdk:"name"`
	Availability       string  `tfsdk:"availability"`
	HDS                bool    `tfsdk:"hds"`
	Dedicated          bool    `tfsdk:"dedicated"`
	AuditLogsSupported bool    `tfsdk:"audit_logs_supported"`
	SLA                float64 `tfsdk:"sla"`
	Resiliency         string  `tfsdk:"resiliency"`
	MaxNodes           int64   `tfsdk:"max_nodes"`
	MemoryBytes        int64   `tfsdk:"memory_bytes"`
	MaxEtcdSizeBytes   int64   `tfsdk:"max_etcd_size_bytes"`
	CommitmentDays     int64   `tfsdk:"commitment_days"`
}

func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_cluster_types"
}

func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	computedString := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	computedInt64 := func(description string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: description, Computed: true}
	}
	computedBool := func(description string) schema.BoolAttribute {
		return schema.BoolAttribute{MarkdownDescription: description, Computed: true}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the control plane offers of Kapsule and Kosmos in a region, with their size and " +
			"availability.",
		Attributes: map[string]schema.Attribute{
			"region": schema.StringAttribute{
				MarkdownDescription: "Region of the offers, such as `fr-par`. Default: the provider's region.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{tfkit.RegionValidator()},
			},
			"cluster_types": schema.ListNestedAttribute{
				MarkdownDescription: "Offers, smallest control plane first.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"name": computedString(
						"Name of the offer, for `type` of a cluster, such as `" + compliance.DedicatedTypePrefix +
							"4`.",
					),
					"availability": computedString(
						"Availability of the offer: `" + string(k8s.ClusterTypeAvailabilityAvailable) + "`, `" +
							string(k8s.ClusterTypeAvailabilityScarce) + "`, or `" + string(
							k8s.ClusterTypeAvailabilityShortage,
						) + "`. `srm_hds_cluster` does not create clusters with an offer in shortage.",
					),
					"hds": computedBool(
						"Whether clusters for health data can use the offer, derived from its name: dedicated " +
							"Kapsule only (clause `HDS-SCP-01`). Region and contract are separate conditions.",
					),
					"dedicated": computedBool("Whether the control plane runs on dedicated resources (clause " +
						"`OFR-01`)."),
					"audit_logs_supported": computedBool(
						"Whether the offer supports sending the audit logs of the Kubernetes API to Cockpit (clause " +
							"`ITC-06`). This does not mean that they are sent.",
					),
					"sla": schema.Float64Attribute{MarkdownDescription: "Availability of the control plane in the " +
						"SLA, in percent; 0 if the offer has no SLA (clause `OTC-10`).", Computed: true},
					"resiliency": computedString("Resiliency of the control plane: `" + string(
						k8s.ClusterTypeResiliencyStandard,
					) + "` (restarted elsewhere after a failure) or `" +
						string(k8s.ClusterTypeResiliencyHighAvailability) + "` (replicated; clauses `MKS-06` and " +
						"`OTC-08`)."),
					"max_nodes":           computedInt64("Maximum number of nodes of a cluster with this offer."),
					"memory_bytes":        computedInt64("Memory of the control plane, in bytes."),
					"max_etcd_size_bytes": computedInt64("Maximum size of the cluster's etcd, in bytes."),
					"commitment_days": computedInt64("Days after a change to this offer in which no smaller offer " +
						"can be chosen; 0 means no commitment."),
				}},
			},
		},
	}
}

func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	if !d.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if m.Region.IsNull() {
		m.Region = types.StringValue(string(d.provider.API.DefaultRegion()))
	}
	found, err := d.provider.API.ClusterTypes(ctx, scw.Region(m.Region.ValueString()))
	if err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, "Unable to read cluster types", err)
		return
	}
	m.ClusterTypes = newClusterTypes(found)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// newClusterTypes converts offers of the API to the model, smallest control plane first.
func newClusterTypes(found []*k8s.ClusterType) []clusterType {
	offers := make([]clusterType, 0, len(found))
	for _, t := range found {
		offer := clusterType{
			Name: t.Name, Availability: t.Availability.String(), HDS: compliance.CheckClusterType(t.Name) == nil,
			Dedicated:          t.Dedicated,
			AuditLogsSupported: t.AuditLogsSupported, SLA: tfkit.Float64FromFloat32(t.SLA),
			Resiliency:  t.Resiliency.String(),
			MaxNodes:    int64(t.MaxNodes),
			MemoryBytes: int64(t.Memory), MaxEtcdSizeBytes: int64(t.MaxEtcdSize),
		}
		if t.CommitmentDelay != nil {
			offer.CommitmentDays = t.CommitmentDelay.Seconds / (24 * 60 * 60)
		}
		offers = append(offers, offer)
	}
	slices.SortFunc(offers, func(a, b clusterType) int {
		return cmp.Or(cmp.Compare(a.MemoryBytes, b.MemoryBytes), cmp.Compare(a.Name, b.Name))
	})
	return offers
}
