package externalnode

import (
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/externalnode"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

type model struct {
	PoolID           types.String   `tfsdk:"pool_id"`
	Name             types.String   `tfsdk:"name"`
	Address          types.String   `tfsdk:"address"`
	Attestation      types.Object   `tfsdk:"attestation"`
	Agent            types.Object   `tfsdk:"agent"`
	Enrolment        types.String   `tfsdk:"enrolment"`
	CredentialSource types.Object   `tfsdk:"credential_source"`
	SSH              types.Object   `tfsdk:"ssh"`
	Version          types.String   `tfsdk:"version"`
	Rotation         types.String   `tfsdk:"rotation"`
	WaitForReady     types.Bool     `tfsdk:"wait_for_ready"`
	Timeouts         timeouts.Value `tfsdk:"timeouts"`

	ID                   types.String `tfsdk:"id"`
	NodeName             types.String `tfsdk:"node_name"`
	AttestationExpiresAt types.String `tfsdk:"attestation_expires_at"`
	CloudInit            types.String `tfsdk:"cloud_init"`
	Script               types.String `tfsdk:"script"`
	CleanupScript        types.String `tfsdk:"cleanup_script"`
	Status               types.String `tfsdk:"status"`
	VersionUsed          types.String `tfsdk:"version_used"`
	KubeletVersion       types.String `tfsdk:"kubelet_version"`
	VersionSkew          types.String `tfsdk:"version_skew"`
	LastSeenAt           types.String `tfsdk:"last_seen_at"`
}

// uuid returns the node's id without its region, or "" if it is not known.
func (m *model) uuid() string { return tfkit.BareID(m.ID.ValueString()) }

// enrolsItself reports whether the machine enrols itself, so that its node is found by address.
func (m *model) enrolsItself() bool { return m.Enrolment.ValueString() == enrolledByMachine }

func (m *model) digests() types.Object {
	if m.Agent.IsUnknown() {
		return types.ObjectUnknown(map[string]attr.Type{"amd64": types.StringType, "arm64": types.StringType})
	}
	if digests, ok := m.Agent.Attributes()["sha256"].(types.Object); ok {
		return digests
	}
	return types.ObjectNull(map[string]attr.Type{"amd64": types.StringType, "arm64": types.StringType})
}

// isBootstrapDataKnown reports whether all attributes that the programs depend on are known.
func (m *model) isBootstrapDataKnown() bool {
	if m.Agent.IsUnknown() || m.digests().IsUnknown() || m.CredentialSource.IsUnknown() || m.SSH.IsUnknown() ||
		m.sshRanges().IsUnknown() {
		return false
	}
	for _, text := range []types.String{
		m.PoolID, m.Name, m.Enrolment, tfkit.StringAttribute(m.Agent, "version"), tfkit.StringAttribute(m.Agent,
			"download_url"),
		tfkit.StringAttribute(m.digests(), "amd64"), tfkit.StringAttribute(m.digests(), "arm64"), tfkit.StringAttribute(
			m.CredentialSource, "file",
		), tfkit.StringAttribute(m.CredentialSource, "command"),
	} {
		if text.IsUnknown() {
			return false
		}
	}
	for _, element := range m.sshRanges().Elements() {
		if element.IsUnknown() {
			return false
		}
	}
	return !tfkit.Int64Attribute(m.SSH, "port").IsUnknown()
}

// sshRanges returns the address ranges that may reach the machine by SSH, or null.
func (m *model) sshRanges() types.Set {
	if set, ok := m.SSH.Attributes()["allowed_ip_ranges"].(types.Set); ok {
		return set
	}
	return types.SetNull(types.StringType)
}

// bootstrapData returns the data of the programs, as far as the configuration holds them. The caller adds the rest.
func (m *model) bootstrapData(poolID string, region scw.Region) bootstrapData {
	version, address := tfkit.StringAttribute(m.Agent, "version").
		ValueString(),
		tfkit.StringAttribute(m.Agent, "download_url").
			ValueString()
	binary := func(arch string) agentBinary {
		digest := tfkit.StringAttribute(m.digests(), arch).ValueString()
		if digest == "" {
			return agentBinary{}
		}
		return agentBinary{
			url: strings.NewReplacer("{version}", version, "{arch}", arch).Replace(address), sha256: digest,
		}
	}
	port := tfkit.Int64Attribute(m.SSH, "port").ValueInt64()
	if port == 0 {
		port = 22
	}
	return bootstrapData{
		name: m.Name.ValueString(), poolID: poolID, region: string(region), enrolment: m.Enrolment.ValueString(),
		keyFile: tfkit.StringAttribute(m.CredentialSource, "file").ValueString(), keyCommand: tfkit.StringAttribute(
			m.CredentialSource, "command",
		).ValueString(),
		agentVersion: version, amd64: binary("amd64"), arm64: binary("arm64"),
		sshPort: strconv.FormatInt(port, 10), sshRanges: tfkit.StringsFromSet(m.sshRanges()),
	}
}

// setPrograms sets the attributes of the programs.
func (m *model) setPrograms(d bootstrapData) error {
	script, err := d.script()
	if err != nil {
		return err
	}
	userData, err := d.cloudInit()
	if err != nil {
		return err
	}
	m.Script, m.CloudInit = types.StringValue(script), types.StringValue(userData)
	m.CleanupScript = types.StringValue(d.cleanupScript())
	return nil
}

// nullUnknowns sets values that are still unknown at the end of an apply to null.
func (m *model) nullUnknowns() {
	for _, value := range []*types.String{
		&m.ID, &m.NodeName, &m.Status, &m.VersionUsed, &m.KubeletVersion, &m.VersionSkew, &m.LastSeenAt,
	} {
		if value.IsUnknown() {
			*value = types.StringNull()
		}
	}
}

// markUnknown sets the values that an update reads after waiting for the node to unknown.
func (m *model) markUnknown() {
	for _, value := range []*types.String{&m.Status, &m.KubeletVersion, &m.VersionSkew, &m.LastSeenAt} {
		*value = types.StringUnknown()
	}
}

// restoreComputed copies the values that can change by themselves from the state.
func (m *model) restoreComputed(state *model) {
	m.Status, m.KubeletVersion = state.Status, state.KubeletVersion
	m.VersionSkew, m.LastSeenAt = state.VersionSkew, state.LastSeenAt
	m.ID, m.NodeName, m.VersionUsed = state.ID, state.NodeName, state.VersionUsed
}

// restorePlanned replaces values that an update read by the planned ones, if these were known: an apply must return
// planned values. The next refresh reads values that changed by themselves.
func (m *model) restorePlanned(planned *model) {
	for _, value := range []struct{ target, planned *types.String }{
		{&m.ID, &planned.ID}, {&m.NodeName, &planned.NodeName}, {&m.Status, &planned.Status}, {
			&m.VersionUsed, &planned.VersionUsed,
		},
		{
			&m.KubeletVersion, &planned.KubeletVersion,
		}, {&m.VersionSkew, &planned.VersionSkew}, {&m.LastSeenAt, &planned.LastSeenAt},
	} {
		if !value.planned.IsUnknown() {
			*value.target = *value.planned
		}
	}
}

// hasSameBootstrapData reports whether the data of the programs are the same as in a state.
func (m *model) hasSameBootstrapData(state *model) bool {
	return !state.Script.IsNull() && m.Name.Equal(state.Name) && m.Enrolment.Equal(state.Enrolment) &&
		m.Agent.Equal(state.Agent) &&
		m.CredentialSource.Equal(state.CredentialSource) && m.SSH.Equal(state.SSH) &&
		tfkit.BareID(m.PoolID.ValueString()) == tfkit.BareID(state.PoolID.ValueString())
}

// setIdentity sets the attributes that the node's credential gives access to. It ignores nil.
func (m *model) setIdentity(identity *operations.Identity) {
	if identity == nil {
		return
	}
	m.ID = types.StringValue(scaleway.JoinID(identity.Region, identity.ID))
	m.NodeName, m.VersionUsed = types.StringValue(identity.Name), types.StringValue(identity.PoolVersion)
}

// setFromNode sets the attributes that the Scaleway API provides.
func (m *model) setFromNode(node *k8s.Node) {
	m.ID = types.StringValue(scaleway.JoinID(node.Region, node.ID))
	m.NodeName, m.Status = types.StringValue(node.Name), types.StringValue(string(node.Status))
	m.PoolID = tfkit.KeepSpelling(m.PoolID, scaleway.JoinID(node.Region, node.PoolID), tfkit.BareID)
	if m.Address.IsNull() {
		// After an import. Otherwise the address is configured: the API has it only after the machine has joined.
		if addresses := scaleway.NodeAddresses(node); len(addresses) > 0 {
			m.Address = types.StringValue(addresses[0])
		}
	}
}

// setFromObject sets the attributes that the cluster's Kubernetes API provides. Known values stay if the object is nil.
func (m *model) setFromObject(object *kubernetes.Node) {
	if m.KubeletVersion.IsUnknown() {
		m.KubeletVersion = types.StringNull()
	}
	if m.LastSeenAt.IsUnknown() {
		m.LastSeenAt = types.StringNull()
	}
	if object == nil {
		return
	}
	if object.KubeletVersion != "" {
		m.KubeletVersion = types.StringValue(strings.TrimPrefix(object.KubeletVersion, "v"))
	}
	m.LastSeenAt = tfkit.RFC3339Value(object.LastSeen)
}

// setVersionSkew compares the kubelet's version, or else the version at enrolment, to that of the control plane.
func (m *model) setVersionSkew(controlPlane string) {
	version := m.runningVersion()
	if version == "" {
		m.VersionSkew = types.StringValue(string(lifecycle.SkewUnknown))
		return
	}
	skew, _ := lifecycle.SkewBetween(controlPlane, strings.TrimPrefix(version, "v"))
	m.VersionSkew = types.StringValue(string(skew))
}

// runningVersion returns the version of the kubelet, or else the version at enrolment.
func (m *model) runningVersion() string {
	if version := m.KubeletVersion.ValueString(); version != "" {
		return version
	}
	return m.VersionUsed.ValueString()
}
