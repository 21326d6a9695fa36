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

// Update is one run of Update: the steps that lead from the state to the plan, each with its own wait.
type Update struct {
	API        *scaleway.Client
	Plan, From *Model
	// Rules is the planned allow-list, and Before that of the state.
	Rules, Before []*k8s.ACLRuleRequest
	Diags         *diag.Diagnostics
	// Written says that something was sent, so that an interrupted run has something to finish.
	Written bool
}

// Run returns the cluster as it is at the end; nil where nothing had to be asked.
func (u *Update) Run(ctx context.Context, unfinished bool) (*k8s.Cluster, error) {
	if err := u.allowList(ctx, unfinished); err != nil {
		return nil, err
	}
	var cluster *k8s.Cluster
	if unfinished || u.From.VersionUsed.IsNull() {
		var err error
		if cluster, err = u.API.WaitCluster(ctx, u.From.Place(), u.From.UUID()); err != nil {
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

// allowList comes first: nothing is as urgent as an API server that is open. A list that closes something is sent until
// the API takes it, also where the actual one cannot be read; one that only opens is no reason to wait for an outage to
// end.
func (u *Update) allowList(ctx context.Context, unfinished bool) error {
	before, unread := u.Before, error(nil)
	if unfinished {
		var rules []*k8s.ACLRule
		rules, unread = u.API.AllowList(ctx, u.From.Place(), u.From.UUID())
		before = nil
		for _, rule := range rules {
			before = append(
				before, &k8s.ACLRuleRequest{IP: rule.IP, ScalewayRanges: rule.ScalewayRanges, Description: rule.Description},
			)
		}
	}
	if unread == nil && slices.Equal(compared(u.Rules), compared(before)) {
		return nil
	}
	u.Written = true
	open := surplus(before, u.Rules)
	if unread == nil && len(open) == 0 {
		if err := u.API.SetAllowListOnceAccepted(ctx, u.From.Place(), u.From.UUID(), u.Rules); err != nil {
			return fmt.Errorf("the allow-list could not be set: %w", err)
		}
		return nil
	}
	if _, _, err := u.API.SetAllowListWithRetry(ctx, u.From.Place(), u.From.UUID(), u.Rules); err != nil {
		still := "may still let more in than configured"
		if len(open) > 0 {
			still = "still lets " + strings.Join(open, ", ") + " in"
		}
		return fmt.Errorf("the API server of cluster %q (%s) %s, as its allow-list could not be set: %w",
			u.From.Name.ValueString(), scaleway.JoinID(u.From.Place(), u.From.UUID()), still, err)
	}
	return nil
}

// surplus are the ranges of an allow-list that another one does not have.
func surplus(rules, other []*k8s.ACLRuleRequest) []string {
	text := func(rule *k8s.ACLRuleRequest) string {
		if rule.IP == nil {
			return scalewayRanges
		}
		return rule.IP.String()
	}
	found := []string{}
	for _, rule := range rules {
		if !slices.ContainsFunc(other, func(one *k8s.ACLRuleRequest) bool { return text(one) == text(rule) }) {
			found = append(found, text(rule))
		}
	}
	return found
}

// compared are rules as texts that are equal where the rules are, each once, in one order. The rule that admits all of
// Scaleway's own addresses has no description of its user's.
func compared(rules []*k8s.ACLRuleRequest) []string {
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
	if _, err := u.API.SetClusterType(ctx, u.From.Place(), u.From.UUID(), u.Plan.Type.ValueString()); err != nil {
		return nil, err
	}
	return u.API.WaitCluster(ctx, u.From.Place(), u.From.UUID())
}

// patch sends what changed. Before an upgrade it removes feature gates and admission plug-ins and adds none.
func (u *Update) patch(ctx context.Context) (*k8s.Cluster, error) {
	to := u.Plan
	if u.upgrades() {
		to = u.Plan.beforeUpgrade(u.From)
	}
	return u.send(ctx, to.Changes(ctx, u.From, u.Diags))
}

// addFeatures enables after an upgrade what is new in the plan.
func (u *Update) addFeatures(ctx context.Context) (*k8s.Cluster, error) {
	if !u.upgrades() {
		return nil, nil
	}
	before := u.Plan.beforeUpgrade(u.From)
	before.ID, before.Region = u.From.ID, u.From.Region
	return u.send(ctx, u.Plan.Changes(ctx, before, u.Diags))
}

func (u *Update) send(ctx context.Context, request *k8s.UpdateClusterRequest) (*k8s.Cluster, error) {
	if request == nil || u.Diags.HasError() {
		return nil, nil
	}
	u.Written = true
	if _, err := u.API.UpdateCluster(ctx, request); err != nil {
		return nil, err
	}
	return u.API.WaitCluster(ctx, u.From.Place(), u.From.UUID())
}

// upgrade moves the cluster to the highest patch of a newer minor, and waits for its pools where they go with it: an
// apply ends when the nodes run what was asked.
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
	available, err := u.API.AvailableVersions(ctx, u.From.Place(), u.From.UUID())
	if err != nil {
		return nil, err
	}
	offered := pick(available, to)
	if offered == nil {
		return nil, fmt.Errorf("the API offers no patch of %s to this cluster any more, only %s", to, minors(available))
	}
	pools := u.Plan.UpgradePools.ValueBool()
	u.Written = true
	if _, err := u.API.UpgradeCluster(ctx, u.From.Place(), u.From.UUID(), offered.Name, pools); err != nil {
		// A forced upgrade may have come first.
		now, look := u.API.Cluster(ctx, u.From.Place(), u.From.UUID())
		if look != nil || !scaleway.RunsAtLeast(now.Version, to) {
			return nil, err
		}
	}
	cluster, err := u.API.WaitCluster(ctx, u.From.Place(), u.From.UUID())
	if err != nil || !pools {
		return cluster, err
	}
	return cluster, u.waitPools(ctx, to)
}

// waitPools waits for the pools that the upgrade takes along, and names those that did not follow.
func (u *Update) waitPools(ctx context.Context, to lifecycle.Minor) error {
	behind, err := u.API.WaitPoolsUpgraded(ctx, u.From.Place(), u.From.UUID(), to)
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
	tfkit.Warn(u.Diags, path.Root("upgrade_pools"), tfkit.Refusal{
		Summary: "Pools did not follow the upgrade of the cluster", Clause: lifecycle.UpgradeClause,
		Found:   strings.Join(found, "; "),
		Allowed: "pools of the cluster's minor that are ready",
		Fix: fmt.Sprintf("Look at these pools in the Scaleway console. Once they are ready, upgrade them: set `version` of "+
			"their resources to %q, or upgrade them with `scw k8s pool upgrade`.", to),
	})
	return nil
}
