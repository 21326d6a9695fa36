package clusters

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// keyImpact is where the private state keeps what the plan of a destroy found. Pools are destroyed before their
// cluster: then no node says any more whose the volumes are. There is no secret in it.
const keyImpact = "destroy_impact"

type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateState interface {
	privateReader
	privateWriter
}

// keptObject is an object of destroyImpact in the private state.
type keptObject struct {
	Kind scaleway.ObjectKind `json:"kind"`
	Zone scw.Zone            `json:"zone"`
	ID   string              `json:"id"`
	Text string              `json:"text"`
}

// keep writes what belongs to the cluster into the private state.
func (i *destroyImpact) keep(ctx context.Context, private privateWriter, diags *diag.Diagnostics) {
	kept := []keptObject{}
	for _, one := range slices.Concat(i.balancers, i.volumes, i.snapshots) {
		kept = append(kept, keptObject{one.Kind, one.Zone, one.ID, one.text})
	}
	value, err := json.Marshal(kept)
	if err != nil {
		diags.AddError("Unable to keep what the destroy of the cluster would leave", err.Error())
		return
	}
	diags.Append(private.SetKey(ctx, keyImpact, value)...)
}

// recall adds what an earlier look found and this one could not attribute to the cluster: all of it, or only what is
// among the unclear objects now.
func (i *destroyImpact) recall(ctx context.Context, private privateReader, all bool, diags *diag.Diagnostics) {
	value, found := private.GetKey(ctx, keyImpact)
	diags.Append(found...)
	if len(value) == 0 {
		return
	}
	kept := []keptObject{}
	if err := json.Unmarshal(value, &kept); err != nil {
		diags.AddWarning("The private state does not say what the destroy would leave", fmt.Sprintf("Found: %v", err))
		return
	}
	groups := map[scaleway.ObjectKind]*[]foundObject{
		scaleway.KindLoadBalancer: &i.balancers, scaleway.KindVolume: &i.volumes, scaleway.KindSnapshot: &i.snapshots,
	}
	for _, one := range kept {
		object := scaleway.Object{Kind: one.Kind, Zone: one.Zone, ID: one.ID}
		same := func(other foundObject) bool { return other.Object == object }
		group, ok := groups[one.Kind]
		if !ok || slices.ContainsFunc(*group, same) {
			continue
		}
		if slices.ContainsFunc(i.unclear, same) || all {
			i.unclear = slices.DeleteFunc(i.unclear, same)
			*group = append(*group, foundObject{object, one.Text})
		}
	}
}
