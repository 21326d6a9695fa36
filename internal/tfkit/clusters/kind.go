// Package clusters has what the cluster resources share: the attributes of every cluster, their checks, requests and
// refresh, and the order of the steps of create, update and delete. The package of each resource has what is specific
// to it.
package clusters

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// Kind describes one kind of cluster.
type Kind struct {
	// Resource is the resource type, such as "srm_hds_cluster". Name is its name in messages, such as "HDS cluster".
	Resource, Name string
	// AccessClause is the clause that forbids an API server that is open to the world.
	AccessClause string
	// CheckType returns an error for a control plane offer of another kind.
	CheckType func(string) error
	// HasPrivateNetwork is true if the clusters are attached to a Private Network.
	HasPrivateNetwork bool
	// CanAllowScaleway is true if the configuration can allow all of Scaleway's addresses.
	CanAllowScaleway bool
}

// HasValue reports whether a value is neither null nor unknown.
func HasValue(value interface {
	IsNull() bool
	IsUnknown() bool
}) bool {
	return !value.IsNull() && !value.IsUnknown()
}

// RefuseProtected refuses to destroy or replace a cluster under deletion protection.
func RefuseProtected(summary string, m *Model, diags *diag.Diagnostics) {
	tfkit.AddError(diags, path.Root("deletion_protection"), tfkit.Problem{
		Summary: summary, Clause: "DEL-01", Found: fmt.Sprintf(
			"cluster %q under deletion protection", m.Name.ValueString(),
		),
		Allowed: "changes in place",
		Fix: "If the cluster and its data can be lost, set `deletion_protection = false`, apply, then try again. If " +
			"the resource is tainted or named in -replace by mistake, run \"terraform untaint\" or remove -replace.",
	})
}

func (k Kind) reportNameTaken(region scw.Region, name, id, status string, report tfkit.Reporter) {
	report.Report(path.Root("name"), tfkit.Problem{
		Summary: "A cluster of this name already exists",
		Found:   fmt.Sprintf("cluster %s, %q, status %s", scaleway.JoinID(region, id), name, status),
		Allowed: "a name that is not in use in the Project",
		Fix: fmt.Sprintf(`If an interrupted apply of this resource created the cluster, import it:

import {
  to = %[1]s.NAME
  id = "%[2]s"
}

If the resource is tainted, run "terraform untaint %[1]s.NAME" instead. If it has create_before_destroy, remove that:
cluster names are unique in a Project. If it is another cluster, choose another name.`,
			k.Resource, scaleway.JoinID(region, id)),
	})
}

// IdentitySchema returns the identity schema of a cluster. region is the description of the region.
func IdentitySchema(region string) identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"region": identityschema.StringAttribute{OptionalForImport: true, Description: region},
		"id":     identityschema.StringAttribute{RequiredForImport: true, Description: "UUID of the cluster."},
	}}
}

// SetIdentity sets the identity of the cluster.
func (m *Model) SetIdentity(ctx context.Context, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	if identity != nil {
		diags.Append(identity.SetAttribute(ctx, path.Root("region"), string(m.ClusterRegion()))...)
		diags.Append(identity.SetAttribute(ctx, path.Root("id"), m.UUID())...)
	}
}

// ImportedAttributes returns the attributes that an import sets because the API does not have them.
func ImportedAttributes(region scw.Region, uuid string) map[string]any {
	return map[string]any{
		"id": scaleway.JoinID(region, uuid), "deletion_protection": true, "upgrade_pools": true,
		"allow_disruptive_rename": false,
	}
}
