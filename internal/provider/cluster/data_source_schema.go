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
		"organization_id": tfkit.ComputedString("UUID of the Organization that the cluster belongs to."),
		"type": tfkit.ComputedString(
			"Control plane offer, such as `" + compliance.DedicatedTypePrefix + "4`, `kapsule` or `multicloud`. " +
				"Health data requires an offer that starts with `" +
				compliance.DedicatedTypePrefix + "` (clause `HDS-SCP-01`).",
		),
		"status": tfkit.ComputedString("Status of the cluster: " + tfkit.CodeList(k8s.ClusterStatus("").Values()) +
			". `pool_required` means a cluster with a shared control plane and without pools."),
		"version": tfkit.ComputedString("Full Kubernetes version of the control plane, such as `1.35.3`."),
		"upgrade_available": tfkit.ComputedBool(
			"Whether the API offers a newer version for the cluster (clause `LIF-02`).",
		),
		"cni": tfkit.ComputedString(
			"Network plugin of the cluster, such as `cilium`, `calico` or `kilo`.",
		),
		"description":    tfkit.ComputedString("Description of the cluster; may be empty."),
		"tags":           tfkit.ComputedStrings("Tags of the cluster."),
		"api_server_url": tfkit.ComputedString("URL of the Kubernetes API server."),
		"wildcard_dns":   tfkit.ComputedString("DNS name, with a `*`, that resolves to all ready nodes."),
		"private_network_id": tfkit.ComputedString(
			"Id of the Private Network of the cluster, as `region/UUID`; null if there is none (clause `NET-01`).",
		),
		"pod_cidr": tfkit.ComputedString("Address range of pods, in CIDR notation; null if the API returns none."),
		"service_cidr": tfkit.ComputedString(
			"Address range of Services, in CIDR notation; null if the API returns none.",
		),
		"service_dns_ip": tfkit.ComputedString("Address of the cluster's DNS Service; null if the API returns none."),
		"auto_upgrade": tfkit.ComputedObject(
			"Automatic patch upgrades (clause `LIF-03`); null if the API returns none.",
			map[string]schema.Attribute{
				"enabled": tfkit.ComputedBool("Whether Scaleway installs patches automatically."),
				"maintenance_window": tfkit.ComputedObject(
					"Start of the two-hour window in which Scaleway installs patches; null if the API returns none.",
					map[string]schema.Attribute{
						"day": tfkit.ComputedString("Day of the week, in English and lower case, or `any`."),
						"start_hour": tfkit.ComputedInt64(
							"Hour of the day at which the window starts, 0 to 23, in UTC.",
						),
					},
				),
			},
		),
		"autoscaler": dataAutoscalerSchema(),
		"oidc":       dataOIDCSchema(),
		"feature_gates": tfkit.ComputedStrings(
			"Feature gates that are enabled in addition to the defaults of the version.",
		),
		"admission_plugins": tfkit.ComputedStrings(
			"Admission plugins that are enabled in addition to the defaults of the version.",
		),
		"apiserver_cert_sans": tfkit.ComputedStrings("Additional names in the certificate of the API server."),
		"commitment_ends_at": tfkit.ComputedString(
			"Time from which a smaller control plane offer can be chosen, in RFC 3339 and UTC. For offers without " +
				"commitment, this is the creation time.",
		),
		"iam_nodes_group_id": tfkit.ComputedString(
			"UUID of the IAM group of the nodes; null while the cluster is being created.",
		),
		"iam_control_plane_application_id": tfkit.ComputedString(
			"UUID of the IAM application of the control plane; null while the cluster is being created.",
		),
		"created_at": tfkit.ComputedString("Creation time of the cluster, in RFC 3339 and UTC."),
		"updated_at": tfkit.ComputedString("Time of the last change of the cluster, in RFC 3339 and UTC."),
		"acl_available": tfkit.ComputedBool(
			"Whether the cluster can have an allow-list; null if the API does not say.",
		),
		"allow_list": tfkit.ComputedObjects(
			"Address ranges that can reach the API server (clause `HDS-CTR-03`); empty if there are none. Null if "+
				"the cluster cannot have an allow-list, and its API server is open to the world.",
			map[string]schema.Attribute{
				"ip": tfkit.ComputedString("Address range in CIDR notation; null for the rule that allows Scaleway's " +
					"ranges."),
				"scaleway_ranges": tfkit.ComputedBool(
					"Whether the rule allows all of Scaleway's ranges, which include machines of other customers.",
				),
				"description": tfkit.ComputedString("Description of the rule; may be empty."),
			},
		),
		"pools": tfkit.ComputedObjects("Pools of the cluster, sorted by name.", dataPoolAttributes()),
	}
}

func dataAutoscalerSchema() schema.Attribute {
	return tfkit.ComputedObject("Settings of the cluster autoscaler; null if the API returns none.",
		map[string]schema.Attribute{
			"scale_down_disabled": tfkit.ComputedBool("Whether the autoscaler never removes nodes."),
			"scale_down_delay_after_add": tfkit.ComputedString(
				"How long the autoscaler waits after adding a node before it removes one, as a duration such as `10m`.",
			),
			"scale_down_unneeded_time": tfkit.ComputedString(
				"How long a node must be unneeded before the autoscaler removes it, as a duration such as `10m`.",
			),
			"scale_down_utilization_threshold": schema.Float64Attribute{
				MarkdownDescription: "Share of a node's capacity, 0 to 1, below which the autoscaler considers the " +
					"node unneeded.",
				Computed: true,
			},
			"estimator": tfkit.ComputedString(
				"How the autoscaler estimates the number of nodes to add, such as `binpacking`.",
			),
			"expander": tfkit.ComputedString(
				"How the autoscaler chooses a pool for new nodes, such as `random` or `least_waste`.",
			),
			"ignore_daemonsets_utilization": tfkit.ComputedBool(
				"Whether the autoscaler ignores pods of DaemonSets when it computes utilization.",
			),
			"balance_similar_node_groups": tfkit.ComputedBool(
				"Whether the autoscaler keeps similar pools at similar sizes.",
			),
			"expendable_pods_priority_cutoff": tfkit.ComputedInt64(
				"Priority below which a pod neither keeps a node nor triggers a new one.",
			),
			"max_graceful_termination_sec": tfkit.ComputedInt64(
				"Seconds that pods have to terminate when the autoscaler removes their node.",
			),
			"skip_nodes_with_local_storage": tfkit.ComputedBool(
				"Whether the autoscaler never removes nodes that have pods with local storage.",
			),
			"log_level": tfkit.ComputedInt64("Log level of the autoscaler, 0 to 4."),
		})
}

func dataOIDCSchema() schema.Attribute {
	return tfkit.ComputedObject(
		"OIDC identity provider of the Kubernetes API server (clause `IAM-02`); null if there is none.",
		map[string]schema.Attribute{
			"issuer_url":      tfkit.ComputedString("URL of the identity provider."),
			"client_id":       tfkit.ComputedString("Client id that tokens must be issued for."),
			"username_claim":  tfkit.ComputedString("Claim that contains the user name; empty means `sub`."),
			"username_prefix": tfkit.ComputedString("Prefix of user names; empty means the default."),
			"groups_claim":    tfkit.ComputedStrings("Claims that contain the groups."),
			"groups_prefix":   tfkit.ComputedString("Prefix of groups; may be empty."),
			"required_claim":  tfkit.ComputedStrings("Claims that a token must contain, as `key=value`."),
		},
	)
}

func computedStringMap(description string) schema.MapAttribute {
	return schema.MapAttribute{MarkdownDescription: description, Computed: true, ElementType: types.StringType}
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
