package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// immutableAttribute is a planned change of an attribute that cannot be changed in place.
type immutableAttribute struct {
	attribute string
	to, from  types.String
}

// checkUpdate adds errors for changes that an existing cluster does not support, and sets the dates of a new version.
func (v variant) checkUpdate(
	ctx context.Context, p *tfkit.Provider, planned, actual model, diags *diag.Diagnostics,
) {
	m, state := planned.common(), actual.common()
	for _, fixed := range append(
		planned.immutableAttributes(actual),
		immutableAttribute{"project_id", m.ProjectID, state.ProjectID},
		immutableAttribute{"cni", m.CNI, state.CNI},
		immutableAttribute{"pod_cidr", m.PodCIDR, state.PodCIDR},
		immutableAttribute{"service_cidr", m.ServiceCIDR, state.ServiceCIDR},
		immutableAttribute{"service_dns_ip", m.ServiceDNSIP, state.ServiceDNSIP},
	) {
		if tfkit.HasValue(fixed.to) && tfkit.HasValue(fixed.from) && !fixed.to.Equal(fixed.from) {
			tfkit.AddError(diags, path.Root(fixed.attribute), tfkit.Problem{
				Summary: "The " + fixed.attribute + " of a cluster cannot be changed",
				Found: fmt.Sprintf(
					"%s changed from %s to %s", fixed.attribute, fixed.from.ValueString(), fixed.to.ValueString(),
				),
				Allowed: fixed.from.ValueString(),
				Fix: "Set the previous value. To use another value, create a second cluster and move the workloads: " +
					"this provider does not replace a cluster, because that would destroy it.",
			})
		}
	}
	if tfkit.HasValue(m.Name) && !m.Name.Equal(state.Name) && !m.AllowDisruptiveRename.ValueBool() {
		tfkit.AddError(diags, path.Root("name"), tfkit.Problem{
			Summary: "Renaming the cluster is disruptive", Found: fmt.Sprintf(
				"name changed from %q to %q", state.Name.ValueString(), m.Name.ValueString(),
			),
			Allowed: fmt.Sprintf("%q, or another name with allow_disruptive_rename = true", state.Name.ValueString()),
			Fix: "Set the previous name. To rename the cluster, set `allow_disruptive_rename = true`: the control " +
				"plane is redeployed for one to two hours.",
		})
	}
	if tfkit.HasValue(m.Type) && !m.Type.Equal(state.Type) {
		v.checkTypeChange(ctx, p, m, state, diags)
	}
	checkUpgrade(ctx, p, m, state, diags)
}

func (v variant) checkTypeChange(
	ctx context.Context,
	p *tfkit.Provider,
	m, state *commonModel,
	diags *diag.Diagnostics,
) {
	offers, err := p.API.AvailableTypes(ctx, state.clusterRegion(), state.uuid())
	if err != nil {
		tfkit.NewPlanReporter(diags).ReportAPIError("Unable to read the offers that are available to the cluster", err)
		return
	}
	allowed := []string{}
	for _, offer := range offers {
		if v.checkType(offer.Name) == nil && offer.Availability != k8s.ClusterTypeAvailabilityShortage {
			allowed = append(allowed, offer.Name)
		}
	}
	if !slices.Contains(allowed, m.Type.ValueString()) {
		fix := "Choose an allowed offer."
		if end := state.CommitmentEndsAt.ValueString(); end != "" {
			fix += " Until the commitment ends at " + end + ", the API offers no smaller ones."
		}
		tfkit.AddError(diags, path.Root("type"), tfkit.Problem{
			Summary: "The cluster cannot change to this offer",
			Found:   fmt.Sprintf("type changed from %s to %s", state.Type.ValueString(), m.Type.ValueString()),
			Allowed: joinOrNone(append([]string{state.Type.ValueString()}, allowed...)),
			Fix:     fix,
		})
	}
}

