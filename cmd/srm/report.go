package main

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/terraform-srm/terraform-provider-srm/internal/report"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// reportFlags are the flags of srm report.
type reportFlags struct {
	html, markdown, csv, calendar string // Files, or a folder for csv; "-" is the standard output.
	baseline, plan, language      string
	commit, pipeline              string
	cisoAssistant                 string // Folder.
	redact, redacted              string // File of the key, and of the copy of the assessment.
	frenchExcel                   bool
	verify, history               []string // Folders.
	exitPlan, inventory           string   // Files.
}

func (a app) reportCommand() *cobra.Command {
	var f reportFlags
	command := &cobra.Command{
		Use:   "report [assessment.json]",
		Short: "Write reports of an assessment",
		Long: `Writes reports of the file that srm assess writes. It reads no API.

  srm report --html report.html                              everything, for an auditor; prints on A4
  srm report --markdown -                                    a summary of at most 40 lines
  srm report --markdown - --baseline main.json --plan plan.json
                                                             for a pull request: what is new, what the plan shifts
  srm report --csv reports --excel-fr                        parts.csv and population.csv for a spreadsheet
  srm report --calendar dates.ics                            dates of versions, certificates and declarations
  srm report --ciso-assistant audits                         results to import into CISO Assistant (srm library)
  srm report --redact redact.key --redacted copy.json --html copy.html
                                                             for third parties: pseudonyms for ids and addresses
  srm report --exit-plan exit-plan.md --inventory inventory.json
                                                             the steps for leaving Scaleway, from srm inventory
  srm report --verify 2026-q3 --verify 2026-q4               whether evidence is unchanged; exit code 1 if not

A plan is the output of terraform show -json. Of it, only responsibility_transfers are read.`,
		Example: "  srm assess --cluster production --hds --output assessment.json\n" +
			"  srm report --language fr --csv reports --excel-fr --calendar reports/dates.ics assessment.json",
		Args: atMost(1),
		RunE: func(command *cobra.Command, args []string) error {
			if err := checkReportFlags(command.Flags()); err != nil {
				return err
			}
			if len(f.verify) > 0 {
				return a.verifyEvidence(f.verify)
			}
			if f.exitPlan != "" {
				if err := a.exitPlan(f); err != nil || f.isOnlyExitPlan() {
					return err
				}
			}
			source := "assessment.json"
			if len(args) > 0 {
				source = args[0]
			}
			return a.report(f, source)
		},
	}
	flags := command.Flags()
	flags.StringVar(&f.html, "html", "", "file of the HTML report; - is the standard output")
	flags.StringVar(&f.markdown, "markdown", "", "file of the Markdown report; - is the standard output")
	flags.StringVar(&f.csv, "csv", "", "folder of parts.csv and population.csv")
	flags.BoolVar(&f.frenchExcel, "excel-fr", false, "write CSV as Excel with French settings reads it")
	flags.StringVar(&f.calendar, "calendar", "", "file of the iCalendar; - is the standard output")
	flags.StringVar(
		&f.cisoAssistant,
		"ciso-assistant",
		"",
		"folder of one CSV file for each cluster, to import into an "+
			"audit of CISO Assistant",
	)
	flags.StringVar(&f.exitPlan, "exit-plan", "", "file of the exit plan in Markdown; - is the standard output")
	flags.StringVar(&f.inventory, "inventory", "inventory.json", "file of srm inventory, for --exit-plan")
	flags.StringVar(&f.baseline, "baseline", "", "earlier assessment.json, such as that of the main branch")
	flags.StringVar(&f.plan, "plan", "", "output of terraform show -json for the plan of a change")
	flags.StringVar(&f.language, "language", "", "en or fr; default: fr for the HTML report, en for the others")
	flags.StringVar(
		&f.redact,
		"redact",
		"",
		"write pseudonyms for UUIDs, access keys, email and IP addresses, made with "+
			"the secret key in this file; a file that does not exist is made. One key always gives the same pseudonyms",
	)
	flags.StringVar(&f.redacted, "redacted", "", "file of a copy of the assessment with pseudonyms; needs --redact")
	flags.StringVar(&f.commit, "commit", "", "commit to name in the HTML report; default: that of GitHub Actions or "+
		"GitLab CI")
	flags.StringVar(&f.pipeline, "pipeline", "", "run to name in the HTML report; default: that of GitHub Actions or "+
		"GitLab CI")
	flags.StringSliceVar(&f.history, "history", nil,
		"folder of srm assess --evidence for the history of the HTML report; repeatable")
	flags.StringSliceVar(
		&f.verify,
		"verify",
		nil,
		"folder of srm assess --evidence to compare with its manifest; repeatable, the oldest first. It writes no "+
			"report",
	)
	return command
}

