package provider_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

type object = map[string]any

const someID = "fr-par/00000000-0000-4000-8000-000000000000"

// validConfig returns a configuration that validates without errors and warnings.
func validConfig(kind string) object {
	switch kind {
	case "srm_hds_cluster":
		return object{
			"name": "records", "version": "1.35", "type": "kapsule-dedicated-4", "private_network_id": "fr-par/" +
				sandbox.PrivateNetworkID,
			"allowed_ip_ranges":  []object{{"cidr": "192.0.2.0/24", "description": "office"}},
			"maintenance_window": object{"day": "sunday", "start_hour": int64(2)}, "delete_additional_resources": false,
		}
	case "srm_kosmos_cluster":
		return object{
			"name": "edge", "version": "1.35", "type": "multicloud",
			"allowed_ip_ranges":  []object{{"cidr": "192.0.2.0/24"}},
			"maintenance_window": object{"day": "sunday", "start_hour": int64(2)}, "delete_additional_resources": false,
			"no_health_data": object{"by": "Data protection officer", "reviewed_on": "2026-11-02"},
		}
	case "srm_hds_pool":
		return object{
			"cluster_id": someID, "guardrails_id": acctest.Unknown, "name": "workers", "node_type": "POP2-4C-16G",
			"zone": "fr-par-1", "size": int64(3), "root_volume": object{"type": "sbs_5k", "size_gb": int64(100)},
		}
	case "srm_kosmos_pool":
		return object{
			"cluster_id": someID, "name": "workers", "node_type": "PRO2-XS", "zone": "nl-ams-1", "size": int64(3),
		}
	case "srm_hds_guardrails":
		return object{"cluster_id": someID, "volume_encryption": object{
			"passphrase_wo": strings.Repeat("correct horse ", 4) + "x", "passphrase_wo_version": int64(1),
		}}
	case "srm_kosmos_external_node":
		return object{
			"pool_id": someID, "name": "machine", "address": "8.8.8.8", "attestation": object{
				"owner": "Operations", "os": "Debian 12", "os_patching": "unattended-upgrades",
				"hardening_baseline": "ANSSI-BP-028",
				"firewall":           "nftables", "monitoring": "Prometheus",
				"document_uri":    "https://example.org/machine",
				"document_sha256": strings.Repeat("ab", 32), "reviewed_by": "Security officer",
				"reviewed_on": "2026-11-02",
				"valid_days":  int64(90),
			},
			"agent": object{"version": "0.1.5", "sha256": object{"amd64": strings.Repeat("cd", 32)}},
		}
	}
	return nil
}

// changedConfig returns a valid configuration with some attributes replaced.
func changedConfig(kind string, changes object) object {
	config := validConfig(kind)
	maps.Copy(config, changes)
	return config
}

// withNested returns a change of a valid configuration: a nested object with some of its attributes replaced.
func withNested(kind, attribute string, changes object) object {
	nested, _ := validConfig(kind)[attribute].(object)
	nested = maps.Clone(nested)
	if nested == nil {
		nested = object{}
	}
	maps.Copy(nested, changes)
	return object{attribute: nested}
}

// validationCase is a change of a valid configuration. wantTexts are parts of the expected diagnostics. If it is empty,
// no diagnostic is expected.
type validationCase struct {
	name      string
	changes   object
	wantTexts []string
}

// validate validates each case as a resource of each kind.
func validate(t *testing.T, kinds []string, cases []validationCase) {
	t.Helper()
	on := acctest.New(t).Protocol(t)
	for _, kind := range kinds {
		if diagnostics := on.ValidateResource(kind, validConfig(kind)); diagnostics != "" {
			t.Errorf("%s: the valid configuration is refused:\n%s", kind, diagnostics)
		}
		for _, test := range cases {
			t.Run(kind+"/"+test.name, func(t *testing.T) {
				diagnostics := on.ValidateResource(kind, changedConfig(kind, test.changes))
				if len(test.wantTexts) == 0 && diagnostics != "" {
					t.Errorf("want no diagnostics, got:\n%s", diagnostics)
				}
				acctest.Contains(t, diagnostics, test.wantTexts...)
				if strings.Contains(diagnostics, "provider developer") {
					t.Errorf("the message asks to report a bug of the provider:\n%s", diagnostics)
				}
			})
		}
	}
}

