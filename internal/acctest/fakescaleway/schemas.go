package fakescaleway

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
)

// Attributes that are required, optional, computed, or optional and computed.
func required(of schema.ValueType) *schema.Schema { return &schema.Schema{Type: of, Required: true} }
func optional(of schema.ValueType) *schema.Schema { return &schema.Schema{Type: of, Optional: true} }
func computed(of schema.ValueType) *schema.Schema { return &schema.Schema{Type: of, Computed: true} }
func optionalComputed(of schema.ValueType) *schema.Schema {
	return &schema.Schema{Type: of, Optional: true, Computed: true}
}

func stringList() *schema.Schema {
	return &schema.Schema{Type: schema.TypeList, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}}
}

func stringMap() *schema.Schema {
	return &schema.Schema{Type: schema.TypeMap, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}}
}

// computedBlock returns a block that the API sets if the configuration does not.
func computedBlock(attributes map[string]*schema.Schema) *schema.Schema {
	return &schema.Schema{
		Type: schema.TypeList, MaxItems: 1, Optional: true, Computed: true, Elem: &schema.Resource{Schema: attributes},
	}
}

func withDefault(attribute *schema.Schema, value any) *schema.Schema {
	attribute.Default = value
	return attribute
}

func forceNew(attribute *schema.Schema) *schema.Schema {
	attribute.ForceNew = true
	return attribute
}

