package sandbox

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestExampleEstate(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../../examples/estate/estate.yaml")
	if err != nil {
		t.Fatal(err)
	}
	k := newK8sFixture(t, Options{Speed: 100})
	if err := k.server.LoadEstate(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	if drift := k.server.Now().Sub(today()).Abs(); drift > time.Hour {
		t.Errorf("the clock is %s away from the start", drift)
	}
	clusters, err := k.api.ListClusters(&k8s.ListClustersRequest{})
	if err != nil || len(clusters.Clusters) != 2 {
		t.Fatalf("%+v, %v", clusters, err)
	}
	for _, cluster := range clusters.Clusters {
		if cluster.Status != k8s.ClusterStatusReady || cluster.AutoUpgrade.Enabled != (cluster.Name == "hds-prod") {
			t.Errorf("%s: %s, auto-upgrade %t", cluster.Name, cluster.Status, cluster.AutoUpgrade.Enabled)
		}
		rules, err := k.api.ListClusterACLRules(&k8s.ListClusterACLRulesRequest{ClusterID: cluster.ID})
		if err != nil || len(rules.Rules) != 2 {
			t.Fatalf("%+v, %v", rules, err)
		}
		if open := rules.Rules[0].IP.String() == "0.0.0.0/0"; open != (cluster.Name == "legacy-prod") {
			t.Errorf("%s: %s", cluster.Name, rules.Rules[0].IP)
		}
		for _, n := range k.listNodes(cluster.ID) {
			if n.Status != k8s.NodeStatusReady {
				t.Errorf("%s: %s", n.Name, n.Status)
			}
		}
	}
	storage := block.NewAPI(k.client)
	volumes, err := storage.ListVolumes(&block.ListVolumesRequest{Zone: scw.ZoneFrPar1, Name: scw.StringPtr("pvc-")})
	if err != nil || len(volumes.Volumes) != 2 {
		t.Fatalf("%+v, %v", volumes, err)
	}
	if v := volumes.Volumes[0]; v.Size != 50*scw.GB || v.Status != block.VolumeStatusInUse || len(v.References) != 1 {
		t.Errorf("%+v", v)
	}
	if v := volumes.Volumes[1]; !v.LastDetachedAt.Equal(today().AddDate(0, 0, -120)) {
		t.Errorf("detached at %s", v.LastDetachedAt)
	}
	snapshots, err := storage.ListSnapshots(&block.ListSnapshotsRequest{Zone: scw.ZoneFrPar1})
	if err != nil || len(snapshots.Snapshots) != 1 ||
		!snapshots.Snapshots[0].CreatedAt.Equal(today().AddDate(0, 0, -60)) ||
		snapshots.Snapshots[0].Status != block.SnapshotStatusAvailable {
		t.Errorf("%+v, %v", snapshots, err)
	}
	balancers, err := lb.NewZonedAPI(k.client).ListLBs(&lb.ZonedAPIListLBsRequest{Zone: scw.ZoneFrPar1})
	if err != nil || len(balancers.LBs) != 1 || balancers.LBs[0].Status != lb.LBStatusReady ||
		!strings.HasPrefix(balancers.LBs[0].Name, clusters.Clusters[0].ID) || balancers.LBs[0].FrontendCount != 1 {
		t.Errorf("%+v, %v", balancers, err)
	}
	for kind, want := range map[string]int{
		"lb-backends": 1, "databases": 1, "registry-namespaces": 1, "export-jobs": 1, "users": 2, "policies": 1,
	} {
		raw, err := json.Marshal(k.server.collections[kind].all())
		var objects []map[string]any
		if err != nil || json.Unmarshal(raw, &objects) != nil || len(objects) != want {
			t.Errorf("%s: %d, want %d: %s", kind, len(objects), want, raw)
		}
	}
	for _, kind := range estateKinds() {
		if _, ok := k.server.collections[kind.objects]; !ok {
			t.Errorf("%s: there is no kind %s under /_sandbox/objects", kind.name, kind.objects)
		}
	}
}

func TestInvalidEstates(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"clusters: 1":           "must be a map of lists",
		"cluster: [{name: a}]":  `"cluster" is not a kind of object: use one of`,
		"clusters: [{name: a}]": `clusters[0]: "a": POST /k8s/v1/regions/fr-par/clusters: HTTP 400`,
		"snapshots: [{name: s, volume_id: '${volumes.gone}'}]": "${volumes.gone} is not an object " +
			"before this one",
		"volumes: [{name: v, from_empty: {size: 10GB}, attached_to: nowhere}]":          "cluster nowhere has no node",
		"volumes: [{name: v, from_empty: {size: 10GB}, set: {size: {}, color: green}}]": `volumes "v": set: `,
	} {
		if err := New(Options{Start: today()}).LoadEstate(t.Context(), []byte(file)); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
}
