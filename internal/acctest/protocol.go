package acctest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-srm/terraform-provider-srm/internal/provider"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// Protocol is the provider as a CLI talks to it, configured for the sandbox: for what the CLI of a run may be too old
// for.
type Protocol struct {
	t       testing.TB
	server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
}

// Protocol starts the provider; options come on top of those of Providers.
func (e *Env) Protocol(t testing.TB, options ...provider.Option) *Protocol {
	t.Helper()
	return e.ProtocolAs(t, sandbox.AccessKey, sandbox.SecretKey, options...)
}

// ProtocolAs is Protocol with another API key.
func (e *Env) ProtocolAs(t testing.TB, accessKey, secretKey string, options ...provider.Option) *Protocol {
	t.Helper()
	server, err := providerserver.NewProtocol6WithError(provider.New("test", append(e.options(), options...)...)())()
	if err != nil {
		t.Fatal(err)
	}
	p := &Protocol{t: t, server: server}
	if p.schemas, err = server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		t.Fatal(err)
	}
	p.clean(p.schemas.Diagnostics)
	answer, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "test",
		Config: p.value(p.schemas.Provider, map[string]any{
			"api_url": e.URL, "access_key": accessKey, "secret_key": secretKey, "organization_id": sandbox.OrganizationID,
			"project_id":   sandbox.ProjectID,
			"hds_contract": map[string]any{"reference": "HDS-2026-001", "signed_on": "2026-01-15"},
		})})
	if err != nil {
		t.Fatal(err)
	}
	// What the clock of a test makes of the contract warns; the provider's own tests hold its warnings.
	p.clean(slices.DeleteFunc(answer.Diagnostics, func(d *tfprotov6.Diagnostic) bool {
		return d.Severity == tfprotov6.DiagnosticSeverityWarning
	}))
	return p
}

// Schemas are all that the provider declares.
func (p *Protocol) Schemas() *tfprotov6.GetProviderSchemaResponse { return p.schemas }

// Server is the provider itself.
func (p *Protocol) Server() tfprotov6.ProviderServer { return p.server }

func (p *Protocol) clean(diagnostics []*tfprotov6.Diagnostic) {
	p.t.Helper()
	if len(diagnostics) > 0 {
		p.t.Fatal(Shown(diagnostics))
	}
}

// Unknown is a configured value that is not known yet.
const Unknown = unknown("unknown")

type unknown string

// value is a configuration: texts, numbers, lists and sets, objects, and maps; what it leaves out is null.
func (p *Protocol) value(schema *tfprotov6.Schema, config map[string]any) *tfprotov6.DynamicValue {
	p.t.Helper()
	kind := schema.ValueType()
	value, err := tfprotov6.NewDynamicValue(kind, p.convert(kind, config))
	if err != nil {
		p.t.Fatal(err)
	}
	return &value
}

func (p *Protocol) convert(kind tftypes.Type, from any) tftypes.Value {
	p.t.Helper()
	switch from := from.(type) {
	case nil, string, bool, int64, float64:
		return tftypes.NewValue(kind, from)
	case unknown:
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
			p.t.Fatalf("%s is no set", kind)
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
			p.t.Fatalf("%s is no object", kind)
		}
		all := map[string]tftypes.Value{}
		for name, of := range object.AttributeTypes {
			all[name] = p.convert(of, from[name])
		}
		for name := range from {
			if _, ok := object.AttributeTypes[name]; !ok {
				p.t.Fatalf("there is no attribute %q", name)
			}
		}
		return tftypes.NewValue(kind, all)
	}
	p.t.Fatalf("a configuration cannot have %T", from)
	return tftypes.Value{}
}

// elementType is that of a list or a set, else the type itself.
func elementType(kind tftypes.Type) tftypes.Type {
	switch of := kind.(type) {
	case tftypes.Set:
		return of.ElementType
	case tftypes.List:
		return of.ElementType
	}
	return kind
}

func (p *Protocol) actions() tfprotov6.ActionServer {
	p.t.Helper()
	server, ok := p.server.(tfprotov6.ActionServer)
	if !ok {
		p.t.Fatal("the provider has no actions")
	}
	return server
}

