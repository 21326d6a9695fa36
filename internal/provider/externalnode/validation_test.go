package externalnode_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// TestInvalidConfigurations checks the errors of invalid configurations, and that nothing is enrolled.
func TestInvalidConfigurations(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t)
	hosted := r.newPool(r.pool.ClusterID, "hosted", "PRO2-XS")
	r.Sandbox.ClearRequests()
	absent := "fr-par/77777777-7777-4777-8777-777777777777"
	type testCase struct {
		name, config string
		wanted       []string
	}
	cli := r.CLI(t, "")
	for _, test := range []testCase{
		{"a pool that Scaleway hosts", r.nodeConfig("", r.poolID, scaleway.JoinID(hosted.Region, hosted.ID)), []string{
			"Machines cannot be enrolled in this pool", "Clause: EXT-01", `Found: pool "hosted" with node type pro2_xs`,
			`Allowed: a pool whose node_type is "external"`}},
		{
			"no pool", r.nodeConfig("", r.poolID, absent), []string{
				"The pool does not exist", "Found: no pool " + absent,
			},
		},
		{"a malformed pool", r.nodeConfig("", r.poolID, "machines"), []string{"The id of the pool is malformed"}},
		{"a private address", r.nodeConfig("", "203.0.113.10", "192.168.1.2"), []string{"The address of the machine " +
			"is not a public IP address", `Found: "192.168.1.2", which is not routed on the internet`}},
		{"a shared address", r.nodeConfig("", "203.0.113.10", "100.64.1.2"), []string{"which is not routed on the " +
			"internet"}},
		{"a name for an address", r.nodeConfig("", "203.0.113.10", "edge.example.org"), []string{"The address of the " +
			"machine is not a public IP address", "behind a NAT, the public address of the NAT"}},
		{"an address spelled otherwise", r.nodeConfig(
			"", "203.0.113.10", "2001:DB8::1",
		), []string{`another spelling of ` +
			`2001:db8::1`, `Write "2001:db8::1".`}},
		{"no attestation", r.nodeConfig("", attestationConfig, ""), []string{`The argument "attestation" is required`}},
		{"an incomplete attestation", r.nodeConfig(
			"", attestationConfig, `attestation = { owner = "IT", reviewed_on = "2026-11-01" }`,
		), []string{
			"The attestation of the machine is incomplete", "Clause: EXT-02",
			"Found: no os, no os_patching, no hardening_baseline, no firewall, no monitoring, no document_uri, no " +
				"document_sha256, no reviewed_by, no valid_days",
			"merge(srm_kosmos_pool.NAME.node_defaults"}},
		{"an empty statement", r.nodeConfig("", "Hospital IT", " "), []string{"The attestation has an empty owner"}},
		{"a review for more than a year", r.nodeConfig("", "valid_days         = 365", "valid_days = 366"),
			[]string{"attestation.valid_days value must be between 1 and 365, got: 366"}},
		{
			"an invalid day", r.nodeConfig("", "2026-11-01", "01/11/2026"), []string{
				"The day of the review is not a date", "Allowed: YYYY-MM-DD",
			},
		},
		{"a relative document", r.nodeConfig(
			"", "https://wiki.example.org/edge-1", "edge-1.pdf",
		), []string{"The address of the document is not an absolute URI"}},
		{
			"a short digest", r.nodeConfig("", "0b0b0b", "0b0b"), []string{
				"The digest of the agent is not a SHA-256 digest", "Allowed: 64 hexadecimal digits in lower case",
			},
		},
		{
			"no digest", r.nodeConfig("", `{ amd64 = "`+strings.Repeat("0b", 32)+`" }`, "{}"), []string{
				"The agent has no digest", "Clause: EXT-03", "Allowed: at least one of amd64 and arm64",
			},
		},
		{"latest", r.nodeConfig("", "0.1.5", "latest"), []string{"The version of the agent is not a full version",
			"`latest` changes without notice"}},
		{"a mirror with a password", r.nodeConfig("", "sha256  =",
			"download_url = \"https://me:word@mirror.example.org/a\"\n sha256 ="), []string{"The download URL of the " +
			"agent is invalid"}},
		{
			"a machine without a key", r.nodeConfig(`enrolment = "machine"`), []string{
				"The machine has no source for its key", `Found: enrolment = "machine" without credential_source`,
			},
		},
		{"a key for nothing", r.nodeConfig(`credential_source = { file = "/root/key" }`), []string{"The machine " +
			"needs no key"}},
		{"two keys", r.nodeConfig(`enrolment = "machine"` + "\n credential_source = { file = \"/root/key\", command " +
			"= \"cat /root/key\" }"), []string{
			"credential_source needs exactly one of file and command", "Found: both"}},
		{"no key", r.nodeConfig(
			`enrolment = "machine"` + "\n credential_source = {}",
		), []string{"credential_source needs exactly one of file and command", "Found: neither"}},
		{"a relative file", r.nodeConfig(
			`enrolment = "machine"` + "\n credential_source = { file = \"key\" }",
		), []string{"The path of the key file is not valid"}},
		{
			"a script for a command", r.nodeConfig(
				`enrolment = "machine"` + "\n credential_source = { command = \"cat\\nkey\" }",
			), []string{"The command that prints the key must be one line"},
		},
		{"another enrolment", r.nodeConfig(`enrolment = "hand"`), []string{`enrolment value must be one of: ` +
			`["provider" ` +
			`"machine"]`}},
		{"SSH for the world", r.nodeConfig(`ssh = { allowed_ip_ranges = ["0.0.0.0/0"] }`), []string{"SSH would be " +
			"open to the world", "Clause: EXT-03"}},
		{"SSH for an address", r.nodeConfig(`ssh = { allowed_ip_ranges = ["203.0.113.7"] }`), []string{`Write ` +
			`"203.0.113.7/32" ` +
			`for this address alone.`}},
		{"a newer version than the pool's", r.nodeConfig(`version = "1.36"`), []string{"The version of the external " +
			"node is not that of its pool", `Found: version "1.36", and the pool`, `Allowed: "1.35"`}},
		{"a full version", r.nodeConfig(`version = "1.35.3"`), []string{"The version is not a minor version"}},
	} {
		cli.ConfigureRaw(test.config)
		command := []string{"plan", "-no-color", "-input=false"}
		if slices.Contains(
			[]string{"a pool that Scaleway hosts", "no pool", "a newer version than the pool's"}, test.name,
		) { // problems of other objects are warnings at plan
			cli.MustRun(command...)
			command = []string{"apply", "-auto-approve", "-no-color", "-input=false"}
			test.wanted[0] = "Error: " + test.wanted[0]
		}
		out, code := cli.Run(command...)
		if code == 0 {
			t.Errorf("%s: no error:\n%s", test.name, out)
		}
		acctest.Contains(t, out, test.wanted...)
	}
	if writes := r.Writes(); len(writes) != 0 {
		t.Errorf("invalid configurations led to the writes %v", writes)
	}
}

