package acctest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// PlannedUnknownAttributes plans without a refresh, and returns the top-level attributes whose planned value is not
// fully known.
func (l *ResourceLifecycle) PlannedUnknownAttributes(ctx context.Context) []string {
	l.t.Helper()
	planned := l.plan(ctx, l.state)
	if hasError(planned.Diagnostics) {
		l.t.Fatal(FormatDiagnostics(planned.Diagnostics))
	}
	found := []string{}
	for name, value := range l.attributes(l.fromDynamic(planned.PlannedState)) {
		if !value.IsFullyKnown() {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// ApplyWithKnownValues plans the configuration, which may have unknown values, plans it again with known ones, and
// applies it, as a CLI does. It returns the planned action and the diagnostics, and the errors that a CLI reports as
// bugs of the provider: a plan that the configuration does not allow, a final plan that contradicts the first one, and
// an apply that returns other values than planned.
func (l *ResourceLifecycle) ApplyWithKnownValues(
	ctx context.Context,
	known map[string]any,
) (action, diagnostics string, bugs []string) {
	l.t.Helper()
	diagnostics = l.Refresh(ctx)
	first := l.plan(ctx, l.state)
	diagnostics += FormatDiagnostics(first.Diagnostics)
	if hasError(first.Diagnostics) {
		return "error", diagnostics, nil
	}
	bugs = l.planProblems(l.state, l.fromDynamic(first.PlannedState))
	action = l.planAction(first)
	if action == "replace" {
		private := l.private
		l.private = first.PlannedPrivate
		create := l.plan(ctx, l.nullValue())
		l.private = private
		diagnostics += FormatDiagnostics(create.Diagnostics)
		if hasError(create.Diagnostics) {
			return "error", diagnostics, bugs
		}
		bugs = append(bugs, l.planProblems(l.nullValue(), l.fromDynamic(create.PlannedState))...)
		first = create
		diagnostics += l.Destroy(ctx)
		if l.Exists() {
			return action, diagnostics, bugs
		}
	}
	firstPlanned := l.fromDynamic(first.PlannedState)
	l.config = known
	final := l.plan(ctx, l.state)
	diagnostics += FormatDiagnostics(final.Diagnostics)
	if hasError(final.Diagnostics) {
		return "error", diagnostics, bugs
	}
	bugs = append(bugs, l.planProblems(l.state, l.fromDynamic(final.PlannedState))...)
	if l.planAction(final) == "replace" {
		bugs = append(bugs, "the final plan replaces the object, and the first one did not")
	}
	planned := l.fromDynamic(final.PlannedState)
	for _, text := range differences("", firstPlanned, planned) {
		bugs = append(bugs, "the final plan differs from the first one: "+text)
	}
	if planned.Equal(l.state) {
		return action, diagnostics, bugs
	}
	diagnostics += l.apply(ctx, final.PlannedState, l.configValue(), final.PlannedPrivate, final.PlannedIdentity)
	if !l.Exists() {
		return action, diagnostics, bugs
	}
	for _, text := range differences("", planned, l.state) {
		bugs = append(bugs, "the apply returned another value than planned: "+text)
	}
	if !l.state.IsFullyKnown() {
		bugs = append(bugs, "the apply returned an unknown value")
	}
	return action, diagnostics, bugs
}

// CheckApplyAfterChange plans, calls afterPlan, and applies the plan, as with a saved plan. It returns the diagnostics,
// and the values that the apply returned and that differ from the plan.
func (l *ResourceLifecycle) CheckApplyAfterChange(
	ctx context.Context, afterPlan func(),
) (diagnostics string, bugs []string) {
	l.t.Helper()
	diagnostics = l.Refresh(ctx)
	saved := l.plan(ctx, l.state)
	if hasError(saved.Diagnostics) {
		return joinMessages(diagnostics, FormatDiagnostics(saved.Diagnostics)), nil
	}
	afterPlan()
	diagnostics = joinMessages(diagnostics,
		l.apply(ctx, saved.PlannedState, l.configValue(), saved.PlannedPrivate, saved.PlannedIdentity))
	for _, text := range differences("", l.fromDynamic(saved.PlannedState), l.state) {
		bugs = append(bugs, "the apply returned another value than planned: "+text)
	}
	if !l.state.IsFullyKnown() {
		bugs = append(bugs, "the apply returned an unknown value")
	}
	return diagnostics, bugs
}

// nullValue returns the state of a resource that does not exist.
func (l *ResourceLifecycle) nullValue() tftypes.Value {
	return tftypes.NewValue(l.schema.ValueType(), nil)
}

// planAction returns the action of a plan: "create", "replace", "no-op" or "update".
func (l *ResourceLifecycle) planAction(planned *tfprotov6.PlanResourceChangeResponse) string {
	switch {
	case l.state.IsNull():
		return "create"
	case len(planned.RequiresReplace) > 0:
		return "replace"
	case l.fromDynamic(planned.PlannedState).Equal(l.state):
		return "no-op"
	}
	return "update"
}

// attributes returns the attributes of an object, or none if it is null or unknown.
func (l *ResourceLifecycle) attributes(object tftypes.Value) map[string]tftypes.Value {
	l.t.Helper()
	found := map[string]tftypes.Value{}
	if object.IsNull() || !object.IsKnown() {
		return found
	}
	if err := object.As(&found); err != nil {
		l.t.Fatal(err)
	}
	return found
}

// planProblems returns the attributes whose planned value is neither the configured nor the prior one, although the
// provider may not choose the value.
func (l *ResourceLifecycle) planProblems(prior, planned tftypes.Value) []string {
	config := l.protocol.convert(l.schema.ValueType(), l.config)
	return l.planProblemsIn("", l.schema.Block.Attributes, prior, config, planned)
}

func (l *ResourceLifecycle) planProblemsIn(
	at string, attributes []*tfprotov6.SchemaAttribute, prior, config, planned tftypes.Value,
) []string {
	before, configured, after := l.attributes(prior), l.attributes(config), l.attributes(planned)
	found := []string{}
	for _, attribute := range attributes {
		name := at + attribute.Name
		old, want, got := before[attribute.Name], configured[attribute.Name], after[attribute.Name]
		if attribute.WriteOnly {
			if !got.IsNull() {
				found = append(found, "the plan has a write-only value: "+name)
			}
			continue
		}
		switch {
		case got.Equal(want), want.IsNull() && attribute.Computed, !want.IsNull() && !old.IsNull() && got.Equal(old):
			continue
		case attribute.NestedType != nil && want.IsKnown() && !want.IsNull() && got.IsKnown() && !got.IsNull():
			if attribute.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeSingle {
				found = append(found, l.planProblemsIn(name+".", attribute.NestedType.Attributes, old, want, got)...)
			}
			continue
		}
		found = append(found, fmt.Sprintf("%s is planned as %s, and configured as %s", name, got, want))
	}
	return found
}

// differences returns the places at which a value contradicts the planned one. Any value is compatible with an unknown
// planned value.
func differences(at string, planned, actual tftypes.Value) []string {
	if !planned.IsKnown() {
		return nil
	}
	differs := []string{fmt.Sprintf("%s was planned as %s and is %s", at, planned, actual)}
	if planned.IsNull() || actual.IsNull() || !actual.IsKnown() {
		if planned.Equal(actual) {
			return nil
		}
		return differs
	}
	switch planned.Type().(type) {
	case tftypes.Object, tftypes.Map:
		var before, after map[string]tftypes.Value
		if planned.As(&before) != nil || actual.As(&after) != nil {
			return differs
		}
		if !slices.Equal(slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after))) {
			return differs
		}
		found := []string{}
		for _, name := range slices.Sorted(maps.Keys(before)) {
			found = append(found, differences(at+"."+name, before[name], after[name])...)
		}
		return found
	case tftypes.List:
		var before, after []tftypes.Value
		if planned.As(&before) != nil || actual.As(&after) != nil || len(before) != len(after) {
			return differs
		}
		found := []string{}
		for i := range before {
			found = append(found, differences(fmt.Sprintf("%s[%d]", at, i), before[i], after[i])...)
		}
		return found
	case tftypes.Set:
		if planned.IsFullyKnown() {
			break
		}
		var before, after []tftypes.Value
		if planned.As(&before) != nil || actual.As(&after) != nil || len(after) > len(before) {
			return differs
		}
		for _, element := range after {
			if !slices.ContainsFunc(before, func(candidate tftypes.Value) bool {
				return len(differences(at, candidate, element)) == 0
			}) {
				return differs
			}
		}
		return nil
	}
	if planned.Equal(actual) {
		return nil
	}
	return differs
}
