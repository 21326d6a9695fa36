package sandbox

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"strings"

	key_manager "github.com/scaleway/scaleway-sdk-go/api/key_manager/v1alpha1"
)

// A ciphertext of a symmetric key starts with its format and the index of the key's rotation, followed by the nonce
// and the sealed data, as in recordings.
const (
	ciphertextFormat = 1
	ciphertextHeader = 5
)

// hashKeyMaterial returns a key of 32 bytes from imported material.
func hashKeyMaterial(material []byte, salt *[]byte) []byte {
	sum := sha256.New()
	sum.Write(material)
	if salt != nil {
		sum.Write(*salt)
	}
	return sum.Sum(nil)
}

// aead returns the cipher of a rotation, whose material it generates if there is none.
func (r *kmsRotation) aead() (cipher.AEAD, error) {
	if r.symmetric == nil {
		r.symmetric = make([]byte, 32)
		rand.Read(r.symmetric) // it never fails
	}
	block, err := aes.NewCipher(r.symmetric)
	if err != nil {
		return nil, fmt.Errorf("use the key: %w", err)
	}
	return cipher.NewGCM(block)
}

// latest returns the newest rotation of a key whose usage is as required.
func (k *kmsKey) latest(usage string) (*kmsRotation, error) {
	if err := requireEnabled(k); err != nil {
		return nil, err
	}
	if own := usageOf(k.Usage); own != usage {
		return nil, errPrecondition("unknown_precondition", "the usage of the key is "+own+", not "+usage)
	}
	return k.rotations[len(k.rotations)-1], nil
}

func (s *Server) encryptWithKey(c *call, k *kmsKey) (any, error) {
	var req key_manager.EncryptRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	ciphertext, err := k.seal(req.Plaintext, req.AssociatedData)
	if err != nil {
		return nil, err
	}
	return key_manager.EncryptResponse{KeyID: k.ID, Ciphertext: ciphertext}, nil
}

// seal encrypts data with the newest rotation of a key.
func (k *kmsKey) seal(plaintext []byte, associated *[]byte) ([]byte, error) {
	if usageOf(k.Usage) == "asymmetric_encryption" {
		return k.sealRSA(plaintext)
	}
	r, err := k.latest("symmetric_encryption")
	if err != nil {
		return nil, err
	}
	aead, err := r.aead()
	if err != nil {
		return nil, err
	}
	header := binary.BigEndian.AppendUint32([]byte{ciphertextFormat}, r.Index)
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce) // it never fails
	return aead.Seal(append(header, nonce...), nonce, plaintext, derefBytes(associated)), nil
}

func derefBytes(data *[]byte) []byte {
	if data == nil {
		return nil
	}
	return *data
}

// decryptWithKey returns the plaintext, and a new ciphertext if a newer rotation exists than the one that encrypted it.
func (s *Server) decryptWithKey(c *call, k *kmsKey) (any, error) {
	var req key_manager.DecryptRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if usageOf(k.Usage) == "asymmetric_encryption" {
		plaintext, err := k.openRSA(req.Ciphertext)
		if err != nil {
			return nil, err
		}
		return key_manager.DecryptResponse{KeyID: k.ID, Plaintext: plaintext}, nil
	}
	latest, err := k.latest("symmetric_encryption")
	if err != nil {
		return nil, err
	}
	r, err := k.rotationOf(req.Ciphertext)
	if err != nil {
		return nil, err
	}
	aead, err := r.aead()
	if err != nil {
		return nil, err
	}
	sealed := req.Ciphertext[ciphertextHeader:]
	if len(sealed) < aead.NonceSize() {
		return nil, errInvalid("ciphertext", "constraint", "too short")
	}
	plaintext, err := aead.Open(
		nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], derefBytes(req.AssociatedData),
	)
	if err != nil {
		return nil, errInvalid("ciphertext", "constraint", err.Error())
	}
	answer := key_manager.DecryptResponse{KeyID: k.ID, Plaintext: plaintext}
	if r != latest {
		renewed, err := k.seal(plaintext, req.AssociatedData)
		if err != nil {
			return nil, err
		}
		answer.Ciphertext = &renewed
	}
	return answer, nil
}

// rotationOf returns the rotation that encrypted a ciphertext.
func (k *kmsKey) rotationOf(ciphertext []byte) (*kmsRotation, error) {
	if len(ciphertext) > ciphertextHeader && ciphertext[0] == ciphertextFormat {
		index := binary.BigEndian.Uint32(ciphertext[1:])
		for _, r := range k.rotations {
			if r.Index == index && r.Status == key_manager.KeyRotationStatusEnabled {
				return r, nil
			}
		}
	}
	return nil, errInvalid("ciphertext", "constraint", "the key did not encrypt it")
}

func (s *Server) generateDataKey(c *call, k *kmsKey) (any, error) {
	var req key_manager.GenerateDataKeyRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	plaintext := make([]byte, 32)
	rand.Read(plaintext) // it never fails
	ciphertext, err := k.seal(plaintext, nil)
	if err != nil {
		return nil, err
	}
	answer := key_manager.DataKey{
		KeyID: k.ID, Algorithm: key_manager.DataKeyAlgorithmSymmetricEncryptionAes256Gcm, Ciphertext: ciphertext,
		CreatedAt: s.timestamp(),
	}
	if !req.WithoutPlaintext {
		answer.Plaintext = &plaintext
	}
	return answer, nil
}

