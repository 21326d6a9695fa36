package guardrails_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestOwnerTwoStates checks that a second state can neither loosen nor delete the guardrails of the first.
func TestOwnerTwoStates(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	first, second := r.CLI(t, r.resourceConfig(passphrase, 1)), r.CLI(
		t,
		r.guardrailsConfig(passphrase, 1, "", looserRules),
	)
	expect(t, first, 0, applyArgs())
	owner, phase := r.ownerRecord()
	if phase != "applied" || len(owner) < 20 {
		t.Errorf("the ownership record names %q, phase %q", owner, phase)
	}
	before := r.resourceVersions()
	const taken = "The cluster already has guardrails.*one srm_hds_guardrails for each cluster"
	expect(t, second, 2, planArgs(), "Warning: "+taken)
	expect(t, second, 1, applyArgs(), "Error: "+taken,
		`import \{ to = srm_hds_guardrails.example id = "fr-par/`+r.cluster+`/guardrails" \}`)
	if status := second.ResourceStatus("srm_hds_guardrails", "test"); status != "absent" {
		t.Errorf("the status in the second state is %s", status)
	}
	r.checkNoWrites(t, before, "the second state")
	expect(t, second, 0, destroyArgs())
	expectEmptyPlanAndDestroy(t, first)
	r.checkNoOwner(t)
}

// TestOwnerTwoAddresses creates two guardrails of one cluster at the same time. One of them is refused.
func TestOwnerTwoAddresses(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	test := r.resourceConfig(passphrase, 1)
	other := strings.Replace(r.guardrailsConfig(passphrase, 1, "", looserRules), `"test"`, `"other"`, 1)
	cli := r.CLI(t, test+other)
	expect(t, cli, 1, applyArgs(), "Error: The cluster already has guardrails", `import \{`)
	kept := map[string]string{"test": test, "other": other}
	for name := range kept {
		switch status := cli.ResourceStatus("srm_hds_guardrails", name); status {
		case "absent":
			delete(kept, name)
		case "tainted":
			t.Errorf("%s is tainted", name)
		}
	}
	if len(kept) != 1 {
		t.Fatalf("the state has %d of the two resources", len(kept))
	}
	for _, config := range kept {
		cli.Configure(r.Env, config)
		expectEmptyPlanAndDestroy(t, cli)
	}
}

// TestOwnerImport imports guardrails: the state gets the owner of the ownership record without a write, and can
// then change the guardrails.
func TestOwnerImport(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	first, owner := r.newAppliedState(t)
	before := r.resourceVersions()
	second := r.CLI(t, r.importBlock("test")+r.resourceConfig(passphrase, 1))
	expect(t, second, 0, applyArgs(), "1 imported, 0 added, 0 changed, 0 destroyed")
	r.checkNoWrites(t, before, "the import")
	second.Configure(r.Env, r.guardrailsConfig(passphrase, 1, "iops = 15000", ""))
	expect(t, second, 0, applyArgs())
	r.checkOwner(t, owner)
	// Two states have one owner, like two copies of one state. The provider cannot distinguish them: both can apply.
	expect(t, first, 0, applyArgs())
	expect(t, first, 0, destroyArgs())
}

// TestOwnerRemovedAndImportedElsewhere moves guardrails to another state.
func TestOwnerRemovedAndImportedElsewhere(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	first, owner := r.newAppliedState(t)
	first.Configure(r.Env, "removed {\n  from = srm_hds_guardrails.test\n  lifecycle {\n    destroy = false\n  }\n}\n")
	expect(t, first, 0, applyArgs())
	second := r.CLI(t, r.importBlock("test")+r.guardrailsConfig(passphrase, 1, "iops = 15000", ""))
	expect(t, second, 0, applyArgs(), "1 imported, 0 added, 1 changed")
	r.checkOwner(t, owner)
	first.Configure(r.Env, r.resourceConfig(passphrase, 1))
	expect(t, first, 1, applyArgs(), "Error: The cluster already has guardrails")
	expectEmptyPlanAndDestroy(t, second)
}

// TestOwnerMoved moves guardrails to another address, and keeps the owner.
func TestOwnerMoved(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	cli, owner := r.newAppliedState(t)
	moved := strings.Replace(r.guardrailsConfig(passphrase, 1, "iops = 15000", ""), `"test"`, `"other"`, 1)
	cli.Configure(r.Env, "moved {\n  from = srm_hds_guardrails.test\n  to   = srm_hds_guardrails.other\n}\n"+moved)
	expect(t, cli, 0, applyArgs(), "0 added, 1 changed, 0 destroyed")
	r.checkOwner(t, owner)
	expect(t, cli, 0, destroyArgs())
}

