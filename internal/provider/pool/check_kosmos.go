package pool

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// check validates the values without API requests and reports all problems at once. It skips unknown values.
func (m *kosmosModel) check(diags *diag.Diagnostics) {
	m.checkName(diags)
	m.checkTaints(diags)
	m.warnAboutTags(diags)
	m.checkVersion(diags)
	m.checkGracePeriod(diags)
	if m.NodeType.IsUnknown() {
		return
	}
	if m.isExternal() {
		m.checkExternal(diags)
		return
	}
	m.checkHosted(diags)
}

// checkExternal refuses the attributes that only apply to Scaleway-hosted nodes, with the reason.
func (m *kosmosModel) checkExternal(diags *diag.Diagnostics) {
	const outside = "its machines are outside Scaleway, which neither creates nor replaces them"
	refuse := func(name, clause, found, allowed, fix string) {
		tfkit.AddError(diags, path.Root(name), tfkit.Problem{
			Summary: fmt.Sprintf(
				"An external pool cannot have %s", name,
			), Clause: clause, Found: found + `, with node_type ` +
				`"external"`, Allowed: allowed, Fix: fix,
		})
	}
	for _, attribute := range []struct {
		name, clause, reason string
		isSet                bool
	}{
		{"autoscaling", "EXT-01", outside, !m.Autoscaling.IsNull() && !m.Autoscaling.IsUnknown()},
		{"zone", "EXT-01", "its machines are in no zone of Scaleway", tfkit.HasValue(m.Zone)},
		{"root_volume", "EXT-01", "the customer provides the disks of its machines", tfkit.HasValue(m.RootVolume)},
		{
			"upgrade_policy", "EXT-01", "an upgrade applies to new nodes only and replaces no node",
			tfkit.HasValue(m.UpgradePolicy),
		},
		{"placement_group_id", "EXT-01", "its machines are not Instances", tfkit.HasValue(m.PlacementGroupID)},
		{
			"security_group_id", "EXT-03", "its machines are not Instances, and the customer provides their firewall",
			tfkit.HasValue(m.SecurityGroupID),
		},
		{
			"user_data", "EXT-03", "its machines do not read it; srm_kosmos_external_node provides their program",
			!m.UserData.IsNull() && !m.UserData.IsUnknown(),
		},
	} {
		if attribute.isSet {
			refuse(
				attribute.name, attribute.clause, attribute.name, "null: "+attribute.reason,
				"Remove "+attribute.name+".",
			)
		}
	}
	if tfkit.HasValue(m.Size) && m.Size.ValueInt64() != 0 {
		refuse("size", "EXT-01", fmt.Sprintf("size %d", m.Size.ValueInt64()), "0 or null: "+outside,
			"Remove size, or set it to 0. Add an srm_kosmos_external_node for each machine.")
	}
	if m.Autohealing.ValueBool() {
		refuse("autohealing", "EXT-01", "autohealing true", "false or null: "+outside, "Remove autohealing: the "+
			"customer monitors the machines (KOS-04).")
	}
	if tfkit.HasValue(m.Rotation) {
		refuse("rotation", "EXT-01", "rotation", "null: "+outside, "Remove rotation. Change the rotation of each "+
			"srm_kosmos_external_node instead.")
	}
}

// checkHosted validates the attributes of a Scaleway-hosted pool.
func (m *kosmosModel) checkHosted(diags *diag.Diagnostics) {
	m.checkSize(diags)
	if m.Zone.IsNull() {
		tfkit.AddError(diags, path.Root("zone"), tfkit.Problem{
			Summary: "The pool has no zone", Found: fmt.Sprintf(
				"node_type %q without zone", m.NodeType.ValueString(),
			), Allowed: `a zone, such as "nl-ams-1"`,
			Fix: "Set zone to the zone in which Scaleway hosts the nodes.",
		})
	}
	validZone := true
	if tfkit.HasValue(m.Zone) && !scaleway.IsZone(m.Zone.ValueString()) {
		validZone = false
		tfkit.AddError(diags, path.Root("zone"), tfkit.Problem{
			Summary: "The value is not a zone", Found: fmt.Sprintf(
				"%q", m.Zone.ValueString(),
			), Allowed: "a zone: " + scaleway.Zones(),
			Fix: `Write a zone, which has a number: "nl-ams" is a region.`,
		})
	}
	m.checkRootVolume(diags)
	m.checkZonalID("placement_group_id", "placement group", m.PlacementGroupID, validZone, diags)
	m.checkZonalID("security_group_id", "security group", m.SecurityGroupID, validZone, diags)
	if !m.NodeDefaults.IsNull() && !m.NodeDefaults.IsUnknown() {
		tfkit.AddError(diags, path.Root("node_defaults"), tfkit.Problem{
			Summary: "Only an external pool can have node_defaults", Clause: "KOS-01",
			Found:   fmt.Sprintf("node_defaults, with node_type %q", m.NodeType.ValueString()),
			Allowed: "null: Scaleway hardens the nodes that it hosts", Fix: "Remove node_defaults.",
		})
	}
}

