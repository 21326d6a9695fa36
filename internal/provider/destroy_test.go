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

// TestDestroyPlanNamesAttachedResources checks that the plan of a destroy names the cluster's Load Balancers and
// the volumes of its claims, no others, and what the provider could not check. The destroy deletes the ones that
// delete_additional_resources covers, and keeps the rest.
func TestDestroyPlanNamesAttachedResources(t *testing.T) {
	t.Parallel()
	for _, deleteAdditional := range []bool{false, true} {
		env := acctest.New(t)
		protocol := env.Protocol(t)
		cluster := protocol.Resource("srm_hds_cluster", map[string]any{
			"name": "campaign", "version": "1.35", "type": "kapsule-dedicated-4", "private_network_id": "fr-par/" +
				sandbox.PrivateNetworkID,
			"allowed_ip_ranges": []map[string]any{{"cidr": "203.0.113.0/24"}}, "maintenance_window": map[string]any{
				"day": "sunday", "start_hour": int64(2),
			},
			"delete_additional_resources": deleteAdditional, "deletion_protection": false,
		})
		cluster.Apply(t.Context())
		pool := protocol.Resource("srm_hds_pool", map[string]any{
			"cluster_id":    cluster.StringAttribute("id"),
			"guardrails_id": cluster.StringAttribute("id") + "/guardrails",
			"name":          "workers",
			"node_type":     "POP2-2C-8G",
			"zone":          "fr-par-1",
			"size":          int64(1),
			"root_volume":   map[string]any{"type": "sbs_5k", "size_gb": int64(100)},
		})
		pool.Apply(t.Context())
		_, id, err := scaleway.SplitID(cluster.StringAttribute("id"), scw.RegionFrPar)
		if err != nil {
			t.Fatal(err)
		}
		api := createAttachedResources(t, env, id)
		acctest.Contains(t, cluster.Destroy(t.Context()),
			"Found: Load Balancer "+id+"-ingress (fr-par-1/"+api.balancer+"), volume pvc-records of 10 GB (fr-par-1/"+
				api.volume+")",
			"Not checked: volumes that are not attached to a node, which only the cluster's Kubernetes API lists (")
		env.Sandbox.Advance(time.Hour)
		remaining := map[string]bool{}
		for _, kind := range []string{"volumes", "load-balancers"} {
			var objects []map[string]any
			if err := env.Sandbox.Objects(kind, &objects); err != nil {
				t.Fatal(err)
			}
			for _, object := range objects {
				remaining[object["name"].(string)] = true //nolint:forcetypeassert // names are strings
			}
		}
		if remaining[id+"-ingress"] == deleteAdditional || remaining["pvc-records"] == deleteAdditional ||
			!remaining["unrelated"] || !remaining["pvc-elsewhere"] {
			t.Errorf("with delete_additional_resources = %t these remain: %v", deleteAdditional, remaining)
		}
	}
}

