package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

const notConfigured = "ERROR: The provider is not configured"

// unconfigured is a provider that no CLI has configured.
func unconfigured(t *testing.T) tfprotov6.ProviderServer {
	t.Helper()
	nothing := scaleway.Environment{Getenv: func(string) string { return "" }, ReadFile: scaleway.OSEnvironment().ReadFile}
	factory := provider.New(
		"test", provider.WithEnvironment(nothing), provider.WithClock(func() time.Time { return time.Unix(0, 0) }),
	)
	server, err := providerserver.NewProtocol6WithError(factory())()
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// filled is a value of a schema whose attributes are all null, or all unknown.
func filled(t *testing.T, schema *tfprotov6.Schema, attribute any) *tfprotov6.DynamicValue {
	t.Helper()
	kind, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		t.Fatalf("%s is not an object", schema.ValueType())
	}
	attributes := map[string]tftypes.Value{}
	for name, of := range kind.AttributeTypes {
		attributes[name] = tftypes.NewValue(of, attribute)
	}
	return encoded(t, kind, tftypes.NewValue(kind, attributes))
}

func absent(t *testing.T, schema *tfprotov6.Schema) *tfprotov6.DynamicValue {
	t.Helper()
	return encoded(t, schema.ValueType(), tftypes.NewValue(schema.ValueType(), nil))
}

func encoded(t *testing.T, kind tftypes.Type, value tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	made, err := tfprotov6.NewDynamicValue(kind, value)
	if err != nil {
		t.Fatal(err)
	}
	return &made
}

