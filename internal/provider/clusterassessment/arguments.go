package clusterassessment

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// arguments are the arguments of the data source.
type arguments struct {
	ClusterID    types.String
	Region       types.String
	HDS          types.Bool
	Layers       types.Set
	Checks       types.Object
	Inputs       types.Dynamic
	Attestations types.String
	Waivers      types.String
	Language     types.String
}

// readArguments reads the arguments only: computed attributes are null in the configuration.
func readArguments(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) arguments {
	var a arguments
	for name, target := range map[string]any{
		"cluster_id": &a.ClusterID, "region": &a.Region, "hds": &a.HDS, "layers": &a.Layers, "checks": &a.Checks,
		"inputs": &a.Inputs, "attestations": &a.Attestations, "waivers": &a.Waivers, "language": &a.Language,
	} {
		diags.Append(config.GetAttribute(ctx, path.Root(name), target)...)
	}
	return a
}

// language returns the language of texts.
func (a arguments) language() string {
	if a.Language.IsNull() || a.Language.IsUnknown() {
		return responsibility.English
	}
	return a.Language.ValueString()
}

// options returns the options of the assessment, without its time. Unknown values are left out: they are checked when
// they are known.
func (a arguments) options(ctx context.Context, diags *diag.Diagnostics) assessment.Options {
	o := assessment.Options{HDS: a.HDS.ValueBool(), Layers: []string{assessment.LayerAPI}}
	if !a.Layers.IsNull() && !a.Layers.IsUnknown() {
		o.Layers = knownTexts(ctx, a.Layers, diags)
	}
	if !a.Checks.IsNull() && !a.Checks.IsUnknown() {
		o.Only, o.Skip = a.selected(ctx, "only", diags), a.selected(ctx, "skip", diags)
	}
	o.Inputs = a.inputs(diags)
	for name, text := range map[string]types.String{"attestations": a.Attestations, "waivers": a.Waivers} {
		if text.IsNull() || text.IsUnknown() {
			continue
		}
		declared, problems := assessment.ParseDeclarations([]byte(text.ValueString()), assessment.WithoutFolder)
		addProblems(diags, name, problems)
		switch {
		case name == "attestations" && len(declared.Waivers) > 0:
			addMisplaced(diags, name, "waivers")
		case name == "waivers" && len(declared.Attestations) > 0:
			addMisplaced(diags, name, "attestations")
		}
		o.Attestations = append(o.Attestations, declared.Attestations...)
		o.Waivers = append(o.Waivers, declared.Waivers...)
	}
	return o
}

func addMisplaced(diags *diag.Diagnostics, name, key string) {
	tfkit.AddError(diags, path.Root(name), tfkit.Problem{
		Summary: "The text has the key " + key, Found: key + " in " + name, Allowed: name,
		Fix: "Move the key " + key + " into the argument " + key + ".",
	})
}

// selected returns the ids of checks.only or checks.skip.
func (a arguments) selected(ctx context.Context, name string, diags *diag.Diagnostics) []string {
	set, ok := a.Checks.Attributes()[name].(types.Set)
	if !ok || set.IsNull() || set.IsUnknown() {
		return nil
	}
	return knownTexts(ctx, set, diags)
}

// knownTexts returns the known elements of a set of texts.
func knownTexts(ctx context.Context, set types.Set, diags *diag.Diagnostics) []string {
	elements, texts := []types.String{}, []string{}
	diags.Append(set.ElementsAs(ctx, &elements, false)...)
	for _, e := range elements {
		if !e.IsNull() && !e.IsUnknown() {
			texts = append(texts, e.ValueString())
		}
	}
	return texts
}

// inputs decodes the dynamic argument. A value that is not wholly known is decoded later.
func (a arguments) inputs(diags *diag.Diagnostics) assessment.Inputs {
	if a.Inputs.IsNull() || a.Inputs.IsUnknown() || a.Inputs.IsUnderlyingValueNull() ||
		a.Inputs.IsUnderlyingValueUnknown() {
		return assessment.Inputs{}
	}
	value, known := decode(a.Inputs.UnderlyingValue())
	if !known {
		return assessment.Inputs{}
	}
	object, ok := value.(map[string]any)
	if !ok {
		tfkit.AddError(diags, path.Root("inputs"), tfkit.Problem{
			Summary: "The inputs are not an object", Found: fmt.Sprintf("%T", a.Inputs.UnderlyingValue()),
			Allowed: "an object, such as { max_node_age_days = 45, … }", Fix: "Write the inputs in braces.",
		})
		return assessment.Inputs{}
	}
	inputs, problems := assessment.InputsFromValue(object)
	addProblems(diags, "inputs", problems)
	return inputs
}

// decode converts a value to plain Go values. It returns false if a part is unknown. Null attributes are left out.
func decode(value attr.Value) (any, bool) {
	if value.IsUnknown() {
		return nil, false
	}
	if value.IsNull() {
		return nil, true
	}
	switch v := value.(type) {
	case basetypes.StringValue:
		return v.ValueString(), true
	case basetypes.BoolValue:
		return v.ValueBool(), true
	case basetypes.NumberValue:
		return v.ValueBigFloat().Text('f', -1), true
	case basetypes.ObjectValue:
		return decodeMap(v.Attributes())
	case basetypes.MapValue:
		return decodeMap(v.Elements())
	case basetypes.TupleValue:
		return decodeList(v.Elements())
	case basetypes.ListValue:
		return decodeList(v.Elements())
	case basetypes.SetValue:
		return decodeList(v.Elements())
	case basetypes.DynamicValue:
		return decode(v.UnderlyingValue())
	}
	return fmt.Sprint(value), true
}

func decodeMap(values map[string]attr.Value) (any, bool) {
	decoded := map[string]any{}
	for name, value := range values {
		one, known := decode(value)
		if !known {
			return nil, false
		}
		if one != nil {
			decoded[name] = one
		}
	}
	return decoded, true
}

func decodeList(values []attr.Value) (any, bool) {
	decoded := []any{}
	for _, value := range values {
		one, known := decode(value)
		if !known {
			return nil, false
		}
		decoded = append(decoded, one)
	}
	return decoded, true
}

// maxProblems is the number of problems of one text that are reported.
const maxProblems = 20

// addProblems adds the problems of a text as errors of its argument.
func addProblems(diags *diag.Diagnostics, name string, problems []assessment.Problem) {
	for i, p := range problems {
		if i == maxProblems {
			tfkit.AddError(diags, path.Root(name), tfkit.Problem{
				Summary: fmt.Sprintf("There are %d more problems", len(problems)-i),
				Fix:     "Correct the problems above, then run again.",
			})
			return
		}
		tfkit.AddError(diags, path.Root(name), tfkit.Problem{
			Summary: "Invalid " + name, Found: strings.TrimSpace(p.String()),
			Fix: "Correct the text; `srm attest lint` checks a file of attestations and waivers.",
		})
	}
}
