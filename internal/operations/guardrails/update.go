package guardrails

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// Updated is the result of Update.
type Updated struct {
	// Owner is the owner of the guardrails. The state has to keep it even if Update failed: guardrails without an
	// ownership record get a new owner.
	Owner string
	// UnverifiedPolicy is the policy whose enforcement could not be verified, or "". If Update failed before the
	// verification, it is that of the Observed.
	UnverifiedPolicy string
	// Fingerprints are those of the passphrases in the cluster.
	Fingerprints guardrails.Fingerprints
	// OlderClaims are the claims that have an exception.
	OlderClaims []guardrails.OlderClaim
	// Notes are sentences about steps that failed without weakening the guardrails.
	Notes []string
}

// Update changes the guardrails of a cluster to the desired configuration, and verifies that the API server enforces
// the policies. It overwrites fields of other field managers only if the plan showed them. It finishes an interrupted
// create. It writes nothing and returns an OtherOwnerError if the guardrails have another owner.
func Update(
	ctx context.Context, client *kubernetes.Client, desired Desired, observed Observed,
) (Updated, error) {
	updated := Updated{
		Owner:            cmp.Or(observed.Owner, guardrails.NewOwnerID()),
		UnverifiedPolicy: observed.UnverifiedPolicy,
		Fingerprints:     observed.fingerprints(),
	}
	isUnfinished, err := ensureOwnership(ctx, client, updated.Owner)
	if err != nil {
		return updated, err
	}
	if observed.VolumeSnapshots != nil && desired.VolumeSnapshots == nil {
		if updated.Notes, err = client.RemoveSnapshots(ctx, observed.Settings); err != nil {
			return updated, err
		}
	}
	planned := observed.Drift
	if observed.hasSettings() {
		planned = slices.Concat(planned, kubernetes.OverwritableFields(observed.Settings))
	}
	notes, err := client.Apply(ctx, desired.Settings, kubernetes.Passphrase{
		Value: desired.passphrase(), Written: desired.isSecretWritten(observed), Fingerprints: updated.Fingerprints,
	}, planned)
	if err != nil {
		if failed, ok := errors.AsType[*kubernetes.EnforcementError](err); ok {
			updated.UnverifiedPolicy = failed.Policy
		}
		return updated, err
	}
	updated.UnverifiedPolicy = ""
	updated.Notes = append(updated.Notes, notes...)
	if desired.VolumeSnapshots != nil && observed.VolumeSnapshots != nil {
		if err := client.RemoveOldSnapshotClasses(ctx, desired.Settings); err != nil {
			return updated, err
		}
	}
	if old := observed.ClassName; old != desired.ClassName {
		removed, err := client.RemoveOldClass(ctx, old)
		if err != nil {
			return updated, err
		}
		if !removed {
			updated.Notes = append(updated.Notes, "The StorageClass "+old+" stays in the cluster, because volumes or "+
				"claims use it. New claims cannot use it.")
		}
	}
	if isUnfinished {
		if err := client.CompleteOwnerRecord(ctx, updated.Owner); err != nil {
			return updated, err
		}
	}
	updated.OlderClaims = readOlderClaims(ctx, client, desired.Settings, observed.PendingClaims)
	return updated, nil
}
