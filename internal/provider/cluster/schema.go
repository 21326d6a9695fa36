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
		MarkdownDescription: "Reads any Kapsule or Kosmos cluster, created by this provider or not: its configuration, " +
			"allow-list, pools and nodes.",
		Attributes: clusterAttributes(),
	}
}

func clusterAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{
			MarkdownDescription: "Id of the cluster, as `region/UUID` or as a UUID of `region`; read back as `region/UUID`. " +
				"Exactly one of `id` and `name` is set.",
			Optional: true,
			Computed: true,
			Validators: []validator.String{
				tfkit.ObjectID("cluster"),
				stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name")),
			},
		},
		"name": schema.StringAttribute{
			MarkdownDescription: "Exact name of the cluster. Several clusters with this name cause an error that lists " +
				"them. " +
				"Exactly one of `id` and `name` is set.",
			Optional:   true,
			Computed:   true,
			Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		},
		"project_id": schema.StringAttribute{
			MarkdownDescription: "UUID of the Project that the cluster belongs to. Restricts the search by `name`. " +
				"Default: all Projects that the API key can read. Conflicts with `id`.",
			Optional: true,
			Computed: true,
			Validators: []validator.String{
				checked("a UUID", "The console shows it under Project, Settings.", validation.IsUUID),
				stringvalidator.ConflictsWith(path.MatchRoot("id")),
			},
		},
		"region": schema.StringAttribute{
			MarkdownDescription: "Region of the cluster, such as `fr-par` (clause `HDS-RES-01`). Default: the region in " +
				"`id`, else the provider's region.",
			Optional:   true,
			Computed:   true,
			Validators: []validator.String{tfkit.Region()},
		},
		"organization_id": text("UUID of the Organization that the cluster belongs to."),
		"type": text("Control plane offer, such as `" + compliance.DedicatedPrefix + "4`, `kapsule` or `multicloud`. " +
			"Health data requires an offer that starts with `" +
			compliance.DedicatedPrefix + "` (clause `HDS-SCP-01`)."),
		"status": text("Status of the cluster: " + oneOf(k8s.ClusterStatus("").Values()) +
			". `pool_required` means a cluster with a shared control plane and without pools."),
		"version":           text("Full Kubernetes version of the control plane, such as `1.35.3`."),
		"upgrade_available": truth("Whether the API offers a newer version for the cluster (clause `LIF-02`)."),
		"cni":               text("Network plugin of the cluster, such as `cilium`, `calico` or `kilo`."),
		"description":       text("Description of the cluster; may be empty."),
		"tags":              nameList("Tags of the cluster."),
		"api_server_url":    text("URL of the Kubernetes API server."),
		"wildcard_dns":      text("DNS name, with a `*`, that resolves to all ready nodes."),
		"private_network_id": text("Id of the Private Network of the cluster, as `region/UUID`; null if there is none " +
			"(clause `NET-01`)."),
		"pod_cidr":       text("Address range of pods, in CIDR notation; null if the API returns none."),
		"service_cidr":   text("Address range of Services, in CIDR notation; null if the API returns none."),
		"service_dns_ip": text("Address of the cluster's DNS Service; null if the API returns none."),
		"auto_upgrade": object("Automatic patch upgrades (clause `LIF-03`); null if the API returns none.",
			map[string]schema.Attribute{
				"enabled": truth("Whether Scaleway installs patches automatically."),
				"maintenance_window": object(
					"Start of the two-hour window in which Scaleway installs patches; null if the API returns none.",
					map[string]schema.Attribute{
						"day":        text("Day of the week, in English and lower case, or `any`."),
						"start_hour": number("Hour of the day at which the window starts, 0 to 23, in UTC."),
					},
				),
			}),
		"autoscaler":          autoscalerAttribute(),
		"oidc":                oidcAttribute(),
		"feature_gates":       nameList("Feature gates that are enabled in addition to the defaults of the version."),
		"admission_plugins":   nameList("Admission plugins that are enabled in addition to the defaults of the version."),
		"apiserver_cert_sans": nameList("Additional names in the certificate of the API server."),
		"commitment_ends_at": text("Time from which a smaller control plane offer can be chosen, in RFC 3339 and UTC. " +
			"For offers without commitment, this is the creation time."),
		"iam_nodes_group_id": text("UUID of the IAM group of the nodes; null while the cluster is being created."),
		"iam_control_plane_application_id": text("UUID of the IAM application of the control plane; null while the cluster " +
			"is being created."),
		"created_at":    text("Creation time of the cluster, in RFC 3339 and UTC."),
		"updated_at":    text("Time of the last change of the cluster, in RFC 3339 and UTC."),
		"acl_available": truth("Whether the cluster can have an allow-list; null if the API does not say."),
		"allow_list": objects("Address ranges that can reach the API server. Null if the cluster cannot have an "+
			"allow-list: its API server is then open to the world. Empty if no range can reach it. Health data requires "+
			"least-privilege access (clause `HDS-CTR-03`).", map[string]schema.Attribute{
			"ip": text("Address range in CIDR notation; null for the rule that allows Scaleway's ranges."),
			"scaleway_ranges": truth("Whether the rule allows all of Scaleway's ranges, which include machines of other " +
				"customers."),
			"description": text("Description of the rule; may be empty."),
		}),
		"pools": objects("Pools of the cluster, sorted by name.", poolAttributes()),
	}
}

