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
	address   = "data.srm_cluster_lifecycle.one"
	clusters  = "/k8s/v1/regions/fr-par/clusters"
	catalogue = "/product-catalog/v2alpha1/public-catalog/products"
)

// november returns an environment whose clock starts at noon on the given day of November 2026.
func november(t *testing.T, day int) *acctest.Env {
	t.Helper()
	return acctest.New(
		t, func(o *sandbox.Options) { o.Start = time.Date(2026, time.November, day, 12, 0, 0, 0, time.UTC) },
	)
}

func ask(id string, arguments ...string) string {
	return "data \"srm_cluster_lifecycle\" \"one\" {\n  cluster_id = \"" + id + "\"\n  " + strings.Join(arguments,
		"\n  ") + "\n}\n"
}

// pool creates a pool and waits until its nodes are ready.
func pool(t *testing.T, env *acctest.Env, clusterID, name string, change ...func(*k8s.CreatePoolRequest)) string {
	t.Helper()
	client := env.Client(t)
	request := &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: clusterID, Name: name, NodeType: "POP2-4C-16G", Size: 1, Zone: scw.ZoneFrPar1,
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

// says returns a check of the value at a path of the data source.
func says(want knownvalue.Check, name string, path ...any) statecheck.StateCheck {
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

// saying returns a pattern that matches a message even if the CLI wraps it.
func saying(pattern string) *regexp.Regexp {
	return regexp.MustCompile("(?s)" + strings.ReplaceAll(pattern, " ", `\s+`))
}

func TestCluster(t *testing.T) {
	t.Parallel()
	env := november(t, 24)
	id := env.Cluster(t, func(r *k8s.CreateClusterRequest) { r.Name = "patients" })
	workers := pool(t, env, id, "workers")
	pool(t, env, id, "batch", func(r *k8s.CreatePoolRequest) { r.NodeType = "GP1-XS" })
	today := []statecheck.StateCheck{
		says(text("patients"), "name"), says(text("fr-par"), "region"), says(
			text("2026-11-24T00:00:00Z"), "as_of",
		), says(text("1.35.6"), "version"),
		says(text("1.35"), "minor"), says(
			text("2027-03-19T00:00:00Z"), "end_of_support_at",
		), says(text("api"), "source"), says(text("consistent"), "data_quality"),
		says(knownvalue.ListSizeExact(0), "conflicts"), says(text("release"), "stage"), says(
			text("2027-04-18T00:00:00Z"), "forced_upgrade_window", "end",
		),
		says(text("1.36"), "forced_upgrade_target", "minor"), says(
			text("1.36.4"), "forced_upgrade_target", "version",
		), says(knownvalue.Null(), "next_legal", "patch"),
		says(text("1.36.4"), "next_legal", "minor"), says(
			knownvalue.Bool(true), "auto_upgrade_enabled",
		), says(knownvalue.Null(), "upgrade_path"),
		says(text("upgrade"), "verdict", "topic"), says(
			text("notice"), "verdict", "severity",
		), says(text("LIF-02"), "verdict", "clause"),

		says(knownvalue.ListSizeExact(2), "pools"), says(text("batch"), "pools", 0, "name"), says(
			text("gp1_xs"), "pools", 0, "node_type",
		),
		says(text("end_of_growth"), "pools", 0, "end_of_sale", "stage"), says(
			text("2027-03-31T00:00:00Z"), "pools", 0, "end_of_sale", "end_of_sale_at",
		),
		says(text("end_of_sale"), "pools", 0, "verdict", "topic"), says(text("notice"), "pools", 0, "verdict", "severity"),
		says(
			matching("sold until 2027-03-31"), "pools", 0, "verdict", "text",
		), says(matching("POP2-4C-16G"), "pools", 0, "verdict", "fix"),
		says(text("fr-par/"+workers), "pools", 1, "id"), says(text("none"), "pools", 1, "skew"), says(
			text("open"), "pools", 1, "end_of_sale", "stage",
		),
		says(text("ok"), "pools", 1, "verdict", "severity"), says(knownvalue.Null(), "pools", 1, "verdict", "fix"),

		// The nodes were created at noon of the day that starts at as_of.
		says(knownvalue.ListSizeExact(2), "nodes"), says(number(0), "nodes", 0, "age_days"), says(
			text("ok"), "nodes", 0, "verdict", "severity",
		),
		says(text("notice"), "worst"), says(number(0), "counts", "unknown"), says(number(0), "counts", "critical"),
		says(
			text("cluster"), "verdicts", 0, "subject", "kind",
		), says(text("stage"), "verdicts", 0, "topic"), says(text("LIF-08"), "verdicts", 0, "clause"),
		says(knownvalue.ListSizeExact(5+2*2+2), "verdicts"),
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: env.Config(ask("fr-par/" + id)), ConfigStateChecks: today},
		{Config: env.Config(ask(id, `region = "fr-par"`)), ConfigStateChecks: today},
		{Config: env.Config(ask(id, `as_of = "2026-11-23T23:59:59Z"`)), ConfigStateChecks: []statecheck.StateCheck{
			says(knownvalue.Null(), "nodes", 0, "age_days"), says(
				text("unknown"), "nodes", 0, "verdict", "severity",
			), says(text("unknown"), "worst"), says(number(2), "counts", "unknown"),
		}},
		{
			Config: env.Config(ask(id, `as_of = "2027-01-19T00:00:00Z"`, `target_version = "1.37"`)),
			ConfigStateChecks: []statecheck.StateCheck{
				says(text("deprecation"), "stage"), says(text("stage"), "verdict", "topic"), says(
					text("warning"), "verdict", "severity",
				), says(text("LIF-09"), "verdict", "clause"),
				says(knownvalue.ListExact([]knownvalue.Check{
					knownvalue.ObjectExact(map[string]knownvalue.Check{"from": text("1.35"), "to": text("1.36"),
						"by": text("2027-03-19T00:00:00Z"), "source": text("api"),
						"data_quality": text("consistent"), "offered": knownvalue.Bool(true), "version": text("1.36.4")}),
					knownvalue.ObjectExact(map[string]knownvalue.Check{"from": text("1.36"), "to": text("1.37"),
						"by": text("2027-09-07T00:00:00Z"), "source": text("api"),
						"data_quality": text("consistent"), "offered": knownvalue.Bool(true), "version": text("1.37.2")}),
				}), "upgrade_path"),
				says(number(55), "nodes", 0, "age_days"), says(number(-26), "nodes", 0, "days_left"), says(
					text("node_age"), "nodes", 0, "verdict", "topic",
				),
				says(
					text("warning"), "nodes", 0, "verdict", "severity",
				), says(text("LIF-04"), "nodes", 0, "verdict", "clause"), says(text("ready"), "nodes", 0, "status"),
				says(text("warning"), "worst"),
			},
		},
		{
			Config: env.Config(ask(id, `as_of = "2027-04-01T00:00:00+02:00"`, `target_version = "1.35"`)),
			ConfigStateChecks: []statecheck.StateCheck{
				says(
					text("2027-04-01T00:00:00+02:00"), "as_of",
				), says(text("end_of_support"), "stage"), says(text("critical"), "worst"),
				says(text("critical"), "verdict", "severity"), says(text("LIF-10"), "verdict", "clause"), says(
					knownvalue.ListSizeExact(0), "upgrade_path",
				),
				says(
					text("end_of_sale"), "pools", 0, "end_of_sale", "stage",
				), says(text("warning"), "pools", 0, "verdict", "severity"),
			},
		},
	}})
}

