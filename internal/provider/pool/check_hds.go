package pool

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// eligibleTypeExamples describes the eligible node types in messages, with an example of each family.
const eligibleTypeExamples = "Instance types that the catalogue lists as eligible, such as BASIC3-X4C-16G, " +
	"STANDARD3-X4C-16G, POP2-4C-16G, POP2-HC-4C-8G, POP2-HM-2C-16G or L4-1-24G"

// check validates the values without API requests and reports all problems at once. It skips unknown values: the plan
// just before the apply and Create call it again.
func (m *hdsModel) check(diags *diag.Diagnostics) {
	m.checkLocation(diags)
	m.checkNodeType(diags)
	m.checkRootVolume(diags)
	m.checkSize(diags)
	m.checkVersion(diags)
	m.checkGracePeriod(diags)
	m.checkName(diags)
	m.checkTaints(diags)
	m.warnAboutTags(diags)
}

// checkLocation validates the ids of the cluster and the guardrails, the zone and what depends on it, and public_ip.
func (m *hdsModel) checkLocation(diags *diag.Diagnostics) {
	if tfkit.HasValue(m.ClusterID) {
		region, _, err := scaleway.SplitID(m.ClusterID.ValueString(), scw.Region(compliance.Region))
		if err != nil {
			addIDError(
				diags, "cluster_id", "The id of the cluster is malformed", err, "fr-par/UUID, or the UUID alone",
				"Set it to the id of an srm_hds_cluster.",
			)
		} else {
			tfkit.AddCheckError(diags, path.Root("cluster_id"), compliance.CheckRegion(string(region)))
		}
	}
	m.checkGuardrailsID(diags)
	if tfkit.HasValue(m.Zone) {
		if verdict := compliance.ZoneEligibility(m.Zone.ValueString()); verdict.Status != compliance.Eligible {
			tfkit.AddError(diags, path.Root("zone"), tfkit.Problem{
				Summary: fmt.Sprintf("Zone %q is not authorized for health data", m.Zone.ValueString()),
				Clause:  "HDS-RES-02",
				Found:   eligibilityReason(verdict),
				Allowed: strings.Join(compliance.Zones(), ", "),
				Fix:     "Choose one of these zones.",
			})
		}
	}
	m.checkZonalID(
		"placement_group_id", "placement group", m.PlacementGroupID,
		compliance.ZoneEligibility(m.Zone.ValueString()).Status == compliance.Eligible, diags,
	)
	m.checkZonalID(
		"security_group_id", "security group", m.SecurityGroupID,
		compliance.ZoneEligibility(m.Zone.ValueString()).Status == compliance.Eligible, diags,
	)
	m.checkReason("public_ip", m.PublicIP, "Set it to why nodes need a public IP, or remove public_ip.", diags)
}

// checkGuardrailsID refuses a malformed guardrails_id.
func (m *hdsModel) checkGuardrailsID(diags *diag.Diagnostics) {
	if tfkit.HasValue(m.GuardrailsID) {
		_, err := tfkit.ParseGuardrailsID(m.GuardrailsID.ValueString())
		tfkit.AddCheckError(diags, path.Root("guardrails_id"), err)
	}
}

// eligibilityReason returns the reason of an eligibility finding, with its source and date.
func eligibilityReason(verdict compliance.Eligibility) string {
	return fmt.Sprintf("%s (%s, %s)", verdict.Reason, verdict.Source, verdict.AsOf)
}

