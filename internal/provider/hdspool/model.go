package hdspool

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	operations "github.com/terraform-srm/terraform-provider-srm/internal/operations/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/pools"
)

// model is the Terraform model of the resource.
type model struct {
	pools.Model

	GuardrailsID        types.String `tfsdk:"guardrails_id"`
	NodeTypeAttestation types.Object `tfsdk:"node_type_attestation"`
	PublicIP            types.Object `tfsdk:"public_ip"`
}

func publicIPTypes() map[string]attr.Type {
	return map[string]attr.Type{"reason": types.StringType}
}

// transfers returns the responsibility transfers of the configuration, and false if they are not known yet. Unknown
// values in kubelet_args and user_data do not matter, as only their keys count.
func (m *model) transfers() ([]responsibility.Transfer, bool) {
	reason := tfkit.StringAttribute(m.PublicIP, "reason")
	if m.KubeletArgs.IsUnknown() || m.UserData.IsUnknown() || m.PublicIP.IsUnknown() || reason.IsUnknown() {
		return nil, false
	}
	facts := responsibility.PoolFacts{
		KubeletArgs:  pools.StringMap(m.KubeletArgs),
		UserDataKeys: slices.Collect(maps.Keys(m.UserData.Elements())),
	}
	if !m.PublicIP.IsNull() {
		facts.PublicIPReason = reason.ValueString()
		if reason.IsNull() {
			facts.PublicIPReason = "unknown, as the pool was not created by this resource"
		}
	}
	return responsibility.PoolTransfers(facts), true
}

// setComputed sets the computed attributes, all of which are known once the pool exists.
func (m *model) setComputed(ctx context.Context, pool *k8s.Pool, diags *diag.Diagnostics) {
	m.ID = types.StringValue(scaleway.JoinID(scw.Region(compliance.Region), pool.ID))
	m.VersionUsed = types.StringValue(pool.Version)
	transfers, _ := m.transfers()
	m.Transfers = tfkit.NewTransfersList(ctx, transfers, diags)
}

// refresh sets the attributes from the pool as the API returns it. It keeps what only the configuration has: the
// attestation, the reason of public IPs, and what pools.Model keeps.
func (m *model) refresh(ctx context.Context, pool *k8s.Pool, diags *diag.Diagnostics) {
	m.Refresh(pool)
	switch {
	case pool.PublicIPDisabled:
		m.PublicIP = types.ObjectNull(publicIPTypes())
	case m.PublicIP.IsNull():
		m.PublicIP = types.ObjectValueMust(publicIPTypes(), map[string]attr.Value{"reason": types.StringNull()})
	}
	m.setComputed(ctx, pool, diags)
}

// replacedAttributes returns the changed attributes that require a replacement of the pool.
func (m *model) replacedAttributes(state *model) []string {
	found := m.ReplacingAttributes(&state.Model)
	if m.PublicIP.IsNull() != state.PublicIP.IsNull() {
		found = append(found, "public_ip")
	}
	return found
}

// desired converts a plan, all of whose inputs are known.
func (m *model) desired() operations.Desired {
	desired := m.Desired(scw.Region(compliance.Region))
	desired.PublicIPDisabled = m.PublicIP.IsNull()
	return desired
}
