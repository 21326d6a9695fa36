package cluster_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

const resourceType = "srm_hds_cluster"

// createNamedCluster creates a cluster with a name and tags outside Terraform.
func createNamedCluster(
	t *testing.T, env *acctest.Env, name string, tags []string, change ...func(*k8s.CreateClusterRequest),
) string {
	t.Helper()
	return env.CreateCluster(t, append([]func(*k8s.CreateClusterRequest){
		func(r *k8s.CreateClusterRequest) { r.Name, r.Tags = name, tags },
	}, change...)...)
}

func TestHDSList(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	// The list leaves out the clusters of other offers, which the resource cannot manage.
	createNamedCluster(t, env, "charts", []string{"hds", "prod"})
	createNamedCluster(t, env, "mutualised", []string{"hds"}, func(r *k8s.CreateClusterRequest) { r.Type = "kapsule" })
	createNamedCluster(t, env, "kosmos", []string{"hds"}, acctest.Kosmos("multicloud"))
	createNamedCluster(t, env, "archive", []string{"hds"})
	createNamedCluster(t, env, "records", nil)
	protocol := env.Protocol(t)
	for name, test := range map[string]struct {
		config map[string]any
		limit  int64
		want   []string
	}{
		"no filter":      {nil, 100, []string{"archive", "charts", "records"}},
		"no limit":       {nil, 0, []string{"archive", "charts", "records"}},
		"limit 1":        {nil, 1, []string{"archive"}},
		"limit 2":        {nil, 2, []string{"archive", "charts"}},
		"one tag":        {map[string]any{"tags": []string{"hds"}}, 100, []string{"archive", "charts"}},
		"two tags":       {map[string]any{"tags": []string{"prod", "hds"}}, 100, []string{"charts"}},
		"empty tags":     {map[string]any{"tags": []string{}}, 100, []string{"archive", "charts", "records"}},
		"exact name":     {map[string]any{"name": "records"}, 100, []string{"records"}},
		"part of a name": {map[string]any{"name": "record"}, 100, []string{}},
		"Project": {
			map[string]any{"project_id": sandbox.ProjectID}, 100, []string{"archive", "charts", "records"},
		},
		"another Project": {map[string]any{"project_id": "11111111-2222-4333-8444-555555555555"}, 100, []string{}},
		"name and tag":    {map[string]any{"name": "records", "tags": []string{"hds"}}, 100, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if output := protocol.ValidateList(resourceType, test.config); output != "" {
				t.Fatal(output)
			}
			results := protocol.List(resourceType, test.config, false, test.limit)
			if all := acctest.ResultNames(t, results); !slices.Equal(all, test.want) {
				t.Errorf("clusters %q, want %q", all, test.want)
			}
			for _, result := range results {
				if !result.Resource.IsNull() {
					t.Errorf("%s has a resource that was not requested", result.Name)
				}
			}
		})
	}
}

// TestHDSListIncludesResource checks that a listed resource equals an imported one, with one request for each cluster
// and one for each version.
func TestHDSListIncludesResource(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	createNamedCluster(t, env, "archive", []string{"hds"})
	createNamedCluster(t, env, "charts", nil, func(r *k8s.CreateClusterRequest) {
		r.Type, r.Version = "kapsule-dedicated-8", env.FullVersion(t, "1.36")
		r.OpenIDConnectConfig = &k8s.CreateClusterRequestOpenIDConnectConfig{
			IssuerURL: "https://id.example", ClientID: "kubernetes",
		}
		r.FeatureGates = []string{"HPAScaleToZero"}
	})
	protocol := env.Protocol(t)
	env.Sandbox.ClearRequests()
	results := protocol.List(resourceType, nil, true, 100)
	if all := acctest.ResultNames(t, results); !slices.Equal(all, []string{"archive", "charts"}) {
		t.Fatalf("clusters %q", all)
	}
	if requests := env.AllRequests(); len(requests) != 5 {
		t.Errorf("requests %q", requests)
	}
	for _, result := range results {
		if imported := protocol.ImportState(resourceType, result.ID); !imported.Equal(result.Resource) {
			difference, err := imported.Diff(result.Resource)
			t.Errorf("%s: imported and listed differ: %v %v", result.Name, difference, err)
		}
	}
}

func TestHDSListInvalidConfig(t *testing.T) {
	t.Parallel()
	protocol := acctest.New(t).Protocol(t)
	for config, want := range map[*map[string]any]string{
		{"project_id": "default"}: "ERROR: The id of the Project is malformed",
		{"name": ""}:              "string length must be at least 1",
	} {
		if output := protocol.ValidateList(resourceType, *config); !strings.Contains(output, want) {
			t.Errorf("%v: %q", *config, output)
		}
	}
}

// TestHDSListAPIErrors checks that an error of the list request is the only result, and that an error for one cluster
// does not affect the results of the others.
func TestHDSListAPIErrors(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	archive := createNamedCluster(t, env, "archive", nil)
	createNamedCluster(t, env, "charts", nil)
	protocol := env.Protocol(t)
	fault := func(path string) {
		if err := env.Sandbox.AddFault(
			sandbox.Fault{Method: http.MethodGet, Path: path, Kind: sandbox.FaultStatus, Status: http.StatusForbidden},
		); err != nil {
			t.Fatal(err)
		}
	}
	fault("*/clusters")
	results := protocol.List(resourceType, nil, true, 100)
	if len(results) != 1 || !strings.HasPrefix(
		results[0].Diagnostics, "ERROR: Unable to list the HDS clusters\n",
	) || !strings.Contains(results[0].Diagnostics, "HTTP 403") {
		t.Errorf("results %+v", results)
	}
	fault("*/acls")
	results = protocol.List(resourceType, nil, true, 100)
	if len(results) != 2 || results[1].Diagnostics != "" || results[1].Name != "charts" {
		t.Fatalf("%d results, want 2 with an error in the first only", len(results))
	}
	if output := results[0].Diagnostics; !strings.HasPrefix(
		output, "ERROR: Unable to read the allow-list of the HDS cluster\n",
	) || !strings.Contains(output, "fr-par/"+archive) {
		t.Error(output)
	}
}

// TestHDSQueryCommand runs the list on a CLI that supports queries and checks the generated import blocks.
func TestHDSQueryCommand(t *testing.T) {
	t.Parallel()
	acctest.Requires(t, acctest.Query)
	env := acctest.New(t)
	id := createNamedCluster(t, env, "charts", []string{"hds"})
	createNamedCluster(t, env, "records", nil)
	cli := env.CLI(t, "")
	query := "list \"srm_hds_cluster\" \"estate\" {\n  provider = srm\n  config {\n    tags = [\"hds\"]\n  }\n}\n"
	if err := os.WriteFile(filepath.Join(cli.Dir(), "estate.tfquery.hcl"), []byte(query), 0o600); err != nil {
		t.Fatal(err)
	}
	out := cli.MustRun("query", "-no-color", "-generate-config-out=found.tf")
	if !strings.Contains(out, "charts") || !strings.Contains(out, id) || strings.Contains(out, "records") {
		t.Errorf("output of the query:\n%s", out)
	}
	generated, err := os.ReadFile(filepath.Join(cli.Dir(), "found.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`resource "srm_hds_cluster"`, "import {", "identity = {", id, `"kapsule-dedicated-4"`,
	} {
		if !strings.Contains(string(generated), part) {
			t.Errorf("the generated configuration does not contain %s:\n%s", part, generated)
		}
	}
}
