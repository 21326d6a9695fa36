package provider_test

import (
	"archive/zip"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestRelease installs the zip of a release from a filesystem mirror, as a machine without internet access does, and
// plans with it. SRM_TEST_DIST is the output folder of `make release-snapshot`; without it the test builds a zip as
// .goreleaser.yml says. The CLI selects the requested version, and the User-Agent contains version and commit.
func TestRelease(t *testing.T) {
	if testing.Short() {
		t.Skip("The test builds the provider, and -short is set.")
	}
	t.Parallel()
	rules := readReleaseConfig(t)
	dist := os.Getenv("SRM_TEST_DIST")
	var built release
	if dist == "" {
		dist = t.TempDir()
		built = release{
			ProjectName: rules.ProjectName, Version: "0.1.0", Commit: "0123456789abcdef0123456789abcdef01234567",
		}
		rules.build(t, built.forPlatform(runtime.GOOS, runtime.GOARCH), dist)
	} else {
		built = readSnapshot(t, dist)
		rules.checkDist(t, built, dist)
	}
	native := built.forPlatform(runtime.GOOS, runtime.GOARCH)
	archive := filepath.Join(dist, rules.archive(t, native))
	if got, want := archiveFiles(t, archive), rules.files(t, native); !slices.Equal(got, want) {
		t.Errorf("the archive contains %q, want %q", got, want)
	}

	address := filepath.Join(acctest.RegistryHost(t), "terraform-srm", "srm")
	mirror := t.TempDir()
	if err := os.MkdirAll(filepath.Join(mirror, address), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(archive, filepath.Join(mirror, address, filepath.Base(archive))); err != nil {
		t.Fatal(err)
	}
	env := acctest.New(t)
	cli := env.MirrorCLI(t, mirror, built.Version, estateConfig(1, 1)+"data \"srm_cluster_types\" \"all\" {}\n")
	acctest.Contains(t, cli.MustRun("init", "-no-color"), "Installed terraform-srm/srm v"+built.Version)
	acctest.Contains(t, cli.MustRun("plan", "-no-color"), "Plan: 2 to add, 0 to change, 0 to destroy.")

	var version struct {
		Selected map[string]string `json:"provider_selections"`
	}
	if err := json.Unmarshal([]byte(cli.MustRun("version", "-json")), &version); err != nil {
		t.Fatal(err)
	}
	if got := version.Selected[address]; got != built.Version {
		t.Errorf("the CLI selected version %q of %s, want %s", got, address, built.Version)
	}
	lock, err := os.ReadFile(filepath.Join(cli.Dir(), ".terraform.lock.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	acctest.Contains(t, string(lock), `provider "`+address+`" {`, `version = "`+built.Version+`"`, `"h1:`)
	requests := env.Sandbox.Requests()
	if len(requests) == 0 {
		t.Error("the provider sent no request")
	}
	// OpenTofu passes the version of a comparable Terraform to providers.
	agent := regexp.MustCompile(
		` terraform-provider-srm/` + regexp.QuoteMeta(built.Version) + ` \(commit ` + built.Commit + `\) ` +
			`terraform/\d+\.\d+\.\d+\S*$`,
	)
	for _, request := range requests {
		if !agent.MatchString(request.UserAgent) {
			t.Fatalf("the User-Agent of %s %s is %q, want %s", request.Method, request.Path, request.UserAgent, agent)
		}
	}
}

// archiveFiles returns the sorted file names of an archive, and checks that the provider is executable.
func archiveFiles(t *testing.T, archive string) []string {
	t.Helper()
	opened, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	names := []string{}
	for _, file := range opened.File {
		names = append(names, file.Name)
		if strings.HasPrefix(file.Name, "terraform-provider-") && file.Mode()&0o111 == 0 {
			t.Errorf("%s is not executable in the archive: mode %s", file.Name, file.Mode())
		}
	}
	slices.Sort(names)
	return names
}
