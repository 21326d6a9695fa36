package guardrails

import (
	"context"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

// Impact is what a destroy of guardrails affects.
type Impact struct {
	// Volumes need the StorageClass and the Secrets, which the destroy then keeps.
	Volumes []kubernetes.Volume
	// PendingClaims are the claims of the StorageClass that have no volume yet, as "namespace/name".
	PendingClaims []string
}

// ReadImpact reads what Delete affects. It returns an OtherOwnerError if the guardrails have another owner: Delete then
// deletes nothing.
func ReadImpact(ctx context.Context, client *kubernetes.Client, observed Observed) (Impact, error) {
	if err := readOtherOwner(ctx, client, observed); err != nil {
		return Impact{}, err
	}
	volumes, err := client.Volumes(ctx, observed.Settings)
	if err != nil {
		return Impact{}, err
	}
	claims, err := client.PendingClaims(ctx, observed.Settings)
	return Impact{Volumes: volumes, PendingClaims: claims}, err
}

// readOtherOwner returns an OtherOwnerError if the guardrails of a cluster have another owner.
func readOtherOwner(ctx context.Context, client *kubernetes.Client, observed Observed) error {
	record, err := client.ReadOwnerRecord(ctx)
	if err != nil {
		return err
	}
	if other := checkOwner(record, observed.Owner); other != nil {
		return other
	}
	return nil
}

// Removed is the result of Delete.
type Removed struct {
	// Kept are the volumes that need the StorageClass and the Secrets, which therefore stay in the cluster.
	Kept []kubernetes.Volume
	// Notes are sentences about default classes that could not be restored.
	Notes []string
}

// Delete deletes the guardrails of a cluster, except for what volumes need. It deletes nothing and returns an
// OtherOwnerError if the guardrails have another owner.
func Delete(ctx context.Context, client *kubernetes.Client, observed Observed) (Removed, error) {
	if err := readOtherOwner(ctx, client, observed); err != nil {
		return Removed{}, err
	}
	kept, notes, err := client.Remove(ctx, observed.Settings)
	if err != nil {
		return Removed{}, err
	}
	// The ownership record is deleted last, so that its owner can repeat an interrupted destroy.
	return Removed{Kept: kept, Notes: notes}, client.DeleteOwnerRecord(ctx, observed.Owner)
}
