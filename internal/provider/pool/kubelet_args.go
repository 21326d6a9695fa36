package pool

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/scw"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// checkKubeletArgs checks kubelet arguments against the names and types that the API has for a version. Messages never
// contain values, as the attribute is sensitive.
func (r *poolResource) checkKubeletArgs(
	ctx context.Context, region scw.Region, version string, args types.Map, diags *diag.Diagnostics,
) {
	elements := args.Elements()
	if len(elements) == 0 {
		return
	}
	offered, err := r.provider.API.Version(ctx, region, version)
	if scaleway.IsNotFound(err) || err == nil && offered.AvailableKubeletArgs == nil {
		return // the API itself checks them
	}
	if err != nil {
		tfkit.NewPlanReporter(diags).ReportAPIError("Unable to read the Kubernetes version "+version, err)
		return
	}
	known := slices.Sorted(maps.Keys(offered.AvailableKubeletArgs))
	for _, name := range slices.Sorted(maps.Keys(elements)) {
		at := path.Root("kubelet_args").AtMapKey(name)
		typeName, ok := offered.AvailableKubeletArgs[name]
		if !ok {
			problem := tfkit.Problem{
				Summary: fmt.Sprintf(
					"Kubernetes %s does not offer the kubelet argument %q", version, name,
				), Clause: "TRF-01",
				Allowed: strings.Join(known, ", "), Fix: "Remove it, or choose one that the version offers.",
			}
			if nearest, ok := compliance.Nearest(name, known); ok {
				problem.Fix = fmt.Sprintf("Write %q, or remove it.", nearest)
			}
			// A warning only: the same apply may upgrade the cluster first, and the API checks again.
			tfkit.NewPlanReporter(diags).Report(at, problem)
			continue
		}
		if text, ok := elements[name].(types.String); ok && tfkit.HasValue(text) &&
			!isOfType(typeName, text.ValueString()) {
			tfkit.AddError(diags, at, tfkit.Problem{
				Summary: "The value of a kubelet argument has the wrong type",
				Found:   "a value of " + name + " that is not of the type " + typeName,
				Allowed: describeType(typeName),
				Fix:     "Correct the value.",
			})
		}
	}
}

// isOfType reports whether a text has a type of the API. It returns true for other types, which the API itself checks.
func isOfType(typeName, text string) bool {
	var err error
	switch typeName {
	case "uint16":
		_, err = strconv.ParseUint(text, 10, 16)
	case "uint32":
		_, err = strconv.ParseUint(text, 10, 32)
	case "int32":
		_, err = strconv.ParseInt(text, 10, 32)
	case "bool":
		_, err = strconv.ParseBool(text)
	case "duration":
		_, err = time.ParseDuration(text)
	case "quantity":
		_, err = resource.ParseQuantity(text)
	default:
		if values, ok := strings.CutPrefix(typeName, "enum:"); ok {
			return slices.Contains(strings.Split(values, "|"), text)
		}
	}
	return err == nil
}

func describeType(typeName string) string {
	if values, ok := strings.CutPrefix(typeName, "enum:"); ok {
		return strings.Join(strings.Split(values, "|"), " or ")
	}
	return map[string]string{
		"uint16": "a whole number from 0 to 65535", "uint32": "a whole number, not negative", "int32": "a whole " +
			"number of 32 bits",
		"bool": "true or false", "duration": `a duration, such as "100ms"`, "quantity": `a quantity, such as "10Mi"`,
	}[typeName]
}
