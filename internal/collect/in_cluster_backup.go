package collect

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

// The labels and fields with which backup tools name the schedule of a backup.
const (
	labelVeleroSchedule      = "velero.io/schedule-name"
	labelCloudNativeSchedule = "cnpg.io/scheduled-backup"
)

// snapshotResource returns a resource of the snapshot API, whose custom resource definitions Kapsule installs.
func snapshotResource(name string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "snapshot.storage.k8s.io", Version: "v1", Resource: name}
}

// veleroResource returns a resource of Velero.
func veleroResource(name string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "velero.io", Version: "v1", Resource: name}
}

// cloudNativeResource returns a resource of CloudNativePG.
func cloudNativeResource(name string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "postgresql.cnpg.io", Version: "v1", Resource: name}
}

// k8upResource returns a resource of k8up.
func k8upResource(name string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "k8up.io", Version: "v1", Resource: name}
}

// readBackups reads snapshots in the cluster, and where and when backup tools make backups. No Secret is read.
func (c *collector) readBackups(ctx context.Context, client *kubernetes.Client) {
	in := &c.facts.InCluster
	c.start(func() {
		in.SnapshotContents = list(ctx, c, client, snapshotResource("volumesnapshotcontents"), addSnapshotContent)
	})
	c.start(func() {
		clusters := list(ctx, c, client, cloudNativeResource("clusters"), addCloudNativeLocation)
		schedules := list(ctx, c, client, k8upResource("schedules"), addK8upLocation)
		in.BackupLocations = join(
			list(ctx, c, client, veleroResource("backupstoragelocations"), addVeleroLocation),
			list(ctx, c, client, veleroResource("volumesnapshotlocations"), addVeleroLocation),
			clusters,
			list(ctx, c, client, schema.GroupVersionResource{
				Group: "barmancloud.cnpg.io", Version: "v1", Resource: "objectstores",
			}, addObjectStore),
			schedules,
			list(ctx, c, client, k8upResource("backups"), addK8upLocation),
			list(ctx, c, client, schema.GroupVersionResource{
				Group: "longhorn.io", Version: "v1beta2", Resource: "backuptargets",
			}, addLonghornTarget),
		)
	})
	c.start(func() { in.BackupJobs = c.backupJobs(ctx, client) })
}

// addSnapshotContent adds a VolumeSnapshotContent.
func addSnapshotContent(
	found []assessment.SnapshotContent, o *unstructured.Unstructured,
) []assessment.SnapshotContent {
	m := manifest(o.Object)
	return append(found, assessment.SnapshotContent{
		Name: o.GetName(), Driver: m.text("spec", "driver"), DeletionPolicy: m.text("spec", "deletionPolicy"),
		Handle: cmp.Or(m.text("status", "snapshotHandle"), m.text("spec", "source", "snapshotHandle")),
	})
}

// newLocation returns the location of an object.
func newLocation(o *unstructured.Unstructured, provider string) assessment.BackupLocation {
	return assessment.BackupLocation{
		Kind: o.GetKind(), Namespace: o.GetNamespace(), Name: o.GetName(), Provider: provider,
	}
}

// addVeleroLocation adds a BackupStorageLocation or a VolumeSnapshotLocation of Velero.
func addVeleroLocation(
	found []assessment.BackupLocation, o *unstructured.Unstructured,
) []assessment.BackupLocation {
	m := manifest(o.Object)
	l := newLocation(o, m.text("spec", "provider"))
	l.Endpoint, l.Region = m.text("spec", "config", "s3Url"), m.text("spec", "config", "region")
	l.Bucket = m.text("spec", "objectStorage", "bucket")
	return append(found, l)
}

// addBarman adds the object store of a backup in the format of Barman Cloud.
func addBarman(
	found []assessment.BackupLocation, o *unstructured.Unstructured, store manifest,
) []assessment.BackupLocation {
	if store == nil {
		return found
	}
	scheme, path, _ := strings.Cut(store.text("destinationPath"), "://")
	l := newLocation(o, map[string]string{"s3": "s3", "gs": "gcs", "https": "azure"}[scheme])
	l.Endpoint = store.text("endpointURL")
	l.Bucket, _, _ = strings.Cut(path, "/")
	if l.Provider == "azure" && l.Endpoint == "" {
		l.Endpoint = store.text("destinationPath")
	}
	return append(found, l)
}

// addCloudNativeLocation adds the object store of a Cluster of CloudNativePG, if it has one.
func addCloudNativeLocation(
	found []assessment.BackupLocation, o *unstructured.Unstructured,
) []assessment.BackupLocation {
	return addBarman(found, o, manifest(o.Object).at("spec", "backup", "barmanObjectStore"))
}

// addObjectStore adds an ObjectStore of CloudNativePG's plugin for Barman Cloud.
func addObjectStore(
	found []assessment.BackupLocation, o *unstructured.Unstructured,
) []assessment.BackupLocation {
	return addBarman(found, o, manifest(o.Object).at("spec", "configuration"))
}