// ignoreSpelling treats values as equal that differ in spelling: POP2-2C-8G and pop2_2c_8g, an id with and without a
// region.
func ignoreSpelling(attribute *schema.Schema) *schema.Schema {
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
		"name":                        required(schema.TypeString),
		"type":                        optionalComputed(schema.TypeString),
		"description":                 withDefault(optional(schema.TypeString), ""),
		"version":                     required(schema.TypeString),
		"cni":                         forceNew(required(schema.TypeString)),
		"tags":                        stringList(),
		"feature_gates":               stringList(),
		"admission_plugins":           stringList(),
		"apiserver_cert_sans":         stringList(),
		"delete_additional_resources": required(schema.TypeBool),
		"private_network_id":          ignoreSpelling(optional(schema.TypeString)),
		"pod_cidr":                    forceNew(optionalComputed(schema.TypeString)),
		"service_cidr":                forceNew(optionalComputed(schema.TypeString)),
		"service_dns_ip":              forceNew(optionalComputed(schema.TypeString)),
		"region":                      forceNew(optionalComputed(schema.TypeString)),
		"organization_id":             computed(schema.TypeString),
		"project_id":                  forceNew(optionalComputed(schema.TypeString)),
		"created_at":                  computed(schema.TypeString),
		"updated_at":                  computed(schema.TypeString),
		"apiserver_url":               computed(schema.TypeString),
		"wildcard_dns":                computed(schema.TypeString),
		"upgrade_available":           computed(schema.TypeBool),
		"status":                      computed(schema.TypeString),
		"auto_upgrade": computedBlock(map[string]*schema.Schema{
			"enable": required(schema.TypeBool), "maintenance_window_start_hour": required(schema.TypeInt),
			"maintenance_window_day": required(schema.TypeString),
		}),
		"autoscaler_config": computedBlock(map[string]*schema.Schema{
			"disable_scale_down": withDefault(
				optional(schema.TypeBool), false,
			), "scale_down_delay_after_add": withDefault(optional(schema.TypeString), "10m"),
			"scale_down_unneeded_time": withDefault(optional(schema.TypeString), "10m"), "estimator": withDefault(
				optional(schema.TypeString), "binpacking",
			),
			"expander": withDefault(
				optional(schema.TypeString), "random",
			), "ignore_daemonsets_utilization": withDefault(optional(schema.TypeBool), false),
			"balance_similar_node_groups": withDefault(optional(schema.TypeBool), false),
			"expendable_pods_priority_cutoff": withDefault(
				optional(schema.TypeInt), -10,
			), "scale_down_utilization_threshold": withDefault(optional(schema.TypeFloat), 0.5),
			"max_graceful_termination_sec": withDefault(optional(schema.TypeInt), 600),
		}),
		"open_id_connect_config": computedBlock(map[string]*schema.Schema{
			"issuer_url": required(schema.TypeString), "client_id": required(schema.TypeString),
			"username_claim":  optional(schema.TypeString),
			"username_prefix": optional(schema.TypeString), "groups_claim": stringList(),
			"groups_prefix": optional(schema.TypeString), "required_claim": stringList(),
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
		return &schema.Schema{Type: schema.TypeSet, Optional: true,
			Elem: &schema.Resource{Schema: map[string]*schema.Schema{
				"key": required(schema.TypeString), "value": required(schema.TypeString),
				"effect": required(schema.TypeString),
			}}}
	}
	return map[string]*schema.Schema{
		"cluster_id":          forceNew(required(schema.TypeString)),
		"name":                forceNew(required(schema.TypeString)),
		"node_type":           ignoreSpelling(forceNew(required(schema.TypeString))),
		"autoscaling":         withDefault(optional(schema.TypeBool), false),
		"autohealing":         withDefault(optional(schema.TypeBool), false),
		"size":                required(schema.TypeInt),
		"min_size":            withDefault(optional(schema.TypeInt), 1),
		"max_size":            optionalComputed(schema.TypeInt),
		"tags":                stringList(),
		"container_runtime":   withDefault(forceNew(optional(schema.TypeString)), "containerd"),
		"wait_for_pool_ready": withDefault(optional(schema.TypeBool), true),
		"placement_group_id":  forceNew(optional(schema.TypeString)),
		"security_group_id":   optionalComputed(schema.TypeString),
		"kubelet_args":        stringMap(),
		"upgrade_policy": computedBlock(map[string]*schema.Schema{
			"max_unavailable": withDefault(
				optional(schema.TypeInt), 1,
			), "max_surge": withDefault(optional(schema.TypeInt), 0),
		}),
		"root_volume_type":       forceNew(optionalComputed(schema.TypeString)),
		"root_volume_size_in_gb": forceNew(optionalComputed(schema.TypeInt)),
		"public_ip_disabled":     withDefault(forceNew(optional(schema.TypeBool)), false),
		"labels":                 stringMap(),
		"taints":                 taints(),
		"startup_taints":         taints(),
		"zone":                   forceNew(optionalComputed(schema.TypeString)),
		"region":                 forceNew(optionalComputed(schema.TypeString)),
		"created_at":             computed(schema.TypeString),
		"updated_at":             computed(schema.TypeString),
		"version":                computed(schema.TypeString),
		"current_size":           computed(schema.TypeInt),
		"status":                 computed(schema.TypeString),
		"nodes": {Type: schema.TypeList, Computed: true, Elem: &schema.Resource{Schema: map[string]*schema.Schema{
			"id": computed(schema.TypeString), "name": computed(schema.TypeString),
			"status":       computed(schema.TypeString),
			"public_ip":    computed(schema.TypeString),
			"public_ip_v6": computed(schema.TypeString),
			"private_ips": {Type: schema.TypeList, Computed: true,
				Elem: &schema.Resource{Schema: map[string]*schema.Schema{
					"id": computed(schema.TypeString), "address": computed(schema.TypeString),
				}}},
		}}},
	}
}

func aclSchema() map[string]*schema.Schema {
	return map[string]*schema.Schema{
		"cluster_id": forceNew(required(schema.TypeString)), "no_ip_allowed": withDefault(
			optional(schema.TypeBool), false,
		), "region": forceNew(optionalComputed(schema.TypeString)),
		"acl_rules": {Type: schema.TypeSet, Optional: true, Elem: &schema.Resource{Schema: map[string]*schema.Schema{
			"ip": optional(schema.TypeString), "scaleway_ranges": optional(schema.TypeBool),
			"description": optional(schema.TypeString), "id": computed(schema.TypeString),
		}}},
	}
}
