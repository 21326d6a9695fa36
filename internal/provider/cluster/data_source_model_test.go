package cluster

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// decode decodes a response from the API as the client does.
func decode[T any](t *testing.T, answer string) *T {
	t.Helper()
	value := new(T)
	if err := json.Unmarshal([]byte(answer), value); err != nil {
		t.Fatal(err)
	}
	return value
}

const dedicated = `{
	"id": "11111111-1111-1111-1111-111111111111", "region": "fr-par", "name": "patients", "type": "kapsule-dedicated-4",
	  "status": "ready",
	"version": "1.35.3", "project_id": "p", "organization_id": "o", "tags": ["hds"], "cni": "cilium", "description": "",
	"cluster_url": "https://11111111.api.k8s.fr-par.scw.cloud:6443",
	  "dns_wildcard": "*.11111111.nodes.k8s.fr-par.scw.cloud",
	"created_at": "2026-05-22T08:00:00.123456Z", "updated_at": "2026-05-22T08:01:00Z", "upgrade_available": true,
	"autoscaler_config": {"scale_down_disabled": false, "scale_down_delay_after_add": "10m", "estimator": "binpacking",
	  "expander": "random",
		"scale_down_utilization_threshold": 0.6, "max_graceful_termination_sec": 600, "scale_down_unneeded_time": "10m",
		  "log_level": 2},
	"auto_upgrade": {"enabled": true, "maintenance_window": {"start_hour": 2, "day": "sunday"}},
	"feature_gates": [], "admission_plugins": ["PodNodeSelector"], "apiserver_cert_sans": [],
	"open_id_connect_config": {"issuer_url": "", "client_id": "", "groups_claim": [], "required_claim": []},
	"private_network_id": "22222222-2222-2222-2222-222222222222", "commitment_ends_at": "2026-06-21T08:00:00Z",
	  "acl_available": true,
	"iam_nodes_group_id": "", "pod_cidr": "100.64.0.0/15", "service_cidr": "10.32.0.0/20",
	  "service_dns_ip": "10.32.0.10"}`

func TestDataSourceNewModel(t *testing.T) {
	t.Parallel()
	got := newDataModel(decode[k8s.Cluster](t, dedicated))
	text := func(p *string) string {
		if p == nil {
			return "null"
		}
		return *p
	}
	for name, pair := range map[string][2]string{
		"id": {
			got.ID, "fr-par/11111111-1111-1111-1111-111111111111",
		}, "type": {got.Type, "kapsule-dedicated-4"}, "status": {got.Status, "ready"},
		"private network": {text(got.PrivateNetworkID), "fr-par/22222222-2222-2222-2222-222222222222"},
		"pod CIDR":        {text(got.PodCIDR), "100.64.0.0/15"}, "service CIDR": {
			text(got.ServiceCIDR), "10.32.0.0/20",
		},
		"DNS": {text(got.ServiceDNSIP), "10.32.0.10"}, "IAM group": {text(got.IAMNodesGroupID), "null"},
		"created": {got.CreatedAt.ValueString(), "2026-05-22T08:00:00Z"}, "commitment": {
			got.CommitmentEndsAt.ValueString(), "2026-06-21T08:00:00Z",
		},
		"day": {got.AutoUpgrade.MaintenanceWindow.Day, "sunday"}, "expander": {got.Autoscaler.Expander, "random"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", name, pair[0], pair[1])
		}
	}
	if got.AutoUpgrade.MaintenanceWindow.StartHour != 2 || got.Autoscaler.ScaleDownUtilizationThreshold != 0.6 ||
		!*got.ACLAvailable || got.OIDC != nil {
		t.Errorf("got %+v, %+v, %v, %+v", got.AutoUpgrade, got.Autoscaler, got.ACLAvailable, got.OIDC)
	}
	if got.FeatureGates == nil || len(got.AdmissionPlugins) != 1 {
		t.Errorf("got %v, %v", got.FeatureGates, got.AdmissionPlugins)
	}
	bare := newDataModel(decode[k8s.Cluster](t, `{"id": "11111111-1111-1111-1111-111111111111", "region": "fr-par"}`))
	if bare.PrivateNetworkID != nil || bare.PodCIDR != nil || bare.AutoUpgrade != nil || bare.Autoscaler != nil ||
		!bare.CommitmentEndsAt.IsNull() || bare.Tags == nil {
		t.Errorf("got %+v", bare)
	}
}

func TestDataSourceNewOIDC(t *testing.T) {
	t.Parallel()
	got := newDataOIDC(
		&k8s.ClusterOpenIDConnectConfig{
			IssuerURL: "https://id.example", ClientID: "k8s", GroupsClaim: []string{"groups"},
		},
	)
	if got == nil || got.IssuerURL != "https://id.example" || len(got.GroupsClaim) != 1 || got.RequiredClaim == nil {
		t.Errorf("got %+v", got)
	}
}

func TestDataSourceNewAllowList(t *testing.T) {
	t.Parallel()
	var rules []*k8s.ACLRule
	for _, rule := range []string{`{"ip": "192.0.2.0/24", "description": "office"}`, `{"scaleway_ranges": true, ` +
		`"description": ""}`} {
		rules = append(rules, decode[k8s.ACLRule](t, rule))
	}
	got := newDataAllowList(rules)
	if len(got) != 2 || *got[0].IP != "192.0.2.0/24" || got[0].ScalewayRanges || got[0].Description != "office" ||
		got[1].IP != nil || !got[1].ScalewayRanges {
		t.Errorf("got %+v", got)
	}
	if isolated := newDataAllowList(nil); isolated == nil {
		t.Error("an empty allow-list becomes null")
	}
	for answer, want := range map[string]bool{
		`{"acl_available": true}`: true, `{"acl_available": false}`: false, `{}`: true,
	} {
		if got := hasAllowList(decode[k8s.Cluster](t, answer)); got != want {
			t.Errorf("%s: got %t", answer, got)
		}
	}
}

