package cluster

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/validation"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads any Kapsule or Kosmos cluster, created by this provider or not: its " +
			"configuration, allow-list, pools and nodes.",
		Attributes: dataAttributes(),
	}
}

func dataAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{
			MarkdownDescription: "Id of the cluster, as `region/UUID` or as a UUID of `region`; read back as " +
				"`region/UUID`. Exactly one of `id` and `name` is set.",
			Optional: true,
			Computed: true,
			Validators: []validator.String{
				tfkit.ObjectIDValidator("cluster"),
				stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name")),
			},
		},
		"name": schema.StringAttribute{
			MarkdownDescription: "Exact name of the cluster; if several clusters have it, an error lists them. " +
				"Exactly one of `id` and `name` is set.",
			Optional:   true,
			Computed:   true,
			Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		},
		"project_id": schema.StringAttribute{
			MarkdownDescription: "UUID of the cluster's Project, to restrict a search by `name`; conflicts with " +
				"`id`. Default: all Projects that the API key can read.",
			Optional: true,
			Computed: true,
			Validators: []validator.String{
				stringCheck("a UUID", "The console shows it under Project, Settings.", validation.IsUUID),
				stringvalidator.ConflictsWith(path.MatchRoot("id")),
			},
		},
		"region": schema.StringAttribute{
			MarkdownDescription: "Region of the cluster, such as `fr-par` (clause `HDS-RES-01`). Default: the region " +
				"in `id`, otherwise the provider's region.",
			Optional:   true,
			Computed:   true,
			Validators: []validator.String{tfkit.RegionValidator()},
		},
		"organization_id": computedString("UUID of the Organization that the cluster belongs to."),
		"type": computedString(
			"Control plane offer, such as `" + compliance.DedicatedTypePrefix + "4`, `kapsule` or `multicloud`. " +
				"Health data requires an offer that starts with `" +
				compliance.DedicatedTypePrefix + "` (clause `HDS-SCP-01`).",
		),
		"status": computedString("Status of the cluster: " + tfkit.CodeList(k8s.ClusterStatus("").Values()) +
			". `pool_required` means a cluster with a shared control plane and without pools."),
		"version":           computedString("Full Kubernetes version of the control plane, such as `1.35.3`."),
		"upgrade_available": computedBool("Whether the API offers a newer version for the cluster (clause `LIF-02`)."),
		"cni":               computedString("Network plugin of the cluster, such as `cilium`, `calico` or `kilo`."),
		"description":       computedString("Description of the cluster; may be empty."),
		"tags":              computedStrings("Tags of the cluster."),
		"api_server_url":    computedString("URL of the Kubernetes API server."),
		"wildcard_dns":      computedString("DNS name, with a `*`, that resolves to all ready nodes."),
		"private_network_id": computedString(
			"Id of the Private Network of the cluster, as `region/UUID`; null if there is none (clause `NET-01`).",
		),
		"pod_cidr":       computedString("Address range of pods, in CIDR notation; null if the API returns none."),
		"service_cidr":   computedString("Address range of Services, in CIDR notation; null if the API returns none."),
		"service_dns_ip": computedString("Address of the cluster's DNS Service; null if the API returns none."),
		"auto_upgrade": computedObject("Automatic patch upgrades (clause `LIF-03`); null if the API returns none.",
			map[string]schema.Attribute{
				"enabled": computedBool("Whether Scaleway installs patches automatically."),
				"maintenance_window": computedObject(
					"Start of the two-hour window in which Scaleway installs patches; null if the API returns none.",
					map[string]schema.Attribute{
						"day":        computedString("Day of the week, in English and lower case, or `any`."),
						"start_hour": computedInt64("Hour of the day at which the window starts, 0 to 23, in UTC."),
					},
				),
			}),
		"autoscaler":    dataAutoscalerSchema(),
		"oidc":          dataOIDCSchema(),
		"feature_gates": computedStrings("Feature gates that are enabled in addition to the defaults of the version."),
		"admission_plugins": computedStrings(
			"Admission plugins that are enabled in addition to the defaults of the version.",
		),
		"apiserver_cert_sans": computedStrings("Additional names in the certificate of the API server."),
		"commitment_ends_at": computedString(
			"Time from which a smaller control plane offer can be chosen, in RFC 3339 and UTC. For offers without " +
				"commitment, this is the creation time.",
		),
		"iam_nodes_group_id": computedString("UUID of the IAM group of the nodes; null while the cluster is being " +
			"created."),
		"iam_control_plane_application_id": computedString(
			"UUID of the IAM application of the control plane; null while the cluster is being created.",
		),
		"created_at":    computedString("Creation time of the cluster, in RFC 3339 and UTC."),
		"updated_at":    computedString("Time of the last change of the cluster, in RFC 3339 and UTC."),
		"acl_available": computedBool("Whether the cluster can have an allow-list; null if the API does not say."),
		"allow_list": computedObjects("Address ranges that can reach the API server (clause `HDS-CTR-03`); empty if "+
			"there are none. Null if the cluster cannot have an allow-list, and its API server is open to the world.",
			map[string]schema.Attribute{
				"ip": computedString("Address range in CIDR notation; null for the rule that allows Scaleway's " +
					"ranges."),
				"scaleway_ranges": computedBool(
					"Whether the rule allows all of Scaleway's ranges, which include machines of other customers.",
				),
				"description": computedString("Description of the rule; may be empty."),
			}),
		"pools": computedObjects("Pools of the cluster, sorted by name.", dataPoolAttributes()),
	}
}

