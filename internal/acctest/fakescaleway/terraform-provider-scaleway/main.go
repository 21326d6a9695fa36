// Command terraform-provider-scaleway is the stand-in of Scaleway's official provider as a process of its own, for
// benchmarks.
package main

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/plugin"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/fakescaleway"
)

func main() { plugin.Serve(&plugin.ServeOpts{ProviderFunc: fakescaleway.Standalone}) }
