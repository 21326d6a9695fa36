// Package bench measures the provider as its users run it: the binary of a release under a real CLI, on a sandbox that
// answers as late as the real API does. It reports and judges nothing: what must not grow unnoticed is counted by
// tests.
package bench

import (
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

const (
	// latency of the sandbox's answers, and parallelism of the CLI, its default.
	latency     = 50 * time.Millisecond
	parallelism = 10
)

// sizes are numbers of clusters, each with one pool.
func sizes() []int { return []int{10, 50, 200} }

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

// estate is so many clusters, and the same values in resources that are built into the CLI and make no request.
func estate(n int) (real, builtin string) {
	all := fmt.Sprintf("locals {\n  names = toset([for i in range(%d) : format(\"cluster-%%03d\", i)])\n}\n", n)
	const each = "  for_each = local.names\n"
	real = all + "resource \"srm_hds_cluster\" \"cluster\" {\n" + each + clusterBody + "}\n" +
		"resource \"srm_hds_pool\" \"pool\" {\n" + each + fmt.Sprintf(poolBody, "srm_hds_cluster") + "}\n"
	builtin = all + "resource \"terraform_data\" \"cluster\" {\n" + each + "  input = {" + clusterBody + "  }\n}\n" +
		"resource \"terraform_data\" \"pool\" {\n" + each + "  input = {" + fmt.Sprintf(poolBody, "terraform_data") + "  " +
		"}\n}\n"
	return real, builtin
}

// command is a CLI in a directory of its own.
type command struct {
	b         *testing.B
	path, dir string
	env       []string
}

// theCLI is the one that TF_ACC_TERRAFORM_PATH names, else the terraform of PATH.
func theCLI(b *testing.B) string {
	b.Helper()
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path
	}
	path, err := exec.LookPath("terraform")
	if err != nil {
		b.Fatal("No CLI to measure on: put terraform on PATH, or set TF_ACC_TERRAFORM_PATH (`make bench` does).")
	}
	return path
}

// release builds the provider as a release is, and returns where it is.
func release(b *testing.B) string {
	b.Helper()
	binary := filepath.Join(b.TempDir(), "terraform-provider-srm")
	build := exec.CommandContext(
		b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary,
		"github.com/terraform-srm/terraform-provider-srm",
	)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

func newCommand(b *testing.B, binary, hcl string) *command {
	b.Helper()
	c := &command{b: b, path: theCLI(b), dir: b.TempDir()}
	c.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir, "TF_CLI_CONFIG_FILE=" + filepath.Join(c.dir, "cli.tfrc"),
		"CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
	}
	for name, text := range map[string]string{
		"main.tf": hcl,
		"cli.tfrc": fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"terraform-srm/srm\" = %q\n  }\n  direct "+
			"{}\n}\n", filepath.Dir(binary)),
	} {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return c
}

func (c *command) cmd(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(c.b.Context(), c.path, append(args, "-no-color")...)
	cmd.Dir, cmd.Env = c.dir, c.env
	return cmd
}

// run runs a command to its end, which must be a success.
func (c *command) run(args ...string) {
	c.b.Helper()
	if out, err := c.cmd(args...).CombinedOutput(); err != nil {
		c.b.Fatalf("%v: %v\n%s", args, err, out)
	}
}

// peak runs a command, and returns the most memory, in MB, that a provider process of it had; 0 where /proc does not
// say.
func (c *command) peak(args ...string) float64 {
	c.b.Helper()
	cmd := c.cmd(args...)
	if err := cmd.Start(); err != nil {
		c.b.Fatal(err)
	}
	ended, highest := make(chan error, 1), 0.0
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			if err != nil {
				c.b.Fatalf("%v: %v", args, err)
			}
			return highest
		case <-tick.C:
			for _, child := range children(cmd.Process.Pid) {
				highest = max(highest, resident(child))
			}
		}
	}
}

func children(pid int) []string {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is well formed
	found := []string{}
	for _, list := range lists {
		if raw, err := os.ReadFile(list); err == nil {
			found = append(found, strings.Fields(string(raw))...)
		}
	}
	return found
}

// resident is the high-water mark of a process's memory in MB; 0 where it has ended.
func resident(pid string) float64 {
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

// rig is an estate and its double on one sandbox.
type rig struct {
	env           *acctest.Env
	real, builtin *command
}

func newRig(b *testing.B, binary string, n int) *rig {
	b.Helper()
	env := acctest.New(b, func(o *sandbox.Options) { o.Latency = latency })
	real, builtin := estate(n)
	real = "terraform {\n  required_providers {\n    srm = { source = \"terraform-srm/srm\" }\n  }\n}\n" + env.Config(real)
	r := &rig{env: env, real: newCommand(b, binary, real), builtin: newCommand(b, binary, builtin)}
	r.builtin.run("init")
	return r
}
