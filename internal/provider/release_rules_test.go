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

// release is what the templates of .goreleaser.yml may name.
type release struct{ ProjectName, Version, Commit, Os, Arch string }

func (r release) on(system, architecture string) release {
	r.Os, r.Arch = system, architecture
	return r
}

// releaseConfig is what a release is, of .goreleaser.yml.
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

func releaseRules(t *testing.T) releaseConfig {
	t.Helper()
	raw, err := os.ReadFile(root(".goreleaser.yml"))
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
		t.Fatalf("a release is one build, one zip, one bill of materials and one manifest, not %+v", rules)
	}
	return rules
}

func root(elements ...string) string {
	return filepath.Join(append([]string{"..", ".."}, elements...)...)
}

// of is a template of the file for a release.
func (r release) of(t *testing.T, text string) string {
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

func (c releaseConfig) archive(t *testing.T, of release) string {
	t.Helper()
	return of.of(t, c.Archives[0].NameTemplate) + ".zip"
}

func (c releaseConfig) binary(t *testing.T, of release) string {
	t.Helper()
	name := of.of(t, c.Builds[0].Binary)
	if of.Os == "windows" {
		name += ".exe"
	}
	return name
}

// content are the names of the files of an archive, sorted.
func (c releaseConfig) content(t *testing.T, of release) []string {
	t.Helper()
	return slices.Sorted(slices.Values(append(slices.Clone(c.Archives[0].Files), c.binary(t, of))))
}

// build makes the zip of one platform as the file says.
func (c releaseConfig) build(t *testing.T, of release, into string) {
	t.Helper()
	binary := filepath.Join(t.TempDir(), c.binary(t, of))
	args := append([]string{"build", "-o", binary}, c.Builds[0].Flags...)
	args = append(args, "-ldflags", of.of(t, strings.Join(c.Builds[0].Ldflags, " ")), ".")
	build := exec.CommandContext(t.Context(), "go", args...)
	build.Dir, build.Env = root(), append(os.Environ(), c.Builds[0].Env...)
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
			path = root(path)
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

// snapshot is the release that goreleaser left in a folder.
func snapshot(t *testing.T, dist string) release {
	t.Helper()
	var made struct {
		ProjectName string `json:"project_name"`
		Version     string
		Commit      string
	}
	decode(t, filepath.Join(dist, "metadata.json"), &made)
	return release{ProjectName: made.ProjectName, Version: made.Version, Commit: made.Commit}
}

func decode(t *testing.T, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// complete checks a folder that goreleaser made: for every platform the zip with what belongs in it and the bill of
// materials, all of them and the manifest with their right checksums, and no checksum of anything else.
func (c releaseConfig) complete(t *testing.T, made release, dist string) {
	t.Helper()
	wanted := map[string]string{made.of(t, c.Checksum.ExtraFiles[0].NameTemplate): root(c.Checksum.ExtraFiles[0].Glob)}
	for _, system := range c.Builds[0].Goos {
		for _, architecture := range c.Builds[0].Goarch {
			if slices.ContainsFunc(c.Builds[0].Ignore, func(one struct{ Goos, Goarch string }) bool {
				return one.Goos == system && one.Goarch == architecture
			}) {
				continue
			}
			of := made.on(system, architecture)
			archive, bill := c.archive(t, of), of.of(t, c.Sboms[0].Documents[0])
			wanted[archive], wanted[bill] = filepath.Join(dist, archive), filepath.Join(dist, bill)
			if held := content(t, wanted[archive]); !slices.Equal(held, c.content(t, of)) {
				t.Errorf("%s holds %q, want %q", archive, held, c.content(t, of))
			}
			billed(t, wanted[bill], made)
		}
	}
	sums, err := os.ReadFile(filepath.Join(dist, made.of(t, c.Checksum.NameTemplate)))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(sums)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		path, ok := wanted[name]
		if !ok {
			t.Errorf("the checksums name %q, which belongs to no platform", name)
			continue
		}
		delete(wanted, name)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(raw)); got != sum {
			t.Errorf("%s has the checksum %s, not %s", name, got, sum)
		}
	}
	for name := range wanted {
		t.Errorf("there is no checksum of %s", name)
	}
}

// billed checks a bill of materials: of this version, with the language and with the modules that no provider of ours
// can lack.
func billed(t *testing.T, path string, made release) {
	t.Helper()
	var bill struct {
		Format   string `json:"bomFormat"`
		Metadata struct {
			Component struct{ Name, Version string }
		}
		Components []struct{ Name, Version string }
	}
	decode(t, path, &bill)
	if bill.Format != "CycloneDX" || bill.Metadata.Component.Name != "github.com/terraform-srm/terraform-provider-srm" ||
		bill.Metadata.Component.Version != "v"+made.Version {
		t.Errorf("%s is a %s of %+v", path, bill.Format, bill.Metadata.Component)
	}
	for _, wanted := range []string{
		"github.com/scaleway/scaleway-sdk-go", "github.com/hashicorp/terraform-plugin-framework", "k8s.io/client-go", "std",
	} {
		found := false
		for _, one := range bill.Components {
			found = found || one.Name == wanted && one.Version != ""
		}
		if !found {
			t.Errorf("%s lacks %s", path, wanted)
		}
	}
}
