package assessment

import "time"

const (
	testBalancer = "66666666-6666-4666-8666-666666666666"
	testService  = "77777777-7777-4777-8777-777777777777"
	testServer   = "88888888-8888-4888-8888-888888888888"
	testRoot     = "99999999-9999-4999-8999-999999999991"
	testVolume   = "99999999-9999-4999-8999-999999999992"
	testDatabase = "99999999-9999-4999-8999-999999999993"
)

// newProjectFacts returns facts of a cluster and its Project in which the checks of Load Balancers, storage and the
// Project find no deviation.
func newProjectFacts() Facts {
	f := newFacts()
	old := now().Add(-30 * 24 * time.Hour)
	f.Pools = Read("pools", []Pool{{ID: "p1", Name: "workers", Status: "ready", Size: 1, Zone: ptr("fr-par-1")}})
	f.Nodes = Read(
		"nodes",
		[]Node{{ID: "n1", Name: "node-1", PoolID: "p1", ServerZone: "fr-par-1", ServerID: testServer}},
	)
	cluster := f.Cluster.Value.ID
	f.Project.LoadBalancers = Read("lbs", []LoadBalancer{{
		ID: testBalancer, Name: cluster + "_" + testService, Zone: "fr-par-1", Status: "ready", CreatedAt: &old,
		ClusterID: cluster, ServiceUID: testService, PublicIPs: &[]string{},
		SSLCompatibility: ptr("ssl_compatibility_level_intermediate"),
		Frontends: Read("frontends", []LBFrontend{
			{ID: "f443", Name: "https", Port: 443, BackendID: "b1", CertificateIDs: &[]string{"c1"}},
			{
				ID: "f80", Name: "http", Port: 80, BackendID: "b1", CertificateIDs: &[]string{},
				ACLs: Read("acls", []LBACL{{Index: 0, Action: "redirect", RedirectScheme: true, MatchesAll: true}}),
			},
		}),
		Backends: Read("backends", []LBBackend{
			{ID: "b1", Name: "web", ForwardProtocol: ptr("http"), SSLBridging: ptr(true), IgnoreSSLVerify: ptr(false)},
		}),
		Certificates: Read("certificates", []LBCertificate{{
			ID: "c1", Name: "web", Type: "custom", Status: ptr("ready"),
			NotValidBefore: &old, NotValidAfter: ptr(now().AddDate(1, 0, 0)),
		}}),
	}})
	f.Project.Volumes = Read("volumes", []Volume{
		{ID: testRoot, Name: "root", Zone: "fr-par-1", Class: ptr("sbs"), KMSKeyID: ptr("key"), ServerID: testServer},
		{ID: testVolume, Name: "pvc-1", Zone: "fr-par-1", Class: ptr("sbs"), KMSKeyID: ptr(""), IsCSI: true},
	})
	f.Project.InstanceVolumes = Read[Volume]("legacy", nil)
	f.Project.RootDisks = Read(
		"servers",
		[]RootDisk{{ServerID: testServer, VolumeID: testRoot, Type: ptr("sbs_volume")}},
	)
	f.Project.Databases = Read("databases", []Database{{
		ID: testDatabase, Name: "records", Region: "fr-par", HasPublic: ptr(false), Encrypted: ptr(true),
		BackupSameRegion: ptr(true), CreatedAt: &old,
	}})
	f.Project.Gateways = Read[Gateway]("gateways", nil)
	f.Project.Registries = Read("registries", []RegistrySpace{
		{ID: "r1", Name: "images", Region: "fr-par", Endpoint: "rg.fr-par.scw.cloud/images", IsPublic: ptr(false)},
	})
	f.Project.CockpitSources = Read("data-sources", []CockpitSource{
		{ID: "d1", Name: "Scaleway Logs", Type: "logs", Origin: "scaleway", RetentionDays: ptr(365)},
		{ID: "d2", Name: "Scaleway Metrics", Type: "metrics", Origin: "scaleway", RetentionDays: ptr(31)},
	})
	f.Project.Neighbours = []ResourceList{{Kind: KindCluster, Collection: Read[Resource]("clusters", nil)}}
	for _, region := range []string{"nl-ams", "pl-waw", "it-mil"} {
		for _, kind := range []string{KindVolume, KindSnapshot, KindLoadBalancer, KindGateway} {
			f.Project.OtherRegions = append(f.Project.OtherRegions, ResourceList{
				Kind: kind, Region: region, Collection: Read[Resource](kind+"s", nil),
			})
		}
	}
	f.InCluster.Services = Read("services", []Service{
		{Namespace: "default", Name: "kubernetes", UID: "u0", Type: "ClusterIP"},
		{
			Namespace: "ingress", Name: "web", UID: testService, Type: "LoadBalancer",
			LoadBalancerID: "fr-par-1/" + testBalancer,
		},
	})
	f.InCluster.Volumes = Read("persistentvolumes", []PersistentVolume{
		{Name: "pv1", Driver: csiDriver, Handle: "fr-par-1/" + testVolume, Phase: "Bound"},
	})
	f.InCluster.Workloads = Read("workloads", []Workload{
		{
			Kind:      "Deployment",
			Namespace: "shop",
			Name:      "web",
			Images:    []string{"rg.fr-par.scw.cloud/images/web:1", "nginx:1"},
		},
	})
	return f
}

// balancer returns the Load Balancer of newProjectFacts.
func balancer(f *Facts) *LoadBalancer { return &f.Project.LoadBalancers.Items[0] }

// forbidden returns an incomplete, empty list.
func forbidden[T any](needs string) Collection[T] {
	return Unread[T]("list", Gap{Reason: Forbidden, Needs: needs})
}