// TestUnconfiguredProvider: every call that needs the API says that the provider is not configured, of every component;
// none panics, and none passes. What a CLI calls before it configures works.
func TestUnconfiguredProvider(t *testing.T) {
	t.Parallel()
	server := unconfigured(t)
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	refused := func(call string, diagnostics []*tfprotov6.Diagnostic, err error) {
		t.Helper()
		calls++
		if said := acctest.Shown(diagnostics); err != nil || strings.Count(said, "ERROR") != 1 || !strings.Contains(said,
			notConfigured) {
			t.Errorf("%s: %v, said:\n%s", call, err, said)
		}
	}
	works := func(call string, diagnostics []*tfprotov6.Diagnostic, err error) {
		t.Helper()
		calls++
		if said := acctest.Shown(diagnostics); err != nil || strings.Contains(said, notConfigured) {
			t.Errorf("%s: %v, said:\n%s", call, err, said)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(schemas.ResourceSchemas)) {
		schema := schemas.ResourceSchemas[name]
		empty, none := filled(t, schema, nil), absent(t, schema)
		for call, change := range map[string][2]*tfprotov6.DynamicValue{
			"create": {none, empty}, "update": {empty, empty}, "destroy": {empty, none},
		} {
			plan, err := server.PlanResourceChange(
				t.Context(), &tfprotov6.PlanResourceChangeRequest{
					TypeName: name, PriorState: change[0], ProposedNewState: change[1], Config: change[1],
				},
			)
			refused("plan the "+call+" of "+name, plan.Diagnostics, err)
			apply, err := server.ApplyResourceChange(
				t.Context(), &tfprotov6.ApplyResourceChangeRequest{
					TypeName: name, PriorState: change[0], PlannedState: change[1], Config: change[1],
				},
			)
			refused(call+" "+name, apply.Diagnostics, err)
		}
		read, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: name, CurrentState: empty})
		refused("read "+name, read.Diagnostics, err)
		imported, err := server.ImportResourceState(
			t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: name, ID: "fr-par/" + absentID},
		)
		refused("import "+name, imported.Diagnostics, err)
		for _, attribute := range []any{nil, tftypes.UnknownValue} {
			validated, err := server.ValidateResourceConfig(
				t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: name, Config: filled(t, schema, attribute)},
			)
			works("validate "+name, validated.Diagnostics, err)
		}
		moved, err := server.MoveResourceState(t.Context(), &tfprotov6.MoveResourceStateRequest{
			TargetTypeName: name, SourceProviderAddress: officialAddress, SourceTypeName: "scaleway_k8s_cluster",
			SourceState: &tfprotov6.RawState{JSON: officialState(t, "cluster.json", nil)},
		})
		works("move "+name, moved.Diagnostics, err)
	}
	for _, name := range slices.Sorted(maps.Keys(schemas.DataSourceSchemas)) {
		schema := schemas.DataSourceSchemas[name]
		read, err := server.ReadDataSource(
			t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: filled(t, schema, nil)},
		)
		refused("read the data source "+name, read.Diagnostics, err)
		for _, attribute := range []any{nil, tftypes.UnknownValue} {
			validated, err := server.ValidateDataResourceConfig(
				t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: filled(t, schema, attribute)},
			)
			works("validate the data source "+name, validated.Diagnostics, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(schemas.EphemeralResourceSchemas)) {
		opened, err := server.OpenEphemeralResource(
			t.Context(), &tfprotov6.OpenEphemeralResourceRequest{
				TypeName: name, Config: filled(t, schemas.EphemeralResourceSchemas[name], nil),
			},
		)
		refused("open "+name, opened.Diagnostics, err)
	}
	lists, _ := server.(tfprotov6.ListResourceServer)
	for _, name := range slices.Sorted(maps.Keys(schemas.ListResourceSchemas)) {
		stream, err := lists.ListResource(
			t.Context(), &tfprotov6.ListResourceRequest{
				TypeName: name, Config: filled(t, schemas.ListResourceSchemas[name], nil),
			},
		)
		if err != nil {
			t.Fatal(err)
		}
		found := []*tfprotov6.Diagnostic{}
		for result := range stream.Results {
			found = append(found, result.Diagnostics...)
		}
		refused("list "+name, found, nil)
	}
	actions, _ := server.(tfprotov6.ActionServer)
	for _, name := range slices.Sorted(maps.Keys(schemas.ActionSchemas)) {
		config := filled(t, schemas.ActionSchemas[name].Schema, nil)
		planned, err := actions.PlanAction(t.Context(), &tfprotov6.PlanActionRequest{ActionType: name, Config: config})
		refused("plan "+name, planned.Diagnostics, err)
		stream, err := actions.InvokeAction(t.Context(), &tfprotov6.InvokeActionRequest{ActionType: name, Config: config})
		if err != nil {
			t.Fatal(err)
		}
		for event := range stream.Events {
			if end, ok := event.Type.(tfprotov6.CompletedInvokeActionEventType); ok {
				refused("invoke "+name, end.Diagnostics, nil)
			}
		}
	}
	if components := len(schemas.ResourceSchemas)*11 + len(schemas.DataSourceSchemas)*3 + len(
		schemas.EphemeralResourceSchemas,
	) +
		len(schemas.ListResourceSchemas) + len(schemas.ActionSchemas)*2; calls != components {
		t.Errorf("%d calls, not %d", calls, components)
	}
}

// TestUnknownConfigurationOfTheProvider: what the provider needs at plan and does not know is an error of its own
// configuration, and leaves it unconfigured.
func TestUnknownConfigurationOfTheProvider(t *testing.T) {
	t.Parallel()
	server := unconfigured(t)
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	configured, err := server.ConfigureProvider(
		t.Context(), &tfprotov6.ConfigureProviderRequest{
			TerraformVersion: "test", Config: filled(t, schemas.Provider, tftypes.UnknownValue),
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	acctest.Contains(t, acctest.Shown(configured.Diagnostics), "ERROR: Unable to configure the SRM provider", "depends "+
		"on a value that is not known until apply")
	for _, name := range slices.Sorted(maps.Keys(schemas.ResourceSchemas)) {
		schema := schemas.ResourceSchemas[name]
		planned, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: name, PriorState: absent(t, schema), ProposedNewState: filled(t, schema, nil), Config: filled(t, schema,
				nil),
		})
		if err != nil {
			t.Fatal(err)
		}
		acctest.Contains(t, acctest.Shown(planned.Diagnostics), notConfigured)
	}
}
