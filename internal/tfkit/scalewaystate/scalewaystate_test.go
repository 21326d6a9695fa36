package scalewaystate_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

	standin "github.com/terraform-srm/terraform-provider-srm/internal/acctest/fakescaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/scalewaystate"
)

func readFixture(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestFixturesHaveAllAttributes checks that the fixtures have a value for every attribute of the schemas, including
// blocks.
func TestFixturesHaveAllAttributes(t *testing.T) {
	t.Parallel()
	resources := standin.Provider("", "", "", "", "").ResourcesMap
	for name, kind := range map[string]string{
		"cluster.json": scalewaystate.ClusterResource, "pool.json": scalewaystate.PoolResource,
	} {
		var state map[string]any
		if err := json.Unmarshal(readFixture(t, name), &state); err != nil {
			t.Fatal(err)
		}
		checkAllAttributes(t, name, resources[kind].Schema, state)
	}
}

func checkAllAttributes(t *testing.T, location string, attributes map[string]*schema.Schema, state map[string]any) {
	t.Helper()
	for name, attribute := range attributes {
		value, ok := state[name]
		if !ok || value == nil {
			t.Errorf("%s has no value for %s", location, name)
			continue
		}
		inner, ok := attribute.Elem.(*schema.Resource)
		if !ok {
			continue
		}
		elements, ok := value.([]any)
		if !ok || len(elements) == 0 {
			t.Errorf("%s: %s has no element", location, name)
			continue
		}
		for _, element := range elements {
			object, ok := element.(map[string]any)
			if !ok {
				t.Fatalf("%s: %s is %T", location, name, element)
			}
			checkAllAttributes(t, location+" "+name, inner.Schema, object)
		}
	}
}

func TestParseCluster(t *testing.T) {
	t.Parallel()
	cluster, err := scalewaystate.ParseCluster(readFixture(t, "cluster.json"))
	if err != nil {
		t.Fatal(err)
	}
	for what, same := range map[string]bool{
		"id": cluster.ID == "11111111-2222-4333-8444-555555555555", "region": cluster.Region == "fr-par",
		"type":            cluster.Type == "kapsule-dedicated-8",
		"private network": *cluster.PrivateNetworkID == "44444444-4444-4444-4444-444444444444",
		"pods":            cluster.PodCidr.String() == "100.64.0.0/15",
		"DNS":             cluster.ServiceDNSIP.String() == "10.32.0.10",
		"window": cluster.AutoUpgrade.Enabled && cluster.AutoUpgrade.MaintenanceWindow.Day == "tuesday" &&
			cluster.AutoUpgrade.MaintenanceWindow.StartHour == 3,
		"autoscaler": cluster.AutoscalerConfig.ScaleDownDisabled &&
			cluster.AutoscalerConfig.ExpendablePodsPriorityCutoff == -10 &&
			cluster.AutoscalerConfig.ScaleDownUtilizationThreshold == 0.33 &&
			cluster.AutoscalerConfig.Expander == "most_pods",
		"OIDC": cluster.OpenIDConnectConfig.ClientID == "kubernetes" &&
			cluster.OpenIDConnectConfig.RequiredClaim[0] == "aud=kubernetes",
	} {
		if !same {
			t.Errorf("%s: %+v", what, cluster)
		}
	}
}

func TestParsePool(t *testing.T) {
	t.Parallel()
	pool, err := scalewaystate.ParsePool(readFixture(t, "pool.json"))
	if err != nil {
		t.Fatal(err)
	}
	for what, same := range map[string]bool{
		"id":      pool.ID == "66666666-2222-4333-8444-555555555555",
		"cluster": pool.ClusterID == "11111111-2222-4333-8444-555555555555", "zone": pool.Zone == "fr-par-2",
		"bounds": pool.Autoscaling && pool.MinSize == 2 && pool.MaxSize == 5,
		"volume": *pool.RootVolumeSize == 120_000_000_000 && pool.RootVolumeType == "sbs_15k",
		"groups": *pool.PlacementGroupID == "77777777-2222-4333-8444-555555555555" &&
			pool.SecurityGroupID == "88888888-2222-4333-8444-555555555555",
		"policy": pool.UpgradePolicy.MaxUnavailable == 1 && pool.UpgradePolicy.MaxSurge == 2,
		"taints": len(pool.Taints) == 1 && pool.Taints[0].Effect == "NoSchedule" &&
			pool.StartupTaints[0].Key == "starting",
		"kubelet": pool.KubeletArgs["maxPods"] == "42", "labels": pool.Labels["tier"] == "app",
		"IP": pool.PublicIPDisabled,
	} {
		if !same {
			t.Errorf("%s: %+v", what, pool)
		}
	}
}

// TestInvalidState checks that malformed states are errors.
func TestInvalidState(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{`, `[]`, `{"id": 3}`, `{"id": "no id"}`, `{}`, `{"id": ` +
		`"fr-par/11111111-2222-4333-8444-555555555555", "tags": "x"}`} {
		if _, err := scalewaystate.ParseCluster([]byte(text)); err == nil {
			t.Errorf("%s is decoded as a cluster", text)
		}
		if _, err := scalewaystate.ParsePool([]byte(text)); err == nil {
			t.Errorf("%s is decoded as a pool", text)
		}
	}
}
