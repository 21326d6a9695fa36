package assessment

import (
	"testing"
	"time"
)

// location makes one backup location the only one.
func location(l BackupLocation) func(*Facts, *Options) {
	return func(f *Facts, _ *Options) {
		if l.Kind == "" {
			l.Kind = "BackupStorageLocation"
		}
		l.Namespace, l.Name = "velero", "default"
		f.InCluster.BackupLocations = Read("locations", []BackupLocation{l})
	}
}

func TestBackupLocation(t *testing.T) {
	t.Parallel()
	const check = "backup_location"
	s3 := func(endpoint string) func(*Facts, *Options) {
		return location(BackupLocation{Provider: "velero.io/aws", Endpoint: endpoint, Bucket: "records"})
	}
	notHDS := func(_ *Facts, o *Options) { o.HDS = false }
	runCheckTests(t, []checkTest{
		{"fr-par", check, s3("https://s3.fr-par.scw.cloud"), Pass, "", "endpoint = https://s3.fr-par.scw.cloud"},
		{"bucket in the host", check, s3("https://records.s3.fr-par.scw.cloud/"), Pass, "", ""},
		{"host in capitals with a port", check, s3("https://S3.FR-PAR.scw.cloud:443"), Pass, "", ""},
		{"private access", check, s3("https://s3-vpc.fr-par.scw.eu"), Pass, "", ""},
		{"another region", check, s3("https://s3.nl-ams.scw.cloud"), Fail, Critical, "region nl-ams"},
		{"another region, not for health data", check, both(s3("https://s3.nl-ams.scw.cloud"), notHDS), Pass, "", ""},
		{"without TLS", check, s3("http://s3.fr-par.scw.cloud"), NeedsDecision, "", "without TLS"},
		{
			"host that only begins like Scaleway's",
			check,
			s3("https://s3.fr-par.scw.cloud.example.com"),
			NeedsDecision,
			"",
			"not Scaleway's",
		},
		{"host that only ends like Scaleway's", check, s3("https://fakes3.fr-par.scw.cloud"), NeedsDecision, "", ""},
		{
			"user that looks like Scaleway's host",
			check,
			s3("https://s3.fr-par.scw.cloud@example.com"),
			NeedsDecision,
			"",
			"",
		},
		{"no endpoint is Amazon's", check, s3(""), Fail, Critical, "Amazon"},
		{"Amazon's endpoint", check, s3("https://s3.eu-west-3.amazonaws.com"), Fail, Critical, "another provider"},
		{"Amazon's endpoint, not for health data", check, both(s3("https://s3.eu-west-3.amazonaws.com"), notHDS),
			NeedsDecision, "", "another provider"},
		{"own S3", check, s3("https://minio.storage.svc:9000"), NeedsDecision, "", "not Scaleway's"},
		{"Azure", check, location(BackupLocation{Provider: "velero.io/azure"}), Fail, Critical, "velero.io/azure"},
		{"unknown provider", check, location(BackupLocation{Provider: "mystery"}), NeedsDecision, "", "mystery"},
		{"provider absent", check, location(BackupLocation{}), NeedsDecision, "", ""},
		{
			"endpoint in a Secret",
			check,
			location(BackupLocation{Provider: "s3", HiddenEndpoint: true, Region: "fr-par"}),
			NeedsDecision,
			"",
			"in a Secret",
		},
		{"CSI snapshots", check, location(BackupLocation{Kind: "VolumeSnapshotLocation", Provider: "velero.io/csi"}),
			Pass, "", ""},
		{
			"snapshots at Amazon",
			check,
			location(BackupLocation{Kind: "VolumeSnapshotLocation", Provider: "velero.io/aws"}),
			NeedsDecision,
			"",
			"no snapshots of Scaleway's volumes",
		},
		{"one of two", check, both(s3("https://s3.fr-par.scw.cloud"), func(f *Facts, _ *Options) {
			f.InCluster.BackupLocations.Items = append(f.InCluster.BackupLocations.Items,
				BackupLocation{Kind: "Cluster", Namespace: "db", Name: "records", Provider: "gcs"})
		}), Fail, Critical, "gcs"},
		{"a list unread", check, both(s3("https://s3.fr-par.scw.cloud"), func(f *Facts, _ *Options) {
			f.InCluster.BackupLocations.Complete = false
			f.InCluster.BackupLocations.Gap = withoutSet("list clusters.postgresql.cnpg.io")
		}), NotEvaluated, "", "not allowed"},
		{"no tool, no policy", check, func(f *Facts, _ *Options) {
			f.InCluster.BackupLocations = Read[BackupLocation]("locations", nil)
		}, NotEvaluated, "", "attestation is missing"},
		{"no tool, a policy", check, both(withPolicy("24h", "dump"), func(f *Facts, _ *Options) {
			f.InCluster.BackupLocations = Read[BackupLocation]("locations", nil)
		}), Attested, "", "Declared in policy"},
		{"unread, a policy", check, withPolicy("24h", "dump"), NotEvaluated, "", ""},
	})
}

