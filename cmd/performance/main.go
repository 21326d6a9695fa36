// Command performance writes docs/performance.md from the output of the benchmarks, which it reads from its input.
package main

import (
	"bufio"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

//go:embed page.md.tmpl
var pageTemplate string

// facts are what the output of benchmarks does not contain.
type facts struct{ Date, Commit, CLI, Peer string }

func main() {
	log.SetFlags(0)
	var given facts
	flag.StringVar(&given.Date, "date", "", "the date of the run, as 2026-12-01")
	flag.StringVar(&given.Commit, "commit", "", "the commit of the run")
	flag.StringVar(&given.CLI, "cli", "", "the first line of the CLI's version")
	flag.StringVar(&given.Peer, "peer", "", "the peer of BenchmarkPeer")
	flag.Parse()
	if err := writePage(os.Stdin, os.Stdout, given); err != nil {
		log.Fatal(err)
	}
}

// writePage reads the output of benchmarks and writes the page.
func writePage(in io.Reader, out io.Writer, given facts) error {
	m, err := readMeasurements(in)
	if err != nil {
		return err
	}
	page, err := template.New("page").Funcs(template.FuncMap{
		"m":  func(name, unit string, decimals int) (string, error) { return m.format(name, unit, 1, decimals) },
		"s":  func(name string, decimals int) (string, error) { return m.format(name, "ns/op", 1e-9, decimals) },
		"ms": func(name string) (string, error) { return m.format(name, "ns/op", 1e-6, 0) }, "names": m.names,
	}).Parse(pageTemplate)
	if err != nil {
		return err
	}
	return page.Execute(out, struct {
		facts

		Processor, Go string
		Processors    int
	}{given, m.processor, strings.TrimPrefix(runtime.Version(), "go"), m.processors})
}

// measurements are the values of all runs, by benchmark and unit.
type measurements struct {
	values     map[string]map[string][]float64
	order      []string // of the benchmarks
	processor  string
	processors int
}

// readMeasurements reads the format of `go test -bench`: https://go.dev/design/14313-benchmark-format.
func readMeasurements(in io.Reader) (*measurements, error) {
	m := &measurements{values: map[string]map[string][]float64{}}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if processor, ok := strings.CutPrefix(lines.Text(), "cpu:"); ok {
			m.processor = strings.TrimSpace(processor)
		}
		if err := m.add(strings.Fields(lines.Text())); err != nil {
			return nil, fmt.Errorf("%q: %w", lines.Text(), err)
		}
	}
	if len(m.order) == 0 {
		return nil, errors.New("the input has no result of a benchmark")
	}
	return m, lines.Err()
}

// add adds a line of results: a name such as "BenchmarkStart-2", a number of runs, and pairs of a value and its unit.
// It ignores other lines.
func (m *measurements) add(fields []string) error {
	if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
		return nil
	}
	name := strings.TrimPrefix(fields[0], "Benchmark")
	m.processors = 1
	if i := strings.LastIndex(name, "-"); i >= 0 { // on one processor, the name has no suffix
		if processors, err := strconv.Atoi(name[i+1:]); err == nil {
			name, m.processors = name[:i], processors
		}
	}
	if m.values[name] == nil {
		m.values[name] = map[string][]float64{}
		m.order = append(m.order, name)
	}
	for pair := range slices.Chunk(fields[2:], 2) {
		value, err := strconv.ParseFloat(pair[0], 64)
		if err != nil || len(pair) != 2 {
			return errors.Join(err, errors.New("a value or its unit is missing"))
		}
		m.values[name][pair[1]] = append(m.values[name][pair[1]], value)
	}
	return nil
}

// names returns what stands between a prefix and a suffix in the names of benchmarks, in the order of the input.
func (m *measurements) names(prefix, suffix string) []string {
	found := []string{}
	for _, name := range m.order {
		rest, ok := strings.CutPrefix(name, prefix)
		if middle, isWhole := strings.CutSuffix(rest, suffix); ok && isWhole {
			found = append(found, middle)
		}
	}
	return found
}

// format returns the median of a unit of a benchmark with its lowest and its highest value, times a factor, such as
// "0.62 (0.60–0.65)".
func (m *measurements) format(name, unit string, factor float64, decimals int) (string, error) {
	values := slices.Sorted(slices.Values(m.values[name][unit]))
	if len(values) == 0 {
		return "", fmt.Errorf("the input has no %q of the benchmark %s", unit, name)
	}
	text := func(value float64) string { return strconv.FormatFloat(factor*value, 'f', decimals, 64) }
	middle := len(values) / 2
	median := values[middle]
	if len(values)%2 == 0 {
		median = (values[middle-1] + median) / 2
	}
	lowest, highest := text(values[0]), text(values[len(values)-1])
	if lowest == highest {
		return lowest, nil
	}
	return text(median) + " (" + lowest + "–" + highest + ")", nil
}
