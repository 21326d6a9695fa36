package estatetest

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/collect"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// healthyOrganization are the objects of the Organization. Its only user is the owner, whose key reads the facts.
const healthyOrganization = `
applications:
  - name: pipeline
policies:
  - name: pipeline
    application_id: ${applications.pipeline}
    rules: [{ project_ids: ["${projects.default}"], permission_set_names: [KubernetesReadOnly] }]
export_jobs:
  - name: trail
    s3: { bucket: trail, region: fr-par }
`

// TestClauseCounts counts the clauses of the healthy estate by the kind of their result: with its Organization, its
// inventory, inputs and attestations of every kind; without attestations; and with a key that may read nothing. On the
// next day, with another backup and no other change, the digest is the same.
func TestClauseCounts(t *testing.T) {
	t.Parallel()
	e := newHealthyEstate(t)
	if err := e.env.Sandbox.LoadEstate(t.Context(), []byte(healthyOrganization)); err != nil {
		t.Fatal(err)
	}
	e.env.Sandbox.Advance(time.Hour) // until the first export
	facts := e.readWithInventory(t)
	organization := e.readOrganization(t)
	options := assessment.Options{
		AsOf: facts.ReadAt, HDS: true, Layers: assessment.Layers(), Inputs: assessment.Inputs{
			RequiredLogRetentionDays: 7,
			Contract: &assessment.Contract{
				Type: sandbox.ContractType, Name: sandbox.ContractName, Reference: "C-1",
			},
		},
	}
	judge := func(o assessment.Options) assessment.Assessment {
		one := assessment.EvaluateOrganization(
			organization, []assessment.AssessedCluster{facts.Assessed(true)}, o,
		)
		list := assessment.NewAccessList(one, facts)
		o.Organization, o.AccessListDigest = &one, list.Digest
		return assessment.Evaluate(facts, o)
	}
	plain := judge(options)
	options.Attestations = e.declarations(t, plain, facts)
	declared := judge(options)

	e.env.Sandbox.Advance(24 * time.Hour)
	backup := completedBackup(t, e.env.Sandbox.Now())
	backup.SetName("next-day")
	e.create(t, "", backup)
	facts, organization = e.readWithInventory(t), e.readOrganization(t)
	options.AsOf = facts.ReadAt
	if next := judge(options); next.Digest != declared.Digest {
		for i, f := range next.Findings {
			if earlier := declared.Findings[i]; f.Result != earlier.Result ||
				!reflect.DeepEqual(f.Evidence, earlier.Evidence) || !reflect.DeepEqual(f.Subjects, earlier.Subjects) {
				t.Logf("%s: %s %+v %v\n%s %+v %v", f.Check, earlier.Result, earlier.Evidence, earlier.Found, f.Result,
					f.Evidence, f.Found)
			}
		}
		t.Errorf("the digest of the next day is %s, and was %s", next.Digest, declared.Digest)
	}

	if err := e.env.Sandbox.Patch(
		"api-keys", sandbox.AccessKey, map[string]any{"permission_sets": []string{}},
	); err != nil {
		t.Fatal(err)
	}
	facts, organization = e.readWithoutRights(t), e.readOrganization(t)
	options.Attestations = nil
	unread := judge(options)

	t.Logf("%-24s %9s %9s %9s %9s %9s %9s %9s", "", "by facts", "declared", "inherited", "to decide", "not eval.",
		"deviation", "n/a")
	for name, one := range map[string]assessment.Assessment{
		"with everything": declared, "without attestations": plain, "may read nothing": unread,
	} {
		c := one.Summary.Clauses
		t.Logf("%-24s %9d %9d %9d %9d %9d %9d %9d", name, c[assessment.Pass], c[assessment.Attested],
			c[assessment.Inherited], c[assessment.NeedsDecision], c[assessment.NotEvaluated], c[assessment.Fail],
			c[assessment.NotApplicable])
		for _, f := range one.Findings {
			if f.Result == assessment.Fail || name == "with everything" && f.Result == assessment.NotEvaluated {
				t.Logf("  %s: %s: %s %+v", f.Check, f.Result, f.Found.EN, f.NotEvaluated)
			}
		}
	}
	all, without, none := declared.Summary.Clauses, plain.Summary.Clauses, unread.Summary.Clauses
	if all[assessment.Pass] < without[assessment.Pass] || all[assessment.Fail] > without[assessment.Fail] {
		t.Errorf("with attestations %v, without %v", all, without)
	}
	if without[assessment.Attested]+without[assessment.Inherited] > 0 || all[assessment.Attested] == 0 ||
		all[assessment.Inherited] == 0 || all[assessment.NotEvaluated] >= without[assessment.NotEvaluated] {
		t.Errorf("with attestations %v, without %v", all, without)
	}
	applicable := maps.Clone(none)
	delete(applicable, assessment.NotApplicable)
	delete(applicable, assessment.NotEvaluated)
	for result, count := range applicable {
		if count > 0 {
			t.Errorf("a key that may read nothing: %d clauses are %s", count, result)
		}
	}
	if !unread.IsEmpty() || none[assessment.NotEvaluated] == 0 {
		t.Errorf("a key that may read nothing: %v", none)
	}
}

