package externalnode

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusteraccess"
)

// patience is how long the pods of a node that is deleted get to leave; it is the API's own limit, too.
const patience = 15 * time.Minute

// reserve is what of an operation's time a drain leaves to the deletion.
const reserve = 5 * time.Minute

// lookInside takes over what the Kubernetes API server says of a node. Where it cannot be reached or asked, what is
// known stays; it is an error only where the provider's block says so. An API server to which no connection is possible
// is waited for once in a process.
func (r *nodeResource) lookInside(ctx context.Context, m *model, node *k8s.Node) error {
	if m.KubeletVersion.IsUnknown() {
		m.KubeletVersion = types.StringNull()
	}
	if m.LastSeenAt.IsUnknown() {
		m.LastSeenAt = types.StringNull()
	}
	if r.provider.Silent.Has(node.ClusterID) {
		return nil
	}
	if r.provider.Kubernetes.Unknown {
		return nil
	}
	client, err := clusteraccess.Connect(ctx, r.provider, node.Region, node.ClusterID)
	var seen *kubernetes.Node
	if err == nil {
		seen, err = client.Node(ctx, node.Name, node.ID)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return err
	case err != nil && kubernetes.IsUnreachable(err) && r.provider.Kubernetes.FailUnreachable:
		return err
	case err != nil:
		if kubernetes.IsUnreachable(err) {
			r.provider.Silent.Add(node.ClusterID)
		}
		tflog.Info(
			ctx, "The external node was not looked at in its cluster", map[string]any{"node": node.ID, "reason": err.Error()},
		)
	case seen != nil: // else its machine has not come yet
		if seen.KubeletVersion != "" {
			m.KubeletVersion = types.StringValue(strings.TrimPrefix(seen.KubeletVersion, "v"))
		}
		m.LastSeenAt = tfkit.Date(seen.LastSeen)
	}
	return nil //nolint:nilerr // what cannot be looked at is not known, which is no error
}

// leaving is a node that is to be deleted, as the Kubernetes API server has it.
type leaving struct {
	node   *k8s.Node
	client *kubernetes.Client // nil where the API server cannot be reached
	object *kubernetes.Node   // nil where the machine has never come, or nothing is known of it
}

// inside looks once at a node that is to be deleted; an error says why nothing is known of it.
func (r *nodeResource) inside(ctx context.Context, node *k8s.Node) (leaving, error) {
	client, err := clusteraccess.Connect(ctx, r.provider, node.Region, node.ClusterID)
	if err != nil {
		return leaving{node: node}, err
	}
	object, err := client.Node(ctx, node.Name, node.ID)
	return leaving{node: node, client: client, object: object}, err
}

// drain moves the pods of a node away before it is deleted, and says what it could not move; unseen is why it was not
// looked at. A node is deleted all the same, as the API does after the same time.
func (l leaving) drain(ctx context.Context, unseen error, timeout time.Duration, diags *diag.Diagnostics) {
	untouched := func(why string) {
		tfkit.Warn(diags, path.Root("node_name"), tfkit.Refusal{
			Summary: "The pods of the external node were not moved away first", Found: fmt.Sprintf(
				"node %s: %s", l.node.Name, why,
			),
			Fix: "Kubernetes starts them elsewhere once it has missed the node; what they held on the machine is lost.",
		})
	}
	if unseen != nil {
		untouched(tfkit.Explain(unseen))
		return
	}
	if l.object == nil {
		return // its machine has never come: there is nothing to move
	}
	limit := min(patience, max(timeout-reserve, timeout/2))
	drained, err := l.client.Drain(ctx, l.object, limit)
	if err != nil {
		untouched(tfkit.Explain(err))
		return
	}
	if len(drained.Left) > 0 {
		left := []string{}
		for _, pod := range slices.Sorted(maps.Keys(drained.Left)) {
			left = append(left, pod+" ("+drained.Left[pod]+")")
		}
		untouched(fmt.Sprintf("after %s these have not left: %s", limit, strings.Join(left, ", ")))
	}
}

// forget deletes the Node object that a deleted node leaves, where that is possible: the machine may still run its
// kubelet.
func (l leaving) forget(ctx context.Context) {
	if l.object == nil {
		return
	}
	if err := l.client.DeleteNode(ctx, l.object.Name); err != nil {
		tflog.Info(
			ctx, "The Node object of the deleted external node may be left", map[string]any{
				"node": l.node.Name, "reason": err.Error(),
			},
		)
	}
}