// addK8upLocation adds the backends of a Schedule or a Backup of k8up. One without a backend uses the one of the
// operator's environment, which is not read.
func addK8upLocation(
	found []assessment.BackupLocation, o *unstructured.Unstructured,
) []assessment.BackupLocation {
	if owner := o.GetOwnerReferences(); o.GetKind() == "Backup" && len(owner) > 0 {
		return found // Of a schedule.
	}
	m := manifest(o.Object)
	backends := []manifest{}
	for _, fields := range [][]string{{"spec", "backend"}, {"spec", "backup", "backend"}} {
		if m.has(fields...) {
			backends = append(backends, m.at(fields...))
		}
	}
	if len(backends) == 0 {
		l := newLocation(o, "s3")
		l.HiddenEndpoint = true
		return append(found, l)
	}
	for _, backend := range backends {
		l := newLocation(o, "unknown")
		for _, provider := range []string{"s3", "azure", "gcs", "b2", "swift", "rest", "local"} {
			if backend.has(provider) {
				l.Provider = provider
			}
		}
		l.Endpoint, l.Bucket = backend.text("s3", "endpoint"), backend.text("s3", "bucket")
		l.HiddenEndpoint = l.Provider == "s3" && l.Endpoint == ""
		found = append(found, l)
	}
	return found
}

// addLonghornTarget adds a BackupTarget of Longhorn: "s3://bucket@region/path". The endpoint is in a Secret.
func addLonghornTarget(
	found []assessment.BackupLocation, o *unstructured.Unstructured,
) []assessment.BackupLocation {
	scheme, rest, isSet := strings.Cut(manifest(o.Object).text("spec", "backupTargetURL"), "://")
	if !isSet {
		return found // No target is set.
	}
	l := newLocation(o, map[string]string{"s3": "s3", "azblob": "azure"}[scheme])
	l.Provider = cmp.Or(l.Provider, scheme)
	path, _, _ := strings.Cut(rest, "/")
	l.Bucket, l.Region, _ = strings.Cut(path, "@")
	l.HiddenEndpoint = l.Provider == "s3"
	return append(found, l)
}

// completedBackup is a backup that is complete.
type completedBackup struct {
	namespace, schedule string // Schedule is empty for a backup that no schedule made.
	at                  *time.Time
	createdAt           *time.Time
}

// backupJobs reads the schedules and the backups of each tool.
func (c *collector) backupJobs(
	ctx context.Context, client *kubernetes.Client,
) assessment.Collection[assessment.BackupJob] {
	lists := []assessment.Collection[assessment.BackupJob]{}
	for _, tool := range []struct {
		name      string
		schedules *schema.GroupVersionResource
		backups   schema.GroupVersionResource
		schedule  []string // Field of the schedule in the syntax of cron.
		paused    []string // Field that pauses a schedule.
		covers    func(*unstructured.Unstructured) assessment.Coverage
		completed func([]completedBackup, *unstructured.Unstructured) []completedBackup
	}{
		{
			assessment.ToolVelero, pointer(veleroResource("schedules")), veleroResource("backups"),
			[]string{"spec", "schedule"}, []string{"spec", "paused"}, veleroCoverage, addVeleroBackup,
		},
		{
			assessment.ToolCloudNativePG, pointer(cloudNativeResource("scheduledbackups")),
			cloudNativeResource("backups"), []string{"spec", "schedule"}, []string{"spec", "suspend"},
			cloudNativeCoverage, addCloudNativeBackup,
		},
		{
			assessment.ToolK8up, pointer(k8upResource("schedules")), k8upResource("backups"),
			[]string{"spec", "backup", "schedule"}, nil, k8upCoverage, addK8upBackup,
		},
		{assessment.ToolSnapshots, nil, snapshotResource("volumesnapshots"), nil, nil, nil, addReadySnapshot},
	} {
		jobs := assessment.Read("", []assessment.BackupJob{})
		if tool.schedules != nil {
			jobs = list(ctx, c, client, *tool.schedules, func(
				found []assessment.BackupJob, o *unstructured.Unstructured,
			) []assessment.BackupJob {
				m := manifest(o.Object)
				return append(found, assessment.BackupJob{
					Tool: tool.name, Kind: o.GetKind(), Namespace: o.GetNamespace(), Name: o.GetName(),
					Schedule: m.text(tool.schedule...), Paused: len(tool.paused) > 0 && m.truth(tool.paused...),
					CreatedAt: createdAt(o), Covers: tool.covers(o),
				})
			})
		}
		backups := list(ctx, c, client, tool.backups, tool.completed)
		for _, b := range backups.Items {
			jobs.Items = addCompleted(jobs.Items, tool.name, b)
		}
		all := join(jobs, assessment.Collection[assessment.BackupJob]{
			Source: backups.Source, Complete: backups.Complete, Gap: backups.Gap,
		})
		all.Source = strings.TrimPrefix(all.Source, ", ")
		lists = append(lists, all)
	}
	return join(lists...)
}

