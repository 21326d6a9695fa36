package cluster

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

func poolAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":            text("Id of the pool, as `region/UUID`."),
		"name":          text("Name of the pool."),
		"status":        text("Status of the pool: " + oneOf(k8s.PoolStatus("").Values()) + "."),
		"error_message": text("Error message of the API for the pool; null if there is none."),
		"version": text(
			"Full Kubernetes version of the pool, such as `1.35.3`. During an upgrade, some nodes still run the previous one.",
		),
		"node_type": text("Instance type of the nodes in the API's spelling, such as `pop2_4c_16g`, or `external` for " +
			"machines outside Scaleway (clause `HDS-IDN-02`)."),
		"zone":              text("Zone of the nodes, such as `fr-par-1`."),
		"size":              number("Current target number of nodes of the pool (clause `ITC-07`)."),
		"min_size":          number("Minimum number of nodes with autoscaling."),
		"max_size":          number("Maximum number of nodes with autoscaling."),
		"autoscaling":       truth("Whether the cluster autoscaler changes the number of nodes."),
		"autohealing":       truth("Whether Scaleway replaces nodes that stay unhealthy."),
		"container_runtime": text("Container runtime of the nodes, such as `containerd`."),
		"root_volume": object("Root volume of the nodes. No API can encrypt it.", map[string]schema.Attribute{
			"type": text("Type of the volume: " + oneOf(k8s.PoolVolumeType("").Values()) + ". Health data requires `sbs_5k` " +
				"or `sbs_15k` (clause `HDS-IDN-02`)."),
			"size_gb": number("Size of the volume in gigabytes (10⁹ bytes); null if the API returns none."),
		}),
		"public_ip_disabled": truth("Whether the nodes have no public IP address (clause `NET-03`)."),
		"private_network_id": text("Id of the Private Network of the nodes, as `region/UUID`; null if it is that of the " +
			"cluster or there is none."),
		"security_group_id": text("Id of the security group of the nodes, as `zone/UUID`; null if the API returns none " +
			"(clause `NET-02`)."),
		"placement_group_id": text("Id of the placement group of the nodes, as `zone/UUID`; null if there is none."),
		"kubelet_args": pairs("Kubelet arguments that differ from Scaleway's. Any argument shifts the responsibility for " +
			"the kubelet's configuration to the customer (clause `TRF-01`)."),
		"labels":         pairs("Kubernetes labels that Scaleway reconciles on the nodes."),
		"taints":         objects("Kubernetes taints that Scaleway reconciles on the nodes.", taintAttributes()),
		"startup_taints": objects("Kubernetes taints that Scaleway sets only when it creates a node.", taintAttributes()),
		"tags":           nameList("Tags of the pool."),
		"upgrade_policy": object("How an upgrade replaces nodes; null if the API returns none.",
			map[string]schema.Attribute{
				"max_unavailable": number("Maximum number of nodes that are unavailable at the same time."),
				"max_surge":       number("Maximum number of nodes above the pool's size."),
			}),
		"max_termination_grace_period_seconds": number(
			"Seconds that a node may drain before it is deleted; null if the API " +
				"returns none.",
		),
		"created_at": text("Creation time of the pool, in RFC 3339 and UTC."),
		"updated_at": text("Time of the last change of the pool, in RFC 3339 and UTC."),
		"nodes":      objects("Nodes of the pool, oldest first.", nodeAttributes()),
	}
}

func taintAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"key":    text("Key of the taint."),
		"value":  text("Value of the taint; may be empty."),
		"effect": text("Effect of the taint: " + oneOf(k8s.CoreV1TaintEffect("").Values()) + "."),
	}
}

func nodeAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":   text("Id of the node, as `region/UUID`."),
		"name": text("Name of the node in Kubernetes."),
		"status": text("Status of the node: " + oneOf(k8s.NodeStatus("").Values()) + ". For an external node, the API " +
			"returns nothing else about its health (clause `KOS-04`)."),
		"error_message": text("Error message of the API for the node; null if there is none."),
		"provider_id": text("Provider id of the node in Kubernetes, such as " +
			"`scaleway://instance/fr-par-1/UUID`."),
		"public_ip_v4": text("Public IPv4 address of the node; null if it has none."),
		"public_ip_v6": text("Public IPv6 address of the node; null if it has none."),
		"conditions":   pairs("Conditions of the node, such as `Ready`, with their status: `True`, `False` or `Unknown`."),
		"created_at": text("Creation time of the node, in RFC 3339 and UTC. Scaleway recommends replacing nodes after " +
			"at most 30 days (clause `LIF-04`)."),
		"updated_at": text("Time of the last change of the node, in RFC 3339 and UTC."),
	}
}
