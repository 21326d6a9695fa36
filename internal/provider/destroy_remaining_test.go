package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// occupiedCluster is a cluster with a node, and objects in its Project that its controllers or others created.
type occupiedCluster struct {
	t         *testing.T
	env       *acctest.Env
	resource  *acctest.ResourceLifecycle
	id        string
	blocks    *block.API
	balancers *lb.ZonedAPI
	ids       map[string]string // ids of the created objects, by name

	mu          sync.Mutex
	lists       map[string][]map[string]any // items that the cluster's API server lists, by resource
	statusCodes map[string]int              // error statuses of the cluster's API server, by resource
}

const forbiddenMessage = "the test forbids it"

// ServeHTTP implements the API server of the cluster.
func (o *occupiedCluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	resource := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	w.Header().Set("Content-Type", "application/json")
	body := map[string]any{"kind": "List", "apiVersion": "v1", "metadata": map[string]any{}, "items": o.lists[resource]}
	if code := o.statusCodes[resource]; code != 0 {
		w.WriteHeader(code)
		body = map[string]any{
			"kind":       "Status",
			"apiVersion": "v1",
			"status":     "Failure",
			"code":       code,
			"message":    forbiddenMessage,
		}
	}
	_ = json.NewEncoder(w).Encode(body)
}

// newOccupiedCluster creates a cluster with a node in a zone. deleteAdditional is the value of
// delete_additional_resources.
func newOccupiedCluster(t *testing.T, kind string, zone scw.Zone, deleteAdditional bool) *occupiedCluster {
	t.Helper()
	o := &occupiedCluster{t: t, ids: map[string]string{}, lists: map[string][]map[string]any{}}
	o.statusCodes = map[string]int{"srm-claims": 403} // the provider cannot check whether the cluster has guardrails
	o.env = acctest.New(t, acctest.WithKubernetesHandler(t, o))
	config := hdsClusterConfig(
		map[string]any{"deletion_protection": false, "delete_additional_resources": deleteAdditional},
	)
	pool := map[string]any{
		"name": "workers", "node_type": "POP2-2C-8G", "zone": string(zone), "size": int64(1),
		"root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(100)},
	}
	if kind == "srm_kosmos_cluster" {
		config["type"], config["scaleway_ranges"] = "multicloud-dedicated-4", true
		config["no_health_data"] = map[string]any{"by": "an administrator", "reviewed_on": "2026-11-02"}
		delete(config, "private_network_id")
	}
	protocol := o.env.Protocol(t)
	o.resource = protocol.Resource(kind, config)
	o.resource.Apply(t.Context())
	_, id, err := scaleway.SplitID(o.resource.StringAttribute("id"), scw.RegionFrPar)
	if err != nil {
		t.Fatal(err)
	}
	o.id, pool["cluster_id"] = id, o.resource.StringAttribute("id")
	if kind == "srm_hds_cluster" {
		pool["guardrails_id"] = o.resource.StringAttribute("id") + "/guardrails"
	}
	nodes := protocol.Resource(strings.Replace(kind, "cluster", "pool", 1), pool)
	if diagnostics := nodes.Apply(t.Context()); !nodes.Exists() {
		t.Fatal(diagnostics)
	}
	sdk, err := scw.NewClient(scw.WithAPIURL(o.env.URL), scw.WithAuth(sandbox.AccessKey, sandbox.SecretKey),
		scw.WithDefaultProjectID(sandbox.ProjectID))
	if err != nil {
		t.Fatal(err)
	}
	o.blocks, o.balancers = block.NewAPI(sdk), lb.NewZonedAPI(sdk)
	return o
}

// nodeID returns the id of the only node.
func (o *occupiedCluster) nodeID() string {
	o.t.Helper()
	nodes, err := o.env.Client(o.t).Nodes(o.t.Context(), scw.RegionFrPar, scaleway.NodeFilter{ClusterID: o.id})
	if err != nil || len(nodes) != 1 {
		o.t.Fatalf("%d nodes, %v", len(nodes), err)
	}
	return nodes[0].ID
}

