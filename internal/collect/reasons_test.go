package collect_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/collect"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestReasons checks that each cause of missing facts has its own reason, which names what to repair.
func TestReasons(t *testing.T) {
	t.Parallel()
	serve := func(handler http.HandlerFunc) string {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		return server.URL
	}
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	const known = "11111111-1111-4111-8111-111111111111"
	host := func(url string) string { return strings.TrimPrefix(url, "http://") }
	e := newEstate(t)
	page := serve(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("<html>blocked</html>"))
	})
	failing := serve(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(`{"message": "internal error", "type": "internal_error"}`))
	})
	for name, test := range map[string]struct {
		url, secret string
		reason      assessment.Reason
		needs       string
	}{
		"an unknown cluster":   {e.url, sandbox.SecretKey, assessment.NotFound, "cluster " + known},
		"a wrong secret key":   {e.url, "22222222-2222-4222-8222-222222222222", assessment.Unauthenticated, "API key"},
		"nothing listens":      {closed.URL, sandbox.SecretKey, assessment.Unreachable, host(closed.URL)},
		"a proxy answers":      {page, sandbox.SecretKey, assessment.Unreachable, host(page)},
		"the API fails":        {failing, sandbox.SecretKey, assessment.APIFailed, "HTTP 500"},
		"a key without rights": {e.url, "", assessment.Forbidden, "KubernetesReadOnly in the Project"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			access, secret, id := sandbox.AccessKey, test.secret, known
			if secret == "" {
				access, secret = e.newKey(t, []string{})
				id = e.cluster(t, "hds-prod")
			}
			at := &estate{Server: e.Server, url: test.url}
			facts := at.collectAs(t, id, access, secret)
			gap := facts.Cluster.Missing()
			if gap == nil || gap.Reason != test.reason || gap.Needs != test.needs {
				t.Fatalf("%+v", gap)
			}
			if gap.Detail == "" || gap.Reason.Remedy() == (assessment.Text{}) || !gap.Reason.IsUnread() {
				t.Errorf("without a detail or a remedy: %+v", gap)
			}
		})
	}
}

// TestReasonOfMissingSetting reads a bucket without the address of Object Storage: the API is not silent.
func TestReasonOfMissingSetting(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	sources := collect.Sources{
		Scaleway: e.client(t, sandbox.AccessKey, sandbox.SecretKey), Now: e.Now,
		Buckets: []assessment.NamedBucket{{Name: "b"}},
	}
	facts, err := collect.Cluster(t.Context(), sources, scw.RegionFrPar, e.cluster(t, "hds-prod"))
	if err != nil || len(facts.Project.Buckets.Items) != 1 {
		t.Fatalf("%v, %+v", err, facts.Project.Buckets)
	}
	gap := facts.Project.Buckets.Items[0].Region.Missing()
	if gap == nil || gap.Reason != assessment.NotConfigured ||
		gap.Needs != "object_storage_url (SRM_OBJECT_STORAGE_URL)" {
		t.Errorf("%+v", gap)
	}
}
