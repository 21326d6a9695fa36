package cluster_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

const (
	dataAddress     = "data.srm_cluster.one"
	clustersRequest = "GET /k8s/v1/regions/fr-par/clusters"
)

func dataSourceConfig(arguments string) string {
	return "data \"srm_cluster\" \"one\" {\n" + arguments + "\n}\n"
}

func configByID(id string) string { return dataSourceConfig(fmt.Sprintf("id = %q", id)) }

func expectValue(want knownvalue.Check, path tfjsonpath.Path) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(dataAddress, path, want)
}

func attributePath(name string) tfjsonpath.Path { return tfjsonpath.New(name) }

// createPool creates a pool of two nodes and waits until they are ready.
func createPool(t *testing.T, env *acctest.Env, clusterID, name string) string {
	t.Helper()
	client := env.Client(t)
	created, err := client.CreatePool(t.Context(), &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: clusterID, Name: name, NodeType: "POP2-4C-16G", Size: 2, Autohealing: true,
		Zone:             scw.ZoneFrPar2,
		ContainerRuntime: k8s.RuntimeContainerd, RootVolumeType: k8s.PoolVolumeTypeSbs5k, PublicIPDisabled: true,
		Tags:        []string{"hds"},
		KubeletArgs: map[string]string{"maxPods": "50"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.WaitPool(t.Context(), scw.RegionFrPar, created.ID, nil); err != nil {
		t.Fatal(err)
	}
	return created.ID
}

// messageRegexp returns a pattern that matches a message even if the CLI wraps it.
func messageRegexp(pattern string) *regexp.Regexp {
	return regexp.MustCompile("(?s)" + strings.ReplaceAll(pattern, " ", `\s+`))
}

func TestDataSourceReadByIDAndName(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.CreateCluster(t, func(r *k8s.CreateClusterRequest) { r.Name, r.Tags = "patients", []string{"hds"} })
	poolID := createPool(t, env, id, "workers")
	ip := scw.IPNet{}
	if err := ip.UnmarshalJSON([]byte(`"192.0.2.0/24"`)); err != nil {
		t.Fatal(err)
	}
	if _, err := env.Client(t).SetAllowList(
		t.Context(), scw.RegionFrPar, id, []*k8s.ACLRuleRequest{{IP: &ip, Description: "office"}},
	); err != nil {
		t.Fatal(err)
	}
	workers := attributePath("pools").AtSliceIndex(0)
	first := workers.AtMapKey("nodes").AtSliceIndex(0)
	facts := []statecheck.StateCheck{
		expectValue(knownvalue.StringExact("fr-par/"+id), attributePath("id")),
		expectValue(knownvalue.StringExact("patients"), attributePath("name")),
		expectValue(knownvalue.StringExact("fr-par"), attributePath("region")),
		expectValue(knownvalue.StringExact(sandbox.ProjectID), attributePath("project_id")),
		expectValue(knownvalue.StringExact("kapsule-dedicated-4"), attributePath("type")),
		expectValue(knownvalue.StringExact("ready"), attributePath("status")),
		expectValue(knownvalue.StringExact(env.FullVersion(t, "1.35")), attributePath("version")),
		expectValue(knownvalue.StringExact("cilium"), attributePath("cni")),
		expectValue(knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("hds")}), attributePath("tags")),
		expectValue(knownvalue.StringExact("fr-par/"+sandbox.PrivateNetworkID), attributePath("private_network_id")),
		expectValue(knownvalue.Bool(true), attributePath("auto_upgrade").AtMapKey("enabled")),
		expectValue(knownvalue.Null(), attributePath("oidc")),
		expectValue(
			knownvalue.Int64Exact(2),
			attributePath("auto_upgrade").AtMapKey("maintenance_window").AtMapKey("start_hour"),
		),
		expectValue(knownvalue.NotNull(), attributePath("created_at")),
		expectValue(knownvalue.NotNull(), attributePath("commitment_ends_at")),
		expectValue(knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
			"ip": knownvalue.StringExact("192.0.2.0/24"), "scaleway_ranges": knownvalue.Bool(false),
			"description": knownvalue.StringExact("office"),
		})}), attributePath("allow_list")),
		expectValue(knownvalue.ListSizeExact(1), attributePath("pools")),
		expectValue(knownvalue.StringExact("fr-par/"+poolID), workers.AtMapKey("id")),
		expectValue(knownvalue.StringExact("pop2_4c_16g"), workers.AtMapKey("node_type")),
		expectValue(knownvalue.Int64Exact(2), workers.AtMapKey("size")),
		expectValue(knownvalue.StringExact("sbs_5k"), workers.AtMapKey("root_volume").AtMapKey("type")),
		expectValue(knownvalue.Bool(true), workers.AtMapKey("public_ip_disabled")),
		expectValue(
			knownvalue.MapExact(
				map[string]knownvalue.Check{"maxPods": knownvalue.StringExact("50")},
			), workers.AtMapKey("kubelet_args"),
		),
		expectValue(knownvalue.Null(), workers.AtMapKey("error_message")),
		expectValue(knownvalue.ListSizeExact(2), workers.AtMapKey("nodes")),
		expectValue(knownvalue.StringExact("ready"), first.AtMapKey("status")),
		expectValue(knownvalue.NotNull(), first.AtMapKey("created_at")),
		expectValue(knownvalue.Null(), first.AtMapKey("public_ip_v4")),
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(configByID("fr-par/" + id)), ConfigStateChecks: facts},
		{Config: env.Config(configByID(id)), ConfigStateChecks: facts},
		{Config: env.Config(dataSourceConfig(`name = "patients"`)), ConfigStateChecks: facts},
		{
			Config: env.Config(
				dataSourceConfig(
					fmt.Sprintf("name = \"patients\"\nproject_id = %q\nregion = \"fr-par\"", sandbox.ProjectID),
				),
			), ConfigStateChecks: facts,
		},
	}})
}

