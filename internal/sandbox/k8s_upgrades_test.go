package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestUpgradeWithPools(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	request := k.clusterRequest("kapsule-dedicated-4")
	request.Version = "1.35.3"
	cluster := k.createCluster(request)
	poolReq := poolRequest(cluster.ID)
	poolReq.Size = 3
	pool := k.createPool(poolReq)
	before := k.listNodes(cluster.ID)
	targets, err := k.api.ListClusterAvailableVersions(&k8s.ListClusterAvailableVersionsRequest{ClusterID: cluster.ID})
	if err != nil || len(targets.Versions) != 2 || targets.Versions[0].Name != "1.36.5" ||
		targets.Versions[1].Name != "1.35.9" {
		t.Errorf("upgrade targets of 1.35.3: %+v, %v", targets, err)
	}
	var invalid *scw.InvalidArgumentsError
	for _, name := range []string{"1.37.1", "1.35.1", "1.35.3", "1.36.99", "1.35.10", "1.36"} {
		_, err := k.api.UpgradeCluster(&k8s.UpgradeClusterRequest{ClusterID: cluster.ID, Version: name})
		if !errors.As(err, &invalid) || invalid.Details[0].ArgumentName != "version" {
			t.Errorf("upgrade to %s: %v", name, err)
		}
	}
	upgraded, err := k.api.UpgradeCluster(
		&k8s.UpgradeClusterRequest{ClusterID: cluster.ID, Version: "1.36.5", UpgradePools: true},
	)
	if err != nil || upgraded.Status != k8s.ClusterStatusUpdating || upgraded.Version != "1.36.5" {
		t.Fatalf("%+v, %v", upgraded, err)
	}
	k.server.Advance(75 * time.Second)
	if got := k.getCluster(cluster.ID); got.Status != k8s.ClusterStatusReady {
		t.Errorf("after 75 s: %s, want ready before its nodes are replaced", got.Status)
	}
	if got := k.getPool(pool.ID); got.Status != k8s.PoolStatusUpgrading || got.Version != "1.36.5" {
		t.Errorf("after 75 s: pool %s %s", got.Status, got.Version)
	}
	k.server.Advance(10 * time.Second)
	ready := 0
	for _, node := range k.listNodes(cluster.ID) {
		if node.Status == k8s.NodeStatusReady {
			ready++
		}
	}
	if ready != 2 {
		t.Errorf("%d nodes are ready while one is replaced, want 2", ready)
	}
	k.server.Advance(10 * time.Minute)
	after := k.listNodes(cluster.ID)
	if got := k.getPool(pool.ID); got.Status != k8s.PoolStatusReady || len(after) != 3 {
		t.Errorf("at the end: %s with %d nodes", got.Status, len(after))
	}
	for _, old := range before {
		for _, node := range after {
			if node.ID == old.ID {
				t.Errorf("node %s was not replaced", node.Name)
			}
		}
	}
}

func TestUpgradePoolAfterCluster(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	request := k.clusterRequest("kapsule-dedicated-4")
	request.Version = "1.35.3"
	cluster := k.createCluster(request)
	poolReq, none, one := poolRequest(cluster.ID), uint32(0), uint32(1)
	poolReq.UpgradePolicy = &k8s.CreatePoolRequestUpgradePolicy{MaxUnavailable: &none, MaxSurge: &one}
	pool := k.createPool(poolReq)
	if _, err := k.api.UpgradeCluster(
		&k8s.UpgradeClusterRequest{ClusterID: cluster.ID, Version: "1.36.5"},
	); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(10 * time.Minute)
	if got := k.getPool(pool.ID); got.Version != "1.35.3" {
		t.Errorf("the upgrade of the cluster upgraded the pool to %s", got.Version)
	}
	var invalid *scw.InvalidArgumentsError
	if _, err := k.api.UpgradePool(
		&k8s.UpgradePoolRequest{PoolID: pool.ID, Version: "1.35.9"},
	); !errors.As(err, &invalid) {
		t.Errorf("upgrade to a version other than that of the cluster: %v", err)
	}
	if _, err := k.api.UpgradePool(&k8s.UpgradePoolRequest{PoolID: pool.ID, Version: "1.36.5"}); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(30 * time.Second)
	statuses := map[k8s.NodeStatus]int{}
	for _, node := range k.listNodes(cluster.ID) {
		statuses[node.Status]++
	}
	if statuses[k8s.NodeStatusReady] != 1 || len(k.listNodes(cluster.ID)) != 2 {
		t.Errorf("max_surge 1: %v, want the old node ready beside the new one", statuses)
	}
	k.server.Advance(10 * time.Minute)
	if got := k.getPool(pool.ID); got.Status != k8s.PoolStatusReady || got.Version != "1.36.5" ||
		len(k.listNodes(cluster.ID)) != 1 {
		t.Errorf("at the end: %s %s", got.Status, got.Version)
	}
}

