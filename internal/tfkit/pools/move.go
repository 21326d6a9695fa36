package pools

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// MarkMoved is the private mark of a pool that came from the official provider and was not applied yet: its first apply
// may change it, but not replace it.
const MarkMoved = "moved"

// MarkMove sets what a move keeps beside the state.
func MarkMove(ctx context.Context, resp *resource.MoveStateResponse) {
	for _, mark := range []string{tfkit.MarkUnprotected, MarkImported, MarkMoved} {
		tfkit.Mark(ctx, resp.TargetPrivate, mark, true, &resp.Diagnostics)
	}
}

// Replacing are the attributes in which a plan differs from the state and that the API cannot change: the framework
// tells no resource which of its attributes ask for a replacement.
func (m *Model) Replacing(state *Model) []string {
	found := []string{}
	for _, one := range []struct {
		name string
		same bool
	}{
		{
			"cluster_id", m.ClusterID.Equal(state.ClusterID),
		}, {"name", m.Name.Equal(state.Name)}, {"node_type", m.NodeType.Equal(state.NodeType)},
		{"zone", m.Zone.Equal(state.Zone)}, {"placement_group_id", m.PlacementGroupID.Equal(state.PlacementGroupID)},
		{"root_volume", m.RootVolume.Equal(state.RootVolume)},
		{
			"user_data", m.UserData.Equal(state.UserData) || !m.UserData.IsUnknown() && len(
				state.UserData.Elements(),
			)+len(m.UserData.Elements()) == 0,
		},
	} {
		if !one.same {
			found = append(found, one.name)
		}
	}
	return found
}

// RefuseMovedReplacement refuses to replace a pool by the apply that brings it under this provider.
func (k Kind) RefuseMovedReplacement(state *Model, attributes []string, diags *diag.Diagnostics) {
	if len(attributes) == 0 {
		return
	}
	tfkit.Refuse(diags, path.Root(attributes[0]), tfkit.Refusal{
		Summary: "The " + k.Name + " would be replaced by its move",
		Found: fmt.Sprintf(
			"pool %s, %q, whose configuration differs in what the API cannot change: %s", state.ID.ValueString(),
			state.Name.ValueString(), strings.Join(attributes, ", "),
		),
		Allowed: "a configuration that has the pool as it is, in these attributes; the others are changed in place",
		Fix: "Write these attributes as the pool has them and apply. For other values add a second pool, drain the nodes " +
			"of this one, and remove it then: no replacement and no outage.",
	})
}

// RefuseHidden refuses to take away what a pool was imported with and a generated configuration leaves out: user data,
// which would replace the pool, and arguments of the kubelet.
func (k Kind) RefuseHidden(plan, state *Model, diags *diag.Diagnostics) {
	for _, one := range []struct {
		name        string
		plan, state types.Map
	}{{"user_data", plan.UserData, state.UserData}, {"kubelet_args", plan.KubeletArgs, state.KubeletArgs}} {
		if keys := slices.Sorted(maps.Keys(one.state.Elements())); one.plan.IsNull() && len(keys) > 0 {
			tfkit.Refuse(diags, path.Root(one.name), tfkit.Refusal{
				Summary: "The imported " + k.Name + " has " + one.name + " that the configuration leaves out",
				Found: fmt.Sprintf(
					"pool %s, %q, with the keys %s, and no %s", state.ID.ValueString(), state.Name.ValueString(), strings.Join(keys,
						", "), one.name,
				),
				Allowed: one.name + " with these keys: it is sensitive, so that no CLI writes it into a generated configuration",
				Fix: "Write " + one.name + " as the pool has it. If it shall go, apply any other change in place first, such " +
					"as a tag: from then on the configuration decides.",
			})
		}
	}
}

// RefuseMove says that a pool cannot come under the kind, with every reason at once.
func RefuseMove(resource string, pool *k8s.Pool, reasons []string, allowed string, diags *diag.Diagnostics) {
	if len(reasons) == 0 {
		return
	}
	diags.AddError("The pool cannot be moved to "+resource, tfkit.Refusal{
		Found: fmt.Sprintf(
			"pool %q (%s): %s", pool.Name, scaleway.JoinID(pool.Region, pool.ID), strings.Join(reasons, "; "),
		),
		Allowed: allowed,
		Fix: "Remove the `moved` block: the pool stays with the official provider, as it is. Add a " + resource + " of " +
			"another name beside it, drain the nodes of the old pool, and remove that then: the API changes none of this on a " +
			"pool that exists.",
	}.Detail())
}
