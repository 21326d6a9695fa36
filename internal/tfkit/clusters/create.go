package clusters

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// ResolvePatchVersion returns the version for the create request: the highest patch of the minor that the API offers,
// or "".
func ResolvePatchVersion(ctx context.Context, p *tfkit.Provider, m *Model, diags *diag.Diagnostics) string {
	minor, err := lifecycle.ParseMinor(m.Version.ValueString())
	if err != nil {
		tfkit.AddCheckError(diags, path.Root("version"), err)
		return ""
	}
	versions, err := p.API.Versions(ctx, m.ClusterRegion())
	if offered := findHighestPatch(versions, minor); err == nil && offered != nil {
		return offered.Name
	}
	return "" // CheckCreate has reported it
}

// Create creates a cluster, sets its allow-list as soon as the API accepts it, and waits until the cluster is ready. It
// calls save after the creation and at the end. Once the cluster exists, it adds no errors: an error would taint the
// cluster, and the next apply would destroy it. Instead the resource stays flagged as unfinished, and Update finishes
// it.
func (k Kind) Create(ctx context.Context, p *tfkit.Provider, request *k8s.CreateClusterRequest,
	rules []*k8s.ACLRuleRequest,
	save func(cluster *k8s.Cluster, unfinished bool), diags *diag.Diagnostics,
) {
	start := p.Now()
	cluster, err := p.API.CreateCluster(ctx, request)
	var taken *scaleway.NameTakenError
	if errors.As(err, &taken) {
		k.reportNameTaken(request.Region, taken.Name, taken.ID, taken.Status, tfkit.NewApplyReporter(diags))
		return
	}
	if lost, ok := errors.AsType[*scaleway.LostCreateError](err); ok && lost.MayExist() {
		tfkit.AddError(diags, path.Empty(), tfkit.Problem{
			Summary: "Unable to create the " + k.Name + ": a cluster that is open to the world may exist", Cause: err,
			Found: "a new cluster, if it exists, has no allow-list: its API server allows every address until the cluster " +
				"is imported and applied, or deleted",
		})
		return
	}
	if err != nil {
		tfkit.AddAPIError(diags, "Unable to create the "+k.Name, err)
		return
	}
	save(cluster, true)

	p.AllowLists.Want(cluster.ID, ruleRanges(rules))
	_, _, err = p.API.SetAllowListWithRetry(ctx, cluster.Region, cluster.ID, rules)
	end := p.Now()
	if err != nil {
		var first diag.Diagnostics // this warning comes first, as it is the most urgent
		tfkit.AddAPIWarning(&first, "The API server of the new cluster is still open to the world",
			fmt.Errorf("cluster %q (%s) allows every address, as its allow-list could not be set: %w",
				cluster.Name, scaleway.JoinID(cluster.Region, cluster.ID), err))
		*diags = append(first, *diags...)
		k.addUnfinishedWarning(diags)
		return
	}
	tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
		Summary: "The API server was open until its allow-list was in force",
		Clause:  k.AccessClause,
		Found: fmt.Sprintf(
			"%s between the create call and the accepted allow-list; the API does not accept one at creation",
			end.Sub(start).Round(time.Millisecond),
		),
		Fix: "No action needed: the cluster had no nodes in that time. Audit Trail may show who accessed the API server.",
	})
	if cluster, err = p.API.WaitCluster(ctx, cluster.Region, cluster.ID); err != nil {
		tfkit.AddAPIWarning(diags, "The "+k.Name+" is not ready yet", err)
		k.addUnfinishedWarning(diags)
		return
	}
	save(cluster, false)
}

// addUnfinishedWarning adds a warning with the next step.
func (k Kind) addUnfinishedWarning(diags *diag.Diagnostics) {
	tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
		Summary: "The " + k.Name + " exists but is not finished", Found: "the cluster is in the state and not tainted",
		Fix: "Apply again: an update in place finishes the cluster.",
	})
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// SetFlags sets the flags of the private state: deletion protection, and whether Create or Update is unfinished.
func (m *Model) SetFlags(ctx context.Context, private privateWriter, unfinished bool, diags *diag.Diagnostics) {
	tfkit.SetProtectionFlags(ctx, private, m.DeletionProtection.ValueBool(), diags)
	tfkit.SetFlag(ctx, private, tfkit.FlagUnfinished, unfinished, diags)
}