// sources returns the sources of facts, an hour from now by the sandbox's clock.
func (e *estate) sources(t *testing.T, connect func(context.Context) (*kubernetes.Client, error)) collect.Sources {
	t.Helper()
	later := e.env.Sandbox.Now().Add(time.Hour)
	return collect.Sources{
		Scaleway: e.env.Client(t), Now: func() time.Time { return later }, Tool: "test", Kubernetes: connect,
	}
}

// readWithInventory reads the facts of the cluster with its inventory.
func (e *estate) readWithInventory(t *testing.T) assessment.Facts {
	t.Helper()
	facts, _ := e.assess(t, sandbox.SecretKey, nil)
	found, err := collect.Inventory(t.Context(), e.sources(t, func(context.Context) (*kubernetes.Client, error) {
		return e.kubernetes(sandbox.SecretKey)
	}), scw.RegionFrPar, e.clusterID)
	if err != nil {
		t.Fatal(err)
	}
	inventory := found.Facts(inventoryDigest)
	facts.Inventory = assessment.Fact[assessment.Inventory]{Source: "srm inventory", Value: &inventory}
	return facts
}

// inventoryDigest is the digest of the inventory.
var inventoryDigest = "sha256:" + strings.Repeat("ab", 32) //nolint:gochecknoglobals // a constant

// readWithoutRights reads the facts with a key that the Scaleway API forbids everything. No API server answers.
func (e *estate) readWithoutRights(t *testing.T) assessment.Facts {
	t.Helper()
	facts, err := collect.Cluster(t.Context(), e.sources(t, noServer), scw.RegionFrPar, e.clusterID)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// readOrganization reads the facts of the cluster's Organization.
func (e *estate) readOrganization(t *testing.T) assessment.OrganizationFacts {
	t.Helper()
	facts, err := collect.Organization(t.Context(), e.sources(t, nil), sandbox.OrganizationID)
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// declarations returns attestations of every kind, of what an assessment without them shows.
func (e *estate) declarations(
	t *testing.T, judged assessment.Assessment, facts assessment.Facts,
) []assessment.Attestation {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "declarations.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if judged.Access == nil || judged.Access.Digest == "" {
		t.Fatalf("no access list: %+v, %+v", judged.Access.Missing, judged.Access)
	}
	declared, problems := assessment.ParseDeclarations([]byte(strings.NewReplacer(
		"CLUSTER",
		e.id(),
		"MODEL_DIGEST",
		responsibility.EmbeddedCatalogue().Model.Digest,
		"LIST_DIGEST",
		judged.Access.Digest,
		"INVENTORY_DIGEST",
		inventoryDigest,
		"MINOR",
		regexp.MustCompile(`^\d+\.\d+`).FindString(*facts.Cluster.Value.Version),
	).Replace(string(text))))
	if len(problems) > 0 {
		encoded, _ := json.Marshal(problems)
		t.Fatalf("%s", encoded)
	}
	return declared.Attestations
}
