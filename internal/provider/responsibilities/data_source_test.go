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
	address  = "data.srm_responsibilities.one"
	clusters = "GET /k8s/v1/regions/fr-par/clusters/{id}"
	userData = "GET /k8s/v1/regions/fr-par/pools/{id}/user-data"
)

func ask(arguments string) string {
	return "data \"srm_responsibilities\" \"one\" {\n" + arguments + "\n}\n"
}

func byID(id, more string) string { return ask(fmt.Sprintf("cluster_id = %q\n%s", id, more)) }

func is(want knownvalue.Check, path tfjsonpath.Path) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, path, want)
}

func attribute(names ...string) tfjsonpath.Path {
	path := tfjsonpath.New(names[0])
	for _, name := range names[1:] {
		path = path.AtMapKey(name)
	}
	return path
}

// saying returns a pattern that matches a message even if the CLI wraps it.
func saying(pattern string) *regexp.Regexp {
	return regexp.MustCompile("(?s)" + strings.ReplaceAll(pattern, " ", `[\s│╷╵]+`))
}

const described = `
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

// row returns a check of the first element of clauses.
func row(id string, want map[string]knownvalue.Check) statecheck.StateCheck {
	want["id"] = knownvalue.StringExact(id)
	return statecheck.ExpectKnownValue(
		address, attribute("clauses"), knownvalue.ListPartial(map[int]knownvalue.Check{0: knownvalue.ObjectPartial(want)}),
	)
}

// TestDescribed checks the matrix of a described cluster, which needs no request.
func TestDescribed(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	transferKeys := []statecheck.StateCheck{}
	for i, key := range []string{
		"admission_plugins/AlwaysPullImages", "feature_gates/HPAScaleToZero", "pools/a/user_data/cloud-init",
		"pools/b/kubelet_args/maxPods",
	} {
		transferKeys = append(transferKeys, is(
			knownvalue.StringExact(key), attribute("responsibility_transfers").AtSliceIndex(i).AtMapKey("key"),
		),
			is(knownvalue.Bool(i < 2), attribute("responsibility_transfers").AtSliceIndex(i).AtMapKey("interpretation")))
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(ask(described)), ConfigStateChecks: append(transferKeys,
			is(
				knownvalue.ListSizeExact(4), attribute("responsibility_transfers"),
			), is(knownvalue.ListSizeExact(132), attribute("clauses")),
			is(knownvalue.Int64Exact(132), attribute("counts", "total")), is(
				knownvalue.StringExact("kapsule"), attribute("facts", "variant"),
			),
			is(
				knownvalue.ListExact(
					[]knownvalue.Check{knownvalue.StringExact("a"), knownvalue.StringExact("b")},
				), attribute("facts", "managed_pools"),
			),
			is(knownvalue.ListSizeExact(1), attribute("not_looked_at")),
			is(knownvalue.StringRegexp(regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)), attribute("catalogue", "digest")),
			is(knownvalue.StringRegexp(regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)), attribute("catalogue", "model_digest")),
		)},
		{Config: env.Config(
			ask(described + `filter = { section = ["MKS"], party = ["shared"] }`),
		), ConfigStateChecks: []statecheck.StateCheck{
			row("MKS-01", map[string]knownvalue.Check{
				"party": knownvalue.StringExact("scaleway"), "effective_party": knownvalue.StringExact("shared"),
				"covered_by": knownvalue.MapExact(map[string]knownvalue.Check{"control_plane": knownvalue.StringExact("inherited " +
					"(planned)")}),
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
			is(knownvalue.ListSizeExact(3), attribute("clauses")), is(
				knownvalue.Int64Exact(3), attribute("counts", "by_party", "shared"),
			),
			is(
				knownvalue.Int64Exact(0), attribute("counts", "by_party", "scaleway"),
			), is(knownvalue.ListSizeExact(4), attribute("responsibility_transfers")),
		}},
		{Config: env.Config(
			ask(described + `filter = { hds = true, section = ["HDS-RES"] }`),
		), ConfigStateChecks: []statecheck.StateCheck{
			is(knownvalue.ListSizeExact(4), attribute("clauses")), is(
				knownvalue.StringExact("HDS-RES-01"), attribute("clauses").AtSliceIndex(1).AtMapKey("id"),
			),
			is(knownvalue.MapExact(map[string]knownvalue.Check{"srm_hds_cluster": knownvalue.StringExact("Not covered: " +
				"Clusters made by other means.")}),
				attribute("clauses").AtSliceIndex(1).AtMapKey("enforced_by")),
			is(
				knownvalue.MapExact(
					map[string]knownvalue.Check{"EXI 28": knownvalue.StringExact("scaleway")},
				), attribute("clauses").AtSliceIndex(1).AtMapKey("binds"),
			),
			is(knownvalue.StringRegexp(regexp.MustCompile("here Scaleway")), attribute("hds_framework")),
			is(knownvalue.ListExact(ids("HDS-RES-00", "HDS-RES-02", "HDS-RES-03")), attribute("interpreted")),
		}},
		{Config: env.Config(ask(described + "hds_role = \"certified_host\"\nlanguage = \"fr\"\n" + `filter = { section = ` +
			`["HDS-RES"], by = ["check"] }`)), ConfigStateChecks: []statecheck.StateCheck{
			row("HDS-RES-01", map[string]knownvalue.Check{
				"title": knownvalue.StringExact("Clusters dans la région de Paris uniquement"), "binds": knownvalue.MapExact(
					map[string]knownvalue.Check{"EXI 28": knownvalue.StringExact("both")},
				),
				"covered_by": knownvalue.MapExact(map[string]knownvalue.Check{"region": knownvalue.StringExact("check " +
					"cluster_region (planned)")}),
				"parts": knownvalue.MapExact(
					map[string]knownvalue.Check{"region": knownvalue.StringRegexp(regexp.MustCompile("fr-par"))},
				),
			}),
			is(knownvalue.StringRegexp(regexp.MustCompile("sous-traitant")), attribute("hds_framework")),
			is(knownvalue.ListSizeExact(3), attribute("clauses")),
		}},
		{Config: env.Config(
			ask(described + `filter = { hds = false, section = ["KOS"] }`),
		), ConfigStateChecks: []statecheck.StateCheck{
			row(
				"KOS-01", map[string]knownvalue.Check{
					"effective_party": knownvalue.Null(), "parts": knownvalue.MapSizeExact(0),
					"enforced_by": knownvalue.MapSizeExact(0),
				},
			),
			is(knownvalue.Int64Exact(0), attribute("counts", "applicable")),
			is(knownvalue.ListPartial(map[int]knownvalue.Check{0: knownvalue.ObjectPartial(map[string]knownvalue.Check{
				"reason": knownvalue.StringExact("The clause is about Kosmos; this is a Kapsule cluster."),
			}), 1: knownvalue.ObjectExact(map[string]knownvalue.Check{
				"reason": knownvalue.StringExact(
					"A Kapsule cluster has no external nodes.",
				), "clauses": knownvalue.ListExact(ids("KOS-04")),
			})}), attribute("not_applicable")),
		}},
	}})
	if requests := env.AllRequests(); len(requests) != 0 {
		t.Errorf("a described cluster sent requests: %v", requests)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.Cluster(t, func(r *k8s.CreateClusterRequest) { r.Type = "kapsule" })
	cluster := func(arguments string) string { return "cluster = {\n" + arguments + "\n}\n" }
	steps := []resource.TestStep{}
	for arguments, want := range map[string]string{
		``: `Exactly one of these attributes must be configured: \[cluster,cluster_id\]`,
		cluster("variant = \"kapsule\"\noffer = \"dedicated\"") + "cluster_id = \"" + id + `"`: `Exactly one of these ` +
			`attributes must be configured: \[cluster,cluster_id\]`,
		cluster("variant = \"kapsule\"\noffer = \"dedicated\"") + "look_into_cluster = true": `"cluster_id" must be ` +
			`specified when "look_into_cluster" is specified`,
		cluster("variant = \"openshift\"\noffer = \"dedicated\""): `value must be one of: ` +
			`\["kapsule" "kosmos"\]`,
		"hds = true\n" + cluster("variant = \"kosmos\"\noffer = \"dedicated\""): `The ` +
			`cluster is outside the HDS scope.*HDS-SCP-01.*variant "kosmos", with hds = true.*dedicated Kapsule`,
		"hds = true\n" + cluster("variant = \"kapsule\"\noffer = \"mutualised\""): `The ` +
			`cluster is outside the HDS scope.*offer "mutualised"`,
		cluster("variant = \"kapsule\"\noffer = \"dedicated\"\npools = [{ name = \"a\", hosting = \"external\" }]"): `A ` +
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
		steps = append(steps, resource.TestStep{Config: env.Config(ask(arguments)), ExpectError: saying(want)})
	}
	env.Test(t, resource.TestCase{Steps: steps})
}

