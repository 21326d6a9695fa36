package acctest

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// ApplyHCL configures the resource like the resource of a text, in which nothing refers to other objects. It validates,
// plans and applies as a CLI does, and checks that the plan has an action, that no step fails or contradicts the plan,
// and that the next plan is empty.
func (l *ResourceLifecycle) ApplyHCL(text, wantAction string) {
	l.t.Helper()
	config := resourceConfig(l.t, text)
	l.Configure(config)
	invalid := l.protocol.ValidateResource(l.typeName, config)
	action, diagnostics, bugs := l.ApplyWithKnownValues(l.t.Context(), config)
	if diagnostics = invalid + diagnostics; strings.Contains(diagnostics, "ERROR") || len(bugs) > 0 {
		l.t.Fatalf("%v\n%s\nin: %s", bugs, diagnostics, text)
	}
	if action != wantAction {
		l.t.Errorf("the plan is %s, want %s, for: %s", action, wantAction, text)
	}
	if next, diagnostics := l.Plan(l.t.Context()); next != "no-op" {
		l.t.Errorf("the second plan is %s: %s\nfor: %s", next, diagnostics, text)
	}
}

// MustDestroy destroys the resource, and ends the test if that fails.
func (l *ResourceLifecycle) MustDestroy() {
	l.t.Helper()
	if diagnostics := l.Destroy(l.t.Context()); l.Exists() || strings.Contains(diagnostics, "ERROR") {
		l.t.Fatal(diagnostics)
	}
}

// resourceConfig returns the configuration of the only resource of a text.
func resourceConfig(t testing.TB, text string) map[string]any {
	t.Helper()
	file, problems := hclparse.NewParser().ParseHCL([]byte(text), "main.tf")
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok || len(body.Blocks) != 1 || body.Blocks[0].Type != "resource" || len(body.Blocks[0].Body.Blocks) > 0 {
		t.Fatalf("the text is not one resource without blocks: %s", text)
	}
	config := map[string]any{}
	for name, attribute := range body.Blocks[0].Body.Attributes {
		value, problems := attribute.Expr.Value(&hcl.EvalContext{})
		if problems.HasErrors() {
			t.Fatal(problems)
		}
		config[name] = fromCty(t, value)
	}
	return config
}

// fromCty returns a value of HCL as a value of a configuration.
func fromCty(t testing.TB, value cty.Value) any {
	t.Helper()
	kind := value.Type()
	switch {
	case value.IsNull():
		return nil
	case kind == cty.String:
		return value.AsString()
	case kind == cty.Bool:
		return value.True()
	case kind == cty.Number:
		number, _ := value.AsBigFloat().Float64()
		return number
	case kind.IsObjectType():
		object := map[string]any{}
		for name, attribute := range value.AsValueMap() {
			object[name] = fromCty(t, attribute)
		}
		return object
	case kind.IsTupleType():
		list := []any{}
		for _, element := range value.AsValueSlice() {
			list = append(list, fromCty(t, element))
		}
		return list
	}
	t.Fatalf("a configuration cannot contain a %s", kind.FriendlyName())
	return nil
}
