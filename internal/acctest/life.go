package acctest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Life is one resource as a CLI manages it, on the provider protocol, state and all: for many small applies in one
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

// Life begins the life of a resource that does not exist yet. config is as for the other methods of Protocol.
func (p *Protocol) Life(kind string, config map[string]any) *Life {
	p.t.Helper()
	schema := p.schemas.ResourceSchemas[kind]
	if schema == nil {
		p.t.Fatalf("there is no resource %s", kind)
	}
	return &Life{
		t: p.t, on: p, kind: kind, schema: schema, config: config, state: tftypes.NewValue(schema.ValueType(), nil),
	}
}

// Configure changes the configuration.
func (l *Life) Configure(config map[string]any) { l.config = config }

// Exists says whether the state has the resource, Tainted whether the next apply would replace it because a create
// failed.
func (l *Life) Exists() bool { return !l.state.IsNull() }

// Tainted is described at Exists.
func (l *Life) Tainted() bool { return l.tainted }

// Text is an attribute of the state; "" where it is null.
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

// Dump is the whole state as text.
func (l *Life) Dump() string { return l.state.String() }

// Refresh reads the resource, and returns what was said.
func (l *Life) Refresh(ctx context.Context) string {
	l.t.Helper()
	said, _ := l.refresh(ctx)
	return said
}

// refresh is Refresh; ok is false where it failed.
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

// joined are texts with a blank line between two diagnostics.
func joined(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), "\n\n")
}

// Plan refreshes and plans. action is "no-op", "create", "update" or "replace", or "error".
func (l *Life) Plan(ctx context.Context) (action, said string) {
	l.t.Helper()
	said, ok := l.refresh(ctx)
	switch {
	case !ok:
		return "error", said // a CLI plans nothing after a failed refresh
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
		// A CLI plans what takes the object's place as a create, with the private state of the object.
		again := l.plan(ctx, tftypes.NewValue(l.schema.ValueType(), nil))
		if said = joined(said, Shown(again.Diagnostics)); failed(again.Diagnostics) {
			return "error", said
		}
		return "replace", said
	case l.value(planned.PlannedState).Equal(l.state):
		return "no-op", said
	}
	return "update", said
}

// Apply refreshes, plans and applies, and returns what was said.
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

// ApplyLate is Apply with something that happens between the plan and its apply, as with a saved plan.
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

// Destroy plans and applies the end of the resource, and returns what was said.
func (l *Life) Destroy(ctx context.Context) string {
	l.t.Helper()
	return l.DestroyLate(ctx, func() {})
}

// DestroyLate is Destroy with something that happens between the plan and its apply, as the destroy of what depends on
// the resource does.
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

// PlanDestroy plans the end of the resource, and returns what was said.
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

// nothing is a resource that does not exist.
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
	creates := l.state.IsNull()
	answer, err := l.on.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: l.kind, PriorState: l.dynamic(l.state), PlannedState: planned, Config: config, PlannedPrivate: private,
		PlannedIdentity: identity,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.state, l.private, l.identity = l.value(answer.NewState), answer.Private, answer.NewIdentity
	l.tainted = creates && failed(answer.Diagnostics) && !l.state.IsNull()
	return Shown(answer.Diagnostics)
}

// proposed is what a CLI proposes: the configuration, and what is computed as it was.
func (l *Life) proposed(
	kind tftypes.Type, attributes []*tfprotov6.SchemaAttribute, config, prior tftypes.Value,
) tftypes.Value {
	l.t.Helper()
	if config.IsNull() || !config.IsKnown() {
		return config
	}
	wanted, before := map[string]tftypes.Value{}, map[string]tftypes.Value{}
	if err := config.As(&wanted); err != nil {
		l.t.Fatal(err)
	}
	if !prior.IsNull() && prior.IsKnown() {
		if err := prior.As(&before); err != nil {
			l.t.Fatal(err)
		}
	}
	for _, attribute := range attributes {
		old, known := before[attribute.Name]
		if !known {
			continue
		}
		switch {
		case wanted[attribute.Name].IsNull() && attribute.Computed:
			wanted[attribute.Name] = old
		case attribute.NestedType != nil && attribute.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeSingle:
			wanted[attribute.Name] = l.proposed(
				attribute.NestedType.ValueType(), attribute.NestedType.Attributes, wanted[attribute.Name], old,
			)
		}
	}
	return tftypes.NewValue(kind, wanted)
}

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

func failed(diagnostics []*tfprotov6.Diagnostic) bool {
	for _, one := range diagnostics {
		if one.Severity == tfprotov6.DiagnosticSeverityError {
			return true
		}
	}
	return false
}

// Import fills the state as an `import` block does, and returns what was said.
func (l *Life) Import(ctx context.Context, id string) string {
	l.t.Helper()
	answer, err := l.on.server.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: l.kind, ID: id})
	if err != nil {
		l.t.Fatal(err)
	}
	if failed(answer.Diagnostics) {
		return Shown(answer.Diagnostics)
	}
	one := answer.ImportedResources[0]
	l.state, l.private, l.identity = l.value(one.State), one.Private, one.Identity
	return joined(Shown(answer.Diagnostics), l.Refresh(ctx))
}

// Move fills the state as a `moved` block does from a resource of another provider, whose state is given as JSON, and
// returns what was said.
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