// TestAllowList checks an allow-list without the machine. A plan warns, and an apply fails before it enrols anything.
func TestAllowList(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t)
	cli := r.CLI(t, "")
	cli.ConfigureRaw(r.nodeConfig("", "203.0.113.10", "198.51.100.7"))
	wanted := []string{"The API server does not allow the machine", "Clause: EXT-03", "Found: address 198.51.100.7, " +
		"and the allow-list has 203.0.113.0/24",
		`Fix: Add "198.51.100.7/32" to allowed_ip_ranges of the cluster, in the same apply or before.`}
	acctest.Contains(t, cli.MustRun("plan", "-no-color"), append(wanted, "Warning:")...)
	out, code := cli.Run("apply", "-auto-approve", "-no-color")
	if code == 0 {
		t.Error("the apply succeeded")
	}
	acctest.Contains(t, out, append(wanted, "Error:")...)
	if writes := r.Writes(); len(writes) != 0 {
		t.Errorf("unexpected writes: %v", writes)
	}
	yes := true
	_, err := r.api.SetAllowList(
		t.Context(), scw.RegionFrPar, r.pool.ClusterID, []*k8s.ACLRuleRequest{{ScalewayRanges: &yes}},
	)
	if err != nil {
		t.Fatal(err)
	}
	acctest.Contains(
		t, cli.MustRun("apply", "-auto-approve", "-no-color"), "The API server might not allow the machine",
		"and the allow-list has Scaleway's own ranges, which the provider cannot read",
	)
	if len(r.nodes()) != 1 {
		t.Errorf("%d nodes", len(r.nodes()))
	}
}

