package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// TestDestroyPlanNamesWhatHangsOnTheCluster: its Load Balancers and the volumes of its claims are named, others are
// not; what the choice takes is gone after the destroy, what it leaves is there; what could not be looked at is said.
func TestDestroyPlanNamesWhatHangsOnTheCluster(t *testing.T) {
	t.Parallel()
	for _, everything := range []bool{false, true} {
		env := acctest.New(t)
		protocol := env.Protocol(t)
		cluster := protocol.Life("srm_hds_cluster", map[string]any{
			"name": "campaign", "version": "1.35", "type": "kapsule-dedicated-4", "private_network_id": "fr-par/" +
				sandbox.PrivateNetworkID,
			"allowed_ip_ranges": []map[string]any{{"cidr": "203.0.113.0/24"}}, "maintenance_window": map[string]any{
				"day": "sunday", "start_hour": int64(2),
			},
			"delete_additional_resources": everything, "deletion_protection": false,
		})
		cluster.Apply(t.Context())
		pool := protocol.Life("srm_hds_pool", map[string]any{
			"cluster_id": cluster.Text("id"), "guardrails_id": cluster.Text("id") + "/guardrails", "name": "workers",
			"node_type": "POP2-2C-8G", "zone": "fr-par-1", "size": int64(1),
			"root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(100)},
		})
		pool.Apply(t.Context())
		_, id, err := scaleway.SplitID(cluster.Text("id"), scw.RegionFrPar)
		if err != nil {
			t.Fatal(err)
		}
		api := hang(t, env, id)
		acctest.Contains(t, cluster.Destroy(t.Context()), "Found: Load Balancer "+id+"-ingress (fr-par-1/"+api.balancer+"),"+
			" volume pvc-records of 10 GB (fr-par-1/"+api.volume+")",
			"Not checked: volumes that are not attached to a node, which only the cluster's Kubernetes API lists (")
		env.Sandbox.Advance(time.Hour)
		left := map[string]bool{}
		for _, kind := range []string{"volumes", "load-balancers"} {
			var held []map[string]any
			if err := env.Sandbox.Objects(kind, &held); err != nil {
				t.Fatal(err)
			}
			for _, one := range held {
				left[one["name"].(string)] = true //nolint:forcetypeassert // a name is a text
			}
		}
		if left[id+"-ingress"] == everything || left["pvc-records"] == everything || !left["somebody-elses"] ||
			!left["pvc-elsewhere"] {
			t.Errorf("delete_additional_resources = %t leaves %v", everything, left)
		}
	}
}

// TestDestroyPlanWithoutPermissions: a key that may not look says so.
func TestDestroyPlanWithoutPermissions(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.Protocol(t).Life("srm_kosmos_cluster", map[string]any{
		"name": "campaign", "version": "1.35", "type": "multicloud-dedicated-4", "allowed_ip_ranges": []map[string]any{
			{"cidr": "203.0.113.0/24"},
		},
		"maintenance_window": map[string]any{
			"day": "sunday", "start_hour": int64(2),
		}, "delete_additional_resources": false, "deletion_protection": false,
		"no_health_data": map[string]any{"by": "platform team", "reviewed_on": "2026-11-02"},
	})
	cluster.Apply(t.Context())
	if err := env.Sandbox.Patch(
		"api-keys", sandbox.AccessKey, map[string]any{"permission_sets": []string{"KubernetesFullAccess"}},
	); err != nil {
		t.Fatal(err)
	}
	acctest.Contains(t, cluster.Destroy(t.Context()), "Not checked: Load Balancers (unable to list the Load Balancers "+
		"of cluster fr-par-1/", "HTTP 403")
	if cluster.Exists() {
		t.Error("the cluster was not destroyed")
	}
}

