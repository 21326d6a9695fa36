package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// setUniqueName gives an instance a unique name.
func setUniqueName(config map[string]any, number int) {
	config["name"] = fmt.Sprintf("%s-%d", config["name"], number)
}

func maintenanceWindow(day string) map[string]any {
	return map[string]any{"day": day, "start_hour": int64(2)}
}

// clusterInputs returns a configuration with the attributes that HDS and Kosmos clusters share. more adds the others.
func clusterInputs(extra map[string]any) map[string]any {
	config := map[string]any{
		"name":    "unknown",
		"version": "1.35",
		"allowed_ip_ranges": []any{
			map[string]any{"cidr": "203.0.113.0/24", "description": "office"},
		},
		"maintenance_window":          maintenanceWindow("sunday"),
		"delete_additional_resources": false,
		"project_id":                  sandbox.ProjectID,
		"description":                 "text",
		"tags":                        []any{"one"},
		"pod_cidr":                    "100.64.0.0/15",
		"service_cidr":                "10.32.0.0/20",
		"service_dns_ip":              "10.32.0.10",
		"autoscaler": map[string]any{
			"scale_down_disabled": false, "scale_down_delay_after_add": "10m", "scale_down_unneeded_time": "10m",
			"scale_down_utilization_threshold": 0.5, "estimator": "binpacking", "expander": "random",
			"ignore_daemonsets_utilization": false,
			"balance_similar_node_groups":   false, "skip_nodes_with_local_storage": true,
			"expendable_pods_priority_cutoff": int64(0),
			"max_graceful_termination_sec":    int64(600),
		},
		"oidc": map[string]any{
			"issuer_url": "https://id.example.org", "client_id": "kubernetes", "username_claim": "email",
			"username_prefix": "oidc:",
			"groups_claim":    []any{"groups"}, "groups_prefix": "oidc:", "required_claim": []any{"team=ops"},
		},
		"feature_gates":           []any{"HPAScaleToZero"},
		"admission_plugins":       []any{"AlwaysPullImages"},
		"apiserver_cert_sans":     []any{"api.example.org"},
		"upgrade_pools":           true,
		"deletion_protection":     false,
		"allow_disruptive_rename": true,
		"timeouts":                map[string]any{"create": "10m", "update": "10m", "delete": "10m"},
	}
	maps.Copy(config, extra)
	return config
}

func changedCluster() map[string]any {
	return map[string]any{
		"name": "renamed", "version": "1.36", "allowed_ip_ranges": []any{
			map[string]any{"cidr": "198.51.100.0/24", "description": "home"},
		},
		"allowed_ip_ranges.0.cidr": "198.51.100.0/24", "allowed_ip_ranges.0.description": "home",
		"maintenance_window":     maintenanceWindow("monday"),
		"maintenance_window.day": "monday", "maintenance_window.start_hour": int64(3),
		"delete_additional_resources": true,
		"description":                 "other", "tags": []any{"one", "two"}, "tags.0": "two", "autoscaler": nil,
		"autoscaler.scale_down_disabled":        true,
		"autoscaler.scale_down_delay_after_add": "5m", "autoscaler.scale_down_utilization_threshold": 0.75,
		"autoscaler.expander":                     "most_pods",
		"autoscaler.max_graceful_termination_sec": int64(60), "oidc": nil, "oidc.client_id": "other",
		"oidc.username_claim": nil,
		"oidc.groups_claim":   []any{"teams"}, "oidc.groups_claim.0": "teams", "feature_gates": nil,
		"admission_plugins":   nil,
		"apiserver_cert_sans": []any{"kube.example.org"}, "upgrade_pools": false, "allow_disruptive_rename": false,
		"timeouts.update": "20m",
	}
}

func poolInputs(cluster string, extra map[string]any) map[string]any {
	config := map[string]any{
		"cluster_id": cluster, "name": "unknown", "node_type": "POP2-2C-8G", "zone": "fr-par-1", "size": int64(1),
		"root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(20)}, "labels": map[string]any{"role": "db"},
		"taints": []any{map[string]any{"key": "only", "value": "db", "effect": "NoSchedule"}},
		"startup_taints": []any{
			map[string]any{"key": "wait", "value": "cni", "effect": "NoExecute"},
		}, "tags": []any{"one"},
		"kubelet_args": map[string]any{"maxPods": "50"}, "user_data": map[string]any{
			"cloud-init": "#cloud-config",
		}, "version": "1.35",
		"upgrade_policy": map[string]any{
			"max_unavailable": int64(0), "max_surge": int64(1),
		}, "max_termination_grace_period": "15m",
		"rotation": "first", "timeouts": map[string]any{"create": "10m", "update": "10m", "delete": "10m"},
	}
	maps.Copy(config, extra)
	for name, value := range extra {
		if value == nil {
			delete(config, name)
		}
	}
	return config
}

