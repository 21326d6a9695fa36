package pool_test

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

const hdsResourceType = "srm_hds_pool"

// listFixture holds the UUIDs of two HDS clusters, which have three pools together, and of a shared Kapsule cluster
// with a fourth pool, which the list must leave out.
type listFixture struct{ first, second, shared string }

// newListFixture creates the clusters and pools for a list.
func newListFixture(t *testing.T, env *acctest.Env) listFixture {
	t.Helper()
	client := env.Client(t)
	cluster := func(name string, change ...func(*k8s.CreateClusterRequest)) string {
		return env.CreateCluster(t, append(change, func(r *k8s.CreateClusterRequest) { r.Name = name })...)
	}
	pool := func(cluster, name string, tags []string, change ...func(*k8s.CreatePoolRequest)) {
		request := &k8s.CreatePoolRequest{
			Region: scw.RegionFrPar, ClusterID: cluster, Name: name, NodeType: "POP2-2C-8G", Zone: scw.ZoneFrPar1,
			Size:        1,
			Autohealing: true, Tags: tags,
		}
		for _, adjust := range change {
			adjust(request)
		}
		created, err := client.CreatePool(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.WaitPool(t.Context(), scw.RegionFrPar, created.ID, nil); err != nil {
			t.Fatal(err)
		}
	}
	e := listFixture{
		first: cluster("charts"), second: cluster("archive"), shared: cluster(
			"web", func(r *k8s.CreateClusterRequest) { r.Type = "kapsule" },
		),
	}
	pool(e.first, "workers", []string{"hds"}, func(r *k8s.CreatePoolRequest) {
		r.UserData, r.Labels = map[string][]byte{
			"cloud-init": []byte("#cloud-config\n"),
		}, map[string]string{"role": "db"}
		r.KubeletArgs, r.Taints = map[string]string{"maxPods": "50"}, []*k8s.CoreV1Taint{
			{Key: "only", Value: "db", Effect: k8s.CoreV1TaintEffectNoSchedule},
		}
	})
	pool(e.first, "batch", []string{"hds", "night"}, func(r *k8s.CreatePoolRequest) {
		r.Autoscaling, r.MinSize, r.MaxSize, r.PublicIPDisabled = true, scw.Uint32Ptr(1), scw.Uint32Ptr(3), true
	})
	pool(e.second, "workers", nil)
	pool(e.shared, "front", []string{"hds"})
	return e
}

func TestHDSList(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	e := newListFixture(t, env)
	protocol := env.Protocol(t)
	const otherProject = "11111111-2222-4333-8444-555555555555"
	for name, test := range map[string]struct {
		config map[string]any
		limit  int64
		want   []string
	}{
		"no filter": {nil, 100, []string{"batch", "workers", "workers"}},
		"no limit":  {nil, 0, []string{"batch", "workers", "workers"}},
		"limit 2":   {nil, 2, []string{"batch", "workers"}},
		"cluster":   {map[string]any{"cluster_id": e.first}, 100, []string{"batch", "workers"}},
		"cluster with region": {
			map[string]any{"cluster_id": "fr-par/" + strings.ToUpper(e.second)}, 100, []string{"workers"},
		},
		"exact name":     {map[string]any{"name": "workers"}, 100, []string{"workers", "workers"}},
		"part of a name": {map[string]any{"name": "work"}, 100, []string{}},
		"one tag":        {map[string]any{"tags": []string{"hds"}}, 100, []string{"batch", "workers"}},
		"two tags":       {map[string]any{"tags": []string{"hds", "night"}}, 100, []string{"batch"}},
		"Project": {
			map[string]any{"project_id": sandbox.ProjectID}, 100, []string{"batch", "workers", "workers"},
		},
		"another Project": {map[string]any{"project_id": otherProject}, 100, []string{}},
		"cluster and its Project": {
			map[string]any{"cluster_id": e.second, "project_id": sandbox.ProjectID}, 100, []string{"workers"},
		},
		"cluster and another Project": {
			map[string]any{"cluster_id": e.second, "project_id": otherProject}, 100, []string{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if output := protocol.ValidateList(hdsResourceType, test.config); output != "" {
				t.Fatal(output)
			}
			results := protocol.List(hdsResourceType, test.config, false, test.limit)
			if all := acctest.ResultNames(t, results); !slices.Equal(all, test.want) {
				t.Errorf("pools %q, want %q", all, test.want)
			}
			// Pools with the same name are sorted by id.
			byNameAndID := func(a, b acctest.ListResult) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) }
			if !slices.IsSortedFunc(results, byNameAndID) {
				t.Errorf("results are not sorted: %v", results)
			}
		})
	}
}

