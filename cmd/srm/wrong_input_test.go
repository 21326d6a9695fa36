package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEmptyFlags checks that a flag without a value, such as that of a variable that is not set, is an error: neither a
// gate nor a declaration may vanish without a word.
func TestEmptyFlags(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, line := range []string{
		"assess --cluster=", "assess --cluster=a,", "assess --facts=", "assess --config=",
		"assess --cluster hds-prod --fail-on=", "assess --cluster hds-prod --baseline=",
		"assess --cluster hds-prod --attestations=", "assess --cluster hds-prod --waivers=",
		"assess --cluster hds-prod --only=", "assess --cluster hds-prod --layers=", "collect --cluster=",
		"collect --cluster hds-prod --output=", "attest init --cluster=", "inventory --cluster=", "report --html= a",
	} {
		args := strings.Fields(line)
		if args[0] == "assess" {
			args = append(args, "--output", filepath.Join(folder, "assessment.json"))
		}
		_, stderr, code := newRig(t).run(args...)
		if code != exitError || !strings.Contains(stderr, "has an empty value; allowed: ") {
			t.Errorf("srm %s: exit %d\n%s", line, code, stderr)
		}
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) > 0 {
		t.Errorf("files were written: %v, %v", files, err)
	}
	newRig(t).must("assess", "--cluster", "hds-prod", "--layers", "api", "--output", "")
}

// TestUnwritableOutputs checks that an output that cannot be written is an error before anything is read.
func TestUnwritableOutputs(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := write(t, filepath.Join(folder, "file"), "")
	absent := filepath.Join(folder, "absent", "file")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"assess", "--output", absent}, "--output: " + absent + " cannot be written: the folder "},
		{[]string{"assess", "--output", folder}, "--output: " + folder + " is a folder; allowed: a file"},
		{[]string{"assess", "--organization", "--output=", "--access-list", absent}, "--access-list: " + absent},
		{[]string{"assess", "--output=", "--evidence", file}, "--evidence: " + file + " is a file; allowed: a folder"},
		{[]string{"collect", "--output", absent}, "--output: " + absent},
		{[]string{"attest", "init", "--output", absent}, "--output: " + absent},
		{[]string{"inventory", "--json", absent}, "--json: " + absent},
	} {
		r := newRig(t)
		_, stderr, code := r.run(append(test.args, "--cluster", "hds-prod")...)
		if code != exitError || !strings.Contains(stderr, test.want) {
			t.Errorf("srm %s: exit %d, expected %q\n%s", strings.Join(test.args, " "), code, test.want, stderr)
		}
		if requests := r.sandbox.Requests(); len(requests) > 0 {
			t.Errorf("srm %s: %d requests", strings.Join(test.args, " "), len(requests))
		}
	}
}

// TestMissingInputs checks that a file that cannot be read is named with its flag, before anything is read.
func TestMissingInputs(t *testing.T) {
	t.Parallel()
	absent := filepath.Join(t.TempDir(), "absent")
	for _, flag := range []string{"inputs", "attestations", "waivers", "baseline", "inventory", "organization-facts"} {
		r := newRig(t)
		_, stderr, code := r.run("assess", "--cluster", "hds-prod", "--output=", "--"+flag, absent)
		if code != exitError || !strings.Contains(stderr, "srm: --"+flag+": ") || !strings.Contains(stderr, absent) {
			t.Errorf("--%s: exit %d\n%s", flag, code, stderr)
		}
		if requests := r.sandbox.Requests(); len(requests) > 0 {
			t.Errorf("--%s: %d requests", flag, len(requests))
		}
	}
}

