package hdsguardrails

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// ownerKey is the private key under which the owner is kept that the mark in the cluster names.
const ownerKey = "owner"

// ownerMark is the object of the mark, as differences name it.
const ownerMark = guardrails.KindPolicy + "/" + guardrails.OwnerMark

// ownerOf is the owner that the private state holds, or else the state: a CLI deletes a tainted resource without its
// private state, and plans the create of any other replacement with the private state alone. It is empty for guardrails
// that were created before there were marks.
func ownerOf(ctx context.Context, private privateReader, state *model, diags *diag.Diagnostics) string {
	owner := state.OwnerID.ValueString()
	readPrivate(ctx, private, ownerKey, &owner, diags)
	return owner
}

// isForeign says whether a mark names another owner, or none.
func isForeign(mark *kubernetes.Mark, owner string) bool {
	return mark != nil && (mark.Owner == "" || mark.Owner != owner)
}

// adoptable says whether a create may take over guardrails: those of a create with the same settings that has not ended
// and cannot be running any more. That the passphrase is the same, too, is checked where the Secret is.
func adoptable(mark *kubernetes.Mark, s guardrails.Settings, now time.Time) bool {
	return mark != nil && mark.Owner != "" && mark.Phase == guardrails.Creating && mark.Settings == s.Encoded() &&
		!mark.MayStillRun(now)
}

// occupied is why guardrails cannot be created in a cluster that was looked at: it has guardrails of another owner. nil
// is a cluster without guardrails, or one whose guardrails can be adopted.
func occupied(
	mark *kubernetes.Mark, unmarked bool, s guardrails.Settings, now time.Time, id string,
) *tfkit.Refusal {
	if mark == nil && !unmarked || adoptable(mark, s, now) {
		return nil
	}
	const unfinished = " (" + ownerMark + ", phase creating)"
	problem := &tfkit.Refusal{
		Summary: "The cluster already has guardrails",
		Allowed: "one srm_hds_guardrails for each cluster, in one state",
	}
	ways := []string{}
	switch {
	case mark == nil:
		problem.Found = "guardrails without a mark of their owner (" + ownerMark + ")"
		ways = append(ways, "If no state has them, import them: the next apply writes the mark.")
	case mark.Phase == guardrails.Creating && mark.MayStillRun(now):
		problem.Found = "guardrails of " + mark.Name() + " whose create has not ended" + unfinished
		ways = append(ways, "If that create is still running, let it end.")
		ways = append(ways, "If this state has it as tainted, run `terraform untaint` with its address: the next apply "+
			"finishes it.")
		if mark.Timeout > 0 && !mark.Started.IsZero() {
			problem.Found += ", and may run until " + mark.Deadline().UTC().Format(time.RFC3339)
			ways = append(ways, "If it was interrupted, apply again after that time: an apply with the same settings and "+
				"passphrase then takes over what it left. Or import it now.")
		} else {
			ways = append(ways, "If it was interrupted, import what it left.")
		}
	case mark.Phase == guardrails.Creating:
		problem.Found = "guardrails of " + mark.Name() + " with other settings, whose create did not end" + unfinished
		ways = append(ways, "If no state has them, import them: the next apply finishes them with the settings of this "+
			"configuration.")
	default:
		problem.Found = "guardrails of " + mark.Name() + " (" + ownerMark + ", phase " + string(mark.Phase) + ")"
		ways = append(ways, "If another state or another resource block has them, remove this resource block, or remove "+
			"them from that state with `removed { lifecycle { destroy = false } }` and import them here. If no state has "+
			"them, as after an apply that ended before its state was saved, import them.")
	}
	problem.Fix = strings.Join(ways, " ") + "\n\n" + importBlock(id) + "\n\n" +
		"Write the address of the resource in place of srm_hds_guardrails.example. A replacement must remove the old " +
		"guardrails first: set `create_before_destroy` neither here nor on what depends on the guardrails, which makes it " +
		"hold here as well."
	return problem
}

// lookBefore looks at a cluster before the apply that creates its guardrails, and reports guardrails of another owner
// than the one that is replaced. An empty passphrase is one that is not known yet. pending are the claims that need an
// exception, and unseen says why Secrets could not be read.
func lookBefore(
	ctx context.Context, client *kubernetes.Client, s guardrails.Settings, passphrase, owner, id string,
	unfinished *tfkit.Seen, report tfkit.Reporter,
) (pending []guardrails.OlderClaim, unseen, err error) {
	kept := guardrails.NewFingerprints()
	seen, err := client.Look(ctx, s, kept)
	if err != nil {
		return nil, nil, err
	}
	replaced := owner != "" && (seen.Mark == nil || seen.Mark.Owner == owner)
	// A CLI plans the create that replaces a tainted one without its private state: the refresh has met its owner.
	replaced = replaced || seen.Mark != nil && seen.Mark.Phase == guardrails.Creating && unfinished.Has(seen.Mark.Owner)
	if !replaced {
		if problem := occupied(seen.Mark, seen.Unmarked, s, client.ServerTime(), id); problem != nil {
			report.Report(path.Root("cluster_id"), *problem)
			return nil, nil, nil
		}
	}
	if seen.OpenLookup != nil {
		report.Report(path.Root("cluster_id"), openProblem(seen.OpenLookup))
	}
	return seen.PendingClaims, seen.Why, checkFound(seen, s, passphrase, kept)
}

// importBlock imports guardrails. A provider does not know the address of its resource.
func importBlock(id string) string {
	return fmt.Sprintf("    import {\n      to = srm_hds_guardrails.example\n      id = %q\n    }", id)
}

