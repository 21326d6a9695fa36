package scaleway

import (
	"net/http"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// TestWaitPoolsUpgraded checks when the wait ends, and which pools it returns as not upgraded.
func TestWaitPoolsUpgraded(t *testing.T) {
	t.Parallel()
	to, err := lifecycle.ParseMinor("1.36")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, status, version string
		behind                int
	}{
		{"ready", "ready", "1.36.3", 0}, {"newer", "ready", "1.37.1", 0}, {"older", "ready", "1.35.3", 1}, {
			"warning", "warning", "1.36.3", 1,
		},
		{"scaling", "scaling", "1.36.3", 1}, {"locked", "locked", "1.36.3", 1}, {"deleting", "deleting", "1.35.3", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
				status := test.status
				if number == 1 {
					status = "upgrading"
				}
				writeJSON(
					w,
					200,
					`{"total_count":1,"pools":[{"id":"`+testID+`","status":"`+status+`","version":"`+test.version+
						`"}]}`,
				)
			})
			behind, err := c.WaitPoolsUpgraded(t.Context(), testRegion, testID, to)
			if err != nil || len(behind) != test.behind {
				t.Errorf("%d pools were not upgraded, want %d: %v", len(behind), test.behind, err)
			}
		})
	}
}

// TestUpgradeAfterLostAnswer checks that an upgrade whose response was lost succeeds if the object then has the
// version, or a newer patch that auto-upgrade applied since.
func TestUpgradeAfterLostAnswer(t *testing.T) {
	t.Parallel()
	for version, happened := range map[string]bool{
		"1.35.2": false, "1.36.1": false, "1.36.3": true, "1.36.5": true, "1.37.1": false, "": false,
	} {
		c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			if r.Method == http.MethodPost {
				panic(http.ErrAbortHandler) // the connection breaks
			}
			writeJSON(w, 200, `{"id":"`+testID+`","status":"ready","version":"`+version+`"}`)
		})
		if _, err := c.UpgradeCluster(t.Context(), testRegion, testID, "1.36.3", true); (err == nil) != happened {
			t.Errorf("cluster that runs %q: %v", version, err)
		}
		if _, err := c.UpgradePool(t.Context(), testRegion, testID, "1.36.3"); (err == nil) != happened {
			t.Errorf("pool that runs %q: %v", version, err)
		}
	}
}