// createVolume creates a volume, and its PersistentVolume unless reclaim is empty.
func (o *occupiedCluster) createVolume(zone scw.Zone, name, reclaim string) string {
	o.t.Helper()
	created, err := o.blocks.CreateVolume(&block.CreateVolumeRequest{
		Zone: zone, Name: name, FromEmpty: &block.CreateVolumeRequestFromEmpty{Size: 10 * scw.GB}, Tags: []string{},
	})
	if err != nil {
		o.t.Fatal(err)
	}
	o.env.Sandbox.Advance(time.Minute)
	o.ids[name] = scaleway.JoinZonedID(zone, created.ID)
	if reclaim != "" {
		o.addItem("persistentvolumes", map[string]any{
			"apiVersion": "v1", "kind": "PersistentVolume", "metadata": map[string]any{"name": name},
			"spec": map[string]any{
				"persistentVolumeReclaimPolicy": reclaim, "claimRef": map[string]any{
					"namespace": "shop", "name": name + "-claim",
				},
				"csi": map[string]any{"driver": "csi.scaleway.com", "volumeHandle": o.ids[name]},
			},
		})
	}
	return created.ID
}

// createSnapshot creates a snapshot of a volume, and its VolumeSnapshotContent unless policy is empty.
func (o *occupiedCluster) createSnapshot(zone scw.Zone, volumeID, name, policy string) {
	o.t.Helper()
	request := &block.CreateSnapshotRequest{Zone: zone, VolumeID: volumeID, Name: name, Tags: []string{}}
	created, err := o.blocks.CreateSnapshot(request)
	if err != nil {
		o.t.Fatal(err)
	}
	o.ids[name] = scaleway.JoinZonedID(zone, created.ID)
	if policy != "" {
		o.addItem("volumesnapshotcontents", map[string]any{
			"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshotContent",
			"metadata": map[string]any{"name": "content-" + name},
			"spec": map[string]any{
				"driver": "csi.scaleway.com", "deletionPolicy": policy,
				"volumeSnapshotRef": map[string]any{"namespace": "shop", "name": name + "-of"},
			},
			"status": map[string]any{"snapshotHandle": o.ids[name]},
		})
	}
}

func (o *occupiedCluster) addItem(resource string, item map[string]any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lists[resource] = append(o.lists[resource], item)
}

// createLoadBalancer creates a Load Balancer, and returns its id.
func (o *occupiedCluster) createLoadBalancer(zone scw.Zone, name string) string {
	o.t.Helper()
	request := &lb.ZonedAPICreateLBRequest{Zone: zone, Name: name, Type: "LB-S", Tags: []string{}}
	created, err := o.balancers.CreateLB(request)
	if err != nil {
		o.t.Fatal(err)
	}
	o.ids[strings.TrimPrefix(name, o.id)] = scaleway.JoinZonedID(zone, created.ID)
	return created.ID
}

