package acctest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-srm/terraform-provider-srm/internal/provider"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// Protocol is a provider behind the plugin protocol, configured for the sandbox. It also tests features that the CLI of
// a run may not support.
type Protocol struct {
	t       testing.TB
	server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
}

// Protocol starts the provider, with options in addition to those of Providers.
func (e *Env) Protocol(t testing.TB, options ...provider.Option) *Protocol {
	t.Helper()
	return e.ProtocolAs(t, sandbox.AccessKey, sandbox.SecretKey, options...)
}

// ProtocolAs starts the provider with another API key.
func (e *Env) ProtocolAs(t testing.TB, accessKey, secretKey string, options ...provider.Option) *Protocol {
	t.Helper()
	server := provider.NewServer("test", append(e.options(), options...)...)()
	schemas, err := allSchemas()
	if err != nil {
		t.Fatal(err)
	}
	p := &Protocol{t: t, server: server, schemas: schemas}
	p.requireNoDiagnostics(p.schemas.Diagnostics)
	block := map[string]any{
		"api_url": e.URL, "access_key": accessKey, "secret_key": secretKey, "organization_id": sandbox.OrganizationID,
		"project_id":   sandbox.ProjectID,
		"hds_contract": map[string]any{"reference": "HDS-2026-001", "signed_on": "2026-01-15"},
	}
	if e.ObjectStorage != nil {
		block["object_storage_url"] = e.ObjectStorage.URL
	}
	answer, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "test", Config: p.configValue(p.schemas.Provider, block),
	})
	if err != nil {
		t.Fatal(err)
	}
	// The clock of a test may be before the date of the contract, which is a warning.
	p.requireNoDiagnostics(slices.DeleteFunc(answer.Diagnostics, func(d *tfprotov6.Diagnostic) bool {
		return d.Severity == tfprotov6.DiagnosticSeverityWarning
	}))
	return p
}

// allSchemas returns the schemas of all components. They are the same for each provider, and a test may start hundreds.
var allSchemas = sync.OnceValues(
	func() (*tfprotov6.GetProviderSchemaResponse, error) { //nolint:gochecknoglobals // constants
		noClock := provider.WithClock(func() time.Time { return time.Time{} })
		server := provider.NewServer("test", noClock)()
		// The result is for all tests: the context of the first test must not cancel the call.
		return server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	},
)

// In returns the same provider for a part of a test that runs at the same time as others.
func (p *Protocol) In(t testing.TB) *Protocol {
	part := *p
	part.t = t
	return &part
}

// Schemas returns the schemas of all components.
func (p *Protocol) Schemas() *tfprotov6.GetProviderSchemaResponse { return p.schemas }

// Server returns the protocol server of the provider.
func (p *Protocol) Server() tfprotov6.ProviderServer { return p.server }

// requireNoDiagnostics ends the test if there are diagnostics.
func (p *Protocol) requireNoDiagnostics(diagnostics []*tfprotov6.Diagnostic) {
	p.t.Helper()
	if len(diagnostics) > 0 {
		p.t.Fatal(FormatDiagnostics(diagnostics))
	}
}

// Unknown is an unknown value in a configuration.
const Unknown = unknownValue("unknown")

type unknownValue string

// configValue converts a configuration to a value of a schema. Attributes that are not set are null.
func (p *Protocol) configValue(schema *tfprotov6.Schema, config map[string]any) *tfprotov6.DynamicValue {
	p.t.Helper()
	kind := schema.ValueType()
	value, err := tfprotov6.NewDynamicValue(kind, p.convert(kind, config))
	if err != nil {
		p.t.Fatal(err)
	}
	return &value
}

