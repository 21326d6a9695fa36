package clusterlifecycle_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestRequests checks the requests of one read: five for three pools of one zone and thirty nodes.
func TestRequests(t *testing.T) {
	t.Parallel()
	const one, versions = "GET " + clustersPath + "/{id}", "GET /k8s/v1/regions/fr-par/versions"
	base := []string{one, one + "/pools", one + "/nodes"}
	requests := func(extra ...string) []string { return append(slices.Clone(base), extra...) }
	three := []scw.Zone{scw.ZoneFrPar1, scw.ZoneFrPar1, scw.ZoneFrPar1}
	deprecated := time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		zones     []scw.Zone
		now       time.Time // The zero value means November 2026.
		withdrawn bool      // Whether the API deprecates the minor earlier than the calendar.
		arguments []string
		want      []string
	}{
		"one zone": {zones: three, want: requests(versions, "GET "+cataloguePath)},
		"with path": {
			zones: three, arguments: []string{`target_version = "1.37"`}, want: requests(
				versions, "GET "+cataloguePath,
			),
		},
		"no pools": {want: requests(versions)},
		"two zones": {
			zones: []scw.Zone{
				scw.ZoneFrPar1, scw.ZoneFrPar2, scw.ZoneFrPar1,
			}, want: requests(versions, "GET "+cataloguePath, "GET "+cataloguePath),
		},
		"deprecated": {
			zones: three, now: deprecated, want: requests(
				versions+"/1.35.9", one+"/available-versions", "GET "+cataloguePath,
			),
		},
		"deprecated, with path": {zones: three, now: deprecated, arguments: []string{`target_version = "1.37"`},
			want: requests(versions, versions+"/1.35.9", one+"/available-versions", "GET "+cataloguePath)},
		"deprecated earlier than in the calendar": {
			zones: three, withdrawn: true,
			want: requests(versions, versions+"/1.35.9", one+"/available-versions", "GET "+cataloguePath),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newEnvInNovember(t, 24)
			// Auto-upgrade is off, so that the version does not change.
			id := env.CreateCluster(t, func(r *k8s.CreateClusterRequest) { r.AutoUpgrade = nil })
			for i, zone := range test.zones {
				createPool(t, env, id, fmt.Sprintf("pool-%d", i), func(r *k8s.CreatePoolRequest) {
					r.Size, r.Zone, r.NodeType = 10, zone, []string{"POP2-4C-16G", "POP2-2C-8G", "GP1-XS"}[i]
				})
			}
			if !test.now.IsZero() {
				env.Sandbox.SetNow(test.now)
			}
			if test.withdrawn {
				for _, patch := range []string{"1.35.0", "1.35.1", "1.35.3", "1.35.9"} {
					if err := env.Sandbox.Patch(
						"versions", patch, map[string]any{"deprecated_at": "2026-11-01T00:00:00Z"},
					); err != nil {
						t.Fatal(err)
					}
				}
			}
			env.Sandbox.ClearRequests()
			env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
				Config: env.Config(dataSourceConfig(id, test.arguments...)),
				ConfigStateChecks: []statecheck.StateCheck{
					expectValue(
						knownvalue.ListSizeExact(10*len(test.zones)), "nodes",
					), expectValue(knownvalue.ListSizeExact(len(test.zones)), "pools"),
					expectValue(text("api"), "source"), expectValue(
						text("1.36"), "forced_upgrade_target", "minor",
					), expectValue(matching("^1.36."), "next_legal", "minor"),
				},
			}}})
			// The CLI reads the data source several times in a step, each time with the same requests.
			got := env.AllRequests()
			for i := 0; i < len(got); i += len(test.want) {
				if read := got[i:min(i+len(test.want), len(got))]; !slices.Equal(read, test.want) {
					t.Fatalf("read %d sent %v, want %v", i/len(test.want), read, test.want)
				}
			}
			t.Logf("%d requests", len(test.want))
		})
	}
}