func TestWholeNumbers(t *testing.T) {
	t.Parallel()
	const fraction, huge = "is not a whole number", "is too large"
	clusters := []string{"srm_hds_cluster", "srm_kosmos_cluster"}
	validate(t, clusters, []validationCase{
		{
			"start_hour", withNested(
				"srm_hds_cluster", "maintenance_window", object{"start_hour": 3.5},
			), []string{fraction, "Found: 3.5", "start_hour", "Fix: Use 3 or 4"},
		},
		{"cutoff", object{
			"autoscaler": object{"expendable_pods_priority_cutoff": -1.25},
		}, []string{fraction, "Found: -1.25"}},
		{"termination", object{"autoscaler": object{"max_graceful_termination_sec": 1e30}}, []string{huge}},
	})
	pools := []string{"srm_hds_pool", "srm_kosmos_pool"}
	validate(t, pools, []validationCase{
		{"size", object{"size": 1.5}, []string{fraction, "Found: 1.5", "Fix: Use 1 or 2"}},
		{"huge size", object{"size": 1e30}, []string{huge}},
		{"size_gb", object{"root_volume": object{"type": "sbs_5k", "size_gb": 20.5}}, []string{fraction}},
		{"min", object{"size": nil, "autoscaling": object{"min": 0.5, "max": int64(3)}}, []string{fraction}},
		{"max", object{"size": nil, "autoscaling": object{"min": int64(1), "max": 3.5}}, []string{fraction}},
		{"surge", object{"upgrade_policy": object{"max_surge": 0.5}}, []string{fraction}},
		{"unavailable", object{"upgrade_policy": object{"max_unavailable": 0.5}}, []string{fraction}},
	})
	validate(t, []string{"srm_hds_guardrails"}, []validationCase{
		{
			"version", withNested(
				"srm_hds_guardrails", "volume_encryption", object{"passphrase_wo_version": 1.5},
			), []string{fraction},
		},
		{"iops", withNested("srm_hds_guardrails", "volume_encryption", object{"iops": 5000.5}), []string{fraction}},
	})
	validate(t, []string{"srm_kosmos_external_node"}, []validationCase{
		{
			"port", object{
				"ssh": object{"allowed_ip_ranges": []string{"192.0.2.0/24"}, "port": 22.5},
			}, []string{fraction},
		},
		{"days", withNested("srm_kosmos_external_node", "attestation", object{"valid_days": 0.5}), []string{fraction}},
	})
	validate(t, []string{"srm_kosmos_pool"}, []validationCase{
		{
			"days", object{
				"node_type": "external", "zone": nil, "size": nil, "node_defaults": object{"valid_days": 0.5},
			}, []string{fraction},
		},
	})
}

func TestMinorsWithoutQuotes(t *testing.T) {
	t.Parallel()
	says := []string{"The version is not a minor version", `"1.3" is older than`, "Terraform reads 1.30 as the " +
		"number 1.3", `Fix: Write the version in quotes: "1.30".`}
	validate(t, []string{
		"srm_hds_cluster", "srm_kosmos_cluster", "srm_hds_pool", "srm_kosmos_pool", "srm_kosmos_external_node",
	}, []validationCase{
		{"1.30", object{"version": "1.3"}, says},
		{"1.40", object{"version": "1.4"}, []string{`Fix: Write the version in quotes: "1.40".`}},
	})
	on := acctest.New(t).Protocol(t)
	acctest.Contains(t, on.ValidateDataSource("srm_kubernetes_version", object{"version": "1.3"}), `Write the `+
		`version in `+
		`quotes: "1.30"`)
}
