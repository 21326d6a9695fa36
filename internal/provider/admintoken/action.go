// Package admintoken is the action srm_reset_admin_token: it revokes the legacy admin token of a cluster.
package admintoken

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

var (
	_ action.ActionWithConfigure  = (*resetAction)(nil)
	_ action.ActionWithModifyPlan = (*resetAction)(nil)
)

const (
	// invokeTimeout is how long the action may take where the configuration does not say: a cluster may have to settle
	// first.
	invokeTimeout = 15 * time.Minute

	unableToReset = "Unable to reset the admin token of the cluster"
)

type resetAction struct{ provider *tfkit.Provider }

// NewAction returns the action srm_reset_admin_token.
func NewAction() action.Action { return &resetAction{} }

type model struct {
	ClusterID types.String   `tfsdk:"cluster_id"`
	Region    types.String   `tfsdk:"region"`
	Timeouts  timeouts.Value `tfsdk:"timeouts"`
}

func (a *resetAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_reset_admin_token"
}

func (a *resetAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Revokes the legacy admin token of any Kapsule or Kosmos cluster (clause `IAM-03`, the " +
			"rotation of credentials): every kubeconfig that holds the old token stops working at once. The cluster then has " +
			"a new token, which this action neither reads nor shows; access by IAM, as that of `srm_kubeconfig`, does not " +
			"depend on it. A cluster that is still changing is waited for. It needs Terraform 1.14 or later; OpenTofu has no " +
			"actions yet.",
		Attributes: map[string]schema.Attribute{
			"cluster_id": schema.StringAttribute{
				MarkdownDescription: "Id of the cluster, as `region/UUID` or as a UUID of `region`.",
				Required:            true,
				Validators:          []validator.String{tfkit.ObjectID("cluster")},
			},
			"region": schema.StringAttribute{
				MarkdownDescription: "Region of the cluster, such as `fr-par`. Default: that of `cluster_id`, else the " +
					"provider's region.",
				Optional:   true,
				Validators: []validator.String{tfkit.Region()},
			},
			"timeouts": timeouts.AttributesWithOpts(ctx, timeouts.Opts{
				InvokeDescription: fmt.Sprintf("How long the action waits for a cluster that is still changing, as a duration "+
					"such as `30m`. Default: `%.0fm`.", invokeTimeout.Minutes()),
			}),
		},
	}
}

func (a *resetAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.provider = tfkit.Configured(req.ProviderData, &resp.Diagnostics)
}

// ModifyPlan refuses an id and a region that do not go together; the cluster may not exist yet.
func (a *resetAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	if !a.provider.Ready(&resp.Diagnostics) {
		return
	}
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || config.ClusterID.IsUnknown() || config.Region.IsUnknown() {
		return
	}
	tfkit.Locate(a.provider.API, "cluster_id", "cluster", config.ClusterID, config.Region, &resp.Diagnostics)
}

// Invoke resets the token, once the cluster has settled.
func (a *resetAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	if !a.provider.Ready(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	var config model
	diags.Append(req.Config.Get(ctx, &config)...)
	if diags.HasError() {
		return
	}
	timeout, found := config.Timeouts.Invoke(ctx, invokeTimeout)
	diags.Append(found...)
	region, uuid, ok := tfkit.Locate(a.provider.API, "cluster_id", "cluster", config.ClusterID, config.Region, diags)
	if !ok || diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	say := func(format string, values ...any) {
		resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf(format, values...)})
	}
	cluster, err := a.provider.API.Cluster(ctx, region, uuid)
	if err != nil {
		tfkit.Failed(diags, unableToReset, err)
		return
	}
	name := cluster.Name + " (" + scaleway.JoinID(region, uuid) + ")"
	if cluster.Status != k8s.ClusterStatusReady && cluster.Status != k8s.ClusterStatusPoolRequired {
		say("Waiting for cluster %s, which is %s.", name, cluster.Status)
		if _, err := a.provider.API.WaitCluster(ctx, region, uuid); err != nil {
			tfkit.Failed(diags, unableToReset, err)
			return
		}
	}
	say("Revoking the legacy admin token of cluster %s: kubeconfigs that hold it stop working.", name)
	if err := a.provider.API.ResetAdminToken(ctx, region, uuid); err != nil {
		failed(err, diags)
		return
	}
	say("The legacy admin token of cluster %s is revoked. Rewrite kubeconfigs that held it, with IAM credentials in "+
		"place of a token.", name)
}

// failed says that the token was not reset, or that it is unknown whether it was: a second reset does no harm.
func failed(err error, diags *diag.Diagnostics) {
	if !scaleway.IsUnknownOutcome(err) {
		tfkit.Failed(diags, unableToReset, err)
		return
	}
	diags.AddError("It is not known whether the admin token was reset", tfkit.Explain(err)+
		"\nInvoke the action again: where the token was reset already, that only replaces a token that was never given out.")
}