// checkNodeType validates node_type_attestation, and refuses a node type that is not eligible for health data or whose
// eligibility is undecided and not attested.
func (m *hdsModel) checkNodeType(diags *diag.Diagnostics) {
	m.checkReason("node_type_attestation", m.NodeTypeAttestation, "Set it to the basis of the attestation, or remove "+
		"node_type_attestation.", diags)
	if day := tfkit.StringAttribute(m.NodeTypeAttestation, "reviewed_on"); tfkit.HasValue(day) {
		tfkit.AddCheckError(
			diags, path.Root("node_type_attestation").AtName("reviewed_on"), compliance.CheckReviewDay("",
				day.ValueString()),
		)
	}
	if !tfkit.HasValue(m.NodeType) {
		return
	}
	name := m.NodeType.ValueString()
	switch verdict := compliance.NodeTypeEligibility(name); {
	case verdict.Status == compliance.Ineligible:
		found := eligibilityReason(verdict)
		if tfkit.HasValue(m.NodeTypeAttestation) {
			found += "; node_type_attestation is only for types whose eligibility the catalogue leaves undecided"
		}
		tfkit.AddError(diags, path.Root("node_type"), tfkit.Problem{
			Summary: fmt.Sprintf("Node type %q is not eligible for health data", name), Clause: "HDS-IDN-02",
			Found: found, Allowed: eligibleTypeExamples, Fix: "Choose an eligible node type.",
		})
	case verdict.Status == compliance.Undecided && m.NodeTypeAttestation.IsNull():
		fix := "Choose an eligible node type, or check whether this one is eligible and attest it."
		if nearest, ok := compliance.Nearest(name, compliance.EligibleNodeTypes()); ok {
			fix = fmt.Sprintf(
				"Set node_type to %q. For another type, check whether it is eligible and attest it.", nearest,
			)
		}
		tfkit.AddError(diags, path.Root("node_type"), tfkit.Problem{
			Summary: fmt.Sprintf(
				"The eligibility of node type %q for health data is undecided", name,
			), Clause: "HDS-IDN-01",
			Found: eligibilityReason(verdict), Fix: fix,
			Allowed: eligibleTypeExamples + "; an undecided type with node_type_attestation {reason, reviewed_on}",
		})
	}
}

// checkReason refuses an empty reason and a placeholder in the object attribute name; fix is for an empty one.
func (m *hdsModel) checkReason(name string, object types.Object, fix string, diags *diag.Diagnostics) {
	reason := tfkit.StringAttribute(object, "reason")
	if !tfkit.HasValue(reason) {
		return
	}
	if strings.TrimSpace(reason.ValueString()) != "" {
		tfkit.AddCheckError(
			diags, path.Root(name).AtName("reason"), compliance.CheckDeclaration(
				"", "The reason", reason.ValueString(),
			),
		)
		return
	}
	tfkit.AddError(diags, path.Root(name).AtName("reason"), tfkit.Problem{Summary: "The reason is empty",
		Found: fmt.Sprintf("%q", reason.ValueString()), Allowed: "a sentence that a reviewer understands", Fix: fix})
}

// checkRootVolume refuses a type that is not eligible for health data, and a size out of range.
func (m *hdsModel) checkRootVolume(diags *diag.Diagnostics) {
	at := path.Root("root_volume")
	if volume := tfkit.StringAttribute(m.RootVolume, "type"); tfkit.HasValue(volume) {
		tfkit.AddCheckError(diags, at.AtName("type"), compliance.CheckRootVolumeType(volume.ValueString()))
	}
	size := tfkit.Int64Attribute(m.RootVolume, "size_gb")
	if tfkit.HasValue(size) && size.ValueInt64() > maxNodes {
		tfkit.AddError(diags, at.AtName("size_gb"), tfkit.Problem{
			Summary: "The root volume is too large", Found: fmt.Sprintf("%d GB", size.ValueInt64()),
			Allowed: fmt.Sprintf("%d to %d GB; 100 GB is recommended", compliance.MinRootVolumeGB, maxNodes),
			Fix:     "Set size_gb in gigabytes, not in bytes.",
		})
	}
	if tfkit.HasValue(size) && size.ValueInt64() < compliance.MinRootVolumeGB {
		tfkit.AddError(diags, at.AtName("size_gb"), tfkit.Problem{
			Summary: "The root volume is too small for a node", Found: fmt.Sprintf("%d GB", size.ValueInt64()),
			Allowed: fmt.Sprintf("at least %d GB; 100 GB is recommended", compliance.MinRootVolumeGB),
			Fix:     fmt.Sprintf("Set size_gb to %d or more.", compliance.MinRootVolumeGB),
		})
	}
}
