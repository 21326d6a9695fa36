package responsibilities_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

const (
	address         = "data.srm_responsibilities.one"
	clusterRequest  = "GET /k8s/v1/regions/fr-par/clusters/{id}"
	userDataRequest = "GET /k8s/v1/regions/fr-par/pools/{id}/user-data"
)

func dataSourceConfig(arguments string) string {
	return "data \"srm_responsibilities\" \"one\" {\n" + arguments + "\n}\n"
}

func configByID(id, extra string) string {
	return dataSourceConfig(fmt.Sprintf("cluster_id = %q\n%s", id, extra))
}

func expectValue(want knownvalue.Check, path tfjsonpath.Path) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, path, want)
}

func attributePath(names ...string) tfjsonpath.Path {
	path := tfjsonpath.New(names[0])
	for _, name := range names[1:] {
		path = path.AtMapKey(name)
	}
	return path
}

// messageRegexp returns a pattern that matches a message even if the CLI wraps it.
func messageRegexp(pattern string) *regexp.Regexp {
	return regexp.MustCompile("(?s)" + strings.ReplaceAll(pattern, " ", `[\s│╷╵]+`))
}

const describedClusterConfig = `
  hds = true
  cluster = {
    variant           = "kapsule"
    offer             = "dedicated"
    cni               = "cilium"
    feature_gates     = ["HPAScaleToZero"]
    admission_plugins = ["AlwaysPullImages"]
    pools = [
      { name = "b", kubelet_args = { maxPods = "50" } },
      { name = "a", user_data_keys = ["cloud-init"] },
    ]
  }
`

// expectFirstClause returns a check of the first element of clauses.
func expectFirstClause(id string, want map[string]knownvalue.Check) statecheck.StateCheck {
	want["id"] = knownvalue.StringExact(id)
	return statecheck.ExpectKnownValue(
		address,
		attributePath("clauses"),
		knownvalue.ListPartial(map[int]knownvalue.Check{0: knownvalue.ObjectPartial(want)}),
	)
}

