package pools

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// PlanVersionUsed plans version_used in an update: unknown where the planned version can move it, else the value of the
// state. An unfinished create or update keeps it unknown, so that Terraform calls Update.
func (m *Model) PlanVersionUsed(state *Model, unfinished bool) {
	m.VersionUsed = state.VersionUsed
	if unfinished || m.VersionUsed.IsNull() || m.upgrades(state) {
		m.VersionUsed = types.StringUnknown()
	}
}

// upgrades says whether the planned version can move the one that runs: none, and one that the nodes have, does not.
func (m *Model) upgrades(state *Model) bool {
	if m.Version.IsUnknown() {
		return true
	}
	minor, ok := m.Minor()
	used, err := lifecycle.ParseVersion(state.VersionUsed.ValueString())
	return ok && (err != nil || minor.Compare(used.Minor) > 0)
}

// RestoreVersionUsed sets version_used back to what was planned: an apply returns that where it was known, and the next
// refresh reads what moved by itself.
func (m *Model) RestoreVersionUsed(planned types.String) {
	if !planned.IsUnknown() {
		m.VersionUsed = planned
	}
}
