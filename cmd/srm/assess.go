package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/collect"
	"github.com/terraform-srm/terraform-provider-srm/internal/report"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// resultsFormat identifies the format of assessment.json.
const resultsFormat = "srm-assessments/1"

// results is the content of assessment.json.
type results struct {
	Format      string                  `json:"format"`
	Tool        string                  `json:"tool"`
	Assessments []assessment.Assessment `json:"assessments"`
	// Organization is the assessment of the clusters' Organization, if it was asked for.
	Organization *assessment.Assessment `json:"organization,omitempty"`
}

// all returns all assessments, that of the Organization first.
func (r results) all() []assessment.Assessment {
	if r.Organization == nil {
		return r.Assessments
	}
	return slices.Concat([]assessment.Assessment{*r.Organization}, r.Assessments)
}

// assessFlags are the flags of srm assess.
type assessFlags struct {
	connection
	config, inputs, asOf, baseline string
	output, failOn, language       string
	clusters, facts, inventories   []string
	organizationFacts, accessList  string
	organizationProfile            string
	organization                   bool
	organizationJob                *organizationJob // Nil: the Organization is not assessed.
	attestations, waivers          []string
	evidence, previous             string // Folders.
	layers, only, skip             []string
	hds, json, compare, listChecks bool

	given func(flag string) bool // Whether a flag is on the command line.
	used  usedFiles
}

func (a app) assessCommand() *cobra.Command {
	var f assessFlags
	command := &cobra.Command{
		Use:   "assess --cluster NAME|ID | --facts FILE|FOLDER | --config srm.yaml",
		Short: "Judge clusters: what deviates, what is to decide, what could not be read",
		Long: `Read clusters, or stored facts, and judge them against the clauses of the model. The result has
one finding for each check, with its evidence, and the result of each clause: the worst of its
parts. It states no compliance: clauses without a deviation are those in which none was found in
the facts that were read.

What this identity may not read is not evaluated, and the output names the permission set that
is missing. What only people can declare is in a file of attestations (srm attest init). A
waiver accepts a deviation until a date; it never changes the result.

With a folder of --evidence, --facts judges all its clusters and their Organization again, with the
settings and declarations in the folder, and reports whether the result is the stored one.`,
		Example: `  srm assess --cluster prod --hds
  srm assess --facts prod.json --attestations attestations.yaml --fail-on high
  srm assess --cluster prod --hds --organization --access-list access-list.json
  srm assess --config srm.yaml --json
  srm assess --facts evidence/2026-q4`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if f.listChecks {
				return a.listChecks(f.language)
			}
			if err := errors.Join(
				checkExclusive(command.Flags(), "cluster", "facts", "config"),
				checkExclusive(command.Flags(), "organization", "organization-facts", "config"),
				checkAny(command.Flags(), "cluster", "--cluster NAME", "cluster", "facts", "config", "list-checks"),
			); err != nil {
				return err
			}
			f.given = command.Flags().Changed
			return a.assess(command.Context(), f)
		},
	}
	flags := command.Flags()
	f.addFlags(flags)
	flags.StringSliceVar(&f.clusters, "cluster", nil, "name, UUID or region/UUID of a cluster to read; repeatable")
	flags.StringSliceVar(
		&f.facts,
		"facts",
		nil,
		"file of srm collect to judge in place of reading a cluster, repeatable; or a folder of --evidence",
	)
	flags.StringSliceVar(&f.inventories, "inventory", nil,
		"file of srm inventory of one of the clusters, as evidence of clauses REV-01 to REV-15; repeatable")
	flags.BoolVar(&f.organization, "organization", false,
		"assess the Organization of the clusters, too: IAM, Audit Trail and contracts")
	flags.StringVar(&f.organizationFacts, "organization-facts", "",
		"file of srm collect --organization to judge in place of reading the Organization")
	flags.StringVar(&f.organizationProfile, "organization-profile", "",
		"profile of the scw configuration file with the identity that reads the Organization; default: --profile")
	flags.StringVar(&f.accessList, "access-list", "",
		"file to write the list of who may do what to, which an access_review attests")
	flags.StringVar(&f.config, "config", "", "file with several clusters, such as srm.yaml")
	flags.BoolVar(&f.hds, "hds", false, "the clusters are for health data; no API shows it")
	flags.StringSliceVar(&f.layers, "layers", assessment.Layers(), "layers to judge: api, cluster")
	flags.StringSliceVar(&f.only, "only", nil, "ids of the checks to run; default: all")
	flags.StringSliceVar(&f.skip, "skip", nil, "ids of checks to leave out; they are listed as not evaluated")
	flags.StringVar(&f.inputs, "inputs", "", "YAML file with settings of the checks, such as expected_public")
	flags.StringSliceVar(&f.attestations, "attestations", nil, "YAML file with attestations; repeatable")
	flags.StringSliceVar(&f.waivers, "waivers", nil, "YAML file with waivers; repeatable")
	flags.StringVar(
		&f.asOf,
		"as-of",
		"",
		"date or time of the judgement, with --facts only; default: the time of reading",
	)
	flags.StringVar(&f.baseline, "baseline", "", "earlier assessment.json: findings then show since when they exist")
	flags.StringVar(&f.evidence, "evidence", "",
		"new folder for facts, declarations, settings, the assessment and a manifest with their digests")
	flags.StringVar(&f.previous, "previous", "", "folder of evidence that the new one follows; its manifest is named")
	flags.StringVar(&f.output, "output", "assessment.json", "file to write; empty: none")
	_ = flags.SetAnnotation("output", mayBeEmpty, []string{})
	flags.BoolVar(&f.json, "json", false, "print JSON in place of the table, and write no file")
	flags.BoolVar(&f.compare, "compare", false, "print only the checks whose results differ between the clusters")
	flags.StringVar(
		&f.failOn,
		"fail-on",
		"",
		"exit with 1 at an open deviation of this severity or above: critical, high, medium, low",
	)
	flags.StringVar(&f.language, "language", responsibility.English, "language of the table: en or fr")
	flags.BoolVar(&f.listChecks, "list-checks", false, "print all checks and exit")
	return command
}

