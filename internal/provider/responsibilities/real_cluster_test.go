package responsibilities_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestHealthDataInAnotherRegion checks that a real cluster of another region cannot be for health data, even with a
// dedicated offer.
func TestHealthDataInAnotherRegion(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	created, err := env.Client(t).CreateCluster(t.Context(), &k8s.CreateClusterRequest{
		Region: scw.RegionNlAms, Name: "elsewhere", Type: "multicloud", Version: env.FullVersion(t, "1.35"),
		Cni:  k8s.CNIKilo,
		Tags: []string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := env.Sandbox.Patch("clusters", created.ID, map[string]any{"type": "kapsule-dedicated-4"}); err != nil {
		t.Fatal(err)
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: env.Config(configByID("nl-ams/"+created.ID, "hds = true")),
			ExpectError: messageRegexp(`Health data clusters must be in ` +
				`the Paris region.*HDS-RES-01.*region "nl-ams"`),
		},
		{Config: env.Config(
			dataSourceConfig(fmt.Sprintf("cluster_id = %q\nregion = \"nl-ams\"\nfilter = { hds = true }", created.ID)),
		), ConfigStateChecks: []statecheck.StateCheck{
			expectValue(
				knownvalue.StringExact("dedicated"), attributePath("facts", "offer"),
			), expectValue(knownvalue.Int64Exact(0), attributePath("counts", "applicable")),
			expectValue(
				knownvalue.StringExact(
					"The cluster is not declared to be for health data.",
				), attributePath("not_applicable").AtSliceIndex(0).AtMapKey("reason"),
			),
		}},
	}})
}

// createPool creates a pool of one node and waits until it is ready.
func createPool(t *testing.T, env *acctest.Env, clusterID, name string, change func(*k8s.CreatePoolRequest)) {
	t.Helper()
	client := env.Client(t)
	request := &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: clusterID, Name: name, NodeType: "POP2-2C-8G", Size: 1, Autohealing: true,
		Zone:             scw.ZoneFrPar1,
		ContainerRuntime: k8s.RuntimeContainerd, RootVolumeType: k8s.PoolVolumeTypeSbs5k, PublicIPDisabled: true,
		Tags: []string{},
	}
	if change != nil {
		change(request)
	}
	created, err := client.CreatePool(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.WaitPool(t.Context(), scw.RegionFrPar, created.ID, nil); err != nil {
		t.Fatal(err)
	}
}

// TestRealCluster reads a cluster that no resource created, with the transfers of its pools.
func TestRealCluster(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.CreateCluster(t)
	content := "#cloud-config\n# s3cr3t"
	createPool(t, env, id, "b", func(r *k8s.CreatePoolRequest) { r.KubeletArgs = map[string]string{"maxPods": "50"} })
	createPool(t, env, id, "a", func(r *k8s.CreatePoolRequest) {
		r.UserData = map[string][]byte{"cloud-init": []byte(content)}
	})
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(configByID("fr-par/"+id, "hds = true\n"+`filter = { section = ["HDS-SCP", "TRF", "OTC"], `+
			`by = `+
			`["check"] }`)), ConfigStateChecks: []statecheck.StateCheck{
			expectValue(knownvalue.ListSizeExact(2), attributePath("responsibility_transfers")),
			expectValue(
				knownvalue.StringExact(
					"pools/a/user_data/cloud-init",
				), attributePath("responsibility_transfers").AtSliceIndex(0).AtMapKey("key"),
			),
			expectValue(
				knownvalue.StringExact(
					"pools/b/kubelet_args/maxPods",
				), attributePath("responsibility_transfers").AtSliceIndex(1).AtMapKey("key"),
			),
			expectValue(knownvalue.StringExact("OTC-14"), attributePath("clauses").AtSliceIndex(0).AtMapKey("id")),
			expectValue(knownvalue.StringExact("TRF-01"), attributePath("clauses").AtSliceIndex(1).AtMapKey("id")),
			expectValue(knownvalue.StringExact("TRF-02"), attributePath("clauses").AtSliceIndex(2).AtMapKey("id")),
			expectValue(knownvalue.StringExact("HDS-SCP-01"), attributePath("clauses").AtSliceIndex(3).AtMapKey("id")),
			expectValue(knownvalue.Bool(false), attributePath("facts", "looked_into")),
		}},
		{Config: env.Config(configByID(id, "")), ConfigStateChecks: []statecheck.StateCheck{
			expectValue(knownvalue.Bool(false), attributePath("facts", "hds")),
			expectValue(knownvalue.ListSizeExact(132), attributePath("clauses")),
			// The Kubernetes API was not read, so it is unknown whether managed add-ons were altered.
			expectValue(knownvalue.Int64Exact(2), attributePath("counts", "by_party", "undetermined")),
			expectValue(knownvalue.ObjectExact(map[string]knownvalue.Check{
				"reason": knownvalue.StringExact("In-cluster objects: set look_into_cluster to true to find altered " +
					"managed add-ons."),
				"clauses": knownvalue.ListExact(
					exactStrings("MKS-02", "MKS-03", "OTC-06", "ADD-01", "TRF-02", "KAP-01", "LIF-07"),
				),
			}), attributePath("not_looked_at").AtSliceIndex(0)),
		}},
	}})
}

func exactStrings(names ...string) []knownvalue.Check {
	checks := []knownvalue.Check{}
	for _, name := range names {
		checks = append(checks, knownvalue.StringExact(name))
	}
	return checks
}

