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

// TestRepeatedErrors: an error that every resource of a run meets is said in full once; the later ones are one line
// each that points to it, name their own object, and stay errors.
func TestRepeatedErrors(t *testing.T) {
	t.Parallel()
	const count = 6
	for name, test := range map[string]struct {
		arm  sandbox.Fault
		next string // what only the first one says
	}{
		"wrong key":   {sandbox.Fault{Kind: sandbox.FaultStatus, Status: http.StatusUnauthorized}, "SCW_SECRET_KEY"},
		"wrong URL":   {sandbox.Fault{Kind: sandbox.FaultHTML, Status: http.StatusNotFound}, "Check api_url (SCW_API_URL)"},
		"wrong proxy": {sandbox.Fault{Kind: sandbox.FaultHTML, Status: http.StatusProxyAuthRequired}, "Log in to the proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			provider := env.Protocol(t)
			lives := []*acctest.Life{}
			for i := range count {
				config := clusterSubjects()[1].before(t, env)
				config["name"] = fmt.Sprintf("campaign-%d", i)
				life := provider.Life("srm_kosmos_cluster", config)
				life.Apply(t.Context())
				lives = append(lives, life)
			}
			test.arm.Path, test.arm.Times = "*", 1000
			if err := env.Sandbox.AddFault(test.arm); err != nil {
				t.Fatal(err)
			}
			said := make([]string, count)
			var all sync.WaitGroup
			for i, life := range lives {
				all.Go(func() { said[i] = life.Refresh(t.Context()) })
			}
			all.Wait()
			whole := 0
			for i, text := range said {
				if !lives[i].Exists() || !strings.HasPrefix(
					text, "ERROR: Unable to read the Kosmos cluster\n",
				) || !strings.Contains(text, lives[i].Text("id")) {
					t.Errorf("in the state %t:\n%s", lives[i].Exists(), text)
				}
				if strings.Contains(text, test.next) {
					whole++
					continue
				}
				acctest.Contains(t, text, `This is the same error as in "Unable to read the Kosmos cluster"`)
				if lines := strings.Count(strings.TrimSpace(text), "\n"); lines != 1 {
					t.Errorf("a detail of %d lines:\n%s", lines, text)
				}
			}
			if whole != 1 {
				t.Errorf("%d errors in full, want 1:\n%s", whole, strings.Join(said, "\n"))
			}
		})
	}
}

// TestDifferentErrors: errors about one object each are always said in full.
func TestDifferentErrors(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusForbidden, http.StatusInternalServerError, http.StatusTooManyRequests} {
		env := acctest.New(t)
		provider := env.Protocol(t)
		lives := []*acctest.Life{}
		for i := range 2 {
			config := clusterSubjects()[1].before(t, env)
			config["name"] = fmt.Sprintf("campaign-%d", i)
			life := provider.Life("srm_kosmos_cluster", config)
			life.Apply(t.Context())
			lives = append(lives, life)
		}
		if err := env.Sandbox.AddFault(
			sandbox.Fault{Path: "*", Kind: sandbox.FaultStatus, Status: status, Times: 1000},
		); err != nil {
			t.Fatal(err)
		}
		for _, life := range lives {
			said := life.Refresh(t.Context())
			acctest.Lacks(t, said, "the same error as in")
			acctest.Contains(t, said, fmt.Sprintf("HTTP %d", status))
		}
	}
}

// TestNoAPIServerOfSandbox: where api_url is a sandbox's and no API server answers, the error names the flag that
// starts one.
func TestNoAPIServerOfSandbox(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := env.Cluster(t)
	letOfficeIn(t, env, id)
	said := env.Protocol(t).Life(guardrailsKind, map[string]any{
		"cluster_id":        "fr-par/" + id,
		"volume_encryption": map[string]any{"passphrase_wo": passphrases, "passphrase_wo_version": int64(1)},
	}).Apply(t.Context())
	acctest.Contains(t, said, "api_url is on this machine", "`-kubernetes`")
}

// TestUnreachableAPI: an API that nothing can reach is said in full once, too.
func TestUnreachableAPI(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.URL = "http://127.0.0.1:1"
	provider := env.Protocol(t)
	for i, next := range []string{"Check the network", "This is the same error as in", "This is the same error as in"} {
		id := fmt.Sprintf("fr-par/00000000-0000-4000-8000-00000000000%d", i)
		acctest.Contains(t, provider.ReadData("srm_cluster", map[string]any{"id": id}), "ERROR: ", id, "connection was "+
			"refused", next)
	}
}