// TestDestroyPlanNamesVolumesOfPersistentVolumes: what is attached to no node is known to the cluster's API server
// alone.
func TestDestroyPlanNamesVolumesOfPersistentVolumes(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	env := acctest.New(t, acctest.OnKubernetes(server))
	cluster := env.Protocol(t).Life("srm_hds_cluster", hdsCluster(map[string]any{"deletion_protection": false}))
	cluster.Apply(t.Context())
	config, err := clientcmd.RESTConfigFromKubeConfig(server.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	inside, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	for name, driver := range map[string]string{"pvc-parked": "csi.scaleway.com", "pvc-elsewhere": "csi.example.org"} {
		_, err = inside.Resource(
			schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumes"},
		).Create(t.Context(), &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "PersistentVolume", "metadata": map[string]any{"name": name},
			"spec": map[string]any{
				"capacity": map[string]any{"storage": "10Gi"}, "accessModes": []any{"ReadWriteOnce"},
				"persistentVolumeReclaimPolicy": "Retain",
				"claimRef":                      map[string]any{"namespace": "shop", "name": "records"},
				"csi": map[string]any{
					"driver": driver, "volumeHandle": "fr-par-1/99999999-2222-4333-8444-555555555555",
				},
			},
		}}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	said := cluster.Destroy(t.Context())
	acctest.Contains(t, said, "Found: volume pvc-parked of claim shop/records, reclaim policy Retain, not attached to "+
		"a node (fr-par-1/99999999-2222-4333-8444-555555555555).",
		"Not checked: retained volumes whose PersistentVolume was deleted.")
	acctest.Lacks(t, said, "pvc-elsewhere")
}

type hanging struct{ balancer, volume string }

// hang makes what the controllers of a cluster make, and what is somebody else's.
func hang(t *testing.T, env *acctest.Env, clusterID string) hanging {
	t.Helper()
	sdk, err := scw.NewClient(
		scw.WithAPIURL(env.URL), scw.WithAuth(
			sandbox.AccessKey, sandbox.SecretKey,
		), scw.WithDefaultProjectID(sandbox.ProjectID),
	)
	if err != nil {
		t.Fatal(err)
	}
	made, blocks, balancers := hanging{}, block.NewAPI(sdk), lb.NewZonedAPI(sdk)
	for _, name := range []string{"pvc-records", "pvc-elsewhere"} {
		volume, err := blocks.CreateVolume(
			&block.CreateVolumeRequest{
				Zone: scw.ZoneFrPar1, Name: name, FromEmpty: &block.CreateVolumeRequestFromEmpty{Size: 10 * scw.GB},
				Tags: []string{},
			},
		)
		if err != nil {
			t.Fatal(err)
		}
		if name == "pvc-records" {
			made.volume = volume.ID
		}
	}
	for _, name := range []string{clusterID + "-ingress", "somebody-elses"} {
		balancer, err := balancers.CreateLB(
			&lb.ZonedAPICreateLBRequest{Zone: scw.ZoneFrPar1, Name: name, Type: "LB-S", Tags: []string{}},
		)
		if err != nil {
			t.Fatal(err)
		}
		if name != "somebody-elses" {
			made.balancer = balancer.ID
		}
	}
	nodes, err := env.Client(t).Nodes(t.Context(), scw.RegionFrPar, scaleway.NodeFilter{ClusterID: clusterID})
	if err != nil || len(nodes) != 1 {
		t.Fatalf("%d nodes, %v", len(nodes), err)
	}
	if err := env.Sandbox.AttachVolume(made.volume, nodes[0].ID); err != nil {
		t.Fatal(err)
	}
	return made
}

// TestDestroyPlanAfterAnAnswerThatIsAnError lists the volumes: an answer of the API server to an earlier request,
// whatever it says, is no reason to take it for one that does not answer.
func TestDestroyPlanAfterAnAnswerThatIsAnError(t *testing.T) {
	t.Parallel()
	faulty, proxied := acctest.Proxied(t, acctest.Kubernetes(t, nil))
	env := acctest.New(t, proxied)
	protocol := env.Protocol(t)
	cluster := protocol.Life("srm_kosmos_cluster", map[string]any{
		"name": "edge", "version": "1.35", "type": "multicloud-dedicated-4", "allowed_ip_ranges": []map[string]any{
			{"cidr": "203.0.113.0/24"},
		},
		"maintenance_window": map[string]any{
			"day": "sunday", "start_hour": int64(2),
		}, "delete_additional_resources": false, "deletion_protection": false,
		"no_health_data": map[string]any{"by": "platform team", "reviewed_on": "2026-11-02"},
	})
	cluster.Apply(t.Context())
	pool := protocol.Life(
		"srm_kosmos_pool", map[string]any{"cluster_id": cluster.Text("id"), "name": "machines", "node_type": "external"},
	)
	pool.Apply(t.Context())
	node := protocol.Life("srm_kosmos_external_node", map[string]any{
		"pool_id": pool.Text("id"), "name": "edge-1", "address": "203.0.113.10",
		"attestation": map[string]any{
			"owner": "IT", "os": "Debian 12", "os_patching": "unattended", "hardening_baseline": "ANSSI-BP-028",
			"firewall": "nftables", "monitoring": "on call",
			"document_uri": "https://wiki.example.org/edge-1", "document_sha256": strings.Repeat("0a", 32),
			"reviewed_by": "CISO", "reviewed_on": "2026-11-01",
			"valid_days": int64(365),
		},
		"agent": map[string]any{"version": "0.1.5", "sha256": map[string]any{"amd64": strings.Repeat("0b", 32)}},
	})
	if said := node.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	const list = "/api/v1/persistentvolumes"
	for _, status := range []int{401, 403, 404, 429, 500, 503} {
		for path, wanted := range map[string]string{"/api/v1/nodes*": "Not checked: retained volumes whose " +
			"PersistentVolume was deleted", list: "only the cluster's API server knows (Unable to list"} {
			if err := faulty.AddFault(
				sandbox.Fault{Kind: sandbox.FaultStatus, Path: path, Status: status, Times: 1000},
			); err != nil {
				t.Fatal(err)
			}
			node.Refresh(t.Context())
			faulty.ClearRequests()
			said := cluster.PlanDestroy(t.Context())
			faulty.ClearFaults()
			acctest.Contains(t, said, wanted)
			acctest.Lacks(t, said, "does not answer")
			asked := false
			for _, request := range faulty.Requests() {
				asked = asked || request.Path == list
			}
			if !asked {
				t.Errorf("after %d at %s the API server was not asked for volumes: %s", status, path, said)
			}
		}
	}
}
