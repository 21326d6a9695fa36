package cluster_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// testedVariant is a resource for the tests that both variants have.
type testedVariant struct {
	resourceType, name string
	// config returns a minimal configuration with changes.
	config func(changes ...string) string
}

func hdsVariant() testedVariant { return testedVariant{"srm_hds_cluster", "HDS cluster", hdsConfig} }

func kosmosVariant() testedVariant {
	return testedVariant{"srm_kosmos_cluster", "Kosmos cluster", kosmosConfig}
}

// resourceBlock returns a resource block; each change ("name = …") replaces or adds an attribute.
func resourceBlock(resourceType string, attributes, changes []string) string {
	for _, change := range changes {
		name, _, _ := strings.Cut(change, " ")
		replaced := false
		for i, attribute := range attributes {
			if strings.HasPrefix(attribute, name+" ") {
				attributes[i], replaced = change, true
			}
		}
		if !replaced {
			attributes = append(attributes, change)
		}
	}
	return fmt.Sprintf("resource %q \"test\" {\n  %s\n}\n", resourceType, strings.Join(attributes, "\n  "))
}

// testInterruptedTypeChange interrupts an apply that changes the offer. The next apply finishes without another change.
func (v testedVariant) testInterruptedTypeChange(t *testing.T, offer string) {
	t.Helper()
	env := acctest.New(t, func(o *sandbox.Options) { o.Speed = 50 })
	cli := env.CLI(t, v.config())
	cli.MustRun("apply", "-auto-approve", "-no-color")
	env.Sandbox.ClearRequests()
	cli.Configure(env, v.config(fmt.Sprintf("type = %q", offer)))
	apply := cli.Start("apply", "-auto-approve", "-no-color")
	env.WaitForRequest(t, "POST "+clusterPath+"/set-type")
	apply.Interrupt()
	apply.Wait()
	env.Sandbox.Advance(time.Hour)
	cli.MustRun("apply", "-auto-approve", "-no-color")
	expectEmptyPlan(t, cli)
	if writes := env.Writes(); !slices.Equal(writes, []string{"POST " + clusterPath + "/set-type"}) {
		t.Errorf("writes %v", writes)
	}
}

// testInterruptedDestroy interrupts a destroy. The next one finishes.
func (v testedVariant) testInterruptedDestroy(t *testing.T) {
	t.Helper()
	env := acctest.New(t, func(o *sandbox.Options) { o.Speed = 10 })
	cli := env.CLI(t, v.config())
	cli.MustRun("apply", "-auto-approve", "-no-color")
	env.Sandbox.ClearRequests()
	destroy := cli.Start("destroy", "-auto-approve", "-no-color")
	env.WaitForRequest(t, "DELETE "+clusterPath)
	destroy.Interrupt()
	destroy.Wait()
	env.Sandbox.Advance(time.Hour)
	cli.MustRun("destroy", "-auto-approve", "-no-color")
	if status := cli.ResourceStatus(v.resourceType, "test"); status != "absent" {
		t.Errorf("status of the cluster after the second destroy: %s", status)
	}
}

// testOfferOutOfStock plans an offer that is scarce, which warns, and out of stock, which fails.
func (v testedVariant) testOfferOutOfStock(t *testing.T, offer, scarce, shortage string, changes ...string) {
	t.Helper()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	cli := env.CLI(t, v.config(append(changes, fmt.Sprintf("type = %q", offer))...))
	for availability, want := range map[string]string{"scarce": scarce, "shortage": shortage} {
		if err := env.Sandbox.Patch(
			"cluster-types", offer, map[string]any{"availability": availability},
		); err != nil {
			t.Fatal(err)
		}
		out, code := cli.Run("plan", "-no-color")
		acctest.Contains(t, out, want)
		if failed := code != 0; failed != (availability == "shortage") {
			t.Errorf("%s: exit %d", availability, code)
		}
	}
}

// testCreateAPIErrors creates while the API rejects the request.
func (v testedVariant) testCreateAPIErrors(t *testing.T, statuses ...int) {
	t.Helper()
	for _, status := range statuses {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			acctest.OnOneCLI(t)
			env := acctest.New(t)
			if err := env.Sandbox.AddFault(
				sandbox.Fault{Method: http.MethodPost, Path: clustersPath, Kind: "status", Status: status, Times: 9},
			); err != nil {
				t.Fatal(err)
			}
			cli := env.CLI(t, v.config())
			out, code := cli.Run("apply", "-auto-approve", "-no-color")
			if code != 1 || cli.ResourceStatus(v.resourceType, "test") != "absent" {
				t.Errorf("exit %d, cluster %s", code, cli.ResourceStatus(v.resourceType, "test"))
			}
			acctest.Contains(t, out, "Unable to create the "+v.name)
			if strings.Contains(out, sandbox.SecretKey) {
				t.Error("the secret key is in the output")
			}
		})
	}
}

// plannedUnknowns is a change with the computed attributes that its plan leaves unknown.
type plannedUnknowns struct {
	name    string
	changes map[string]any
	unknown []string
}

// testPlannedUnknownValues plans changes of a cluster, one after another.
func (v testedVariant) testPlannedUnknownValues(
	t *testing.T, config func(map[string]any) map[string]any, tests []plannedUnknowns,
) {
	t.Helper()
	lifecycle := acctest.New(t).Protocol(t).Resource(v.resourceType, config(nil))
	if output := lifecycle.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	for _, test := range tests {
		lifecycle.Configure(config(test.changes))
		if found := lifecycle.PlannedUnknownAttributes(t.Context()); !slices.Equal(found, test.unknown) {
			t.Errorf("%s: unknown attributes %v, want %v", test.name, found, test.unknown)
		}
	}
}
