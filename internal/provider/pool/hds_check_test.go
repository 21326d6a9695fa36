package pool

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// checkFindings returns the diagnostics of check, each as path, summary and detail.
func checkFindings(m hdsModel) []string {
	var diags diag.Diagnostics
	m.check(&diags)
	found := []string{}
	for _, one := range diags {
		at := ""
		if with, ok := one.(diag.DiagnosticWithPath); ok {
			at = with.Path().String()
		}
		found = append(found, at+": "+one.Summary()+"\n"+one.Detail())
	}
	return found
}

func TestHDSCheckRefuses(t *testing.T) {
	t.Parallel()
	const undecidedOnly = "; node_type_attestation is only for types whose eligibility the catalogue leaves undecided"
	const source = `(Scaleway Instances Shared Responsibility Model, HDS Instance offers, 2026-01-12)`
	residency, identification := `HDS-RES-02 (Specific provisions for HDS, "Data residency")`, `(Specific provisions `+
		`for HDS, "Identification of HDS-compliant resources")`
	for _, test := range []struct {
		name   string
		change func(*hdsModel)
		want   string // prefix of the diagnostic
	}{
		{"ineligible type", func(m *hdsModel) { m.NodeType = types.StringValue("dev1_m") },
			`node_type: Node type "dev1_m" is not eligible for health data
Clause: HDS-IDN-02 ` + identification + `
Found: The DEV1 family is listed as not eligible for health data. ` + source + `
Allowed: ` + eligibleTypeExamples + `
Fix: Choose an eligible node type.`},
		{"ineligible type with attestation", func(m *hdsModel) {
			m.NodeType, m.NodeTypeAttestation = types.StringValue("PRO2-XS"), attestation("it is new", "2026-11-24")
		}, `node_type: Node type "PRO2-XS" is not eligible for health data
Clause: HDS-IDN-02 ` + identification + `
Found: The PRO2 family is listed as not eligible for health data. ` + source + undecidedOnly + `
`},
		{"undecided type", func(m *hdsModel) { m.NodeType = types.StringValue("MEMORY3-X2C-16G") },
			`node_type: The eligibility of node type "MEMORY3-X2C-16G" for health data is undecided
Clause: HDS-IDN-01 ` + identification + `
Found: The catalogue does not contain "MEMORY3-X2C-16G": its eligibility for health data is undecided. (`},
		{"empty attestation", func(m *hdsModel) { m.NodeTypeAttestation = attestation(" ", "2026-11-24") },
			"node_type_attestation.reason: The reason is empty\nFound: \" \"\nAllowed: a sentence that a reviewer " +
				"understands\nFix: Set it to the basis of the attestation, or remove node_type_attestation."},
		{"malformed date of the attestation", func(m *hdsModel) {
			m.NodeTypeAttestation = attestation("seen",
				"24/11/2026")
		},
			"node_type_attestation.reviewed_on: The day of the review is not a date\nFound: \"24/11/2026\"\nAllowed: " +
				"YYYY-MM-DD\nFix: Write a date such as \"2026-11-24\"."},
		{"zone of another region", func(m *hdsModel) { m.Zone = types.StringValue("nl-ams-1") },
			`zone: Zone "nl-ams-1" is not authorized for health data
Clause: ` + residency + `
Found: "nl-ams-1" is not a zone of fr-par, the only authorized region: use one of fr-par-1, fr-par-2, fr-par-3. (`},
		{"undecided zone", func(m *hdsModel) { m.Zone = types.StringValue("fr-par-4") },
			`zone: Zone "fr-par-4" is not authorized for health data
Clause: ` + residency + `
Found: "fr-par-4" is in fr-par, but no source lists it as a zone for health data. (`},
		{"b_ssd", func(m *hdsModel) { m.RootVolume = rootVolume("b_ssd", 100) },
			`root_volume.type: Root volume type "b_ssd" is not eligible for health data
Clause: HDS-IDN-02 ` + identification + `
Found: "b_ssd", the legacy Block Storage that the HDS rules for storage exclude
Allowed: "sbs_5k", "sbs_15k"
Fix: Set the type to "sbs_5k", or to "sbs_15k" for more operations per second.`},
		{"l_ssd", func(m *hdsModel) { m.RootVolume = rootVolume("l_ssd", 100) },
			`root_volume.type: Root volume type "l_ssd" is not eligible for health data
Clause: HDS-IDN-02 ` + identification},
		{"small volume", func(m *hdsModel) { m.RootVolume = rootVolume("sbs_5k", 19) },
			"root_volume.size_gb: The root volume is too small for a node\nFound: 19 GB\nAllowed: at least 20 GB; " +
				"100 GB is recommended\nFix: Set size_gb to 20 or more."},
		{"cluster of another region", func(m *hdsModel) { m.ClusterID = types.StringValue("nl-ams/" + clusterID) },
			`cluster_id: Health data clusters must be in the Paris region
Clause: HDS-RES-01 (Specific provisions for HDS, "Data residency")
Found: region "nl-ams"
Allowed: "fr-par"
`},
		{"cluster id as guardrails_id", func(m *hdsModel) { m.GuardrailsID = m.ClusterID },
			"guardrails_id: The value is not the id of an srm_hds_guardrails\nClause: HDS-ENC-03"},
		{"UUID of the cluster as guardrails_id", func(m *hdsModel) { m.GuardrailsID = types.StringValue(clusterID) },
			"guardrails_id: The value is not the id of an srm_hds_guardrails\nClause: HDS-ENC-03"},
		{"guardrails_id without UUID", func(m *hdsModel) { m.GuardrailsID = types.StringValue("guardrails") },
			"guardrails_id: The value is not the id of an srm_hds_guardrails\nClause: HDS-ENC-03"},
		{"guardrails id as cluster_id", func(m *hdsModel) {
			m.ClusterID = types.StringValue("fr-par/" + clusterID + "/guardrails")
		},
			"cluster_id: The id of the cluster is malformed\nFound: \"fr-par/" + clusterID + "/guardrails\""},
		{"malformed cluster id", func(m *hdsModel) { m.ClusterID = types.StringValue("mine") }, "cluster_id: The id " +
			"of the cluster is malformed\nFound: \"mine\" is not an id;"},
		{"security group of another zone",
			func(m *hdsModel) { m.SecurityGroupID = types.StringValue("fr-par-2/" + groupID) },
			"security_group_id: The security group is in another zone than the pool\nFound: fr-par-2/" + groupID +
				"\nAllowed: a security group in fr-par-1\nFix: Choose a security group in the pool's zone."},
		{"malformed placement group id", func(m *hdsModel) { m.PlacementGroupID = types.StringValue("near") },
			"placement_group_id: The placement group's id is malformed\nFound: \"near\""},
		{"empty reason", func(m *hdsModel) { m.PublicIP = publicIP(types.StringValue("")) }, "public_ip.reason: The " +
			"reason is empty\n"},
		{"size and autoscaling", func(m *hdsModel) { m.Autoscaling = autoscaling(1, 2) },
			"size: The pool has both size and autoscaling\nAllowed: "},
		{"neither size nor autoscaling", func(m *hdsModel) { m.Size = types.Int64Null() },
			"size: The pool has neither size nor autoscaling\nAllowed: "},
		{"min greater than max", func(m *hdsModel) { m.Size, m.Autoscaling = types.Int64Null(), autoscaling(3, 2) },
			"autoscaling.min: The pool's minimum size is greater than its maximum size\nFound: min 3, max " +
				"2\nAllowed: min not greater than max\nFix: Lower min or raise max."},
		{"upgrade policy without replacement", func(m *hdsModel) { m.UpgradePolicy = upgradePolicyObject(0, 0) },
			"upgrade_policy: The upgrade policy does not allow the replacement of nodes\n"},
		{"patch version", func(m *hdsModel) { m.Version = types.StringValue("1.35.3") },
			"version: The version is not a minor version\nFound: \"1.35.3\" is a patch version, but a minor version " +
				"is expected\nAllowed: a minor version in quotes, such as \"1.35\"\n" +
				"Fix: Write \"1.35\": auto-upgrade chooses the patch."},
		{"minor version read as a number", func(m *hdsModel) { m.Version = types.StringValue("1.3") },
			"version: The version is not a minor version\nFound: \"1.3\" is older than any minor that Scaleway has " +
				"offered"},
		{"grace period too long", func(m *hdsModel) { m.MaxTerminationGracePeriod = types.StringValue("2h") },
			"max_termination_grace_period: The termination grace period is not valid\nFound: \"2h\"\nAllowed: a " +
				"duration in whole seconds from 1s to 1h\n"},
		{"blank name", func(m *hdsModel) { m.Name = types.StringValue(" ") }, "name: The pool has no name\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := hdsPlannedModel()
			test.change(&m)
			if found := checkFindings(m); len(found) != 1 || !strings.HasPrefix(found[0], test.want) {
				t.Errorf("got %d:\n%s\nwant:\n%s", len(found), strings.Join(found, "\n---\n"), test.want)
			}
		})
	}
}

