package assessment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// snapshotChecks returns the checks of snapshots, and of volumes that are left over.
func snapshotChecks() []Check {
	return []Check{
		{
			ID: "snapshot_public", Layer: LayerAPI, Severity: Critical,
			Title:    Text{EN: "Public snapshots", FR: "Snapshots publics"},
			Expected: Text{EN: "No snapshot of the Project is public.", FR: "Aucun snapshot du Projet n'est public."},
			Remedy: Text{
				EN: "Send PATCH /block/v1/zones/ZONE/snapshots/ID with public = false, find out who created a volume " +
					"from the snapshot, and treat its data as disclosed.",
				FR: "Envoyer PATCH /block/v1/zones/ZONE/snapshots/ID avec public = false, rechercher qui a créé un " +
					"volume à partir du snapshot, et considérer ses données comme divulguées.",
			},
			judge: judgeSnapshotsPublic,
		},
		{
			ID: "snapshot_age", Layer: LayerAPI, Severity: Low, Indicator: true,
			Title: Text{EN: "Age of the snapshots of volumes", FR: "Âge des snapshots des volumes"},
			Expected: Text{
				EN: "Where the backup policy names snapshots, every volume of a claim has a snapshot that is recent " +
					"enough and that outlasts its VolumeSnapshot.",
				FR: "Si la politique de sauvegarde prévoit des snapshots, chaque volume d'un claim a un snapshot " +
					"assez récent, qui survit à son VolumeSnapshot.",
			},
			Remedy: Text{
				EN: "Create a VolumeSnapshot of a class with deletionPolicy Retain for each claim on a schedule; " +
					"each snapshot is billed by its size.",
				FR: "Créer à échéances régulières, pour chaque claim, un VolumeSnapshot d'une classe dont " +
					"deletionPolicy est Retain ; chaque snapshot est facturé selon sa taille.",
			},
			judge: judgeSnapshotAge,
		},
		{
			ID: "volume_left", Layer: LayerAPI, Severity: Low,
			Title: Text{EN: "Volumes that nothing uses", FR: "Volumes inutilisés"},
			Expected: Text{
				EN: fmt.Sprintf("No volume that the CSI driver created is detached for more than %d days without a "+
					"PersistentVolume.", leftDays),
				FR: fmt.Sprintf("Aucun volume créé par le pilote CSI n'est détaché depuis plus de %d jours sans "+
					"PersistentVolume.", leftDays),
			},
			Remedy: Text{
				EN: "Run scw block volume delete VOLUME_ID once its data is not needed, and only then delete the " +
					"passphrase that encrypts it; it is billed until then.",
				FR: "Exécuter scw block volume delete VOLUME_ID dès que ses données sont inutiles, puis seulement " +
					"supprimer la phrase de passe qui le chiffre ; il est facturé d'ici là.",
			},
			judge: judgeVolumesLeft,
		},
	}
}

// object returns the snapshot as the object of a check.
func (s Snapshot) object(source, attribute, value string) Object {
	return Object{ID: s.Zone + "/" + s.ID, Name: s.Name, Source: source, Attribute: attribute, Value: value}
}

// exists reports whether the snapshot is complete and not being deleted.
func (s Snapshot) exists() bool {
	return slices.Contains([]string{"available", "in_use", "locked", "exporting"}, s.Status)
}

func judgeSnapshotsPublic(j *judgement) {
	j.nothing("The Project has no snapshot of Block Storage.", "Le Projet n'a aucun snapshot de Block Storage.")
	list := j.facts.Project.Snapshots
	each(j, list, func(s Snapshot) {
		object := s.object(list.Source, "public", "")
		isPublic, ok := known(j, object, s.Public)
		if !ok {
			return
		}
		object.Value = strconv.FormatBool(isPublic)
		if isPublic {
			j.fail(object, Critical, "Anyone can create a volume from the snapshot.",
				"N'importe qui peut créer un volume à partir du snapshot.")
			return
		}
		j.pass(object)
	})
}

