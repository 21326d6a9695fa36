package provider_test

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// clusterSubjects returns the subjects that are clusters.
func clusterSubjects() []subject {
	found := []subject{}
	for _, of := range subjects() {
		if of.objects == "clusters" {
			found = append(found, of)
		}
	}
	return found
}

// TestAllowListIsSetAfterInterruption interrupts the create of a cluster before and during the write of its allow-list,
// and while it waits for the state that accepts the write. The provider still sets the allow-list, and the next apply
// completes the create.
func TestAllowListIsSetAfterInterruption(t *testing.T) {
	t.Parallel()
	for _, of := range clusterSubjects() {
		for name, fault := range map[string]sandbox.Fault{
			"during the create":     {Method: http.MethodPost, Path: "*/clusters", Kind: sandbox.FaultLostResponse},
			"before the allow-list": {Method: http.MethodPut, Path: "*/acls", Kind: sandbox.FaultStatus, Status: 503},
			"during the allow-list": {
				Method: http.MethodPut, Path: "*/acls", Kind: sandbox.FaultDelay, Delay: 100 * time.Millisecond,
			},
			"while it waits": {
				Method: http.MethodGet, Path: "*/clusters/*", Kind: sandbox.FaultHTML, Status: 404, After: 1,
			},
		} {
			t.Run(of.kind+" "+name, func(t *testing.T) {
				t.Parallel()
				c := newCell(t, of, "create")
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				fault.OnMatch = cancel
				if err := c.env.Sandbox.AddFault(fault); err != nil {
					t.Fatal(err)
				}
				diagnostics := c.run(ctx, "create")
				if !c.resource.Exists() || c.resource.IsTainted() || strings.Contains(diagnostics, "still open to "+
					"the world") {
					t.Fatalf("exists %t, tainted %t:\n%s", c.resource.Exists(), c.resource.IsTainted(), diagnostics)
				}
				c.env.Sandbox.ClearFaults()
				checkNoOpenAPIServer(t, c.env)
				c.run(t.Context(), "create")
				if why := c.whyNotDone("create"); why != "" {
					t.Error(why)
				}
			})
		}
	}
}

// TestOpenAPIServerIsTheFirstWarning checks a create whose allow-list the API refuses: the first diagnostic names the
// cluster whose API server is open.
func TestOpenAPIServerIsTheFirstWarning(t *testing.T) {
	t.Parallel()
	for _, of := range clusterSubjects() {
		c := newCell(t, of, "create")
		if err := c.env.Sandbox.AddFault(
			sandbox.Fault{Method: http.MethodPut, Path: "*/acls", Kind: sandbox.FaultStatus, Status: 403},
		); err != nil {
			t.Fatal(err)
		}
		diagnostics := c.run(t.Context(), "create")
		first := "WARNING: The API server of the new cluster is still open to the world\nThe API server of cluster " +
			"\"campaign\" (" + c.resource.StringAttribute("id") + ") still allows every address"
		if !strings.HasPrefix(diagnostics, first) || c.resource.IsTainted() {
			t.Errorf("%s, tainted %t:\n%s", of.kind, c.resource.IsTainted(), diagnostics)
		}
	}
}

// TestNarrowingTheAllowListIsRetried checks that an update that removes ranges from the allow-list is retried more
// often than other requests. An update that only adds ranges is not.
func TestNarrowingTheAllowListIsRetried(t *testing.T) {
	t.Parallel()
	for _, of := range clusterSubjects() {
		for _, fault := range []sandbox.Fault{
			{
				Kind: sandbox.FaultStatus, Status: 503,
			}, {Kind: sandbox.FaultStatus, Status: 500}, {Kind: sandbox.FaultStatus, Status: 429},
			{Kind: sandbox.FaultHTML, Status: 403}, {Kind: sandbox.FaultReset}, {Kind: sandbox.FaultTruncate},
		} {
			c := newCell(t, of, "refresh")
			fault.Method, fault.Path, fault.Times = http.MethodPut, "*/acls", 12
			config := maps.Clone(c.subject.setup(t, c.env))
			change := func(ranges ...string) string {
				t.Helper()
				list := []map[string]any{}
				for _, cidr := range ranges {
					list = append(list, map[string]any{"cidr": cidr, "description": "office"})
				}
				config["allowed_ip_ranges"] = list
				c.resource.Configure(config)
				if err := c.env.Sandbox.AddFault(fault); err != nil {
					t.Fatal(err)
				}
				diagnostics := c.resource.Apply(t.Context())
				c.env.Sandbox.ClearFaults()
				return diagnostics
			}
			if diagnostics := change("198.51.100.0/24"); strings.Contains(diagnostics, "ERROR") {
				t.Errorf("%s, removing a range: %s", of.kind, diagnostics)
			}
			acctest.Contains(t, change(
				"198.51.100.0/24", "203.0.113.0/24",
			), "ERROR: Unable to update", "The allow-list could not be set")
		}
	}
}
