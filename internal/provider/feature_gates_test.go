package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// setFeatureLists gives the versions 1.35.9 and 1.36.5 of the sandbox different feature gates and admission plug-ins.
func setFeatureLists(t *testing.T, env *acctest.Env) {
	t.Helper()
	for version, lists := range map[string][2][]string{
		"1.35.9": {{"Old", "Both"}, {"AlwaysPullImages", "OldPlugin"}},
		"1.36.5": {{"Both", "New"}, {"AlwaysPullImages", "NewPlugin"}},
	} {
		if err := env.Sandbox.Patch(
			"versions", version, object{"available_feature_gates": lists[0], "available_admission_plugins": lists[1]},
		); err != nil {
			t.Fatal(err)
		}
	}
}

// withValues returns a copy of a configuration with some attributes replaced.
func withValues(config, changes object) object {
	config = maps.Clone(config)
	maps.Copy(config, changes)
	return config
}

// TestFeaturesOfTheTargetVersion checks that the plan validates feature gates and admission plug-ins against the lists
// of the target version.
func TestFeaturesOfTheTargetVersion(t *testing.T) {
	t.Parallel()
	for _, kind := range clusterKinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			setFeatureLists(t, env)
			config := withValues(validConfig(kind), object{"deletion_protection": false})
			life := env.Protocol(t).Resource(kind, config)
			checkRefused := func(operation string, changes object, want ...string) {
				t.Helper()
				env.Sandbox.ClearRequests()
				life.Configure(withValues(config, changes))
				action, diagnostics := life.Plan(t.Context())
				acctest.Contains(t, diagnostics, want...)
				if action != "error" || len(env.Writes()) > 0 {
					t.Errorf("%s: %s, writes %v", operation, action, env.Writes())
				}
			}
			checkRefused("create", object{"feature_gates": []string{"old", "Both"}},
				"Kubernetes 1.35.9 does not offer the feature gate \"old\"",
				"Allowed: Both, Old", `Fix: Write "Old"`)
			checkRefused("create", object{"feature_gates": []string{"New"}}, `"New"`, "Allowed: Both, Old")
			checkRefused("create", object{"admission_plugins": []string{"PodNodeSelector"}},
				"Kubernetes 1.35.9 does not offer the admission plug-in \"PodNodeSelector\"",
				"Allowed: AlwaysPullImages, OldPlugin")
			config["feature_gates"], config["admission_plugins"] = []string{"Old", "Both"}, []string{
				"OldPlugin", "AlwaysPullImages",
			}
			life.Configure(config)
			if diagnostics := life.Apply(t.Context()); strings.Contains(diagnostics, "ERROR") {
				t.Fatal(diagnostics)
			}
			env.Sandbox.ClearRequests()
			if action, diagnostics := life.Plan(t.Context()); action != "no-op" {
				t.Errorf("%s\n%s", action, diagnostics)
			}
			for _, request := range env.AllRequests() {
				if strings.HasSuffix(request, "/versions") {
					t.Errorf("a plan without changes requests the versions: %s", request)
				}
			}
			checkRefused("update", object{"feature_gates": []string{"Old", "New"}},
				"Kubernetes 1.35.9 does not offer the feature gate \"New\"")
			checkRefused("upgrade", object{"version": "1.36"}, "Kubernetes 1.36.5 does not offer the feature gate "+
				"\"Old\"",
				"Allowed: Both, New",
				"Remove it", "Kubernetes 1.36.5 does not offer the admission plug-in \"OldPlugin\"")

			env.Sandbox.ClearRequests()
			life.Configure(withValues(config, object{"version": "1.36", "description": "upgraded",
				"feature_gates": []string{"Both", "New"}, "admission_plugins": []string{
					"NewPlugin", "AlwaysPullImages",
				}}))
			if diagnostics := life.Apply(t.Context()); strings.Contains(diagnostics, "ERROR") {
				t.Fatal(diagnostics)
			}
			want := []string{"PATCH /k8s/v1/regions/fr-par/clusters/{id}", "POST " +
				"/k8s/v1/regions/fr-par/clusters/{id}/upgrade", "PATCH /k8s/v1/regions/fr-par/clusters/{id}"}
			if found := env.Writes(); !slices.Equal(found, want) {
				t.Errorf("writes %q, want %q", found, want)
			}
			if action, diagnostics := life.Plan(t.Context()); action != "no-op" {
				t.Errorf("%s\n%s", action, diagnostics)
			}
		})
	}
}

// TestSingleWriteWithoutUpgrade checks that an update without an upgrade, and an upgrade without changed features, send
// one write.
func TestSingleWriteWithoutUpgrade(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	setFeatureLists(t, env)
	config := withValues(
		validConfig("srm_hds_cluster"),
		object{"deletion_protection": false, "feature_gates": []string{"Both"}},
	)
	life := env.Protocol(t).Resource("srm_hds_cluster", config)
	if diagnostics := life.Apply(t.Context()); strings.Contains(diagnostics, "ERROR") {
		t.Fatal(diagnostics)
	}
	for _, step := range []struct {
		changes object
		writes  []string
	}{
		{object{"feature_gates": []string{"Both", "Old"}}, []string{"PATCH /k8s/v1/regions/fr-par/clusters/{id}"}},
		{object{"feature_gates": []string{"Both"}}, []string{"PATCH /k8s/v1/regions/fr-par/clusters/{id}"}},
		{object{"version": "1.36"}, []string{"POST /k8s/v1/regions/fr-par/clusters/{id}/upgrade"}},
	} {
		maps.Copy(config, step.changes)
		life.Configure(config)
		env.Sandbox.ClearRequests()
		if diagnostics := life.Apply(t.Context()); strings.Contains(diagnostics, "ERROR") {
			t.Fatal(diagnostics)
		}
		if found := env.Writes(); !slices.Equal(found, step.writes) {
			t.Errorf("%v: writes %q, want %q", step.changes, found, step.writes)
		}
	}
}
