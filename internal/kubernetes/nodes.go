package kubernetes

import (
	"context"
	"errors"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

var (
	nodes  = schema.GroupVersionResource{Version: "v1", Resource: "nodes"}
	pods   = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	leases = schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}
)

// leaseNamespace is the namespace of the kubelets' leases.
const leaseNamespace = "kube-node-lease"

// Node is the state of a node according to the API server.
type Node struct {
	// Name is the name of the Node object.
	Name string
	// KubeletVersion is the version that the kubelet reports, "v1.35.3", or "" if it has not reported one.
	KubeletVersion string
	// Ready, Reason and Message are from the Ready condition of the node.
	Ready           bool
	Reason, Message string
	// LastSeen is the time of the last heartbeat of the kubelet, or zero if there was none.
	LastSeen time.Time
}

// Node reads the Node object of a Scaleway node by its name, or else by the UUID at the end of its provider ID, which
// external nodes may not have. It returns nil if there is no such object.
func (c *Client) Node(ctx context.Context, name, uuid string) (*Node, error) {
	object, err := c.get(ctx, nodes, "", name)
	if err != nil {
		return nil, err
	}
	if object == nil {
		all, err := c.list(ctx, nodes, "")
		if err != nil {
			return nil, err
		}
		for i := range all {
			if providerID, _, _ := unstructured.NestedString(
				all[i].Object, "spec", "providerID",
			); strings.HasSuffix(providerID, "/"+uuid) {
				object = &all[i]
			}
		}
		if object == nil {
			return nil, nil
		}
	}
	node := &Node{Name: object.GetName()}
	node.KubeletVersion, _, _ = unstructured.NestedString(object.Object, "status", "nodeInfo", "kubeletVersion")
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, one := range conditions {
		condition, ok := one.(map[string]any)
		if !ok || condition["type"] != "Ready" {
			continue
		}
		text := func(name string) string { value, _ := condition[name].(string); return value }
		node.Ready, node.Reason, node.Message = text("status") == "True", text("reason"), text("message")
		node.LastSeen, _ = time.Parse(time.RFC3339, text("lastHeartbeatTime"))
	}
	lease, err := c.get(ctx, leases, leaseNamespace, node.Name)
	switch {
	case Is(err, Forbidden): // the heartbeat of the condition is up to five minutes old
	case err != nil:
		return nil, err
	case lease != nil:
		renewed, _, _ := unstructured.NestedString(lease.Object, "spec", "renewTime")
		if renewedAt, err := time.Parse(time.RFC3339, renewed); err == nil && renewedAt.After(node.LastSeen) {
			node.LastSeen = renewedAt
		}
	}
	return node, nil
}

// DrainResult is the result of a drain.
type DrainResult struct {
	// Evicted are the pods whose eviction the API server accepted, as "namespace/name".
	Evicted []string
	// Remaining are the reasons of the pods that remain on the node, by "namespace/name".
	Remaining map[string]string
}

// Drain cordons a node and evicts its pods, as their PodDisruptionBudgets allow, until none is left or the timeout
// expires. Like kubectl, it keeps pods of DaemonSets and static pods. It waits for terminating pods only if the node is
// ready, because a dead kubelet never terminates them. The data in the emptyDirs of the pods is lost.
func (c *Client) Drain(ctx context.Context, node *Node, timeout time.Duration) (DrainResult, error) {
	drained := DrainResult{}
	cordon := []byte(`{"spec":{"unschedulable":true}}`)
	if _, err := withRetry(ctx, c, operation{
		"cordon", nodes, "", node.Name,
	}, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.resourceClient(nodes, "").Patch(
			ctx, node.Name, types.MergePatchType, cordon, metav1.PatchOptions{FieldManager: guardrails.FieldManager},
		)
	}); err != nil {
		return drained, err
	}
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	isEvicted, pause, progress := map[string]bool{}, c.Interval, &drainProgress{node: node.Name}
	for {
		drained.Remaining = map[string]string{}
		running, err := c.listEvictablePods(ctx, node.Name)
		if err != nil {
			return drained, err
		}
		for i := range running {
			pod := &running[i]
			name := pod.GetNamespace() + "/" + pod.GetName()
			if pod.GetDeletionTimestamp() != nil {
				if node.Ready {
					drained.Remaining[name] = "it has not terminated yet"
				}
				continue
			}
			reason, err := c.evict(ctx, pod)
			if err != nil {
				return drained, err
			}
			if reason == "" && !isEvicted[name] {
				isEvicted[name] = true
				drained.Evicted = append(drained.Evicted, name)
			}
			if reason == "" {
				reason = "it has not terminated yet"
			}
			drained.Remaining[name] = reason
		}
		progress.report(ctx, len(drained.Remaining), wallClock())
		if len(drained.Remaining) == 0 {
			return drained, nil
		}
		if sleep(limited, pause) != nil {
			return drained, ctx.Err()
		}
		pause = min(pause+pause/2, 10*c.Interval)
	}
}

// listEvictablePods lists the pods of a node that a drain evicts.
func (c *Client) listEvictablePods(ctx context.Context, node string) ([]unstructured.Unstructured, error) {
	page, err := withRetry(ctx, c, operation{"list", pods, "", ""},
		func(ctx context.Context) (*unstructured.UnstructuredList, error) {
			return c.resourceClient(pods, "").List(ctx, metav1.ListOptions{FieldSelector: "spec.nodeName=" + node})
		})
	if err != nil {
		return nil, err
	}
	evictable := []unstructured.Unstructured{}
	for _, pod := range page.Items {
		phase, _, _ := unstructured.NestedString(pod.Object, "status", "phase")
		owner := metav1.GetControllerOf(&pod)
		_, isMirror := pod.GetAnnotations()["kubernetes.io/config.mirror"]
		if isMirror || owner != nil && owner.Kind == "DaemonSet" || phase == "Succeeded" || phase == "Failed" {
			continue
		}
		evictable = append(evictable, pod)
	}
	return evictable, nil
}

// evict requests the eviction of a pod. It returns why the API server rejects it for now, or "" if it accepts it.
func (c *Client) evict(ctx context.Context, pod *unstructured.Unstructured) (string, error) {
	eviction := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "policy/v1", "kind": "Eviction", "metadata": map[string]any{
			"name": pod.GetName(), "namespace": pod.GetNamespace(),
		},
	}}
	op := operation{"evict", pods, pod.GetNamespace(), pod.GetName()}
	last := &lastResponse{}
	ctx = context.WithValue(ctx, lastResponseKey{}, last)
	_, err := c.resourceClient(pods, pod.GetNamespace()).Create(ctx, eviction, metav1.CreateOptions{}, "eviction")
	if err == nil {
		return "", nil
	}
	failed := op.newError(c, err, last, ctx.Err() != nil)
	switch found, ok := errors.AsType[*Error](failed); {
	case Is(failed, NotFound):
		return "", nil
	case ok && found.transient && ctx.Err() == nil: // a PodDisruptionBudget, or an overloaded API server
		return found.Message, nil
	}
	return "", failed
}

// DeleteNode deletes a Node object and succeeds if it does not exist.
func (c *Client) DeleteNode(ctx context.Context, name string) error {
	return c.remove(ctx, nodes, "", name, "")
}
