// Command terraform-provider-srm is the provider for Scaleway Kubernetes under health data obligations:
// https://registry.terraform.io/providers/terraform-srm/srm.
package main

import (
	"flag"
	"log"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/terraform-srm/terraform-provider-srm/internal/provider"
)

// version and commit are set by the release build.
var (
	version = "dev"
	commit  = ""
)

func main() {
	debugMode := flag.Bool("debug", false, "run with support for debuggers such as delve, and print the environment "+
		"variable that connects Terraform or OpenTofu to this process")
	flag.Parse()
	if !*debugMode {
		silenceSDKLogs()
		tuneMemory()
	}
	options := []tf6server.ServeOpt{}
	if *debugMode {
		options = append(options, tf6server.WithManagedDebug())
	}
	err := tf6server.Serve("registry.terraform.io/terraform-srm/srm", provider.NewServer(
		version, provider.WithCommit(commit), provider.WithClock(time.Now),
	), options...)
	if err != nil {
		log.Fatal(err)
	}
}

// silenceSDKLogs turns off the logs of the SDKs unless TF_LOG, TF_LOG_PROVIDER or a similar variable is set. Otherwise
// the SDKs write every step as a line of JSON that the CLI discards, which took a quarter of the time of a plan.
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
