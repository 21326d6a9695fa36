package acctest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/fakescaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// attachedProvider is a provider in the process of the test that commands of a CLI connect to, as TF_REATTACH_PROVIDERS
// describes it.
type attachedProvider map[string]any

// sink receives the logs of an attached provider. It adds Parallel to testing.TB, as WithLoggingSink requires.
type sink struct{ testing.TB }

// Parallel does nothing.
func (sink) Parallel() {}

// attach starts a provider in the process of the test, and stops it at the end of the test.
func attach(
	t testing.TB, serve func(ctx context.Context, address chan *plugin.ReattachConfig, closed chan struct{}) error,
) attachedProvider {
	t.Helper()
	address, closed := make(chan *plugin.ReattachConfig), make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background()) // the last commands may run after the test's context ends
	t.Cleanup(func() {
		cancel()
		<-closed
	})
	go func() {
		if err := serve(ctx, address, closed); err != nil {
			t.Error(err)
		}
	}()
	config := <-address
	return attachedProvider{
		"Protocol": string(config.Protocol), "ProtocolVersion": config.ProtocolVersion, "Pid": config.Pid,
		"Test": true,
		"Addr": map[string]any{"Network": config.Addr.Network(), "String": config.Addr.String()},
	}
}

// attachProvider starts the provider in the process of the test. As a process of its own, it has the environment and
// the working directory of the CLI; unlike one, it polls as often as in tests on the protocol.
func (c *CLI) attachProvider() attachedProvider {
	c.t.Helper()
	environment := scaleway.Environment{
		Getenv: c.getenv, Home: c.getenv("HOME"),
		ReadFile: func(name string) ([]byte, error) {
			if !filepath.IsAbs(name) {
				name = filepath.Join(c.dir, name)
			}
			return os.ReadFile(name)
		},
	}
	server := provider.NewServer(
		"test", provider.WithEnvironment(environment), provider.WithClock(c.now), provider.WithPolling(pollInterval),
	)()
	return attach(c.t, func(ctx context.Context, address chan *plugin.ReattachConfig, closed chan struct{}) error {
		return tf6server.Serve(
			providerAddresses()[0], func() tfprotov6.ProviderServer { return server },
			tf6server.WithDebug(ctx, address, closed), tf6server.WithLoggingSink(sink{c.t}),
			tf6server.WithGoPluginLogger(hclog.NewNullLogger()),
		)
	})
}

// providerAddresses returns the addresses of the provider on Terraform and on OpenTofu.
func providerAddresses() []string {
	return []string{"registry.terraform.io/terraform-srm/srm", "registry.opentofu.org/terraform-srm/srm"}
}

// UseClock makes Run use the provider with another clock than that of the machine.
func (c *CLI) UseClock(now func() time.Time) { c.now = now }

// getenv returns a variable of the CLI's environment. The last value counts, as for a process.
func (c *CLI) getenv(name string) string {
	value := ""
	for _, variable := range c.env {
		if found, ok := strings.CutPrefix(variable, name+"="); ok {
			value = found
		}
	}
	return value
}

// attachedEnv returns the environment of a command, which connects it to the stand-in of the official provider and, if
// inProcess is true, to the provider. A command whose logs the test reads starts the provider as a process. So does one
// with several configurations of the provider: an attached provider has one, that of the last request.
func (c *CLI) attachedEnv(inProcess bool) []string {
	c.t.Helper()
	attached := map[string]attachedProvider{}
	if inProcess && c.getenv("TF_LOG") == "" && !c.hasAlias {
		if c.attached == nil {
			c.attached = c.attachProvider()
		}
		for _, address := range providerAddresses() {
			attached[address] = c.attached
		}
	}
	if c.official != nil {
		for _, address := range fakescaleway.Addresses() {
			attached[address] = c.official
		}
	}
	if len(attached) == 0 {
		return c.env
	}
	text, err := json.Marshal(attached)
	if err != nil {
		c.t.Fatal(err)
	}
	return append(c.env[:len(c.env):len(c.env)], "TF_REATTACH_PROVIDERS="+string(text))
}
