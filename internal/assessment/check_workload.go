package assessment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// workloadChecks returns the checks of volumes and workloads in the cluster.
func workloadChecks() []Check {
	return []Check{
		{
			ID: "volumes_encrypted", Layer: LayerCluster, Severity: Critical,
			Title: Text{EN: "Encryption of PersistentVolumes", FR: "Chiffrement des PersistentVolumes"},
			Expected: Text{
				EN: "Every PersistentVolume is a volume of csi.scaleway.com with encrypted = true.",
				FR: "Chaque PersistentVolume est un volume de csi.scaleway.com avec encrypted = true.",
			},
			Remedy: Text{
				EN: "Create a claim of an encrypted StorageClass, copy the data while the workload is stopped, " +
					"then delete the old claim and its volume: a volume cannot be encrypted in place.",
				FR: "Créer un claim d'une StorageClass chiffrée, copier les données, charge de travail arrêtée, " +
					"puis supprimer l'ancien claim et son volume : un volume ne se chiffre pas sur place.",
			},
			judge: judgeVolumesEncrypted,
		},
		{
			ID: "workload_volume_sources", Layer: LayerCluster, Severity: High,
			Title: Text{
				EN: "Storage that workloads mount without a claim",
				FR: "Stockage monté par les charges de travail sans claim",
			},
			Expected: Text{
				EN: "No workload mounts network storage inline, or a directory of its node writable.",
				FR: "Aucune charge de travail ne monte un stockage réseau en ligne, ni un répertoire de son nœud " +
					"en écriture.",
			},
			Remedy: Text{
				EN: "Use a claim of an encrypted StorageClass, or name an add-on that needs its node in an " +
					"attestation of the kind supply_chain; changing a template restarts its pods.",
				FR: "Utiliser un claim d'une StorageClass chiffrée, ou nommer un composant qui a besoin de son " +
					"nœud dans une attestation de type supply_chain ; modifier un modèle redémarre ses pods.",
			},
			judge: judgeVolumeSources,
		},
		{
			ID: "default_storage_class", Layer: LayerCluster, Severity: High,
			Title: Text{EN: "Default StorageClass", FR: "StorageClass par défaut"},
			Expected: Text{
				EN: "Exactly one StorageClass is the default, and it encrypts.",
				FR: "Exactement une StorageClass est celle par défaut, et elle chiffre.",
			},
			Remedy: Text{
				EN: "Run kubectl annotate storageclass NAME storageclass.kubernetes.io/is-default-class=false " +
					"--overwrite for every other default class, and =true for the encrypted one; existing volumes " +
					"stay as they are.",
				FR: "Exécuter kubectl annotate storageclass NOM storageclass.kubernetes.io/is-default-class=false " +
					"--overwrite pour les autres classes par défaut, et =true pour la classe chiffrée ; les " +
					"volumes existants ne changent pas.",
			},
			judge: judgeDefaultClass,
		},
	}
}

// healthSeverity returns the severity of a deviation in a namespace: another one if the namespace holds no health data.
func (j *judgement) healthSeverity(namespace string, health, other Severity) Severity {
	if j.options.HDS && j.options.Inputs.HoldsHealthData(namespace, j.facts.InCluster.Guardrails.Value) {
		return health
	}
	return other
}

// parsesTrue reports whether Scaleway's CSI driver reads a value as true.
func parsesTrue(value string) bool {
	parsed, err := strconv.ParseBool(value)
	return err == nil && parsed
}

