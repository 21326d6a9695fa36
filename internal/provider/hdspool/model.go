package hdspool

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

type model struct {
	ClusterID                 types.String   `tfsdk:"cluster_id"`
	GuardrailsID              types.String   `tfsdk:"guardrails_id"`
	Name                      types.String   `tfsdk:"name"`
	NodeType                  types.String   `tfsdk:"node_type"`
	NodeTypeAttestation       types.Object   `tfsdk:"node_type_attestation"`
	Zone                      types.String   `tfsdk:"zone"`
	Size                      types.Int64    `tfsdk:"size"`
	Autoscaling               types.Object   `tfsdk:"autoscaling"`
	RootVolume                types.Object   `tfsdk:"root_volume"`
	Labels                    types.Map      `tfsdk:"labels"`
	Taints                    types.Set      `tfsdk:"taints"`
	StartupTaints             types.Set      `tfsdk:"startup_taints"`
	Tags                      types.Set      `tfsdk:"tags"`
	PlacementGroupID          types.String   `tfsdk:"placement_group_id"`
	SecurityGroupID           types.String   `tfsdk:"security_group_id"`
	KubeletArgs               types.Map      `tfsdk:"kubelet_args"`
	UserData                  types.Map      `tfsdk:"user_data"`
	Version                   types.String   `tfsdk:"version"`
	UpgradePolicy             types.Object   `tfsdk:"upgrade_policy"`
	MaxTerminationGracePeriod types.String   `tfsdk:"max_termination_grace_period"`
	Rotation                  types.String   `tfsdk:"rotation"`
	PublicIP                  types.Object   `tfsdk:"public_ip"`
	Timeouts                  timeouts.Value `tfsdk:"timeouts"`

	ID          types.String `tfsdk:"id"`
	VersionUsed types.String `tfsdk:"version_used"`
	Transfers   types.List   `tfsdk:"transfers"`
}

// uuid is the pool's bare id; a pool that this resource manages is in compliance.Region.
func (m *model) uuid() string { return framework.BareID(m.ID.ValueString()) }

// minor is the configured version; false where none is.
func (m *model) minor() (lifecycle.Minor, bool) {
	minor, err := lifecycle.ParseMinor(m.Version.ValueString())
	return minor, err == nil
}

// transfers is what the configuration transfers; false where it is not known yet. Values of kubelet_args and user_data
// may be unknown: their names count.
func (m *model) transfers() ([]responsibility.Transfer, bool) {
	reason := framework.TextOf(m.PublicIP, "reason")
	if m.KubeletArgs.IsUnknown() || m.UserData.IsUnknown() || m.PublicIP.IsUnknown() || reason.IsUnknown() {
		return nil, false
	}
	facts := responsibility.PoolFacts{
		KubeletArgs:  mapOf(m.KubeletArgs),
		UserDataKeys: slices.Collect(maps.Keys(m.UserData.Elements())),
	}
	if !m.PublicIP.IsNull() {
		facts.PublicIPReason = reason.ValueString()
		if reason.IsNull() {
			facts.PublicIPReason = "not known: the pool was not created by this resource"
		}
	}
	return responsibility.PoolTransfers(facts), true
}

// finish gives the computed attributes their values: all are known once the pool exists.
func (m *model) finish(ctx context.Context, pool *k8s.Pool, diags *diag.Diagnostics) {
	m.ID = types.StringValue(scaleway.JoinID(scw.Region(compliance.Region), pool.ID))
	m.VersionUsed = types.StringValue(pool.Version)
	transfers, _ := m.transfers()
	m.Transfers = framework.Transfers(ctx, transfers, diags)
}

