package cluster

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/cluster"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// autoscaler is the nested attribute. It has every setting of the API except the log level, which cannot be configured.
type autoscaler struct {
	ScaleDownDisabled             types.Bool    `tfsdk:"scale_down_disabled"`
	ScaleDownDelayAfterAdd        types.String  `tfsdk:"scale_down_delay_after_add"`
	ScaleDownUnneededTime         types.String  `tfsdk:"scale_down_unneeded_time"`
	ScaleDownUtilizationThreshold types.Float64 `tfsdk:"scale_down_utilization_threshold"`
	Estimator                     types.String  `tfsdk:"estimator"`
	Expander                      types.String  `tfsdk:"expander"`
	IgnoreDaemonsetsUtilization   types.Bool    `tfsdk:"ignore_daemonsets_utilization"`
	BalanceSimilarNodeGroups      types.Bool    `tfsdk:"balance_similar_node_groups"`
	SkipNodesWithLocalStorage     types.Bool    `tfsdk:"skip_nodes_with_local_storage"`
	ExpendablePodsPriorityCutoff  types.Int64   `tfsdk:"expendable_pods_priority_cutoff"`
	MaxGracefulTerminationSec     types.Int64   `tfsdk:"max_graceful_termination_sec"`
}

func autoscalerTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"scale_down_disabled": types.BoolType, "scale_down_delay_after_add": types.StringType,
		"scale_down_unneeded_time": types.StringType, "scale_down_utilization_threshold": types.Float64Type,
		"estimator": types.StringType, "expander": types.StringType, "ignore_daemonsets_utilization": types.BoolType,
		"balance_similar_node_groups": types.BoolType, "skip_nodes_with_local_storage": types.BoolType,
		"expendable_pods_priority_cutoff": tfkit.IntegerType{}, "max_graceful_termination_sec": tfkit.IntegerType{},
	}
}

// refreshAutoscaler sets the autoscaler to the actual settings, and keeps the configured spelling of equal values.
// Without a configured autoscaler it stays null; an import sets it if a setting differs from the defaults.
func (m *commonModel) refreshAutoscaler(
	ctx context.Context, actual *k8s.ClusterAutoscalerConfig, imported bool, diags *diag.Diagnostics,
) {
	decoded, configured := decodeObject[autoscaler](ctx, m.Autoscaler, diags)
	m.Autoscaler = types.ObjectNull(autoscalerTypes())
	if actual == nil || !configured && !imported {
		return
	}
	known := operations.DefaultAutoscaler()
	if configured {
		known = *decoded.settings()
	}
	found := operations.NewAutoscaler(actual, known)
	if !configured && found == known {
		return
	}
	shown := newAutoscaler(found)
	if configured && found.ScaleDownUtilizationThreshold == known.ScaleDownUtilizationThreshold {
		shown.ScaleDownUtilizationThreshold = decoded.ScaleDownUtilizationThreshold // may have more digits
	}
	value, problems := types.ObjectValueFrom(ctx, autoscalerTypes(), shown)
	diags.Append(problems...)
	m.Autoscaler = value
}

// newAutoscaler converts the settings of an operation.
func newAutoscaler(a operations.Autoscaler) autoscaler {
	return autoscaler{
		ScaleDownDisabled:             types.BoolValue(a.ScaleDownDisabled),
		ScaleDownDelayAfterAdd:        types.StringValue(a.ScaleDownDelayAfterAdd),
		ScaleDownUnneededTime:         types.StringValue(a.ScaleDownUnneededTime),
		ScaleDownUtilizationThreshold: types.Float64Value(float64(a.ScaleDownUtilizationThreshold)),
		Estimator:                     types.StringValue(string(a.Estimator)),
		Expander:                      types.StringValue(string(a.Expander)),
		IgnoreDaemonsetsUtilization:   types.BoolValue(a.IgnoreDaemonsetsUtilization),
		BalanceSimilarNodeGroups:      types.BoolValue(a.BalanceSimilarNodeGroups),
		SkipNodesWithLocalStorage:     types.BoolValue(a.SkipNodesWithLocalStorage),
		ExpendablePodsPriorityCutoff:  types.Int64Value(int64(a.ExpendablePodsPriorityCutoff)),
		MaxGracefulTerminationSec:     types.Int64Value(int64(a.MaxGracefulTerminationSec)),
	}
}

// settings converts the autoscaler for an operation.
func (a autoscaler) settings() *operations.Autoscaler {
	return &operations.Autoscaler{
		ScaleDownDisabled:             a.ScaleDownDisabled.ValueBool(),
		ScaleDownDelayAfterAdd:        a.ScaleDownDelayAfterAdd.ValueString(),
		ScaleDownUnneededTime:         a.ScaleDownUnneededTime.ValueString(),
		ScaleDownUtilizationThreshold: float32(a.ScaleDownUtilizationThreshold.ValueFloat64()),
		Estimator:                     k8s.AutoscalerEstimator(a.Estimator.ValueString()),
		Expander:                      k8s.AutoscalerExpander(a.Expander.ValueString()),
		IgnoreDaemonsetsUtilization:   a.IgnoreDaemonsetsUtilization.ValueBool(),
		BalanceSimilarNodeGroups:      a.BalanceSimilarNodeGroups.ValueBool(),
		SkipNodesWithLocalStorage:     a.SkipNodesWithLocalStorage.ValueBool(),
		ExpendablePodsPriorityCutoff:  int32(a.ExpendablePodsPriorityCutoff.ValueInt64()), //nolint:gosec // validated
		MaxGracefulTerminationSec:     uint32(a.MaxGracefulTerminationSec.ValueInt64()),   //nolint:gosec // validated
	}
}
