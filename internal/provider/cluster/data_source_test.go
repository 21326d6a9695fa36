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
	address  = "data.srm_cluster.one"
	clusters = "GET /k8s/v1/regions/fr-par/clusters"
)

func ask(arguments string) string { return "data \"srm_cluster\" \"one\" {\n" + arguments + "\n}\n" }

func byID(id string) string { return ask(fmt.Sprintf("id = %q", id)) }

func is(want knownvalue.Check, path tfjsonpath.Path) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, path, want)
}

func attribute(name string) tfjsonpath.Path { return tfjsonpath.New(name) }

// pool creates a pool of two nodes and waits until they are ready.
func pool(t *testing.T, env *acctest.Env, clusterID, name string) string {
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

// saying returns a pattern that matches a message even if the CLI wraps it.
func saying(pattern string) *regexp.Regexp {
	return regexp.MustCompile("(?s)" + strings.ReplaceAll(pattern, " ", `\s+`))
}

func TestByID(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.Cluster(t, func(r *k8s.CreateClusterRequest) { r.Name, r.Tags = "patients", []string{"hds"} })
	poolID := pool(t, env, id, "workers")
	ip := scw.IPNet{}
	if err := ip.UnmarshalJSON([]byte(`"192.0.2.0/24"`)); err != nil {
		t.Fatal(err)
	}
	if _, err := env.Client(t).SetAllowList(
		t.Context(), scw.RegionFrPar, id, []*k8s.ACLRuleRequest{{IP: &ip, Description: "office"}},
	); err != nil {
		t.Fatal(err)
	}
	workers := attribute("pools").AtSliceIndex(0)
	first := workers.AtMapKey("nodes").AtSliceIndex(0)
	facts := []statecheck.StateCheck{
		is(knownvalue.StringExact("fr-par/"+id), attribute("id")), is(knownvalue.StringExact("patients"), attribute("name")),
		is(knownvalue.StringExact("fr-par"), attribute("region")), is(
			knownvalue.StringExact(sandbox.ProjectID), attribute("project_id"),
		),
		is(
			knownvalue.StringExact("kapsule-dedicated-4"), attribute("type"),
		), is(knownvalue.StringExact("ready"), attribute("status")),
		is(
			knownvalue.StringExact(env.Version(t, "1.35")), attribute("version"),
		), is(knownvalue.StringExact("cilium"), attribute("cni")),
		is(knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("hds")}), attribute("tags")),
		is(knownvalue.StringExact("fr-par/"+sandbox.PrivateNetworkID), attribute("private_network_id")),
		is(knownvalue.Bool(true), attribute("auto_upgrade").AtMapKey("enabled")), is(knownvalue.Null(), attribute("oidc")),
		is(knownvalue.Int64Exact(2), attribute("auto_upgrade").AtMapKey("maintenance_window").AtMapKey("start_hour")),
		is(knownvalue.NotNull(), attribute("created_at")), is(knownvalue.NotNull(), attribute("commitment_ends_at")),
		is(knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
			"ip": knownvalue.StringExact("192.0.2.0/24"), "scaleway_ranges": knownvalue.Bool(false),
			"description": knownvalue.StringExact("office"),
		})}), attribute("allow_list")),
		is(knownvalue.ListSizeExact(1), attribute("pools")), is(
			knownvalue.StringExact("fr-par/"+poolID), workers.AtMapKey("id"),
		),
		is(
			knownvalue.StringExact("pop2_4c_16g"), workers.AtMapKey("node_type"),
		), is(knownvalue.Int64Exact(2), workers.AtMapKey("size")),
		is(
			knownvalue.StringExact("sbs_5k"), workers.AtMapKey("root_volume").AtMapKey("type"),
		), is(knownvalue.Bool(true), workers.AtMapKey("public_ip_disabled")),
		is(
			knownvalue.MapExact(
				map[string]knownvalue.Check{"maxPods": knownvalue.StringExact("50")},
			), workers.AtMapKey("kubelet_args"),
		),
		is(knownvalue.Null(), workers.AtMapKey("error_message")), is(knownvalue.ListSizeExact(2), workers.AtMapKey("nodes")),
		is(knownvalue.StringExact("ready"), first.AtMapKey("status")), is(knownvalue.NotNull(), first.AtMapKey("created_at")),
		is(knownvalue.Null(), first.AtMapKey("public_ip_v4")),
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(byID("fr-par/" + id)), ConfigStateChecks: facts},
		{Config: env.Config(byID(id)), ConfigStateChecks: facts},
		{Config: env.Config(ask(`name = "patients"`)), ConfigStateChecks: facts},
		{
			Config: env.Config(
				ask(fmt.Sprintf("name = \"patients\"\nproject_id = %q\nregion = \"fr-par\"", sandbox.ProjectID)),
			), ConfigStateChecks: facts,
		},
	}})
}

