package clusterlifecycle

import (
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// facts converts the responses from the API.
func (f *apiData) facts() lifecycle.Cluster {
	c := lifecycle.Cluster{
		ID: scaleway.JoinID(f.cluster.Region, f.cluster.ID), Name: f.cluster.Name, Version: f.cluster.Version,
	}
	if f.cluster.AutoUpgrade != nil {
		c.AutoUpgrade = &f.cluster.AutoUpgrade.Enabled
	}
	external := map[string]bool{}
	for _, p := range f.pools {
		one := lifecycle.Pool{
			ID: scaleway.JoinID(p.Region, p.ID), Name: p.Name, Version: p.Version, NodeType: p.NodeType,
			IsExternal: p.NodeType == externalType,
		}
		if !one.IsExternal {
			one.Sale, one.NoSaleReason = f.sales.lookup(p)
		}
		external[p.ID] = one.IsExternal
		c.Pools = append(c.Pools, one)
	}
	for _, n := range f.nodes {
		one := lifecycle.Node{ID: scaleway.JoinID(n.Region, n.ID), Name: n.Name, IsExternal: external[n.PoolID]}
		if n.CreatedAt != nil {
			one.CreatedAt = *n.CreatedAt
		}
		c.Nodes = append(c.Nodes, one)
	}
	return c
}

// resolveUpgradePath sets the upgrade path to the target minor, if there is one. After an error, it returns false. The
// path is empty if the cluster runs the target or a newer minor: a forced upgrade must not make a configuration fail.
// There is no path if the cluster's version is unreadable.
func resolveUpgradePath(
	c *lifecycle.Cluster, target types.String, known lifecycle.VersionData, at time.Time, diags *diag.Diagnostics,
) bool {
	current, parseErr := lifecycle.ParseVersion(c.Version)
	if target.IsNull() || parseErr != nil {
		return true
	}
	minor, err := lifecycle.ParseMinor(target.ValueString())
	if err == nil {
		c.UpgradePath, err = known.UpgradePath(current.Minor, minor, at)
	}
	if errors.Is(err, lifecycle.ErrDowngrade) {
		c.UpgradePath, err = []lifecycle.Step{}, nil
	}
	if err != nil {
		addTargetError(target.ValueString(), current, err, diags)
		return false
	}
	c.WantedMinor = &minor
	return true
}

// addTargetError adds an error that explains why there is no upgrade path to the target.
func addTargetError(target string, current lifecycle.Version, err error, diags *diag.Diagnostics) {
	at := path.Root("target_version")
	var upgrade *lifecycle.UpgradeError
	if !errors.As(err, &upgrade) {
		tfkit.AddCheckError(diags, at, checkMinor(target))
		return
	}
	r := tfkit.Problem{
		Summary: "There is no upgrade path to Kubernetes " + target, Clause: lifecycle.UpgradeClause,
		Found:   fmt.Sprintf("target_version %q, and the cluster runs %s", target, current),
		Allowed: fmt.Sprintf("the cluster's minor, %s, and known later minors", current.Minor),
	}
	switch {
	case errors.Is(err, lifecycle.ErrNotReleased):
		r.Fix = fmt.Sprintf(
			"Set target_version to %q, or as_of to a later time: Kubernetes %s is not released at as_of.",
			upgrade.Allowed,
			target,
		)
	default:
		r.Fix = fmt.Sprintf("Set target_version to %q, the minor after the current one, or upgrade the provider: the "+
			"API offers no patch of the target, and the calendar bundled with the provider (as of %s) does not "+
			"contain it.",
			upgrade.Allowed, lifecycle.CalendarAsOf)
	}
	tfkit.AddError(diags, at, r)
}

// checkMinor returns an error unless the text is a minor.
func checkMinor(text string) error {
	return tfkit.CheckMinor(text)
}