// TestWrongConfig checks the messages about srm.yaml: nothing in it is ignored, and none names a type of Go.
func TestWrongConfig(t *testing.T) {
	t.Parallel()
	const one = "clusters: [{cluster: hds-prod, hds: true, layers: [api]}]\n"
	for text, want := range map[string]string{
		"clusters: {a: b}":                       "line 1: found a mapping; allowed: a list",
		"clusters: [{cluster: x, hds: maybe}]":   `line 1: found "maybe"; allowed: true or false`,
		"clusters: [{cluster: [x], hds: true}]":  "line 1: found a list; allowed: a text",
		"clusters: [x]":                          `line 1: found "x"; allowed: a mapping`,
		one + "fail_on:\n":                       "line 2: fail_on has no value",
		one + "organization:\n":                  "line 2: organization has no value",
		one + "organization: ~\n":                "line 2: organization has no value",
		one + "attestations: [~]\n":              "line 2: an entry has no value",
		one + "---\n" + one:                      "there is a second document; allowed: one",
		one + "access_list: a.json\n":            "--access-list: the list needs the Organization; add --organization",
		one + "fail_on: huge\n":                  `fail_on: "huge" is not a severity; allowed: critical, high, medium`,
		one + "attestations: [absent.yaml]\n":    "attestations: open ",
		one + "waivers: [absent.yaml]\n":         "waivers: open ",
		one + "organization: {inputs: absent}\n": "inputs: open ",
		"clusters:\n- {cluster: hds-prod, hds: true, inputs: absent.yaml}\n": "inputs: open ",
	} {
		r := newRig(t)
		config := write(t, filepath.Join(t.TempDir(), "srm.yaml"), text)
		_, stderr, code := r.run("assess", "--config", config, "--output", "")
		if code != exitError || !strings.Contains(stderr, want) || strings.Contains(stderr, "main.") {
			t.Errorf("exit %d, expected %q of\n%s\n%s", code, want, text, stderr)
		}
		if requests := r.sandbox.Requests(); len(requests) > 0 {
			t.Errorf("%d requests with\n%s", len(requests), text)
		}
	}
}

// TestClusterTwice checks that a cluster is not assessed twice in one run, by whatever name. A comparison may have two
// readings of one cluster.
func TestClusterTwice(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := r.clusterID("hds-prod")
	const want = "is given twice"
	if _, stderr, code := r.run("assess", "--cluster", "hds-prod", "--cluster", id, "--layers", "api",
		"--output="); code != exitError || !strings.Contains(stderr, want) {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	facts := filepath.Join(t.TempDir(), "facts.json")
	r.must("collect", "--cluster", "hds-prod", "--layers", "api", "--output", facts)
	if _, stderr, code := r.run("assess", "--facts", facts, "--facts", facts, "--output="); code != exitError ||
		!strings.Contains(stderr, want) {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	r.must("assess", "--facts", facts, "--facts", facts, "--compare", "--output=")
}

// TestCollectNothing checks that a run of srm collect says what it wrote and what it could not read, and that one that
// could read nothing does not succeed.
func TestCollectNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	file := filepath.Join(t.TempDir(), "facts.json")
	stdout, _, code := r.run("collect", "--cluster", "hds-prod", "--layers", "api", "--output", file)
	if code != exitOK || !strings.Contains(stdout, "Written: "+file+". Judge it with: srm assess --facts "+file) {
		t.Errorf("exit %d\n%s", code, stdout)
	}
	stdout, _, code = r.run("collect", "--organization", "--output", file)
	if code != exitOK || !strings.Contains(stdout, "srm assess --facts FACTS --organization-facts "+file) {
		t.Errorf("exit %d\n%s", code, stdout)
	}
	absent := "fr-par/99999999-9999-4999-8999-999999999999"
	if _, stderr, code := r.run("collect", "--cluster", absent, "--layers", "api", "--output", file); code !=
		exitNothing || !strings.Contains(stderr, "nothing of "+absent+" was read") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	cluster := r.clusterID("hds-prod")
	r.env["SCW_SECRET_KEY"] = "99999999-9999-4999-8999-999999999999"
	for _, args := range [][]string{{"--cluster", cluster}, {"--organization"}} {
		_, stderr, code := r.run(append([]string{"collect", "--layers", "api", "--output", file}, args...)...)
		if code != exitNothing || !strings.Contains(stderr, "the API rejected the credentials") {
			t.Errorf("%v: exit %d\n%s", args, code, stderr)
		}
	}
}
