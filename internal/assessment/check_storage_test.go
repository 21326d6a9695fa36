package assessment

import (
	"slices"
	"testing"
	"time"
)

// database changes the database.
func database(change func(*Database)) func(*Facts, *Options) {
	return func(f *Facts, _ *Options) { change(&f.Project.Databases.Items[0]) }
}

// allowed gives the database a public endpoint that ranges may reach.
func allowed(ranges ...string) func(*Facts, *Options) {
	return database(func(d *Database) {
		d.HasPublic, d.ACL = ptr(true), Read[DatabaseACLEntry]("acls", nil)
		for _, r := range ranges {
			d.ACL.Items = append(d.ACL.Items, DatabaseACLEntry{IP: r})
		}
	})
}

func TestStorageChecks(t *testing.T) {
	t.Parallel()
	legacy := func(v Volume) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) {
			v.ID, v.Zone, v.Class = "legacy", "fr-par-1", ptr("b_ssd")
			f.Project.InstanceVolumes.Items = []Volume{v}
		}
	}
	runCheckTests(t, []checkTest{
		{name: "Block Storage", check: "volume_type_eligible", want: Pass, text: "2 of 2"},
		{"legacy volume of a node", "volume_type_eligible", legacy(Volume{ServerID: testServer}), Fail, High, "b_ssd"},
		{"legacy volume of another Instance", "volume_type_eligible", legacy(Volume{ServerID: "other"}), Pass, "", ""},
		{"legacy volume behind a PersistentVolume", "volume_type_eligible", func(f *Facts, o *Options) {
			legacy(Volume{})(f, o)
			f.InCluster.Volumes.Items = append(f.InCluster.Volumes.Items,
				PersistentVolume{Name: "pv2", Driver: csiDriver, Handle: "fr-par-1/legacy", Phase: "Failed"})
		}, Fail, High, ""},
		{
			"legacy volume of the CSI driver, PersistentVolumes unread",
			"volume_type_eligible",
			func(f *Facts, o *Options) {
				legacy(Volume{Name: "pvc-2", IsCSI: true})(f, o)
				f.InCluster = InCluster{}
			},
			Fail,
			High,
			"",
		},
		{"legacy volume of the CSI driver of another cluster", "volume_type_eligible",
			legacy(Volume{Name: "pvc-2", IsCSI: true}), Pass, "", ""},
		{"legacy volume, PersistentVolumes unread", "volume_type_eligible", func(f *Facts, o *Options) {
			legacy(Volume{})(f, o)
			f.InCluster = InCluster{}
		}, NotEvaluated, "", ""},
		{"Block Storage, PersistentVolumes unread", "volume_type_eligible", func(f *Facts, _ *Options) {
			f.InCluster = InCluster{}
		}, Pass, "", ""},
		{"class unknown", "volume_type_eligible", func(f *Facts, _ *Options) { f.Project.Volumes.Items[0].Class = nil },
			NotEvaluated, "", ""},
		{"legacy volumes unread", "volume_type_eligible", func(f *Facts, _ *Options) {
			f.Project.InstanceVolumes = forbidden[Volume]("InstancesReadOnly")
		}, NotEvaluated, "", ""},
		{"nodes unread", "volume_type_eligible", func(f *Facts, _ *Options) { f.Nodes = Collection[Node]{} },
			NotEvaluated, "", ""},
		{"list without the volume of a PersistentVolume", "volume_type_eligible", func(f *Facts, _ *Options) {
			f.Project.Volumes.Items = f.Project.Volumes.Items[:1]
		}, NotEvaluated, "", ""},

		{name: "key", check: "node_root_disk_plaintext", want: Pass},
		{"no key", "node_root_disk_plaintext", func(f *Facts, _ *Options) {
			f.Project.Volumes.Items[0].KMSKeyID = ptr("")
		}, NeedsDecision, "", "no key of the customer"},
		{"key unknown", "node_root_disk_plaintext", func(f *Facts, _ *Options) {
			f.Project.Volumes.Items[0].KMSKeyID = nil
		}, NotEvaluated, "", ""},
		{"local disk", "node_root_disk_plaintext", func(f *Facts, _ *Options) {
			f.Project.RootDisks.Items[0].Type = ptr("l_ssd")
		}, NeedsDecision, "", ""},
		{"one of two nodes", "node_root_disk_plaintext", func(f *Facts, _ *Options) {
			f.Nodes.Items = append(f.Nodes.Items, Node{ID: "n2", PoolID: "p1", ServerID: "s2"})
			f.Project.RootDisks.Items = append(f.Project.RootDisks.Items, RootDisk{ServerID: "s2", VolumeID: "v2"})
			f.Project.Volumes.Items = append(f.Project.Volumes.Items, Volume{ID: "v2", KMSKeyID: ptr("")})
		}, NeedsDecision, "", ""},
		{"a new node without a disk", "node_root_disk_plaintext", func(f *Facts, _ *Options) {
			f.Nodes.Items = append(f.Nodes.Items, Node{ID: "n2", PoolID: "p1", ServerID: "s2"})
		}, NotEvaluated, "", ""},
		{"Instances unread", "node_root_disk_plaintext", func(f *Facts, _ *Options) {
			f.Project.RootDisks = forbidden[RootDisk]("InstancesReadOnly")
		}, NotEvaluated, "", "not allowed"},
		{"external pool", "node_root_disk_plaintext", func(f *Facts, _ *Options) {
			f.Pools.Items[0].IsExternal = true
		}, NotApplicable, "", ""},
		{"not for health data", "node_root_disk_plaintext", func(f *Facts, o *Options) {
			o.HDS = false
			f.Project.Volumes.Items[0].KMSKeyID = ptr("")
		}, NeedsDecision, "", ""},
	})
}

