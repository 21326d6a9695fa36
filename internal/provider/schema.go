package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// Values of the attributes endpoint and on_unreachable.
const (
	endpointPublic = "public"
	endpointVPC    = "vpc"

	unreachableWarn  = "warn"
	unreachableError = "error"
)

// model holds the provider block.
type model struct {
	AccessKey      types.String `tfsdk:"access_key"`
	SecretKey      types.String `tfsdk:"secret_key"`
	OrganizationID types.String `tfsdk:"organization_id"`
	ProjectID      types.String `tfsdk:"project_id"`
	Region         types.String `tfsdk:"region"`
	Zone           types.String `tfsdk:"zone"`
	Profile        types.String `tfsdk:"profile"`
	APIURL         types.String `tfsdk:"api_url"`
	StorageURL     types.String `tfsdk:"object_storage_url"`
	Contract       types.Object `tfsdk:"hds_contract"`
	Kubernetes     types.Object `tfsdk:"kubernetes"`
}

type kubernetesModel struct {
	Endpoint      types.String `tfsdk:"endpoint"`
	Host          types.String `tfsdk:"host"`
	TLSServerName types.String `tfsdk:"tls_server_name"`
	OnUnreachable types.String `tfsdk:"on_unreachable"`
}

type contractModel struct {
	Reference   types.String      `tfsdk:"reference"`
	SignedOn    types.String      `tfsdk:"signed_on"`
	Type        types.String      `tfsdk:"type"`
	Name        types.String      `tfsdk:"name"`
	Document    *documentModel    `tfsdk:"document"`
	Certificate *certificateModel `tfsdk:"certificate"`
}

type documentModel struct {
	URI    types.String `tfsdk:"uri"`
	SHA256 types.String `tfsdk:"sha256"`
}

type certificateModel struct {
	Number     types.String `tfsdk:"number"`
	Activities types.List   `tfsdk:"activities"`
	IssuedOn   types.String `tfsdk:"issued_on"`
	ExpiresOn  types.String `tfsdk:"expires_on"`
}

func (p *srm) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages Scaleway Kubernetes clusters (Kapsule and Kosmos) under Scaleway's Shared " +
			"Responsibility Model, for health data hosting (HDS). Resources refuse configurations and objects that " +
			"violate the clauses named on their pages; data sources report versions, offers, contracts and clusters.",
		Attributes: map[string]schema.Attribute{
			"access_key": schema.StringAttribute{
				MarkdownDescription: "Access key of the Scaleway API key: `SCW`, then 17 capital letters or digits. " +
					"`SCW_ACCESS_KEY` overrides it.",
				Optional:   true,
				Sensitive:  true,
				Validators: []validator.String{accessKey()},
			},
			"secret_key": schema.StringAttribute{
				MarkdownDescription: "Secret key of the Scaleway API key, a UUID. `SCW_SECRET_KEY` overrides it; " +
					"prefer the variable, which keeps the key out of the configuration.",
				Optional:   true,
				Sensitive:  true,
				Validators: []validator.String{secretKey()},
			},
			"organization_id": schema.StringAttribute{
				MarkdownDescription: "UUID of the Organization whose contracts the provider reads. " +
					"`SCW_DEFAULT_ORGANIZATION_ID` overrides it.",
				Optional:   true,
				Validators: []validator.String{uuid("organization_id")},
			},
			"project_id": schema.StringAttribute{
				MarkdownDescription: "UUID of the default Project of new resources. `SCW_DEFAULT_PROJECT_ID` " +
					"overrides it.",
				Optional:   true,
				Validators: []validator.String{uuid("project_id")},
			},
			"region": schema.StringAttribute{
				MarkdownDescription: "Default region of data sources and of ids without a region: `fr-par`, " +
					"`nl-ams`, `pl-waw` or `it-mil`. `SCW_DEFAULT_REGION` overrides it. Default: the region of " +
					"`zone`, or `fr-par` if there is none.",
				Optional:   true,
				Validators: []validator.String{region()},
			},
			"zone": schema.StringAttribute{
				MarkdownDescription: "Default zone of ids of zonal objects without a zone, such as `fr-par-1`. " +
					"Default: the first zone of `region`. `SCW_DEFAULT_ZONE` overrides it.",
				Optional:   true,
				Validators: []validator.String{zone()},
			},
			"profile": schema.StringAttribute{
				MarkdownDescription: "Profile of the `scw` config file. Default: the active profile, set by " +
					"`SCW_PROFILE` or by `active_profile` in the file.",
				Optional: true,
			},
			"api_url": schema.StringAttribute{
				MarkdownDescription: "Address of the Scaleway API. Default: `https://api.scaleway.com`. " +
					"`SCW_API_URL` overrides it.",
				Optional:   true,
				Validators: []validator.String{apiURL()},
			},
			"object_storage_url": schema.StringAttribute{
				MarkdownDescription: "Address of Object Storage, from which the provider reads the settings of " +
					"buckets; `{region}` in it stands for the region of the bucket. Default with the default " +
					"`api_url`: `https://s3.{region}.scw.cloud`. `SRM_OBJECT_STORAGE_URL` overrides it.",
				Optional:   true,
				Validators: []validator.String{objectStorageURL()},
			},
			"hds_contract": contractSchema(),
			"kubernetes":   kubernetesSchema(),
		},
	}
}

