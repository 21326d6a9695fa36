package clusters

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// Storage holds the volumes and snapshots of a cluster in its Kubernetes API.
type Storage struct {
	Disks     []Disk
	Snapshots []DiskSnapshot
	// SnapshotsErr is the error of reading the snapshots.
	SnapshotsErr error
}

// StorageReader reads the Storage of a cluster from its Kubernetes API.
type StorageReader func(context.Context, *tfkit.Provider, *Model) (Storage, error)

// Disk is a PersistentVolume that is backed by a Scaleway volume.
type Disk struct {
	// Name is the name of the PersistentVolume. Claim is the "namespace/name" of its claim, or "". Reclaim is its
	// reclaim policy. Handle is the "zone/UUID" of the Scaleway volume.
	Name, Claim, Reclaim, Handle string
}

// DiskSnapshot is a VolumeSnapshotContent that is backed by a Scaleway snapshot.
type DiskSnapshot struct {
	// Name is the name of the VolumeSnapshotContent. Of is the "namespace/name" of its VolumeSnapshot, or "". Policy is
	// its deletion policy. Handle is the "zone/UUID" of the Scaleway snapshot. Volume is the "zone/UUID" of the
	// snapshotted volume, or "".
	Name, Of, Policy, Handle, Volume string
}

// foundObject is a Scaleway object with its text for messages.
type foundObject struct {
	scaleway.ZonalObject
	text string
}

// destroyImpact holds the objects that the destroy of a cluster affects.
type destroyImpact struct {
	pools []string
	// loadBalancers and volumes are deleted with delete_additional_resources; snapshots are never deleted.
	loadBalancers, volumes, snapshots []foundObject
	// unattributed are volumes and snapshots that the CSI driver created for this or for another cluster of the
	// Project.
	unattributed []foundObject
	// unread are the kinds of objects that could not be read, with the reasons.
	unread []string
}

// checkRead reports whether a read succeeded, and records the error of a failed one.
func (i *destroyImpact) checkRead(what string, err error) bool {
	if err != nil && !scaleway.IsNotFound(err) {
		i.unread = append(i.unread, what+" ("+strings.ReplaceAll(err.Error(), "\n", "; ")+")")
	}
	return err == nil
}

// readDestroyImpact finds the objects that are attached to a cluster. It records what it cannot read.
func readDestroyImpact(ctx context.Context, p *tfkit.Provider, m *Model, read StorageReader) *destroyImpact {
	i := &destroyImpact{}
	pools, err := p.API.Pools(ctx, m.ClusterRegion(), m.UUID())
	if i.checkRead("pools", err) {
		for _, pool := range pools {
			i.pools = append(
				i.pools, fmt.Sprintf("pool %q with %d nodes of type %s", pool.Name, pool.Size, pool.NodeType),
			)
		}
	}
	cluster, err := p.API.Cluster(ctx, m.ClusterRegion(), m.UUID())
	reachable := i.checkRead("the cluster", err)
	var nodes []*k8s.Node
	var volumes []*block.Volume
	var snapshots []*block.Snapshot
	if reachable {
		nodes, err = p.API.Nodes(ctx, m.ClusterRegion(), scaleway.NodeFilter{ClusterID: m.UUID()})
		i.checkRead("nodes", err)
		balancers, err := p.API.ClusterLoadBalancers(ctx, cluster, nodes)
		i.checkRead("Load Balancers", err)
		for _, balancer := range balancers {
			i.loadBalancers = append(
				i.loadBalancers,
				newFoundObject(scaleway.KindLoadBalancer, balancer.Zone, balancer.ID, "Load Balancer "+balancer.Name),
			)
		}
		volumes, err = p.API.ProjectVolumes(ctx, cluster, nodes)
		i.checkRead("volumes", err)
		snapshots, err = p.API.ProjectSnapshots(ctx, cluster, nodes)
		i.checkRead("snapshots", err)
	}
	storage, err := read(ctx, p, m)
	switch {
	case err != nil:
		i.unread = append(i.unread,
			"volumes that are not attached to a node, which only the cluster's Kubernetes API lists ("+
				toOneLine(tfkit.FormatError(err))+")",
			"snapshots of deleted volumes")
	default:
		i.unread = append(i.unread, "retained volumes whose PersistentVolume was deleted")
		i.checkRead("snapshots of deleted volumes", storage.SnapshotsErr)
	}
	i.addVolumes(volumes, nodes, storage.Disks)
	i.addSnapshots(snapshots, storage.Snapshots)
	return i
}