// snapshotLimit returns the age that the newest snapshot of a volume may have, and false if neither an input nor the
// backup policy gives it.
func (j *judgement) snapshotLimit(policy Attestation) (time.Duration, bool) {
	if days := j.options.Inputs.MaxSnapshotAgeDays; days > 0 {
		return time.Duration(days) * 24 * time.Hour, true
	}
	return backupLimit(policy)
}

// judgeSnapshotAge lists the newest snapshot of each volume. It is a deviation only where the backup policy rests on
// snapshots: Velero's repository and dumps of databases leave none.
func judgeSnapshotAge(j *judgement) {
	j.nothing("No claim has a volume of Block Storage.", "Aucun claim n'a de volume de Block Storage.")
	policy, isAttested := j.valid(kindBackupPolicy)
	if !isAttested || !slices.Contains(fieldTexts(policy.Fields, "method"), "snapshot") {
		j.listSnapshots()
		return
	}
	limit, ok := j.snapshotLimit(policy)
	if !ok {
		j.reads(&Gap{Reason: InputMissing, Needs: "max_snapshot_age_days"})
		return
	}
	snapshots := j.facts.Project.Snapshots
	j.reads(snapshots.Missing())
	j.reads(j.facts.InCluster.SnapshotContents.Missing())
	since := j.now.Add(-limit)
	j.eachClaimedVolume(func(v PersistentVolume, object Object, newest *Snapshot, isDated bool) {
		namespace, _, _ := strings.Cut(v.Claim, "/")
		severity := j.healthSeverity(namespace, Low, Info)
		switch {
		case newest != nil && newest.CreatedAt.After(since):
			if j.deletesWithObject(newest.ID) {
				object.Attribute, object.Value = "spec.deletionPolicy", "Delete"
				j.decide(object, "The newest snapshot of a volume is deleted with its VolumeSnapshot.",
					"Le snapshot le plus récent d'un volume est supprimé avec son VolumeSnapshot.")
				return
			}
			j.passWith(object, "A volume has a recent snapshot.", "Un volume a un snapshot récent.")
		case snapshots.Missing() != nil:
			j.unknown(object, *snapshots.Missing())
		case !isDated:
			j.unknown(object, Gap{Reason: NoAPIField, Needs: "created_at"})
		case v.CreatedAt == nil:
			j.unknown(object, Gap{Reason: NoAPIField, Needs: "metadata.creationTimestamp"})
		case v.CreatedAt.After(since):
			j.passWith(object, "A volume is new.", "Un volume est récent.")
		case newest == nil:
			j.fail(object, severity, "A volume has no snapshot, on which the backup policy rests.",
				"Un volume n'a aucun snapshot, sur lequel repose la politique de sauvegarde.")
		default:
			j.fail(
				object,
				severity,
				"The newest snapshot of a volume is older than the backup policy or the input allows.",
				"Le snapshot le plus récent d'un volume est plus ancien que ne l'admet la politique ou le paramètre.",
			)
		}
	})
}

// listSnapshots records the newest snapshot of each volume, without a deviation.
func (j *judgement) listSnapshots() {
	j.reads(j.facts.Project.Snapshots.Missing())
	j.eachClaimedVolume(func(_ PersistentVolume, object Object, newest *Snapshot, _ bool) {
		if newest == nil {
			j.passWith(object, "A volume has no snapshot.", "Un volume n'a aucun snapshot.")
			return
		}
		j.passWith(object, "A volume has a snapshot.", "Un volume a un snapshot.")
	})
}