// requireNoError ends the test at an error.
func (o *occupiedCluster) requireNoError(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// createOneOfEach creates volumes, snapshots and Load Balancers: of the cluster, of others, and unclear ones.
func (o *occupiedCluster) createOneOfEach(node scw.Zone) {
	o.t.Helper()
	attached := o.createVolume(node, "pvc-attached", "Delete")
	o.requireNoError(o.env.Sandbox.AttachVolume(attached, o.nodeID()))
	o.createVolume(scw.ZoneFrPar3, "pvc-parked", "Retain")
	o.createVolume(scw.ZoneFrPar2, "imported", "Retain")
	kept := o.createVolume(scw.ZoneFrPar1, "pvc-locked", "Retain")
	o.requireNoError(o.env.Sandbox.Patch("volumes", kept, map[string]any{"status": "locked"}))
	elsewhere := o.createVolume(scw.ZoneFrPar1, "pvc-elsewhere", "")
	database := o.createVolume(scw.ZoneFrPar1, "database", "")
	o.createSnapshot(node, attached, "snapshot-attached", "")
	o.createSnapshot(scw.ZoneFrPar1, elsewhere, "snapshot-elsewhere", "")
	o.createSnapshot(scw.ZoneFrPar1, database, "nightly", "")
	former := o.createVolume(scw.ZoneFrPar1, "former", "")
	o.createSnapshot(scw.ZoneFrPar1, former, "snapshot-kept", "Retain")
	o.createSnapshot(scw.ZoneFrPar1, former, "snapshot-lost", "")
	o.createSnapshot(scw.ZoneFrPar1, former, "monthly", "")
	o.requireNoError(o.env.Sandbox.Remove("volumes", former))
	o.createLoadBalancer(scw.ZoneFrPar2, o.id+"-ingress")
	locked := o.createLoadBalancer(scw.ZoneFrPar1, o.id+"-locked")
	o.createLoadBalancer(scw.ZoneFrPar1, "another")
	o.env.Sandbox.Advance(time.Hour)
	o.requireNoError(o.env.Sandbox.Patch("load-balancers", locked, map[string]any{"status": "locked"}))
}

// namesIn returns the names of the objects whose id, in parentheses, is in the text.
func (o *occupiedCluster) namesIn(text string) []string {
	found := []string{}
	for name, id := range o.ids {
		if strings.Contains(text, "("+id+")") {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// lineAfter returns the rest of the line that starts with prefix.
func lineAfter(t *testing.T, text, prefix string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, prefix)
	if !ok {
		t.Errorf("no line starts with %q:\n%s", prefix, text)
	}
	rest, _, _ = strings.Cut(rest, "\n")
	return rest
}

// TestDestroyNamesRemainingResources destroys clusters with volumes, snapshots and Load Balancers. The plan names which
// ones the destroy deletes, which ones remain and which are unclear; afterwards a warning names those that the API did
// not delete.
func TestDestroyNamesRemainingResources(t *testing.T) {
	t.Parallel()
	const leftBehind = "was destroyed, but objects remain"
	for _, kind := range []string{"srm_hds_cluster", "srm_kosmos_cluster"} {
		for _, everything := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, additional resources %t", kind, everything), func(t *testing.T) {
				t.Parallel()
				o := newOccupiedCluster(t, kind, scw.ZoneFrPar1, everything)
				o.createOneOfEach(scw.ZoneFrPar1)
				o.env.Sandbox.ClearRequests()
				planned, after, warned := strings.Cut(o.resource.Destroy(t.Context()), leftBehind)
				if o.resource.Exists() || warned != everything {
					t.Fatalf(
						"exists: %t, warning after the destroy: %t\n%s%s", o.resource.Exists(), warned, planned, after,
					)
				}
				snapshots := []string{"snapshot-attached", "snapshot-kept"}
				taken := []string{"-ingress", "-locked", "imported", "pvc-attached", "pvc-locked", "pvc-parked"}
				unclear := []string{"pvc-elsewhere", "snapshot-elsewhere", "snapshot-lost"}
				want := map[string][]string{
					map[bool]string{false: "Not destroyed, still billed and may contain data: ", true: "Also " +
						"destroyed: "}[everything]: taken,
					"Snapshots remain, are billed and may contain data: ": snapshots,
					"Possibly of this cluster, not attached: ":            unclear,
				}
				for beginning, names := range want {
					if got := o.namesIn(lineAfter(t, planned, beginning)); !slices.Equal(got, names) {
						t.Errorf("in the plan, %q names %v, want %v:\n%s", beginning, got, names, planned)
					}
				}
				if everything {
					for beginning, names := range map[string][]string{
						"Not deleted, although `delete_additional_resources` is true: ": {"-locked", "pvc-locked"},
						"Never deleted with a cluster: ":                                snapshots,
						"Possibly of this cluster, not attached: ":                      unclear,
					} {
						if got := o.namesIn(lineAfter(t, after, beginning)); !slices.Equal(got, names) {
							t.Errorf("after the destroy, %q names %v, want %v:\n%s", beginning, got, names, after)
						}
					}
				}
				o.checkRemaining(everything)
				// A destroy that deletes no additional resources reads only the cluster afterwards.
				requests := o.env.AllRequests()
				deleted := slices.Index(requests, "DELETE /k8s/v1/regions/fr-par/clusters/{id}")
				for _, request := range requests[deleted+1:] {
					if !everything && request != "GET /k8s/v1/regions/fr-par/clusters/{id}" ||
						!strings.HasPrefix(request, "GET ") {
						t.Errorf("after the deletion the provider sent %s", request)
					}
				}
			})
		}
	}
}

// checkRemaining checks which objects exist after the destroy.
func (o *occupiedCluster) checkRemaining(everything bool) {
	o.t.Helper()
	exists := map[string]bool{}
	for _, kind := range []string{"volumes", "snapshots", "load-balancers"} {
		var objects []struct{ Zone, ID string }
		o.requireNoError(o.env.Sandbox.Objects(kind, &objects))
		for _, object := range objects {
			exists[object.Zone+"/"+object.ID] = true
		}
	}
	for name, id := range o.ids {
		isAdditional := slices.Contains([]string{"-ingress", "imported", "pvc-attached", "pvc-parked"}, name)
		isDeleted := everything && isAdditional || name == "former"
		if exists[id] == isDeleted {
			o.t.Errorf("with additional resources %t, %s exists: %t", everything, name, exists[id])
		}
	}
}

