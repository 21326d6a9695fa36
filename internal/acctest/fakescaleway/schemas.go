package fakescaleway

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// Attributes that are required, optional, computed, or optional and computed.
func required(of schema.ValueType) *schema.Schema { return &schema.Schema{Type: of, Required: true} }
func optional(of schema.ValueType) *schema.Schema { return &schema.Schema{Type: of, Optional: true} }
func computed(of schema.ValueType) *schema.Schema { return &schema.Schema{Type: of, Computed: true} }
func both(of schema.ValueType) *schema.Schema {
	return &schema.Schema{Type: of, Optional: true, Computed: true}
}

func texts() *schema.Schema {
	return &schema.Schema{Type: schema.TypeList, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}}
}

func textMap() *schema.Schema {
	return &schema.Schema{Type: schema.TypeMap, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}}
}

// computedBlock returns a block that the API sets if the configuration does not.
func block(attributes map[string]*schema.Schema) *schema.Schema {
	return &schema.Schema{
		Type: schema.TypeList, MaxItems: 1, Optional: true, Computed: true, Elem: &schema.Resource{Schema: attributes},
	}
}

func otherwise(attribute *schema.Schema, value any) *schema.Schema {
	attribute.Default = value
	return attribute
}

func replaces(attribute *schema.Schema) *schema.Schema {
	attribute.ForceNew = true
	return attribute
}

// sameSpelling treats values as equal that differ in spelling: POP2-2C-8G and pop2_2c_8g, an id with and without a
// region.
func sameSpelling(attribute *schema.Schema) *schema.Schema {
	normalize := func(text string) string {
		return strings.ToLower(strings.ReplaceAll(text[strings.LastIndex(text, "/")+1:], "-", "_"))
	}
	attribute.DiffSuppressFunc = func(_, old, changed string, _ *schema.ResourceData) bool {
		return normalize(old) == normalize(changed)
	}
	return attribute
}

func clusterSchema() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"name": required(schema.TypeString), "type": both(schema.TypeString), "description": otherwise(
			optional(schema.TypeString), "",
		),
		"version": required(schema.TypeString), "cni": replaces(
			required(schema.TypeString),
		), "tags": texts(), "feature_gates": texts(),
		"admission_plugins": texts(), "apiserver_cert_sans": texts(),
		"delete_additional_resources": required(schema.TypeBool),
		"private_network_id": sameSpelling(
			optional(schema.TypeString),
		), "pod_cidr": replaces(both(schema.TypeString)),
		"service_cidr": replaces(both(schema.TypeString)), "service_dns_ip": replaces(both(schema.TypeString)),
		"region": replaces(both(schema.TypeString)), "organization_id": computed(schema.TypeString),
		"project_id": replaces(both(schema.TypeString)),
		"created_at": computed(schema.TypeString), "updated_at": computed(schema.TypeString),
		"apiserver_url": computed(schema.TypeString),
		"wildcard_dns":  computed(schema.TypeString), "upgrade_available": computed(schema.TypeBool),
		"status": computed(schema.TypeString),
		"auto_upgrade": block(map[string]*schema.Schema{
			"enable": required(schema.TypeBool), "maintenance_window_start_hour": required(schema.TypeInt),
			"maintenance_window_day": required(schema.TypeString),
		}),
		"autoscaler_config": block(map[string]*schema.Schema{
			"disable_scale_down": otherwise(optional(schema.TypeBool), false), "scale_down_delay_after_add": otherwise(
				optional(schema.TypeString), "10m",
			),
			"scale_down_unneeded_time": otherwise(optional(schema.TypeString), "10m"), "estimator": otherwise(
				optional(schema.TypeString), "binpacking",
			),
			"expander": otherwise(
				optional(schema.TypeString), "random",
			), "ignore_daemonsets_utilization": otherwise(optional(schema.TypeBool), false),
			"balance_similar_node_groups": otherwise(optional(schema.TypeBool), false),
			"expendable_pods_priority_cutoff": otherwise(
				optional(schema.TypeInt), -10,
			), "scale_down_utilization_threshold": otherwise(
				optional(schema.TypeFloat), 0.5,
			),
			"max_graceful_termination_sec": otherwise(optional(schema.TypeInt), 600),
		}),
		"open_id_connect_config": block(map[string]*schema.Schema{
			"issuer_url": required(schema.TypeString), "client_id": required(schema.TypeString),
			"username_claim":  optional(schema.TypeString),
			"username_prefix": optional(schema.TypeString), "groups_claim": texts(),
			"groups_prefix": optional(schema.TypeString), "required_claim": texts(),
		}),
		"kubeconfig": {Type: schema.TypeList, Computed: true, Sensitive: true,
			Elem: &schema.Resource{Schema: map[string]*schema.Schema{
				"config_file": computed(schema.TypeString), "host": computed(schema.TypeString),
				"cluster_ca_certificate": computed(schema.TypeString),
				"token":                  computed(schema.TypeString),
			}}},
	}
}