func toOneLine(text string) string {
	return strings.TrimSuffix(strings.ReplaceAll(text, "\n", " "), ".")
}

func newFoundObject(kind scaleway.ObjectKind, zone scw.Zone, id, text string) foundObject {
	return foundObject{
		scaleway.ZonalObject{Kind: kind, Zone: zone, ID: id},
		text + " (" + scaleway.JoinZonedID(zone, id) + ")",
	}
}

// addVolumes adds the volumes of claims that are attached to nodes of the cluster, and the volumes of its
// PersistentVolumes. Other volumes of claims that are not attached may belong to another cluster: they are unclear.
func (i *destroyImpact) addVolumes(volumes []*block.Volume, nodes []*k8s.Node, disks []Disk) {
	machines := map[string]bool{}
	for _, node := range nodes {
		if _, id, ok := scaleway.NodeInstance(node); ok {
			machines[id] = true
		}
	}
	disksByHandle := map[string]Disk{}
	for _, disk := range disks {
		disksByHandle[disk.Handle] = disk
	}
	for _, volume := range volumes {
		handle := scaleway.JoinZonedID(volume.Zone, volume.ID)
		attached := slices.ContainsFunc(
			volume.References,
			func(r *block.Reference) bool { return machines[r.ProductResourceID] },
		)
		disk, claimed := disksByHandle[handle]
		text := fmt.Sprintf("volume %s of %d GB", volume.Name, volume.Size/scw.GB)
		switch {
		case attached && (claimed || scaleway.IsCSIVolume(volume)):
			delete(disksByHandle, handle)
			i.volumes = append(i.volumes, newFoundObject(scaleway.KindVolume, volume.Zone, volume.ID, text))
		case claimed && len(volume.References) > 0:
			delete(disksByHandle, handle)
			text += disk.claimText() + ", attached to another machine"
			i.volumes = append(i.volumes, newFoundObject(scaleway.KindVolume, volume.Zone, volume.ID, text))
		case !claimed && len(volume.References) == 0 && scaleway.IsCSIVolume(volume):
			i.unattributed = append(i.unattributed, newFoundObject(scaleway.KindVolume, volume.Zone, volume.ID, text))
		}
	}
	for _, disk := range disks {
		if _, left := disksByHandle[disk.Handle]; !left {
			continue
		}
		delete(disksByHandle, disk.Handle)
		zone, id, _ := strings.Cut(disk.Handle, "/")
		text := "volume " + disk.Name + disk.claimText() + ", reclaim policy " + disk.Reclaim + ", not attached to a " +
			"node"
		i.volumes = append(i.volumes, newFoundObject(scaleway.KindVolume, scw.Zone(zone), id, text))
	}
}

func (d Disk) claimText() string {
	if d.Claim == "" {
		return ""
	}
	return " of claim " + d.Claim
}

