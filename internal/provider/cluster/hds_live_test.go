//go:build live

package cluster_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestHDSLive runs the lifecycle of a cluster on the real Scaleway API, with the credentials and the Project of the
// SCW_* environment variables; `make test-live` runs it. It creates and destroys a billed cluster on the Private
// Network of SRM_LIVE_PRIVATE_NETWORK_ID, which must be in fr-par.
func TestHDSLive(t *testing.T) {
	t.Parallel()
	network := os.Getenv("SRM_LIVE_PRIVATE_NETWORK_ID")
	if network == "" {
		t.Fatal("Set SRM_LIVE_PRIVATE_NETWORK_ID to a Private Network of fr-par that the cluster may use.")
	}
	started := time.Now().UTC().Format("20060102-150405") //nolint:forbidigo // each run needs a unique name
	config := func(changes ...string) string {
		own := []string{`name = "srm-live-` + started + `"`, `private_network_id = "` + network + `"`}
		return "provider \"srm\" {\n  " + acctest.Contract + "\n}\n" + hdsConfig(append(own, changes...)...)
	}
	cli := acctest.LiveCLI(t, config())
	defer cli.Run("destroy", "-auto-approve", "-no-color")
	t.Log(cli.MustRun("apply", "-auto-approve", "-no-color"))
	if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
		t.Errorf("the second plan is not empty: exit %d\n%s", code, out)
	}
	cli.ConfigureRaw(config(`tags = ["live"]`))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	if out := cli.MustRun("destroy", "-auto-approve", "-no-color"); !strings.Contains(out, "1 destroyed") {
		t.Error(out)
	}
}
