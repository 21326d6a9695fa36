package acctest

import (
	"fmt"
	"os"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// ModuleCLI returns a CLI in a copy of a module's directory, including its tests, without a provider block and an API.
func ModuleCLI(t *testing.T, dir string) *CLI {
	t.Helper()
	c := cliWithProvider(t)
	if err := os.CopyFS(c.dir, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return c
}

// ModuleCLI returns a CLI in a copy of a module's directory, for the sandbox: with a provider block with a contract,
// and with environment variables for provider blocks of test files.
func (e *Env) ModuleCLI(t *testing.T, dir string) *CLI {
	t.Helper()
	c := e.ExampleCLI(t, dir)
	c.write("provider.tf", fmt.Sprintf("provider \"srm\" {\n  %s\n}\n", Contract))
	return c
}

// ExampleCLI returns a CLI in a copy of a directory that has its own provider block. Environment variables configure it
// for the sandbox.
func (e *Env) ExampleCLI(t *testing.T, dir string) *CLI {
	t.Helper()
	c := ModuleCLI(t, dir)
	c.AddEnv("SCW_API_URL="+e.URL, "SCW_ACCESS_KEY="+sandbox.AccessKey, "SCW_SECRET_KEY="+sandbox.SecretKey,
		"SCW_DEFAULT_ORGANIZATION_ID="+sandbox.OrganizationID, "SCW_DEFAULT_PROJECT_ID="+sandbox.ProjectID)
	return c
}
