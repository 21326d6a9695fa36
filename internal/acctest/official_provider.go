package acctest

import (
	"context"
	"strings"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
	sdk "github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/fakescaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// UseOfficialProvider gives the CLI a stand-in of the official provider for the same sandbox, as `scaleway/scaleway`.
// It needs no `init`.
func (c *CLI) UseOfficialProvider(e *Env) {
	c.t.Helper()
	server := sdk.NewGRPCProviderServer(
		fakescaleway.Provider(e.URL, sandbox.AccessKey, sandbox.SecretKey, sandbox.OrganizationID, sandbox.ProjectID),
	)
	serve := func(ctx context.Context, address chan *plugin.ReattachConfig, closed chan struct{}) error {
		return tf5server.Serve(
			fakescaleway.Addresses()[0], func() tfprotov5.ProviderServer { return server },
			tf5server.WithDebug(ctx, address, closed), tf5server.WithLoggingSink(sink{c.t}),
			tf5server.WithGoPluginLogger(hclog.NewNullLogger()),
		)
	}
	c.official = attach(c.t, serve)
}

// requiredProviders returns the terraform block with the required providers.
func (c *CLI) requiredProviders() string {
	lines := []string{"srm = { source = \"terraform-srm/srm\" }"}
	if c.official != nil {
		lines = append(lines, "scaleway = { source = \"scaleway/scaleway\" }")
	}
	return "terraform {\n  required_providers {\n    " + strings.Join(lines, "\n    ") + "\n  }\n}\n"
}
