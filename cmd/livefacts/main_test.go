package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

const estate = "../../examples/estate/estate.yaml"

// client returns the options of a client of an API.
func client(t *testing.T, handler http.Handler) []scw.ClientOption {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return []scw.ClientOption{
		scw.WithAPIURL(server.URL), scw.WithAuth(sandbox.AccessKey, sandbox.SecretKey),
		scw.WithDefaultOrganizationID(sandbox.OrganizationID), scw.WithDefaultProjectID(sandbox.ProjectID),
	}
}

// TestSandboxAgainstItself checks that a sandbox with objects contradicts nothing, and that most of what a read request
// can show is confirmed.
func TestSandboxAgainstItself(t *testing.T) {
	t.Parallel()
	server := sandbox.New(sandbox.Options{Speed: 100})
	file, err := os.ReadFile(estate)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.LoadEstate(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	contradicted, err := run(t.Context(), []string{estate}, &out, client(t, server)...)
	if err != nil || contradicted != 0 {
		t.Errorf("%d contradicted, %v\n%s", contradicted, err, &out)
	}
	checkable := 0
	for _, inference := range sandbox.Inferences() {
		if inference.Check != "" {
			checkable++
		}
	}
	if confirmedCount := strings.Count(out.String(), "\nconfirmed "); confirmedCount < checkable/2 {
		t.Errorf("%d of %d are confirmed\n%s", confirmedCount, checkable, &out)
	}
}

// TestOtherAPIs compares the sandbox with an API that has nothing, one that refuses everything, and one that answers
// with something else.
func TestOtherAPIs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status       int
		body         string
		contradicted bool
	}{
		"no objects":      {http.StatusOK, `{}`, true},
		"no permission":   {http.StatusForbidden, `{"type":"permissions_denied","message":"no"}`, false},
		"unknown request": {http.StatusNotImplemented, `{"message":"unknown method"}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := client(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet {
					t.Errorf("%s %s", r.Method, r.URL)
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
			}))
			var out bytes.Buffer
			contradicted, err := run(t.Context(), []string{estate}, &out, options...)
			if err != nil || (contradicted > 0) != test.contradicted {
				t.Errorf("%d contradicted, %v\n%s", contradicted, err, &out)
			}
		})
	}
}

func TestMissingSettings(t *testing.T) {
	t.Parallel()
	if _, err := run(t.Context(), []string{estate}, &bytes.Buffer{}); err == nil ||
		!strings.Contains(err.Error(), "SCW_SECRET_KEY") {
		t.Error(err)
	}
	if _, err := run(t.Context(), nil, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "usage") {
		t.Error(err)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if _, err := run(t.Context(), []string{"-list"}, &out); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(out.String(), "\n"); lines != len(sandbox.Inferences())+2 {
		t.Errorf("%d lines for %d behaviours\n%s", lines, len(sandbox.Inferences()), &out)
	}
}
