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
		"error_message": text("What is wrong with the pool, in the API's words; null where nothing is."),
		"version": text(
			"Full Kubernetes version of the pool, such as `1.35.3`; its nodes may still be on their way to it.",
		),
		"node_type": text("Instance type of the nodes in the API's spelling, such as `pop2_4c_16g`, or `external` for " +
			"machines outside Scaleway (clause `HDS-IDN-02`)."),
		"zone":              text("Zone of the nodes, such as `fr-par-1`."),
		"size":              number("Number of nodes that the pool is to have now (clause `ITC-07`)."),
		"min_size":          number("Least number of nodes with autoscaling."),
		"max_size":          number("Largest number of nodes with autoscaling."),
		"autoscaling":       truth("Whether the number of nodes follows the load."),
		"autohealing":       truth("Whether a node that stays unhealthy is replaced."),
		"container_runtime": text("Container runtime of the nodes, such as `containerd`."),
		"root_volume": object("Root volume of the nodes, which no API encrypts.", map[string]schema.Attribute{
			"type": text("Type of the volume: " + oneOf(k8s.PoolVolumeType("").Values()) + ". Health data needs `sbs_5k` " +
				"or `sbs_15k` (clause `HDS-IDN-02`)."),
			"size_gb": number("Size of the volume in gigabytes (10⁹ bytes); null where the API gives none."),
		}),
		"public_ip_disabled": truth("Whether the nodes have no public IP address (clause `NET-03`)."),
		"private_network_id": text("Id of the Private Network of the nodes, as `region/UUID`; null where it is the " +
			"cluster's or there is none."),
		"security_group_id": text("Id of the security group of the nodes, as `zone/UUID`; null where the API gives none " +
			"(clause `NET-02`)."),
		"placement_group_id": text("Id of the placement group of the nodes, as `zone/UUID`; null where there is none."),
		"kubelet_args": pairs("Kubelet arguments that differ from Scaleway's; any of them moves the kubelet's " +
			"configuration to the customer (clause `TRF-01`)."),
		"labels":         pairs("Kubernetes labels that the API keeps on the nodes."),
		"taints":         objects("Kubernetes taints that the API keeps on the nodes.", taintAttributes()),
		"startup_taints": objects("Kubernetes taints that new nodes start with.", taintAttributes()),
		"tags":           nameList("Tags of the pool."),
		"upgrade_policy": object("How nodes are replaced in an upgrade; null where the API gives none.",
			map[string]schema.Attribute{
				"max_unavailable": number("Largest number of nodes that are being replaced at once."),
				"max_surge":       number("Largest number of nodes above the pool's size while they are."),
			}),
		"max_termination_grace_period_seconds": number("How long a node that is removed may drain before it is deleted, in " +
			"seconds; null where the API gives none."),
		"created_at": text("Moment at which the pool was created, in RFC 3339 and UTC."),
		"updated_at": text("Moment at which the pool was last changed, in RFC 3339 and UTC."),
		"nodes":      objects("Nodes of the pool, the oldest first.", nodeAttributes()),
	}
}

func taintAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"key":    text("Key of the taint."),
		"value":  text("Value of the taint, empty where it has none."),
		"effect": text("Effect of the taint: " + oneOf(k8s.CoreV1TaintEffect("").Values()) + "."),
	}
}

func nodeAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":   text("Id of the node, as `region/UUID`."),
		"name": text("Name of the node in Kubernetes."),
		"status": text("Status of the node: " + oneOf(k8s.NodeStatus("").Values()) + ". That of an external node is all " +
			"that the API tells of it (clause `KOS-04`)."),
		"error_message": text("What is wrong with the node, in the API's words; null where nothing is."),
		"provider_id": text("Id of the machine underneath, as Kubernetes writes it, such as " +
			"`scaleway://instance/fr-par-1/UUID`."),
		"public_ip_v4": text("Public IPv4 address of the node; null where it has none."),
		"public_ip_v6": text("Public IPv6 address of the node; null where it has none."),
		"conditions":   pairs("Conditions of the node, each with `True`, `False` or `Unknown`, such as `Ready`."),
		"created_at": text("Moment at which the node was created, in RFC 3339 and UTC. Scaleway recommends to replace " +
			"nodes after at most 30 days (clause `LIF-04`)."),
		"updated_at": text("Moment at which the node was last changed, in RFC 3339 and UTC."),
	}
}
