package acctest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// ResourceLifecycle manages one resource on the plugin protocol as a CLI does, including its state: for many fast
// applies in one process.
type ResourceLifecycle struct {
	t        testing.TB
	protocol *Protocol
	typeName string
	schema   *tfprotov6.Schema
	config   map[string]any

	state    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	tainted  bool
}

// Resource returns a resource that does not exist yet, with a configuration.
func (p *Protocol) Resource(kind string, config map[string]any) *ResourceLifecycle {
	p.t.Helper()
	schema := p.schemas.ResourceSchemas[kind]
	if schema == nil {
		p.t.Fatalf("the provider has no resource %s", kind)
	}
	return &ResourceLifecycle{
		t: p.t, protocol: p, typeName: kind, schema: schema, config: config,
		state: tftypes.NewValue(schema.ValueType(), nil),
	}
}

// Configure replaces the configuration.
func (l *ResourceLifecycle) Configure(config map[string]any) { l.config = config }

// Exists reports whether the resource is in the state.
func (l *ResourceLifecycle) Exists() bool { return !l.state.IsNull() }

// IsTainted reports whether the create failed after it created the object, so that the next apply replaces the object.
func (l *ResourceLifecycle) IsTainted() bool { return l.tainted }

// StringAttribute returns a string attribute of the state, or an empty string if it is null.
func (l *ResourceLifecycle) StringAttribute(name string) string {
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

// ObjectsAttribute returns the string attributes of the objects in a list of the state.
func (l *ResourceLifecycle) ObjectsAttribute(name string) []map[string]string {
	l.t.Helper()
	var list []tftypes.Value
	if err := l.attributes(l.state)[name].As(&list); err != nil {
		l.t.Fatal(err)
	}
	found := []map[string]string{}
	for _, object := range list {
		texts := map[string]string{}
		for key, value := range l.attributes(object) {
			var text *string
			if value.Type().Is(tftypes.String) && value.As(&text) == nil && text != nil {
				texts[key] = *text
			}
		}
		found = append(found, texts)
	}
	return found
}

// StateString returns the whole state as text.
func (l *ResourceLifecycle) StateString() string { return l.state.String() }

// Refresh reads the resource, and returns the diagnostics.
func (l *ResourceLifecycle) Refresh(ctx context.Context) string {
	l.t.Helper()
	diagnostics, _ := l.refresh(ctx)
	return diagnostics
}

// refresh reads the resource. ok is false if the read failed.
func (l *ResourceLifecycle) refresh(ctx context.Context) (diagnostics string, ok bool) {
	l.t.Helper()
	if l.state.IsNull() {
		return "", true
	}
	answer, err := l.protocol.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: l.typeName, CurrentState: l.toDynamic(l.state), Private: l.private, CurrentIdentity: l.identity,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	if ok = !hasError(answer.Diagnostics); ok {
		l.state, l.private, l.identity = l.fromDynamic(answer.NewState), answer.Private, answer.NewIdentity
	}
	return FormatDiagnostics(answer.Diagnostics), ok
}

// joinMessages joins texts with blank lines, and skips empty ones.
func joinMessages(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), "\n\n")
}

// Plan refreshes and plans. action is "no-op", "create", "update", "replace" or "error".
func (l *ResourceLifecycle) Plan(ctx context.Context) (action, diagnostics string) {
	l.t.Helper()
	diagnostics, ok := l.refresh(ctx)
	switch {
	case !ok:
		return "error", diagnostics // a CLI does not plan after a failed refresh
	case l.tainted:
		return "replace", diagnostics
	}
	planned := l.plan(ctx, l.state)
	diagnostics = joinMessages(diagnostics, FormatDiagnostics(planned.Diagnostics))
	switch {
	case hasError(planned.Diagnostics):
		return "error", diagnostics
	case l.state.IsNull():
		return "create", diagnostics
	case len(planned.RequiresReplace) > 0:
		// For a replacement a CLI also plans the create, with the private state of the existing object.
		create := l.plan(ctx, tftypes.NewValue(l.schema.ValueType(), nil))
		if diagnostics = joinMessages(
			diagnostics, FormatDiagnostics(create.Diagnostics),
		); hasError(create.Diagnostics) {
			return "error", diagnostics
		}
		return "replace", diagnostics
	case l.fromDynamic(planned.PlannedState).Equal(l.state):
		return "no-op", diagnostics
	}
	return "update", diagnostics
}

