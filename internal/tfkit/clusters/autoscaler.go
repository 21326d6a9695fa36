package clusters

import (
	"context"
	"math"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/operations/cluster"
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

// defaultAutoscaler returns the API's defaults.
func defaultAutoscaler() autoscaler {
	return autoscaler{
		ScaleDownDisabled: types.BoolValue(false), ScaleDownDelayAfterAdd: types.StringValue("10m"),
		ScaleDownUnneededTime: types.StringValue("10m"), ScaleDownUtilizationThreshold: types.Float64Value(0.5),
		Estimator:                   types.StringValue(string(k8s.AutoscalerEstimatorBinpacking)),
		Expander:                    types.StringValue(string(k8s.AutoscalerExpanderRandom)),
		IgnoreDaemonsetsUtilization: types.BoolValue(false), BalanceSimilarNodeGroups: types.BoolValue(false),
		SkipNodesWithLocalStorage: types.BoolValue(true), ExpendablePodsPriorityCutoff: types.Int64Value(0),
		MaxGracefulTerminationSec: types.Int64Value(600),
	}
}

func sameDuration(a, b string) bool {
	first, err := time.ParseDuration(a)
	second, otherErr := time.ParseDuration(b)
	return err == nil && otherErr == nil && first == second || a == b
}

// refreshAutoscaler sets the autoscaler to the actual settings, and keeps the configured spelling of equal values.
// Without a configured autoscaler it stays null; an import sets it if a setting differs from the defaults.
func (m *Model) refreshAutoscaler(
	ctx context.Context, actual *k8s.ClusterAutoscalerConfig, imported bool, diags *diag.Diagnostics,
) {
	known, configured := decodeObject[autoscaler](ctx, m.Autoscaler, diags)
	if actual == nil || !configured && !imported {
		m.Autoscaler = types.ObjectNull(autoscalerTypes())
		return
	}
	if !configured {
		known = defaultAutoscaler()
	}
	duration := func(known types.String, actual string) types.String {
		if sameDuration(known.ValueString(), actual) {
			return known
		}
		return types.StringValue(actual)
	}
	found := autoscaler{
		ScaleDownDisabled:             types.BoolValue(actual.ScaleDownDisabled),
		ScaleDownDelayAfterAdd:        duration(known.ScaleDownDelayAfterAdd, actual.ScaleDownDelayAfterAdd),
		ScaleDownUnneededTime:         duration(known.ScaleDownUnneededTime, actual.ScaleDownUnneededTime),
		ScaleDownUtilizationThreshold: known.ScaleDownUtilizationThreshold,
		Estimator:                     types.StringValue(string(actual.Estimator)),
		Expander:                      types.StringValue(string(actual.Expander)),
		IgnoreDaemonsetsUtilization:   types.BoolValue(actual.IgnoreDaemonsetsUtilization),
		BalanceSimilarNodeGroups:      types.BoolValue(actual.BalanceSimilarNodeGroups),
		SkipNodesWithLocalStorage:     types.BoolValue(actual.SkipNodesWithLocalStorage),
		ExpendablePodsPriorityCutoff:  types.Int64Value(int64(actual.ExpendablePodsPriorityCutoff)),
		MaxGracefulTerminationSec:     types.Int64Value(int64(actual.MaxGracefulTerminationSec)),
	}
	if threshold := float64(actual.ScaleDownUtilizationThreshold); math.Abs(
		threshold-known.ScaleDownUtilizationThreshold.ValueFloat64(),
	) > 1e-6 {
		found.ScaleDownUtilizationThreshold = types.Float64Value(threshold)
	}
	if !configured && found == known {
		m.Autoscaler = types.ObjectNull(autoscalerTypes())
		return
	}
	value, problems := types.ObjectValueFrom(ctx, autoscalerTypes(), found)
	diags.Append(problems...)
	m.Autoscaler = value
}

// settings converts the autoscaler for an operation.
func (a autoscaler) settings() *cluster.Autoscaler {
	return &cluster.Autoscaler{
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