func contractSchema() schema.SingleNestedAttribute {
	required := func(name, clause string) []validator.String {
		return []validator.String{tfkit.SingleLineValidator("The text"), notPlaceholder("hds_contract."+name, clause)}
	}
	sibling := func(name string) validator.String {
		return stringvalidator.AlsoRequires(path.MatchRelative().AtParent().AtName(name))
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: "The Organization's contract on health data hosting, which HDS resources require " +
			"(clause `HDS-CTR-01`). With `type` and `name`, the provider also checks with the API that the contract " +
			"is signed.",
		Optional: true,
		Attributes: map[string]schema.Attribute{
			"reference": schema.StringAttribute{
				MarkdownDescription: "Reference of the contract, with which an auditor can find it.",
				Required:            true,
				Validators:          required("reference", contractClause),
			},
			"signed_on": schema.StringAttribute{
				MarkdownDescription: "Date on which the contract was signed, as `YYYY-MM-DD`.",
				Required:            true,
				Validators:          []validator.String{date()},
			},
			"type": schema.StringAttribute{
				MarkdownDescription: "Type of the contract in Scaleway's account API, as listed by the data source " +
					"`srm_contract_signatures`. Requires `name`.",
				Optional:   true,
				Validators: []validator.String{tfkit.SingleLineValidator("The text"), sibling("name")},
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "Name of the contract in Scaleway's account API, as listed by the data source " +
					"`srm_contract_signatures`. Requires `type`.",
				Optional:   true,
				Validators: []validator.String{tfkit.SingleLineValidator("The text"), sibling("type")},
			},
			"document": schema.SingleNestedAttribute{
				MarkdownDescription: "The signed contract as a document, for an auditor. The provider does not fetch " +
					"it, and verifies neither the address nor the digest.",
				Optional: true,
				Attributes: map[string]schema.Attribute{
					"uri": schema.StringAttribute{
						MarkdownDescription: "Absolute URI of the document, without a password.",
						Required:            true,
						Validators: []validator.String{tfkit.StringValidator("must be an absolute URI",
							func(text string) error {
								return compliance.CheckDocumentURI(contractClause, text)
							})},
					},
					"sha256": schema.StringAttribute{
						MarkdownDescription: "SHA-256 digest of the document: 64 lower-case hexadecimal digits.",
						Required:            true,
						Validators: []validator.String{tfkit.StringValidator("must be a SHA-256 digest",
							func(text string) error {
								return compliance.CheckDigest("document", text)
							})},
					},
				},
			},
			"certificate": schema.SingleNestedAttribute{
				MarkdownDescription: "Scaleway's HDS certificate, to which the contract refers (HDS-CTR-05, " +
					"HDS-CTR-06).",
				Optional: true,
				Attributes: map[string]schema.Attribute{
					"number": schema.StringAttribute{
						MarkdownDescription: "Number of the certificate.",
						Required:            true,
						Validators:          required("certificate.number", "HDS-CTR-05"),
					},
					"activities": schema.ListAttribute{
						MarkdownDescription: "Hosting activities that the certificate covers, in its own words, " +
							"without duplicates.",
						Optional:    true,
						ElementType: types.StringType,
						Validators: []validator.List{
							tfkit.NoNulls{}, listvalidator.UniqueValues(), listvalidator.ValueStringsAre(required(
								"certificate.activities", "HDS-CTR-05",
							)...),
						},
					},
					"issued_on": schema.StringAttribute{
						MarkdownDescription: "First day on which the certificate is valid, as `YYYY-MM-DD`.",
						Optional:            true,
						Validators:          []validator.String{date()},
					},
					"expires_on": schema.StringAttribute{
						MarkdownDescription: "Last day on which the certificate is valid, as `YYYY-MM-DD`. After " +
							"that day the provider warns, and refuses nothing.",
						Optional:   true,
						Validators: []validator.String{date()},
					},
				},
			},
		},
	}
}

