// Package admintoken implements the action srm_reset_admin_token, which revokes the legacy admin token of a cluster.
package admintoken

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/action/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
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
	// invokeTimeout is the default timeout of the action. It includes the wait for a cluster that is still changing.
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
		MarkdownDescription: "Revokes the legacy admin token of a Kapsule or Kosmos cluster (clause `IAM-03`, " +
			"rotation of credentials). Every kubeconfig that contains the old token stops working immediately.",
		Attributes: map[string]schema.Attribute{
			"cluster_id": schema.StringAttribute{
				MarkdownDescription: "Id of the cluster, as `region/UUID` or as a UUID of `region`.",
				Required:            true,
				Validators:          []validator.String{tfkit.ObjectIDValidator("cluster")},
			},
			"region": schema.StringAttribute{
				MarkdownDescription: "Region of the cluster, such as `fr-par`. Default: the region in `cluster_id`, " +
					"otherwise the provider's region.",
				Optional:   true,
				Validators: []validator.String{tfkit.RegionValidator()},
			},
			"timeouts": timeouts.AttributesWithOpts(ctx, timeouts.Opts{
				InvokeDescription: fmt.Sprintf("How long the action waits for a cluster that is still changing, as a "+
					"duration such as `30m`. Default: `%.0fm`.", invokeTimeout.Minutes()),
			}),
		},
	}
}

func (a *resetAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

// ModifyPlan reports an id and a region that contradict each other. It does not read the cluster, which may not exist
// yet.
func (a *resetAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	if !a.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || config.ClusterID.IsUnknown() || config.Region.IsUnknown() {
		return
	}
	tfkit.ResolveObjectID(a.provider.API, "cluster_id", "cluster", config.ClusterID, config.Region, &resp.Diagnostics)
}

// Invoke waits until the cluster is ready and resets the token.
func (a *resetAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	if !a.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	diags := &resp.Diagnostics
	var config model
	diags.Append(req.Config.Get(ctx, &config)...)
	if diags.HasError() {
		return
	}
	timeout, problems := config.Timeouts.Invoke(ctx, invokeTimeout)
	diags.Append(problems...)
	region, uuid, ok := tfkit.ResolveObjectID(
		a.provider.API,
		"cluster_id",
		"cluster",
		config.ClusterID,
		config.Region,
		diags,
	)
	if !ok || diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	progress := func(format string, values ...any) {
		resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf(format, values...)})
	}
	cluster, err := a.provider.API.Cluster(ctx, region, uuid)
	if err != nil {
		tfkit.AddAPIError(diags, unableToReset, err)
		return
	}
	name := cluster.Name + " (" + scaleway.JoinID(region, uuid) + ")"
	if cluster.Status != k8s.ClusterStatusReady && cluster.Status != k8s.ClusterStatusPoolRequired {
		progress("Waiting for cluster %s, which is %s.", name, cluster.Status)
		if _, err := a.provider.API.WaitCluster(ctx, region, uuid); err != nil {
			tfkit.AddAPIError(diags, unableToReset, err)
			return
		}
	}
	progress("Revoking the legacy admin token of cluster %s. Kubeconfigs that contain it stop working.", name)
	if err := a.provider.API.ResetAdminToken(ctx, region, uuid); err != nil {
		addResetError(err, diags)
		return
	}
	progress("The legacy admin token of cluster %s is revoked. Replace it with IAM credentials in kubeconfigs that "+
		"contained it.", name)
}

// addResetError adds an error for a failed reset, or for a reset whose outcome is unknown.
func addResetError(err error, diags *diag.Diagnostics) {
	if !scaleway.IsUnknownOutcome(err) {
		tfkit.AddAPIError(diags, unableToReset, err)
		return
	}
	tfkit.AddError(diags, path.Empty(), tfkit.Problem{
		Summary: "It is unknown whether the admin token was reset", Cause: err,
		Fix: "Invoke the action again. If the token was already reset, a second reset only replaces the new, unused " +
			"token.",
	})
}