// TestDestroyWithNothingRemaining checks that a destroy that deletes all objects of the cluster adds no warning
// afterwards.
func TestDestroyWithNothingRemaining(t *testing.T) {
	t.Parallel()
	o := newOccupiedCluster(t, "srm_hds_cluster", scw.ZoneFrPar1, true)
	o.requireNoError(o.env.Sandbox.AttachVolume(o.createVolume(scw.ZoneFrPar1, "pvc-attached", "Retain"), o.nodeID()))
	o.createVolume(scw.ZoneFrPar2, "pvc-parked", "Retain")
	o.createLoadBalancer(scw.ZoneFrPar1, o.id+"-ingress")
	diagnostics := o.resource.Destroy(t.Context())
	acctest.NotContains(t, diagnostics, "objects remain", "Possibly of this cluster", "ERROR")
	o.checkRemaining(true)
}

// TestDestroyAfterPools destroys the pools between the plan and the deletion of the cluster, as a destroy of both
// does. The warning afterwards names volumes that were attached to nodes, even if the cluster's API server does not
// answer.
func TestDestroyAfterPools(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"srm_hds_cluster", "srm_kosmos_cluster"} {
		o := newOccupiedCluster(t, kind, scw.ZoneFrPar1, true)
		o.statusCodes = map[string]int{"persistentvolumes": 403}
		kept, taken := o.createVolume(scw.ZoneFrPar1, "pvc-kept", ""), o.createVolume(scw.ZoneFrPar1, "pvc-taken", "")
		o.requireNoError(o.env.Sandbox.AttachVolume(kept, o.nodeID()))
		o.requireNoError(o.env.Sandbox.AttachVolume(taken, o.nodeID()))
		o.createSnapshot(scw.ZoneFrPar1, kept, "snapshot-kept", "")
		diagnostics := o.resource.DestroyAfterChange(t.Context(), func() {
			var pools []struct{ ID string }
			o.requireNoError(o.env.Sandbox.Objects("pools", &pools))
			o.requireNoError(o.env.Sandbox.Remove("pools", pools[0].ID))
			o.requireNoError(o.env.Sandbox.Patch("volumes", kept, map[string]any{"status": "locked"}))
		})
		for beginning, names := range map[string][]string{
			"Not deleted, although `delete_additional_resources` is true: ": {"pvc-kept"},
			"Never deleted with a cluster: ":                                {"snapshot-kept"},
		} {
			if got := o.namesIn(lineAfter(t, diagnostics, beginning)); !slices.Equal(got, names) {
				t.Errorf("%s: %q names %v, want %v:\n%s", kind, beginning, got, names, diagnostics)
			}
		}
		acctest.NotContains(t, diagnostics, "Possibly of this cluster")
	}
}

// TestRepeatedDestroy checks that the second destroy names objects that only the first, failed one could list.
func TestRepeatedDestroy(t *testing.T) {
	t.Parallel()
	o := newOccupiedCluster(t, "srm_hds_cluster", scw.ZoneFrPar1, true)
	kept := o.createVolume(scw.ZoneFrPar1, "pvc-kept", "Retain")
	o.requireNoError(o.env.Sandbox.Patch("volumes", kept, map[string]any{"status": "locked"}))
	o.requireNoError(o.env.Sandbox.AddFault(sandbox.Fault{
		Method: "DELETE", Path: "*/clusters/*", Kind: sandbox.FaultStatus, Status: 403, Times: 1,
	}))
	if diagnostics := o.resource.Destroy(t.Context()); !o.resource.Exists() {
		t.Fatalf("the cluster was destroyed:\n%s", diagnostics)
	}
	o.statusCodes = map[string]int{"persistentvolumes": 403}
	diagnostics := o.resource.Destroy(t.Context())
	got := o.namesIn(lineAfter(t, diagnostics, "Not deleted, although `delete_additional_resources` is true: "))
	if !slices.Equal(got, []string{"pvc-kept"}) {
		t.Errorf("the warning names %v:\n%s", got, diagnostics)
	}
}

