package hdsguardrails_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

const (
	passphraseIsMissing = "ERROR: The passphrase is missing"
	passphraseIsUnused  = "WARNING: The passphrase is not the one that was written, and is not used"
	passphraseChanged   = "ERROR: A passphrase never changes once it is written"
	otherPassphrase     = "another-passphrase-that-was-never-written-0123"
	secondPassphrase    = "passphrase-of-version-two-0123456789abcdef"
)

// TestPassphraseIsReadWhereASecretIsWritten plans and applies with the passphrase, with another, and with none: at
// create, in an update that writes no Secret, for a new version, for an older one, and for a Secret that was deleted.
func TestPassphraseIsReadWhereASecretIsWritten(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	life := r.Protocol(t).Life("srm_hds_guardrails", nil)
	configure := func(phrase any, version, iops int64) {
		life.Configure(map[string]any{"cluster_id": "fr-par/" + r.cluster, "volume_encryption": map[string]any{
			"passphrase_wo": phrase, "passphrase_wo_version": version, "iops": iops,
		}})
	}
	plans := func(wanted string, said ...string) {
		t.Helper()
		action, found := life.Plan(t.Context())
		if action != wanted {
			t.Errorf("the plan is %s, not %s: %s", action, wanted, found)
		}
		acctest.Contains(t, found, said...)
		if len(said) == 0 && found != "" {
			t.Errorf("the plan says: %s", found)
		}
	}
	applies := func(said ...string) {
		t.Helper()
		found := life.Apply(t.Context())
		if strings.Contains(found, "ERROR") {
			t.Errorf("the apply fails: %s", found)
		}
		acctest.Contains(t, found, said...)
		for _, phrase := range []string{passphrase, otherPassphrase, secondPassphrase} {
			acctest.Lacks(t, found+life.Dump(), phrase, encoded(phrase))
		}
	}
	holds := func(version, wanted string) {
		t.Helper()
		if held := r.inside.field(
			secrets, "srm-system", "srm-passphrase-"+version, "data", "encryptionPassphrase",
		); held != encoded(wanted) {
			t.Errorf("the Secret of %s holds another passphrase", version)
		}
	}

	configure(nil, 1, 5000)
	plans("error", passphraseIsMissing, "Secret srm-system/srm-passphrase-v1 has to be written", "-refresh=false")
	life.Configure(map[string]any{"cluster_id": "fr-par/" + r.cluster, "volume_encryption": map[string]any{
		"passphrase_wo": nil, "passphrase_wo_version": acctest.Unknown,
	}})
	plans("error", passphraseIsMissing)
	configure(acctest.Unknown, 1, 5000)
	plans("create")
	life.Configure(map[string]any{"cluster_id": "fr-par/" + r.cluster, "volume_encryption": acctest.Unknown})
	plans("create")
	configure(passphrase, 1, 5000)
	applies()

	configure(nil, 1, 5000)
	plans("no-op")
	configure(acctest.Unknown, 1, 5000)
	plans("no-op")
	configure(otherPassphrase, 1, 5000)
	plans("no-op", passphraseIsUnused, "version 1", "pass null")
	configure(otherPassphrase, 1, 15000)
	applies(passphraseIsUnused)
	holds("v1", passphrase)
	configure(nil, 1, 5000)
	applies()
	holds("v1", passphrase)
	r.inside.patch(
		secrets, "srm-system", "srm-passphrase-v1", `{"metadata":{"labels":{"app.kubernetes.io/managed-by":null}}}`,
	)
	applies("The guardrails were changed in the cluster")
	holds("v1", passphrase)
	plans("no-op")

	configure(nil, 2, 5000)
	plans("error", passphraseIsMissing, "srm-passphrase-v2")
	configure(secondPassphrase, 2, 5000)
	applies()
	holds("v2", secondPassphrase)
	configure(nil, 2, 5000)
	plans("no-op")
	configure(otherPassphrase, 1, 5000)
	plans("error", passphraseChanged, "version 1")
	configure(nil, 1, 5000) // its Secret is there: nothing has to be written
	applies()
	plans("no-op")

	r.inside.remove(secrets, "srm-system", "srm-passphrase-v1")
	plans("error", passphraseIsMissing, "srm-passphrase-v1")
	configure(otherPassphrase, 1, 5000)
	plans("error", passphraseChanged)
	configure(acctest.Unknown, 1, 5000)
	plans("update", "Secret/srm-system/srm-passphrase-v1 is absent")
	configure(passphrase, 1, 5000)
	applies()
	holds("v1", passphrase)
	holds("v2", secondPassphrase)
}

