package hdspool_test

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

const listed = "srm_hds_pool"

// estate is two clusters with three pools, and one cluster that health data must not be in, with a fourth.
type estate struct{ first, second, mutualised string }

func build(t *testing.T, env *acctest.Env) estate {
	t.Helper()
	client := env.Client(t)
	cluster := func(name string, change ...func(*k8s.CreateClusterRequest)) string {
		return env.Cluster(t, append(change, func(r *k8s.CreateClusterRequest) { r.Name = name })...)
	}
	pool := func(cluster, name string, tags []string, change ...func(*k8s.CreatePoolRequest)) {
		request := &k8s.CreatePoolRequest{
			Region: scw.RegionFrPar, ClusterID: cluster, Name: name, NodeType: "POP2-2C-8G", Zone: scw.ZoneFrPar1, Size: 1,
			Autohealing: true, Tags: tags,
		}
		for _, adjust := range change {
			adjust(request)
		}
		made, err := client.CreatePool(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.WaitPool(t.Context(), scw.RegionFrPar, made.ID, nil); err != nil {
			t.Fatal(err)
		}
	}
	e := estate{
		first: cluster("charts"), second: cluster("archive"), mutualised: cluster(
			"web", func(r *k8s.CreateClusterRequest) { r.Type = "kapsule" },
		),
	}
	pool(e.first, "workers", []string{"hds"}, func(r *k8s.CreatePoolRequest) {
		r.UserData, r.Labels = map[string][]byte{"cloud-init": []byte("#cloud-config\n")}, map[string]string{"role": "db"}
		r.KubeletArgs, r.Taints = map[string]string{"maxPods": "50"}, []*k8s.CoreV1Taint{
			{Key: "only", Value: "db", Effect: k8s.CoreV1TaintEffectNoSchedule},
		}
	})
	pool(e.first, "batch", []string{"hds", "night"}, func(r *k8s.CreatePoolRequest) {
		r.Autoscaling, r.MinSize, r.MaxSize, r.PublicIPDisabled = true, scw.Uint32Ptr(1), scw.Uint32Ptr(3), true
	})
	pool(e.second, "workers", nil)
	pool(e.mutualised, "front", []string{"hds"})
	return e
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
	e := build(t, env)
	protocol := env.Protocol(t)
	const project = "11111111-2222-4333-8444-555555555555"
	for name, test := range map[string]struct {
		config map[string]any
		limit  int64
		wanted []string
	}{
		"all":           {nil, 100, []string{"batch", "workers", "workers"}},
		"no limit":      {nil, 0, []string{"batch", "workers", "workers"}},
		"the first two": {nil, 2, []string{"batch", "workers"}},
		"a cluster":     {map[string]any{"cluster_id": e.first}, 100, []string{"batch", "workers"}},
		"a cluster, regional": {
			map[string]any{"cluster_id": "fr-par/" + strings.ToUpper(e.second)}, 100, []string{"workers"},
		},
		"an exact name":   {map[string]any{"name": "workers"}, 100, []string{"workers", "workers"}},
		"part of a name":  {map[string]any{"name": "work"}, 100, []string{}},
		"a tag":           {map[string]any{"tags": []string{"hds"}}, 100, []string{"batch", "workers"}},
		"all of two tags": {map[string]any{"tags": []string{"hds", "night"}}, 100, []string{"batch"}},
		"a Project": {
			map[string]any{"project_id": sandbox.ProjectID}, 100, []string{"batch", "workers", "workers"},
		},
		"another Project": {map[string]any{"project_id": project}, 100, []string{}},
		"a cluster, its Project": {
			map[string]any{"cluster_id": e.second, "project_id": sandbox.ProjectID}, 100, []string{"workers"},
		},
		"a cluster, another": {map[string]any{"cluster_id": e.second, "project_id": project}, 100, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if said := protocol.ValidateList(listed, test.config); said != "" {
				t.Fatal(said)
			}
			found := protocol.List(listed, test.config, false, test.limit)
			if all := names(t, found); !slices.Equal(all, test.wanted) {
				t.Errorf("pools %q, want %q", all, test.wanted)
			}
			// Of one name, the ids decide.
			if !slices.IsSortedFunc(found, func(a, b acctest.Listed) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) }) {
				t.Errorf("the order is not stable: %v", found)
			}
		})
	}
}

