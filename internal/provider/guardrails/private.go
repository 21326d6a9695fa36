package guardrails

import (
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// private is the private state of guardrails.
type private struct {
	// Address is a random token that identifies a resource address. `moved`, a replacement and a refresh keep it; an
	// import creates a new one.
	Address string `json:"address,omitempty"`
	// Owner is the owner that the ownership record in the cluster names.
	Owner string `json:"owner,omitempty"`
	// UnverifiedPolicy is the policy whose enforcement an apply could not verify, or "".
	UnverifiedPolicy string `json:"unverified_policy,omitempty"`
	// PendingClaims are the claims that need an exception.
	PendingClaims []guardrails.OlderClaim `json:"pending_claims"`
	// Fingerprints are those of the passphrases. They do not reveal the passphrases.
	Fingerprints *guardrails.Fingerprints `json:"fingerprints,omitempty"`
}