func TestForcedUpgrade(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	request := k.clusterRequest("kapsule-dedicated-4")
	request.Version = "1.35.9"
	cluster := k.createCluster(request)
	pool := k.createPool(poolRequest(cluster.ID))
	endOfSupport := time.Date(2027, 3, 19, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		at   time.Time
		want string
	}{
		{endOfSupport.Add(-time.Hour), "1.35.9"}, {endOfSupport.Add(time.Hour), "1.36.6"}, {
			endOfSupport.Add(30 * 24 * time.Hour), "1.36.6",
		},
	} {
		k.server.SetNow(test.at)
		got, nodes := k.getCluster(cluster.ID), k.getPool(pool.ID)
		if got.Version != test.want || got.Status != k8s.ClusterStatusReady || nodes.Version != test.want ||
			nodes.Status != k8s.PoolStatusReady {
			t.Errorf(
				"on %s: cluster %s %s, pool %s %s; want %s", test.at, got.Version, got.Status, nodes.Version,
				nodes.Status,
				test.want,
			)
		}
	}
}

// TestForcedUpgradeStartTime checks that the forced upgrade starts at the end of support, and that it skips a minor
// version that is itself out of support by then.
func TestForcedUpgradeStartTime(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{Start: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)})
	request := k.clusterRequest("kapsule-dedicated-4")
	request.Version = "1.33.8"
	cluster := k.createCluster(request)
	for _, name := range []string{"1.34.1", "1.34.3", "1.34.4", "1.34.6"} {
		if _, err := k.server.versions.patch(name, []byte(`{"end_of_life_at":"2026-11-04T00:00:00Z"}`)); err != nil {
			t.Fatal(err)
		}
	}
	endOfSupport := time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC)
	k.server.SetNow(endOfSupport.Add(-time.Minute))
	if got := k.getCluster(cluster.ID); got.Version != "1.33.8" || got.Status != k8s.ClusterStatusReady {
		t.Errorf("a minute before the end of support: %s %s", got.Version, got.Status)
	}
	k.server.SetNow(endOfSupport.Add(time.Second))
	if got := k.getCluster(cluster.ID); got.Version != "1.35.9" || got.Status != k8s.ClusterStatusUpdating {
		t.Errorf("a second after the end of support: %s %s", got.Version, got.Status)
	}
}

func TestForcedUpgradeFollowsChangedEndOfLife(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	if _, err := k.server.versions.patch("1.36.5", []byte(`{"end_of_life_at":"2026-11-01T00:00:00Z"}`)); err != nil {
		t.Fatal(err)
	}
	if got := k.getCluster(cluster.ID); got.Status != k8s.ClusterStatusUpdating || got.Version != "1.37.1" {
		t.Errorf("%s %s, want the forced upgrade to have started", got.Version, got.Status)
	}
}

