package provider_test

import (
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// startInNovember2026 sets the clock of the sandbox to the date that the tests of the modules assume.
func startInNovember2026(o *sandbox.Options) { o.Start = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) }

// TestPlatformModule runs the tests of the module, including those that apply, and checks that no objects remain.
func TestPlatformModule(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, startInNovember2026, acctest.WithKubernetes(acctest.Kubernetes(t, nil)))
	checkModuleTests(t, env.ModuleCLI(t, modulePath("hds-platform")), "13")
	created := 0
	for _, request := range env.Writes() {
		if request == "POST /k8s/v1/regions/fr-par/clusters" ||
			request == "POST /k8s/v1/regions/fr-par/clusters/{id}/pools" {
			created++
		}
	}
	if created != 3 {
		t.Errorf("%d clusters and pools were created, want 1 and 2: %v", created, env.Writes())
	}
	var remaining []any
	for _, kind := range []string{"clusters", "pools"} {
		if err := env.Sandbox.Objects(kind, &remaining); err != nil || len(remaining) > 0 {
			t.Errorf("%s remain: %v, %v", kind, remaining, err)
		}
	}
}
