package clusters

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/float64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// days are those that the API accepts.
func days() []string {
	return []string{"any", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
}

func expanders() []string {
	return []string{string(k8s.AutoscalerExpanderRandom), string(k8s.AutoscalerExpanderMostPods),
		string(k8s.AutoscalerExpanderLeastWaste), string(k8s.AutoscalerExpanderPriority), string(k8s.AutoscalerExpanderPrice)}
}

func oneOf(values []string) string { return "`" + strings.Join(values, "`, `") + "`" }

// Computed is an attribute that the API or the provider alone decides.
func Computed(description string, modifiers ...planmodifier.String) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description, PlanModifiers: modifiers}
}

// How long an operation waits where the user says nothing.
const (
	CreateTimeout = 30 * time.Minute
	UpdateTimeout = 3 * time.Hour
	DeleteTimeout = 30 * time.Minute
)

// AllowedIPRanges is the allow-list of the API server.
func AllowedIPRanges(description string) schema.SetNestedAttribute {
	return schema.SetNestedAttribute{
		Required: true, MarkdownDescription: description, Validators: []validator.Set{tfkit.NoNulls{}},
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"cidr": schema.StringAttribute{
				Required: true, MarkdownDescription: "Range in CIDR notation, such as `192.0.2.0/24`, without host bits.",
				Validators: []validator.String{tfkit.Checked("must be a CIDR range", func(s string) error {
					_, err := compliance.ParseAllowRange(s)
					return err
				})},
			},
			"description": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(""),
				MarkdownDescription: "Who or what the range is. Default: none.", Validators: []validator.String{tfkit.Text()},
			},
		}},
	}
}

