package pools

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

const maxGracePeriod = time.Hour

// Known says whether a value is there to be checked.
func Known(value attr.Value) bool { return !value.IsNull() && !value.IsUnknown() }

// CheckNamed refuses a pool without a name, or with one that cannot be seen.
func (m *Model) CheckNamed(diags *diag.Diagnostics) {
	if Known(m.Name) {
		tfkit.RefuseError(diags, path.Root("name"), compliance.CheckName("pool", m.Name.ValueString()))
	}
}

// CheckNewName refuses spaces in the name of a pool that does not exist yet.
func (m *Model) CheckNewName(diags *diag.Diagnostics) {
	if Known(m.Name) {
		tfkit.RefuseError(diags, path.Root("name"), compliance.CheckBlanks("pool", m.Name.ValueString()))
	}
}

// CheckSize refuses a pool without a size, or with two, and an upgrade policy that lets no node be replaced.
func (m *Model) CheckSize(diags *diag.Diagnostics) {
	switch {
	case Known(m.Size) && Known(m.Autoscaling):
		tfkit.Refuse(diags, path.Root("size"), tfkit.Refusal{Summary: "The pool has a size and autoscaling", Found: "both",
			Allowed: "one of size and autoscaling {min, max}", Fix: "Remove size to let the cluster autoscaler choose it, or " +
				"remove autoscaling."})
	case m.Size.IsNull() && m.Autoscaling.IsNull():
		tfkit.Refuse(diags, path.Root("size"), tfkit.Refusal{Summary: "The pool has neither size nor autoscaling",
			Found:   "neither",
			Allowed: "one of size and autoscaling {min, max}", Fix: "Add size, or autoscaling {min, max}."})
	}
	if least, most := tfkit.IntOf(m.Autoscaling, "min"), tfkit.IntOf(m.Autoscaling, "max"); Known(least) &&
		Known(most) && least.ValueInt64() > most.ValueInt64() {
		tfkit.Refuse(diags, path.Root("autoscaling").AtName("min"), tfkit.Refusal{Summary: "The pool's least size is " +
			"greater than its greatest",
			Found: fmt.Sprintf(
				"min %d, max %d", least.ValueInt64(), most.ValueInt64(),
			), Allowed: "min up to max", Fix: "Lower min or raise max."})
	}
	unavailable, surge := tfkit.IntOf(m.UpgradePolicy, "max_unavailable"), tfkit.IntOf(m.UpgradePolicy, "max_surge")
	if Known(unavailable) && Known(surge) && unavailable.ValueInt64() == 0 && surge.ValueInt64() == 0 {
		tfkit.Refuse(diags, path.Root("upgrade_policy"), tfkit.Refusal{Summary: "The upgrade policy lets no node be replaced",
			Found: "max_unavailable 0 and max_surge 0", Allowed: "one of them at least 1", Fix: "Set max_surge to 1, which " +
				"keeps all nodes while one is replaced."})
	}
}

// CheckVersion refuses what is no minor version.
func (m *Model) CheckVersion(diags *diag.Diagnostics) {
	if Known(m.Version) {
		tfkit.RefuseError(diags, path.Root("version"), tfkit.CheckMinor(m.Version.ValueString()))
	}
}

// CheckGracePeriod refuses a period that the API does not take.
func (m *Model) CheckGracePeriod(diags *diag.Diagnostics) {
	if !Known(m.MaxTerminationGracePeriod) {
		return
	}
	text := m.MaxTerminationGracePeriod.ValueString()
	if d, err := time.ParseDuration(text); err != nil || d < time.Second || d > maxGracePeriod || d%time.Second != 0 {
		tfkit.Refuse(diags, path.Root("max_termination_grace_period"), tfkit.Refusal{Summary: "The termination grace " +
			"period is not usable",
			Found: fmt.Sprintf("%q", text), Allowed: "a duration in whole seconds from 1s to 1h", Fix: `Write a number and a ` +
				`unit, as in "15m".`})
	}
}

// CheckZonal refuses an id that is none, or of another zone than the pool's; usable says whether that zone is not
// refused itself.
func (m *Model) CheckZonal(name, what string, id types.String, usable bool, diags *diag.Diagnostics) {
	if Known(id) && tfkit.BareID(id.ValueString()) == "" {
		tfkit.Refuse(diags, path.Root(name), tfkit.Refusal{Summary: "The " + what + "'s id is empty",
			Found:   fmt.Sprintf("%q", id.ValueString()),
			Allowed: "zone/UUID, or the UUID alone", Fix: "Write the id of a " + what + ", or remove " + name + "."})
		return
	}
	if !Known(id) || !Known(m.Zone) {
		return
	}
	own := m.Zone.ValueString()
	zone, _, err := scaleway.SplitZonedID(id.ValueString(), scw.Zone(own))
	switch {
	case err != nil && usable:
		RefuseID(
			diags, name, "The "+what+"'s id is not an id", err, own+"/UUID, or the UUID alone", "Write the id of a "+what+" "+
				"in "+own+".",
		)
	case err == nil && string(zone) != own:
		tfkit.Refuse(diags, path.Root(name), tfkit.Refusal{Summary: "The " + what + " is in another zone than the pool",
			Found: id.ValueString(), Allowed: "a " + what + " in " + own, Fix: "Choose one in the pool's zone."})
	}
}

// RefuseID refuses what is no id.
func RefuseID(diags *diag.Diagnostics, name, summary string, err error, allowed, fix string) {
	tfkit.Refuse(diags, path.Root(name), tfkit.Refusal{Summary: summary, Found: err.Error(), Allowed: allowed, Fix: fix})
}
