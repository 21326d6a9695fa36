package clusterlifecycle_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
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
	address       = "data.srm_cluster_lifecycle.one"
	clustersPath  = "/k8s/v1/regions/fr-par/clusters"
	cataloguePath = "/product-catalog/v2alpha1/public-catalog/products"
)

// newEnvInNovember returns an environment whose clock starts at noon on the given day of November 2026.
func newEnvInNovember(t *testing.T, day int) *acctest.Env {
	t.Helper()
	return acctest.New(
		t, func(o *sandbox.Options) { o.Start = time.Date(2026, time.November, day, 12, 0, 0, 0, time.UTC) },
	)
}

func dataSourceConfig(id string, arguments ...string) string {
	return "data \"srm_cluster_lifecycle\" \"one\" {\n  cluster_id = \"" + id + "\"\n  " + strings.Join(arguments,
		"\n  ") + "\n}\n"
}

// createPool creates a pool and waits until its nodes are ready.
func createPool(t *testing.T, env *acctest.Env, clusterID, name string, change ...func(*k8s.CreatePoolRequest)) string {
	t.Helper()
	client := env.Client(t)
	request := &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: clusterID, Name: name, NodeType: "POP2-4C-16G", Size: 1,
		Zone:             scw.ZoneFrPar1,
		ContainerRuntime: k8s.RuntimeContainerd, RootVolumeType: k8s.PoolVolumeTypeSbs5k, PublicIPDisabled: true,
	}
	for _, apply := range change {
		apply(request)
	}
	created, err := client.CreatePool(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.WaitPool(t.Context(), scw.RegionFrPar, created.ID, nil); err != nil {
		t.Fatal(err)
	}
	return created.ID
}

// expectValue returns a check of the value at a path of the data source.
func expectValue(want knownvalue.Check, name string, path ...any) statecheck.StateCheck {
	at := tfjsonpath.New(name)
	for _, step := range path {
		if index, ok := step.(int); ok {
			at = at.AtSliceIndex(index)
		} else if name, ok := step.(string); ok {
			at = at.AtMapKey(name)
		}
	}
	return statecheck.ExpectKnownValue(address, at, want)
}

func text(value string) knownvalue.Check { return knownvalue.StringExact(value) }

func number(value int64) knownvalue.Check { return knownvalue.Int64Exact(value) }

func matching(pattern string) knownvalue.Check {
	return knownvalue.StringRegexp(regexp.MustCompile(pattern))
}

// messageRegexp returns a pattern that matches a message even if the CLI wraps it.
func messageRegexp(pattern string) *regexp.Regexp {
	return regexp.MustCompile("(?s)" + strings.ReplaceAll(pattern, " ", `\s+`))
}

func TestClusterOverTime(t *testing.T) {
	t.Parallel()
	env := newEnvInNovember(t, 24)
	id := env.CreateCluster(t, acctest.Named("patients"))
	workers := createPool(t, env, id, "workers")
	createPool(t, env, id, "batch", func(r *k8s.CreatePoolRequest) { r.NodeType = "GP1-XS" })
	today := []statecheck.StateCheck{
		expectValue(text("patients"), "name"),
		expectValue(text("fr-par"), "region"),
		expectValue(text("2026-11-24T00:00:00Z"), "as_of"),
		expectValue(text("1.35.9"), "version"),
		expectValue(text("1.35"), "minor"),
		expectValue(text("2027-03-19T00:00:00Z"), "end_of_support_at"),
		expectValue(text("api"), "source"),
		expectValue(text("consistent"), "data_quality"),
		expectValue(knownvalue.ListSizeExact(0), "conflicts"),
		expectValue(text("release"), "stage"),
		expectValue(text("2027-04-18T00:00:00Z"), "forced_upgrade_window", "end"),
		expectValue(text("1.36"), "forced_upgrade_target", "minor"),
		expectValue(text("1.36.5"), "forced_upgrade_target", "version"),
		expectValue(knownvalue.Null(), "next_legal", "patch"),
		expectValue(text("1.36.5"), "next_legal", "minor"),
		expectValue(knownvalue.Bool(true), "auto_upgrade_enabled"),
		expectValue(knownvalue.Null(), "upgrade_path"),

		expectValue(knownvalue.ListSizeExact(2), "pools"),
		expectValue(text("batch"), "pools", 0, "name"),
		expectValue(text("gp1_xs"), "pools", 0, "node_type"),
		expectValue(text("end_of_growth"), "pools", 0, "end_of_sale", "stage"),
		expectValue(text("2027-03-31T00:00:00Z"), "pools", 0, "end_of_sale", "end_of_sale_at"),
		expectValue(text("fr-par/"+workers), "pools", 1, "id"),
		expectValue(text("none"), "pools", 1, "skew"),
		expectValue(text("open"), "pools", 1, "end_of_sale", "stage"),

		// The nodes were created at noon of the day that starts at as_of.
		expectValue(knownvalue.ListSizeExact(2), "nodes"),
		expectValue(number(0), "nodes", 0, "age_days"),
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(dataSourceConfig("fr-par/" + id)), ConfigStateChecks: today},
		{Config: env.Config(dataSourceConfig(id, `region = "fr-par"`)), ConfigStateChecks: today},
		{
			Config: env.Config(dataSourceConfig(id, `as_of = "2026-11-23T23:59:59Z"`)),
			ConfigStateChecks: []statecheck.StateCheck{
				expectValue(knownvalue.Null(), "nodes", 0, "age_days"),
			},
		},
		{
			Config: env.Config(dataSourceConfig(id, `as_of = "2027-01-19T00:00:00Z"`, `target_version = "1.37"`)),
			ConfigStateChecks: []statecheck.StateCheck{
				expectValue(text("deprecation"), "stage"),
				expectValue(knownvalue.ListExact([]knownvalue.Check{
					knownvalue.ObjectExact(map[string]knownvalue.Check{"from": text("1.35"), "to": text("1.36"),
						"by": text("2027-03-19T00:00:00Z"), "source": text("api"),
						"data_quality": text("consistent"), "offered": knownvalue.Bool(true),
						"version": text("1.36.5")}),
					knownvalue.ObjectExact(map[string]knownvalue.Check{"from": text("1.36"), "to": text("1.37"),
						"by": text("2027-09-07T00:00:00Z"), "source": text("api"),
						"data_quality": text("consistent"), "offered": knownvalue.Bool(true),
						"version": text("1.37.1")}),
				}), "upgrade_path"),
				expectValue(number(55), "nodes", 0, "age_days"), expectValue(
					number(-26), "nodes", 0, "days_left",
				), expectValue(text("ready"), "nodes", 0, "status"),
			},
		},
		{
			Config: env.Config(dataSourceConfig(id, `as_of = "2027-04-01T00:00:00+02:00"`, `target_version = "1.35"`)),
			ConfigStateChecks: []statecheck.StateCheck{
				expectValue(
					text("2027-04-01T00:00:00+02:00"), "as_of",
				), expectValue(text("end_of_support"), "stage"), expectValue(
					knownvalue.ListSizeExact(0), "upgrade_path",
				),
				expectValue(
					text("end_of_sale"), "pools", 0, "end_of_sale", "stage",
				),
			},
		},
	}})
}