// checkReportFlags refuses a report without an output, and one beside --verify.
func checkReportFlags(flags *pflag.FlagSet) error {
	outputs := []string{"html", "markdown", "csv", "calendar", "ciso-assistant", "redacted", "exit-plan"}
	if found := given(flags, outputs); flags.Changed("verify") && len(found) > 0 {
		return fmt.Errorf("--verify and %s exclude each other: --verify writes no report. Run one after the other",
			flagNames(found))
	}
	return checkAny(flags, "output", "--markdown -", append(outputs, "verify")...)
}

// report runs srm report.
func (a app) report(f reportFlags, source string) error {
	if err := f.checkOutputs(source); err != nil {
		return err
	}
	redactor, err := a.redactor(f)
	if err != nil {
		return err
	}
	in, found, err := reportInput(f, source, redactor)
	if err != nil {
		return err
	}
	in.Commit, in.Pipeline = a.provenance(f)
	dialect := report.Dialect{IsFrenchExcel: f.frenchExcel}
	type output struct {
		path  string
		write func(io.Writer) error
	}
	outputs := []output{}
	if f.html != "" {
		page := in
		page.Language = cmp.Or(f.language, responsibility.French)
		outputs = append(outputs, output{f.html, func(w io.Writer) error { return report.WriteHTML(w, page) }})
	}
	if f.markdown != "" {
		outputs = append(outputs, output{f.markdown, func(w io.Writer) error {
			_, err := io.WriteString(w, report.Markdown(in))
			return err
		}})
	}
	if f.csv != "" {
		if err := os.MkdirAll(f.csv, 0o750); err != nil {
			return fmt.Errorf("--csv: %w", err)
		}
		outputs = append(
			outputs,
			output{
				filepath.Join(f.csv, "parts.csv"),
				func(w io.Writer) error { return report.WriteParts(w, in, dialect) },
			},
			output{filepath.Join(f.csv, "population.csv"), func(w io.Writer) error {
				return report.WritePopulation(w, in, dialect)
			}},
		)
	}
	if f.cisoAssistant != "" {
		if err := os.MkdirAll(f.cisoAssistant, 0o750); err != nil {
			return fmt.Errorf("--ciso-assistant: %w", err)
		}
		for _, one := range in.Assessments {
			if len(one.Clauses) == 0 { // Clauses have results for clusters only.
				continue
			}
			path := filepath.Join(f.cisoAssistant, scopeFile(one.Scope, ".csv"))
			outputs = append(
				outputs,
				output{path, func(w io.Writer) error { return report.WriteCISOResults(w, in, one) }},
			)
		}
	}
	if f.calendar != "" {
		outputs = append(outputs, output{f.calendar, func(w io.Writer) error {
			calendar, err := report.Calendar(in)
			if err != nil {
				return err
			}
			_, err = io.WriteString(w, calendar)
			return err
		}})
	}
	if f.redacted != "" {
		outputs = append(outputs, output{f.redacted, func(w io.Writer) error {
			encoded, err := encodeJSON(found)
			if err != nil {
				return err
			}
			_, err = w.Write(encoded)
			return err
		}})
	}
	for _, o := range outputs {
		var content bytes.Buffer
		if err := o.write(&content); err != nil {
			return err
		}
		if o.path == "-" {
			if _, err := a.stdout.Write(content.Bytes()); err != nil {
				return err
			}
			continue
		}
		if err := writeFile(o.path, content.Bytes()); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(a.stderr, o.path); err != nil {
			return err
		}
	}
	return nil
}

// isOnlyExitPlan reports whether no report of an assessment is asked for.
func (f reportFlags) isOnlyExitPlan() bool {
	return f.html+f.markdown+f.csv+f.calendar+f.cisoAssistant+f.redacted == ""
}

// exitPlan writes the exit plan of an inventory.
func (a app) exitPlan(f reportFlags) error {
	language := cmp.Or(f.language, responsibility.English)
	if err := checkLanguage(language); err != nil {
		return err
	}
	if f.redact != "" {
		return errors.New("--exit-plan: the commands of the plan need the real ids; leave out --redact")
	}
	if f.exitPlan == f.inventory {
		return fmt.Errorf("%s is also an input; choose another name", f.exitPlan)
	}
	found, content, err := readInventoryFile(f.inventory, "--inventory")
	if err != nil {
		return err
	}
	plan := report.ExitPlan(found, digestOf(content), language)
	if f.exitPlan == "-" {
		_, err = io.WriteString(a.stdout, plan)
		return err
	}
	if err := writeFile(f.exitPlan, []byte(plan)); err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stderr, f.exitPlan)
	return err
}

