package guardrails

import (
	"context"
	"errors"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// OtherOwnerError reports guardrails whose ownership record names another owner than the state, or none. The operation
// has written nothing.
type OtherOwnerError struct {
	// Record is the ownership record in the cluster.
	Record guardrails.OwnerRecord
	// Owner is the owner of the state, or "".
	Owner string
}

// Error names the owner in the ownership record.
func (e *OtherOwnerError) Error() string { return "the guardrails belong to " + e.Record.OwnerText() }

// checkOwner returns an error if an ownership record names another owner, or none. It accepts guardrails without a
// record.
func checkOwner(record *kubernetes.OwnerRecord, owner string) *OtherOwnerError {
	if record == nil || record.Owner != "" && record.Owner == owner {
		return nil
	}
	return &OtherOwnerError{Record: record.OwnerRecord, Owner: owner}
}

// OccupiedError reports a cluster that has guardrails which a create may not take over. The create has written nothing.
type OccupiedError struct {
	// Record is the ownership record. It is nil if the guardrails have none.
	Record *guardrails.OwnerRecord
	// MayStillRun reports that the create that wrote the record may still be running.
	MayStillRun bool
}

// Error names the owner of the guardrails.
func (e *OccupiedError) Error() string {
	if e.Record == nil {
		return "the cluster has guardrails without an ownership record"
	}
	return "the cluster has guardrails of " + e.Record.OwnerText()
}

// checkOccupied returns why guardrails cannot be created in a cluster. It returns nil for a cluster without guardrails,
// and for guardrails that the create may take over: those of an unfinished create with the same settings that can no
// longer be running. checkExisting checks that the passphrase is the same.
func checkOccupied(
	record *guardrails.OwnerRecord, hasNoRecord bool, settings guardrails.Settings, now time.Time,
) *OccupiedError {
	switch {
	case record == nil && hasNoRecord:
		return &OccupiedError{}
	case record == nil:
		return nil
	}
	mayStillRun := record.MayStillRun(now)
	if record.Owner != "" && record.Phase == guardrails.Creating && record.Settings == settings.Encode() &&
		!mayStillRun {
		return nil
	}
	return &OccupiedError{Record: record, MayStillRun: mayStillRun}
}

// recordOf returns the content of an ownership record, or nil.
func recordOf(record *kubernetes.OwnerRecord) *guardrails.OwnerRecord {
	if record == nil {
		return nil
	}
	return &record.OwnerRecord
}

// Replaced identifies the guardrails that a create replaces. It is zero if there are none.
type Replaced struct {
	// Owner is their owner, or "".
	Owner string
	// IsUnfinished reports whether Read found an unfinished create of an owner: Terraform plans the replacement of a
	// tainted resource without its private state, so without the owner. It may be nil.
	IsUnfinished func(owner string) bool
}

// matches reports whether the guardrails of a cluster, with their ownership record or nil, are those that are replaced.
func (r Replaced) matches(record *guardrails.OwnerRecord) bool {
	if r.Owner != "" && (record == nil || record.Owner == r.Owner) {
		return true
	}
	return record != nil && record.Phase == guardrails.Creating && r.IsUnfinished != nil && r.IsUnfinished(record.Owner)
}

// OwnershipError is the error of a create that could not write the ownership record, its first write.
type OwnershipError struct {
	Err error
	// Unwritten reports that the create has certainly written nothing, so that the state need not contain the
	// guardrails.
	Unwritten bool
}

// Error returns the text of the cause.
func (e *OwnershipError) Error() string { return e.Err.Error() }

// Unwrap returns the cause: an OccupiedError if another create came first.
func (e *OwnershipError) Unwrap() error { return e.Err }

// takeOwnership writes the ownership record of a create. current is the record that it replaces, or nil. The error is
// an OwnershipError.
func takeOwnership(
	ctx context.Context, client *kubernetes.Client, current *kubernetes.OwnerRecord, settings guardrails.Settings,
	record guardrails.OwnerRecord,
) error {
	var err error
	if current != nil {
		err = client.ReplaceOwnerRecord(ctx, current, record)
	} else {
		err = client.CreateOwnerRecord(ctx, record)
	}
	if err == nil {
		return nil
	}
	if other, ok := errors.AsType[*kubernetes.OwnerError](err); ok {
		if occupied := checkOccupied(&other.Record, false, settings, client.ServerTime()); occupied != nil {
			err = occupied
		}
		return &OwnershipError{Err: err, Unwritten: true}
	}
	for _, reason := range []kubernetes.Reason{kubernetes.Forbidden, kubernetes.Denied, kubernetes.Unauthorized} {
		if kubernetes.Is(err, reason) {
			// An earlier attempt of the same request may have written the record.
			found, readErr := client.ReadOwnerRecord(ctx)
			isOther := found == nil || checkOwner(found, record.Owner) != nil
			return &OwnershipError{Err: err, Unwritten: readErr == nil && isOther}
		}
	}
	return &OwnershipError{Err: err}
}

// ensureOwnership checks before an update that the guardrails belong to the owner, and writes the ownership record if
// it is absent. isUnfinished reports that the create of the guardrails has not finished, so that the update has to
// finish it.
func ensureOwnership(ctx context.Context, client *kubernetes.Client, owner string) (isUnfinished bool, err error) {
	record, err := client.ReadOwnerRecord(ctx)
	if err != nil {
		return false, err
	}
	if record == nil {
		// The guardrails exist, so that no create may take them over.
		err = client.CompleteOwnerRecord(ctx, owner)
		if other, ok := errors.AsType[*kubernetes.OwnerError](err); ok {
			return false, &OtherOwnerError{Record: other.Record, Owner: owner}
		}
		return false, err
	}
	if other := checkOwner(record, owner); other != nil {
		return false, other
	}
	return record.Phase != guardrails.Applied, nil
}