func changedPool() map[string]any {
	return map[string]any{
		"size": int64(2), "autoscaling": map[string]any{
			"min": int64(1), "max": int64(3),
		}, "autoscaling.min": int64(2), "autoscaling.max": int64(4),
		"labels": map[string]any{"role": "web"}, "labels.role": "web", "taints": nil, "taints.0.key": "other",
		"taints.0.value":  nil,
		"taints.0.effect": "NoExecute", "startup_taints": nil, "tags": []any{"two"}, "tags.0": "two",
		"kubelet_args":         nil,
		"kubelet_args.maxPods": "60", "version": nil, "upgrade_policy": map[string]any{
			"max_unavailable": int64(1), "max_surge": int64(0),
		},
		"upgrade_policy.max_unavailable": int64(1), "upgrade_policy.max_surge": int64(2),
		"max_termination_grace_period": "900s",
		"rotation":                     "second", "timeouts.update": "20m", "public_ip.reason": "another",
		"autohealing":                  false,
		"node_type_attestation.reason": "asked again", "placement_group_id": nil, "public_ip": nil, "user_data": nil,
		"root_volume.size_gb": int64(30),
	}
}

func attestationInputs() map[string]any {
	return map[string]any{
		"owner": "Hospital IT", "os": "Debian 12", "os_patching": "unattended", "hardening_baseline": "ANSSI-BP-028",
		"firewall":   "nftables",
		"monitoring": "node exporter", "document_uri": "https://wiki.example.org/edge-1",
		"document_sha256": strings.Repeat("0a", 32),
		"reviewed_by":     "CISO", "reviewed_on": "2026-11-01", "valid_days": int64(365),
	}
}

func nodeInputs(pool string, extra map[string]any) map[string]any {
	config := map[string]any{
		"pool_id": pool, "name": "edge", "address": "203.0.113.10", "attestation": attestationInputs(),
		"agent": map[string]any{
			"version": "0.1.5", "sha256": map[string]any{
				"amd64": strings.Repeat("0b", 32), "arm64": strings.Repeat("0c", 32),
			},
			"download_url": "https://mirror.example.org/k8s-agent-{version}-{arch}",
		},
		"enrolment": "provider", "ssh": map[string]any{
			"allowed_ip_ranges": []any{"198.51.100.0/24"}, "port": int64(22),
		}, "version": "1.35",
		"rotation": "first", "wait_for_ready": false, "timeouts": map[string]any{
			"create": "10m", "update": "10m", "delete": "10m",
		},
	}
	maps.Copy(config, extra)
	return config
}

func ruleInputs(extra map[string]any) map[string]any {
	config := map[string]any{"action": "warn", "exemptions": []any{
		map[string]any{"namespace": "legacy", "reason": "a move", "approver": "security", "until": "2027-01-01"}}}
	maps.Copy(config, extra)
	return config
}