func TestAutoUpgradeInMaintenanceWindow(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	request := k.clusterRequest("kapsule-dedicated-4")
	request.AutoUpgrade = &k8s.CreateClusterRequestAutoUpgrade{
		Enable: true, MaintenanceWindow: &k8s.MaintenanceWindow{
			StartHour: 3, Day: k8s.MaintenanceWindowDayOfTheWeekTuesday,
		},
	}
	cluster := k.createCluster(request)
	// 1.36.6 is released on Monday 14 December. The window starts on Tuesday at three.
	for _, test := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, 12, 14, 12, 0, 0, 0, time.UTC), "1.36.5"},
		{time.Date(2026, 12, 15, 2, 59, 0, 0, time.UTC), "1.36.5"},
		{time.Date(2026, 12, 15, 3, 10, 0, 0, time.UTC), "1.36.6"},
	} {
		k.server.SetNow(test.at)
		if got := k.getCluster(cluster.ID); got.Version != test.want || got.Status != k8s.ClusterStatusReady {
			t.Errorf("on %s: %s %s, want %s", test.at, got.Version, got.Status, test.want)
		}
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	date := func(day string) time.Time {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, test := range []struct {
		day  string
		want []string
	}{
		{"2025-10-30", []string{"1.34.1", "1.33.4", "1.32.8", "1.31.12"}},
		{"2026-07-03", []string{"1.35.3", "1.34.6", "1.33.10"}},
		{"2026-08-07", []string{"1.36.1", "1.35.3", "1.34.6", "1.33.10"}},
		{"2026-10-04", []string{"1.37.0", "1.36.1", "1.35.3"}},
		{"2026-10-05", []string{"1.37.1", "1.36.5", "1.35.9"}},
		{"2026-11-24", []string{"1.37.1", "1.36.5", "1.35.9"}},
	} {
		t.Run(test.day, func(t *testing.T) {
			t.Parallel()
			k := newK8sFixture(t, Options{Start: date(test.day)})
			found, err := k.api.ListVersions(&k8s.ListVersionsRequest{})
			if err != nil || len(found.Versions) != len(test.want) {
				t.Fatalf("%+v, %v", found, err)
			}
			for i, v := range found.Versions {
				if v.Name != test.want[i] || v.Region != scw.RegionFrPar {
					t.Errorf("%d: %s in %s, want %s", i, v.Name, v.Region, test.want[i])
				}
			}
		})
	}
	for _, test := range []struct{ day, name, endOfLife string }{
		{"2025-10-30", "1.32.8", "2025-05-24"}, {"2026-11-24", "1.32.8", "2026-06-24"},
		{"2025-10-30", "1.31.12", "2026-02-02"}, {"2026-11-24", "1.31.12", "2026-02-17"},
		{"2026-11-24", "1.30.14", "2025-09-09"}, {"2025-10-30", "1.37.0", "2027-11-01"},
	} {
		t.Run(test.name+" on "+test.day, func(t *testing.T) {
			t.Parallel()
			k := newK8sFixture(t, Options{Start: date(test.day)})
			v, err := k.api.GetVersion(&k8s.GetVersionRequest{VersionName: test.name})
			if err != nil || !v.EndOfLifeAt.Equal(date(test.endOfLife)) {
				t.Errorf("%+v, %v; want end of support on %s", v, err, test.endOfLife)
			}
		})
	}
}

// TestCatalogueHasRecordedVersions also reads the recordings if they exist.
func TestCatalogueHasRecordedVersions(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, name := range strings.Fields("1.31.12 1.31.14 1.32.8 1.32.11 1.32.12 1.32.13 1.33.4 1.33.7 1.33.8 1.33.10 " +
		"1.34.1 1.34.3 1.34.4 1.34.6 1.35.0 1.35.1 1.35.3 1.36.1") {
		names[name] = true
	}
	recordings, err := filepath.Glob(filepath.Join("..", "..", "..", "shared", "recordings", "k8s", "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`"(?:version|name)": ?"(1\.\d\d\.\d+)"`)
	for _, recording := range recordings {
		raw, err := os.ReadFile(recording)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range named.FindAllSubmatch(raw, -1) {
			names[string(match[1])] = true
		}
	}
	all := newVersions()
	for name := range names {
		if _, known := all.get(name); !known {
			t.Errorf("the catalogue does not have version %s", name)
		}
	}
}