// claim makes an owner the owner of a cluster's guardrails, as the first write of a create. nothing says that this
// owner has certainly written nothing, so that no state has to keep it.
func claim(
	ctx context.Context, client *kubernetes.Client, seen *kubernetes.Seen, mark guardrails.Mark,
) (nothing bool, err error) {
	if seen.Mark != nil {
		err = client.AdoptMark(ctx, seen.Mark, mark)
	} else {
		err = client.ClaimMark(ctx, mark)
	}
	var other *kubernetes.OwnerError
	if errors.As(err, &other) {
		return true, err
	}
	for _, reason := range []kubernetes.Reason{kubernetes.Forbidden, kubernetes.Denied, kubernetes.Unauthorized} {
		if kubernetes.Is(err, reason) {
			// An earlier attempt of the same request may have written it.
			found, readErr := client.ReadMark(ctx)
			return readErr == nil && (found == nil || isForeign(found, mark.Owner)), err
		}
	}
	return false, err
}

// refuseOccupied adds the error of a create that lost against another owner.
func refuseOccupied(err error, s guardrails.Settings, now time.Time, id string, diags *diag.Diagnostics) {
	var other *kubernetes.OwnerError
	if !errors.As(err, &other) {
		tfkit.Failed(diags, unableToCreate, err)
		return
	}
	if problem := occupied(&kubernetes.Mark{Mark: other.Mark}, false, s, now, id); problem != nil {
		tfkit.Refuse(diags, path.Root("cluster_id"), *problem)
		return
	}
	tfkit.Failed(diags, unableToCreate, err)
}

// foreign is the problem of guardrails that are in a state, and whose mark names another owner.
func foreign(mark *kubernetes.Mark, owner, id string) tfkit.Refusal {
	mine := "owner " + owner
	if owner == "" {
		mine = "no owner"
	}
	return tfkit.Refusal{
		Summary: "The guardrails belong to another owner",
		Found:   "the mark " + ownerMark + " names " + mark.Name() + ", this state has " + mine,
		Allowed: "one owner: an update is refused, and a destroy removes nothing",
		Fix: "If another state has the guardrails, remove them from this one with `removed { lifecycle { destroy = false } " +
			"}`. If no other state has them, remove them from this state and import them, which takes over the owner of the " +
			"mark:\n\n" + importBlock(id) + "\n\n" +
			"If the mark was edited and names no owner, delete it with `kubectl delete validatingadmissionpolicy " +
			guardrails.OwnerMark + "`: the next apply writes it.",
	}
}

// readOwner compares the owner of a state with the mark. What an apply has to write of the mark is a difference; a
// foreign mark is a warning. It returns the owner of the state from then on: an import takes that of the mark, and
// guardrails without a mark get a new one, so that the apply that writes it can be repeated.
func readOwner(owner string, imported bool, seen *kubernetes.Seen, id string, diags *diag.Diagnostics) string {
	mark := seen.Mark
	if mark != nil && imported {
		owner = mark.Owner
	}
	switch {
	case mark == nil:
		seen.Differences = append(seen.Differences, kubernetes.AbsentMark())
		if owner == "" {
			owner = guardrails.NewOwner()
		}
	case isForeign(mark, owner):
		tfkit.Warn(diags, path.Root("cluster_id"), foreign(mark, owner, id))
	case mark.Phase != guardrails.Applied:
		seen.Differences = append(seen.Differences, kubernetes.UnfinishedMark(mark))
	}
	return owner
}

// warnOfMark says what an apply writes of the mark.
func warnOfMark(d kubernetes.Difference, diags *diag.Diagnostics) {
	problem := tfkit.Refusal{
		Summary: "The guardrails have no mark of their owner", Found: d.String(),
		Fix: "Apply: it writes the mark. Until then another state can write its own, and this one cannot change the " +
			"guardrails any more.",
	}
	if !d.IsAbsent() {
		problem.Summary = "The create of the guardrails has not ended"
		problem.Fix = "Apply: it finishes them. Before that, make sure that no other apply is creating them."
	}
	tfkit.Warn(diags, path.Root("drift"), problem)
}

// holdMark makes sure before an update that the guardrails are the owner's, and writes a mark that is absent. finish
// says that the create of the guardrails has not ended, and that the update has to end it.
func holdMark(
	ctx context.Context, client *kubernetes.Client, owner, id string, diags *diag.Diagnostics,
) (finish, ok bool) {
	mark, err := client.ReadMark(ctx)
	if err == nil && mark == nil {
		// The guardrails exist: no create may adopt them.
		err = client.SettleMark(ctx, owner)
	}
	var other *kubernetes.OwnerError
	switch {
	case errors.As(err, &other):
		tfkit.Refuse(diags, path.Root("cluster_id"), foreign(&kubernetes.Mark{Mark: other.Mark}, owner, id))
		return false, false
	case err != nil:
		tfkit.Failed(diags, unableToUpdate, err)
		return false, false
	case isForeign(mark, owner):
		tfkit.Refuse(diags, path.Root("cluster_id"), foreign(mark, owner, id))
		return false, false
	}
	return mark != nil && mark.Phase != guardrails.Applied, true
}

// warnForeignDestroy warns of a destroy that removes nothing.
func warnForeignDestroy(summary string, mark *kubernetes.Mark, owner string, diags *diag.Diagnostics) {
	mine := "owner " + owner
	if owner == "" {
		mine = "no owner"
	}
	diags.AddWarning(summary, tfkit.Refusal{
		Found: "the mark " + ownerMark + " names " + mark.Name() + ", this state has " + mine,
		Fix: "No action needed if another state has the guardrails: policies, StorageClass and Secrets stay as they are. " +
			"If no state has them, import them, and destroy them then.",
	}.Detail())
}
