package assessment

import (
	"strings"
	"testing"
)

// anchored returns facts whose lists are complete and have their anchors.
func anchored() Facts {
	f := newFacts()
	f.Cluster.Value.PrivateNetworkID = ptr("pn-1")
	f.Pools = Read("pools", []Pool{{ID: "pool-1", Name: "main", Status: "ready", Size: 1}})
	f.Nodes = Read("nodes", []Node{
		{ID: "node-1", Name: "node-1", PoolID: "pool-1", Status: "ready", ServerID: "server-1"},
	})
	f.Project.IPs = Read("ips", []NetworkIP{{ID: "ip-1", ResourceID: "server-1", ResourceName: "node-1"}})
	f.Project.LoadBalancers = Read("lbs", []LoadBalancer{{ID: "lb-1"}})
	f.Project.Volumes = Read("volumes", []Volume{{ID: "volume-1"}})
	f.InCluster.Namespaces = Read("namespaces", []Namespace{{Name: "kube-system"}})
	f.InCluster.Roles = Read("roles", []Role{{Name: "cluster-admin"}})
	f.InCluster.Services = Read("services", []Service{
		{Namespace: "default", Name: "kubernetes"},
		{Namespace: "shop", Name: "web", Type: "LoadBalancer", LoadBalancerID: "fr-par-1/lb-1"},
	})
	f.InCluster.Claims = Read("claims", []Claim{{Namespace: "shop", Name: "db", Phase: "Bound", VolumeName: "pv-1"}})
	f.InCluster.Volumes = Read("volumes", []PersistentVolume{
		{Name: "pv-1", Driver: csiDriver, Handle: "fr-par-1/volume-1", Phase: "Bound"},
	})
	return f
}

// TestListsNeedTheirAnchors removes an anchor from a list that looks complete: the list is then incomplete.
func TestListsNeedTheirAnchors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		remove  func(*Facts)
		missing func(Facts) *Gap
		detail  string // Empty: the list is complete.
	}{
		{"nodes", func(f *Facts) { f.Nodes.Items = nil }, func(f Facts) *Gap {
			return f.Nodes.Missing()
		}, "nodes of pool main"},
		{"nodes of a pool that scales", func(f *Facts) {
			f.Nodes.Items, f.Pools.Items[0].Status = nil, "scaling"
		}, func(f Facts) *Gap { return f.Nodes.Missing() }, ""},
		{"addresses", func(f *Facts) { f.Project.IPs.Items = nil }, func(f Facts) *Gap {
			return f.Project.IPs.Missing()
		}, "an address of node node-1"},
		{"Load Balancers", func(f *Facts) { f.Project.LoadBalancers.Items = nil }, func(f Facts) *Gap {
			return f.Project.LoadBalancers.Missing()
		}, "the Load Balancer of Service/shop/web"},
		{"volumes", func(f *Facts) { f.Project.Volumes.Items = nil }, func(f Facts) *Gap {
			return f.Project.Volumes.Missing()
		}, "the volume of PersistentVolume pv-1"},
		{"persistent volumes", func(f *Facts) { f.InCluster.Volumes.Items = nil }, func(f Facts) *Gap {
			return f.InCluster.Volumes.Missing()
		}, "the volume of claim shop/db"},
		{"namespaces", func(f *Facts) { f.InCluster.Namespaces.Items = nil }, func(f Facts) *Gap {
			return f.InCluster.Namespaces.Missing()
		}, "the namespace kube-system"},
		{"roles", func(f *Facts) { f.InCluster.Roles.Items = nil }, func(f Facts) *Gap {
			return f.InCluster.Roles.Missing()
		}, "the ClusterRole cluster-admin"},
		{"services", func(f *Facts) { f.InCluster.Services.Items = nil }, func(f Facts) *Gap {
			return f.InCluster.Services.Missing()
		}, "the Service default/kubernetes"},
	} {
		f := anchored()
		if gap := test.missing(f.verifyAnchors()); gap != nil {
			t.Errorf("%s: incomplete with its anchors: %+v", test.name, gap)
		}
		test.remove(&f)
		gap := test.missing(f.verifyAnchors())
		if (gap != nil) != (test.detail != "") ||
			gap != nil && (gap.Reason != Forbidden || gap.Needs == "" || !strings.HasSuffix(gap.Detail, test.detail)) {
			t.Errorf("%s: %+v", test.name, gap)
		}
	}
}
