package clusterlifecycle

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Until when the version of a cluster is supported and where it may go, how its pools stand to " +
			"it, how old its nodes are and whether their types are still sold: the facts, and a verdict on the cluster, on " +
			"each pool and on each node, with the clause of the model that it serves. Any Kapsule or Kosmos cluster, made by " +
			"this provider or not. What is not known is `unknown`, never `ok`. It reads what the notices are about " +
			"(`LIF-01`), " +
			"not the notices.\n\n" +
			"It costs five requests: the cluster, its pools, its nodes, the versions on offer and the node types in the " +
			"product catalogue. Further zones of pools cost one each. A deprecated minor costs one more, because the API " +
			"leaves it out of the versions on offer, and `target_version` then another one. Clusters of one run share the " +
			"versions and the catalogue.",
		Attributes: attributes(),
	}
}

func attributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"cluster_id": schema.StringAttribute{
			MarkdownDescription: "Id of the cluster, as `region/UUID`, or as a UUID of `region`.",
			Required:            true,
			Validators:          []validator.String{tfkit.ObjectID("cluster")},
		},
		"region": schema.StringAttribute{
			MarkdownDescription: "Region of the cluster, such as `fr-par`. Default: that of `cluster_id`, else the provider's " +
				"region.",
			Optional:   true,
			Computed:   true,
			Validators: []validator.String{tfkit.Region()},
		},
		"as_of": tfkit.AsOfAttribute("stages, ages and verdicts are given"),
		"target_version": schema.StringAttribute{
			MarkdownDescription: "Minor that `upgrade_path` is to lead to, such as `1.37`: the cluster's own or a later one; " +
				"one that it is past needs no upgrade. Default: none, and no path.",
			Optional:   true,
			Validators: []validator.String{tfkit.Checked("The value must be a minor.", checkMinor)},
		},
		"name":    text("Name of the cluster."),
		"version": text("Full Kubernetes version of the control plane, such as `1.35.3`."),
		"minor":   text("Minor of the control plane, such as `1.35`; null where the version cannot be read."),
		"released_at": text("Moment from which clusters can be created with the minor or upgraded to it, in RFC 3339 and " +
			"UTC; null where it is unknown. This and the other dates are those that were assessed, as `source` and " +
			"`data_quality` say."),
		"deprecated_at": text("Moment from which no cluster can be created with the minor, in RFC 3339 and UTC; null " +
			"where it is unknown (clause `LIF-09`)."),
		"end_of_support_at": text("Moment from which Scaleway upgrades the clusters that still run the minor, in RFC 3339 " +
			"and UTC; null where it is unknown (clause `LIF-10`)."),
		"source": text("Where the dates come from: `" + lifecycle.SourceAPI + "`, or `" + lifecycle.SourceCalendar + "` " +
			"where at least one of them is that of the calendar bundled with the provider (as of " + lifecycle.CalendarAsOf +
			"); null where no date is known."),
		"data_quality": text("How far the API's dates can be trusted (clause `LIF-06`): `" + string(
			lifecycle.QualityConsistent,
		) + "` (all given, and in order), `" +
			string(lifecycle.QualityInconsistent) + "` (they contradict each other; the bundled calendar's are shown where it " +
			"has the minor), or `" +
			string(lifecycle.QualityUnknown) + "` (some or all are missing)."),
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
		"forced_upgrade_target": object("Where a forced upgrade goes: to the next minor that is released and still "+
			"supported at the start of the window (clause `LIF-05`); null where the dates do not tell.",
			map[string]schema.Attribute{
				"minor": text("Minor that the cluster would run, such as `1.36`."),
				"version": text("Newest patch of it that is offered today, such as `1.36.4`; there may be a newer one by then. " +
					"Null where none is offered."),
			}),
		"next_legal": object("Where an upgrade of the cluster may go today (clauses `LIF-02` and `MKS-04`): never to an "+
			"older version, and never past the next minor.",
			map[string]schema.Attribute{
				"patch": text("Newest offered patch of the same minor, such as `1.35.4`; null where none is newer. Auto-upgrade " +
					"goes there by itself."),
				"minor": text("Newest offered patch of the next minor, such as `1.36.1`; null where the next minor is not " +
					"offered."),
			}),
		"auto_upgrade_enabled": schema.BoolAttribute{
			MarkdownDescription: "Whether patches are installed automatically (clauses `LIF-03` and `LIF-07`); null where the " +
				"API does not say.",
			Computed: true,
		},
		"upgrade_path": objects("Upgrades that lead to `target_version`, one minor each, in their order (clause `LIF-02`); "+
			"empty where the cluster already runs it or is past it, null where none is asked for.", stepAttributes()),
		"verdict": object("Verdict on the cluster itself: the worst of its findings, the first of those that are equally "+
			"bad.", verdictAttributes()),
		"pools": objects("Pools of the cluster, sorted by name.", poolAttributes()),
		"nodes": objects("Nodes of all pools, sorted by name.", nodeAttributes()),
		"verdicts": objects(
			"All findings: those on the cluster, on the pools by name, and on the nodes by name.", findingAttributes(),
		),
		"worst": text("Worst severity of all findings, in this order: " + severities() + "."),
		"counts": schema.MapAttribute{
			MarkdownDescription: "Number of findings of each severity, also where it is zero: " + severities() + ".",
			Computed:            true,
			ElementType:         types.Int64Type,
		},
	}
}

func stepAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"from": text("Minor that is left, such as `1.35`."),
		"to":   text("Minor that follows it, such as `1.36`."),
		"by": text("Moment by which the upgrade must have happened, the end of support of `from`, in RFC 3339 and UTC; " +
			"null where it is unknown."),
		"source": text(
			"Where that date comes from, `" + lifecycle.SourceAPI + "` or `" + lifecycle.SourceCalendar + "`; null where no " +
				"date of `from` is known.",
		),
		"data_quality": text("How far the API's dates of `from` can be trusted, as the `data_quality` of the cluster."),
		"offered": schema.BoolAttribute{MarkdownDescription: "Whether a patch of `to` is offered today, so that the " +
			"upgrade is possible once those before it are done.", Computed: true},
		"version": text("Newest patch of `to` that is offered today; null where none is."),
	}
}

func poolAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":      text("Id of the pool, as `region/UUID`."),
		"name":    text("Name of the pool."),
		"version": text("Full Kubernetes version of the pool, such as `1.35.3`."),
		"skew": text("How the version stands to that of the control plane (clauses `ITC-08`, and `KOS-04` for external " +
			"nodes): `" + string(lifecycle.SkewNone) + "`, `" + string(lifecycle.SkewOlderPatch) + "`, `" +
			string(lifecycle.SkewOlderMinor) + "` (within what Kubernetes allows, three minors), `" +
			string(lifecycle.SkewTooOld) + "`, `" +
			string(lifecycle.SkewNewer) + "` (never allowed), or `" + string(lifecycle.SkewUnknown) + "` where a version " +
			"cannot be read."),
		"node_type": text("Instance type of the nodes in the API's spelling, such as `pop2_4c_16g`, or `external` for " +
			"machines outside Scaleway."),
		"zone": text("Zone of the nodes, such as `fr-par-1`."),
		"end_of_sale": object("What the product catalogue says of the node type (clause `LIF-04`); null for machines "+
			"outside Scaleway, and where the catalogue does not have the type or cannot be read, which the findings on the "+
			"pool tell.", map[string]schema.Attribute{
			"stage": text("Stage of the node type at `as_of`: " + oneOf(lifecycle.SaleStages()) + ". With `end_of_sale` no " +
				"new node can be had, so that a node may not be replaceable."),
			"status": text("Status of the product today, in the catalogue's words, such as `general_availability`."),
			"end_of_growth_at": text("Moment from which new customers cannot have the type, in RFC 3339 and UTC; null " +
				"where the catalogue gives none."),
			"end_of_sale_at": text("Moment from which the type is not sold, in RFC 3339 and UTC; null where the catalogue " +
				"gives none."),
			"end_of_life_at": text("Moment from which the type is not supported, in RFC 3339 and UTC; null where the " +
				"catalogue gives none."),
			"recommended_replacements": texts("Node types that the catalogue recommends in its place, sorted."),
		}),
		"verdict": object("Verdict on the pool: the worst of its findings.", verdictAttributes()),
	}
}

func nodeAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":      text("Id of the node, as `region/UUID`."),
		"name":    text("Name of the node in Kubernetes."),
		"pool_id": text("Id of the pool of the node, as `region/UUID`."),
		"version": text("Full Kubernetes version of the node's kubelet; null where the API does not give it, as today. The " +
			"pool's `version` is what its nodes have or are on their way to."),
		"created_at": text("Moment at which the node was created, in RFC 3339 and UTC; null where the API gives none."),
		"age_days": number("Age of the node at `as_of` in whole days, 0 on the day of its creation; null where it is " +
			"unknown, or the node was created on a later day."),
		"days_left": number(fmt.Sprintf("Whole days from `as_of` until the node is %d days old, the age at which Scaleway "+
			"recommends to have replaced it (clause `LIF-04`), rounded down, so that it is negative after it; null as "+
			"`age_days` is.", lifecycle.RecommendedNodeAgeDays)),
		"status":  text("Status of the node: " + oneOf(k8s.NodeStatus("").Values()) + "."),
		"verdict": object("Verdict on the node: the worst of its findings.", verdictAttributes()),
	}
}

func findingAttributes() map[string]schema.Attribute {
	all := verdictAttributes()
	all["subject"] = object("What the finding is about.", map[string]schema.Attribute{
		"kind": text("Kind of it: `cluster`, `pool` or `node`."),
		"id":   text("Id of it, as `region/UUID`."),
		"name": text("Name of it."),
	})
	return all
}

func verdictAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"topic":    text("What was looked at: " + oneOf(lifecycle.Topics()) + "."),
		"severity": text("How bad it is, one of " + severities() + ", the mildest first."),
		"clause":   text("Id of the clause of the Shared Responsibility Model that the finding serves, such as `LIF-10`."),
		"text":     text("What was found, in full sentences."),
		"fix":      text("What to do, in full sentences; null where nothing is to be done."),
	}
}

func severities() string { return oneOf(lifecycle.Severities()) }

// oneOf lists names.
func oneOf[S ~string](values []S) string {
	names := make([]string, len(values))
	for i, value := range values {
		names[i] = "`" + string(value) + "`"
	}
	return strings.Join(names, ", ")
}

func text(description string) schema.StringAttribute {
	return schema.StringAttribute{MarkdownDescription: description, Computed: true}
}

func texts(description string) schema.ListAttribute {
	return schema.ListAttribute{MarkdownDescription: description, Computed: true, ElementType: types.StringType}
}

func number(description string) schema.Int64Attribute {
	return schema.Int64Attribute{MarkdownDescription: description, Computed: true}
}

func object(description string, attributes map[string]schema.Attribute) schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{MarkdownDescription: description, Computed: true, Attributes: attributes}
}

func objects(description string, attributes map[string]schema.Attribute) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		MarkdownDescription: description, Computed: true, NestedObject: schema.NestedAttributeObject{Attributes: attributes},
	}
}