// addSnapshots adds the snapshots of the cluster's volumes, and those of its VolumeSnapshotContents. Other snapshots of
// deleted volumes, and snapshots of unclear volumes, are unclear.
func (i *destroyImpact) addSnapshots(snapshots []*block.Snapshot, contents []DiskSnapshot) {
	contentsByHandle, own, unclear := map[string]DiskSnapshot{}, map[string]bool{}, map[string]bool{}
	for _, content := range contents {
		contentsByHandle[content.Handle] = content
	}
	for _, object := range i.volumes {
		own[object.ID] = true
	}
	for _, object := range i.unattributed {
		unclear[object.ID] = true
	}
	for _, snapshot := range snapshots {
		handle := scaleway.JoinZonedID(snapshot.Zone, snapshot.ID)
		content, claimed := contentsByHandle[handle]
		delete(contentsByHandle, handle)
		text, parent := "snapshot "+snapshot.Name, ""
		if claimed {
			text += content.sourceText()
		}
		if snapshot.ParentVolume != nil {
			parent = snapshot.ParentVolume.ID
			text += " of volume " + snapshot.ParentVolume.Name
		}
		object := newFoundObject(scaleway.KindSnapshot, snapshot.Zone, snapshot.ID, text)
		switch {
		case claimed, own[parent]:
			i.snapshots = append(i.snapshots, object)
		case unclear[parent], parent == "" && scaleway.IsCSISnapshot(snapshot):
			i.unattributed = append(i.unattributed, object)
		}
	}
	for _, content := range contents {
		if _, left := contentsByHandle[content.Handle]; !left {
			continue
		}
		delete(contentsByHandle, content.Handle)
		zone, id, _ := strings.Cut(content.Handle, "/")
		i.snapshots = append(
			i.snapshots,
			newFoundObject(scaleway.KindSnapshot, scw.Zone(zone), id, "snapshot "+content.Name+content.sourceText()),
		)
	}
}

func (s DiskSnapshot) sourceText() string {
	text := ""
	if s.Of != "" {
		text = " of " + s.Of
	}
	return text + ", deletion policy " + s.Policy
}

// joinNames joins the texts of objects.
func joinNames(objects ...[]foundObject) string {
	named := []string{}
	for _, object := range slices.Concat(objects...) {
		named = append(named, object.text)
	}
	return strings.Join(named, ", ")
}

// withFoundObjects appends the objects to a sentence, if there are any.
func withFoundObjects(sentence string, objects ...[]foundObject) string {
	if named := joinNames(objects...); named != "" {
		return sentence + " Found: " + named + "."
	}
	return sentence
}

// PlanDestroy refuses a destroy under deletion protection. Otherwise it warns about what the destroy deletes, what it
// leaves, and what could not be read. network is the Private Network of the cluster, or "".
func (k Kind) PlanDestroy(
	ctx context.Context, p *tfkit.Provider, m *Model, network string, read StorageReader, private privateState,
	diags *diag.Diagnostics,
) {
	if m.DeletionProtection.ValueBool() {
		RefuseProtected("The cluster would be destroyed", m, diags)
		return
	}
	if refuseUnapplied(m, diags); diags.HasError() {
		return
	}
	i := readDestroyImpact(ctx, p, m, read)
	i.mergeSaved(ctx, private, false, diags)
	i.save(ctx, private, diags)
	k.warnAboutDestroy(m, network, i, diags)
}

// warnAboutDestroy warns about what a destroy deletes and what it leaves.
func (k Kind) warnAboutDestroy(m *Model, network string, i *destroyImpact, diags *diag.Diagnostics) {
	lines := []string{
		"Destroyed with the cluster: " + JoinOrNone(i.pools) + ".",
		withFoundObjects(
			k.storageImpactText(m.DeleteAdditionalResources.ValueBool(), network), i.loadBalancers, i.volumes,
		),
		withFoundObjects("Snapshots remain, are billed and may contain data: the API does not delete them with a "+
			"cluster.", i.snapshots),
	}
	if len(i.unattributed) > 0 {
		lines = append(lines, "Possibly of this cluster, not attached: "+joinNames(i.unattributed)+".")
	}
	lines = append(lines, "Not checked: "+strings.Join(i.unread, "; ")+".")
	tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
		Summary: fmt.Sprintf("Destroying the %s %q", k.Name, m.Name.ValueString()),
		Clause:  "DEL-01", Found: strings.Join(lines, "\n"),
		Fix: "Make sure that the backups can be restored before you apply. To change what is destroyed, set " +
			"`delete_additional_resources` and apply it before the destroy.",
	})
}

