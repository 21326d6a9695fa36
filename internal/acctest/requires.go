package acctest

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Feature is a feature of the plugin protocol that not every CLI supports.
type Feature string

// Features that tests require.
const (
	// Actions stands for action blocks, triggers and -invoke.
	Actions Feature = "actions"
	// Query stands for list resources and the query command.
	Query Feature = "list resources"
)

// release is a minor release of a CLI. Patch releases add no features.
type release struct{ major, minor int }

func (r release) before(other release) bool {
	return r.major < other.major || r.major == other.major && r.minor < other.minor
}

// minimumReleases returns the first release of each CLI that supports a feature. A CLI that is missing does not support
// it in any release.
func minimumReleases(feature Feature) map[string]release {
	switch feature {
	case Actions, Query:
		return map[string]release{"Terraform": {1, 14}}
	}
	panic("unknown feature: " + string(feature))
}

// product is a release of "Terraform" or "OpenTofu".
type product struct {
	name string
	release
}

// supports reports whether the CLI supports a feature.
func (p product) supports(feature Feature) bool {
	minimum, ok := minimumReleases(feature)[p.name]
	return ok && !p.before(minimum)
}

// Requires skips a test if the CLI of this run does not support a feature. Only Requires skips tests for that reason;
// each of these features is also tested on the plugin protocol.
func Requires(t *testing.T, feature Feature) {
	t.Helper()
	skipShort(t)
	recordCLI(t)
	cli, err := detectedCLI()
	if err != nil {
		t.Fatal(err)
	}
	if !cli.supports(feature) {
		t.Skipf("%s %d.%d does not support %s", cli.name, cli.major, cli.minor, feature)
	}
}

// SkipCLIUnderRace skips a test that runs a CLI under the race detector, which does not see a provider in a separate
// process, and makes a provider in the test's process several times slower. `make test` runs these tests.
func SkipCLIUnderRace(t testing.TB) {
	t.Helper()
	if RaceDetector {
		t.Skip("The test runs a CLI, which the race detector does not cover.")
	}
	skipShort(t)
}

// skipShort skips a test that starts a CLI or an API server, or takes long, in `make test-quick`.
func skipShort(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("The test starts a CLI or an API server, or takes long, and -short is set.")
	}
}

// RegistryHost returns the default registry host of the CLI of this run.
func RegistryHost(t *testing.T) string {
	t.Helper()
	skipShort(t)
	recordCLI(t)
	cli, err := detectedCLI()
	if err != nil {
		t.Fatal(err)
	}
	return "registry." + strings.ToLower(cli.name) + "." + map[string]string{
		"Terraform": "io", "OpenTofu": "org",
	}[cli.name]
}

// detectedCLI runs `version` once, and returns name and release of the CLI.
var detectedCLI = sync.OnceValues(
	func() (product, error) { //nolint:gochecknoglobals // one for each process, as the CLI
		path := os.Getenv("TF_ACC_TERRAFORM_PATH")
		if path == "" {
			path = "terraform"
		}
		// The result is for all tests: the context of the first test must not cancel the command.
		out, err := exec.CommandContext(context.Background(), path, "version").Output()
		if err != nil {
			return product{}, fmt.Errorf("%s version: %w", path, err)
		}
		return parseProduct(string(out))
	},
)

// parseProduct parses the output of `version`, with a line such as "OpenTofu v1.12.6" or "Terraform v1.14.0-beta1". A
// pre-release counts as the release.
func parseProduct(text string) (product, error) {
	found := regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v(\d+)\.(\d+)\.`).FindStringSubmatch(text)
	if found == nil {
		return product{}, fmt.Errorf("output of neither Terraform nor OpenTofu: %q", text)
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

// SkipLongUnderRace skips a long test under the race detector, which makes it several times slower. `make test` runs
// it.
func SkipLongUnderRace(t *testing.T) {
	t.Helper()
	if RaceDetector {
		t.Skip("The test takes too long under the race detector.")
	}
	skipShort(t)
}

// OnOneCLI skips a test or a subtest whose steps are the same on each CLI, if it runs on the other CLI in this run of
// `make test`. Its name decides. A test calls it before everything that only this test needs.
func OnOneCLI(t *testing.T) {
	t.Helper()
	SkipCLIUnderRace(t)
	skipOtherShare(t, t.Name())
}

// skipOtherShare skips a test whose steps are the same on each CLI, and which runs on the other one in this run of
// `make test`: SRM_TEST_SHARE is "1/2" for one CLI and "2/2" for the other. Without it, every test runs.
func skipOtherShare(t testing.TB, name string) {
	t.Helper()
	if share := os.Getenv("SRM_TEST_SHARE"); share != "" && !ownTests.add(t.Name(), name, share) {
		recordForOtherCLI(t)
		t.Skip("The test runs on the other CLI in this run of make test.")
	}
}

// ownTests are the tests that run on the CLI of this process, and not on the other one.
var ownTests = &shareOfTests{} //nolint:gochecknoglobals // one for each process, as the CLI

type shareOfTests struct{ names sync.Map }

// has reports whether a test or one of its parents is in the share.
func (s *shareOfTests) has(test string) bool {
	for {
		if _, ok := s.names.Load(test); ok {
			return true
		}
		end := strings.LastIndexByte(test, '/')
		if end < 0 {
			return false
		}
		test = test[:end]
	}
}

// add adds a test to the share if key is in the share, and reports whether the share has the test. All subtests of a
// test are in its share, whatever their keys are.
func (s *shareOfTests) add(test, key, share string) bool {
	if s.has(test) {
		return true
	}
	own := fmt.Sprintf("%d/2", crc32.ChecksumIEEE([]byte(key))%2+1) == share
	if own {
		s.names.Store(test, true)
	}
	return own
}

// recordCLI records a test that uses a CLI, so that `make test` runs it again, on the other CLI.
func recordCLI(t testing.TB) {
	t.Helper()
	if !ownTests.has(t.Name()) {
		recordForOtherCLI(t)
	}
}

// recordForOtherCLI appends the name of a test to the file at SRM_TEST_CLI_TESTS.
func recordForOtherCLI(t testing.TB) {
	t.Helper()
	path := os.Getenv("SRM_TEST_CLI_TESTS")
	if path == "" {
		return
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteString(topLevelName(t) + "\n")
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

// topLevelName returns the name of a test without those of its subtests.
func topLevelName(t testing.TB) string {
	name, _, _ := strings.Cut(t.Name(), "/")
	return name
}
