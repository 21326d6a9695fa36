package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestRepeatedErrors checks an error that all resources of a run have in common: the first one has the full text. The
// others name their object, and refer to the first one in one line.
func TestRepeatedErrors(t *testing.T) {
	t.Parallel()
	const count = 6
	for name, test := range map[string]struct {
		fault sandbox.Fault
		fix   string // part of the first error only
	}{
		"wrong key": {sandbox.Fault{Kind: sandbox.FaultStatus, Status: http.StatusUnauthorized}, "SCW_SECRET_KEY"},
		"wrong URL": {
			sandbox.Fault{Kind: sandbox.FaultHTML, Status: http.StatusNotFound}, "Check api_url (SCW_API_URL)",
		},
		"wrong proxy": {sandbox.Fault{Kind: sandbox.FaultHTML, Status: http.StatusProxyAuthRequired}, "Log in to the " +
			"proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			provider := env.Protocol(t)
			lives := []*acctest.ResourceLifecycle{}
			for i := range count {
				config := clusterSubjects()[1].setup(t, env)
				config["name"] = fmt.Sprintf("campaign-%d", i)
				life := provider.Resource("srm_kosmos_cluster", config)
				life.Apply(t.Context())
				lives = append(lives, life)
			}
			test.fault.Path, test.fault.Times = "*", 1000
			if err := env.Sandbox.AddFault(test.fault); err != nil {
				t.Fatal(err)
			}
			diagnostics := make([]string, count)
			var running sync.WaitGroup
			for i, life := range lives {
				running.Go(func() { diagnostics[i] = life.Refresh(t.Context()) })
			}
			running.Wait()
			full := 0
			for i, text := range diagnostics {
				if !lives[i].Exists() || !strings.HasPrefix(
					text, "ERROR: Unable to read the Kosmos cluster\n",
				) || !strings.Contains(text, lives[i].StringAttribute("id")) {
					t.Errorf("in the state %t:\n%s", lives[i].Exists(), text)
				}
				if strings.Contains(text, test.fix) {
					full++
					continue
				}
				acctest.Contains(t, text, `This is the same error as in "Unable to read the Kosmos cluster"`)
				if lines := strings.Count(strings.TrimSpace(text), "\n"); lines != 1 {
					t.Errorf("the detail has %d lines, want 1:\n%s", lines, text)
				}
			}
			if full != 1 {
				t.Errorf("%d errors have the full text, want 1:\n%s", full, strings.Join(diagnostics, "\n"))
			}
		})
	}
}

// TestDistinctErrorsInFull checks that errors about a single object always have the full text.
func TestDistinctErrorsInFull(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusForbidden, http.StatusInternalServerError, http.StatusTooManyRequests} {
		env := acctest.New(t)
		provider := env.Protocol(t)
		lives := []*acctest.ResourceLifecycle{}
		for i := range 2 {
			config := clusterSubjects()[1].setup(t, env)
			config["name"] = fmt.Sprintf("campaign-%d", i)
			life := provider.Resource("srm_kosmos_cluster", config)
			life.Apply(t.Context())
			lives = append(lives, life)
		}
		if err := env.Sandbox.AddFault(
			sandbox.Fault{Path: "*", Kind: sandbox.FaultStatus, Status: status, Times: 1000},
		); err != nil {
			t.Fatal(err)
		}
		for _, life := range lives {
			diagnostics := life.Refresh(t.Context())
			acctest.NotContains(t, diagnostics, "the same error as in")
			acctest.Contains(t, diagnostics, fmt.Sprintf("HTTP %d", status))
		}
	}
}

// TestSandboxWithoutAPIServer checks that the error about an unreachable API server names the flag -kubernetes if
// api_url is that of a sandbox.
func TestSandboxWithoutAPIServer(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.CreateCluster(t)
	allowOfficeRange(t, env, id)
	diagnostics := env.Protocol(t).Resource(guardrailsKind, map[string]any{
		"cluster_id":        "fr-par/" + id,
		"volume_encryption": map[string]any{"passphrase_wo": campaignPassphrase, "passphrase_wo_version": int64(1)},
	}).Apply(t.Context())
	acctest.Contains(t, diagnostics, "api_url is on this machine", "`-kubernetes`")
}

// TestUnreachableAPI checks that only the first error about an unreachable API has the full text.
func TestUnreachableAPI(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.URL = "http://127.0.0.1:1"
	provider := env.Protocol(t)
	for i, next := range []string{"Check the network", "This is the same error as in", "This is the same error as in"} {
		id := fmt.Sprintf("fr-par/00000000-0000-4000-8000-00000000000%d", i)
		acctest.Contains(
			t,
			provider.ReadDataSource("srm_cluster", map[string]any{"id": id}),
			"ERROR: ",
			id,
			"connection was refused",
			next,
		)
	}
}