// veleroCoverage returns what a Schedule of Velero backs up: by default all namespaces.
func veleroCoverage(o *unstructured.Unstructured) assessment.Coverage {
	template := manifest(o.Object).at("spec", "template")
	c := assessment.Coverage{
		Included: template.texts("includedNamespaces"), Excluded: template.texts("excludedNamespaces"),
	}
	if len(c.Included) == 0 || slices.Contains(c.Included, "*") {
		c.Included = nil
	}
	for _, field := range []string{
		"labelSelector", "orLabelSelectors", "includedResources", "excludedResources", "resourcePolicy",
		"includedNamespaceScopedResources", "excludedNamespaceScopedResources",
	} {
		if template.has(field) && !slices.Equal(template.texts(field), []string{"*"}) {
			c.Partial = true
		}
	}
	hasNoVolumes := template.has("snapshotVolumes") && !template.truth("snapshotVolumes")
	c.Partial = c.Partial || hasNoVolumes && !template.truth("defaultVolumesToFsBackup")
	return c
}

// cloudNativeCoverage returns the cluster of a ScheduledBackup of CloudNativePG.
func cloudNativeCoverage(o *unstructured.Unstructured) assessment.Coverage {
	return assessment.Coverage{
		Included: []string{o.GetNamespace() + "/" + manifest(o.Object).text("spec", "cluster", "name")},
	}
}

// k8upCoverage returns the namespace of a Schedule of k8up, which backs up all its volumes unless a selector is set.
func k8upCoverage(o *unstructured.Unstructured) assessment.Coverage {
	m := manifest(o.Object)
	return assessment.Coverage{
		Included: []string{o.GetNamespace()}, Partial: m.has("spec", "backup", "labelSelectors"),
	}
}

func pointer[T any](value T) *T { return &value }

// addCompleted adds a completed backup to the job of its schedule, or to the one of its namespace without a schedule.
func addCompleted(jobs []assessment.BackupJob, tool string, b completedBackup) []assessment.BackupJob {
	for i := range jobs {
		job := &jobs[i]
		if job.Namespace != b.namespace || job.Name != b.schedule {
			continue
		}
		if b.at != nil && (job.NewestCompletedAt == nil || b.at.After(*job.NewestCompletedAt)) {
			job.NewestCompletedAt = b.at
		}
		if job.Name == "" && b.createdAt != nil && (job.CreatedAt == nil || b.createdAt.Before(*job.CreatedAt)) {
			job.CreatedAt = b.createdAt
		}
		return jobs
	}
	kind := "Backup"
	if tool == assessment.ToolSnapshots {
		kind = "VolumeSnapshot"
	}
	if b.schedule != "" { // The schedule was deleted.
		b.schedule = ""
		return addCompleted(jobs, tool, b)
	}
	return append(jobs, assessment.BackupJob{
		Tool: tool, Kind: kind, Namespace: b.namespace, CreatedAt: b.createdAt, NewestCompletedAt: b.at,
	})
}

// addVeleroBackup adds a backup of Velero. One that is not complete counts as none, but shows that the tool is used.
func addVeleroBackup(found []completedBackup, o *unstructured.Unstructured) []completedBackup {
	m := manifest(o.Object)
	b := completedBackup{
		namespace: o.GetNamespace(), schedule: o.GetLabels()[labelVeleroSchedule], createdAt: createdAt(o),
	}
	if m.text("status", "phase") == "Completed" {
		b.at = m.time("status", "completionTimestamp")
	}
	return append(found, b)
}

// addCloudNativeBackup adds a Backup of CloudNativePG.
func addCloudNativeBackup(found []completedBackup, o *unstructured.Unstructured) []completedBackup {
	m := manifest(o.Object)
	b := completedBackup{
		namespace: o.GetNamespace(), schedule: o.GetLabels()[labelCloudNativeSchedule], createdAt: createdAt(o),
	}
	if m.text("status", "phase") == "completed" {
		b.at = m.time("status", "stoppedAt")
	}
	return append(found, b)
}

// addK8upBackup adds a Backup of k8up, whose condition Completed is true also if it failed.
func addK8upBackup(found []completedBackup, o *unstructured.Unstructured) []completedBackup {
	b := completedBackup{namespace: o.GetNamespace(), createdAt: createdAt(o)}
	for _, owner := range o.GetOwnerReferences() {
		if owner.Kind == "Schedule" {
			b.schedule = owner.Name
		}
	}
	for _, condition := range manifest(o.Object).list("status", "conditions") {
		if condition.text("type") == "Completed" && condition.text("status") == "True" &&
			condition.text("reason") == "Succeeded" {
			b.at = condition.time("lastTransitionTime")
		}
	}
	return append(found, b)
}

// addReadySnapshot adds a VolumeSnapshot.
func addReadySnapshot(found []completedBackup, o *unstructured.Unstructured) []completedBackup {
	m := manifest(o.Object)
	b := completedBackup{namespace: o.GetNamespace(), createdAt: createdAt(o)}
	if m.truth("status", "readyToUse") {
		b.at = m.time("status", "creationTime")
	}
	return append(found, b)
}
