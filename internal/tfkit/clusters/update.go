package clusters

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// Update is one update of a cluster: the steps from the state to the plan, each with its own wait.
type Update struct {
	API        *scaleway.Client
	Plan, From *Model
	// Rules is the planned allow-list. PreviousRules is the allow-list in the state.
	Rules, PreviousRules []*k8s.ACLRuleRequest
	Diags                *diag.Diagnostics
	// Written is true once a request was sent: an interrupted update then has to be finished.
	Written bool
}

// Run runs the steps. It returns the resulting cluster, or nil if no request was needed.
func (u *Update) Run(ctx context.Context, unfinished bool) (*k8s.Cluster, error) {
	if err := u.applyAllowList(ctx, unfinished); err != nil {
		return nil, err
	}
	var cluster *k8s.Cluster
	if unfinished || u.From.VersionUsed.IsNull() {
		var err error
		if cluster, err = u.API.WaitCluster(ctx, u.From.ClusterRegion(), u.From.UUID()); err != nil {
			return nil, err
		}
		from := *u.From
		from.Refresh(ctx, cluster, u.Diags)
		u.From = &from
	}
	for _, step := range []func(context.Context) (*k8s.Cluster, error){u.changeType, u.patch, u.upgrade, u.addFeatures} {
		changed, err := step(ctx)
		if err != nil || u.Diags.HasError() {
			return nil, err
		}
		if changed != nil {
			cluster = changed
		}
	}
	return cluster, nil
}

// applyAllowList sets the allow-list. It is the first step, as an open API server is the most urgent problem. It
// retries a list that removes ranges until the API accepts it, even if it cannot read the actual list. It does not
// retry a list that only adds ranges.
func (u *Update) applyAllowList(ctx context.Context, unfinished bool) error {
	before, readErr := u.PreviousRules, error(nil)
	if unfinished {
		var rules []*k8s.ACLRule
		rules, readErr = u.API.AllowList(ctx, u.From.ClusterRegion(), u.From.UUID())
		before = nil
		for _, rule := range rules {
			before = append(
				before, &k8s.ACLRuleRequest{IP: rule.IP, ScalewayRanges: rule.ScalewayRanges, Description: rule.Description},
			)
		}
	}
	if readErr == nil && slices.Equal(normalizeRules(u.Rules), normalizeRules(before)) {
		return nil
	}
	u.Written = true
	removed := subtractRanges(before, u.Rules)
	if readErr == nil && len(removed) == 0 {
		if err := u.API.SetAllowListWhenSettled(ctx, u.From.ClusterRegion(), u.From.UUID(), u.Rules); err != nil {
			return fmt.Errorf("the allow-list could not be set: %w", err)
		}
		return nil
	}
	if _, _, err := u.API.SetAllowListWithRetry(ctx, u.From.ClusterRegion(), u.From.UUID(), u.Rules); err != nil {
		still := "may still allow more than configured"
		if len(removed) > 0 {
			still = "still allows " + strings.Join(removed, ", ")
		}
		return fmt.Errorf("the API server of cluster %q (%s) %s, as its allow-list could not be set: %w",
			u.From.Name.ValueString(), scaleway.JoinID(u.From.ClusterRegion(), u.From.UUID()), still, err)
	}
	return nil
}

// subtractRanges returns the ranges of an allow-list that are not in another one.
func subtractRanges(rules, other []*k8s.ACLRuleRequest) []string {
	text := func(rule *k8s.ACLRuleRequest) string {
		if rule.IP == nil {
			return scalewayRanges
		}
		return rule.IP.String()
	}
	found := []string{}
	for _, rule := range rules {
		if !slices.ContainsFunc(other, func(candidate *k8s.ACLRuleRequest) bool { return text(candidate) == text(rule) }) {
			found = append(found, text(rule))
		}
	}
	return found
}

