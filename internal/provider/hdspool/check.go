package hdspool

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

const maxGracePeriod = time.Hour

// eligibleTypes are examples for messages, one of each kind.
const eligibleTypes = "Instance types that the catalogue calls eligible, such as BASIC3-X4C-16G, STANDARD3-X4C-16G, POP2-4C-16G, POP2-HC-4C-8G, POP2-HM-2C-16G or L4-1-24G"

// check refuses what the values themselves show, all findings at once. Unknown values are checked once they are known:
// by the plan that precedes the apply, and by Create.
func (m *model) check(diags *diag.Diagnostics) {
	m.checkPlace(diags)
	m.checkNodeType(diags)
	m.checkRootVolume(diags)
	m.checkSize(diags)
	m.checkVersion(diags)
	m.checkGracePeriod(diags)
	if !known(m.Name) || strings.TrimSpace(m.Name.ValueString()) != "" {
		return
	}
	framework.Refuse(diags, path.Root("name"), framework.Refusal{Summary: "The pool has no name", Found: fmt.Sprintf("%q", m.Name.ValueString()),
		Allowed: "any text that is unique in the cluster", Fix: "Write a name."})
}

func known(value attr.Value) bool { return !value.IsNull() && !value.IsUnknown() }

func (m *model) checkPlace(diags *diag.Diagnostics) {
	if known(m.ClusterID) {
		region, _, err := scaleway.SplitID(m.ClusterID.ValueString(), scw.Region(compliance.Region))
		if err != nil {
			refuseID(diags, "cluster_id", "The cluster's id is not an id", err, "fr-par/UUID, or the UUID alone", "Write the id of an srm_hds_cluster.")
		} else {
			framework.RefuseError(diags, path.Root("cluster_id"), compliance.CheckRegion(string(region)))
		}
	}
	if known(m.ClusterID) && known(m.GuardrailsID) && framework.BareID(m.ClusterID.ValueString()) != framework.BareID(m.GuardrailsID.ValueString()) {
		framework.Refuse(diags, path.Root("guardrails_id"), framework.Refusal{
			Summary: "The guardrails are those of another cluster", Clause: "HDS-ENC-03", Found: m.GuardrailsID.ValueString(),
			Allowed: "the guardrails of cluster " + m.ClusterID.ValueString(), Fix: "Name the srm_hds_guardrails of the pool's own cluster.",
		})
	}
	if known(m.Zone) {
		if verdict := compliance.Zone(m.Zone.ValueString()); verdict.Status != compliance.Eligible {
			framework.Refuse(diags, path.Root("zone"), framework.Refusal{
				Summary: fmt.Sprintf("Zone %q is not one for health data", m.Zone.ValueString()), Clause: "HDS-RES-02",
				Found: because(verdict), Allowed: strings.Join(compliance.Zones(), ", "), Fix: "Choose one of these zones.",
			})
		}
	}
	m.checkZonal("placement_group_id", "placement group", m.PlacementGroupID, diags)
	m.checkZonal("security_group_id", "security group", m.SecurityGroupID, diags)
	m.checkReason("public_ip", m.PublicIP, "Say why nodes must have a public IP, or remove public_ip.", diags)
}

// checkZonal refuses an id that is none, or of another zone than the pool's.
func (m *model) checkZonal(name, what string, id types.String, diags *diag.Diagnostics) {
	if !known(id) || !known(m.Zone) {
		return
	}
	own := m.Zone.ValueString()
	zone, _, err := scaleway.SplitZonedID(id.ValueString(), scw.Zone(own))
	switch {
	case err != nil && compliance.Zone(own).Status == compliance.Eligible:
		refuseID(diags, name, "The "+what+"'s id is not an id", err, own+"/UUID, or the UUID alone", "Write the id of a "+what+" in "+own+".")
	case err == nil && string(zone) != own:
		framework.Refuse(diags, path.Root(name), framework.Refusal{Summary: "The " + what + " is in another zone than the pool",
			Found: id.ValueString(), Allowed: "a " + what + " in " + own, Fix: "Choose one in the pool's zone."})
	}
}

func refuseID(diags *diag.Diagnostics, name, summary string, err error, allowed, fix string) {
	framework.Refuse(diags, path.Root(name), framework.Refusal{Summary: summary, Found: err.Error(), Allowed: allowed, Fix: fix})
}

// because is what the catalogue says, and since when.
func because(verdict compliance.Eligibility) string {
	return fmt.Sprintf("%s (%s, %s)", verdict.Reason, verdict.Source, verdict.AsOf)
}

