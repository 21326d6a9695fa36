// Package clustertypes is the data source srm_cluster_types: the control plane offers of a region.
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

// NewDataSource is srm_cluster_types.
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
	d.provider = tfkit.Configured(req.ProviderData, &resp.Diagnostics)
}

func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	number := func(description string) schema.Int64Attribute {
		return schema.Int64Attribute{MarkdownDescription: description, Computed: true}
	}
	truth := func(description string) schema.BoolAttribute {
		return schema.BoolAttribute{MarkdownDescription: description, Computed: true}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The control plane offers of a region, of Kapsule and Kosmos: which are dedicated, what they " +
			"hold, and which can be had now.",
		Attributes: map[string]schema.Attribute{
			"region": schema.StringAttribute{
				MarkdownDescription: "Region whose offers are asked for, such as `fr-par`. Default: the provider's region.",
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{tfkit.Region()},
			},
			"cluster_types": schema.ListNestedAttribute{
				MarkdownDescription: "One element an offer, the smallest control plane first.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"name": text("Name of the offer, as `type` of a cluster takes it, such as `" + compliance.DedicatedPrefix + "4`."),
					"availability": text("Whether the offer can be had: `" + string(k8s.ClusterTypeAvailabilityAvailable) + "`, `" +
						string(k8s.ClusterTypeAvailabilityScarce) + "`, or `" + string(k8s.ClusterTypeAvailabilityShortage) + "`, " +
						"which an HDS cluster is not created with."),
					"hds": truth("Whether an HDS cluster can have the offer: dedicated Kapsule only (clause `HDS-SCP-01`). No field " +
						"of the API says so: it follows from the name. The region and the contract are conditions of their own."),
					"dedicated": truth("Whether the control plane runs on resources of its own (clause `OFR-01`)."),
					"audit_logs_supported": truth("Whether the offer can send the audit logs of the Kubernetes API to Cockpit. It " +
						"does not say whether they are sent (clause `ITC-06`)."),
					"sla": schema.Float64Attribute{MarkdownDescription: "Service level of the control plane's availability, in " +
						"percent; 0 where the offer has none (clause `OTC-10`).", Computed: true},
					"resiliency": text("How the control plane survives a failure underneath: `" + string(
						k8s.ClusterTypeResiliencyStandard,
					) + "` (it is started elsewhere) or `" +
						string(k8s.ClusterTypeResiliencyHighAvailability) + "` (it has replicas; clauses `MKS-06` and `OTC-08`)."),
					"max_nodes":           number("Largest number of nodes of a cluster with this offer."),
					"memory_bytes":        number("Memory of the control plane, in bytes."),
					"max_etcd_size_bytes": number("Largest size of the cluster's etcd, in bytes."),
					"commitment_days": number("Days after a change to this offer in which no smaller one can be chosen; 0 where " +
						"there is no commitment."),
				}},
			},
		},
	}
}

func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	if !d.provider.Ready(&resp.Diagnostics) {
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
		tfkit.Failed(&resp.Diagnostics, "Unable to read cluster types", err)
		return
	}
	m.ClusterTypes = describe(found)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// describe converts the API's offers, the smallest control plane first.
func describe(found []*k8s.ClusterType) []clusterType {
	shown := make([]clusterType, 0, len(found))
	for _, t := range found {
		one := clusterType{
			Name: t.Name, Availability: t.Availability.String(), HDS: compliance.ClusterType(t.Name) == nil,
			Dedicated:          t.Dedicated,
			AuditLogsSupported: t.AuditLogsSupported, SLA: tfkit.Decimal(t.SLA), Resiliency: t.Resiliency.String(),
			MaxNodes:    int64(t.MaxNodes),
			MemoryBytes: int64(t.Memory), MaxEtcdSizeBytes: int64(t.MaxEtcdSize),
		}
		if t.CommitmentDelay != nil {
			one.CommitmentDays = t.CommitmentDelay.Seconds / (24 * 60 * 60)
		}
		shown = append(shown, one)
	}
	slices.SortFunc(shown, func(a, b clusterType) int {
		return cmp.Or(cmp.Compare(a.MemoryBytes, b.MemoryBytes), cmp.Compare(a.Name, b.Name))
	})
	return shown
}