// convert converts a Go value to a type.
func (p *Protocol) convert(kind tftypes.Type, from any) tftypes.Value {
	p.t.Helper()
	switch from := from.(type) {
	case nil, string, bool, int64, float64:
		return tftypes.NewValue(kind, from)
	case unknownValue:
		return tftypes.NewValue(kind, tftypes.UnknownValue)
	case []string:
		elements := []tftypes.Value{}
		for _, element := range from {
			elements = append(elements, tftypes.NewValue(tftypes.String, element))
		}
		return tftypes.NewValue(kind, elements)
	case []map[string]any:
		of, ok := kind.(tftypes.Set)
		if !ok {
			p.t.Fatalf("%s is not a set", kind)
		}
		elements := []tftypes.Value{}
		for _, element := range from {
			elements = append(elements, p.convert(of.ElementType, element))
		}
		return tftypes.NewValue(kind, elements)
	case map[string]string:
		elements := map[string]tftypes.Value{}
		for key, element := range from {
			elements[key] = tftypes.NewValue(tftypes.String, element)
		}
		return tftypes.NewValue(kind, elements)
	case []any:
		elements := []tftypes.Value{}
		for _, element := range from {
			elements = append(elements, p.convert(elementType(kind), element))
		}
		return tftypes.NewValue(kind, elements)
	case map[string]any:
		if of, ok := kind.(tftypes.Map); ok {
			elements := map[string]tftypes.Value{}
			for key, element := range from {
				elements[key] = p.convert(of.ElementType, element)
			}
			return tftypes.NewValue(kind, elements)
		}
		object, ok := kind.(tftypes.Object)
		if !ok {
			p.t.Fatalf("%s is not an object", kind)
		}
		all := map[string]tftypes.Value{}
		for name, of := range object.AttributeTypes {
			all[name] = p.convert(of, from[name])
		}
		for name := range from {
			if _, ok := object.AttributeTypes[name]; !ok {
				p.t.Fatalf("the schema has no attribute %q", name)
			}
		}
		return tftypes.NewValue(kind, all)
	}
	p.t.Fatalf("a configuration cannot contain a %T", from)
	return tftypes.Value{}
}

// elementType returns the type of the elements of a list or a set, or the type itself if it is neither.
func elementType(kind tftypes.Type) tftypes.Type {
	switch of := kind.(type) {
	case tftypes.Set:
		return of.ElementType
	case tftypes.List:
		return of.ElementType
	}
	return kind
}

func (p *Protocol) actionServer() tfprotov6.ActionServer {
	p.t.Helper()
	server, ok := p.server.(tfprotov6.ActionServer)
	if !ok {
		p.t.Fatal("the provider has no actions")
	}
	return server
}

func (p *Protocol) listServer() tfprotov6.ListResourceServer {
	p.t.Helper()
	server, ok := p.server.(tfprotov6.ListResourceServer)
	if !ok {
		p.t.Fatal("the provider has no list resources")
	}
	return server
}

// ValidateProvider validates a provider block, and returns the diagnostics.
func (p *Protocol) ValidateProvider(config map[string]any) string {
	p.t.Helper()
	answer, err := p.server.ValidateProviderConfig(p.t.Context(), &tfprotov6.ValidateProviderConfigRequest{
		Config: p.configValue(p.schemas.Provider, config),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return FormatDiagnostics(answer.Diagnostics)
}

// ValidateResource validates the configuration of a resource, and returns the diagnostics.
func (p *Protocol) ValidateResource(name string, config map[string]any) string {
	p.t.Helper()
	schema := p.schemas.ResourceSchemas[name]
	if schema == nil {
		p.t.Fatalf("the provider has no resource %s", name)
	}
	answer, err := p.server.ValidateResourceConfig(p.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: name, Config: p.configValue(schema, config),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return FormatDiagnostics(answer.Diagnostics)
}

// ValidateDataSource validates the configuration of a data source, and returns the diagnostics.
func (p *Protocol) ValidateDataSource(name string, config map[string]any) string {
	p.t.Helper()
	answer, err := p.server.ValidateDataResourceConfig(p.t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{
		TypeName: name, Config: p.configValue(p.schemas.DataSourceSchemas[name], config),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return FormatDiagnostics(answer.Diagnostics)
}

// ReadDataSource reads a data source, and returns the diagnostics.
func (p *Protocol) ReadDataSource(name string, config map[string]any) string {
	p.t.Helper()
	schema := p.schemas.DataSourceSchemas[name]
	if schema == nil {
		p.t.Fatalf("the provider has no data source %s", name)
	}
	answer, err := p.server.ReadDataSource(
		p.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: p.configValue(schema, config)},
	)
	if err != nil {
		p.t.Fatal(err)
	}
	return FormatDiagnostics(answer.Diagnostics)
}

// OpenEphemeral opens an ephemeral resource, and returns the diagnostics.
func (p *Protocol) OpenEphemeral(name string, config map[string]any) string {
	p.t.Helper()
	schema := p.schemas.EphemeralResourceSchemas[name]
	if schema == nil {
		p.t.Fatalf("the provider has no ephemeral resource %s", name)
	}
	answer, err := p.server.OpenEphemeralResource(
		p.t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: name, Config: p.configValue(schema, config)},
	)
	if err != nil {
		p.t.Fatal(err)
	}
	return FormatDiagnostics(answer.Diagnostics)
}

// ValidateAction validates the configuration of an action, and returns the diagnostics.
func (p *Protocol) ValidateAction(name string, config map[string]any) string {
	p.t.Helper()
	answer, err := p.actionServer().ValidateActionConfig(
		p.t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: name, Config: p.actionConfig(name, config)},
	)
	if err != nil {
		p.t.Fatal(err)
	}
	return FormatDiagnostics(answer.Diagnostics)
}

// PlanAction plans an action, and returns the diagnostics.
func (p *Protocol) PlanAction(name string, config map[string]any) string {
	p.t.Helper()
	answer, err := p.actionServer().PlanAction(
		p.t.Context(), &tfprotov6.PlanActionRequest{ActionType: name, Config: p.actionConfig(name, config)},
	)
	if err != nil {
		p.t.Fatal(err)
	}
	return FormatDiagnostics(answer.Diagnostics)
}

// InvokeAction runs an action. It calls onProgress, which may be nil, with every progress message, and returns all
// messages and the diagnostics.
func (p *Protocol) InvokeAction(
	ctx context.Context, name string, config map[string]any, onProgress func(message string),
) (messages []string, diagnostics string) {
	p.t.Helper()
	stream, err := p.actionServer().InvokeAction(
		ctx, &tfprotov6.InvokeActionRequest{ActionType: name, Config: p.actionConfig(name, config)},
	)
	if err != nil {
		p.t.Fatal(err)
	}
	completed := false
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			if completed {
				p.t.Errorf("progress message after the end of the action: %s", event.Message)
			}
			messages = append(messages, event.Message)
			if onProgress != nil {
				onProgress(event.Message)
			}
		case tfprotov6.CompletedInvokeActionEventType:
			completed, diagnostics = true, FormatDiagnostics(event.Diagnostics)
		}
	}
	if !completed {
		p.t.Error("the action sent no completed event")
	}
	return messages, diagnostics
}

