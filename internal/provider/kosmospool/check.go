package kosmospool

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/pools"
)

// check refuses what the values themselves show, all findings at once. Unknown values are checked once they are known.
func (m *model) check(diags *diag.Diagnostics) {
	m.CheckNamed(diags)
	m.CheckTaints(diags)
	m.WarnOfTags(diags)
	m.CheckVersion(diags)
	m.CheckGracePeriod(diags)
	if m.NodeType.IsUnknown() {
		return
	}
	if m.IsExternal() {
		m.checkExternal(diags)
		return
	}
	m.checkHosted(diags)
}

// checkExternal refuses what only nodes that Scaleway hosts have, with the reason.
func (m *model) checkExternal(diags *diag.Diagnostics) {
	const outside = "its machines are outside Scaleway, which neither makes nor replaces them"
	refuse := func(name, clause, found, reason, fix string) {
		tfkit.Refuse(diags, path.Root(name), tfkit.Refusal{
			Summary: fmt.Sprintf("An external pool has no %s", name), Clause: clause, Found: found + `, with node_type ` +
				`"external"`, Allowed: "none: " + reason, Fix: fix,
		})
	}
	for _, attribute := range []struct {
		name, clause, reason string
		given                bool
	}{
		{"autoscaling", "EXT-01", outside, !m.Autoscaling.IsNull() && !m.Autoscaling.IsUnknown()},
		{"zone", "EXT-01", "its machines are in no zone of Scaleway", pools.Known(m.Zone)},
		{"root_volume", "EXT-01", "the disks of its machines are yours", pools.Known(m.RootVolume)},
		{
			"upgrade_policy", "EXT-01", "an upgrade reaches new nodes only, and no node is replaced by it",
			pools.Known(m.UpgradePolicy),
		},
		{"placement_group_id", "EXT-01", "its machines are no Instances", pools.Known(m.PlacementGroupID)},
		{
			"security_group_id", "EXT-03", "its machines are no Instances: their firewall is yours",
			pools.Known(m.SecurityGroupID),
		},
		{
			"user_data", "EXT-03", "its machines do not read it: srm_kosmos_external_node has their program",
			!m.UserData.IsNull() && !m.UserData.IsUnknown(),
		},
	} {
		if attribute.given {
			refuse(attribute.name, attribute.clause, attribute.name, attribute.reason, "Remove "+attribute.name+".")
		}
	}
	if pools.Known(m.Size) && m.Size.ValueInt64() != 0 {
		refuse("size", "EXT-01", fmt.Sprintf("size %d", m.Size.ValueInt64()), outside, "Remove size, or set it to 0: add "+
			"an srm_kosmos_external_node for each machine.")
	}
	if m.Autohealing.ValueBool() {
		refuse("autohealing", "EXT-01", "autohealing true", outside, "Remove autohealing: watching the machines is yours "+
			"(KOS-04).")
	}
	if pools.Known(m.Rotation) {
		refuse("rotation", "EXT-01", "rotation", outside, "Remove rotation, and change that of each "+
			"srm_kosmos_external_node.")
	}
}

func (m *model) checkHosted(diags *diag.Diagnostics) {
	m.CheckSize(diags)
	if m.Zone.IsNull() {
		tfkit.Refuse(diags, path.Root("zone"), tfkit.Refusal{
			Summary: "The pool has no zone", Found: fmt.Sprintf(
				"node_type %q without zone", m.NodeType.ValueString(),
			), Allowed: `a zone, such as "nl-ams-1"`,
			Fix: "Say in which zone Scaleway hosts the nodes.",
		})
	}
	usable := true
	if pools.Known(m.Zone) && !scaleway.IsZone(m.Zone.ValueString()) {
		usable = false
		tfkit.Refuse(diags, path.Root("zone"), tfkit.Refusal{
			Summary: "The value is not a zone", Found: fmt.Sprintf(
				"%q", m.Zone.ValueString(),
			), Allowed: "a zone: " + scaleway.Zones(),
			Fix: `A zone has a number; "nl-ams" is a region.`,
		})
	}
	m.checkRootVolume(diags)
	m.CheckZonal("placement_group_id", "placement group", m.PlacementGroupID, usable, diags)
	m.CheckZonal("security_group_id", "security group", m.SecurityGroupID, usable, diags)
	if !m.NodeDefaults.IsNull() && !m.NodeDefaults.IsUnknown() {
		tfkit.Refuse(diags, path.Root("node_defaults"), tfkit.Refusal{
			Summary: "The nodes of this pool are Scaleway's to harden", Clause: "KOS-01", Found: fmt.Sprintf("node_defaults, "+
				"with node_type %q", m.NodeType.ValueString()),
			Allowed: "none: it is what external nodes take over", Fix: "Remove node_defaults.",
		})
	}
}