// TestAttestationExpiry checks the warnings for an attestation that expires soon and for one that has expired.
func TestAttestationExpiry(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t)
	for _, test := range []struct{ on, days, warning string }{
		{"2026-11-01", "365", ""}, {
			"2026-11-01", "40", "The attestation of the machine expires soon",
		}, {"2026-10-01", "30", "The attestation of the machine has expired"},
	} {
		cli := r.CLI(t, "")
		cli.ConfigureRaw(r.nodeConfig("", "2026-11-01", test.on, "valid_days         = 365", "valid_days = "+test.days))
		out := cli.MustRun("plan", "-no-color")
		if test.warning == "" {
			acctest.NotContains(t, out, "Clause: EXT-02")
			continue
		}
		acctest.Contains(t, out, test.warning, "Clause: EXT-02",
			"Found: reviewed on "+test.on+", valid for "+test.days+" days")
	}
	cli := r.CLI(t, "")
	cli.ConfigureRaw(r.nodeConfig("", "2026-11-01", "2126-01-01"))
	out, code := cli.Run("plan", "-no-color")
	acctest.Contains(t, out, "Error: The review of the machine is in the future", "Clause: EXT-02",
		"Found: reviewed_on is 2126-01-01, today is ")
	if code != 1 {
		t.Errorf("exit %d", code)
	}
}

// TestBroadKeyWarning checks the warning for an API key with unneeded permissions.
func TestBroadKeyWarning(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t)
	cli := r.CLI(t, "")
	cli.ConfigureRaw(r.nodeConfig(""))
	acctest.Contains(t, cli.MustRun("apply", "-auto-approve", "-no-color"), "The API key has more permissions than "+
		"external nodes need", "Clause: IAM-01",
		"Found: an API key of a user, which has all permissions of the user",
		"KubernetesExternalNodeRegister to enrol, KubernetesReadOnly to refresh and KubernetesFullAccess to destroy")
	out := cli.MustRun("destroy", "-auto-approve", "-no-color")
	acctest.Contains(
		t, out, "The destroy does not change the machine", "Clause: EXT-01", `Found: machine "edge-1" at 203.0.113.10`,
		"Run its cleanup_script on the machine",
	)
	for _, sets := range [][]string{{"KubernetesReadOnly"}, {"KubernetesExternalNodeRegister"}} {
		if err := r.Sandbox.Patch("api-keys", accessKey(), map[string]any{"permission_sets": sets}); err != nil {
			t.Fatal(err)
		}
		out, code := cli.Run("apply", "-auto-approve", "-no-color")
		if code == 0 {
			t.Errorf("%v is enough", sets)
		}
		acctest.Contains(t, out, "HTTP 403")
		acctest.NotContains(t, out, "has more permissions")
	}
	if err := r.Sandbox.Patch(
		"api-keys", accessKey(), map[string]any{
			"permission_sets": []string{"KubernetesReadOnly", "KubernetesExternalNodeRegister"},
		},
	); err != nil {
		t.Fatal(err)
	}
	acctest.NotContains(t, cli.MustRun("apply", "-auto-approve", "-no-color"), "has more permissions")
}