// TestHDSListIncludesResource checks that a listed resource equals an imported one, user data included.
func TestHDSListIncludesResource(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	newListFixture(t, env)
	protocol := env.Protocol(t)
	env.Sandbox.ClearRequests()
	results := protocol.List(hdsResourceType, nil, true, 100)
	if all := acctest.ResultNames(t, results); len(all) != 3 {
		t.Fatalf("pools %q", all)
	}
	// One request for the clusters, two for their pools, three for the keys of user data, one for the only key.
	if requests := env.AllRequests(); len(requests) != 1+2+3+1 {
		t.Errorf("requests %q", requests)
	}
	withUserData := 0
	for _, result := range results {
		if imported := protocol.ImportState(hdsResourceType, result.ID); !imported.Equal(result.Resource) {
			difference, err := imported.Diff(result.Resource)
			t.Errorf("%s: imported and listed differ: %v %v", result.Name, difference, err)
		}
		attributes := map[string]tftypes.Value{}
		if err := result.Resource.As(&attributes); err != nil {
			t.Fatal(err)
		}
		if !attributes["user_data"].IsNull() {
			withUserData++
		}
	}
	if withUserData != 1 {
		t.Errorf("%d pools have user data, want 1", withUserData)
	}
}

func TestHDSListInvalidConfig(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	protocol := env.Protocol(t)
	for config, want := range map[*map[string]any]string{
		{"project_id": "default"}: "ERROR: The id of the Project is malformed",
		{"name": ""}:              "string length must be at least 1",
		{"cluster_id": "records"}: "ERROR: The id of the cluster is malformed",
		{"cluster_id": "fr-par-1/11111111-2222-4333-8444-555555555555"}: "zone fr-par-1",
	} {
		if output := protocol.ValidateList(hdsResourceType, *config); !strings.Contains(output, want) {
			t.Errorf("%v: %q", *config, output)
		}
	}
	mutualised := env.CreateCluster(t, func(r *k8s.CreateClusterRequest) { r.Type = "kapsule" })
	for id, want := range map[string]string{
		mutualised: "Clause: HDS-SCP-01",
		"nl-ams/11111111-2222-4333-8444-555555555555": "Clause: HDS-RES-01",
		"11111111-2222-4333-8444-555555555555":        "ERROR: Unable to list the HDS pools",
	} {
		results := protocol.List(hdsResourceType, map[string]any{"cluster_id": id}, true, 100)
		if len(results) != 1 || !strings.Contains(results[0].Diagnostics, want) {
			t.Errorf("%s: %+v", id, results)
		}
	}
}

// TestHDSListAPIErrors checks that an error of a list request is the only result, and that an error for one pool does
// not affect the results of the others.
func TestHDSListAPIErrors(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	e := newListFixture(t, env)
	protocol := env.Protocol(t)
	for _, path := range []string{"*/clusters", "*/pools", "*/clusters/" + e.first} {
		config := map[string]any{}
		if strings.HasSuffix(path, e.first) {
			config["cluster_id"] = e.first
		}
		if err := env.Sandbox.AddFault(
			sandbox.Fault{Method: http.MethodGet, Path: path, Kind: sandbox.FaultStatus, Status: http.StatusForbidden},
		); err != nil {
			t.Fatal(err)
		}
		results := protocol.List(hdsResourceType, config, true, 100)
		if len(results) != 1 || !strings.HasPrefix(
			results[0].Diagnostics, "ERROR: Unable to list the HDS pools\n",
		) || !strings.Contains(results[0].Diagnostics, "HTTP 403") {
			t.Errorf("%s: results %+v", path, results)
		}
	}
	if err := env.Sandbox.AddFault(
		sandbox.Fault{
			Method: http.MethodGet, Path: "*/user-data", Kind: sandbox.FaultStatus, Status: http.StatusForbidden,
		},
	); err != nil {
		t.Fatal(err)
	}
	results := protocol.List(hdsResourceType, nil, true, 100)
	if len(results) != 3 || !strings.HasPrefix(
		results[0].Diagnostics, "ERROR: Unable to read the user data of the HDS pool\n",
	) || results[1].Diagnostics+results[2].Diagnostics != "" {
		t.Errorf("results %+v", results)
	}
}

// TestHDSQueryCommand runs the list on a CLI that supports queries.
func TestHDSQueryCommand(t *testing.T) {
	t.Parallel()
	acctest.Requires(t, acctest.Query)
	env := acctest.New(t)
	e := newListFixture(t, env)
	cli := env.CLI(t, "")
	query := "list \"srm_hds_pool\" \"estate\" {\n  provider         = srm\n  include_resource = true\n  config {\n  " +
		"  cluster_id = \"" + e.first + "\"\n    tags       = [\"night\"]\n  }\n}\n"
	if err := os.WriteFile(filepath.Join(cli.Dir(), "estate.tfquery.hcl"), []byte(query), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := cli.MustRun("query", "-no-color"); !strings.Contains(out, "batch") || strings.Contains(out, "workers") {
		t.Errorf("output of the query:\n%s", out)
	}
}
