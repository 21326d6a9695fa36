package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestCommandLineMessages checks that errors of the command line say what is wrong, what is allowed and what to do.
func TestCommandLineMessages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		line, want string
	}{
		{
			"report",
			"no output is given; allowed: --html, --markdown, --csv, --calendar, --ciso-assistant, --redacted, " +
				"--exit-plan, --verify. Add one, such as",
		},
		{"report --verify a --html b", "--verify and --html exclude each other: --verify writes no report."},
		{"report a b --html c", `srm report has the argument "b"; allowed: at most 1 argument.`},
		{
			"assess --config srm.yaml --cluster a",
			"--cluster, --config exclude each other; allowed: one of --cluster, --facts, --config. Leave out all",
		},
		{"assess", "no cluster is given; allowed: --cluster, --facts, --config, --list-checks. Add one, such as"},
		{"assess prod", `srm assess has the argument "prod"; allowed: flags only.`},
		{"assess --clutser a", "--clutser is not a flag of srm assess; allowed: --access-list, "},
		{"assess --clutser a", "Write --cluster."},
		{"assess --hds=maybe", `--hds has the value "maybe"; allowed: `},
		{"assess --cluster", "--cluster has no value; allowed: name, UUID or region/UUID of a cluster"},
		{"collect", "no cluster is given; allowed: --cluster, --organization."},
		{"attest init", "no cluster is given; allowed: --cluster."},
		{"attest lint", "srm attest lint has no file; allowed: one or more files."},
		{"attest lnit", `"lnit" is not a command of srm attest; allowed: init, lint, schema. Write `},
		{
			"asess",
			`"asess" is not a command of srm; allowed: assess, attest, collect, inventory, library, report. ` +
				`Write assess.`,
		},
	} {
		_, stderr, code := newRig(t).run(strings.Fields(test.line)...)
		if code != exitError || !strings.Contains(stderr, test.want) {
			t.Errorf("srm %s: exit %d, expected %q\n%s", test.line, code, test.want, stderr)
		}
	}
	if out, _, code := newRig(t).run("attest"); code != exitOK || !strings.Contains(out, "srm attest init") &&
		!strings.Contains(out, "Available Commands") {
		t.Errorf("exit %d\n%s", code, out)
	}
}

// TestProfileMessages checks that a profile that does not exist is named with the flag that names it.
func TestProfileMessages(t *testing.T) {
	t.Parallel()
	config := write(t, filepath.Join(t.TempDir(), "srm.yaml"),
		"organization: {profile: x}\nclusters: [{cluster: hds-prod, hds: true, layers: [api]}]\n")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--cluster", "hds-prod", "--profile", "x"}, `- --profile names the profile "x", which does not`},
		{
			[]string{"--cluster", "hds-prod", "--organization", "--organization-profile", "x"},
			`- --organization-profile names the profile "x", which does not exist`,
		},
		{[]string{"--config", config}, "- organization.profile of " + config + ` names the profile "x"`},
	} {
		r := newRig(t)
		r.env["SCW_CONFIG_PATH"] = "/config.yaml"
		_, stderr, code := r.run(append([]string{"assess", "--layers", "api", "--output", ""}, test.args...)...)
		if code != exitError || !strings.Contains(stderr, test.want) || strings.Contains(stderr, "provider") {
			t.Errorf("%v: exit %d, expected %q\n%s", test.args, code, test.want, stderr)
		}
	}
}

// TestHealthDataNote checks that the note about --hds is not printed before an error.
func TestHealthDataNote(t *testing.T) {
	t.Parallel()
	_, stderr, code := newRig(t).run("assess", "--cluster", "absent", "--output", "")
	if code != exitError || strings.Contains(stderr, "without health data") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	_, stderr, _ = newRig(t).run("assess", "--cluster", "hds-prod", "--layers", "api", "--output", "")
	requireContains(t, stderr, "Assessed as a cluster without health data")
}

// TestLint checks declarations as of today, and counts one in the singular.
func TestLint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := newRig(t)
	write(t, filepath.Join(dir, "restore.md"), "restored")
	text := strings.Replace(restoreTest, "documents/restore.md", "restore.md", 1)
	file := write(t, filepath.Join(dir, "attestations.yaml"), text)
	requireContains(t, r.must("attest", "lint", file), "1 attestation and 0 waivers: no problem found.")
	for _, test := range []struct{ old, changed, want string }{
		{"2026-11-03", "2026-12-03", "performed_on is in the future. Found: 2026-12-03. Allowed: at most 2026-11-30"},
		{"2027-05-03", "2026-11-29", "until is in the past"},
		{"scope: organization", "scope: de-fra/11111111-1111-4111-8111-111111111111", `"de-fra" is not a region`},
	} {
		changed := write(t, filepath.Join(dir, "changed.yaml"), strings.Replace(text, test.old, test.changed, 1))
		_, stderr, code := r.run("attest", "lint", changed)
		if code != exitError || !strings.Contains(stderr, test.want) {
			t.Errorf("exit %d, expected %q\n%s", code, test.want, stderr)
		}
	}
}
