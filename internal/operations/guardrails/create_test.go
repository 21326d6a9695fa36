package guardrails_test

import (
	"context"
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

// TestCreate checks that the state is saved before the first write, which is the ownership record, and that the
// record is complete after everything else.
func TestCreate(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	s.create(classesPath, shippedClass)
	s.create(defaultClaims, olderClaim)
	saved := []string{}
	created, err := guardrails.Create(t.Context(), s.client, desired(), timeout, func(c guardrails.Created) {
		saved = append(saved, c.Owner)
		s.checkWrites()
		secret := desired().CurrentSecret()
		if len(c.OlderClaims) != 1 || !c.Fingerprints.Differs(secret, otherPassphrase) ||
			c.Fingerprints.Differs(secret, passphrase) {
			t.Errorf("saved %+v", c)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(saved, []string{created.Owner}) {
		t.Errorf("saved %q, created %+v", saved, created)
	}
	writes := s.writes()
	if writes[0] != "POST "+policiesPath || writes[len(writes)-1] != "PUT "+recordPath {
		t.Errorf("the writes are %q", writes)
	}
	s.checkApplied(created.Owner)
	if len(created.OlderClaims) != 1 || created.OlderClaims[0].String() != "default/old" || len(created.Notes) > 0 {
		t.Errorf("created %+v", created)
	}
	if found := s.annotations(classesPath + "/sbs-default")[objects.AnnotationDefaultClass]; found != "false" {
		t.Errorf("the shipped class is still default: %v", found)
	}
	status, err := guardrails.Read(t.Context(), s.client, observed(created))
	if err != nil || len(status.Drift) > 0 || status.Owner != created.Owner || status.OtherOwner != nil ||
		status.IsUnfinished || status.Digest != objects.Digest(desired().Objects()) || len(status.OlderClaims) != 1 {
		t.Errorf("%v, status %+v", err, status)
	}
}

// refusal is a cluster in which a create is refused.
type refusal struct {
	name    string
	prepare func(*apiServer)
	want    func(error) bool
}

func isError[E error](matches func(E) bool) func(error) bool {
	return func(err error) bool {
		found, ok := errors.AsType[E](err)
		return ok && matches(found)
	}
}

// unfinished returns the ownership record of an unfinished create, which started before the time of the API server.
func (s *apiServer) unfinished(before time.Duration) objects.OwnerRecord {
	return objects.OwnerRecord{
		Owner: "FIRST", Phase: objects.Creating, Settings: desired().Encode(), Started: s.now.Add(-before),
		Timeout: timeout,
	}
}

// occupied returns clusters with guardrails that a create may not take over.
func occupied() []refusal {
	is := isError[*guardrails.OccupiedError]
	return []refusal{
		{"guardrails of another owner", func(s *apiServer) {
			s.record(objects.OwnerRecord{Owner: "FIRST", Phase: objects.Applied})
		}, is(func(e *guardrails.OccupiedError) bool { return e.Record.Owner == "FIRST" && !e.MayStillRun })},
		{"no ownership record", func(s *apiServer) {
			s.applied()
			s.remove(recordPath)
		}, is(func(e *guardrails.OccupiedError) bool { return e.Record == nil })},
		{"a create that may still run", func(s *apiServer) {
			s.record(s.unfinished(timeout))
		}, is(func(e *guardrails.OccupiedError) bool { return e.MayStillRun })},
		{"an unfinished create with other settings", func(s *apiServer) {
			record := s.unfinished(timeout + time.Second)
			record.Settings = "{}"
			s.record(record)
		}, is(func(e *guardrails.OccupiedError) bool { return !e.MayStillRun && e.Record.Owner == "FIRST" })},
		{"an unfinished create of an unknown owner", func(s *apiServer) {
			record := s.unfinished(timeout + time.Second)
			record.Owner = ""
			s.record(record)
		}, is(func(e *guardrails.OccupiedError) bool { return !e.MayStillRun })},
	}
}

// TestCreateRefused checks that a refused create writes nothing, and does not save the state.
func TestCreateRefused(t *testing.T) {
	t.Parallel()
	for _, test := range append(occupied(),
		refusal{"rights for all names", func(s *apiServer) {
			s.isLookupOpen = true
		}, isError(func(e *kubernetes.OpenLookupError) bool { return !e.SingleNames })},
		refusal{"an object of another client", func(s *apiServer) {
			s.create(bindingsPath, `{kind: ValidatingAdmissionPolicyBinding, metadata: {name: srm-claims}, `+
				`spec: {policyName: other}}`)
		}, isError(func(e *kubernetes.ConflictError) bool { return len(e.Differences) > 0 })},
		refusal{"a Secret with another passphrase", func(s *apiServer) {
			s.create(secretsPath, `{kind: Secret, metadata: {name: srm-passphrase-v1, labels: {`+
				`app.kubernetes.io/managed-by: terraform-provider-srm}}, immutable: true, `+
				`data: {encryptionPassphrase: b3RoZXI=}}`)
		}, isError(func(e *kubernetes.PassphraseMismatchError) bool { return e.Name == "srm-passphrase-v1" })},
		refusal{"an unreadable Secret", func(s *apiServer) {
			s.fail(http.MethodGet, secretsPath+"/srm-passphrase-v1", http.StatusForbidden)
		}, func(err error) bool { return kubernetes.Is(err, kubernetes.Forbidden) }},
		refusal{"unreadable claims", func(s *apiServer) {
			s.fail(http.MethodGet, claimsPath, http.StatusInternalServerError)
		}, func(err error) bool { return kubernetes.Is(err, kubernetes.Unavailable) }},
		refusal{"pods in the namespace", func(s *apiServer) {
			s.create(namespacesPath, `{kind: Namespace, metadata: {name: srm-system}}`)
			s.create(podsPath, `{kind: Pod, metadata: {name: cache}}`)
		}, isError(func(e *guardrails.PodsError) bool { return slices.Equal(e.Pods, []string{"srm-system/cache"}) })},
	) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newAPIServer(t)
			test.prepare(s)
			s.ClearRequests()
			_, err := guardrails.Create(t.Context(), s.client, desired(), timeout, func(guardrails.Created) {
				t.Error("the state was saved")
			})
			if !test.want(err) {
				t.Errorf("the error is %T %v", err, err)
			}
			s.checkWrites()
		})
	}
}

// TestCreateTakesOver checks that a create takes over an unfinished create with the same settings after its timeout,
// by the clock of the API server.
func TestCreateTakesOver(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	s.record(s.unfinished(timeout + time.Second))
	created, err := guardrails.Create(t.Context(), s.client, desired(), timeout, func(guardrails.Created) {})
	if err != nil {
		t.Fatal(err)
	}
	if writes := s.writes(); writes[0] != "PUT "+recordPath {
		t.Errorf("the writes are %q", writes)
	}
	s.checkApplied(created.Owner)
}

// TestCreateWithoutOwnership checks that a create that cannot write the ownership record writes nothing else, and
// whether it has certainly written nothing.
func TestCreateWithoutOwnership(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prevent    func(*apiServer)
		unwritten  bool
		isOccupied bool
	}{
		"another create came first": {func(s *apiServer) {
			s.record(objects.OwnerRecord{Owner: "FIRST", Phase: objects.Creating, Started: s.now, Timeout: timeout})
		}, true, true},
		"no right to write": {func(s *apiServer) {
			s.fail(http.MethodPost, policiesPath, http.StatusForbidden)
		}, true, false},
		"no right to write any more": {func(s *apiServer) {
			if err := s.AddFault(sandbox.Fault{
				Method: http.MethodPost, Path: policiesPath, Kind: sandbox.FaultLostResponse,
			}); err != nil {
				s.t.Fatal(err)
			}
			s.fail(http.MethodPost, policiesPath, http.StatusForbidden)
		}, false, false},
		"no right to write or read": {func(s *apiServer) {
			s.fail(http.MethodPost, policiesPath, http.StatusForbidden)
			s.fail(http.MethodGet, recordPath, http.StatusForbidden)
		}, false, false},
		"no answer": {func(s *apiServer) {
			s.fail(http.MethodPost, policiesPath, http.StatusInternalServerError)
		}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newAPIServer(t)
			_, err := guardrails.Create(t.Context(), s.client, desired(), timeout, func(guardrails.Created) {
				test.prevent(s)
			})
			found, ok := errors.AsType[*guardrails.OwnershipError](err)
			if !ok || found.Unwritten != test.unwritten {
				t.Fatalf("the error is %T %+v", err, err)
			}
			if _, ok := errors.AsType[*guardrails.OccupiedError](err); ok != test.isOccupied {
				t.Errorf("the cause is %T %v", found.Err, found.Err)
			}
			if s.exists(namespacesPath + "/srm-system") {
				t.Error("the create wrote another object")
			}
		})
	}
}

