// Package guardrails creates, reads, updates and deletes the guardrails of a cluster. It works on plain structs: the
// resource package decodes a plan into Desired and a state into Observed, calls an operation, and turns its result into
// state and diagnostics. The package internal/kubernetes/guardrails has the objects of the guardrails.
package guardrails

import (
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// Desired is the planned configuration of guardrails. Every setting is known.
type Desired struct {
	guardrails.Settings

	// Passphrase is nil if the configuration has none. In a plan it is also nil if it is not known yet.
	Passphrase *string
}

// passphrase returns the passphrase, or "".
func (d Desired) passphrase() string {
	if d.Passphrase == nil {
		return ""
	}
	return *d.Passphrase
}

// Observed is what the state says about existing guardrails. It is zero for a cluster without guardrails.
type Observed struct {
	// Settings are the applied settings. They are zero after an import: Read reads them from the cluster.
	guardrails.Settings

	// Owner is the owner in the ownership record. It is empty after an import, and for guardrails of provider versions
	// that wrote no ownership record.
	Owner string
	// Fingerprints are those of the passphrases that were written.
	Fingerprints guardrails.Fingerprints
	// Drift are the differences that the last plan showed.
	Drift []kubernetes.Difference
	// UnverifiedPolicy is the policy whose enforcement the last apply could not verify, or "".
	UnverifiedPolicy string
	// PendingClaims are the claims that needed an exception at the last refresh.
	PendingClaims []guardrails.OlderClaim
}

// hasSettings returns false after an import, and for a cluster without guardrails.
func (o Observed) hasSettings() bool { return o.ClassName != "" }

// fingerprints returns the fingerprints, or new ones if there are none.
func (o Observed) fingerprints() guardrails.Fingerprints {
	if o.Fingerprints.BySecret == nil {
		return guardrails.NewFingerprints()
	}
	return o.Fingerprints
}
