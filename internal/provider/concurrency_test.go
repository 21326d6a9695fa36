package provider_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestManyResourcesAtOnce creates, refreshes, updates and destroys several resources of each type at the same time with
// one provider process, as a CLI does, while the API limits the rate of requests. `make race` runs it under the race
// detector.
func TestManyResourcesAtOnce(t *testing.T) {
	t.Parallel()
	acctest.SkipLongUnderRace(t)
	env := acctest.New(t)
	configs := make([]map[string]any, len(subjects()))
	for i, of := range subjects() {
		configs[i] = of.setup(t, env)
	}
	provider := env.Protocol(t)
	for i := range 20 {
		limit := sandbox.Fault{Path: "*", Kind: sandbox.FaultStatus, Status: 429, After: 11 * i}
		if err := env.Sandbox.AddFault(limit); err != nil {
			t.Fatal(err)
		}
	}
	running := acctest.NewConcurrent(t, 3*len(subjects()))
	for i, of := range subjects() {
		count := 3
		if of.objects == "export-jobs" {
			count = 1 // an Organization can have one
		}
		for n := range count {
			running.Go(func(t testing.TB) {
				config := maps.Clone(configs[i])
				config["name"] = fmt.Sprintf("%s-%d", strings.ReplaceAll(of.kind, "_", "-"), n)
				if of.objects == "nodes" {
					config["address"] = fmt.Sprintf("203.0.113.%d", 10+n)
				}
				runLifecycle(t, provider, of, config)
			})
		}
	}
	running.Wait()
}

// runLifecycle creates, refreshes, updates and destroys a resource.
func runLifecycle(t testing.TB, provider *acctest.Protocol, of subject, config map[string]any) {
	t.Helper()
	life := provider.In(t).Resource(of.kind, config)
	diagnostics := []string{life.Apply(t.Context()), life.Refresh(t.Context())}
	id := life.StringAttribute("id")
	changed := maps.Clone(config)
	maps.Copy(changed, of.changes)
	life.Configure(changed)
	diagnostics = append(diagnostics, life.Apply(t.Context()))
	if id == "" || life.StringAttribute("id") != id {
		t.Errorf(
			"%s %s: the id changed from %q to %q:\n%s", of.kind, config["name"], id, life.StringAttribute("id"),
			strings.Join(diagnostics, "\n\n"),
		)
	}
	diagnostics = append(diagnostics, life.Destroy(t.Context()))
	if all := strings.Join(diagnostics, "\n\n"); life.Exists() || strings.Contains(all, "ERROR: ") {
		t.Errorf("%s %s: exists %t:\n%s", of.kind, config["name"], life.Exists(), all)
	}
}