// inputsWithoutAPIServer creates clusters and a pool, and returns the resource types that need no Kubernetes API
// server.
func inputsWithoutAPIServer(t *testing.T, env *acctest.Env) []unknownInputs {
	t.Helper()
	cluster := "fr-par/" + env.CreateCluster(t)
	edge := "fr-par/" + env.CreateCluster(t, acctest.Kosmos("multicloud-dedicated-4"), acctest.Named("edge"))
	allowOfficeAndScalewayRanges(t, env, strings.TrimPrefix(edge, "fr-par/"))
	protocol := env.Protocol(t)
	machines := protocol.Resource(
		"srm_kosmos_pool", map[string]any{"cluster_id": edge, "name": "machines", "node_type": "external"},
	)
	if diagnostics := machines.Apply(t.Context()); strings.Contains(diagnostics, "ERROR") {
		t.Fatal(diagnostics)
	}
	groups := map[string]any{
		"security_group_id":  "fr-par-1/" + createInstanceObject(t, env, "security_groups", "security_group"),
		"placement_group_id": "fr-par-1/" + createInstanceObject(t, env, "placement_groups", "placement_group"),
	}
	scaled := map[string]any{"size": nil, "autoscaling": map[string]any{"min": int64(1), "max": int64(2)}}
	hds := map[string]any{
		"guardrails_id": cluster + "/guardrails", "public_ip": map[string]any{"reason": "a migration"},
		"node_type":             "MEMORY3-X2C-16G",
		"node_type_attestation": map[string]any{"reason": "asked the support", "reviewed_on": "2026-11-02"},
	}
	maps.Copy(hds, groups)
	hosted := map[string]any{"node_type": "PRO2-XS", "autohealing": true}
	maps.Copy(hosted, groups)
	external := map[string]any{
		"cluster_id": edge, "name": "external", "node_type": "external", "size": int64(0),
		"node_defaults": attestationInputs(), "autohealing": false,
	}
	merged := func(a, b map[string]any) map[string]any {
		both := maps.Clone(a)
		maps.Copy(both, b)
		return both
	}
	address := func(config map[string]any, number int) {
		config["address"] = fmt.Sprintf("203.0.113.%d", 10+number)
	}
	kosmos := changedCluster()
	maps.Copy(kosmos, map[string]any{"name": "moved", "type": "multicloud-dedicated-8", "scaleway_ranges": true,
		"no_health_data.by":          "Another",
		"no_health_data.reviewed_on": "2026-11-03", "no_health_data": map[string]any{
			"by": "Another", "reviewed_on": "2026-11-03",
		}})
	kapsule := changedCluster()
	kapsule["type"] = "kapsule-dedicated-8"
	return []unknownInputs{
		{
			kind:       "srm_hds_cluster",
			makeUnique: setUniqueName,
			changes:    kapsule,
			configs: []map[string]any{clusterInputs(map[string]any{
				"type": "kapsule-dedicated-4", "private_network_id": "fr-par/" + sandbox.PrivateNetworkID,
				"cni": "cilium"})},
		},
		{
			kind:       "srm_kosmos_cluster",
			makeUnique: setUniqueName,
			changes:    kosmos,
			configs: []map[string]any{clusterInputs(map[string]any{
				"name": "elsewhere", "type": "multicloud-dedicated-4", "region": "fr-par", "scaleway_ranges": false,
				"no_health_data": map[string]any{"by": "Data protection", "reviewed_on": "2026-11-02"}})},
		},
		{kind: "srm_hds_pool", makeUnique: setUniqueName, changes: changedPool(), configs: []map[string]any{
			poolInputs(cluster, hds), poolInputs(cluster, merged(hds, scaled))}},
		{kind: "srm_kosmos_pool", makeUnique: setUniqueName, changes: changedPool(), configs: []map[string]any{
			poolInputs(edge, hosted), poolInputs(edge, merged(hosted, scaled)), external}},
		{kind: "srm_kosmos_external_node", makeUnique: address, changes: map[string]any{
			"name": "other", "address": "203.0.113.200", "attestation.owner": "Another",
			"attestation.reviewed_on": "2026-11-02",
			"attestation.valid_days":  int64(30), "agent.sha256.arm64": nil,
			"agent.download_url": "https://other.example.org/{version}-{arch}",
			"ssh":                nil, "ssh.port": int64(2222), "ssh.allowed_ip_ranges": []any{"192.0.2.0/24"},
			"ssh.allowed_ip_ranges.0": "192.0.2.0/24",
			"credential_source.file":  "/root/other", "timeouts.update": "20m",
		}, configs: []map[string]any{
			nodeInputs(machines.StringAttribute("id"), nil),
			nodeInputs(
				machines.StringAttribute("id"), map[string]any{
					"enrolment": "machine", "credential_source": map[string]any{"file": "/root/key"},
				},
			),
			nodeInputs(
				machines.StringAttribute("id"),
				map[string]any{"enrolment": "machine", "credential_source": map[string]any{"command": "cat " +
					"/root/key"}},
			),
		}},
		{
			kind: "srm_audit_trail_export", makeUnique: setUniqueName, isSingle: true,
			changes: map[string]any{"min_retention_days": int64(30)},
			configs: []map[string]any{{
				"name": "unknown", "bucket": env.Bucket, "prefix": "audit", "region": "fr-par",
				"project_id": sandbox.ProjectID, "tags": []any{"one"}, "min_retention_days": int64(365),
				"deletion_protection": false,
			}},
		},
	}
}

