package clusters

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// impactKey is the key of the private state for the objects that the plan of a destroy found. Pools are destroyed
// before their cluster, and without nodes it is unclear whose the volumes are. The value contains no secrets.
const impactKey = "destroy_impact"

type privateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateState interface {
	privateReader
	privateWriter
}

// savedObject is a foundObject in the private state.
type savedObject struct {
	Kind scaleway.ObjectKind `json:"kind"`
	Zone scw.Zone            `json:"zone"`
	ID   string              `json:"id"`
	Text string              `json:"text"`
}

// save writes the objects of the cluster to the private state.
func (i *destroyImpact) save(ctx context.Context, private privateWriter, diags *diag.Diagnostics) {
	objects := []savedObject{}
	for _, object := range slices.Concat(i.loadBalancers, i.volumes, i.snapshots) {
		objects = append(objects, savedObject{object.Kind, object.Zone, object.ID, object.text})
	}
	value, err := json.Marshal(objects)
	if err != nil {
		tfkit.AddError(diags, path.Empty(), tfkit.Problem{
			Summary: "Unable to save the objects that the destroy of the cluster affects", Cause: err,
		})
		return
	}
	diags.Append(private.SetKey(ctx, impactKey, value)...)
}

// mergeSaved adds the objects that an earlier plan found and saved: all of them, or only those that are now unclear.
func (i *destroyImpact) mergeSaved(ctx context.Context, private privateReader, all bool, diags *diag.Diagnostics) {
	value, found := private.GetKey(ctx, impactKey)
	diags.Append(found...)
	if len(value) == 0 {
		return
	}
	objects := []savedObject{}
	if err := json.Unmarshal(value, &objects); err != nil {
		tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
			Summary: "Unable to read which objects the plan of the destroy found", Cause: err,
			Fix: "No action needed: the provider searches for them again.",
		})
		return
	}
	groups := map[scaleway.ObjectKind]*[]foundObject{
		scaleway.KindLoadBalancer: &i.loadBalancers, scaleway.KindVolume: &i.volumes,
		scaleway.KindSnapshot: &i.snapshots,
	}
	for _, saved := range objects {
		object := scaleway.ZonalObject{Kind: saved.Kind, Zone: saved.Zone, ID: saved.ID}
		same := func(other foundObject) bool { return other.ZonalObject == object }
		group, ok := groups[saved.Kind]
		if !ok || slices.ContainsFunc(*group, same) {
			continue
		}
		if slices.ContainsFunc(i.unattributed, same) || all {
			i.unattributed = slices.DeleteFunc(i.unattributed, same)
			*group = append(*group, foundObject{object, saved.Text})
		}
	}
}