// refresh takes over what the API says. What only the configuration knows stays as it is: user data, rotation, the
// attestation, the reason of public IPs; so does the size of an autoscaled pool, and a version that a forced upgrade
// went beyond.
func (m *model) refresh(ctx context.Context, pool *k8s.Pool, diags *diag.Diagnostics) {
	m.ClusterID = framework.KeepSpelling(m.ClusterID, scaleway.JoinID(scw.Region(compliance.Region), pool.ClusterID), framework.BareID)
	m.Name = types.StringValue(pool.Name)
	m.NodeType = framework.KeepSpelling(m.NodeType, pool.NodeType, compliance.NormalizeNodeType)
	m.Zone = types.StringValue(string(pool.Zone))
	m.Size, m.Autoscaling = types.Int64Value(int64(pool.Size)), types.ObjectNull(autoscalingTypes())
	if pool.Autoscaling {
		m.Size, m.Autoscaling = types.Int64Null(), autoscalingObject(pool)
	}
	m.RootVolume = rootVolumeObject(pool)
	m.Labels = keepMap(m.Labels, pool.Labels)
	m.Taints = keepTaints(m.Taints, pool.Taints)
	m.StartupTaints = keepTaints(m.StartupTaints, pool.StartupTaints)
	m.Tags = framework.KeepStrings(m.Tags, pool.Tags)
	m.KubeletArgs = keepMap(m.KubeletArgs, pool.KubeletArgs)
	m.PlacementGroupID = zonalID(m.PlacementGroupID, pool.Zone, pool.PlacementGroupID)
	if !m.SecurityGroupID.IsNull() {
		// Without one in the configuration the API chooses the group: that is no drift.
		m.SecurityGroupID = zonalID(m.SecurityGroupID, pool.Zone, &pool.SecurityGroupID)
	}
	if pool.UpgradePolicy != nil {
		m.UpgradePolicy = policyObject(int64(pool.UpgradePolicy.MaxUnavailable), int64(pool.UpgradePolicy.MaxSurge))
	}
	m.MaxTerminationGracePeriod = keepGracePeriod(m.MaxTerminationGracePeriod, pool.MaxTerminationGracePeriod)
	switch {
	case pool.PublicIPDisabled:
		m.PublicIP = types.ObjectNull(publicIPTypes())
	case m.PublicIP.IsNull():
		m.PublicIP = types.ObjectValueMust(publicIPTypes(), map[string]attr.Value{"reason": types.StringNull()})
	}
	actual, err := lifecycle.ParseVersion(pool.Version)
	if minor, ok := m.minor(); ok && err == nil && minor.Compare(actual.Minor) > 0 {
		m.Version = types.StringValue(actual.Minor.String())
	}
	m.finish(ctx, pool, diags)
}

// create is the request that makes the pool; all of the plan is known.
func (m *model) create() *k8s.CreatePoolRequest {
	size := scw.Size(uint64(numberOf(m.RootVolume, "size_gb")) * uint64(scw.GB))
	unavailable, surge := m.policy()
	request := &k8s.CreatePoolRequest{
		Region: scw.Region(compliance.Region), ClusterID: framework.BareID(m.ClusterID.ValueString()), Name: m.Name.ValueString(),
		NodeType: m.NodeType.ValueString(), Zone: scw.Zone(m.Zone.ValueString()),
		PlacementGroupID: bare(m.PlacementGroupID), SecurityGroupID: bare(m.SecurityGroupID),
		Size:             uint32(m.Size.ValueInt64()),
		ContainerRuntime: k8s.RuntimeContainerd, Autohealing: true, PublicIPDisabled: m.PublicIP.IsNull(),
		Tags: framework.Strings(m.Tags), KubeletArgs: mapOf(m.KubeletArgs), Labels: mapOf(m.Labels),
		Taints: taintsOf(m.Taints), StartupTaints: taintsOf(m.StartupTaints),
		UpgradePolicy:  &k8s.CreatePoolRequestUpgradePolicy{MaxUnavailable: &unavailable, MaxSurge: &surge},
		RootVolumeType: k8s.PoolVolumeType(framework.TextOf(m.RootVolume, "type").ValueString()), RootVolumeSize: &size,
		UserData: map[string][]byte{}, MaxTerminationGracePeriod: m.gracePeriod(),
	}
	if !m.Autoscaling.IsNull() {
		least, most := m.bounds()
		request.Autoscaling, request.Size, request.MinSize, request.MaxSize = true, least, &least, &most
	}
	for key, content := range mapOf(m.UserData) {
		request.UserData[key] = []byte(content)
	}
	return request
}

