package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestChangedBetweenPlanAndApply changes or deletes the object of each resource between the plan of an update and its
// apply, as can happen with a saved plan. The apply of a deleted object fails, nothing is duplicated, and the next plan
// and apply reach the desired state.
func TestChangedBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	acctest.SkipLongUnderRace(t)
	for _, of := range subjects() {
		for _, deleted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s deleted=%t", of.kind, deleted), func(t *testing.T) {
				t.Parallel()
				c := newCell(t, of, "update")
				defer c.close()
				uuid := c.id[strings.LastIndex(c.id, "/")+1:]
				diagnostics := c.resource.ApplyAfterChange(t.Context(), func() {
					var err error
					if deleted {
						err = c.env.Sandbox.Remove(of.objects, uuid)
					} else {
						field := map[string]any{"tags": []string{"out-of-band"}}
						if of.objects == "nodes" {
							field = map[string]any{"name": "out-of-band"}
						}
						err = c.env.Sandbox.Patch(of.objects, uuid, field)
					}
					if err != nil {
						t.Fatal(err)
					}
				})
				if deleted && !strings.Contains(diagnostics, "ERROR") {
					t.Errorf("the update of a deleted object succeeds: %s", diagnostics)
				}
				if deleted && !actionableError.MatchString(diagnostics) {
					t.Errorf("the error has no id and no name, or no next step: %s", diagnostics)
				}
				if c.resource.IsTainted() {
					t.Errorf("the resource is tainted: %s", diagnostics)
				}
				for range 2 {
					c.resource.Apply(t.Context())
				}
				if deleted || of.objects == "export-jobs" {
					c.id = "" // the apply created another object; an export job has no change in place
				}
				if why := c.whyNotDone("update"); why != "" {
					t.Errorf("after the next apply: %s\n%s", why, diagnostics)
				}
			})
		}
	}
}
