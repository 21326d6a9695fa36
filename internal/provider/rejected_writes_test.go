package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// rejectedWrites returns the requests other than GET whose response is an error, with their number.
func rejectedWrites(requests []sandbox.Request) map[string]int {
	found := map[string]int{}
	for _, request := range requests {
		if acctest.IsRejectedWrite(request) {
			found[fmt.Sprintf("%d %s %s", request.Status, request.Method, request.Path)]++
		}
	}
	return found
}

// writeSteps runs steps that each must succeed without a rejected write.
type writeSteps struct {
	t   *testing.T
	env *acctest.Env
}

func (s writeSteps) run(name string, step func() (diagnostics string)) {
	s.t.Helper()
	s.env.Sandbox.ClearRequests()
	if diagnostics := step(); strings.Contains(diagnostics, "ERROR") {
		s.t.Fatalf("%s: %s", name, diagnostics)
	}
	if rejected := rejectedWrites(s.env.Sandbox.Requests()); len(rejected) > 0 {
		s.t.Errorf("%s: the API rejected writes: %v", name, rejected)
	}
}

// apply changes attributes of a configuration, and applies it.
func (s writeSteps) apply(name string, resource *acctest.ResourceLifecycle, config, changes map[string]any) {
	s.t.Helper()
	maps.Copy(config, changes)
	resource.Configure(maps.Clone(config))
	s.run(name, func() string { return resource.Apply(s.t.Context()) })
}

func (s writeSteps) destroy(resource *acctest.ResourceLifecycle) {
	s.t.Helper()
	s.run("destroy", func() string { return resource.Destroy(s.t.Context()) })
}

// TestNoRejectedWrites creates, updates and destroys each resource. The provider waits for the state in which the API
// accepts a write, instead of sending a write that the API rejects with 409 or 412.
func TestNoRejectedWrites(t *testing.T) {
	t.Parallel()
	for _, of := range subjects() {
		t.Run(of.kind, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			s, config := writeSteps{t, env}, of.setup(t, env)
			resource := env.Protocol(t).Resource(of.kind, nil)
			s.apply("create", resource, config, nil)
			s.apply("update", resource, config, of.changes)
			s.destroy(resource)
		})
	}
	t.Run("updates of a cluster and its pool", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(t)
		checkWritesOfUpdates(writeSteps{t, env})
	})
	t.Run(guardrailsKind, func(t *testing.T) {
		t.Parallel()
		g := newGuarded(t)
		for _, operation := range []string{"create", "update", "destroy"} {
			g.prepare(operation)
			writeSteps{t, g.env}.run(operation, func() string { return g.run(t.Context(), operation) })
			for request, n := range rejectedWrites(g.apiServer.Requests()) {
				// Dry-run requests prove the policies by their refusal, with 403 or 422.
				if strings.HasPrefix(request, "409 ") || strings.HasPrefix(request, "412 ") {
					t.Errorf("%s: the Kubernetes API rejected %d times: %s", operation, n, request)
				}
			}
		}
	})
}

// checkWritesOfUpdates runs each update that waits for the API, and the actions.
func checkWritesOfUpdates(s writeSteps) {
	s.t.Helper()
	provider := s.env.Protocol(s.t)
	kinds := subjects()
	hds := kinds[slices.IndexFunc(kinds, func(of subject) bool { return of.kind == "srm_hds_cluster" })]
	clusterConfig := hds.setup(s.t, s.env)
	cluster := provider.Resource(hds.kind, nil)
	s.apply("create the cluster", cluster, clusterConfig, nil)
	id := cluster.StringAttribute("id")
	config := poolConfig(id, id+"/guardrails")
	config["version"] = "1.35"
	pool := provider.Resource("srm_hds_pool", nil)
	s.apply("create the pool", pool, config, nil)

	s.apply("close the cluster", cluster, clusterConfig, map[string]any{"allowed_ip_ranges": []map[string]any{}})
	s.apply("change everything but the version", cluster, clusterConfig, map[string]any{
		"type": "kapsule-dedicated-8", "description": "changed",
		"allowed_ip_ranges": []map[string]any{{"cidr": "203.0.113.0/24", "description": "office"}},
	})
	s.apply("upgrade the cluster", cluster, clusterConfig, map[string]any{"version": "1.36"})
	s.apply("upgrade the pool", pool, config, map[string]any{"version": "1.36"})
	s.apply("grow the pool, and change all else", pool, config, map[string]any{
		"size": int64(2), "tags": []string{"changed"}, "labels": map[string]string{"team": "care"},
		"taints": []map[string]any{{"key": "dedicated", "value": "care", "effect": "NoSchedule"}},
	})
	s.apply("shrink the pool", pool, config, map[string]any{"size": int64(1)})
	s.run("reset the admin token", func() string {
		_, diagnostics := provider.InvokeAction(
			s.t.Context(), "srm_reset_admin_token", map[string]any{"cluster_id": id}, nil,
		)
		return diagnostics
	})
	s.run("replace a node", func() string {
		var nodes []struct {
			ID string `json:"id"`
		}
		if err := s.env.Sandbox.Objects("nodes", &nodes); err != nil || len(nodes) != 1 {
			s.t.Fatalf("%d nodes, error %v", len(nodes), err)
		}
		_, diagnostics := provider.InvokeAction(
			s.t.Context(), "srm_replace_node", map[string]any{"node_id": "fr-par/" + nodes[0].ID}, nil,
		)
		return diagnostics
	})
	delete(config, "version") // The pool follows its cluster.
	s.apply("let the pool follow the cluster", pool, config, nil)
	s.apply("upgrade the cluster and its pool", cluster, clusterConfig, map[string]any{
		"version": "1.37", "upgrade_pools": true,
	})
	s.destroy(pool)
	s.destroy(cluster)
}
