package report

import (
	"slices"
	"strings"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// dateOf returns the date of a time; "" for none.
func dateOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// period returns the day or the days of a date.
func (i Input) period(d assessment.DueDate) string {
	if d.Until == "" {
		return d.On
	}
	return d.On + i.say(" to ", " au ") + d.Until
}

// layers describes what was read, and what could not be read.
func (i Input) layers(a assessment.Assessment) string {
	texts := []string{}
	for _, layer := range a.Layers {
		name := layer
		switch name {
		case assessment.LayerAPI:
			name = i.say("Scaleway's API", "API de Scaleway")
		case assessment.LayerCluster:
			name = i.say("the cluster's Kubernetes API", "API Kubernetes du cluster")
		case assessment.LayerOrganization:
			name = i.say("the Organization", "Organisation")
		}
		isRead := slices.ContainsFunc(a.Findings, func(f assessment.Finding) bool {
			return f.Layer == layer && f.Result != assessment.NotEvaluated
		})
		if !isRead {
			name += i.say(" (not read)", " (pas lue)")
		}
		texts = append(texts, name)
	}
	return strings.Join(texts, ", ")
}

// checkTitle returns the title of a check, or of the kind of attestation that a check is about.
func (i Input) checkTitle(id string) string {
	if c, ok := assessment.LookupCheck(id); ok {
		return i.in(c.Title)
	}
	if kind, isDeclared := strings.CutPrefix(id, "attest_"); isDeclared {
		return i.kindTitle(kind)
	}
	return id
}

// needs returns what is missing for a result: permissions, layers, inputs. Their names stay as they are.
func (i Input) needs(text string) string {
	return i.in(assessment.Text{EN: text, FR: strings.NewReplacer(
		" in the Project", " dans le Projet", " in the Organization", " dans l'Organisation",
		", or the settings of the pools", ", ou les réglages des pools", "layer ", "couche ",
		"assessment of the Organization", "évaluation de l'Organisation",
		"a cluster of the Organization", "un cluster de l'Organisation",
		"a release with the check ", "une version avec le contrôle ", "result of ", "résultat de ",
	).Replace(text)})
}

// kindTitle returns the title of a kind of attestation.
func (i Input) kindTitle(name string) string {
	if kind, ok := assessment.LookupKind(name); ok {
		return i.in(kind.Title)
	}
	return name
}

// waiverState says what a waiver does.
func (i Input) waiverState(state string) string {
	switch state {
	case assessment.WaiverApplies:
		return i.say("in force", "en vigueur")
	case assessment.WaiverExpired:
		return i.say("expired: the deviation is open again", "expirée : l'écart est de nouveau ouvert")
	case assessment.WaiverFuture:
		return i.say("not yet in force", "pas encore en vigueur")
	case assessment.WaiverMatchesNone:
		return i.say("without effect: there is no such deviation", "sans effet : cet écart n'existe pas")
	case assessment.WaiverOtherScope:
		return i.say("about something that is not in this report", "porte sur un objet hors de ce rapport")
	case assessment.WaiverNotEvaluated:
		return i.say("without effect: the check was not evaluated", "sans effet : le contrôle n'a pas été évalué")
	}
	return state
}

// declaredState says what an attestation does.
func (i Input) declaredState(state string) string {
	switch state {
	case assessment.StateDecides:
		return i.say("counts", "prise en compte")
	case assessment.StateOlder:
		return i.say("replaced by a newer one", "remplacée par une plus récente")
	case assessment.StateOtherMinor:
		return i.say("about a version that does not run", "porte sur une version non exécutée")
	case assessment.StateOtherScope:
		return i.say("about something that is not in this report", "porte sur un objet hors de ce rapport")
	case assessment.StateFuture:
		return i.say("dated after this assessment", "datée d'après cette évaluation")
	}
	return state
}

// declaredResult returns the label of the result that an attestation declares.
func (i Input) declaredResult(result string) string {
	switch result {
	case assessment.ResultSuccess:
		return i.say("success", "succès")
	case assessment.ResultPartial:
		return i.say("partial", "partiel")
	case assessment.ResultFailed:
		return i.say("failed", "échec")
	}
	return result
}

// terms explains the words of the report to readers who do not run clusters.
func (i Input) terms() []namedValue {
	return []namedValue{
		{i.label(assessment.Fail), i.say(
			"What was read differs from the clause. It is open until it is corrected or waived.",
			"Ce qui a été lu diffère de la clause. Il reste ouvert jusqu'à sa correction ou une dérogation.",
		)},
		{i.label(assessment.NeedsDecision), i.say("The facts are known; a person has to judge them.",
			"Les faits sont connus ; une personne doit en juger.")},
		{i.label(assessment.NotEvaluated), i.say(
			"It could not be read, or a declaration is missing. It is neither good nor bad.",
			"La lecture n'a pas été possible, ou une déclaration manque. Ce n'est ni bon ni mauvais.",
		)},
		{i.label(assessment.Attested), i.say("It rests on a dated declaration of the customer.",
			"Cela repose sur une déclaration datée du client.")},
		{i.label(assessment.Inherited), i.say("It is Scaleway's duty, with the evidence that the customer holds.",
			"C'est une obligation de Scaleway, avec les preuves détenues par le client.")},
		{i.label(assessment.Pass), i.say("Nothing deviates in what was read. It is not a certificate.",
			"Rien ne diffère dans ce qui a été lu. Ce n'est pas une attestation de conformité.")},
		{i.say("waiver", "dérogation"), i.say("A risk owner accepts a deviation until a date. The deviation remains.",
			"Un porteur de risque accepte un écart jusqu'à une date. L'écart demeure.")},
		{"cluster", i.say("A group of machines (nodes) on which Kubernetes runs applications (pods).",
			"Un groupe de machines (nœuds) sur lesquelles Kubernetes exécute des applications (pods).")},
		{i.say("API server", "serveur d'API"), i.say("The entry through which the cluster is managed.",
			"Le point d'entrée par lequel le cluster est géré.")},
		{"Load Balancer", i.say("The entry through which users reach applications.",
			"Le point d'entrée par lequel les utilisateurs atteignent les applications.")},
		{"pool", i.say("Nodes of one type, created and replaced together.",
			"Des nœuds d'un même type, créés et remplacés ensemble.")},
	}
}

// sectionTitle returns the title of a section of the model in the report's language.
func (i Input) sectionTitle(section string) string { return i.in(heading(section)) }

// heading returns a heading of the model in both languages. One that is not known stays in English.
func heading(english string) assessment.Text {
	titles := slices.Concat(chapterTitles(), sectionTitles())
	if n := slices.IndexFunc(titles, func(t assessment.Text) bool { return t.EN == english }); n >= 0 {
		return titles[n]
	}
	return assessment.Text{EN: english, FR: english}
}

// chapterTitles returns the headings of the model's chapters.
func chapterTitles() []assessment.Text {
	return []assessment.Text{
		{EN: "Security of the Cloud", FR: "Sécurité du cloud"},
		{EN: "Security in the Cloud", FR: "Sécurité dans le cloud"},
		{EN: "Cluster variants: Kapsule vs Kosmos", FR: "Variantes de cluster : Kapsule et Kosmos"},
		{EN: "Specific provisions for HDS", FR: "Dispositions propres à HDS"},
	}
}

// sectionTitles returns the headings of the model, in English as they are, and in French.
func sectionTitles() []assessment.Text {
	return []assessment.Text{
		{
			EN: "Shared Responsibility Model for Scaleway Managed Kubernetes Services (Kapsule & Kosmos)",
			FR: "Modèle de responsabilité partagée de Kubernetes managé (Kapsule et Kosmos)",
		},
		{
			EN: "Security in the Cloud (User's responsibility)",
			FR: "Sécurité dans le cloud (responsabilité de l'utilisateur)",
		},
		{EN: "What is a managed Kubernetes service?", FR: "Qu'est-ce qu'un service Kubernetes managé ?"},
		{
			EN: "What components of Kubernetes are managed by Scaleway?",
			FR: "Quels composants de Kubernetes Scaleway gère-t-il ?",
		},
		{EN: "Components and features handled by Scaleway", FR: "Composants et fonctions gérés par Scaleway"},
		{EN: "Infrastructure and platform operations", FR: "Exploitation de l'infrastructure et de la plateforme"},
		{EN: "Service resiliency and availability", FR: "Résilience et disponibilité du service"},
		{EN: "Integration with other Scaleway services", FR: "Intégration avec d'autres services de Scaleway"},
		{EN: "Platform security and updates", FR: "Sécurité et mises à jour de la plateforme"},
		{EN: "Kubernetes cluster configuration", FR: "Configuration du cluster Kubernetes"},
		{EN: "Node pools, images, and workloads", FR: "Pools de nœuds, images et charges de travail"},
		{EN: "Networking and VPC security", FR: "Réseau et sécurité du VPC"},
		{EN: "Identity, access management, and credentials", FR: "Identités, gestion des accès et identifiants"},
		{EN: "Workload security and data protection", FR: "Sécurité des charges de travail et protection des données"},
		{EN: "Add-ons", FR: "Modules complémentaires"},
		{EN: "Mutualised vs Dedicated", FR: "Mutualisé ou dédié"},
		{EN: "Kapsule", FR: "Kapsule"},
		{EN: "Kosmos", FR: "Kosmos"},
		{EN: "Version lifecycle and End-of-Support policy", FR: "Cycle de vie des versions et fin de support"},
		{EN: "Lifecycle stages", FR: "Étapes du cycle de vie"},
		{EN: "Usage compliance", FR: "Conformité de l'usage"},
		{EN: "Data protection and encryption", FR: "Protection et chiffrement des données"},
		{EN: "Data deletion and resource lifecycle", FR: "Suppression des données et cycle de vie des ressources"},
		{EN: "Incident response and remediation", FR: "Réponse aux incidents et remédiation"},
		{
			EN: "Specific provisions for Health Data Hosting (HDS) with Kapsule Dedicated offer",
			FR: "Dispositions propres à l'hébergement de données de santé (HDS) avec l'offre Kapsule dédiée",
		},
		{EN: "Backup", FR: "Sauvegarde"},
		{EN: "Data residency", FR: "Résidence des données"},
		{EN: "Identification of HDS-compliant resources", FR: "Identification des ressources conformes HDS"},
		{EN: "Data encryption", FR: "Chiffrement des données"},
		{EN: "Logs and traceability", FR: "Journaux et traçabilité"},
		{EN: "Reversibility", FR: "Réversibilité"},
	}
}
