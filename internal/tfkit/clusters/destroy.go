package clusters

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// Storage is what a cluster itself says of its volumes and snapshots.
type Storage struct {
	Disks     []Disk
	Snapshots []DiskSnapshot
	// SnapshotsErr says why the snapshots could not be read.
	SnapshotsErr error
}

// ReadStorage reads the Storage of a cluster from its API server.
type ReadStorage func(context.Context, *tfkit.Provider, *Model) (Storage, error)

// Disk is a PersistentVolume whose data is a volume of Scaleway.
type Disk struct {
	// Name is the PersistentVolume's, Claim "namespace/name" or "", Handle "zone/UUID".
	Name, Claim, Reclaim, Handle string
}

// DiskSnapshot is a VolumeSnapshotContent whose data is a snapshot of Scaleway.
type DiskSnapshot struct {
	// Name is the VolumeSnapshotContent's, Of "namespace/name" of its VolumeSnapshot or "", Policy its deletion policy;
	// Handle is the snapshot and Volume its volume or "": "zone/UUID".
	Name, Of, Policy, Handle, Volume string
}

// foundObject is an object of Scaleway, and how a sentence names it.
type foundObject struct {
	scaleway.Object
	text string
}

// destroyImpact is what a destroy of a cluster finds.
type destroyImpact struct {
	pools []string
	// balancers and volumes go where the additional resources go; snapshots stay.
	balancers, volumes, snapshots []foundObject
	// unclear are volumes and snapshots that the CSI driver of this or of another cluster of the Project made.
	unclear []foundObject
	// unseen is what could not be looked at, each with the reason.
	unseen []string
}

// look says whether something could be read, and keeps the reason where it could not.
func (i *destroyImpact) look(what string, err error) bool {
	if err != nil && !scaleway.IsNotFound(err) {
		i.unseen = append(i.unseen, what+" ("+strings.ReplaceAll(err.Error(), "\n", "; ")+")")
	}
	return err == nil
}

// readImpact finds what is attached to a cluster, as far as it can be found.
func readImpact(ctx context.Context, p *tfkit.Provider, m *Model, read ReadStorage) *destroyImpact {
	i := &destroyImpact{}
	pools, err := p.API.Pools(ctx, m.Place(), m.UUID())
	if i.look("pools", err) {
		for _, pool := range pools {
			i.pools = append(i.pools, fmt.Sprintf("pool %q with %d nodes of type %s", pool.Name, pool.Size, pool.NodeType))
		}
	}
	cluster, err := p.API.Cluster(ctx, m.Place(), m.UUID())
	reachable := i.look("the cluster", err)
	var nodes []*k8s.Node
	var volumes []*block.Volume
	var snapshots []*block.Snapshot
	if reachable {
		nodes, err = p.API.Nodes(ctx, m.Place(), scaleway.NodeFilter{ClusterID: m.UUID()})
		i.look("nodes", err)
		balancers, err := p.API.LoadBalancersOf(ctx, cluster, nodes)
		i.look("Load Balancers", err)
		for _, one := range balancers {
			i.balancers = append(i.balancers, zonal(scaleway.KindLoadBalancer, one.Zone, one.ID, "Load Balancer "+one.Name))
		}
		volumes, err = p.API.VolumesAround(ctx, cluster, nodes)
		i.look("volumes", err)
		snapshots, err = p.API.SnapshotsAround(ctx, cluster, nodes)
		i.look("snapshots", err)
	}
	storage, err := read(ctx, p, m)
	switch {
	case err != nil:
		i.unseen = append(i.unseen,
			"volumes that are attached to no node now, which only the cluster's API server knows ("+
				oneLine(tfkit.Explain(err))+")",
			"snapshots whose volume is gone")
	default:
		i.unseen = append(i.unseen, "volumes whose PersistentVolume was deleted and that were kept")
		i.look("snapshots whose volume is gone", storage.SnapshotsErr)
	}
	i.addVolumes(volumes, nodes, storage.Disks)
	i.addSnapshots(snapshots, storage.Snapshots)
	return i
}

func oneLine(text string) string { return strings.TrimSuffix(strings.ReplaceAll(text, "\n", " "), ".") }

func zonal(kind scaleway.ObjectKind, zone scw.Zone, id, text string) foundObject {
	return foundObject{scaleway.Object{Kind: kind, Zone: zone, ID: id}, text + " (" + scaleway.JoinZonedID(zone, id) + ")"}
}

