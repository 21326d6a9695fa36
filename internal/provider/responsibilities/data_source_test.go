package responsibilities_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
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
					map[string]knownvalue.Check{"control_plane": knownvalue.StringExact("inherited")},
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
						map[string]knownvalue.Check{"region": knownvalue.StringExact("check cluster_region")},
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
