package pool

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func hds() variant {
	return variant{
		resourceType: "srm_hds_pool", name: "HDS pool",
		regionDescription: "Region, always " + compliance.Region + ".", idFormat: "fr-par/UUID, or the UUID alone",
		schema: hdsSchema, newModel: func() model { return &hdsModel{} },
		defaultRegion: func(*tfkit.Provider) scw.Region { return scw.Region(compliance.Region) },
		checkRegion:   compliance.CheckRegion,
		reportClusterError: func(_ scw.Region, id, summary string, err error, report tfkit.Reporter) {
			tfkit.ReportHDSClusterReadError(id, summary, err, report)
		},
		moveObstacles: hdsMoveObstacles,
		movable: fmt.Sprintf("a pool in %s, of an eligible node type, with a root volume of type %s and at least %d "+
			"GB; updates change autohealing, labels, taints and the upgrade policy in place",
			strings.Join(compliance.Zones(), ", "), tfkit.CodeList(compliance.RootVolumeTypes()),
			compliance.MinRootVolumeGB),
	}
}

// hdsModel is the Terraform model of srm_hds_pool.
type hdsModel struct {
	commonModel

	GuardrailsID        types.String `tfsdk:"guardrails_id"`
	NodeTypeAttestation types.Object `tfsdk:"node_type_attestation"`
	PublicIP            types.Object `tfsdk:"public_ip"`
}

func publicIPTypes() map[string]attr.Type {
	return map[string]attr.Type{"reason": types.StringType}
}

// transfers returns the responsibility transfers of the configuration, and false if they are not known yet. Unknown
// values in kubelet_args and user_data do not matter, as only their keys count.
func (m *hdsModel) transfers() ([]responsibility.Transfer, bool) {
	reason := tfkit.StringAttribute(m.PublicIP, "reason")
	if m.KubeletArgs.IsUnknown() || m.UserData.IsUnknown() || m.PublicIP.IsUnknown() || reason.IsUnknown() {
		return nil, false
	}
	facts := responsibility.PoolFacts{
		KubeletArgs:  stringMap(m.KubeletArgs),
		UserDataKeys: slices.Collect(maps.Keys(m.UserData.Elements())),
	}
	if !m.PublicIP.IsNull() {
		facts.PublicIPReason = reason.ValueString()
		if reason.IsNull() {
			facts.PublicIPReason = "unknown, as the pool was not created by this resource"
		}
	}
	return responsibility.PoolTransfers(facts), true
}

// setComputed sets the computed attributes, all of which are known once the pool exists.
func (m *hdsModel) setComputed(ctx context.Context, pool *k8s.Pool, diags *diag.Diagnostics) {
	m.ID = types.StringValue(scaleway.JoinID(scw.Region(compliance.Region), pool.ID))
	m.VersionUsed = types.StringValue(pool.Version)
	transfers, _ := m.transfers()
	m.Transfers = tfkit.NewTransfersList(ctx, transfers, diags)
}

// refresh sets the attributes from the pool as the API returns it. It keeps what only the configuration has: the
// attestation, the reason of public IPs, and what commonModel keeps.
func (m *hdsModel) refresh(ctx context.Context, pool *k8s.Pool, diags *diag.Diagnostics) {
	m.refreshCommon(pool)
	switch {
	case pool.PublicIPDisabled:
		m.PublicIP = types.ObjectNull(publicIPTypes())
	case m.PublicIP.IsNull():
		m.PublicIP = types.ObjectValueMust(publicIPTypes(), map[string]attr.Value{"reason": types.StringNull()})
	}
	m.setComputed(ctx, pool, diags)
}

func (m *hdsModel) replacedAttributes(state model) []string {
	before, _ := state.(*hdsModel)
	found := m.replacingAttributes(&before.commonModel)
	if m.PublicIP.IsNull() != before.PublicIP.IsNull() {
		found = append(found, "public_ip")
	}
	return found
}

func (m *hdsModel) desired(region scw.Region) operations.Desired {
	desired := m.commonModel.desired(region)
	desired.PublicIPDisabled = m.PublicIP.IsNull()
	return desired
}

