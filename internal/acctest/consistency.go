package acctest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// PlannedUnknown plans without a refresh, and returns the names of the top-level attributes whose planned value is
// unknown or has an unknown part.
func (l *Life) PlannedUnknown(ctx context.Context) []string {
	l.t.Helper()
	planned := l.plan(ctx, l.state)
	if failed(planned.Diagnostics) {
		l.t.Fatal(Shown(planned.Diagnostics))
	}
	found := []string{}
	for name, value := range l.attributes(l.value(planned.PlannedState)) {
		if !value.IsFullyKnown() {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// ApplyKnown plans the configuration, which may have unknown values, and applies the same plan with known ones, as a
// CLI does when it plans again in the apply. It returns the action and what was said, and what a CLI refuses as a
// mistake of the provider: a plan that the configuration does not allow, a final plan that contradicts the first, and
// an apply that returns another value than planned.
func (l *Life) ApplyKnown(ctx context.Context, known map[string]any) (action, said string, mistakes []string) {
	l.t.Helper()
	said = l.Refresh(ctx)
	first := l.plan(ctx, l.state)
	said += Shown(first.Diagnostics)
	if failed(first.Diagnostics) {
		return "error", said, nil
	}
	mistakes = l.invalid(l.state, l.value(first.PlannedState))
	action = l.action(first)
	if action == "replace" {
		private := l.private
		l.private = first.PlannedPrivate
		again := l.plan(ctx, l.null())
		l.private = private
		said += Shown(again.Diagnostics)
		if failed(again.Diagnostics) {
			return "error", said, mistakes
		}
		mistakes = append(mistakes, l.invalid(l.null(), l.value(again.PlannedState))...)
		first = again
		said += l.Destroy(ctx)
		if l.Exists() {
			return action, said, mistakes
		}
	}
	promised := l.value(first.PlannedState)
	l.config = known
	final := l.plan(ctx, l.state)
	said += Shown(final.Diagnostics)
	if failed(final.Diagnostics) {
		return "error", said, mistakes
	}
	mistakes = append(mistakes, l.invalid(l.state, l.value(final.PlannedState))...)
	if now := l.action(final); now == "replace" {
		mistakes = append(mistakes, "the final plan replaces, and the first did not")
	}
	planned := l.value(final.PlannedState)
	for _, text := range incompatible("", promised, planned) {
		mistakes = append(mistakes, "the final plan differs from the first: "+text)
	}
	if planned.Equal(l.state) {
		return action, said, mistakes
	}
	said += l.apply(ctx, final.PlannedState, l.configured(), final.PlannedPrivate, final.PlannedIdentity)
	if !l.Exists() {
		return action, said, mistakes
	}
	for _, text := range incompatible("", planned, l.state) {
		mistakes = append(mistakes, "the apply returned another value than planned: "+text)
	}
	if !l.state.IsFullyKnown() {
		mistakes = append(mistakes, "the apply returned an unknown value")
	}
	return action, said, mistakes
}

// ApplySaved plans, and applies that plan after something has happened, as with a saved plan. It returns what was said
// and where the apply returned another value than planned.
func (l *Life) ApplySaved(ctx context.Context, between func()) (said string, mistakes []string) {
	l.t.Helper()
	said = l.Refresh(ctx)
	saved := l.plan(ctx, l.state)
	if failed(saved.Diagnostics) {
		return joined(said, Shown(saved.Diagnostics)), nil
	}
	between()
	said = joined(said,
		l.apply(ctx, saved.PlannedState, l.configured(), saved.PlannedPrivate, saved.PlannedIdentity))
	for _, text := range incompatible("", l.value(saved.PlannedState), l.state) {
		mistakes = append(mistakes, "the apply returned another value than planned: "+text)
	}
	if !l.state.IsFullyKnown() {
		mistakes = append(mistakes, "the apply returned an unknown value")
	}
	return said, mistakes
}

func (l *Life) null() tftypes.Value { return tftypes.NewValue(l.schema.ValueType(), nil) }

func (l *Life) action(planned *tfprotov6.PlanResourceChangeResponse) string {
	switch {
	case l.state.IsNull():
		return "create"
	case len(planned.RequiresReplace) > 0:
		return "replace"
	case l.value(planned.PlannedState).Equal(l.state):
		return "no-op"
	}
	return "update"
}

func (l *Life) attributes(object tftypes.Value) map[string]tftypes.Value {
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

// invalid lists where a plan has neither the configured nor the prior value, and the provider may not choose one.
func (l *Life) invalid(prior, planned tftypes.Value) []string {
	config := l.on.convert(l.schema.ValueType(), l.config)
	return l.invalidIn("", l.schema.Block.Attributes, prior, config, planned)
}

func (l *Life) invalidIn(
	at string, attributes []*tfprotov6.SchemaAttribute, prior, config, planned tftypes.Value,
) []string {
	before, configured, after := l.attributes(prior), l.attributes(config), l.attributes(planned)
	found := []string{}
	for _, attribute := range attributes {
		name := at + attribute.Name
		was, wanted, is := before[attribute.Name], configured[attribute.Name], after[attribute.Name]
		if attribute.WriteOnly {
			if !is.IsNull() {
				found = append(found, "the plan has a write-only value: "+name)
			}
			continue
		}
		switch {
		case is.Equal(wanted), wanted.IsNull() && attribute.Computed, !wanted.IsNull() && !was.IsNull() && is.Equal(was):
			continue
		case attribute.NestedType != nil && wanted.IsKnown() && !wanted.IsNull() && is.IsKnown() && !is.IsNull():
			if attribute.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeSingle {
				found = append(found, l.invalidIn(name+".", attribute.NestedType.Attributes, was, wanted, is)...)
			}
			continue
		}
		found = append(found, fmt.Sprintf("the plan has %s, and the configuration %s: %s", is, wanted, name))
	}
	return found
}

// incompatible lists where a value contradicts what was planned: an unknown planned value promises nothing.
func incompatible(at string, planned, actual tftypes.Value) []string {
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
			found = append(found, incompatible(at+"."+name, before[name], after[name])...)
		}
		return found
	case tftypes.List:
		var before, after []tftypes.Value
		if planned.As(&before) != nil || actual.As(&after) != nil || len(before) != len(after) {
			return differs
		}
		found := []string{}
		for i := range before {
			found = append(found, incompatible(fmt.Sprintf("%s[%d]", at, i), before[i], after[i])...)
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
		for _, one := range after {
			if !slices.ContainsFunc(before, func(other tftypes.Value) bool { return len(incompatible(at, other, one)) == 0 }) {
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
