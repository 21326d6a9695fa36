// Package acctest provides each test with its own sandbox and with the provider configured for it, on a real Terraform
// or OpenTofu, or on the plugin protocol.
package acctest

import (
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/objectstorage"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// pollInterval is the provider's polling interval in tests. The sandbox divides recorded durations by sandboxSpeed: it
// creates a cluster in 40 ms instead of 81 s.
const (
	pollInterval = 5 * time.Millisecond
	sandboxSpeed = 2000
)

// Env is a sandbox that listens on loopback.
type Env struct {
	// Sandbox controls the sandbox, and returns its objects and requests.
	Sandbox *sandbox.Server
	// URL is the address of the sandbox.
	URL string
	// ObjectStorage is the Object Storage with which the provider is configured, or nil: the sandbox has none.
	ObjectStorage *objectstorage.Server
	// Bucket is the bucket of UseLockedBucket.
	Bucket string
}

// UseLockedBucket creates a bucket that an export of Audit Trail accepts, with a default retention of a year, in an
// Object Storage that tests share.
func (e *Env) UseLockedBucket(t testing.TB) {
	t.Helper()
	e.ObjectStorage, e.Bucket = objectstorage.Shared(t), "trail-"+uuid.NewString()
	e.ObjectStorage.CreateLockedBucket(t, e.Bucket, 365)
}

// objectStorageURL returns the address of the Object Storage, or "".
func (e *Env) objectStorageURL() string {
	if e.ObjectStorage == nil {
		return ""
	}
	return e.ObjectStorage.URL
}

// StartTime is the time at which the sandbox's clock starts in tests: on another day, other versions of Kubernetes are
// supported. A real API server dates its objects by the wall clock.
func StartTime() time.Time {
	return time.Date(2026, time.November, 30, 9, 0, 0, 0, time.UTC)
}

// New starts a sandbox, and stops it at the end of the test. change adjusts its options.
func New(t testing.TB, change ...func(*sandbox.Options)) *Env {
	t.Helper()
	// The default kubeconfig keeps tests from contacting another host. WithKubernetes sets that of a real API server.
	options := sandbox.Options{Start: StartTime(), Speed: sandboxSpeed, Kubeconfig: closedServerKubeconfig()}
	for _, option := range change {
		option(&options)
	}
	server := sandbox.New(options)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return &Env{Sandbox: server, URL: listener.URL}
}

// ProviderFactories returns the factories for terraform-plugin-testing. The provider runs in the process of the test,
// ignores environment variables and the user's scw config file, and uses the sandbox's clock.
func (e *Env) ProviderFactories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"srm": ProviderFactory(e.options()...),
	}
}

// ProviderFactory returns a factory of the provider for terraform-plugin-testing.
func ProviderFactory(options ...provider.Option) func() (tfprotov6.ProviderServer, error) {
	newServer := provider.NewServer("test", options...)
	return func() (tfprotov6.ProviderServer, error) { return newServer(), nil }
}

func (e *Env) options() []provider.Option {
	emptyEnvironment := scaleway.Environment{
		Getenv: func(string) string { return "" },
		ReadFile: func(name string) ([]byte, error) {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		},
	}
	return []provider.Option{
		provider.WithEnvironment(emptyEnvironment), provider.WithPolling(pollInterval),
		provider.WithClock(e.Sandbox.Now),
	}
}

// ProviderBlock returns a provider block for the sandbox. more adds attributes to it.
func (e *Env) ProviderBlock(extra string) string {
	return e.ProviderBlockAs(sandbox.AccessKey, sandbox.SecretKey, extra)
}

// ProviderBlockAs returns a provider block for the sandbox with another API key.
func (e *Env) ProviderBlockAs(accessKey, secretKey, extra string) string {
	if e.ObjectStorage != nil {
		extra = fmt.Sprintf("object_storage_url = %q\n  %s", e.ObjectStorage.URL, extra)
	}
	return fmt.Sprintf(`
provider "srm" {
  api_url         = %q
  access_key      = %q
  secret_key      = %q
  organization_id = %q
  project_id      = %q
  %s
}
`, e.URL, accessKey, secretKey, sandbox.OrganizationID, sandbox.ProjectID, extra)
}

// Contract is an hds_contract for the provider block.
const Contract = `hds_contract = { reference = "HDS-2026-001", signed_on = "2026-01-15" }`

// Config returns a configuration that starts with a provider block with a contract.
func (e *Env) Config(hcl string) string { return e.ProviderBlock(Contract) + hcl }

// SlowTransitions is an option of New. It makes transitions so slow that they end only when the test advances the
// sandbox's clock.
func SlowTransitions(o *sandbox.Options) { o.Speed = 0.1 }

// AdvanceContinuously advances the sandbox's clock by a minute every 10 ms until stop is called.
func (e *Env) AdvanceContinuously() (stop func()) {
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

// Test runs a test case on the CLI at TF_ACC_TERRAFORM_PATH, or on the terraform on PATH. In `make test` it runs on one
// of the two CLIs.
func (e *Env) Test(t *testing.T, test resource.TestCase) {
	t.Helper()
	SkipCLIUnderRace(t)
	skipOtherShare(t, topLevelName(t))
	if os.Getenv("TF_ACC_TERRAFORM_PATH") == "" {
		if _, err := exec.LookPath("terraform"); err != nil {
			t.Fatal("There is no CLI for the test: put terraform on PATH, or set TF_ACC_TERRAFORM_PATH to a " +
				"terraform or tofu (`make test` does).")
		}
	}
	if test.ProtoV6ProviderFactories == nil {
		test.ProtoV6ProviderFactories = e.ProviderFactories()
	}
	resource.UnitTest(t, test)
}

// Writes returns the requests other than GET since the last ClearRequests, as "METHOD path". Ids in the path are
// replaced by {id}.
func (e *Env) Writes() []string {
	return e.requests(func(method string) bool { return method != "GET" })
}

// ExpectWrites checks the result of Writes, and clears the requests.
func (e *Env) ExpectWrites(t testing.TB, want ...string) {
	t.Helper()
	if found := e.Writes(); !slices.Equal(found, want) {
		t.Errorf("writes %q, want %q", found, want)
	}
	e.Sandbox.ClearRequests()
}

// AllRequests returns all requests since the last ClearRequests, in the form of Writes.
func (e *Env) AllRequests() []string {
	return e.requests(func(string) bool { return true })
}

func (e *Env) requests(keep func(method string) bool) []string {
	found := []string{}
	for _, request := range e.Sandbox.Requests() {
		if keep(request.Method) {
			found = append(found, request.Method+" "+shortenIDs(request.Path))
		}
	}
	return found
}

// shortenIDs replaces UUIDs in a path with {id}.
func shortenIDs(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if len(part) == 36 && strings.Count(part, "-") == 4 {
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}
