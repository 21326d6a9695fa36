// Package clusters is what the resources of clusters share: the attributes that the API has for every cluster, how they
// are read, sent and judged, and the order in which a cluster is made and changed. What only one kind of cluster has is
// in the kind's own package.
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

// Kind is how one kind of cluster is named and told from the others.
type Kind struct {
	// Resource is its type in a configuration, "srm_hds_cluster", and Name what a sentence calls it, "HDS cluster".
	Resource, Name string
	// Access is the clause that an API server open to the world goes against.
	Access string
	// Type refuses the control plane offers of other kinds.
	Type func(string) error
	// PrivateNetwork says that it is on one.
	PrivateNetwork bool
	// ScalewayRanges says that its configuration can let all of Scaleway's addresses in.
	ScalewayRanges bool
}

// Known says that a value is neither null nor unknown.
func Known(value interface {
	IsNull() bool
	IsUnknown() bool
}) bool {
	return !value.IsNull() && !value.IsUnknown()
}

// RefuseProtected refuses to destroy or replace a cluster under deletion protection.
func RefuseProtected(summary string, m *Model, diags *diag.Diagnostics) {
	tfkit.Refuse(diags, path.Root("deletion_protection"), tfkit.Refusal{
		Summary: summary, Clause: "DEL-01", Found: fmt.Sprintf("cluster %q under deletion protection", m.Name.ValueString()),
		Allowed: "changes in place",
		Fix: "If the cluster and its data may be lost, set `deletion_protection = false`, apply that first, then repeat. " +
			"If the resource is tainted or was given to -replace by mistake, run \"terraform untaint\" or leave -replace out.",
	})
}

func (k Kind) refuseName(region scw.Region, name, id, status string, report tfkit.Reporter) {
	report.Report(path.Root("name"), tfkit.Refusal{
		Summary: "A cluster of that name exists already",
		Found:   fmt.Sprintf("cluster %s, %q, status %s", scaleway.JoinID(region, id), name, status),
		Allowed: "a name that is free in the Project",
		Fix: fmt.Sprintf(`If it is this resource's cluster, left by an apply that was interrupted, take it over:

import {
  to = %[1]s.NAME
  id = "%[2]s"
}

If Terraform says that the resource is tainted, run "terraform untaint %[1]s.NAME" instead. With create_before_destroy,
  leave that out: two clusters of a Project do not share a name. If it is another cluster, choose another name.`,
			k.Resource, scaleway.JoinID(region, id)),
	})
}

// IdentitySchema is the identity of a cluster; region says which regions there are.
func IdentitySchema(region string) identityschema.Schema {
	return identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"region": identityschema.StringAttribute{OptionalForImport: true, Description: region},
		"id":     identityschema.StringAttribute{RequiredForImport: true, Description: "UUID of the cluster."},
	}}
}

// Identify writes the identity of a cluster.
func (m *Model) Identify(ctx context.Context, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	if identity != nil {
		diags.Append(identity.SetAttribute(ctx, path.Root("region"), string(m.Place()))...)
		diags.Append(identity.SetAttribute(ctx, path.Root("id"), m.UUID())...)
	}
}

// Imported are the attributes of a cluster that the API does not know, as an import sets them.
func Imported(region scw.Region, uuid string) map[string]any {
	return map[string]any{
		"id": scaleway.JoinID(region, uuid), "deletion_protection": true, "upgrade_pools": true,
		"allow_disruptive_rename": false,
	}
}
