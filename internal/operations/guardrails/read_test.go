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

// driftTexts returns the differences of a status as text.
func driftTexts(status *guardrails.Status) []string {
	texts := []string{}
	for _, d := range status.Drift {
		texts = append(texts, d.String())
	}
	return texts
}

const (
	recordObject = "ValidatingAdmissionPolicy/srm-owner"
	secretObject = "Secret/srm-system/srm-passphrase-v1"
)

// TestReadOwner compares the owner of a state with the ownership record.
func TestReadOwner(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	state := s.applied()
	own := state.Owner
	for _, test := range []struct {
		name            string
		record          *objects.OwnerRecord
		owner, want     string // the owner of the state before and after; "" after means a new one
		other, creating bool
		drift           []string
	}{
		{"same owner", &objects.OwnerRecord{Owner: own, Phase: objects.Applied}, own, own, false, false, nil},
		{"another owner", &objects.OwnerRecord{Owner: "OTHER", Phase: objects.Creating}, own, own, true, false, nil},
		{"damaged record", &objects.OwnerRecord{Phase: objects.Applied}, own, own, true, false, nil},
		{"state without owner", &objects.OwnerRecord{Owner: own, Phase: objects.Applied}, "", "", true, false, nil},
		{"neither names an owner", &objects.OwnerRecord{Phase: objects.Applied}, "", "", true, false, nil},
		{"unfinished", &objects.OwnerRecord{Owner: own, Phase: objects.Creating}, own, own, false, true, []string{
			recordObject + ` metadata.annotations[terraform-srm.github.io/phase] is "creating"`,
		}},
		{"no record", nil, own, own, false, false, []string{recordObject + " is absent"}},
	} {
		s.remove(recordPath)
		if test.record != nil {
			s.record(*test.record)
		}
		state.Owner = test.owner
		status, err := guardrails.Read(t.Context(), s.client, state)
		if err != nil {
			t.Fatal(err)
		}
		if status.Owner != test.want || (status.OtherOwner != nil) != test.other ||
			status.IsUnfinished != test.creating || !slices.Equal(driftTexts(status), test.drift) {
			t.Errorf("%s: status %+v, drift %q", test.name, status, driftTexts(status))
		}
		if other := status.OtherOwner; other != nil && (other.Owner != test.owner ||
			other.Record.Owner != test.record.Owner) {
			t.Errorf("%s: other owner %+v", test.name, other)
		}
	}
	state.Owner = ""
	status, err := guardrails.Read(t.Context(), s.client, state)
	if err != nil || len(status.Owner) < 20 || status.Owner == own || status.OtherOwner != nil {
		t.Errorf("neither owner nor record: %v, status %+v", err, status)
	}
	s.checkWrites()
}

// TestReadImport reads the settings and the owner for an import.
func TestReadImport(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	if _, err := guardrails.Read(t.Context(), s.client, guardrails.Observed{}); !errors.Is(
		err, guardrails.ErrNoGuardrails,
	) {
		t.Errorf("no guardrails: %v", err)
	}
	state := s.applied()
	status, err := guardrails.Read(t.Context(), s.client, guardrails.Observed{})
	if err != nil {
		t.Fatal(err)
	}
	if status.Settings.Encode() != state.Encode() || status.Owner != state.Owner || status.OtherOwner != nil ||
		len(status.Drift) > 0 || status.Fingerprints.Differs(state.CurrentSecret(), passphrase) ||
		!status.Fingerprints.Differs(state.CurrentSecret(), otherPassphrase) {
		t.Errorf("status %+v", status)
	}
}

// TestReadDrift finds changed objects, and what an apply has to do again.
func TestReadDrift(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	state := s.applied()
	s.patch(bindingsPath+"/srm-claims", `{spec: {validationActions: [Warn]}}`)
	s.remove(policiesPath + "/srm-volumes")
	s.create(classesPath, shippedClass)
	s.isLookupOpen = true
	s.fail(http.MethodGet, secretsPath+"/srm-passphrase-v1", http.StatusForbidden)
	state.UnverifiedPolicy = objects.Ingresses
	state.Drift = []kubernetes.Difference{
		{Object: secretObject, Field: "immutable", Found: "false"}, {Object: "StorageClass/gone", Found: "absent"},
	}
	status, err := guardrails.Read(t.Context(), s.client, state)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`ValidatingAdmissionPolicyBinding/srm-claims spec.validationActions is ["Warn"]`,
		"ValidatingAdmissionPolicy/srm-volumes is absent",
		secretObject + " immutable is false",
		"ValidatingAdmissionPolicy/srm-ingresses enforcement is not verified",
		"ServiceAccount/srm-system/srm-known access is open: no RBAC binding grants them: another authorizer of the " +
			"API server does",
	}
	if found := driftTexts(status); !slices.Equal(found, want) {
		t.Errorf("drift %q, want %q", found, want)
	}
	if !slices.Equal(status.UnreadableSecrets, []string{secretObject}) ||
		!kubernetes.Is(status.UnreadableErr, kubernetes.Forbidden) {
		t.Errorf("unreadable %v: %v", status.UnreadableSecrets, status.UnreadableErr)
	}
	if len(status.OtherDefaults) != 1 || status.OtherDefaults[0].Name != "sbs-default" ||
		status.Digest == objects.Digest(desired().Objects()) {
		t.Errorf("status %+v", status)
	}
	s.checkWrites()
}

