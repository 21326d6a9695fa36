package pool

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func kosmos() variant {
	return variant{
		resourceType: "srm_kosmos_pool", name: "Kosmos pool",
		regionDescription: "Region of the pool's cluster. Default: the provider's.",
		idFormat:          "region/UUID, or the UUID alone",
		schema:            kosmosSchema, newModel: func() model { return &kosmosModel{} },
		defaultRegion:      func(p *tfkit.Provider) scw.Region { return p.API.DefaultRegion() },
		checkRegion:        func(string) error { return nil },
		reportClusterError: reportKosmosClusterError,
		// The state of the official provider does not contain the type of the cluster: the refresh after the move
		// checks that.
		moveObstacles: func(*k8s.Pool) []string { return nil },
	}
}

// kosmosModel is the Terraform model of srm_kosmos_pool.
type kosmosModel struct {
	commonModel

	Autohealing          types.Bool   `tfsdk:"autohealing"`
	NodeDefaults         types.Object `tfsdk:"node_defaults"`
	AttestationExpiresAt types.String `tfsdk:"attestation_expires_at"`
}

// setDefaults sets the defaults of attributes that the configuration leaves out. They depend on the kind of pool, and
// stay unknown while node_type is unknown.
func (m *kosmosModel) setDefaults(from model) {
	config, _ := from.(*kosmosModel)
	m.AttestationExpiresAt = tfkit.AttestationExpiry(m.NodeDefaults)
	if m.NodeType.IsUnknown() {
		return
	}
	external := m.isExternal()
	if config.Autohealing.IsNull() {
		m.Autohealing = types.BoolValue(!external)
	}
	if config.UpgradePolicy.IsNull() {
		m.UpgradePolicy = upgradePolicyObject(0, 1)
		if external {
			m.UpgradePolicy = types.ObjectNull(upgradePolicyTypes())
		}
	}
	if config.RootVolume.IsNull() && external {
		m.RootVolume = types.ObjectNull(rootVolumeTypes())
	}
}

// transfers returns the responsibility transfers of the configuration, and false if they are not known yet. Unknown
// values in kubelet_args and user_data do not matter, as only their keys count.
func (m *kosmosModel) transfers() ([]responsibility.Transfer, bool) {
	if m.KubeletArgs.IsUnknown() || m.UserData.IsUnknown() || m.NodeType.IsUnknown() {
		return nil, false
	}
	found := responsibility.PoolTransfers(responsibility.PoolFacts{
		KubeletArgs: stringMap(m.KubeletArgs), UserDataKeys: slices.Collect(maps.Keys(m.UserData.Elements())),
	})
	if m.isExternal() {
		found = append([]responsibility.Transfer{responsibility.ExternalTransfer()}, found...)
	}
	return found, true
}

// setComputed sets the computed attributes, all of which are known once the pool exists.
func (m *kosmosModel) setComputed(ctx context.Context, pool *k8s.Pool, diags *diag.Diagnostics) {
	m.ID = types.StringValue(scaleway.JoinID(pool.Region, pool.ID))
	m.VersionUsed = types.StringValue(pool.Version)
	if m.RootVolume.IsUnknown() {
		m.RootVolume = rootVolumeObject(pool)
	}
	transfers, _ := m.transfers()
	m.Transfers = tfkit.NewTransfersList(ctx, transfers, diags)
	m.AttestationExpiresAt = tfkit.AttestationExpiry(m.NodeDefaults)
}

// refresh sets the attributes from the pool as the API returns it. For an external pool it ignores the attributes that
// have no meaning there, for which the API returns placeholder values.
func (m *kosmosModel) refresh(ctx context.Context, pool *k8s.Pool, diags *diag.Diagnostics) {
	size := m.Size
	m.refreshCommon(pool)
	m.Autohealing = types.BoolValue(pool.Autohealing)
	if m.isExternal() {
		m.Size, m.Zone = size, types.StringNull()
		m.SecurityGroupID, m.PlacementGroupID = types.StringNull(), types.StringNull()
		m.Autoscaling, m.RootVolume = types.ObjectNull(autoscalingTypes()), types.ObjectNull(rootVolumeTypes())
		m.UpgradePolicy = types.ObjectNull(upgradePolicyTypes())
	}
	m.setComputed(ctx, pool, diags)
}

func (m *kosmosModel) desired(region scw.Region) operations.Desired {
	desired := m.commonModel.desired(region)
	desired.Autohealing = m.Autohealing.ValueBool()
	return desired
}

// fillImported refuses a pool of a cluster that is not a Kosmos cluster.
func (m *kosmosModel) fillImported(ctx context.Context, r *poolResource, pool *k8s.Pool, diags *diag.Diagnostics) {
	cluster, err := r.provider.API.Cluster(ctx, pool.Region, pool.ClusterID)
	if err != nil {
		tfkit.AddAPIError(diags, "Unable to read the cluster of the Kosmos pool", err)
		return
	}
	if !checkIsKosmos(cluster, tfkit.NewApplyReporter(diags)) {
		return
	}
	if pool.NodeType != operations.ExternalNodeType {
		m.UserData = r.readUserData(ctx, pool.Region, pool.ID, diags)
	}
	m.refresh(ctx, pool, diags)
}

// fillMoved also reads the user data and the cluster, as the state of the official provider contains neither.
func (m *kosmosModel) fillMoved(ctx context.Context, r *poolResource, pool *k8s.Pool, diags *diag.Diagnostics) {
	m.fillImported(ctx, r, pool, diags)
}

func (m *kosmosModel) checkPlan(p *tfkit.Provider, diags *diag.Diagnostics) {
	tfkit.CheckAttestationDates(m.NodeDefaults, path.Root("node_defaults"), p.Now(), diags)
}

