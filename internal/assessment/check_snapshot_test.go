package assessment

import (
	"testing"
	"time"
)

// withPolicy adds a valid backup policy with a method and a frequency.
func withPolicy(frequency string, methods ...any) func(*Facts, *Options) {
	return func(_ *Facts, o *Options) {
		o.Attestations = append(o.Attestations, Attestation{
			ID: "policy", Kind: kindBackupPolicy, Scope: ScopeOrganization, Result: ResultSuccess,
			PerformedOn: now().AddDate(0, 0, -10), Until: now().AddDate(0, 3, 0),
			Fields: map[string]any{"method": methods, "frequency": frequency},
		})
	}
}

// both applies changes one after the other.
func both(changes ...func(*Facts, *Options)) func(*Facts, *Options) {
	return func(f *Facts, o *Options) {
		for _, change := range changes {
			change(f, o)
		}
	}
}

// snapshotFacts gives the facts a claim with an old volume, and a snapshot of it that is some days old.
func snapshotFacts(days int, change func(*Snapshot)) func(*Facts, *Options) {
	return func(f *Facts, _ *Options) {
		f.InCluster.Volumes.Items[0].Claim = "shop/data"
		f.InCluster.Volumes.Items[0].CreatedAt = createdDaysAgo(200)
		f.InCluster.SnapshotContents = Read[SnapshotContent]("contents", nil)
		f.Project.Snapshots = Read("snapshots", []Snapshot{{
			ID: "s1", Name: "snapshot-1", Zone: "fr-par-1", Status: "available", Public: ptr(false),
			VolumeID: testVolume, CreatedAt: createdDaysAgo(days),
		}})
		if change != nil {
			change(&f.Project.Snapshots.Items[0])
		}
	}
}

// contentWith adds the VolumeSnapshotContent of a snapshot.
func contentWith(handle, deletionPolicy string) func(*Facts, *Options) {
	return func(f *Facts, _ *Options) {
		f.InCluster.SnapshotContents.Items = []SnapshotContent{
			{Name: "content", Driver: csiDriver, Handle: handle, DeletionPolicy: deletionPolicy},
		}
	}
}

// tooManySnapshots marks the list of snapshots as cut off.
func tooManySnapshots(f *Facts, _ *Options) {
	f.Project.Snapshots.Complete = false
	f.Project.Snapshots.Gap = &Gap{Reason: TooMany, Looked: 2000}
}

func TestSnapshotPublic(t *testing.T) {
	t.Parallel()
	const check = "snapshot_public"
	public := snapshotFacts(1, func(s *Snapshot) { s.Public = ptr(true) })
	runCheckTests(t, []checkTest{
		{"private", check, snapshotFacts(1, nil), Pass, "", "public = false"},
		{"public", check, public, Fail, Critical, "Anyone can create a volume"},
		{"public, not for health data", check, both(public, func(_ *Facts, o *Options) { o.HDS = false }),
			Fail, Critical, ""},
		{"public and new", check, snapshotFacts(0, func(s *Snapshot) { s.Public = ptr(true) }), Fail, Critical, ""},
		{"not known", check, snapshotFacts(1, func(s *Snapshot) { s.Public = nil }), NotEvaluated, "", ""},
		{"too many", check, both(snapshotFacts(1, nil), tooManySnapshots), NotEvaluated, "", "only a part"},
		{"too many, one public", check, both(public, tooManySnapshots), Fail, Critical, ""},
		{
			"list without the snapshot of the cluster",
			check,
			both(snapshotFacts(1, nil), contentWith("fr-par-1/s2", "Retain")),
			NotEvaluated,
			"",
			"",
		},
		{"snapshot of another driver", check, both(snapshotFacts(1, nil), contentWith("fr-par-1/s2", "Retain"),
			func(f *Facts, _ *Options) { f.InCluster.SnapshotContents.Items[0].Driver = "other" }), Pass, "", ""},
		{"none", check, func(f *Facts, _ *Options) { f.Project.Snapshots = Read[Snapshot]("", nil) },
			NotApplicable, "", "no snapshot"},
	})
}

