package cluster

import (
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// planComputed sets the planned values of computed attributes in an update: unknown if the planned change can change
// them, and otherwise the value in the state. After an unfinished create or update it plans version_used as unknown, so
// that Terraform calls Update.
func (m *commonModel) planComputed(state *commonModel, unfinished bool) {
	m.VersionUsed, m.CommitmentEndsAt = state.VersionUsed, state.CommitmentEndsAt
	m.IAMNodesGroupID = state.IAMNodesGroupID
	if unfinished || m.VersionUsed.IsNull() || m.isUpgradeFrom(state) {
		m.VersionUsed = types.StringUnknown()
	}
	if !m.Type.Equal(state.Type) {
		m.CommitmentEndsAt = types.StringUnknown()
	}
	// The group is missing in the state of a cluster that was still being created, and in a state that was moved from
	// another resource type.
	if group := state.IAMNodesGroupID; group.IsNull() || unfinished && group.ValueString() == "" {
		m.IAMNodesGroupID = types.StringUnknown()
	}
	m.VersionDates = state.VersionDates
	if !m.Version.Equal(state.Version) || !tfkit.HasValue(state.VersionDates) {
		m.VersionDates = types.ObjectUnknown(tfkit.VersionDatesTypes()) // checkUpdate sets the dates of a known version
	}
}

// isUpgradeFrom reports whether the planned version upgrades the running one. A minor that a forced upgrade has already
// reached does not.
func (m *commonModel) isUpgradeFrom(state *commonModel) bool {
	if m.Version.IsUnknown() {
		return true
	}
	to, err := lifecycle.ParseMinor(m.Version.ValueString())
	used, otherErr := lifecycle.ParseVersion(state.VersionUsed.ValueString())
	return err != nil || otherErr != nil || to.Compare(used.Minor) > 0
}

// fillComputed sets the computed attributes that are unknown in the plan. An apply must return the planned value of the
// others; the next refresh reads later changes.
func (m *commonModel) fillComputed(cluster *k8s.Cluster) {
	actual := *m
	actual.refreshComputed(cluster)
	m.fillUnknown(&actual)
}

// restoreComputed sets the computed attributes that are unknown in the plan to those of the state, for an update
// without requests.
func (m *commonModel) restoreComputed(state *commonModel) { m.fillUnknown(state) }

func (m *commonModel) fillUnknown(from *commonModel) {
	for _, value := range []struct{ to, from *types.String }{
		{&m.ID, &from.ID}, {&m.Region, &from.Region}, {&m.OrganizationID, &from.OrganizationID},
		{&m.VersionUsed, &from.VersionUsed}, {&m.APIServerURL, &from.APIServerURL}, {&m.WildcardDNS, &from.WildcardDNS},
		{&m.CreatedAt, &from.CreatedAt}, {&m.CommitmentEndsAt, &from.CommitmentEndsAt},
		{&m.IAMNodesGroupID, &from.IAMNodesGroupID}, {&m.PodCIDR, &from.PodCIDR}, {&m.ServiceCIDR, &from.ServiceCIDR},
		{&m.ServiceDNSIP, &from.ServiceDNSIP}, {&m.ProjectID, &from.ProjectID},
	} {
		if value.to.IsUnknown() {
			*value.to = *value.from
		}
	}
}
