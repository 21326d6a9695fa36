package acctest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Feature is something of the provider protocol that not every CLI has.
type Feature string

// The features that tests ask for.
const (
	// Actions are action blocks, triggers, and -invoke.
	Actions Feature = "actions"
	// Query is list resources and the command that runs them.
	Query Feature = "list resources"
)

// release is the minor of a CLI: its patches bring no features.
type release struct{ major, minor int }

func (r release) before(other release) bool {
	return r.major < other.major || r.major == other.major && r.minor < other.minor
}

// since is the least Terraform, and the least OpenTofu, that have a feature: one that is not named has it in no
// release. The version numbers of the two say nothing about each other.
func since(feature Feature) map[string]release {
	switch feature {
	case Actions, Query:
		return map[string]release{"Terraform": {1, 14}}
	}
	panic("no such feature: " + string(feature))
}

// product is a CLI as it names itself: "Terraform" or "OpenTofu".
type product struct {
	name string
	release
}

func (p product) has(feature Feature) bool {
	least, ever := since(feature)[p.name]
	return ever && !p.before(least)
}

// Requires skips a test that the CLI of this run is too old for. It is the one place that does; what is skipped is
// tested on the provider protocol as well, whatever the CLI.
func Requires(t *testing.T, feature Feature) {
	t.Helper()
	cli, err := theCLI()
	if err != nil {
		t.Fatal(err)
	}
	if !cli.has(feature) {
		t.Skipf("%s %d.%d has no %s", cli.name, cli.major, cli.minor, feature)
	}
}

// UsesCLI skips a test that runs a CLI where the race detector is on: the provider is then a process of its own, in
// which the detector sees nothing, or is in the test's process and several times as slow. `make test` runs it.
func UsesCLI(t testing.TB) {
	t.Helper()
	if RaceDetector {
		t.Skip("runs a CLI: not under the race detector")
	}
}

// Registry is the host that the CLI of this run asks for a provider whose source names none.
func Registry(t *testing.T) string {
	t.Helper()
	cli, err := theCLI()
	if err != nil {
		t.Fatal(err)
	}
	return "registry." + strings.ToLower(cli.name) + "." + map[string]string{
		"Terraform": "io", "OpenTofu": "org",
	}[cli.name]
}

// theCLI asks the CLI of this run once what it is.
var theCLI = sync.OnceValues(func() (product, error) { //nolint:gochecknoglobals // one for a process, as the CLI is
	path := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if path == "" {
		path = "terraform"
	}
	// It is asked for all tests: that of the first to ask must not end it.
	out, err := exec.CommandContext(context.Background(), path, "version").Output()
	if err != nil {
		return product{}, fmt.Errorf("%s version: %w", path, err)
	}
	return parseProduct(string(out))
})

// parseProduct reads what `version` prints, "OpenTofu v1.12.6" or "Terraform v1.14.0-beta1" among other lines. A
// version before its release has its features.
func parseProduct(text string) (product, error) {
	found := regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v(\d+)\.(\d+)\.`).FindStringSubmatch(text)
	if found == nil {
		return product{}, fmt.Errorf("neither Terraform nor OpenTofu: %q", text)
	}
	major, err := strconv.Atoi(found[2])
	if err != nil {
		return product{}, err
	}
	minor, err := strconv.Atoi(found[3])
	if err != nil {
		return product{}, err
	}
	return product{name: found[1], release: release{major, minor}}, nil
}

// Once skips a test that asks no CLI in the second run of `make test`, on the other CLI, and in `make race`: it is
// long, and would find the same.
func Once(t *testing.T) {
	t.Helper()
	if os.Getenv("SRM_TEST_ONCE") == "done" {
		t.Skip("asks no CLI, and runs once, in the first run of make test")
	}
}