// checkRootVolume refuses types that the API does not accept for a new pool. It does not check whether the node type
// has local storage: the API does.
func (m *kosmosModel) checkRootVolume(diags *diag.Diagnostics) {
	volume := tfkit.StringAttribute(m.RootVolume, "type")
	if !tfkit.HasValue(volume) || slices.Contains(kosmosVolumeTypes(), volume.ValueString()) {
		return
	}
	found := fmt.Sprintf("%q", volume.ValueString())
	switch k8s.PoolVolumeType(volume.ValueString()) {
	case k8s.PoolVolumeTypeBSSD:
		found += ", the legacy Block Storage, which new pools cannot have"
	case k8s.PoolVolumeTypeDefaultVolumeType:
		found += ", which lets the API choose, as without root_volume"
	}
	tfkit.AddError(diags, path.Root("root_volume").AtName("type"), tfkit.Problem{
		Summary: "The root volume cannot be of this type",
		Found:   found,
		Allowed: strings.Join(kosmosVolumeTypes(), ", "),
		Fix:     "Choose one of these, or remove root_volume to let the API choose for the node type.",
	})
}

// kosmosVolumeTypes returns the root volume types that a new pool can have.
func kosmosVolumeTypes() []string {
	return []string{string(k8s.PoolVolumeTypeSbs5k), string(k8s.PoolVolumeTypeSbs15k), string(k8s.PoolVolumeTypeLSSD)}
}

// checkIsKosmos reports whether a cluster is a Kosmos cluster; if not, it adds a problem.
func checkIsKosmos(cluster *k8s.Cluster, report tfkit.Reporter) bool {
	if compliance.IsKosmosType(cluster.Type) {
		return true
	}
	report.Report(path.Root("cluster_id"), tfkit.Problem{
		Summary: "The cluster is not a Kosmos cluster",
		Found:   fmt.Sprintf("cluster %q of type %s", cluster.Name, cluster.Type),
		Allowed: "a cluster of a multicloud type, such as an srm_kosmos_cluster",
		Fix: "For a pool of an HDS cluster use srm_hds_pool; for a pool of another Kapsule cluster use " +
			"scaleway_k8s_pool of the official provider.",
	})
	return false
}

// checkNodeTypeOffered refuses an Instance type that the zone does not offer. If the API key may not read the offers,
// it warns, and the API decides on create.
func (m *kosmosModel) checkNodeTypeOffered(
	ctx context.Context, r *poolResource, report tfkit.Reporter, diags *diag.Diagnostics,
) {
	r.checkNodeType(ctx, &m.commonModel, func(string) bool { return true }, []string{
		operations.ExternalNodeType,
	}, func(err error) {
		tfkit.AddWarning(diags, path.Root("node_type"), tfkit.Problem{
			Summary: "Unable to check whether the zone offers the node type", Cause: err,
			Allowed: "an Instance type on offer in " + m.Zone.ValueString(),
			Fix: "Allow the API key to read Instances (InstancesReadOnly), or make sure that the zone offers the " +
				"type: the create fails otherwise.",
		})
	}, report, diags)
}

// checkAPIServerAccess reports an allow-list that blocks Scaleway-hosted nodes from the API server. It must allow all
// of Scaleway's ranges, as each new node has another public address.
func (m *kosmosModel) checkAPIServerAccess(
	ctx context.Context, r *poolResource, cluster *k8s.Cluster, report tfkit.Reporter,
) {
	if m.isExternal() || cluster.Status == k8s.ClusterStatusCreating {
		return
	}
	rules, err := r.provider.API.AllowList(ctx, cluster.Region, cluster.ID)
	switch {
	case scaleway.IsForbidden(err):
		report.AddWarning(path.Root("cluster_id"), tfkit.Problem{
			Summary: "Unable to check whether nodes can reach the API server", Cause: err,
			Allowed: "a cluster with scaleway_ranges = true, or an allow-list that allows every address",
			Fix: "Make sure that the cluster allows Scaleway's ranges, or grant the API key permission to read the " +
				"allow-list of the cluster.",
		})
		return
	case err != nil:
		report.ReportAPIError("Unable to read the allow-list of the Kosmos pool's cluster", err)
		return
	}
	allowed := tfkit.ParseAllowList(rules)
	if open, _ := compliance.IsOpenToWorld(allowed.Ranges); open || allowed.AllowsScaleway {
		return
	}
	found := "an empty allow-list"
	if len(allowed.Ranges) > 0 {
		found = "allow-list " + strings.Join(allowed.CIDRs(), ", ")
	}
	report.Report(path.Root("cluster_id"), tfkit.Problem{
		Summary: "The nodes would not reach the API server", Clause: "IAM-02",
		Found:   found + ", without Scaleway's ranges",
		Allowed: "a cluster with scaleway_ranges = true",
		Fix: "Set scaleway_ranges = true on its srm_kosmos_cluster: each Scaleway-hosted node has another public " +
			"address of Scaleway.",
	})
}