// TestRequests checks the requests of one read.
func TestRequests(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config func(id string) string
		first  string
	}{
		"by id":   {byID, clusters + "/{id}"},
		"by name": {func(string) string { return ask(`name = "outside"`) }, clusters},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			id := env.Cluster(t)
			for _, each := range []string{"one", "two", "three"} {
				pool(t, env, id, each)
			}
			env.Sandbox.ClearRequests()
			env.Test(t, resource.TestCase{Steps: []resource.TestStep{{Config: env.Config(test.config(id)),
				Check: resource.TestCheckResourceAttr(address, "pools.#", "3")}}})
			// The CLI reads the data source several times in a step, each time with the same four requests.
			want := []string{test.first, clusters + "/{id}/acls", clusters + "/{id}/pools", clusters + "/{id}/nodes"}
			got := env.AllRequests()
			for i := 0; i < len(got); i += len(want) {
				if read := got[i:min(i+len(want), len(got))]; !slices.Equal(read, want) {
					t.Fatalf("read %d sent %v, want %v", i/len(want), read, want)
				}
			}
		})
	}
}

// TestKosmos reads a Kosmos cluster that this provider did not create.
func TestKosmos(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.Cluster(t, func(r *k8s.CreateClusterRequest) {
		r.Name, r.Type, r.Cni, r.PrivateNetworkID = "edge", "multicloud", k8s.CNIKilo, nil
	})
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(byID(id)),
		ConfigStateChecks: []statecheck.StateCheck{
			is(knownvalue.StringExact("multicloud"), attribute("type")), is(knownvalue.Null(), attribute("private_network_id")),
			is(knownvalue.ListSizeExact(0), attribute("pools")),
		},
	}}})
}

func TestWithoutAllowList(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.Cluster(t)
	emptyList := []statecheck.StateCheck{
		is(knownvalue.Bool(true), attribute("acl_available")), is(knownvalue.ListSizeExact(0), attribute("allow_list")),
	}
	noList := []statecheck.StateCheck{
		is(knownvalue.Bool(false), attribute("acl_available")), is(knownvalue.Null(), attribute("allow_list")),
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(byID(id)), ConfigStateChecks: emptyList},
		{
			PreConfig: func() {
				if err := env.Sandbox.Patch("clusters", id, map[string]any{"acl_available": false}); err != nil {
					t.Fatal(err)
				}
				env.Sandbox.ClearRequests()
			},
			Config: env.Config(byID(id)), ConfigStateChecks: noList,
		},
	}})
	if slices.Contains(env.AllRequests(), clusters+"/{id}/acls") {
		t.Error("the allow-list was requested although the cluster cannot have one")
	}
}

func TestAnotherRegion(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	client := env.Client(t)
	created, err := client.CreateCluster(t.Context(), &k8s.CreateClusterRequest{
		Region: scw.RegionNlAms, Name: "patients", Type: "multicloud", Version: env.Version(t, "1.35"), Cni: k8s.CNIKilo,
		Tags: []string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	checks := []statecheck.StateCheck{
		is(
			knownvalue.StringExact("nl-ams/"+created.ID), attribute("id"),
		), is(knownvalue.StringExact("nl-ams"), attribute("region")),
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(ask(`name = "patients"`)), ExpectError: saying(`There is no cluster named "patients" in ` +
			`fr-par.*Set region to search another region`)},
		{Config: env.Config(byID(created.ID)), ExpectError: saying(`Unable to read cluster.*` + created.ID + `.*404`)},
		{
			Config: env.Config(
				ask(fmt.Sprintf("id = \"nl-ams/%s\"\nregion = \"fr-par\"", created.ID)),
			), ExpectError: saying(`The id and the region name different regions`),
		},
		{Config: env.Config(byID("nl-ams/" + created.ID)), ConfigStateChecks: checks},
		{Config: env.Config(ask(fmt.Sprintf("id = %q\nregion = \"nl-ams\"", created.ID))), ConfigStateChecks: checks},
		{Config: env.Config(ask("name = \"patients\"\nregion = \"nl-ams\"")), ConfigStateChecks: checks},
	}})
}