// TestListedResource: it is what an import and the read after it give, user data included.
func TestListedResource(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	build(t, env)
	protocol := env.Protocol(t)
	env.Sandbox.ClearRequests()
	found := protocol.List(listed, nil, true, 100)
	if all := names(t, found); len(all) != 3 {
		t.Fatalf("pools %q", all)
	}
	// The clusters, the pools of two, the user data of three, one of which has a key.
	if requests := env.AllRequests(); len(requests) != 1+2+3+1 {
		t.Errorf("requests %q", requests)
	}
	withUserData := 0
	for _, one := range found {
		if imported := protocol.Imported(listed, one.ID); !imported.Equal(one.Resource) {
			difference, err := imported.Diff(one.Resource)
			t.Errorf("%s: imported and listed differ: %v %v", one.Name, difference, err)
		}
		attributes := map[string]tftypes.Value{}
		if err := one.Resource.As(&attributes); err != nil {
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

func TestListRefusals(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	protocol := env.Protocol(t)
	for config, wanted := range map[*map[string]any]string{
		{"project_id": "default"}: "ERROR: The id of the Project is malformed",
		{"name": ""}:              "string length must be at least 1",
		{"cluster_id": "records"}: "ERROR: The id of the cluster is malformed",
		{"cluster_id": "fr-par-1/11111111-2222-4333-8444-555555555555"}: "zone fr-par-1",
	} {
		if said := protocol.ValidateList(listed, *config); !strings.Contains(said, wanted) {
			t.Errorf("%v: %q", *config, said)
		}
	}
	mutualised := env.Cluster(t, func(r *k8s.CreateClusterRequest) { r.Type = "kapsule" })
	for id, wanted := range map[string]string{
		mutualised: "Clause: HDS-SCP-01",
		"nl-ams/11111111-2222-4333-8444-555555555555": "Clause: HDS-RES-01",
		"11111111-2222-4333-8444-555555555555":        "ERROR: Unable to list the HDS pools",
	} {
		found := protocol.List(listed, map[string]any{"cluster_id": id}, true, 100)
		if len(found) != 1 || !strings.Contains(found[0].Said, wanted) {
			t.Errorf("%s: %+v", id, found)
		}
	}
}

// TestListFailures: an error of a list is a result of its own; one of a pool leaves the others alone.
func TestListFailures(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	e := build(t, env)
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
		found := protocol.List(listed, config, true, 100)
		if len(found) != 1 || !strings.HasPrefix(
			found[0].Said, "ERROR: Unable to list the HDS pools\n",
		) || !strings.Contains(found[0].Said, "HTTP 403") {
			t.Errorf("%s: results %+v", path, found)
		}
	}
	if err := env.Sandbox.AddFault(
		sandbox.Fault{Method: http.MethodGet, Path: "*/user-data", Kind: sandbox.FaultStatus, Status: http.StatusForbidden},
	); err != nil {
		t.Fatal(err)
	}
	found := protocol.List(listed, nil, true, 100)
	if len(found) != 3 || !strings.HasPrefix(
		found[0].Said, "ERROR: Unable to read the user data of the HDS pool\n",
	) || found[1].Said+found[2].Said != "" {
		t.Errorf("results %+v", found)
	}
}

// TestQuery runs the list on a CLI that can.
func TestQuery(t *testing.T) {
	t.Parallel()
	acctest.Requires(t, acctest.Query)
	env := acctest.New(t)
	e := build(t, env)
	cli := env.CLI(t, "")
	query := "list \"srm_hds_pool\" \"estate\" {\n  provider         = srm\n  include_resource = true\n  config {\n    " +
		"cluster_id = \"" + e.first + "\"\n    tags       = [\"night\"]\n  }\n}\n"
	if err := os.WriteFile(filepath.Join(cli.Dir(), "estate.tfquery.hcl"), []byte(query), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := cli.Must("query", "-no-color"); !strings.Contains(out, "batch") || strings.Contains(out, "workers") {
		t.Errorf("the query prints\n%s", out)
	}
}
