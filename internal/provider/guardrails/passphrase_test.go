package guardrails_test

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
	passphraseIsUnused  = "WARNING: The passphrase differs from the one in the cluster and is not used"
	passphraseChanged   = "ERROR: The passphrase of a version cannot be changed"
	otherPassphrase     = "another-passphrase-that-was-never-written-0123"
	secondPassphrase    = "passphrase-of-version-two-0123456789abcdef"
)

// TestPassphraseIsReadOnlyToWriteSecret plans and applies with the passphrase, with another one, and without one:
// at create, in an update that writes no Secret, for a new version, for an older version, and for a deleted Secret.
func TestPassphraseIsReadOnlyToWriteSecret(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	life := r.Protocol(t).Resource("srm_hds_guardrails", nil)
	configure := func(phrase any, version, iops int64) {
		life.Configure(map[string]any{"cluster_id": "fr-par/" + r.cluster, "volume_encryption": map[string]any{
			"passphrase_wo": phrase, "passphrase_wo_version": version, "iops": iops,
		}})
	}
	checkPlan := func(wantAction string, want ...string) {
		t.Helper()
		action, output := life.Plan(t.Context())
		if action != wantAction {
			t.Errorf("the planned action is %s, want %s: %s", action, wantAction, output)
		}
		acctest.Contains(t, output, want...)
		if len(want) == 0 && output != "" {
			t.Errorf("unexpected diagnostics: %s", output)
		}
	}
	checkApply := func(want ...string) {
		t.Helper()
		output := life.Apply(t.Context())
		if strings.Contains(output, "ERROR") {
			t.Errorf("the apply failed: %s", output)
		}
		acctest.Contains(t, output, want...)
		for _, phrase := range []string{passphrase, otherPassphrase, secondPassphrase} {
			acctest.NotContains(t, output+life.StateString(), phrase, base64Encode(phrase))
		}
	}
	checkSecret := func(version, wanted string) {
		t.Helper()
		if held := r.kube.field(
			secrets, "srm-system", "srm-passphrase-"+version, "data", "encryptionPassphrase",
		); held != base64Encode(wanted) {
			t.Errorf("the Secret of %s contains another passphrase", version)
		}
	}

	configure(nil, 1, 5000)
	checkPlan("error", passphraseIsMissing, "Secret srm-system/srm-passphrase-v1 has to be written", "-refresh=false")
	life.Configure(map[string]any{"cluster_id": "fr-par/" + r.cluster, "volume_encryption": map[string]any{
		"passphrase_wo": nil, "passphrase_wo_version": acctest.Unknown,
	}})
	checkPlan("error", passphraseIsMissing)
	configure(acctest.Unknown, 1, 5000)
	checkPlan("create")
	life.Configure(map[string]any{"cluster_id": "fr-par/" + r.cluster, "volume_encryption": acctest.Unknown})
	checkPlan("create")
	configure(passphrase, 1, 5000)
	checkApply()

	configure(nil, 1, 5000)
	checkPlan("no-op")
	configure(acctest.Unknown, 1, 5000)
	checkPlan("no-op")
	configure(otherPassphrase, 1, 5000)
	checkPlan("no-op", passphraseIsUnused, "version 1", "pass null")
	configure(otherPassphrase, 1, 15000)
	checkApply(passphraseIsUnused)
	checkSecret("v1", passphrase)
	configure(nil, 1, 5000)
	checkApply()
	checkSecret("v1", passphrase)
	r.kube.patch(
		secrets, "srm-system", "srm-passphrase-v1", `{"metadata":{"labels":{"app.kubernetes.io/managed-by":null}}}`,
	)
	checkApply("The guardrails were changed in the cluster")
	checkSecret("v1", passphrase)
	checkPlan("no-op")

	configure(nil, 2, 5000)
	checkPlan("error", passphraseIsMissing, "srm-passphrase-v2")
	configure(secondPassphrase, 2, 5000)
	checkApply()
	checkSecret("v2", secondPassphrase)
	configure(nil, 2, 5000)
	checkPlan("no-op")
	configure(otherPassphrase, 1, 5000)
	checkPlan("error", passphraseChanged, "version 1")
	configure(nil, 1, 5000) // its Secret exists: nothing has to be written
	checkApply()
	checkPlan("no-op")

	r.kube.mustDelete(secrets, "srm-system", "srm-passphrase-v1")
	checkPlan("error", passphraseIsMissing, "srm-passphrase-v1")
	configure(otherPassphrase, 1, 5000)
	checkPlan("error", passphraseChanged)
	configure(acctest.Unknown, 1, 5000)
	checkPlan("update", "Secret/srm-system/srm-passphrase-v1 is absent")
	configure(passphrase, 1, 5000)
	checkApply()
	checkSecret("v1", passphrase)
	checkSecret("v2", secondPassphrase)
}