// assess runs srm assess.
func (a app) assess(ctx context.Context, f assessFlags) error {
	jobs, err := f.jobs()
	if err != nil {
		return err
	}
	baseline, err := readBaseline(f.used.baseline)
	if err != nil {
		return err
	}
	inventories, err := readInventories(f.inventories)
	if err != nil {
		return err
	}
	if err := a.readJobs(ctx, f, jobs); err != nil {
		return err
	}
	if err := errors.Join(checkOnce(f, jobs), inventories.add(jobs)); err != nil {
		return err
	}
	found := results{Format: resultsFormat, Tool: userAgent()}
	list, err := a.assessOrganization(ctx, f, jobs, baseline, &found)
	if err != nil {
		return err
	}
	for i := range jobs {
		j := &jobs[i]
		if j.options.AsOf, err = f.asOfReading(j.options.AsOf, j.facts.ReadAt, j.facts.Scope()); err != nil {
			return err
		}
		j.options.Baseline = baseline[j.facts.Scope()]
		j.options.Organization, j.options.AccessListDigest = found.Organization, list.Digest
		found.Assessments = append(found.Assessments, assessment.Evaluate(*j.facts, j.options))
	}
	if f.evidence != "" {
		if err := a.writeEvidence(f, jobs, found, list); err != nil {
			return err
		}
	}
	if !f.given("hds") && f.config == "" && f.used.folder == "" {
		_, _ = fmt.Fprintln(a.stderr, "Assessed as a cluster without health data: use --hds if it is for health data.")
	}
	if err := a.print(found, f); err != nil {
		return err
	}
	if err := a.compareReplay(f, found); err != nil {
		return err
	}
	return verdict(found, assessment.Severity(f.failOn), a.unreadClusters(jobs))
}

// readJobs reads the facts of clusters that are not stored. Of several clusters, one that is not found is not
// evaluated; the others are.
func (a app) readJobs(ctx context.Context, f assessFlags, jobs []job) error {
	var api *scaleway.Client
	for i, j := range jobs {
		if j.facts != nil {
			continue
		}
		if api == nil {
			var err error
			if api, err = a.api(f.connection); err != nil {
				return err
			}
		}
		read, err := a.read(ctx, api, f.connection, j.cluster, j.options.Layers, j.options.Inputs.Buckets)
		if unfound, ok := errors.AsType[*unfoundError](err); ok && len(jobs) > 1 && ctx.Err() == nil {
			read, err = collect.Unfound(a.sources(api, f.connection, target{}, false), unfound.region, unfound.name,
				unfound.gap()), nil
		}
		if err != nil {
			return err
		}
		jobs[i].facts = &read
	}
	return nil
}

// checkOnce returns an error if a cluster would be assessed twice: reports and baselines have one assessment of each.
// A comparison may have two readings of one cluster.
func checkOnce(f assessFlags, jobs []job) error {
	seen := map[string]bool{}
	for _, j := range jobs {
		scope := j.facts.Scope()
		if seen[scope] && !f.compare {
			return fmt.Errorf(
				"the cluster %s is given twice; allowed: each cluster once, or --compare for two readings of "+
					"one cluster. Remove one of them",
				scope,
			)
		}
		seen[scope] = true
	}
	return nil
}

