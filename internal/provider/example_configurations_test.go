package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// otherProviderBlocks matches the blocks of an example that use other providers, which a test cannot install, and the
// terraform block that requires these.
var otherProviderBlocks = regexp.MustCompile(
	`(?ms)^(provider "(kubernetes|helm)"|ephemeral "scaleway_secret_version" ` +
		`"volumes"|terraform) \{.*?^\}\n`,
) //nolint:gochecknoglobals // a constant

// exampleID is the id in the examples.
const exampleID = "00112233-4455-4677-8899-aabbccddeeff"

// exampleConfig turns the example of a documentation page into a configuration for the sandbox: it replaces ids and
// objects of other providers, and adds the cluster that the example refers to.
func exampleConfig(t *testing.T, file string, ids map[string]string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	hcl := string(raw)
	needsCluster := strings.Contains(hcl, "srm_hds_cluster.records.") && !strings.Contains(hcl,
		`resource "srm_hds_cluster" "records"`)
	if needsCluster {
		cluster, err := os.ReadFile(repositoryPath("examples", "resources", "srm_hds_cluster", "resource.tf"))
		if err != nil {
			t.Fatal(err)
		}
		hcl += string(cluster)
	}
	if !strings.Contains(hcl, `resource "srm_hds_guardrails" "records"`) {
		hcl = strings.ReplaceAll(hcl, "srm_hds_guardrails.records.id", `"${srm_hds_cluster.records.id}/guardrails"`)
	}
	id := ids["cluster"]
	if strings.Contains(file, "srm_replace_node") {
		id = ids["node"]
	}
	return strings.NewReplacer(
		exampleID, id, "11111111-1111-1111-1111-111111111111", ids["cluster"],
		"scaleway_vpc_private_network.records.id", `"fr-par/`+sandbox.PrivateNetworkID+`"`,
		"base64decode(ephemeral.scaleway_secret_version.volumes.data)", `"`+strings.Repeat("passphrase", 4)+`"`,
		`region     = "nl-ams"`, `region     = "fr-par"`,
	).Replace(otherProviderBlocks.ReplaceAllString(hcl, ""))
}

// TestExampleConfigurations plans the example of every documentation page. One CLI plans them one after another,
// without a state.
func TestExampleConfigurations(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	ids := map[string]string{
		"cluster": env.CreateCluster(t, acctest.Named("patients")),
	}
	protocol := env.Protocol(t)
	pool := protocol.Resource("srm_hds_pool", map[string]any{
		"cluster_id": ids["cluster"], "guardrails_id": tfkit.GuardrailsID(ids["cluster"]), "name": "workers",
		"node_type": "POP2-2C-8G", "zone": "fr-par-1", "size": int64(1),
		"root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(100)},
	})
	pool.Apply(t.Context())
	var nodes []struct{ ID string }
	if err := env.Sandbox.Objects("nodes", &nodes); err != nil || len(nodes) != 1 {
		t.Fatalf("%d nodes, error %v", len(nodes), err)
	}
	ids["node"] = nodes[0].ID
	kosmos := "fr-par/" + env.CreateCluster(t, acctest.Kosmos("multicloud-dedicated-4"), acctest.Named("sites"))
	allowScalewayRanges(t, env, kosmos)
	machines := protocol.Resource(
		"srm_kosmos_pool", map[string]any{"cluster_id": kosmos, "name": "others", "node_type": "external"},
	)
	machines.Apply(t.Context())

	cli := env.CLI(t, "")
	cli.AddEnv(
		"TF_VAR_cluster_id="+kosmos,
		"TF_VAR_pool_id="+machines.StringAttribute("id"),
		"TF_VAR_passphrase_secret_id="+sandbox.ProjectID,
	)
	files, err := filepath.Glob(repositoryPath("examples", "*", "*", "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	planned := 0
	for _, file := range files {
		name := filepath.Base(file)
		kind := filepath.Base(filepath.Dir(filepath.Dir(file)))
		if name == "import-by-identity.tf" || kind == "modules" || kind == "guides" {
			continue // an import needs an object that matches the resource; modules and guides have separate tests
		}
		planned++
		t.Run(strings.TrimPrefix(
			file, repositoryPath("examples")+string(filepath.Separator),
		), func(t *testing.T) { //nolint:paralleltest // they share the CLI
			if name == "action.tf" {
				acctest.Requires(t, acctest.Actions)
			}
			cli.Configure(env, exampleConfig(t, file, ids))
			out, code := cli.Run("plan", "-no-color", "-input=false")
			hasChanges := strings.Contains(out, "Plan: ") || strings.Contains(out, "Changes to Outputs:")
			// These examples have neither a resource nor an output.
			isEmpty := strings.Contains(file, "zone_eligibility") || strings.Contains(file, "srm_kubeconfig")
			if code != 0 || hasChanges == isEmpty {
				t.Errorf("exit %d\n%s", code, out)
			}
		})
	}
	if components := len(protocol.Schemas().ResourceSchemas) + len(protocol.Schemas().DataSourceSchemas) + len(
		protocol.Schemas().EphemeralResourceSchemas,
	) +
		len(protocol.Schemas().ActionSchemas) + len(protocol.Schemas().Functions); planned != components {
		t.Errorf("%d examples for %d components", planned, components)
	}
	t.Run("list resources", func(t *testing.T) { //nolint:paralleltest // they share the CLI
		acctest.Requires(t, acctest.Query)
		queries, err := filepath.Glob(repositoryPath("examples", "list-resources", "*", "list-resource.tfquery.hcl"))
		if err != nil || len(queries) != len(protocol.Schemas().ListResourceSchemas) {
			t.Errorf(
				"%d examples for %d list resources, error %v", len(queries), len(
					protocol.Schemas().ListResourceSchemas,
				), err,
			)
		}
		cli.Configure(env, "")
		for _, file := range queries {
			if err := os.WriteFile(
				filepath.Join(cli.Dir(), "page.tfquery.hcl"),
				[]byte(exampleConfig(t, file, ids)),
				0o600,
			); err != nil {
				t.Fatal(err)
			}
			if out, code := cli.Run("query", "-no-color"); code != 0 {
				t.Errorf("%s: exit %d\n%s", file, code, out)
			}
		}
		if err := os.Remove(filepath.Join(cli.Dir(), "page.tfquery.hcl")); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("provider", func(t *testing.T) { //nolint:paralleltest // it shares the CLI
		cli.AddEnv("SCW_API_URL="+env.URL, "SCW_ACCESS_KEY="+sandbox.AccessKey, "SCW_SECRET_KEY="+sandbox.SecretKey,
			"SCW_DEFAULT_ORGANIZATION_ID="+sandbox.OrganizationID, "TF_VAR_project_id="+sandbox.ProjectID)
		cli.ConfigureRaw(
			exampleConfig(
				t,
				repositoryPath("examples", "provider", "provider.tf"),
				ids,
			) + "data \"srm_cluster_types\" \"all\" {}\n",
		)
		if out, code := cli.Run("plan", "-no-color", "-input=false"); code != 0 {
			t.Errorf("exit %d\n%s", code, out)
		}
	})
}