func poolSchema() map[string]*schema.Schema {
	taints := func() *schema.Schema {
		return &schema.Schema{Type: schema.TypeSet, Optional: true, Elem: &schema.Resource{Schema: map[string]*schema.Schema{
			"key": required(schema.TypeString), "value": required(schema.TypeString), "effect": required(schema.TypeString),
		}}}
	}
	return map[string]*schema.Schema{
		"cluster_id": replaces(
			required(schema.TypeString),
		), "name": replaces(required(schema.TypeString)), "node_type": sameSpelling(
			replaces(required(schema.TypeString)),
		),
		"autoscaling": otherwise(
			optional(schema.TypeBool), false,
		), "autohealing": otherwise(optional(schema.TypeBool), false),
		"size": required(schema.TypeInt), "min_size": otherwise(
			optional(schema.TypeInt), 1,
		), "max_size": both(schema.TypeInt), "tags": texts(),
		"container_runtime": otherwise(
			replaces(optional(schema.TypeString)), "containerd",
		), "wait_for_pool_ready": otherwise(optional(schema.TypeBool), true),
		"placement_group_id": replaces(
			optional(schema.TypeString),
		), "security_group_id": both(schema.TypeString), "kubelet_args": textMap(),
		"upgrade_policy": block(map[string]*schema.Schema{
			"max_unavailable": otherwise(optional(schema.TypeInt), 1), "max_surge": otherwise(optional(schema.TypeInt), 0),
		}),
		"root_volume_type": replaces(both(schema.TypeString)), "root_volume_size_in_gb": replaces(both(schema.TypeInt)),
		"public_ip_disabled": otherwise(
			replaces(optional(schema.TypeBool)), false,
		), "labels": textMap(), "taints": taints(), "startup_taints": taints(),
		"zone": replaces(both(schema.TypeString)), "region": replaces(both(schema.TypeString)),
		"created_at": computed(schema.TypeString),
		"updated_at": computed(schema.TypeString), "version": computed(schema.TypeString),
		"current_size": computed(schema.TypeInt), "status": computed(schema.TypeString),
		"nodes": {Type: schema.TypeList, Computed: true, Elem: &schema.Resource{Schema: map[string]*schema.Schema{
			"id": computed(schema.TypeString), "name": computed(schema.TypeString), "status": computed(schema.TypeString),
			"public_ip":    computed(schema.TypeString),
			"public_ip_v6": computed(schema.TypeString),
			"private_ips": {Type: schema.TypeList, Computed: true, Elem: &schema.Resource{Schema: map[string]*schema.Schema{
				"id": computed(schema.TypeString), "address": computed(schema.TypeString),
			}}},
		}}},
	}
}

func aclSchema() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"cluster_id": replaces(required(schema.TypeString)), "no_ip_allowed": otherwise(
			optional(schema.TypeBool), false,
		), "region": replaces(both(schema.TypeString)),
		"acl_rules": {Type: schema.TypeSet, Optional: true, Elem: &schema.Resource{Schema: map[string]*schema.Schema{
			"ip": optional(schema.TypeString), "scaleway_ranges": optional(schema.TypeBool),
			"description": optional(schema.TypeString), "id": computed(schema.TypeString),
		}}},
	}
}
