package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/terraform-srm/terraform-provider-srm/internal/report"
)

const examples = "../../examples"

// TestMain runs the command in place of the tests if a script of a test calls it.
func TestMain(m *testing.M) {
	if os.Getenv("SRM_TEST_COMMAND") != "" {
		main()
	}
	os.Exit(m.Run())
}

var (
	commandLine = regexp.MustCompile(`(?m)(?:^|[\s"'(-])srm ((?:assess|collect|report|attest|inventory)\b[^\n|;&#>)]*)`)
	// alternative matches ${name:+text}, of which a command line has the text.
	alternative = regexp.MustCompile(`\$\{\w+:\+([^}]*)\}`)
	redirection = regexp.MustCompile(`\s\d?>+\s?\S+`)
	variable    = regexp.MustCompile(`\$\{?\w+\}?`)
)

// commandLines returns the arguments of all calls of srm in the examples, by file.
func commandLines(t *testing.T) map[string][][]string {
	t.Helper()
	found := map[string][][]string{}
	for _, folder := range []string{"assessment", "ci", "demo", "guides"} {
		err := filepath.WalkDir(filepath.Join(examples, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(path, ".md") {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text := strings.ReplaceAll(string(content), "\\\n", " ")
			text = alternative.ReplaceAllString(text, "$1")
			text = redirection.ReplaceAllString(text, " ")
			text = strings.NewReplacer(`"$bin/srm"`, "srm", `\n'`, "'").Replace(text) // printf '$ srm …\n'
			for _, line := range strings.Split(text, "\n") {
				if strings.HasPrefix(strings.TrimSpace(line), "#") {
					continue
				}
				for _, match := range commandLine.FindAllStringSubmatch(line, -1) {
					words := strings.Fields(strings.NewReplacer(`"`, "", "'", "").Replace(
						variable.ReplaceAllString(match[1], "value")))
					found[path] = append(found[path], words)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// podArguments returns the arguments of the container in the CronJob.
func podArguments(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(examples, "assessment/cronjob.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, job, _ := strings.Cut(string(content), "\n---\n")
	var object struct {
		Spec struct {
			JobTemplate struct {
				Spec struct {
					Template struct {
						Spec struct {
							Containers []struct {
								Args []string `yaml:"args"`
							} `yaml:"containers"`
						} `yaml:"spec"`
					} `yaml:"template"`
				} `yaml:"spec"`
			} `yaml:"jobTemplate"`
		} `yaml:"spec"`
	}
	if err := yaml.Unmarshal([]byte(job), &object); err != nil {
		t.Fatal(err)
	}
	return object.Spec.JobTemplate.Spec.Template.Spec.Containers[0].Args
}

// TestCommandLines parses every call of srm in the examples: its command and its flags exist.
func TestCommandLines(t *testing.T) {
	t.Parallel()
	found := commandLines(t)
	cronjob := filepath.Join(examples, "assessment/cronjob.yaml")
	found[cronjob] = append(found[cronjob], podArguments(t))
	for _, file := range []string{"assessment/assess.sh", "ci/plan.sh", "demo/run.sh", "assessment/cronjob.yaml"} {
		if len(found[filepath.Join(examples, file)]) == 0 {
			t.Errorf("%s has no call of srm that this test finds", file)
		}
	}
	for path, lines := range found {
		for _, words := range lines {
			command, rest, err := app{}.rootCommand().Find(words)
			if err == nil {
				err = command.ParseFlags(rest)
			}
			if err == nil {
				err = command.ValidateArgs(command.Flags().Args())
			}
			if err == nil {
				err = command.ValidateFlagGroups()
			}
			if err != nil {
				t.Errorf("%s: srm %s: %v", path, strings.Join(words, " "), err)
			}
		}
	}
	// The test finds what it looks for.
	command, rest, err := app{}.rootCommand().Find([]string{"report", "--mark", "-"})
	if err != nil || command.ParseFlags(rest) == nil {
		t.Errorf("an unknown flag is not an error: %v", err)
	}
}

// TestDeclaredExamples checks the declarations of the examples as their users do.
func TestDeclaredExamples(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(examples, "assessment")
	out := newRig(
		t,
	).must("attest", "lint", filepath.Join(folder, "attestations.yaml"), filepath.Join(folder, "waivers.yaml"))
	requireContains(t, out, "no problem found")
	config, err := readConfig(filepath.Join(folder, "srm.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readDeclarations(
		slices.Concat(config.paths(config.Attestations), config.paths(config.Waivers)), nil,
	); err != nil ||
		len(config.Attestations)+len(config.Waivers) < 2 {
		t.Errorf("srm.yaml: %v", err)
	}
}

// script runs a shell script in a folder, with this test as the command srm and the credentials of the sandbox. It
// returns the output and the exit code.
func (r *rig) script(folder, path string, environment ...string) (string, int) {
	r.t.Helper()
	program, err := os.Executable()
	if err != nil {
		r.t.Fatal(err)
	}
	bin := r.t.TempDir()
	writeScript(r.t, filepath.Join(bin, "srm"), "SRM_TEST_COMMAND=1 exec '"+program+"' \"$@\"\n")
	command := exec.CommandContext(r.t.Context(), "sh", path)
	command.Dir = folder
	command.Env = append([]string{"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + bin}, environment...)
	for name, value := range r.env {
		command.Env = append(command.Env, name+"="+value)
	}
	out, err := command.CombinedOutput()
	if command.ProcessState == nil {
		r.t.Fatal(err)
	}
	return string(out), command.ProcessState.ExitCode()
}

// writeScript writes a shell script that can be executed.
func writeScript(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil { //nolint:gosec // It is executed.
		t.Fatal(err)
	}
}

// TestPullRequestScript runs the script of the pull request with the assessment of the main branch: the comment has
// what the plan shifts and what is open, in at most 40 lines of its own.
func TestPullRequestScript(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("examples/ci/plan.sh needs jq, which is not on PATH")
	}
	r, folder := newRig(t), t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	r.must("assess", "--cluster", "legacy-prod", "--hds", "--layers", "api", "--output", path("assessment.json"))
	write(t, path("plan.json"), `{"format_version": "1.2", "planned_values": {"outputs": {"pull_request": {"value": `+
		`"## records"}}}, "resource_changes": [{"address": "srm_hds_pool.w", "type": "srm_hds_pool", "change": {`+
		`"actions": ["create"], "before": null, "after": {"responsibility_transfers": [{"key": "public_ip", "clause": `+
		`"NET-03", "to": "customer", "reason": "It has a public IP."}]}}}]}`)
	writeScript(t, path("cli"), "case $1 in\nplan) echo Plan; exit 2 ;;\nshow) cat plan.json ;;\nesac\n")
	script, err := filepath.Abs(filepath.Join(examples, "ci/plan.sh"))
	if err != nil {
		t.Fatal(err)
	}
	for _, environment := range [][]string{{"ASSESSMENT=assessment.json"}, {}} {
		if out, code := r.script(folder, script, append(environment, "CLI=./cli")...); code != 0 {
			t.Fatalf("exit %d\n%s", code, out)
		}
		content, err := os.ReadFile(path("comment.md"))
		if err != nil {
			t.Fatal(err)
		}
		requireContains(t, string(content), "## records", "- `srm_hds_pool.w`: create")
		_, added, isAdded := strings.Cut(string(content), "\n## Shared responsibility: legacy-prod")
		if isAdded != (len(environment) > 0) || strings.Count(added, "\n") > report.MaxMarkdownLines {
			t.Errorf("%v: %s", environment, content)
		}
		if isAdded {
			requireContains(
				t,
				added,
				"`srm_hds_pool.w` (NET-03)",
				"It has a public IP.",
				"0 new, 0 corrected",
				"Still open",
			)
		}
	}
}

// TestWeeklyScript runs the script of the weekly pipeline twice, the second time with the evidence of the first, and
// once with evidence that was changed.
func TestWeeklyScript(t *testing.T) {
	t.Parallel()
	r, folder := newRig(t), t.TempDir()
	script, err := filepath.Abs(filepath.Join(examples, "assessment/assess.sh"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "srm.yaml"), "clusters:\n  - {cluster: legacy-prod, hds: true, layers: [api]}\n"+
		"organization: {}\nfail_on: critical\n")
	run := func(code int) string {
		t.Helper()
		out, got := r.script(folder, script)
		if got != code {
			t.Fatalf("exit %d, expected %d\n%s", got, code, out)
		}
		return out
	}
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	run(exitFail)
	requireContains(t, read("reports/issue.md"), "Responsabilité partagée", "Écarts ouverts")
	if err := os.Rename(filepath.Join(folder, "evidence"), filepath.Join(folder, "previous")); err != nil {
		t.Fatal(err)
	}
	requireContains(t, run(exitFail), "previous: unchanged")
	requireContains(t, read("reports/issue.md"), "Depuis la référence\u00a0: 0 nouveaux, 0 corrigés")
	requireContains(t, read("evidence/manifest.json"), `"previous"`)
	for _, name := range []string{"report.html", "parts.csv", "population.csv", "dates.ics"} {
		if read("reports/"+name) == "" {
			t.Errorf("%s is empty", name)
		}
	}
	if lines := strings.Count(read("reports/issue.md"), "\n"); lines > report.MaxMarkdownLines {
		t.Errorf("%d lines", lines)
	}
	write(t, filepath.Join(folder, "previous/assessment.json"), "{}")
	requireContains(t, run(exitFail), "previous: CHANGED")
}

// TestGitLabPipelines checks that each line of the scripts is a text that a shell parses: without quotes, YAML takes a
// line with a colon for a mapping.
func TestGitLabPipelines(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"assessment/.gitlab-ci.yml", "ci/.gitlab-ci.yml"} {
		content, err := os.ReadFile(filepath.Join(examples, file))
		if err != nil {
			t.Fatal(err)
		}
		var keys map[string]yaml.Node
		if err := yaml.Unmarshal(content, &keys); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		scripts := 0
		for name, node := range keys {
			var job struct {
				Script      []string `yaml:"script"`
				AfterScript []string `yaml:"after_script"`
			}
			if node.Kind != yaml.MappingNode {
				continue
			}
			if err := node.Decode(&job); err != nil {
				t.Errorf("%s: %s: %v", file, name, err)
			}
			for _, script := range [][]string{job.Script, job.AfterScript} {
				if len(script) == 0 {
					continue
				}
				scripts++
				command := exec.CommandContext(t.Context(), "sh", "-n")
				command.Stdin = strings.NewReader(strings.Join(script, "\n"))
				if out, err := command.CombinedOutput(); err != nil {
					t.Errorf("%s: %s: %v: %s", file, name, err, out)
				}
			}
		}
		if scripts < 2 {
			t.Errorf("%s: %d scripts", file, scripts)
		}
	}
}