// TestOldPoolsAndEndOfSale reads a pool with an old minor, a pool whose node type is no longer sold, and a pool whose
// node type is not in the catalogue.
func TestOldPoolsAndEndOfSale(t *testing.T) {
	t.Parallel()
	env := newEnvInNovember(t, 24)
	id := env.CreateCluster(t)
	old, unsold, unlisted := createPool(t, env, id, "a-old"), createPool(t, env, id, "b-unsold"), createPool(
		t,
		env,
		id,
		"c-unlisted",
	)
	for pool, change := range map[string]map[string]any{
		old: {"version": "1.31.14"}, unsold: {"node_type": "coparm1_2c_8g"}, unlisted: {"node_type": "pop9_2c_8g"},
	} {
		if err := env.Sandbox.Patch("pools", pool, change); err != nil {
			t.Fatal(err)
		}
	}
	if err := env.Sandbox.Patch(
		"clusters", id, map[string]any{"auto_upgrade": map[string]any{"enabled": false, "maintenance_window": nil}},
	); err != nil {
		t.Fatal(err)
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(dataSourceConfig(id)),
		ConfigStateChecks: []statecheck.StateCheck{
			expectValue(text("too_old"), "pools", 0, "skew"),
			expectValue(text("end_of_sale"), "pools", 1, "end_of_sale", "stage"),
			expectValue(knownvalue.Null(), "pools", 2, "end_of_sale"),
			expectValue(
				text("The node type pop9_2c_8g is not in the product catalogue of fr-par-1."),
				"pools", 2, "end_of_sale_unknown",
			),
			expectValue(knownvalue.Bool(false), "auto_upgrade_enabled"),
		},
	}}})
}

// TestExternalPool checks that external pools have no end of sale, and that the catalogue is not read for them.
func TestExternalPool(t *testing.T) {
	t.Parallel()
	env := newEnvInNovember(t, 24)
	id := env.CreateCluster(t, acctest.Kosmos("multicloud-dedicated-4"))
	pool := createPool(t, env, id, "outside", func(r *k8s.CreatePoolRequest) { r.NodeType, r.Size = "external", 0 })
	env.Sandbox.ClearRequests()
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(dataSourceConfig(id)),
		ConfigStateChecks: []statecheck.StateCheck{
			expectValue(text("fr-par/"+pool), "pools", 0, "id"),
			expectValue(knownvalue.Null(), "pools", 0, "end_of_sale"),
			expectValue(knownvalue.ListSizeExact(0), "nodes"),
		},
	}}})
	if slices.Contains(env.AllRequests(), "GET "+cataloguePath) {
		t.Errorf("the catalogue was read: %v", env.AllRequests())
	}
}