func TestDataSourceNewPools(t *testing.T) {
	t.Parallel()
	first := decode[k8s.Pool](t, `{"id": "33333333-3333-3333-3333-333333333333", "region": "fr-par", "zone": "fr-par-2",
	  "name": "workers", "status": "warning",
		"version": "1.35.3", "node_type": "pop2_4c_16g", "size": 2, "min_size": 1, "max_size": 4, "autoscaling": true,
		  "autohealing": true,
		"container_runtime": "containerd", "root_volume_type": "sbs_5k", "root_volume_size": 50000000000,
		  "public_ip_disabled": true,
		"security_group_id": "44444444-4444-4444-4444-444444444444", "placement_group_id": null,
		  "kubelet_args": {"maxPods": "50"},
		"upgrade_policy": {"max_unavailable": 0, "max_surge": 1}, "taints": [{"key": "hds", "value": "true",
		  "effect": "NoSchedule"}],
		"max_termination_grace_period": "900s", "error_message": "no quota", "tags": []}`)
	second := decode[k8s.Pool](t, `{"id": "55555555-5555-5555-5555-555555555555", "region": "fr-par", "zone": `+
		`"fr-par-1", "name": "edge", "node_type": "external", "error_message": ""}`)
	var nodes []*k8s.Node
	for _, node := range []string{
		`{"id": "66666666-6666-6666-6666-666666666666", "region": "fr-par",
		  "pool_id": "33333333-3333-3333-3333-333333333333", "name": "young", "status": "not_ready",
			"created_at": "2026-07-03T09:17:48.968068Z", "error_message": "disk", "conditions": {"Ready": "False"},
			  "public_ip_v4": null, "public_ip_v6": null}`,
		`{"id": "77777777-7777-7777-7777-777777777777", "region": "fr-par",
		  "pool_id": "33333333-3333-3333-3333-333333333333", "name": "old", "status": "ready",
			"created_at": "2026-06-22T13:39:34Z", "error_message": "", "public_ip_v4": "51.15.137.247",
			  "public_ip_v6": null,
			"provider_id": "scaleway://instance/fr-par-2/88888888-8888-8888-8888-888888888888"}`,
		`{"id": "99999999-9999-9999-9999-999999999999", "region": "fr-par", "pool_id": ` +
			`"00000000-0000-0000-0000-000000000000", "name": "without pool"}`,
	} {
		nodes = append(nodes, decode[k8s.Node](t, node))
	}
	got := newDataPools([]*k8s.Pool{first, second}, nodes)
	if len(got) != 2 || got[0].Name != "edge" || got[1].Name != "workers" {
		t.Fatalf("not sorted by name: %+v", got)
	}
	edge, workers := got[0], got[1]
	if edge.Nodes == nil || len(edge.Nodes) != 0 || edge.ErrorMessage != nil || edge.SecurityGroupID != nil ||
		edge.RootVolume.SizeGB != nil || edge.KubeletArgs == nil || edge.Taints == nil {
		t.Errorf("got %+v", edge)
	}
	if workers.ID != "fr-par/33333333-3333-3333-3333-333333333333" || *workers.ErrorMessage != "no quota" ||
		*workers.RootVolume.SizeGB != 50 ||
		*workers.SecurityGroupID != "fr-par-2/44444444-4444-4444-4444-444444444444" ||
		workers.PlacementGroupID != nil ||
		*workers.MaxTerminationGracePeriod != 900 || workers.UpgradePolicy.MaxSurge != 1 ||
		workers.KubeletArgs["maxPods"] != "50" {
		t.Errorf("got %+v", workers)
	}
	if !reflect.DeepEqual(workers.Taints, []dataTaint{{Key: "hds", Value: "true", Effect: "NoSchedule"}}) {
		t.Errorf("got %+v", workers.Taints)
	}
	if len(workers.Nodes) != 2 || workers.Nodes[0].Name != "old" || workers.Nodes[1].Name != "young" {
		t.Fatalf("nodes are not sorted by age: %+v", workers.Nodes)
	}
	old, young := workers.Nodes[0], workers.Nodes[1]
	if *old.PublicIPv4 != "51.15.137.247" || old.PublicIPv6 != nil || old.ErrorMessage != nil ||
		old.Conditions == nil ||
		old.CreatedAt.ValueString() != "2026-06-22T13:39:34Z" {
		t.Errorf("got %+v", old)
	}
	if young.PublicIPv4 != nil || *young.ErrorMessage != "disk" || young.Conditions["Ready"] != "False" ||
		young.Status != "not_ready" {
		t.Errorf("got %+v", young)
	}
}

func TestDataSourceLookupProblem(t *testing.T) {
	t.Parallel()
	none := lookupProblem(nil, scaleway.ClusterFilter{Name: "patients", ProjectID: "p"}, scw.RegionFrPar)
	if none.Summary != `There is no cluster named "patients" in fr-par, in Project p` {
		t.Errorf("got %q", none.Summary)
	}
	one := decode[k8s.Cluster](t, dedicated)
	several := lookupProblem([]*k8s.Cluster{one, one}, scaleway.ClusterFilter{Name: "patients"}, scw.RegionFrPar)
	if several.Summary != `There are 2 clusters named "patients" in fr-par` || !strings.Contains(
		several.Fix, "project_id",
	) ||
		!strings.HasPrefix(several.Found, "fr-par/11111111-1111-1111-1111-111111111111 (Project p, ready), ") {
		t.Errorf("got %+v", several)
	}
}