// storageImpactText says what a destroy does to the volumes, Load Balancers and Private Network of a cluster.
func (k Kind) storageImpactText(everything bool, network string) string {
	switch {
	case k.HasPrivateNetwork && everything:
		return "Also destroyed: every volume, including those with reclaim policy Retain, every Load Balancer named " +
			"after the cluster, and the Private Network " + network + " once it is empty."
	case k.HasPrivateNetwork:
		return "Not destroyed, still billed and may contain data: every volume, every Load Balancer and the Private " +
			"Network " + network + "."
	case everything:
		return "Also destroyed: every volume, including those with reclaim policy Retain, and every Load Balancer " +
			"named after the cluster. Machines outside Scaleway are not changed."
	default:
		return "Not destroyed, still billed and may contain data: every volume and every Load Balancer. Machines " +
			"outside Scaleway are not changed."
	}
}

// Delete deletes the cluster and waits until it is deleted. It refuses under deletion protection. With
// delete_additional_resources it then warns about the objects that the API did not delete.
func (k Kind) Delete(
	ctx context.Context, p *tfkit.Provider, m *Model, read StorageReader, private privateState, diags *diag.Diagnostics,
) {
	if m.DeletionProtection.ValueBool() {
		RefuseProtected("The cluster would be destroyed", m, diags)
		return
	}
	if refuseUnapplied(m, diags); diags.HasError() {
		return
	}
	impact := &destroyImpact{}
	if m.DeleteAdditionalResources.ValueBool() {
		impact = readDestroyImpact(ctx, p, m, read)
		impact.mergeSaved(ctx, private, true, diags)
		impact.save(ctx, private, diags)
	}
	if err := p.API.DeleteCluster(
		ctx, m.ClusterRegion(), m.UUID(), m.DeleteAdditionalResources.ValueBool(),
	); err != nil {
		tfkit.AddAPIError(diags, "Unable to delete the "+k.Name, err)
		return
	}
	if err := p.API.WaitClusterDeleted(ctx, m.ClusterRegion(), m.UUID()); err != nil {
		tfkit.AddAPIError(diags, "The "+k.Name+" is not deleted yet", err)
		return
	}
	k.warnAboutRemainingObjects(ctx, p, m, impact, diags)
}

// warnAboutRemainingObjects warns about objects that remain: those that the API should have deleted, and those that it
// never deletes.
func (k Kind) warnAboutRemainingObjects(
	ctx context.Context, p *tfkit.Provider, m *Model, i *destroyImpact, diags *diag.Diagnostics,
) {
	lines, failures := []string{}, []string{}
	for _, group := range []struct {
		sentence string
		objects  []foundObject
		patient  bool
	}{
		{
			"Not deleted, although `delete_additional_resources` is true: ", slices.Concat(
				i.loadBalancers, i.volumes,
			), true,
		},
		{"Never deleted with a cluster: ", i.snapshots, false},
		{"Possibly of this cluster, not attached: ", i.unattributed, false},
	} {
		objects := []scaleway.ZonalObject{}
		for _, object := range group.objects {
			objects = append(objects, object.ZonalObject)
		}
		remaining, err := p.API.WaitObjectsDeleted(ctx, objects, group.patient)
		if err != nil {
			failures = append(failures, strings.ReplaceAll(err.Error(), "\n", "; "))
		}
		left := slices.DeleteFunc(slices.Clone(group.objects), func(object foundObject) bool {
			return !slices.Contains(remaining, object.ZonalObject)
		})
		if len(left) > 0 {
			lines = append(lines, group.sentence+joinNames(left)+".")
		}
	}
	if len(lines) == 0 {
		return
	}
	if len(failures) > 0 {
		lines = append(lines, "Not checked again: "+strings.Join(failures, "; ")+".")
	}
	tfkit.AddWarning(diags, path.Empty(), tfkit.Problem{
		Summary: fmt.Sprintf("The %s %q was destroyed, but objects remain", k.Name, m.Name.ValueString()),
		Clause:  "DEL-01", Found: strings.Join(lines, "\n"),
		Fix: "Delete the objects that are no longer needed, in the console or with `scw block` and `scw lb`: they " +
			"are billed and may contain data.",
	})
}
