// Package node implements the action srm_replace_node, which replaces a single node.
package node

import (
	"context"
	"errors"
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
	_ action.ActionWithConfigure  = (*replaceAction)(nil)
	_ action.ActionWithModifyPlan = (*replaceAction)(nil)
)

const (
	// invokeTimeout is the default timeout of the action.
	invokeTimeout = 45 * time.Minute

	unableToReplace = "Unable to replace the node"
)

type replaceAction struct{ provider *tfkit.Provider }

// NewReplaceAction returns the action srm_replace_node.
func NewReplaceAction() action.Action { return &replaceAction{} }

type model struct {
	NodeID   types.String   `tfsdk:"node_id"`
	Region   types.String   `tfsdk:"region"`
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

func (a *replaceAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_replace_node"
}

func (a *replaceAction) Schema(ctx context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Replaces a node of a Scaleway-hosted pool of any Kapsule or Kosmos cluster, and waits " +
			"until the pool is ready with the new node. Use it to renew nodes before the recommended 30 days (clause " +
			"`LIF-04`) or to update their image (clause `ITC-08`).",
		Attributes: map[string]schema.Attribute{
			"node_id": schema.StringAttribute{
				MarkdownDescription: "Id of the node, as `region/UUID` or as a UUID of `region`. The data source " +
					"`srm_cluster` lists the nodes of a cluster with their ids.",
				Required:   true,
				Validators: []validator.String{tfkit.ObjectIDValidator("node")},
			},
			"region": schema.StringAttribute{
				MarkdownDescription: "Region of the node, such as `fr-par`. Default: the region in `node_id`, " +
					"otherwise the provider's region.",
				Optional:   true,
				Validators: []validator.String{tfkit.RegionValidator()},
			},
			"timeouts": timeouts.AttributesWithOpts(ctx, timeouts.Opts{
				InvokeDescription: fmt.Sprintf("How long the action waits for the new node, as a duration such as "+
					"`30m`. Default: `%.0fm`. The replacement continues after the timeout.", invokeTimeout.Minutes()),
			}),
		},
	}
}

func (a *replaceAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

// ModifyPlan warns about a node that does not exist or that Scaleway does not host. Invoke reports it as an error.
func (a *replaceAction) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	if !a.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || config.NodeID.IsUnknown() || config.Region.IsUnknown() {
		return
	}
	a.findNode(ctx, config, tfkit.NewPlanReporter(&resp.Diagnostics), &resp.Diagnostics)
}

// Invoke replaces the node and waits for the new one.
func (a *replaceAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
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
	if diags.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	node, pool, ok := a.findNode(ctx, config, tfkit.NewApplyReporter(diags), diags)
	if !ok {
		return
	}
	if checkState(node, pool, diags); diags.HasError() {
		return
	}
	before, err := a.provider.API.Nodes(
		ctx, node.Region, scaleway.NodeFilter{ClusterID: node.ClusterID, PoolID: node.PoolID},
	)
	if err != nil {
		tfkit.AddAPIError(diags, unableToReplace, err)
		return
	}
	progress := newProgress(
		a.provider.Now, func(message string) { resp.SendProgress(action.InvokeProgressEvent{Message: message}) },
	)
	progress.start(node, pool)
	if _, err := a.provider.API.ReplaceNode(ctx, node.Region, node.ID); err != nil {
		addReplaceError(node, err, diags)
		return
	}
	last, err := a.provider.API.WaitNodeReplaced(ctx, node, before, progress.update)
	if err != nil {
		addWaitError(node, err, diags)
		return
	}
	progress.done(node, last)
}

// findNode reads the node and its pool. It reports a problem if Scaleway does not host the node.
func (a *replaceAction) findNode(
	ctx context.Context, config model, report tfkit.Reporter, diags *diag.Diagnostics,
) (*k8s.Node, *k8s.Pool, bool) {
	region, uuid, ok := tfkit.ResolveObjectID(a.provider.API, "node_id", "node", config.NodeID, config.Region, diags)
	if !ok {
		return nil, nil, false
	}
	node, err := a.provider.API.Node(ctx, region, uuid)
	if err != nil {
		report.ReportAPIError(unableToReplace, err)
		return nil, nil, false
	}
	pool, err := a.provider.API.Pool(ctx, region, node.PoolID)
	if err != nil {
		report.ReportAPIError(unableToReplace, err)
		return nil, nil, false
	}
	if pool.NodeType == externalNodeType {
		report.Report(path.Root("node_id"), tfkit.Problem{
			Summary: "A node outside Scaleway cannot be replaced", Clause: "EXT-01",
			Found:   "node " + node.Name + " of the external pool " + pool.Name,
			Allowed: "a node of a pool that Scaleway hosts",
			Fix:     "Provision another machine and enrol it in the pool. Then drain and remove this machine.",
		})
		return nil, nil, false
	}
	return node, pool, true
}

// addReplaceError adds an error for a request that was rejected, or whose outcome is unknown.
func addReplaceError(node *k8s.Node, err error, diags *diag.Diagnostics) {
	if !scaleway.IsUnknownOutcome(err) {
		tfkit.AddAPIError(diags, unableToReplace, err)
		return
	}
	tfkit.AddError(diags, path.Empty(), tfkit.Problem{
		Summary: "It is unknown whether the node is being replaced",
		Cause:   err,
		Fix: "Check node " + node.Name + " in the Scaleway console. If it exists and is not being deleted, invoke " +
			"the action again. The action refuses a node that is being deleted, so that no node is replaced twice.",
	})
}

// addWaitError adds an error for a failed wait. The API continues the replacement.
func addWaitError(node *k8s.Node, err error, diags *diag.Diagnostics) {
	problem := tfkit.Problem{
		Summary: "Unable to follow the replacement of the node", Cause: err,
		Fix: "The API continues the replacement: check the pool of node " + node.Name + " in the Scaleway console. " +
			"Do not invoke the action again for this node.",
	}
	switch {
	case errors.Is(err, context.Canceled):
		problem.Summary = "The wait for the new node was interrupted"
	case errors.Is(err, context.DeadlineExceeded):
		problem.Summary = "The new node was not ready in time"
		problem.Fix += " Next time, raise timeouts.invoke."
	}
	tfkit.AddError(diags, path.Empty(), problem)
}
