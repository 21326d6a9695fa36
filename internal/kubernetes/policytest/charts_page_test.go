package policytest

import (
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// pageRow is one row of the guide: a setting without which the policies refuse a chart object.
type pageRow struct {
	// product is the heading above the row, setting is its second cell. A row about the guardrails has an entry of an
	// attribute, which the test removes from the configuration of the guide.
	product, setting string
	object           string
	// patch changes the object to what the chart renders without the value. It is empty for rows about the guardrails.
	patch   string
	refused decision
}

// guidePage is the guide with its example configuration.
type guidePage struct {
	text     string
	example  string
	products []string
	// needNothing holds the products without settings. rows are the rows of the other products.
	needNothing map[string]bool
	rows        []pageRow
}

var (
	includePattern = regexp.MustCompile(`tffile "([^"]+)"`)
	headingPattern = regexp.MustCompile(`^## (.+)$`)
	rowPattern     = regexp.MustCompile(`^\| (guardrails|values) \| (.+?) \| .+ \|$`)
	// entryPattern matches one entry of an attribute of the guardrails.
	entryPattern = regexp.MustCompile("^`([a-z_]+(?:[.]exemptions)?)`: `([^`]+)`$")
)

// readPage reads the guide and matches its rows with the tested ones.
func readPage(t *testing.T) *guidePage {
	t.Helper()
	raw, err := os.ReadFile(repositoryPath("templates", "guides", "charts-under-guardrails.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	p := &guidePage{text: string(raw), needNothing: map[string]bool{}}
	example := includePattern.FindStringSubmatch(p.text)
	if example == nil {
		t.Fatal("the guide has no example configuration")
	}
	p.example = repositoryPath(filepath.FromSlash(example[1]))
	tested, product, used := pageRows(), "", map[int]bool{}
	for line := range strings.Lines(p.text) {
		line = strings.TrimSpace(line)
		if found := headingPattern.FindStringSubmatch(line); found != nil {
			product = found[1]
		}
		if strings.HasPrefix(line, "No settings are needed") {
			p.needNothing[product] = true
			p.products = append(p.products, product)
		}
		found := rowPattern.FindStringSubmatch(line)
		if found == nil {
			continue
		}
		if !slices.Contains(p.products, product) {
			p.products = append(p.products, product)
		}
		i := slices.IndexFunc(tested, func(r pageRow) bool { return r.product == product && r.setting == found[2] })
		if i < 0 {
			t.Errorf("the guide has the setting %s for %s, which is not tested", found[2], product)
			continue
		}
		isGuardrails := tested[i].patch == ""
		if used[i] || isGuardrails != (found[1] == "guardrails") || isGuardrails &&
			!entryPattern.MatchString(found[2]) {
			t.Errorf("the row %s for %s is a duplicate or has the wrong type", found[2], product)
		}
		used[i] = true
		p.rows = append(p.rows, tested[i])
	}
	for i, r := range tested {
		if !used[i] {
			t.Errorf("the setting %s for %s is tested but not in the guide", r.setting, r.product)
		}
	}
	return p
}

// guardrailsConfig returns the configuration of srm_hds_guardrails in the example of the guide.
func (p *guidePage) guardrailsConfig(t *testing.T, cluster string) map[string]any {
	t.Helper()
	file, diags := hclparse.NewParser().ParseHCLFile(p.example)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		t.Fatalf("unexpected type of the body: %T", file.Body)
	}
	values := &hcl.EvalContext{Variables: map[string]cty.Value{
		"var": cty.ObjectVal(map[string]cty.Value{
			"cluster_id": cty.StringVal(cluster), "passphrase": cty.StringVal(passphrase),
		}),
	}}
	for _, block := range body.Blocks {
		if block.Type != "resource" || block.Labels[0] != "srm_hds_guardrails" {
			continue
		}
		config := map[string]any{}
		for name, attribute := range block.Body.Attributes {
			value, diags := attribute.Expr.Value(values)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			config[name] = plainValue(t, value)
		}
		return config
	}
	t.Fatalf("%s has no srm_hds_guardrails", p.example)
	return nil
}

// plainValue converts an HCL value to the types of test configurations.
func plainValue(t *testing.T, value cty.Value) any {
	t.Helper()
	switch kind := value.Type(); {
	case kind == cty.String:
		return value.AsString()
	case kind == cty.Bool:
		return value.True()
	case kind == cty.Number:
		number, accuracy := value.AsBigFloat().Int64()
		if accuracy != big.Exact {
			t.Fatalf("%s is not an integer", value.AsBigFloat())
		}
		return number
	case kind.IsObjectType() || kind.IsMapType():
		fields := map[string]any{}
		for name, field := range value.AsValueMap() {
			fields[name] = plainValue(t, field)
		}
		return fields
	case kind.IsTupleType() || kind.IsListType() || kind.IsSetType():
		elements := []any{}
		for _, element := range value.AsValueSlice() {
			elements = append(elements, plainValue(t, element))
		}
		return elements
	}
	t.Fatalf("unsupported type %s", value.Type().FriendlyName())
	return nil
}

// withoutEntry returns a configuration without one entry of an attribute, in the format of the rows. It keeps an empty
// list, because the default may differ.
func withoutEntry(t *testing.T, config map[string]any, setting string) map[string]any {
	t.Helper()
	found := entryPattern.FindStringSubmatch(setting)
	if found == nil {
		t.Fatalf("%q is not an entry of the guardrails", setting)
	}
	name, field, nested := strings.Cut(found[1], ".")
	holder, changed := config, maps.Clone(config)
	if nested {
		inner, ok := config[name].(map[string]any)
		if !ok {
			t.Fatalf("the configuration has no %s", found[1])
		}
		holder = inner
		copied := maps.Clone(inner)
		changed[name], name = copied, field
		copied[name] = withoutElement(t, holder[name], found[2])
		return changed
	}
	changed[name] = withoutElement(t, holder[name], found[2])
	return changed
}

// withoutElement returns a list without the element of a name.
func withoutElement(t *testing.T, list any, name string) []any {
	t.Helper()
	elements, ok := list.([]any)
	if !ok {
		t.Fatalf("%v is not a list", list)
	}
	remaining := slices.DeleteFunc(
		slices.Clone(elements), func(element any) bool { return elementName(element) == name },
	)
	if len(remaining) != len(elements)-1 {
		t.Fatalf("%s does not occur exactly once in %v", name, list)
	}
	return remaining
}

// elementName returns the namespace of an exemption, or the element itself.
func elementName(element any) string {
	if fields, ok := element.(map[string]any); ok {
		element = fields["namespace"]
	}
	name, _ := element.(string)
	return name
}

// listEntries returns all list entries of a configuration in the format of the rows.
func listEntries(config map[string]any) []string {
	found := []string{}
	for _, name := range slices.Sorted(maps.Keys(config)) {
		list, ok := config[name].([]any)
		if inner, nested := config[name].(map[string]any); nested {
			list, ok = inner["exemptions"].([]any)
			name += ".exemptions"
		}
		for _, element := range list {
			if ok {
				found = append(found, "`"+name+"`: `"+elementName(element)+"`")
			}
		}
	}
	return found
}

// TestChartsPage checks that the rows of the guide match the entries of its configuration.
func TestChartsPage(t *testing.T) {
	t.Parallel()
	p := readPage(t)
	config := p.guardrailsConfig(t, "fr-par/00112233-4455-4677-8899-aabbccddeeff")
	rows := []string{}
	for _, r := range p.rows {
		if r.patch == "" {
			rows = append(rows, r.setting)
		}
	}
	slices.Sort(rows)
	listed := listEntries(config)
	slices.Sort(listed)
	if !slices.Equal(rows, listed) {
		t.Errorf("the guide has the rows\n%s\nbut its configuration has the entries\n%s",
			strings.Join(rows, "\n"), strings.Join(listed, "\n"))
	}
	for name, value := range config {
		action, isAction := value.(string)
		if rule, ok := value.(map[string]any); ok {
			action, isAction = rule["action"].(string)
		}
		if isAction && name != "cluster_id" && action != "deny" {
			t.Errorf("%s: got action %q, want deny", name, action)
		}
	}
	products := []string{}
	for _, m := range readChartObjects(t) {
		products = append(products, m.product)
	}
	products = slices.Compact(slices.Sorted(slices.Values(products)))
	if onPage := slices.Sorted(slices.Values(p.products)); !slices.Equal(products, onPage) {
		t.Errorf("the manifests are for %q, the guide for %q", products, onPage)
	}
	words := strings.Join(strings.Fields(p.text), " ")
	for _, s := range pageSentences() {
		if !strings.Contains(words, s.text) {
			t.Errorf("the guide does not contain: %s", s.text)
		}
	}
	t.Logf("%d rows, %d about the guardrails", len(p.rows), len(rows))
}

// repositoryPath returns a path from the root of the repository.
func repositoryPath(elements ...string) string {
	return filepath.Join(append([]string{"..", "..", ".."}, elements...)...)
}