// TestUnavailableCatalogue checks that the end of sale is unknown, with a reason, if the catalogue is unavailable, and
// that other errors of the catalogue are errors.
func TestUnavailableCatalogue(t *testing.T) {
	t.Parallel()
	for _, status := range []int{
		http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone, http.StatusNotImplemented,
		http.StatusInternalServerError,
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			env := newEnvInNovember(t, 24)
			id := env.CreateCluster(t)
			createPool(t, env, id, "workers")
			if err := env.Sandbox.AddFault(
				sandbox.Fault{
					Method: http.MethodGet, Path: cataloguePath, Kind: sandbox.FaultStatus, Status: status, Times: 1000,
				},
			); err != nil {
				t.Fatal(err)
			}
			step := resource.TestStep{Config: env.Config(dataSourceConfig(id)),
				ConfigStateChecks: []statecheck.StateCheck{
					expectValue(knownvalue.Null(), "pools", 0, "end_of_sale"),
					expectValue(
						text(fmt.Sprintf("The node type pop2_4c_16g cannot be looked up: the product catalogue "+
							"of fr-par-1 responds with HTTP %d.", status)),
						"pools",
						0,
						"end_of_sale_unknown",
					),
				}}
			if status == http.StatusInternalServerError {
				step = resource.TestStep{
					Config: env.Config(dataSourceConfig(id)),
					ExpectError: messageRegexp(`Unable to read the lifecycle of the ` +
						`cluster.*Unable to list products of the catalogue in fr-par-1`),
				}
			}
			env.Test(t, resource.TestCase{Steps: []resource.TestStep{step}})
		})
	}
}

// TestAPIErrors checks that the error names the request that failed, for each of the other requests.
func TestAPIErrors(t *testing.T) {
	t.Parallel()
	for path, test := range map[string]struct {
		now  time.Time
		want string
	}{
		clustersPath + "/*":               {time.Time{}, `Unable to read cluster fr-par/`},
		clustersPath + "/*/pools":         {time.Time{}, `Unable to list the pools of cluster`},
		clustersPath + "/*/nodes":         {time.Time{}, `Unable to list the nodes of cluster`},
		"/k8s/v1/regions/fr-par/versions": {time.Time{}, `Unable to list Kubernetes versions in fr-par`},
		"/k8s/v1/regions/fr-par/versions/*": {time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC), `Unable to read ` +
			`Kubernetes ` +
			`version fr-par/1.35`},
		clustersPath + "/*/available-versions": {time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC), `Unable to list the ` +
			`available ` +
			`versions of cluster`},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			env := newEnvInNovember(t, 24)
			id := env.CreateCluster(t)
			if !test.now.IsZero() {
				env.Sandbox.SetNow(test.now)
			}
			if err := env.Sandbox.AddFault(
				sandbox.Fault{
					Method: http.MethodGet, Path: path, Kind: sandbox.FaultStatus, Status: http.StatusForbidden,
					Times: 1000,
				},
			); err != nil {
				t.Fatal(err)
			}
			env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
				Config: env.Config(dataSourceConfig(id)), ExpectError: messageRegexp(
					"Unable to read the lifecycle of the cluster.*" + test.want + ".*403",
				),
			}}})
		})
	}
}

// TestVersionMissingFromAPI checks that the calendar is used for a version that the API no longer returns.
func TestVersionMissingFromAPI(t *testing.T) {
	t.Parallel()
	env := newEnvInNovember(t, 24)
	id := env.CreateCluster(t)
	env.Sandbox.SetNow(time.Date(2027, time.February, 1, 12, 0, 0, 0, time.UTC))
	if err := env.Sandbox.Patch("clusters", id, map[string]any{"version": "1.34.99"}); err != nil {
		t.Fatal(err)
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(dataSourceConfig(id)),
		ConfigStateChecks: []statecheck.StateCheck{
			expectValue(text("1.34.99"), "version"), expectValue(text("calendar"), "source"), expectValue(
				text("unknown"), "data_quality",
			), expectValue(text("end_of_support"), "stage"),
			expectValue(
				text("1.35"), "forced_upgrade_target", "minor",
			), expectValue(matching("^1.35."), "next_legal", "minor"),
		},
	}}})
	if err := env.Sandbox.Patch("clusters", id, map[string]any{"version": "main"}); err != nil {
		t.Fatal(err)
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{{
		Config: env.Config(dataSourceConfig(id, `target_version = "1.36"`)),
		ConfigStateChecks: []statecheck.StateCheck{
			expectValue(text("main"), "version"),
			expectValue(knownvalue.Null(), "minor"),
			expectValue(text("unknown"), "stage"),
			expectValue(knownvalue.Null(), "forced_upgrade_window"),
			expectValue(knownvalue.Null(), "upgrade_path"),
			expectValue(knownvalue.Null(), "next_legal", "minor"),
		},
	}}})
}
