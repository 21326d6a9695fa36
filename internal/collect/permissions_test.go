package collect_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// newKey creates an application with permission sets in the Project, and an API key of it.
func (e *estate) newKey(t *testing.T, sets []string) (accessKey, secretKey string) {
	t.Helper()
	const iam = "/iam/v1alpha1"
	names, err := json.Marshal(sets)
	if err != nil {
		t.Fatal(err)
	}
	application := e.send(t, "POST", iam+"/applications", fmt.Sprintf(`{"name":"assessment","organization_id":%q}`,
		sandbox.OrganizationID))["id"]
	e.send(t, "POST", iam+"/policies", fmt.Sprintf(`{"name":"assessment","organization_id":%q,"application_id":%q,`+
		`"rules":[{"project_ids":[%q],"permission_set_names":%s}]}`, sandbox.OrganizationID, application,
		sandbox.ProjectID, names))
	key := e.send(t, "POST", iam+"/api-keys", fmt.Sprintf(`{"application_id":%q,"description":""}`, application))
	accessKey, _ = key["access_key"].(string)
	secretKey, _ = key["secret_key"].(string)
	return accessKey, secretKey
}

// readSets returns the permission sets that a file of the examples names.
func readSets(t *testing.T, name string) []string {
	t.Helper()
	file, err := os.ReadFile("../../examples/assessment/" + name)
	if err != nil {
		t.Fatal(err)
	}
	sets := []string{}
	for _, found := range regexp.MustCompile(`"(\w+ReadOnly)"`).FindAllStringSubmatch(string(file), -1) {
		sets = append(sets, found[1])
	}
	return sets
}

// exampleSets returns the permission sets of the example.
func exampleSets(t *testing.T) []string {
	t.Helper()
	sets := readSets(t, "iam.tf")
	if len(sets) == 0 || !slices.IsSorted(sets) || len(slices.Compact(slices.Clone(sets))) != len(sets) {
		t.Fatalf("permission sets of the example, sorted and each once: %v", sets)
	}
	return sets
}

// missingSets returns what the gaps of facts need because it is forbidden, sorted.
func missingSets(t *testing.T, facts any) []string {
	t.Helper()
	content, err := json.Marshal(facts)
	if err != nil {
		t.Fatal(err)
	}
	var decoded any
	if err := json.Unmarshal(content, &decoded); err != nil {
		t.Fatal(err)
	}
	needs := []string{}
	var walk func(any)
	walk = func(value any) {
		switch value := value.(type) {
		case []any:
			for _, item := range value {
				walk(item)
			}
		case map[string]any:
			if value["reason"] == string(assessment.Forbidden) {
				needs = append(needs, fmt.Sprint(value["needs"]))
			}
			for _, item := range value {
				walk(item)
			}
		}
	}
	walk(decoded)
	slices.Sort(needs)
	return slices.Compact(needs)
}

// TestExamplePermissions reads the facts with the permission sets of the example: with all of them nothing is
// forbidden, and without one of them something is, whose gap names the set.
func TestExamplePermissions(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	cluster, sets := e.cluster(t, "hds-prod"), exampleSets(t)
	missing := func(sets []string) []string {
		accessKey, secretKey := e.newKey(t, sets)
		return missingSets(t, e.collectAs(t, cluster, accessKey, secretKey))
	}
	if found := missing(sets); len(found) > 0 {
		t.Errorf("with all permission sets of the example, these are missing: %v", found)
	}
	for _, set := range sets {
		rest := slices.DeleteFunc(slices.Clone(sets), func(other string) bool { return other == set })
		found := missing(rest)
		if !slices.ContainsFunc(found, func(need string) bool { return strings.HasPrefix(need, set+" ") }) {
			t.Errorf("without %s, the facts need %v", set, found)
		}
	}
}
