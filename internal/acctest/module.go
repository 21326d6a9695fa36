package acctest

import (
	"fmt"
	"os"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// Module is a CLI in a copy of a module's directory, its tests included, with no provider block and no API.
func Module(t *testing.T, dir string) *CLI {
	t.Helper()
	c := bareCLI(t)
	if err := os.CopyFS(c.dir, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return c
}

// Module is a CLI in a copy of a module's directory, on the sandbox: with a provider block that has a contract, and
// with the variables that the provider block of a test file leaves to the environment.
func (e *Env) Module(t *testing.T, dir string) *CLI {
	t.Helper()
	c := e.Guide(t, dir)
	c.write("provider.tf", fmt.Sprintf("provider \"srm\" {\n  %s\n}\n", Contract))
	return c
}

// Guide is a CLI in a copy of a directory that has a provider block of its own, on the sandbox by the variables that it
// prints.
func (e *Env) Guide(t *testing.T, dir string) *CLI {
	t.Helper()
	c := Module(t, dir)
	c.Environ("SCW_API_URL="+e.URL, "SCW_ACCESS_KEY="+sandbox.AccessKey, "SCW_SECRET_KEY="+sandbox.SecretKey,
		"SCW_DEFAULT_ORGANIZATION_ID="+sandbox.OrganizationID, "SCW_DEFAULT_PROJECT_ID="+sandbox.ProjectID)
	return c
}