// TestDescribedCluster checks the matrix of a described cluster, which needs no request.
func TestDescribedCluster(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	transferKeys := []statecheck.StateCheck{}
	for i, key := range []string{
		"admission_plugins/AlwaysPullImages", "feature_gates/HPAScaleToZero", "pools/a/user_data/cloud-init",
		"pools/b/kubelet_args/maxPods",
	} {
		transferKeys = append(
			transferKeys,
			expectValue(
				knownvalue.StringExact(key), attributePath("responsibility_transfers").AtSliceIndex(i).AtMapKey("key"),
			),
			expectValue(
				knownvalue.Bool(i < 2),
				attributePath("responsibility_transfers").AtSliceIndex(i).AtMapKey("interpretation"),
			),
		)
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(dataSourceConfig(describedClusterConfig)), ConfigStateChecks: append(
			transferKeys,
			expectValue(knownvalue.ListSizeExact(4), attributePath("responsibility_transfers")),
			expectValue(knownvalue.ListSizeExact(132), attributePath("clauses")),
			expectValue(knownvalue.Int64Exact(132), attributePath("counts", "total")),
			expectValue(knownvalue.StringExact("kapsule"), attributePath("facts", "variant")),
			expectValue(
				knownvalue.ListExact(
					[]knownvalue.Check{knownvalue.StringExact("a"), knownvalue.StringExact("b")},
				), attributePath("facts", "managed_pools"),
			),
			expectValue(knownvalue.ListSizeExact(1), attributePath("not_looked_at")),
			expectValue(
				knownvalue.StringRegexp(regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)),
				attributePath("catalogue", "digest"),
			),
			expectValue(
				knownvalue.StringRegexp(regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)),
				attributePath("catalogue", "model_digest"),
			),
		)},
		{Config: env.Config(
			dataSourceConfig(describedClusterConfig + `filter = { section = ["MKS"], party = ["shared"] }`),
		), ConfigStateChecks: []statecheck.StateCheck{
			expectFirstClause("MKS-01", map[string]knownvalue.Check{
				"party":           knownvalue.StringExact("scaleway"),
				"effective_party": knownvalue.StringExact("shared"),
				"covered_by": knownvalue.MapExact(
					map[string]knownvalue.Check{"control_plane": knownvalue.StringExact("inherited (planned)")},
				),
				"parts": knownvalue.MapSizeExact(1),
				"shifted_by": knownvalue.ListExact(
					[]knownvalue.Check{
						knownvalue.StringExact(
							"admission_plugins/AlwaysPullImages",
						), knownvalue.StringExact("feature_gates/HPAScaleToZero"),
					},
				),
			}),
			// MKS-03 is shifted by the pools, and MKS-04 is shared in the model.
			expectValue(knownvalue.ListSizeExact(3), attributePath("clauses")), expectValue(
				knownvalue.Int64Exact(3), attributePath("counts", "by_party", "shared"),
			),
			expectValue(
				knownvalue.Int64Exact(0), attributePath("counts", "by_party", "scaleway"),
			), expectValue(knownvalue.ListSizeExact(4), attributePath("responsibility_transfers")),
		}},
		{Config: env.Config(
			dataSourceConfig(describedClusterConfig + `filter = { hds = true, section = ["HDS-RES"] }`),
		), ConfigStateChecks: []statecheck.StateCheck{
			expectValue(knownvalue.ListSizeExact(4), attributePath("clauses")),
			expectValue(knownvalue.StringExact("HDS-RES-01"), attributePath("clauses").AtSliceIndex(1).AtMapKey("id")),
			expectValue(
				knownvalue.MapExact(
					map[string]knownvalue.Check{"srm_hds_cluster": knownvalue.StringExact("Not covered: Clusters " +
						"made by other means.")},
				),
				attributePath("clauses").AtSliceIndex(1).AtMapKey("enforced_by"),
			),
			expectValue(
				knownvalue.MapExact(
					map[string]knownvalue.Check{"EXI 28": knownvalue.StringExact("scaleway")},
				), attributePath("clauses").AtSliceIndex(1).AtMapKey("binds"),
			),
			expectValue(knownvalue.StringRegexp(regexp.MustCompile("here Scaleway")), attributePath("hds_framework")),
			expectValue(
				knownvalue.ListExact(exactStrings("HDS-RES-00", "HDS-RES-02", "HDS-RES-03")),
				attributePath("interpreted"),
			),
		}},
		{
			Config: env.Config(
				dataSourceConfig(
					describedClusterConfig + "hds_role = \"certified_host\"\nlanguage = \"fr\"\n" + `filter = { ` +
						`section = ` +
						`["HDS-RES"], by = ["check"] }`,
				),
			),
			ConfigStateChecks: []statecheck.StateCheck{
				expectFirstClause("HDS-RES-01", map[string]knownvalue.Check{
					"title": knownvalue.StringExact("Clusters dans la région de Paris uniquement"),
					"binds": knownvalue.MapExact(map[string]knownvalue.Check{"EXI 28": knownvalue.StringExact("both")}),
					"covered_by": knownvalue.MapExact(
						map[string]knownvalue.Check{"region": knownvalue.StringExact("check cluster_region (planned)")},
					),
					"parts": knownvalue.MapExact(
						map[string]knownvalue.Check{"region": knownvalue.StringRegexp(regexp.MustCompile("fr-par"))},
					),
				}),
				expectValue(
					knownvalue.StringRegexp(regexp.MustCompile("sous-traitant")), attributePath("hds_framework"),
				),
				expectValue(knownvalue.ListSizeExact(3), attributePath("clauses")),
			},
		},
		{Config: env.Config(
			dataSourceConfig(describedClusterConfig + `filter = { hds = false, section = ["KOS"] }`),
		), ConfigStateChecks: []statecheck.StateCheck{
			expectFirstClause(
				"KOS-01", map[string]knownvalue.Check{
					"effective_party": knownvalue.Null(), "parts": knownvalue.MapSizeExact(0),
					"enforced_by": knownvalue.MapSizeExact(0),
				},
			),
			expectValue(knownvalue.Int64Exact(0), attributePath("counts", "applicable")),
			expectValue(
				knownvalue.ListPartial(map[int]knownvalue.Check{0: knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"reason": knownvalue.StringExact("The clause is about Kosmos; this is a Kapsule cluster."),
				}), 1: knownvalue.ObjectExact(map[string]knownvalue.Check{
					"reason": knownvalue.StringExact(
						"A Kapsule cluster has no external nodes.",
					), "clauses": knownvalue.ListExact(exactStrings("KOS-04")),
				})}),
				attributePath("not_applicable"),
			),
		}},
	}})
	if requests := env.AllRequests(); len(requests) != 0 {
		t.Errorf("a described cluster sent requests: %v", requests)
	}
}

