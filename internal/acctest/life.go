package acctest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Life manages one resource on the plugin protocol as a CLI does, including its state: for many fast applies in one
// process.
type Life struct {
	t      testing.TB
	on     *Protocol
	kind   string
	schema *tfprotov6.Schema
	config map[string]any

	state    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	tainted  bool
}

// Life returns a resource that does not exist yet, with a configuration.
func (p *Protocol) Life(kind string, config map[string]any) *Life {
	p.t.Helper()
	schema := p.schemas.ResourceSchemas[kind]
	if schema == nil {
		p.t.Fatalf("the provider has no resource %s", kind)
	}
	return &Life{
		t: p.t, on: p, kind: kind, schema: schema, config: config, state: tftypes.NewValue(schema.ValueType(), nil),
	}
}

// Configure replaces the configuration.
func (l *Life) Configure(config map[string]any) { l.config = config }

// Exists reports whether the resource is in the state.
func (l *Life) Exists() bool { return !l.state.IsNull() }

// Tainted reports whether the create failed after it created the object, so that the next apply replaces the object.
func (l *Life) Tainted() bool { return l.tainted }

// Text returns a string attribute of the state, or an empty string if it is null.
func (l *Life) Text(name string) string {
	l.t.Helper()
	if l.state.IsNull() {
		return ""
	}
	attributes, text := map[string]tftypes.Value{}, (*string)(nil)
	if err := l.state.As(&attributes); err != nil {
		l.t.Fatal(err)
	}
	if err := attributes[name].As(&text); err != nil {
		l.t.Fatal(err)
	}
	if text == nil {
		return ""
	}
	return *text
}

// Dump returns the whole state as text.
func (l *Life) Dump() string { return l.state.String() }

// Refresh reads the resource, and returns the diagnostics.
func (l *Life) Refresh(ctx context.Context) string {
	l.t.Helper()
	said, _ := l.refresh(ctx)
	return said
}

// refresh reads the resource. ok is false if the read failed.
func (l *Life) refresh(ctx context.Context) (said string, ok bool) {
	l.t.Helper()
	if l.state.IsNull() {
		return "", true
	}
	answer, err := l.on.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: l.kind, CurrentState: l.dynamic(l.state), Private: l.private, CurrentIdentity: l.identity,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	if ok = !failed(answer.Diagnostics); ok {
		l.state, l.private, l.identity = l.value(answer.NewState), answer.Private, answer.NewIdentity
	}
	return Shown(answer.Diagnostics), ok
}

// joinMessages joins texts with blank lines, and skips empty ones.
func joined(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), "\n\n")
}

// Plan refreshes and plans. action is "no-op", "create", "update", "replace" or "error".
func (l *Life) Plan(ctx context.Context) (action, said string) {
	l.t.Helper()
	said, ok := l.refresh(ctx)
	switch {
	case !ok:
		return "error", said // a CLI does not plan after a failed refresh
	case l.tainted:
		return "replace", said
	}
	planned := l.plan(ctx, l.state)
	said = joined(said, Shown(planned.Diagnostics))
	switch {
	case failed(planned.Diagnostics):
		return "error", said
	case l.state.IsNull():
		return "create", said
	case len(planned.RequiresReplace) > 0:
		// For a replacement a CLI also plans the create, with the private state of the existing object.
		create := l.plan(ctx, tftypes.NewValue(l.schema.ValueType(), nil))
		if said = joined(said, Shown(create.Diagnostics)); failed(create.Diagnostics) {
			return "error", said
		}
		return "replace", said
	case l.value(planned.PlannedState).Equal(l.state):
		return "no-op", said
	}
	return "update", said
}

// Apply refreshes, plans and applies, and returns the diagnostics.
func (l *Life) Apply(ctx context.Context) string {
	l.t.Helper()
	action, said := l.Plan(ctx)
	switch action {
	case "error", "no-op":
		return said
	case "replace":
		said = joined(said, l.Destroy(ctx))
		if l.Exists() {
			return said
		}
	}
	planned := l.plan(ctx, l.state)
	if failed(planned.Diagnostics) {
		return joined(said, Shown(planned.Diagnostics))
	}
	return joined(
		said, l.apply(ctx, planned.PlannedState, l.configured(), planned.PlannedPrivate, planned.PlannedIdentity),
	)
}

// ApplyLate refreshes, plans, calls between and applies, as with a saved plan.
func (l *Life) ApplyLate(ctx context.Context, between func()) string {
	l.t.Helper()
	said := l.Refresh(ctx)
	planned := l.plan(ctx, l.state)
	if failed(planned.Diagnostics) {
		return joined(said, Shown(planned.Diagnostics))
	}
	between()
	return joined(
		said, l.apply(ctx, planned.PlannedState, l.configured(), planned.PlannedPrivate, planned.PlannedIdentity),
	)
}

// Destroy plans and applies a destroy, and returns the diagnostics.
func (l *Life) Destroy(ctx context.Context) string {
	l.t.Helper()
	return l.DestroyLate(ctx, func() {})
}

// DestroyLate plans a destroy, calls between and applies, as if a dependent resource was destroyed in between.
func (l *Life) DestroyLate(ctx context.Context, between func()) string {
	l.t.Helper()
	if l.state.IsNull() {
		return ""
	}
	planned := l.planDestroy(ctx)
	said := Shown(planned.Diagnostics)
	if failed(planned.Diagnostics) {
		return said
	}
	between()
	return joined(said, l.apply(ctx, l.nothing(), l.nothing(), planned.PlannedPrivate, l.identity))
}

