package hdsguardrails

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

type model struct {
	ClusterID           types.String   `tfsdk:"cluster_id"`
	VolumeEncryption    types.Object   `tfsdk:"volume_encryption"`
	LoadBalancers       types.Object   `tfsdk:"load_balancers"`
	Ingress             types.Object   `tfsdk:"ingress"`
	NodeDisk            types.Object   `tfsdk:"node_disk"`
	KubeSystem          types.Object   `tfsdk:"kube_system"`
	NodePorts           types.Object   `tfsdk:"node_ports"`
	BackendTLS          types.String   `tfsdk:"backend_tls"`
	TLSPassthrough      types.Set      `tfsdk:"tls_passthrough"`
	AttestedRestores    types.Set      `tfsdk:"attested_restores"`
	InlineDrivers       types.Set      `tfsdk:"inline_csi_drivers"`
	HTTPRedirect        types.Set      `tfsdk:"http_redirect"`
	DefaultCertificates types.Set      `tfsdk:"default_certificate_classes"`
	Timeouts            timeouts.Value `tfsdk:"timeouts"`

	ID           types.String `tfsdk:"id"`
	OwnerID      types.String `tfsdk:"owner_id"`
	PolicyDigest types.String `tfsdk:"policy_digest"`
	Objects      types.List   `tfsdk:"objects"`
	Manifests    types.String `tfsdk:"manifests"`
	Transfers    types.List   `tfsdk:"responsibility_transfers"`
	OlderClaims  types.List   `tfsdk:"older_claims"`
	Drift        types.List   `tfsdk:"drift"`
}

func (m *model) uuid() string { return tfkit.BareID(m.ClusterID.ValueString()) }

// settings returns the configured settings, and false while a part of them is unknown.
func (m *model) settings() (guardrails.Settings, bool) {
	if !isObjectKnown(m.VolumeEncryption) || !m.rulesKnown() {
		return guardrails.Settings{}, false
	}
	return m.knownSettings(), true
}

// rulesKnown reports whether all attributes that can loosen the policies are known.
func (m *model) rulesKnown() bool {
	return isObjectKnown(m.LoadBalancers) && isObjectKnown(m.Ingress) && isObjectKnown(m.NodeDisk) &&
		isObjectKnown(m.KubeSystem) &&
		(m.NodePorts.IsNull() || isObjectKnown(m.NodePorts)) && isSetKnown(m.HTTPRedirect) &&
		isSetKnown(m.DefaultCertificates) &&
		!m.BackendTLS.IsUnknown() && isSetKnown(m.TLSPassthrough) &&
		isSetKnown(m.AttestedRestores) &&
		isSetKnown(m.InlineDrivers)
}

