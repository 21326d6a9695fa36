package clusterlifecycle

import (
	"context"
	"slices"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// knowledge is what the API says of the versions that a cluster depends on. While its minor is offered, the list of
// what is offered tells all, and every cluster of the run shares it. A deprecated minor is not in that list: its dates
// come by its full name, and where it may go from what the cluster can be upgraded to, which are two requests. The
// bundled calendar says which of the two to ask; where it is wrong, both are asked. A path needs the list in any case.
func (d *dataSource) knowledge(ctx context.Context, c *k8s.Cluster, withPath bool) (lifecycle.Knowledge, error) {
	known := lifecycle.Knowledge{Assessed: map[lifecycle.Minor]lifecycle.Assessment{}}
	current, err := lifecycle.ParseVersion(c.Version)
	if err != nil {
		return known, nil //nolint:nilerr // a version that cannot be read is a finding of the report
	}
	api, stage := d.provider.API, lifecycle.Assess(current.Minor, lifecycle.Dates{}).StageAt(d.provider.Now())
	deprecated := stage == lifecycle.StageDeprecation || stage == lifecycle.StageEndOfSupport
	if !deprecated || withPath {
		offered, err := api.Versions(ctx, c.Region)
		if err != nil {
			return known, err
		}
		learn(&known, offered)
		if _, ok := lifecycle.HighestPatch(known.Offered, current.Minor); ok {
			return known, nil
		}
	}
	version, err := api.Version(ctx, c.Region, c.Version)
	switch {
	case err == nil:
		known.Assessed[current.Minor] = lifecycle.Assess(current.Minor, tfkit.APIDates(version))
	case !scaleway.IsNotFound(err):
		return known, err
	}
	targets, err := api.AvailableVersions(ctx, c.Region, c.ID)
	if err != nil {
		return known, err
	}
	learn(&known, targets)
	return known, nil
}

// learn adds versions to what is known. The dates are those of the minor: where its patches differ, the newest counts,
// whatever the order of the answer. Names that are no version are passed over.
func learn(known *lifecycle.Knowledge, versions []*k8s.Version) {
	for _, v := range versions {
		if v != nil {
			known.Offered = append(known.Offered, v.Name)
		}
	}
	slices.Sort(known.Offered)
	known.Offered = slices.Compact(known.Offered)
	for _, v := range versions {
		if v == nil {
			continue
		}
		full, err := lifecycle.ParseVersion(v.Name)
		if err != nil {
			continue
		}
		if newest, ok := lifecycle.HighestPatch(known.Offered, full.Minor); ok && newest == v.Name {
			known.Assessed[full.Minor] = lifecycle.Assess(full.Minor, tfkit.APIDates(v))
		}
	}
}
