package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

const notConfigured = "ERROR: The provider is not configured"

// newUnconfiguredServer returns a provider before its configuration.
func newUnconfiguredServer(t *testing.T) tfprotov6.ProviderServer {
	t.Helper()
	emptyEnvironment := scaleway.Environment{
		Getenv: func(string) string { return "" }, ReadFile: scaleway.OSEnvironment().ReadFile,
	}
	return provider.NewServer(
		"test", provider.WithEnvironment(emptyEnvironment), provider.WithClock(
			func() time.Time { return time.Unix(0, 0) },
		),
	)()
}

// uniformValue returns a value of a schema in which all attributes have the same value: null or unknown.
func uniformValue(t *testing.T, schema *tfprotov6.Schema, attribute any) *tfprotov6.DynamicValue {
	t.Helper()
	kind, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		t.Fatalf("%s is not an object", schema.ValueType())
	}
	attributes := map[string]tftypes.Value{}
	for name, of := range kind.AttributeTypes {
		attributes[name] = tftypes.NewValue(of, attribute)
	}
	return dynamicValue(t, kind, tftypes.NewValue(kind, attributes))
}

// nullValue returns a null value of a schema: a resource that does not exist.
func nullValue(t *testing.T, schema *tfprotov6.Schema) *tfprotov6.DynamicValue {
	t.Helper()
	return dynamicValue(t, schema.ValueType(), tftypes.NewValue(schema.ValueType(), nil))
}

func dynamicValue(t *testing.T, kind tftypes.Type, value tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	dynamic, err := tfprotov6.NewDynamicValue(kind, value)
	if err != nil {
		t.Fatal(err)
	}
	return &dynamic
}