// TestDataSourceRequests checks the requests of one read.
func TestDataSourceRequests(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config func(id string) string
		first  string
	}{
		"by id":   {configByID, clustersRequest + "/{id}"},
		"by name": {func(string) string { return dataSourceConfig(`name = "outside"`) }, clustersRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			id := env.CreateCluster(t)
			for _, each := range []string{"one", "two", "three"} {
				createPool(t, env, id, each)
			}
			env.Sandbox.ClearRequests()
			env.Test(t, resource.TestCase{Steps: []resource.TestStep{{Config: env.Config(test.config(id)),
				Check: resource.TestCheckResourceAttr(dataAddress, "pools.#", "3")}}})
			// The CLI reads the data source several times in a step, each time with the same four requests.
			want := []string{
				test.first,
				clustersRequest + "/{id}/acls",
				clustersRequest + "/{id}/pools",
				clustersRequest + "/{id}/nodes",
			}
			got := env.AllRequests()
			for i := 0; i < len(got); i += len(want) {
				if read := got[i:min(i+len(want), len(got))]; !slices.Equal(read, want) {
					t.Fatalf("read %d sent %v, want %v", i/len(want), read, want)
				}
			}
		})
	}
}

// TestDataSourceKosmos reads a Kosmos cluster that this provider did not create.
func TestDataSourceKosmos(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.CreateCluster(t, acctest.Kosmos("multicloud"), acctest.Named("edge"))
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(configByID(id)),
		ConfigStateChecks: []statecheck.StateCheck{
			expectValue(knownvalue.StringExact("multicloud"), attributePath("type")),
			expectValue(knownvalue.Null(), attributePath("private_network_id")),
			expectValue(knownvalue.ListSizeExact(0), attributePath("pools")),
		},
	}}})
}

func TestDataSourceWithoutAllowList(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.CreateCluster(t)
	emptyList := []statecheck.StateCheck{
		expectValue(knownvalue.Bool(true), attributePath("acl_available")),
		expectValue(knownvalue.ListSizeExact(0), attributePath("allow_list")),
	}
	noList := []statecheck.StateCheck{
		expectValue(knownvalue.Bool(false), attributePath("acl_available")),
		expectValue(knownvalue.Null(), attributePath("allow_list")),
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(configByID(id)), ConfigStateChecks: emptyList},
		{
			PreConfig: func() {
				if err := env.Sandbox.Patch("clusters", id, map[string]any{"acl_available": false}); err != nil {
					t.Fatal(err)
				}
				env.Sandbox.ClearRequests()
			},
			Config: env.Config(configByID(id)), ConfigStateChecks: noList,
		},
	}})
	if slices.Contains(env.AllRequests(), clustersRequest+"/{id}/acls") {
		t.Error("the allow-list was requested although the cluster cannot have one")
	}
}