// verdict returns the exit code of assessments as an error. unread is the number of clusters of which nothing was read.
func verdict(found results, failOn assessment.Severity, unread int) error {
	assessments := found.all()
	if failOn != "" && slices.ContainsFunc(assessments, func(one assessment.Assessment) bool {
		return len(one.OpenFails(failOn)) > 0
	}) {
		return exitCode(exitFail)
	}
	if unread > 0 ||
		!slices.ContainsFunc(assessments, func(one assessment.Assessment) bool { return !one.IsEmpty() }) {
		return exitCode(exitNothing)
	}
	return nil
}

// unreadClusters prints the clusters of which nothing was read, with the reason, and returns their number.
func (a app) unreadClusters(jobs []job) int {
	count := 0
	for _, j := range jobs {
		gap := j.facts.NothingRead()
		if gap == nil {
			continue
		}
		count++
		if len(jobs) > 1 {
			_, _ = fmt.Fprintf(a.stderr, "srm: nothing of %s was evaluated: %s\n", j.facts.Scope(),
				cmp.Or(gap.Detail, gap.Reason.Label().EN))
		}
	}
	return count
}

// print writes the results as JSON, or as tables and into a file.
func (a app) print(found results, f assessFlags) error {
	if f.json {
		return a.writeJSON("-", found)
	}
	if f.compare {
		return writeComparison(a.stdout, found.Assessments, f.language)
	}
	for _, one := range found.all() {
		if err := writeTable(a.stdout, one, f.language); err != nil {
			return err
		}
	}
	if f.output == "" {
		return nil
	}
	if err := a.writeJSON(f.output, found); err != nil {
		return err
	}
	if f.output == "-" {
		return nil
	}
	_, err := fmt.Fprintf(a.stdout, "%s: %s\n", phrase(f.language, "All findings and clauses",
		"Tous les constats et toutes les clauses"), f.output)
	return err
}

// readBaseline reads an earlier assessment.json, by scope.
func readBaseline(path string) (map[string]*assessment.Assessment, error) {
	byScope := map[string]*assessment.Assessment{}
	if path == "" {
		return byScope, nil
	}
	earlier, err := readResults(path, nil)
	if err != nil {
		return nil, fmt.Errorf("--baseline: %w", err)
	}
	for i := range earlier.Assessments {
		byScope[earlier.Assessments[i].Scope] = &earlier.Assessments[i]
	}
	if earlier.Organization != nil {
		byScope[earlier.Organization.Scope] = earlier.Organization
	}
	return byScope, nil
}

// readResults reads a file of srm assess, with pseudonyms if there is a redactor.
func readResults(path string, redactor *report.Redactor) (results, error) {
	var found results
	content, err := os.ReadFile(path)
	if err != nil {
		return found, err
	}
	if redactor != nil {
		if content, err = redactor.JSON(content); err != nil {
			return found, fmt.Errorf("%s is not an assessment: %w", path, err)
		}
	}
	if err := json.Unmarshal(content, &found); err != nil {
		return found, fmt.Errorf("%s is not an assessment: %w", path, err)
	}
	if found.Format != resultsFormat {
		return found, fmt.Errorf("%s has the format %q; allowed: %q, which srm assess writes", path, found.Format,
			resultsFormat)
	}
	return found, nil
}

// readFacts reads a file of srm collect.
func readFacts(path string) (*assessment.Facts, error) {
	var facts assessment.Facts
	format := func() string { return facts.Format }
	if err := readStored(path, "--facts", assessment.FactsFormat, &facts, format); err != nil {
		return nil, err
	}
	return &facts, nil
}

// readStored reads a file of srm collect of a format.
func readStored(path, flag, allowed string, into any, format func() string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	if err := json.Unmarshal(content, into); err != nil {
		return fmt.Errorf("%s: %s is not a file of srm collect: %w", flag, path, err)
	}
	if format() != allowed {
		return fmt.Errorf("%s: %s has the format %q; allowed: %q. Read it again with srm collect", flag, path, format(),
			allowed)
	}
	return nil
}

// parseAsOf parses a date or a time.
func parseAsOf(text string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf(
		"--as-of: %q is neither a date nor a time; allowed: a date such as 2026-11-30, or a "+
			"time such as 2026-11-30T09:00:00Z",
		text,
	)
}

// asOfReading returns the time of a judgement: the time of reading, or a later one. The day of reading alone means the
// time of reading.
func (f assessFlags) asOfReading(asOf, readAt time.Time, scope string) (time.Time, error) {
	isDayOfReading := f.asOf == readAt.UTC().Format(time.DateOnly)
	switch {
	case asOf.IsZero(), isDayOfReading:
		return readAt, nil
	case asOf.Before(readAt):
		return asOf, fmt.Errorf("--as-of: %s is before the facts of %s were read; allowed: %s, or later", f.asOf, scope,
			readAt.UTC().Format(time.RFC3339))
	}
	return asOf, nil
}