func dataAutoscalerSchema() schema.Attribute {
	return computedObject("Settings of the cluster autoscaler; null if the API returns none.",
		map[string]schema.Attribute{
			"scale_down_disabled": computedBool("Whether the autoscaler never removes nodes."),
			"scale_down_delay_after_add": computedString(
				"How long the autoscaler waits after adding a node before it removes one, as a duration such as `10m`.",
			),
			"scale_down_unneeded_time": computedString(
				"How long a node must be unneeded before the autoscaler removes it, as a duration such as `10m`.",
			),
			"scale_down_utilization_threshold": schema.Float64Attribute{
				MarkdownDescription: "Share of a node's capacity, 0 to 1, below which the autoscaler considers the " +
					"node unneeded.",
				Computed: true,
			},
			"estimator": computedString(
				"How the autoscaler estimates the number of nodes to add, such as `binpacking`.",
			),
			"expander": computedString(
				"How the autoscaler chooses a pool for new nodes, such as `random` or `least_waste`.",
			),
			"ignore_daemonsets_utilization": computedBool(
				"Whether the autoscaler ignores pods of DaemonSets when it computes utilization.",
			),
			"balance_similar_node_groups": computedBool("Whether the autoscaler keeps similar pools at similar sizes."),
			"expendable_pods_priority_cutoff": computedInt64(
				"Priority below which a pod neither keeps a node nor triggers a new one.",
			),
			"max_graceful_termination_sec": computedInt64(
				"Seconds that pods have to terminate when the autoscaler removes their node.",
			),
			"skip_nodes_with_local_storage": computedBool(
				"Whether the autoscaler never removes nodes that have pods with local storage.",
			),
			"log_level": computedInt64("Log level of the autoscaler, 0 to 4."),
		})
}

func dataOIDCSchema() schema.Attribute {
	return computedObject("OIDC identity provider of the Kubernetes API server (clause `IAM-02`); null if there is "+
		"none.",
		map[string]schema.Attribute{
			"issuer_url":      computedString("URL of the identity provider."),
			"client_id":       computedString("Client id that tokens must be issued for."),
			"username_claim":  computedString("Claim that contains the user name; empty means `sub`."),
			"username_prefix": computedString("Prefix of user names; empty means the default."),
			"groups_claim":    computedStrings("Claims that contain the groups."),
			"groups_prefix":   computedString("Prefix of groups; may be empty."),
			"required_claim":  computedStrings("Claims that a token must contain, as `key=value`."),
		})
}

func computedString(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Computed: true}
}

func computedInt64(description string) schema.Int64Attribute {
	return schema.Int64Attribute{MarkdownDescription: description, Computed: true}
}

func computedBool(description string) schema.BoolAttribute {
	return schema.BoolAttribute{MarkdownDescription: description, Computed: true}
}

func computedStrings(description string) schema.ListAttribute {
	return schema.ListAttribute{MarkdownDescription: description, Computed: true, ElementType: types.StringType}
}

func computedStringMap(description string) schema.MapAttribute {
	return schema.MapAttribute{MarkdownDescription: description, Computed: true, ElementType: types.StringType}
}

func computedObject(description string, attributes map[string]schema.Attribute) schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{MarkdownDescription: description, Computed: true, Attributes: attributes}
}

func computedObjects(description string, attributes map[string]schema.Attribute) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		MarkdownDescription: description, Computed: true,
		NestedObject: schema.NestedAttributeObject{Attributes: attributes},
	}
}

// codeList returns the values of an enumeration as a list for a description.
func codeList[S fmt.Stringer](values []S) string {
	names := make([]string, len(values))
	for i, value := range values {
		names[i] = "`" + value.String() + "`"
	}
	return strings.Join(names, ", ")
}

// stringCheck returns a validator that accepts the values for which isValid is true.
func stringCheck(allowed, fix string, isValid func(string) bool) validator.String {
	return tfkit.StringValidator("The value must be "+allowed+".", func(value string) error {
		if isValid(value) {
			return nil
		}
		return &compliance.Problem{
			Summary: "The value is not " + allowed, Found: strconv.Quote(value), Allowed: allowed, Fix: fix,
		}
	})
}
