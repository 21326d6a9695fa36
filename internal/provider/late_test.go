package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestBetweenPlanAndApply changes and deletes each resource's object after the plan of an update and before its apply,
// as can happen to a saved plan: the apply does not lie, makes nothing twice, and the next plan and apply reach the
// wanted state.
func TestBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	for _, of := range subjects() {
		for _, deleted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s deleted=%t", of.kind, deleted), func(t *testing.T) {
				t.Parallel()
				c := newCell(t, of, "update")
				defer c.end()
				uuid := c.id[strings.LastIndex(c.id, "/")+1:]
				said := c.life.ApplyLate(t.Context(), func() {
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
				if deleted && !strings.Contains(said, "ERROR") {
					t.Errorf("an update of what is gone is no error: %s", said)
				}
				if deleted && !names.MatchString(said) {
					t.Errorf("an error that names nothing: %s", said)
				}
				if c.life.Tainted() {
					t.Errorf("tainted: %s", said)
				}
				for range 2 {
					c.life.Apply(t.Context())
				}
				if deleted {
					c.id = "" // it is another one now
				}
				if why := c.done("update"); why != "" {
					t.Errorf("after the next apply: %s\n%s", why, said)
				}
			})
		}
	}
}
