package hdsguardrails_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestOwnerTwoStates: a second state neither loosens the guardrails of the first nor removes them.
func TestOwnerTwoStates(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	first, second := r.CLI(t, r.resources(passphrase, 1)), r.CLI(t, r.guardrails(passphrase, 1, "", looser))
	expect(t, first, 0, apply())
	owner, phase := r.mark()
	if phase != "applied" || len(owner) < 20 {
		t.Errorf("the mark is of %q, phase %q", owner, phase)
	}
	before := r.writes()
	const taken = "The cluster already has guardrails.*one srm_hds_guardrails for each cluster"
	expect(t, second, 2, plan(), "Warning: "+taken)
	expect(t, second, 1, apply(), "Error: "+taken,
		`import \{ to = srm_hds_guardrails.example id = "fr-par/`+r.cluster+`/guardrails" \}`)
	if status := second.Status("srm_hds_guardrails", "test"); status != "absent" {
		t.Errorf("the second state has them %s", status)
	}
	r.checkUnwritten(t, before, "the second state")
	expect(t, second, 0, destroy())
	finish(t, first)
	r.checkUnowned(t)
}

// TestOwnerTwoAddresses creates two guardrails of one cluster at the same time: one of them is refused.
func TestOwnerTwoAddresses(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	one := r.resources(passphrase, 1)
	other := strings.Replace(r.guardrails(passphrase, 1, "", looser), `"test"`, `"other"`, 1)
	cli := r.CLI(t, one+other)
	expect(t, cli, 1, apply(), "Error: The cluster already has guardrails", `import \{`)
	kept := map[string]string{"test": one, "other": other}
	for name := range kept {
		switch status := cli.Status("srm_hds_guardrails", name); status {
		case "absent":
			delete(kept, name)
		case "tainted":
			t.Errorf("%s is tainted", name)
		}
	}
	if len(kept) != 1 {
		t.Fatalf("the state has %d of the two", len(kept))
	}
	for _, config := range kept {
		cli.Configure(r.Env, config)
		finish(t, cli)
	}
}

// TestOwnerAfterAnImport takes the owner of the mark without a write, and can change the guardrails.
func TestOwnerAfterAnImport(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	first, owner := r.applied(t)
	before := r.writes()
	second := r.CLI(t, r.importBlock("test")+r.resources(passphrase, 1))
	expect(t, second, 0, apply(), "1 imported, 0 added, 0 changed, 0 destroyed")
	r.checkUnwritten(t, before, "the import")
	second.Configure(r.Env, r.guardrails(passphrase, 1, "iops = 15000", ""))
	expect(t, second, 0, apply())
	r.checkOwner(t, owner)
	// Two states with one owner, as two copies of one state have: nothing distinguishes them, and each of them may go on.
	expect(t, first, 0, apply())
	expect(t, first, 0, destroy())
}

// TestOwnerRemovedAndImportedElsewhere hands guardrails over to another state.
func TestOwnerRemovedAndImportedElsewhere(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	first, owner := r.applied(t)
	first.Configure(r.Env, "removed {\n  from = srm_hds_guardrails.test\n  lifecycle {\n    destroy = false\n  }\n}\n")
	expect(t, first, 0, apply())
	second := r.CLI(t, r.importBlock("test")+r.guardrails(passphrase, 1, "iops = 15000", ""))
	expect(t, second, 0, apply(), "1 imported, 0 added, 1 changed")
	r.checkOwner(t, owner)
	first.Configure(r.Env, r.resources(passphrase, 1))
	expect(t, first, 1, apply(), "Error: The cluster already has guardrails")
	finish(t, second)
}

// TestOwnerAfterAMove keeps the owner under another address.
func TestOwnerAfterAMove(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli, owner := r.applied(t)
	moved := strings.Replace(r.guardrails(passphrase, 1, "iops = 15000", ""), `"test"`, `"other"`, 1)
	cli.Configure(r.Env, "moved {\n  from = srm_hds_guardrails.test\n  to   = srm_hds_guardrails.other\n}\n"+moved)
	expect(t, cli, 0, apply(), "0 added, 1 changed, 0 destroyed")
	r.checkOwner(t, owner)
	expect(t, cli, 0, destroy())
}

