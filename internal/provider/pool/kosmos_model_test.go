package pool

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// kosmosPlannedModel returns the plan of a pool without optional attributes.
func kosmosPlannedModel(nodeType string) *kosmosModel {
	m := &kosmosModel{commonModel: commonModel{
		ID: types.StringValue(
			"nl-ams/55555555-5555-4555-8555-555555555555",
		), ClusterID: types.StringValue("nl-ams/66666666-6666-4666-8666-666666666666"),
		Name: types.StringValue("machines"), NodeType: types.StringValue(nodeType),
		MaxTerminationGracePeriod: types.StringValue(defaultGracePeriod()),
		Autoscaling:               types.ObjectNull(autoscalingTypes()),
		RootVolume:                types.ObjectUnknown(rootVolumeTypes()),
		UpgradePolicy:             types.ObjectUnknown(upgradePolicyTypes()),
		Labels:                    types.MapNull(types.StringType), KubeletArgs: types.MapNull(types.StringType),
		UserData: types.MapNull(types.StringType),
		Taints:   types.SetNull(taintType()), StartupTaints: types.SetNull(taintType()),
		Tags: types.SetNull(types.StringType),
	}, NodeDefaults: types.ObjectNull(tfkit.AttestationTypes())}
	m.setDefaults(&kosmosModel{})
	return m
}

// TestKosmosCreateRequestOfExternalPool checks the create request of an external pool, for each spelling of the type.
func TestKosmosCreateRequestOfExternalPool(t *testing.T) {
	t.Parallel()
	for _, nodeType := range []string{"external", "External"} {
		request := kosmosPlannedModel(nodeType).desired(scw.RegionNlAms).CreateRequest()
		if request.NodeType != "external" || request.Region != scw.RegionNlAms || request.Autohealing ||
			request.Autoscaling || request.Zone != "" {
			t.Errorf(
				"%s: type %q, region %q, autohealing %t, autoscaling %t, zone %q", nodeType, request.NodeType,
				request.Region,
				request.Autohealing, request.Autoscaling, request.Zone,
			)
		}
		if request.Size != 0 || *request.MinSize != 0 || *request.MaxSize != 1 {
			t.Errorf("%s: size %d, from %d to %d", nodeType, request.Size, *request.MinSize, *request.MaxSize)
		}
		if request.UpgradePolicy != nil || request.RootVolumeType != "" || request.RootVolumeSize != nil {
			t.Errorf(
				"%s: upgrade policy %v, root volume %q of %v", nodeType, request.UpgradePolicy, request.RootVolumeType,
				request.RootVolumeSize,
			)
		}
	}
}

// TestKosmosCreateRequestOfHostedPool checks the create request of a hosted pool: autohealing, the default upgrade
// policy, and no root volume, which the API then chooses.
func TestKosmosCreateRequestOfHostedPool(t *testing.T) {
	t.Parallel()
	m := kosmosPlannedModel("PRO2-XS")
	m.Zone, m.Size = types.StringValue("pl-waw-2"), types.Int64Value(2)
	request := m.desired(scw.RegionNlAms).CreateRequest()
	if request.Zone != scw.ZonePlWaw2 || request.Size != 2 || !request.Autohealing || request.PublicIPDisabled {
		t.Errorf(
			"zone %q, size %d, autohealing %t, public IP disabled %t", request.Zone, request.Size, request.Autohealing,
			request.PublicIPDisabled,
		)
	}
	if *request.UpgradePolicy.MaxUnavailable != 0 || *request.UpgradePolicy.MaxSurge != 1 ||
		request.RootVolumeType != "" || request.RootVolumeSize != nil {
		t.Errorf(
			"upgrade policy %d/%d, root volume %q of %v", *request.UpgradePolicy.MaxUnavailable,
			*request.UpgradePolicy.MaxSurge, request.RootVolumeType, request.RootVolumeSize,
		)
	}
}

// TestKosmosExternalPoolIgnoresNodeCount checks that the size that the API returns for an external pool causes no
// request and is not in the state.
func TestKosmosExternalPoolIgnoresNodeCount(t *testing.T) {
	t.Parallel()
	m := kosmosPlannedModel("external")
	actual := &k8s.Pool{
		ID: m.uuid(), ClusterID: tfkit.BareID(
			m.ClusterID.ValueString(),
		), Region: scw.RegionNlAms, Name: "machines", NodeType: "external", Version: "1.35.3",
		Status: k8s.PoolStatusReady, Size: 3, MinSize: 0, MaxSize: 3, Autoscaling: true,
		UpgradePolicy: &k8s.PoolUpgradePolicy{MaxUnavailable: 1},
	}
	if patch := m.desired(scw.RegionNlAms).Changes(actual).Patch; patch != nil {
		t.Errorf("unexpected request: %+v", patch)
	}
	var diags diag.Diagnostics
	m.refresh(t.Context(), actual, &diags)
	if diags.HasError() || !m.Size.IsNull() || !m.Autoscaling.IsNull() || !m.UpgradePolicy.IsNull() ||
		!m.RootVolume.IsNull() {
		t.Errorf(
			"%v, size %s, autoscaling %s, upgrade policy %s, root volume %s", diags, m.Size, m.Autoscaling,
			m.UpgradePolicy,
			m.RootVolume,
		)
	}
	m.Autohealing = types.BoolValue(true)
	if patch := m.desired(scw.RegionNlAms).Changes(actual).Patch; patch == nil || patch.Autohealing == nil ||
		patch.Size != nil ||
		patch.Autoscaling != nil {
		t.Errorf("request for autohealing: %+v", patch)
	}
}
