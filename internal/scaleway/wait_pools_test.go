package scaleway

import (
	"net/http"
	"testing"
)

// TestUpgradeWithoutAnswer: an upgrade whose answer was lost has happened where the object has the version, or the newer patch that
// auto-upgrade applied since.
func TestUpgradeWithoutAnswer(t *testing.T) {
	t.Parallel()
	for version, happened := range map[string]bool{"1.35.2": false, "1.36.1": false, "1.36.3": true, "1.36.4": true, "1.37.1": false, "": false} {
		c, _ := newFake(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			if r.Method == http.MethodPost {
				panic(http.ErrAbortHandler) // the connection breaks
			}
			reply(w, 200, `{"id":"`+testID+`","status":"ready","version":"`+version+`"}`)
		})
		if _, err := c.UpgradeCluster(t.Context(), region, testID, "1.36.3", true); (err == nil) != happened {
			t.Errorf("cluster that runs %q: %v", version, err)
		}
		if _, err := c.UpgradePool(t.Context(), region, testID, "1.36.3"); (err == nil) != happened {
			t.Errorf("pool that runs %q: %v", version, err)
		}
	}
}
