package provider_test

import (
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

func clusterKinds() []string { return []string{"srm_hds_cluster", "srm_kosmos_cluster"} }

func poolKinds() []string { return []string{"srm_hds_pool", "srm_kosmos_pool"} }

func TestNamesAndTexts(t *testing.T) {
	t.Parallel()
	names := func(what string) []validationCase {
		return []validationCase{
			{"empty name", object{"name": ""}, []string{"The " + what + " has no name"}},
			{"blank name", object{"name": "  "}, []string{"The " + what + " has no name"}},
			{"newline in name", object{"name": "a\nb"}, []string{"The name of the " + what + " has non-printable " +
				"characters", `"a\nb"`, "Fix:"}},
			{"newline after name", object{"name": "records\n"}, []string{"non-printable", "trimspace"}},
			{"tab in name", object{"name": "a\tb"}, []string{"non-printable"}},
			{"zero width in name", object{"name": "rec\u200bords"}, []string{"non-printable", `"rec\u200bords"`}},
			{"non-breaking space in name", object{"name": "a\u00a0b"}, []string{"non-printable"}},
			{
				"space before name", object{"name": " records"}, []string{
					"The name of the " + what + " has leading or trailing spaces", `Fix: Write "records".`,
				},
			},
			{"space after name", object{"name": "records "}, []string{"has leading or trailing spaces", `Fix: Write ` +
				`"records".`}},
			{"accents", object{"name": "dossiers-médicaux_2.A"}, nil},
		}
	}
	validate(t, clusterKinds(), append(names("cluster"), []validationCase{
		{"long name", object{"name": strings.Repeat("x", 101)}, []string{"name", "100"}},
		{"description", object{"description": "two\nlines\tand\r\na tab"}, nil},
		{
			"control character", object{"description": "bell\a"}, []string{
				"description", "control character", `"bell\a"`,
			},
		},
		{
			"description of a range", object{
				"allowed_ip_ranges": []object{{"cidr": "192.0.2.0/24", "description": "x\x00y"}},
			}, []string{"control character"},
		},
		{"empty tag", object{"tags": []string{"a", ""}}, []string{"A tag is empty", "Fix:"}},
		{"blank tag", object{"tags": []string{" "}}, []string{"A tag is empty"}},
		{"tag with newline", object{"tags": []string{"a\nb"}}, []string{"A tag has non-printable characters"}},
		{"tag with leading or trailing spaces", object{"tags": []string{" a"}}, []string{"A tag has leading or " +
			"trailing spaces"}},
		{"tags", object{"tags": []string{"terraform-test", "scaleway_k8s_cluster", "team=records", "two words"}}, nil},
	}...))
	validate(t, poolKinds(), append(names("pool"), []validationCase{
		{"empty tag", object{"tags": []string{""}}, []string{"A tag is empty"}},
		{"tag with newline", object{"tags": []string{"a\nb"}}, []string{"A tag has non-printable characters"}},
		{"tags", object{"tags": []string{"terraform-test", "scaleway_k8s_cluster", "team=records",
			"noprefix=example.org/team=records",
			"taint=dedicated=gpu:NoSchedule", "taint=noprefix=dedicated=gpu:NoExecute",
			"node.kubernetes.io/exclude-from-external-load-balancers", "two words"}}, nil},
		{"tag with an invalid label key", object{"tags": []string{"te am=records"}}, []string{"WARNING", "The tag " +
			"does not become a label", `"te am=records"`}},
		{"tag with an invalid label value", object{
			"tags": []string{"team=records & more"},
		}, []string{"WARNING", "The tag does not become a label"}},
		{"two tags with the same label", object{"tags": []string{"team=a", "team=b"}}, []string{"WARNING", "Two tags " +
			"become the same label", "k8s.scaleway.com/team"}},
		{"taint without effect", object{"tags": []string{"taint=dedicated=gpu"}}, []string{"WARNING", "The tag does " +
			"not become a taint", "NoExecute"}},
		{"taint with an unknown effect", object{
			"tags": []string{"taint=dedicated=gpu:Never"},
		}, []string{"WARNING", "The tag does not become a taint"}},
	}...))
	validate(
		t,
		[]string{"srm_kosmos_external_node"},
		append(names("machine"), validationCase{"words", object{"name": "rack 4, edge"}, nil}),
	)
}

// TestSpacesInNewNames checks that the plan refuses a new object with a space in its name. Validation accepts it, since
// an imported object may have such a name.
func TestSpacesInNewNames(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	on := env.Protocol(t)
	for _, kind := range append(clusterKinds(), poolKinds()...) {
		config := changedConfig(kind, object{"name": "medical records"})
		if diagnostics := on.ValidateResource(kind, config); diagnostics != "" {
			t.Errorf("%s: the validation refuses the name of an object that may exist:\n%s", kind, diagnostics)
		}
		action, diagnostics := on.Resource(kind, config).Plan(t.Context())
		acctest.Contains(t, diagnostics, "has spaces", `"medical records"`, `Fix: Write "medical-records".`)
		if action != "error" || len(env.Writes()) > 0 {
			t.Errorf("%s: %s, writes %v", kind, action, env.Writes())
		}
	}
}

func TestProviderValues(t *testing.T) {
	t.Parallel()
	on := acctest.New(t).Protocol(t)
	for name, test := range map[string]struct {
		config object
		want   []string
	}{
		"valid": {object{"hds_contract": object{"reference": "HDS-2026-001", "signed_on": "2026-01-15"}}, nil},
		"blank reference": {object{
			"hds_contract": object{"reference": "  ", "signed_on": "2026-01-15"},
		}, []string{"The text is empty", "reference"}},
		"newline": {object{"hds_contract": object{"reference": "HDS\n", "signed_on": "2026-01-15"}},
			[]string{"non-printable"}},
		"placeholder": {
			object{
				"hds_contract": object{"reference": "TODO", "signed_on": "2026-01-15"},
			}, []string{"hds_contract.reference is a placeholder", `Found: "TODO"`, "HDS-CTR-01"},
		},
		"certificate": {
			object{
				"hds_contract": object{
					"reference": "R", "signed_on": "2026-01-15", "certificate": object{"number": "tbd"},
				},
			}, []string{"hds_contract.certificate.number is a placeholder", "HDS-CTR-05"},
		},
		"document": {object{"hds_contract": object{"reference": "HDS-2026-001", "signed_on": "2026-01-15",
			"document": object{"uri": "https://wiki.example.org/hds.pdf", "sha256": strings.Repeat("0a", 32)}}}, nil},
		"document without digest": {object{"hds_contract": object{"reference": "HDS-2026-001",
			"signed_on": "2026-01-15",
			"document":  object{"uri": "https://wiki.example.org/hds.pdf"}}}, []string{"sha256"}},
		"document with a relative address": {object{"hds_contract": object{"reference": "HDS-2026-001",
			"signed_on": "2026-01-15", "document": object{"uri": "hds.pdf", "sha256": "0A"}}}, []string{
			"The address of the document is not an absolute URI", "HDS-CTR-01", "is not a SHA-256 digest",
		}},
		"date that does not exist": {object{
			"hds_contract": object{"reference": "R", "signed_on": "2026-02-30"},
		}, []string{
			"The value is not a date"}},
		"server name": {
			object{
				"kubernetes": object{"host": "10.0.0.4", "tls_server_name": "https://api.example.org"},
			}, []string{"neither a DNS name nor an IP address"},
		},
	} {
		diagnostics := on.ValidateProvider(test.config)
		acctest.Contains(t, diagnostics, test.want...)
		if len(test.want) == 0 && diagnostics != "" {
			t.Errorf("%s: %s", name, diagnostics)
		}
	}
}
