package pool

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

const maxGracePeriod = time.Hour

// checkName adds an error if the name is empty or has non-printable characters.
func (m *commonModel) checkName(diags *diag.Diagnostics) {
	if tfkit.HasValue(m.Name) {
		tfkit.AddCheckError(diags, path.Root("name"), compliance.CheckName("pool", m.Name.ValueString()))
	}
}

// checkNewName adds an error if the name of a new pool has spaces.
func (m *commonModel) checkNewName(diags *diag.Diagnostics) {
	if tfkit.HasValue(m.Name) {
		tfkit.AddCheckError(diags, path.Root("name"), compliance.CheckNoSpaces("pool", m.Name.ValueString()))
	}
}

// checkSize adds errors if the pool has neither or both of size and autoscaling, and if its upgrade policy does not
// allow the replacement of nodes.
func (m *commonModel) checkSize(diags *diag.Diagnostics) {
	switch {
	case tfkit.HasValue(m.Size) && tfkit.HasValue(m.Autoscaling):
		tfkit.AddError(diags, path.Root("size"), tfkit.Problem{Summary: "The pool has both size and autoscaling",
			Allowed: "one of size and autoscaling {min, max}", Fix: "Remove size so that the cluster autoscaler " +
				"chooses it, or remove autoscaling."})
	case m.Size.IsNull() && m.Autoscaling.IsNull():
		tfkit.AddError(diags, path.Root("size"), tfkit.Problem{Summary: "The pool has neither size nor autoscaling",
			Allowed: "one of size and autoscaling {min, max}", Fix: "Add size, or autoscaling {min, max}."})
	}
	if least, most := tfkit.Int64Attribute(m.Autoscaling, "min"), tfkit.Int64Attribute(
		m.Autoscaling,
		"max",
	); tfkit.HasValue(least) &&
		tfkit.HasValue(most) &&
		least.ValueInt64() > most.ValueInt64() {
		tfkit.AddError(diags, path.Root("autoscaling").AtName("min"), tfkit.Problem{Summary: "The pool's minimum " +
			"size is greater than its maximum size",
			Found: fmt.Sprintf(
				"min %d, max %d", least.ValueInt64(), most.ValueInt64(),
			), Allowed: "min not greater than max", Fix: "Lower min or raise max."})
	}
	// A configuration can leave out max_unavailable, whose default is 0.
	unavailable := tfkit.Int64Attribute(m.UpgradePolicy, "max_unavailable")
	surge := tfkit.Int64Attribute(m.UpgradePolicy, "max_surge")
	if tfkit.HasValue(surge) && surge.ValueInt64() == 0 && !unavailable.IsUnknown() && unavailable.ValueInt64() == 0 {
		tfkit.AddError(diags, path.Root("upgrade_policy"), tfkit.Problem{Summary: "The upgrade policy does not allow " +
			"the replacement of nodes",
			Found: "max_unavailable 0 and max_surge 0", Allowed: "one of them at least 1", Fix: "Set max_surge to 1: " +
				"a new node is then added before an old one is removed."})
	}
}

// checkVersion adds an error if version is not a minor version.
func (m *commonModel) checkVersion(diags *diag.Diagnostics) {
	if tfkit.HasValue(m.Version) {
		tfkit.AddCheckError(diags, path.Root("version"), tfkit.CheckMinor(m.Version.ValueString()))
	}
}

// checkGracePeriod adds an error if the API does not accept the termination grace period.
func (m *commonModel) checkGracePeriod(diags *diag.Diagnostics) {
	if !tfkit.HasValue(m.MaxTerminationGracePeriod) {
		return
	}
	text := m.MaxTerminationGracePeriod.ValueString()
	if d, err := time.ParseDuration(text); err != nil || d < time.Second || d > maxGracePeriod || d%time.Second != 0 {
		tfkit.AddError(diags, path.Root(
			"max_termination_grace_period",
		), tfkit.Problem{Summary: "The termination grace period is not valid",
			Found: fmt.Sprintf("%q", text), Allowed: "a duration in whole seconds from 1s to 1h", Fix: `Write a ` +
				`number and ` +
				`a unit, such as "15m".`})
	}
}

// checkZonalID adds an error if an id is malformed or of another zone than the pool's. It reports a malformed id only
// if the pool's zone is usable.
func (m *commonModel) checkZonalID(name, what string, id types.String, usable bool, diags *diag.Diagnostics) {
	if tfkit.HasValue(id) && tfkit.BareID(id.ValueString()) == "" {
		tfkit.AddError(diags, path.Root(name), tfkit.Problem{Summary: "The " + what + "'s id is empty",
			Found:   fmt.Sprintf("%q", id.ValueString()),
			Allowed: "zone/UUID, or the UUID alone", Fix: "Set the id of a " + what + ", or remove " + name + "."})
		return
	}
	if !tfkit.HasValue(id) || !tfkit.HasValue(m.Zone) {
		return
	}
	poolZone := m.Zone.ValueString()
	zone, _, err := scaleway.SplitZonedID(id.ValueString(), scw.Zone(poolZone))
	switch {
	case err != nil && usable:
		addIDError(
			diags,
			name,
			"The "+what+"'s id is malformed",
			err,
			poolZone+"/UUID, or the UUID alone",
			"Set the id of a "+what+" in "+poolZone+".",
		)
	case err == nil && string(zone) != poolZone:
		tfkit.AddError(diags, path.Root(name), tfkit.Problem{Summary: "The " + what + " is in another zone than the " +
			"pool",
			Found: id.ValueString(), Allowed: "a " + what + " in " + poolZone, Fix: "Choose a " + what + " in the " +
				"pool's zone."})
	}
}

// addIDError adds an error for a malformed id.
func addIDError(diags *diag.Diagnostics, name, summary string, err error, allowed, fix string) {
	tfkit.AddError(
		diags, path.Root(name), tfkit.Problem{Summary: summary, Found: err.Error(), Allowed: allowed, Fix: fix},
	)
}
