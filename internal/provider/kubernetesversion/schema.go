package kubernetesversion

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func regionAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: "Region whose versions are asked for, such as `fr-par`. Default: the provider's region.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{tfkit.Region()},
	}
}

// with are the attributes of a version and those added.
func with(added map[string]schema.Attribute) map[string]schema.Attribute {
	all := versionAttributes()
	maps.Copy(all, added)
	return all
}

func versionAttributes() map[string]schema.Attribute {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	texts := func(description string) schema.ListAttribute {
		return schema.ListAttribute{MarkdownDescription: description, Computed: true, ElementType: types.StringType}
	}
	return map[string]schema.Attribute{
		"name": text("Full name of the version, such as `1.35.3`; null where the API was not asked because only the " +
			"bundled calendar knows the minor."),
		"minor": text("Minor version, such as `1.35`, as `version` of a cluster takes it."),
		"released_at": text("Moment from which clusters can be created with the minor or upgraded to it, in RFC 3339 and " +
			"UTC; null where it is unknown. The API sends dates of days."),
		"deprecated_at": text("Moment from which no cluster can be created with the minor, in RFC 3339 and UTC; null where " +
			"it is unknown. It is at least twelve months after the release (clause `LIF-06`), and its notices are the " +
			"customer's to follow " +
			"(clause `LIF-01`)."),
		"end_of_support_at": text("Moment from which Scaleway upgrades the clusters that still run the minor, in RFC 3339 " +
			"and UTC; null where it is unknown (clauses `LIF-05` and `MKS-05`)."),
		"source": text("Where the dates come from: `" + lifecycle.SourceAPI + "`, or `" + lifecycle.SourceCalendar + "` " +
			"where at least one of them is that of the calendar bundled with the provider (as of " + lifecycle.CalendarAsOf +
			"); null where no date is known."),
		"data_quality": text("How far the API's dates can be trusted: `" + string(lifecycle.QualityConsistent) + "` (all " +
			"given, and in order), `" +
			string(lifecycle.QualityInconsistent) + "` (they contradict each other; the bundled calendar's are shown where it " +
			"has the minor), or `" +
			string(lifecycle.QualityUnknown) + "` (some or all are missing). Dates of doubtful quality never refuse a plan."),
		"conflicts": texts("Disagreements on the dates between the API, the bundled calendar and the documentation, a " +
			"sentence each; empty where there is none."),
		"stage": text("Stage of the minor at `as_of` (clauses `LIF-08`, `LIF-09` and `LIF-10`): `" + string(
			lifecycle.StageNotReleased,
		) + "`, `" + string(lifecycle.StageRelease) + "`, `" +
			string(lifecycle.StageDeprecation) + "` (runs and is patched, but is offered no more), `" + string(
			lifecycle.StageEndOfSupport,
		) + "`, or `" +
			string(lifecycle.StageUnknown) + "` where the dates do not tell."),
		"forced_upgrade_window": tfkit.WindowAttribute(),
		"available_cnis": texts("Network plugins that clusters of this version can have, such as `cilium`; null where the " +
			"API was not asked."),
		"available_feature_gates": texts("Feature gates that clusters of this version can enable, sorted; null where " +
			"the API was not asked."),
		"available_admission_plugins": texts("Admission plugins that clusters of this version can enable, sorted; null " +
			"where the API was not asked."),
		"available_kubelet_args": schema.MapAttribute{
			MarkdownDescription: "Kubelet arguments that pools of this version can set, with the type of each, such as " +
				"`uint16` or `enum:none|static`; null where the API was not asked. To set one moves the kubelet's configuration " +
				"to the customer (clause `TRF-01`).",
			Computed:    true,
			ElementType: types.StringType,
		},
	}
}