// Attributes are those that every cluster has and that mean the same in each. The offer, the region, the allow-list,
// the CNI and the effect on attached volumes and Load Balancers are for the kind to describe.
func Attributes(ctx context.Context) map[string]schema.Attribute {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	stringSet := func(description, must string, check func(string) error) schema.SetAttribute {
		return schema.SetAttribute{
			Optional: true, ElementType: types.StringType, MarkdownDescription: description,
			Validators: []validator.Set{
				tfkit.NoNulls{}, setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(tfkit.Checked(must, check)),
			},
		}
	}
	network := func(description string, check func(string) error) schema.StringAttribute {
		return schema.StringAttribute{
			Optional: true, Computed: true, MarkdownDescription: description, PlanModifiers: keep,
			Validators: []validator.String{tfkit.Checked("must be a private range of the right size", check)},
		}
	}
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Name of the cluster, free in its Project. A change is refused unless " +
				"`allow_disruptive_rename` is true: it redeploys the control plane for one to two hours.",
			Validators: []validator.String{tfkit.Name("cluster"), stringvalidator.LengthAtMost(100)},
		},
		"version": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Minor version of Kubernetes, such as `1.35`; auto-upgrade owns the patch, which " +
				"`version_used` shows (MKS-04). It is raised one minor at a time (LIF-02) and never lowered. A newer actual " +
				"minor, after a " +
				"forced " +
				"upgrade, is no drift.",
			Validators: []validator.String{tfkit.Checked("must be a minor version, such as 1.35", tfkit.CheckMinor)},
		},
		"maintenance_window": schema.SingleNestedAttribute{
			Required: true,
			MarkdownDescription: "When auto-upgrade may apply patch versions, for two hours (LIF-03, LIF-07). Auto-upgrade " +
				"itself is always on.",
			Attributes: map[string]schema.Attribute{
				"day": schema.StringAttribute{
					Required: true, MarkdownDescription: "Day of the week: " + oneOf(days()) + ".",
					Validators: []validator.String{stringvalidator.OneOf(days()...)},
				},
				"start_hour": schema.Int64Attribute{
					CustomType: tfkit.IntegerType{}, Required: true, MarkdownDescription: "Hour of the day at which the window " +
						"starts, in UTC, from 0 to 23.",
					Validators: []validator.Int64{int64validator.Between(0, 23)},
				},
			},
		},
		"project_id": schema.StringAttribute{
			Optional: true, Computed: true, PlanModifiers: keep,
			MarkdownDescription: "Project (UUID) of the cluster. Default: the provider's. A Project of its own is advised, as " +
				"security groups are shared within one. It cannot be changed.",
			Validators: []validator.String{tfkit.Checked("must be a UUID", checkProjectID)},
		},
		"description": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(""),
			MarkdownDescription: "Free text. Default: none.", Validators: []validator.String{tfkit.Text()},
		},
		"tags": stringSet("Tags of the cluster.", "must be a tag", compliance.CheckTag),
		"pod_cidr": network("Addresses of the pods, a private range of at least a /16. Default: the API's, `"+
			compliance.DefaultPodCIDR+
			"`. It cannot be changed.", func(s string) error { _, err := compliance.CheckPodCIDR(s); return err }),
		"service_cidr": network("Addresses of the Services, a private range of at least a /24. Default: the API's, `"+
			compliance.DefaultServiceCIDR+
			"`. It cannot be changed.", func(s string) error { _, err := compliance.CheckServiceCIDR(s); return err }),
		"service_dns_ip": schema.StringAttribute{
			Optional: true, Computed: true, PlanModifiers: keep,
			MarkdownDescription: "Address of the cluster's DNS, inside `service_cidr`. Default: the API's, `" +
				compliance.DefaultServiceDNSIP +
				"`. It cannot be changed.",
		},
		"autoscaler": autoscalerSchema(),
		"oidc":       oidcSchema(),
		"feature_gates": stringSet("Feature gates of Kubernetes to enable, among those that the version offers. Shown in "+
			"`responsibility_transfers` as interpretation (TRF-01). The plan checks them against the version.", "must be the "+
			"name of a feature gate",
			checkGate),
		"admission_plugins": stringSet("Admission plug-ins to enable, among those that the version offers. Shown in "+
			"`responsibility_transfers` as interpretation (TRF-01). The plan checks them against the version.", "must be the "+
			"name of an admission plug-in",
			checkPlugin),
		"apiserver_cert_sans": stringSet("Further names and addresses in the API server's certificate: DNS names, with an "+
			"optional wildcard in front, and IP addresses.", "must be a DNS name or an IP address", tfkit.CheckHost),
		"upgrade_pools": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "Whether a minor upgrade upgrades the pools with the cluster. Default: `true`.",
		},
		"deletion_protection": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "Whether destroying and replacing are refused. Default: `true`. To destroy, set it to " +
				"`false` and apply first.",
		},
		"allow_disruptive_rename": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether a change of `name` is accepted, which redeploys the control plane for one to two " +
				"hours. Default: `false`.",
		},

		"organization_id": Computed("Organization (UUID) of the cluster.", keep...),
		"version_used": Computed("Full version that the control plane runs, such as `1.35.3`. It moves with " +
			"auto-upgrade and with forced upgrades (LIF-05)."),
		"api_server_url":           Computed("URL of the API server.", keep...),
		"wildcard_dns":             Computed("DNS name that resolves to the nodes, with a leading wildcard.", keep...),
		"created_at":               Computed("When the cluster was created (RFC 3339).", keep...),
		"iam_nodes_group_id":       Computed("IAM group (UUID) of the nodes' identities."),
		"version_dates":            versionDatesSchema(),
		"responsibility_transfers": tfkit.TransfersAttribute("cluster"),

		"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
			Create: true, Update: true, Delete: true,
			CreateDescription: fmt.Sprintf("How long a create may wait, such as `30m`. Default: %s.", CreateTimeout),
			UpdateDescription: fmt.Sprintf(
				"How long an update may wait. Default: %s, as a rename takes up to two hours.", UpdateTimeout,
			),
			DeleteDescription: fmt.Sprintf("How long a destroy may wait. Default: %s.", DeleteTimeout),
		}),
	}
}

func versionDatesSchema() schema.SingleNestedAttribute {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	return schema.SingleNestedAttribute{
		Computed: true,
		MarkdownDescription: "Dates of the planned minor, read at plan (LIF-06), of which the plan also warns (LIF-01): " +
			"dates only, so that a plan does not change because time passed. A `precondition` can gate on them.",
		Attributes: map[string]schema.Attribute{
			"minor":         text("The minor that the dates are of."),
			"released_at":   text("When Scaleway released it (RFC 3339, null where unknown)."),
			"deprecated_at": text("From when it cannot be created any more (RFC 3339, null where unknown)."),
			"end_of_support_at": text("From when clusters may be upgraded by force, within 30 days (RFC 3339, null where " +
				"unknown)."),
			"source":       text("Where the dates come from: `api`, `calendar` (bundled), or empty where they are unknown."),
			"data_quality": text("`consistent`, `inconsistent` or `unknown`."),
			"conflicts": schema.ListAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "Where the API and the bundled calendar disagree, or the dates are out of order, a sentence " +
					"each.",
			},
		},
	}
}