func (p *Protocol) actionConfig(name string, config map[string]any) *tfprotov6.DynamicValue {
	p.t.Helper()
	schema := p.schemas.ActionSchemas[name]
	if schema == nil {
		p.t.Fatalf("the provider has no action %s", name)
	}
	return p.configValue(schema.Schema, config)
}

// ListResult is a result of a list resource.
type ListResult struct {
	Name string
	// ID is the id of the identity, as region/UUID.
	ID string
	// Resource is null unless the query includes resources.
	Resource tftypes.Value
	// Diagnostics contains the diagnostics.
	Diagnostics string
}

// ResultNames returns the names of list results in fr-par, and checks that they have no diagnostics.
func ResultNames(t testing.TB, results []ListResult) []string {
	t.Helper()
	all := []string{}
	for _, result := range results {
		if result.Diagnostics != "" {
			t.Errorf("%s: %s", result.Name, result.Diagnostics)
		}
		if !strings.HasPrefix(result.ID, "fr-par/") {
			t.Errorf("%s has the identity %s", result.Name, result.ID)
		}
		all = append(all, result.Name)
	}
	return all
}

// ValidateList validates the configuration of a list resource, and returns the diagnostics.
func (p *Protocol) ValidateList(name string, config map[string]any) string {
	p.t.Helper()
	answer, err := p.listServer().ValidateListResourceConfig(
		p.t.Context(), &tfprotov6.ValidateListResourceConfigRequest{
			TypeName: name, Config: p.configValue(p.schemas.ListResourceSchemas[name], config),
		},
	)
	if err != nil {
		p.t.Fatal(err)
	}
	return FormatDiagnostics(answer.Diagnostics)
}