// TestHealthDataElsewhere checks that a real cluster of another region cannot be for health data, even with a dedicated
// offer.
func TestHealthDataElsewhere(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	created, err := env.Client(t).CreateCluster(t.Context(), &k8s.CreateClusterRequest{
		Region: scw.RegionNlAms, Name: "elsewhere", Type: "multicloud", Version: env.Version(t, "1.35"), Cni: k8s.CNIKilo,
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
			Config: env.Config(byID("nl-ams/"+created.ID, "hds = true")),
			ExpectError: saying(`Health data clusters must be in ` +
				`the Paris region.*HDS-RES-01.*region "nl-ams"`),
		},
		{Config: env.Config(
			ask(fmt.Sprintf("cluster_id = %q\nregion = \"nl-ams\"\nfilter = { hds = true }", created.ID)),
		), ConfigStateChecks: []statecheck.StateCheck{
			is(
				knownvalue.StringExact("dedicated"), attribute("facts", "offer"),
			), is(knownvalue.Int64Exact(0), attribute("counts", "applicable")),
			is(
				knownvalue.StringExact(
					"The cluster is not declared to be for health data.",
				), attribute("not_applicable").AtSliceIndex(0).AtMapKey("reason"),
			),
		}},
	}})
}

// pool creates a pool of one node and waits until it is ready.
func pool(t *testing.T, env *acctest.Env, clusterID, name string, change func(*k8s.CreatePoolRequest)) {
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

// TestReal reads a cluster that no resource created, with the transfers of its pools.
func TestReal(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.Cluster(t)
	content := "#cloud-config\n# s3cr3t"
	pool(t, env, id, "b", func(r *k8s.CreatePoolRequest) { r.KubeletArgs = map[string]string{"maxPods": "50"} })
	pool(t, env, id, "a", func(r *k8s.CreatePoolRequest) {
		r.UserData = map[string][]byte{"cloud-init": []byte(content)}
	})
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(byID("fr-par/"+id, "hds = true\n"+`filter = { section = ["HDS-SCP", "TRF", "OTC"], by = `+
			`["check"] }`)), ConfigStateChecks: []statecheck.StateCheck{
			is(knownvalue.ListSizeExact(2), attribute("responsibility_transfers")),
			is(
				knownvalue.StringExact(
					"pools/a/user_data/cloud-init",
				), attribute("responsibility_transfers").AtSliceIndex(0).AtMapKey("key"),
			),
			is(
				knownvalue.StringExact(
					"pools/b/kubelet_args/maxPods",
				), attribute("responsibility_transfers").AtSliceIndex(1).AtMapKey("key"),
			),
			is(knownvalue.StringExact("OTC-14"), attribute("clauses").AtSliceIndex(0).AtMapKey("id")),
			is(knownvalue.StringExact("TRF-01"), attribute("clauses").AtSliceIndex(1).AtMapKey("id")),
			is(knownvalue.StringExact("TRF-02"), attribute("clauses").AtSliceIndex(2).AtMapKey("id")),
			is(knownvalue.StringExact("HDS-SCP-01"), attribute("clauses").AtSliceIndex(3).AtMapKey("id")),
			is(knownvalue.Bool(false), attribute("facts", "looked_into")),
		}},
		{Config: env.Config(byID(id, "")), ConfigStateChecks: []statecheck.StateCheck{
			is(knownvalue.Bool(false), attribute("facts", "hds")), is(knownvalue.ListSizeExact(132), attribute("clauses")),
			// The Kubernetes API was not read, so it is unknown whether managed add-ons were altered.
			is(knownvalue.Int64Exact(2), attribute("counts", "by_party", "undetermined")),
			is(knownvalue.ObjectExact(map[string]knownvalue.Check{
				"reason": knownvalue.StringExact("In-cluster objects: set look_into_cluster to true to find altered managed " +
					"add-ons."),
				"clauses": knownvalue.ListExact(ids("MKS-02", "MKS-03", "OTC-06", "ADD-01", "TRF-02", "KAP-01", "LIF-07")),
			}), attribute("not_looked_at").AtSliceIndex(0)),
		}},
	}})
}