// provenance returns the commit and the run of the report: those of the flags, else those of the CI.
func (a app) provenance(f reportFlags) (commit, pipeline string) {
	getenv := a.environment.Getenv
	commit = cmp.Or(f.commit, getenv("GITHUB_SHA"), getenv("CI_COMMIT_SHA"))
	pipeline = cmp.Or(f.pipeline, getenv("CI_PIPELINE_URL"))
	if run := getenv("GITHUB_RUN_ID"); pipeline == "" && run != "" {
		pipeline = getenv("GITHUB_SERVER_URL") + "/" + getenv("GITHUB_REPOSITORY") + "/actions/runs/" + run
	}
	return commit, pipeline
}

// checkOutputs refuses an output that would replace an input.
func (f reportFlags) checkOutputs(source string) error {
	if f.redacted != "" && f.redact == "" {
		return errors.New("--redacted writes pseudonyms and needs a key; add --redact FILE, which makes one")
	}
	toStandardOutput := 0
	for _, path := range []string{f.html, f.markdown, f.calendar, f.redacted, f.exitPlan} {
		if path == "-" {
			toStandardOutput++
		}
		if path != "" && path != "-" && slices.Contains([]string{source, f.baseline, f.plan, f.redact}, path) {
			return fmt.Errorf("%s is also an input; choose another name", path)
		}
	}
	if toStandardOutput > 1 {
		return errors.New("--html, --markdown, --calendar, --exit-plan and --redacted: only one of them can be -")
	}
	return nil
}

// redactor returns what replaces identifiers by pseudonyms; nil without --redact. It makes the key if there is none.
func (a app) redactor(f reportFlags) (*report.Redactor, error) {
	if f.redact == "" {
		return nil, nil
	}
	key, err := os.ReadFile(f.redact)
	switch {
	case errors.Is(err, os.ErrNotExist):
		key = []byte(rand.Text())
		if err := os.WriteFile(f.redact, key, 0o600); err != nil {
			return nil, fmt.Errorf("--redact: %w", err)
		}
		if _, err := fmt.Fprintf(
			a.stderr,
			"%s: a new key. Keep it, and keep it secret: the next report with it has the "+
				"same pseudonyms\n",
			f.redact,
		); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, fmt.Errorf("--redact: %w", err)
	case len(bytes.TrimSpace(key)) < 16:
		return nil, fmt.Errorf(
			"--redact: %s has %d bytes; a key has at least 16. Name a file that does not exist, and it "+
				"is made",
			f.redact,
			len(bytes.TrimSpace(key)),
		)
	}
	return &report.Redactor{Key: bytes.TrimSpace(key)}, nil
}

// reportInput reads the files of a report. It returns also the assessments of the source.
func reportInput(f reportFlags, source string, redactor *report.Redactor) (report.Input, results, error) {
	in := report.Input{
		Language: cmp.Or(
			f.language,
			responsibility.English,
		),
		Source:     filepath.Base(source),
		IsRedacted: redactor != nil,
	}
	if err := checkLanguage(in.Language); err != nil {
		return in, results{}, err
	}
	found, err := readResults(source, redactor)
	if err != nil {
		return in, results{}, err
	}
	in.Assessments, in.Tool = found.all(), found.Tool
	if f.baseline != "" {
		earlier, err := readResults(f.baseline, redactor)
		if err != nil {
			return in, results{}, fmt.Errorf("--baseline: %w", err)
		}
		in.Baseline = earlier.all()
	}
	for _, folder := range f.history {
		_, _, problems, err := report.VerifyEvidence(os.DirFS(folder))
		if err == nil && len(problems) > 0 {
			err = errors.New(strings.Join(problems, "; "))
		}
		if err != nil {
			return in, results{}, fmt.Errorf("--history: %s: %w", folder, err)
		}
		earlier, err := readResults(filepath.Join(folder, "assessment.json"), redactor)
		if err != nil {
			return in, results{}, fmt.Errorf("--history: %w", err)
		}
		in.History = append(in.History, earlier.all())
	}
	if f.plan != "" {
		text, err := os.ReadFile(f.plan)
		if err != nil {
			return in, results{}, fmt.Errorf("--plan: %w", err)
		}
		if redactor != nil {
			if text, err = redactor.JSON(text); err != nil {
				return in, results{}, fmt.Errorf("--plan: %s: %w", f.plan, err)
			}
		}
		if in.Plan, err = report.ParsePlan(text); err != nil {
			return in, results{}, fmt.Errorf("--plan: %s: %w", f.plan, err)
		}
	}
	return in, found, nil
}