// TestOwnerRecordMissing deletes the ownership record. The plan shows an update that writes it with the same owner, and
// does not write it itself.
func TestOwnerRecordMissing(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	cli, owner := r.newAppliedState(t)
	r.kube.mustDelete(policies, "", ownerRecord)
	expect(t, cli, 2, planArgs(), "Warning: The guardrails have no ownership record",
		"0 to add, 1 to change, 0 to destroy")
	if found, _ := r.ownerRecord(); found != "absent" {
		t.Error("a plan wrote the ownership record")
	}
	expect(t, cli, 0, applyArgs())
	r.checkOwner(t, owner)
	expect(t, cli, 0, planArgs())

	// Guardrails without an ownership record that no state contains, as of an earlier version of this provider: a
	// create is refused, an import succeeds.
	r.kube.mustDelete(policies, "", ownerRecord)
	second := r.CLI(t, r.guardrailsConfig(passphrase, 1, "", looserRules))
	output := expect(t, second, 1, applyArgs(), "Error: The cluster already has guardrails.*without an ownership "+
		"record")
	second.Configure(r.Env, printedImportBlock(t, output)+r.resourceConfig(passphrase, 1))
	expect(t, second, 0, applyArgs(), "1 imported, 0 added, 1 changed")
	r.checkOtherOwner(t, owner)
	expectEmptyPlanAndDestroy(t, second)
}

// TestOwnerRecordOfOtherOwner sets another owner in the ownership record. A plan warns, an update is refused, and a
// destroy deletes nothing.
func TestOwnerRecordOfOtherOwner(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	cli := r.CLI(t, r.resourceConfig(passphrase, 1))
	expect(t, cli, 0, applyArgs())
	for name, annotations := range map[string]string{
		"another owner": `{"` + annotationOwner + `":"OTHER"}`, "no owner": `{"` + annotationOwner + `":null}`,
	} {
		r.kube.patch(policies, "", ownerRecord, `{"metadata":{"annotations":`+annotations+`}}`)
		before := r.resourceVersions()
		cli.Configure(r.Env, r.resourceConfig(passphrase, 1))
		expect(t, cli, 0, planArgs(), "Warning: The guardrails belong to another owner")
		cli.Configure(r.Env, r.guardrailsConfig(passphrase, 1, "iops = 15000", looserRules))
		expect(t, cli, 1, applyArgs(), "Error: The guardrails belong to another owner", `import \{`)
		r.checkNoWrites(t, before, name+": the refused update")
	}
	r.kube.patch(policies, "", ownerRecord, `{"metadata":{"annotations":{"`+annotationOwner+`":"OTHER"}}}`)
	before := r.resourceVersions()
	// Without this error a replacement would remove the resource from the state and then fail.
	cli.Configure(r.Env, r.resourceConfig(passphrase, 1))
	expect(t, cli, 1, append(applyArgs(), "-replace="+address), "Error: The cluster already has guardrails")
	if status := cli.ResourceStatus("srm_hds_guardrails", "test"); status != "whole" {
		t.Errorf("the status in the state after a refused replacement is %s", status)
	}
	expect(t, cli, 2, append(planArgs(), "-destroy"),
		"Warning: The destroy deletes nothing: the guardrails belong to another owner")
	expect(t, cli, 0, destroyArgs(),
		"Warning: The guardrails stay in the cluster: they belong to another owner.*owner OTHER")
	r.checkNoWrites(t, before, "the destroy")
	if status := cli.ResourceStatus("srm_hds_guardrails", "test"); status != "absent" {
		t.Errorf("the status in the state is %s", status)
	}
}

// TestOwnerReplacement replaces the guardrails, which get a new owner. With create_before_destroy the replacement
// is refused, and the old guardrails stay.
func TestOwnerReplacement(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	cli, owner := r.newAppliedState(t)
	replace := append(applyArgs(), "-replace="+address)
	output := expect(t, cli, 0, replace, "1 added, 0 changed, 1 destroyed")
	acctest.NotContains(t, output, "already has guardrails")
	r.checkOtherOwner(t, owner)
	before := r.resourceVersions()
	cli.Configure(r.Env, r.guardrailsConfig(passphrase, 1, "", "lifecycle {\n    create_before_destroy = true\n  }"))
	expect(t, cli, 1, replace, "Error: The cluster already has guardrails.*do not set `create_before_destroy` on this "+
		"resource")
	// Terraform also applies create_before_destroy of a dependent resource to the guardrails.
	cli.Configure(r.Env, r.resourceConfig(passphrase, 1)+"resource \"terraform_data\" \"later\" {\n"+
		"  input = srm_hds_guardrails.test.id\n  lifecycle {\n    create_before_destroy = true\n  }\n}\n")
	expect(t, cli, 1, replace, "Error: The cluster already has guardrails")
	r.checkNoWrites(t, before, "the refused replacement")
	cli.Configure(r.Env, r.resourceConfig(passphrase, 1))
	expect(t, cli, 0, planArgs())

	// A replacement of guardrails without an ownership record.
	r.kube.mustDelete(policies, "", ownerRecord)
	output = expect(t, cli, 0, replace, "1 added, 0 changed, 1 destroyed")
	acctest.NotContains(t, output, "already has guardrails")
	expect(t, cli, 0, destroyArgs())
	r.checkNoOwner(t)
}

