package assessment

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// backupChecks returns the checks of backup tools in the cluster.
func backupChecks() []Check {
	return []Check{
		{
			ID: "backup_location", Layer: LayerCluster, Severity: Critical,
			Title: Text{EN: "Locations of backups", FR: "Lieux des sauvegardes"},
			Expected: Text{
				EN: "Every location of a backup tool is Object Storage of Scaleway, for health data in fr-par.",
				FR: "Chaque lieu d'un outil de sauvegarde est l'Object Storage de Scaleway, en fr-par pour des " +
					"données de santé.",
			},
			Remedy: Text{
				EN: "Set the endpoint to https://s3.fr-par.scw.cloud and the bucket to one of fr-par, make a new " +
					"backup, then delete the backups at the old location.",
				FR: "Définir l'endpoint https://s3.fr-par.scw.cloud et un bucket de fr-par, faire une nouvelle " +
					"sauvegarde, puis supprimer les sauvegardes de l'ancien lieu.",
			},
			judge: judgeBackupLocations,
		},
		{
			ID: "backup_jobs", Layer: LayerCluster, Severity: Medium, Indicator: true,
			Title: Text{EN: "Completed backups", FR: "Sauvegardes terminées"},
			Expected: Text{
				EN: "The newest completed backup of each tool and schedule is as recent as the backup policy says.",
				FR: "La sauvegarde terminée la plus récente de chaque outil et de chaque planification est aussi " +
					"récente que le prévoit la politique de sauvegarde.",
			},
			Remedy: Text{
				EN: "Read why the last backup failed (velero backup describe NAME, kubectl describe), correct it, " +
					"and make a backup now.",
				FR: "Lire pourquoi la dernière sauvegarde a échoué (velero backup describe NOM, kubectl describe), " +
					"corriger, et faire une sauvegarde.",
			},
			judge: judgeBackupJobs,
		},
	}
}

func judgeBackupLocations(j *judgement) {
	list := j.facts.InCluster.BackupLocations
	if list.Missing() == nil && len(list.Items) == 0 {
		policy, ok := j.valid(kindBackupPolicy)
		if !ok {
			j.reads(&Gap{Reason: AttestationMissing, Needs: kindBackupPolicy})
			return
		}
		j.attested(Object{ID: j.facts.ClusterID, Source: list.Source, Attribute: "backup locations", Value: "none"},
			policy, "No known backup tool has a location.", "Aucun outil de sauvegarde connu n'a de lieu.")
		return
	}
	each(j, list, func(l BackupLocation) { j.judgeBackupLocation(l, list.Source) })
}

// judgeBackupLocation judges where a tool stores backups. The region matters for health data only.
func (j *judgement) judgeBackupLocation(l BackupLocation, source string) {
	object := Object{ID: l.ID(), Name: l.Bucket, Source: source, Attribute: "endpoint", Value: l.Endpoint}
	elsewhere := func(en, fr string) {
		if j.options.HDS {
			j.fail(object, Critical, en, fr)
			return
		}
		j.decide(object, en, fr)
	}
	switch provider := l.provider(); {
	case provider == providerCSI:
		// The snapshots are in the zones of the volumes, which other checks judge.
		object.Attribute, object.Value = "provider", l.Provider
		j.pass(object)
	case l.Kind == kindSnapshotLocation:
		object.Attribute, object.Value = "provider", l.Provider
		j.decide(
			object,
			"The provider "+l.Provider+" makes no snapshots of Scaleway's volumes: its location is unused "+
				"or leads to another provider.",
			"Le fournisseur "+l.Provider+" ne fait pas de snapshots des volumes de "+
				"Scaleway : ce lieu est inutilisé ou mène à un autre fournisseur.",
		)
	case slices.Contains(otherProviders(), provider):
		object.Attribute, object.Value = "provider", l.Provider
		elsewhere("Backups are stored at the provider "+l.Provider+".",
			"Des sauvegardes sont stockées chez le fournisseur "+l.Provider+".")
	case provider != providerS3:
		object.Attribute, object.Value = "provider", l.Provider
		j.decide(object, "It is not known where the provider "+l.Provider+" stores backups.",
			"On ignore où le fournisseur "+l.Provider+" stocke les sauvegardes.")
	case l.Endpoint == "" && l.HiddenEndpoint:
		object.Value = "in a Secret"
		j.decide(object, "The endpoint is in a Secret, which is not read.",
			"L'endpoint est dans un Secret, qui n'est pas lu.")
	case l.Endpoint == "":
		object.Value = "absent"
		elsewhere("Without an endpoint, backups are stored in S3 of Amazon.",
			"Sans endpoint, les sauvegardes sont stockées dans S3 d'Amazon.")
	default:
		j.judgeEndpoint(object, parseEndpoint(l.Endpoint), elsewhere)
	}
}

