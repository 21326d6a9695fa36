package provider_test

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/template"

	"sigs.k8s.io/yaml"
)

// release holds the fields that the templates of .goreleaser.yml use.
type release struct{ ProjectName, Version, Commit, Os, Arch string }

// forPlatform returns the release of a platform.
func (r release) forPlatform(system, architecture string) release {
	r.Os, r.Arch = system, architecture
	return r
}

// releaseConfig is the part of .goreleaser.yml that defines the files of a release.
type releaseConfig struct {
	ProjectName string `json:"project_name"`
	Builds      []struct {
		Env, Flags, Ldflags, Goos, Goarch []string
		Ignore                            []struct{ Goos, Goarch string }
		Binary                            string
	}
	Archives []struct {
		Formats, Files []string
		NameTemplate   string `json:"name_template"`
	}
	Sboms    []struct{ Documents []string }
	Checksum struct {
		NameTemplate string `json:"name_template"`
		ExtraFiles   []struct {
			Glob         string
			NameTemplate string `json:"name_template"`
		} `json:"extra_files"`
	}
}

func readReleaseConfig(t *testing.T) releaseConfig {
	t.Helper()
	raw, err := os.ReadFile(repositoryPath(".goreleaser.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var rules releaseConfig
	if err := yaml.Unmarshal(raw, &rules); err != nil {
		t.Fatal(err)
	}
	if len(rules.Builds) != 1 || len(rules.Archives) != 1 || !slices.Equal(
		rules.Archives[0].Formats, []string{"zip"},
	) || len(rules.Sboms) != 1 || len(rules.Checksum.ExtraFiles) != 1 {
		t.Fatalf("the test supports one build, one zip, one bill of materials and one manifest, not %+v", rules)
	}
	return rules
}

// repositoryPath returns the path of a file of the repository.
func repositoryPath(elements ...string) string {
	return filepath.Join(append([]string{"..", ".."}, elements...)...)
}

// render executes a template of .goreleaser.yml.
func (r release) render(t *testing.T, text string) string {
	t.Helper()
	parsed, err := template.New("").Option("missingkey=error").Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := parsed.Execute(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// archive returns the file name of the zip.
func (c releaseConfig) archive(t *testing.T, of release) string {
	t.Helper()
	return of.render(t, c.Archives[0].NameTemplate) + ".zip"
}

// binary returns the file name of the provider in the zip.
func (c releaseConfig) binary(t *testing.T, of release) string {
	t.Helper()
	name := of.render(t, c.Builds[0].Binary)
	if of.Os == "windows" {
		name += ".exe"
	}
	return name
}

// files returns the sorted names of the files in the zip.
func (c releaseConfig) files(t *testing.T, of release) []string {
	t.Helper()
	return slices.Sorted(slices.Values(append(slices.Clone(c.Archives[0].Files), c.binary(t, of))))
}

// build creates the zip of one platform as .goreleaser.yml says.
func (c releaseConfig) build(t *testing.T, of release, into string) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), c.binary(t, of))
	args := append([]string{"build", "-o", binary}, c.Builds[0].Flags...)
	args = append(args, "-ldflags", of.render(t, strings.Join(c.Builds[0].Ldflags, " ")), ".")
	build := exec.CommandContext(t.Context(), "go", args...)
	build.Dir, build.Env = repositoryPath(), append(os.Environ(), c.Builds[0].Env...)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	file, err := os.Create(filepath.Join(into, c.archive(t, of)))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	archive := zip.NewWriter(file)
	for _, path := range append([]string{binary}, c.Archives[0].Files...) {
		mode := os.FileMode(0o644)
		if path == binary {
			mode = 0o755
		} else {
			path = repositoryPath(path)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		header := &zip.FileHeader{Name: filepath.Base(path), Method: zip.Deflate}
		header.SetMode(mode)
		entry, err := archive.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := entry.Write(raw); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
}

// readSnapshot returns the release that goreleaser built in a folder.
func readSnapshot(t *testing.T, dist string) release {
	t.Helper()
	var metadata struct {
		ProjectName string `json:"project_name"`
		Version     string
		Commit      string
	}
	decodeJSONFile(t, filepath.Join(dist, "metadata.json"), &metadata)
	return release{ProjectName: metadata.ProjectName, Version: metadata.Version, Commit: metadata.Commit}
}

// decodeJSONFile decodes a JSON file.
func decodeJSONFile(t *testing.T, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// checkDist checks the output folder of goreleaser: a zip and a bill of materials for every platform, and the checksums
// of all of them and of the manifest, without any other checksum.
func (c releaseConfig) checkDist(t *testing.T, built release, dist string) {
	t.Helper()
	paths := map[string]string{
		built.render(t, c.Checksum.ExtraFiles[0].NameTemplate): repositoryPath(c.Checksum.ExtraFiles[0].Glob),
	}
	for _, system := range c.Builds[0].Goos {
		for _, architecture := range c.Builds[0].Goarch {
			if slices.ContainsFunc(c.Builds[0].Ignore, func(ignored struct{ Goos, Goarch string }) bool {
				return ignored.Goos == system && ignored.Goarch == architecture
			}) {
				continue
			}
			platform := built.forPlatform(system, architecture)
			archive, bill := c.archive(t, platform), platform.render(t, c.Sboms[0].Documents[0])
			paths[archive], paths[bill] = filepath.Join(dist, archive), filepath.Join(dist, bill)
			if got := archiveFiles(t, paths[archive]); !slices.Equal(got, c.files(t, platform)) {
				t.Errorf("%s contains %q, want %q", archive, got, c.files(t, platform))
			}
			checkBillOfMaterials(t, paths[bill], built)
		}
	}
	sums, err := os.ReadFile(filepath.Join(dist, built.render(t, c.Checksum.NameTemplate)))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(sums)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		path, ok := paths[name]
		if !ok {
			t.Errorf("there is a checksum of %q, which is not a file of the release", name)
			continue
		}
		delete(paths, name)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(raw)); got != sum {
			t.Errorf("the checksum of %s is %s, want %s", name, got, sum)
		}
	}
	for name := range paths {
		t.Errorf("there is no checksum of %s", name)
	}
}

// checkBillOfMaterials checks format and version of a bill of materials, and that it lists the standard library and the
// main dependencies.
func checkBillOfMaterials(t *testing.T, path string, built release) {
	t.Helper()
	var bill struct {
		Format   string `json:"bomFormat"`
		Metadata struct {
			Component struct{ Name, Version string }
		}
		Components []struct{ Name, Version string }
	}
	decodeJSONFile(t, path, &bill)
	if bill.Format != "CycloneDX" ||
		bill.Metadata.Component.Name != "github.com/terraform-srm/terraform-provider-srm" ||
		bill.Metadata.Component.Version != "v"+built.Version {
		t.Errorf("%s is a %s of %+v", path, bill.Format, bill.Metadata.Component)
	}
	for _, name := range []string{
		"github.com/scaleway/scaleway-sdk-go", "github.com/hashicorp/terraform-plugin-framework", "k8s.io/client-go",
		"std",
	} {
		found := false
		for _, component := range bill.Components {
			found = found || component.Name == name && component.Version != ""
		}
		if !found {
			t.Errorf("%s does not list %s", path, name)
		}
	}
}
