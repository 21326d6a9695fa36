package provider

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
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
	for _, kind := range []struct {
		name, folder, file string
		schemas            map[string]*tfprotov6.Schema
	}{
		{"resource", "resources", "resource.tf", all.ResourceSchemas},
		{"data source", "data-sources", "data-source.tf", all.DataSourceSchemas},
		{"ephemeral resource", "ephemeral-resources", "ephemeral-resource.tf", all.EphemeralResourceSchemas},
		{"list resource", "list-resources", "list-resource.tfquery.hcl", all.ListResourceSchemas},
	} {
		for name, schema := range kind.schemas {
			t.Run(kind.name+" "+name, func(t *testing.T) {
				t.Parallel()
				walk(t, name, schema)
				exists(t, "examples", kind.folder, name, kind.file)
				exists(t, "docs", kind.folder, strings.TrimPrefix(name, "srm_")+".md")
			})
		}
	}
	if len(all.Functions)+len(all.ActionSchemas) > 0 {
		t.Error("functions and actions are registered, and not looked at here")
	}
	for _, name := range []string{"srm_cluster", "srm_cluster_types", "srm_contract_signatures", "srm_kubernetes_version", "srm_kubernetes_versions"} {
		if all.DataSourceSchemas[name] == nil {
			t.Errorf("the data source %s is not registered", name)
		}
	}
	if all.EphemeralResourceSchemas["srm_kubeconfig"] == nil {
		t.Error("the ephemeral resource srm_kubeconfig is not registered")
	}
}

func walk(t *testing.T, name string, schema *tfprotov6.Schema) {
	t.Helper()
	if schema.Block.Description == "" || schema.Block.DescriptionKind != tfprotov6.StringKindMarkdown {
		t.Errorf("%s has no Markdown description", name)
	}
	for _, one := range blocks(name, schema.Block) {
		// The framework's own timeouts attribute takes no description; those inside it do, without a full stop.
		sentence := strings.HasSuffix(one.Description, ".") || one.Name == "timeouts" || strings.Contains(one.path, ".timeouts.") && one.Description != ""
		if !sentence {
			t.Errorf("the description of %s is no sentence: %q", one.path, one.Description)
		}
		if secret(one.Name) && !one.Sensitive && !one.WriteOnly {
			t.Errorf("%s has the name of a secret and is neither sensitive nor write-only", one.path)
		}
	}
}