func TestDatabaseChecks(t *testing.T) {
	t.Parallel()
	runCheckTests(t, []checkTest{
		{name: "private", check: "database_neighbour", want: Pass, text: "1 of 1"},
		{"open", "database_neighbour", allowed("0.0.0.0/0"), Fail, High, "open to every address"},
		{"open in two halves", "database_neighbour", allowed("0.0.0.0/1", "128.0.0.0/1"), Fail, High, ""},
		{"wide", "database_neighbour", allowed("51.0.0.0/8"), NeedsDecision, "", "wide"},
		{"restricted", "database_neighbour", allowed("192.0.2.0/24"), Pass, "", "restricted"},
		{"no range", "database_neighbour", allowed(), Pass, "", ""},
		{"new and open", "database_neighbour", func(f *Facts, o *Options) {
			allowed("0.0.0.0/0")(f, o)
			f.Project.Databases.Items[0].CreatedAt = ptr(now().Add(-time.Minute))
		}, NotEvaluated, "", ""},
		{"ranges unread", "database_neighbour", database(func(d *Database) { d.HasPublic = ptr(true) }),
			NotEvaluated, "", ""},
		{
			"endpoints unknown",
			"database_neighbour",
			database(func(d *Database) { d.HasPublic = nil }),
			NotEvaluated,
			"",
			"",
		},
		{"plain", "database_neighbour", database(func(d *Database) { d.Encrypted = ptr(false) }),
			Fail, Medium, "not encrypted"},
		{"encryption unknown", "database_neighbour", database(func(d *Database) { d.Encrypted = nil }),
			NotEvaluated, "", ""},
		{"backups elsewhere", "database_neighbour", database(func(d *Database) { d.BackupSameRegion = ptr(false) }),
			Fail, Medium, "backups"},
		{"elsewhere", "database_neighbour", database(func(d *Database) { d.Region = "pl-waw" }), Fail, High, "pl-waw"},
		{"elsewhere, not for health data", "database_neighbour", func(f *Facts, o *Options) {
			database(func(d *Database) { d.Region, d.BackupSameRegion = "pl-waw", ptr(false) })(f, o)
			o.HDS = false
		}, Pass, "", "1 of 1"},
		{
			"none",
			"database_neighbour",
			func(f *Facts, _ *Options) { f.Project.Databases.Items = nil },
			NotApplicable,
			"",
			"",
		},
		{"forbidden", "database_neighbour", func(f *Facts, _ *Options) {
			f.Project.Databases = forbidden[Database]("RelationalDatabasesReadOnly")
		}, NotEvaluated, "", "not allowed"},
	})
}

// TestRootDiskSubjects checks that the subjects are pools, and that the evidence does not change with their size.
func TestRootDiskSubjects(t *testing.T) {
	t.Parallel()
	facts := newProjectFacts()
	facts.Project.Volumes.Items[0].KMSKeyID = ptr("")
	f := judged(t, "node_root_disk_plaintext", facts, options())
	if !slices.Equal(f.Subjects, []string{"fr-par/p1"}) || len(f.Evidence) != 1 || f.Evidence[0].Value != "none" {
		t.Errorf("subjects %v, evidence %+v", f.Subjects, f.Evidence)
	}
}
