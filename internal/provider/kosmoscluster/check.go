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
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusters"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/pools"
)

const (
	// mutualised is the shared offer; those of a control plane of one's own start with dedicated.
	mutualised = "multicloud"
	dedicated  = "multicloud-dedicated-"
)

func kind() clusters.Kind {
	return clusters.Kind{
		Resource: "srm_kosmos_cluster", Name: "Kosmos cluster", Access: "IAM-02", Type: checkType, ScalewayRanges: true,
	}
}

// checkType refuses every offer that is not one of Kosmos. Which sizes exist is for the API to say.
func checkType(t string) error {
	if size, ok := strings.CutPrefix(t, dedicated); t == mutualised || ok && size != "" {
		return nil
	}
	refusal := &compliance.Refusal{
		Summary: fmt.Sprintf("Cluster type %q is not an offer of Kosmos", t),
		Found:   strconv.Quote(t),
		Allowed: fmt.Sprintf("%q, or a type that starts with %q, such as %q", mutualised, dedicated, dedicated+"4"),
		Fix:     "Choose an offer of Kosmos; the data source srm_cluster_types lists them.",
	}
	if t == "kapsule" || strings.HasPrefix(t, "kapsule-") {
		refusal.Found = fmt.Sprintf("%q, a Kapsule offer", t)
		refusal.Fix = "For a Kapsule cluster use srm_hds_cluster, which is for health data, or scaleway_k8s_cluster of the " +
			"official provider. No cluster changes from one to the other."
	}
	return refusal
}

// checkAttestor refuses an empty name.
func checkAttestor(by string) error {
	if strings.TrimSpace(by) != "" {
		return compliance.CheckDeclaration("HDS-SCP-02", "The name of who attests", by)
	}
	return &compliance.Refusal{
		Rule: compliance.Rule{Clause: "HDS-SCP-02"}, Summary: "The attestation that no health data passes through names no " +
			"one", Found: strconv.Quote(by),
		Allowed: "the name or the function of the person who answers for it", Fix: "Name them in `by`.",
	}
}

// checkDay refuses what is no day.
func checkDay(day string) error { return compliance.CheckReviewDay("HDS-SCP-02", day) }

// checkImported refuses to own a cluster that is none of Kosmos, as an import can name one.
func checkImported(cluster *k8s.Cluster, diags *diag.Diagnostics) {
	var refusal *compliance.Refusal
	if errors.As(checkType(cluster.Type), &refusal) {
		tfkit.Refuse(diags, path.Root("id"), tfkit.Refusal{
			Summary: "The cluster is not a Kosmos cluster", Found: fmt.Sprintf(
				"cluster %q of type %s", cluster.Name, cluster.Type,
			),
			Allowed: refusal.Allowed, Fix: refusal.Fix,
		})
	}
}

// reviewLasts is how long ago a review may be before a plan asks for the next.
const reviewLasts = 365 * 24 * time.Hour

// checkReview refuses an attestation of a day to come, and warns of an old one: what time brings never refuses.
func (m *model) checkReview(now time.Time, diags *diag.Diagnostics) {
	at := path.Root("no_health_data").AtName("reviewed_on")
	text := tfkit.TextOf(m.NoHealthData, "reviewed_on")
	day, err := time.Parse(time.DateOnly, text.ValueString())
	if err != nil {
		return // unknown, or refused by its validator
	}
	if tfkit.CheckPastDay(
		"The review that no health data passes through", "HDS-SCP-02", "reviewed_on", text.ValueString(), now, at, diags,
	) {
		return
	}
	if now.Sub(day) > reviewLasts {
		tfkit.Warn(diags, at, tfkit.Refusal{
			Summary: "The review that no health data passes through is more than a year old", Clause: "HDS-SCP-02",
			Found: fmt.Sprintf("reviewed_on is %s, today is %s", day.Format(time.DateOnly), now.UTC().Format(time.DateOnly)),
			Fix: "Look again at what passes through the cluster, then raise `reviewed_on`. Transit alone makes a cluster " +
				"one for health data.",
		})
	}
}

// warnOfClosing says which nodes lose the API server when Scaleway's own ranges leave the allow-list.
func (r *clusterResource) warnOfClosing(ctx context.Context, m, state *model, diags *diag.Diagnostics) {
	if !state.ScalewayRanges.ValueBool() || m.ScalewayRanges.IsUnknown() || m.ScalewayRanges.ValueBool() {
		return
	}
	all, err := r.provider.API.Pools(ctx, state.Place(), state.UUID())
	if err != nil {
		tfkit.AtPlan(diags).ReportAPIError("Unable to read the pools of the Kosmos cluster", err)
		return
	}
	hosted := []string{}
	for _, pool := range all {
		if pool.NodeType != pools.External {
			hosted = append(hosted, strconv.Quote(pool.Name))
		}
	}
	if len(hosted) == 0 {
		return
	}
	tfkit.Warn(diags, path.Root("scaleway_ranges"), tfkit.Refusal{
		Summary: "Scaleway-hosted nodes would lose the API server", Clause: "IAM-02", Found: "scaleway_ranges from true to " +
			"false; Scaleway-hosted pools: " + strings.Join(hosted, ", "),
		Allowed: "true while the cluster has pools that Scaleway hosts",
		Fix: "Set `scaleway_ranges = true`, or remove these pools first. The API does not narrow Scaleway's ranges to " +
			"your own nodes.",
	})
}
