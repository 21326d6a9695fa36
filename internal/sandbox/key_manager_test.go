package sandbox

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	key_manager "github.com/scaleway/scaleway-sdk-go/api/key_manager/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func kmsAPI(r *rig) (*key_manager.API, scw.RequestOption) {
	return key_manager.NewAPI(sdkClientOf(r)), scw.WithContext(r.t.Context())
}

func TestKeyLifecycle(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := kmsAPI(r)
	k := must(api.CreateKey(&key_manager.CreateKeyRequest{Name: scw.StringPtr("k"), Tags: []string{"a"}}, ctx))(t)
	if k.State != key_manager.KeyStateEnabled || !k.Protected || k.RotationCount != 1 || k.RotatedAt == nil ||
		*k.Usage.SymmetricEncryption != key_manager.KeyAlgorithmSymmetricEncryptionAes256Gcm {
		t.Errorf("got %+v", k)
	}
	var precondition *scw.PreconditionFailedError
	remove := func() error { return api.DeleteKey(&key_manager.DeleteKeyRequest{KeyID: k.ID}, ctx) }
	if err := remove(); !errors.As(err, &precondition) || precondition.Precondition != "protected_resource" {
		t.Errorf("delete a protected key: %v", err)
	}
	must(api.UnprotectKey(&key_manager.UnprotectKeyRequest{KeyID: k.ID}, ctx))(t)
	must(api.DisableKey(&key_manager.DisableKeyRequest{KeyID: k.ID}, ctx))(t)
	if _, err := api.RotateKey(&key_manager.RotateKeyRequest{KeyID: k.ID}, ctx); !errors.As(err, &precondition) {
		t.Errorf("rotate a disabled key: %v", err)
	}
	must(api.EnableKey(&key_manager.EnableKeyRequest{KeyID: k.ID}, ctx))(t)
	if got := must(api.RotateKey(&key_manager.RotateKeyRequest{KeyID: k.ID}, ctx))(t); got.RotationCount != 2 {
		t.Errorf("%d rotations", got.RotationCount)
	}
	rotations := must(api.ListKeyRotations(&key_manager.ListKeyRotationsRequest{KeyID: k.ID}, ctx))(t)
	if rotations.TotalCount != 2 || !rotations.Rotations[1].ManuallyRotated || rotations.Rotations[1].Index != 2 {
		t.Errorf("got %+v", rotations.Rotations[0])
	}
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	count := func(request key_manager.ListKeysRequest) uint64 {
		t.Helper()
		return must(api.ListKeys(&request, ctx))(t).TotalCount
	}
	if alive, scheduled := count(key_manager.ListKeysRequest{}), count(key_manager.ListKeysRequest{
		ScheduledForDeletion: true,
	}); alive != 0 || scheduled != 1 {
		t.Errorf("%d keys, %d scheduled for deletion", alive, scheduled)
	}
	if got := must(
		api.RestoreKey(&key_manager.RestoreKeyRequest{KeyID: k.ID}, ctx),
	)(
		t,
	); got.DeletionRequestedAt != nil {
		t.Errorf("got %+v", got)
	}
	r.server.Advance(8 * 24 * time.Hour) // the canceled deletion must not happen
	if count(key_manager.ListKeysRequest{Usage: key_manager.ListKeysRequestUsageSymmetricEncryption}) != 1 ||
		count(key_manager.ListKeysRequest{Usage: key_manager.ListKeysRequestUsageAsymmetricSigning}) != 0 {
		t.Error("the filter on the usage does not work")
	}
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	r.server.Advance(deletionDelay)
	_, err := api.GetKey(&key_manager.GetKeyRequest{KeyID: k.ID}, ctx)
	expectNotFound(t, err, "key")
}

func TestKeyRotationPolicy(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := kmsAPI(r)
	day := int64(24 * 60 * 60)
	create := func(seconds int64) (*key_manager.Key, error) {
		return api.CreateKey(&key_manager.CreateKeyRequest{RotationPolicy: &key_manager.KeyRotationPolicy{
			RotationPeriod: &scw.Duration{Seconds: seconds},
		}}, ctx)
	}
	var invalid *scw.InvalidArgumentsError
	if _, err := create(60); !errors.As(err, &invalid) {
		t.Errorf("a period of one minute: %v", err)
	}
	k := must(create(2 * day))(t)
	r.server.Advance(5 * 24 * time.Hour)
	got := must(api.GetKey(&key_manager.GetKeyRequest{KeyID: k.ID}, ctx))(t)
	if got.RotationCount != 3 ||
		!got.RotationPolicy.NextRotationAt.Equal(k.RotationPolicy.NextRotationAt.Add(4*24*time.Hour)) {
		t.Errorf("%d rotations, next at %s", got.RotationCount, got.RotationPolicy.NextRotationAt)
	}
	must(api.UpdateKey(&key_manager.UpdateKeyRequest{
		KeyID: k.ID, RotationPolicy: &key_manager.KeyRotationPolicy{},
	}, ctx))(t)
	r.server.Advance(5 * 24 * time.Hour)
	if got := must(api.GetKey(&key_manager.GetKeyRequest{KeyID: k.ID}, ctx))(t); got.RotationCount != 3 {
		t.Errorf("%d rotations without a policy", got.RotationCount)
	}
}

