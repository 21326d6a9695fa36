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

// TestCheckCreate checks that a plan finds what a create refuses, and continues after it.
func TestCheckCreate(t *testing.T) {
	t.Parallel()
	check := func(s *apiServer, d guardrails.Desired, replaced guardrails.Replaced) (guardrails.Preconditions, error) {
		s.t.Helper()
		s.ClearRequests()
		found, err := guardrails.CheckCreate(s.t.Context(), s.client, d, replaced)
		s.checkWrites()
		return found, err
	}
	for _, test := range occupied() {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newAPIServer(t)
			test.prepare(s)
			found, err := check(s, desired(), guardrails.Replaced{})
			if err != nil || found.Occupied == nil || !test.want(found.Occupied) {
				t.Errorf("%v, found %+v", err, found.Occupied)
			}
		})
	}
	t.Run("all problems", func(t *testing.T) {
		t.Parallel()
		s := newAPIServer(t)
		s.isLookupOpen = true
		s.create(namespacesPath, `{kind: Namespace, metadata: {name: srm-system}}`)
		s.create(podsPath, `{kind: Pod, metadata: {name: cache}}`)
		s.create(classesPath, shippedClass)
		s.create(defaultClaims, olderClaim)
		s.fail(http.MethodGet, secretsPath+"/srm-passphrase-v1", http.StatusForbidden)
		found, err := check(s, desired(), guardrails.Replaced{})
		if err != nil || found.Occupied != nil || found.OpenLookup == nil || len(found.PendingClaims) != 1 ||
			!kubernetes.Is(found.UnreadableErr, kubernetes.Forbidden) ||
			!slices.Equal(found.Pods, []string{"srm-system/cache"}) {
			t.Errorf("%v, found %+v", err, found)
		}
		s.record(objects.OwnerRecord{Owner: "FIRST", Phase: objects.Applied})
		found, err = check(s, desired(), guardrails.Replaced{})
		if err != nil || found.Occupied == nil || found.OpenLookup != nil || found.PendingClaims != nil ||
			found.UnreadableErr != nil || len(found.Pods) != 1 {
			t.Errorf("occupied: %v, found %+v", err, found)
		}
	})
	t.Run("unknown passphrase", func(t *testing.T) {
		t.Parallel()
		s := newAPIServer(t)
		owner := s.applied().Owner
		unknown := desired()
		unknown.Passphrase = nil
		if _, err := check(s, unknown, guardrails.Replaced{Owner: owner}); err != nil {
			t.Error(err)
		}
		_, err := check(s, withPassphrase(otherPassphrase), guardrails.Replaced{Owner: owner})
		if _, ok := errors.AsType[*kubernetes.PassphraseMismatchError](err); !ok {
			t.Errorf("another passphrase: %v", err)
		}
	})
	t.Run("replacement", func(t *testing.T) {
		t.Parallel()
		s := newAPIServer(t)
		owner := s.applied().Owner
		isUnfinished := func(owner string) bool { return owner == "FIRST" }
		for _, test := range []struct {
			name     string
			record   *objects.OwnerRecord
			replaced guardrails.Replaced
			accepted bool
		}{
			{"same owner", &objects.OwnerRecord{Owner: owner, Phase: objects.Applied},
				guardrails.Replaced{Owner: owner}, true},
			{"another owner", &objects.OwnerRecord{Owner: "FIRST", Phase: objects.Applied},
				guardrails.Replaced{Owner: owner, IsUnfinished: isUnfinished}, false},
			{"no ownership record", nil, guardrails.Replaced{Owner: owner}, true},
			{"tainted, without its owner", &objects.OwnerRecord{Owner: "FIRST", Phase: objects.Creating},
				guardrails.Replaced{IsUnfinished: isUnfinished}, true},
			{"unfinished, of another owner", &objects.OwnerRecord{Owner: "SECOND", Phase: objects.Creating},
				guardrails.Replaced{IsUnfinished: isUnfinished}, false},
		} {
			s.remove(recordPath)
			if test.record != nil {
				s.record(*test.record)
			}
			found, err := check(s, desired(), test.replaced)
			if err != nil || (found.Occupied == nil) != test.accepted {
				t.Errorf("%s: %v, found %+v", test.name, err, found.Occupied)
			}
		}
	})
}