func judgeVolumesEncrypted(j *judgement) {
	j.nothing("There is no PersistentVolume.", "Il n'existe aucun PersistentVolume.")
	volumes := j.facts.InCluster.Volumes
	each(j, volumes, func(v PersistentVolume) {
		namespace, _, hasClaim := strings.Cut(v.Claim, "/")
		o := Object{
			ID:        v.ID(),
			Name:      v.Claim,
			Source:    volumes.Source,
			Attribute: "spec.csi.volumeAttributes.encrypted",
			Value:     "absent",
		}
		if v.Encrypted != nil {
			o.Value = *v.Encrypted
		}
		switch {
		case v.Driver == "":
			o.Attribute, o.Value = "spec.csi.driver", ""
			j.unknown(o, Gap{Reason: NoAPIField, Needs: o.Attribute})
		case v.Driver != csiDriver:
			o.Attribute, o.Value = "spec.csi.driver", v.Driver
			j.decide(o, "The driver or source of the volume is "+v.Driver+", whose encryption no fact shows.",
				"Le pilote ou la source du volume est "+v.Driver+", dont aucun fait ne montre le chiffrement.")
		case v.HasKMSKey:
			o.Attribute, o.Value = "spec.csi.volumeAttributes.kmsKeyId", "set"
			j.decide(o, "A Key Manager key is set, so the CSI driver does not encrypt the volume.",
				"Une clé de Key Manager est définie : le pilote CSI ne chiffre pas le volume.")
		case v.Encrypted != nil && parsesTrue(*v.Encrypted) && v.HasPassphrase:
			j.pass(o)
		case v.Encrypted != nil && parsesTrue(*v.Encrypted):
			o.Attribute, o.Value = "spec.csi.nodeStageSecretRef", "absent"
			j.decide(o, "The volume has no Secret with a passphrase, so the CSI driver cannot mount it.",
				"Le volume n'a pas de Secret avec une phrase de passe : le pilote CSI ne peut pas le monter.")
		case !slices.Contains([]string{"Bound", "Released", "Failed"}, v.Phase):
			j.decide(o, "A volume without encryption is not bound to a claim; whether it holds data is unknown.",
				"Un volume sans chiffrement n'est lié à aucun claim ; on ignore s'il contient des données.")
		case !hasClaim:
			j.fail(o, Critical, "A volume is not encrypted.", "Un volume n'est pas chiffré.")
		default:
			j.fail(o, j.healthSeverity(namespace, Critical, Medium),
				"A volume of the namespace "+namespace+" is not encrypted.",
				"Un volume de l'espace de noms "+namespace+" n'est pas chiffré.")
		}
	})
}

func judgeDefaultClass(j *judgement) {
	j.nothing("There is no StorageClass.", "Il n'existe aucune StorageClass.")
	classes := j.facts.InCluster.StorageClasses
	defaults, encrypted := []StorageClass{}, 0
	each(j, classes, func(s StorageClass) {
		if s.IsDefault {
			defaults = append(defaults, s)
		}
		if s.encrypts() {
			encrypted++
		}
	})
	cluster := Object{
		ID: j.facts.ClusterID, Source: classes.Source, Attribute: "default StorageClasses", Value: "0",
	}
	switch {
	case len(defaults) > 0 || len(classes.Items) == 0 || classes.Missing() != nil:
	case encrypted == 0:
		j.fail(cluster, High, "No StorageClass encrypts.", "Aucune StorageClass ne chiffre.")
	default:
		j.decide(cluster, "No StorageClass is the default, so a claim without a class stays pending.",
			"Aucune StorageClass n'est celle par défaut : un claim sans classe reste en attente.")
	}
	for _, s := range defaults {
		o := Object{ID: s.ID(), Source: classes.Source, Attribute: "parameters.encrypted", Value: "absent"}
		if s.Encrypted != nil {
			o.Value = *s.Encrypted
		}
		switch {
		case s.Provisioner != csiDriver:
			o.Attribute, o.Value = "provisioner", s.Provisioner
			j.decide(o, "The default StorageClass is of another driver, whose encryption no fact shows.",
				"La StorageClass par défaut est d'un autre pilote, dont aucun fait ne montre le chiffrement.")
		case s.HasKMSKey:
			o.Attribute, o.Value = "parameters.kmsKeyId", "set"
			j.decide(o, "A Key Manager key is set in the default StorageClass, so the CSI driver does not encrypt.",
				"Une clé de Key Manager est définie dans la StorageClass par défaut : le pilote CSI ne chiffre pas.")
		case !s.encrypts():
			j.fail(o, High, "The default StorageClass does not encrypt.", "La StorageClass par défaut ne "+
				"chiffre pas.")
		case len(defaults) > 1:
			o.Attribute, o.Value = "is-default-class", "true"
			j.fail(
				o,
				High,
				"Several StorageClasses are the default.",
				"Plusieurs StorageClasses sont celles par défaut.",
			)
		default:
			j.pass(o)
		}
	}
}