// changes is what must be sent so that a pool is as the plan says; nil is what need not be sent. The version and the
// nodes themselves are not part of it.
type changes struct {
	patch                 *k8s.UpdatePoolRequest
	labels                map[string]string
	taints, startupTaints []*k8s.CoreV1Taint
}

// changes compares the plan with the pool as it is.
func (m *model) changes(from *k8s.Pool) changes {
	var found changes
	patch, needed := &k8s.UpdatePoolRequest{Region: scw.Region(compliance.Region), PoolID: from.ID}, false
	if !from.Autohealing {
		on := true
		patch.Autohealing, needed = &on, true
	}
	if autoscaling := !m.Autoscaling.IsNull(); autoscaling != from.Autoscaling {
		patch.Autoscaling, needed = &autoscaling, true
	}
	if m.Autoscaling.IsNull() {
		if size := uint32(m.Size.ValueInt64()); size != from.Size || patch.Autoscaling != nil {
			patch.Size, needed = &size, true
		}
	} else {
		least, most := m.bounds()
		if least != from.MinSize || most != from.MaxSize || patch.Autoscaling != nil {
			patch.MinSize, patch.MaxSize, needed = &least, &most, true
		}
		// The autoscaler moves a pool within its bounds, not into them.
		if size := min(max(from.Size, least), most); size != from.Size {
			patch.Size, needed = &size, true
		}
	}
	if tags := framework.Strings(m.Tags); !slices.Equal(tags, slices.Sorted(slices.Values(from.Tags))) {
		patch.Tags, needed = &tags, true
	}
	if args := mapOf(m.KubeletArgs); !maps.Equal(args, from.KubeletArgs) {
		patch.KubeletArgs, needed = &args, true
	}
	if unavailable, surge := m.policy(); from.UpgradePolicy == nil || unavailable != from.UpgradePolicy.MaxUnavailable || surge != from.UpgradePolicy.MaxSurge {
		patch.UpgradePolicy, needed = &k8s.UpdatePoolRequestUpgradePolicy{MaxUnavailable: &unavailable, MaxSurge: &surge}, true
	}
	if group := bare(m.SecurityGroupID); group != nil && *group != strings.ToLower(from.SecurityGroupID) {
		patch.SecurityGroupID, needed = group, true
	}
	if wanted := m.gracePeriod(); *wanted.ToTimeDuration() != gracePeriodOf(from.MaxTerminationGracePeriod) {
		patch.MaxTerminationGracePeriod, needed = wanted, true
	}
	if needed {
		found.patch = patch
	}
	if labels := mapOf(m.Labels); !maps.Equal(labels, from.Labels) {
		found.labels = labels
	}
	if taints := taintsOf(m.Taints); !sameTaints(taints, from.Taints) {
		found.taints = taints
	}
	if taints := taintsOf(m.StartupTaints); !sameTaints(taints, from.StartupTaints) {
		found.startupTaints = taints
	}
	return found
}

// bounds are those of autoscaling.
func (m *model) bounds() (least, most uint32) {
	return uint32(numberOf(m.Autoscaling, "min")), uint32(numberOf(m.Autoscaling, "max"))
}

func (m *model) policy() (maxUnavailable, maxSurge uint32) {
	return uint32(numberOf(m.UpgradePolicy, "max_unavailable")), uint32(numberOf(m.UpgradePolicy, "max_surge"))
}

func (m *model) gracePeriod() *scw.Duration {
	d, err := time.ParseDuration(m.MaxTerminationGracePeriod.ValueString())
	if err != nil {
		d = gracePeriodOf(nil) // checked before
	}
	return scw.NewDurationFromTimeDuration(d)
}