func (m *hdsModel) fillImported(ctx context.Context, r *poolResource, pool *k8s.Pool, diags *diag.Diagnostics) {
	m.GuardrailsID = types.StringValue(tfkit.GuardrailsID(pool.ClusterID))
	m.fillMoved(ctx, r, pool, diags)
}

// fillMoved also reads the user data. The state of the official provider has neither user data nor guardrails, whose id
// the first apply sets.
func (m *hdsModel) fillMoved(ctx context.Context, r *poolResource, pool *k8s.Pool, diags *diag.Diagnostics) {
	m.UserData = r.readUserData(ctx, pool.Region, pool.ID, diags)
	m.refresh(ctx, pool, diags)
}

func (m *hdsModel) warnAboutActual(pool *k8s.Pool, diags *diag.Diagnostics) bool {
	if pool.Autohealing {
		return false
	}
	tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
		Summary: "Autohealing of the HDS pool is off",
		Found:   "pool " + pool.Name + ", whose autohealing was turned off outside Terraform",
		Allowed: "a pool with autohealing", Fix: "Apply: the provider turns autohealing on again.",
	})
	return true
}

func (m *hdsModel) checkPlan(p *tfkit.Provider, diags *diag.Diagnostics) {
	tfkit.CheckNotInFuture("The review of the node type", "HDS-IDN-01", "reviewed_on",
		tfkit.StringAttribute(m.NodeTypeAttestation, "reviewed_on").ValueString(), p.Now(),
		path.Root("node_type_attestation").AtName("reviewed_on"), diags)
	m.warnAboutPublicIP(diags)
}

// warnAboutPublicIP warns about public_ip at every plan.
func (m *hdsModel) warnAboutPublicIP(diags *diag.Diagnostics) {
	if m.PublicIP.IsNull() {
		return
	}
	reason := "a reason that is not known yet"
	if text := tfkit.StringAttribute(m.PublicIP, "reason"); tfkit.HasValue(text) {
		reason = fmt.Sprintf("the reason %q", text.ValueString())
	}
	tfkit.AddWarning(diags, path.Root("public_ip"), tfkit.Problem{
		Summary: "The nodes have public IPs", Found: "public_ip, for " + reason,
		Fix: "No action needed while the reason applies: no clause of the model forbids public IPs, nodes without " +
			"them are a hardening of this provider. Remove public_ip once the reason no longer applies.",
	})
}

// hdsMoveObstacles returns the properties of a pool that rule out a move because no update in place can change them. A
// node type whose eligibility is undecided can be attested, and does not rule out a move.
func hdsMoveObstacles(pool *k8s.Pool) []string {
	reasons := []string{}
	if compliance.CheckRegion(string(pool.Region)) != nil {
		reasons = append(reasons, fmt.Sprintf("region %s (HDS-RES-01)", pool.Region))
	}
	if verdict := compliance.ZoneEligibility(string(pool.Zone)); verdict.Status != compliance.Eligible {
		reasons = append(reasons, fmt.Sprintf("zone %s: %s (HDS-RES-02)", pool.Zone, eligibilityReason(verdict)))
	}
	if verdict := compliance.NodeTypeEligibility(pool.NodeType); verdict.Status == compliance.Ineligible {
		reasons = append(
			reasons, fmt.Sprintf("node type %s: %s (HDS-IDN-02)", pool.NodeType, eligibilityReason(verdict)),
		)
	}
	if compliance.CheckRootVolumeType(string(pool.RootVolumeType)) != nil {
		reasons = append(reasons, fmt.Sprintf("root volume of type %q (HDS-IDN-02)", pool.RootVolumeType))
	}
	if size := tfkit.Int64Attribute(
		rootVolumeObject(pool),
		"size_gb",
	); size.ValueInt64() < compliance.MinRootVolumeGB {
		reasons = append(reasons, fmt.Sprintf("root volume of %d GB", size.ValueInt64()))
	}
	return reasons
}