// TestSecretDeletedBeforeApplyWithoutPassphrase deletes the Secret between plan and apply, with no
// passphrase or another one. The apply fails, and writes neither an empty Secret nor one with another passphrase.
func TestSecretDeletedBeforeApplyWithoutPassphrase(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	life := r.Protocol(t).Resource("srm_hds_guardrails", nil)
	configure := func(phrase any, iops int64) {
		life.Configure(map[string]any{"cluster_id": "fr-par/" + r.cluster, "volume_encryption": map[string]any{
			"passphrase_wo": phrase, "passphrase_wo_version": int64(1), "iops": iops,
		}})
	}
	configure(passphrase, 5000)
	life.Apply(t.Context())
	for phrase, wanted := range map[any]string{nil: "passphrase_wo is null", otherPassphrase: "the passphrase " +
		"differs from the one it held"} {
		configure(phrase, 15000)
		output := life.ApplyAfterChange(
			t.Context(), func() { r.kube.mustDelete(secrets, "srm-system", "srm-passphrase-v1") },
		)
		acctest.Contains(t, output, "ERROR: Unable to update the guardrails", wanted)
		if found := r.kube.field(secrets, "srm-system", "srm-passphrase-v1", "kind"); found != "absent" {
			t.Error("a Secret was written")
		}
		configure(passphrase, 5000)
		if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
			t.Fatal(output)
		}
	}
}

// TestImportWithoutPassphrase imports guardrails into a configuration without a passphrase.
func TestImportWithoutPassphrase(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli := r.CLI(t, r.resourceConfig(passphrase, 1))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	without := strings.Replace(r.resourceConfig(passphrase, 1), `"`+passphrase+`"`, "null", 1)
	cli.Configure(r.Env, without)
	cli.MustRun("plan", "-no-color", "-detailed-exitcode")
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

// TestPassphraseValidation checks that leading or trailing white space and one repeated character are refused,
// and that errors contain no character of the passphrase.
func TestPassphraseValidation(t *testing.T) {
	t.Parallel()
	protocol := acctest.New(t).Protocol(t)
	validate := func(text string) string {
		return protocol.ValidateResource("srm_hds_guardrails", map[string]any{
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
		output := validate(text)
		if wanted == "" && output != "" || wanted != "" && !strings.Contains(output, wanted) {
			t.Errorf("want %q, got:\n%s", wanted, output)
		}
		if strings.Contains(output, passphrase) || strings.Contains(output, "Q") || strings.Contains(output, "é") {
			t.Errorf("the error contains characters of the passphrase:\n%s", output)
		}
	}
	if output := validate(""); !strings.Contains(output, "too short") {
		t.Errorf("empty: %s", output)
	}
}

// TestDestroyHintIsShownOnce checks that each error of a plan contains the hint for a destroy once, for each of the two
// CLIs.
func TestDestroyHintIsShownOnce(t *testing.T) {
	t.Parallel()
	life := acctest.New(t).Protocol(t).Resource("srm_hds_guardrails", map[string]any{
		"cluster_id":        "fr-par/11111111-1111-4111-8111-111111111111",
		"volume_encryption": map[string]any{"passphrase_wo_version": int64(1)},
		"ingress": map[string]any{"exemptions": []any{map[string]any{
			"namespace": "legacy", "reason": "a move", "approver": "security", "until": "2020-01-01"}}},
	})
	_, output := life.Plan(t.Context())
	acctest.Contains(t, output, "The passphrase is missing", "The new exemption has already expired")
	if hints := strings.Count(output, "-refresh=false"); hints != 4 {
		t.Errorf("-refresh=false occurs %d times, want 2 for each of the two errors:\n%s", hints, output)
	}
}