func TestDataSourceAnotherRegion(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	client := env.Client(t)
	created, err := client.CreateCluster(t.Context(), &k8s.CreateClusterRequest{
		Region: scw.RegionNlAms, Name: "patients", Type: "multicloud", Version: env.FullVersion(t, "1.35"),
		Cni:  k8s.CNIKilo,
		Tags: []string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	checks := []statecheck.StateCheck{
		expectValue(
			knownvalue.StringExact("nl-ams/"+created.ID), attributePath("id"),
		), expectValue(knownvalue.StringExact("nl-ams"), attributePath("region")),
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: env.Config(dataSourceConfig(`name = "patients"`)),
			ExpectError: messageRegexp(`There is no cluster named "patients" in ` +
				`fr-par.*Set region to search another region`),
		},
		{
			Config:      env.Config(configByID(created.ID)),
			ExpectError: messageRegexp(`Unable to read the cluster.*` + created.ID + `.*404`),
		},
		{
			Config: env.Config(
				dataSourceConfig(fmt.Sprintf("id = \"nl-ams/%s\"\nregion = \"fr-par\"", created.ID)),
			), ExpectError: messageRegexp(`The id and the region name different regions`),
		},
		{Config: env.Config(configByID("nl-ams/" + created.ID)), ConfigStateChecks: checks},
		{
			Config:            env.Config(dataSourceConfig(fmt.Sprintf("id = %q\nregion = \"nl-ams\"", created.ID))),
			ConfigStateChecks: checks,
		},
		{Config: env.Config(dataSourceConfig("name = \"patients\"\nregion = \"nl-ams\"")), ConfigStateChecks: checks},
	}})
}

func TestDataSourceSeveralClustersWithOneName(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	first, second := env.CreateCluster(t), env.CreateCluster(t, acctest.Named("other"))
	if err := env.Sandbox.Patch("clusters", second, map[string]any{"name": "outside"}); err != nil {
		t.Fatal(err)
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: env.Config(dataSourceConfig(`name = "outside"`)),
			ExpectError: messageRegexp(
				`There are 2 clusters named "outside" in fr-par.*(` + first + `.*` + second + `|` + second + `.*` +
					first +
					`).*Set project_id`,
			),
		},
		{
			Config: env.Config(
				dataSourceConfig(`name = "outsid"`),
			),
			ExpectError: messageRegexp(`There is no cluster named "outsid" in fr-par`),
		},
	}})
}

func TestDataSourceArguments(t *testing.T) {
	t.Parallel()
	const id = "11111111-1111-1111-1111-111111111111"
	env := acctest.New(t)
	steps := []resource.TestStep{}
	for arguments, want := range map[string]string{
		``: `No attribute specified when one \(and only one\) of \[id,name\] is required`,
		`id = "` + id + `"` + "\n" + `name = "patients"`: `2 attributes specified when one \(and only one\) of ` +
			`\[id,name\] is required`,
		`id = "` + id + `"` + "\n" + `project_id = "` + id + `"`: `"id" cannot be specified when "project_id" is ` +
			`specified`,
		`id = "patients"`:                           `The id of the cluster is malformed.*region/UUID, or a UUID alone`,
		`id = "fr-par-1/` + id + `"`:                `The id of the cluster is malformed.*zone fr-par-1`,
		"name = \"patients\"\nproject_id = \"web\"": `The value is not a UUID`,
		"name = \"patients\"\nregion = \"paris\"":   `The value is not a region`,
	} {
		steps = append(
			steps,
			resource.TestStep{Config: env.Config(dataSourceConfig(arguments)), ExpectError: messageRegexp(want)},
		)
	}
	env.Test(t, resource.TestCase{Steps: steps})
}

// TestDataSourceAPIErrors checks that the error names the request that failed, for each of the four requests.
func TestDataSourceAPIErrors(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/clusters/*":       `Unable to read the cluster.*Unable to read cluster fr-par/`,
		"/clusters/*/acls":  `Unable to read the cluster.*Unable to read the allow-list of cluster`,
		"/clusters/*/pools": `Unable to read the cluster.*Unable to list the pools of cluster`,
		"/clusters/*/nodes": `Unable to read the cluster.*Unable to list the nodes of cluster`,
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			id := env.CreateCluster(t)
			if err := env.Sandbox.AddFault(sandbox.Fault{Method: http.MethodGet, Path: "/k8s/v1/regions/fr-par" + path,
				Kind:   sandbox.FaultStatus,
				Status: http.StatusForbidden, Times: 100}); err != nil {
				t.Fatal(err)
			}
			env.Test(
				t,
				resource.TestCase{
					Steps: []resource.TestStep{{Config: env.Config(configByID(id)), ExpectError: messageRegexp(want)}},
				},
			)
		})
	}
}

// TestDataSourceNodeAges computes node ages in the configuration from created_at and a date, without the clock.
func TestDataSourceNodeAges(t *testing.T) {
	t.Parallel()
	env := acctest.New(
		t, func(o *sandbox.Options) { o.Start = time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC) },
	)
	id := env.CreateCluster(t)
	createPool(t, env, id, "workers")
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(configByID(id) + `
output "old" {
  value = length([for n in flatten(data.srm_cluster.one.pools[*].nodes) : n.name if timecmp(timeadd(n.created_at,
    "720h"), "2027-01-01T00:00:00Z") < 0])
}`),
		ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("old", knownvalue.Int64Exact(2))},
	}}})
}
