package cluster

import (
	"context"
	"fmt"
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

// weekdays returns the days that the API accepts.
func weekdays() []string {
	return []string{"any", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
}

func expanders() []string {
	return []string{string(k8s.AutoscalerExpanderRandom), string(k8s.AutoscalerExpanderMostPods),
		string(
			k8s.AutoscalerExpanderLeastWaste,
		), string(k8s.AutoscalerExpanderPriority), string(k8s.AutoscalerExpanderPrice)}
}

// computedAttribute returns a computed string attribute.
func computedAttribute(description string, modifiers ...planmodifier.String) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description, PlanModifiers: modifiers}
}

// Default timeouts.
const (
	createTimeout = 30 * time.Minute
	updateTimeout = 3 * time.Hour
	deleteTimeout = 30 * time.Minute
)

// allowedIPRangesAttribute returns the attribute of the API server's allow-list.
func allowedIPRangesAttribute(description string) schema.SetNestedAttribute {
	return schema.SetNestedAttribute{
		Required: true, MarkdownDescription: description, Validators: []validator.Set{tfkit.NoNulls{}},
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"cidr": schema.StringAttribute{
				Required: true, MarkdownDescription: "Range in CIDR notation, such as `192.0.2.0/24`, without host " +
					"bits.",
				Validators: []validator.String{tfkit.StringValidator("must be a CIDR range", func(s string) error {
					_, err := compliance.ParseAllowRange(s)
					return err
				})},
			},
			"description": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				Default:             stringdefault.StaticString(""),
				MarkdownDescription: "Who or what uses the range. Default: none.",
				Validators:          []validator.String{tfkit.TextValidator()},
			},
		}},
	}
}