// judgeEndpoint judges the endpoint of an S3 API.
func (j *judgement) judgeEndpoint(object Object, e endpoint, elsewhere func(en, fr string)) {
	switch {
	case e.region == "" && e.isOther:
		elsewhere("Backups are stored at another provider ("+e.host+").",
			"Des sauvegardes sont stockées chez un autre fournisseur ("+e.host+").")
	case e.region == "":
		j.decide(object, "Backups are stored at an S3 endpoint that is not Scaleway's ("+e.host+").",
			"Des sauvegardes sont stockées à un endpoint S3 qui n'est pas celui de Scaleway ("+e.host+").")
	case j.options.HDS && compliance.CheckRegion(e.region) != nil:
		j.fail(object, Critical, "Backups are stored in the region "+e.region+".",
			"Des sauvegardes sont stockées dans la région "+e.region+".")
	case e.isPlain:
		j.decide(object, "Backups are sent without TLS.", "Des sauvegardes sont envoyées sans TLS.")
	default:
		j.pass(object)
	}
}

// judgeBackupJobs compares the newest completed backups with the backup policy.
func judgeBackupJobs(j *judgement) {
	j.nothing("The cluster has no known backup tool.", "Le cluster n'a aucun outil de sauvegarde connu.")
	list := j.facts.InCluster.BackupJobs
	policy, isAttested := j.valid(kindBackupPolicy)
	limit, isKnown := backupLimit(policy)
	if isAttested && !isKnown {
		j.reads(&Gap{
			Reason: InputMissing, Needs: "frequency in " + kindBackupPolicy, Detail: "it is no duration, such as 24h",
		})
	}
	methods := fieldTexts(policy.Fields, "method")
	byTool := map[string][]BackupJob{}
	each(j, list, func(b BackupJob) { byTool[b.Tool] = append(byTool[b.Tool], b) })
	if isAttested && list.Missing() == nil {
		j.judgeAbsentTools(methods, byTool)
	}
	for _, tool := range slices.Sorted(maps.Keys(byTool)) {
		isJudged := isAttested && isKnown &&
			(tool != ToolVelero || slices.Contains(methods, "velero")) &&
			(tool != ToolSnapshots || slices.Contains(methods, "snapshot"))
		all := BackupJob{}
		for _, b := range byTool[tool] {
			all.include(b)
		}
		j.judgeNewest(Object{ID: tool, Source: list.Source}, all, limit, isJudged)
		for _, b := range byTool[tool] {
			if b.Name == "" {
				continue
			}
			object, interval := Object{ID: b.ID(), Source: list.Source}, tolerate(cronInterval(b.Schedule))
			if isJudged && interval > limit && !b.Paused && !isCoveredWithin(byTool[tool], b, limit) {
				object.Attribute, object.Value = "schedule", b.Schedule
				j.decide(object, "The schedule runs less often than the backup policy says, and no other schedule of "+
					"the tool is known to cover the same.",
					"La planification est moins fréquente que ne le prévoit la politique, et aucune autre de l'outil "+
						"ne couvre, à notre connaissance, les mêmes objets.")
				continue
			}
			j.judgeNewest(object, b, max(limit, interval), isJudged)
		}
	}
}

// judgeAbsentTools records the tools that the backup policy names and of which there is nothing. The methods dump and
// other leave no object that is known.
func (j *judgement) judgeAbsentTools(methods []string, byTool map[string][]BackupJob) {
	list, snapshots := j.facts.InCluster.BackupJobs, j.facts.Project.Snapshots
	if slices.Contains(methods, "velero") && len(byTool[ToolVelero]) == 0 {
		j.fail(Object{ID: ToolVelero, Source: list.Source, Attribute: "objects", Value: "none"}, Medium,
			"The backup policy names Velero, and the cluster has no schedule and no backup of it.",
			"La politique de sauvegarde cite Velero, et le cluster n'en a ni planification ni sauvegarde.")
	}
	// Velero deletes the snapshots that it moved to a bucket.
	hasTool := len(byTool[ToolSnapshots])+len(byTool[ToolVelero]) > 0
	if !slices.Contains(methods, "snapshot") || hasTool || len(snapshots.Items) > 0 {
		return
	}
	object := Object{ID: ToolSnapshots, Source: list.Source, Attribute: "objects", Value: "none"}
	if gap := snapshots.Missing(); gap != nil {
		j.unknown(object, *gap)
		return
	}
	j.fail(object, Medium, "The backup policy names snapshots, and neither the cluster nor the Project has one.",
		"La politique de sauvegarde cite des snapshots, et ni le cluster ni le Projet n'en a.")
}

