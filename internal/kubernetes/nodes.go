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

// leaseNamespace is where kubelets renew their leases.
const leaseNamespace = "kube-node-lease"

// Node is what an API server says of a node.
type Node struct {
	// Name is that of the Node object.
	Name string
	// KubeletVersion is as the kubelet reports it, "v1.35.3"; "" before it has.
	KubeletVersion string
	// Ready says whether the kubelet is ready; Reason and Message say why it is not.
	Ready           bool
	Reason, Message string
	// LastSeen is when the kubelet was last heard of; zero where it never was.
	LastSeen time.Time
}

// Node reads the Node object of a node of Scaleway's API, by its name there or by the UUID at the end of its provider
// id: the provider id of external nodes may be missing. It is nil where there is none.
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
			if provider, _, _ := unstructured.NestedString(
				all[i].Object, "spec", "providerID",
			); strings.HasSuffix(provider, "/"+uuid) {
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
	case Is(err, Forbidden): // the condition tells it, up to five minutes late
	case err != nil:
		return nil, err
	case lease != nil:
		renewed, _, _ := unstructured.NestedString(lease.Object, "spec", "renewTime")
		if at, err := time.Parse(time.RFC3339, renewed); err == nil && at.After(node.LastSeen) {
			node.LastSeen = at
		}
	}
	return node, nil
}

// Drained is how a drain ended.
type Drained struct {
	// Evicted are the pods that were asked to leave, as "namespace/name".
	Evicted []string
	// Left are those that stayed to the end, by the same name, with the reason.
	Left map[string]string
}

// Drain lets no more pods come to a node, and asks those that are there to leave, as their PodDisruptionBudgets allow,
// until none is left or patience is over. Pods of DaemonSets and those that the kubelet runs by itself stay, as with
// kubectl. Pods that are on their way are waited for only where the node is ready: a dead kubelet never ends them. The
// data in their emptyDirs is lost.
func (c *Client) Drain(ctx context.Context, node *Node, patience time.Duration) (Drained, error) {
	drained := Drained{}
	cordon := []byte(`{"spec":{"unschedulable":true}}`)
	if _, err := retried(ctx, c, call{
		"cordon", nodes, "", node.Name,
	}, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.at(nodes, "").Patch(
			ctx, node.Name, types.MergePatchType, cordon, metav1.PatchOptions{FieldManager: guardrails.FieldManager},
		)
	}); err != nil {
		return drained, err
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	asked, pause, progress := map[string]bool{}, c.Interval, &draining{node: node.Name}
	for {
		drained.Left = map[string]string{}
		there, err := c.podsOn(ctx, node.Name)
		if err != nil {
			return drained, err
		}
		for i := range there {
			pod := &there[i]
			name := pod.GetNamespace() + "/" + pod.GetName()
			if pod.GetDeletionTimestamp() != nil {
				if node.Ready {
					drained.Left[name] = "it has not ended yet"
				}
				continue
			}
			why, err := c.evict(ctx, pod)
			if err != nil {
				return drained, err
			}
			if why == "" && !asked[name] {
				asked[name] = true
				drained.Evicted = append(drained.Evicted, name)
			}
			if why == "" {
				why = "it has not ended yet"
			}
			drained.Left[name] = why
		}
		progress.seen(ctx, len(drained.Left), wallClock())
		if len(drained.Left) == 0 {
			return drained, nil
		}
		if sleep(limited, pause) != nil {
			return drained, ctx.Err()
		}
		pause = min(pause+pause/2, 10*c.Interval)
	}
}

// podsOn are the pods of a node that a drain moves.
func (c *Client) podsOn(ctx context.Context, node string) ([]unstructured.Unstructured, error) {
	page, err := retried(ctx, c, call{"list", pods, "", ""},
		func(ctx context.Context) (*unstructured.UnstructuredList, error) {
			return c.at(pods, "").List(ctx, metav1.ListOptions{FieldSelector: "spec.nodeName=" + node})
		})
	if err != nil {
		return nil, err
	}
	moved := []unstructured.Unstructured{}
	for _, pod := range page.Items {
		phase, _, _ := unstructured.NestedString(pod.Object, "status", "phase")
		owner := metav1.GetControllerOf(&pod)
		_, mirror := pod.GetAnnotations()["kubernetes.io/config.mirror"]
		if mirror || owner != nil && owner.Kind == "DaemonSet" || phase == "Succeeded" || phase == "Failed" {
			continue
		}
		moved = append(moved, pod)
	}
	return moved, nil
}

// evict asks a pod to leave. It says why it does not, "" where it does.
func (c *Client) evict(ctx context.Context, pod *unstructured.Unstructured) (string, error) {
	eviction := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "policy/v1", "kind": "Eviction", "metadata": map[string]any{
			"name": pod.GetName(), "namespace": pod.GetNamespace(),
		},
	}}
	of := call{"evict", pods, pod.GetNamespace(), pod.GetName()}
	heard := &answers{}
	ctx = context.WithValue(ctx, answersKey{}, heard)
	_, err := c.at(pods, pod.GetNamespace()).Create(ctx, eviction, metav1.CreateOptions{}, "eviction")
	if err == nil {
		return "", nil
	}
	failed := of.fail(c, err, heard, ctx.Err() != nil)
	switch found, ok := errors.AsType[*Error](failed); {
	case Is(failed, NotFound):
		return "", nil
	case ok && found.transient && ctx.Err() == nil: // a PodDisruptionBudget, or an API server that is busy
		return found.Message, nil
	}
	return "", failed
}

// DeleteNode deletes a Node object; an absent one is a success.
func (c *Client) DeleteNode(ctx context.Context, name string) error {
	return c.remove(ctx, nodes, "", name, "")
}
