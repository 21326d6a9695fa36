package kubernetes_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

const nodeID = "55555555-5555-4555-8555-555555555555"

// createObjects creates the objects of a YAML text and sets their status.
func (c cluster) createObjects(t *testing.T, text string) {
	t.Helper()
	resources := map[string]schema.GroupVersionResource{
		"Node": {Version: "v1", Resource: "nodes"}, "Pod": {Version: "v1", Resource: "pods"}, "Namespace": {
			Version: "v1", Resource: "namespaces",
		},
		"Lease": {Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}, "PodDisruptionBudget": {
			Group: "policy", Version: "v1", Resource: "poddisruptionbudgets",
		},
	}
	for _, document := range strings.Split(text, "---\n") {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
			t.Fatal(err)
		}
		status := object.Object["status"]
		client := c.client.Resource(resources[object.GetKind()]).Namespace(object.GetNamespace())
		created, err := client.Create(t.Context(), object, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if status != nil {
			created.Object["status"] = status
			if _, err := client.UpdateStatus(t.Context(), created, metav1.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

const machineNode = `{apiVersion: v1, kind: Node, metadata: {name: NAME, labels: {}}, spec: {providerID: "PROVIDER"},
  status: {nodeInfo: {kubeletVersion: v1.35.3, architecture: "", bootID: "", containerRuntimeVersion: "",
    kernelVersion: "",
  kubeProxyVersion: "", machineID: "", operatingSystem: "", osImage: "", systemUUID: ""}, conditions: [{type: Ready,
    status: "READY", reason: KubeletNotReady, message: no network, lastHeartbeatTime: "2026-11-24T09:00:00Z",
      lastTransitionTime: "2026-11-24T08:00:00Z"}]}}
`

const runningPod = `{apiVersion: v1, kind: Pod, metadata: {name: NAME, namespace: default, labels: {app: NAME}EXTRA},
  spec: {nodeName: edge, terminationGracePeriodSeconds: GRACE, containers: [{name: c, image: x}]},
    status: {phase: Running, conditions: [{type: Ready, status: "True"}]}}
`

func fill(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }

// TestNodesAndDrain reads, drains and deletes nodes on a real API server.
func TestNodesAndDrain(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	client := c.clientFor(t, adminToken, "")
	c.createObjects(t, fill(machineNode, "NAME", "edge", "PROVIDER", "", "READY", "True"))
	c.createObjects(
		t, fill(
			machineNode, "NAME", "by-provider-id", "PROVIDER", "scaleway://external/fr-par/"+nodeID, "READY", "False",
		),
	)
	c.createObjects(t, `{apiVersion: v1, kind: Namespace, metadata: {name: kube-node-lease-x}}`)

	node, err := client.Node(t.Context(), "edge", "unknown")
	if err != nil || node == nil || node.KubeletVersion != "v1.35.3" || !node.Ready || !node.LastSeen.Equal(
		time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC),
	) {
		t.Fatalf("got %+v, error %v", node, err)
	}
	c.createObjects(
		t,
		`{apiVersion: coordination.k8s.io/v1, kind: Lease, metadata: {name: edge, namespace: kube-node-lease}, `+
			`spec: {holderIdentity: edge, renewTime: "2026-11-24T09:04:00.000000Z"}}`,
	)
	if node, err = client.Node(t.Context(), "edge", "unknown"); err != nil || !node.LastSeen.Equal(
		time.Date(2026, 11, 24, 9, 4, 0, 0, time.UTC),
	) {
		t.Errorf("after the lease: got %+v, error %v", node, err)
	}
	other, err := client.Node(t.Context(), "nowhere", nodeID)
	if err != nil || other == nil || other.Name != "by-provider-id" || other.Ready ||
		other.Reason != "KubeletNotReady" || other.Message != "no network" {
		t.Errorf("by provider ID: got %+v, error %v", other, err)
	}
	if absent, err := client.Node(t.Context(), "nowhere", "unknown"); err != nil || absent != nil {
		t.Errorf("absent node: got %+v, error %v", absent, err)
	}
	if _, err := c.clientFor(t, noRightsToken, "").
		Node(t.Context(), "edge", nodeID); !kubernetes.Is(err, kubernetes.Forbidden) {
		t.Errorf("read without permissions: got error %v", err)
	}
	c.testDrain(t, client, node)
	if err := client.DeleteNode(t.Context(), "edge"); err != nil {
		t.Fatal(err)
	}
	if err := client.DeleteNode(t.Context(), "edge"); err != nil {
		t.Errorf("second deletion: %v", err)
	}
}

// testDrain drains a node with pods of all kinds.
func (c cluster) testDrain(t *testing.T, client *kubernetes.Client, node *kubernetes.Node) {
	t.Helper()
	daemon := `, ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: d, uid: "1", controller: true}]`
	mirror := `, annotations: {kubernetes.io/config.mirror: "1"}`
	for name, extra := range map[string]string{"quick": "", "guarded": "", "daemon": daemon, "mirror": mirror} {
		c.createObjects(t, fill(runningPod, "NAME", name, "EXTRA", extra, "GRACE", "0"))
	}
	c.createObjects(
		t,
		`{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: guard, namespace: default}, spec: `+
			`{minAvailable: 1, selector: {matchLabels: {app: guarded}}}}`,
	)
	drained, err := client.Drain(t.Context(), node, 300*time.Millisecond)
	if err != nil || !slices.Equal(drained.Evicted, []string{"default/quick"}) || !slices.Equal(
		slices.Collect(maps.Keys(drained.Remaining)), []string{"default/guarded"},
	) ||
		!strings.Contains(drained.Remaining["default/guarded"], "disruption budget") {
		t.Errorf("with a PodDisruptionBudget: got %+v, error %v", drained, err)
	}
	object, err := c.client.Resource(
		schema.GroupVersionResource{Version: "v1", Resource: "nodes"},
	).Get(t.Context(), "edge", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if cordoned, _, _ := unstructured.NestedBool(object.Object, "spec", "unschedulable"); !cordoned {
		t.Error("the node is not cordoned")
	}
	budgets := c.client.Resource(
		schema.GroupVersionResource{Group: "policy", Version: "v1", Resource: "poddisruptionbudgets"},
	).Namespace("default")
	if err := budgets.Delete(t.Context(), "guard", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if drained, err = client.Drain(t.Context(), node, time.Minute); err != nil || !slices.Equal(
		drained.Evicted, []string{"default/guarded"},
	) || len(drained.Remaining) != 0 {
		t.Errorf("without a PodDisruptionBudget: got %+v, error %v", drained, err)
	}
	// Drain does not wait for the terminating pods of a dead kubelet.
	c.createObjects(t, fill(runningPod, "NAME", "stuck", "EXTRA", "", "GRACE", "30"))
	dead := *node
	dead.Ready = false
	if drained, err = client.Drain(t.Context(), &dead, time.Minute); err != nil || !slices.Equal(
		drained.Evicted, []string{"default/stuck"},
	) || len(drained.Remaining) != 0 {
		t.Errorf("dead node: got %+v, error %v", drained, err)
	}
	if drained, err = client.Drain(
		t.Context(), node, 50*time.Millisecond,
	); err != nil || drained.Remaining["default/stuck"] != "it has not terminated yet" {
		t.Errorf("terminating pod: got %+v, error %v", drained, err)
	}
	if _, err := c.clientFor(t, readerToken, "").
		Drain(t.Context(), node, time.Minute); !kubernetes.Is(err, kubernetes.Forbidden) {
		t.Errorf("drain with read-only permissions: got error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Drain(ctx, node, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled drain: got error %v", err)
	}
}