// TestDestroyWithNodesInAnotherRegion checks that the provider finds Load Balancers and volumes in the region of the
// nodes of a Kosmos cluster.
func TestDestroyWithNodesInAnotherRegion(t *testing.T) {
	t.Parallel()
	o := newOccupiedCluster(t, "srm_kosmos_cluster", scw.ZoneNlAms1, false)
	attached := o.createVolume(scw.ZoneNlAms1, "pvc-attached", "")
	o.requireNoError(o.env.Sandbox.AttachVolume(attached, o.nodeID()))
	o.createSnapshot(scw.ZoneNlAms1, attached, "snapshot-attached", "")
	o.createLoadBalancer(scw.ZoneNlAms2, o.id+"-ingress")
	planned := o.resource.Destroy(t.Context())
	got := o.namesIn(lineAfter(t, planned, "Not destroyed, still billed and may contain data: "))
	got = append(got, o.namesIn(lineAfter(t, planned, "Snapshots remain, are billed and may contain data: "))...)
	if !slices.Equal(got, []string{"-ingress", "pvc-attached", "snapshot-attached"}) {
		t.Errorf("the plan names %v:\n%s", got, planned)
	}
}

// TestDestroyWithUnreadableResources checks that the plan of a destroy names what it could not read, with the reason,
// and the objects that it could read.
func TestDestroyWithUnreadableResources(t *testing.T) {
	t.Parallel()
	all := []string{
		"-ingress", "-locked", "imported", "pvc-attached", "pvc-elsewhere", "pvc-locked", "pvc-parked",
		"snapshot-attached",
		"snapshot-elsewhere", "snapshot-kept", "snapshot-lost",
	}
	without := func(names ...string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(name string) bool { return slices.Contains(names, name) })
	}
	refuse := func(codes map[string]int) func(*occupiedCluster) {
		return func(o *occupiedCluster) { o.statusCodes = codes }
	}
	for _, test := range []struct {
		name    string
		prepare func(*occupiedCluster)
		want    []string
		found   []string // names in the plan
	}{
		{
			"the cluster forbids volumes and snapshots",
			refuse(map[string]int{"persistentvolumes": 403, "volumesnapshotcontents": 403}),
			[]string{
				"volumes that are not attached to a node, which only the cluster's Kubernetes API lists (",
				forbiddenMessage,
				"snapshots of deleted volumes",
			},
			without("imported"),
		},
		{
			"the cluster forbids snapshots", refuse(map[string]int{"volumesnapshotcontents": 403}),
			[]string{"snapshots of deleted volumes (unable to list volumesnapshotcontents", forbiddenMessage}, all,
		},
		{
			"the cluster has no snapshot API", refuse(map[string]int{"volumesnapshotcontents": 404}),
			[]string{"Not checked: retained volumes whose PersistentVolume was deleted."}, all,
		},
		{
			"one zone does not answer", func(o *occupiedCluster) {
				o.requireNoError(o.env.Sandbox.AddFault(sandbox.Fault{
					Method: "GET", Path: "/block/v1/zones/fr-par-2/*", Kind: sandbox.FaultStatus, Status: 501,
					Times: 1000,
				}))
			},
			[]string{
				"volumes (unable to list the volumes of cluster fr-par-2/",
				"snapshots (unable to list the snapshots of cluster fr-par-2/",
			},
			all,
		},
		{
			"the API key may not read Block Storage", func(o *occupiedCluster) {
				o.requireNoError(o.env.Sandbox.Patch("api-keys", sandbox.AccessKey, map[string]any{
					"permission_sets": []string{"KubernetesFullAccess", "LoadBalancersReadOnly"},
				}))
			},
			[]string{
				"volumes (unable to list the volumes of cluster fr-par-1/", "BlockStorageReadOnly",
				"snapshots (unable to list the snapshots",
			},
			without("pvc-elsewhere", "snapshot-attached", "snapshot-elsewhere", "snapshot-lost"),
		},
	} {
		for _, everything := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, additional resources %t", test.name, everything), func(t *testing.T) {
				t.Parallel()
				o := newOccupiedCluster(t, "srm_hds_cluster", scw.ZoneFrPar1, everything)
				o.createOneOfEach(scw.ZoneFrPar1)
				test.prepare(o)
				diagnostics := o.resource.Destroy(t.Context())
				planned, _, warned := strings.Cut(diagnostics, "was destroyed, but objects remain")
				acctest.Contains(t, planned, test.want...)
				if got := o.namesIn(planned); !slices.Equal(got, test.found) {
					t.Errorf("the plan names %v, want %v:\n%s", got, test.found, planned)
				}
				if o.resource.Exists() || warned != everything {
					t.Errorf("exists: %t, warning after the destroy: %t\n%s", o.resource.Exists(), warned, diagnostics)
				}
				if everything && strings.Contains(test.name, "API key") {
					acctest.Contains(t, diagnostics, "Not checked again: unable to read volume fr-par-", "HTTP 403")
				}
			})
		}
	}
}
