package kubeconfig

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// What endpoint and form may be.
const (
	endpointPublic = "public"
	endpointVPC    = "vpc"

	formToken = "token"
	formExec  = "exec"
)

func (r *ephemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "How to reach the Kubernetes API server of any Kapsule or Kosmos cluster: its address, its " +
			"certificate authority and the user's own IAM credential, for the `kubernetes` and `helm` providers, or as a " +
			"whole file (`IAM-03`). The cluster's admin token is never asked for, and nothing of this enters a plan or a " +
			"state. IAM permissions decide what the credential may do inside the cluster, and the cluster's allow-list who " +
			"reaches it.",
		Attributes: map[string]schema.Attribute{
			"cluster_id": schema.StringAttribute{
				MarkdownDescription: "Id of the cluster, as `region/UUID` or as a UUID of the provider's region. While it is not " +
					"known, as before the cluster is created, Terraform reads the kubeconfig later.",
				Required:   true,
				Validators: []validator.String{tfkit.Checked("The value must be region/UUID, or a UUID alone.", checkID)},
			},
			"endpoint": schema.StringAttribute{
				MarkdownDescription: "Which address of the API server is used: `" + endpointPublic + "`, or `" + endpointVPC +
					"` for the one on the cluster's Private Network. Default: what the provider's `kubernetes` block says, its " +
					"`host` included, else `" + endpointPublic +
					"`.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(endpointPublic, endpointVPC)},
			},
			"form": schema.StringAttribute{
				MarkdownDescription: "How a client authenticates: `" + formToken + "` gives it the provider's own secret key; `" +
					formExec + "` has it run the `" + command +
					"` CLI, which must be installed where the client runs and takes the key from its own configuration, so that no " +
					"secret is handed over. Default: `" +
					formToken + "`.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(formToken, formExec)},
			},
			"host": schema.StringAttribute{
				MarkdownDescription: "Address of the API server, such as " +
					"`https://00112233-4455-4677-8899-aabbccddeeff.api.k8s.fr-par.scw.cloud:6443`.",
				Computed: true,
			},
			"tls_server_name": schema.StringAttribute{
				MarkdownDescription: "Name that the certificate of the API server is checked against; null where that is the one " +
					"in `host`.",
				Computed: true,
			},
			"cluster_ca_certificate": schema.StringAttribute{
				MarkdownDescription: "Certificate of the cluster's own authority, PEM.",
				Computed:            true,
			},
			"token": schema.StringAttribute{
				MarkdownDescription: "Bearer token: the secret key that the provider itself is configured with; null in the form " +
					"`" + formExec + "`.",
				Computed:  true,
				Sensitive: true,
			},
			"exec": schema.SingleNestedAttribute{
				MarkdownDescription: "Command that prints the credential, with the attributes of the same names in the " +
					"`kubernetes` and `helm` providers; null in the form `" + formToken + "`. It holds no secret.",
				Computed: true,
				Attributes: map[string]schema.Attribute{
					"api_version": schema.StringAttribute{
						MarkdownDescription: "Version of the format that the credential is printed in, `" + execVersion + "`.",
						Computed:            true,
					},
					"command": schema.StringAttribute{
						MarkdownDescription: "Command to run, `" + command + "`.",
						Computed:            true,
					},
					"args": schema.ListAttribute{
						MarkdownDescription: "Arguments of the command; with `--profile` where the provider block names a `profile`.",
						Computed:            true,
						ElementType:         types.StringType,
					},
					"env": schema.MapAttribute{
						MarkdownDescription: "Environment variables of the command: `SCW_PROFILE` and `SCW_CONFIG_PATH` where they are " +
							"set for the provider.",
						Computed:    true,
						ElementType: types.StringType,
					},
				},
			},
			"file": schema.StringAttribute{
				MarkdownDescription: "The whole kubeconfig, YAML, in the chosen form. In the form `" + formToken + "` it holds " +
					"the secret key.",
				Computed:  true,
				Sensitive: true,
			},
		},
	}
}