func ids(names ...string) []knownvalue.Check {
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
	id := env.Cluster(t, func(r *k8s.CreateClusterRequest) {
		r.Name, r.Type, r.Cni, r.PrivateNetworkID = "edge", "multicloud", k8s.CNIKilo, nil
	})
	pool(t, env, id, "machines", func(r *k8s.CreatePoolRequest) {
		r.NodeType, r.Size, r.Autohealing, r.PublicIPDisabled, r.RootVolumeType = "external", 0, false, false, ""
	})
	env.Sandbox.ClearRequests()
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{Config: env.Config(byID(id, `filter = { section = ["EXT", `+
		`"KOS"] }`)), ConfigStateChecks: []statecheck.StateCheck{
		is(knownvalue.StringExact("kosmos"), attribute("facts", "variant")), is(
			knownvalue.StringExact("mutualised"), attribute("facts", "offer"),
		),
		is(
			knownvalue.StringExact(
				"pools/machines/external_nodes",
			), attribute("responsibility_transfers").AtSliceIndex(0).AtMapKey("key"),
		),
		row(
			"EXT-01", map[string]knownvalue.Check{
				"effective_party": knownvalue.StringExact("customer"), "shifted_by": knownvalue.ListSizeExact(1),
			},
		),
		is(knownvalue.ObjectExact(map[string]knownvalue.Check{
			"reason":  knownvalue.StringExact("All pools of the cluster are external: Scaleway hosts none of its nodes."),
			"clauses": knownvalue.ListExact(ids("KOS-01", "KOS-02", "KOS-03")),
		}), attribute("not_applicable").AtSliceIndex(0)),
	}}}})
	if slices.Contains(env.AllRequests(), userData) {
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
			id := env.Cluster(t)
			for i := range test.pools {
				pool(t, env, id, fmt.Sprintf("pool-%d", i), nil)
			}
			env.Sandbox.ClearRequests()
			gaps := knownvalue.ListSizeExact(2)
			if test.unread > 0 {
				gaps = knownvalue.ListSizeExact(3)
			}
			env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
				Config: env.Config(byID(id, fmt.Sprintf("complete = %t\nfilter = { section = [\"KAP\"] }", test.complete))),
				ConfigStateChecks: []statecheck.StateCheck{
					is(gaps, attribute("not_looked_at")), row(
						"KAP-01", map[string]knownvalue.Check{"effective_party": knownvalue.StringExact("undetermined")},
					),
				},
			}}})
			want := []string{clusters, clusters + "/pools"}
			for range test.pools - test.unread {
				want = append(want, userData)
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

// TestUserDataThatMayNotBeRead checks that forbidden user data are reported, not treated as absent.
func TestUserDataThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.Cluster(t)
	pool(t, env, id, "a", nil)
	if err := env.Sandbox.AddFault(
		sandbox.Fault{Method: "GET", Path: "/k8s/v1/regions/*/pools/*/user-data", Kind: "status", Status: 403, Times: 100},
	); err != nil {
		t.Fatal(err)
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{Config: env.Config(byID(id, `filter = { section = ["KAP"] `+
		`}`)), ConfigStateChecks: []statecheck.StateCheck{
		is(knownvalue.ObjectExact(map[string]knownvalue.Check{
			"reason": knownvalue.StringExact(
				"User data of pool a: the API key has no permission.",
			), "clauses": knownvalue.ListExact(ids("KAP-01")),
		}), attribute("not_looked_at").AtSliceIndex(0)),
		row("KAP-01", map[string]knownvalue.Check{"effective_party": knownvalue.StringExact("undetermined")}),
	}}}})
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
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{Config: env.Config(transfers + ask(`
  hds = true
  cluster = {
    variant   = "kapsule"
    offer     = "dedicated"
    responsibility_transfers = [local.guardrails, local.guardrails]
    pools     = [{ name = "a", kubelet_args = { maxPods = "50" }, responsibility_transfers = [local.kubelet] }]
  }
  filter = { section = ["HDS-ENC", "KAP"] }`)), ConfigStateChecks: []statecheck.StateCheck{
		is(knownvalue.ListSizeExact(2), attribute("responsibility_transfers")), is(
			knownvalue.StringExact("load_balancers/action"), attribute(
				"responsibility_transfers",
			).AtSliceIndex(0).AtMapKey("key"),
		),
		is(
			knownvalue.StringExact(
				"pools/a/kubelet_args/maxPods",
			), attribute("responsibility_transfers").AtSliceIndex(1).AtMapKey("key"),
		),
		is(knownvalue.StringExact("KAP-01"), attribute("clauses").AtSliceIndex(0).AtMapKey("id")), is(
			knownvalue.StringExact("shared"), attribute("clauses").AtSliceIndex(0).AtMapKey("effective_party"),
		),
		is(knownvalue.StringExact("HDS-ENC-01"), attribute("clauses").AtSliceIndex(3).AtMapKey("id")),
		is(knownvalue.ListExact(ids("load_balancers/action")), attribute("clauses").AtSliceIndex(3).AtMapKey("shifted_by")),
		is(
			knownvalue.StringExact("HDS-ENC-03"), attribute("clauses").AtSliceIndex(5).AtMapKey("id"),
		), is(knownvalue.ListSizeExact(0), attribute("clauses").AtSliceIndex(5).AtMapKey("shifted_by")),
	}}}})
}