// checkUpgrade checks a change of the minor, starting from the minor that the cluster runs: a forced upgrade may have
// changed it.
func checkUpgrade(ctx context.Context, p *tfkit.Provider, m, state *commonModel, diags *diag.Diagnostics) {
	at := path.Root("version")
	to, err := lifecycle.ParseMinor(m.Version.ValueString())
	if tfkit.HasValue(m.Version) && m.Version.Equal(state.Version) {
		checkFeatureChanges(ctx, p, m, state, diags)
	}
	if !tfkit.HasValue(m.Version) || err != nil || m.Version.Equal(state.Version) {
		return
	}
	actual, err := lifecycle.ParseVersion(state.VersionUsed.ValueString())
	if err != nil {
		return
	}
	var upgrade *lifecycle.UpgradeError
	if err := lifecycle.CheckUpgrade(actual.Minor, to); errors.As(err, &upgrade) {
		tfkit.AddError(diags, at, tfkit.Problem{
			Summary: upgradeSummary(upgrade), Clause: lifecycle.UpgradeClause,
			Found:   fmt.Sprintf("version %q on a cluster that runs %s", to, actual),
			Allowed: reachableMinors(ctx, p, state, actual),
			Fix: "Upgrade one minor at a time: apply, validate the workloads, then continue. A version is never " +
				"lowered.",
		})
		return
	}
	if to.Compare(actual.Minor) == 0 {
		offered, err := p.API.Version(ctx, state.clusterRegion(), actual.String())
		if err != nil {
			tfkit.NewPlanReporter(diags).ReportAPIError("Unable to read the Kubernetes version "+actual.String(), err)
			m.setVersionDates(ctx, to, nil, diags) // nil: the dates of the bundled calendar
			return
		}
		m.setVersionDates(ctx, to, offered, diags)
		checkFeatureChanges(ctx, p, m, state, diags)
		return
	}
	available, err := p.API.AvailableVersions(ctx, state.clusterRegion(), state.uuid())
	if err != nil {
		tfkit.NewPlanReporter(diags).ReportAPIError(
			"Unable to read the versions that are available to the cluster", err,
		)
		m.setVersionDates(ctx, to, nil, diags) // nil: the dates of the bundled calendar
		return
	}
	if offered := scaleway.HighestPatch(available, to); offered != nil {
		m.setVersionDates(ctx, to, offered, diags)
		checkFeatures(m, state, offered, diags)
		m.warnAboutPoolUpgrades(ctx, p, state, actual, to, diags)
		return
	}
	tfkit.AddError(diags, at, tfkit.Problem{
		Summary: "The cluster cannot be upgraded to this version", Clause: lifecycle.UpgradeClause, Found: to.String(),
		Allowed: scaleway.JoinMinors(available), Fix: "Set `version` to a minor that the API offers for this cluster.",
	})
}

// reachableMinors lists the minors that a cluster can have: its own, and the next one if the API offers it.
func reachableMinors(ctx context.Context, p *tfkit.Provider, state *commonModel, actual lifecycle.Version) string {
	own := strconv.Quote(actual.Minor.String())
	available, err := p.API.AvailableVersions(ctx, state.clusterRegion(), state.uuid())
	if err != nil || scaleway.HighestPatch(available, actual.Next()) == nil {
		return own
	}
	return own + " or " + strconv.Quote(actual.Next().String())
}

// warnAboutPoolUpgrades lists the pools that an upgrade of the cluster also upgrades. Their resources may set an older
// version, which the plan of the cluster cannot see.
func (m *commonModel) warnAboutPoolUpgrades(
	ctx context.Context, p *tfkit.Provider, state *commonModel, from lifecycle.Version, to lifecycle.Minor,
	diags *diag.Diagnostics,
) {
	if !m.UpgradePools.IsUnknown() && !m.UpgradePools.ValueBool() {
		return
	}
	pools, err := p.API.Pools(ctx, state.clusterRegion(), state.uuid())
	if err != nil {
		tfkit.AddAPIWarning(diags, "Unable to read which pools the upgrade also upgrades", err)
		return
	}
	found := []string{}
	for _, pool := range pools {
		going := pool.Status == k8s.PoolStatusDeleting || pool.Status == k8s.PoolStatusDeleted
		if !going && !scaleway.RunsAtLeast(pool.Version, to) {
			found = append(
				found, fmt.Sprintf(
					"pool %q (%s) on %s", pool.Name, scaleway.JoinID(pool.Region, pool.ID), pool.Version,
				),
			)
		}
	}
	if len(found) == 0 {
		return
	}
	slices.Sort(found)
	tfkit.AddWarning(diags, path.Root("version"), tfkit.Problem{
		Summary: "The upgrade of the cluster upgrades its pools", Clause: lifecycle.UpgradeClause,
		Found: fmt.Sprintf("version changed from %s to %q with upgrade_pools, and %s", from, to, joinOrNone(found)),
		Fix: fmt.Sprintf("If the resource of one of these pools sets an older `version`, set it to %q in the same "+
			"change, or remove it: nodes are never downgraded. To upgrade the pools later, set `upgrade_pools = "+
			"false`. Otherwise no action is needed.", to),
	})
}

func upgradeSummary(err *lifecycle.UpgradeError) string {
	if errors.Is(err, lifecycle.ErrDowngrade) {
		return "A cluster cannot be downgraded"
	}
	return "A minor version cannot be skipped"
}
