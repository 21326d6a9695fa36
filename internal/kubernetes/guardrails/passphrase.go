package guardrails

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
)

// MinPassphraseLength is the minimum number of characters of a passphrase.
const MinPassphraseLength = 32

// Fingerprints identify the passphrases that were written, without containing them.
type Fingerprints struct {
	// Key is a random key for each resource.
	Key []byte `json:"key"`
	// BySecret holds the fingerprints by Secret, "namespace/name".
	BySecret map[string]string `json:"of"`
}

// NewFingerprints returns an empty set of fingerprints with a new key.
func NewFingerprints() Fingerprints {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails: the program crashes on a system without randomness
	return Fingerprints{Key: key, BySecret: map[string]string{}}
}

// Fingerprint returns the fingerprint of a passphrase.
func (f Fingerprints) Fingerprint(passphrase string) string {
	mac := hmac.New(sha256.New, f.Key)
	mac.Write([]byte(passphrase))
	return hex.EncodeToString(mac.Sum(nil))
}

// Set stores the fingerprint of the passphrase that a Secret must hold.
func (f Fingerprints) Set(secret, passphrase string) { f.BySecret[secret] = f.Fingerprint(passphrase) }

// Differs reports whether a passphrase differs from the stored one of a Secret. It returns false if none is stored.
func (f Fingerprints) Differs(secret, passphrase string) bool {
	want, exists := f.BySecret[secret]
	return exists && !hmac.Equal([]byte(want), []byte(f.Fingerprint(passphrase)))
}