// TestMatrixInThePlan checks that a plan shows the matrix of a cluster that does not exist yet, if its transfers are
// passed through a local value.
func TestMatrixInThePlan(t *testing.T) {
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
`, sandbox.PrivateNetworkID) + ask(`
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
						"MKS-01": knownvalue.StringExact("shared control_plane"), "MKS-04": knownvalue.StringExact("shared " +
							"minor,offer,patches"),
						"HDS-RES-01": knownvalue.StringExact("customer region"), "HDS-RES-03": knownvalue.StringExact("customer " +
							"egress,gateway"),
						"HDS-RES-02": knownvalue.StringExact("customer backups,buckets,databases,other_regions,registry,workloads,zones"),
					})),
				},
			},
		},
	}})
}

// TestPublicIPOfARealPool checks that public IPs are a transfer from hardening, for clusters for health data only.
func TestPublicIPOfARealPool(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.Cluster(t)
	pool(t, env, id, "a", func(r *k8s.CreatePoolRequest) { r.PublicIPDisabled = false })
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(byID(id, "hds = true")), ConfigStateChecks: []statecheck.StateCheck{
			is(knownvalue.ListSizeExact(1), attribute("responsibility_transfers")), is(
				knownvalue.StringExact("pools/a/public_ip"), attribute("responsibility_transfers").AtSliceIndex(0).AtMapKey("key"),
			),
			is(knownvalue.StringExact("hardening"), attribute("responsibility_transfers").AtSliceIndex(0).AtMapKey("from")),
		}},
		{
			Config: env.Config(byID(id, "")), ConfigStateChecks: []statecheck.StateCheck{
				is(knownvalue.ListSizeExact(0), attribute("responsibility_transfers")),
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
` + ask(`
  cluster = {
    variant = "kapsule"
    offer   = "mutualised"
    cni     = terraform_data.later.output
    pools   = [{ name = "workers-${terraform_data.later.id}", kubelet_args = {} }]
  }`)), ConfigStateChecks: []statecheck.StateCheck{
		is(knownvalue.StringExact("cilium"), attribute("facts", "cni")),
		is(knownvalue.ListSizeExact(0), attribute("responsibility_transfers")),
	}}}})
}
