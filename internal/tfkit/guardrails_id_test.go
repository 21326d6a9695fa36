package tfkit_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// TestGuardrailsID checks that one form is accepted, and that ids of other objects are not.
func TestGuardrailsID(t *testing.T) {
	t.Parallel()
	const uuid = "0f112233-4455-4677-8899-aabbccddeeff"
	id := tfkit.GuardrailsID(strings.ToUpper(uuid))
	if id != "fr-par/"+uuid+"/guardrails" {
		t.Errorf("the id is %q", id)
	}
	for _, spelled := range []string{id, "fr-par/" + strings.ToUpper(uuid) + "/guardrails"} {
		if found, err := tfkit.ParseGuardrailsID(spelled); err != nil || found != uuid {
			t.Errorf("%q: %q, %v", spelled, found, err)
		}
		if found := tfkit.NormalizeGuardrailsID(spelled); found != id {
			t.Errorf("%q becomes %q", spelled, found)
		}
	}
	for _, other := range []string{
		"", "guardrails", "/guardrails", uuid, "fr-par/" + uuid, uuid + "/guardrails", "fr-par/guardrails",
		"fr-par//guardrails", "/" + uuid + "/guardrails",
		"nl-ams/" + uuid + "/guardrails", "fr-par-1/" + uuid + "/guardrails", "fr-par/" + uuid + "/guardrails/",
		"fr-par/" +
			uuid + "/guardrails/guardrails",
		"fr-par/" + uuid + "/pools", "fr-par/" + uuid + "/Guardrails", "fr-par/mine/guardrails", "fr-par/x/" + uuid +
			"/guardrails", " " + id, id + " ",
		"fr-par/ " + uuid + "/guardrails", "fr-par/" + uuid + " /guardrails", "FR-PAR/" + uuid + "/guardrails",
	} {
		found, err := tfkit.ParseGuardrailsID(other)
		var problem *compliance.Problem
		if found != "" || !errors.As(err, &problem) || !strings.Contains(problem.Found, other) ||
			!strings.Contains(
				problem.Fix, "srm_hds_guardrails.example.id",
			) || !strings.Contains(problem.Allowed, "fr-par/UUID/guardrails") {
			t.Errorf("%q: %q, %v", other, found, err)
		}
		if found := tfkit.NormalizeGuardrailsID(other); found != other {
			t.Errorf("%q becomes %q", other, found)
		}
	}
	_, err := tfkit.ParseGuardrailsID("fr-par/" + uuid)
	if err == nil || !strings.Contains(err.Error(), "id of a cluster") {
		t.Errorf("the id of a cluster: %v", err)
	}
}

// TestBareID checks that an id of several parts is kept, so that two ids with the same last part
// differ.
func TestBareID(t *testing.T) {
	t.Parallel()
	for id, wanted := range map[string]string{
		"AB": "ab", "fr-par/AB": "ab", "fr-par-1/AB": "ab", "": "", "fr-par/AB/guardrails": "fr-par/ab/guardrails",
		"a/b/AB": "a/b/ab",
	} {
		if found := tfkit.BareID(id); found != wanted {
			t.Errorf("%q becomes %q, want %q", id, found, wanted)
		}
	}
}