func autoscalerSchema() schema.SingleNestedAttribute {
	boolean := func(otherwise bool, description string) schema.BoolAttribute {
		return schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(otherwise),
			MarkdownDescription: fmt.Sprintf("%s Default: `%t`.", description, otherwise)}
	}
	duration := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("10m"),
			MarkdownDescription: description + " Default: `10m`.",
			Validators:          []validator.String{tfkit.Checked("must be a duration, such as 10m", checkDuration)}}
	}
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Settings of the cluster autoscaler. Without it the API's own settings hold; once removed, " +
			"they go back to the defaults below.",
		Attributes: map[string]schema.Attribute{
			"scale_down_disabled":        boolean(false, "Whether pools are never scaled down."),
			"scale_down_delay_after_add": duration("How long scale-down waits after a scale-up."),
			"scale_down_unneeded_time":   duration("How long a node must be unneeded before it is removed."),
			"scale_down_utilization_threshold": schema.Float64Attribute{
				Optional: true, Computed: true, Default: float64default.StaticFloat64(0.5),
				MarkdownDescription: "Requested share of a node, from 0 to 1, below which it is unneeded. Default: `0.5`.",
				Validators:          []validator.Float64{float64validator.Between(0, 1)},
			},
			"estimator": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(string(k8s.AutoscalerEstimatorBinpacking)),
				MarkdownDescription: "How the number of nodes is estimated: `binpacking`, the only one. Default: `binpacking`.",
				Validators:          []validator.String{stringvalidator.OneOf(string(k8s.AutoscalerEstimatorBinpacking))},
			},
			"expander": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(string(k8s.AutoscalerExpanderRandom)),
				MarkdownDescription: "How the pool to grow is chosen: " + oneOf(expanders()) + ". Default: `random`.",
				Validators:          []validator.String{stringvalidator.OneOf(expanders()...)},
			},
			"ignore_daemonsets_utilization": boolean(false, "Whether DaemonSet pods are left out of a node's utilization."),
			"balance_similar_node_groups":   boolean(false, "Whether similar pools are kept at similar sizes."),
			"skip_nodes_with_local_storage": boolean(true, "Whether nodes whose pods use local storage are never removed."),
			"expendable_pods_priority_cutoff": schema.Int64Attribute{
				CustomType: tfkit.IntegerType{}, Optional: true, Computed: true, Default: int64default.StaticInt64(0),
				MarkdownDescription: "Pods of a lower priority are expendable: they neither cause a scale-up nor hinder a " +
					"scale-down. Default: `0`.",
				Validators: []validator.Int64{int64validator.Between(-1<<31, 1<<31-1)},
			},
			"max_graceful_termination_sec": schema.Int64Attribute{
				CustomType: tfkit.IntegerType{}, Optional: true, Computed: true, Default: int64default.StaticInt64(600),
				MarkdownDescription: "Seconds that a pod is given to end on scale-down. Default: `600`.",
				Validators:          []validator.Int64{int64validator.Between(0, 1<<32-1)},
			},
		},
	}
}

func oidcSchema() schema.SingleNestedAttribute {
	text := func(description string, valid validator.String) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: []validator.String{valid}}
	}
	list := func(description, must string, check func(string) error) schema.ListAttribute {
		return schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: description,
			Validators: []validator.List{tfkit.NoNulls{}, listvalidator.ValueStringsAre(tfkit.Checked(must, check))}}
	}
	claim := tfkit.Checked("must be the name of a claim", checkClaim)
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "OpenID Connect issuer that the API server trusts (IAM-02).",
		Attributes: map[string]schema.Attribute{
			"issuer_url": schema.StringAttribute{Required: true,
				MarkdownDescription: "URL of the issuer, with https, exactly as the `iss` claim of its tokens has it: without " +
					"user name, query and fragment.",
				Validators: []validator.String{tfkit.Checked("must be an https URL", checkIssuer)}},
			"client_id": schema.StringAttribute{Required: true, MarkdownDescription: "Client id that all tokens must be " +
				"issued for.",
				Validators: []validator.String{tfkit.Word("The client id")}},
			"username_claim": text("Claim that holds the user name. Default: the API server's, `sub`.", claim),
			"username_prefix": text("Prefix of user names; `-` is none. Default: the API server's, the issuer's URL and `#`, "+
				"none for the claim `email`.",
				tfkit.Word("The prefix of user names")),
			"groups_claim":  list("Claims that hold the groups.", "must be the name of a claim", checkClaim),
			"groups_prefix": text("Prefix of group names.", tfkit.Word("The prefix of group names")),
			"required_claim": list("Claims that a token must have, as `key=value`, each key once.", "must be key=value",
				checkRequiredClaim),
		},
	}
}
