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

// How the API server of a cluster is reached, and what a refresh does when it is not.
const (
	endpointPublic = "public"
	endpointVPC    = "vpc"

	unreachableWarn  = "warn"
	unreachableError = "error"
)

// model is the provider block.
type model struct {
	AccessKey      types.String `tfsdk:"access_key"`
	SecretKey      types.String `tfsdk:"secret_key"`
	OrganizationID types.String `tfsdk:"organization_id"`
	ProjectID      types.String `tfsdk:"project_id"`
	Region         types.String `tfsdk:"region"`
	Zone           types.String `tfsdk:"zone"`
	Profile        types.String `tfsdk:"profile"`
	APIURL         types.String `tfsdk:"api_url"`
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
		MarkdownDescription: "Scaleway Kubernetes (Kapsule and Kosmos) under health data obligations: resources that " +
			"refuse, at plan or at admission, what their pages list against Scaleway's Shared Responsibility Model, and data " +
			"sources that report versions, offers, contracts and clusters.",
		Attributes: map[string]schema.Attribute{
			"access_key": schema.StringAttribute{
				MarkdownDescription: "Access key of the Scaleway API key: `SCW` and 17 capital letters or digits. " +
					"`SCW_ACCESS_KEY` overrides it.",
				Optional:   true,
				Sensitive:  true,
				Validators: []validator.String{accessKey()},
			},
			"secret_key": schema.StringAttribute{
				MarkdownDescription: "Secret key of the Scaleway API key, a UUID. `SCW_SECRET_KEY` overrides it, and is the " +
					"better place for it.",
				Optional:   true,
				Sensitive:  true,
				Validators: []validator.String{secretKey()},
			},
			"organization_id": schema.StringAttribute{
				MarkdownDescription: "UUID of the Organization whose contracts are looked at. `SCW_DEFAULT_ORGANIZATION_ID` " +
					"overrides it.",
				Optional:   true,
				Validators: []validator.String{uuid("organization_id")},
			},
			"project_id": schema.StringAttribute{
				MarkdownDescription: "UUID of the Project that new resources belong to where they name none. " +
					"`SCW_DEFAULT_PROJECT_ID` overrides it.",
				Optional:   true,
				Validators: []validator.String{uuid("project_id")},
			},
			"region": schema.StringAttribute{
				MarkdownDescription: "Region that data sources and bare ids refer to, such as `fr-par`, `nl-ams`, `pl-waw` or " +
					"`it-mil`. Default: the region of `zone`, else `fr-par`. HDS resources use `fr-par` whatever this says. " +
					"`SCW_DEFAULT_REGION` overrides it.",
				Optional:   true,
				Validators: []validator.String{region()},
			},
			"zone": schema.StringAttribute{
				MarkdownDescription: "Zone that bare ids of zonal objects refer to, such as `fr-par-1`. Default: the first zone " +
					"of `region`. " +
					"`SCW_DEFAULT_ZONE` overrides it.",
				Optional:   true,
				Validators: []validator.String{zone()},
			},
			"profile": schema.StringAttribute{
				MarkdownDescription: "Profile of the `scw` config file to use. Default: the active profile, which `SCW_PROFILE` " +
					"or the file's " +
					"`active_profile` names.",
				Optional: true,
			},
			"api_url": schema.StringAttribute{
				MarkdownDescription: "Address of the Scaleway API. Default: `https://api.scaleway.com`. `SCW_API_URL` overrides " +
					"it.",
				Optional:   true,
				Validators: []validator.String{apiURL()},
			},
			"hds_contract": contractSchema(),
			"kubernetes":   kubernetesSchema(),
		},
	}
}