// TestOwnerWithoutAMark: the plan shows an update that writes the mark, with the same owner; ModifyPlan writes nothing.
func TestOwnerWithoutAMark(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli, owner := r.applied(t)
	r.inside.remove(policies, "", ownerMark)
	expect(t, cli, 2, plan(), "Warning: The guardrails have no mark of their owner",
		"0 to add, 1 to change, 0 to destroy")
	if found, _ := r.mark(); found != "absent" {
		t.Error("a plan wrote the mark")
	}
	expect(t, cli, 0, apply())
	r.checkOwner(t, owner)
	expect(t, cli, 0, plan())

	// Guardrails that no state has, as those of an earlier version of this provider: a create refuses them, an import
	// takes them.
	r.inside.remove(policies, "", ownerMark)
	second := r.CLI(t, r.guardrails(passphrase, 1, "", looser))
	said := expect(t, second, 1, apply(), "Error: The cluster already has guardrails.*without a mark of their owner")
	second.Configure(r.Env, importing(t, said)+r.resources(passphrase, 1))
	expect(t, second, 0, apply(), "1 imported, 0 added, 1 changed")
	r.checkOtherOwner(t, owner)
	finish(t, second)
}

// TestOwnerOfAForeignMark: a mark of another owner that appears later is a warning; an update refuses, and a destroy
// removes nothing.
func TestOwnerOfAForeignMark(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli := r.CLI(t, r.resources(passphrase, 1))
	expect(t, cli, 0, apply())
	for name, annotations := range map[string]string{
		"another owner": `{"` + annotationOwner + `":"OTHER"}`, "no owner": `{"` + annotationOwner + `":null}`,
	} {
		r.inside.patch(policies, "", ownerMark, `{"metadata":{"annotations":`+annotations+`}}`)
		before := r.writes()
		cli.Configure(r.Env, r.resources(passphrase, 1))
		expect(t, cli, 0, plan(), "Warning: The guardrails belong to another owner")
		cli.Configure(r.Env, r.guardrails(passphrase, 1, "iops = 15000", looser))
		expect(t, cli, 1, apply(), "Error: The guardrails belong to another owner", `import \{`)
		r.checkUnwritten(t, before, name+": the refused update")
	}
	r.inside.patch(policies, "", ownerMark, `{"metadata":{"annotations":{"`+annotationOwner+`":"OTHER"}}}`)
	before := r.writes()
	// A replacement would remove the resource from the state and then fail.
	cli.Configure(r.Env, r.resources(passphrase, 1))
	expect(t, cli, 1, append(apply(), "-replace="+address), "Error: The cluster already has guardrails")
	if status := cli.Status("srm_hds_guardrails", "test"); status != "whole" {
		t.Errorf("after a refused replacement the state has them %s", status)
	}
	expect(t, cli, 2, append(plan(), "-destroy"),
		"Warning: The destroy removes nothing: the guardrails belong to another owner")
	expect(t, cli, 0, destroy(),
		"Warning: The guardrails stay in the cluster: they belong to another owner.*owner OTHER")
	r.checkUnwritten(t, before, "the destroy")
	if status := cli.Status("srm_hds_guardrails", "test"); status != "absent" {
		t.Errorf("the state has them %s", status)
	}
}

// TestOwnerAfterAReplacement: -replace removes the guardrails and creates them under a new owner. With
// create_before_destroy the new ones are refused, and the old ones stay.
func TestOwnerAfterAReplacement(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli, owner := r.applied(t)
	replace := append(apply(), "-replace="+address)
	said := expect(t, cli, 0, replace, "1 added, 0 changed, 1 destroyed")
	acctest.Lacks(t, said, "already has guardrails")
	r.checkOtherOwner(t, owner)
	before := r.writes()
	cli.Configure(r.Env, r.guardrails(passphrase, 1, "", "lifecycle {\n    create_before_destroy = true\n  }"))
	expect(t, cli, 1, replace, "Error: The cluster already has guardrails.*set `create_before_destroy` neither here")
	// What depends on the guardrails makes it hold for them, too.
	cli.Configure(r.Env, r.resources(passphrase, 1)+"resource \"terraform_data\" \"later\" {\n"+
		"  input = srm_hds_guardrails.test.id\n  lifecycle {\n    create_before_destroy = true\n  }\n}\n")
	expect(t, cli, 1, replace, "Error: The cluster already has guardrails")
	r.checkUnwritten(t, before, "the refused replacement")
	cli.Configure(r.Env, r.resources(passphrase, 1))
	expect(t, cli, 0, plan())

	// A replacement of guardrails without a mark.
	r.inside.remove(policies, "", ownerMark)
	said = expect(t, cli, 0, replace, "1 added, 0 changed, 1 destroyed")
	acctest.Lacks(t, said, "already has guardrails")
	expect(t, cli, 0, destroy())
	r.checkUnowned(t)
}

