package scaleway

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestAPIKeyPermissions(t *testing.T) {
	t.Parallel()
	answers := map[string]string{
		"/groups":   `{"groups":[{"id":"g1"}],"total_count":1}`,
		"/policies": `{"policies":[{"id":"p1"}],"total_count":1}`,
		"/rules": `{"rules":[` +
			`{"id":"r1","permission_set_names":["KubernetesReadOnly","KubernetesExternalNodeRegister"]},` +
			`{"id":"r2"}],"total_count":2}`,
	}
	for _, test := range []struct {
		name, key string
		status    int
		user      string
		sets      []string
		forbidden bool
	}{
		{"a key of a user", `{"user_id":"u1"}`, 200, "u1", nil, false},
		{
			"a key of an application", `{"application_id":"a1"}`, 200, "", []string{
				"KubernetesExternalNodeRegister", "KubernetesReadOnly",
			}, false,
		},
		{"a key without access to IAM", `{"message":"no","type":"permissions_denied"}`, 403, "", nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				for end, body := range answers {
					if strings.HasSuffix(r.URL.Path, end) {
						writeJSON(w, 200, body)
						return
					}
				}
				writeJSON(w, test.status, test.key)
			})
			got, err := c.APIKeyPermissions(t.Context())
			if got.UserID != test.user || !slices.Equal(
				got.PermissionSets, test.sets,
			) || IsForbidden(err) != test.forbidden ||
				(err != nil) != test.forbidden {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}