func guardrailsInputs(cluster string) unknownInputs {
	exemption := []any{map[string]any{"namespace": "other", "reason": "b", "approver": "c", "until": "2027-02-01"}}
	changed := map[string]any{
		"volume_encryption.passphrase_wo_version": int64(2), "volume_encryption.reclaim_policy": "Delete",
		"volume_encryption.iops":  int64(15000),
		"volume_encryption.zones": []any{"fr-par-2"}, "volume_encryption.zones.0": "fr-par-2",
		"volume_encryption.class_name": "srm-other",
		"kube_system.users":            []any{"someone"}, "kube_system.groups": []any{"some"}, "timeouts.update": "20m",
	}
	for _, rule := range []string{"load_balancers", "ingress", "node_disk", "node_ports", "kube_system"} {
		changed[rule], changed[rule+".action"], changed[rule+".exemptions"] = nil, "audit", exemption
		changed[rule+".exemptions.0.namespace"], changed[rule+".exemptions.0.until"] = "other", "2027-02-01"
	}
	exception := func(namespace string) []any {
		return []any{map[string]any{"namespace": namespace, "reason": "an ingress controller", "approver": "CISO"}}
	}
	for _, name := range []string{"tls_passthrough", "attested_restores", "http_redirect"} {
		changed[name], changed[name+".0.namespace"] = exception("other"), "other"
	}
	changed["backend_tls"] = "deny"
	changed["volume_snapshots"], changed["volume_snapshots.class_name"] = nil, "srm-other-retain"
	changed["volume_snapshots.health_data_namespaces"] = []any{"other"}
	changed["volume_snapshots.health_data_namespaces.0"] = "other"
	changed["default_certificate_classes"], changed["default_certificate_classes.0"] = []any{"traefik"}, "traefik"
	changed["inline_csi_drivers"], changed["inline_csi_drivers.0"] = []any{"csi.example.org"}, "csi.example.org"
	return unknownInputs{kind: "srm_hds_guardrails", makeUnique: func(map[string]any, int) {}, changes: changed,
		configs: []map[string]any{{
			"cluster_id": cluster, "volume_encryption": map[string]any{
				"passphrase_wo":         campaignPassphrase,
				"passphrase_wo_version": int64(1),
				"reclaim_policy":        "Retain",
				"iops":                  int64(5000),
				"zones":                 []any{"fr-par-1"},
				"class_name":            "srm-encrypted",
				"namespace":             "srm-system",
			},
			"load_balancers": ruleInputs(nil), "ingress": ruleInputs(nil), "node_disk": ruleInputs(nil),
			"node_ports":  ruleInputs(nil),
			"backend_tls": "warn", "inline_csi_drivers": []any{"csi.cert-manager.io"},
			"tls_passthrough": exception("ingress"), "attested_restores": exception("databases"),
			"http_redirect": exception("gateways"), "default_certificate_classes": []any{"nginx"},
			"kube_system": ruleInputs(
				map[string]any{"users": []any{"system:apiserver"}, "groups": []any{"system:nodes"}},
			),
			"timeouts": map[string]any{"create": "10m", "update": "10m", "delete": "10m"},
		}, {
			"cluster_id": cluster, "volume_encryption": map[string]any{
				"passphrase_wo": campaignPassphrase, "passphrase_wo_version": int64(1),
			},
			"volume_snapshots": map[string]any{
				"class_name": "srm-retain", "health_data_namespaces": []any{"records"},
			},
		}}}
}

// allowOfficeAndScalewayRanges allows the range 203.0.113.0/24 and Scaleway's ranges in the allow-list of a cluster.
func allowOfficeAndScalewayRanges(t *testing.T, env *acctest.Env, id string) {
	t.Helper()
	rules := []*k8s.ACLRuleRequest{
		{
			IP: &scw.IPNet{IPNet: net.IPNet{IP: net.IPv4(203, 0, 113, 0).To4(), Mask: net.CIDRMask(24, 32)}},
		}, {ScalewayRanges: scw.BoolPtr(true)},
	}
	if _, err := env.Client(t).SetAllowList(t.Context(), scw.RegionFrPar, id, rules); err != nil {
		t.Fatal(err)
	}
}

// createInstanceObject creates an object with the Instances API, and returns its id.
func createInstanceObject(t *testing.T, env *acctest.Env, collection, object string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"name": "unknown", "project": sandbox.ProjectID})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(
		t.Context(), http.MethodPost, env.URL+"/instance/v1/zones/fr-par-1/"+collection, bytes.NewReader(body),
	)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Auth-Token", sandbox.SecretKey)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer map[string]struct{ ID string }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer[object].ID == "" {
		t.Fatalf("%s: %s, %v", collection, response.Status, err)
	}
	return answer[object].ID
}
