package provider_test

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestManyResourcesAtOnce creates, refreshes, changes and destroys several resources of each kind at the same time
// through one provider, as a CLI does, while the API limits the rate of requests. It is what the race detector looks
// at: `make race`.
func TestManyResourcesAtOnce(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	env := acctest.New(t)
	provider := env.Protocol(t)
	configs := make([]map[string]any, len(subjects()))
	for i, of := range subjects() {
		configs[i] = of.before(t, env)
	}
	for after := range 20 {
		limit := sandbox.Fault{Path: "*", Kind: sandbox.FaultStatus, Status: 429, After: 11 * after}
		if err := env.Sandbox.AddFault(limit); err != nil {
			t.Fatal(err)
		}
	}
	var all sync.WaitGroup
	for i, of := range subjects() {
		for n := range 3 {
			all.Go(func() {
				config := maps.Clone(configs[i])
				config["name"] = fmt.Sprintf("%s-%d", strings.ReplaceAll(of.kind, "_", "-"), n)
				if of.objects == "nodes" {
					config["address"] = fmt.Sprintf("203.0.113.%d", 10+n)
				}
				liveOnce(t, provider, of, config)
			})
		}
	}
	all.Wait()
}

// liveOnce creates, refreshes, changes and destroys one resource.
func liveOnce(t *testing.T, provider *acctest.Protocol, of subject, config map[string]any) {
	t.Helper()
	life := provider.Life(of.kind, config)
	said := []string{life.Apply(t.Context()), life.Refresh(t.Context())}
	id := life.Text("id")
	changed := maps.Clone(config)
	maps.Copy(changed, of.changed)
	life.Configure(changed)
	said = append(said, life.Apply(t.Context()))
	if id == "" || life.Text("id") != id {
		t.Errorf(
			"%s %s: the id was %q, and is %q:\n%s", of.kind, config["name"], id, life.Text("id"), strings.Join(said, "\n\n"),
		)
	}
	said = append(said, life.Destroy(t.Context()))
	if all := strings.Join(said, "\n\n"); life.Exists() || strings.Contains(all, "ERROR: ") {
		t.Errorf("%s %s: exists %t:\n%s", of.kind, config["name"], life.Exists(), all)
	}
}
