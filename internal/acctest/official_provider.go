package acctest

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
	sdk "github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/fakescaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// sink receives the logs of the stand-in. It adds Parallel to testing.TB, as tf5server.WithLoggingSink requires.
type sink struct{ testing.TB }

// Parallel does nothing.
func (sink) Parallel() {}

// UseOfficialProvider gives the CLI a stand-in of the official provider for the same sandbox, as `scaleway/scaleway`.
// It needs no `init`.
func (c *CLI) UseOfficialProvider(e *Env) {
	c.t.Helper()
	server := sdk.NewGRPCProviderServer(
		fakescaleway.Provider(e.URL, sandbox.AccessKey, sandbox.SecretKey, sandbox.OrganizationID, sandbox.ProjectID),
	)
	serve := func() tfprotov5.ProviderServer { return server }
	reattach := make(chan *plugin.ReattachConfig)
	closed := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background()) // the last commands may run after the test's context ends
	c.t.Cleanup(func() {
		cancel()
		<-closed
	})
	go func() {
		if err := tf5server.Serve(
			fakescaleway.Addresses()[0], serve, tf5server.WithDebug(ctx, reattach, closed),
			tf5server.WithLoggingSink(sink{c.t}), tf5server.WithGoPluginLogger(hclog.NewNullLogger()),
		); err != nil {
			c.t.Error(err)
		}
	}()
	config := <-reattach
	providers := map[string]any{}
	for _, address := range fakescaleway.Addresses() {
		providers[address] = map[string]any{
			"Protocol": string(config.Protocol), "ProtocolVersion": config.ProtocolVersion, "Pid": config.Pid,
			"Test": true,
			"Addr": map[string]any{"Network": config.Addr.Network(), "String": config.Addr.String()},
		}
	}
	text, err := json.Marshal(providers)
	if err != nil {
		c.t.Fatal(err)
	}
	c.AddEnv("TF_REATTACH_PROVIDERS=" + string(text))
	c.usesOfficial = true
}

// requiredProviders returns the terraform block with the required providers.
func (c *CLI) requiredProviders() string {
	lines := []string{"srm = { source = \"terraform-srm/srm\" }"}
	if c.usesOfficial {
		lines = append(lines, "scaleway = { source = \"scaleway/scaleway\" }")
	}
	return "terraform {\n  required_providers {\n    " + strings.Join(lines, "\n    ") + "\n  }\n}\n"
}