// commonAttributes returns the attributes that are the same for all kinds of clusters. Each kind adds its own type,
// region, allowed_ip_ranges, cni and delete_additional_resources.
func commonAttributes(ctx context.Context) map[string]schema.Attribute {
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	stringSet := func(description, must string, check func(string) error) schema.SetAttribute {
		return schema.SetAttribute{
			Optional: true, ElementType: types.StringType, MarkdownDescription: description,
			Validators: []validator.Set{
				tfkit.NoNulls{}, setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(
					tfkit.StringValidator(must, check),
				),
			},
		}
	}
	network := func(description string, check func(string) error) schema.StringAttribute {
		return schema.StringAttribute{
			Optional: true, Computed: true, MarkdownDescription: description, PlanModifiers: keep,
			Validators: []validator.String{tfkit.StringValidator("must be a private range of the right size", check)},
		}
	}
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Name of the cluster, unique in its Project. A change redeploys the control plane " +
				"for one to two hours, and is refused unless `allow_disruptive_rename` is true.",
			Validators: []validator.String{tfkit.NameValidator("cluster"), stringvalidator.LengthAtMost(100)},
		},
		"version": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Minor version of Kubernetes, such as `1.35` (MKS-04). Raise it one minor at a time " +
				"(LIF-02); it cannot be lowered.",
			Validators: []validator.String{
				tfkit.StringValidator("must be a minor version, such as 1.35", tfkit.CheckMinor),
			},
		},
		"maintenance_window": schema.SingleNestedAttribute{
			Required: true,
			MarkdownDescription: "Two-hour window in which auto-upgrade may install patches (LIF-03, LIF-07). " +
				"Auto-upgrade is always enabled.",
			Attributes: map[string]schema.Attribute{
				"day": schema.StringAttribute{
					Required: true, MarkdownDescription: "Day of the week: " + tfkit.CodeList(weekdays()) + ".",
					Validators: []validator.String{stringvalidator.OneOf(weekdays()...)},
				},
				"start_hour": schema.Int64Attribute{
					CustomType: tfkit.IntegerType{}, Required: true, MarkdownDescription: "Start of the window: hour " +
						"of the day in UTC, from 0 to 23.",
					Validators: []validator.Int64{int64validator.Between(0, 23)},
				},
			},
		},
		"project_id": schema.StringAttribute{
			Optional: true, Computed: true, PlanModifiers: keep,
			MarkdownDescription: "Project (UUID) of the cluster. It cannot be changed. Default: the provider's.",
			Validators:          []validator.String{tfkit.StringValidator("must be a UUID", checkProjectID)},
		},
		"description": schema.StringAttribute{
			Optional: true, Computed: true, Default: stringdefault.StaticString(""),
			MarkdownDescription: "Free text. Default: none.", Validators: []validator.String{tfkit.TextValidator()},
		},
		"tags": stringSet("Tags of the cluster.", "must be a tag", compliance.CheckTag),
		"pod_cidr": network("Range of pod addresses: private, with a mask of /16 or wider. Default: the API's, `"+
			compliance.DefaultPodCIDR+
			"`. It cannot be changed.", func(s string) error { _, err := compliance.CheckPodCIDR(s); return err }),
		"service_cidr": network("Range of Service addresses: private, with a mask of /24 or wider. Default: the "+
			"API's, `"+
			compliance.DefaultServiceCIDR+
			"`. It cannot be changed.", func(s string) error { _, err := compliance.CheckServiceCIDR(s); return err }),
		"service_dns_ip": schema.StringAttribute{
			Optional: true, Computed: true, PlanModifiers: keep,
			MarkdownDescription: "Address of the cluster's DNS service, within `service_cidr`. Default: the API's, `" +
				compliance.DefaultServiceDNSIP +
				"`. It cannot be changed.",
		},
		"autoscaler": autoscalerSchema(),
		"oidc":       oidcSchema(),
		"feature_gates": stringSet("Kubernetes feature gates to enable, which the version must offer. They appear in "+
			"`responsibility_transfers` as an interpretation (TRF-01).", "must be the name of a feature gate",
			checkFeatureGate),
		"admission_plugins": stringSet("Admission plug-ins to enable, which the version must offer. They appear in "+
			"`responsibility_transfers` as an interpretation (TRF-01).", "must be the name of an admission plug-in",
			checkAdmissionPlugin),
		"apiserver_cert_sans": stringSet("Additional names and addresses in the API server's certificate: DNS names, "+
			"with an optional leading wildcard, and IP addresses.", "must be a DNS name or an IP address",
			tfkit.CheckHost),
		"upgrade_pools": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "Whether a minor upgrade of the cluster also upgrades its pools. Default: `true`.",
		},
		"deletion_protection": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "Whether the provider refuses to destroy or replace the cluster. To destroy it, " +
				"first set this to `false` and apply. Default: `true`.",
		},
		"allow_disruptive_rename": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether `name` can be changed, which redeploys the control plane for one to two " +
				"hours. Default: `false`.",
		},

		"organization_id": computedAttribute("Organization (UUID) of the cluster.", keep...),
		"version_used": computedAttribute(
			"Full version that the control plane runs, such as `1.35.3`. Auto-upgrade and forced upgrades change it " +
				"(LIF-05).",
		),
		"api_server_url": computedAttribute("URL of the API server.", keep...),
		"wildcard_dns": computedAttribute(
			"DNS name that resolves to the nodes, with a leading wildcard.",
			keep...),
		"created_at":               computedAttribute("When the cluster was created (RFC 3339).", keep...),
		"iam_nodes_group_id":       computedAttribute("IAM group (UUID) of the nodes."),
		"version_dates":            versionDatesSchema(),
		"responsibility_transfers": tfkit.TransfersAttribute("cluster"),

		"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
			Create: true, Update: true, Delete: true,
			CreateDescription: fmt.Sprintf("Timeout of the creation, such as `30m`. Default: %s.", createTimeout),
			UpdateDescription: fmt.Sprintf(
				"Timeout of an update. Default: %s, because a rename takes up to two hours.", updateTimeout,
			),
			DeleteDescription: fmt.Sprintf("Timeout of the destroy. Default: %s.", deleteTimeout),
		}),
	}
}

func versionDatesSchema() schema.SingleNestedAttribute {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	return schema.SingleNestedAttribute{
		Computed: true,
		MarkdownDescription: "Dates of the planned minor, read at plan (LIF-06), so that a `precondition` can check " +
			"them. The plan also warns about them (LIF-01).",
		Attributes: map[string]schema.Attribute{
			"minor":         text("Minor version that the dates apply to."),
			"released_at":   text("When Scaleway released it (RFC 3339, null if unknown)."),
			"deprecated_at": text("When it is no longer available for new clusters (RFC 3339, null if unknown)."),
			"end_of_support_at": text("Start of the 30 days within which Scaleway upgrades clusters that still run " +
				"it (RFC 3339, null if unknown)."),
			"source":       text("Source of the dates: `api`, `calendar` (bundled), or empty if unknown."),
			"data_quality": text("Quality of the API's dates: `consistent`, `inconsistent` or `unknown`."),
			"conflicts": schema.ListAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "One sentence for each conflict between the API and the bundled calendar, and " +
					"for dates out of order.",
			},
		},
	}
}