// TestCreateUnfinished checks that an update by the same owner finishes a create that did not finish.
func TestCreateUnfinished(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	s.fail(http.MethodPost, servicesPath, http.StatusInternalServerError)
	created, err := guardrails.Create(t.Context(), s.client, desired(), timeout, func(guardrails.Created) {})
	if _, ok := errors.AsType[*guardrails.UnfinishedError](err); !ok {
		t.Fatalf("the error is %T %v", err, err)
	}
	if failed, ok := errors.AsType[*kubernetes.EnforcementError](err); !ok || failed.Policy != objects.LoadBalancers {
		t.Errorf("the cause is %v", err)
	}
	if record, want := s.ownerRecord(), (objects.OwnerRecord{
		Owner: created.Owner, Phase: objects.Creating, Settings: desired().Encode(), Started: s.now, Timeout: timeout,
	}); record != want {
		t.Errorf("the ownership record is %+v, want %+v", record, want)
	}
	status, err := guardrails.Read(t.Context(), s.client, observed(created))
	if err != nil || !status.IsUnfinished || len(status.Drift) != 1 ||
		!strings.Contains(status.Drift[0].String(), "creating") {
		t.Errorf("%v, status %+v", err, status)
	}
	s.ClearFaults()
	s.ClearRequests()
	if _, err := guardrails.Update(t.Context(), s.client, desired(), observed(created)); err != nil {
		t.Fatal(err)
	}
	s.checkWrites("PUT " + recordPath)
	s.checkApplied(created.Owner)
}

