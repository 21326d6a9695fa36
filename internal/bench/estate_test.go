// Package bench measures the provider as users run it: the binary of a release under a real CLI, on a sandbox with the
// latency of the real API. The benchmarks only report; tests limit the number of requests.
package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// Source addresses of the provider and of Scaleway's.
const (
	srmSource      = "terraform-srm/srm"
	scalewaySource = "scaleway/scaleway"
)

// requireProvider returns the block that gives a provider its source address.
func requireProvider(name, source string) string {
	return fmt.Sprintf("terraform {\n  required_providers {\n    %s = { source = %q }\n  }\n}\n", name, source)
}

const (
	latency     = 50 * time.Millisecond // of the sandbox's answers
	parallelism = 10                    // default of the CLI
)

// estateSizes returns the numbers of clusters to measure, each with one pool.
func estateSizes() []int { return []int{10, 50, 200} }

const clusterBody = `
    name                        = each.key
    version                     = "1.35"
    type                        = "kapsule-dedicated-4"
    private_network_id          = "fr-par/` + sandbox.PrivateNetworkID + `"
    allowed_ip_ranges           = []
    maintenance_window          = { day = "sunday", start_hour = 2 }
    delete_additional_resources = false
    deletion_protection         = false
`

const poolBody = `
    cluster_id    = %[1]s.cluster[each.key].id
    guardrails_id = "${%[1]s.cluster[each.key].id}/guardrails"
    name          = "workers"
    node_type     = "POP2-2C-8G"
    zone          = "fr-par-1"
    size          = 1
    root_volume   = { type = "sbs_5k", size_gb = 20 }
`

// estateConfig returns the configuration of n clusters with a pool each, and one with the same values in terraform_data
// resources, which are built into the CLI and send no requests.
func estateConfig(n int) (real, builtin string) {
	names := fmt.Sprintf("locals {\n  names = toset([for i in range(%d) : format(\"cluster-%%03d\", i)])\n}\n", n)
	const each = "  for_each = local.names\n"
	real = names + "resource \"srm_hds_cluster\" \"cluster\" {\n" + each + clusterBody + "}\n" +
		"resource \"srm_hds_pool\" \"pool\" {\n" + each + fmt.Sprintf(poolBody, "srm_hds_cluster") + "}\n"
	builtin = names + "resource \"terraform_data\" \"cluster\" {\n" + each + "  input = {" + clusterBody + "  }\n}\n" +
		"resource \"terraform_data\" \"pool\" {\n" + each + "  input = {" + fmt.Sprintf(
		poolBody, "terraform_data",
	) + "  }\n}\n"
	return real, builtin
}

// cliCommand runs a CLI in its own directory.
type cliCommand struct {
	b         *testing.B
	path, dir string
	env       []string
	now       func() time.Time
}

// cliPath returns TF_ACC_TERRAFORM_PATH, or the path of the terraform on PATH.
func cliPath(b *testing.B) string {
	b.Helper()
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path
	}
	path, err := exec.LookPath("terraform")
	if err != nil {
		b.Fatal("There is no CLI for the benchmark: put terraform on PATH, or set TF_ACC_TERRAFORM_PATH (`make " +
			"bench` does).")
	}
	return path
}

// module is the path of this module.
const module = "github.com/terraform-srm/terraform-provider-srm"

// buildRelease builds the provider with the flags of a release, and returns its path.
func buildRelease(b *testing.B) string {
	b.Helper()
	return buildBinary(b, module, "terraform-provider-srm")
}

// buildBinary builds a package of this module with the flags of a release, and returns the path of the file.
func buildBinary(b *testing.B, pkg, name string) string {
	b.Helper()
	binary := filepath.Join(b.TempDir(), name)
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, pkg)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// newCLICommand returns a CLI with a configuration, and with the binary of the provider of a source address.
func newCLICommand(b *testing.B, now func() time.Time, source, binary, hcl string) *cliCommand {
	b.Helper()
	c := &cliCommand{b: b, path: cliPath(b), dir: b.TempDir(), now: now}
	c.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir, "TF_CLI_CONFIG_FILE=" + filepath.Join(c.dir, "cli.tfrc"),
		"CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
	}
	for name, text := range map[string]string{
		"main.tf": hcl,
		"cli.tfrc": fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n",
			source, filepath.Dir(binary)),
	} {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return c
}

func (c *cliCommand) newCmd(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(c.b.Context(), c.path, append(args, "-no-color")...)
	cmd.Dir, cmd.Env = c.dir, c.env
	return cmd
}

// mustRun runs a command, and ends the benchmark if the command fails.
func (c *cliCommand) mustRun(args ...string) {
	c.b.Helper()
	if out, err := c.newCmd(args...).CombinedOutput(); err != nil {
		c.b.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// usage is what a command used.
type usage struct {
	wall, processor time.Duration // the processor time is that of the CLI and its providers
	memory          float64       // peak of a provider process in MB, or 0 if /proc does not exist
}

// run runs a command and measures it.
func (c *cliCommand) run(args ...string) usage {
	c.b.Helper()
	cmd := c.newCmd(args...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	used, start := usage{}, c.now()
	if err := cmd.Start(); err != nil {
		c.b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			if err != nil {
				c.b.Fatalf("%v: %v\n%s", args, err, &output)
			}
			used.wall = c.now().Sub(start)
			used.processor = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			return used
		case <-tick.C:
			for _, child := range childPIDs(cmd.Process.Pid) {
				used.memory = max(used.memory, peakMemory(child))
			}
		}
	}
}

// childPIDs returns the ids of the child processes of a process.
func childPIDs(pid int) []string {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is well formed
	found := []string{}
	for _, list := range lists {
		if raw, err := os.ReadFile(list); err == nil {
			found = append(found, strings.Fields(string(raw))...)
		}
	}
	return found
}

// peakMemory returns the peak memory of a process in MB, or 0 if it has ended.
func peakMemory(pid string) float64 {
	raw, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(raw), "VmHWM:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kilobytes, err := strconv.ParseFloat(fields[0], 64)
	if err != nil {
		return 0
	}
	return kilobytes / 1024
}

// estateBenchmark is an estate on a sandbox, and the same estate of terraform_data resources.
type estateBenchmark struct {
	env           *acctest.Env
	real, builtin *cliCommand
}

func newEstateBenchmark(b *testing.B, binary string, n int) *estateBenchmark {
	b.Helper()
	env := acctest.New(b, func(o *sandbox.Options) { o.Latency = latency })
	real, builtin := estateConfig(n)
	real = requireProvider("srm", srmSource) + env.Config(real)
	now := env.Sandbox.Now
	r := &estateBenchmark{
		env: env, real: newCLICommand(b, now, srmSource, binary, real),
		builtin: newCLICommand(b, now, srmSource, binary, builtin),
	}
	r.builtin.mustRun("init")
	return r
}
