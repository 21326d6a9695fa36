package style

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// root is the root of the repository.
const root = "../.."

// rules are the rules of words.txt.
type rules struct {
	texts   []textRule
	names   map[string]string // old name -> new name
	allowed *strings.Replacer // replaces accepted phrases by spaces
}

type textRule struct {
	pattern *regexp.Regexp
	old     string
	instead string
}

// finding is a word that a rule refuses.
type finding struct {
	line         int
	old, instead string
}

func parseRules(text string) (rules, error) {
	parsed := rules{names: map[string]string{}}
	allowed := []string{}
	for number, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != 3 || fields[1] == "" || fields[2] == "" {
			return rules{}, fmt.Errorf("line %d: %q is not three fields between tabs", number+1, line)
		}
		switch kind, old, instead := fields[0], fields[1], fields[2]; kind {
		case "text":
			words := strings.Fields(regexp.QuoteMeta(old))
			parsed.texts = append(parsed.texts, textRule{
				regexp.MustCompile(`(?i)\b` + strings.Join(words, `\s+`) + `\b`), old, instead,
			})
		case "name":
			parsed.names[old] = instead
		case "allow":
			allowed = append(allowed, old, strings.Repeat(" ", len(old)))
		default:
			return rules{}, fmt.Errorf("line %d: unknown kind %q", number+1, kind)
		}
	}
	parsed.allowed = strings.NewReplacer(allowed...)
	return parsed, nil
}

// inText returns the words that the text rules refuse in a text that begins at a line.
func (r rules) inText(text string, line int) []finding {
	text = r.allowed.Replace(text)
	found := []finding{}
	for _, rule := range r.texts {
		for _, at := range rule.pattern.FindAllStringIndex(text, -1) {
			found = append(found, finding{line + strings.Count(text[:at[0]], "\n"), rule.old, rule.instead})
		}
	}
	return found
}

// inLines is inText of a file whose comment markers and line breaks may divide a phrase.
func (r rules) inLines(text string) []finding {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimLeft(line, "\t #/|>*-")
	}
	return r.inText(strings.Join(lines, "\n"), 1)
}

// inGo returns what the rules refuse in the comments, strings and declared names of a Go file.
func (r rules) inGo(source []byte) ([]finding, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	found := []finding{}
	line := func(n ast.Node) int { return set.Position(n.Pos()).Line }
	for _, group := range file.Comments {
		found = append(found, r.inText(group.Text(), line(group))...)
	}
	name := func(ids ...*ast.Ident) {
		for _, id := range ids {
			if instead, refused := r.names[id.Name]; refused {
				found = append(found, finding{line(id), id.Name, instead})
			}
		}
	}
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			name(d.Name)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if values, ok := spec.(*ast.ValueSpec); ok {
					name(values.Names...)
				}
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSpec:
			name(n.Name)
		case *ast.StructType:
			for _, field := range n.Fields.List {
				name(field.Names...)
			}
		case *ast.InterfaceType:
			for _, method := range n.Methods.List {
				name(method.Names...)
			}
		case ast.Expr:
			if text, ok := joined(n); ok {
				// With quotes, a rule can allow a word as the whole of a string: a value of another program.
				found = append(found, r.inText(`"`+text+`"`, line(n))...)
				return false
			}
		}
		return true
	})
	return found, nil
}

// joined returns the text of a string literal, or of literals that are joined by +.
func joined(expression ast.Expr) (string, bool) {
	switch e := expression.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, ok := joined(e.X)
		if !ok || e.Op != token.ADD {
			return "", false
		}
		right, ok := joined(e.Y)
		return left + right, ok
	}
	return "", false
}

