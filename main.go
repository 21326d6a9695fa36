// The provider for Scaleway Kubernetes under health data obligations:
// https://registry.terraform.io/providers/terraform-srm/srm.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/terraform-srm/terraform-provider-srm/internal/provider"
)

// version and commit are set by the build of a release.
var (
	version = "dev"
	commit  = ""
)

func main() {
	attached := flag.Bool("debug", false, "wait for a debugger, and print how a Terraform or OpenTofu reaches this "+
		"process")
	flag.Parse()
	if !*attached {
		silenceSDKLogs()
		tuneGC()
	}
	err := providerserver.Serve(context.Background(), provider.New(
		version, provider.WithCommit(commit), provider.WithClock(time.Now),
	), providerserver.ServeOpts{
		Address:         "registry.terraform.io/terraform-srm/srm",
		Debug:           *attached,
		ProtocolVersion: 6,
	})
	if err != nil {
		log.Fatal(err)
	}
}

// silenceSDKLogs spares what a CLI does not use. The libraries write every step as a line of JSON to a CLI that reads
// and drops it: a quarter of the time of a plan, unless one of TF_LOG, TF_LOG_PROVIDER and their like asks for lines.
func silenceSDKLogs() {
	for _, variable := range os.Environ() {
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "TF_LOG") && value != "" &&
			name != "TF_LOG_PATH" {
			return
		}
	}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER"} {
		if err := os.Setenv(name, "off"); err != nil {
			log.Print(err)
		}
	}
}

// tuneGC trades memory that a runner has for time: a plan lives for seconds and allocates much, of which the collection
// took a sixth of its time. Above the limit it collects as it has to. GOGC and GOMEMLIMIT win.
func tuneGC() {
	const percent, limit = 400, 128 << 20
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}