// TestKosmosWithExternalNodes reads a Kosmos cluster that no resource created.
func TestKosmosWithExternalNodes(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.CreateCluster(t, acctest.Kosmos("multicloud"), acctest.Named("edge"))
	createPool(t, env, id, "machines", func(r *k8s.CreatePoolRequest) {
		r.NodeType, r.Size, r.Autohealing, r.PublicIPDisabled, r.RootVolumeType = "external", 0, false, false, ""
	})
	env.Sandbox.ClearRequests()
	env.Test(
		t,
		resource.TestCase{Steps: []resource.TestStep{{Config: env.Config(configByID(id, `filter = { section = ["EXT", `+
			`"KOS"] }`)), ConfigStateChecks: []statecheck.StateCheck{
			expectValue(knownvalue.StringExact("kosmos"), attributePath("facts", "variant")), expectValue(
				knownvalue.StringExact("mutualised"), attributePath("facts", "offer"),
			),
			expectValue(
				knownvalue.StringExact(
					"pools/machines/external_nodes",
				), attributePath("responsibility_transfers").AtSliceIndex(0).AtMapKey("key"),
			),
			expectFirstClause(
				"EXT-01", map[string]knownvalue.Check{
					"effective_party": knownvalue.StringExact("customer"), "shifted_by": knownvalue.ListSizeExact(1),
				},
			),
			expectValue(knownvalue.ObjectExact(map[string]knownvalue.Check{
				"reason": knownvalue.StringExact("All pools of the cluster are external: Scaleway hosts none of its " +
					"nodes."),
				"clauses": knownvalue.ListExact(exactStrings("KOS-01", "KOS-02", "KOS-03")),
			}), attributePath("not_applicable").AtSliceIndex(0)),
		}}}},
	)
	if slices.Contains(env.AllRequests(), userDataRequest) {
		t.Error("the user data of an external pool was requested")
	}
}

// TestRequests checks the requests of one read: at most four, or with complete one more for each additional pool.
func TestRequests(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pools    int
		complete bool
		unread   int
	}{{0, false, 0}, {1, false, 0}, {2, false, 0}, {4, false, 2}, {4, true, 0}} {
		t.Run(fmt.Sprintf("%d pools, complete %t", test.pools, test.complete), func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			id := env.CreateCluster(t)
			for i := range test.pools {
				createPool(t, env, id, fmt.Sprintf("pool-%d", i), nil)
			}
			env.Sandbox.ClearRequests()
			gaps := knownvalue.ListSizeExact(2)
			if test.unread > 0 {
				gaps = knownvalue.ListSizeExact(3)
			}
			env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
				Config: env.Config(
					configByID(id, fmt.Sprintf("complete = %t\nfilter = { section = [\"KAP\"] }", test.complete)),
				),
				ConfigStateChecks: []statecheck.StateCheck{
					expectValue(gaps, attributePath("not_looked_at")), expectFirstClause(
						"KAP-01", map[string]knownvalue.Check{
							"effective_party": knownvalue.StringExact("undetermined"),
						},
					),
				},
			}}})
			want := []string{clusterRequest, clusterRequest + "/pools"}
			for range test.pools - test.unread {
				want = append(want, userDataRequest)
			}
			if !test.complete && len(want) > 4 {
				t.Fatalf("more than four requests: %v", want)
			}
			got := env.AllRequests()
			if len(got) == 0 || len(got)%len(want) != 0 {
				t.Fatalf("%d requests, want a multiple of %d: %v", len(got), len(want), got)
			}
			for i := 0; i < len(got); i += len(want) {
				if read := got[i : i+len(want)]; !slices.Equal(read, want) {
					t.Fatalf("read %d sent %v, want %v", i/len(want), read, want)
				}
			}
			t.Logf("%d requests per read", len(want))
		})
	}
}

// TestForbiddenUserData checks that forbidden user data are reported, not treated as absent.
func TestForbiddenUserData(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.CreateCluster(t)
	createPool(t, env, id, "a", nil)
	if err := env.Sandbox.AddFault(
		sandbox.Fault{
			Method: "GET", Path: "/k8s/v1/regions/*/pools/*/user-data", Kind: "status", Status: 403, Times: 100,
		},
	); err != nil {
		t.Fatal(err)
	}
	env.Test(
		t,
		resource.TestCase{Steps: []resource.TestStep{{Config: env.Config(configByID(id, `filter = { section = ["KAP"] `+
			`}`)), ConfigStateChecks: []statecheck.StateCheck{
			expectValue(knownvalue.ObjectExact(map[string]knownvalue.Check{
				"reason": knownvalue.StringExact(
					"User data of pool a: the API key has no permission.",
				), "clauses": knownvalue.ListExact(exactStrings("KAP-01")),
			}), attributePath("not_looked_at").AtSliceIndex(0)),
			expectFirstClause(
				"KAP-01", map[string]knownvalue.Check{"effective_party": knownvalue.StringExact("undetermined")},
			),
		}}}},
	)
}

// TestPublicIPOfRealPool checks that public IPs are a transfer from hardening, for clusters for health data only.
func TestPublicIPOfRealPool(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.CreateCluster(t)
	createPool(t, env, id, "a", func(r *k8s.CreatePoolRequest) { r.PublicIPDisabled = false })
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(configByID(id, "hds = true")), ConfigStateChecks: []statecheck.StateCheck{
			expectValue(knownvalue.ListSizeExact(1), attributePath("responsibility_transfers")),
			expectValue(
				knownvalue.StringExact("pools/a/public_ip"),
				attributePath("responsibility_transfers").AtSliceIndex(0).AtMapKey("key"),
			),
			expectValue(
				knownvalue.StringExact("hardening"),
				attributePath("responsibility_transfers").AtSliceIndex(0).AtMapKey("from"),
			),
		}},
		{
			Config: env.Config(configByID(id, "")), ConfigStateChecks: []statecheck.StateCheck{
				expectValue(knownvalue.ListSizeExact(0), attributePath("responsibility_transfers")),
			},
		},
	}})
}
