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

// facts are what is judged of what the API answered.
func (f *found) facts() lifecycle.Cluster {
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
			External: p.NodeType == externalType,
		}
		if !one.External {
			one.Sale, one.NoSale = f.sales.of(p)
		}
		external[p.ID] = one.External
		c.Pools = append(c.Pools, one)
	}
	for _, n := range f.nodes {
		one := lifecycle.Node{ID: scaleway.JoinID(n.Region, n.ID), Name: n.Name, External: external[n.PoolID]}
		if n.CreatedAt != nil {
			one.CreatedAt = *n.CreatedAt
		}
		c.Nodes = append(c.Nodes, one)
	}
	return c
}

// lead finds the way to the minor that is asked for, if one is; false after an error. A cluster that is past it has no
// way to go, as one that runs it: a forced upgrade must not make a configuration fail. Neither has a cluster whose own
// version cannot be read. The report says each.
func lead(
	c *lifecycle.Cluster, target types.String, known lifecycle.Knowledge, at time.Time, diags *diag.Diagnostics,
) bool {
	current, unreadable := lifecycle.ParseVersion(c.Version)
	if target.IsNull() || unreadable != nil {
		return true
	}
	wanted, err := lifecycle.ParseMinor(target.ValueString())
	if err == nil {
		c.Path, err = known.Path(current.Minor, wanted, at)
	}
	if errors.Is(err, lifecycle.ErrDowngrade) {
		c.Path, err = []lifecycle.Step{}, nil
	}
	if err != nil {
		refuseTarget(target.ValueString(), current, err, diags)
		return false
	}
	c.Wanted = &wanted
	return true
}

// refuseTarget says why no path leads to a version.
func refuseTarget(target string, current lifecycle.Version, err error, diags *diag.Diagnostics) {
	at := path.Root("target_version")
	var upgrade *lifecycle.UpgradeError
	if !errors.As(err, &upgrade) {
		tfkit.RefuseError(diags, at, checkMinor(target))
		return
	}
	r := tfkit.Refusal{
		Summary: "No upgrade leads to Kubernetes " + target, Clause: lifecycle.UpgradeClause,
		Found:   fmt.Sprintf("target_version %q, of a cluster that runs %s", target, current),
		Allowed: fmt.Sprintf("the cluster's own minor, %s, and later ones that are known", current.Minor),
	}
	switch {
	case errors.Is(err, lifecycle.ErrNotReleased):
		r.Fix = fmt.Sprintf(
			"It is not released yet at as_of: set target_version to %q, or ask about a later moment.", upgrade.Allowed,
		)
	default:
		r.Fix = fmt.Sprintf("The API offers no patch of it, and the calendar bundled with the provider (as of %s) does not "+
			"have it: set target_version to %q, which follows the present minor, or upgrade the provider.",
			lifecycle.CalendarAsOf, upgrade.Allowed)
	}
	tfkit.Refuse(diags, at, r)
}

// checkMinor accepts a minor.
func checkMinor(text string) error {
	return tfkit.CheckMinor(text)
}