// normalizeRules returns rules in a comparable form: sorted and without duplicates. It ignores the description of the
// rule that allows all of Scaleway's own addresses, which cannot be configured.
func normalizeRules(rules []*k8s.ACLRuleRequest) []string {
	found := []string{}
	for _, rule := range rules {
		text := scalewayRanges
		if rule.IP != nil {
			text = rule.IP.String() + " " + rule.Description
		}
		found = append(found, text)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func (u *Update) changeType(ctx context.Context) (*k8s.Cluster, error) {
	if u.Plan.Type.Equal(u.From.Type) {
		return nil, nil
	}
	u.Written = true
	if _, err := u.API.SetClusterType(ctx, u.From.ClusterRegion(), u.From.UUID(), u.Plan.Type.ValueString()); err != nil {
		return nil, err
	}
	return u.API.WaitCluster(ctx, u.From.ClusterRegion(), u.From.UUID())
}

// patch sends the changed attributes. Before an upgrade it only removes feature gates and admission plug-ins.
func (u *Update) patch(ctx context.Context) (*k8s.Cluster, error) {
	to := u.Plan
	if u.isUpgrade() {
		to = u.Plan.withoutNewFeatures(u.From)
	}
	return u.send(ctx, to.UpdateRequest(ctx, u.From, u.Diags))
}

// addFeatures enables the new feature gates and admission plug-ins after an upgrade.
func (u *Update) addFeatures(ctx context.Context) (*k8s.Cluster, error) {
	if !u.isUpgrade() {
		return nil, nil
	}
	before := u.Plan.withoutNewFeatures(u.From)
	before.ID, before.Region = u.From.ID, u.From.Region
	return u.send(ctx, u.Plan.UpdateRequest(ctx, before, u.Diags))
}

func (u *Update) send(ctx context.Context, request *k8s.UpdateClusterRequest) (*k8s.Cluster, error) {
	if request == nil || u.Diags.HasError() {
		return nil, nil
	}
	u.Written = true
	if _, err := u.API.UpdateCluster(ctx, request); err != nil {
		return nil, err
	}
	return u.API.WaitCluster(ctx, u.From.ClusterRegion(), u.From.UUID())
}

// upgrade upgrades the cluster to the highest patch of a newer minor. With upgrade_pools it also waits until the nodes
// run that minor.
func (u *Update) upgrade(ctx context.Context) (*k8s.Cluster, error) {
	to, err := lifecycle.ParseMinor(u.Plan.Version.ValueString())
	if err != nil {
		return nil, err
	}
	used, err := lifecycle.ParseVersion(u.From.VersionUsed.ValueString())
	if err != nil {
		return nil, err
	}
	if to.Compare(used.Minor) <= 0 {
		return nil, nil
	}
	available, err := u.API.AvailableVersions(ctx, u.From.ClusterRegion(), u.From.UUID())
	if err != nil {
		return nil, err
	}
	offered := findHighestPatch(available, to)
	if offered == nil {
		return nil, fmt.Errorf("the API no longer offers a patch of %s to this cluster, only %s", to, joinMinors(available))
	}
	pools := u.Plan.UpgradePools.ValueBool()
	u.Written = true
	if _, err := u.API.UpgradeCluster(ctx, u.From.ClusterRegion(), u.From.UUID(), offered.Name, pools); err != nil {
		// A forced upgrade may have been faster.
		now, readErr := u.API.Cluster(ctx, u.From.ClusterRegion(), u.From.UUID())
		if readErr != nil || !scaleway.RunsAtLeast(now.Version, to) {
			return nil, err
		}
	}
	cluster, err := u.API.WaitCluster(ctx, u.From.ClusterRegion(), u.From.UUID())
	if err != nil || !pools {
		return cluster, err
	}
	return cluster, u.waitPools(ctx, to)
}

// waitPools waits for the pools that the upgrade also upgrades, and warns about those that were not upgraded.
func (u *Update) waitPools(ctx context.Context, to lifecycle.Minor) error {
	behind, err := u.API.WaitPoolsUpgraded(ctx, u.From.ClusterRegion(), u.From.UUID(), to)
	if err != nil || len(behind) == 0 {
		return err
	}
	found := []string{}
	for _, pool := range behind {
		text := fmt.Sprintf(
			"pool %q (%s) runs %s, status %s", pool.Name, scaleway.JoinID(pool.Region, pool.ID), pool.Version, pool.Status,
		)
		if pool.ErrorMessage != nil && *pool.ErrorMessage != "" {
			text += ": " + *pool.ErrorMessage
		}
		found = append(found, text)
	}
	tfkit.AddWarning(u.Diags, path.Root("upgrade_pools"), tfkit.Problem{
		Summary: "Pools were not upgraded with the cluster", Clause: lifecycle.UpgradeClause,
		Found:   strings.Join(found, "; "),
		Allowed: "ready pools that run the cluster's minor",
		Fix: fmt.Sprintf("Check these pools in the Scaleway console. Once they are ready, upgrade them: set `version` of "+
			"their resources to %q, or use `scw k8s pool upgrade`.", to),
	})
	return nil
}
