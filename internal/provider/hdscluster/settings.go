package hdscluster

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// autoscaler is the nested attribute: every setting of the API but its log level, which the API alone decides.
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
		"expendable_pods_priority_cutoff": types.Int64Type, "max_graceful_termination_sec": types.Int64Type,
	}
}

// defaultAutoscaler is what the API takes where nothing is sent.
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
	second, other := time.ParseDuration(b)
	return err == nil && other == nil && first == second || a == b
}

// refreshAutoscaler keeps the configured spelling of what means the same. Without a configured autoscaler the settings are
// the API's own business and stay null, but for an import, which shows what differs from the defaults.
func (m *model) refreshAutoscaler(ctx context.Context, actual *k8s.ClusterAutoscalerConfig, imported bool, diags *diag.Diagnostics) {
	known, configured := object[autoscaler](ctx, m.Autoscaler, diags)
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
	if threshold := float64(actual.ScaleDownUtilizationThreshold); math.Abs(threshold-known.ScaleDownUtilizationThreshold.ValueFloat64()) > 1e-6 {
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

func (m *model) createAutoscaler(ctx context.Context, diags *diag.Diagnostics) *k8s.CreateClusterRequestAutoscalerConfig {
	if m.Autoscaler.IsNull() {
		return nil
	}
	update := k8s.CreateClusterRequestAutoscalerConfig(*m.updateAutoscaler(ctx, diags))
	return &update
}

// updateAutoscaler is every setting; without a configured one, the API's defaults.
func (m *model) updateAutoscaler(ctx context.Context, diags *diag.Diagnostics) *k8s.UpdateClusterRequestAutoscalerConfig {
	a, configured := object[autoscaler](ctx, m.Autoscaler, diags)
	if !configured {
		a = defaultAutoscaler()
	}
	threshold := float32(a.ScaleDownUtilizationThreshold.ValueFloat64())
	cutoff, graceful := int32(a.ExpendablePodsPriorityCutoff.ValueInt64()), uint32(a.MaxGracefulTerminationSec.ValueInt64()) //nolint:gosec // validated
	return &k8s.UpdateClusterRequestAutoscalerConfig{
		ScaleDownDisabled: a.ScaleDownDisabled.ValueBoolPointer(), ScaleDownDelayAfterAdd: a.ScaleDownDelayAfterAdd.ValueStringPointer(),
		ScaleDownUnneededTime: a.ScaleDownUnneededTime.ValueStringPointer(), ScaleDownUtilizationThreshold: &threshold,
		Estimator: k8s.AutoscalerEstimator(a.Estimator.ValueString()), Expander: k8s.AutoscalerExpander(a.Expander.ValueString()),
		IgnoreDaemonsetsUtilization: a.IgnoreDaemonsetsUtilization.ValueBoolPointer(), BalanceSimilarNodeGroups: a.BalanceSimilarNodeGroups.ValueBoolPointer(),
		SkipNodesWithLocalStorage: a.SkipNodesWithLocalStorage.ValueBoolPointer(), ExpendablePodsPriorityCutoff: &cutoff,
		MaxGracefulTerminationSec: &graceful,
	}
}

type oidc struct {
	IssuerURL      types.String `tfsdk:"issuer_url"`
	ClientID       types.String `tfsdk:"client_id"`
	UsernameClaim  types.String `tfsdk:"username_claim"`
	UsernamePrefix types.String `tfsdk:"username_prefix"`
	GroupsClaim    types.List   `tfsdk:"groups_claim"`
	GroupsPrefix   types.String `tfsdk:"groups_prefix"`
	RequiredClaim  types.List   `tfsdk:"required_claim"`
}

func oidcTypes() map[string]attr.Type {
	list := types.ListType{ElemType: types.StringType}
	return map[string]attr.Type{
		"issuer_url": types.StringType, "client_id": types.StringType, "username_claim": types.StringType,
		"username_prefix": types.StringType, "groups_claim": list, "groups_prefix": types.StringType, "required_claim": list,
	}
}

// refreshOIDC keeps null, of the whole or of a setting, where the API has nothing.
func (m *model) refreshOIDC(ctx context.Context, actual *k8s.ClusterOpenIDConnectConfig, diags *diag.Diagnostics) {
	if actual == nil || actual.IssuerURL == "" && actual.ClientID == "" {
		m.OIDC = types.ObjectNull(oidcTypes())
		return
	}
	known, _ := object[oidc](ctx, m.OIDC, diags)
	text := func(actual string) types.String {
		if actual == "" {
			return types.StringNull()
		}
		return types.StringValue(actual)
	}
	list := func(known types.List, actual []string) types.List {
		if slices.Equal(listOf(known), actual) {
			if known.IsNull() {
				return types.ListNull(types.StringType)
			}
			return known
		}
		found, problems := types.ListValueFrom(ctx, types.StringType, actual)
		diags.Append(problems...)
		return found
	}
	value, problems := types.ObjectValueFrom(ctx, oidcTypes(), oidc{
		IssuerURL: text(actual.IssuerURL), ClientID: text(actual.ClientID), UsernameClaim: text(actual.UsernameClaim),
		UsernamePrefix: text(actual.UsernamePrefix), GroupsClaim: list(known.GroupsClaim, actual.GroupsClaim),
		GroupsPrefix: text(actual.GroupsPrefix), RequiredClaim: list(known.RequiredClaim, actual.RequiredClaim),
	})
	diags.Append(problems...)
	m.OIDC = value
}

func (m *model) createOIDC(ctx context.Context, diags *diag.Diagnostics) *k8s.CreateClusterRequestOpenIDConnectConfig {
	if m.OIDC.IsNull() {
		return nil
	}
	o := m.updateOIDC(ctx, diags)
	return &k8s.CreateClusterRequestOpenIDConnectConfig{
		IssuerURL: *o.IssuerURL, ClientID: *o.ClientID, UsernameClaim: o.UsernameClaim, UsernamePrefix: o.UsernamePrefix,
		GroupsClaim: o.GroupsClaim, GroupsPrefix: o.GroupsPrefix, RequiredClaim: o.RequiredClaim,
	}
}

// updateOIDC is every setting, empty where it is not configured: so that what is removed here is removed there.
func (m *model) updateOIDC(ctx context.Context, diags *diag.Diagnostics) *k8s.UpdateClusterRequestOpenIDConnectConfig {
	o, _ := object[oidc](ctx, m.OIDC, diags)
	text := func(configured types.String) *string {
		value := configured.ValueString()
		return &value
	}
	list := func(configured types.List) *[]string {
		value := listOf(configured)
		return &value
	}
	return &k8s.UpdateClusterRequestOpenIDConnectConfig{
		IssuerURL: text(o.IssuerURL), ClientID: text(o.ClientID), UsernameClaim: text(o.UsernameClaim),
		UsernamePrefix: text(o.UsernamePrefix), GroupsClaim: list(o.GroupsClaim), GroupsPrefix: text(o.GroupsPrefix),
		RequiredClaim: list(o.RequiredClaim),
	}
}

func listOf(list types.List) []string {
	found := []string{}
	for _, element := range list.Elements() {
		if text, ok := element.(types.String); ok {
			found = append(found, text.ValueString())
		}
	}
	return found
}

// ipNet is a known CIDR as the SDK takes it, nil where it is left to the API.
func ipNet(cidr types.String) *scw.IPNet {
	if cidr.IsNull() || cidr.IsUnknown() {
		return nil
	}
	_, parsed, err := net.ParseCIDR(cidr.ValueString())
	if err != nil {
		return nil // validated before
	}
	return &scw.IPNet{IPNet: *parsed}
}

func ip(address types.String) *net.IP {
	if address.IsNull() || address.IsUnknown() {
		return nil
	}
	parsed := net.ParseIP(address.ValueString())
	return &parsed
}

func checkNetworkID(id string) error {
	region, _, err := scaleway.SplitID(id, scw.RegionFrPar)
	if err != nil {
		return err
	}
	if region != scw.RegionFrPar {
		return &compliance.Refusal{
			Rule: compliance.RuleFor("HDS-RES-02"), Summary: "The Private Network is not in Paris",
			Found: "region " + string(region), Allowed: "fr-par", Fix: "Choose a Private Network in fr-par.",
		}
	}
	return nil
}

func checkProjectID(id string) error {
	if _, err := uuid.Parse(id); err != nil || len(id) != 36 {
		return fmt.Errorf("the Project is not a UUID: %q; write it as in the console, such as 11111111-2222-3333-4444-555555555555", id)
	}
	return nil
}

func checkDuration(text string) error {
	if d, err := time.ParseDuration(text); err != nil || d < 0 {
		return fmt.Errorf("not a duration: %q; write a number and a unit, such as 10m or 90s", text)
	}
	return nil
}

func checkIssuer(text string) error {
	if parsed, err := url.Parse(text); err != nil || parsed.Scheme != "https" || parsed.Host == "" {
		return fmt.Errorf("not an https URL: %q; write the issuer's URL, such as https://login.example.org", text)
	}
	return nil
}
