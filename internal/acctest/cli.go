package acctest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// CLI runs a real Terraform or OpenTofu in its own directory: for tests that terraform-plugin-testing does not support,
// such as Ctrl-C and a killed provider. Run connects the CLI to the provider in the process of the test, which saves
// half of the time of a command; Start and Script start the provider as a process.
type CLI struct {
	t         testing.TB
	path, dir string
	env       []string
	hasAlias  bool             // The configuration configures a provider more than once.
	inProcess bool             // Run connects to the provider in the process of the test.
	now       func() time.Time // clock of the attached provider
	attached  attachedProvider // nil before the first command
	official  attachedProvider // nil if the CLI does not use the official provider
}

// CLI returns a CLI with the provider, and with a configuration for the sandbox.
func (e *Env) CLI(t testing.TB, hcl string) *CLI {
	t.Helper()
	return newCLI(t, e.Config(hcl))
}

// LiveCLI returns a CLI for the real API, with the credentials in the SCW_* variables. hcl has its own provider block.
func LiveCLI(t testing.TB, hcl string) *CLI {
	t.Helper()
	c := newCLI(t, hcl)
	c.inProcess = false // the provider polls the real API less often
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "SCW_") {
			c.env = append(c.env, variable)
		}
	}
	return c
}

func newCLI(t testing.TB, hcl string) *CLI {
	t.Helper()
	c := cliWithProvider(t)
	c.ConfigureRaw(hcl)
	return c
}

// cliWithProvider returns a CLI with the provider, and without a configuration.
func cliWithProvider(t testing.TB) *CLI {
	t.Helper()
	c := cliWithoutProvider(t)
	lastBuild.buildInto(t, filepath.Join(c.dir, "terraform-provider-srm"))
	c.inProcess = true
	c.writeInstallation(fmt.Sprintf("dev_overrides {\n    \"terraform-srm/srm\" = %q\n  }\n  direct {}", c.dir))
	return c
}

// lastBuild is the provider binary that a test of this process built last. Other tests link to it while it exists,
// since building is the slowest part of most tests with a CLI.
var lastBuild = &binary{} //nolint:gochecknoglobals // one for each process

type binary struct {
	mu   sync.Mutex
	path string
	info os.FileInfo
}

// buildInto links or builds the provider at path. `make test` builds it once, and sets SRM_TEST_PROVIDER to its path.
func (b *binary) buildInto(t testing.TB, path string) {
	t.Helper()
	if built := os.Getenv("SRM_TEST_PROVIDER"); built != "" {
		if err := os.Symlink(built, path); err != nil {
			t.Fatal(err)
		}
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.linkTo(path) {
		build := exec.CommandContext(
			t.Context(), "go", "build", "-o", path, "github.com/terraform-srm/terraform-provider-srm",
		)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, out)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	b.path, b.info = path, info
}

// linkTo links path to the last build. It returns false if that file was deleted or replaced.
func (b *binary) linkTo(path string) bool {
	info, err := os.Stat(b.path)
	return err == nil && os.SameFile(info, b.info) && os.Link(b.path, path) == nil
}

// MirrorCLI returns a CLI that installs a version of the provider from a filesystem mirror only. It needs `init`.
func (e *Env) MirrorCLI(t testing.TB, mirror, version, hcl string) *CLI {
	t.Helper()
	c := cliWithoutProvider(t)
	c.writeInstallation(fmt.Sprintf("filesystem_mirror {\n    path = %q\n  }", mirror))
	c.write("main.tf", fmt.Sprintf("terraform {\n  required_providers {\n    srm = {\n      source  = "+
		"\"terraform-srm/srm\"\n      version = %q\n    }\n  }\n}\n", version)+e.Config(hcl))
	return c
}

// cliWithoutProvider returns a CLI without provider and configuration.
func cliWithoutProvider(t testing.TB) *CLI {
	t.Helper()
	SkipCLIUnderRace(t)
	recordCLI(t)
	path := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if path == "" {
		found, err := exec.LookPath("terraform")
		if err != nil {
			t.Fatal("There is no CLI for the test: put terraform on PATH, or set TF_ACC_TERRAFORM_PATH (`make test` " +
				"does).")
		}
		path = found
	}
	c := &CLI{t: t, path: path, dir: t.TempDir(), now: time.Now} //nolint:forbidigo // as main does
	c.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir, "TF_CLI_CONFIG_FILE=" + filepath.Join(c.dir, "cli.tfrc"),
		"CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "GOGC=" + os.Getenv("GOGC"),
	}
	return c
}

// writeInstallation writes the CLI configuration, with the methods to install providers.
func (c *CLI) writeInstallation(methods string) {
	c.t.Helper()
	c.write("cli.tfrc", "provider_installation {\n  "+methods+"\n}\n")
}