// algorithmOf returns the algorithm of an asymmetric key.
func algorithmOf(usage *key_manager.KeyUsage) string {
	switch {
	case usage.AsymmetricEncryption != nil:
		return string(*usage.AsymmetricEncryption)
	case usage.AsymmetricSigning != nil:
		return string(*usage.AsymmetricSigning)
	}
	return ""
}

// privateKey returns the private key of a rotation, which it generates if there is none. The sandbox has RSA and the
// curves P-256 and P-384 [INFERRED key-manager-states].
func (k *kmsKey) privateKey(r *kmsRotation) (crypto.Signer, error) {
	if r.private != nil {
		return r.private, nil
	}
	algorithm, bits := algorithmOf(k.Usage), 0
	var err error
	switch {
	case algorithm == "ec_p256_sha256":
		r.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case algorithm == "ec_p384_sha384":
		r.private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case strings.HasPrefix(algorithm, "rsa_"):
		scheme := strings.Split(algorithm, "_")
		if _, err := fmt.Sscan(scheme[2], &bits); err != nil {
			return nil, fmt.Errorf("read the size of %s: %w", algorithm, err)
		}
		r.private, err = rsa.GenerateKey(rand.Reader, bits)
	default:
		return nil, errPrecondition("unknown_precondition", "the sandbox cannot use keys of the algorithm "+algorithm)
	}
	if err != nil {
		return nil, fmt.Errorf("generate the key: %w", err)
	}
	return r.private, nil
}

func (s *Server) getPublicKey(_ *call, k *kmsKey) (any, error) {
	r, err := k.latest(usageOf(k.Usage))
	if err != nil {
		return nil, err
	}
	private, err := k.privateKey(r)
	if err != nil {
		return nil, err
	}
	encoded, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		return nil, fmt.Errorf("encode the public key: %w", err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: encoded})
	return key_manager.PublicKey{Pem: string(block)}, nil
}

// rsaKey returns the RSA key of the newest rotation.
func (k *kmsKey) rsaKey() (*rsa.PrivateKey, error) {
	r, err := k.latest("asymmetric_encryption")
	if err != nil {
		return nil, err
	}
	private, err := k.privateKey(r)
	if err != nil {
		return nil, err
	}
	key, ok := private.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("the key is no RSA key")
	}
	return key, nil
}

func (k *kmsKey) sealRSA(plaintext []byte) ([]byte, error) {
	key, err := k.rsaKey()
	if err != nil {
		return nil, err
	}
	ciphertext, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, &key.PublicKey, plaintext, nil)
	if err != nil {
		return nil, errInvalid("plaintext", "constraint", err.Error())
	}
	return ciphertext, nil
}

func (k *kmsKey) openRSA(ciphertext []byte) ([]byte, error) {
	key, err := k.rsaKey()
	if err != nil {
		return nil, err
	}
	plaintext, err := rsa.DecryptOAEP(sha256.New(), rand.Reader, key, ciphertext, nil)
	if err != nil {
		return nil, errInvalid("ciphertext", "constraint", err.Error())
	}
	return plaintext, nil
}

// signatureHash returns the hash of an algorithm, and the options to sign with.
func signatureHash(algorithm string) (hash.Hash, crypto.SignerOpts) {
	switch {
	case strings.HasSuffix(algorithm, "_sha384"):
		return sha512.New384(), crypto.SHA384
	case strings.HasPrefix(algorithm, "rsa_pss_"):
		return sha256.New(), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	}
	return sha256.New(), crypto.SHA256
}

func (s *Server) signWithKey(c *call, k *kmsKey) (any, error) {
	var req key_manager.SignRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	r, err := k.latest("asymmetric_signing")
	if err != nil {
		return nil, err
	}
	private, err := k.privateKey(r)
	if err != nil {
		return nil, err
	}
	sum, options := signatureHash(algorithmOf(k.Usage))
	if len(req.Digest) != sum.Size() {
		return nil, errInvalid("digest", "constraint", fmt.Sprintf("must have %d bytes", sum.Size()))
	}
	signature, err := private.Sign(rand.Reader, req.Digest, options)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return key_manager.SignResponse{KeyID: k.ID, Signature: signature}, nil
}

func (s *Server) verifyWithKey(c *call, k *kmsKey) (any, error) {
	var req key_manager.VerifyRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if _, err := k.latest("asymmetric_signing"); err != nil {
		return nil, err
	}
	answer := key_manager.VerifyResponse{KeyID: k.ID}
	_, options := signatureHash(algorithmOf(k.Usage))
	for _, r := range k.rotations {
		private, err := k.privateKey(r)
		if err != nil {
			return nil, err
		}
		switch public := private.Public().(type) {
		case *ecdsa.PublicKey:
			answer.Valid = answer.Valid || ecdsa.VerifyASN1(public, req.Digest, req.Signature)
		case *rsa.PublicKey:
			if pss, ok := options.(*rsa.PSSOptions); ok {
				err = rsa.VerifyPSS(public, crypto.SHA256, req.Digest, req.Signature, pss)
			} else {
				err = rsa.VerifyPKCS1v15(public, crypto.SHA256, req.Digest, req.Signature)
			}
			answer.Valid = answer.Valid || err == nil
		}
	}
	return answer, nil
}
