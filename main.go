// The provider for Scaleway Kubernetes under health data obligations: https://registry.terraform.io/providers/terraform-srm/srm.
package main

import (
	"context"
	"flag"
	"log"
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
	debug := flag.Bool("debug", false, "wait for a debugger, and print how a Terraform or OpenTofu reaches this process")
	flag.Parse()
	err := providerserver.Serve(context.Background(), provider.New(version, provider.WithCommit(commit), provider.WithClock(time.Now)), providerserver.ServeOpts{
		Address:         "registry.terraform.io/terraform-srm/srm",
		Debug:           *debug,
		ProtocolVersion: 6,
	})
	if err != nil {
		log.Fatal(err)
	}
}