// job makes one backup job the only one. Its newest completed backup is some hours old; a negative number means none.
func job(hours int, change func(*BackupJob)) func(*Facts, *Options) {
	return func(f *Facts, _ *Options) {
		b := BackupJob{
			Tool: ToolVelero, Kind: "Schedule", Namespace: "velero", Name: "daily", Schedule: "0 2 * * *",
			CreatedAt: createdDaysAgo(200),
		}
		if hours >= 0 {
			b.NewestCompletedAt = ptr(now().Add(-time.Duration(hours) * time.Hour))
		}
		if change != nil {
			change(&b)
		}
		f.InCluster.BackupJobs = Read("jobs", []BackupJob{b})
	}
}

func TestBackupJobs(t *testing.T) {
	t.Parallel()
	const check = "backup_jobs"
	daily := withPolicy("24h", "velero", "snapshot")
	runCheckTests(t, []checkTest{
		{"recent", check, both(job(25, nil), daily), NotApplicable, "", ""},
		{"old", check, both(job(31, nil), daily), Fail, Medium, "of 2026-11-29, older"},
		{"none completed", check, both(job(-1, nil), daily), Fail, Medium, "no completed backup"},
		{"none completed, new", check, both(job(-1, func(b *BackupJob) { b.CreatedAt = createdDaysAgo(1) }), daily),
			NotApplicable, "", "new"},
		{"weekly policy", check, both(job(31, nil), withPolicy("every 7 days", "velero")), NotApplicable, "", ""},
		{
			"weekly schedule beside a daily policy",
			check,
			both(job(100, func(b *BackupJob) { b.Schedule = "@weekly" }), daily),
			Fail,
			Medium,
			"",
		},
		{"weekly schedule beside a daily one", check, both(job(1, nil), daily, func(f *Facts, _ *Options) {
			f.InCluster.BackupJobs.Items = append(f.InCluster.BackupJobs.Items, BackupJob{
				Tool: ToolVelero, Kind: "Schedule", Namespace: "velero", Name: "weekly", Schedule: "0 3 * * 0",
				CreatedAt: createdDaysAgo(200), NewestCompletedAt: ptr(now().Add(-100 * time.Hour)),
			})
		}), NotApplicable, "", ""},
		{"a stale schedule beside a recent one", check, both(job(1, nil), daily, func(f *Facts, _ *Options) {
			f.InCluster.BackupJobs.Items = append(f.InCluster.BackupJobs.Items, BackupJob{
				Tool: ToolVelero, Kind: "Schedule", Namespace: "velero", Name: "records", Schedule: "0 3 * * *",
				CreatedAt: createdDaysAgo(200), NewestCompletedAt: ptr(now().Add(-100 * time.Hour)),
			})
		}), Fail, Medium, ""},
		{"paused", check, both(job(1, func(b *BackupJob) { b.Paused = true }), daily), NeedsDecision, "", "paused"},
		{"a method that the policy does not name", check, both(job(500, nil), withPolicy("24h", "dump")),
			NotApplicable, "", ""},
		{"database, whatever the method", check, both(job(500, func(b *BackupJob) { b.Tool = ToolCloudNativePG }),
			withPolicy("24h", "dump")), Fail, Medium, ""},
		{"old VolumeSnapshot, method dump", check, both(job(500, func(b *BackupJob) {
			b.Tool, b.Kind, b.Name = ToolSnapshots, "VolumeSnapshot", ""
		}), withPolicy("24h", "dump")), NotApplicable, "", ""},
		{"old VolumeSnapshot, method snapshot", check, both(job(500, func(b *BackupJob) {
			b.Tool, b.Kind, b.Name = ToolSnapshots, "VolumeSnapshot", ""
		}), withPolicy("24h", "snapshot")), Fail, Medium, "of "},
		{"no policy", check, job(500, nil), NotApplicable, "", "There is a completed backup"},
		{"frequency that is no duration", check, both(job(1, nil), withPolicy("often", "velero")), NotEvaluated, "",
			"input is missing"},
		{"a list unread, old", check, both(job(500, nil), daily, func(f *Facts, _ *Options) {
			f.InCluster.BackupJobs.Complete = false
			f.InCluster.BackupJobs.Gap = withoutSet("list backups.velero.io")
		}), NotEvaluated, "", "not allowed"},
		{"no tool", check, both(withPolicy("24h", "dump"), func(f *Facts, _ *Options) {
			f.InCluster.BackupJobs = Read[BackupJob]("jobs", nil)
		}), NotApplicable, "", "no known backup tool"},
		{"Velero named and absent", check, both(daily, func(f *Facts, _ *Options) {
			f.InCluster.BackupJobs = Read[BackupJob]("jobs", nil)
		}), Fail, Medium, "names Velero"},
		{"snapshots named and absent", check, both(withPolicy("24h", "snapshot"), func(f *Facts, _ *Options) {
			f.InCluster.BackupJobs = Read[BackupJob]("jobs", nil)
			f.Project.Snapshots = Read[Snapshot]("snapshots", nil)
		}), Fail, Medium, "names snapshots"},
		{"snapshots named, made outside the cluster", check, both(withPolicy("24h", "snapshot"),
			func(f *Facts, _ *Options) {
				f.InCluster.BackupJobs = Read[BackupJob]("jobs", nil)
				f.Project.Snapshots = Read("snapshots", []Snapshot{{ID: "s"}})
			}), NotApplicable, "", ""},
		{"snapshots named, those of the Project unread", check, both(withPolicy("24h", "snapshot"),
			func(f *Facts, _ *Options) {
				f.InCluster.BackupJobs = Read[BackupJob]("jobs", nil)
				f.Project.Snapshots = forbidden[Snapshot]("BlockStorageReadOnly")
			}), NotEvaluated, "", "not allowed"},
		{"weekly schedule of other namespaces", check, both(job(1, func(b *BackupJob) {
			b.Covers.Included = []string{"web"}
		}), daily, weeklyBeside(Coverage{Included: []string{"records"}})), NeedsDecision, "", "less often"},
		{"weekly schedule of the same namespaces", check, both(job(1, func(b *BackupJob) {
			b.Covers.Included = []string{"web", "records"}
		}), daily, weeklyBeside(Coverage{Included: []string{"records"}})), NotApplicable, "", ""},
		{"weekly schedule of everything", check, both(job(1, func(b *BackupJob) {
			b.Covers.Included = []string{"records"}
		}), daily, weeklyBeside(Coverage{})), NeedsDecision, "", "less often"},
		{"the daily one has a selector", check, both(job(1, func(b *BackupJob) { b.Covers.Partial = true }), daily,
			weeklyBeside(Coverage{})), NeedsDecision, "", "less often"},
		{"unread", check, daily, NotEvaluated, "", ""},
	})
}

