package cluster

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/scaleway/scaleway-sdk-go/scw"

	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/cluster"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// private is the private state of a cluster. It contains no secrets.
type private struct {
	tfkit.Existence

	// Impact holds the objects that the plan of a destroy found: after the destroy of the pools, no API says which
	// cluster a volume belongs to.
	Impact []savedObject `json:"destroy_impact,omitempty"`
}

// savedObject is an object in the private state.
type savedObject struct {
	Kind scaleway.ObjectKind `json:"kind"`
	Zone scw.Zone            `json:"zone"`
	ID   string              `json:"id"`
	Text string              `json:"text"`
}

// setPrivate replaces the private state by that of a cluster that was created or updated.
func (m *commonModel) setPrivate(ctx context.Context, in tfkit.PrivateState, unfinished bool, diags *diag.Diagnostics) {
	tfkit.UpdatePrivate(ctx, in, diags, func(p *private) {
		*p = private{Existence: tfkit.Existence{
			Exists: true, IsProtected: m.DeletionProtection.ValueBool(), IsUnfinished: unfinished,
		}}
	})
}

// saveImpact writes the objects of the cluster to the private state.
func saveImpact(ctx context.Context, in tfkit.PrivateState, impact *operations.Impact, diags *diag.Diagnostics) {
	tfkit.UpdatePrivate(ctx, in, diags, func(p *private) {
		p.Impact = nil
		for _, group := range [][]operations.Object{impact.LoadBalancers, impact.Volumes, impact.Snapshots} {
			for _, object := range group {
				p.Impact = append(p.Impact, savedObject{object.Kind, object.Zone, object.ID, object.Text})
			}
		}
	})
}

// mergeSaved adds the objects that an earlier plan found and saved: all of them, or only those that are now unclear.
func mergeSaved(
	ctx context.Context, from tfkit.PrivateReader, impact *operations.Impact, all bool, diags *diag.Diagnostics,
) {
	objects := []operations.Object{}
	for _, object := range tfkit.ReadPrivate[private](ctx, from, diags).Impact {
		objects = append(objects, operations.Object{
			ZonalObject: scaleway.ZonalObject{Kind: object.Kind, Zone: object.Zone, ID: object.ID}, Text: object.Text,
		})
	}
	impact.Merge(objects, all)
}