// Configure replaces the configuration. It adds the provider block.
func (c *CLI) Configure(e *Env, hcl string) {
	c.t.Helper()
	c.ConfigureRaw(e.Config(hcl))
}

// ConfigureRaw replaces the configuration, including the provider block.
func (c *CLI) ConfigureRaw(hcl string) {
	c.t.Helper()
	c.hasAlias = aliasPattern.MatchString(hcl)
	c.write("main.tf", c.requiredProviders()+hcl)
}

// aliasPattern matches a second configuration of a provider.
var aliasPattern = regexp.MustCompile(`(?m)^\s*alias\s*=`)

// AddEnv adds variables, "NAME=value", to the environment of later commands.
func (c *CLI) AddEnv(variables ...string) { c.env = append(c.env, variables...) }

// Dir returns the working directory, with the configuration, the state and plans.
func (c *CLI) Dir() string { return c.dir }

func (c *CLI) write(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// Process is a running command.
type Process struct {
	t   testing.TB
	cmd *exec.Cmd
	out *output
}

type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// Start starts a command of the CLI, with the provider as a process.
func (c *CLI) Start(args ...string) *Process {
	c.t.Helper()
	return c.start(c.attachedEnv(false), c.path, args...)
}

// start starts a program in the working directory.
func (c *CLI) start(env []string, program string, args ...string) *Process {
	c.t.Helper()
	p := &Process{t: c.t, out: &output{}}
	p.cmd = exec.CommandContext(c.t.Context(), program, args...)
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = c.dir, env, p.out, p.out
	if err := p.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	return p
}

// Interrupt sends the signal of Ctrl-C to the CLI, which then stops the provider.
func (p *Process) Interrupt() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.t.Fatal(err)
	}
}

// KillProvider kills the provider processes of the CLI.
func (p *Process) KillProvider() {
	p.t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	killed := 0
	for _, list := range lists {
		children, err := os.ReadFile(list)
		if err != nil {
			continue // a thread that has ended
		}
		for _, field := range strings.Fields(string(children)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				p.t.Fatal(err)
			}
			if child, err := os.FindProcess(pid); err == nil && child.Kill() == nil {
				killed++
			}
		}
	}
	if killed == 0 {
		p.t.Fatal("no provider process to kill")
	}
}

// Wait waits for the end of the command, and returns its output and exit code.
func (p *Process) Wait() (string, int) {
	p.t.Helper()
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return p.out.text.String(), p.cmd.ProcessState.ExitCode()
}

// ChangeDir changes the working directory to a subdirectory.
func (c *CLI) ChangeDir(dir string) { c.dir = filepath.Join(c.dir, dir) }

// Script runs a shell script in the working directory, with the provider as a process. The variable CLI contains the
// path of the CLI.
func (c *CLI) Script(path string, variables ...string) (string, int) {
	c.t.Helper()
	env := append(slices.Clone(c.attachedEnv(false)), "CLI="+c.path)
	return c.start(append(env, variables...), "sh", path).Wait()
}

// Run runs a command of the CLI, and returns its output and exit code.
func (c *CLI) Run(args ...string) (string, int) {
	c.t.Helper()
	return c.start(c.attachedEnv(c.inProcess), c.path, args...).Wait()
}

// MustRun runs a command of the CLI, and ends the test if the command fails.
func (c *CLI) MustRun(args ...string) string {
	c.t.Helper()
	out, code := c.Run(args...)
	if code != 0 {
		c.t.Fatalf("%v: exit %d\n%s", args, code, out)
	}
	return out
}

// ResourceStatus returns the status of a resource in the state file: "absent", "tainted" or "whole".
func (c *CLI) ResourceStatus(kind, name string) string {
	c.t.Helper()
	raw, err := os.ReadFile(filepath.Join(c.dir, "terraform.tfstate"))
	if errors.Is(err, os.ErrNotExist) {
		return "absent"
	}
	if err != nil {
		c.t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Type, Name string
			Instances  []struct{ Status string }
		}
	}
	if err := json.Unmarshal(raw, &state); err != nil {
		c.t.Fatal(err)
	}
	for _, resource := range state.Resources {
		if resource.Type == kind && resource.Name == name && len(resource.Instances) == 1 {
			if resource.Instances[0].Status == "tainted" {
				return "tainted"
			}
			return "whole"
		}
	}
	return "absent"
}

// WaitForRequest waits until the sandbox has received a request, such as "PUT …/acls". The response does not matter.
func (e *Env) WaitForRequest(t testing.TB, request string) {
	t.Helper()
	for range 3000 {
		for _, received := range e.AllRequests() {
			if received == request {
				return
			}
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
	t.Fatalf("the sandbox did not receive %s, only %v", request, e.AllRequests())
}