// weeklyBeside adds a weekly schedule.
func weeklyBeside(covers Coverage) func(*Facts, *Options) {
	return func(f *Facts, _ *Options) {
		f.InCluster.BackupJobs.Items = append(f.InCluster.BackupJobs.Items, BackupJob{
			Tool: ToolVelero, Kind: "Schedule", Namespace: "velero", Name: "weekly", Schedule: "0 3 * * 0",
			CreatedAt: createdDaysAgo(200), NewestCompletedAt: ptr(now().Add(-100 * time.Hour)), Covers: covers,
		})
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b Coverage
		want bool
	}{
		{Coverage{}, Coverage{}, true},
		{Coverage{}, Coverage{Included: []string{"a"}}, true},
		{Coverage{Included: []string{"a"}}, Coverage{}, false},
		{Coverage{Excluded: []string{"a"}}, Coverage{}, false},
		{Coverage{Excluded: []string{"a"}}, Coverage{Excluded: []string{"a", "b"}}, true},
		{Coverage{Excluded: []string{"a"}}, Coverage{Included: []string{"a"}}, false},
		{Coverage{Excluded: []string{"a"}}, Coverage{Included: []string{"b"}}, true},
		{Coverage{Included: []string{"a", "b"}, Excluded: []string{"b"}}, Coverage{Included: []string{"b"}}, false},
		{Coverage{Partial: true}, Coverage{Included: []string{"a"}}, false},
		{Coverage{Included: []string{"a"}}, Coverage{Included: []string{"a"}, Partial: true}, true},
	} {
		if got := test.a.contains(test.b); got != test.want {
			t.Errorf("%+v contains %+v: %t", test.a, test.b, got)
		}
	}
}

func TestParseFrequency(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"24h": 24 * time.Hour, "Every 6 hours": 6 * time.Hour, "7d": 168 * time.Hour, "1 jour": 24 * time.Hour,
		"2 semaines": 336 * time.Hour, "daily, at 2 in the morning": 24 * time.Hour, "Quotidienne": 24 * time.Hour,
		"24h (complete every 7 days)": 24 * time.Hour, "often": 0, "": 0, "24": 0, "0h": 0, "3 dogs": 0,
	} {
		if got, ok := parseFrequency(text); got != want || ok != (want > 0) {
			t.Errorf("%q: %s, expected %s", text, got, want)
		}
	}
}

func TestCronInterval(t *testing.T) {
	t.Parallel()
	for schedule, want := range map[string]time.Duration{
		"0 2 * * *": 24 * time.Hour, "*/10 * * * *": 24 * time.Hour, "0 2 * * 0": 168 * time.Hour,
		"0 2 1 * *": 744 * time.Hour, "0 0 2 * * *": 24 * time.Hour, "CRON_TZ=Europe/Paris 0 2 * * 1": 168 * time.Hour,
		"@daily-random": 24 * time.Hour, "@every 36h": 36 * time.Hour, "0 0 1 1 *": 8784 * time.Hour, "": 0, "x y": 0,
	} {
		if got := cronInterval(schedule); got != want {
			t.Errorf("%q: %s, expected %s", schedule, got, want)
		}
	}
}
