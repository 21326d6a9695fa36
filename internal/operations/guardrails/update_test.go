package guardrails_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	objects "github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/operations/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestUpdate checks that an update writes only what differs.
func TestUpdate(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	state := s.applied()
	updated, err := guardrails.Update(t.Context(), s.client, desired(), state)
	if err != nil || updated.Owner != state.Owner || updated.UnverifiedPolicy != "" || len(updated.Notes) > 0 {
		t.Errorf("%v, updated %+v", err, updated)
	}
	s.checkWrites()
	changed := desired()
	changed.Ingress.Action = objects.Warn
	changed.Passphrase = nil // its Secret is written
	if updated, err = guardrails.Update(t.Context(), s.client, changed, state); err != nil {
		t.Fatal(err)
	}
	writes := s.writes()
	for _, write := range writes {
		if !strings.Contains(write, policiesPath+"/srm-claims") && !strings.Contains(write, "srm-ingresses") &&
			!strings.Contains(write, "srm-gateways") {
			t.Errorf("unexpected write %s", write)
		}
	}
	if found := s.spec(bindingsPath+"/srm-ingresses", "validationActions"); found != "[Warn Audit]" {
		t.Errorf("the binding has %s, writes %q", found, writes)
	}
	if updated.Fingerprints.Differs(state.CurrentSecret(), passphrase) {
		t.Error("the fingerprint changed")
	}
}

// TestUpdateOwnership checks the owner before the first write.
func TestUpdateOwnership(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(s *apiServer, state *guardrails.Observed)
		refuse bool
	}{
		"another owner": {func(s *apiServer, _ *guardrails.Observed) {
			s.record(objects.OwnerRecord{Owner: "OTHER", Phase: objects.Applied})
		}, true},
		"a state without owner": {func(_ *apiServer, state *guardrails.Observed) { state.Owner = "" }, true},
		"another update came first": {func(s *apiServer, _ *guardrails.Observed) {
			s.remove(recordPath)
			if err := s.AddFault(sandbox.Fault{
				Method: http.MethodGet, Path: recordPath, Kind: sandbox.FaultDelay, Delay: time.Millisecond, After: 1,
				OnMatch: func() { s.record(objects.OwnerRecord{Owner: "OTHER", Phase: objects.Applied}) },
			}); err != nil {
				s.t.Fatal(err)
			}
		}, true},
		"no ownership record": {func(s *apiServer, _ *guardrails.Observed) { s.remove(recordPath) }, false},
		"neither": {func(s *apiServer, state *guardrails.Observed) {
			s.remove(recordPath)
			state.Owner = ""
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newAPIServer(t)
			state := s.applied()
			test.change(s, &state)
			changed := desired()
			changed.Ingress.Action = objects.Warn
			updated, err := guardrails.Update(t.Context(), s.client, changed, state)
			if updated.Owner == "" || state.Owner != "" && updated.Owner != state.Owner {
				t.Errorf("the owner is %q, was %q", updated.Owner, state.Owner)
			}
			if test.refuse {
				other, ok := errors.AsType[*guardrails.OtherOwnerError](err)
				if !ok || other.Owner != updated.Owner || other.Record.Owner == updated.Owner {
					t.Errorf("the error is %T %v", err, err)
				}
				s.checkWrites()
				return
			}
			writes := s.writes()
			if err != nil || writes[0] != "POST "+policiesPath {
				t.Errorf("%v, writes %q", err, writes)
			}
			s.checkApplied(updated.Owner)
		})
	}
}

// TestUpdateRevertsPlannedDrift checks that an update overwrites a field of another client only if the plan showed it.
func TestUpdateRevertsPlannedDrift(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	state := s.applied()
	s.patch(bindingsPath+"/srm-claims", `{spec: {validationActions: [Warn]}}`)
	_, err := guardrails.Update(t.Context(), s.client, desired(), state)
	if conflict, ok := errors.AsType[*kubernetes.ConflictError](err); !ok || len(conflict.Differences) != 1 {
		t.Fatalf("the error is %T %v", err, err)
	}
	s.checkWrites()
	status, err := guardrails.Read(t.Context(), s.client, state)
	if err != nil {
		t.Fatal(err)
	}
	state.Drift = status.Drift
	if _, err := guardrails.Update(t.Context(), s.client, desired(), state); err != nil {
		t.Fatal(err)
	}
	if found := s.spec(bindingsPath+"/srm-claims", "validationActions"); found != "[Deny]" {
		t.Errorf("the binding has %s", found)
	}
}

// TestUpdateVerification checks which policy an update could not verify, also if it fails before or after the
// verification.
func TestUpdateVerification(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		method, path string
		want         string
	}{
		"verification fails": {http.MethodPost, servicesPath, objects.LoadBalancers},
		"a read before fails": {
			http.MethodGet, secretsPath + "/srm-passphrase-v1", objects.Ingresses,
		},
		"a read after fails": {http.MethodGet, volumesPath, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newAPIServer(t)
			state := s.applied()
			state.UnverifiedPolicy = objects.Ingresses
			changed := desired()
			changed.ClassName = "srm-renamed"
			s.fail(test.method, test.path, http.StatusInternalServerError)
			updated, err := guardrails.Update(t.Context(), s.client, changed, state)
			if !kubernetes.Is(err, kubernetes.Unavailable) || updated.UnverifiedPolicy != test.want {
				t.Errorf("the error is %v, the unverified policy %q, want %q", err, updated.UnverifiedPolicy, test.want)
			}
		})
	}
}