// TestUnconfiguredProvider calls every method of every component before the provider is configured. Methods that need
// the API return an error that says so; methods that a CLI calls before the configuration work.
func TestUnconfiguredProvider(t *testing.T) {
	t.Parallel()
	server := newUnconfiguredServer(t)
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	checkRefused := func(call string, diagnostics []*tfprotov6.Diagnostic, err error) {
		t.Helper()
		calls++
		text := acctest.FormatDiagnostics(diagnostics)
		if err != nil || strings.Count(text, "ERROR") != 1 || !strings.Contains(text, notConfigured) {
			t.Errorf("%s: want one error about the configuration: %v\n%s", call, err, text)
		}
	}
	checkWorks := func(call string, diagnostics []*tfprotov6.Diagnostic, err error) {
		t.Helper()
		calls++
		text := acctest.FormatDiagnostics(diagnostics)
		if err != nil || strings.Contains(text, notConfigured) {
			t.Errorf("%s: want no error about the configuration: %v\n%s", call, err, text)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(schemas.ResourceSchemas)) {
		schema := schemas.ResourceSchemas[name]
		empty, none := uniformValue(t, schema, nil), nullValue(t, schema)
		for call, change := range map[string][2]*tfprotov6.DynamicValue{
			"create": {none, empty}, "update": {empty, empty}, "destroy": {empty, none},
		} {
			plan, err := server.PlanResourceChange(
				t.Context(), &tfprotov6.PlanResourceChangeRequest{
					TypeName: name, PriorState: change[0], ProposedNewState: change[1], Config: change[1],
				},
			)
			checkRefused("plan the "+call+" of "+name, plan.Diagnostics, err)
			apply, err := server.ApplyResourceChange(
				t.Context(), &tfprotov6.ApplyResourceChangeRequest{
					TypeName: name, PriorState: change[0], PlannedState: change[1], Config: change[1],
				},
			)
			checkRefused(call+" "+name, apply.Diagnostics, err)
		}
		read, err := server.ReadResource(
			t.Context(), &tfprotov6.ReadResourceRequest{TypeName: name, CurrentState: empty},
		)
		checkRefused("read "+name, read.Diagnostics, err)
		imported, err := server.ImportResourceState(
			t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: name, ID: "fr-par/" + absentID},
		)
		checkRefused("import "+name, imported.Diagnostics, err)
		for _, attribute := range []any{nil, tftypes.UnknownValue} {
			validated, err := server.ValidateResourceConfig(
				t.Context(), &tfprotov6.ValidateResourceConfigRequest{
					TypeName: name, Config: uniformValue(t, schema, attribute),
				},
			)
			checkWorks("validate "+name, validated.Diagnostics, err)
		}
		moved, err := server.MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
			TargetTypeName: name, SourceProviderAddress: officialAddress, SourceTypeName: "scaleway_k8s_cluster",
			SourceState: &tfprotov6.RawState{JSON: officialState(t, "cluster.json", nil)},
		})
		checkWorks("move "+name, moved.Diagnostics, err)
	}
	for _, name := range slices.Sorted(maps.Keys(schemas.DataSourceSchemas)) {
		schema := schemas.DataSourceSchemas[name]
		read, err := server.ReadDataSource(
			t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: uniformValue(t, schema, nil)},
		)
		checkRefused("read the data source "+name, read.Diagnostics, err)
		for _, attribute := range []any{nil, tftypes.UnknownValue} {
			validated, err := server.ValidateDataResourceConfig(
				t.Context(),
				&tfprotov6.ValidateDataResourceConfigRequest{
					TypeName: name, Config: uniformValue(t, schema, attribute),
				},
			)
			checkWorks("validate the data source "+name, validated.Diagnostics, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(schemas.EphemeralResourceSchemas)) {
		opened, err := server.OpenEphemeralResource(
			t.Context(), &tfprotov6.OpenEphemeralResourceRequest{
				TypeName: name, Config: uniformValue(t, schemas.EphemeralResourceSchemas[name], nil),
			},
		)
		checkRefused("open "+name, opened.Diagnostics, err)
	}
	lists, _ := server.(tfprotov6.ListResourceServer)
	for _, name := range slices.Sorted(maps.Keys(schemas.ListResourceSchemas)) {
		stream, err := lists.ListResource(
			t.Context(), &tfprotov6.ListResourceRequest{
				TypeName: name, Config: uniformValue(t, schemas.ListResourceSchemas[name], nil),
			},
		)
		if err != nil {
			t.Fatal(err)
		}
		found := []*tfprotov6.Diagnostic{}
		for result := range stream.Results {
			found = append(found, result.Diagnostics...)
		}
		checkRefused("list "+name, found, nil)
	}
	actions, _ := server.(tfprotov6.ActionServer)
	for _, name := range slices.Sorted(maps.Keys(schemas.ActionSchemas)) {
		config := uniformValue(t, schemas.ActionSchemas[name].Schema, nil)
		planned, err := actions.PlanAction(t.Context(), &tfprotov6.PlanActionRequest{ActionType: name, Config: config})
		checkRefused("plan "+name, planned.Diagnostics, err)
		stream, err := actions.InvokeAction(
			t.Context(), &tfprotov6.InvokeActionRequest{ActionType: name, Config: config},
		)
		if err != nil {
			t.Fatal(err)
		}
		for event := range stream.Events {
			if end, ok := event.Type.(tfprotov6.CompletedInvokeActionEventType); ok {
				checkRefused("invoke "+name, end.Diagnostics, nil)
			}
		}
	}
	if components := len(schemas.ResourceSchemas)*11 + len(schemas.DataSourceSchemas)*3 + len(
		schemas.EphemeralResourceSchemas,
	) +
		len(schemas.ListResourceSchemas) + len(schemas.ActionSchemas)*2; calls != components {
		t.Errorf("%d calls, want %d", calls, components)
	}
}

// TestUnknownProviderConfiguration checks that unknown values in the provider block are an error, and that the
// provider then counts as unconfigured.
func TestUnknownProviderConfiguration(t *testing.T) {
	t.Parallel()
	server := newUnconfiguredServer(t)
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	configured, err := server.ConfigureProvider(
		t.Context(), &tfprotov6.ConfigureProviderRequest{
			TerraformVersion: "test", Config: uniformValue(t, schemas.Provider, tftypes.UnknownValue),
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	acctest.Contains(
		t,
		acctest.FormatDiagnostics(configured.Diagnostics),
		"ERROR: Unable to configure the SRM provider",
		"depends on a value that is not known until apply",
	)
	for _, name := range slices.Sorted(maps.Keys(schemas.ResourceSchemas)) {
		schema := schemas.ResourceSchemas[name]
		planned, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName:         name,
			PriorState:       nullValue(t, schema),
			ProposedNewState: uniformValue(t, schema, nil),
			Config: uniformValue(t, schema,
				nil),
		})
		if err != nil {
			t.Fatal(err)
		}
		acctest.Contains(t, acctest.FormatDiagnostics(planned.Diagnostics), notConfigured)
	}
}
