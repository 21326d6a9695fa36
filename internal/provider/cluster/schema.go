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
		MarkdownDescription: "Any Kapsule or Kosmos cluster, made by this provider or not: its configuration, its " +
			"allow-list, and its pools and nodes with their status. It is found by `id`, or by `name` in a region and, where " +
			"it is given, a Project.",
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
			MarkdownDescription: "Exact name of the cluster. Several clusters of that name are an error that lists them. " +
				"Exactly one of `id` and `name` is set.",
			Optional:   true,
			Computed:   true,
			Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
		},
		"project_id": schema.StringAttribute{
			MarkdownDescription: "UUID of the Project that the cluster belongs to. With `name` it narrows the search; " +
				"default: every Project that the API key may see. Conflicts with `id`.",
			Optional: true,
			Computed: true,
			Validators: []validator.String{
				checked("a UUID", "The console shows it under Project, Settings.", validation.IsUUID),
				stringvalidator.ConflictsWith(path.MatchRoot("id")),
			},
		},
		"region": schema.StringAttribute{
			MarkdownDescription: "Region of the cluster, such as `fr-par` (clause `HDS-RES-01`). Default: that of `id`, else " +
				"the provider's region.",
			Optional:   true,
			Computed:   true,
			Validators: []validator.String{tfkit.Region()},
		},
		"organization_id": text("UUID of the Organization that the cluster belongs to."),
		"type": text("Control plane offer, such as `" + compliance.DedicatedPrefix + "4`, `kapsule` or `multicloud`. " +
			"Health data needs one that starts with `" +
			compliance.DedicatedPrefix + "` (clause `HDS-SCP-01`)."),
		"status": text("Status of the cluster: " + oneOf(k8s.ClusterStatus("").Values()) +
			". `pool_required` is a cluster of a shared control plane that has no pool."),
		"version":           text("Full Kubernetes version of the control plane, such as `1.35.3`."),
		"upgrade_available": truth("Whether the API offers a newer version for the cluster (clause `LIF-02`)."),
		"cni":               text("Network plugin of the cluster, such as `cilium`, `calico` or `kilo`."),
		"description":       text("Description of the cluster, empty where it has none."),
		"tags":              nameList("Tags of the cluster."),
		"api_server_url":    text("URL of the Kubernetes API server."),
		"wildcard_dns":      text("DNS name, with a `*`, that resolves to all ready nodes."),
		"private_network_id": text("Id of the Private Network of the cluster, as `region/UUID`; null where it has none " +
			"(clause `NET-01`)."),
		"pod_cidr":       text("Address range of pods, in CIDR notation; null where the API gives none."),
		"service_cidr":   text("Address range of Services, in CIDR notation; null where the API gives none."),
		"service_dns_ip": text("Address of the cluster's DNS Service; null where the API gives none."),
		"auto_upgrade": object("Automatic patch upgrades (clause `LIF-03`); null where the API gives none.",
			map[string]schema.Attribute{
				"enabled": truth("Whether patches are installed automatically."),
				"maintenance_window": object("Two hours in which they are; null where the API gives none.",
					map[string]schema.Attribute{
						"day":        text("Day of the week, in English and lower case, or `any`."),
						"start_hour": number("Hour of the day at which the window starts, 0 to 23, in UTC."),
					}),
			}),
		"autoscaler":          autoscalerAttribute(),
		"oidc":                oidcAttribute(),
		"feature_gates":       nameList("Feature gates that are enabled beyond the defaults of the version."),
		"admission_plugins":   nameList("Admission plugins that are enabled beyond the defaults of the version."),
		"apiserver_cert_sans": nameList("Further names in the certificate of the API server."),
		"commitment_ends_at": text("Moment from which a smaller control plane offer can be chosen, in RFC 3339 and UTC; " +
			"that of the creation for offers without commitment."),
		"iam_nodes_group_id": text("UUID of the IAM group that the nodes are members of; null early in the creation of a " +
			"cluster."),
		"iam_control_plane_application_id": text("UUID of the IAM application that the control plane acts as; null early " +
			"in the creation of a cluster."),
		"created_at":    text("Moment at which the cluster was created, in RFC 3339 and UTC."),
		"updated_at":    text("Moment at which the cluster was last changed, in RFC 3339 and UTC."),
		"acl_available": truth("Whether the cluster can have an allow-list; null where the API does not say."),
		"allow_list": objects("Who may reach the API server. Null where the cluster can have no allow-list, so that its "+
			"API server is open to the world; empty where no one may. Health data asks for access by least privilege (clause "+
			"`HDS-CTR-03`).", map[string]schema.Attribute{
			"ip": text("Address range in CIDR notation; null for the rule of Scaleway's own ranges."),
			"scaleway_ranges": truth("Whether the rule allows all of Scaleway's own ranges, which hold the machines of other " +
				"customers."),
			"description": text("Description of the rule, empty where it has none."),
		}),
		"pools": objects("Pools of the cluster, sorted by name.", poolAttributes()),
	}
}