func (m *model) checkNodeType(diags *diag.Diagnostics) {
	m.checkReason("node_type_attestation", m.NodeTypeAttestation, "Say what your finding rests on, or remove node_type_attestation.", diags)
	if day := framework.TextOf(m.NodeTypeAttestation, "reviewed_on"); known(day) {
		if _, err := time.Parse(time.DateOnly, day.ValueString()); err != nil {
			framework.Refuse(diags, path.Root("node_type_attestation").AtName("reviewed_on"), framework.Refusal{
				Summary: "The day of the review is not a date", Found: fmt.Sprintf("%q", day.ValueString()), Allowed: "YYYY-MM-DD", Fix: `Write it as in "2026-11-24".`,
			})
		}
	}
	if !known(m.NodeType) {
		return
	}
	name := m.NodeType.ValueString()
	switch verdict := compliance.NodeType(name); {
	case verdict.Status == compliance.Ineligible:
		found := because(verdict)
		if known(m.NodeTypeAttestation) {
			found += "; node_type_attestation is for types that the catalogue does not decide"
		}
		framework.Refuse(diags, path.Root("node_type"), framework.Refusal{
			Summary: fmt.Sprintf("Node type %q is not eligible for health data", name), Clause: "HDS-IDN-02",
			Found: found, Allowed: eligibleTypes, Fix: "Choose an eligible node type.",
		})
	case verdict.Status == compliance.Undecided && m.NodeTypeAttestation.IsNull():
		framework.Refuse(diags, path.Root("node_type"), framework.Refusal{
			Summary: fmt.Sprintf("Whether node type %q is eligible for health data is not decided", name), Clause: "HDS-IDN-01",
			Found: because(verdict), Allowed: eligibleTypes + "; another one with node_type_attestation {reason, reviewed_on}",
			Fix: "Choose an eligible node type, or find out whether this one is and attest it.",
		})
	}
}

func (m *model) checkReason(name string, object types.Object, fix string, diags *diag.Diagnostics) {
	reason := framework.TextOf(object, "reason")
	if !known(reason) || strings.TrimSpace(reason.ValueString()) != "" {
		return
	}
	framework.Refuse(diags, path.Root(name).AtName("reason"), framework.Refusal{Summary: "The reason is empty",
		Found: fmt.Sprintf("%q", reason.ValueString()), Allowed: "a sentence that a reviewer understands", Fix: fix})
}

func (m *model) checkRootVolume(diags *diag.Diagnostics) {
	at := path.Root("root_volume")
	if volume := framework.TextOf(m.RootVolume, "type"); known(volume) {
		framework.RefuseError(diags, at.AtName("type"), compliance.RootVolumeType(volume.ValueString()))
	}
	if size := framework.IntOf(m.RootVolume, "size_gb"); known(size) && (size.ValueInt64() < compliance.MinRootVolumeGB || size.ValueInt64() > maxNodes) {
		framework.Refuse(diags, at.AtName("size_gb"), framework.Refusal{
			Summary: "The root volume is too small for a node", Found: fmt.Sprintf("%d GB", size.ValueInt64()),
			Allowed: fmt.Sprintf("at least %d GB; 100 GB is advised", compliance.MinRootVolumeGB),
			Fix:     fmt.Sprintf("Set size_gb to %d or more.", compliance.MinRootVolumeGB),
		})
	}
}

func (m *model) checkSize(diags *diag.Diagnostics) {
	switch {
	case known(m.Size) && known(m.Autoscaling):
		framework.Refuse(diags, path.Root("size"), framework.Refusal{Summary: "The pool has a size and autoscaling", Found: "both",
			Allowed: "one of size and autoscaling {min, max}", Fix: "Remove size to let the cluster autoscaler choose it, or remove autoscaling."})
	case m.Size.IsNull() && m.Autoscaling.IsNull():
		framework.Refuse(diags, path.Root("size"), framework.Refusal{Summary: "The pool has neither size nor autoscaling", Found: "neither",
			Allowed: "one of size and autoscaling {min, max}", Fix: "Add size, or autoscaling {min, max}."})
	}
	if least, most := framework.IntOf(m.Autoscaling, "min"), framework.IntOf(m.Autoscaling, "max"); known(least) && known(most) && least.ValueInt64() > most.ValueInt64() {
		framework.Refuse(diags, path.Root("autoscaling").AtName("min"), framework.Refusal{Summary: "The pool's least size is greater than its greatest",
			Found: fmt.Sprintf("min %d, max %d", least.ValueInt64(), most.ValueInt64()), Allowed: "min up to max", Fix: "Lower min or raise max."})
	}
	unavailable, surge := framework.IntOf(m.UpgradePolicy, "max_unavailable"), framework.IntOf(m.UpgradePolicy, "max_surge")
	if known(unavailable) && known(surge) && unavailable.ValueInt64() == 0 && surge.ValueInt64() == 0 {
		framework.Refuse(diags, path.Root("upgrade_policy"), framework.Refusal{Summary: "The upgrade policy lets no node be replaced",
			Found: "max_unavailable 0 and max_surge 0", Allowed: "one of them at least 1", Fix: "Set max_surge to 1, which keeps all nodes while one is replaced."})
	}
}

func (m *model) checkVersion(diags *diag.Diagnostics) {
	if !known(m.Version) {
		return
	}
	if _, err := lifecycle.ParseMinor(m.Version.ValueString()); err != nil {
		framework.Refuse(diags, path.Root("version"), framework.Refusal{Summary: "The version is not a minor version",
			Found: strings.TrimSuffix(err.Error(), "."), Allowed: `major and minor, as in "1.35"`, Fix: "Write the minor of the cluster, or remove version."})
	}
}

func (m *model) checkGracePeriod(diags *diag.Diagnostics) {
	if !known(m.MaxTerminationGracePeriod) {
		return
	}
	text := m.MaxTerminationGracePeriod.ValueString()
	if d, err := time.ParseDuration(text); err != nil || d < time.Second || d > maxGracePeriod || d%time.Second != 0 {
		framework.Refuse(diags, path.Root("max_termination_grace_period"), framework.Refusal{Summary: "The termination grace period is not usable",
			Found: fmt.Sprintf("%q", text), Allowed: "a duration in whole seconds from 1s to 1h", Fix: `Write a number and a unit, as in "15m".`})
	}
}
