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

// Values of endpoint and form.
const (
	endpointPublic = "public"
	endpointVPC    = "vpc"

	formToken = "token"
	formExec  = "exec"
)

func (r *ephemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Provides access to the Kubernetes API server of any Kapsule or Kosmos cluster: its " +
			"address, its certificate authority and the user's IAM credential, as attributes for the `kubernetes` " +
			"and `helm` providers and as a kubeconfig file (`IAM-03`).",
		Attributes: map[string]schema.Attribute{
			"cluster_id": schema.StringAttribute{
				MarkdownDescription: "Id of the cluster, as `region/UUID` or as a UUID of the provider's region. If " +
					"it is unknown at plan, Terraform reads the kubeconfig during apply.",
				Required: true,
				Validators: []validator.String{tfkit.StringValidator("The value must be region/UUID, or a UUID "+
					"alone.", checkID)},
			},
			"endpoint": schema.StringAttribute{
				MarkdownDescription: "Endpoint of the API server: `" + endpointPublic + "`, or `" + endpointVPC +
					"` for the one in the cluster's Private Network. Default: the endpoint of the provider's " +
					"`kubernetes` block, including its `host`, otherwise `" + endpointPublic +
					"`.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(endpointPublic, endpointVPC)},
			},
			"form": schema.StringAttribute{
				MarkdownDescription: "Form of the credential: `" + formToken + "` is the provider's secret key. With " +
					"`" +
					formExec + "`, the client runs the `" + execCommand +
					"` CLI, which must be installed on the client's machine and reads the key from its own " +
					"configuration, so that the kubeconfig contains no secret. Default: `" +
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
				MarkdownDescription: "Name that clients must expect in the certificate of the API server; null if it " +
					"is the name in `host`.",
				Computed: true,
			},
			"cluster_ca_certificate": schema.StringAttribute{
				MarkdownDescription: "CA certificate of the cluster, PEM.",
				Computed:            true,
			},
			"token": schema.StringAttribute{
				MarkdownDescription: "Bearer token: the secret key of the provider; null in the form `" + formExec +
					"`.",
				Computed:  true,
				Sensitive: true,
			},
			"exec": schema.SingleNestedAttribute{
				MarkdownDescription: "Command that prints the credential, with the attribute names of `exec` in the " +
					"`kubernetes` and `helm` providers; null in the form `" + formToken + "`. It contains no secret.",
				Computed: true,
				Attributes: map[string]schema.Attribute{
					"api_version": schema.StringAttribute{
						MarkdownDescription: "API version of the credential, `" + execAPIVersion + "`.",
						Computed:            true,
					},
					"command": schema.StringAttribute{
						MarkdownDescription: "Command, `" + execCommand + "`.",
						Computed:            true,
					},
					"args": schema.ListAttribute{
						MarkdownDescription: "Arguments of the command. They include `--profile` if the provider " +
							"block sets `profile`.",
						Computed:    true,
						ElementType: types.StringType,
					},
					"env": schema.MapAttribute{
						MarkdownDescription: "Environment variables of the command: `SCW_PROFILE` and " +
							"`SCW_CONFIG_PATH` if they are set for the provider.",
						Computed:    true,
						ElementType: types.StringType,
					},
				},
			},
			"file": schema.StringAttribute{
				MarkdownDescription: "Kubeconfig file in the selected form, YAML. In the form `" + formToken +
					"`, it contains the secret key.",
				Computed:  true,
				Sensitive: true,
			},
		},
	}
}
