package cluster

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Updated is the result of Update.
type Updated struct {
	// Cluster is the cluster after the last step; nil where no request was needed.
	Cluster *k8s.Cluster
	// Written is true if a write was sent, also where Update then failed: there is something to finish.
	Written bool
	// PoolsBehind are pools that did not follow an upgrade of the cluster.
	PoolsBehind []*k8s.Pool
}

// Update changes a cluster from what the state has to what is desired. It sends only what differs, and waits after each
// step. finish is true for a cluster whose last create or update did not end: its actual settings are read first.
func Update(
	ctx context.Context, api *scaleway.Client, desired Desired, observed Observed, finish bool,
) (Updated, error) {
	u := &update{api: api, desired: desired, observed: observed, finish: finish}
	err := u.run(ctx)
	return u.result, err
}

// update is one run of Update.
type update struct {
	api      *scaleway.Client
	desired  Desired
	observed Observed
	finish   bool
	result   Updated
}

func (u *update) run(ctx context.Context) error {
	// The allow-list comes first: no change is as urgent as closing an API server.
	if err := u.applyAllowList(ctx); err != nil {
		return err
	}
	if u.finish || u.observed.Version == (lifecycle.Version{}) {
		cluster, err := u.api.WaitCluster(ctx, u.observed.Region, u.observed.UUID)
		if err != nil {
			return err
		}
		u.result.Cluster = cluster
		u.observed.Settings = observe(cluster, cmp.Or(u.observed.Autoscaler, u.desired.Autoscaler))
		if u.observed.Version, err = lifecycle.ParseVersion(cluster.Version); err != nil {
			return err
		}
	}
	for _, step := range []func(context.Context) error{u.changeType, u.patchBeforeUpgrade, u.upgrade, u.addFeatures} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (u *update) wait(ctx context.Context) error {
	cluster, err := u.api.WaitCluster(ctx, u.observed.Region, u.observed.UUID)
	if err != nil {
		return err
	}
	u.result.Cluster = cluster
	return nil
}

func (u *update) changeType(ctx context.Context) error {
	if u.desired.Type == u.observed.Type {
		return nil
	}
	u.result.Written = true
	if _, err := u.api.SetClusterType(ctx, u.observed.Region, u.observed.UUID, u.desired.Type); err != nil {
		return err
	}
	return u.wait(ctx)
}

// isUpgrade reports whether the desired minor is newer than the one that runs, which a forced upgrade may have moved.
func (u *update) isUpgrade() bool { return u.desired.Version.Compare(u.observed.Version.Minor) > 0 }

// patchBeforeUpgrade sends the settings that differ. Before an upgrade it removes feature gates and admission plugins,
// which the next version may not offer, and adds none, which the present version may not offer.
func (u *update) patchBeforeUpgrade(ctx context.Context) error {
	return u.patch(ctx, u.beforeUpgrade(), u.observed.Settings)
}

// addFeatures enables the features of the plan that the upgrade made available.
func (u *update) addFeatures(ctx context.Context) error {
	if !u.isUpgrade() {
		return nil
	}
	return u.patch(ctx, u.desired.Settings, u.beforeUpgrade())
}

// beforeUpgrade returns the desired settings, before an upgrade without the features that are new in them.
func (u *update) beforeUpgrade() Settings {
	settings := u.desired.Settings
	if u.isUpgrade() {
		settings.FeatureGates = intersect(settings.FeatureGates, u.observed.FeatureGates)
		settings.AdmissionPlugins = intersect(settings.AdmissionPlugins, u.observed.AdmissionPlugins)
	}
	return settings
}

func (u *update) patch(ctx context.Context, to, from Settings) error {
	request := to.patch(u.observed.Ref, from)
	if request == nil {
		return nil
	}
	u.result.Written = true
	if _, err := u.api.UpdateCluster(ctx, request); err != nil {
		return err
	}
	return u.wait(ctx)
}

// upgrade moves the cluster to the highest patch of a newer minor, and waits for the pools that are upgraded with it.
func (u *update) upgrade(ctx context.Context) error {
	if !u.isUpgrade() {
		return nil
	}
	region, id, minor := u.observed.Region, u.observed.UUID, u.desired.Version
	available, err := u.api.AvailableVersions(ctx, region, id)
	if err != nil {
		return err
	}
	offered := scaleway.HighestPatch(available, minor)
	if offered == nil {
		return fmt.Errorf(
			"the API no longer offers a patch of %s to this cluster, only %s", minor, scaleway.JoinMinors(available),
		)
	}
	u.result.Written = true
	if _, err := u.api.UpgradeCluster(ctx, region, id, offered.Name, u.desired.UpgradePools); err != nil {
		// A forced upgrade may have come first.
		now, readErr := u.api.Cluster(ctx, region, id)
		if readErr != nil || !scaleway.RunsAtLeast(now.Version, minor) {
			return err
		}
	}
	if err := u.wait(ctx); err != nil || !u.desired.UpgradePools {
		return err
	}
	u.result.PoolsBehind, err = u.api.WaitPoolsUpgraded(ctx, region, id, minor)
	return err
}

func intersect(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(name string) bool { return !slices.Contains(b, name) })
}
