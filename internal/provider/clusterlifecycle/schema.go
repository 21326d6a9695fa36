package clusterlifecycle

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reports the lifecycle of any Kapsule or Kosmos cluster, created by this provider or " +
			"not: support dates and upgrade targets of its version, version skew of its pools, ages of its nodes, " +
			"and whether their types are still sold. It reports facts and judges nothing: `srm_cluster_assessment` " +
			"does. It does not read Scaleway's deprecation notices (`LIF-01`).",
		Attributes: attributes(),
	}
}

func attributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"cluster_id": schema.StringAttribute{
			MarkdownDescription: "Id of the cluster, as `region/UUID`, or as a UUID of `region`.",
			Required:            true,
			Validators:          []validator.String{tfkit.ObjectIDValidator("cluster")},
		},
		"region": schema.StringAttribute{
			MarkdownDescription: "Region of the cluster, such as `fr-par`. Default: the region in `cluster_id`, " +
				"otherwise the provider's region.",
			Optional:   true,
			Computed:   true,
			Validators: []validator.String{tfkit.RegionValidator()},
		},
		"as_of": tfkit.AsOfAttribute("stages and ages are given"),
		"target_version": schema.StringAttribute{
			MarkdownDescription: "Target minor of `upgrade_path`, such as `1.37`. The path is empty if the cluster " +
				"already runs this or a later minor. Default: none, without a path.",
			Optional:   true,
			Validators: []validator.String{tfkit.StringValidator("The value must be a minor.", checkMinor)},
		},
		"name":    tfkit.ComputedString("Name of the cluster."),
		"version": tfkit.ComputedString("Full Kubernetes version of the control plane, such as `1.35.3`."),
		"minor": tfkit.ComputedString(
			"Minor of the control plane, such as `1.35`; null if the version is unreadable.",
		),
		"released_at": tfkit.ComputedString(
			"Time from which clusters can be created with the minor or upgraded to it, in RFC 3339 and UTC; null if " +
				"unknown. `source` and `data_quality` describe this and the other dates.",
		),
		"deprecated_at": tfkit.ComputedString(
			"Time from which new clusters can no longer use the minor, in RFC 3339 and UTC; null if unknown (clause " +
				"`LIF-09`).",
		),
		"end_of_support_at": tfkit.ComputedString(
			"Time from which Scaleway upgrades clusters that still run the minor, in RFC 3339 and UTC; null if " +
				"unknown (clause `LIF-10`).",
		),
		"source": tfkit.ComputedString(
			"Source of the dates: `" + lifecycle.SourceAPI + "`, or `" + lifecycle.SourceCalendar + "` if at least " +
				"one of them is from the calendar bundled with the provider (as of " + lifecycle.CalendarAsOf +
				"); null if no date is known.",
		),
		"data_quality": tfkit.ComputedString("Quality of the API's dates (clause `LIF-06`): `" + string(
			lifecycle.QualityConsistent,
		) + "` (complete and in order), `" +
			string(lifecycle.QualityInconsistent) + "` (contradictory; the bundled calendar is used if it contains " +
			"the minor), or `" +
			string(lifecycle.QualityUnknown) + "` (some or all are missing)."),
		"conflicts": tfkit.ComputedStrings(
			"Contradictions between the dates of the API, the bundled calendar and the documentation, one sentence " +
				"each.",
		),
		"stage": tfkit.ComputedString(
			"Stage of the minor at `as_of` (clauses `LIF-08`, `LIF-09` and `LIF-10`): `" + string(
				lifecycle.StageNotReleased,
			) + "`, `" + string(lifecycle.StageRelease) + "`, `" +
				string(lifecycle.StageDeprecation) + "` (still patched, but no longer offered), `" + string(
				lifecycle.StageEndOfSupport,
			) + "`, or `" +
				string(lifecycle.StageUnknown) + "` if the dates do not determine it.",
		),
		"forced_upgrade_window": tfkit.ForcedUpgradeWindowAttribute(),
		"forced_upgrade_target": tfkit.ComputedObject(
			"Target of a forced upgrade: the next minor that is released and still supported at the start of the "+
				"window (clause `LIF-05`); null if the dates do not determine it.",
			map[string]schema.Attribute{
				"minor": tfkit.ComputedString("Minor that the cluster would run, such as `1.36`."),
				"version": tfkit.ComputedString(
					"Newest patch of that minor that is offered now, such as `1.36.5`; a newer patch may follow. " +
						"Null if none is offered.",
				),
			},
		),
		"next_legal": tfkit.ComputedObject("Versions that the cluster can be upgraded to now (clauses `LIF-02` and "+
			"`MKS-04`). A cluster cannot be downgraded and cannot skip a minor.",
			map[string]schema.Attribute{
				"patch": tfkit.ComputedString(
					"Newest offered patch of the same minor, such as `1.35.4`; null if there is no newer patch. " +
						"Auto-upgrade installs it.",
				),
				"minor": tfkit.ComputedString(
					"Newest offered patch of the next minor, such as `1.36.1`; null if the next minor is not offered.",
				),
			}),
		"auto_upgrade_enabled": schema.BoolAttribute{
			MarkdownDescription: "Whether Scaleway installs patches automatically (clauses `LIF-03` and `LIF-07`); " +
				"null if the API does not say.",
			Computed: true,
		},
		"upgrade_path": tfkit.ComputedObjects(
			"Upgrades to `target_version`, one minor each, in order (clause `LIF-02`). Empty if the cluster already "+
				"runs this or a later minor; null without `target_version`.",
			stepAttributes(),
		),
		"pools": tfkit.ComputedObjects("Pools of the cluster, sorted by name.", poolAttributes()),
		"nodes": tfkit.ComputedObjects("Nodes of all pools, sorted by name.", nodeAttributes()),
	}
}

func stepAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"from": tfkit.ComputedString("Minor before the upgrade, such as `1.35`."),
		"to":   tfkit.ComputedString("Minor after the upgrade, such as `1.36`."),
		"by": tfkit.ComputedString(
			"Deadline of the upgrade: the end of support of `from`, in RFC 3339 and UTC; null if unknown.",
		),
		"source": tfkit.ComputedString(
			"Source of that date: `" + lifecycle.SourceAPI + "` or `" + lifecycle.SourceCalendar + "`; null if no " +
				"date of `from` is known.",
		),
		"data_quality": tfkit.ComputedString(
			"Quality of the API's dates of `from`, with the values of the cluster's `data_quality`.",
		),
		"offered": schema.BoolAttribute{MarkdownDescription: "Whether a patch of `to` is offered now. If so, the " +
			"upgrade is possible after the previous upgrades.", Computed: true},
		"version": tfkit.ComputedString("Newest patch of `to` that is offered now; null if there is none."),
	}
}

func poolAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":      tfkit.ComputedString("Id of the pool, as `region/UUID`."),
		"name":    tfkit.ComputedString("Name of the pool."),
		"version": tfkit.ComputedString("Full Kubernetes version of the pool, such as `1.35.3`."),
		"skew": tfkit.ComputedString(
			"Version skew relative to the control plane (clauses `ITC-08`, and `KOS-04` for external nodes): `" +
				string(lifecycle.SkewNone) + "`, `" + string(lifecycle.SkewOlderPatch) + "`, `" +
				string(lifecycle.SkewOlderMinor) + "` (at most three minors, which Kubernetes allows), `" +
				string(lifecycle.SkewTooOld) + "`, `" +
				string(lifecycle.SkewNewer) + "` (not allowed), or `" + string(lifecycle.SkewUnknown) + "` if a " +
				"version is unreadable.",
		),
		"node_type": tfkit.ComputedString(
			"Instance type of the nodes in the API's spelling, such as `pop2_4c_16g`, or `external` for machines " +
				"outside Scaleway.",
		),
		"zone": tfkit.ComputedString("Zone of the nodes, such as `fr-par-1`."),
		"end_of_sale": tfkit.ComputedObject(
			"Entry of the node type in the product catalogue (clause `LIF-04`). Null for machines outside Scaleway, "+
				"and if the catalogue does not contain the type or is unavailable; `end_of_sale_unknown` then gives "+
				"the reason.",
			map[string]schema.Attribute{
				"stage": tfkit.ComputedString(
					"Stage of the node type at `as_of`: " + oneOf(lifecycle.SaleStages()) + ". At the stage " +
						"`end_of_sale`, new nodes of this type are not available, so a node may not be replaceable.",
				),
				"status": tfkit.ComputedString(
					"Current status of the product in the catalogue, such as `general_availability`.",
				),
				"end_of_growth_at": tfkit.ComputedString(
					"Time from which the type is no longer sold to new customers, in RFC 3339 and UTC; null if the " +
						"catalogue contains none.",
				),
				"end_of_sale_at": tfkit.ComputedString(
					"Time from which the type is no longer sold, in RFC 3339 and UTC; null if the catalogue contains " +
						"none.",
				),
				"end_of_life_at": tfkit.ComputedString(
					"Time from which the type is no longer supported, in RFC 3339 and UTC; null if the catalogue " +
						"contains none.",
				),
				"recommended_replacements": tfkit.ComputedStrings(
					"Node types that the catalogue recommends as replacements, sorted.",
				),
			},
		),
		"end_of_sale_unknown": tfkit.ComputedString(
			"Why the entry of the node type is not known; null if it is, and for machines outside Scaleway.",
		),
	}
}

func nodeAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":      tfkit.ComputedString("Id of the node, as `region/UUID`."),
		"name":    tfkit.ComputedString("Name of the node in Kubernetes."),
		"pool_id": tfkit.ComputedString("Id of the pool of the node, as `region/UUID`."),
		"version": tfkit.ComputedString(
			"Full Kubernetes version of the node's kubelet; always null at present, because the API does not return " +
				"it. See `version` of the pool.",
		),
		"created_at": tfkit.ComputedString(
			"Creation time of the node, in RFC 3339 and UTC; null if the API returns none.",
		),
		"age_days": tfkit.ComputedInt64(
			"Age of the node at `as_of` in whole days, 0 on the day of its creation; null if unknown, or if the node " +
				"was created on a later day.",
		),
		"days_left": tfkit.ComputedInt64(
			fmt.Sprintf("Whole days from `as_of` until the node is %d days old, the age at which Scaleway recommends "+
				"replacing it (clause `LIF-04`). Rounded down, negative afterwards, and null if `age_days` is null.",
				lifecycle.RecommendedNodeAgeDays),
		),
		"status": tfkit.ComputedString("Status of the node: " + oneOf(k8s.NodeStatus("").Values()) + "."),
	}
}

// oneOf returns the values of an enumeration as a list for a description.
func oneOf[S ~string](values []S) string {
	names := make([]string, len(values))
	for i, value := range values {
		names[i] = "`" + string(value) + "`"
	}
	return strings.Join(names, ", ")
}
