package hdscluster

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// update is one run of Update: the steps that lead from the state to the plan, each with its own wait.
type update struct {
	api        *scaleway.Client
	plan, from *model
	diags      *diag.Diagnostics
	// written says that something was sent, so that an interrupted run has something to finish.
	written bool
}

// run returns the cluster as it is at the end; nil where nothing had to be asked.
func (u *update) run(ctx context.Context, unfinished bool) (*k8s.Cluster, error) {
	if err := u.allowList(ctx, unfinished); err != nil {
		return nil, err
	}
	var cluster *k8s.Cluster
	if unfinished {
		var err error
		if cluster, err = u.api.WaitCluster(ctx, scw.RegionFrPar, u.from.uuid()); err != nil {
			return nil, err
		}
		from := *u.from
		from.refresh(ctx, cluster, u.diags)
		u.from = &from
	}
	for _, step := range []func(context.Context) (*k8s.Cluster, error){u.changeType, u.patch, u.upgrade} {
		changed, err := step(ctx)
		if err != nil || u.diags.HasError() {
			return nil, err
		}
		if changed != nil {
			cluster = changed
		}
	}
	return cluster, nil
}

// allowList comes first: nothing is as urgent as an API server that is open.
func (u *update) allowList(ctx context.Context, unfinished bool) error {
	if unfinished {
		rules, err := u.api.AllowList(ctx, scw.RegionFrPar, u.from.uuid())
		if err != nil {
			return err
		}
		from := *u.from
		from.refreshAllowList(rules)
		u.from = &from
	}
	if u.plan.AllowedIPRanges.Equal(u.from.AllowedIPRanges) {
		return nil
	}
	rules := u.plan.rules(ctx, u.diags)
	if u.diags.HasError() {
		return nil
	}
	u.written = true
	if _, _, err := u.api.SetAllowListSoon(ctx, scw.RegionFrPar, u.from.uuid(), rules); err != nil {
		return fmt.Errorf("the allow-list could not be set: %w", err)
	}
	return nil
}

func (u *update) changeType(ctx context.Context) (*k8s.Cluster, error) {
	if u.plan.Type.Equal(u.from.Type) {
		return nil, nil
	}
	u.written = true
	if _, err := u.api.SetClusterType(ctx, scw.RegionFrPar, u.from.uuid(), u.plan.Type.ValueString()); err != nil {
		return nil, err
	}
	return u.api.WaitCluster(ctx, scw.RegionFrPar, u.from.uuid())
}

func (u *update) patch(ctx context.Context) (*k8s.Cluster, error) {
	request := u.plan.changes(ctx, u.from, u.diags)
	if request == nil || u.diags.HasError() {
		return nil, nil
	}
	u.written = true
	if _, err := u.api.UpdateCluster(ctx, request); err != nil {
		return nil, err
	}
	return u.api.WaitCluster(ctx, scw.RegionFrPar, u.from.uuid())
}

// upgrade moves the cluster to the highest patch of a newer minor, and waits for its pools where they go with it: an
// apply ends when the nodes run what was asked.
func (u *update) upgrade(ctx context.Context) (*k8s.Cluster, error) {
	to, err := lifecycle.ParseMinor(u.plan.Version.ValueString())
	if err != nil {
		return nil, err
	}
	used, err := lifecycle.ParseVersion(u.from.VersionUsed.ValueString())
	if err != nil {
		return nil, err
	}
	if to.Compare(used.Minor) <= 0 {
		return nil, nil
	}
	available, err := u.api.AvailableVersions(ctx, scw.RegionFrPar, u.from.uuid())
	if err != nil {
		return nil, err
	}
	offered := pick(available, to)
	if offered == nil {
		return nil, fmt.Errorf("the API offers no patch of %s to this cluster any more, only %s", to, minors(available))
	}
	pools := u.plan.UpgradePools.ValueBool()
	u.written = true
	if _, err := u.api.UpgradeCluster(ctx, scw.RegionFrPar, u.from.uuid(), offered.Name, pools); err != nil {
		return nil, err
	}
	cluster, err := u.api.WaitCluster(ctx, scw.RegionFrPar, u.from.uuid())
	if err != nil || !pools {
		return cluster, err
	}
	return cluster, u.waitPools(ctx, offered.Name)
}

func (u *update) waitPools(ctx context.Context, version string) error {
	pools, err := u.api.Pools(ctx, scw.RegionFrPar, u.from.uuid())
	if err != nil {
		return err
	}
	for _, pool := range pools {
		if _, err := u.api.WaitPool(ctx, scw.RegionFrPar, pool.ID, func(now *k8s.Pool) bool {
			return now.Status == k8s.PoolStatusReady && now.Version == version
		}); err != nil {
			return err
		}
	}
	return nil
}