// encrypts reports whether Scaleway's CSI driver encrypts the volumes of the class.
func (s StorageClass) encrypts() bool {
	return s.Provisioner == csiDriver && !s.HasKMSKey && s.Encrypted != nil && parsesTrue(*s.Encrypted)
}

func judgeVolumeSources(j *judgement) {
	j.nothing("There is no workload.", "Il n'existe aucune charge de travail.")
	workloads := j.facts.InCluster.Workloads
	addOns, _ := j.attestedAddOns()
	addOns = slices.DeleteFunc(addOns, func(a attestedAddOn) bool { return a.isRejected })
	each(j, workloads, func(w Workload) {
		if w.FromScaleway {
			return
		}
		o := Object{ID: w.ID(), Source: workloads.Source, Attribute: "spec.volumes", Value: "none"}
		if len(w.Volumes) == 0 {
			j.pass(o)
		}
		for _, v := range w.Volumes {
			o.Attribute, o.Value = "spec.volumes."+v.Name, v.Type
			if v.Detail != "" {
				o.Value += " " + v.Detail
			}
			j.judgeVolumeSource(w, v, o, addOns)
		}
	})
}

// judgeVolumeSource judges a volume of a workload.
func (j *judgement) judgeVolumeSource(w Workload, v PodVolume, o Object, addOns []attestedAddOn) {
	guardrails := j.facts.InCluster.Guardrails.Value
	isNamed := slices.ContainsFunc(addOns, func(a attestedAddOn) bool { return a.isOf(w.Namespace, w.Name) })
	switch v.Type {
	case "emptyDir", "gitRepo":
		if v.Type == "emptyDir" && v.Detail != "" {
			j.passWith(o, "An emptyDir is in memory.", "Un emptyDir est en mémoire.")
			return
		}
		j.passWith(
			o,
			"An emptyDir is on the disk of its node, which is not encrypted: no health data may be written there.",
			"Un emptyDir est sur le disque de son nœud, non chiffré : aucune donnée de santé ne doit y être écrite.",
		)
	case "hostPath":
		switch {
		case v.ReadOnly:
			j.passWith(o, "A directory of the node is mounted for reading only.",
				"Un répertoire du nœud est monté en lecture seule.")
		case w.Namespace == kubeSystem:
			j.passWith(o, "A workload in kube-system mounts a directory of its node.",
				"Une charge de travail de kube-system monte un répertoire de son nœud.")
		case isNamed:
			j.passWith(o, "An attestation of the kind supply_chain names the add-on.",
				"Une attestation de type supply_chain nomme le composant.")
		default:
			j.fail(o, j.healthSeverity(w.Namespace, Medium, Low), "A directory of the node is mounted writable.",
				"Un répertoire du nœud est monté en écriture.")
		}
	case "csi":
		switch {
		case v.HoldsNoData || guardrails != nil && slices.Contains(guardrails.InlineDrivers, v.Detail):
			j.passWith(
				o,
				"An inline CSI driver provides only Secrets and certificates, or is listed in the guardrails.",
				"Un pilote CSI en ligne ne fournit que des Secrets et certificats, ou figure dans les guardrails.",
			)
		case isNamed:
			j.passWith(o, "An attestation of the kind supply_chain names the add-on.",
				"Une attestation de type supply_chain nomme le composant.")
		default:
			j.decide(o, "An inline volume is of the CSI driver "+v.Detail+", whose encryption no fact shows.",
				"Un volume en ligne est du pilote CSI "+v.Detail+", dont aucun fait ne montre le chiffrement.")
		}
	case "":
		j.unknown(o, Gap{Reason: NoAPIField, Needs: o.Attribute})
	default:
		j.fail(o, j.healthSeverity(w.Namespace, High, Medium),
			fmt.Sprintf("A volume of the type %s is mounted inline.", v.Type),
			fmt.Sprintf("Un volume de type %s est monté en ligne.", v.Type))
	}
}