func TestInvalidArguments(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.CreateCluster(t, func(r *k8s.CreateClusterRequest) { r.Type = "kapsule" })
	cluster := func(arguments string) string { return "cluster = {\n" + arguments + "\n}\n" }
	steps := []resource.TestStep{}
	for arguments, want := range map[string]string{
		``: `Exactly one of these attributes must be configured: \[cluster,cluster_id\]`,
		cluster("variant = \"kapsule\"\noffer = \"dedicated\"") + "cluster_id = \"" + id + `"`: `Exactly one of ` +
			`these ` +
			`attributes must be configured: \[cluster,cluster_id\]`,
		cluster("variant = \"kapsule\"\noffer = \"dedicated\"") + "look_into_cluster = true": `"cluster_id" must be ` +
			`specified when "look_into_cluster" is specified`,
		cluster("variant = \"openshift\"\noffer = \"dedicated\""): `value must be one of: ` +
			`\["kapsule" "kosmos"\]`,
		"hds = true\n" + cluster("variant = \"kosmos\"\noffer = \"dedicated\""): `The ` +
			`cluster is outside the HDS scope.*HDS-SCP-01.*variant "kosmos", with hds = true.*dedicated Kapsule`,
		"hds = true\n" + cluster("variant = \"kapsule\"\noffer = \"mutualised\""): `The ` +
			`cluster is outside the HDS scope.*offer "mutualised"`,
		cluster(
			"variant = \"kapsule\"\noffer = \"dedicated\"\npools = [{ name = \"a\", hosting = \"external\" }]",
		): `A ` +
			`Kapsule cluster cannot have external nodes.*KAP-01.*Set variant to "kosmos"`,
		cluster("variant = \"kosmos\"\noffer = \"dedicated\"\npools = [{ name = \"a\" }, { name = \"a\", hosting = " +
			"\"external\"}]"): `Two pools have the same name.*"a" twice`,
		`cluster_id = "patients"`: `The id of the cluster is malformed.*region/UUID, ` +
			`or a UUID alone`,
		"cluster_id = \"fr-par/" + id + "\"\nregion = \"nl-ams\"": `The id and the region name different regions`,
		`cluster_id = "fr-par/11111111-1111-1111-1111-111111111111"`: `Unable to read the responsibilities of a ` +
			`cluster.*404`,
		"cluster_id = \"" + id + "\"\nhds = true": `The cluster is outside the HDS scope.*offer ` +
			`"mutualised"`,
		"cluster_id = \"" + id + "\"\nfilter = { section = [\"XYZ\"] }": `value must be one of: \["GEN" "MKS"`,
	} {
		steps = append(
			steps,
			resource.TestStep{Config: env.Config(dataSourceConfig(arguments)), ExpectError: messageRegexp(want)},
		)
	}
	env.Test(t, resource.TestCase{Steps: steps})
}

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