// TestOwnerOfAnAdoption: a create takes over what another one left that did not end, with equal settings and passphrase
// and after its timeout, and nothing else. The first owner can do no more after that.
func TestOwnerOfAnAdoption(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	config := func(phrase string, iops int64) map[string]any {
		return map[string]any{"cluster_id": "fr-par/" + r.cluster, "volume_encryption": map[string]any{
			"passphrase_wo": phrase, "passphrase_wo_version": int64(1), "iops": iops,
		}}
	}
	first := r.Protocol(t).Life("srm_hds_guardrails", config(passphrase, 5000))
	if said := first.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	const annotationSettings = "terraform-srm.github.io/settings"
	settings := r.inside.field(policies, "", "srm-claims", "metadata", "annotations", annotationSettings)
	unfinished := func(started string) {
		patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{
			annotationPhase: "creating", annotationSettings: settings,
			"terraform-srm.github.io/started": started, "terraform-srm.github.io/create-timeout": "30m0s",
		}}})
		if err != nil {
			t.Fatal(err)
		}
		r.inside.patch(policies, "", ownerMark, string(patch))
	}
	const long, soon = "2026-01-01T00:00:00Z", "2999-01-01T00:00:00Z"
	owner, _ := r.mark()
	for name, test := range map[string]struct {
		started, phrase string
		iops            int64
		said            string
	}{
		"it may still run":   {soon, passphrase, 5000, "whose create has not ended"},
		"no start":           {"", passphrase, 5000, "whose create has not ended"},
		"other settings":     {long, passphrase, 15000, "with other settings"},
		"another passphrase": {long, otherPassphrase, 5000, "holds another passphrase"},
	} {
		unfinished(test.started)
		before := r.writes()
		second := r.Protocol(t).Life("srm_hds_guardrails", config(test.phrase, test.iops))
		said := second.Apply(t.Context())
		if !strings.Contains(said, "ERROR") || !strings.Contains(said, test.said) || second.Exists() {
			t.Errorf("%s: exists %t: %s", name, second.Exists(), said)
		}
		r.checkUnwritten(t, before, name+": the refused create")
	}
	unfinished(long)
	second := r.Protocol(t).Life("srm_hds_guardrails", config(passphrase, 5000))
	if said := second.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	r.checkOtherOwner(t, owner)
	before := r.writes()
	first.Configure(config(passphrase, 15000))
	acctest.Contains(t, first.Apply(t.Context()), "ERROR: The guardrails belong to another owner")
	acctest.Contains(t, first.Destroy(t.Context()), "WARNING: The guardrails stay in the cluster")
	if now := r.writes(); now != before || first.Exists() {
		t.Errorf("the first owner wrote\n%s\nwas\n%s", now, before)
	}
	if action, said := second.Plan(t.Context()); action != "no-op" {
		t.Errorf("%s: %s", action, said)
	}
	second.Destroy(t.Context())
}

// TestOwnerIsNoSecret: the state shows the owner, so that the one that a mark names can be found, and the mark holds no
// passphrase.
func TestOwnerIsNoSecret(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	cli := r.CLI(t, r.resources(passphrase, 1))
	expect(t, cli, 0, apply())
	mark := r.inside.field(policies, "", ownerMark, "metadata") + r.inside.field(policies, "", ownerMark, "spec")
	if strings.Contains(mark, passphrase) || strings.Contains(mark, encoded(passphrase)) {
		t.Error("the mark holds the passphrase")
	}
	state, err := os.ReadFile(filepath.Join(cli.Dir(), "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	if owner, _ := r.mark(); !strings.Contains(string(state), `"owner_id": "`+owner+`"`) {
		t.Error("a user cannot find the owner of the mark in the state")
	}
	expect(t, cli, 0, destroy())
}