// contractClause is the clause that requires hds_contract.
const contractClause = "HDS-CTR-01"

// notPlaceholder returns a validator that refuses placeholders such as TODO.
func notPlaceholder(name, clause string) validator.String {
	return tfkit.StringValidator("must not be a placeholder", func(text string) error {
		if strings.TrimSpace(text) == "" { // tfkit.SingleLineValidator refuses empty texts.
			return nil
		}
		return compliance.CheckPlaceholder(clause, name, text)
	})
}

func kubernetesSchema() schema.SingleNestedAttribute {
	sibling := path.MatchRelative().AtParent()
	return schema.SingleNestedAttribute{
		MarkdownDescription: "Connection to the Kubernetes API servers of clusters, for `srm_hds_guardrails`, " +
			"`srm_kubeconfig` and others. The provider authenticates with `secret_key`, never with a cluster's admin " +
			"token, and always verifies the server's certificate.",
		Optional: true,
		Attributes: map[string]schema.Attribute{
			"endpoint": schema.StringAttribute{
				MarkdownDescription: "Address of the API server: `" + endpointPublic + "`, or `" + endpointVPC +
					"` for the address on the cluster's Private Network. Default: `" + endpointPublic +
					"`. Conflicts with `host`.",
				Optional: true,
				Validators: []validator.String{
					stringvalidator.OneOf(endpointPublic, endpointVPC),
					stringvalidator.ConflictsWith(sibling.AtName("host"), sibling.AtName("tls_server_name")),
				},
			},
			"host": schema.StringAttribute{
				MarkdownDescription: "Other address to connect to, such as that of a bastion: a host name or an IP " +
					"address, with an optional port, as in `10.0.0.4:6443`. Default port: 6443.",
				Optional:   true,
				Validators: []validator.String{host()},
			},
			"tls_server_name": schema.StringAttribute{
				MarkdownDescription: "Name to verify the API server's certificate against, if the certificate does " +
					"not contain `host`. Requires `host`.",
				Optional: true,
				Validators: []validator.String{
					tfkit.StringValidator(
						"must be a DNS name or an IP address", tfkit.CheckHost,
					), stringvalidator.AlsoRequires(sibling.AtName("host")),
				},
			},
			"on_unreachable": schema.StringAttribute{
				MarkdownDescription: "What a refresh does if it cannot reach the API server: `" + unreachableWarn +
					"` keeps the state and warns, `" + unreachableError + "` fails. Default: `" + unreachableWarn +
					"`. An apply that needs the API server always fails.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(unreachableWarn, unreachableError)},
			},
		},
	}
}