// eachClaimedVolume calls visit for the volumes of claims, with the newest snapshot of each, or nil. isDated is false
// if a snapshot of the volume has no date.
func (j *judgement) eachClaimedVolume(visit func(v PersistentVolume, o Object, newest *Snapshot, isDated bool)) {
	newest, undated := map[string]Snapshot{}, map[string]bool{}
	for _, s := range j.facts.Project.Snapshots.Items {
		switch {
		case s.VolumeID == "" || !s.exists():
		case s.CreatedAt == nil:
			undated[s.VolumeID] = true
		case newest[s.VolumeID].CreatedAt == nil || s.CreatedAt.After(*newest[s.VolumeID].CreatedAt):
			newest[s.VolumeID] = s
		}
	}
	volumes := j.facts.InCluster.Volumes
	each(j, volumes, func(v PersistentVolume) {
		if v.Driver != csiDriver || v.Claim == "" || v.Phase != "Bound" {
			return
		}
		object := Object{
			ID: v.ID(), Name: v.Claim, Source: j.facts.Project.Snapshots.Source, Attribute: "created_at", Value: "none",
		}
		id := volumeID(v)
		s, ok := newest[id]
		if !ok {
			visit(v, object, nil, !undated[id])
			return
		}
		object.Value, object.changesDaily = s.CreatedAt.UTC().Format(time.DateOnly), true
		visit(v, object, &s, !undated[id])
	})
}

// deletesWithObject reports whether a snapshot is deleted together with its VolumeSnapshot.
func (j *judgement) deletesWithObject(snapshotID string) bool {
	return slices.ContainsFunc(j.facts.InCluster.SnapshotContents.Items, func(c SnapshotContent) bool {
		return c.Driver == csiDriver && c.snapshotID() == snapshotID && c.DeletionPolicy == "Delete"
	})
}

// leftDays is the number of days after which a detached volume is left over.
const leftDays = 90

func judgeVolumesLeft(j *judgement) {
	j.nothing("The CSI driver created no volume in the Project.", "Le pilote CSI n'a créé aucun volume dans le Projet.")
	list, inCluster := j.facts.Project.Volumes, j.facts.InCluster.Volumes
	j.reads(inCluster.Missing())
	handles := map[string]bool{}
	for _, v := range inCluster.Items {
		if v.Driver == csiDriver {
			handles[volumeID(v)] = true
		}
	}
	isOnlyCluster := j.isOnlyCluster()
	each(j, list, func(v Volume) {
		if !v.IsCSI && !handles[v.ID] {
			return
		}
		object := v.object(list.Source, "references", "")
		isReferenced, ok := known(j, object, v.IsReferenced)
		if !ok {
			return
		}
		if handles[v.ID] || isReferenced {
			object.Value = "in use"
			j.pass(object)
			return
		}
		// A volume that was never attached is unused since its creation.
		object.Attribute = "last_detached_at"
		unused := v.LastDetachedAt
		if unused == nil {
			object.Attribute, unused = "created_at", v.CreatedAt
		}
		since, ok := known(j, object, unused)
		if !ok {
			return
		}
		object.Value = since.UTC().Format(time.DateOnly)
		switch missing := inCluster.Missing(); {
		case !since.AddDate(0, 0, leftDays).Before(j.now):
			j.pass(object)
		case missing != nil:
			j.unknown(object, *missing)
		case !isOnlyCluster:
			j.decide(object, "No PersistentVolume of this cluster uses the volume; another cluster of the Project may.",
				"Aucun PersistentVolume de ce cluster n'utilise le volume ; un autre cluster du Projet le peut.")
		default:
			j.fail(object, Low, "No PersistentVolume and no other object uses the volume.",
				"Aucun PersistentVolume ni aucun autre objet n'utilise le volume.")
		}
	})
}

// isOnlyCluster reports whether the Project is known to have no other cluster.
func (j *judgement) isOnlyCluster() bool {
	i := slices.IndexFunc(j.facts.Project.Neighbours, func(l ResourceList) bool { return l.Kind == KindCluster })
	return i >= 0 && j.facts.Project.Neighbours[i].Missing() == nil && len(j.facts.Project.Neighbours[i].Items) == 0
}