// TestCreateWithUnreadableExceptions checks that a create returns the claims that needed an exception if it cannot read
// the exceptions that it wrote.
func TestCreateWithUnreadableExceptions(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	s.create(classesPath, shippedClass)
	s.create(defaultClaims, olderClaim)
	if err := s.AddFault(sandbox.Fault{
		Method: http.MethodGet, Path: "*/roles/srm-known", Kind: sandbox.FaultStatus, Status: http.StatusForbidden,
		Persistent: true, After: 4, // before the writes, twice while they are made, and once in a verification
	}); err != nil {
		t.Fatal(err)
	}
	created, err := guardrails.Create(t.Context(), s.client, desired(), timeout, func(guardrails.Created) {})
	if err != nil || !slices.Equal(claimNames(created.OlderClaims), []string{"default/old"}) {
		t.Errorf("%v, created %+v", err, created)
	}
}

// TestCreateInterrupted checks that a create that is interrupted after its first write is reported as unfinished.
func TestCreateInterrupted(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := s.AddFault(sandbox.Fault{
		Method:  http.MethodPatch,
		Path:    namespacesPath + "/srm-system",
		Kind:    sandbox.FaultLostResponse,
		OnMatch: cancel,
	}); err != nil {
		t.Fatal(err)
	}
	_, err := guardrails.Create(ctx, s.client, desired(), timeout, func(guardrails.Created) {})
	if _, ok := errors.AsType[*guardrails.UnfinishedError](err); !ok || !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %T %v", err, err)
	}
}
