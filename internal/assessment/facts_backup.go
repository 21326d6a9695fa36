package assessment

import (
	"slices"
	"time"
)

// Snapshot is a snapshot of Block Storage. The newest ones of each zone are read.
type Snapshot struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Zone      string     `json:"zone"`
	Status    string     `json:"status"`
	Public    *bool      `json:"public"`
	VolumeID  string     `json:"volume_id,omitempty"` // UUID; empty once the volume is deleted.
	CreatedAt *time.Time `json:"created_at"`
}

// SnapshotContent is a VolumeSnapshotContent of the cluster.
type SnapshotContent struct {
	Name           string `json:"name"`
	Driver         string `json:"driver"`
	Handle         string `json:"handle,omitempty"` // "zone/UUID" of a Block Storage snapshot; empty until it exists.
	DeletionPolicy string `json:"deletion_policy"`
}

// snapshotID returns the UUID of the Block Storage snapshot.
func (c SnapshotContent) snapshotID() string { return lastSegment(c.Handle) }

// BackupLocation is where a backup tool of the cluster stores backups.
type BackupLocation struct {
	Kind      string `json:"kind"` // "BackupStorageLocation", "Cluster", …
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Provider  string `json:"provider"` // "s3", "azure", "gcs", "csi" or another name that the object has.
	// Endpoint is the URL of an S3 API; empty if the object has none, which is the provider's own. HiddenEndpoint is
	// true if the endpoint is in a Secret, which is not read.
	Endpoint       string `json:"endpoint,omitempty"`
	HiddenEndpoint bool   `json:"hidden_endpoint,omitempty"`
	Region         string `json:"region,omitempty"`
	Bucket         string `json:"bucket,omitempty"`
}

// ID returns the location as a subject: "BackupStorageLocation/velero/default".
func (l BackupLocation) ID() string { return l.Kind + "/" + l.Namespace + "/" + l.Name }

// BackupJob is a schedule of a backup tool, or the backups of the tool without a schedule.
type BackupJob struct {
	Tool      string     `json:"tool"` // "velero", "cloudnative-pg", "k8up" or "snapshots".
	Kind      string     `json:"kind"` // "Schedule", "ScheduledBackup", or the kind of the backups without a schedule.
	Namespace string     `json:"namespace"`
	Name      string     `json:"name,omitempty"`     // Empty for backups without a schedule.
	Schedule  string     `json:"schedule,omitempty"` // In the syntax of cron.
	Paused    bool       `json:"paused,omitempty"`
	Covers    Coverage   `json:"covers,omitzero"`
	CreatedAt *time.Time `json:"created_at"`
	// NewestCompletedAt is the time of the newest completed backup; nil: there is none.
	NewestCompletedAt *time.Time `json:"newest_completed_at"`
}

// Coverage says what a schedule backs up. The zero value is everything.
type Coverage struct {
	Included []string `json:"included,omitempty"` // Namespaces, or the cluster of a database. Nil: all.
	Excluded []string `json:"excluded,omitempty"` // Namespaces.
	// Partial is true if a selector or a list of kinds leaves objects of the namespaces out.
	Partial bool `json:"partial,omitempty"`
}

// contains reports whether everything that another schedule covers is covered.
func (c Coverage) contains(other Coverage) bool {
	if c.Partial {
		return false
	}
	if c.Included == nil && other.Included == nil {
		return !slices.ContainsFunc(c.Excluded, func(n string) bool { return !slices.Contains(other.Excluded, n) })
	}
	return other.Included != nil && !slices.ContainsFunc(other.Included, func(name string) bool {
		isIncluded := c.Included == nil || slices.Contains(c.Included, name)
		isExcluded := slices.Contains(c.Excluded, name) && !slices.Contains(other.Excluded, name)
		return !isIncluded || isExcluded
	})
}

// ID returns the job as a subject: "Schedule/velero/daily".
func (b BackupJob) ID() string {
	if b.Name == "" {
		return b.Kind + "/" + b.Namespace
	}
	return b.Kind + "/" + b.Namespace + "/" + b.Name
}

// Bucket is a bucket of Object Storage that an input names.
type Bucket struct {
	Name      string       `json:"name"`
	ProjectID string       `json:"project_id,omitempty"` // With which it was read.
	Region    Fact[string] `json:"region"`
	// Transitions are the storage classes to which enabled lifecycle rules move objects.
	Transitions Collection[string] `json:"transitions"`
}
