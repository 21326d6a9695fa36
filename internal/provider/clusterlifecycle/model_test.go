package clusterlifecycle

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

func day(text string) *time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return &at
}

func apiVersion(name, released, deprecated, ended string) *k8s.Version {
	return &k8s.Version{Name: name, ReleasedAt: day(released), DeprecatedAt: day(deprecated), EndOfLifeAt: day(ended)}
}

// TestAddVersions checks that the newest patch of a minor decides its dates, regardless of the order of the API's
// response.
func TestAddVersions(t *testing.T) {
	t.Parallel()
	versions := []*k8s.Version{
		apiVersion("1.35.9", "2026-01-19", "2027-01-19", "2027-03-19"), apiVersion(
			"1.35.10", "2026-01-19", "2027-01-19", "2027-04-19",
		),
		apiVersion("1.36.5", "2026-07-07", "2027-07-07", "2027-09-07"), {Name: "next"}, nil,
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		random.Shuffle(len(versions), func(i, j int) { versions[i], versions[j] = versions[j], versions[i] })
		known := lifecycle.VersionData{Assessments: map[lifecycle.Minor]lifecycle.Assessment{}}
		addVersions(&known, versions)
		addVersions(&known, versions[:2])
		if end := known.Assessment(
			lifecycle.Minor{Major: 1, Minor: 35},
		).EndOfSupportAt; !end.Equal(*day("2027-04-19")) {
			t.Fatalf("end of support %s", end)
		}
		if !slices.Equal(
			known.Offered, []string{"1.35.10", "1.35.9", "1.36.5", "next"},
		) || len(known.Assessments) != 2 {
			t.Fatalf("got %v, %v", known.Offered, known.Assessments)
		}
	}
}

// TestSetResults checks the facts of pools and nodes, and that their order in the API's responses does not matter.
func TestSetResults(t *testing.T) {
	t.Parallel()
	data := &apiData{
		cluster: &k8s.Cluster{ID: "c", Name: "patients", Region: scw.RegionFrPar, Version: "1.35.9"},
		known:   lifecycle.VersionData{Offered: []string{"1.35.9"}},
		sales: nodeTypeSales{
			types: map[nodeTypeKey]*lifecycle.Sale{
				{scw.ZoneFrPar1, "GP1-XS"}: {Status: "end_of_sale"},
			}, unavailable: map[scw.Zone]string{scw.ZoneFrPar2: "cannot be looked up: why"},
		},
		pools: []*k8s.Pool{
			{ID: "p1", Name: "b", Region: scw.RegionFrPar, Version: "1.35.9", NodeType: "gp1_xs", Zone: scw.ZoneFrPar1},
			{ID: "p2", Name: "a", Region: scw.RegionFrPar, Version: "1.34.6", NodeType: "gp1_xs", Zone: scw.ZoneFrPar2},
			{
				ID: "p3", Name: "c", Region: scw.RegionFrPar, Version: "1.35.9", NodeType: externalType,
				Zone: scw.ZoneFrPar1,
			},
		},
		nodes: []*k8s.Node{
			{ID: "n1", Name: "y", PoolID: "p1", Region: scw.RegionFrPar, CreatedAt: day("2026-10-01")},
			{ID: "n2", Name: "x", PoolID: "p3", Region: scw.RegionFrPar, CreatedAt: day("2026-01-01")},
			{ID: "n3", Name: "z", PoolID: "p1", Region: scw.RegionFrPar},
		},
	}
	at := *day("2026-11-24")
	var first model
	first.setResults(data, data.facts(), at)
	got := map[string][2]string{}
	for _, p := range first.Pools {
		got[p.Name] = [2]string{p.Skew}
		if p.NoSale != nil {
			got[p.Name] = [2]string{p.Skew, *p.NoSale}
		}
	}
	for _, n := range first.Nodes {
		got[n.Name] = [2]string{n.PoolID}
	}
	want := map[string][2]string{
		"a": {"older_minor", "The node type gp1_xs cannot be looked up: why."}, "b": {"none"}, "c": {"none"},
		"x": {"fr-par/p3"}, "y": {"fr-par/p1"}, "z": {"fr-par/p1"},
	}
	if !reflect.DeepEqual(got, want) || first.Pools[0].Name != "a" || first.Nodes[0].Name != "x" {
		t.Errorf("got %v", got)
	}
	// External nodes have an age, too, but the recommended maximum does not apply to them.
	if *first.Nodes[0].AgeDays != 327 || *first.Nodes[1].DaysLeft != -24 || first.Nodes[2].AgeDays != nil {
		t.Errorf("got %+v", first.Nodes)
	}
	if first.AutoUpgradeEnabled != nil || first.UpgradePath != nil {
		t.Errorf("auto-upgrade %v, path %v", first.AutoUpgradeEnabled, first.UpgradePath)
	}
	slices.Reverse(data.pools)
	slices.Reverse(data.nodes)
	var second model
	second.setResults(data, data.facts(), at)
	if !reflect.DeepEqual(first, second) {
		t.Errorf("in another order, got\n%+v\nwant\n%+v", second, first)
	}
}

func TestUnavailableReason(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{
		401: true, 403: true, 404: true, 410: true, 501: true, 400: false, 429: false, 500: false, 503: false, 0: false,
	} {
		if _, got := unavailableReason(scw.ZoneFrPar1, &scaleway.APIError{Status: status}); got != want {
			t.Errorf("HTTP %d: %v", status, got)
		}
	}
	for _, err := range []error{nil, errors.New("something else")} {
		if reason, got := unavailableReason(scw.ZoneFrPar1, err); got {
			t.Errorf("%v: %s", err, reason)
		}
	}
}

func TestCheckMinor(t *testing.T) {
	t.Parallel()
	for text, valid := range map[string]bool{
		"1.36": true, "1.36.5": false, "v1.36": false, "latest": false, "": false,
	} {
		if err := checkMinor(text); (err == nil) != valid {
			t.Errorf("%q: %v", text, err)
		}
	}
	c := lifecycle.Cluster{Version: "1.35.9"}
	if !resolveUpgradePath(&c, types.StringNull(), lifecycle.VersionData{}, *day("2026-11-24"), nil) ||
		c.WantedMinor != nil ||
		c.UpgradePath != nil {
		t.Errorf("without a target: %+v", c)
	}
}
