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

// TestRelease installs the zip of a release from a filesystem mirror, as a machine without the internet does, and plans
// with it: that of `make release-snapshot` where SRM_TEST_DIST names its folder, else one that is built here from
// .goreleaser.yml. The CLI finds the version that it asked for, and the API is told version and commit.
func TestRelease(t *testing.T) {
	t.Parallel()
	rules := releaseRules(t)
	dist := os.Getenv("SRM_TEST_DIST")
	var made release
	if dist == "" {
		dist = t.TempDir()
		made = release{ProjectName: rules.ProjectName, Version: "0.1.0", Commit: "0123456789abcdef0123456789abcdef01234567"}
		rules.build(t, made.on(runtime.GOOS, runtime.GOARCH), dist)
	} else {
		made = snapshot(t, dist)
		rules.complete(t, made, dist)
	}
	here := made.on(runtime.GOOS, runtime.GOARCH)
	archive := filepath.Join(dist, rules.archive(t, here))
	if held, wanted := content(t, archive), rules.content(t, here); !slices.Equal(held, wanted) {
		t.Errorf("the archive holds %q, want %q", held, wanted)
	}

	address := filepath.Join(acctest.Registry(t), "terraform-srm", "srm")
	mirror := t.TempDir()
	if err := os.MkdirAll(filepath.Join(mirror, address), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(archive, filepath.Join(mirror, address, filepath.Base(archive))); err != nil {
		t.Fatal(err)
	}
	env := acctest.New(t)
	cli := env.Mirrored(t, mirror, made.Version, estate(1, 1)+"data \"srm_cluster_types\" \"all\" {}\n")
	acctest.Contains(t, cli.Must("init", "-no-color"), "Installed terraform-srm/srm v"+made.Version)
	acctest.Contains(t, cli.Must("plan", "-no-color"), "Plan: 2 to add, 0 to change, 0 to destroy.")

	var said struct {
		Selected map[string]string `json:"provider_selections"`
	}
	if err := json.Unmarshal([]byte(cli.Must("version", "-json")), &said); err != nil {
		t.Fatal(err)
	}
	if got := said.Selected[address]; got != made.Version {
		t.Errorf("the CLI has selected %q of %s, want %s", got, address, made.Version)
	}
	lock, err := os.ReadFile(filepath.Join(cli.Dir(), ".terraform.lock.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	acctest.Contains(t, string(lock), `provider "`+address+`" {`, `version = "`+made.Version+`"`, `"h1:`)
	requests := env.Sandbox.Requests()
	if len(requests) == 0 {
		t.Error("the provider has asked the API nothing")
	}
	// OpenTofu tells providers a version of Terraform that it is like.
	agent := regexp.MustCompile(
		` terraform-provider-srm/` + regexp.QuoteMeta(made.Version) + ` \(commit ` + made.Commit + `\) ` +
			`terraform/\d+\.\d+\.\d+\S*$`,
	)
	for _, request := range requests {
		if !agent.MatchString(request.UserAgent) {
			t.Fatalf("%s %s came from %q, want %s", request.Method, request.Path, request.UserAgent, agent)
		}
	}
}

// content are the names of the files of an archive; the provider must be one that can be run.
func content(t *testing.T, archive string) []string {
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
			t.Errorf("%s has mode %s in the archive: it cannot be run", file.Name, file.Mode())
		}
	}
	slices.Sort(names)
	return names
}