// TestPassphraseThatIsNullWhereTheSecretGoesBeforeTheApply fails the apply and writes nothing: neither an empty Secret
// nor one with another passphrase.
func TestPassphraseThatIsNullWhereTheSecretGoesBeforeTheApply(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	life := r.Protocol(t).Life("srm_hds_guardrails", nil)
	configure := func(phrase any, iops int64) {
		life.Configure(map[string]any{"cluster_id": "fr-par/" + r.cluster, "volume_encryption": map[string]any{
			"passphrase_wo": phrase, "passphrase_wo_version": int64(1), "iops": iops,
		}})
	}
	configure(passphrase, 5000)
	life.Apply(t.Context())
	for phrase, wanted := range map[any]string{nil: "passphrase_wo is null", otherPassphrase: "the passphrase is not " +
		"the one that it held"} {
		configure(phrase, 15000)
		said := life.ApplyLate(t.Context(), func() { r.inside.remove(secrets, "srm-system", "srm-passphrase-v1") })
		acctest.Contains(t, said, "ERROR: Unable to update the guardrails", wanted)
		if found := r.inside.field(secrets, "srm-system", "srm-passphrase-v1", "kind"); found != "absent" {
			t.Error("a Secret was written")
		}
		configure(passphrase, 5000)
		if said := life.Apply(t.Context()); strings.Contains(said, "ERROR") {
			t.Fatal(said)
		}
	}
}

// TestImportNeedsNoPassphrase imports guardrails into a configuration without one.
func TestImportNeedsNoPassphrase(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli := r.CLI(t, r.resources(passphrase, 1))
	cli.Must("apply", "-auto-approve", "-no-color")
	without := strings.Replace(r.resources(passphrase, 1), `"`+passphrase+`"`, "null", 1)
	cli.Configure(r.Env, without)
	cli.Must("plan", "-no-color", "-detailed-exitcode")
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.config("short", 1, "", ""), ExpectError: regexp.MustCompile(`(?s)The passphrase is too ` +
			`short.*pass\s+null`)},
		{Config: r.Config(
			"import {\n  to = srm_hds_guardrails.test\n  id = \"fr-par/" + r.cluster + "/guardrails\"\n}\n" + without,
		),
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			}},
	}})
}

// TestPassphrasesThatHideAMistake: white space at an end and one repeated character are refused, and no character is
// shown.
func TestPassphrasesThatHideAMistake(t *testing.T) {
	t.Parallel()
	on := acctest.New(t).Protocol(t)
	say := func(text string) string {
		return on.ValidateResource("srm_hds_guardrails", map[string]any{
			"cluster_id":        "fr-par/11111111-1111-4111-8111-111111111111",
			"volume_encryption": map[string]any{"passphrase_wo": text, "passphrase_wo_version": int64(1)},
		})
	}
	for text, wanted := range map[string]string{
		passphrase + "\n":           "The passphrase starts or ends with white space",
		" " + passphrase:            "The passphrase starts or ends with white space",
		passphrase + "\t":           "The passphrase starts or ends with white space",
		strings.Repeat("Q", 64):     "The passphrase is one repeated character",
		strings.Repeat("é", 64):     "The passphrase is one repeated character",
		"QQ":                        "The passphrase is too short",
		strings.Repeat("Qq", 32):    "",
		passphrase + " " + "inside": "",
	} {
		said := say(text)
		if wanted == "" && said != "" || wanted != "" && !strings.Contains(said, wanted) {
			t.Errorf("wanted %q, got:\n%s", wanted, said)
		}
		if strings.Contains(said, passphrase) || strings.Contains(said, "Q") || strings.Contains(said, "é") {
			t.Errorf("the passphrase is shown:\n%s", said)
		}
	}
	if said := say(""); !strings.Contains(said, "too short") {
		t.Errorf("empty: %s", said)
	}
}

// TestDestroyHintIsSaidOnce: an error of a plan names the way past it for a destroy once, for each of the two CLIs.
func TestDestroyHintIsSaidOnce(t *testing.T) {
	t.Parallel()
	life := acctest.New(t).Protocol(t).Life("srm_hds_guardrails", map[string]any{
		"cluster_id":        "fr-par/11111111-1111-4111-8111-111111111111",
		"volume_encryption": map[string]any{"passphrase_wo_version": int64(1)},
		"ingress": map[string]any{"exemptions": []any{map[string]any{
			"namespace": "legacy", "reason": "a move", "approver": "security", "until": "2020-01-01"}}},
	})
	_, said := life.Plan(t.Context())
	acctest.Contains(t, said, "The passphrase is missing", "The exemption is over before it begins")
	if hints := strings.Count(said, "-refresh=false"); hints != 4 {
		t.Errorf("-refresh=false is said %d times, want 2 for each of the two errors:\n%s", hints, said)
	}
}
