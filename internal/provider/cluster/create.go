package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/cluster"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// create creates a cluster, sets its allow-list as soon as the API accepts it, and waits until the cluster is ready. It
// calls save after the creation and at the end. Once the cluster exists, it adds no errors: an error would taint the
// cluster, and the next apply would destroy it. Instead the resource stays flagged as unfinished, and Update finishes
// it.
func (v variant) create(
	ctx context.Context, p *tfkit.Provider, desired operations.Desired,
	save func(cluster *k8s.Cluster, unfinished bool), diags *diag.Diagnostics,
) {
	created, err := operations.Create(ctx, p.API, p.Now, desired, func(created *k8s.Cluster) { save(created, true) })
	if created.Cluster == nil {
		v.addCreateError(desired.Region, err, diags)
		return
	}
	if open, ok := errors.AsType[*operations.OpenError](err); ok {
		var first diag.Diagnostics // this warning comes first, as it is the most urgent
		tfkit.AddAPIWarning(&first, "The API server of the new cluster is still open to the world", open)
		*diags = append(first, *diags...)
		v.addUnfinishedWarning(diags)
		return
	}
	tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
		Summary: "The API server was open until its allow-list was in force",
		Clause:  v.accessClause,
		Found: fmt.Sprintf(
			"%s between the create call and the accepted allow-list; the API does not accept one at creation",
			created.OpenFor.Round(time.Millisecond),
		),
		Fix: "No action needed: the cluster had no nodes in that time. Audit Trail may show who accessed the API " +
			"server.",
	})
	if err != nil {
		tfkit.AddAPIWarning(diags, "The "+v.name+" is not ready yet", err)
		v.addUnfinishedWarning(diags)
		return
	}
	save(created.Cluster, false)
}

// addCreateError adds the error of a create that returned no cluster.
func (v variant) addCreateError(region scw.Region, err error, diags *diag.Diagnostics) {
	if taken, ok := errors.AsType[*scaleway.NameTakenError](err); ok {
		v.reportNameTaken(region, taken.Name, taken.ID, taken.Status, tfkit.NewApplyReporter(diags))
		return
	}
	if lost, ok := errors.AsType[*scaleway.LostCreateError](err); ok && lost.MayExist() {
		tfkit.AddError(diags, path.Empty(), tfkit.Problem{
			Summary: "Unable to create the " + v.name + ": a cluster that is open to the world may exist", Cause: err,
			Fix: "Do not leave the cluster as it is: a new cluster has no allow-list, so its API server allows every " +
				"address until the cluster is imported and applied, or deleted.",
		})
		return
	}
	tfkit.AddAPIError(diags, "Unable to create the "+v.name, err)
}

// addUnfinishedWarning adds a warning with the next step.
func (v variant) addUnfinishedWarning(diags *diag.Diagnostics) {
	tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
		Summary: "The " + v.name + " exists but is not finished", Found: "the cluster is in the state and not tainted",
		Fix: "Apply again: an update in place finishes the cluster.",
	})
}