// TestReadOpenAccess reads a binding of the guardrails' service account from a difference.
func TestReadOpenAccess(t *testing.T) {
	t.Parallel()
	for name, singleNames := range map[string]bool{
		"": false, `, resourceNames: [srm-passphrase-v9]`: true,
	} {
		s := newAPIServer(t)
		state := s.applied()
		s.isLookupOpen = !singleNames
		s.create(rolesPath, `{kind: ClusterRole, metadata: {name: broad}, rules: [{apiGroups: ["*"], `+
			`resources: ["*"], verbs: ["*"]`+name+`}]}`)
		s.create(grantsPath, `{kind: ClusterRoleBinding, metadata: {name: everyone}, `+
			`roleRef: {kind: ClusterRole, name: broad}, subjects: [{kind: Group, name: "system:serviceaccounts"}]}`)
		status, err := guardrails.Read(t.Context(), s.client, state)
		if err != nil || len(status.Drift) != 1 {
			t.Fatalf("%v, status %+v", err, status)
		}
		open, ok := guardrails.ParseOpenAccess(status.Drift[0])
		const binding = "ClusterRoleBinding everyone binds the ClusterRole broad to the group system:serviceaccounts"
		if !ok || open.SingleNames != singleNames || open.Account != "srm-system/srm-known" ||
			open.GrantedBy() != binding {
			t.Errorf("single names %t: %t %+v", singleNames, ok, open)
		}
	}
	if _, ok := guardrails.ParseOpenAccess(kubernetes.Difference{Object: "ServiceAccount/x", Field: "rules"}); ok {
		t.Error("another difference was parsed")
	}
}

// TestReadClaims returns the claims with exceptions and those that need one, also if claims or exceptions cannot be
// read.
func TestReadClaims(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	s.create(classesPath, shippedClass)
	s.create(defaultClaims, olderClaim)
	state := s.applied()
	if updated, err := guardrails.Update(t.Context(), s.client, desired(), state); err != nil ||
		!slices.Equal(claimNames(updated.OlderClaims), []string{"default/old"}) {
		t.Fatalf("%v, updated %+v", err, updated)
	}
	state.PendingClaims = []objects.OlderClaim{{Namespace: "default", Name: "saved"}}
	s.remove(defaultClaims + "/old")
	const rolePath = "*/namespaces/srm-system/roles/srm-known"
	for _, test := range []struct {
		name           string
		unreadable     []string
		older, pending []string
	}{
		{"the claim has its volume", nil, []string{"default/old"}, nil},
		{"no right to list claims", []string{claimsPath}, []string{"default/old"}, []string{"default/old"}},
		{"no right to read the exceptions", []string{rolePath}, nil, nil},
		{"no right to read", []string{claimsPath, rolePath}, []string{"default/saved"}, []string{"default/saved"}},
	} {
		for _, path := range test.unreadable {
			s.fail(http.MethodGet, path, http.StatusForbidden)
		}
		status, err := guardrails.Read(t.Context(), s.client, state)
		s.ClearFaults()
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if !slices.Equal(claimNames(status.OlderClaims), test.older) ||
			!slices.Equal(claimNames(status.PendingClaims), test.pending) {
			t.Errorf("%s: older claims %v, pending %v", test.name, status.OlderClaims, status.PendingClaims)
		}
	}
	s.fail(http.MethodGet, claimsPath, http.StatusInternalServerError)
	if _, err := guardrails.Read(t.Context(), s.client, state); !kubernetes.Is(err, kubernetes.Unavailable) {
		t.Errorf("claims that cannot be read now: %v", err)
	}
}

func claimNames(claims []objects.OlderClaim) []string {
	names := []string{}
	for _, claim := range claims {
		names = append(names, claim.String())
	}
	return names
}