func autoscalerAttribute() schema.Attribute {
	return object("Settings of the cluster autoscaler; null where the API gives none.", map[string]schema.Attribute{
		"scale_down_disabled": truth("Whether the autoscaler never removes nodes."),
		"scale_down_delay_after_add": text("How long it waits after adding a node before it removes one, as a duration " +
			"such as `10m`."),
		"scale_down_unneeded_time": text("How long a node must be unneeded before it is removed, as a duration such as " +
			"`10m`."),
		"scale_down_utilization_threshold": schema.Float64Attribute{
			MarkdownDescription: "Share of a node's capacity, 0 to 1, that pods must request at least for the node to be " +
				"needed.",
			Computed: true,
		},
		"estimator":                       text("How the number of nodes to add is estimated, such as `binpacking`."),
		"expander":                        text("How a pool is chosen for new nodes, such as `random` or `least_waste`."),
		"ignore_daemonsets_utilization":   truth("Whether pods of DaemonSets do not count as utilization."),
		"balance_similar_node_groups":     truth("Whether similar pools are kept at similar sizes."),
		"expendable_pods_priority_cutoff": number("Priority below which a pod neither keeps a node nor asks for one."),
		"max_graceful_termination_sec":    number("How long pods have to end when their node is removed, in seconds."),
		"skip_nodes_with_local_storage":   truth("Whether nodes are kept that have pods with local storage."),
		"log_level":                       number("How much the autoscaler logs, 0 to 4."),
	})
}

func oidcAttribute() schema.Attribute {
	return object("Identity provider of the Kubernetes API server (clause `IAM-02`); null where there is none.",
		map[string]schema.Attribute{
			"issuer_url":      text("Address of the identity provider."),
			"client_id":       text("Client that tokens must be issued for."),
			"username_claim":  text("Claim that gives the user name; empty for `sub`."),
			"username_prefix": text("Text put before user names; empty for the default."),
			"groups_claim":    nameList("Claims that give the groups."),
			"groups_prefix":   text("Text put before groups; empty where there is none."),
			"required_claim":  nameList("Claims that a token must have, as `key=value`."),
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

// oneOf lists the values of an enumeration.
func oneOf[S fmt.Stringer](values []S) string {
	names := make([]string, len(values))
	for i, value := range values {
		names[i] = "`" + value.String() + "`"
	}
	return strings.Join(names, ", ")
}

func checked(allowed, fix string, valid func(string) bool) validator.String {
	return tfkit.Checked("The value must be "+allowed+".", func(value string) error {
		if valid(value) {
			return nil
		}
		return &compliance.Refusal{
			Summary: "The value is not " + allowed, Found: strconv.Quote(value), Allowed: allowed, Fix: fix,
		}
	})
}
