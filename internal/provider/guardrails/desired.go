package guardrails

import (
	"cmp"
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// desired returns the planned guardrails with the configured passphrase, and false while a setting is unknown.
func (m *model) desired(passphrase types.String) (operations.Desired, bool) {
	if !m.settingsKnown() {
		return operations.Desired{}, false
	}
	desired := operations.Desired{Settings: m.knownSettings()}
	if tfkit.HasValue(passphrase) {
		desired.Passphrase = passphrase.ValueStringPointer()
	}
	return desired, true
}

// observed returns what a state and its private state say about the guardrails. The owner is in both: Terraform deletes
// a tainted resource without its private state, and plans the create of any other replacement with the private state
// only.
func (m *model) observed(
	ctx context.Context, from tfkit.PrivateReader, diags *diag.Diagnostics,
) operations.Observed {
	saved := tfkit.ReadPrivate[private](ctx, from, diags)
	observed := operations.Observed{
		Owner: cmp.Or(saved.Owner, m.OwnerID.ValueString()), Drift: m.plannedDrift(),
		UnverifiedPolicy: saved.UnverifiedPolicy, PendingClaims: saved.PendingClaims,
	}
	if saved.Fingerprints != nil {
		observed.Fingerprints = *saved.Fingerprints
	}
	if m.settingsKnown() {
		observed.Settings = m.knownSettings()
	}
	return observed
}

// settingsKnown reports whether all settings are known. They are null after an import.
func (m *model) settingsKnown() bool { return isObjectKnown(m.VolumeEncryption) && m.rulesKnown() }

// rulesKnown reports whether all attributes that can loosen the policies are known.
func (m *model) rulesKnown() bool {
	return isObjectKnown(m.LoadBalancers) && isObjectKnown(m.Ingress) && isObjectKnown(m.NodeDisk) &&
		isObjectKnown(m.KubeSystem) && (m.VolumeSnapshots.IsNull() || isObjectKnown(m.VolumeSnapshots)) &&
		(m.NodePorts.IsNull() || isObjectKnown(m.NodePorts)) && isSetKnown(m.HTTPRedirect) &&
		isSetKnown(m.DefaultCertificates) &&
		!m.BackendTLS.IsUnknown() && isSetKnown(m.TLSPassthrough) &&
		isSetKnown(m.AttestedRestores) &&
		isSetKnown(m.InlineDrivers)
}

// knownSettings returns the configured settings. Unknown values are zero.
func (m *model) knownSettings() guardrails.Settings {
	return guardrails.Settings{
		VolumeSnapshots:           snapshotSettings(m.VolumeSnapshots),
		ClassName:                 stringValue(m.VolumeEncryption, "class_name"),
		Namespace:                 stringValue(m.VolumeEncryption, "namespace"),
		Version:                   int64Value(m.VolumeEncryption, "passphrase_wo_version"),
		ReclaimPolicy:             stringValue(m.VolumeEncryption, "reclaim_policy"),
		IOPS:                      int64Value(m.VolumeEncryption, "iops"),
		Zones:                     stringValues(m.VolumeEncryption, "zones"),
		LoadBalancers:             ruleFromObject(m.LoadBalancers),
		Ingress:                   ruleFromObject(m.Ingress),
		NodeDisk:                  ruleFromObject(m.NodeDisk),
		KubeSystem:                ruleFromObject(m.KubeSystem),
		BackendTLS:                m.BackendTLS.ValueString(),
		TLSPassthrough:            exceptionsFromSet(m.TLSPassthrough),
		AttestedRestores:          exceptionsFromSet(m.AttestedRestores),
		InlineDrivers:             tfkit.StringsFromSet(m.InlineDrivers),
		NodePorts:                 nodePortsRule(m.NodePorts),
		HTTPRedirect:              exceptionsFromSet(m.HTTPRedirect),
		DefaultCertificateClasses: tfkit.StringsFromSet(m.DefaultCertificates),
		Users:                     append(guardrails.DefaultUsers(), stringValues(m.KubeSystem, "users")...),
		Groups:                    append(guardrails.DefaultGroups(), stringValues(m.KubeSystem, "groups")...),
	}
}

// snapshotSettings returns the settings for snapshots, or nil if there are none or they are unknown.
func snapshotSettings(object types.Object) *guardrails.VolumeSnapshots {
	if object.IsNull() || object.IsUnknown() {
		return nil
	}
	return &guardrails.VolumeSnapshots{
		ClassName: stringValue(
			object,
			"class_name",
		),
		HealthDataNamespaces: stringValues(object, "health_data_namespaces"),
	}
}

// isSetKnown reports whether a set and all its elements are known.
func isSetKnown(set types.Set) bool {
	if set.IsUnknown() {
		return false
	}
	for _, element := range set.Elements() {
		if object, ok := element.(types.Object); element.IsUnknown() || ok && !isObjectKnown(object) {
			return false
		}
	}
	return true
}

func exceptionsFromSet(set types.Set) []guardrails.Exception {
	found := []guardrails.Exception{}
	for _, element := range set.Elements() {
		if object, ok := element.(types.Object); ok {
			found = append(
				found, guardrails.Exception{
					Namespace: stringValue(object, "namespace"),
					Reason:    stringValue(object, "reason"),
					Approver:  stringValue(object, "approver"),
				},
			)
		}
	}
	return found
}

// isObjectKnown reports whether an object and all its attributes are known. It ignores the write-only passphrase, which
// is null in a plan.
func isObjectKnown(object types.Object) bool {
	if object.IsNull() || object.IsUnknown() {
		return false
	}
	for name, value := range object.Attributes() {
		if name == "passphrase_wo" {
			continue
		}
		if value.IsUnknown() {
			return false
		}
		if set, ok := value.(types.Set); ok && !isSetKnown(set) {
			return false
		}
	}
	return true
}

func stringValue(object types.Object, name string) string {
	return tfkit.StringAttribute(object, name).ValueString()
}

func int64Value(object types.Object, name string) int64 {
	return tfkit.Int64Attribute(object, name).ValueInt64()
}

func stringValues(object types.Object, name string) []string {
	set, _ := object.Attributes()[name].(types.Set)
	return tfkit.StringsFromSet(set)
}

func ruleFromObject(object types.Object) guardrails.Rule {
	found := guardrails.Rule{Action: stringValue(object, "action"), Exemptions: []guardrails.Exemption{}}
	set, _ := object.Attributes()["exemptions"].(types.Set)
	for _, element := range set.Elements() {
		if exemption, ok := element.(types.Object); ok {
			found.Exemptions = append(found.Exemptions, guardrails.Exemption{
				Namespace: stringValue(exemption, "namespace"), Reason: stringValue(exemption, "reason"),
				Approver: stringValue(exemption, "approver"), Until: stringValue(exemption, "until"),
			})
		}
	}
	return found
}

// nodePortsRule returns the rule of node ports, with its default action for a state of an older version of the
// provider, which has no such rule.
func nodePortsRule(object types.Object) guardrails.Rule {
	found := ruleFromObject(object)
	found.Action = cmp.Or(found.Action, guardrails.Audit)
	return found
}

// plannedDrift returns the differences that the last plan showed.
func (m *model) plannedDrift() []kubernetes.Difference {
	found := []kubernetes.Difference{}
	for _, element := range m.Drift.Elements() {
		if object, ok := element.(types.Object); ok {
			found = append(
				found, kubernetes.Difference{
					Object: stringValue(object, "object"), Field: stringValue(object, "field"),
					Found: stringValue(object, "found"),
					Owner: stringValue(object, "owner"),
				},
			)
		}
	}
	return found
}