// Apply refreshes, plans and applies, and returns the diagnostics.
func (l *ResourceLifecycle) Apply(ctx context.Context) string {
	l.t.Helper()
	action, diagnostics := l.Plan(ctx)
	switch action {
	case "error", "no-op":
		return diagnostics
	case "replace":
		diagnostics = joinMessages(diagnostics, l.Destroy(ctx))
		if l.Exists() {
			return diagnostics
		}
	}
	planned := l.plan(ctx, l.state)
	if hasError(planned.Diagnostics) {
		return joinMessages(diagnostics, FormatDiagnostics(planned.Diagnostics))
	}
	return joinMessages(
		diagnostics, l.apply(
			ctx, planned.PlannedState, l.configValue(), planned.PlannedPrivate, planned.PlannedIdentity,
		),
	)
}

// ApplyAfterChange refreshes, plans, calls afterPlan, and applies, as with a saved plan.
func (l *ResourceLifecycle) ApplyAfterChange(ctx context.Context, afterPlan func()) string {
	l.t.Helper()
	diagnostics := l.Refresh(ctx)
	planned := l.plan(ctx, l.state)
	if hasError(planned.Diagnostics) {
		return joinMessages(diagnostics, FormatDiagnostics(planned.Diagnostics))
	}
	afterPlan()
	return joinMessages(
		diagnostics, l.apply(
			ctx, planned.PlannedState, l.configValue(), planned.PlannedPrivate, planned.PlannedIdentity,
		),
	)
}

// Destroy plans and applies a destroy, and returns the diagnostics.
func (l *ResourceLifecycle) Destroy(ctx context.Context) string {
	l.t.Helper()
	return l.DestroyAfterChange(ctx, func() {})
}

// DestroyAfterChange plans a destroy, calls afterPlan, and applies, as if a dependent resource was destroyed in
// between.
func (l *ResourceLifecycle) DestroyAfterChange(ctx context.Context, afterPlan func()) string {
	l.t.Helper()
	if l.state.IsNull() {
		return ""
	}
	planned := l.planDestroy(ctx)
	diagnostics := FormatDiagnostics(planned.Diagnostics)
	if hasError(planned.Diagnostics) {
		return diagnostics
	}
	afterPlan()
	return joinMessages(diagnostics, l.apply(ctx, l.nullDynamic(), l.nullDynamic(), planned.PlannedPrivate, l.identity))
}

// PlanDestroy plans a destroy, and returns the diagnostics.
func (l *ResourceLifecycle) PlanDestroy(ctx context.Context) string {
	l.t.Helper()
	return FormatDiagnostics(l.planDestroy(ctx).Diagnostics)
}

func (l *ResourceLifecycle) planDestroy(ctx context.Context) *tfprotov6.PlanResourceChangeResponse {
	l.t.Helper()
	planned, err := l.protocol.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName:         l.typeName,
		PriorState:       l.toDynamic(l.state),
		ProposedNewState: l.nullDynamic(),
		Config:           l.nullDynamic(),
		PriorPrivate:     l.private,
		PriorIdentity:    l.identity,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return planned
}

// nullDynamic returns the state of a resource that does not exist.
func (l *ResourceLifecycle) nullDynamic() *tfprotov6.DynamicValue {
	l.t.Helper()
	return l.toDynamic(tftypes.NewValue(l.schema.ValueType(), nil))
}

func (l *ResourceLifecycle) plan(ctx context.Context, prior tftypes.Value) *tfprotov6.PlanResourceChangeResponse {
	l.t.Helper()
	config := l.protocol.convert(l.schema.ValueType(), l.config)
	planned, err := l.protocol.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: l.typeName, PriorState: l.toDynamic(prior), Config: l.toDynamic(config), PriorPrivate: l.private,
		PriorIdentity:    l.identity,
		ProposedNewState: l.toDynamic(l.proposedState(l.schema.ValueType(), l.schema.Block.Attributes, config, prior)),
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return planned
}

