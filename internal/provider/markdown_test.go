package provider_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extensionast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// markdownDocument is a rendered Markdown document. The first row of a table is its header.
type markdownDocument struct {
	headings   []string
	tables     [][][]string
	codeBlocks []string // fenced code
	lastHTML   string   // the HTML block at the end, if any
	problems   []string
}

// unescapedPipe matches the end of a table cell, even inside a code span.
var unescapedPipe = regexp.MustCompile(`(^|[^\\])\|`) //nolint:gochecknoglobals // a constant

// renderMarkdown parses Markdown with tables, as GitHub and the registry do, and finds parts that these would not
// render as intended.
func renderMarkdown(source string) markdownDocument {
	raw := []byte(source)
	parsed := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(text.NewReader(raw))
	found, fenced, rows := markdownDocument{}, map[int]bool{}, 0
	err := ast.Walk(parsed, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch node := node.(type) {
		case *ast.Heading:
			found.headings = append(found.headings, plainText(node, raw))
		case *ast.CodeBlock:
			found.problems = append(found.problems, fmt.Sprintf("an indented code block: %q", node.Lines().Value(raw)))
		case *ast.FencedCodeBlock:
			found.codeBlocks = append(found.codeBlocks, string(node.Lines().Value(raw)))
			for i := range node.Lines().Len() {
				fenced[node.Lines().At(i).Start] = true
			}
		case *extensionast.Table:
			found.tables = append(found.tables, nil)
			rows++ // the delimiter row
		case *extensionast.TableHeader, *extensionast.TableRow:
			rows++
			row := []string{}
			for cell := node.FirstChild(); cell != nil; cell = cell.NextSibling() {
				row = append(row, plainText(cell, raw))
			}
			last := len(found.tables) - 1
			found.tables[last] = append(found.tables[last], row)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		found.problems = append(found.problems, err.Error())
	}
	if html, ok := parsed.LastChild().(*ast.HTMLBlock); ok {
		found.lastHTML = string(html.Lines().Value(raw))
	}
	lines, columns, start := 0, 0, 0
	for line := range strings.Lines(source) {
		if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "|") && !fenced[start] {
			lines++
			pipes := len(unescapedPipe.FindAllString(strings.ReplaceAll(trimmed, "||", "| |"), -1))
			if columns != 0 && pipes != columns {
				found.problems = append(found.problems,
					fmt.Sprintf("%d cells in a table of %d columns: %s", pipes-1, columns-1, trimmed))
			}
			columns = pipes
		} else {
			columns = 0
		}
		start += len(line)
	}
	if lines != rows {
		found.problems = append(found.problems,
			fmt.Sprintf("%d lines start with a pipe, but %d are rows of tables", lines, rows))
	}
	return found
}

// plainText returns the text of a node as a browser shows it.
func plainText(node ast.Node, source []byte) string {
	b := strings.Builder{}
	for child := node.FirstChild(); child != nil; child = child.NextSibling() {
		switch child := child.(type) {
		case *ast.Text:
			b.WriteString(unescape(string(child.Segment.Value(source))))
			if child.SoftLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.RawHTML:
		default:
			b.WriteString(plainText(child, source))
		}
	}
	return b.String()
}

// unescape resolves escaped pipes and HTML entities.
func unescape(escaped string) string {
	return strings.NewReplacer(`\|`, "|", "&#124;", "|", "&lt;", "<", "&amp;", "&").Replace(escaped)
}

// checkMarkdown renders Markdown, and reports its problems as test errors.
func checkMarkdown(t *testing.T, name, source string) markdownDocument {
	t.Helper()
	found := renderMarkdown(source)
	for _, problem := range found.problems {
		t.Errorf("%s: %s", name, problem)
	}
	return found
}

// TestMarkdownFiles renders every Markdown file of the repository.
func TestMarkdownFiles(t *testing.T) {
	t.Parallel()
	pages := 0
	err := filepath.WalkDir(repositoryPath(), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && (name == ".git" || name == ".bin" || name == "dist" ||
			name == ".demo") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		pages++
		source := string(raw)
		if rest, ok := strings.CutPrefix(source, "---\n"); ok {
			_, source, _ = strings.Cut(rest, "\n---\n")
		}
		checkMarkdown(t, path, source)
		return nil
	})
	if err != nil || pages < 40 {
		t.Errorf("%d pages, %v", pages, err)
	}
}