// TestPoolsBehindAndSold reads a pool with an old minor, a pool whose node type is no longer sold, and a pool whose
// node type is not in the catalogue.
func TestPoolsBehindAndSold(t *testing.T) {
	t.Parallel()
	env := november(t, 24)
	id := env.Cluster(t)
	old, unsold, unlisted := pool(t, env, id, "a-old"), pool(t, env, id, "b-unsold"), pool(t, env, id, "c-unlisted")
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
		Config: env.Config(ask(id)),
		ConfigStateChecks: []statecheck.StateCheck{
			says(text("too_old"), "pools", 0, "skew"), says(text("critical"), "pools", 0, "verdict", "severity"), says(
				text("version_skew"), "pools", 0, "verdict", "topic",
			),
			says(
				text("end_of_sale"), "pools", 1, "end_of_sale", "stage",
			), says(text("warning"), "pools", 1, "verdict", "severity"),
			says(knownvalue.Null(), "pools", 2, "end_of_sale"), says(text("unknown"), "pools", 2, "verdict", "severity"),
			says(text("The node type pop9_2c_8g is not in the product catalogue of fr-par-1."), "pools", 2, "verdict", "text"),
			says(
				knownvalue.Bool(false), "auto_upgrade_enabled",
			), says(text("auto_upgrade"), "verdict", "topic"), says(text("LIF-03"), "verdict", "clause"),
		},
	}}})
}

// TestExternalPool checks that external pools have no end of sale, and that the catalogue is not read for them.
func TestExternalPool(t *testing.T) {
	t.Parallel()
	env := november(t, 24)
	id := env.Cluster(t, func(r *k8s.CreateClusterRequest) {
		r.Type, r.Cni, r.PrivateNetworkID = "multicloud-dedicated-4", k8s.CNIKilo, nil
	})
	pool := pool(t, env, id, "outside", func(r *k8s.CreatePoolRequest) { r.NodeType, r.Size = "external", 0 })
	env.Sandbox.ClearRequests()
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(ask(id)),
		ConfigStateChecks: []statecheck.StateCheck{
			says(text("fr-par/"+pool), "pools", 0, "id"), says(knownvalue.Null(), "pools", 0, "end_of_sale"), says(
				text("ok"), "pools", 0, "verdict", "severity",
			),
			says(knownvalue.ListSizeExact(0), "nodes"),
		},
	}}})
	if slices.Contains(env.AllRequests(), "GET "+catalogue) {
		t.Errorf("the catalogue was read: %v", env.AllRequests())
	}
}

