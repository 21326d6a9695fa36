// Package acctest gives a test a sandbox of its own and the provider that talks to it, for a real Terraform or
// OpenTofu.
package acctest

import (
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-srm/terraform-provider-srm/internal/provider"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// polling is how often the provider looks in tests, and speed what the sandbox divides recorded durations by: a
// cluster of 81 s is created in 40 ms.
const (
	polling = 5 * time.Millisecond
	speed   = 2000
)

// Env is a sandbox on loopback and what a test needs to use it.
type Env struct {
	// Sandbox is driven and inspected in process.
	Sandbox *sandbox.Server
	// URL is where it listens.
	URL string
}

// New starts a sandbox that ends with the test; change adjusts its options.
func New(t testing.TB, change ...func(*sandbox.Options)) *Env {
	t.Helper()
	// No test asks for an API server outside of the machine: OnKubernetes lends one.
	options := sandbox.Options{Speed: speed, Kubeconfig: nobody()}
	for _, adjust := range change {
		adjust(&options)
	}
	server := sandbox.New(options)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return &Env{Sandbox: server, URL: listener.URL}
}

// Providers are the factories of terraform-plugin-testing: the provider in process, deaf to the environment and to the
// user's scw config file, with the sandbox's clock.
func (e *Env) Providers() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"srm": providerserver.NewProtocol6WithError(provider.New("test", e.options()...)()),
	}
}

func (e *Env) options() []provider.Option {
	nothing := scaleway.Environment{
		Getenv: func(string) string { return "" },
		ReadFile: func(name string) ([]byte, error) {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		},
	}
	return []provider.Option{
		provider.WithEnvironment(nothing), provider.WithPolling(polling), provider.WithClock(e.Sandbox.Now),
	}
}

// Provider is the provider block that points to the sandbox; inside is added to it.
func (e *Env) Provider(inside string) string {
	return e.ProviderAs(sandbox.AccessKey, sandbox.SecretKey, inside)
}

// ProviderAs is Provider with another API key.
func (e *Env) ProviderAs(accessKey, secretKey, inside string) string {
	return fmt.Sprintf(`
provider "srm" {
  api_url         = %q
  access_key      = %q
  secret_key      = %q
  organization_id = %q
  project_id      = %q
  %s
}
`, e.URL, accessKey, secretKey, sandbox.OrganizationID, sandbox.ProjectID, inside)
}

// Contract is an hds_contract for the provider block, whose signature the sandbox knows.
const Contract = `hds_contract = { reference = "HDS-2026-001", signed_on = "2026-01-15" }`

// Config is a configuration with a provider block that has a contract.
func (e *Env) Config(hcl string) string { return e.Provider(Contract) + hcl }

// Held makes transitions last minutes: until the clock of the sandbox is advanced, however busy the machine is.
func Held(o *sandbox.Options) { o.Speed = 0.1 }

// Advance advances the clock of the sandbox by a minute every few milliseconds until stop is called.
func (e *Env) Advance() (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			case <-time.After(10 * time.Millisecond):
				e.Sandbox.Advance(time.Minute)
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}

// Test runs the steps on the CLI that TF_ACC_TERRAFORM_PATH names, else on the terraform of PATH.
func (e *Env) Test(t *testing.T, steps resource.TestCase) {
	t.Helper()
	UsesCLI(t)
	if os.Getenv("TF_ACC_TERRAFORM_PATH") == "" {
		if _, err := exec.LookPath("terraform"); err != nil {
			t.Fatal("No CLI to test on: put terraform on PATH, or set TF_ACC_TERRAFORM_PATH to a terraform or tofu (`make " +
				"test` does).")
		}
	}
	if steps.ProtoV6ProviderFactories == nil {
		steps.ProtoV6ProviderFactories = e.Providers()
	}
	resource.UnitTest(t, steps)
}

// Writes are the requests since the last ClearRequests that may have changed something, as "METHOD path", with the
// regional prefix and ids shortened to {id}.
func (e *Env) Writes() []string {
	return e.requests(func(method string) bool { return method != "GET" })
}

// AllRequests is Writes with the reads.
func (e *Env) AllRequests() []string {
	return e.requests(func(string) bool { return true })
}

func (e *Env) requests(keep func(method string) bool) []string {
	found := []string{}
	for _, request := range e.Sandbox.Requests() {
		if keep(request.Method) {
			found = append(found, request.Method+" "+shorten(request.Path))
		}
	}
	return found
}

func shorten(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if len(part) == 36 && strings.Count(part, "-") == 4 {
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}
