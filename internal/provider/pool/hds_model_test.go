package pool

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

const (
	poolID    = "55555555-5555-4555-8555-555555555555"
	clusterID = "66666666-6666-4666-8666-666666666666"
	groupID   = "77777777-7777-4777-8777-777777777777"
)

// apiPool returns a pool as the API returns it.
func apiPool() *k8s.Pool {
	size := 100 * scw.GB
	return &k8s.Pool{
		ID: poolID, ClusterID: clusterID, Region: scw.RegionFrPar, Zone: scw.ZoneFrPar1, Name: "workers",
		Status: k8s.PoolStatusReady, Version: "1.35.3",
		NodeType: "pop2_2c_8g", Size: 2, MinSize: 2, MaxSize: 2, ContainerRuntime: k8s.RuntimeContainerd,
		Autohealing: true,
		Tags:        []string{},
		KubeletArgs: map[string]string{}, UpgradePolicy: &k8s.PoolUpgradePolicy{MaxSurge: 1}, RootVolumeType: "sbs_5k",
		RootVolumeSize:   &size,
		PublicIPDisabled: true, SecurityGroupID: groupID, Labels: map[string]string{}, Taints: []*k8s.CoreV1Taint{},
		StartupTaints: []*k8s.CoreV1Taint{},
	}
}

// hdsPlannedModel returns the plan of the same pool.
func hdsPlannedModel() hdsModel {
	return hdsModel{commonModel: commonModel{
		ID: types.StringValue("fr-par/" + poolID), ClusterID: types.StringValue("fr-par/" + clusterID),
		Name:     types.StringValue("workers"),
		NodeType: types.StringValue("POP2-2C-8G"), Zone: types.StringValue("fr-par-1"), Size: types.Int64Value(2),
		Autoscaling: types.ObjectNull(autoscalingTypes()), RootVolume: rootVolume("sbs_5k", 100),
		UpgradePolicy:             upgradePolicyObject(0, 1),
		MaxTerminationGracePeriod: types.StringValue(defaultGracePeriod()),
		Labels:                    types.MapNull(types.StringType), KubeletArgs: types.MapNull(types.StringType),
		UserData: types.MapNull(types.StringType),
		Taints:   types.SetNull(taintType()), StartupTaints: types.SetNull(taintType()),
		Tags:    types.SetNull(types.StringType),
		Version: types.StringNull(), SecurityGroupID: types.StringNull(), PlacementGroupID: types.StringNull(),
		Rotation: types.StringNull(),
	}, NodeTypeAttestation: types.ObjectNull(attestationTypes()), PublicIP: types.ObjectNull(publicIPTypes())}
}

func attestationTypes() map[string]attr.Type {
	return map[string]attr.Type{"reason": types.StringType, "reviewed_on": types.StringType}
}

func attestation(reason, day string) types.Object {
	return types.ObjectValueMust(
		attestationTypes(), map[string]attr.Value{
			"reason": types.StringValue(reason), "reviewed_on": types.StringValue(day),
		},
	)
}

func rootVolume(kind string, size int64) types.Object {
	return types.ObjectValueMust(
		rootVolumeTypes(), map[string]attr.Value{
			"type": types.StringValue(kind), "size_gb": types.Int64Value(size),
		},
	)
}

func autoscaling(minimum, maximum int64) types.Object {
	return types.ObjectValueMust(
		autoscalingTypes(), map[string]attr.Value{
			"min": types.Int64Value(minimum), "max": types.Int64Value(maximum),
		},
	)
}

func stringMapValue(pairs ...string) types.Map {
	elements := map[string]attr.Value{}
	for i := 0; i < len(pairs); i += 2 {
		elements[pairs[i]] = types.StringValue(pairs[i+1])
	}
	return types.MapValueMust(types.StringType, elements)
}

func stringSet(list ...string) types.Set {
	elements := []attr.Value{}
	for _, word := range list {
		elements = append(elements, types.StringValue(word))
	}
	return types.SetValueMust(types.StringType, elements)
}

func taintSet(value types.String) types.Set {
	return types.SetValueMust(taintType(), []attr.Value{types.ObjectValueMust(taintType().AttrTypes,
		map[string]attr.Value{
			"key": types.StringValue("only"), "value": value, "effect": types.StringValue("NoSchedule"),
		})})
}

