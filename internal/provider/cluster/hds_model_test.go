package cluster

import (
	"net"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// apiCluster returns a cluster with default settings as the API returns it.
func apiCluster() *k8s.Cluster {
	network := "44444444-4444-4444-8444-444444444444"
	_, pods, _ := net.ParseCIDR("100.64.0.0/15")
	_, services, _ := net.ParseCIDR("10.32.0.0/20")
	return &k8s.Cluster{
		ID: "55555555-5555-4555-8555-555555555555", Region: scw.RegionFrPar, Name: "records",
		Type:    "kapsule-dedicated-4",
		Version: "1.35.3", Cni: k8s.CNICilium, Tags: []string{"b", "a"}, PrivateNetworkID: &network,
		AutoUpgrade: &k8s.ClusterAutoUpgrade{
			Enabled: true, MaintenanceWindow: &k8s.MaintenanceWindow{Day: "sunday", StartHour: 2},
		},
		AutoscalerConfig: &k8s.ClusterAutoscalerConfig{ScaleDownDelayAfterAdd: "10m", ScaleDownUnneededTime: "10m0s",
			ScaleDownUtilizationThreshold: 0.5, Estimator: "binpacking", Expander: "random", LogLevel: 2,
			SkipNodesWithLocalStorage: true, MaxGracefulTerminationSec: 600,
			ExpendablePodsPriorityCutoff: -10},
		OpenIDConnectConfig: &k8s.ClusterOpenIDConnectConfig{},
		PodCidr:             scw.IPNet{IPNet: *pods}, ServiceCidr: scw.IPNet{IPNet: *services},
		ServiceDNSIP: net.ParseIP("10.32.0.10"),
	}
}

func refreshedModel(t *testing.T, m hdsModel, change func(*k8s.Cluster)) hdsModel {
	t.Helper()
	cluster := apiCluster()
	if change != nil {
		change(cluster)
	}
	var diags diag.Diagnostics
	m.refresh(t.Context(), cluster, &diags)
	if diags.HasError() {
		t.Fatal(diags)
	}
	return m
}

func TestHDSRefreshKeepsEquivalentValues(t *testing.T) {
	t.Parallel()
	set := types.SetValueMust(types.StringType, []attr.Value{types.StringValue("a"), types.StringValue("b")})
	m := refreshedModel(t, hdsModel{
		commonModel:      commonModel{Tags: set, Version: types.StringValue("1.35")},
		PrivateNetworkID: types.StringValue("44444444-4444-4444-8444-444444444444"),
	}, nil)
	if m.PrivateNetworkID.ValueString() != "44444444-4444-4444-8444-444444444444" || !m.Tags.Equal(set) {
		t.Errorf("spellings changed: %s, %s", m.PrivateNetworkID, m.Tags)
	}
	if !m.Autoscaler.IsNull() || !m.OIDC.IsNull() || !m.FeatureGates.IsNull() {
		t.Errorf("defaults of the API appear as drift: %s, %s, %s", m.Autoscaler, m.OIDC, m.FeatureGates)
	}
	if other := refreshedModel(
		t, hdsModel{
			commonModel: commonModel{Name: types.StringValue("records")},
		}, func(c *k8s.Cluster) { c.AutoscalerConfig.Expander = "price" },
	); !other.Autoscaler.IsNull() {
		t.Errorf("autoscaler settings appear as drift although none are configured: %s", other.Autoscaler)
	}
	imported := refreshedModel(t, hdsModel{}, nil)
	if imported.Version.ValueString() != "1.35" ||
		imported.PrivateNetworkID.ValueString() != "fr-par/44444444-4444-4444-8444-444444444444" {
		t.Errorf("imported: %s, %s", imported.Version, imported.PrivateNetworkID)
	}
}

func TestHDSRefreshShowsDrift(t *testing.T) {
	t.Parallel()
	m := refreshedModel(
		t,
		hdsModel{commonModel: commonModel{Version: types.StringValue("1.35")}},
		func(c *k8s.Cluster) {
			c.AutoUpgrade.Enabled = false
			c.AutoscalerConfig.Expander = "price"
			c.OpenIDConnectConfig = &k8s.ClusterOpenIDConnectConfig{IssuerURL: "https://x", ClientID: "y"}
			c.FeatureGates = []string{"HPAScaleToZero"}
		},
	)
	if !m.MaintenanceWindow.IsNull() {
		t.Error("auto-upgrade was turned off, but the state does not show it")
	}
	if m.OIDC.IsNull() || m.FeatureGates.IsNull() {
		t.Errorf("the state does not show changes made out of band: %s, %s", m.OIDC, m.FeatureGates)
	}
}

func TestHDSRefreshVersion(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ configured, running, want string }{
		{"1.35", "1.35.9", "1.35"}, {"1.34", "1.35.3", "1.34"}, {"1.36", "1.35.3", "1.35"}, {"", "1.35.3", "1.35"},
	} {
		m := refreshedModel(
			t, hdsModel{
				commonModel: commonModel{Version: types.StringValue(test.configured)},
			}, func(c *k8s.Cluster) { c.Version = test.running },
		)
		if m.Version.ValueString() != test.want || m.VersionUsed.ValueString() != test.running {
			t.Errorf("configured %q, running %s: got %s, %s", test.configured, test.running, m.Version, m.VersionUsed)
		}
	}
}
