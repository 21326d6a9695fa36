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

// claim is one row of the guide page: without what it says, an object of the estate is refused.
type claim struct {
	// product is the heading of the row, what is its second cell. A row about the guardrails names an entry of an
	// attribute, which the test removes from the page's configuration.
	product, what string
	object        string
	// patch turns the object into what the chart renders without the value; "" for rows about the guardrails.
	patch   string
	refused verdict
}

// page is the guide page and the configuration that it shows.
type page struct {
	text     string
	example  string
	products []string
	// nothing are the products that need nothing, rows the others'.
	nothing map[string]bool
	rows    []claim
}

var (
	includes = regexp.MustCompile(`tffile "([^"]+)"`)
	heading  = regexp.MustCompile(`^## (.+)$`)
	row      = regexp.MustCompile(`^\| (guardrails|values) \| (.+?) \| .+ \|$`)
	// entry is one entry of an attribute of the guardrails.
	entry = regexp.MustCompile("^`([a-z_]+(?:[.]exemptions)?)`: `([^`]+)`$")
)

// readPage reads the rows of the page, and finds the claim of each.
func readPage(t *testing.T) *page {
	t.Helper()
	raw, err := os.ReadFile(root("templates", "guides", "charts-under-guardrails.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	p := &page{text: string(raw), nothing: map[string]bool{}}
	example := includes.FindStringSubmatch(p.text)
	if example == nil {
		t.Fatal("the page shows no configuration")
	}
	p.example = root(filepath.FromSlash(example[1]))
	claims, product, used := estateClaims(), "", map[int]bool{}
	for line := range strings.Lines(p.text) {
		line = strings.TrimSpace(line)
		if found := heading.FindStringSubmatch(line); found != nil {
			product = found[1]
		}
		if strings.HasPrefix(line, "Nothing to set") {
			p.nothing[product] = true
			p.products = append(p.products, product)
		}
		found := row.FindStringSubmatch(line)
		if found == nil {
			continue
		}
		if !slices.Contains(p.products, product) {
			p.products = append(p.products, product)
		}
		i := slices.IndexFunc(claims, func(c claim) bool { return c.product == product && c.what == found[2] })
		if i < 0 {
			t.Errorf("the page says, under %s, to set %s: no test holds it", product, found[2])
			continue
		}
		guarded := claims[i].patch == ""
		if used[i] || guarded != (found[1] == "guardrails") || guarded && !entry.MatchString(found[2]) {
			t.Errorf("the row %s of %s is there twice, or in the wrong place", found[2], product)
		}
		used[i] = true
		p.rows = append(p.rows, claims[i])
	}
	for i, c := range claims {
		if !used[i] {
			t.Errorf("a claim about %s, %s, that the page does not make", c.product, c.what)
		}
	}
	return p
}

// config is the configuration of the guardrails in the page's example.
func (p *page) config(t *testing.T, cluster string) map[string]any {
	t.Helper()
	file, diags := hclparse.NewParser().ParseHCLFile(p.example)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		t.Fatalf("the body is a %T", file.Body)
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
			config[name] = plain(t, value)
		}
		return config
	}
	t.Fatalf("%s has no srm_hds_guardrails", p.example)
	return nil
}

// plain is a value of HCL in the types that configurations of tests have.
func plain(t *testing.T, value cty.Value) any {
	t.Helper()
	switch kind := value.Type(); {
	case kind == cty.String:
		return value.AsString()
	case kind == cty.Bool:
		return value.True()
	case kind == cty.Number:
		number, accuracy := value.AsBigFloat().Int64()
		if accuracy != big.Exact {
			t.Fatalf("%s is no whole number", value.AsBigFloat())
		}
		return number
	case kind.IsObjectType() || kind.IsMapType():
		fields := map[string]any{}
		for name, field := range value.AsValueMap() {
			fields[name] = plain(t, field)
		}
		return fields
	case kind.IsTupleType() || kind.IsListType() || kind.IsSetType():
		elements := []any{}
		for _, element := range value.AsValueSlice() {
			elements = append(elements, plain(t, element))
		}
		return elements
	}
	t.Fatalf("a configuration has no %s", value.Type().FriendlyName())
	return nil
}

// without is a configuration without one entry of an attribute, as a row of the page names it. An empty list stays, as
// the default may be another.
func without(t *testing.T, config map[string]any, what string) map[string]any {
	t.Helper()
	found := entry.FindStringSubmatch(what)
	if found == nil {
		t.Fatalf("%q names no entry of the guardrails", what)
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
		copied[name] = less(t, holder[name], found[2])
		return changed
	}
	changed[name] = less(t, holder[name], found[2])
	return changed
}

// less is a list without the element that has a name.
func less(t *testing.T, list any, name string) []any {
	t.Helper()
	elements, ok := list.([]any)
	if !ok {
		t.Fatalf("%v is no list", list)
	}
	left := slices.DeleteFunc(slices.Clone(elements), func(element any) bool { return nameOf(element) == name })
	if len(left) != len(elements)-1 {
		t.Fatalf("the configuration has no %s once in %v", name, list)
	}
	return left
}

// nameOf is the namespace of an exemption, else the element itself.
func nameOf(element any) string {
	if fields, ok := element.(map[string]any); ok {
		element = fields["namespace"]
	}
	name, _ := element.(string)
	return name
}

// entries are all entries that the configuration lists, as rows name them.
func entries(config map[string]any) []string {
	found := []string{}
	for _, name := range slices.Sorted(maps.Keys(config)) {
		list, ok := config[name].([]any)
		if inner, nested := config[name].(map[string]any); nested {
			list, ok = inner["exemptions"].([]any)
			name += ".exemptions"
		}
		for _, element := range list {
			if ok {
				found = append(found, "`"+name+"`: `"+nameOf(element)+"`")
			}
		}
	}
	return found
}

// TestEstatePage holds the page to its configuration: each entry of it has a row, and each row about the guardrails an
// entry.
func TestEstatePage(t *testing.T) {
	t.Parallel()
	p := readPage(t)
	config := p.config(t, "fr-par/00112233-4455-4677-8899-aabbccddeeff")
	rows := []string{}
	for _, c := range p.rows {
		if c.patch == "" {
			rows = append(rows, c.what)
		}
	}
	slices.Sort(rows)
	listed := entries(config)
	slices.Sort(listed)
	if !slices.Equal(rows, listed) {
		t.Errorf("the page has the rows\n%s\nand its configuration the entries\n%s",
			strings.Join(rows, "\n"), strings.Join(listed, "\n"))
	}
	for name, value := range config {
		action, isAction := value.(string)
		if rule, ok := value.(map[string]any); ok {
			action, isAction = rule["action"].(string)
		}
		if isAction && name != "cluster_id" && action != "deny" {
			t.Errorf("%s is %q on the page, not deny", name, action)
		}
	}
	products := []string{}
	for _, m := range readEstate(t) {
		products = append(products, m.product)
	}
	products = slices.Compact(slices.Sorted(slices.Values(products)))
	if onPage := slices.Sorted(slices.Values(p.products)); !slices.Equal(products, onPage) {
		t.Errorf("the estate has %q, the page %q", products, onPage)
	}
	words := strings.Join(strings.Fields(p.text), " ")
	for _, s := range estateSentences() {
		if !strings.Contains(words, s.text) {
			t.Errorf("a claim that the page does not make: %s", s.text)
		}
	}
	t.Logf("%d rows, %d about the guardrails", len(p.rows), len(rows))
}

// root is a path from the root of the repository.
func root(elements ...string) string {
	return filepath.Join(append([]string{"..", "..", ".."}, elements...)...)
}
