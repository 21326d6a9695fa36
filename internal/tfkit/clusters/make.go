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

// Patch is the full version that a create sends: the highest patch of the minor that the API offers.
func Patch(ctx context.Context, p *tfkit.Provider, m *Model, diags *diag.Diagnostics) string {
	minor, err := lifecycle.ParseMinor(m.Version.ValueString())
	if err != nil {
		tfkit.RefuseError(diags, path.Root("version"), err)
		return ""
	}
	versions, err := p.API.Versions(ctx, m.Place())
	if offered := pick(versions, minor); err == nil && offered != nil {
		return offered.Name
	}
	return "" // CheckCreate has said so
}

// Make makes a cluster and finishes it: the allow-list at the first moment that the API accepts it, then the wait. save
// keeps what is known, at once and at the end. Once the cluster exists no error is added, as that would taint it and a
// taint destroys: what remains undone stays marked, and Update does it.
func (k Kind) Make(ctx context.Context, p *tfkit.Provider, request *k8s.CreateClusterRequest,
	rules []*k8s.ACLRuleRequest,
	save func(cluster *k8s.Cluster, unfinished bool), diags *diag.Diagnostics,
) {
	begun := p.Now()
	cluster, err := p.API.CreateCluster(ctx, request)
	var taken *scaleway.NameTakenError
	if errors.As(err, &taken) {
		k.refuseName(request.Region, taken.Name, taken.ID, taken.Status, tfkit.AtApply(diags))
		return
	}
	if lost, ok := errors.AsType[*scaleway.LostCreateError](err); ok && lost.MayExist() {
		diags.AddError("Unable to create the "+k.Name+": a cluster may exist that is open to the world", tfkit.Explain(err)+
			"\nA new cluster has no allow-list. Until it is imported and applied, or deleted, every address reaches its API "+
			"server.")
		return
	}
	if err != nil {
		tfkit.Failed(diags, "Unable to create the "+k.Name, err)
		return
	}
	save(cluster, true)

	p.AllowLists.Want(cluster.ID, texts(rules))
	_, _, err = p.API.SetAllowListWithRetry(ctx, cluster.Region, cluster.ID, rules)
	closed := p.Now()
	if err != nil {
		var first diag.Diagnostics // nothing that Create says is as urgent
		tfkit.FailedLater(&first, "The API server of the new cluster is still open to the world",
			fmt.Errorf("cluster %q (%s) lets every address in, as its allow-list could not be set: %w",
				cluster.Name, scaleway.JoinID(cluster.Region, cluster.ID), err))
		*diags = append(first, *diags...)
		k.unfinished(diags)
		return
	}
	diags.AddWarning("The API server was open until its allow-list was in force", tfkit.Refusal{
		Clause: k.Access, Found: fmt.Sprintf("%s between the create call and the accepted allow-list; the API offers none "+
			"at creation", closed.Sub(begun).Round(time.Millisecond)),
		Fix: "No action needed: this create made no node in that time. Who reached the API server in it, Audit Trail may " +
			"show.",
	}.Detail())
	if cluster, err = p.API.WaitCluster(ctx, cluster.Region, cluster.ID); err != nil {
		tfkit.FailedLater(diags, "The "+k.Name+" is not ready yet", err)
		k.unfinished(diags)
		return
	}
	save(cluster, false)
}

// unfinished tells the user what the next step is.
func (k Kind) unfinished(diags *diag.Diagnostics) {
	diags.AddWarning("The "+k.Name+" exists but is not finished",
		"It is in the state and not tainted. Apply again: the next plan shows an update in place, which finishes it.")
}

type privateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// Mark keeps the deletion protection of the cluster, and whether something is left to do.
func (m *Model) Mark(ctx context.Context, private privateWriter, unfinished bool, diags *diag.Diagnostics) {
	tfkit.MarkProtection(ctx, private, m.DeletionProtection.ValueBool(), diags)
	tfkit.Mark(ctx, private, tfkit.MarkUnfinished, unfinished, diags)
}
