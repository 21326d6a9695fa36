package provider_test

import (
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// november is when the tests of the modules take place.
func november(o *sandbox.Options) { o.Start = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) }

// TestPlatformModule runs the module's own tests, those that apply as well, which leave nothing behind.
func TestPlatformModule(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, november, acctest.OnKubernetes(acctest.Kubernetes(t, nil)))
	passes(t, env.Module(t, module("hds-platform")), "12")
	made := 0
	for _, request := range env.Writes() {
		if request == "POST /k8s/v1/regions/fr-par/clusters" || request == "POST /k8s/v1/regions/fr-par/clusters/{id}/pools" {
			made++
		}
	}
	if made != 3 {
		t.Errorf("%d clusters and pools were made, not 1 and 2: %v", made, env.Writes())
	}
	var left []any
	for _, kind := range []string{"clusters", "pools"} {
		if err := env.Sandbox.Objects(kind, &left); err != nil || len(left) > 0 {
			t.Errorf("%s are left: %v, %v", kind, left, err)
		}
	}
}
