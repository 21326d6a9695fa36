package cluster

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

func dataPoolAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":            computedString("Id of the pool, as `region/UUID`."),
		"name":          computedString("Name of the pool."),
		"status":        computedString("Status of the pool: " + codeList(k8s.PoolStatus("").Values()) + "."),
		"error_message": computedString("Error message of the API for the pool; null if there is none."),
		"version": computedString(
			"Full Kubernetes version of the pool, such as `1.35.3`. During an upgrade, some nodes still run the " +
				"previous one.",
		),
		"node_type": computedString(
			"Instance type of the nodes in the API's spelling, such as `pop2_4c_16g`, or `external` for machines " +
				"outside Scaleway (clause `HDS-IDN-02`).",
		),
		"zone":              computedString("Zone of the nodes, such as `fr-par-1`."),
		"size":              computedInt64("Current target number of nodes of the pool (clause `ITC-07`)."),
		"min_size":          computedInt64("Minimum number of nodes with autoscaling."),
		"max_size":          computedInt64("Maximum number of nodes with autoscaling."),
		"autoscaling":       computedBool("Whether the cluster autoscaler changes the number of nodes."),
		"autohealing":       computedBool("Whether Scaleway replaces nodes that stay unhealthy."),
		"container_runtime": computedString("Container runtime of the nodes, such as `containerd`."),
		"root_volume": computedObject("Root volume of the nodes. No API can encrypt it.", map[string]schema.Attribute{
			"type": computedString(
				"Type of the volume: " + codeList(
					k8s.PoolVolumeType("").Values(),
				) + ". Health data requires `sbs_5k` " +
					"or `sbs_15k` (clause `HDS-IDN-02`).",
			),
			"size_gb": computedInt64("Size of the volume in gigabytes (10⁹ bytes); null if the API returns none."),
		}),
		"public_ip_disabled": computedBool("Whether the nodes have no public IP address (clause `NET-03`)."),
		"private_network_id": computedString(
			"Id of the Private Network of the nodes, as `region/UUID`; null if it is that of the cluster or there is " +
				"none.",
		),
		"security_group_id": computedString(
			"Id of the security group of the nodes, as `zone/UUID`; null if the API returns none (clause `NET-02`).",
		),
		"placement_group_id": computedString(
			"Id of the placement group of the nodes, as `zone/UUID`; null if there is none.",
		),
		"kubelet_args": computedStringMap(
			"Kubelet arguments that differ from Scaleway's. Any argument shifts the responsibility for the kubelet's " +
				"configuration to the customer (clause `TRF-01`).",
		),
		"labels": computedStringMap("Kubernetes labels that Scaleway reconciles on the nodes."),
		"taints": computedObjects("Kubernetes taints that Scaleway reconciles on the nodes.", dataTaintAttributes()),
		"startup_taints": computedObjects(
			"Kubernetes taints that Scaleway sets only when it creates a node.",
			dataTaintAttributes(),
		),
		"tags": computedStrings("Tags of the pool."),
		"upgrade_policy": computedObject("How an upgrade replaces nodes; null if the API returns none.",
			map[string]schema.Attribute{
				"max_unavailable": computedInt64("Maximum number of nodes that are unavailable at the same time."),
				"max_surge":       computedInt64("Maximum number of nodes above the pool's size."),
			}),
		"max_termination_grace_period_seconds": computedInt64(
			"Seconds that a node may drain before it is deleted; null if the API returns none.",
		),
		"created_at": computedString("Creation time of the pool, in RFC 3339 and UTC."),
		"updated_at": computedString("Time of the last change of the pool, in RFC 3339 and UTC."),
		"nodes":      computedObjects("Nodes of the pool, oldest first.", dataNodeAttributes()),
	}
}

func dataTaintAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"key":    computedString("Key of the taint."),
		"value":  computedString("Value of the taint; may be empty."),
		"effect": computedString("Effect of the taint: " + codeList(k8s.CoreV1TaintEffect("").Values()) + "."),
	}
}

func dataNodeAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":   computedString("Id of the node, as `region/UUID`."),
		"name": computedString("Name of the node in Kubernetes."),
		"status": computedString(
			"Status of the node: " + codeList(
				k8s.NodeStatus("").Values(),
			) + ". For an external node, the API returns " +
				"nothing else about its health (clause `KOS-04`).",
		),
		"error_message": computedString("Error message of the API for the node; null if there is none."),
		"provider_id": computedString("Provider id of the node in Kubernetes, such as " +
			"`scaleway://instance/fr-par-1/UUID`."),
		"public_ip_v4": computedString("Public IPv4 address of the node; null if it has none."),
		"public_ip_v6": computedString("Public IPv6 address of the node; null if it has none."),
		"conditions": computedStringMap(
			"Conditions of the node, such as `Ready`, with their status: `True`, `False` or `Unknown`.",
		),
		"created_at": computedString(
			"Creation time of the node, in RFC 3339 and UTC. Scaleway recommends replacing nodes after at most 30 " +
				"days (clause `LIF-04`).",
		),
		"updated_at": computedString("Time of the last change of the node, in RFC 3339 and UTC."),
	}
}