// TestPullRequestIsMarkdown renders the output pull_request of the module hds-platform, with special characters in the
// reasons of accepted transfers.
func TestPullRequestIsMarkdown(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, startInNovember2026)
	cli := env.ModuleCLI(t, modulePath("hds-platform"))
	cli.MustRun("get")
	plan := func(variables ...string) markdownDocument {
		t.Helper()
		args := []string{"plan", "-input=false", "-no-color", "-out=plan"}
		for _, variable := range append([]string{
			"name=records", "kubernetes_version=1.36", "private_network_id=fr-par/" + sandbox.PrivateNetworkID,
			"as_of=2026-11-24", "passphrase=a passphrase that is long enough to be one",
		}, variables...) {
			args = append(args, "-var", variable)
		}
		cli.MustRun(args...)
		var saved struct {
			Planned struct {
				Outputs map[string]struct{ Value any } `json:"outputs"`
			} `json:"planned_values"`
		}
		if err := json.Unmarshal([]byte(cli.MustRun("show", "-json", "plan")), &saved); err != nil {
			t.Fatal(err)
		}
		source, ok := saved.Planned.Outputs["pull_request"].Value.(string)
		if !ok {
			t.Fatalf("no output pull_request: %v", saved.Planned.Outputs)
		}
		t.Log(source)
		size := 0
		for name, output := range saved.Planned.Outputs {
			value, err := json.Marshal(output.Value)
			if err != nil {
				t.Fatal(name, err)
			}
			size += len(value)
		}
		t.Logf("%d outputs of the module have %d bytes", len(saved.Planned.Outputs), size)
		found := checkMarkdown(t, "pull_request", source)
		headings := []string{
			"records: Kubernetes 1.36 on kapsule-dedicated-4", "Responsibilities that shift from Scaleway to the " +
				"customer",
			"Clauses of the Shared Responsibility Model",
		}
		if !slices.Equal(found.headings, headings) {
			t.Errorf("headings %q, want %q", found.headings, headings)
		}
		return found
	}
	withoutTransfers := plan(`administrators={}`, `pools={workers={node_type="POP2-4C-16G",zone="fr-par-1",size=2}}`)
	header := []string{"responsible", "clauses"}
	if tables := withoutTransfers.tables; len(tables) != 1 || len(tables[0]) < 5 || !slices.Equal(tables[0][0],
		header) {
		t.Errorf("tables %q", tables)
	}
	reason := `the vendor needs a | b, and <!-- ` + "`c`" + `\n\n## so\n- it says`
	moved := plan(
		`administrators={office="192.0.2.0/24"}`,
		`pools={workers={node_type="POP2-4C-16G",zone="fr-par-1",size=2,kubelet_args={maxPods="50",podsPerCore="5"}}}`,
		`accepted_responsibility_transfers={"workers/kubelet_args/maxPods"="`+reason+`",`+
			`"workers/kubelet_args/podsPerCore"="\tit fits  "}`,
	)
	if len(moved.tables) != 2 || len(moved.tables[0]) != 3 {
		t.Fatalf("tables %q", moved.tables)
	}
	for i, want := range [][]string{
		{"clause", "transfer", "reason", "reason for acceptance", "how to revert"},
		{
			"TRF-01", "workers/kubelet_args/maxPods", `kubelet_args sets "maxPods"`,
			"the vendor needs a | b, and <!-- c ## so - it says", `Remove "maxPods"`,
		},
		{
			"TRF-01", "workers/kubelet_args/podsPerCore", `kubelet_args sets "podsPerCore"`, "it fits",
			`Remove "podsPerCore"`,
		},
	} {
		row := moved.tables[0][i]
		if len(row) != len(want) {
			t.Fatalf("row %q, want %q", row, want)
		}
		for column, cell := range want {
			if !strings.HasPrefix(row[column], cell) {
				t.Errorf("row %d, column %d is %q, want %q", i, column, row[column], cell)
			}
		}
	}
}

// TestPipelineCommentIsMarkdown runs the script of examples/ci with a CLI whose output contains code fences, and is
// longer than a comment may be. The script closes its own code block.
func TestPipelineCommentIsMarkdown(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("examples/ci/plan.sh needs jq, which is not on PATH")
	}
	script, err := filepath.Abs(repositoryPath("examples", "ci", "plan.sh"))
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("é", 200) + "\n"
	for _, test := range []struct {
		name, output string
		code         int // exit code of the plan
		last         string
	}{
		{"a warning with a fence", "Warning: look\n\n```sh\n# run\n```\n\n| a | b |\n", 0, "</details>"},
		{"truncated warnings", "Warning: look\n" + strings.Repeat(long, 200), 0, "</details>"},
		{"an error with a longer fence", "Error: no\n\n`````\n| a | b |\n~~~\n", 1, ""},
		{"truncated errors", "Error: no\n" + strings.Repeat(long, 400), 1, ""},
		{"no line break at the end", "Error: no", 1, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, content := range map[string]string{
				"output": test.output,
				"cli": fmt.Sprintf("#!/bin/sh\ncase $1 in plan) cat output; exit %d ;; esac\n"+
					`echo '{"planned_values": {"outputs": {"pull_request": {"value": "## From the module"}}}}'`+
					"\n", test.code),
			} {
				if err := os.WriteFile(
					filepath.Join(dir, name), []byte(content), 0o700,
				); err != nil { //nolint:gosec // a program
					t.Fatal(err)
				}
			}
			run := exec.CommandContext(t.Context(), "sh", script)
			run.Dir, run.Env = dir, []string{"CLI=./cli", "PATH=" + os.Getenv("PATH")}
			out, err := run.CombinedOutput()
			if code := run.ProcessState.ExitCode(); code != test.code {
				t.Fatalf("exit %d, want %d: %v\n%s", code, test.code, err, out)
			}
			comment, err := os.ReadFile(filepath.Join(dir, "comment.md"))
			if err != nil {
				t.Fatal(err)
			}
			found := checkMarkdown(t, test.name, string(comment))
			if !utf8.Valid(comment) || len(comment) > 65536 || len(found.tables) > 0 || len(found.codeBlocks) != 1 {
				t.Errorf(
					"%d bytes, %d tables, %d blocks of code\n%s",
					len(comment),
					len(found.tables),
					len(found.codeBlocks),
					comment,
				)
			}
			first, _, _ := strings.Cut(test.output, "\n")
			if len(found.codeBlocks) == 1 && !strings.HasPrefix(found.codeBlocks[0], first) {
				t.Errorf("the code block starts with %q", found.codeBlocks[0])
			}
			if got := strings.TrimSpace(found.lastHTML); got != test.last {
				t.Errorf("the comment ends with %q, want %q", got, test.last)
			}
		})
	}
}
