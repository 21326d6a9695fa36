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

// sink is where the stand-in logs to, in the form that the library wants.
type sink struct{ testing.TB }

// Parallel is never called.
func (sink) Parallel() {}

// Official gives the CLI the stand-in of the official provider, on the same sandbox: as `scaleway/scaleway`, without an
// init.
func (c *CLI) Official(e *Env) {
	c.t.Helper()
	server := sdk.NewGRPCProviderServer(
		fakescaleway.Provider(e.URL, sandbox.AccessKey, sandbox.SecretKey, sandbox.OrganizationID, sandbox.ProjectID),
	)
	serve := func() tfprotov5.ProviderServer { return server }
	reattach := make(chan *plugin.ReattachConfig)
	closed := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background()) // ends with the test, after its last command
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
	all := map[string]any{}
	for _, address := range fakescaleway.Addresses() {
		all[address] = map[string]any{
			"Protocol": string(config.Protocol), "ProtocolVersion": config.ProtocolVersion, "Pid": config.Pid, "Test": true,
			"Addr": map[string]any{"Network": config.Addr.Network(), "String": config.Addr.String()},
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		c.t.Fatal(err)
	}
	c.Environ("TF_REATTACH_PROVIDERS=" + string(text))
	c.official = true
}

// required is the block of required providers.
func (c *CLI) required() string {
	lines := []string{"srm = { source = \"terraform-srm/srm\" }"}
	if c.official {
		lines = append(lines, "scaleway = { source = \"scaleway/scaleway\" }")
	}
	return "terraform {\n  required_providers {\n    " + strings.Join(lines, "\n    ") + "\n  }\n}\n"
}
