package assessment

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// exportDelay is the time after which a daily export is late.
const exportDelay = 48 * time.Hour

// auditTrailChecks returns the checks of Audit Trail.
func auditTrailChecks() []Check {
	return []Check{
		{
			ID: "audit_trail_export", Layer: LayerOrganization, Severity: High,
			Title: Text{EN: "Export of Audit Trail", FR: "Export d'Audit Trail"},
			Expected: Text{
				EN: "An export job of fr-par ran within 48 hours, and its last run succeeded.",
				FR: "Une tâche d'export de fr-par s'est exécutée sous 48 heures, et sa dernière exécution a réussi.",
			},
			Remedy: Text{
				EN: "Create the resource srm_audit_trail_export with a bucket in fr-par, or correct the bucket and " +
					"its policy; a new job exports the past 90 days, and storage is billed.",
				FR: "Créer la ressource srm_audit_trail_export avec un bucket en fr-par, ou corriger le bucket et " +
					"sa politique ; une nouvelle tâche exporte les 90 derniers jours, et le stockage est facturé.",
			},
			judge: judgeExport,
		},
		{
			ID: "audit_trail_bucket", Layer: LayerOrganization, Severity: Medium,
			Title: Text{EN: "Bucket of the Audit Trail export", FR: "Bucket de l'export d'Audit Trail"},
			Expected: Text{
				EN: "The bucket is versioned and not public, locks new objects for required_log_retention_days at " +
					"least, and for health data is in fr-par.",
				FR: "Le bucket est versionné et non public, verrouille les nouveaux objets au moins " +
					"required_log_retention_days jours et, pour des données de santé, est en fr-par.",
			},
			Remedy: Text{
				EN: "Set versioning, then object lock with a default retention (s3api " +
					"put-object-lock-configuration), which cannot be undone; prefer a bucket in a Project whose " +
					"administrators are not those that are observed.",
				FR: "Activer le versionnement, puis l'object lock avec une conservation par défaut (s3api " +
					"put-object-lock-configuration), sans retour possible ; préférer un bucket dans un Projet dont " +
					"les administrateurs ne sont pas ceux qui sont observés.",
			},
			judge: judgeExportBucket,
		},
		{
			ID: "audit_trail_alerts", Layer: LayerOrganization, Severity: Low,
			Title: Text{EN: "Alert rules of Audit Trail", FR: "Règles d'alerte d'Audit Trail"},
			Expected: Text{
				EN: "The preconfigured alert rules of fr-par are enabled.",
				FR: "Les règles d'alerte préconfigurées de fr-par sont activées.",
			},
			Remedy: Text{
				EN: "Enable the rules in the console; alerts go to the subscribers of the category Security.",
				FR: "Activer les règles dans la console ; les alertes vont aux abonnés de la catégorie Sécurité.",
			},
			judge: judgeAlertRules,
		},
	}
}

// exportObject returns an export job as the object of a check.
func (j *judgement) exportObject(e ExportJob, attribute, value string) Object {
	return Object{
		ID: e.Region + "/" + e.ID, Source: j.organization.ExportJobs.Source, Attribute: attribute, Value: value,
	}
}

func judgeExport(j *judgement) {
	jobs := j.organization.ExportJobs
	each(j, jobs, j.judgeExportJob)
	if jobs.Missing() == nil && len(jobs.Items) == 0 {
		j.fail(Object{ID: j.facts.Scope(), Source: jobs.Source, Attribute: "export_jobs", Value: "0"}, High,
			"Audit Trail is not exported from fr-par.", "Audit Trail n'est pas exporté depuis fr-par.")
	}
}

// judgeExportJob judges the last run of a job.
func (j *judgement) judgeExportJob(e ExportJob) {
	o := j.exportObject(e, "last_run_at", "null")
	if e.LastRunAt == nil {
		created, ok := known(j, j.exportObject(e, "created_at", ""), e.CreatedAt)
		switch {
		case !ok:
		case created.Add(exportDelay).Before(j.now):
			date := created.UTC().Format(time.DateOnly)
			j.fail(o, High, "The job was created on "+date+" and has never run.",
				"La tâche a été créée le "+date+" et ne s'est jamais exécutée.")
		default:
			j.unknown(o, Gap{Reason: Changing, Detail: "created " + created.UTC().Format(time.RFC3339)})
		}
		return
	}
	if status, ok := known(j, j.exportObject(e, "last_status.code", ""), e.LastStatus); !ok {
		return
	} else if status != "success" {
		j.fail(j.exportObject(e, "last_status.code", status), High, "The last run of the job failed.",
			"La dernière exécution de la tâche a échoué.")
		return
	}
	date := e.LastRunAt.UTC().Format(time.DateOnly)
	o.Value = e.LastRunAt.UTC().Format(time.RFC3339)
	if e.LastRunAt.Add(exportDelay).Before(j.now) {
		j.fail(
			o,
			High,
			"The last run of the job was on "+date+".",
			"La dernière exécution de la tâche date du "+date+".",
		)
		return
	}
	o.changesDaily = true
	j.passWith(o, "The last run of the job succeeded.", "La dernière exécution de la tâche a réussi.")
}