func readRules(t *testing.T) rules {
	t.Helper()
	text, err := os.ReadFile("words.txt")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parseRules(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// TestRules proves that the search finds each kind of place, and only that.
func TestRules(t *testing.T) {
	t.Parallel()
	r, err := parseRules("text\told word\tnew\nname\tTake\tLock\nallow\tthe Old Word of law\ta title\n# text\tx\ty\n")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		source string
		want   []int // lines
	}{
		"comment":              {"package a\n\n// f is an old word.\nfunc f() {}\n", []int{3}},
		"comment of two lines": {"package a\n\n// f is an Old\n// word.\nfunc f() {}\n", []int{3}},
		"string":               {"package a\n\nvar s = \"the old word\"\n", []int{3}},
		"joined strings":       {"package a\n\nvar s = \"the old \" +\n\t\"word\"\n", []int{3}},
		"joined in an operand": {"package a\n\nvar s = t + (\"the old \" + \"word\") + t\n", []int{3}},
		"raw string":           {"package a\n\nvar s = `\n the old\n word`\n", []int{4}},
		"call in a function":   {"package a\n\nfunc f() { g(\"old word\") }\n", []int{3}},
		"function":             {"package a\n\nfunc Take() {}\n", []int{3}},
		"method":               {"package a\n\nfunc (t T) Take() {}\n", []int{3}},
		"field":                {"package a\n\ntype t struct{ Take int }\n", []int{3}},
		"method of interface":  {"package a\n\ntype t interface{ Take() }\n", []int{3}},
		"constant":             {"package a\n\nconst Take = 1\n", []int{3}},
		"local variable":       {"package a\n\nfunc f() { var Take = 1; _ = Take }\n", nil},
		"use of a name":        {"package a\n\nfunc f() { b.Take() }\n", nil},
		"longer word":          {"package a\n\n// f has old wording.\nfunc f() {}\n", nil},
		"accepted phrase":      {"package a\n\n// the Old Word of law\nfunc f() {}\n", nil},
	} {
		found, err := r.inGo([]byte(test.source))
		lines := []int(nil)
		for _, f := range found {
			lines = append(lines, f.line)
		}
		if err != nil || !slices.Equal(lines, test.want) {
			t.Errorf("%s: lines %v, %v; want %v", name, lines, err, test.want)
		}
	}
	if found := r.inLines("# An\n# old\n# word\n"); len(found) != 1 || found[0].line != 2 {
		t.Errorf("Markdown or HCL: %v", found)
	}
	for _, wrong := range []string{"text\told", "text\told\t", "other\told\tnew"} {
		if _, err := parseRules(wrong); err == nil {
			t.Errorf("%q is accepted as a rule", wrong)
		}
	}
}

// TestFiles looks for old words, and for long lines of Markdown sources.
func TestFiles(t *testing.T) {
	t.Parallel()
	r := readRules(t)
	read := map[string]int{}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(file, root+string(filepath.Separator)))
		if entry.IsDir() {
			if slices.Contains([]string{".git", ".bin", ".demo", "dist", ".terraform", "internal/style"}, name) {
				return filepath.SkipDir
			}
			return nil
		}
		kind := kindOf(name)
		if kind == "" {
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		read[kind]++
		var found []finding
		if kind == ".go" {
			if found, err = r.inGo(text); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		} else {
			found = r.inLines(string(text))
		}
		for _, f := range found {
			t.Errorf("%s:%d: %q: write %s", name, f.line, f.old, f.instead)
		}
		if kind == ".md" && !strings.HasPrefix(name, "docs/") {
			for _, line := range longLines(string(text)) {
				t.Errorf("%s:%d: the line has more than %d columns", name, line, maxColumns)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{".go", ".md", ".tf", ".sh"} {
		if read[kind] == 0 {
			t.Errorf("no file of kind %s was read", kind)
		}
	}
}

// kindOf returns how a file is read: as its ending, templates as Markdown; "" for files that are not searched.
func kindOf(name string) string {
	switch name {
	case "GNUmakefile", ".ci/run", ".golangci.yml", ".goreleaser.yml":
		return ".sh"
	}
	if strings.HasSuffix(name, ".md.tmpl") {
		return ".md"
	}
	ending := filepath.Ext(name)
	if strings.HasSuffix(name, ".tftest.hcl") {
		return ".tf"
	}
	if slices.Contains([]string{".go", ".md", ".tf", ".sh", ".yml"}, ending) {
		return ending
	}
	return ""
}

// maxColumns is the width of Markdown sources; golangci-lint holds that of Go files.
const maxColumns = 120

// longLines returns the long lines of Markdown outside code blocks and tables, which cannot be wrapped.
func longLines(text string) []int {
	long := []int{}
	code := false
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			code = !code
		}
		wrappable := !code && !strings.HasPrefix(line, "|") && strings.Contains(strings.TrimLeft(line, " -*>"), " ")
		if wrappable && len([]rune(line)) > maxColumns {
			long = append(long, i+1)
		}
	}
	return long
}

func TestLongLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 30)
	text := "short\n" + long + "\n| " + long + "|\n```\n" + long + "\n```\n" + long + "\n" + strings.Repeat("x", 200)
	if got := longLines(text); !slices.Equal(got, []int{2, 7}) {
		t.Errorf("long lines %v", got)
	}
}

// TestCommitSubjects reads the subjects of the commits since words.txt exists.
func TestCommitSubjects(t *testing.T) {
	t.Parallel()
	git := func(args ...string) (string, error) {
		command := exec.CommandContext(t.Context(), "git", append([]string{
			"-c", "safe.directory=*", "-C", root,
		}, args...)...)
		var errors bytes.Buffer
		command.Stderr = &errors
		out, err := command.Output()
		if err != nil {
			err = fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, errors.String())
		}
		return strings.TrimSpace(string(out)), err
	}
	if _, err := os.Stat(filepath.Join(root, ".git")); err != nil {
		t.Skip("the sources have no Git history")
	}
	added, err := git("log", "--diff-filter=A", "--format=%H", "--", "internal/style/words.txt")
	if err != nil {
		t.Fatal(err)
	}
	if added == "" {
		return // words.txt is not committed yet
	}
	subjects, err := git("log", "--no-merges", "--format=%h %s", strings.Fields(added)[0]+"~..HEAD")
	if err != nil {
		// In a shallow clone the first commit has no parent.
		if subjects, err = git("log", "--no-merges", "--format=%h %s"); err != nil {
			t.Fatal(err)
		}
	}
	r := readRules(t)
	for _, line := range strings.Split(subjects, "\n") {
		commit, subject, _ := strings.Cut(line, " ")
		for _, f := range r.inText(subject, 1) {
			t.Errorf("commit %s, %q: %q: write %s", commit, subject, f.old, f.instead)
		}
		if len([]rune(subject)) > 72 {
			t.Errorf("commit %s, %q: the subject has more than 72 characters", commit, subject)
		}
	}
}