// TestOwnerAdoption checks that a create takes over the guardrails of an unfinished create only with the same
// settings and passphrase, and only after its timeout. Afterwards the first owner cannot change them.
func TestOwnerAdoption(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	config := func(phrase string, iops int64) map[string]any {
		return map[string]any{"cluster_id": "fr-par/" + r.cluster, "volume_encryption": map[string]any{
			"passphrase_wo": phrase, "passphrase_wo_version": int64(1), "iops": iops,
		}}
	}
	first := r.Protocol(t).Resource("srm_hds_guardrails", config(passphrase, 5000))
	if output := first.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	const annotationSettings = "terraform-srm.github.io/settings"
	settings := r.kube.field(policies, "", "srm-claims", "metadata", "annotations", annotationSettings)
	unfinished := func(started string) {
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{
			annotationPhase: "creating", annotationSettings: settings,
			"terraform-srm.github.io/started": started, "terraform-srm.github.io/create-timeout": "30m0s",
		}}})
		if err != nil {
			t.Fatal(err)
		}
		r.kube.patch(policies, "", ownerRecord, string(patch))
	}
	const past, future = "2026-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
	owner, _ := r.ownerRecord()
	for name, test := range map[string]struct {
		started, phrase string
		iops            int64
		want            string
	}{
		"may still run":      {future, passphrase, 5000, "whose creation is not finished"},
		"no start time":      {"", passphrase, 5000, "whose creation is not finished"},
		"other settings":     {past, passphrase, 15000, "with other settings"},
		"another passphrase": {past, otherPassphrase, 5000, "does not hold the configured passphrase"},
	} {
		unfinished(test.started)
		before := r.resourceVersions()
		second := r.Protocol(t).Resource("srm_hds_guardrails", config(test.phrase, test.iops))
		output := second.Apply(t.Context())
		if !strings.Contains(output, "ERROR") || !strings.Contains(output, test.want) || second.Exists() {
			t.Errorf("%s: exists %t: %s", name, second.Exists(), output)
		}
		r.checkNoWrites(t, before, name+": the refused create")
	}
	unfinished(past)
	second := r.Protocol(t).Resource("srm_hds_guardrails", config(passphrase, 5000))
	if output := second.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	r.checkOtherOwner(t, owner)
	before := r.resourceVersions()
	first.Configure(config(passphrase, 15000))
	acctest.Contains(t, first.Apply(t.Context()), "ERROR: The guardrails belong to another owner")
	acctest.Contains(t, first.Destroy(t.Context()), "WARNING: The guardrails stay in the cluster")
	if now := r.resourceVersions(); now != before || first.Exists() {
		t.Errorf("the first owner wrote\n%s\nbefore\n%s", now, before)
	}
	if action, output := second.Plan(t.Context()); action != "no-op" {
		t.Errorf("%s: %s", action, output)
	}
	second.Destroy(t.Context())
}

// TestOwnerIDIsNotSensitive checks that the state contains the owner in plain text, so that a user can find the state
// of an ownership record, and that the record contains no passphrase.
func TestOwnerIDIsNotSensitive(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	cli := r.CLI(t, r.resourceConfig(passphrase, 1))
	expect(t, cli, 0, applyArgs())
	record := r.kube.field(policies, "", ownerRecord, "metadata") + r.kube.field(policies, "", ownerRecord, "spec")
	if strings.Contains(record, passphrase) || strings.Contains(record, base64Encode(passphrase)) {
		t.Error("the ownership record contains the passphrase")
	}
	state, err := os.ReadFile(filepath.Join(cli.Dir(), "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	if owner, _ := r.ownerRecord(); !strings.Contains(string(state), `"owner_id": "`+owner+`"`) {
		t.Error("the state does not contain the owner of the ownership record")
	}
	expect(t, cli, 0, destroyArgs())
}