// PlanDestroy plans a destroy, and returns the diagnostics.
func (l *Life) PlanDestroy(ctx context.Context) string {
	l.t.Helper()
	return Shown(l.planDestroy(ctx).Diagnostics)
}

func (l *Life) planDestroy(ctx context.Context) *tfprotov6.PlanResourceChangeResponse {
	l.t.Helper()
	planned, err := l.on.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName:         l.kind,
		PriorState:       l.dynamic(l.state),
		ProposedNewState: l.nothing(),
		Config:           l.nothing(),
		PriorPrivate:     l.private,
		PriorIdentity:    l.identity,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return planned
}

// nullDynamic returns the state of a resource that does not exist.
func (l *Life) nothing() *tfprotov6.DynamicValue {
	l.t.Helper()
	return l.dynamic(tftypes.NewValue(l.schema.ValueType(), nil))
}

func (l *Life) plan(ctx context.Context, prior tftypes.Value) *tfprotov6.PlanResourceChangeResponse {
	l.t.Helper()
	config := l.on.convert(l.schema.ValueType(), l.config)
	planned, err := l.on.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: l.kind, PriorState: l.dynamic(prior), Config: l.dynamic(config), PriorPrivate: l.private,
		PriorIdentity:    l.identity,
		ProposedNewState: l.dynamic(l.proposed(l.schema.ValueType(), l.schema.Block.Attributes, config, prior)),
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return planned
}

func (l *Life) apply(
	ctx context.Context, planned, config *tfprotov6.DynamicValue, private []byte, identity *tfprotov6.ResourceIdentityData,
) string {
	l.t.Helper()
	isCreate := l.state.IsNull()
	answer, err := l.on.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: l.kind, PriorState: l.dynamic(l.state), PlannedState: planned, Config: config, PlannedPrivate: private,
		PlannedIdentity: identity,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.state, l.private, l.identity = l.value(answer.NewState), answer.Private, answer.NewIdentity
	l.tainted = isCreate && failed(answer.Diagnostics) && !l.state.IsNull()
	return Shown(answer.Diagnostics)
}

// proposedState returns the state that a CLI proposes: the configured values, and the prior values of computed
// attributes.
func (l *Life) proposed(
	kind tftypes.Type, attributes []*tfprotov6.SchemaAttribute, config, prior tftypes.Value,
) tftypes.Value {
	l.t.Helper()
	if config.IsNull() || !config.IsKnown() {
		return config
	}
	values, before := map[string]tftypes.Value{}, map[string]tftypes.Value{}
	if err := config.As(&values); err != nil {
		l.t.Fatal(err)
	}
	if !prior.IsNull() && prior.IsKnown() {
		if err := prior.As(&before); err != nil {
			l.t.Fatal(err)
		}
	}
	for _, attribute := range attributes {
		old, ok := before[attribute.Name]
		if !ok {
			continue
		}
		switch {
		case values[attribute.Name].IsNull() && attribute.Computed:
			values[attribute.Name] = old
		case attribute.NestedType != nil && attribute.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeSingle:
			values[attribute.Name] = l.proposed(
				attribute.NestedType.ValueType(), attribute.NestedType.Attributes, values[attribute.Name], old,
			)
		}
	}
	return tftypes.NewValue(kind, values)
}

// configValue returns the configuration.
func (l *Life) configured() *tfprotov6.DynamicValue {
	return l.dynamic(l.on.convert(l.schema.ValueType(), l.config))
}

func (l *Life) dynamic(value tftypes.Value) *tfprotov6.DynamicValue {
	l.t.Helper()
	dynamic, err := tfprotov6.NewDynamicValue(l.schema.ValueType(), value)
	if err != nil {
		l.t.Fatal(err)
	}
	return &dynamic
}

func (l *Life) value(dynamic *tfprotov6.DynamicValue) tftypes.Value {
	l.t.Helper()
	value, err := dynamic.Unmarshal(l.schema.ValueType())
	if err != nil {
		l.t.Fatal(err)
	}
	return value
}

// hasError reports whether the diagnostics contain an error.
func failed(diagnostics []*tfprotov6.Diagnostic) bool {
	for _, diagnostic := range diagnostics {
		if diagnostic.Severity == tfprotov6.DiagnosticSeverityError {
			return true
		}
	}
	return false
}

// Import imports an object into the state, as an `import` block does, and returns the diagnostics.
func (l *Life) Import(ctx context.Context, id string) string {
	l.t.Helper()
	answer, err := l.on.server.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: l.kind, ID: id})
	if err != nil {
		l.t.Fatal(err)
	}
	if failed(answer.Diagnostics) {
		return Shown(answer.Diagnostics)
	}
	imported := answer.ImportedResources[0]
	l.state, l.private, l.identity = l.value(imported.State), imported.Private, imported.Identity
	return joined(Shown(answer.Diagnostics), l.Refresh(ctx))
}

// Move moves a resource of another provider, with its state as JSON, into the state, as a `moved` block does. It
// returns the diagnostics.
func (l *Life) Move(ctx context.Context, address, kind string, version int64, from []byte) string {
	l.t.Helper()
	answer, err := l.on.server.MoveResourceState(ctx, &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: address, SourceTypeName: kind, SourceSchemaVersion: version,
		SourceState: &tfprotov6.RawState{JSON: from}, TargetTypeName: l.kind,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	if !failed(answer.Diagnostics) {
		l.state, l.private, l.identity = l.value(answer.TargetState), answer.TargetPrivate, answer.TargetIdentity
	}
	return Shown(answer.Diagnostics)
}
