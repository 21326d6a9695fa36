package clusters

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/framework"
	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// PlanDestroy refuses under protection, and says what a destroy takes and leaves: what can be found, and what could not
// be looked at. fate says what becomes of what hangs on the cluster; disks lists the volumes that the cluster itself knows.
func (k Kind) PlanDestroy(ctx context.Context, p *framework.Provider, m *Model, fate string, disks func(context.Context, *framework.Provider, *Model) ([]Disk, error), diags *diag.Diagnostics) {
	if m.DeletionProtection.ValueBool() {
		RefuseProtected("The cluster would be destroyed", m, diags)
		return
	}
	if refuseUndecided(m, diags); diags.HasError() {
		return
	}
	found, unseen := []string{}, []string{}
	look := func(what string, err error) bool {
		if err != nil && !scaleway.IsNotFound(err) {
			unseen = append(unseen, what+" ("+err.Error()+")")
		}
		return err == nil
	}
	pools, err := p.API.Pools(ctx, m.Place(), m.UUID())
	if look("pools", err) {
		for _, pool := range pools {
			found = append(found, fmt.Sprintf("pool %q with %d nodes of type %s", pool.Name, pool.Size, pool.NodeType))
		}
	}
	attached := k.attached(ctx, p, m, look)
	known, err := disks(ctx, p, m)
	if err != nil {
		unseen = append(unseen, "volumes that are attached to no node now, which only the cluster's API server knows ("+err.Error()+")")
	} else {
		unseen = append(unseen, "volumes whose PersistentVolume was deleted and that were kept")
	}
	for _, one := range known {
		if !slices.ContainsFunc(attached, func(text string) bool { return strings.Contains(text, one.Handle) }) {
			attached = append(attached, one.String())
		}
	}
	if len(attached) > 0 {
		fate += " Found: " + List(attached) + "."
	}
	lines := []string{"Destroyed with the cluster: " + List(found) + ".", fate, "Not looked at: " + strings.Join(unseen, "; ") + "."}
	diags.AddWarning(fmt.Sprintf("Destroying the %s %q", k.Name, m.Name.ValueString()), framework.Refusal{
		Clause: "DEL-01", Found: strings.Join(lines, "\n"),
		Fix: "Make sure that the backups are restorable before you apply. The choice is `delete_additional_resources`, applied before the destroy.",
	}.Detail())
}

// Disk is a volume that a PersistentVolume of the cluster stands for.
type Disk struct {
	// Name is the PersistentVolume's, Claim "namespace/name" or "", Handle "zone/UUID".
	Name, Claim, Reclaim, Handle string
}

// String is the volume in a sentence.
func (d Disk) String() string {
	text := "volume " + d.Name
	if d.Claim != "" {
		text += " of claim " + d.Claim
	}
	return fmt.Sprintf("%s, reclaim policy %s, attached to no node (%s)", text, d.Reclaim, d.Handle)
}

// attached are the Load Balancers and the volumes that hang on a cluster, as far as they can be found.
func (k Kind) attached(ctx context.Context, p *framework.Provider, m *Model, look func(string, error) bool) []string {
	found := []string{}
	cluster, err := p.API.Cluster(ctx, m.Place(), m.UUID())
	if !look("the cluster", err) {
		return found
	}
	balancers, err := p.API.LoadBalancersOf(ctx, cluster)
	if look("Load Balancers", err) {
		for _, one := range balancers {
			found = append(found, fmt.Sprintf("Load Balancer %s (%s)", one.Name, scaleway.JoinZonedID(one.Zone, one.ID)))
		}
	}
	nodes, err := p.API.Nodes(ctx, m.Place(), scaleway.NodeFilter{ClusterID: m.UUID()})
	if !look("nodes", err) {
		return found
	}
	volumes, err := p.API.ClaimVolumesOf(ctx, cluster, nodes)
	if look("volumes", err) {
		for _, one := range volumes {
			found = append(found, fmt.Sprintf("volume %s of %d GB (%s)", one.Name, one.Size/scw.GB, scaleway.JoinZonedID(one.Zone, one.ID)))
		}
	}
	return found
}

// FillTransfers shows what the planned configuration moves to the customer; unknown while an input is.
func (m *Model) FillTransfers(ctx context.Context, diags *diag.Diagnostics) {
	m.Transfers = types.ListUnknown(types.ObjectType{AttrTypes: framework.TransferTypes()})
	if m.CNI.IsUnknown() || !framework.FullyKnown(m.FeatureGates) || !framework.FullyKnown(m.AdmissionPlugins) {
		return
	}
	m.Transfers = framework.Transfers(ctx, responsibility.ClusterTransfers(responsibility.ClusterFacts{
		CNI: m.CNI.ValueString(), FeatureGates: framework.Strings(m.FeatureGates), AdmissionPlugins: framework.Strings(m.AdmissionPlugins),
	}), diags)
}

// RefreshDates reads the dates of the minor again; where it is not the one that runs, or cannot be read, they stay.
func (m *Model) RefreshDates(ctx context.Context, api *scaleway.Client, used string, diags *diag.Diagnostics) {
	minor, err := lifecycle.ParseMinor(m.Version.ValueString())
	actual, other := lifecycle.ParseVersion(used)
	if err != nil || other != nil || actual.Minor.Compare(minor) != 0 && Known(m.VersionDates) {
		return
	}
	version, err := api.Version(ctx, m.Place(), used)
	if err == nil {
		m.SetDates(ctx, minor, version, diags)
		return
	}
	if !Known(m.VersionDates) {
		m.SetDates(ctx, minor, nil, diags) // the bundled calendar's
	}
}