// addVolumes adds the volumes of claims that are attached to nodes of the cluster, and those of its PersistentVolumes.
// Of other volumes of claims that are attached to nothing it is unclear whose they are.
func (i *destroyImpact) addVolumes(volumes []*block.Volume, nodes []*k8s.Node, disks []Disk) {
	machines := map[string]bool{}
	for _, node := range nodes {
		if _, id, ok := scaleway.InstanceOf(node); ok {
			machines[id] = true
		}
	}
	known := map[string]Disk{}
	for _, disk := range disks {
		known[disk.Handle] = disk
	}
	for _, one := range volumes {
		handle := scaleway.JoinZonedID(one.Zone, one.ID)
		here := slices.ContainsFunc(one.References, func(r *block.Reference) bool { return machines[r.ProductResourceID] })
		disk, claimed := known[handle]
		text := fmt.Sprintf("volume %s of %d GB", one.Name, one.Size/scw.GB)
		switch {
		case here && (claimed || scaleway.IsClaimVolume(one)):
			delete(known, handle)
			i.volumes = append(i.volumes, zonal(scaleway.KindVolume, one.Zone, one.ID, text))
		case claimed && len(one.References) > 0:
			delete(known, handle)
			text += disk.claim() + ", attached to another machine"
			i.volumes = append(i.volumes, zonal(scaleway.KindVolume, one.Zone, one.ID, text))
		case !claimed && len(one.References) == 0 && scaleway.IsClaimVolume(one):
			i.unclear = append(i.unclear, zonal(scaleway.KindVolume, one.Zone, one.ID, text))
		}
	}
	for _, disk := range disks {
		if _, left := known[disk.Handle]; !left {
			continue
		}
		delete(known, disk.Handle)
		zone, id, _ := strings.Cut(disk.Handle, "/")
		text := "volume " + disk.Name + disk.claim() + ", reclaim policy " + disk.Reclaim + ", attached to no node"
		i.volumes = append(i.volumes, zonal(scaleway.KindVolume, scw.Zone(zone), id, text))
	}
}

func (d Disk) claim() string {
	if d.Claim == "" {
		return ""
	}
	return " of claim " + d.Claim
}

// addSnapshots adds the snapshots of the volumes of the cluster, and those of its VolumeSnapshotContents. Of other
// snapshots whose volume is gone, and of those of unclear volumes, it is unclear whose they are.
func (i *destroyImpact) addSnapshots(snapshots []*block.Snapshot, contents []DiskSnapshot) {
	known, own, unclear := map[string]DiskSnapshot{}, map[string]bool{}, map[string]bool{}
	for _, one := range contents {
		known[one.Handle] = one
	}
	for _, one := range i.volumes {
		own[one.ID] = true
	}
	for _, one := range i.unclear {
		unclear[one.ID] = true
	}
	for _, one := range snapshots {
		handle := scaleway.JoinZonedID(one.Zone, one.ID)
		content, claimed := known[handle]
		delete(known, handle)
		text, parent := "snapshot "+one.Name, ""
		if claimed {
			text += content.source()
		}
		if one.ParentVolume != nil {
			parent = one.ParentVolume.ID
			text += " of volume " + one.ParentVolume.Name
		}
		object := zonal(scaleway.KindSnapshot, one.Zone, one.ID, text)
		switch {
		case claimed, own[parent]:
			i.snapshots = append(i.snapshots, object)
		case unclear[parent], parent == "" && scaleway.IsClaimSnapshot(one):
			i.unclear = append(i.unclear, object)
		}
	}
	for _, one := range contents {
		if _, left := known[one.Handle]; !left {
			continue
		}
		delete(known, one.Handle)
		zone, id, _ := strings.Cut(one.Handle, "/")
		i.snapshots = append(i.snapshots, zonal(scaleway.KindSnapshot, scw.Zone(zone), id, "snapshot "+one.Name+one.source()))
	}
}

func (s DiskSnapshot) source() string {
	text := ""
	if s.Of != "" {
		text = " of " + s.Of
	}
	return text + ", deletion policy " + s.Policy
}

// names names objects.
func names(objects ...[]foundObject) string {
	named := []string{}
	for _, one := range slices.Concat(objects...) {
		named = append(named, one.text)
	}
	return strings.Join(named, ", ")
}

// listed is a sentence with the objects that were found, where there are any.
func listed(sentence string, objects ...[]foundObject) string {
	if named := names(objects...); named != "" {
		return sentence + " Found: " + named + "."
	}
	return sentence
}

// PlanDestroy refuses under protection, and says what a destroy takes and leaves: what can be found, and what could
// not be looked at. network is the Private Network of the cluster, or "".
func (k Kind) PlanDestroy(
	ctx context.Context, p *tfkit.Provider, m *Model, network string, read ReadStorage, private privateState,
	diags *diag.Diagnostics,
) {
	if m.DeletionProtection.ValueBool() {
		RefuseProtected("The cluster would be destroyed", m, diags)
		return
	}
	if refuseUndecided(m, diags); diags.HasError() {
		return
	}
	i := readImpact(ctx, p, m, read)
	i.recall(ctx, private, false, diags)
	i.keep(ctx, private, diags)
	k.warnOfDestroy(m, network, i, diags)
}

