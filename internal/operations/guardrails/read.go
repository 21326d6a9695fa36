package guardrails

import (
	"context"
	"errors"
	"slices"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// ErrNoGuardrails is the error of Read for an import from a cluster without guardrails.
var ErrNoGuardrails = errors.New("the cluster has no guardrails")

// Status is the result of Read.
type Status struct {
	// Settings are those of the Observed. For an import they are read from the cluster.
	Settings guardrails.Settings
	// Owner is the new owner of the state: an import takes the owner of the ownership record. Guardrails without a
	// record get a new owner here, so that the apply that writes it can be repeated.
	Owner string
	// OtherOwner is not nil if the ownership record names another owner.
	OtherOwner *OtherOwnerError
	// IsUnfinished reports that the create of the guardrails has not finished.
	IsUnfinished bool
	// Drift are the differences between the guardrails and the settings, and what an apply has to do again.
	Drift []kubernetes.Difference
	// Digest is the digest of the policies in the cluster.
	Digest string
	// OtherDefaults are other StorageClasses that are marked as default.
	OtherDefaults []kubernetes.DefaultClass
	// OtherSnapshotDefaults are other VolumeSnapshotClasses that are marked as default.
	OtherSnapshotDefaults []kubernetes.DefaultClass
	// UnreadableSecrets are the Secrets that the API key is not allowed to read, as in Difference.Object. UnreadableErr
	// is the error of the last one.
	UnreadableSecrets []string
	UnreadableErr     error
	// OlderClaims are the claims that have an exception, PendingClaims those that need one.
	OlderClaims, PendingClaims []guardrails.OlderClaim
	// Fingerprints are those of the passphrases in the cluster.
	Fingerprints guardrails.Fingerprints
}

// Read compares the guardrails of a cluster with what the state says about them.
func Read(ctx context.Context, client *kubernetes.Client, observed Observed) (*Status, error) {
	isImport := !observed.hasSettings()
	if isImport {
		settings, found, err := client.ReadSettings(ctx)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, ErrNoGuardrails
		}
		observed.Settings = settings
	}
	status := &Status{Settings: observed.Settings, Fingerprints: observed.fingerprints()}
	found, err := client.Inspect(ctx, observed.Settings, status.Fingerprints)
	if err != nil {
		return nil, err
	}
	if found.ClaimsErr != nil {
		return nil, found.ClaimsErr
	}
	status.Digest, status.OtherDefaults = found.Digest, found.OtherDefaults
	status.OtherSnapshotDefaults = found.OtherSnapshotDefaults
	status.UnreadableSecrets, status.UnreadableErr = found.UnreadableSecrets, found.UnreadableErr
	status.Drift = found.Differences
	// What is known about a Secret that cannot be read stays known.
	for _, known := range observed.Drift {
		if slices.Contains(found.UnreadableSecrets, known.Object) {
			status.Drift = append(status.Drift, known)
		}
	}
	status.setOwner(observed.Owner, isImport, found.OwnerRecord)
	if observed.UnverifiedPolicy != "" {
		status.Drift = append(status.Drift, kubernetes.NotEnforced(observed.UnverifiedPolicy))
	}
	if found.OpenLookup != nil {
		status.Drift = append(status.Drift, openAccess(found.OpenLookup))
	}
	status.setClaims(found, observed.PendingClaims)
	return status, nil
}

// setOwner compares the owner of the state with the ownership record.
func (s *Status) setOwner(owner string, isImport bool, record *kubernetes.OwnerRecord) {
	if record == nil {
		s.Drift = append(s.Drift, kubernetes.AbsentOwnerRecord())
		if owner == "" {
			owner = guardrails.NewOwnerID()
		}
		s.Owner = owner
		return
	}
	if isImport {
		owner = record.Owner
	}
	s.Owner, s.OtherOwner = owner, checkOwner(record, owner)
	if s.OtherOwner != nil {
		return
	}
	s.IsUnfinished = record.Phase == guardrails.Creating
	if record.Phase != guardrails.Applied {
		s.Drift = append(s.Drift, kubernetes.UnfinishedOwnerRecord(record))
	}
}

// setClaims sets the claims with exceptions. If they cannot be read, it keeps the pending claims that the last refresh
// saved.
func (s *Status) setClaims(found *kubernetes.GuardrailStatus, saved []guardrails.OlderClaim) {
	s.OlderClaims = found.OlderClaims
	switch {
	case found.PendingClaims != nil:
		s.PendingClaims = found.PendingClaims
	case found.OlderClaims != nil:
		s.PendingClaims = found.OlderClaims
	default:
		s.PendingClaims = saved
	}
	if s.OlderClaims == nil {
		s.OlderClaims = s.PendingClaims
	}
}
