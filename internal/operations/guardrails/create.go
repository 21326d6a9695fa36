package guardrails

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// Preconditions is what CheckCreate found in a cluster.
type Preconditions struct {
	// Occupied is not nil if the cluster has guardrails that the create may not take over. Then the following three
	// are nil.
	Occupied *OccupiedError
	// OpenLookup is not nil if RBAC opens the lookups of the policies.
	OpenLookup *kubernetes.OpenLookupError
	// UnreadableErr is the error of reading a Secret that the API key is not allowed to read, or nil.
	UnreadableErr error
	// PendingClaims are the claims that need an exception. They are nil if unknown.
	PendingClaims []guardrails.OlderClaim
	// Pods run in the namespace of the Secrets, which the create isolates: "namespace/name".
	Pods []string
}

// CheckCreate checks in a plan what Create checks before its first write. Unlike Create, it continues after a problem
// that the same apply may solve first.
func CheckCreate(
	ctx context.Context, client *kubernetes.Client, desired Desired, replaced Replaced,
) (Preconditions, error) {
	found, fingerprints := Preconditions{}, guardrails.NewFingerprints()
	status, err := client.Inspect(ctx, desired.Settings, fingerprints)
	if err != nil {
		return found, err
	}
	record := recordOf(status.OwnerRecord)
	if !replaced.matches(record) {
		found.Occupied = checkOccupied(record, status.HasNoOwnerRecord, desired.Settings, client.ServerTime())
	}
	if found.Occupied == nil {
		found.OpenLookup, found.UnreadableErr = status.OpenLookup, status.UnreadableErr
		found.PendingClaims = status.PendingClaims
		if err := checkExisting(status, desired, fingerprints); err != nil {
			return found, err
		}
	}
	found.Pods, err = client.PodsAffectedByIsolation(ctx, desired.Settings)
	return found, err
}

// checkExisting checks the objects that exist in a cluster before its guardrails are created. It refuses objects of
// others that have the names of the guardrails, and accepts objects that this provider left. A passphrase that is not
// known yet is accepted.
func checkExisting(status *kubernetes.GuardrailStatus, desired Desired, held guardrails.Fingerprints) error {
	if passphrase := desired.passphrase(); passphrase != "" && held.Differs(desired.CurrentSecret(), passphrase) {
		return &kubernetes.PassphraseMismatchError{
			Namespace: desired.Namespace, Name: guardrails.SecretName(desired.Version),
		}
	}
	return status.ForeignConflicts()
}

// PodsError reports pods in the namespace of the Secrets, which a create would isolate. The create has written nothing.
type PodsError struct {
	// Pods are the pods as "namespace/name".
	Pods []string
}

// Error names the pods.
func (e *PodsError) Error() string {
	return "pods run in the namespace of the Secrets: " + strings.Join(e.Pods, ", ")
}

// UnfinishedError is the error of a create that wrote the ownership record and did not finish: the cluster has a part
// of the guardrails.
type UnfinishedError struct{ Err error }

// Error returns the text of the cause.
func (e *UnfinishedError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UnfinishedError) Unwrap() error { return e.Err }

// Created is the result of Create.
type Created struct {
	// Owner is the owner that the create wrote to the ownership record.
	Owner string
	// Fingerprints are those of the passphrases in the cluster.
	Fingerprints guardrails.Fingerprints
	// OlderClaims are the claims that have an exception. Before the exceptions are written, they are the claims that
	// need one.
	OlderClaims []guardrails.OlderClaim
	// Notes are sentences about steps that failed without weakening the guardrails.
	Notes []string
}

// Create creates the guardrails of a cluster, and verifies that the API server enforces the policies. timeout is the
// time limit of ctx: other creates may take the guardrails over after it. Create calls save before its first write. An
// error before that is an OccupiedError, an OpenLookupError, a PodsError or the error of a read. A later error is an
// OwnershipError or an UnfinishedError.
func Create(
	ctx context.Context, client *kubernetes.Client, desired Desired, timeout time.Duration, save func(Created),
) (Created, error) {
	created := Created{Fingerprints: guardrails.NewFingerprints()}
	status, err := checkBeforeCreate(ctx, client, desired, created.Fingerprints)
	if err != nil {
		return created, err
	}
	created.Fingerprints.Set(desired.CurrentSecret(), desired.passphrase())
	created.Owner, created.OlderClaims = guardrails.NewOwnerID(), status.PendingClaims
	save(created)
	if err := takeOwnership(ctx, client, status.OwnerRecord, desired.Settings, guardrails.OwnerRecord{
		Owner: created.Owner, Phase: guardrails.Creating, Settings: desired.Encode(),
		Started: client.ServerTime(), Timeout: timeout,
	}); err != nil {
		return created, err
	}
	created.Notes, err = client.Apply(ctx, desired.Settings, kubernetes.Passphrase{
		Value: desired.passphrase(), Fingerprints: created.Fingerprints,
	}, nil)
	if err == nil {
		err = client.CompleteOwnerRecord(ctx, created.Owner)
	}
	if err != nil {
		return created, &UnfinishedError{err}
	}
	created.OlderClaims = readOlderClaims(ctx, client, desired.Settings, status.PendingClaims)
	return created, nil
}

// checkBeforeCreate inspects a cluster before the first write of a create.
func checkBeforeCreate(
	ctx context.Context, client *kubernetes.Client, desired Desired, fingerprints guardrails.Fingerprints,
) (*kubernetes.GuardrailStatus, error) {
	status, err := client.Inspect(ctx, desired.Settings, fingerprints)
	if err != nil {
		return nil, err
	}
	if occupied := checkOccupied(
		recordOf(status.OwnerRecord), status.HasNoOwnerRecord, desired.Settings, client.ServerTime(),
	); occupied != nil {
		return nil, occupied
	}
	if status.OpenLookup != nil {
		return nil, status.OpenLookup
	}
	if err := cmp.Or(
		checkExisting(status, desired, fingerprints), status.UnreadableErr, status.ClaimsErr,
	); err != nil {
		return nil, err
	}
	pods, err := client.PodsAffectedByIsolation(ctx, desired.Settings)
	if err != nil {
		return nil, err
	}
	if len(pods) > 0 {
		return nil, &PodsError{pods}
	}
	return status, nil
}

// readOlderClaims reads the exceptions that an apply wrote. If they cannot be read, it returns the pending claims: the
// next refresh reads the exceptions again.
func readOlderClaims(
	ctx context.Context, client *kubernetes.Client, settings guardrails.Settings, pending []guardrails.OlderClaim,
) []guardrails.OlderClaim {
	written, err := client.OlderClaims(ctx, settings)
	if err != nil {
		return pending
	}
	return written
}
