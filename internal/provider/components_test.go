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

// attribute is an attribute of a schema, at any depth.
type attribute struct {
	path string
	*tfprotov6.SchemaAttribute
}

// flattenAttributes returns attributes with their nested attributes.
func flattenAttributes(prefix string, list []*tfprotov6.SchemaAttribute) []attribute {
	found := []attribute{}
	for _, item := range list {
		path := prefix + "." + item.Name
		found = append(found, attribute{path, item})
		if item.NestedType != nil {
			found = append(found, flattenAttributes(path, item.NestedType.Attributes)...)
		}
	}
	return found
}

// flattenBlock returns the attributes of a block and of its nested blocks.
func flattenBlock(prefix string, block *tfprotov6.SchemaBlock) []attribute {
	found := flattenAttributes(prefix, block.Attributes)
	for _, nested := range block.BlockTypes {
		found = append(found, flattenBlock(prefix+"."+nested.TypeName, nested.Block)...)
	}
	return found
}

// isSecretName reports whether an attribute with this name holds a secret. A name that is just "key" does not: it is
// half of a pair, as in a taint. The version of a write-only value is a number.
func isSecretName(name string) bool {
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

// checkFileExists checks that a file of the repository exists and is not empty.
func checkFileExists(t *testing.T, elements ...string) {
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

// TestComponentsAreDocumented checks that every registered component has descriptions, an example and a documentation
// page.
func TestComponentsAreDocumented(t *testing.T) {
	t.Parallel()
	server := newProviderServer(t, processEnv{})
	// The framework validates every schema before it answers.
	all, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(all.Diagnostics) > 0 {
		t.Fatal(err, formatDiagnostics(all.Diagnostics))
	}
	t.Run("provider", func(t *testing.T) {
		t.Parallel()
		checkSchema(t, "provider", all.Provider)
		checkFileExists(t, "examples", "provider", "provider.tf")
		checkFileExists(t, "docs", "index.md")
	})
	actions := map[string]*tfprotov6.Schema{}
	for name, action := range all.ActionSchemas {
		actions[name] = action.Schema
	}
	kinds := []struct {
		name, folder, file string
		schemas            map[string]*tfprotov6.Schema
		want               []string // all names of the kind, without the prefix srm_
	}{
		{
			"resource", "resources", "resource.tf", all.ResourceSchemas, []string{
				"audit_trail_export", "hds_cluster", "hds_guardrails", "hds_pool", "kosmos_cluster",
				"kosmos_external_node", "kosmos_pool",
			},
		},
		{"data source", "data-sources", "data-source.tf", all.DataSourceSchemas, []string{
			"cluster", "cluster_assessment", "cluster_lifecycle", "cluster_types", "contract_signatures",
			"kubernetes_version", "kubernetes_versions", "responsibilities",
		}},
		{
			"ephemeral resource", "ephemeral-resources", "ephemeral-resource.tf", all.EphemeralResourceSchemas,
			[]string{"kubeconfig"},
		},
		{"action", "actions", "action.tf", actions, []string{"replace_node", "reset_admin_token"}},
		{
			"list resource", "list-resources", "list-resource.tfquery.hcl", all.ListResourceSchemas, []string{
				"audit_trail_export", "hds_cluster", "hds_pool",
			},
		},
	}
	for _, kind := range kinds {
		checkRegistered(t, kind.name, kind.schemas, "srm_", kind.want)
		for name, schema := range kind.schemas {
			t.Run(kind.name+" "+name, func(t *testing.T) {
				t.Parallel()
				checkSchema(t, name, schema)
				checkFileExists(t, "examples", kind.folder, name, kind.file)
				checkFileExists(t, "docs", kind.folder, strings.TrimPrefix(name, "srm_")+".md")
			})
		}
	}
	checkRegistered(
		t, "function", all.Functions, "", []string{
			"clause", "lifecycle_stage", "node_type_eligibility", "version_dates", "zone_eligibility",
		},
	)
	for name, function := range all.Functions {
		t.Run("function "+name, func(t *testing.T) {
			t.Parallel()
			checkFunction(t, name, function)
			checkFileExists(t, "examples", "functions", name, "function.tf")
			checkFileExists(t, "docs", "functions", name+".md")
		})
	}
}

// checkRegistered compares the registered names of a kind with the expected ones.
func checkRegistered[T any](t *testing.T, kind string, all map[string]T, prefix string, want []string) {
	t.Helper()
	names := slices.Sorted(maps.Keys(all))
	for i, name := range want {
		want[i] = prefix + name
	}
	if !slices.Equal(names, slices.Sorted(slices.Values(want))) {
		t.Errorf("the registered %ss are %q, want %q", kind, names, want)
	}
}

// checkSchema checks the descriptions of a schema, and that its secrets are sensitive or write-only.
func checkSchema(t *testing.T, name string, schema *tfprotov6.Schema) {
	t.Helper()
	if schema.Block.Description == "" || schema.Block.DescriptionKind != tfprotov6.StringKindMarkdown {
		t.Errorf("%s has no Markdown description", name)
	}
	for _, attribute := range flattenBlock(name, schema.Block) {
		// The framework's timeouts attribute has no description; its nested attributes have one without a full stop.
		isSentence := strings.HasSuffix(attribute.Description, ".") || attribute.Name == "timeouts" ||
			strings.Contains(attribute.path, ".timeouts.") && attribute.Description != ""
		if !isSentence {
			t.Errorf("the description of %s is not a sentence: %q", attribute.path, attribute.Description)
		}
		if isSecretName(attribute.Name) && !attribute.Sensitive && !attribute.WriteOnly {
			t.Errorf("%s has the name of a secret and is neither sensitive nor write-only", attribute.path)
		}
	}
}

// checkFunction checks the texts of a function. The attributes of its result have no descriptions: the description of
// the function must name each of them.
func checkFunction(t *testing.T, name string, function *tfprotov6.Function) {
	t.Helper()
	if function.Summary == "" || function.DescriptionKind != tfprotov6.StringKindMarkdown || !strings.HasSuffix(
		function.Description, ".",
	) {
		t.Errorf("the function %s has no summary, or no Markdown description that ends in a full stop: %q", name,
			function.Description)
	}
	for _, parameter := range function.Parameters {
		if !strings.HasSuffix(parameter.Description, ".") || parameter.DescriptionKind != tfprotov6.StringKindMarkdown {
			t.Errorf("the description of the argument %s of %s is not a sentence: %q", parameter.Name, name,
				parameter.Description)
		}
	}
	result, ok := function.Return.Type.(tftypes.Object)
	if !ok {
		t.Fatalf("the function %s does not return an object", name)
	}
	for attribute := range result.AttributeTypes {
		if !strings.Contains(function.Description, "`"+attribute+"`") {
			t.Errorf("the description of %s does not name the attribute %s of its result", name, attribute)
		}
		if isSecretName(attribute) {
			t.Errorf("the attribute %s of the result of %s has the name of a secret", attribute, name)
		}
	}
}
