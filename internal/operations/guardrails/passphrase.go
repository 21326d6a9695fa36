package guardrails

import (
	"slices"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

// PassphraseCheck is the result of CheckPassphrase.
type PassphraseCheck int

// The results of CheckPassphrase.
const (
	// PassphraseAccepted is a passphrase that an apply accepts, or none where none is needed.
	PassphraseAccepted PassphraseCheck = iota
	// PassphraseMissing means that a Secret has to be written, and the configuration has no passphrase: at create, for
	// a new version, and for a Secret that is absent from the cluster.
	PassphraseMissing
	// PassphraseChanged is a passphrase that differs from the one that was written, of a version that differs from that
	// of the state or whose Secret is absent.
	PassphraseChanged
	// PassphraseUnused is a passphrase that differs from the one in the cluster, which an update keeps.
	PassphraseUnused
)

// CheckPassphrase checks the passphrase of a configuration against what the state says.
func (d Desired) CheckPassphrase(observed Observed) PassphraseCheck {
	isAbsent := slices.ContainsFunc(observed.Drift, func(found kubernetes.Difference) bool {
		return found.Object == secretPrefix+d.CurrentSecret() && found.IsAbsent()
	})
	switch {
	case d.Passphrase == nil && (isAbsent || !d.isSecretWritten(observed)):
		return PassphraseMissing
	case d.Passphrase == nil || !observed.Fingerprints.Differs(d.CurrentSecret(), *d.Passphrase):
		return PassphraseAccepted
	case isAbsent || observed.Version != d.Version:
		return PassphraseChanged
	default:
		return PassphraseUnused
	}
}

// isSecretWritten reports whether the Secret of the desired version was written before.
func (d Desired) isSecretWritten(observed Observed) bool {
	_, isKnown := observed.Fingerprints.BySecret[d.CurrentSecret()]
	return isKnown || observed.Version == d.Version
}
