// Package contractsignatures implements the data source srm_contract_signatures: the contracts that an Organization has
// signed.
package contractsignatures

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/account/v3"
	"github.com/scaleway/scaleway-sdk-go/validation"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*dataSource)(nil)

type dataSource struct{ provider *tfkit.Provider }

// NewDataSource returns the data source srm_contract_signatures.
func NewDataSource() datasource.DataSource { return &dataSource{} }

type model struct {
	OrganizationID types.String `tfsdk:"organization_id"`
	Signatures     []signature  `tfsdk:"signatures"`
}

type signature struct {
	ID              string       `tfsdk:"id"`
	ContractID      *string      `tfsdk:"contract_id"`
	ContractType    *string      `tfsdk:"contract_type"`
	ContractName    *string      `tfsdk:"contract_name"`
	ContractVersion *int64       `tfsdk:"contract_version"`
	CreatedAt       types.String `tfsdk:"created_at"`
	SignedAt        types.String `tfsdk:"signed_at"`
	ExpiresAt       types.String `tfsdk:"expires_at"`
}

func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_contract_signatures"
}

func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	computedString := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the contract signatures of an Organization (clause `HDS-CTR-01`). Use it to find " +
			"the type and name of the contract on health data hosting for the provider's `hds_contract`.",
		Attributes: map[string]schema.Attribute{
			"organization_id": schema.StringAttribute{
				MarkdownDescription: "UUID of the Organization. Default: the provider's Organization, otherwise the " +
					"Organization of the provider's Project.",
				Optional: true,
				Computed: true,
				Validators: []validator.String{tfkit.StringValidator("The value must be a UUID.",
					func(value string) error {
						if validation.IsUUID(value) {
							return nil
						}
						return &compliance.Problem{Summary: "The value is not an Organization's id",
							Found:   strconv.Quote(value),
							Allowed: "a UUID",
							Fix:     "The console shows it under Organization, Settings."}
					})},
			},
			"signatures": schema.ListNestedAttribute{
				MarkdownDescription: "Signatures, oldest first.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":          computedString("UUID of the signature."),
					"contract_id": computedString("UUID of the contract; null if the API returns none."),
					"contract_type": computedString(
						"Type of the contract, such as `global` or `container`, for `hds_contract.type` of the " +
							"provider; null if the API returns none.",
					),
					"contract_name": computedString(
						"Name of the contract, for `hds_contract.name` of the provider; null if the API returns none.",
					),
					"contract_version": schema.Int64Attribute{
						MarkdownDescription: "Version of the contract; null if the API returns none.",
						Computed:            true,
					},
					"created_at": computedString("Time at which the signature was started, in RFC 3339 and UTC."),
					"signed_at": computedString(
						"Time at which the contract was signed, in RFC 3339 and UTC; null if it is not signed.",
					),
					"expires_at": computedString(
						"Time at which the signature expires, in RFC 3339 and UTC; null if it does not expire.",
					),
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
	if m.OrganizationID.IsNull() {
		m.OrganizationID = d.resolveOrganizationID(ctx, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	found, err := d.provider.API.ContractSignatures(ctx, m.OrganizationID.ValueString())
	if err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, unableToRead, err)
		return
	}
	m.Signatures = newSignatures(found)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

const unableToRead = "Unable to read contract signatures"

// resolveOrganizationID returns the id of the provider's Organization, or of its Project's Organization if the provider
// has none.
func (d *dataSource) resolveOrganizationID(ctx context.Context, diags *diag.Diagnostics) types.String {
	if id := d.provider.API.OrganizationID(); id != "" {
		return types.StringValue(id)
	}
	projectID := d.provider.API.DefaultProjectID()
	if projectID == "" {
		tfkit.AddError(diags, path.Root("organization_id"), tfkit.Problem{
			Summary: "The Organization is not configured",
			Found:   "neither organization_id of the data source, nor organization_id or project_id of the provider",
			Fix: "Set organization_id in the data source or in the provider block, or set " +
				"SCW_DEFAULT_ORGANIZATION_ID.",
		})
		return types.StringNull()
	}
	project, err := d.provider.API.Project(ctx, projectID)
	if err != nil {
		tfkit.AddAPIError(diags, unableToRead, err)
		return types.StringNull()
	}
	return types.StringValue(project.OrganizationID)
}

// newSignatures converts signatures of the API to the model, oldest first.
func newSignatures(found []*account.ContractSignature) []signature {
	signatures := make([]signature, 0, len(found))
	for _, s := range found {
		converted := signature{
			ID: s.ID, CreatedAt: tfkit.RFC3339PointerValue(s.CreatedAt),
			SignedAt:  tfkit.RFC3339PointerValue(s.SignedAt),
			ExpiresAt: tfkit.RFC3339PointerValue(s.ExpiresAt),
		}
		if c := s.Contract; c != nil {
			contractType, version := c.Type.String(), int64(c.Version)
			converted.ContractID, converted.ContractType = &c.ID, &contractType
			converted.ContractName, converted.ContractVersion = &c.Name, &version
		}
		signatures = append(signatures, converted)
	}
	slices.SortFunc(signatures, func(a, b signature) int {
		return cmp.Or(cmp.Compare(a.CreatedAt.ValueString(), b.CreatedAt.ValueString()), cmp.Compare(a.ID, b.ID))
	})
	return signatures
}
