package provider

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// attribute is one attribute at any depth of a schema.
type attribute struct {
	path string
	*tfprotov6.SchemaAttribute
}

func attributes(prefix string, list []*tfprotov6.SchemaAttribute) []attribute {
	found := []attribute{}
	for _, one := range list {
		path := prefix + "." + one.Name
		found = append(found, attribute{path, one})
		if one.NestedType != nil {
			found = append(found, attributes(path, one.NestedType.Attributes)...)
		}
	}
	return found
}

func blocks(prefix string, block *tfprotov6.SchemaBlock) []attribute {
	found := attributes(prefix, block.Attributes)
	for _, one := range block.BlockTypes {
		found = append(found, blocks(prefix+"."+one.TypeName, one.Block)...)
	}
	return found
}

// secret tells whether a name is that of a secret. A "key" alone is half of a pair, as in a taint; the version of a
// write-only value is a number.
func secret(name string) bool {
	if strings.HasSuffix(name, "_wo_version") {
		return false
	}
	words := strings.Split(name, "_")
	for _, word := range []string{"secret", "token", "passphrase", "password", "kubeconfig"} {
		if slices.Contains(words, word) {
			return true
		}
	}
	return strings.HasSuffix(name, "_key")
}

func exists(t *testing.T, elements ...string) {
	t.Helper()
	path := filepath.Join(append([]string{"..", ".."}, elements...)...)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%s is missing: %v", filepath.Join(elements...), err)
		return
	}
	if len(strings.TrimSpace(string(content))) == 0 {
		t.Errorf("%s is empty", filepath.Join(elements...))
	}
}

// TestComponents walks over everything that is registered.
func TestComponents(t *testing.T) {
	t.Parallel()
	server := serve(t, surroundings{})
	// The framework validates every schema before it answers.
	all, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(all.Diagnostics) > 0 {
		t.Fatal(err, shown(all.Diagnostics))
	}
	t.Run("provider", func(t *testing.T) {
		t.Parallel()
		walk(t, "provider", all.Provider)
		exists(t, "examples", "provider", "provider.tf")
		exists(t, "docs", "index.md")
	})
	actions := map[string]*tfprotov6.Schema{}
	for name, action := range all.ActionSchemas {
		actions[name] = action.Schema
	}
	kinds := []struct {
		name, folder, file string
		schemas            map[string]*tfprotov6.Schema
		// wanted are the names that must be there, without the prefix; a name of the kind that is not among them is a mistake
		// here.
		wanted []string
	}{
		{
			"resource", "resources", "resource.tf", all.ResourceSchemas, []string{
				"hds_cluster", "hds_guardrails", "hds_pool", "kosmos_cluster", "kosmos_external_node", "kosmos_pool",
			},
		},
		{"data source", "data-sources", "data-source.tf", all.DataSourceSchemas, []string{
			"cluster", "cluster_lifecycle", "cluster_types", "contract_signatures", "kubernetes_version",
			"kubernetes_versions", "responsibilities",
		}},
		{
			"ephemeral resource", "ephemeral-resources", "ephemeral-resource.tf", all.EphemeralResourceSchemas,
			[]string{"kubeconfig"},
		},
		{"action", "actions", "action.tf", actions, []string{"replace_node", "reset_admin_token"}},
		{
			"list resource", "list-resources", "list-resource.tfquery.hcl", all.ListResourceSchemas, []string{
				"hds_cluster", "hds_pool",
			},
		},
	}
	for _, kind := range kinds {
		registered(t, kind.name, kind.schemas, "srm_", kind.wanted)
		for name, schema := range kind.schemas {
			t.Run(kind.name+" "+name, func(t *testing.T) {
				t.Parallel()
				walk(t, name, schema)
				exists(t, "examples", kind.folder, name, kind.file)
				exists(t, "docs", kind.folder, strings.TrimPrefix(name, "srm_")+".md")
			})
		}
	}
	registered(
		t, "function", all.Functions, "", []string{
			"clause", "lifecycle_stage", "node_type_eligibility", "version_dates", "zone_eligibility",
		},
	)
	for name, function := range all.Functions {
		t.Run("function "+name, func(t *testing.T) {
			t.Parallel()
			walkFunction(t, name, function)
			exists(t, "examples", "functions", name, "function.tf")
			exists(t, "docs", "functions", name+".md")
		})
	}
}

// registered compares the names of a kind with those that are wanted.
func registered[T any](t *testing.T, kind string, all map[string]T, prefix string, wanted []string) {
	t.Helper()
	names := slices.Sorted(maps.Keys(all))
	for i, name := range wanted {
		wanted[i] = prefix + name
	}
	if !slices.Equal(names, slices.Sorted(slices.Values(wanted))) {
		t.Errorf("the %ss are %q, want %q", kind, names, wanted)
	}
}

func walk(t *testing.T, name string, schema *tfprotov6.Schema) {
	t.Helper()
	if schema.Block.Description == "" || schema.Block.DescriptionKind != tfprotov6.StringKindMarkdown {
		t.Errorf("%s has no Markdown description", name)
	}
	for _, one := range blocks(name, schema.Block) {
		// The framework's own timeouts attribute takes no description; those inside it do, without a full stop.
		sentence := strings.HasSuffix(one.Description, ".") || one.Name == "timeouts" || strings.Contains(one.path,
			".timeouts.") && one.Description != ""
		if !sentence {
			t.Errorf("the description of %s is no sentence: %q", one.path, one.Description)
		}
		if secret(one.Name) && !one.Sensitive && !one.WriteOnly {
			t.Errorf("%s has the name of a secret and is neither sensitive nor write-only", one.path)
		}
	}
}

// walkFunction looks at the texts of a function. Its description names each attribute of the result, which has none of
// its own.
func walkFunction(t *testing.T, name string, function *tfprotov6.Function) {
	t.Helper()
	if function.Summary == "" || function.DescriptionKind != tfprotov6.StringKindMarkdown || !strings.HasSuffix(
		function.Description, ".",
	) {
		t.Errorf("the function %s has no summary or no Markdown description of sentences: %q", name, function.Description)
	}
	for _, parameter := range function.Parameters {
		if !strings.HasSuffix(parameter.Description, ".") || parameter.DescriptionKind != tfprotov6.StringKindMarkdown {
			t.Errorf("the description of the argument %s of %s is no sentence: %q", parameter.Name, name, parameter.Description)
		}
	}
	result, ok := function.Return.Type.(tftypes.Object)
	if !ok {
		t.Fatalf("the function %s returns no object", name)
	}
	for attribute := range result.AttributeTypes {
		if !strings.Contains(function.Description, "`"+attribute+"`") {
			t.Errorf("the description of %s does not name %s of its result", name, attribute)
		}
		if secret(attribute) {
			t.Errorf("%s of the result of %s has the name of a secret", attribute, name)
		}
	}
}
