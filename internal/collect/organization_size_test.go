package collect_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// largeOrganization returns users, applications, policies and API keys.
func largeOrganization(users, applications, policies, keys int) []byte {
	var b strings.Builder
	b.WriteString("users:\n")
	for i := range users {
		fmt.Fprintf(&b, "  - { as: u%d, member: { username: u%d, email: u%d@example.com } }\n", i, i, i)
	}
	b.WriteString("applications:\n")
	for i := range applications {
		fmt.Fprintf(&b, "  - { name: a%d }\n", i)
	}
	b.WriteString("policies:\n")
	for i := range policies {
		principal := fmt.Sprintf("application_id: \"${applications.a%d}\"", i%max(applications, 1))
		if i%3 == 0 {
			principal = fmt.Sprintf("user_id: \"${users.u%d}\"", i%max(users, 1))
		}
		fmt.Fprintf(&b, "  - { name: p%d, %s, rules: [{ project_ids: [\"${projects.default}\"], "+
			"permission_set_names: [KubernetesReadOnly] }] }\n", i, principal)
	}
	b.WriteString("api_keys:\n")
	for i := range keys {
		fmt.Fprintf(&b, "  - { as: k%d, description: k, application_id: \"${applications.a%d}\" }\n", i, i%applications)
	}
	return []byte(b.String())
}

// TestLargeOrganization limits the number of requests and the time for 300 users, 500 applications, 2000 keys and 400
// policies. Each request takes 50 ms.
func TestLargeOrganization(t *testing.T) {
	t.Parallel()
	const users, applications, policies, keys, limit = 300, 500, 400, 2000, 450
	server := sandbox.New(sandbox.Options{Start: startTime(), Latency: 50 * time.Millisecond})
	if err := server.LoadEstate(t.Context(), largeOrganization(users, applications, policies, keys)); err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	e := &estate{server, listener.URL}
	before := e.Now()
	facts := e.organization(t, sandbox.AccessKey, sandbox.SecretKey)
	duration, requests := e.Now().Sub(before), len(server.Requests())
	t.Logf("%d requests in %s", requests, duration)
	if requests > limit || duration > 30*time.Second {
		t.Errorf("%d requests in %s", requests, duration)
	}
	checkNoRepeatedRequests(t, server.Requests())
	for name, count := range map[string][2]int{
		"users": {len(facts.Users.Items), users + 1}, "applications": {len(facts.Applications.Items), applications},
		"policies": {len(facts.Policies.Items), policies}, "keys": {len(facts.APIKeys.Items), keys + 1},
	} {
		if count[0] != count[1] {
			t.Errorf("%s: %d, expected %d", name, count[0], count[1])
		}
	}
	for _, p := range facts.Policies.Items {
		if p.Rules.Missing() != nil || len(p.Rules.Items) != 1 {
			t.Errorf("rules of %s: %+v", p.ID, p.Rules)
		}
	}
}