// reportKosmosClusterError reports that the cluster of a pool does not exist, or another error of reading it with a
// summary.
func reportKosmosClusterError(region scw.Region, id, summary string, err error, report tfkit.Reporter) {
	if !scaleway.IsNotFound(err) {
		report.ReportAPIError(summary, err)
		return
	}
	report.Report(path.Root("cluster_id"), tfkit.Problem{
		Summary: "The cluster does not exist", Found: "no cluster " + scaleway.JoinID(region, id),
		Allowed: "a Kosmos cluster",
		Fix: "Check the id and its region. For a cluster of the same configuration use a reference, such as " +
			"srm_kosmos_cluster.example.id.",
	})
}

func (m *kosmosModel) checkCluster(
	ctx context.Context, r *poolResource, cluster *k8s.Cluster, report tfkit.Reporter,
) bool {
	if !checkIsKosmos(cluster, report) {
		return false
	}
	m.checkNewVersion(cluster, report)
	m.checkAPIServerAccess(ctx, r, cluster, report.ForMutable())
	return true
}

func (m *kosmosModel) planOwnUpdate(
	ctx context.Context, r *poolResource, before model, isReplaced bool, diags *diag.Diagnostics,
) {
	state := before.common()
	if isReplaced {
		r.warnAboutEnrolledMachines(ctx, state, diags)
	}
	if from, err := lifecycle.ParseVersion(
		state.VersionUsed.ValueString(),
	); err == nil && m.isExternal() && !isReplaced {
		if to, ok := m.minor(); ok && to.Compare(from.Minor) > 0 {
			tfkit.AddWarning(diags, path.Root("version"), tfkit.Problem{
				Summary: "External nodes keep their version until they are enrolled again",
				Clause:  "EXT-01",
				Found:   fmt.Sprintf("version changed from %s to %s", from.Minor, to),
				Fix: "To upgrade the existing nodes, set `version` of their srm_kosmos_external_node resources to " +
					"the pool's version, apply, and run the programs of these resources on the machines. The upgrade " +
					"of the pool applies to new nodes only.",
			})
		}
	}
	if !isReplaced {
		m.checkNewNodes(ctx, r, before, tfkit.NewPlanReporter(diags))
	}
}

func (m *kosmosModel) checkOwnApply(
	ctx context.Context, r *poolResource, state model, _ bool, diags *diag.Diagnostics,
) {
	m.checkNewNodes(ctx, r, state, tfkit.NewApplyReporter(diags))
}

func (m *kosmosModel) planDestroy(ctx context.Context, r *poolResource, diags *diag.Diagnostics) {
	r.warnAboutEnrolledMachines(ctx, &m.commonModel, diags)
}

// checkNewNodes reports an allow-list that blocks the nodes that the update creates. The allow-list may have changed
// since the create of the pool.
func (m *kosmosModel) checkNewNodes(ctx context.Context, r *poolResource, before model, report tfkit.Reporter) {
	state, _ := before.(*kosmosModel)
	if state.isExternal() || !createsNodes(&m.commonModel, &state.commonModel) {
		return
	}
	region, id := r.region(state.ID), tfkit.BareID(state.ClusterID.ValueString())
	cluster, err := r.provider.API.Cluster(ctx, region, id)
	if err != nil {
		r.reportClusterError(region, id, r.unableToReadCluster(), err, report)
		return
	}
	state.checkAPIServerAccess(ctx, r, cluster, report)
}

// createsNodes reports whether the update may create nodes, by a greater size or by replacing nodes.
func createsNodes(plan, state *commonModel) bool {
	return !plan.Size.Equal(state.Size) || !plan.Autoscaling.Equal(state.Autoscaling) ||
		!plan.Version.Equal(state.Version) || !plan.Rotation.Equal(state.Rotation)
}

// warnAboutEnrolledMachines warns about the machines that are enrolled in an external pool before its deletion.
func (r *poolResource) warnAboutEnrolledMachines(ctx context.Context, state *commonModel, diags *diag.Diagnostics) {
	if !state.isExternal() {
		return
	}
	names, err := r.enrolledNodes(ctx, state, r.region(state.ID))
	switch {
	case scaleway.IsNotFound(err):
	case err != nil:
		tfkit.AddAPIWarning(diags, "Unable to check whether machines are enrolled in the Kosmos pool", err)
	case names != "":
		tfkit.AddWarning(diags, path.Root("node_type"), tfkit.Problem{
			Summary: "Machines are still enrolled in the pool", Clause: "EXT-01",
			Found: "nodes " + names + "; deleting the pool deletes these nodes and leaves their machines unchanged",
			Fix: "Destroy their srm_kosmos_external_node resources first, which drains the nodes, and run " +
				"cleanup_script on the machines.",
		})
	}
}

// enrolledNodes returns the names and addresses of the enrolled nodes of an external pool.
func (r *poolResource) enrolledNodes(ctx context.Context, state *commonModel, region scw.Region) (string, error) {
	nodes, err := r.provider.API.Nodes(
		ctx, region, scaleway.NodeFilter{ClusterID: tfkit.BareID(state.ClusterID.ValueString()), PoolID: state.uuid()},
	)
	names := []string{}
	for _, node := range nodes {
		if scaleway.IsDeleting(node) {
			continue
		}
		name := node.Name
		if addresses := scaleway.NodeAddresses(node); len(addresses) > 0 {
			name += fmt.Sprintf(" (%s)", strings.Join(addresses, ", "))
		}
		names = append(names, name)
	}
	return strings.Join(names, ", "), err
}
