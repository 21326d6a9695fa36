package kosmoscluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusters"
)

const (
	// sharedType is the offer with a shared control plane, dedicated the prefix of the offers with a dedicated one.
	sharedType      = "multicloud"
	dedicatedPrefix = "multicloud-dedicated-"
)

func kind() clusters.Kind {
	return clusters.Kind{
		Resource:         "srm_kosmos_cluster",
		Name:             "Kosmos cluster",
		AccessClause:     "IAM-02",
		CheckType:        checkType,
		CanAllowScaleway: true,
	}
}

// checkType refuses offers other than Kosmos offers. It accepts every size: the plan checks the size against the API.
func checkType(t string) error {
	if size, ok := strings.CutPrefix(t, dedicatedPrefix); t == sharedType || ok && size != "" {
		return nil
	}
	refusal := &compliance.Problem{
		Summary: fmt.Sprintf("Cluster type %q is not a Kosmos offer", t),
		Found:   strconv.Quote(t),
		Allowed: fmt.Sprintf(
			"%q, or a type that starts with %q, such as %q",
			sharedType,
			dedicatedPrefix,
			dedicatedPrefix+"4",
		),
		Fix: "Choose a Kosmos offer; the data source srm_cluster_types lists them.",
	}
	if t == "kapsule" || strings.HasPrefix(t, "kapsule-") {
		refusal.Found = fmt.Sprintf("%q, a Kapsule offer", t)
		refusal.Fix = "For a Kapsule cluster use srm_hds_cluster, which is for health data, or scaleway_k8s_cluster " +
			"of the official provider. A cluster cannot change between Kapsule and Kosmos."
	}
	return refusal
}

// checkAttestor refuses an empty name and a placeholder.
func checkAttestor(by string) error {
	if strings.TrimSpace(by) != "" {
		return compliance.CheckDeclaration("HDS-SCP-02", "The name of the attesting person", by)
	}
	return &compliance.Problem{
		Rule:    compliance.Rule{Clause: "HDS-SCP-02"},
		Summary: "The attestation no_health_data does not say who made it", Found: strconv.Quote(by),
		Allowed: "the name or the function of the person who is responsible for it", Fix: "Set `by` to that person.",
	}
}

// checkReviewDay refuses a value that is not a date.
func checkReviewDay(day string) error { return compliance.CheckReviewDay("HDS-SCP-02", day) }

// checkIsKosmos refuses to manage a cluster that is not a Kosmos cluster, which an import can name.
func checkIsKosmos(cluster *k8s.Cluster, diags *diag.Diagnostics) {
	var refusal *compliance.Problem
	if errors.As(checkType(cluster.Type), &refusal) {
		tfkit.AddError(diags, path.Root("id"), tfkit.Problem{
			Summary: "The cluster is not a Kosmos cluster", Found: fmt.Sprintf(
				"cluster %q of type %s", cluster.Name, cluster.Type,
			),
			Allowed: refusal.Allowed, Fix: refusal.Fix,
		})
	}
}

// reviewValidity is the age of a review from which a plan warns that the next one is due.
const reviewValidity = 365 * 24 * time.Hour

// checkReview refuses an attestation dated in the future, and warns about one older than reviewValidity. The age is
// only a warning, as a plan must not fail because time passed.
func (m *model) checkReview(now time.Time, diags *diag.Diagnostics) {
	at := path.Root("no_health_data").AtName("reviewed_on")
	text := tfkit.StringAttribute(m.NoHealthData, "reviewed_on")
	day, err := time.Parse(time.DateOnly, text.ValueString())
	if err != nil {
		return // unknown, or refused by the validator
	}
	if tfkit.CheckNotInFuture(
		"The review of no_health_data", "HDS-SCP-02", "reviewed_on", text.ValueString(), now, at, diags,
	) {
		return
	}
	if now.Sub(day) > reviewValidity {
		tfkit.AddWarning(diags, at, tfkit.Problem{
			Summary: "The review of no_health_data is more than a year old", Clause: "HDS-SCP-02",
			Found: fmt.Sprintf(
				"reviewed_on is %s, today is %s", day.Format(time.DateOnly), now.UTC().Format(time.DateOnly),
			),
			Fix: "Check again that no health data is processed in the cluster or passes through it, then set " +
				"`reviewed_on` to the day of that check. The health data provisions also cover data in transit.",
		})
	}
}

// warnNodesLoseAccess names the pools whose nodes lose access to the API server if scaleway_ranges becomes false.
func (r *clusterResource) warnNodesLoseAccess(ctx context.Context, m, state *model, diags *diag.Diagnostics) {
	if !state.ScalewayRanges.ValueBool() || m.ScalewayRanges.IsUnknown() || m.ScalewayRanges.ValueBool() {
		return
	}
	all, err := r.provider.API.Pools(ctx, state.ClusterRegion(), state.UUID())
	if err != nil {
		tfkit.NewPlanReporter(diags).ReportAPIError("Unable to read the pools of the Kosmos cluster", err)
		return
	}
	hosted := []string{}
	for _, pool := range all {
		if pool.NodeType != operations.ExternalNodeType {
			hosted = append(hosted, strconv.Quote(pool.Name))
		}
	}
	if len(hosted) == 0 {
		return
	}
	tfkit.AddWarning(diags, path.Root("scaleway_ranges"), tfkit.Problem{
		Summary: "Scaleway-hosted nodes would lose access to the API server", Clause: "IAM-02",
		Found:   "scaleway_ranges changed from true to false; Scaleway-hosted pools: " + strings.Join(hosted, ", "),
		Allowed: "true while the cluster has Scaleway-hosted pools",
		Fix: "Set `scaleway_ranges = true`, or remove these pools first. The API cannot limit Scaleway's ranges to " +
			"the nodes of the cluster.",
	})
}
