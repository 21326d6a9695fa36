package pool

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
)

// planVersionUsed plans version_used in an update: unknown if the planned version can change it, and otherwise the
// value in the state. After an unfinished create or update it is unknown, so that Terraform calls Update.
func (m *commonModel) planVersionUsed(state *commonModel, unfinished bool) {
	m.VersionUsed = state.VersionUsed
	if unfinished || m.VersionUsed.IsNull() || m.isUpgradeFrom(state) {
		m.VersionUsed = types.StringUnknown()
	}
}

// isUpgradeFrom reports whether the planned version upgrades the nodes. A null version does not, and neither does one
// that the nodes already run.
func (m *commonModel) isUpgradeFrom(state *commonModel) bool {
	if m.Version.IsUnknown() {
		return true
	}
	minor, ok := m.minor()
	used, err := lifecycle.ParseVersion(state.VersionUsed.ValueString())
	return ok && (err != nil || minor.Compare(used.Minor) > 0)
}

// restoreVersionUsed sets version_used to its planned value if that was known: an apply must return it. The next
// refresh reads later changes.
func (m *commonModel) restoreVersionUsed(planned types.String) {
	if !planned.IsUnknown() {
		m.VersionUsed = planned
	}
}
