package pool

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// checkNewVersion checks the configured minor of a new pool: the API creates a pool with its cluster's version.
func (m *commonModel) checkNewVersion(cluster *k8s.Cluster, report tfkit.Reporter) {
	minor, ok := m.minor()
	actual, err := lifecycle.ParseVersion(cluster.Version)
	if !ok || err != nil || minor == actual.Minor {
		return
	}
	if minor.Compare(actual.Minor) > 0 {
		m.reportNewerVersion(cluster, report.ForMutable())
		return
	}
	report.Report(path.Root("version"), tfkit.Problem{
		Summary: "A new pool cannot be older than its cluster", Found: fmt.Sprintf(
			"version %s, and cluster %s runs %s", minor, cluster.Name, cluster.Version,
		),
		Allowed: actual.Minor.String(), Fix: fmt.Sprintf("Set version to %q, or remove it: the API creates a pool "+
			"with its cluster's version.", actual.Minor),
	})
}

// reportNewerVersion reports that the pool's configured minor is newer than its cluster's. The same apply may upgrade
// the cluster first.
func (m *commonModel) reportNewerVersion(cluster *k8s.Cluster, report tfkit.Reporter) {
	minor, _ := m.minor()
	actual, err := lifecycle.ParseVersion(cluster.Version)
	if err != nil {
		return
	}
	report.Report(path.Root("version"), tfkit.Problem{
		Summary: "The pool's version is newer than its cluster's", Clause: lifecycle.UpgradeClause,
		Found:   fmt.Sprintf("version %s, and cluster %s runs %s", minor, cluster.Name, cluster.Version),
		Allowed: "at most " + actual.Minor.String() + ", or the minor to which the same apply upgrades the cluster",
		Fix:     "Upgrade the cluster first, or in the same apply.",
	})
}

// checkVersionChange compares the configured minor with the one that the nodes run. After a forced upgrade it warns;
// nodes are never downgraded.
func (r *poolResource) checkVersionChange(
	ctx context.Context,
	region scw.Region,
	plan, state *commonModel,
	diags *diag.Diagnostics,
) {
	minor, ok := plan.minor()
	actual, err := lifecycle.ParseVersion(state.VersionUsed.ValueString())
	if !ok || err != nil || minor == actual.Minor {
		return
	}
	newer := minor.Compare(actual.Minor) > 0
	switch {
	case newer && plan.ClusterID.Equal(state.ClusterID):
		cluster, err := r.provider.API.Cluster(ctx, region, tfkit.BareID(plan.ClusterID.ValueString()))
		if err != nil {
			tfkit.NewPlanReporter(diags).ReportAPIError("Unable to read the "+r.name+"'s cluster", err)
			return
		}
		if runs, err := lifecycle.ParseVersion(cluster.Version); err == nil && minor.Compare(runs.Minor) > 0 {
			plan.reportNewerVersion(cluster, tfkit.NewPlanReporter(diags))
		}
	case newer:
	case plan.Version.Equal(state.Version):
		tfkit.AddWarning(diags, path.Root("version"), tfkit.Problem{
			Summary: "The nodes run a newer version than the configured one", Clause: lifecycle.UpgradeClause,
			Found: fmt.Sprintf(
				"version %s, and the nodes run %s: an upgrade of the cluster also upgraded the pool", minor, actual,
			),
			Allowed: actual.Minor.String() + " or a newer minor, up to the cluster's; nodes cannot be downgraded",
			Fix:     fmt.Sprintf("Set `version` to %q, or remove it.", actual.Minor),
		})
	default:
		tfkit.AddError(diags, path.Root("version"), tfkit.Problem{
			Summary: "Nodes cannot be downgraded", Clause: lifecycle.UpgradeClause, Found: fmt.Sprintf("version %s, "+
				"and the nodes run %s", minor, actual),
			Allowed: actual.Minor.String() + " or a newer minor, up to the cluster's",
			Fix:     fmt.Sprintf("Set `version` to %q, or remove it.", actual.Minor),
		})
	}
}