func publicIP(reason types.String) types.Object {
	return types.ObjectValueMust(publicIPTypes(), map[string]attr.Value{"reason": reason})
}

// requestBody returns a request as JSON.
func requestBody(t *testing.T, request any) string {
	t.Helper()
	raw, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestHDSCreateRequestIsComplete(t *testing.T) {
	t.Parallel()
	m := hdsPlannedModel()
	want := `{"name":"workers","node_type":"POP2-2C-8G","autoscaling":false,"size":2,"min_size":2,"max_size":2,` +
		`"container_runtime":"containerd","autohealing":true,` +
		`"tags":[],"kubelet_args":{},"upgrade_policy":{"max_unavailable":0,"max_surge":1},"zone":"fr-par-1",` +
		`"root_volume_type":"sbs_5k",` +
		`"root_volume_size":100000000000,"public_ip_disabled":true,"labels":{},"taints":[],"startup_taints":[],` +
		`"user_data":{},` +
		`"max_termination_grace_period":"900.000000000s"}`
	if got := requestBody(t, m.desired(scw.RegionFrPar).CreateRequest()); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	m.Size, m.Autoscaling = types.Int64Null(), autoscaling(1, 5)
	m.PublicIP, m.SecurityGroupID = publicIP(types.StringValue("a reason")), types.StringValue("fr-par-1/"+groupID)
	m.UserData, m.Taints, m.Tags = stringMapValue("cloud-init", "#!"), taintSet(types.StringNull()), stringSet("b", "a")
	got := requestBody(t, m.desired(scw.RegionFrPar).CreateRequest())
	for _, part := range []string{
		`"autoscaling":true,"size":1,"min_size":1,"max_size":5`, `"public_ip_disabled":false`, `"security_group_id":"` +
			groupID + `"`,
		`"user_data":{"cloud-init":"IyE="}`, `"taints":[{"key":"only","value":"","effect":"NoSchedule"}]`,
		`"tags":["a","b"]`,
	} {
		if !strings.Contains(got, part) {
			t.Errorf("%s is not in %s", part, got)
		}
	}
}

func TestHDSChangesSendOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*hdsModel, *k8s.Pool)
		want   string
	}{
		{"no change", func(*hdsModel, *k8s.Pool) {}, `null`},
		{"other spelling of a duration", func(m *hdsModel,
			_ *k8s.Pool) {
			m.MaxTerminationGracePeriod = types.StringValue("900s")
		}, `null`},
		{"security group chosen by the API", func(_ *hdsModel, p *k8s.Pool) { p.SecurityGroupID = clusterID }, `null`},
		{"size chosen by the autoscaler", func(m *hdsModel, p *k8s.Pool) {
			m.Size, m.Autoscaling = types.Int64Null(), autoscaling(1, 5)
			p.Autoscaling, p.Size, p.MinSize, p.MaxSize = true, 4, 1, 5
		}, `null`},
		{
			"empty collections", func(m *hdsModel,
				p *k8s.Pool) {
				m.Labels, m.Tags, p.Labels = stringMapValue(), stringSet(), nil
			},
			`null`,
		},
		{"size", func(m *hdsModel, _ *k8s.Pool) { m.Size = types.Int64Value(3) }, `{"size":3,"max_size":3}`},
		{"autohealing turned off outside Terraform", func(_ *hdsModel, p *k8s.Pool) { p.Autohealing = false },
			`{"autohealing":true}`},
		{"size to autoscaling", func(m *hdsModel,
			_ *k8s.Pool) {
			m.Size, m.Autoscaling = types.Int64Null(), autoscaling(1, 5)
		},
			`{"autoscaling":true,"min_size":1,"max_size":5}`},
		{"size to autoscaling with a greater min", func(m *hdsModel,
			_ *k8s.Pool) {
			m.Size, m.Autoscaling = types.Int64Null(), autoscaling(3, 5)
		},
			`{"autoscaling":true,"size":3,"min_size":3,"max_size":5}`},
		{
			"autoscaling to size", func(_ *hdsModel, p *k8s.Pool) { p.Autoscaling = true },
			`{"autoscaling":false,"size":2}`,
		},
		{"tags", func(m *hdsModel, _ *k8s.Pool) { m.Tags = stringSet("a") }, `{"tags":["a"]}`},
		{"removed tags", func(_ *hdsModel, p *k8s.Pool) { p.Tags = []string{"a"} }, `{"tags":[]}`},
		{
			"kubelet_args", func(m *hdsModel, _ *k8s.Pool) { m.KubeletArgs = stringMapValue("maxPods", "50") },
			`{"kubelet_args":{"maxPods":"50"}}`,
		},
		{
			"upgrade policy", func(m *hdsModel, _ *k8s.Pool) { m.UpgradePolicy = upgradePolicyObject(1, 0) },
			`{"upgrade_policy":{"max_unavailable":1,"max_surge":0}}`,
		},
		{
			"security group", func(m *hdsModel, _ *k8s.Pool) { m.SecurityGroupID = types.StringValue(clusterID) },
			`{"security_group_id":"` + clusterID + `"}`,
		},
		{
			"grace period", func(m *hdsModel, _ *k8s.Pool) { m.MaxTerminationGracePeriod = types.StringValue("1m") },
			`{"max_termination_grace_period":"60.000000000s"}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, pool := hdsPlannedModel(), apiPool()
			test.change(&m, pool)
			found := m.desired(scw.RegionFrPar).Changes(pool)
			if got := requestBody(t, found.Patch); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if found.Labels != nil || found.Taints != nil || found.StartupTaints != nil {
				t.Errorf("unexpected change of labels or taints: %v", found)
			}
		})
	}
}

func TestHDSChangesOfLabelsAndTaints(t *testing.T) {
	t.Parallel()
	m, pool := hdsPlannedModel(), apiPool()
	m.Labels, m.Taints = stringMapValue("a", "b"), taintSet(types.StringValue("x"))
	pool.StartupTaints = []*k8s.CoreV1Taint{{Key: "only", Effect: "NoSchedule"}}
	found := m.desired(scw.RegionFrPar).Changes(pool)
	got := requestBody(t, []any{found.Patch, found.Labels, found.Taints, found.StartupTaints})
	if want := `[null,{"a":"b"},[{"key":"only","value":"x","effect":"NoSchedule"}],[]]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHDSRefreshKeepsEquivalentValues(t *testing.T) {
	t.Parallel()
	m := hdsPlannedModel()
	m.ClusterID, m.NodeType = types.StringValue(strings.ToUpper(clusterID)), types.StringValue("pop2_2C-8g")
	m.MaxTerminationGracePeriod, m.Tags = types.StringValue("0h15m"), stringSet()
	m.Rotation, m.Version = types.StringValue("november"), types.StringValue("1.34")
	want := m
	pool := apiPool()
	pool.MaxTerminationGracePeriod = scw.NewDurationFromTimeDuration(15 * time.Minute)
	var diags diag.Diagnostics
	m.refresh(t.Context(), pool, &diags)
	if diags.HasError() {
		t.Fatal(diags)
	}
	want.VersionUsed, want.Transfers = m.VersionUsed, m.Transfers
	if fmt.Sprint(m) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", m, want)
	}
	if m.VersionUsed.ValueString() != "1.35.3" || len(m.Transfers.Elements()) != 0 || m.Transfers.IsNull() {
		t.Errorf("version_used %s, responsibility_transfers %s", m.VersionUsed, m.Transfers)
	}
}

func TestHDSRefreshShowsDrift(t *testing.T) {
	t.Parallel()
	m := hdsPlannedModel()
	m.Version, m.SecurityGroupID = types.StringValue("1.36"), types.StringValue(clusterID)
	pool := apiPool()
	pool.Autoscaling, pool.MaxSize, pool.PublicIPDisabled = true, 7, false
	pool.Taints = []*k8s.CoreV1Taint{{Key: "only", Effect: "NoSchedule"}}
	pool.Labels, pool.Tags, pool.KubeletArgs = map[string]string{
		"a": "b",
	}, []string{
		"x",
	}, map[string]string{
		"maxPods": "9",
	}
	pool.MaxTerminationGracePeriod = scw.NewDurationFromTimeDuration(time.Hour)
	var diags diag.Diagnostics
	m.refresh(t.Context(), pool, &diags)
	if diags.HasError() {
		t.Fatal(diags)
	}
	for _, pair := range [][2]attr.Value{
		{m.Size, types.Int64Null()}, {m.Autoscaling, autoscaling(2, 7)}, {
			m.PublicIP, publicIP(types.StringNull()),
		}, {m.Taints, taintSet(types.StringNull())},
		{m.Labels, stringMapValue("a", "b")}, {m.Tags, stringSet("x")}, {
			m.KubeletArgs, stringMapValue("maxPods", "9"),
		}, {m.Version, types.StringValue("1.35")},
		{
			m.SecurityGroupID, types.StringValue("fr-par-1/" + groupID),
		}, {m.MaxTerminationGracePeriod, types.StringValue("1h")},
	} {
		if !pair[0].Equal(pair[1]) {
			t.Errorf("got %s, want %s", pair[0], pair[1])
		}
	}
	if len(m.Transfers.Elements()) != 2 {
		t.Errorf("transfers %s, want kubelet_args and public_ip", m.Transfers)
	}
}

func TestHDSTransfersKnownWithUnknownValues(t *testing.T) {
	t.Parallel()
	m := hdsPlannedModel()
	m.KubeletArgs = types.MapValueMust(types.StringType, map[string]attr.Value{"maxPods": types.StringUnknown()})
	found, ok := m.transfers()
	if !ok || len(found) != 1 || found[0].Key != "kubelet_args/maxPods" {
		t.Errorf("got %v, %t", found, ok)
	}
	for name, change := range map[string]func(*hdsModel){
		"kubelet_args": func(m *hdsModel) { m.KubeletArgs = types.MapUnknown(types.StringType) },
		"user_data":    func(m *hdsModel) { m.UserData = types.MapUnknown(types.StringType) },
		"public_ip":    func(m *hdsModel) { m.PublicIP = types.ObjectUnknown(publicIPTypes()) },
		"reason":       func(m *hdsModel) { m.PublicIP = publicIP(types.StringUnknown()) },
	} {
		unknown := hdsPlannedModel()
		change(&unknown)
		if found, ok := unknown.transfers(); ok {
			t.Errorf("unknown %s: the transfers are known: %v", name, found)
		}
	}
}

func TestHDSMissing(t *testing.T) {
	t.Parallel()
	node := func(status k8s.NodeStatus) *k8s.Node { return &k8s.Node{Name: "n", Status: status} }
	ready := node(k8s.NodeStatusReady)
	message := "out of stock"
	failed := &k8s.Node{Name: "n", Status: k8s.NodeStatusCreationError, ErrorMessage: &message}
	upgraded := hdsPlannedModel()
	upgraded.Version = types.StringValue("1.36")
	autoscaled := hdsPlannedModel()
	autoscaled.Size, autoscaled.Autoscaling = types.Int64Null(), autoscaling(1, 2)
	for _, test := range []struct {
		m     hdsModel
		nodes []*k8s.Node
		want  string
	}{
		{hdsPlannedModel(), []*k8s.Node{ready, ready}, ""},
		{hdsPlannedModel(), []*k8s.Node{ready}, "the pool has 1 nodes, fewer than 2"},
		{hdsPlannedModel(), []*k8s.Node{ready, ready, ready}, "the pool has 3 nodes, more than 2"},
		{hdsPlannedModel(), []*k8s.Node{ready, ready, node(k8s.NodeStatusDeleting)}, "2 of 3 nodes are ready; n is " +
			"deleting"},
		{hdsPlannedModel(), []*k8s.Node{ready, failed}, "1 of 2 nodes are ready; n is creation_error: out of stock"},
		{upgraded, []*k8s.Node{ready, ready}, "the pool runs 1.35.3, not 1.36"},
		{autoscaled, []*k8s.Node{ready}, ""},
		{autoscaled, nil, "the pool has 0 nodes, fewer than 1"},
	} {
		if got := test.m.desired(scw.RegionFrPar).Missing(apiPool(), test.nodes); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestHDSNormalizeDuration(t *testing.T) {
	t.Parallel()
	for duration, want := range map[string]string{
		"900s": "15m", "15m": "15m", "0h15m0s": "15m", "60m": "1h", "1h0m1s": "1h0m1s", "90s": "1m30s", "10s": "10s",
		"20m": "20m", "1h10m": "1h10m", "?": "?",
	} {
		if got := normalizeDuration(duration); got != want {
			t.Errorf("%s: got %s, want %s", duration, got, want)
		}
	}
}
