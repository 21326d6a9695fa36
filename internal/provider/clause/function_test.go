package clause_test

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// callClause calls the function over the provider protocol.
func callClause(
	t *testing.T, server tfprotov6.ProviderServer, id string,
) (map[string]tftypes.Value, *tfprotov6.FunctionError) {
	t.Helper()
	argument, err := tfprotov6.NewDynamicValue(tftypes.String, tftypes.NewValue(tftypes.String, id))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := server.CallFunction(
		t.Context(), &tfprotov6.CallFunctionRequest{Name: "clause", Arguments: []*tfprotov6.DynamicValue{&argument}},
	)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Error != nil {
		return nil, answer.Error
	}
	functions, err := server.GetFunctions(t.Context(), &tfprotov6.GetFunctionsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	result, err := answer.Result.Unmarshal(functions.Functions["clause"].Return.Type)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]tftypes.Value{}
	if err := result.As(&fields); err != nil {
		t.Fatal(err)
	}
	return fields, nil
}

func newServer(t *testing.T) tfprotov6.ProviderServer {
	t.Helper()
	server, err := acctest.New(t).ProviderFactories()["srm"]()
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// stringValue returns a string of the result, or "" for null.
func stringValue(t *testing.T, value tftypes.Value) string {
	t.Helper()
	var found *string
	if err := value.As(&found); err != nil {
		t.Fatal(err)
	}
	if found == nil {
		return ""
	}
	return *found
}

// TestEveryClause compares the result of the function with the catalogue, for every clause.
func TestEveryClause(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	all := responsibility.EmbeddedCatalogue().Clauses
	if len(all) == 0 {
		t.Fatal("the catalogue is empty")
	}
	for _, c := range all {
		found, problem := callClause(t, server, c.ID)
		if problem != nil {
			t.Errorf("%s: %s", c.ID, problem.Text)
			continue
		}
		for name, want := range map[string]string{
			"id": c.ID, "chapter": c.Chapter, "section": c.Section, "title": c.Title.EN, "title_fr": c.Title.FR,
			"text": c.Text.EN, "text_fr": c.Text.FR,
			"citation": c.Citation(), "party": c.Party, "applies_to": c.AppliesTo,
		} {
			if got := stringValue(t, found[name]); got != want {
				t.Errorf("%s: %s is %q, want %q", c.ID, name, got, want)
			}
		}
		if found["interpretation"].IsNull() != (c.Interpretation == nil) {
			t.Errorf("%s: interpretation %s", c.ID, found["interpretation"])
		}
		for name, want := range map[string]int{"parts": len(c.Parts), "enforced_by": len(c.EnforcedBy),
			"components": len(c.Components), "hds": len(c.HDS),
			"iso27001": len(c.ISO27001), "lines": len(c.Lines)} {
			var list []tftypes.Value
			if err := found[name].As(&list); err != nil || found[name].IsNull() || len(list) != want {
				t.Errorf("%s: %s has %d elements, want %d, %v", c.ID, name, len(list), want, err)
			}
			for i, one := range list {
				switch name {
				case "parts":
					checkPart(t, c.ID, one, c.Parts[i])
				case "enforced_by":
					checkEnforcement(t, c.ID, one, c.EnforcedBy[i])
				}
			}
		}
	}
}

func objectFields(t *testing.T, value tftypes.Value) map[string]tftypes.Value {
	t.Helper()
	fields := map[string]tftypes.Value{}
	if err := value.As(&fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

func stringValues(t *testing.T, value tftypes.Value) []string {
	t.Helper()
	var list []tftypes.Value
	if err := value.As(&list); err != nil || value.IsNull() {
		t.Fatal(value, err)
	}
	var texts []string
	for _, one := range list {
		texts = append(texts, stringValue(t, one))
	}
	return texts
}

func checkPart(t *testing.T, id string, shown tftypes.Value, want responsibility.Part) {
	t.Helper()
	fields := objectFields(t, shown)
	var planned bool
	if err := fields["planned"].As(&planned); err != nil || planned != want.IsPlanned() {
		t.Errorf("%s: part %s is planned: %t, %v", id, want.Key, planned, err)
	}
	got := responsibility.Part{
		Key: stringValue(t, fields["key"]), Text: responsibility.Text{
			EN: stringValue(t, fields["text"]), FR: stringValue(t, fields["text_fr"]),
		}, By: stringValue(t, fields["by"]),
		Name: stringValue(t, fields["name"]), AppliesTo: stringValue(t, fields["applies_to"]),
		Indicators: stringValues(t,
			fields["indicators"]), Needs: stringValues(t, fields["needs"]),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: a part is %+v, want %+v", id, got, want)
	}
}

func checkEnforcement(t *testing.T, id string, shown tftypes.Value, want responsibility.Enforcement) {
	t.Helper()
	fields := objectFields(t, shown)
	got := responsibility.Enforcement{
		Resource: stringValue(t, fields["resource"]), Refuses: responsibility.Text{
			EN: stringValue(t, fields["refuses"]), FR: stringValue(t, fields["refuses_fr"]),
		},
		NotCovered: responsibility.Text{
			EN: stringValue(t, fields["not_covered"]), FR: stringValue(t, fields["not_covered_fr"]),
		}, AppliesTo: stringValue(t, fields["applies_to"]),
	}
	if got != want {
		t.Errorf("%s: enforced by %+v, want %+v", id, got, want)
	}
}

func TestUnknownIDs(t *testing.T) {
	t.Parallel()
	server := newServer(t)
	similar := func(prefix string) string {
		ids := []string{}
		for _, c := range responsibility.EmbeddedCatalogue().Clauses {
			if regexp.MustCompile(`^` + prefix + `-\d+$`).MatchString(c.ID) {
				ids = append(ids, c.ID)
			}
		}
		return fmt.Sprintf("Ids that begin with %s: %s", prefix, strings.Join(ids, ", "))
	}
	sections := `Ids are upper case, such as "HDS-RES-01", and begin with one of ` + strings.Join(
		responsibility.Sections(), ", ",
	)
	for id, want := range map[string]string{
		"HDS-RES-99": `"HDS-RES-99" is not a clause of the model. ` + similar("HDS-RES"),
		"lif-99":     `"lif-99" is not a clause of the model. ` + similar("LIF"),
		"HDS-RES":    `"HDS-RES" is not a clause of the model. ` + similar("HDS-RES"),
		"hds-res-01": `"hds-res-01" is not a clause of the model: ids are upper case, without surrounding spaces. ` +
			`Write ` +
			`"HDS-RES-01"`,
		" LIF-01 ": `" LIF-01 " is not a clause of the model: ids are upper case, without surrounding spaces. Write ` +
			`"LIF-01"`,
		"ISO-1": `"ISO-1" is not a clause of the model. ` + sections,
		"":      `"" is not a clause of the model. ` + sections,
	} {
		_, problem := callClause(t, server, id)
		if problem == nil || problem.Text != want || problem.FunctionArgument == nil || *problem.FunctionArgument != 0 {
			t.Errorf("%q: got %+v, want %q", id, problem, want)
		}
	}
}

func TestClauseWithCLI(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	expect := func(name string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownOutputValueAtPath("one", tfjsonpath.New(name), want)
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: `output "one" { value = provider::srm::clause("hds-res-01") }`,
		ExpectError: regexp.MustCompile(
			`(?s)Invalid\s+value\s+for\s+"id"\s+parameter:\s+"hds-res-01"\s+is\s+not\s+a\s+` +
				`clause\s+of\s+the\s+model:\s+` +
				`ids\s+are\s+upper\s+case,\s+without\s+surrounding\s+spaces.\s+Write\s+"HDS-RES-01"\.\s`,
		),
	}, {
		Config:      `output "one" { value = provider::srm::clause(null) }`,
		ExpectError: regexp.MustCompile(`Invalid value for "id" parameter: argument must not be null\.`),
	}, {
		Config: `output "one" { value = provider::srm::clause("HDS-RES-01") }`,
		ConfigStateChecks: []statecheck.StateCheck{
			expect("id", knownvalue.StringExact("HDS-RES-01")), expect(
				"section", knownvalue.StringExact("Data residency"),
			),
			expect(
				"chapter", knownvalue.StringExact("Specific provisions for HDS"),
			), expect("party", knownvalue.StringExact("customer")),
			expect("applies_to", knownvalue.StringExact("hds")), expect("interpretation", knownvalue.Null()),
			expect("citation", knownvalue.StringExact(`HDS-RES-01 (Specific provisions for HDS, "Data residency")`)),
			expect("parts",
				knownvalue.ListPartial(map[int]knownvalue.Check{0: knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"key": knownvalue.StringExact("region"), "by": knownvalue.StringExact("check"),
					"name": knownvalue.StringExact("cluster_region"),
				})})),
			expect("enforced_by",
				knownvalue.ListPartial(map[int]knownvalue.Check{0: knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"resource":    knownvalue.StringExact("srm_hds_cluster"),
					"not_covered": knownvalue.StringExact("Clusters made by other means."),
				})})),
			expect("lines", knownvalue.ListExact([]knownvalue.Check{knownvalue.Int64Exact(283)})),
		},
	}, {
		Config: `resource "terraform_data" "later" { input = "LIF-01" }
output "one" { value = provider::srm::clause(terraform_data.later.output) }`,
		ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply: []plancheck.PlanCheck{plancheck.ExpectUnknownOutputValue("one")},
		},
		ConfigStateChecks: []statecheck.StateCheck{expect("id", knownvalue.StringExact("LIF-01"))},
	}}})
	if requests := env.AllRequests(); len(requests) > 0 {
		t.Errorf("the function sent requests: %v", requests)
	}
}
