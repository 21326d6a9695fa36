package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/cluster"
	pooloperations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func kosmos() variant {
	return variant{
		resourceType: "srm_kosmos_cluster", name: "Kosmos cluster",
		regionDescription: "Region of the cluster. Default: the provider's.",
		accessClause:      "IAM-02", canAllowScaleway: true,
		schema: kosmosSchema, newModel: func() model { return &kosmosModel{} },
		checkType:     checkKosmosType,
		defaultRegion: func(p *tfkit.Provider) scw.Region { return p.API.DefaultRegion() },
		checkRegion:   func(string) error { return nil }, moveObstacles: kosmosMoveObstacles,
		movable: fmt.Sprintf("a cluster of an offer that starts with %q, with the CNI %q; updates change its version, "+
			"auto-upgrade and the allow-list in place", compliance.SharedKosmosType, k8s.CNIKilo),
	}
}

// kosmosModel is the Terraform model of srm_kosmos_cluster.
type kosmosModel struct {
	commonModel

	ScalewayRanges types.Bool   `tfsdk:"scaleway_ranges"`
	NoHealthData   types.Object `tfsdk:"no_health_data"`
}

// allowsScalewayRanges reports whether a rule allows all of Scaleway's own ranges.
func allowsScalewayRanges(rule *k8s.ACLRule) bool {
	return rule.ScalewayRanges != nil && *rule.ScalewayRanges
}

// refreshAllowList sets scaleway_ranges and allowed_ip_ranges from the rules of the allow-list.
func (m *kosmosModel) refreshAllowList(rules []*k8s.ACLRule) {
	m.ScalewayRanges = types.BoolValue(slices.ContainsFunc(rules, allowsScalewayRanges))
	m.commonModel.refreshAllowList(slices.DeleteFunc(slices.Clone(rules), allowsScalewayRanges))
}

// desired converts a plan, all of whose inputs are known.
func (m *kosmosModel) desired(ctx context.Context, diags *diag.Diagnostics) operations.Desired {
	desired := m.commonModel.desired(ctx, diags)
	if m.ScalewayRanges.ValueBool() {
		desired.AllowList = append(desired.AllowList, operations.AllowRule{ScalewayRanges: true})
	}
	return desired
}

// observed converts a state.
func (m *kosmosModel) observed(ctx context.Context, diags *diag.Diagnostics) operations.Observed {
	observed := m.commonModel.observed(ctx, diags)
	if m.ScalewayRanges.ValueBool() {
		observed.AllowList = append(observed.AllowList, operations.AllowRule{ScalewayRanges: true})
	}
	return observed
}

func (m *kosmosModel) immutableAttributes(state model) []immutableAttribute {
	return []immutableAttribute{{"region", m.Region, state.common().Region}}
}

func (m *kosmosModel) checkOwnPlan(p *tfkit.Provider, diags *diag.Diagnostics) {
	m.checkReview(p.Now(), diags)
}

// checkKosmosType refuses offers other than Kosmos offers. It accepts every size: the plan checks the size against the
// API.
func checkKosmosType(t string) error {
	if compliance.IsKosmosType(t) {
		return nil
	}
	refusal := &compliance.Problem{
		Summary: fmt.Sprintf("Cluster type %q is not a Kosmos offer", t),
		Found:   strconv.Quote(t),
		Allowed: fmt.Sprintf(
			"%q, or a type that starts with %q, such as %q",
			compliance.SharedKosmosType,
			compliance.DedicatedKosmosPrefix,
			compliance.DedicatedKosmosPrefix+"4",
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

// checkActual refuses to manage a cluster that is not a Kosmos cluster, which an import can name.
func (m *kosmosModel) checkActual(cluster *k8s.Cluster, diags *diag.Diagnostics) {
	var refusal *compliance.Problem
	if errors.As(checkKosmosType(cluster.Type), &refusal) {
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
func (m *kosmosModel) checkReview(now time.Time, diags *diag.Diagnostics) {
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

// checkOwnUpdate names the pools whose nodes lose access to the API server if scaleway_ranges becomes false.
func (m *kosmosModel) checkOwnUpdate(ctx context.Context, p *tfkit.Provider, before model, diags *diag.Diagnostics) {
	state, _ := before.(*kosmosModel)
	if !state.ScalewayRanges.ValueBool() || m.ScalewayRanges.IsUnknown() || m.ScalewayRanges.ValueBool() {
		return
	}
	all, err := p.API.Pools(ctx, state.clusterRegion(), state.uuid())
	if err != nil {
		tfkit.NewPlanReporter(diags).ReportAPIError("Unable to read the pools of the Kosmos cluster", err)
		return
	}
	hosted := []string{}
	for _, pool := range all {
		if pool.NodeType != pooloperations.ExternalNodeType {
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

// kosmosMoveObstacles returns the properties of a cluster that rule out a move because no update in place can change
// them.
func kosmosMoveObstacles(cluster *k8s.Cluster) []string {
	reasons := []string{}
	if checkKosmosType(cluster.Type) != nil {
		reasons = append(reasons, fmt.Sprintf("offer %q, which is not a Kosmos offer", cluster.Type))
		if strings.HasPrefix(cluster.Type, "kapsule") {
			reasons[0] += ": move the cluster to srm_hds_cluster instead"
		}
	}
	if cluster.Cni != k8s.CNIKilo {
		reasons = append(reasons, fmt.Sprintf("CNI %q", cluster.Cni))
	}
	return reasons
}
