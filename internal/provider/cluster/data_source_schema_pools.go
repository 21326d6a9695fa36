package cluster

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func dataPoolAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":            tfkit.ComputedString("Id of the pool, as `region/UUID`."),
		"name":          tfkit.ComputedString("Name of the pool."),
		"status":        tfkit.ComputedString("Status of the pool: " + codeList(k8s.PoolStatus("").Values()) + "."),
		"error_message": tfkit.ComputedString("Error message of the API for the pool; null if there is none."),
		"version": tfkit.ComputedString(
			"Full Kubernetes version of the pool, such as `1.35.3`. During an upgrade, some nodes still run the " +
				"previous one.",
		),
		"node_type": tfkit.ComputedString(
			"Instance type of the nodes in the API's spelling, such as `pop2_4c_16g`, or `external` for machines " +
				"outside Scaleway (clause `HDS-IDN-02`).",
		),
		"zone":              tfkit.ComputedString("Zone of the nodes, such as `fr-par-1`."),
		"size":              tfkit.ComputedInt64("Current target number of nodes of the pool (clause `ITC-07`)."),
		"min_size":          tfkit.ComputedInt64("Minimum number of nodes with autoscaling."),
		"max_size":          tfkit.ComputedInt64("Maximum number of nodes with autoscaling."),
		"autoscaling":       tfkit.ComputedBool("Whether the cluster autoscaler changes the number of nodes."),
		"autohealing":       tfkit.ComputedBool("Whether Scaleway replaces nodes that stay unhealthy."),
		"container_runtime": tfkit.ComputedString("Container runtime of the nodes, such as `containerd`."),
		"root_volume": tfkit.ComputedObject(
			"Root volume of the nodes. No API can encrypt it.",
			map[string]schema.Attribute{
				"type": tfkit.ComputedString(
					"Type of the volume: " + codeList(
						k8s.PoolVolumeType("").Values(),
					) + ". Health data requires `sbs_5k` " +
						"or `sbs_15k` (clause `HDS-IDN-02`).",
				),
				"size_gb": tfkit.ComputedInt64(
					"Size of the volume in gigabytes (10⁹ bytes); null if the API returns none.",
				),
			},
		),
		"public_ip_disabled": tfkit.ComputedBool("Whether the nodes have no public IP address (clause `NET-03`)."),
		"private_network_id": tfkit.ComputedString(
			"Id of the Private Network of the nodes, as `region/UUID`; null if it is that of the cluster or there is " +
				"none.",
		),
		"security_group_id": tfkit.ComputedString(
			"Id of the security group of the nodes, as `zone/UUID`; null if the API returns none (clause `NET-02`).",
		),
		"placement_group_id": tfkit.ComputedString(
			"Id of the placement group of the nodes, as `zone/UUID`; null if there is none.",
		),
		"kubelet_args": computedStringMap(
			"Kubelet arguments that differ from Scaleway's. Any argument shifts the responsibility for the kubelet's " +
				"configuration to the customer (clause `TRF-01`).",
		),
		"labels": computedStringMap("Kubernetes labels that Scaleway reconciles on the nodes."),
		"taints": tfkit.ComputedObjects(
			"Kubernetes taints that Scaleway reconciles on the nodes.",
			dataTaintAttributes(),
		),
		"startup_taints": tfkit.ComputedObjects(
			"Kubernetes taints that Scaleway sets only when it creates a node.",
			dataTaintAttributes(),
		),
		"tags": tfkit.ComputedStrings("Tags of the pool."),
		"upgrade_policy": tfkit.ComputedObject("How an upgrade replaces nodes; null if the API returns none.",
			map[string]schema.Attribute{
				"max_unavailable": tfkit.ComputedInt64(
					"Maximum number of nodes that are unavailable at the same time.",
				),
				"max_surge": tfkit.ComputedInt64("Maximum number of nodes above the pool's size."),
			}),
		"max_termination_grace_period_seconds": tfkit.ComputedInt64(
			"Seconds that a node may drain before it is deleted; null if the API returns none.",
		),
		"created_at": tfkit.ComputedString("Creation time of the pool, in RFC 3339 and UTC."),
		"updated_at": tfkit.ComputedString("Time of the last change of the pool, in RFC 3339 and UTC."),
		"nodes":      tfkit.ComputedObjects("Nodes of the pool, oldest first.", dataNodeAttributes()),
	}
}

func dataTaintAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"key":    tfkit.ComputedString("Key of the taint."),
		"value":  tfkit.ComputedString("Value of the taint; may be empty."),
		"effect": tfkit.ComputedString("Effect of the taint: " + codeList(k8s.CoreV1TaintEffect("").Values()) + "."),
	}
}

func dataNodeAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":   tfkit.ComputedString("Id of the node, as `region/UUID`."),
		"name": tfkit.ComputedString("Name of the node in Kubernetes."),
		"status": tfkit.ComputedString(
			"Status of the node: " + codeList(
				k8s.NodeStatus("").Values(),
			) + ". For an external node, the API returns " +
				"nothing else about its health (clause `KOS-04`).",
		),
		"error_message": tfkit.ComputedString("Error message of the API for the node; null if there is none."),
		"provider_id": tfkit.ComputedString("Provider id of the node in Kubernetes, such as " +
			"`scaleway://instance/fr-par-1/UUID`."),
		"public_ip_v4": tfkit.ComputedString("Public IPv4 address of the node; null if it has none."),
		"public_ip_v6": tfkit.ComputedString("Public IPv6 address of the node; null if it has none."),
		"conditions": computedStringMap(
			"Conditions of the node, such as `Ready`, with their status: `True`, `False` or `Unknown`.",
		),
		"created_at": tfkit.ComputedString(
			"Creation time of the node, in RFC 3339 and UTC. Scaleway recommends replacing nodes after at most 30 " +
				"days (clause `LIF-04`).",
		),
		"updated_at": tfkit.ComputedString("Time of the last change of the node, in RFC 3339 and UTC."),
	}
}