func (p *Protocol) lists() tfprotov6.ListResourceServer {
	p.t.Helper()
	server, ok := p.server.(tfprotov6.ListResourceServer)
	if !ok {
		p.t.Fatal("the provider has no list resources")
	}
	return server
}

// ValidateProvider is what the validation of the provider block says; "" is nothing.
func (p *Protocol) ValidateProvider(config map[string]any) string {
	p.t.Helper()
	answer, err := p.server.ValidateProviderConfig(p.t.Context(), &tfprotov6.ValidateProviderConfigRequest{
		Config: p.value(p.schemas.Provider, config),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return Shown(answer.Diagnostics)
}

// ValidateResource is what the validation of a resource says; "" is nothing.
func (p *Protocol) ValidateResource(name string, config map[string]any) string {
	p.t.Helper()
	schema := p.schemas.ResourceSchemas[name]
	if schema == nil {
		p.t.Fatalf("there is no resource %s", name)
	}
	answer, err := p.server.ValidateResourceConfig(p.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: name, Config: p.value(schema, config),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return Shown(answer.Diagnostics)
}

// ValidateData is what the validation of a data source says; "" is nothing.
func (p *Protocol) ValidateData(name string, config map[string]any) string {
	p.t.Helper()
	answer, err := p.server.ValidateDataResourceConfig(p.t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{
		TypeName: name, Config: p.value(p.schemas.DataSourceSchemas[name], config),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return Shown(answer.Diagnostics)
}

// ReadData is what a data source says when it is read; "" is nothing.
func (p *Protocol) ReadData(name string, config map[string]any) string {
	p.t.Helper()
	schema := p.schemas.DataSourceSchemas[name]
	if schema == nil {
		p.t.Fatalf("there is no data source %s", name)
	}
	answer, err := p.server.ReadDataSource(
		p.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: p.value(schema, config)},
	)
	if err != nil {
		p.t.Fatal(err)
	}
	return Shown(answer.Diagnostics)
}

// OpenEphemeral is what an ephemeral resource says when it is opened; "" is nothing.
func (p *Protocol) OpenEphemeral(name string, config map[string]any) string {
	p.t.Helper()
	schema := p.schemas.EphemeralResourceSchemas[name]
	if schema == nil {
		p.t.Fatalf("there is no ephemeral resource %s", name)
	}
	answer, err := p.server.OpenEphemeralResource(
		p.t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: name, Config: p.value(schema, config)},
	)
	if err != nil {
		p.t.Fatal(err)
	}
	return Shown(answer.Diagnostics)
}

// ValidateAction is what the validation of an action says; "" is nothing.
func (p *Protocol) ValidateAction(name string, config map[string]any) string {
	p.t.Helper()
	answer, err := p.actions().ValidateActionConfig(
		p.t.Context(), &tfprotov6.ValidateActionConfigRequest{ActionType: name, Config: p.action(name, config)},
	)
	if err != nil {
		p.t.Fatal(err)
	}
	return Shown(answer.Diagnostics)
}

// PlanAction is what the plan of an action says; "" is nothing.
func (p *Protocol) PlanAction(name string, config map[string]any) string {
	p.t.Helper()
	answer, err := p.actions().PlanAction(
		p.t.Context(), &tfprotov6.PlanActionRequest{ActionType: name, Config: p.action(name, config)},
	)
	if err != nil {
		p.t.Fatal(err)
	}
	return Shown(answer.Diagnostics)
}

// InvokeAction runs an action. heard, which may be nil, gets every progress message at once; all of them are returned,
// with what the action says at its end.
func (p *Protocol) InvokeAction(
	ctx context.Context, name string, config map[string]any, heard func(message string),
) (messages []string, said string) {
	p.t.Helper()
	stream, err := p.actions().InvokeAction(
		ctx, &tfprotov6.InvokeActionRequest{ActionType: name, Config: p.action(name, config)},
	)
	if err != nil {
		p.t.Fatal(err)
	}
	completed := false
	for event := range stream.Events {
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			if completed {
				p.t.Errorf("progress after the end: %s", event.Message)
			}
			messages = append(messages, event.Message)
			if heard != nil {
				heard(event.Message)
			}
		case tfprotov6.CompletedInvokeActionEventType:
			completed, said = true, Shown(event.Diagnostics)
		}
	}
	if !completed {
		p.t.Error("the action has not ended")
	}
	return messages, said
}

func (p *Protocol) action(name string, config map[string]any) *tfprotov6.DynamicValue {
	p.t.Helper()
	schema := p.schemas.ActionSchemas[name]
	if schema == nil {
		p.t.Fatalf("there is no action %s", name)
	}
	return p.value(schema.Schema, config)
}

// Listed is a result of a list resource.
type Listed struct {
	Name string
	// ID is that of the identity; Resource is null where it was not asked for.
	ID       string
	Resource tftypes.Value
	// Said are the diagnostics, "" where there are none.
	Said string
}

// ValidateList is what the validation of a list resource says; "" is nothing.
func (p *Protocol) ValidateList(name string, config map[string]any) string {
	p.t.Helper()
	answer, err := p.lists().ValidateListResourceConfig(
		p.t.Context(), &tfprotov6.ValidateListResourceConfigRequest{
			TypeName: name, Config: p.value(p.schemas.ListResourceSchemas[name], config),
		},
	)
	if err != nil {
		p.t.Fatal(err)
	}
	return Shown(answer.Diagnostics)
}

// List queries a list resource; a limit of 0 is none.
func (p *Protocol) List(name string, config map[string]any, whole bool, limit int64) []Listed {
	p.t.Helper()
	stream, err := p.lists().ListResource(p.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: name, Config: p.value(p.schemas.ListResourceSchemas[name], config), IncludeResource: whole, Limit: limit,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	found := []Listed{}
	for result := range stream.Results {
		one := Listed{Name: result.DisplayName, Said: Shown(result.Diagnostics)}
		if result.Identity != nil {
			one.ID = p.identified(name, result.Identity)
		}
		if result.Resource != nil {
			if one.Resource, err = result.Resource.Unmarshal(p.schemas.ResourceSchemas[name].ValueType()); err != nil {
				p.t.Fatal(err)
			}
		}
		found = append(found, one)
	}
	return found
}

// identified is the id of an identity, as `region/UUID`.
func (p *Protocol) identified(name string, identity *tfprotov6.ResourceIdentityData) string {
	p.t.Helper()
	all, err := p.server.GetResourceIdentitySchemas(p.t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		p.t.Fatal(err)
	}
	value, err := identity.IdentityData.Unmarshal(all.IdentitySchemas[name].ValueType())
	if err != nil {
		p.t.Fatal(err)
	}
	parts, texts := map[string]tftypes.Value{}, map[string]string{}
	if err := value.As(&parts); err != nil {
		p.t.Fatal(err)
	}
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		var text string
		if err := parts[part].As(&text); err != nil {
			p.t.Fatal(err)
		}
		texts[part] = text
	}
	return texts["region"] + "/" + texts["id"]
}

// Imported is the state of a resource after an import by its id and the read that follows it.
func (p *Protocol) Imported(name, id string) tftypes.Value {
	p.t.Helper()
	answer, err := p.server.ImportResourceState(
		p.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: name, ID: id},
	)
	if err != nil {
		p.t.Fatal(err)
	}
	p.clean(answer.Diagnostics)
	if len(answer.ImportedResources) != 1 {
		p.t.Fatalf("%d resources are imported", len(answer.ImportedResources))
	}
	one := answer.ImportedResources[0]
	read, err := p.server.ReadResource(p.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: name, CurrentState: one.State, Private: one.Private, CurrentIdentity: one.Identity,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.clean(read.Diagnostics)
	value, err := read.NewState.Unmarshal(p.schemas.ResourceSchemas[name].ValueType())
	if err != nil {
		p.t.Fatal(err)
	}
	return value
}

// Shown writes diagnostics as a user reads them.
func Shown(diagnostics []*tfprotov6.Diagnostic) string {
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

// ImportByIdentity imports a resource by {region, id}, for the CLIs that cannot; a nil region is left out. It returns
// the id that the state gets, and what was said.
func (p *Protocol) ImportByIdentity(kind string, region any, id string) (imported, said string) {
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
		return "", Shown(answer.Diagnostics)
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
		return "", Shown(answer.Diagnostics)
	}
	if err := attributes["id"].As(&imported); err != nil {
		p.t.Fatal(err)
	}
	return imported, Shown(answer.Diagnostics)
}
