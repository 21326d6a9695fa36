package hdscluster

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// checkUpdate refuses what cannot be done to a cluster that exists, and fills the dates of a new version.
func (r *clusterResource) checkUpdate(ctx context.Context, m, state *model, diags *diag.Diagnostics) {
	for _, fixed := range []struct {
		attribute string
		to, from  types.String
	}{
		{"project_id", m.ProjectID, state.ProjectID}, {"private_network_id", m.PrivateNetworkID, state.PrivateNetworkID},
		{"cni", m.CNI, state.CNI}, {"pod_cidr", m.PodCIDR, state.PodCIDR}, {"service_cidr", m.ServiceCIDR, state.ServiceCIDR},
		{"service_dns_ip", m.ServiceDNSIP, state.ServiceDNSIP},
	} {
		if known(fixed.to) && known(fixed.from) && !fixed.to.Equal(fixed.from) {
			framework.Refuse(diags, path.Root(fixed.attribute), framework.Refusal{
				Summary: "The attribute of a cluster cannot be changed",
				Found:   fmt.Sprintf("%s from %s to %s", fixed.attribute, fixed.from.ValueString(), fixed.to.ValueString()),
				Allowed: fixed.from.ValueString(),
				Fix: "Set it back. For another value create a second cluster and move the workloads: this provider does not replace a " +
					"cluster, as that would destroy it.",
			})
		}
	}
	if known(m.Name) && !m.Name.Equal(state.Name) && !m.AllowDisruptiveRename.ValueBool() {
		framework.Refuse(diags, path.Root("name"), framework.Refusal{
			Summary: "A rename disrupts the cluster", Found: fmt.Sprintf("name from %q to %q", state.Name.ValueString(), m.Name.ValueString()),
			Allowed: fmt.Sprintf("%q", state.Name.ValueString()),
			Fix:     "Set the name back. If the control plane may be redeployed for one to two hours, set `allow_disruptive_rename = true`.",
		})
	}
	if known(m.Type) && !m.Type.Equal(state.Type) {
		r.checkTypeChange(ctx, m, state, diags)
	}
	r.checkUpgrade(ctx, m, state, diags)
}

func (r *clusterResource) checkTypeChange(ctx context.Context, m, state *model, diags *diag.Diagnostics) {
	offers, err := r.provider.API.AvailableTypes(ctx, scw.RegionFrPar, state.uuid())
	if err != nil {
		framework.Failed(diags, "Unable to read the offers that the cluster can change to", err)
		return
	}
	allowed := []string{}
	for _, offer := range offers {
		if compliance.ClusterType(offer.Name) == nil && offer.Availability != k8s.ClusterTypeAvailabilityShortage {
			allowed = append(allowed, offer.Name)
		}
	}
	if !slices.Contains(allowed, m.Type.ValueString()) {
		framework.Refuse(diags, path.Root("type"), framework.Refusal{
			Summary: "The cluster cannot change to that offer",
			Found:   fmt.Sprintf("type from %s to %s", state.Type.ValueString(), m.Type.ValueString()),
			Allowed: list(append([]string{state.Type.ValueString()}, allowed...)),
			Fix: "Choose an offer that the API lists. A smaller one is not offered during the commitment, which ends at " +
				state.CommitmentEndsAt.ValueString() + ".",
		})
	}
}

// checkUpgrade judges a change of the minor from the one that runs, which a forced upgrade may have moved.
func (r *clusterResource) checkUpgrade(ctx context.Context, m, state *model, diags *diag.Diagnostics) {
	at := path.Root("version")
	to, err := lifecycle.ParseMinor(m.Version.ValueString())
	if !known(m.Version) || err != nil || m.Version.Equal(state.Version) {
		return
	}
	actual, err := lifecycle.ParseVersion(state.VersionUsed.ValueString())
	if err != nil {
		return
	}
	var upgrade *lifecycle.UpgradeError
	if err := lifecycle.CheckUpgrade(actual.Minor, to); errors.As(err, &upgrade) {
		framework.Refuse(diags, at, framework.Refusal{
			Summary: upgradeSummary(upgrade), Clause: lifecycle.UpgradeClause,
			Found:   fmt.Sprintf("version %q on a cluster that runs %s", to, actual),
			Allowed: fmt.Sprintf("%q or %q", actual.Minor, actual.Next()),
			Fix:     "Upgrade one minor at a time, apply, validate the workloads, and go on. A version is never lowered.",
		})
		return
	}
	if to.Compare(actual.Minor) == 0 {
		offered, err := r.provider.API.Version(ctx, scw.RegionFrPar, actual.String())
		if err != nil {
			framework.Failed(diags, "Unable to read the Kubernetes version "+actual.String(), err)
			return
		}
		m.setDates(ctx, to, offered, diags)
		return
	}
	available, err := r.provider.API.AvailableVersions(ctx, scw.RegionFrPar, state.uuid())
	if err != nil {
		framework.Failed(diags, "Unable to read the versions that the cluster can be upgraded to", err)
		return
	}
	if offered := pick(available, to); offered != nil {
		m.setDates(ctx, to, offered, diags)
		return
	}
	framework.Refuse(diags, at, framework.Refusal{
		Summary: "The cluster cannot be upgraded to that version", Clause: lifecycle.UpgradeClause, Found: to.String(),
		Allowed: minors(available), Fix: "Set `version` to a minor that the API offers for this cluster.",
	})
}

func upgradeSummary(err *lifecycle.UpgradeError) string {
	if errors.Is(err, lifecycle.ErrDowngrade) {
		return "A cluster cannot be downgraded"
	}
	return "A minor version cannot be skipped"
}