// TestDestroyPlanWithoutPermissions checks that the plan of a destroy names what the API key may not read.
func TestDestroyPlanWithoutPermissions(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.Protocol(t).Resource("srm_kosmos_cluster", map[string]any{
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

// TestDestroyPlanNamesUnattachedVolumes checks volumes that are not attached to a node: only the cluster's
// Kubernetes API lists them.
func TestDestroyPlanNamesUnattachedVolumes(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	env := acctest.New(t, acctest.WithKubernetes(server))
	cluster := env.Protocol(t).Resource(
		"srm_hds_cluster", hdsClusterConfig(map[string]any{"deletion_protection": false}),
	)
	cluster.Apply(t.Context())
	config, err := clientcmd.RESTConfigFromKubeConfig(server.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	for name, driver := range map[string]string{"pvc-parked": "csi.scaleway.com", "pvc-elsewhere": "csi.example.org"} {
		_, err = client.Resource(
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
	diagnostics := cluster.Destroy(t.Context())
	acctest.Contains(t, diagnostics,
		"Found: volume pvc-parked of claim shop/records, reclaim policy Retain, not attached to a node "+
			"(fr-par-1/99999999-2222-4333-8444-555555555555).",
		"Not checked: retained volumes whose PersistentVolume was deleted.")
	acctest.NotContains(t, diagnostics, "pvc-elsewhere")
}

// attachedResources holds the ids of a Load Balancer and a volume of a cluster.
type attachedResources struct{ balancer, volume string }

// createAttachedResources creates a Load Balancer and a volume as the controllers of a cluster do, and one of each that
// does not belong to the cluster.
func createAttachedResources(t testing.TB, env *acctest.Env, clusterID string) attachedResources {
	t.Helper()
	sdk, err := scw.NewClient(
		scw.WithAPIURL(env.URL), scw.WithAuth(
			sandbox.AccessKey, sandbox.SecretKey,
		), scw.WithDefaultProjectID(sandbox.ProjectID),
	)
	if err != nil {
		t.Fatal(err)
	}
	created, blocks, balancers := attachedResources{}, block.NewAPI(sdk), lb.NewZonedAPI(sdk)
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
			created.volume = volume.ID
		}
	}
	for _, name := range []string{clusterID + "-ingress", "unrelated"} {
		balancer, err := balancers.CreateLB(
			&lb.ZonedAPICreateLBRequest{Zone: scw.ZoneFrPar1, Name: name, Type: "LB-S", Tags: []string{}},
		)
		if err != nil {
			t.Fatal(err)
		}
		if name != "unrelated" {
			created.balancer = balancer.ID
		}
	}
	nodes, err := env.Client(t).Nodes(t.Context(), scw.RegionFrPar, scaleway.NodeFilter{ClusterID: clusterID})
	if err != nil || len(nodes) != 1 {
		t.Fatalf("%d nodes, %v", len(nodes), err)
	}
	if err := env.Sandbox.AttachVolume(created.volume, nodes[0].ID); err != nil {
		t.Fatal(err)
	}
	return created
}

// TestDestroyPlanAfterAPIServerError checks that an API server that answered an earlier request with an error is
// not treated as unreachable: the plan of a destroy still lists the volumes.
func TestDestroyPlanAfterAPIServerError(t *testing.T) {
	t.Parallel()
	faulty, proxied := acctest.ProxiedKubernetes(t, acctest.Kubernetes(t, nil))
	env := acctest.New(t, proxied)
	protocol := env.Protocol(t)
	cluster := protocol.Resource("srm_kosmos_cluster", map[string]any{
		"name": "edge", "version": "1.35", "type": "multicloud-dedicated-4", "allowed_ip_ranges": []map[string]any{
			{"cidr": "203.0.113.0/24"},
		},
		"maintenance_window": map[string]any{
			"day": "sunday", "start_hour": int64(2),
		}, "delete_additional_resources": false, "deletion_protection": false,
		"no_health_data": map[string]any{"by": "platform team", "reviewed_on": "2026-11-02"},
	})
	cluster.Apply(t.Context())
	pool := protocol.Resource("srm_kosmos_pool", acctest.ExternalPoolAttributes(cluster.StringAttribute("id")))
	pool.Apply(t.Context())
	node := protocol.Resource("srm_kosmos_external_node", acctest.ExternalNodeAttributes(pool.StringAttribute("id")))
	if diagnostics := node.Apply(t.Context()); strings.Contains(diagnostics, "ERROR") {
		t.Fatal(diagnostics)
	}
	const list = "/api/v1/persistentvolumes"
	for _, status := range []int{401, 403, 404, 429, 500, 503} {
		for path, want := range map[string]string{"/api/v1/nodes*": "Not checked: retained volumes whose " +
			"PersistentVolume was deleted", list: "only the cluster's Kubernetes API lists (Unable to list"} {
			if err := faulty.AddFault(
				sandbox.Fault{Kind: sandbox.FaultStatus, Path: path, Status: status, Times: 1000},
			); err != nil {
				t.Fatal(err)
			}
			node.Refresh(t.Context())
			faulty.ClearRequests()
			diagnostics := cluster.PlanDestroy(t.Context())
			faulty.ClearFaults()
			acctest.Contains(t, diagnostics, want)
			acctest.NotContains(t, diagnostics, "does not respond")
			listed := false
			for _, request := range faulty.Requests() {
				listed = listed || request.Path == list
			}
			if !listed {
				t.Errorf("after %d at %s the provider does not list the volumes: %s", status, path, diagnostics)
			}
		}
	}
}