func TestEncryption(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := kmsAPI(r)
	k := must(api.CreateKey(&key_manager.CreateKeyRequest{}, ctx))(t)
	plaintext, associated, other := []byte("text"), []byte("context"), []byte("other")
	sealed := must(api.Encrypt(&key_manager.EncryptRequest{
		KeyID: k.ID, Plaintext: plaintext, AssociatedData: &associated,
	}, ctx))(t)
	decrypt := func(data *[]byte) (*key_manager.DecryptResponse, error) {
		return api.Decrypt(&key_manager.DecryptRequest{
			KeyID: k.ID, Ciphertext: sealed.Ciphertext, AssociatedData: data,
		}, ctx)
	}
	var invalid *scw.InvalidArgumentsError
	if _, err := decrypt(&other); !errors.As(err, &invalid) || invalid.Details[0].ArgumentName != "ciphertext" ||
		invalid.Details[0].HelpMessage != "cipher: message authentication failed" {
		t.Errorf("decrypt with other data: %v", err)
	}
	if got := must(decrypt(&associated))(t); !bytes.Equal(got.Plaintext, plaintext) || got.Ciphertext != nil {
		t.Errorf("got %+v", got)
	}
	must(api.RotateKey(&key_manager.RotateKeyRequest{KeyID: k.ID}, ctx))(t)
	if got := must(decrypt(&associated))(t); !bytes.Equal(got.Plaintext, plaintext) || got.Ciphertext == nil {
		t.Errorf("after a rotation: %+v", got)
	}
	data := must(api.GenerateDataKey(&key_manager.GenerateDataKeyRequest{KeyID: k.ID}, ctx))(t)
	opened := must(api.Decrypt(&key_manager.DecryptRequest{KeyID: k.ID, Ciphertext: data.Ciphertext}, ctx))(t)
	if len(opened.Plaintext) != 32 || !bytes.Equal(opened.Plaintext, *data.Plaintext) {
		t.Error("the data key is not what its ciphertext holds")
	}
	_, _, encrypt := newApplicationKey(r, "KeyManagerKeyEncrypt")
	r.token = encrypt
	path := "/key-manager/v1alpha1/regions/fr-par/keys/" + k.ID
	r.call(200, "POST", path+"/encrypt", `{"plaintext":"YQ=="}`)
	expectJSON(t, "decrypt", r.call(403, "POST", path+"/decrypt", "{}"), "details", 0, "action")
	r.call(403, "GET", path, "")
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := kmsAPI(r)
	algorithm := key_manager.KeyAlgorithmAsymmetricSigningEcP256Sha256
	k := must(api.CreateKey(&key_manager.CreateKeyRequest{
		Usage: &key_manager.KeyUsage{AsymmetricSigning: &algorithm},
	}, ctx))(t)
	digest, other := sha256.Sum256([]byte("a")), sha256.Sum256([]byte("b"))
	signed := must(api.Sign(&key_manager.SignRequest{KeyID: k.ID, Digest: digest[:]}, ctx))(t)
	for _, test := range []struct {
		digest []byte
		want   bool
	}{{digest[:], true}, {other[:], false}} {
		got := must(api.Verify(&key_manager.VerifyRequest{
			KeyID: k.ID, Digest: test.digest, Signature: signed.Signature,
		}, ctx))(t)
		if got.Valid != test.want {
			t.Errorf("valid: %v, want %v", got.Valid, test.want)
		}
	}
	var precondition *scw.PreconditionFailedError
	if _, err := api.Encrypt(&key_manager.EncryptRequest{KeyID: k.ID, Plaintext: []byte("a")}, ctx); !errors.As(
		err, &precondition,
	) {
		t.Errorf("encrypt with a key to sign with: %v", err)
	}
}

func TestImportedKeyMaterial(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	api, ctx := kmsAPI(r)
	k := must(api.CreateKey(&key_manager.CreateKeyRequest{Origin: key_manager.KeyOriginExternal}, ctx))(t)
	if k.State != key_manager.KeyStatePendingKeyMaterial || k.RotationCount != 0 || k.RotatedAt != nil {
		t.Errorf("got %+v", k)
	}
	imported := must(api.ImportKeyMaterial(&key_manager.ImportKeyMaterialRequest{
		KeyID: k.ID, KeyMaterial: bytes.Repeat([]byte("k"), 32),
	}, ctx))(t)
	if imported.State != key_manager.KeyStateEnabled || imported.RotationCount != 1 {
		t.Errorf("got %+v", imported)
	}
	if err := api.DeleteKeyMaterial(&key_manager.DeleteKeyMaterialRequest{KeyID: k.ID}, ctx); err != nil {
		t.Fatal(err)
	}
	got := must(api.GetKey(&key_manager.GetKeyRequest{KeyID: k.ID}, ctx))(t)
	if got.State != key_manager.KeyStatePendingKeyMaterial {
		t.Errorf("state %s", got.State)
	}
}