func autoscalerSchema() schema.SingleNestedAttribute {
	boolean := func(defaultValue bool, description string) schema.BoolAttribute {
		return schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(defaultValue),
			MarkdownDescription: fmt.Sprintf("%s Default: `%t`.", description, defaultValue)}
	}
	duration := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, Computed: true, Default: stringdefault.StaticString("10m"),
			MarkdownDescription: description + " Default: `10m`.",
			Validators: []validator.String{
				tfkit.StringValidator("must be a duration, such as 10m", checkDuration),
			}}
	}
	return schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Settings of the cluster autoscaler. If you remove the attribute, they are reset to the " +
			"defaults below. Default: the API's settings.",
		Attributes: map[string]schema.Attribute{
			"scale_down_disabled":        boolean(false, "Whether scale-down is disabled."),
			"scale_down_delay_after_add": duration("How long scale-down waits after a scale-up."),
			"scale_down_unneeded_time": duration("How long a node must be unneeded before the autoscaler removes " +
				"it."),
			"scale_down_utilization_threshold": schema.Float64Attribute{
				Optional: true, Computed: true, Default: float64default.StaticFloat64(0.5),
				MarkdownDescription: "Utilization of a node by pod requests, from 0 to 1, below which the node is " +
					"unneeded. Default: `0.5`.",
				Validators: []validator.Float64{float64validator.Between(0, 1)},
			},
			"estimator": schema.StringAttribute{
				Optional: true, Computed: true, Default: stringdefault.StaticString(
					string(k8s.AutoscalerEstimatorBinpacking),
				),
				MarkdownDescription: "Estimator of the number of nodes: only `binpacking`. Default: `binpacking`.",
				Validators: []validator.String{
					stringvalidator.OneOf(string(k8s.AutoscalerEstimatorBinpacking)),
				},
			},
			"expander": schema.StringAttribute{
				Optional: true,
				Computed: true,
				Default:  stringdefault.StaticString(string(k8s.AutoscalerExpanderRandom)),
				MarkdownDescription: "How the autoscaler chooses the pool to scale up: " + tfkit.CodeList(
					expanders(),
				) + ". Default: `random`.",
				Validators: []validator.String{stringvalidator.OneOf(expanders()...)},
			},
			"ignore_daemonsets_utilization": boolean(false, "Whether DaemonSet pods are excluded from a node's "+
				"utilization."),
			"balance_similar_node_groups": boolean(false, "Whether the autoscaler balances the sizes of similar "+
				"pools."),
			"skip_nodes_with_local_storage": boolean(true, "Whether the autoscaler never removes nodes with pods "+
				"that use local storage."),
			"expendable_pods_priority_cutoff": schema.Int64Attribute{
				CustomType: tfkit.IntegerType{}, Optional: true, Computed: true, Default: int64default.StaticInt64(-10),
				MarkdownDescription: "Pods with a lower priority are expendable: they neither cause a scale-up nor " +
					"prevent a scale-down. Default: `-10`.",
				Validators: []validator.Int64{int64validator.Between(-1<<31, 1<<31-1)},
			},
			"max_graceful_termination_sec": schema.Int64Attribute{
				CustomType: tfkit.IntegerType{}, Optional: true, Computed: true, Default: int64default.StaticInt64(600),
				MarkdownDescription: "Maximum number of seconds for the termination of a pod on scale-down. Default: " +
					"`600`.",
				Validators: []validator.Int64{int64validator.Between(0, 1<<32-1)},
			},
		},
	}
}

func oidcSchema() schema.SingleNestedAttribute {
	text := func(description string, valid validator.String) schema.StringAttribute {
		return schema.StringAttribute{
			Optional: true, MarkdownDescription: description, Validators: []validator.String{valid},
		}
	}
	list := func(description, must string, check func(string) error) schema.ListAttribute {
		return schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: description,
			Validators: []validator.List{
				tfkit.NoNulls{}, listvalidator.ValueStringsAre(tfkit.StringValidator(must, check)),
			}}
	}
	claim := tfkit.StringValidator("must be the name of a claim", checkClaim)
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: "OpenID Connect issuer that the API server trusts (IAM-02).",
		Attributes: map[string]schema.Attribute{
			"issuer_url": schema.StringAttribute{Required: true,
				MarkdownDescription: "URL of the issuer: https, identical to the `iss` claim of its tokens, without " +
					"user name, query and fragment.",
				Validators: []validator.String{tfkit.StringValidator("must be an https URL", checkIssuer)}},
			"client_id": schema.StringAttribute{Required: true, MarkdownDescription: "Client id for which all tokens " +
				"must be issued.",
				Validators: []validator.String{tfkit.SingleLineValidator("The client id")}},
			"username_claim": text("Claim that holds the user name. Default: the API server's, `sub`.", claim),
			"username_prefix": text("Prefix of user names, or `-` for none. Default: the API server's, which is the "+
				"issuer's URL and `#`, or none for the claim `email`.",
				tfkit.SingleLineValidator("The prefix of user names")),
			"groups_claim":  list("Claims that hold the groups.", "must be the name of a claim", checkClaim),
			"groups_prefix": text("Prefix of group names.", tfkit.SingleLineValidator("The prefix of group names")),
			"required_claim": list("Claims that a token must have, as `key=value`, each key once.", "must be key=value",
				checkRequiredClaim),
		},
	}
}
