package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestProxyAnswers answers a refresh and a destroy with the error page of a proxy in front of the API. The error says
// so, and the resource remains in the state and in the API.
func TestProxyAnswers(t *testing.T) {
	t.Parallel()
	for _, of := range subjects() {
		t.Run(of.kind, func(t *testing.T) {
			t.Parallel()
			c := newCell(t, of, "refresh")
			defer c.close()
			for _, status := range []int{401, 403, 404, 407, 410, 451} {
				for _, operation := range []string{"refresh", "destroy"} {
					fault := sandbox.Fault{Path: "*", Kind: sandbox.FaultHTML, Status: status, Times: 1000}
					if err := c.env.Sandbox.AddFault(fault); err != nil {
						t.Fatal(err)
					}
					diagnostics := c.run(t.Context(), operation)
					c.env.Sandbox.ClearFaults()
					if !c.resource.Exists() {
						t.Fatalf("%s, %d: not in the state:\n%s", operation, status, diagnostics)
					}
					acctest.Contains(t, diagnostics, "ERROR: ", fmt.Sprintf("something in front of the API answered "+
						"HTTP %d", status),
						"content type text/html, at "+strings.TrimPrefix(c.env.URL, "http://"), "api_url")
				}
			}
			if why := c.whyNotDone("refresh"); why != "" {
				t.Error(why)
			}
			for _, write := range c.env.Writes() {
				if !strings.HasPrefix(write, "DELETE ") {
					t.Error(write)
				}
			}
		})
	}
}

// TestProxyAnswersForGuardrails repeats TestProxyAnswers with guardrails, for which the provider reads the cluster's
// kubeconfig from the API.
func TestProxyAnswersForGuardrails(t *testing.T) {
	t.Parallel()
	acctest.SkipLongUnderRace(t)
	g := newGuarded(t)
	g.prepare("refresh")
	for _, status := range []int{401, 403, 404, 410} {
		for _, operation := range []string{"refresh", "destroy"} {
			fault := sandbox.Fault{Path: "/k8s/*", Kind: sandbox.FaultHTML, Status: status, Times: 1000}
			if err := g.env.Sandbox.AddFault(fault); err != nil {
				t.Fatal(err)
			}
			diagnostics := g.run(t.Context(), operation)
			g.env.Sandbox.ClearFaults()
			if !g.resource.Exists() {
				t.Fatalf("%s, %d: not in the state:\n%s", operation, status, diagnostics)
			}
			acctest.Contains(
				t, diagnostics, "ERROR: ", fmt.Sprintf("something in front of the API answered HTTP %d", status),
			)
		}
	}
	if action, diagnostics := g.resource.Plan(t.Context()); action != "no-op" {
		t.Errorf("the plan is %s: %s", action, diagnostics)
	}
}

// TestDeletedCluster checks that a refresh removes a cluster with the status deleted from the state, and keeps one with
// the status deleting.
func TestDeletedCluster(t *testing.T) {
	t.Parallel()
	for _, of := range clusterSubjects() {
		c := newCell(t, of, "refresh")
		id := strings.TrimPrefix(c.id, "fr-par/")
		for _, status := range []string{"deleting", "deleted"} {
			if err := c.env.Sandbox.Patch("clusters", id, map[string]any{"status": status}); err != nil {
				t.Fatal(err)
			}
			diagnostics := c.resource.Refresh(t.Context())
			if c.resource.Exists() != (status == "deleting") || strings.Contains(diagnostics, "ERROR") {
				t.Errorf("%s, %s: in the state %t: %s", of.kind, status, c.resource.Exists(), diagnostics)
			}
		}
	}
}
