package cluster

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

type oidc struct {
	IssuerURL      types.String `tfsdk:"issuer_url"`
	ClientID       types.String `tfsdk:"client_id"`
	UsernameClaim  types.String `tfsdk:"username_claim"`
	UsernamePrefix types.String `tfsdk:"username_prefix"`
	GroupsClaim    types.List   `tfsdk:"groups_claim"`
	GroupsPrefix   types.String `tfsdk:"groups_prefix"`
	RequiredClaim  types.List   `tfsdk:"required_claim"`
}

func oidcTypes() map[string]attr.Type {
	list := types.ListType{ElemType: types.StringType}
	return map[string]attr.Type{
		"issuer_url": types.StringType, "client_id": types.StringType, "username_claim": types.StringType,
		"username_prefix": types.StringType, "groups_claim": list, "groups_prefix": types.StringType,
		"required_claim": list,
	}
}

// refreshOIDC sets the OIDC settings to the actual ones. Settings that the API does not have are null.
func (m *commonModel) refreshOIDC(
	ctx context.Context,
	actual *k8s.ClusterOpenIDConnectConfig,
	diags *diag.Diagnostics,
) {
	if actual == nil || actual.IssuerURL == "" && actual.ClientID == "" {
		m.OIDC = types.ObjectNull(oidcTypes())
		return
	}
	known, _ := decodeObject[oidc](ctx, m.OIDC, diags)
	text := func(actual string) types.String {
		if actual == "" {
			return types.StringNull()
		}
		return types.StringValue(actual)
	}
	list := func(known types.List, actual []string) types.List {
		if slices.Equal(stringsFromList(known), actual) {
			if known.IsNull() {
				return types.ListNull(types.StringType)
			}
			return known
		}
		found, problems := types.ListValueFrom(ctx, types.StringType, actual)
		diags.Append(problems...)
		return found
	}
	value, problems := types.ObjectValueFrom(ctx, oidcTypes(), oidc{
		IssuerURL: text(actual.IssuerURL), ClientID: text(actual.ClientID), UsernameClaim: text(actual.UsernameClaim),
		UsernamePrefix: text(actual.UsernamePrefix), GroupsClaim: list(known.GroupsClaim, actual.GroupsClaim),
		GroupsPrefix: text(actual.GroupsPrefix), RequiredClaim: list(known.RequiredClaim, actual.RequiredClaim),
	})
	diags.Append(problems...)
	m.OIDC = value
}

func stringsFromList(list types.List) []string {
	found := []string{}
	for _, element := range list.Elements() {
		if text, ok := element.(types.String); ok {
			found = append(found, text.ValueString())
		}
	}
	return found
}