// knownSettings returns the configured settings. Unknown values are zero.
func (m *model) knownSettings() guardrails.Settings {
	return guardrails.Settings{
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

// exceptionsToSet is the inverse of exceptionsFromSet.
func exceptionsToSet(exceptions []guardrails.Exception) types.Set {
	elements := []attr.Value{}
	for _, e := range exceptions {
		elements = append(elements, types.ObjectValueMust(exceptionTypes(), map[string]attr.Value{
			"namespace": types.StringValue(e.Namespace), "reason": types.StringValue(e.Reason),
			"approver": types.StringValue(e.Approver),
		}))
	}
	return types.SetValueMust(types.ObjectType{AttrTypes: exceptionTypes()}, elements)
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

// setFrom sets the configurable attributes from settings that were read from the cluster, for an import.
func (m *model) setFrom(ctx context.Context, s guardrails.Settings) {
	m.VolumeEncryption = types.ObjectValueMust(m.VolumeEncryption.AttributeTypes(ctx), map[string]attr.Value{
		"passphrase_wo":         types.StringNull(),
		"passphrase_wo_version": types.Int64Value(s.Version),
		"reclaim_policy":        types.StringValue(s.ReclaimPolicy),
		"iops":                  types.Int64Value(s.IOPS),
		"zones":                 stringSetValue(s.Zones),
		"class_name":            types.StringValue(s.ClassName),
		"namespace":             types.StringValue(s.Namespace),
	})
	ruleObject := func(object types.Object, rule guardrails.Rule, extra map[string]attr.Value) types.Object {
		exemptions := []attr.Value{}
		for _, e := range rule.Exemptions {
			exemptions = append(exemptions, types.ObjectValueMust(exemptionTypes(), map[string]attr.Value{
				"namespace": types.StringValue(e.Namespace), "reason": types.StringValue(e.Reason),
				"approver": types.StringValue(e.Approver), "until": types.StringValue(e.Until),
			}))
		}
		values := map[string]attr.Value{
			"action": types.StringValue(rule.Action), "exemptions": types.SetValueMust(
				types.ObjectType{AttrTypes: exemptionTypes()}, exemptions,
			),
		}
		for name, value := range extra {
			values[name] = value
		}
		return types.ObjectValueMust(object.AttributeTypes(ctx), values)
	}
	m.LoadBalancers = ruleObject(m.LoadBalancers, s.LoadBalancers, nil)
	m.Ingress = ruleObject(m.Ingress, s.Ingress, nil)
	m.NodeDisk = ruleObject(m.NodeDisk, s.NodeDisk, nil)
	m.NodePorts = ruleObject(m.NodePorts, s.NodePorts, nil)
	m.KubeSystem = ruleObject(m.KubeSystem, s.KubeSystem, map[string]attr.Value{
		"users": stringSetValue(excludeDefaults(s.Users, guardrails.DefaultUsers())), "groups": stringSetValue(
			excludeDefaults(s.Groups, guardrails.DefaultGroups()),
		),
	})
	m.BackendTLS, m.InlineDrivers = types.StringValue(s.BackendTLS), stringSetValue(s.InlineDrivers)
	m.TLSPassthrough, m.AttestedRestores = exceptionsToSet(s.TLSPassthrough), exceptionsToSet(s.AttestedRestores)
	m.HTTPRedirect, m.DefaultCertificates = exceptionsToSet(s.HTTPRedirect), stringSetValue(s.DefaultCertificateClasses)
}

// compute sets the attributes that depend on the configuration only.
func (m *model) compute(ctx context.Context, s guardrails.Settings, diags *diag.Diagnostics) {
	objects := s.Objects()
	m.PolicyDigest = types.StringValue(guardrails.Digest(objects))
	m.Objects = objectNames(s, objects)
	m.Manifests = renderManifests(s, diags)
	m.Transfers = transfersList(ctx, s, diags)
	m.Drift = driftList(nil)
}

func transfersList(ctx context.Context, s guardrails.Settings, diags *diag.Diagnostics) types.List {
	return tfkit.NewTransfersList(ctx, responsibility.GuardrailTransfers(responsibilityRules(s)), diags)
}

func renderManifests(s guardrails.Settings, diags *diag.Diagnostics) types.String {
	text, err := s.Manifests()
	if err != nil {
		tfkit.AddAPIError(diags, "Unable to render the manifests of the guardrails", err)
	}
	return types.StringValue(text)
}

// objectNames returns the names of the applied objects, as `kind/name`.
func objectNames(s guardrails.Settings, objects []guardrails.Object) types.List {
	names := []attr.Value{
		types.StringValue(ownerRecord),
		types.StringValue(kubernetes.SecretRef(s.Namespace, guardrails.SecretName(s.Version))),
	}
	for _, object := range slices.Concat(s.IsolationObjects(), s.LookupObjects(guardrails.LookupData{}), objects) {
		names = append(names, types.StringValue(object.Kind+"/"+object.Name))
	}
	return types.ListValueMust(types.StringType, names)
}

// computeKnown does the work of compute while a part of the configuration is unknown: the digest depends on the whole
// configuration, the responsibility transfers on the rules, and the names of the objects on three attributes.
func (m *model) computeKnown(ctx context.Context, diags *diag.Diagnostics) {
	m.PolicyDigest, m.Drift = types.StringUnknown(), driftList(nil)
	m.Objects, m.Manifests = types.ListUnknown(types.StringType), types.StringUnknown()
	m.Transfers = types.ListUnknown(types.ObjectType{AttrTypes: tfkit.TransferTypes()})
	named := !m.VolumeEncryption.IsUnknown()
	for _, name := range []string{"class_name", "namespace"} {
		named = named && !tfkit.StringAttribute(m.VolumeEncryption, name).IsUnknown()
	}
	settings := m.knownSettings()
	if named && !tfkit.Int64Attribute(m.VolumeEncryption, "passphrase_wo_version").IsUnknown() {
		m.Objects = objectNames(settings, settings.Objects())
	}
	if m.rulesKnown() {
		m.Transfers = transfersList(ctx, settings, diags)
	}
}

// responsibilityRules returns the policies that can be loosened.
func responsibilityRules(s guardrails.Settings) []responsibility.GuardrailRule {
	policyRule := func(
		name, clause, component, defaultAction string, rule guardrails.Rule,
	) responsibility.GuardrailRule {
		found := responsibility.GuardrailRule{
			Name: name, Clause: clause, Component: component, Action: rule.Action, Default: defaultAction,
		}
		for _, e := range rule.Exemptions {
			found.Exemptions = append(found.Exemptions, responsibility.GuardrailExemption(e))
		}
		return found
	}
	system := policyRule("kube_system", "TRF-02", "managed add-ons", guardrails.Warn, s.KubeSystem)
	for _, name := range excludeDefaults(s.Users, guardrails.DefaultUsers()) {
		system.Identities = append(system.Identities, "users/"+name)
	}
	for _, name := range excludeDefaults(s.Groups, guardrails.DefaultGroups()) {
		system.Identities = append(system.Identities, "groups/"+name)
	}
	exceptionRule := func(
		name, clause, component, accepts string, exceptions []guardrails.Exception,
	) responsibility.GuardrailRule {
		found := responsibility.GuardrailRule{Name: name, Clause: clause, Component: component, Accepts: accepts}
		for _, e := range exceptions {
			found.Exceptions = append(found.Exceptions, responsibility.GuardrailException(e))
		}
		return found
	}
	return []responsibility.GuardrailRule{
		policyRule("load_balancers", "HDS-ENC-01", "TLS and zone of Load Balancers", guardrails.Deny, s.LoadBalancers),
		{
			Name: "backend_tls", Clause: "HDS-ENC-01", Component: "TLS between Load Balancers and nodes",
			Action:  s.BackendTLS,
			Default: guardrails.Warn,
		},
		exceptionRule("tls_passthrough", "HDS-ENC-01", "TLS passthrough of Load Balancers", "", s.TLSPassthrough),
		policyRule("ingress", "HDS-ENC-01", "TLS of Ingresses and Gateways", guardrails.Deny, s.Ingress),
		exceptionRule(
			"http_redirect", "HDS-ENC-01", "HTTP listeners of Gateways that redirect", "a plaintext listener",
			s.HTTPRedirect,
		),
		{Name: "default_certificate_classes", Clause: "HDS-ENC-01", Component: "default certificates of ingress " +
			"controllers",
			Identities: s.DefaultCertificateClasses, HasNoDefaults: true},
		policyRule("node_ports", "HDS-ENC-01", "ports opened on nodes", guardrails.Audit, s.NodePorts),
		policyRule("node_disk", "HDS-ENC-03", "data on the disks of nodes", guardrails.Audit, s.NodeDisk),
		exceptionRule(
			"attested_restores", "HDS-ENC-03", "encryption of the sources of restored volumes", "", s.AttestedRestores,
		),
		{Name: "inline_csi_drivers", Clause: "HDS-ENC-03", Component: "inline volumes of CSI drivers",
			Identities: excludeDefaults(s.InlineDrivers, guardrails.DefaultInlineDrivers())},
		system,
	}
}

// excludeDefaults returns the values that are not among the defaults.
func excludeDefaults(values, defaults []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(value string) bool { return slices.Contains(defaults, value) })
}

func driftTypes() map[string]attr.Type {
	return map[string]attr.Type{
		"object": types.StringType, "field": types.StringType, "found": types.StringType, "owner": types.StringType,
	}
}

func driftList(found []kubernetes.Difference) types.List {
	elements := []attr.Value{}
	for _, d := range found {
		elements = append(elements, types.ObjectValueMust(driftTypes(), map[string]attr.Value{
			"object": types.StringValue(d.Object), "field": types.StringValue(d.Field),
			"found": types.StringValue(d.Found),
			"owner": types.StringValue(d.Owner),
		}))
	}
	return types.ListValueMust(types.ObjectType{AttrTypes: driftTypes()}, elements)
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