func TestSeveralOfAName(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	first, second := env.Cluster(t), env.Cluster(t, func(r *k8s.CreateClusterRequest) { r.Name = "other" })
	if err := env.Sandbox.Patch("clusters", second, map[string]any{"name": "outside"}); err != nil {
		t.Fatal(err)
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(ask(`name = "outside"`)),
		ExpectError: saying(
			`There are 2 clusters named "outside" in fr-par.*(` + first + `.*` + second + `|` + second + `.*` + first +
				`).*Set project_id`,
		),
	}, {
		Config: env.Config(ask(`name = "outsid"`)), ExpectError: saying(`There is no cluster named "outsid" in fr-par`),
	}}})
}

func TestArguments(t *testing.T) {
	t.Parallel()
	const id = "11111111-1111-1111-1111-111111111111"
	env := acctest.New(t)
	steps := []resource.TestStep{}
	for arguments, want := range map[string]string{
		``: `No attribute specified when one \(and only one\) of \[id,name\] is required`,
		`id = "` + id + `"` + "\n" + `name = "patients"`: `2 attributes specified when one \(and only one\) of ` +
			`\[id,name\] is required`,
		`id = "` + id + `"` + "\n" + `project_id = "` + id + `"`: `"id" cannot be specified when "project_id" is specified`,
		`id = "patients"`:                           `The id of the cluster is malformed.*region/UUID, or a UUID alone`,
		`id = "fr-par-1/` + id + `"`:                `The id of the cluster is malformed.*zone fr-par-1`,
		"name = \"patients\"\nproject_id = \"web\"": `The value is not a UUID`,
		"name = \"patients\"\nregion = \"paris\"":   `The value is not a region`,
	} {
		steps = append(steps, resource.TestStep{Config: env.Config(ask(arguments)), ExpectError: saying(want)})
	}
	env.Test(t, resource.TestCase{Steps: steps})
}

// TestFailures checks that the error names the request that failed, for each of the four requests.
func TestFailures(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/clusters/*":       `Unable to read cluster.*Unable to read cluster fr-par/`,
		"/clusters/*/acls":  `Unable to read cluster.*Unable to read the allow-list of cluster`,
		"/clusters/*/pools": `Unable to read cluster.*Unable to list the pools of cluster`,
		"/clusters/*/nodes": `Unable to read cluster.*Unable to list the nodes of cluster`,
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			id := env.Cluster(t)
			if err := env.Sandbox.AddFault(sandbox.Fault{Method: http.MethodGet, Path: "/k8s/v1/regions/fr-par" + path,
				Kind:   sandbox.FaultStatus,
				Status: http.StatusForbidden, Times: 100}); err != nil {
				t.Fatal(err)
			}
			env.Test(t, resource.TestCase{Steps: []resource.TestStep{{Config: env.Config(byID(id)), ExpectError: saying(want)}}})
		})
	}
}

// TestNodeAges computes node ages in the configuration from created_at and a date, without the clock.
func TestNodeAges(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, func(o *sandbox.Options) { o.Start = time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC) })
	id := env.Cluster(t)
	pool(t, env, id, "workers")
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(byID(id) + `
output "old" {
  value = length([for n in flatten(data.srm_cluster.one.pools[*].nodes) : n.name if timecmp(timeadd(n.created_at,
    "720h"), "2027-01-01T00:00:00Z") < 0])
}`),
		ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("old", knownvalue.Int64Exact(2))},
	}}})
}
