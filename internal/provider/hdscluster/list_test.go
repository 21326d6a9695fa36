package hdscluster_test

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

const listed = "srm_hds_cluster"

// named makes a cluster outside Terraform, with tags.
func named(
	t *testing.T, env *acctest.Env, name string, tags []string, change ...func(*k8s.CreateClusterRequest),
) string {
	t.Helper()
	return env.Cluster(t, append([]func(*k8s.CreateClusterRequest){
		func(r *k8s.CreateClusterRequest) { r.Name, r.Tags = name, tags },
	}, change...)...)
}

// names are those of results, which must have no diagnostics.
func names(t *testing.T, found []acctest.Listed) []string {
	t.Helper()
	all := []string{}
	for _, one := range found {
		if one.Said != "" {
			t.Errorf("%s: %s", one.Name, one.Said)
		}
		if !strings.HasPrefix(one.ID, "fr-par/") {
			t.Errorf("%s has the identity %s", one.Name, one.ID)
		}
		all = append(all, one.Name)
	}
	return all
}

func TestList(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	// What the resource cannot own is left out: another offer.
	named(t, env, "charts", []string{"hds", "prod"})
	named(t, env, "mutualised", []string{"hds"}, func(r *k8s.CreateClusterRequest) { r.Type = "kapsule" })
	named(
		t, env, "kosmos", []string{"hds"}, func(
			r *k8s.CreateClusterRequest,
		) {
			r.Type, r.Cni, r.PrivateNetworkID = "multicloud", k8s.CNIKilo, nil
		},
	)
	named(t, env, "archive", []string{"hds"})
	named(t, env, "records", nil)
	protocol := env.Protocol(t)
	for name, test := range map[string]struct {
		config map[string]any
		limit  int64
		wanted []string
	}{
		"all":               {nil, 100, []string{"archive", "charts", "records"}},
		"no limit":          {nil, 0, []string{"archive", "charts", "records"}},
		"the first":         {nil, 1, []string{"archive"}},
		"the first two":     {nil, 2, []string{"archive", "charts"}},
		"a tag":             {map[string]any{"tags": []string{"hds"}}, 100, []string{"archive", "charts"}},
		"all of two tags":   {map[string]any{"tags": []string{"prod", "hds"}}, 100, []string{"charts"}},
		"no tags asked for": {map[string]any{"tags": []string{}}, 100, []string{"archive", "charts", "records"}},
		"an exact name":     {map[string]any{"name": "records"}, 100, []string{"records"}},
		"part of a name":    {map[string]any{"name": "record"}, 100, []string{}},
		"a Project":         {map[string]any{"project_id": sandbox.ProjectID}, 100, []string{"archive", "charts", "records"}},
		"another Project":   {map[string]any{"project_id": "11111111-2222-4333-8444-555555555555"}, 100, []string{}},
		"name and tag":      {map[string]any{"name": "records", "tags": []string{"hds"}}, 100, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if said := protocol.ValidateList(listed, test.config); said != "" {
				t.Fatal(said)
			}
			found := protocol.List(listed, test.config, false, test.limit)
			if all := names(t, found); !slices.Equal(all, test.wanted) {
				t.Errorf("clusters %q, want %q", all, test.wanted)
			}
			for _, one := range found {
				if !one.Resource.IsNull() {
					t.Errorf("%s comes with a resource that was not asked for", one.Name)
				}
			}
		})
	}
}

// TestListedResource: it is what an import and the read after it give, for one request a cluster and one a version.
func TestListedResource(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	named(t, env, "archive", []string{"hds"})
	named(t, env, "charts", nil, func(r *k8s.CreateClusterRequest) {
		r.Type, r.Version = "kapsule-dedicated-8", env.Version(t, "1.36")
		r.OpenIDConnectConfig = &k8s.CreateClusterRequestOpenIDConnectConfig{
			IssuerURL: "https://id.example", ClientID: "kubernetes",
		}
		r.FeatureGates = []string{"HPAScaleToZero"}
	})
	protocol := env.Protocol(t)
	env.Sandbox.ClearRequests()
	found := protocol.List(listed, nil, true, 100)
	if all := names(t, found); !slices.Equal(all, []string{"archive", "charts"}) {
		t.Fatalf("clusters %q", all)
	}
	if requests := env.AllRequests(); len(requests) != 5 {
		t.Errorf("requests %q", requests)
	}
	for _, one := range found {
		if imported := protocol.Imported(listed, one.ID); !imported.Equal(one.Resource) {
			difference, err := imported.Diff(one.Resource)
			t.Errorf("%s: imported and listed differ: %v %v", one.Name, difference, err)
		}
	}
}

func TestListRefusals(t *testing.T) {
	t.Parallel()
	protocol := acctest.New(t).Protocol(t)
	for config, wanted := range map[*map[string]any]string{
		{"project_id": "default"}: "ERROR: The id of the Project is malformed",
		{"name": ""}:              "string length must be at least 1",
	} {
		if said := protocol.ValidateList(listed, *config); !strings.Contains(said, wanted) {
			t.Errorf("%v: %q", *config, said)
		}
	}
}

// TestListFailures: an error of the list is a result of its own; one of a cluster leaves the others alone.
func TestListFailures(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	archive := named(t, env, "archive", nil)
	named(t, env, "charts", nil)
	protocol := env.Protocol(t)
	fault := func(path string) {
		if err := env.Sandbox.AddFault(
			sandbox.Fault{Method: http.MethodGet, Path: path, Kind: sandbox.FaultStatus, Status: http.StatusForbidden},
		); err != nil {
			t.Fatal(err)
		}
	}
	fault("*/clusters")
	found := protocol.List(listed, nil, true, 100)
	if len(found) != 1 || !strings.HasPrefix(
		found[0].Said, "ERROR: Unable to list the HDS clusters\n",
	) || !strings.Contains(found[0].Said, "HTTP 403") {
		t.Errorf("results %+v", found)
	}
	fault("*/acls")
	found = protocol.List(listed, nil, true, 100)
	if len(found) != 2 || found[1].Said != "" || found[1].Name != "charts" {
		t.Fatalf("%d results", len(found))
	}
	if said := found[0].Said; !strings.HasPrefix(
		said, "ERROR: Unable to read the allow-list of the HDS cluster\n",
	) || !strings.Contains(said, "fr-par/"+archive) {
		t.Error(said)
	}
}

// TestQuery runs the list on a CLI that can, to the block that imports what it finds.
func TestQuery(t *testing.T) {
	t.Parallel()
	acctest.Requires(t, acctest.Query)
	env := acctest.New(t)
	id := named(t, env, "charts", []string{"hds"})
	named(t, env, "records", nil)
	cli := env.CLI(t, "")
	query := "list \"srm_hds_cluster\" \"estate\" {\n  provider = srm\n  config {\n    tags = [\"hds\"]\n  }\n}\n"
	if err := os.WriteFile(filepath.Join(cli.Dir(), "estate.tfquery.hcl"), []byte(query), 0o600); err != nil {
		t.Fatal(err)
	}
	out := cli.Must("query", "-no-color", "-generate-config-out=found.tf")
	if !strings.Contains(out, "charts") || !strings.Contains(out, id) || strings.Contains(out, "records") {
		t.Errorf("the query prints\n%s", out)
	}
	generated, err := os.ReadFile(filepath.Join(cli.Dir(), "found.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`resource "srm_hds_cluster"`, "import {", "identity = {", id, `"kapsule-dedicated-4"`} {
		if !strings.Contains(string(generated), part) {
			t.Errorf("%s is missing in\n%s", part, generated)
		}
	}
}
