package guardrails

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
)

// MinPassphrase is how many characters a passphrase has at least.
const MinPassphrase = 32

// Fingerprints tell whether a Secret still holds the passphrase that was written, without holding it themselves.
type Fingerprints struct {
	// Key is random, and another one for each resource.
	Key []byte `json:"key"`
	// Of are the fingerprints by the Secret, "namespace/name".
	Of map[string]string `json:"of"`
}

// NewFingerprints has a key and no fingerprint.
func NewFingerprints() Fingerprints {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // it never fails: a system without randomness ends the program
	return Fingerprints{Key: key, Of: map[string]string{}}
}

// Fingerprint is that of a passphrase.
func (f Fingerprints) Fingerprint(passphrase string) string {
	mac := hmac.New(sha256.New, f.Key)
	mac.Write([]byte(passphrase))
	return hex.EncodeToString(mac.Sum(nil))
}

// Keep takes the passphrase of a Secret for the one that it has to hold.
func (f Fingerprints) Keep(secret, passphrase string) { f.Of[secret] = f.Fingerprint(passphrase) }

// Differs says whether a passphrase is known not to be that of a Secret.
func (f Fingerprints) Differs(secret, passphrase string) bool {
	wanted, known := f.Of[secret]
	return known && !hmac.Equal([]byte(wanted), []byte(f.Fingerprint(passphrase)))
}
