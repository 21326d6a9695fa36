package assessment

import (
	"slices"
	"strings"
)

// An API that filters a list by permissions answers with a list that looks complete. Lists therefore must contain the
// objects that other facts prove to exist. verifyAnchors marks lists without them as incomplete.
func (f Facts) verifyAnchors() Facts {
	f.anchorNodes()
	f.anchorIPs()
	f.anchorLoadBalancers()
	f.anchorVolumes()
	f.anchorSnapshots()
	f.anchorInCluster()
	return f
}

// lacks begins the detail of a gap that a missing anchor causes.
const lacks = "the list lacks "

// require marks a list as incomplete if it lacks an anchor. Of several, the gap names the first in alphabetical order.
func require[T any](list *Collection[T], needs, anchor string, contains bool) {
	detail := lacks + anchor
	isFirst := list.Complete && list.Gap == nil
	isBefore := list.Gap != nil && strings.HasPrefix(list.Gap.Detail, lacks) && detail < list.Gap.Detail
	if contains || !isFirst && !isBefore {
		return
	}
	list.Complete = false
	list.Gap = &Gap{Reason: Forbidden, Needs: needs, Detail: detail}
}

// anchorNodes requires the nodes that each pool counts. A pool that scales counts nodes that do not exist yet.
func (f *Facts) anchorNodes() {
	for _, n := range f.Nodes.Items {
		require(&f.Pools, "KubernetesReadOnly", "the pool of node "+n.Name,
			slices.ContainsFunc(f.Pools.Items, func(p Pool) bool { return p.ID == n.PoolID }))
	}
	if f.Pools.Missing() != nil {
		return
	}
	for _, p := range f.Pools.Items {
		count := 0
		for _, n := range f.Nodes.Items {
			if n.PoolID == p.ID {
				count++
			}
		}
		require(
			&f.Nodes,
			"KubernetesReadOnly",
			"nodes of pool "+p.Name,
			count > 0 || p.Size == 0 || p.Status != "ready",
		)
	}
}

// anchorIPs requires an address of each Instance node in the Private Network.
func (f *Facts) anchorIPs() {
	if f.Cluster.Value == nil || f.Cluster.Value.PrivateNetworkID == nil || *f.Cluster.Value.PrivateNetworkID == "" {
		return
	}
	names := map[string]bool{}
	for _, ip := range f.Project.IPs.Items {
		names[ip.ResourceName], names[ip.ResourceID] = true, true
	}
	for _, n := range f.Nodes.Items {
		if n.IsExternal || n.Status != "ready" {
			continue
		}
		require(&f.Project.IPs, "IPAMReadOnly", "an address of node "+n.Name,
			names[n.Name] || names[n.ID] || n.ServerID != "" && names[n.ServerID])
	}
}

// anchorLoadBalancers requires the Load Balancer of each Service that has one.
func (f *Facts) anchorLoadBalancers() {
	for _, s := range f.InCluster.Services.Items {
		if s.Type != "LoadBalancer" || s.LoadBalancerID == "" || s.IsForeignClass {
			continue
		}
		_, id, found := strings.Cut(s.LoadBalancerID, "/")
		if !found {
			id = s.LoadBalancerID
		}
		require(&f.Project.LoadBalancers, "LoadBalancersReadOnly", "the Load Balancer of "+s.ID(),
			slices.ContainsFunc(f.Project.LoadBalancers.Items, func(l LoadBalancer) bool { return l.ID == id }))
	}
}

// csiDriver is the name of Scaleway's CSI driver for block volumes.
const csiDriver = "csi.scaleway.com"

// anchorVolumes requires the volume of each PersistentVolume of Scaleway's CSI driver.
func (f *Facts) anchorVolumes() {
	for _, v := range f.InCluster.Volumes.Items {
		if v.Driver != csiDriver || v.Handle == "" || v.Phase == "Failed" {
			continue
		}
		id := volumeID(v)
		require(&f.Project.Volumes, "BlockStorageReadOnly", "the volume of PersistentVolume "+v.Name,
			slices.ContainsFunc(slices.Concat(f.Project.Volumes.Items, f.Project.InstanceVolumes.Items),
				func(b Volume) bool { return b.ID == id }))
	}
}

// volumeID returns the UUID in the handle of a PersistentVolume of Scaleway's CSI driver: "zone/UUID".
func volumeID(v PersistentVolume) string { return lastSegment(v.Handle) }

// lastSegment returns the part of an id behind its last slash.
func lastSegment(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

// anchorSnapshots requires the snapshot of each VolumeSnapshotContent of Scaleway's CSI driver.
func (f *Facts) anchorSnapshots() {
	for _, c := range f.InCluster.SnapshotContents.Items {
		if c.Driver != csiDriver || c.Handle == "" {
			continue
		}
		require(&f.Project.Snapshots, "BlockStorageReadOnly", "the snapshot of VolumeSnapshotContent "+c.Name,
			slices.ContainsFunc(f.Project.Snapshots.Items, func(s Snapshot) bool { return s.ID == c.snapshotID() }))
	}
}

// anchorInCluster requires objects that every cluster has, and the volume of each bound claim.
func (f *Facts) anchorInCluster() {
	in := &f.InCluster
	require(&in.Namespaces, "list of namespaces", "the namespace kube-system",
		slices.ContainsFunc(in.Namespaces.Items, func(n Namespace) bool { return n.Name == "kube-system" }))
	require(
		&in.Roles,
		"list of clusterroles",
		"the ClusterRole cluster-admin",
		slices.ContainsFunc(
			in.Roles.Items,
			func(r Role) bool { return r.Namespace == "" && r.Name == "cluster-admin" },
		),
	)
	require(&in.Services, "list of services", "the Service default/kubernetes",
		slices.ContainsFunc(in.Services.Items, func(s Service) bool {
			return s.Namespace == "default" && s.Name == "kubernetes"
		}))
	for _, c := range in.Claims.Items {
		if c.Phase != "Bound" || c.VolumeName == "" {
			continue
		}
		require(&in.Volumes, "list of persistentvolumes", "the volume of claim "+c.Namespace+"/"+c.Name,
			slices.ContainsFunc(in.Volumes.Items, func(v PersistentVolume) bool { return v.Name == c.VolumeName }))
	}
}
