package clusterlifecycle

import (
	"context"
	"slices"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// readKnowledge reads the versions that a cluster depends on. If the cluster's minor is offered, the list of offered
// versions contains everything, and all clusters of a run share that list. A deprecated minor is not in the list: its
// dates need a request for the full version, and its upgrade targets a request for the cluster's available versions.
// The bundled calendar decides which of the two ways to try first; if it is wrong, both are used. An upgrade path
// always needs the list.
func (d *dataSource) readKnowledge(ctx context.Context, c *k8s.Cluster, withPath bool) (lifecycle.VersionData, error) {
	known := lifecycle.VersionData{Assessments: map[lifecycle.Minor]lifecycle.Assessment{}}
	current, err := lifecycle.ParseVersion(c.Version)
	if err != nil {
		return known, nil //nolint:nilerr // the attributes of an unreadable version are null
	}
	api, stage := d.provider.API, lifecycle.Assess(current.Minor, lifecycle.Dates{}).StageAt(d.provider.Now())
	deprecated := stage == lifecycle.StageDeprecation || stage == lifecycle.StageEndOfSupport
	if !deprecated || withPath {
		offered, err := api.Versions(ctx, c.Region)
		if err != nil {
			return known, err
		}
		addVersions(&known, offered)
		if _, ok := lifecycle.HighestPatch(known.Offered, current.Minor); ok {
			return known, nil
		}
	}
	version, err := api.Version(ctx, c.Region, c.Version)
	switch {
	case err == nil:
		known.Assessments[current.Minor] = lifecycle.Assess(current.Minor, tfkit.DatesFromAPI(version))
	case !scaleway.IsNotFound(err):
		return known, err
	}
	targets, err := api.AvailableVersions(ctx, c.Region, c.ID)
	if err != nil {
		return known, err
	}
	addVersions(&known, targets)
	return known, nil
}

// addVersions adds versions to known. If patches of a minor have different dates, the newest patch decides, regardless
// of the order of the response. Names that are not versions are ignored.
func addVersions(known *lifecycle.VersionData, versions []*k8s.Version) {
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
			known.Assessments[full.Minor] = lifecycle.Assess(full.Minor, tfkit.DatesFromAPI(v))
		}
	}
}
