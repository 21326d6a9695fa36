package acctest

import (
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// HDSClusterAttributes returns the attributes of an srm_hds_cluster in the sandbox's Private Network.
func HDSClusterAttributes(name string) map[string]any {
	attributes := clusterAttributes(name)
	attributes["type"] = "kapsule-dedicated-4"
	attributes["private_network_id"] = "fr-par/" + sandbox.PrivateNetworkID
	return attributes
}

// KosmosClusterAttributes returns the attributes of an srm_kosmos_cluster.
func KosmosClusterAttributes(name string) map[string]any {
	attributes := clusterAttributes(name)
	attributes["type"] = "multicloud-dedicated-4"
	attributes["no_health_data"] = map[string]any{"by": "platform team", "reviewed_on": "2026-11-02"}
	return attributes
}

func clusterAttributes(name string) map[string]any {
	return map[string]any{
		"name": name, "version": "1.35",
		"allowed_ip_ranges":           []map[string]any{{"cidr": "203.0.113.0/24", "description": "office"}},
		"maintenance_window":          map[string]any{"day": "sunday", "start_hour": int64(2)},
		"delete_additional_resources": false, "deletion_protection": false,
	}
}

// HDSPoolAttributes returns the attributes of an srm_hds_pool of a cluster, with the id of the cluster's guardrails.
func HDSPoolAttributes(clusterID string) map[string]any {
	return map[string]any{
		"cluster_id": clusterID, "guardrails_id": clusterID + "/guardrails", "name": "workers",
		"node_type": "POP2-2C-8G", "zone": "fr-par-1", "size": int64(1),
		"root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(100)},
	}
}

// ExternalPoolAttributes returns the attributes of an srm_kosmos_pool of machines outside Scaleway.
func ExternalPoolAttributes(clusterID string) map[string]any {
	return map[string]any{"cluster_id": clusterID, "name": "machines", "node_type": "external"}
}

// ExternalNodeAttributes returns the attributes of an srm_kosmos_external_node in an external pool.
func ExternalNodeAttributes(poolID string) map[string]any {
	return map[string]any{
		"pool_id": poolID, "name": "edge-1", "address": "203.0.113.10",
		"attestation": map[string]any{
			"owner": "IT", "os": "Debian 12", "os_patching": "unattended", "hardening_baseline": "ANSSI-BP-028",
			"firewall": "nftables", "monitoring": "on call",
			"document_uri": "https://wiki.example.org/edge-1", "document_sha256": strings.Repeat("0a", 32),
			"reviewed_by": "CISO", "reviewed_on": "2026-11-01", "valid_days": int64(365),
		},
		"agent": map[string]any{"version": "0.1.5", "sha256": map[string]any{"amd64": strings.Repeat("0b", 32)}},
	}
}

// IsRejectedWrite reports whether the sandbox answered a request other than GET with an error.
func IsRejectedWrite(request sandbox.Request) bool {
	return request.Method != "GET" && request.Status >= 400
}