// TestUpdateClassName checks that the old class is deleted unless a volume or a pending claim needs it.
func TestUpdateClassName(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	state := s.applied()
	rename := func(to string) guardrails.Updated {
		t.Helper()
		changed := desired()
		changed.ClassName = to
		updated, err := guardrails.Update(t.Context(), s.client, changed, state)
		if err != nil {
			t.Fatal(err)
		}
		state.Settings, state.Fingerprints = changed.Settings, updated.Fingerprints
		return updated
	}
	if updated := rename("srm-second"); len(updated.Notes) > 0 || s.exists(classesPath+"/srm-encrypted") {
		t.Errorf("an unused class: notes %q, exists %t", updated.Notes, s.exists(classesPath+"/srm-encrypted"))
	}
	s.create(defaultClaims, `{kind: PersistentVolumeClaim, metadata: {name: waiting}, `+
		`spec: {storageClassName: srm-second}, status: {phase: Pending}}`)
	updated := rename("srm-third")
	if len(updated.Notes) != 1 || !strings.Contains(updated.Notes[0], "srm-second stays in the cluster") ||
		!s.exists(classesPath+"/srm-second") {
		t.Errorf("a used class: notes %q, exists %t", updated.Notes, s.exists(classesPath+"/srm-second"))
	}
}

// TestUpdatePassphrase writes the Secret of a new version, and of a version whose Secret was deleted.
func TestUpdatePassphrase(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	state := s.applied()
	second := withPassphrase(otherPassphrase)
	second.Version = 2
	updated, err := guardrails.Update(t.Context(), s.client, second, state)
	if err != nil {
		t.Fatal(err)
	}
	if !s.exists(secretsPath+"/srm-passphrase-v1") || !s.exists(secretsPath+"/srm-passphrase-v2") ||
		updated.Fingerprints.Differs("srm-system/srm-passphrase-v2", otherPassphrase) {
		t.Error("the Secret of the new version was not written, or the old one was deleted")
	}
	state.Settings, state.Fingerprints = second.Settings, updated.Fingerprints
	s.remove(secretsPath + "/srm-passphrase-v2")
	for passphrase, accepted := range map[string]bool{"": false, passphrase: false, otherPassphrase: true} {
		second.Passphrase = &passphrase
		if _, err := guardrails.Update(t.Context(), s.client, second, state); (err == nil) != accepted {
			t.Errorf("passphrase %q: %v", passphrase, err)
		}
		if s.exists(secretsPath+"/srm-passphrase-v2") != accepted {
			t.Errorf("passphrase %q: the Secret exists: %t", passphrase, !accepted)
		}
		s.remove(secretsPath + "/srm-passphrase-v2")
	}
}

// TestCheckPassphrase checks passphrases against a state.
func TestCheckPassphrase(t *testing.T) {
	t.Parallel()
	state := guardrails.Observed{Settings: desired().Settings, Fingerprints: objects.NewFingerprints()}
	state.Fingerprints.Set("srm-system/srm-passphrase-v1", passphrase)
	lost := state
	lost.Drift = []kubernetes.Difference{{Object: secretObject, Found: "absent"}}
	third := state
	third.Version = 3
	for _, test := range []struct {
		name    string
		state   guardrails.Observed
		phrase  string // "" for none
		version int64
		want    guardrails.PassphraseCheck
	}{
		{"create without", guardrails.Observed{}, "", 1, guardrails.PassphraseMissing},
		{"create with", guardrails.Observed{}, passphrase, 1, guardrails.PassphraseAccepted},
		{"no change without", state, "", 1, guardrails.PassphraseAccepted},
		{"no change", state, passphrase, 1, guardrails.PassphraseAccepted},
		{"another passphrase", state, otherPassphrase, 1, guardrails.PassphraseUnused},
		{"new version without", state, "", 2, guardrails.PassphraseMissing},
		{"new version", state, otherPassphrase, 2, guardrails.PassphraseAccepted},
		{"older version without", third, "", 1, guardrails.PassphraseAccepted},
		{"older version", third, passphrase, 1, guardrails.PassphraseAccepted},
		{"older version with another passphrase", third, otherPassphrase, 1, guardrails.PassphraseChanged},
		{"current version without a fingerprint", third, "", 3, guardrails.PassphraseAccepted},
		{"absent Secret without", lost, "", 1, guardrails.PassphraseMissing},
		{"absent Secret", lost, passphrase, 1, guardrails.PassphraseAccepted},
		{"absent Secret with another passphrase", lost, otherPassphrase, 1, guardrails.PassphraseChanged},
	} {
		d := desired()
		d.Version, d.Passphrase = test.version, nil
		if test.phrase != "" {
			d.Passphrase = &test.phrase
		}
		if found := d.CheckPassphrase(test.state); found != test.want {
			t.Errorf("%s: %d, want %d", test.name, found, test.want)
		}
	}
}

// TestLostSecrets finds the Secrets that an apply cannot restore.
func TestLostSecrets(t *testing.T) {
	t.Parallel()
	state := guardrails.Observed{Drift: []kubernetes.Difference{
		{Object: secretObject, Found: "absent"},
		{Object: "Secret/srm-system/srm-passphrase-v2", Found: "absent"},
		{Object: secretObject, Field: "immutable", Found: "false"},
		{Object: secretObject, Field: "data.encryptionPassphrase", Found: "another value"},
		{Object: "StorageClass/srm-encrypted", Found: "absent"},
	}}
	if found := state.LostSecrets(desired()); !slices.Equal(found, []kubernetes.Difference{
		state.Drift[1], state.Drift[3],
	}) {
		t.Errorf("found %v", found)
	}
}
