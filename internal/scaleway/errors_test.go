package scaleway

import (
	"errors"
	"net/http"
	"strings"
	"testing"
)

func TestErrorsFromRecordedBodies(t *testing.T) {
	t.Parallel()
	type kinds struct{ notFound, forbidden, conflict, transient bool }
	for _, test := range []struct {
		name, body string
		status     int
		want       kinds
		message    string
		hint       string
	}{
		{"not found", `{"message":"resource is not found","resource":"cluster","resource_id":"` + testID + `",` +
			`"type":"not_found"}`, 404,
			kinds{notFound: true}, "resource is not found (cluster " + testID + ")", "Check the id and its region"},
		{"not found by the instance API", `{"message":"Security Group \"` + testID + `\" not ` +
			`found","type":"unknown_resource"}`, 404,
			kinds{notFound: true}, "not found (security_group " + testID + ")", "Check the id"},
		{"expired", `{"message":"it expired","type":"resource_expired","resource":"x","resource_id":"` + testID + `",` +
			`"expired_since":"2026-01-01T00:00:00Z"}`, 410,
			kinds{notFound: true}, "it expired", "cannot be restored"},
		{"transient", `{"current_state":"configuring","message":"resource is in a transient ` +
			`state","resource":"gateway","resource_id":"` + testID + `","type":"transient_state"}`, 409,
			kinds{
				conflict: true, transient: true,
			}, "resource is in a transient state (gateway " + testID + ": configuring)",
			"Wait until the operation in progress is complete"},
		{"conflict", `{"message":"already there"}`, 409, kinds{conflict: true}, "already there",
			"Another operation is changing the object"},
		{"precondition", `{"message":"precondition ` +
			`failed","type":"precondition_failed","precondition":"resource_still_in_use",` +
			`"help_message":"detach it first"}`, 412,
			kinds{conflict: true}, "precondition failed: resource_still_in_use: detach it first", "Meet the condition"},
		{"locked",
			`{"message":"resource is locked","type":"locked","resource":"cluster","resource_id":"` + testID + `"}`,
			423,
			kinds{conflict: true}, "resource is locked (cluster " + testID + ")", "tickets"},
		{"arguments", `{"message":"invalid ` +
			`argument(s)","type":"invalid_arguments","details":[{"argument_name":"private_network_id",` +
			`"reason":"constraint","help_message":"a Private Network is mandatory for this cluster ` +
			`type"},{"argument_name":"version","reason":"required"}]}`, 400,
			kinds{}, "private_network_id does not respect constraint: a Private Network is mandatory for this " +
				"cluster type; version is required", "Correct the arguments"},
		{"permissions", `{"message":"insufficient ` +
			`permissions","type":"permissions_denied","details":[{"resource":"cluster","action":"write"}]}`, 403,
			kinds{forbidden: true}, "insufficient permissions: write cluster", "IAM policy"},
		{"quota", `{"message":"quota(s) ` +
			`exceeded","type":"quotas_exceeded","details":[{"resource":"k8s_clusters","quota":10,"current":10}]}`, 403,
			kinds{}, "k8s_clusters (10 of 10 used)", "higher quota"},
		{"authentication", `{"message":"authentication is ` +
			`denied","type":"denied_authentication","method":"api_key","reason":"expired"}`, 401,
			kinds{forbidden: true}, "the API key has expired", "SCW_SECRET_KEY"},
		{"stock", `{"message":"resource is out of stock","type":"out_of_stock","resource":"kapsule-dedicated-16"}`, 503,
			kinds{}, "resource is out of stock (kapsule-dedicated-16)", "Choose another type"},
		{"server error", `{"message":"internal error"}`, 500, kinds{}, "internal error", "status.scaleway.com"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _ := newFakeClient(
				t,
				func(w http.ResponseWriter, _ *http.Request, _ int) { writeJSON(w, test.status, test.body) },
			)
			_, err := c.Cluster(t.Context(), testRegion, testID)
			got := kinds{IsNotFound(err), IsForbidden(err), IsConflict(err), IsTransient(err)}
			if got != test.want {
				t.Errorf("kinds = %+v, want %+v", got, test.want)
			}
			if errors.Is(err, ErrNotFound) != test.want.notFound {
				t.Error("errors.Is(err, ErrNotFound) is wrong")
			}
			answer, ok := errors.AsType[*APIError](err)
			if !ok {
				t.Fatalf("error = %#v, want an *APIError", err)
			}
			if answer.Status != test.status || answer.Op != "read" || answer.Kind != "cluster" || answer.ID != testID ||
				answer.Region != "fr-par" {
				t.Errorf("error = %+v", answer)
			}
			if !strings.Contains(answer.Message, test.message) || !strings.Contains(answer.Hint, test.hint) {
				t.Errorf("message %q, hint %q, want %q, %q", answer.Message, answer.Hint, test.message, test.hint)
			}
			if text := err.Error(); !strings.HasPrefix(
				text, "unable to read cluster fr-par/"+testID+": ",
			) || strings.Contains(text, "scaleway-sdk-go") {
				t.Errorf("text = %q", text)
			}
		})
	}
}

func TestNilError(t *testing.T) {
	t.Parallel()
	if err := (&call{}).wrapError(nil); err != nil {
		t.Errorf("fail(nil) = %v", err)
	}
	if IsNotFound(nil) || IsForbidden(nil) || IsConflict(nil) || IsTransient(nil) || IsUnknownOutcome(nil) {
		t.Error("nil matches a predicate")
	}
}