// isCoveredWithin reports whether another schedule that is not paused and runs often enough covers what a schedule
// does.
func isCoveredWithin(jobs []BackupJob, slow BackupJob, limit time.Duration) bool {
	return slices.ContainsFunc(jobs, func(b BackupJob) bool {
		interval := cronInterval(b.Schedule)
		return b.Name != "" && b.ID() != slow.ID() && !b.Paused && interval > 0 && tolerate(interval) <= limit &&
			b.Covers.contains(slow.Covers)
	})
}

// include adds a job to the job that stands for all of a tool.
func (b *BackupJob) include(other BackupJob) {
	if other.NewestCompletedAt != nil &&
		(b.NewestCompletedAt == nil || other.NewestCompletedAt.After(*b.NewestCompletedAt)) {
		b.NewestCompletedAt = other.NewestCompletedAt
	}
	if other.CreatedAt != nil && (b.CreatedAt == nil || other.CreatedAt.Before(*b.CreatedAt)) {
		b.CreatedAt = other.CreatedAt
	}
}

// judgeNewest judges the newest completed backup of a tool or a schedule.
func (j *judgement) judgeNewest(object Object, b BackupJob, limit time.Duration, isJudged bool) {
	since, missing := j.now.Add(-limit), j.facts.InCluster.BackupJobs.Missing()
	object.Attribute, object.Value = "newest completed backup", "none"
	if b.NewestCompletedAt != nil {
		object.Value, object.changesDaily = b.NewestCompletedAt.UTC().Format(time.DateOnly), true
	}
	switch {
	case b.Paused && isJudged:
		object.Attribute, object.Value, object.changesDaily = "paused", "true", false
		j.decide(object, "A schedule is paused.", "Une planification est suspendue.")
	case !isJudged && b.NewestCompletedAt == nil:
		j.passWith(object, "There is no completed backup.", "Il n'existe aucune sauvegarde terminée.")
	case !isJudged:
		j.passWith(object, "There is a completed backup.", "Il existe une sauvegarde terminée.")
	case b.NewestCompletedAt != nil && !b.NewestCompletedAt.Before(since):
		j.passWith(object, "There is a recent backup.", "Il existe une sauvegarde récente.")
	case missing != nil:
		j.unknown(object, *missing)
	case b.NewestCompletedAt == nil && b.CreatedAt != nil && b.CreatedAt.After(since):
		j.passWith(object, "A backup tool or a schedule is new.", "Un outil ou une planification est récent.")
	case b.NewestCompletedAt == nil:
		j.fail(object, Medium, "There is no completed backup, against the backup policy.",
			"Il n'existe aucune sauvegarde terminée, contrairement à la politique de sauvegarde.")
	default:
		date := b.NewestCompletedAt.UTC().Format(time.DateOnly)
		j.fail(object, Medium, "The newest completed backup is of "+date+", older than the backup policy says.",
			"La sauvegarde terminée la plus récente est du "+date+", plus ancienne que ne le prévoit la politique.")
	}
}

// The tools of backup jobs.
const (
	ToolVelero        = "velero"
	ToolCloudNativePG = "cloudnative-pg"
	ToolK8up          = "k8up"
	ToolSnapshots     = "snapshots" // VolumeSnapshots.
)

// kindSnapshotLocation is Velero's kind of a location of volume snapshots.
const kindSnapshotLocation = "VolumeSnapshotLocation"

// The providers of backup locations that are judged.
const (
	providerS3  = "s3"
	providerCSI = "csi"
)

// provider returns the provider in the form of the constants: Velero calls S3 "aws" or "velero.io/aws".
func (l BackupLocation) provider() string {
	name := strings.ToLower(l.Provider[strings.LastIndexByte(l.Provider, '/')+1:])
	if name == "aws" {
		return providerS3
	}
	return name
}

// otherProviders returns providers of backup locations whose storage is not Scaleway's.
func otherProviders() []string {
	return []string{"azure", "gcp", "gcs", "google", "alibabacloud", "alicloud", "b2", "swift", "oci", "digitalocean"}
}