func contractSchema() schema.SingleNestedAttribute {
	text := func(name, clause string) []validator.String {
		return []validator.String{tfkit.Word("The text"), declared("hds_contract."+name, clause)}
	}
	sibling := func(name string) validator.String {
		return stringvalidator.AlsoRequires(path.MatchRelative().AtParent().AtName(name))
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: "The Organization's contract on health data hosting, which HDS resources require (clause " +
			"`HDS-CTR-01`). It is a declaration, in which placeholders such as `TODO` are refused: with `type` and `name` the " +
			"provider also asks the API whether that contract is signed. The provider never signs.",
		Optional: true,
		Attributes: map[string]schema.Attribute{
			"reference": schema.StringAttribute{
				MarkdownDescription: "Your own reference of the contract, by which an auditor finds it.",
				Required:            true,
				Validators:          text("reference", contractClause),
			},
			"signed_on": schema.StringAttribute{
				MarkdownDescription: "Day on which the contract was signed, as `YYYY-MM-DD`.",
				Required:            true,
				Validators:          []validator.String{date()},
			},
			"type": schema.StringAttribute{
				MarkdownDescription: "Type of the contract in Scaleway's account API, as the data source " +
					"`srm_contract_signatures` lists it. Set it together with `name`.",
				Optional:   true,
				Validators: []validator.String{tfkit.Word("The text"), sibling("name")},
			},
			"name": schema.StringAttribute{
				MarkdownDescription: "Name of the contract in Scaleway's account API, as the data source " +
					"`srm_contract_signatures` lists it. Set it together with `type`.",
				Optional:   true,
				Validators: []validator.String{tfkit.Word("The text"), sibling("type")},
			},
			"document": schema.SingleNestedAttribute{
				MarkdownDescription: "The signed contract as a document, for an auditor. The provider does not read it, and " +
					"checks neither the address nor the digest.",
				Optional: true,
				Attributes: map[string]schema.Attribute{
					"uri": schema.StringAttribute{
						MarkdownDescription: "Address of the document, an absolute URI without a password.",
						Required:            true,
						Validators: []validator.String{tfkit.Checked("must be an absolute URI", func(text string) error {
							return compliance.CheckDocumentURI(contractClause, text)
						})},
					},
					"sha256": schema.StringAttribute{
						MarkdownDescription: "SHA-256 digest of the document, 64 hexadecimal digits in lower case.",
						Required:            true,
						Validators: []validator.String{tfkit.Checked("must be a SHA-256 digest", func(text string) error {
							return compliance.CheckDigest("document", text)
						})},
					},
				},
			},
			"certificate": schema.SingleNestedAttribute{
				MarkdownDescription: "The host's HDS certificate that the contract refers to (HDS-CTR-05, HDS-CTR-06).",
				Optional:            true,
				Attributes: map[string]schema.Attribute{
					"number": schema.StringAttribute{
						MarkdownDescription: "Number of the certificate.",
						Required:            true,
						Validators:          text("certificate.number", "HDS-CTR-05"),
					},
					"activities": schema.ListAttribute{
						MarkdownDescription: "Hosting activities that the certificate covers, as it writes them, each once.",
						Optional:            true,
						ElementType:         types.StringType,
						Validators: []validator.List{
							tfkit.NoNulls{}, listvalidator.UniqueValues(), listvalidator.ValueStringsAre(text(
								"certificate.activities", "HDS-CTR-05",
							)...),
						},
					},
					"issued_on": schema.StringAttribute{
						MarkdownDescription: "Day from which the certificate is valid, as `YYYY-MM-DD`.",
						Optional:            true,
						Validators:          []validator.String{date()},
					},
					"expires_on": schema.StringAttribute{
						MarkdownDescription: "Last day on which the certificate is valid, as `YYYY-MM-DD`. After it the provider " +
							"warns; it never refuses for it.",
						Optional:   true,
						Validators: []validator.String{date()},
					},
				},
			},
		},
	}
}

// contractClause is the clause that hds_contract is about.
const contractClause = "HDS-CTR-01"

// declared refuses placeholders in an attribute of a declaration.
func declared(name, clause string) validator.String {
	return tfkit.Checked("must not be a placeholder", func(text string) error {
		if strings.TrimSpace(text) == "" { // Another validator refuses it.
			return nil
		}
		return compliance.CheckPlaceholder(clause, name, text)
	})
}

func kubernetesSchema() schema.SingleNestedAttribute {
	sibling := path.MatchRelative().AtParent()
	return schema.SingleNestedAttribute{
		MarkdownDescription: "How the provider reaches the Kubernetes API server of a cluster, for what it does inside: " +
			"`srm_hds_guardrails` and `srm_kubeconfig`. It authenticates with its own `secret_key`, never with the cluster's " +
			"admin token, and always verifies the certificate.",
		Optional: true,
		Attributes: map[string]schema.Attribute{
			"endpoint": schema.StringAttribute{
				MarkdownDescription: "Which address of the API server is used: `" + endpointPublic + "` or `" + endpointVPC +
					"`" + ". Default: `" + endpointPublic +
					"`. `" + endpointVPC + "` is the address on the cluster's Private Network. Conflicts with `host`.",
				Optional: true,
				Validators: []validator.String{
					stringvalidator.OneOf(endpointPublic, endpointVPC),
					stringvalidator.ConflictsWith(sibling.AtName("host"), sibling.AtName("tls_server_name")),
				},
			},
			"host": schema.StringAttribute{
				MarkdownDescription: "Address to connect to instead, such as that of a bastion: a host name or an IP address, " +
					"with an optional port, as in `10.0.0.4:6443`. Default port: 6443.",
				Optional:   true,
				Validators: []validator.String{host()},
			},
			"tls_server_name": schema.StringAttribute{
				MarkdownDescription: "Name that the certificate of the API server is checked against where it does not hold " +
					"`host`. Needs `host`.",
				Optional: true,
				Validators: []validator.String{
					tfkit.Checked(
						"must be a DNS name or an IP address", tfkit.CheckHost,
					), stringvalidator.AlsoRequires(sibling.AtName("host")),
				},
			},
			"on_unreachable": schema.StringAttribute{
				MarkdownDescription: "What a refresh does when it cannot reach the API server: `" + unreachableWarn + "` or `" +
					unreachableError + "`" + ". Default: `" +
					unreachableWarn + "`, which keeps the state and warns. An apply that must reach it always fails clearly.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(unreachableWarn, unreachableError)},
			},
		},
	}
}
