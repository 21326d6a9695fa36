package hdspool

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// defaultGracePeriod is the API's own default.
const defaultGracePeriod = "15m"

func autoscalingTypes() map[string]attr.Type {
	return map[string]attr.Type{"min": types.Int64Type, "max": types.Int64Type}
}

func rootVolumeTypes() map[string]attr.Type {
	return map[string]attr.Type{"type": types.StringType, "size_gb": types.Int64Type}
}

func policyTypes() map[string]attr.Type {
	return map[string]attr.Type{"max_unavailable": types.Int64Type, "max_surge": types.Int64Type}
}

func publicIPTypes() map[string]attr.Type {
	return map[string]attr.Type{"reason": types.StringType}
}

func taintType() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{"key": types.StringType, "value": types.StringType, "effect": types.StringType}}
}

// numberOf is a known number of an object; 0 where there is none.
func numberOf(object types.Object, name string) int64 {
	return framework.IntOf(object, name).ValueInt64()
}

// mapOf and taintsOf are known contents, never nil: unknown taints are left out, unknown values of maps empty.
func mapOf(texts types.Map) map[string]string {
	found := map[string]string{}
	for key, element := range texts.Elements() {
		text, _ := element.(types.String)
		found[key] = text.ValueString()
	}
	return found
}

func taintsOf(set types.Set) []*k8s.CoreV1Taint {
	found := []*k8s.CoreV1Taint{}
	for _, element := range set.Elements() {
		object, ok := element.(types.Object)
		if !ok || object.IsUnknown() {
			continue
		}
		found = append(found, &k8s.CoreV1Taint{
			Key: framework.TextOf(object, "key").ValueString(), Value: framework.TextOf(object, "value").ValueString(),
			Effect: k8s.CoreV1TaintEffect(framework.TextOf(object, "effect").ValueString()),
		})
	}
	return sortedTaints(found)
}

func sortedTaints(taints []*k8s.CoreV1Taint) []*k8s.CoreV1Taint {
	sorted := append([]*k8s.CoreV1Taint{}, taints...) // never nil, which would be sent as nothing
	slices.SortFunc(sorted, func(a, b *k8s.CoreV1Taint) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value), cmp.Compare(a.Effect, b.Effect))
	})
	return sorted
}

func sameTaints(a, b []*k8s.CoreV1Taint) bool {
	return slices.EqualFunc(sortedTaints(a), sortedTaints(b), func(a, b *k8s.CoreV1Taint) bool { return *a == *b })
}

// keepMap and keepTaints are what is known where the API has the same, else what the API has; nothing is null.
func keepMap(known types.Map, actual map[string]string) types.Map {
	if maps.Equal(mapOf(known), actual) {
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

func keepTaints(known types.Set, actual []*k8s.CoreV1Taint) types.Set {
	if sameTaints(taintsOf(known), actual) {
		return known
	}
	if len(actual) == 0 {
		return types.SetNull(taintType())
	}
	elements := []attr.Value{}
	for _, taint := range sortedTaints(actual) {
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

// zonalID is the known spelling of an id, or the zonal one; null where there is none.
func zonalID(known types.String, zone scw.Zone, actual *string) types.String {
	if actual == nil || *actual == "" {
		return types.StringNull()
	}
	return framework.KeepSpelling(known, scaleway.JoinZonedID(zone, *actual), framework.BareID)
}

// bare is the UUID that the API takes, nil where there is none.
func bare(id types.String) *string {
	if id.IsNull() || id.IsUnknown() {
		return nil
	}
	uuid := framework.BareID(id.ValueString())
	return &uuid
}

func autoscalingObject(pool *k8s.Pool) types.Object {
	return types.ObjectValueMust(autoscalingTypes(), map[string]attr.Value{
		"min": types.Int64Value(int64(pool.MinSize)), "max": types.Int64Value(int64(pool.MaxSize)),
	})
}

func rootVolumeObject(pool *k8s.Pool) types.Object {
	size := types.Int64Null()
	if pool.RootVolumeSize != nil {
		size = types.Int64Value(int64(*pool.RootVolumeSize / scw.GB))
	}
	return types.ObjectValueMust(rootVolumeTypes(), map[string]attr.Value{
		"type": types.StringValue(string(pool.RootVolumeType)), "size_gb": size,
	})
}

// gracePeriodOf is the API's default where it does not say.
func gracePeriodOf(d *scw.Duration) time.Duration {
	if d == nil {
		return 15 * time.Minute
	}
	return *d.ToTimeDuration()
}

func keepGracePeriod(known types.String, actual *scw.Duration) types.String {
	return framework.KeepSpelling(known, shortDuration(gracePeriodOf(actual)), normalizeDuration)
}

// normalizeDuration gives equal durations one spelling: "15m", "900s" and "0h15m0s" are the same.
func normalizeDuration(text string) string {
	d, err := time.ParseDuration(text)
	if err != nil {
		return text
	}
	return shortDuration(d)
}

// shortDuration leaves out the zeros that Go writes: "15m", not "15m0s".
func shortDuration(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"0s", "0m"} {
		if rest := strings.TrimSuffix(text, zero); strings.HasSuffix(rest, "m") || strings.HasSuffix(rest, "h") {
			text = rest
		}
	}
	return text
}
