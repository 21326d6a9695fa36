package pool

import (
	"maps"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// defaultGracePeriod returns the API's default termination grace period.
func defaultGracePeriod() string { return formatDuration(operations.DefaultGracePeriod) }

// autoscalingTypes returns the attribute types of autoscaling.
func autoscalingTypes() map[string]attr.Type {
	return map[string]attr.Type{"min": tfkit.IntegerType{}, "max": tfkit.IntegerType{}}
}

// rootVolumeTypes returns the attribute types of root_volume.
func rootVolumeTypes() map[string]attr.Type {
	return map[string]attr.Type{"type": types.StringType, "size_gb": tfkit.IntegerType{}}
}

// upgradePolicyTypes returns the attribute types of upgrade_policy.
func upgradePolicyTypes() map[string]attr.Type {
	return map[string]attr.Type{"max_unavailable": tfkit.IntegerType{}, "max_surge": tfkit.IntegerType{}}
}

// taintType returns the type of a taint.
func taintType() types.ObjectType {
	return types.ObjectType{
		AttrTypes: map[string]attr.Type{"key": types.StringType, "value": types.StringType, "effect": types.StringType},
	}
}

// int64OrZero returns an integer attribute of an object, or 0 if it is null or unknown.
func int64OrZero(object types.Object, name string) int64 {
	return tfkit.Int64Attribute(object, name).ValueInt64()
}

// stringMap converts a map, with unknown values as empty strings. The result is never nil.
func stringMap(texts types.Map) map[string]string {
	found := map[string]string{}
	for key, element := range texts.Elements() {
		text, _ := element.(types.String)
		found[key] = text.ValueString()
	}
	return found
}

// taintsFromSet converts a set of taints, without unknown ones, sorted. The result is never nil.
func taintsFromSet(set types.Set) []*k8s.CoreV1Taint {
	found := []*k8s.CoreV1Taint{}
	for _, element := range set.Elements() {
		object, ok := element.(types.Object)
		if !ok || object.IsUnknown() {
			continue
		}
		found = append(found, &k8s.CoreV1Taint{
			Key: tfkit.StringAttribute(object, "key").ValueString(), Value: tfkit.StringAttribute(object,
				"value").ValueString(),
			Effect: k8s.CoreV1TaintEffect(tfkit.StringAttribute(object, "effect").ValueString()),
		})
	}
	return operations.SortTaints(found)
}

// keepMap returns known if the API has the same entries. Otherwise it returns the entries of the API, or null if there
// are none.
func keepMap(known types.Map, actual map[string]string) types.Map {
	if maps.Equal(stringMap(known), actual) {
		return known
	}
	if len(actual) == 0 {
		return types.MapNull(types.StringType)
	}
	elements := map[string]attr.Value{}
	for key, text := range actual {
		elements[key] = types.StringValue(text)
	}
	return types.MapValueMust(types.StringType, elements)
}

// keepTaints returns known if the API has the same taints. Otherwise it returns the taints of the API, or null if there
// are none.
func keepTaints(known types.Set, actual []*k8s.CoreV1Taint) types.Set {
	if operations.EqualTaints(taintsFromSet(known), actual) {
		return known
	}
	if len(actual) == 0 {
		return types.SetNull(taintType())
	}
	elements := []attr.Value{}
	for _, taint := range operations.SortTaints(actual) {
		value := types.StringNull()
		if taint.Value != "" {
			value = types.StringValue(taint.Value)
		}
		elements = append(elements, types.ObjectValueMust(taintType().AttrTypes, map[string]attr.Value{
			"key": types.StringValue(taint.Key), "value": value, "effect": types.StringValue(string(taint.Effect)),
		}))
	}
	return types.SetValueMust(taintType(), elements)
}

// keepZonalID returns known if it is the same id as actual. Otherwise it returns zone/actual, or null if actual is
// empty.
func keepZonalID(known types.String, zone scw.Zone, actual *string) types.String {
	if actual == nil || *actual == "" {
		return types.StringNull()
	}
	return tfkit.KeepSpelling(known, scaleway.JoinZonedID(zone, *actual), tfkit.BareID)
}

// bareIDOrNil returns the UUID of an id, or nil if the id is null or unknown.
func bareIDOrNil(id types.String) *string {
	if id.IsNull() || id.IsUnknown() {
		return nil
	}
	uuid := tfkit.BareID(id.ValueString())
	return &uuid
}

// autoscalingObject returns the autoscaling attribute of a pool.
func autoscalingObject(pool *k8s.Pool) types.Object {
	return types.ObjectValueMust(autoscalingTypes(), map[string]attr.Value{
		"min": types.Int64Value(int64(pool.MinSize)), "max": types.Int64Value(int64(pool.MaxSize)),
	})
}

// rootVolumeObject returns the root_volume attribute of a pool.
func rootVolumeObject(pool *k8s.Pool) types.Object {
	size := types.Int64Null()
	if pool.RootVolumeSize != nil {
		size = types.Int64Value(int64(*pool.RootVolumeSize / scw.GB))
	}
	return types.ObjectValueMust(rootVolumeTypes(), map[string]attr.Value{
		"type": types.StringValue(string(pool.RootVolumeType)), "size_gb": size,
	})
}

// keepGracePeriod returns known if the API has the same duration, and the duration of the API otherwise.
func keepGracePeriod(known types.String, actual *scw.Duration) types.String {
	return tfkit.KeepSpelling(known, formatDuration(operations.GracePeriodOrDefault(actual)), normalizeDuration)
}

// normalizeDuration returns the canonical form of a duration: "15m" for "15m", "900s" and "0h15m0s".
func normalizeDuration(text string) string {
	d, err := time.ParseDuration(text)
	if err != nil {
		return text
	}
	return formatDuration(d)
}

// formatDuration formats a duration without trailing zero units: "15m", not "15m0s".
func formatDuration(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"0s", "0m"} {
		if rest := strings.TrimSuffix(text, zero); strings.HasSuffix(rest, "m") || strings.HasSuffix(rest, "h") {
			text = rest
		}
	}
	return text
}

// upgradePolicyObject returns the upgrade_policy attribute of a pool.
func upgradePolicyObject(maxUnavailable, maxSurge int64) types.Object {
	return types.ObjectValueMust(upgradePolicyTypes(), map[string]attr.Value{
		"max_unavailable": types.Int64Value(maxUnavailable), "max_surge": types.Int64Value(maxSurge),
	})
}
