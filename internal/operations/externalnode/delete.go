package externalnode

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

// maxDrainTime is the time limit for draining a node before it is deleted. Scaleway's API has the same limit.
const maxDrainTime = 15 * time.Minute

// deletionReserve is the part of the timeout of Delete that a drain leaves for the deletion.
const deletionReserve = 5 * time.Minute

// Deleted is the result of Delete.
type Deleted struct {
	// Node is the node to delete, or nil if there was none.
	Node *k8s.Node
	// DrainErr is the reason why the node was not drained, or nil. It is a *RemainingPodsError if pods are left.
	DrainErr error
}

// RemainingPodsError is the error of a drain that did not evict all pods in time.
type RemainingPodsError struct {
	Limit time.Duration
	// Pods are the reasons of the pods, by "namespace/name".
	Pods map[string]string
}

// Error names the pods.
func (e *RemainingPodsError) Error() string {
	remaining := []string{}
	for _, pod := range slices.Sorted(maps.Keys(e.Pods)) {
		remaining = append(remaining, pod+" ("+e.Pods[pod]+")")
	}
	return fmt.Sprintf("pods that are still running after %s: %s", e.Limit, strings.Join(remaining, ", "))
}

// Delete drains the node of a state, deletes it, and waits until it is deleted. A drain that fails does not stop the
// deletion: Scaleway also deletes a node after a time limit. timeout is the time limit of the whole deletion, of which
// the drain takes a part. The machine of the node continues to run.
func (c Client) Delete(ctx context.Context, observed Observed, timeout time.Duration) (Deleted, error) {
	reading, err := c.find(ctx, observed)
	if err != nil || reading.Node == nil {
		return Deleted{}, err
	}
	node := reading.Node
	deleted := Deleted{Node: node}
	var object *kubernetes.Node // nil if the machine never joined the cluster, or the object could not be read
	client, err := c.Kubernetes.Connect(ctx, node.Region, node.ClusterID)
	if err == nil {
		object, err = client.Node(ctx, node.Name, node.ID)
	}
	if err == nil && object != nil {
		err = drain(ctx, client, object, min(maxDrainTime, max(timeout-deletionReserve, timeout/2)))
	}
	deleted.DrainErr = err
	if err := c.API.DeleteNode(ctx, node.Region, node.ID); err != nil {
		return deleted, err
	}
	if err := c.API.WaitNodeDeleted(ctx, node.Region, node.ID); err != nil {
		return deleted, err
	}
	if object != nil {
		deleteObject(ctx, client, object)
	}
	return deleted, nil
}

// drain evicts the pods of a node.
func drain(ctx context.Context, client NodeClient, object *kubernetes.Node, limit time.Duration) error {
	drained, err := client.Drain(ctx, object, limit)
	if err == nil && len(drained.Remaining) > 0 {
		err = &RemainingPodsError{limit, drained.Remaining}
	}
	return err
}

// deleteObject deletes the Node object of a deleted node. A failure is only logged: the machine may still run its
// kubelet.
func deleteObject(ctx context.Context, client NodeClient, object *kubernetes.Node) {
	if err := client.DeleteNode(ctx, object.Name); err != nil {
		tflog.Info(ctx, "The Node object of the deleted external node could not be deleted", map[string]any{
			"node": object.Name, "reason": err.Error(),
		})
	}
}
