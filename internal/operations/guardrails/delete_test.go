package guardrails_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	objects "github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/operations/guardrails"
)

const encryptedVolume = `{kind: PersistentVolume, metadata: {name: pvc-1}, spec: {storageClassName: srm-encrypted, ` +
	`persistentVolumeReclaimPolicy: Retain, csi: {driver: csi.scaleway.com, nodeStageSecretRef: {` +
	`name: srm-passphrase-v1, namespace: srm-system}}}}`

// TestDelete checks that a destroy deletes all objects, the ownership record last, and that an interrupted destroy can
// be repeated.
func TestDelete(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	state := s.applied()
	s.fail(http.MethodDelete, classesPath+"/srm-encrypted", http.StatusForbidden)
	if _, err := guardrails.Delete(t.Context(), s.client, state); !kubernetes.Is(err, kubernetes.Forbidden) {
		t.Fatalf("the error is %v", err)
	}
	s.checkApplied(state.Owner)
	if s.exists(policiesPath + "/srm-claims") {
		t.Error("the interrupted destroy deleted no policy")
	}
	s.ClearFaults()
	s.writes()
	removed, err := guardrails.Delete(t.Context(), s.client, state)
	if err != nil || len(removed.Kept) > 0 {
		t.Errorf("%v, removed %+v", err, removed)
	}
	if writes := s.writes(); writes[len(writes)-1] != "DELETE "+recordPath {
		t.Errorf("the writes are %q", writes)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for path := range s.objects {
		t.Errorf("%s was not deleted", path)
	}
}

// TestDeleteKeepsVolumes checks that a destroy keeps the class and the Secret that volumes need.
func TestDeleteKeepsVolumes(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	state := s.applied()
	s.create(volumesPath, encryptedVolume)
	s.create(defaultClaims, `{kind: PersistentVolumeClaim, metadata: {name: waiting}, `+
		`spec: {storageClassName: srm-encrypted}, status: {phase: Pending}}`)
	impact, err := guardrails.ReadImpact(t.Context(), s.client, state)
	if err != nil || len(impact.Volumes) != 1 || !slices.Equal(impact.PendingClaims, []string{"default/waiting"}) {
		t.Errorf("%v, impact %+v", err, impact)
	}
	s.checkWrites()
	removed, err := guardrails.Delete(t.Context(), s.client, state)
	if err != nil || !slices.Equal(removed.Kept, impact.Volumes) {
		t.Errorf("%v, removed %+v", err, removed)
	}
	for path, kept := range map[string]bool{
		classesPath + "/srm-encrypted": true, secretsPath + "/srm-passphrase-v1": true,
		policiesPath + "/srm-claims": false, recordPath: false,
	} {
		if s.exists(path) != kept {
			t.Errorf("%s exists: %t", path, !kept)
		}
	}
}

// TestDeleteOfOtherOwner checks that a destroy deletes nothing if the guardrails have another owner.
func TestDeleteOfOtherOwner(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	state := s.applied()
	s.record(objects.OwnerRecord{Owner: "OTHER", Phase: objects.Applied})
	_, impactErr := guardrails.ReadImpact(t.Context(), s.client, state)
	_, err := guardrails.Delete(t.Context(), s.client, state)
	for _, err := range []error{impactErr, err} {
		if other, ok := errors.AsType[*guardrails.OtherOwnerError](err); !ok || other.Record.Owner != "OTHER" ||
			other.Owner != state.Owner {
			t.Errorf("the error is %T %v", err, err)
		}
	}
	s.checkWrites()
}

// TestReadImpactFails returns the error of each read.
func TestReadImpactFails(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	for _, path := range []string{recordPath, volumesPath, claimsPath} {
		s.fail(http.MethodGet, path, http.StatusForbidden)
		_, err := guardrails.ReadImpact(t.Context(), s.client, guardrails.Observed{Settings: desired().Settings})
		if !kubernetes.Is(err, kubernetes.Forbidden) {
			t.Errorf("%s: %v", path, err)
		}
		s.ClearFaults()
	}
}