func judgeExportBucket(j *judgement) {
	j.nothing("There is no export job, and thus no bucket.", "Il n'y a pas de tâche d'export, donc pas de bucket.")
	each(j, j.organization.ExportJobs, func(e ExportJob) {
		o := j.exportObject(e, "s3", "")
		if missing := e.Bucket.Missing(); missing != nil {
			j.unknown(o, *missing)
			return
		}
		o.ID, o.Source = "bucket/"+e.Bucket.Value.Name, e.Bucket.Source
		j.judgeExportBucket(o, *e.Bucket.Value)
	})
}

// judgeExportBucket judges the settings of a bucket, each as an object.
func (j *judgement) judgeExportBucket(o Object, b ExportBucket) {
	if j.options.HDS {
		o.Attribute = "region"
		if region, ok := setting(j, o, b.Region); ok {
			o.Value = region
			j.passOrFail(o, region == "fr-par", "The bucket is outside fr-par.", "Le bucket est hors de fr-par.")
		}
	}
	o.Attribute = "versioning"
	if isVersioned, ok := setting(j, o, b.Versioning); ok {
		o.Value = strconv.FormatBool(isVersioned)
		j.passOrFail(o, isVersioned, "The bucket is not versioned.", "Le bucket n'est pas versionné.")
	}
	o.Attribute = "public"
	if isPublic, ok := setting(j, o, b.Public); ok {
		o.Value = strconv.FormatBool(isPublic)
		j.passOrFail(o, !isPublic, "The bucket is public.", "Le bucket est public.")
	}
	o.Attribute = "object_lock"
	if lock, ok := setting(j, o, b.ObjectLock); ok {
		j.judgeLock(o, lock)
	}
}

// setting returns a setting of a bucket. If it was not read, it is not evaluated, and setting returns false.
func setting[T any](j *judgement, o Object, fact Fact[T]) (T, bool) {
	if missing := fact.Missing(); missing != nil {
		j.unknown(o, *missing)
		var zero T
		return zero, false
	}
	return *fact.Value, true
}

// judgeLock judges object lock with its default retention: without one, new objects are not locked.
func (j *judgement) judgeLock(o Object, lock BucketLock) {
	isEnabled, ok := known(j, o, lock.Enabled)
	if !ok {
		return
	}
	o.Value = strconv.FormatBool(isEnabled)
	j.passOrFail(o, isEnabled, "The bucket has no object lock.", "Le bucket n'a pas d'object lock.")
	if !isEnabled {
		return
	}
	o.Attribute, o.Value = "default_retention", ""
	days, ok := known(j, o, lock.RetentionDays)
	if !ok {
		return
	}
	o.Value = strings.TrimSpace(fmt.Sprintf("%d days %s", days, lock.RetentionMode))
	required := j.options.Inputs.RequiredLogRetentionDays
	switch {
	case days == 0:
		j.passOrFail(o, false, "Object lock has no default retention: new objects are not locked.",
			"L'object lock n'a pas de conservation par défaut : les nouveaux objets ne sont pas verrouillés.")
	case required == 0:
		j.unknown(o, Gap{Reason: InputMissing, Needs: "required_log_retention_days"})
	default:
		j.passOrFail(o, days >= required, fmt.Sprintf("New objects are locked for less than %d days.", required),
			fmt.Sprintf("Les nouveaux objets sont verrouillés moins de %d jours.", required))
	}
}

// passOrFail records an object of medium severity.
func (j *judgement) passOrFail(o Object, isGood bool, en, fr string) {
	if isGood {
		j.pass(o)
		return
	}
	j.fail(o, Medium, en, fr)
}

func judgeAlertRules(j *judgement) {
	rules := j.organization.AlertRules
	j.nothing("Audit Trail has no preconfigured rule.", "Audit Trail n'a aucune règle préconfigurée.")
	enabled := 0
	o := Object{ID: j.facts.Scope(), Source: rules.Source, Attribute: "alert_rules"}
	each(j, rules, func(r AlertRule) {
		rule := Object{ID: "alert_rule/" + r.ID, Source: rules.Source, Attribute: "status"}
		status, ok := known(j, rule, r.Status)
		switch {
		case !ok:
		case status == "enabling" || status == "disabling":
			j.unknown(rule, Gap{Reason: Changing, Detail: status})
		case status == "enabled":
			enabled++
		}
	})
	if len(rules.Items) == 0 {
		return
	}
	o.Value = fmt.Sprintf("%d of %d enabled", enabled, len(rules.Items))
	switch {
	case enabled == len(rules.Items):
		j.pass(o)
	case enabled > 0:
		j.decide(o, "Some rules are disabled: a person has to judge whether the others suffice.",
			"Certaines règles sont désactivées : une personne doit juger si les autres suffisent.")
	case rules.Missing() == nil && len(j.objects) == 0:
		j.fail(o, Low, "No alert rule is enabled.", "Aucune règle d'alerte n'est activée.")
	}
}
