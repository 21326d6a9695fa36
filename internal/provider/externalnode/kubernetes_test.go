package externalnode_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// kubeClient is a client of a real API server, in which the test creates the objects of kubelets.
type kubeClient struct {
	t      *testing.T
	client dynamic.Interface
}

func (c kubeClient) create(resource schema.GroupVersionResource, namespace, text string) {
	c.t.Helper()
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &object.Object); err != nil {
		c.t.Fatal(err)
	}
	status := object.Object["status"]
	created, err := c.client.Resource(resource).Namespace(namespace).Create(
		c.t.Context(), object, metav1.CreateOptions{},
	)
	if err != nil {
		c.t.Fatal(err)
	}
	if status != nil {
		created.Object["status"] = status
		if _, err := c.client.Resource(resource).Namespace(namespace).UpdateStatus(
			c.t.Context(), created, metav1.UpdateOptions{},
		); err != nil {
			c.t.Fatal(err)
		}
	}
}

var ( //nolint:gochecknoglobals // names
	nodeObjects = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	podObjects  = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
)

// TestKubernetesNode reads the kubelet's version, its skew and its last heartbeat from a real API server. A destroy
// cordons and drains the node, and deletes the Node object.
func TestKubernetesNode(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	server := acctest.Kubernetes(t, nil)
	r := newRig(t, acctest.WithKubernetes(server))
	config, err := clientcmd.RESTConfigFromKubeConfig(server.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	c := kubeClient{t, client}
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: r.nodeConfig(""), ConfigStateChecks: []statecheck.StateCheck{
				expectValue("kubelet_version", knownvalue.Null()), expectValue(
					"version_skew", knownvalue.StringExact("none"),
				),
			},
		},
		{
			PreConfig: func() {
				name := r.nodes()[0].Name
				c.create(
					nodeObjects,
					"",
					fmt.Sprintf(
						`{apiVersion: v1, kind: Node, metadata: {name: %s},
  status: {nodeInfo: {kubeletVersion: v1.31.2, architecture: "", bootID: "", containerRuntimeVersion: "",
  kernelVersion: "", kubeProxyVersion: "",
  machineID: "", operatingSystem: "", osImage: "", systemUUID: ""}, conditions: [{type: Ready, status: "True",
    lastHeartbeatTime: "2026-11-24T09:00:00Z", lastTransitionTime: "2026-11-24T08:00:00Z"}]}}`,
						name,
					),
				)
				c.create(podObjects, "default", fmt.Sprintf(`{apiVersion: v1, kind: Pod, metadata: {name: records, `+
					`namespace: `+
					`default}, spec: {nodeName: %s, terminationGracePeriodSeconds: 0, containers: [{name: c, image: `+
					`x}]}}`, name))
			},
			Config: r.nodeConfig(""), ConfigPlanChecks: expectEmptyPlan(),
			ConfigStateChecks: []statecheck.StateCheck{
				expectValue(
					"kubelet_version", knownvalue.StringExact("1.31.2"),
				), expectValue("version_skew", knownvalue.StringExact("too_old")), expectValue(
					"last_seen_at", knownvalue.StringExact("2026-11-24T09:00:00Z"),
				),
			},
		},
	}})
	for resource, namespace := range map[schema.GroupVersionResource]string{nodeObjects: "", podObjects: "default"} {
		left, err := client.Resource(resource).Namespace(namespace).List(t.Context(), metav1.ListOptions{})
		if err != nil || len(left.Items) != 0 {
			t.Errorf("%s were not deleted: %v, %v", resource.Resource, left, err)
		}
	}
}

// TestDestroyWithoutDrain destroys a node without access to the API server. The destroy warns, and deletes the node.
func TestDestroyWithoutDrain(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	node := r.Protocol(t).Resource("srm_kosmos_external_node", r.nodeAttributes(nil))
	node.Apply(t.Context())
	acctest.Contains(t, node.Destroy(t.Context()), "The external node was not drained before it was deleted",
		"connect: connection refused", "The destroy does not change the machine")
	if len(r.nodes()) != 0 || node.Exists() {
		t.Error("the node was not deleted")
	}
}

// TestDrainBlockedByDisruptionBudget destroys a node with a PodDisruptionBudget that allows no eviction. A warning
// names it after the time limit.
func TestDrainBlockedByDisruptionBudget(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	r := newRig(t, acctest.WithKubernetes(server))
	config, err := clientcmd.RESTConfigFromKubeConfig(server.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	c := kubeClient{t, client}
	node := r.Protocol(t).Resource(
		"srm_kosmos_external_node", r.nodeAttributes(map[string]any{"timeouts": map[string]any{"delete": "4s"}}),
	)
	node.Apply(t.Context())
	name := r.nodes()[0].Name
	c.create(nodeObjects, "", fmt.Sprintf(`{apiVersion: v1, kind: Node, metadata: {name: %s}}`, name))
	c.create(podObjects, "default", fmt.Sprintf(`{apiVersion: v1, kind: Pod, metadata: {name: records, namespace: `+
		`default, labels: {app: records}}, spec: {nodeName: %s, containers: [{name: c, image: x}]}, status: {phase: `+
		`Running, conditions: [{type: Ready, status: "True"}]}}`, name))
	c.create(schema.GroupVersionResource{Group: "policy", Version: "v1", Resource: "poddisruptionbudgets"}, "default",
		`{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: guard, namespace: default}, spec: `+
			`{minAvailable: 1, selector: {matchLabels: {app: records}}}}`)
	acctest.Contains(t, node.Destroy(t.Context()), "The external node was not drained before it was deleted",
		"pods that are still running after 2s: default/records (", "disruption budget")
	if len(r.nodes()) != 0 {
		t.Error("the node was not deleted")
	}
}