func autoscalerAttribute() schema.Attribute {
	return object("Settings of the cluster autoscaler; null if the API returns none.", map[string]schema.Attribute{
		"scale_down_disabled": truth("Whether the autoscaler never removes nodes."),
		"scale_down_delay_after_add": text("How long the autoscaler waits after adding a node before it removes one, as " +
			"a duration such as `10m`."),
		"scale_down_unneeded_time": text("How long a node must be unneeded before the autoscaler removes it, as a " +
			"duration such as `10m`."),
		"scale_down_utilization_threshold": schema.Float64Attribute{
			MarkdownDescription: "Share of a node's capacity, 0 to 1, below which the autoscaler considers the node unneeded.",
			Computed:            true,
		},
		"estimator": text(
			"How the autoscaler estimates the number of nodes to add, such as `binpacking`.",
		),
		"expander": text(
			"How the autoscaler chooses a pool for new nodes, such as `random` or `least_waste`.",
		),
		"ignore_daemonsets_utilization": truth(
			"Whether the autoscaler ignores pods of DaemonSets when it computes utilization.",
		),
		"balance_similar_node_groups":     truth("Whether the autoscaler keeps similar pools at similar sizes."),
		"expendable_pods_priority_cutoff": number("Priority below which a pod neither keeps a node nor triggers a new one."),
		"max_graceful_termination_sec": number(
			"Seconds that pods have to terminate when the autoscaler removes their node.",
		),
		"skip_nodes_with_local_storage": truth(
			"Whether the autoscaler never removes nodes that have pods with local storage.",
		),
		"log_level": number("Log level of the autoscaler, 0 to 4."),
	})
}

func oidcAttribute() schema.Attribute {
	return object("OIDC identity provider of the Kubernetes API server (clause `IAM-02`); null if there is none.",
		map[string]schema.Attribute{
			"issuer_url":      text("URL of the identity provider."),
			"client_id":       text("Client id that tokens must be issued for."),
			"username_claim":  text("Claim that contains the user name; empty means `sub`."),
			"username_prefix": text("Prefix of user names; empty means the default."),
			"groups_claim":    nameList("Claims that contain the groups."),
			"groups_prefix":   text("Prefix of groups; may be empty."),
			"required_claim":  nameList("Claims that a token must contain, as `key=value`."),
		})
}

func text(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Computed: true}
}

func number(description string) schema.Int64Attribute {
	return schema.Int64Attribute{MarkdownDescription: description, Computed: true}
}

func truth(description string) schema.BoolAttribute {
	return schema.BoolAttribute{MarkdownDescription: description, Computed: true}
}

func nameList(description string) schema.ListAttribute {
	return schema.ListAttribute{MarkdownDescription: description, Computed: true, ElementType: types.StringType}
}

func pairs(description string) schema.MapAttribute {
	return schema.MapAttribute{MarkdownDescription: description, Computed: true, ElementType: types.StringType}
}

func object(description string, attributes map[string]schema.Attribute) schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{MarkdownDescription: description, Computed: true, Attributes: attributes}
}

func objects(description string, attributes map[string]schema.Attribute) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		MarkdownDescription: description, Computed: true, NestedObject: schema.NestedAttributeObject{Attributes: attributes},
	}
}

// oneOf returns the values of an enumeration as a list for a description.
func oneOf[S fmt.Stringer](values []S) string {
	names := make([]string, len(values))
	for i, value := range values {
		names[i] = "`" + value.String() + "`"
	}
	return strings.Join(names, ", ")
}

// checked returns a validator that accepts the values for which isValid is true.
func checked(allowed, fix string, isValid func(string) bool) validator.String {
	return tfkit.Checked("The value must be "+allowed+".", func(value string) error {
		if isValid(value) {
			return nil
		}
		return &compliance.Refusal{
			Summary: "The value is not " + allowed, Found: strconv.Quote(value), Allowed: allowed, Fix: fix,
		}
	})
}