// TestDirtyDates uses the dates of autumn 2025, when the API's end of support of 1.32 was before its deprecation.
func TestDirtyDates(t *testing.T) {
	t.Parallel()
	env := november(t, 24)
	id := env.Cluster(t)
	env.Sandbox.SetNow(time.Date(2025, time.December, 15, 12, 0, 0, 0, time.UTC))
	if err := env.Sandbox.Patch("clusters", id, map[string]any{"version": "1.32.8"}); err != nil {
		t.Fatal(err)
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(ask(id)),
		ConfigStateChecks: []statecheck.StateCheck{
			says(text("inconsistent"), "data_quality"), says(text("calendar"), "source"), says(text("release"), "stage"), says(
				text("2026-06-24T00:00:00Z"), "end_of_support_at",
			),
			says(text("dates"), "verdict", "topic"), says(
				text("warning"), "verdict", "severity",
			), says(text("LIF-06"), "verdict", "clause"),
			says(matching("which is before its deprecation date"), "conflicts", 0),
		},
	}}})
}

// TestSameBytes checks that the result depends on as_of, not on the clock.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	env := november(t, 1)
	id := env.Cluster(t)
	for _, name := range []string{"b", "a", "c"} {
		pool(t, env, id, name, func(r *k8s.CreatePoolRequest) { r.Size = 3 })
	}
	config := ask(id, `as_of = "2027-01-19T00:00:00Z"`, `target_version = "1.37"`) + "output \"all\" {\n  value = " +
		"data.srm_cluster_lifecycle.one\n}\n"
	cli := env.CLI(t, config)
	cli.Must("apply", "-auto-approve", "-no-color")
	first := cli.Must("output", "-json", "all")
	env.Sandbox.Advance(36 * time.Hour)
	if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
		t.Errorf("exit %d\n%s", code, out)
	}
	cli.Must("apply", "-auto-approve", "-no-color")
	if second := cli.Must("output", "-json", "all"); first != second || !strings.Contains(first, "node_age") {
		t.Errorf("got\n%s\nwant\n%s", second, first)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	env := november(t, 24)
	id := env.Cluster(t)
	steps := []resource.TestStep{}
	for _, test := range []struct{ config, want string }{
		{ask("patients"), `The id of the cluster is malformed.*region/UUID, or a UUID alone`},
		{ask("nl-ams/"+id, `region = "fr-par"`), `The id and the region name different regions`},
		{ask(id, `as_of = "tomorrow"`), `as_of is not a date and time.*"2026-11-24T00:00:00Z"`},
		{ask(id, `region = "fr-par-1"`), `The value is not a region`},
		{ask(id, `target_version = "1.36.4"`), `The version is not a minor version.*Write "1.36"`},
		{ask(id, `target_version = "1.39"`), `There is no upgrade path to Kubernetes 1.39.*LIF-02.*The API offers no ` +
			`patch of this minor.*set target_version to "1.36"`},
		{ask("11111111-1111-1111-1111-111111111111"), `Unable to read the lifecycle of the cluster.*404`},
	} {
		steps = append(steps, resource.TestStep{Config: env.Config(test.config), ExpectError: saying(test.want)})
	}
	env.Test(t, resource.TestCase{Steps: steps})
}

// TestPastTheTarget checks that a cluster newer than the target is not an error, as after a forced upgrade.
func TestPastTheTarget(t *testing.T) {
	t.Parallel()
	env := november(t, 24)
	id := env.Cluster(t)
	for target, want := range map[string]string{
		"1.34": "The cluster is past 1.34: it runs " + env.Version(t, "1.35") + ", and is never downgraded.",
		"1.35": "The cluster already runs 1.35.",
	} {
		env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
			Config: env.Config(ask(id, fmt.Sprintf("target_version = %q", target)) + `
output "path" {
  value = [for verdict in data.srm_cluster_lifecycle.one.verdicts : "${verdict.severity}: ${verdict.text}"
    if verdict.topic == "upgrade_path"]
}`),
			ConfigStateChecks: []statecheck.StateCheck{
				says(knownvalue.ListSizeExact(0), "upgrade_path"),
				statecheck.ExpectKnownOutputValue("path", knownvalue.ListExact([]knownvalue.Check{text("ok: " + want)})),
			},
		}}})
	}
}

// TestExample applies the example of the docs with the id of an existing cluster.
func TestExample(t *testing.T) {
	t.Parallel()
	env := november(t, 24)
	id := env.Cluster(t)
	pool(t, env, id, "workers")
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