func TestSnapshotAge(t *testing.T) {
	t.Parallel()
	const check = "snapshot_age"
	attested := withPolicy("24h", "snapshot")
	maxDays := func(days int) func(*Facts, *Options) {
		return func(_ *Facts, o *Options) { o.Inputs.MaxSnapshotAgeDays = days }
	}
	volume := func(change func(*PersistentVolume)) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) { change(&f.InCluster.Volumes.Items[0]) }
	}
	runCheckTests(t, []checkTest{
		{"recent", check, both(snapshotFacts(1, nil), attested), NotApplicable, "", ""},
		{"old", check, both(snapshotFacts(2, nil), attested), Fail, Low, "older than the backup policy"},
		{"old, by the input", check, both(snapshotFacts(6, nil), attested, maxDays(5)), Fail, Low, ""},
		{"recent, by the input", check, both(snapshotFacts(4, nil), attested, maxDays(5)), NotApplicable, "", ""},
		{"no snapshot", check, both(snapshotFacts(1, func(s *Snapshot) { s.VolumeID = "other" }), attested), Fail, Low,
			"no snapshot"},
		{
			"not complete",
			check,
			both(snapshotFacts(1, func(s *Snapshot) { s.Status = "error" }), attested),
			Fail,
			Low,
			"",
		},
		{"no health data in the namespace", check, both(snapshotFacts(2, nil), attested,
			func(_ *Facts, o *Options) { o.Inputs.HealthDataNamespaces = []string{"other"} }), Fail, Info, ""},
		{"a new volume", check, both(snapshotFacts(5, nil), attested,
			volume(func(v *PersistentVolume) { v.CreatedAt = createdDaysAgo(0) })), NotApplicable, "", ""},
		{"a volume without a date", check, both(snapshotFacts(5, nil), attested,
			volume(func(v *PersistentVolume) { v.CreatedAt = nil })), NotEvaluated, "", ""},
		{"a snapshot without a date", check, both(snapshotFacts(5, func(s *Snapshot) { s.CreatedAt = nil }), attested),
			NotEvaluated, "", ""},
		{"deleted with its object", check, both(snapshotFacts(1, nil), attested, contentWith("fr-par-1/s1", "Delete")),
			NeedsDecision, "", "deleted with its VolumeSnapshot"},
		{"outlasts its object", check, both(snapshotFacts(1, nil), attested, contentWith("fr-par-1/s1", "Retain")),
			NotApplicable, "", ""},
		{"too many", check, both(snapshotFacts(5, nil), attested, tooManySnapshots), NotEvaluated, "", ""},
		{"frequency that is no duration", check, both(snapshotFacts(1, nil), withPolicy("often", "snapshot")),
			NotEvaluated, "", "input is missing"},
		{"cluster unread", check, both(snapshotFacts(5, nil), attested,
			func(f *Facts, _ *Options) { f.InCluster.Volumes = Collection[PersistentVolume]{} }), NotEvaluated, "", ""},
		{
			"not the method",
			check,
			both(snapshotFacts(50, nil), withPolicy("24h", "velero")),
			NotApplicable,
			"",
			"has a snapshot",
		},
		{
			"no policy",
			check,
			snapshotFacts(50, func(s *Snapshot) { s.VolumeID = "other" }),
			NotApplicable,
			"",
			"no snapshot",
		},
		{"no claim", check, both(snapshotFacts(50, nil), attested,
			volume(func(v *PersistentVolume) { v.Claim = "" })), NotApplicable, "", "No claim"},
	})
}

func TestVolumeLeft(t *testing.T) {
	t.Parallel()
	const check = "volume_left"
	// left adds a volume without a PersistentVolume that was detached some days ago.
	left := func(days int, change func(*Volume)) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) {
			f.Project.Volumes.Items[1].IsReferenced = ptr(true)
			v := Volume{
				ID: "left", Name: "pvc-left", Zone: "fr-par-1", IsCSI: true, IsReferenced: ptr(false),
				CreatedAt: createdDaysAgo(400), LastDetachedAt: createdDaysAgo(days),
			}
			if change != nil {
				change(&v)
			}
			f.Project.Volumes.Items = append(f.Project.Volumes.Items, v)
		}
	}
	runCheckTests(t, []checkTest{
		{"all in use", check, func(f *Facts, _ *Options) {
			f.Project.Volumes.Items[1].IsReferenced = ptr(false)
		}, Pass, "", ""},
		{"detached for 91 days", check, left(91, nil), Fail, Low, "No PersistentVolume"},
		{"detached for 90 days", check, left(90, nil), Pass, "", ""},
		{"never attached, old", check, left(0, func(v *Volume) { v.LastDetachedAt = nil }), Fail, Low, ""},
		{"never attached, new", check, left(0, func(v *Volume) {
			v.LastDetachedAt, v.CreatedAt = nil, createdDaysAgo(3)
		}), Pass, "", ""},
		{"no date", check, left(0, func(v *Volume) { v.LastDetachedAt, v.CreatedAt = nil, nil }), NotEvaluated, "", ""},
		{"attached", check, left(91, func(v *Volume) { v.IsReferenced = ptr(true) }), Pass, "", ""},
		{"references unknown", check, left(91, func(v *Volume) { v.IsReferenced = nil }), NotEvaluated, "", ""},
		{"retained PersistentVolume", check, both(left(91, nil), func(f *Facts, _ *Options) {
			f.InCluster.Volumes.Items = append(f.InCluster.Volumes.Items,
				PersistentVolume{Name: "pv-left", Driver: csiDriver, Handle: "fr-par-1/left", Phase: "Released"})
		}), Pass, "", ""},
		{"cluster unread", check, both(left(91, nil), func(f *Facts, _ *Options) {
			f.InCluster.Volumes = Collection[PersistentVolume]{}
		}), NotEvaluated, "", ""},
		{"another cluster in the Project", check, both(left(91, nil), func(f *Facts, _ *Options) {
			f.Project.Neighbours[0].Items = []Resource{{Kind: KindCluster, ID: "c2"}}
		}), NeedsDecision, "", "another cluster"},
		{"other clusters unread", check, both(left(91, nil), func(f *Facts, _ *Options) {
			f.Project.Neighbours = nil
		}), NeedsDecision, "", ""},
		{"not of the CSI driver", check, left(91, func(v *Volume) { v.IsCSI, v.Name = false, "mine" }), Pass, "", ""},
		{"volumes unread", check, func(f *Facts, _ *Options) {
			f.Project.Volumes = forbidden[Volume]("BlockStorageReadOnly")
		}, NotEvaluated, "", "not allowed"},
	})
}

// TestSnapshotsInTheDigest checks that a newer snapshot does not change the digest.
func TestSnapshotsInTheDigest(t *testing.T) {
	t.Parallel()
	digest := func(age time.Duration) string {
		f, o := newProjectFacts(), options()
		both(
			snapshotFacts(1, func(s *Snapshot) { s.CreatedAt = ptr(now().Add(-age)) }),
			withPolicy("7d", "snapshot"),
		)(
			&f,
			&o,
		)
		return Evaluate(f, o).Digest
	}
	if digest(time.Hour) != digest(30*time.Hour) {
		t.Error("the digest changes with each snapshot")
	}
}
