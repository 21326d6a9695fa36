package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/collect"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// organizationJob is the Organization to assess: read live, or from stored facts.
type organizationJob struct {
	id, profile string
	inputs      string // File, or empty.
	facts       *assessment.OrganizationFacts
	options     assessment.Options
}

// newOrganizationJob returns the job of the Organization, or nil if it is not asked for. What srm.yaml leaves out comes
// from the flags.
func newOrganizationJob(f *assessFlags, config file, common assessment.Options) (*organizationJob, error) {
	entry := config.Organization
	switch {
	case f.organization || f.organizationFacts != "":
		entry = &organizationEntry{Facts: f.organizationFacts, Profile: f.organizationProfile}
	case f.organizationProfile != "" && entry == nil:
		return nil, errors.New("--organization-profile: the Organization is not assessed; add --organization")
	case entry == nil:
		return nil, nil
	}
	j := &organizationJob{id: entry.ID, profile: entry.Profile, inputs: f.inputs, options: common}
	if len(entry.Only) > 0 {
		j.options.Only = entry.Only
	}
	if len(entry.Skip) > 0 {
		j.options.Skip = entry.Skip
	}
	if err := errors.Join(checkIDs("only", j.options.Only), checkIDs("skip", j.options.Skip)); err != nil {
		return nil, err
	}
	var err error
	if entry.Inputs != "" {
		j.inputs = config.resolve(entry.Inputs)
		if j.options.Inputs, err = readInputs(config.origin("inputs"), j.inputs); err != nil {
			return nil, err
		}
	}
	if entry.Facts != "" {
		j.facts, err = readOrganizationFacts(config.resolve(entry.Facts))
	}
	return j, err
}

// readOrganizationFacts reads a file of srm collect --organization.
func readOrganizationFacts(path string) (*assessment.OrganizationFacts, error) {
	var facts assessment.OrganizationFacts
	format := func() string { return facts.Format }
	if err := readStored(path, "--organization-facts", assessment.OrganizationFormat, &facts, format); err != nil {
		return nil, err
	}
	return &facts, nil
}

// assessOrganization judges the Organization of the clusters, if it is asked for, and returns the access list of the
// run.
func (a app) assessOrganization(
	ctx context.Context, f assessFlags, jobs []job, baseline map[string]*assessment.Assessment, found *results,
) (assessment.AccessList, error) {
	j := f.organizationJob
	if j == nil {
		return assessment.AccessList{}, nil
	}
	if j.facts == nil {
		connection, reader := f.connection, a
		if j.profile != "" {
			connection.profile, connection.profileFlag = j.profile, "--organization-profile"
			if f.config != "" {
				connection.profileFlag = "organization.profile of " + f.config
			}
			reader.environment = withoutCredentials(a.environment)
		}
		api, err := reader.api(connection)
		if err != nil {
			return assessment.AccessList{}, err
		}
		read, err := a.readOrganization(ctx, api, j.organizationID(jobs))
		if err != nil {
			return assessment.AccessList{}, err
		}
		j.facts = &read
	}
	clusters, assessed := []assessment.Facts{}, []assessment.AssessedCluster{}
	for _, one := range jobs {
		if j.facts.IsOf(*one.facts) || one.facts.Cluster.Value == nil {
			clusters = append(clusters, *one.facts)
			assessed = append(assessed, one.facts.Assessed(one.options.HDS))
		}
	}
	var err error
	if j.options.AsOf, err = f.asOfReading(j.options.AsOf, j.facts.ReadAt, j.facts.Scope()); err != nil {
		return assessment.AccessList{}, err
	}
	j.options.Baseline = baseline[j.facts.Scope()]
	// An access_review attests the list of the run.
	list := assessment.AccessListOfRun(*j.facts, assessed, clusters...)
	j.options.AccessListDigest = list.Digest
	one := assessment.EvaluateOrganization(*j.facts, assessed, j.options)
	found.Organization = &one
	if f.accessList == "" {
		return list, nil
	}
	return list, a.writeJSON(f.accessList, list)
}

// withoutCredentials returns an environment whose variables do not replace the credentials of a profile.
func withoutCredentials(environment scaleway.Environment) scaleway.Environment {
	all := environment.Getenv
	environment.Getenv = func(name string) string {
		if slices.Contains([]string{
			"SCW_ACCESS_KEY", "SCW_SECRET_KEY", "SCW_PROFILE", "SCW_DEFAULT_ORGANIZATION_ID", "SCW_DEFAULT_PROJECT_ID",
		}, name) {
			return ""
		}
		return all(name)
	}
	return environment
}

// organizationID returns the id of the Organization: the given one, or that of the first cluster.
func (j *organizationJob) organizationID(jobs []job) string {
	if j.id != "" {
		return j.id
	}
	for _, one := range jobs {
		if c := one.facts.Cluster.Value; c != nil && c.OrganizationID != "" {
			return c.OrganizationID
		}
	}
	return ""
}

// readOrganization reads the facts of an Organization. Without an id it is the one of the credentials.
func (a app) readOrganization(
	ctx context.Context, api *scaleway.Client, id string,
) (assessment.OrganizationFacts, error) {
	if id == "" {
		id = api.OrganizationID()
	}
	if id == "" {
		return assessment.OrganizationFacts{}, errors.New("--organization: the Organization is not known; set " +
			"SCW_DEFAULT_ORGANIZATION_ID, or default_organization_id of the profile")
	}
	sources := collect.Sources{Scaleway: api, Now: a.now, Tool: userAgent()}
	if a.isTerminal {
		sources.Progress = func(requests int) {
			_, _ = fmt.Fprintf(a.stderr, "\rReading Organization %s: %d requests", id, requests)
		}
		defer func() { _, _ = fmt.Fprint(a.stderr, "\r\033[K") }()
	}
	return collect.Organization(ctx, sources, id)
}
