package guardrails

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/guardrails"
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
	VolumeSnapshots     types.Object   `tfsdk:"volume_snapshots"`
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
	m.VolumeSnapshots = types.ObjectNull(snapshotTypes())
	if snapshots := s.VolumeSnapshots; snapshots != nil {
		m.VolumeSnapshots = types.ObjectValueMust(snapshotTypes(), map[string]attr.Value{
			"class_name":             types.StringValue(snapshots.ClassName),
			"health_data_namespaces": stringSetValue(snapshots.HealthDataNamespaces),
		})
	}
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

// refresh sets the computed attributes from a refresh.
func (m *model) refresh(ctx context.Context, status *operations.Status, diags *diag.Diagnostics) {
	m.compute(ctx, status.Settings, diags)
	m.OwnerID = types.StringValue(status.Owner)
	m.OlderClaims = olderClaimsList(status.OlderClaims)
	m.Drift, m.PolicyDigest = driftList(status.Drift), types.StringValue(status.Digest)
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
// configuration, the responsibility transfers on the rules, and the names of the objects on four attributes.
func (m *model) computeKnown(ctx context.Context, diags *diag.Diagnostics) {
	m.PolicyDigest, m.Drift = types.StringUnknown(), driftList(nil)
	m.Objects, m.Manifests = types.ListUnknown(types.StringType), types.StringUnknown()
	m.Transfers = types.ListUnknown(types.ObjectType{AttrTypes: tfkit.TransferTypes()})
	named := !m.VolumeEncryption.IsUnknown() && !m.VolumeSnapshots.IsUnknown() &&
		(m.VolumeSnapshots.IsNull() || !tfkit.StringAttribute(m.VolumeSnapshots, "class_name").IsUnknown())
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
