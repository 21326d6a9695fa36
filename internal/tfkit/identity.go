package tfkit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// IdentitySchema returns the identity schema of an object, with the descriptions of its region and its UUID.
func IdentitySchema(region, id string) identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"region": identityschema.StringAttribute{OptionalForImport: true, Description: region},
		"id":     identityschema.StringAttribute{RequiredForImport: true, Description: id},
	}}
}

// SetIdentity sets the identity of an object. identity is nil if the CLI has none. id is a string or a types.String.
func SetIdentity(
	ctx context.Context, identity *tfsdk.ResourceIdentity, region scw.Region, id any, diags *diag.Diagnostics,
) {
	if identity != nil {
		diags.Append(identity.SetAttribute(ctx, path.Root("region"), string(region))...)
		diags.Append(identity.SetAttribute(ctx, path.Root("id"), id)...)
	}
}

// Decoder is a configuration, a plan, a state or a resource of a list.
type Decoder interface {
	Get(ctx context.Context, target any) diag.Diagnostics
}

// Decode decodes a configuration, a plan or a state into a model, a pointer. ok is false after an error.
func Decode[M any](ctx context.Context, from Decoder, m M, diags *diag.Diagnostics) (_ M, ok bool) {
	found := from.Get(ctx, m)
	diags.Append(found...)
	return m, !found.HasError()
}
