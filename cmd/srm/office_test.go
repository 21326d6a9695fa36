package main

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// TestOffice opens the CSV files of both dialects in LibreOffice Calc: every cell is in its column, accents are right,
// and no cell is a formula, not even if the file is opened with the other separator.
func TestOffice(t *testing.T) {
	t.Parallel()
	office := lookFor(t, "soffice")
	folder := t.TempDir()
	source, files := writeFormulas(t, folder), filepath.Join(folder, "files")
	if err := os.Mkdir(files, 0o700); err != nil {
		t.Fatal(err)
	}
	const unguarded = "unguarded"
	write(t, filepath.Join(files, unguarded+".csv"), "a,=1+1\n")
	separators := map[string]rune{} // of the files of the reports
	for dialect, separator := range map[string]rune{"comma": ',', "semicolon": ';'} {
		target, flags := filepath.Join(folder, dialect), []string{}
		if separator == ';' {
			flags = []string{"--excel-fr"}
		}
		newRig(t).must(append([]string{"report", "--csv", target, "--language", "fr", source}, flags...)...)
		for _, file := range []string{"parts", "population"} {
			name := dialect + "-" + file
			separators[name] = separator
			if err := os.Rename(filepath.Join(target, file+".csv"), filepath.Join(files, name+".csv")); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, opened := range []rune{',', ';'} {
		sheets := openSheets(t, office, folder, files, opened)
		if opened == ',' && len(sheets[unguarded].formulas) != 1 {
			t.Fatalf("a cell that is a formula is not found: %+v", sheets[unguarded])
		}
		for name, separator := range separators {
			if formulas := sheets[name].formulas; len(formulas) > 0 {
				t.Errorf("%s, opened with %q: formulas: %q", name, opened, formulas)
			}
			if opened == separator {
				compareCells(t, name, sheets[name].rows, readCells(t, filepath.Join(files, name+".csv"), separator))
			}
		}
	}
}

// writeFormulas writes an assessment whose texts are formulas, separators, quotes and accents.
func writeFormulas(t *testing.T, folder string) string {
	t.Helper()
	r := newRig(t)
	file := filepath.Join(folder, "assessment.json")
	r.must("assess", "--cluster", "legacy-prod", "--hds", "--layers", "api", "--output", file)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	found := decode[results](t, content)
	texts := []string{
		"=1+1", "+1+1", "-1+1", "@SUM(A1)", "=HYPERLINK(\"http://127.0.0.1/\")", "\t=1+1", " =1+1", "\n=1+1", "a;=1+1",
		"a,=1+1", "a\";=1+1", "a\",=1+1", "a\n=1+1", "=cmd|'/C calc'!A0", "＝1+1", "é è œ « à » ’ €", "a \"b\" c",
		"a;b,c",
		"{=1+1}", "a\r=1+1", "a;\t=1+1", "a,\"=1+1\"", "a;'=1+1",
	}
	a := &found.Assessments[0]
	for i := range a.Findings {
		f, text := &a.Findings[i], texts[i%len(texts)]
		f.Found.FR = text
		for j := range f.Objects {
			o, value := &f.Objects[j], texts[(i+j)%len(texts)]
			o.ID, o.Name, o.Value, o.Attribute, o.Found.FR = value, value, value, value, value
		}
		for _, value := range texts {
			f.Objects = append(f.Objects, assessment.Object{ID: value, Name: value, Value: value, Source: value})
		}
	}
	a.Name = texts[0]
	for i := range a.Clauses {
		for j := range a.Clauses[i].Parts {
			a.Clauses[i].Parts[j].Text.FR = texts[(i+j)%len(texts)]
		}
	}
	text, err := json.Marshal(found)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, file, string(text))
}

// readCells reads a file of CSV.
func readCells(t *testing.T, path string, separator rune) [][]string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reader := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(content), "\ufeff")))
	reader.Comma = separator
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// sheet is what LibreOffice makes of a file.
type sheet struct {
	rows     [][]string
	formulas []string
}

// openSheets opens the files of CSV in UTF-8 of a folder with LibreOffice, which writes them as flat XML. It returns
// them by their names.
func openSheets(t *testing.T, office, folder, files string, separator rune) map[string]sheet {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(files, "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(folder, "opened-with-"+strconv.Itoa(int(separator)))
	output, err := exec.CommandContext(t.Context(), office, append([]string{
		"-env:UserInstallation=file://" + filepath.Join(folder, "profile"), "--headless", "--norestore",
		"--infilter=CSV:" + strconv.Itoa(int(separator)) + ",34,UTF8,1", "--convert-to", "fods", "--outdir", target,
	}, paths...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	sheets := map[string]sheet{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".csv")
		file, err := os.Open(filepath.Join(target, name+".fods"))
		if err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
		sheets[name] = readSheet(t, file)
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return sheets
}

// readSheet reads the cells of a table of OpenDocument.
func readSheet(t *testing.T, content io.Reader) sheet {
	t.Helper()
	found, cell, repeat := sheet{}, "", 1
	decoder := xml.NewDecoder(content)
	inText := false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		switch element := token.(type) {
		case xml.StartElement:
			switch element.Name.Local {
			case "table-row":
				found.rows = append(found.rows, nil)
			case "table-cell":
				cell, repeat = "", 1
				for _, a := range element.Attr {
					switch a.Name.Local {
					case "formula":
						found.formulas = append(found.formulas, a.Value)
					case "number-columns-repeated":
						if repeat, err = strconv.Atoi(a.Value); err != nil {
							t.Fatal(err)
						}
					}
				}
			case "p":
				inText = true
			case "s": // Repeated spaces.
				cell += " "
			}
		case xml.CharData:
			if inText {
				cell += string(element)
			}
		case xml.EndElement:
			switch element.Name.Local {
			case "p":
				inText = false
			case "table-cell":
				const sheetWidth = 1000 // What follows the last cell is repeated up to the end of the sheet.
				for range repeat % sheetWidth {
					found.rows[len(found.rows)-1] = append(found.rows[len(found.rows)-1], cell)
				}
			}
		}
	}
}

// isNumeric matches cells that a spreadsheet shows in its own way: numbers, dates, percentages.
var isNumeric = regexp.MustCompile(`^[\d\s.,:/%TZ-]+$`)

// compareCells compares the cells of a sheet with those of the file.
func compareCells(t *testing.T, name string, got, want [][]string) {
	t.Helper()
	if len(got) < len(want) {
		t.Fatalf("%s: %d rows, expected %d", name, len(got), len(want))
	}
	compared := 0
	for r, row := range want {
		for c, cell := range row {
			if cell == "" || isNumeric.MatchString(cell) {
				continue
			}
			if c >= len(got[r]) || got[r][c] != cell {
				t.Fatalf("%s: row %d, column %d: got %q, expected %q", name, r+1, c+1, got[r], cell)
			}
			compared++
		}
	}
	if compared < len(want) {
		t.Errorf("%s: only %d cells were compared", name, compared)
	}
}