func (l *ResourceLifecycle) apply(
	ctx context.Context, planned, config *tfprotov6.DynamicValue, private []byte,
	identity *tfprotov6.ResourceIdentityData,
) string {
	l.t.Helper()
	isCreate := l.state.IsNull()
	answer, err := l.protocol.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName:        l.typeName,
		PriorState:      l.toDynamic(l.state),
		PlannedState:    planned,
		Config:          config,
		PlannedPrivate:  private,
		PlannedIdentity: identity,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.state, l.private, l.identity = l.fromDynamic(answer.NewState), answer.Private, answer.NewIdentity
	l.tainted = isCreate && hasError(answer.Diagnostics) && !l.state.IsNull()
	return FormatDiagnostics(answer.Diagnostics)
}

// proposedState returns the state that a CLI proposes: the configured values, and the prior values of computed
// attributes.
func (l *ResourceLifecycle) proposedState(
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
			values[attribute.Name] = l.proposedState(
				attribute.NestedType.ValueType(), attribute.NestedType.Attributes, values[attribute.Name], old,
			)
		}
	}
	return tftypes.NewValue(kind, values)
}

// configValue returns the configuration.
func (l *ResourceLifecycle) configValue() *tfprotov6.DynamicValue {
	return l.toDynamic(l.protocol.convert(l.schema.ValueType(), l.config))
}

func (l *ResourceLifecycle) toDynamic(value tftypes.Value) *tfprotov6.DynamicValue {
	l.t.Helper()
	dynamic, err := tfprotov6.NewDynamicValue(l.schema.ValueType(), value)
	if err != nil {
		l.t.Fatal(err)
	}
	return &dynamic
}

func (l *ResourceLifecycle) fromDynamic(dynamic *tfprotov6.DynamicValue) tftypes.Value {
	l.t.Helper()
	value, err := dynamic.Unmarshal(l.schema.ValueType())
	if err != nil {
		l.t.Fatal(err)
	}
	return value
}

// hasError reports whether the diagnostics contain an error.
func hasError(diagnostics []*tfprotov6.Diagnostic) bool {
	for _, diagnostic := range diagnostics {
		if diagnostic.Severity == tfprotov6.DiagnosticSeverityError {
			return true
		}
	}
	return false
}

// Import imports an object into the state, as an `import` block does, and returns the diagnostics.
func (l *ResourceLifecycle) Import(ctx context.Context, id string) string {
	l.t.Helper()
	answer, err := l.protocol.server.ImportResourceState(
		ctx,
		&tfprotov6.ImportResourceStateRequest{TypeName: l.typeName, ID: id},
	)
	if err != nil {
		l.t.Fatal(err)
	}
	if hasError(answer.Diagnostics) {
		return FormatDiagnostics(answer.Diagnostics)
	}
	imported := answer.ImportedResources[0]
	l.state, l.private, l.identity = l.fromDynamic(imported.State), imported.Private, imported.Identity
	return joinMessages(FormatDiagnostics(answer.Diagnostics), l.Refresh(ctx))
}

// Move moves a resource of another provider, with its state as JSON, into the state, as a `moved` block does. It
// returns the diagnostics.
func (l *ResourceLifecycle) Move(ctx context.Context, address, kind string, version int64, from []byte) string {
	l.t.Helper()
	answer, err := l.protocol.server.MoveResourceState(ctx, &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: address, SourceTypeName: kind, SourceSchemaVersion: version,
		SourceState: &tfprotov6.RawState{JSON: from}, TargetTypeName: l.typeName,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	if !hasError(answer.Diagnostics) {
		l.state, l.private, l.identity = l.fromDynamic(answer.TargetState), answer.TargetPrivate, answer.TargetIdentity
	}
	return FormatDiagnostics(answer.Diagnostics)
}