// checkNameFree reports at plan if another pool of the cluster has the name. It ignores pools that are being deleted.
// Create checks again.
func (r *poolResource) checkNameFree(
	ctx context.Context,
	region scw.Region,
	name, clusterID string,
	report tfkit.Reporter,
) {
	pools, err := r.provider.API.Pools(ctx, region, clusterID)
	if err != nil {
		report.ReportAPIError("Unable to check whether the "+r.name+"'s name is in use", err)
		return
	}
	for _, pool := range pools {
		if pool.Name == name && pool.Status != k8s.PoolStatusDeleting && pool.Status != k8s.PoolStatusDeleted {
			r.reportNameTaken(report, region, name, pool.ID, pool.Status.String())
		}
	}
}

// reportNameTaken reports that an existing pool has the name, with its id and how to import it.
func (r *poolResource) reportNameTaken(report tfkit.Reporter, region scw.Region, name, id, status string) {
	full := scaleway.JoinID(region, id)
	report.Report(path.Root("name"), tfkit.Problem{
		Summary: fmt.Sprintf(
			"The cluster already has a pool named %q", name,
		), Found: full + ", status " + status, Allowed: "a name that is unique in the cluster",
		Fix: fmt.Sprintf("Choose another name; a replacement with create_before_destroy always needs one. Or import "+
			"the existing pool:\n\n"+
			"  import {\n    to = %s.<name>\n    id = %q\n  }\n\n"+
			"If the pool is tainted in the state, run `terraform untaint` with its address. To replace the pool "+
			"after that, use `-replace`.", r.resourceType, full),
	})
}

// checkGroups reports security groups and placement groups that do not exist in the pool's zone. Without the permission
// to read them, it leaves the check to the API.
func (r *poolResource) checkGroups(ctx context.Context, plan *commonModel, report tfkit.Reporter) {
	if !tfkit.HasValue(plan.Zone) {
		return
	}
	zone := scw.Zone(plan.Zone.ValueString())
	reportMissing := func(attribute, what, id string, err error) {
		switch {
		case err == nil || scaleway.IsForbidden(err):
		case errors.Is(err, scaleway.ErrNotFound):
			report.Report(path.Root(attribute), tfkit.Problem{Summary: "The " + what + " does not exist",
				Found:   "no " + what + " " + scaleway.JoinZonedID(zone, id),
				Allowed: "a " + what + " in " + string(zone),
				Fix:     "Check the id and its zone."})
		default:
			report.ReportAPIError("Unable to read the "+what+" of the "+r.name, err)
		}
	}
	if id := bareIDOrNil(plan.SecurityGroupID); id != nil {
		_, err := r.provider.API.SecurityGroup(ctx, zone, *id)
		reportMissing("security_group_id", "security group", *id, err)
	}
	if id := bareIDOrNil(plan.PlacementGroupID); id != nil {
		_, err := r.provider.API.PlacementGroup(ctx, zone, *id)
		reportMissing("placement_group_id", "placement group", *id, err)
	}
}

// readUserData reads the user data with which a pool was created, or null if it has none.
func (r *poolResource) readUserData(
	ctx context.Context,
	region scw.Region,
	uuid string,
	diags *diag.Diagnostics,
) types.Map {
	none := types.MapNull(types.StringType)
	keys, err := r.provider.API.PoolUserDataKeys(ctx, region, uuid)
	if err != nil {
		tfkit.AddAPIError(diags, "Unable to read the user data of the "+r.name, err)
		return none
	}
	elements := map[string]attr.Value{}
	for _, key := range keys {
		content, err := r.provider.API.PoolUserData(ctx, region, uuid, key)
		if err != nil {
			tfkit.AddAPIError(diags, "Unable to read the user data of the "+r.name, err)
			return none
		}
		if !utf8.Valid(content) {
			tfkit.AddWarning(diags, path.Root("user_data"), tfkit.Problem{
				Summary: "User data of the " + r.name + " is not text", Found: fmt.Sprintf("binary data for the key "+
					"%q", key),
				Fix: "No action needed: the provider leaves this key out of the state, as `user_data` contains text " +
					"only.",
			})
			continue
		}
		elements[key] = types.StringValue(string(content))
	}
	if len(elements) == 0 {
		return none
	}
	return types.MapValueMust(types.StringType, elements)
}