// TestInconsistentDates uses the dates of autumn 2025, when the API's end of support of 1.32 was before its
// deprecation.
func TestInconsistentDates(t *testing.T) {
	t.Parallel()
	env := newEnvInNovember(t, 24)
	id := env.CreateCluster(t)
	env.Sandbox.SetNow(time.Date(2025, time.December, 15, 12, 0, 0, 0, time.UTC))
	if err := env.Sandbox.Patch("clusters", id, map[string]any{"version": "1.32.8"}); err != nil {
		t.Fatal(err)
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(dataSourceConfig(id)),
		ConfigStateChecks: []statecheck.StateCheck{
			expectValue(text("inconsistent"), "data_quality"),
			expectValue(text("calendar"), "source"),
			expectValue(text("release"), "stage"),
			expectValue(text("2026-06-24T00:00:00Z"), "end_of_support_at"),
			expectValue(matching("which is before its deprecation date"), "conflicts", 0),
		},
	}}})
}

// TestResultIsStable checks that the result depends on as_of, not on the clock.
func TestResultIsStable(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := newEnvInNovember(t, 1)
	id := env.CreateCluster(t)
	for _, name := range []string{"b", "a", "c"} {
		createPool(t, env, id, name, func(r *k8s.CreatePoolRequest) { r.Size = 3 })
	}
	config := dataSourceConfig(
		id,
		`as_of = "2027-01-19T00:00:00Z"`,
		`target_version = "1.37"`,
	) + "output \"all\" {\n  value = data.srm_cluster_lifecycle.one\n}\n"
	cli := env.CLI(t, config)
	cli.MustRun("apply", "-auto-approve", "-no-color")
	first := cli.MustRun("output", "-json", "all")
	env.Sandbox.Advance(36 * time.Hour)
	if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
		t.Errorf("exit %d\n%s", code, out)
	}
	cli.MustRun("apply", "-auto-approve", "-no-color")
	if second := cli.MustRun("output", "-json", "all"); first != second || !strings.Contains(first, "age_days") {
		t.Errorf("got\n%s\nwant\n%s", second, first)
	}
}

func TestInvalidArguments(t *testing.T) {
	t.Parallel()
	env := newEnvInNovember(t, 24)
	id := env.CreateCluster(t)
	steps := []resource.TestStep{}
	for _, test := range []struct{ config, want string }{
		{dataSourceConfig("patients"), `The id of the cluster is malformed.*region/UUID, or a UUID alone`},
		{dataSourceConfig("nl-ams/"+id, `region = "fr-par"`), `The id and the region name different regions`},
		{dataSourceConfig(id, `as_of = "tomorrow"`), `as_of is not a date and time.*"2026-11-24T00:00:00Z"`},
		{dataSourceConfig(id, `region = "fr-par-1"`), `The value is not a region`},
		{dataSourceConfig(id, `target_version = "1.36.5"`), `The version is not a minor version.*Write "1.36"`},
		{dataSourceConfig(id, `target_version = "1.39"`), `There is no upgrade path to Kubernetes 1.39.*LIF-02.*` +
			`Set target_version to "1.36".*the API offers no patch of the target`},
		{dataSourceConfig("11111111-1111-1111-1111-111111111111"), `Unable to read the lifecycle of the cluster.*404`},
	} {
		steps = append(steps, resource.TestStep{Config: env.Config(test.config), ExpectError: messageRegexp(test.want)})
	}
	env.Test(t, resource.TestCase{Steps: steps})
}

// TestTargetOlderThanCluster checks that a cluster newer than the target is not an error, as after a forced upgrade.
func TestTargetOlderThanCluster(t *testing.T) {
	t.Parallel()
	env := newEnvInNovember(t, 24)
	id := env.CreateCluster(t)
	for _, target := range []string{"1.34", "1.35"} {
		env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
			Config: env.Config(dataSourceConfig(id, fmt.Sprintf("target_version = %q", target))),
			ConfigStateChecks: []statecheck.StateCheck{
				expectValue(knownvalue.ListSizeExact(0), "upgrade_path"),
				expectValue(text(env.FullVersion(t, "1.35")), "version"),
			},
		}}})
	}
}

// TestExample applies the example of the docs with the id of an existing cluster.
func TestExample(t *testing.T) {
	t.Parallel()
	env := newEnvInNovember(t, 24)
	id := env.CreateCluster(t)
	createPool(t, env, id, "workers")
	example, err := os.ReadFile(
		filepath.Join("..", "..", "..", "examples", "data-sources", "srm_cluster_lifecycle", "data-source.tf"),
	)
	if err != nil {
		t.Fatal(err)
	}
	config := string(
		bytes.ReplaceAll(example, []byte("fr-par/00112233-4455-4677-8899-aabbccddeeff"), []byte("fr-par/"+id)),
	)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(config),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("upgrades", knownvalue.ObjectExact(map[string]knownvalue.Check{
				"1.35 to 1.36": text("2027-03-19T00:00:00Z"), "1.36 to 1.37": text("2027-09-07T00:00:00Z"),
			})),
			statecheck.ExpectKnownOutputValue("old_nodes", knownvalue.TupleSizeExact(1)),
		},
	}}})
}
