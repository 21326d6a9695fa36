package hdsguardrails

import (
	"cmp"
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

// ownerRecord is the ownership record, named as in differences.
const ownerRecord = guardrails.KindPolicy + "/" + guardrails.OwnerRecordName

// savedOwner returns the owner from the private state, or else from the state: Terraform deletes a tainted resource
// without its private state, and plans the create of any other replacement with the private state only. The owner is
// empty for guardrails of provider versions that wrote no ownership record.
func savedOwner(ctx context.Context, from tfkit.PrivateReader, state *model, diags *diag.Diagnostics) string {
	return cmp.Or(tfkit.ReadPrivate[private](ctx, from, diags).Owner, state.OwnerID.ValueString())
}

// hasOtherOwner reports whether an ownership record names another owner, or none.
func hasOtherOwner(record *kubernetes.OwnerRecord, owner string) bool {
	return record != nil && (record.Owner == "" || record.Owner != owner)
}

// canAdopt reports whether a create may take over guardrails: those of an unfinished create with the same settings
// that can no longer be running. checkExistingObjects checks that the passphrase is the same.
func canAdopt(record *kubernetes.OwnerRecord, s guardrails.Settings, now time.Time) bool {
	return record != nil && record.Owner != "" && record.Phase == guardrails.Creating &&
		record.Settings == s.Encode() &&
		!record.MayStillRun(now)
}

// occupiedProblem returns why guardrails cannot be created in a cluster: it has guardrails of another owner. It returns
// nil for a cluster without guardrails, or with guardrails that can be adopted.
func occupiedProblem(
	record *kubernetes.OwnerRecord, withoutRecord bool, s guardrails.Settings, now time.Time, id string,
) *tfkit.Problem {
	if record == nil && !withoutRecord || canAdopt(record, s, now) {
		return nil
	}
	const unfinished = " (ownership record " + ownerRecord + ", phase creating)"
	problem := &tfkit.Problem{
		Summary: "The cluster already has guardrails",
		Allowed: "one srm_hds_guardrails for each cluster, in one state",
	}
	fixes := []string{}
	switch {
	case record == nil:
		problem.Found = "guardrails without an ownership record (" + ownerRecord + ")"
		fixes = append(fixes, "If no state contains them, import them: the next apply writes the ownership record.")
	case record.Phase == guardrails.Creating && record.MayStillRun(now):
		problem.Found = "guardrails of " + record.OwnerText() + " whose creation is not finished" + unfinished
		fixes = append(fixes, "If the apply that creates them is still running, wait until it ends.")
		fixes = append(fixes, "If the resource is tainted in this state, run `terraform untaint` with its address: "+
			"the next apply finishes the creation.")
		if record.Timeout > 0 && !record.Started.IsZero() {
			problem.Found += ", and may run until " + record.Deadline().UTC().Format(time.RFC3339)
			fixes = append(fixes, "If the creation was interrupted, apply again after that time: an apply with the "+
				"same settings and passphrase then takes over the guardrails. Or import them now.")
		} else {
			fixes = append(fixes, "If the creation was interrupted, import the guardrails.")
		}
	case record.Phase == guardrails.Creating:
		problem.Found = "guardrails of " + record.OwnerText() + " with other settings, whose creation is not finished" +
			unfinished
		fixes = append(fixes, "If no state contains them, import them: the next apply finishes them with the "+
			"settings of this configuration.")
	default:
		problem.Found = "guardrails of " + record.OwnerText() + " (ownership record " + ownerRecord + ", phase " +
			string(record.Phase) + ")"
		fixes = append(fixes, "If another state or another resource block contains them, remove this resource block, "+
			"or remove them from that state with `removed { lifecycle { destroy = false } }` and import them here. If "+
			"no state contains them, for example after an apply that ended before its state was saved, import them.")
	}
	problem.Fix = strings.Join(fixes, " ") + "\n\n" + importBlock(id) + "\n\n" +
		"Replace srm_hds_guardrails.example with the address of the resource. A replacement must delete the old " +
		"guardrails first: do not set `create_before_destroy` on this resource or on resources that depend on it, " +
		"because Terraform then applies it to this resource, too."
	return problem
}

// inspectBeforeCreate inspects a cluster before the apply that creates its guardrails, and reports guardrails of an
// owner other than the one that is replaced. An empty passphrase is one that is not known yet. It returns the claims
// that need an exception, and why Secrets could not be read.
func inspectBeforeCreate(
	ctx context.Context, client *kubernetes.Client, s guardrails.Settings, passphrase, owner, id string,
	unfinished *tfkit.StringSet, report tfkit.Reporter,
) (pending []guardrails.OlderClaim, unreadable, err error) {
	fingerprints := guardrails.NewFingerprints()
	status, err := client.Inspect(ctx, s, fingerprints)
	if err != nil {
		return nil, nil, err
	}
	replaced := owner != "" && (status.OwnerRecord == nil || status.OwnerRecord.Owner == owner)
	// Terraform plans the replacement of a tainted resource without its private state: the refresh recorded its owner.
	replaced = replaced || status.OwnerRecord != nil && status.OwnerRecord.Phase == guardrails.Creating &&
		unfinished.Has(status.OwnerRecord.Owner)
	if !replaced {
		if problem := occupiedProblem(
			status.OwnerRecord,
			status.HasNoOwnerRecord,
			s,
			client.ServerTime(),
			id,
		); problem != nil {
			report.Report(path.Root("cluster_id"), *problem)
			return nil, nil, nil
		}
	}
	if status.OpenLookup != nil {
		report.Report(path.Root("cluster_id"), lookupAccessProblem(status.OpenLookup))
	}
	return status.PendingClaims, status.UnreadableErr, checkExistingObjects(status, s, passphrase, fingerprints)
}

// importBlock returns a block that imports guardrails. A provider cannot determine the address of its resource.
func importBlock(id string) string {
	return fmt.Sprintf("    import {\n      to = srm_hds_guardrails.example\n      id = %q\n    }", id)
}

// claimOwnership writes the ownership record, which is the first write of a create. isUnwritten reports that this owner
// has certainly written nothing, so that the state need not contain the resource.
func claimOwnership(
	ctx context.Context, client *kubernetes.Client, status *kubernetes.GuardrailStatus, record guardrails.OwnerRecord,
) (isUnwritten bool, err error) {
	if status.OwnerRecord != nil {
		err = client.ReplaceOwnerRecord(ctx, status.OwnerRecord, record)
	} else {
		err = client.CreateOwnerRecord(ctx, record)
	}
	var other *kubernetes.OwnerError
	if errors.As(err, &other) {
		return true, err
	}
	for _, reason := range []kubernetes.Reason{kubernetes.Forbidden, kubernetes.Denied, kubernetes.Unauthorized} {
		if kubernetes.Is(err, reason) {
			// An earlier attempt of the same request may have written the record.
			found, readErr := client.ReadOwnerRecord(ctx)
			return readErr == nil && (found == nil || hasOtherOwner(found, record.Owner)), err
		}
	}
	return false, err
}

// addOwnershipError adds the error of a create that could not write the ownership record.
func addOwnershipError(err error, s guardrails.Settings, now time.Time, id string, diags *diag.Diagnostics) {
	var other *kubernetes.OwnerError
	if !errors.As(err, &other) {
		tfkit.AddAPIError(diags, unableToCreate, err)
		return
	}
	if problem := occupiedProblem(
		&kubernetes.OwnerRecord{OwnerRecord: other.Record}, false, s, now, id,
	); problem != nil {
		tfkit.AddError(diags, path.Root("cluster_id"), *problem)
		return
	}
	tfkit.AddAPIError(diags, unableToCreate, err)
}

// otherOwnerProblem returns the problem of guardrails in a state whose ownership record names another owner.
func otherOwnerProblem(record *kubernetes.OwnerRecord, owner, id string) tfkit.Problem {
	own := "owner " + owner
	if owner == "" {
		own = "no owner"
	}
	return tfkit.Problem{
		Summary: "The guardrails belong to another owner",
		Found:   "the ownership record " + ownerRecord + " names " + record.OwnerText() + ", this state has " + own,
		Allowed: "a state with the owner of the ownership record: any other state cannot change the guardrails, and " +
			"its destroy deletes nothing",
		Fix: "If another state contains the guardrails, remove them from this state with `removed { lifecycle { " +
			"destroy = false } }`. If no other state contains them, remove them from this state and import them. The " +
			"import sets the owner of this state to that of the ownership record:\n\n" + importBlock(id) + "\n\n" +
			"If the ownership record was edited and names no owner, delete it with `kubectl delete " +
			"validatingadmissionpolicy " + guardrails.OwnerRecordName + "`: the next apply writes it again.",
	}
}

// reconcileOwner compares the owner of a state with the ownership record. It adds a difference if an apply has to write
// the record, and warns if the record names another owner. It returns the new owner of the state: an import takes the
// owner of the record. Guardrails without a record get a new owner here, so that the apply that writes it can be
// repeated.
func reconcileOwner(
	owner string,
	imported bool,
	status *kubernetes.GuardrailStatus,
	id string,
	diags *diag.Diagnostics,
) string {
	record := status.OwnerRecord
	if record != nil && imported {
		owner = record.Owner
	}
	switch {
	case record == nil:
		status.Differences = append(status.Differences, kubernetes.AbsentOwnerRecord())
		if owner == "" {
			owner = guardrails.NewOwnerID()
		}
	case hasOtherOwner(record, owner):
		tfkit.AddWarning(diags, path.Root("cluster_id"), otherOwnerProblem(record, owner, id))
	case record.Phase != guardrails.Applied:
		status.Differences = append(status.Differences, kubernetes.UnfinishedOwnerRecord(record))
	}
	return owner
}

// warnAboutOwnerRecord warns that an apply will write the ownership record.
func warnAboutOwnerRecord(d kubernetes.Difference, diags *diag.Diagnostics) {
	problem := tfkit.Problem{
		Summary: "The guardrails have no ownership record", Found: d.String(),
		Fix: "Apply: the apply writes the ownership record. Until then, another state can write its own record, " +
			"after which this state can no longer change the guardrails.",
	}
	if !d.IsAbsent() {
		problem.Summary = "The creation of the guardrails is not finished"
		problem.Fix = "Make sure that no other apply is creating the guardrails, then apply: the apply finishes the " +
			"creation."
	}
	tfkit.AddWarning(diags, path.Root("drift"), problem)
}

// ensureOwnership checks before an update that the guardrails belong to the owner, and writes the ownership record if
// it is absent. isUnfinished reports that the create of the guardrails has not finished, so that the update has to
// finish it.
func ensureOwnership(
	ctx context.Context, client *kubernetes.Client, owner, id string, diags *diag.Diagnostics,
) (isUnfinished, ok bool) {
	record, err := client.ReadOwnerRecord(ctx)
	if err == nil && record == nil {
		// The guardrails exist, so that no create may adopt them.
		err = client.CompleteOwnerRecord(ctx, owner)
	}
	var other *kubernetes.OwnerError
	switch {
	case errors.As(err, &other):
		tfkit.AddError(
			diags,
			path.Root("cluster_id"),
			otherOwnerProblem(&kubernetes.OwnerRecord{OwnerRecord: other.Record}, owner, id),
		)
		return false, false
	case err != nil:
		tfkit.AddAPIError(diags, unableToUpdate, err)
		return false, false
	case hasOtherOwner(record, owner):
		tfkit.AddError(diags, path.Root("cluster_id"), otherOwnerProblem(record, owner, id))
		return false, false
	}
	return record != nil && record.Phase != guardrails.Applied, true
}

// warnAboutSkippedDestroy warns about a destroy that deletes nothing because the guardrails belong to another owner.
func warnAboutSkippedDestroy(summary string, record *kubernetes.OwnerRecord, owner string, diags *diag.Diagnostics) {
	own := "owner " + owner
	if owner == "" {
		own = "no owner"
	}
	tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
		Summary: summary,
		Found:   "the ownership record " + ownerRecord + " names " + record.OwnerText() + ", this state has " + own,
		Fix: "No action needed if another state contains the guardrails: policies, StorageClass and Secrets stay in " +
			"the cluster. If no state contains them, import them, then destroy them.",
	})
}
