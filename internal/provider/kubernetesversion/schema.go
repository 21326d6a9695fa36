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
		MarkdownDescription: "Region of the versions, such as `fr-par`. Default: the provider's region.",
		Optional:            true,
		Computed:            true,
		Validators:          []validator.String{tfkit.RegionValidator()},
	}
}

// withVersionAttributes returns the attributes of a version, together with the added ones.
func withVersionAttributes(added map[string]schema.Attribute) map[string]schema.Attribute {
	all := versionAttributes()
	maps.Copy(all, added)
	return all
}

func versionAttributes() map[string]schema.Attribute {
	computedString := func(description string) schema.StringAttribute {
		return schema.StringAttribute{MarkdownDescription: description, Computed: true}
	}
	computedStrings := func(description string) schema.ListAttribute {
		return schema.ListAttribute{MarkdownDescription: description, Computed: true, ElementType: types.StringType}
	}
	return map[string]schema.Attribute{
		"name": computedString(
			"Full name of the version, such as `1.35.3`; null if the dates are from the bundled calendar only.",
		),
		"minor": computedString("Minor version, such as `1.35`, for `version` of a cluster."),
		"released_at": computedString(
			"Time from which clusters can be created with the minor or upgraded to it, in RFC 3339 and UTC; null if " +
				"unknown. The API returns days without a time.",
		),
		"deprecated_at": computedString(
			"Time from which new clusters can no longer use the minor, at least twelve months after the release " +
				"(clause `LIF-06`), in RFC 3339 and UTC; null if unknown. The customer must follow the deprecation " +
				"notices (clause `LIF-01`).",
		),
		"end_of_support_at": computedString(
			"Time from which Scaleway upgrades clusters that still run the minor, in RFC 3339 and UTC; null if " +
				"unknown (clauses `LIF-05` and `MKS-05`).",
		),
		"source": computedString(
			"Source of the dates: `" + lifecycle.SourceAPI + "`, or `" + lifecycle.SourceCalendar + "` if at least " +
				"one of them is from the calendar bundled with the provider (as of " + lifecycle.CalendarAsOf +
				"); null if no date is known.",
		),
		"data_quality": computedString(
			"Quality of the API's dates: `" + string(lifecycle.QualityConsistent) + "` (complete and in order), `" +
				string(lifecycle.QualityInconsistent) + "` (contradictory; the bundled calendar is used if it " +
				"contains the minor), or `" +
				string(lifecycle.QualityUnknown) + "` (some or all are missing). Dates of doubtful quality never " +
				"cause an error.",
		),
		"conflicts": computedStrings(
			"Contradictions between the dates of the API, the bundled calendar and the documentation, one sentence " +
				"each.",
		),
		"stage": computedString("Stage of the minor at `as_of` (clauses `LIF-08`, `LIF-09` and `LIF-10`): `" + string(
			lifecycle.StageNotReleased,
		) + "`, `" + string(lifecycle.StageRelease) + "`, `" +
			string(lifecycle.StageDeprecation) + "` (still patched, but no longer offered), `" + string(
			lifecycle.StageEndOfSupport,
		) + "`, or `" +
			string(lifecycle.StageUnknown) + "` if the dates do not determine it."),
		"forced_upgrade_window": tfkit.ForcedUpgradeWindowAttribute(),
		"available_cnis": computedStrings(
			"Network plugins (CNIs) that clusters with this version can use, such as `cilium`; null if the dates are " +
				"from the bundled calendar only.",
		),
		"available_feature_gates": computedStrings(
			"Feature gates that clusters with this version can enable, sorted; null if the dates are from the " +
				"bundled calendar only.",
		),
		"available_admission_plugins": computedStrings(
			"Admission plugins that clusters with this version can enable, sorted; null if the dates are from the " +
				"bundled calendar only.",
		),
		"available_kubelet_args": schema.MapAttribute{
			MarkdownDescription: "Kubelet arguments that pools with this version can set, and their types, such as " +
				"`uint16` or `enum:none|static`; null if the dates are from the bundled calendar only. Any argument " +
				"shifts the responsibility for the kubelet's configuration to the customer (clause `TRF-01`).",
			Computed:    true,
			ElementType: types.StringType,
		},
	}
}
