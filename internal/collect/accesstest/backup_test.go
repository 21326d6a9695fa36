package accesstest

import (
	"slices"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// createBackupCRDs installs the custom resources of snapshots and backup tools.
func (r *rig) createBackupCRDs(t *testing.T) {
	t.Helper()
	const namespaced = "Namespaced"
	r.createCRD(t, "snapshot.storage.k8s.io", "v1", "volumesnapshots", "VolumeSnapshot", namespaced)
	r.createCRD(t, "snapshot.storage.k8s.io", "v1", "volumesnapshotcontents", "VolumeSnapshotContent", "Cluster")
	r.createCRD(t, "velero.io", "v1", "backups", "Backup", namespaced)
	r.createCRD(t, "velero.io", "v1", "schedules", "Schedule", namespaced)
	r.createCRD(t, "velero.io", "v1", "backupstoragelocations", "BackupStorageLocation", namespaced)
	r.createCRD(t, "velero.io", "v1", "volumesnapshotlocations", "VolumeSnapshotLocation", namespaced)
	r.createCRD(t, "postgresql.cnpg.io", "v1", "backups", "Backup", namespaced)
	r.createCRD(t, "postgresql.cnpg.io", "v1", "clusters", "Cluster", namespaced)
	r.createCRD(t, "postgresql.cnpg.io", "v1", "scheduledbackups", "ScheduledBackup", namespaced)
	r.createCRD(t, "barmancloud.cnpg.io", "v1", "objectstores", "ObjectStore", namespaced)
	r.createCRD(t, "k8up.io", "v1", "backups", "Backup", namespaced)
	r.createCRD(t, "k8up.io", "v1", "schedules", "Schedule", namespaced)
	r.createCRD(t, "longhorn.io", "v1beta2", "backuptargets", "BackupTarget", namespaced)
}

// TestBackupsJudged reads the objects of backup tools from a real API server, and judges them.
func TestBackupsJudged(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	// Without the custom resource definitions there is nothing to read, and no gap.
	in := r.collect(t, asAdmin).InCluster
	if in.BackupLocations.Missing() != nil || in.BackupJobs.Missing() != nil || in.SnapshotContents.Missing() != nil ||
		len(in.BackupLocations.Items)+len(in.BackupJobs.Items)+len(in.SnapshotContents.Items) > 0 {
		t.Errorf("without CRDs: %+v, %+v, %+v", in.BackupLocations, in.BackupJobs, in.SnapshotContents)
	}
	r.createBackupCRDs(t)
	now := time.Now().UTC() //nolint:forbidigo // The API server dates objects by the real clock.
	recent, old := now.Format(time.RFC3339), now.AddDate(0, 0, -9).Format(time.RFC3339)
	r.create(t, `
apiVersion: velero.io/v1
kind: BackupStorageLocation
metadata: {name: default, namespace: default}
spec:
  provider: velero.io/aws
  objectStorage: {bucket: records}
  config: {region: fr-par, s3Url: "https://s3.fr-par.scw.cloud"}
---
apiVersion: velero.io/v1
kind: VolumeSnapshotLocation
metadata: {name: default, namespace: default}
spec: {provider: velero.io/aws, config: {region: fr-par}}
---
apiVersion: velero.io/v1
kind: Schedule
metadata: {name: daily, namespace: default}
spec: {schedule: "0 2 * * *", paused: false}
---
apiVersion: velero.io/v1
kind: Backup
metadata: {name: daily-1, namespace: default, labels: {velero.io/schedule-name: daily}}
status: {phase: Completed, completionTimestamp: "`+recent+`"}
---
apiVersion: velero.io/v1
kind: Backup
metadata: {name: daily-2, namespace: default, labels: {velero.io/schedule-name: daily}}
status: {phase: PartiallyFailed, completionTimestamp: "`+now.AddDate(1, 0, 0).Format(time.RFC3339)+`"}
---
apiVersion: velero.io/v1
kind: Backup
metadata: {name: by-hand, namespace: default}
status: {phase: Completed, completionTimestamp: "`+old+`"}
---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: records, namespace: default}
spec:
  backup:
    barmanObjectStore:
      destinationPath: s3://records/base
      endpointURL: https://s3.nl-ams.scw.cloud
---
apiVersion: postgresql.cnpg.io/v1
kind: ScheduledBackup
metadata: {name: records, namespace: default}
spec: {schedule: "0 0 2 * * *", suspend: true}
---
apiVersion: postgresql.cnpg.io/v1
kind: Backup
metadata: {name: records-1, namespace: default, labels: {cnpg.io/scheduled-backup: records}}
status: {phase: completed, stoppedAt: "`+old+`"}
---
apiVersion: barmancloud.cnpg.io/v1
kind: ObjectStore
metadata: {name: archive, namespace: default}
spec: {configuration: {destinationPath: "gs://records/base"}}
---
apiVersion: k8up.io/v1
kind: Schedule
metadata: {name: files, namespace: default}
spec:
  backend: {s3: {endpoint: "http://minio:9000", bucket: files}}
  backup: {schedule: "@daily-random"}
---
apiVersion: k8up.io/v1
kind: Backup
metadata:
  name: files-1
  namespace: default
  ownerReferences: [{apiVersion: k8up.io/v1, kind: Schedule, name: files, uid: 11111111-1111-4111-8111-111111111111}]
status: {conditions: [{type: Completed, status: "True", reason: Failed, lastTransitionTime: "`+recent+`"}]}
---
apiVersion: longhorn.io/v1beta2
kind: BackupTarget
metadata: {name: default, namespace: default}
spec: {backupTargetURL: "s3://volumes@fr-par/"}
---
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshot
metadata: {name: before-upgrade, namespace: default}
status: {readyToUse: true, creationTime: "`+old+`"}
---
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshotContent
metadata: {name: content-1}
spec: {driver: csi.scaleway.com, deletionPolicy: Delete}
status: {snapshotHandle: fr-par-1/11111111-1111-4111-8111-111111111111}
`)
	facts := r.collect(t, asAdmin)
	contents := facts.InCluster.SnapshotContents.Items
	if len(contents) != 1 || contents[0].Handle != "fr-par-1/11111111-1111-4111-8111-111111111111" ||
		contents[0].DeletionPolicy != "Delete" || contents[0].Driver != "csi.scaleway.com" {
		t.Errorf("contents: %+v", contents)
	}
	jobs := map[string]string{}
	for _, b := range facts.InCluster.BackupJobs.Items {
		newest := "none"
		if b.NewestCompletedAt != nil {
			newest = b.NewestCompletedAt.Format(time.RFC3339)
		}
		jobs[b.Tool+" "+b.ID()] = newest
	}
	for id, want := range map[string]string{
		"velero Schedule/default/daily": recent, "velero Backup/default": old,
		"cloudnative-pg ScheduledBackup/default/records": old, "k8up Schedule/default/files": "none",
		"snapshots VolumeSnapshot/default": old,
	} {
		if jobs[id] != want {
			t.Errorf("%s: %q, expected %q", id, jobs[id], want)
		}
	}
	if len(jobs) != 5 {
		t.Errorf("jobs: %v", jobs)
	}
	a := assess(facts)
	expect(t, a, "backup_location", assessment.Fail, assessment.Critical, "Cluster/default/records",
		"ObjectStore/default/archive")
	results := map[string]assessment.Result{}
	f, _ := a.Finding("backup_location")
	for _, o := range f.Objects {
		results[o.ID] = o.Result
	}
	for id, want := range map[string]assessment.Result{
		"BackupStorageLocation/default/default": assessment.Pass, "Schedule/default/files": assessment.NeedsDecision,
		"VolumeSnapshotLocation/default/default": assessment.NeedsDecision,
		"BackupTarget/default/default":           assessment.NeedsDecision,
	} {
		if results[id] != want {
			t.Errorf("%s: %s, expected %s", id, results[id], want)
		}
	}
	expect(t, a, "backup_jobs", assessment.NotApplicable, "") // No attestation of a backup policy.
	policy := assessment.Attestation{
		ID: "policy", Kind: "backup_policy", Scope: assessment.ScopeOrganization, Result: assessment.ResultSuccess,
		PerformedOn: facts.ReadAt.AddDate(0, 0, -2), Until: facts.ReadAt.AddDate(0, 2, 0),
		Fields: map[string]any{"frequency": "24h", "method": []any{"velero", "dump"}},
	}
	a = assessment.Evaluate(facts, assessment.Options{
		AsOf: facts.ReadAt, HDS: true, Layers: assessment.Layers(), Attestations: []assessment.Attestation{policy},
	})
	f, _ = a.Finding("backup_jobs")
	if f.Result != assessment.Fail || !slices.Equal(f.Subjects, []string{assessment.ToolCloudNativePG}) {
		t.Errorf("backup_jobs: %s %q", f.Result, f.Subjects)
	}
}