// checkRootVolume refuses types that the API gives to no new pool. Whether a node type has local storage is for the API
// to say.
func (m *model) checkRootVolume(diags *diag.Diagnostics) {
	volume := tfkit.TextOf(m.RootVolume, "type")
	if !pools.Known(volume) || slices.Contains(rootVolumeTypes(), volume.ValueString()) {
		return
	}
	found := fmt.Sprintf("%q", volume.ValueString())
	switch k8s.PoolVolumeType(volume.ValueString()) {
	case k8s.PoolVolumeTypeBSSD:
		found += ", the legacy Block Storage, which new pools do not get"
	case k8s.PoolVolumeTypeDefaultVolumeType:
		found += ", which is what the API chooses without root_volume"
	}
	tfkit.Refuse(diags, path.Root("root_volume").AtName("type"), tfkit.Refusal{
		Summary: "The root volume cannot be of this type", Found: found, Allowed: strings.Join(rootVolumeTypes(), ", "),
		Fix: "Choose one of these, or remove root_volume to take what the API chooses for the node type.",
	})
}

// rootVolumeTypes are those that a new pool can have.
func rootVolumeTypes() []string {
	return []string{string(k8s.PoolVolumeTypeSbs5k), string(k8s.PoolVolumeTypeSbs15k), string(k8s.PoolVolumeTypeLSSD)}
}

// checkCluster reports a cluster that is not Kosmos, and says whether it is.
func checkCluster(cluster *k8s.Cluster, report tfkit.Reporter) bool {
	if strings.HasPrefix(cluster.Type, "multicloud") {
		return true
	}
	report.Report(path.Root("cluster_id"), tfkit.Refusal{
		Summary: "The cluster is not a Kosmos cluster", Found: fmt.Sprintf(
			"cluster %q of type %s", cluster.Name, cluster.Type,
		), Allowed: "a cluster of a type multicloud…, such as an srm_kosmos_cluster",
		Fix: "For a pool of an HDS cluster use srm_hds_pool; for another Kapsule cluster, scaleway_k8s_pool of the " +
			"official provider.",
	})
	return false
}

// checkNodeType refuses an Instance type that the zone does not offer; without the permission to look it says so, and
// the API's own answer to the create decides.
func (r *poolResource) checkNodeType(ctx context.Context, m *model, report tfkit.Reporter, diags *diag.Diagnostics) {
	r.kind().CheckNodeType(ctx, &m.Model, func(string) bool { return true }, []string{pools.External}, func(err error) {
		tfkit.Warn(diags, path.Root("node_type"), tfkit.Refusal{
			Summary: "Whether the zone offers the node type cannot be checked", Found: tfkit.Explain(err),
			Allowed: "an Instance type on offer in " + m.Zone.ValueString(),
			Fix: "Allow the API key to read Instances (InstancesReadOnly), or make sure that the type is on offer: else " +
				"the create is refused.",
		})
	}, report, diags)
}

// checkWay judges whether nodes that Scaleway hosts reach the API server: their addresses are Scaleway's, and change.
func (r *poolResource) checkWay(ctx context.Context, m *model, cluster *k8s.Cluster, report tfkit.Reporter) {
	if m.IsExternal() || cluster.Status == k8s.ClusterStatusCreating {
		return
	}
	rules, err := r.provider.API.AllowList(ctx, cluster.Region, cluster.ID)
	switch {
	case scaleway.IsForbidden(err):
		report.Warn(path.Root("cluster_id"), tfkit.Refusal{
			Summary: "Whether nodes reach the API server cannot be checked", Found: tfkit.Explain(err),
			Allowed: "scaleway_ranges = true of the cluster, or an allow-list that is open",
			Fix:     "Make sure that the cluster lets Scaleway's ranges in, or allow the API key to read its allow-list.",
		})
		return
	case err != nil:
		report.ReportAPIError("Unable to read the allow-list of the Kosmos pool's cluster", err)
		return
	}
	allowed := tfkit.AllowedBy(rules)
	if open, _ := compliance.OpenToWorld(allowed.Ranges); open || allowed.Scaleway {
		return
	}
	found := "an empty allow-list"
	if len(allowed.Ranges) > 0 {
		found = "allow-list " + strings.Join(allowed.Texts(), ", ")
	}
	report.Report(path.Root("cluster_id"), tfkit.Refusal{
		Summary: "The nodes would not reach the API server", Clause: "IAM-02", Found: found + ", without Scaleway's ranges",
		Allowed: "scaleway_ranges = true of the cluster",
		Fix: "Set scaleway_ranges = true of its srm_kosmos_cluster: nodes that Scaleway hosts have public addresses of " +
			"Scaleway, which change with every node.",
	})
}