// TestPlannedTransfers checks that the matrix includes planned transfers of resources, without duplicates.
func TestPlannedTransfers(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	const transfers = `
locals {
  guardrails = {
    key       = "load_balancers/action", clause = "HDS-ENC-01", component = "Load Balancers", from = "hardening",
      to = "customer"
    reason   = "load_balancers.action is \"audit\": the policy refuses nothing.",
      how_to_revert = "Set load_balancers.action to \"deny\"."
    interpretation = false
  }
  kubelet = {
    key       = "kubelet_args/maxPods", clause = "TRF-01", component = "kubelet", from = "scaleway", to = "customer"
    reason   = "kubelet_args sets \"maxPods\".", how_to_revert = "Remove it.", interpretation = false
  }
}
`
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{Config: env.Config(transfers + dataSourceConfig(`
  hds = true
  cluster = {
    variant   = "kapsule"
    offer     = "dedicated"
    responsibility_transfers = [local.guardrails, local.guardrails]
    pools     = [{ name = "a", kubelet_args = { maxPods = "50" }, responsibility_transfers = [local.kubelet] }]
  }
  filter = { section = ["HDS-ENC", "KAP"] }`)), ConfigStateChecks: []statecheck.StateCheck{
		expectValue(knownvalue.ListSizeExact(2), attributePath("responsibility_transfers")),
		expectValue(
			knownvalue.StringExact("load_balancers/action"), attributePath(
				"responsibility_transfers",
			).AtSliceIndex(0).AtMapKey("key"),
		),
		expectValue(
			knownvalue.StringExact(
				"pools/a/kubelet_args/maxPods",
			), attributePath("responsibility_transfers").AtSliceIndex(1).AtMapKey("key"),
		),
		expectValue(knownvalue.StringExact("KAP-01"), attributePath("clauses").AtSliceIndex(0).AtMapKey("id")),
		expectValue(
			knownvalue.StringExact("shared"), attributePath("clauses").AtSliceIndex(0).AtMapKey("effective_party"),
		),
		expectValue(knownvalue.StringExact("HDS-ENC-01"), attributePath("clauses").AtSliceIndex(3).AtMapKey("id")),
		expectValue(
			knownvalue.ListExact(exactStrings("load_balancers/action")),
			attributePath("clauses").AtSliceIndex(3).AtMapKey("shifted_by"),
		),
		expectValue(knownvalue.StringExact("HDS-ENC-03"), attributePath("clauses").AtSliceIndex(5).AtMapKey("id")),
		expectValue(knownvalue.ListSizeExact(0), attributePath("clauses").AtSliceIndex(5).AtMapKey("shifted_by")),
	}}}})
}

// TestMatrixAtPlan checks that a plan shows the matrix of a cluster that does not exist yet, if its transfers are
// passed through a local value.
func TestMatrixAtPlan(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: env.Config(fmt.Sprintf(`
resource "srm_hds_cluster" "records" {
  name               = "records"
  version            = "1.36"
  type               = "kapsule-dedicated-4"
  private_network_id = %q
  allowed_ip_ranges  = []
  maintenance_window = { day = "sunday", start_hour = 2 }
  feature_gates      = ["HPAScaleToZero"]

  delete_additional_resources = false
  deletion_protection         = false
}
locals { transfers = srm_hds_cluster.records.responsibility_transfers }
output "matrix" {
  value = {
    for c in data.srm_responsibilities.one.clauses : c.id => "${c.effective_party} ${join(",", keys(c.parts))}"
  }
}
`, sandbox.PrivateNetworkID) + dataSourceConfig(`
  hds = true
  cluster = {
    variant   = "kapsule"
    offer     = "dedicated"
    responsibility_transfers = local.transfers
  }
  filter = { section = ["MKS", "HDS-RES"], party = ["shared", "customer"], hds = null }`)),
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply: []plancheck.PlanCheck{
					plancheck.ExpectKnownOutputValue("matrix", knownvalue.MapExact(map[string]knownvalue.Check{
						"MKS-01":     knownvalue.StringExact("shared control_plane"),
						"MKS-04":     knownvalue.StringExact("shared minor,offer,patches"),
						"HDS-RES-01": knownvalue.StringExact("customer region"),
						"HDS-RES-03": knownvalue.StringExact("customer egress,gateway"),
						"HDS-RES-02": knownvalue.StringExact(
							"customer backups,buckets,databases,other_regions,registry,workloads,zones",
						),
					})),
				},
			},
		},
	}})
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

// TestUnknownArguments checks that a data source with unknown arguments is read during apply.
func TestUnknownArguments(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{Config: env.Config(`
resource "terraform_data" "later" { input = "cilium" }
` + dataSourceConfig(`
  cluster = {
    variant = "kapsule"
    offer   = "mutualised"
    cni     = terraform_data.later.output
    pools   = [{ name = "workers-${terraform_data.later.id}", kubelet_args = {} }]
  }`)), ConfigStateChecks: []statecheck.StateCheck{
		expectValue(knownvalue.StringExact("cilium"), attributePath("facts", "cni")),
		expectValue(knownvalue.ListSizeExact(0), attributePath("responsibility_transfers")),
	}}}})
}