// warnOfDestroy says what goes with a cluster and what stays.
func (k Kind) warnOfDestroy(m *Model, network string, i *destroyImpact, diags *diag.Diagnostics) {
	lines := []string{
		"Destroyed with the cluster: " + List(i.pools) + ".",
		listed(k.storageImpact(m.DeleteAdditionalResources.ValueBool(), network), i.balancers, i.volumes),
		listed("Snapshots are left, billed and full of data: the API does not delete them with a cluster.", i.snapshots),
	}
	if len(i.unclear) > 0 {
		lines = append(lines, "Perhaps of this cluster, attached to nothing: "+names(i.unclear)+".")
	}
	lines = append(lines, "Not looked at: "+strings.Join(i.unseen, "; ")+".")
	diags.AddWarning(fmt.Sprintf("Destroying the %s %q", k.Name, m.Name.ValueString()), tfkit.Refusal{
		Clause: "DEL-01", Found: strings.Join(lines, "\n"),
		Fix: "Make sure that the backups are restorable before you apply. The choice is `delete_additional_resources`, " +
			"applied before the destroy.",
	}.Detail())
}

// storageImpact says what happens to volumes, Load Balancers and the Private Network of a cluster.
func (k Kind) storageImpact(everything bool, network string) string {
	switch {
	case k.PrivateNetwork && everything:
		return "Destroyed too: every volume, those with reclaim policy Retain included, every Load Balancer named after " +
			"the cluster, and the Private Network " + network + " once it is empty."
	case k.PrivateNetwork:
		return "Left, billed and full of data: every volume, Load Balancer and the Private Network " + network + "."
	case everything:
		return "Destroyed too: every volume, those with reclaim policy Retain included, and every Load Balancer named " +
			"after the cluster. Machines outside Scaleway stay as they are."
	default:
		return "Left, billed and full of data: every volume and Load Balancer. Machines outside Scaleway stay as they are."
	}
}

// Delete deletes the cluster and waits until it is gone; under protection it refuses. Where the additional resources
// go, too, it names what the API left of them.
func (k Kind) Delete(
	ctx context.Context, p *tfkit.Provider, m *Model, read ReadStorage, private privateState, diags *diag.Diagnostics,
) {
	if m.DeletionProtection.ValueBool() {
		RefuseProtected("The cluster would be destroyed", m, diags)
		return
	}
	if refuseUndecided(m, diags); diags.HasError() {
		return
	}
	impact := &destroyImpact{}
	if m.DeleteAdditionalResources.ValueBool() {
		impact = readImpact(ctx, p, m, read)
		impact.recall(ctx, private, true, diags)
		impact.keep(ctx, private, diags)
	}
	if err := p.API.DeleteCluster(ctx, m.Place(), m.UUID(), m.DeleteAdditionalResources.ValueBool()); err != nil {
		tfkit.Failed(diags, "Unable to delete the "+k.Name, err)
		return
	}
	if err := p.API.WaitClusterGone(ctx, m.Place(), m.UUID()); err != nil {
		tfkit.Failed(diags, "The "+k.Name+" is not gone yet", err)
		return
	}
	k.warnOfRemains(ctx, p, m, impact, diags)
}

// warnOfRemains names what the API left although it was to go, and what it leaves always.
func (k Kind) warnOfRemains(
	ctx context.Context, p *tfkit.Provider, m *Model, i *destroyImpact, diags *diag.Diagnostics,
) {
	lines, failures := []string{}, []string{}
	for _, group := range []struct {
		sentence string
		objects  []foundObject
		patient  bool
	}{
		{"Not deleted, although `delete_additional_resources` is true: ", slices.Concat(i.balancers, i.volumes), true},
		{"Not deleted with a cluster: ", i.snapshots, false},
		{"Perhaps of this cluster, attached to nothing: ", i.unclear, false},
	} {
		objects := []scaleway.Object{}
		for _, one := range group.objects {
			objects = append(objects, one.Object)
		}
		remaining, err := p.API.Remaining(ctx, objects, group.patient)
		if err != nil {
			failures = append(failures, strings.ReplaceAll(err.Error(), "\n", "; "))
		}
		left := slices.DeleteFunc(slices.Clone(group.objects), func(one foundObject) bool {
			return !slices.Contains(remaining, one.Object)
		})
		if len(left) > 0 {
			lines = append(lines, group.sentence+names(left)+".")
		}
	}
	if len(lines) == 0 {
		return
	}
	if len(failures) > 0 {
		lines = append(lines, "Not looked at again: "+strings.Join(failures, "; ")+".")
	}
	summary := fmt.Sprintf("The %s %q is destroyed, and left objects behind", k.Name, m.Name.ValueString())
	diags.AddWarning(summary, tfkit.Refusal{
		Clause: "DEL-01", Found: strings.Join(lines, "\n"),
		Fix: "They are billed and may hold data. Delete those that nothing needs, in the console or with `scw block` and " +
			"`scw lb`.",
	}.Detail())
}