func TestHDSCheckAccepts(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*hdsModel){
		"minimal": func(*hdsModel) {},
		"attested node type": func(m *hdsModel) {
			m.NodeType, m.NodeTypeAttestation = types.StringValue("MEMORY3-X2C-16G"), attestation("asked", "2026-11-24")
		},
		"unknown values": func(m *hdsModel) { *m = unknownModel() },
		"unknown attestation": func(m *hdsModel) {
			m.NodeType = types.StringValue("MEMORY3-X2C-16G")
			m.NodeTypeAttestation = types.ObjectUnknown(attestationTypes())
		},
		"autoscaling to zero": func(m *hdsModel) { m.Size, m.Autoscaling = types.Int64Null(), autoscaling(0, 0) },
		"ids without region and zone": func(m *hdsModel) {
			m.ClusterID, m.SecurityGroupID = types.StringValue(clusterID), types.StringValue(groupID)
		},
	} {
		m := hdsPlannedModel()
		change(&m)
		if found := checkFindings(m); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// unknownModel returns a model in which every checked value is unknown.
func unknownModel() hdsModel {
	text := types.StringUnknown()
	return hdsModel{commonModel: commonModel{
		ClusterID: text, Name: text, NodeType: text, Zone: text, Version: text, MaxTerminationGracePeriod: text,
		SecurityGroupID: text, PlacementGroupID: text,
		Size: types.Int64Unknown(), Autoscaling: types.ObjectUnknown(autoscalingTypes()),
		RootVolume:    types.ObjectUnknown(rootVolumeTypes()),
		UpgradePolicy: types.ObjectUnknown(upgradePolicyTypes()),
	}, PublicIP: types.ObjectUnknown(publicIPTypes()), NodeTypeAttestation: types.ObjectUnknown(attestationTypes())}
}

func TestHDSAllFindingsAtOnce(t *testing.T) {
	t.Parallel()
	m := hdsPlannedModel()
	m.NodeType, m.Zone, m.RootVolume = types.StringValue("GP1-S"), types.StringValue("pl-waw-1"), rootVolume("b_ssd",
		10)
	if found := checkFindings(m); len(found) != 4 {
		t.Errorf("%d findings: %v", len(found), found)
	}
}

func TestHDSEligibleTypeExamples(t *testing.T) {
	t.Parallel()
	_, list, _ := strings.Cut(eligibleTypeExamples, "such as ")
	for _, name := range strings.Split(strings.ReplaceAll(list, " or ", ", "), ", ") {
		if verdict := compliance.NodeTypeEligibility(name); verdict.Status != compliance.Eligible {
			t.Errorf("%s: %+v", name, verdict)
		}
	}
}

// TestUpgradePolicyWithDefault refuses `max_surge = 0` alone: the default of max_unavailable is 0, too.
func TestUpgradePolicyWithDefault(t *testing.T) {
	t.Parallel()
	const problem = "The upgrade policy does not allow the replacement of nodes"
	for name, test := range map[string]struct {
		policy map[string]attr.Value
		want   int
	}{
		"surge 0": {
			map[string]attr.Value{"max_unavailable": types.Int64Null(), "max_surge": types.Int64Value(0)}, 1,
		},
		"unavailable 0": {
			map[string]attr.Value{"max_unavailable": types.Int64Value(0), "max_surge": types.Int64Null()}, 0,
		},
		"unknown": {
			map[string]attr.Value{"max_unavailable": types.Int64Unknown(), "max_surge": types.Int64Value(0)}, 0,
		},
	} {
		var diags diag.Diagnostics
		m := commonModel{
			Size: types.Int64Value(1), UpgradePolicy: types.ObjectValueMust(upgradePolicyTypes(), test.policy),
		}
		m.checkSize(&diags)
		if len(diags) != test.want || test.want > 0 && diags[0].Summary() != problem {
			t.Errorf("%s: diagnostics %v", name, diags)
		}
	}
}