// List queries a list resource. A limit of 0 means no limit.
func (p *Protocol) List(name string, config map[string]any, includeResource bool, limit int64) []ListResult {
	p.t.Helper()
	stream, err := p.listServer().ListResource(p.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: name, Config: p.configValue(
			p.schemas.ListResourceSchemas[name], config,
		), IncludeResource: includeResource,
		Limit: limit,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	found := []ListResult{}
	for result := range stream.Results {
		item := ListResult{Name: result.DisplayName, Diagnostics: FormatDiagnostics(result.Diagnostics)}
		if result.Identity != nil {
			item.ID = p.identityID(name, result.Identity)
		}
		if result.Resource != nil {
			if item.Resource, err = result.Resource.Unmarshal(p.schemas.ResourceSchemas[name].ValueType()); err != nil {
				p.t.Fatal(err)
			}
		}
		found = append(found, item)
	}
	return found
}

// identityID returns the id of an identity, as region/UUID.
func (p *Protocol) identityID(name string, identity *tfprotov6.ResourceIdentityData) string {
	p.t.Helper()
	all, err := p.server.GetResourceIdentitySchemas(p.t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		p.t.Fatal(err)
	}
	value, err := identity.IdentityData.Unmarshal(all.IdentitySchemas[name].ValueType())
	if err != nil {
		p.t.Fatal(err)
	}
	attributes, texts := map[string]tftypes.Value{}, map[string]string{}
	if err := value.As(&attributes); err != nil {
		p.t.Fatal(err)
	}
	for _, attribute := range slices.Sorted(maps.Keys(attributes)) {
		var text string
		if err := attributes[attribute].As(&text); err != nil {
			p.t.Fatal(err)
		}
		texts[attribute] = text
	}
	return texts["region"] + "/" + texts["id"]
}

// ImportState imports a resource by its id, reads it, and returns its state.
func (p *Protocol) ImportState(name, id string) tftypes.Value {
	p.t.Helper()
	answer, err := p.server.ImportResourceState(
		p.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: name, ID: id},
	)
	if err != nil {
		p.t.Fatal(err)
	}
	p.requireNoDiagnostics(answer.Diagnostics)
	if len(answer.ImportedResources) != 1 {
		p.t.Fatalf("the import returns %d resources, want 1", len(answer.ImportedResources))
	}
	imported := answer.ImportedResources[0]
	read, err := p.server.ReadResource(p.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: name, CurrentState: imported.State, Private: imported.Private, CurrentIdentity: imported.Identity,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.requireNoDiagnostics(read.Diagnostics)
	value, err := read.NewState.Unmarshal(p.schemas.ResourceSchemas[name].ValueType())
	if err != nil {
		p.t.Fatal(err)
	}
	return value
}

// FormatDiagnostics returns diagnostics as text: "SEVERITY: summary [attribute]", then the detail, with blank lines
// between them.
func FormatDiagnostics(diagnostics []*tfprotov6.Diagnostic) string {
	parts := []string{}
	for _, d := range diagnostics {
		part := d.Severity.String() + ": " + d.Summary
		if d.Attribute != nil {
			part += " [" + d.Attribute.String() + "]"
		}
		parts = append(parts, part+"\n"+d.Detail)
	}
	return strings.Join(parts, "\n\n")
}

// ImportByIdentity imports a resource by {region, id}, which not every CLI supports. A nil region is null. It returns
// the id in the state, and the diagnostics.
func (p *Protocol) ImportByIdentity(kind string, region any, id string) (imported, diagnostics string) {
	p.t.Helper()
	identity := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"region": tftypes.String, "id": tftypes.String}}
	value, err := tfprotov6.NewDynamicValue(identity, tftypes.NewValue(identity, map[string]tftypes.Value{
		"region": tftypes.NewValue(tftypes.String, region), "id": tftypes.NewValue(tftypes.String, id),
	}))
	if err != nil {
		p.t.Fatal(err)
	}
	answer, err := p.server.ImportResourceState(
		p.t.Context(), &tfprotov6.ImportResourceStateRequest{
			TypeName: kind, Identity: &tfprotov6.ResourceIdentityData{IdentityData: &value},
		},
	)
	if err != nil {
		p.t.Fatal(err)
	}
	if len(answer.ImportedResources) == 0 {
		return "", FormatDiagnostics(answer.Diagnostics)
	}
	state, err := answer.ImportedResources[0].State.Unmarshal(p.schemas.ResourceSchemas[kind].ValueType())
	if err != nil {
		p.t.Fatal(err)
	}
	attributes := map[string]tftypes.Value{}
	if err := state.As(&attributes); err != nil {
		p.t.Fatal(err)
	}
	if attributes["id"].IsNull() {
		return "", FormatDiagnostics(answer.Diagnostics)
	}
	if err := attributes["id"].As(&imported); err != nil {
		p.t.Fatal(err)
	}
	return imported, FormatDiagnostics(answer.Diagnostics)
}
