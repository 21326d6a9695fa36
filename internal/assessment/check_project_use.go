package assessment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

func judgeRegistries(j *judgement) {
	j.nothing("No workload uses an image of Scaleway's registry.",
		"Aucune charge de travail n'utilise d'image du registre Scaleway.")
	list := j.facts.Project.Registries
	used := []string{}
	each(j, j.facts.InCluster.Workloads, func(w Workload) {
		if w.FromScaleway {
			return
		}
		for _, image := range w.Images {
			if endpoint, ok := registryEndpoint(image); ok && !slices.Contains(used, endpoint) {
				used = append(used, endpoint)
			}
		}
	})
	for _, endpoint := range used {
		i := slices.IndexFunc(list.Items, func(r RegistrySpace) bool { return r.Endpoint == endpoint })
		if i >= 0 {
			judgeRegistry(j, list.Items[i])
			continue
		}
		missing := list.Missing()
		if missing == nil { // It belongs to another Project.
			missing = &Gap{
				Reason: Forbidden,
				Needs:  "ContainerRegistryReadOnly in the Project of the namespace",
				Detail: lacks + endpoint,
			}
		}
		j.unknown(Object{ID: endpoint, Source: list.Source, Attribute: "is_public"}, *missing)
	}
}

// registryEndpoint returns the namespace of an image in Scaleway's registry, as the API writes it:
// "rg.fr-par.scw.cloud/images".
func registryEndpoint(image string) (string, bool) {
	parts := strings.Split(image, "/")
	isScaleway := strings.HasPrefix(parts[0], "rg.") && strings.HasSuffix(parts[0], ".scw.cloud")
	if !isScaleway || len(parts) < 3 {
		return "", false
	}
	return parts[0] + "/" + parts[1], true
}

func judgeRegistry(j *judgement, r RegistrySpace) {
	object := Object{
		ID: r.Region + "/" + r.ID, Name: r.Name, Source: j.facts.Project.Registries.Source, Attribute: "is_public",
	}
	isPublic, ok := known(j, object, r.IsPublic)
	if !ok {
		return
	}
	object.Value = strconv.FormatBool(isPublic)
	if isPublic {
		j.fail(object, Medium, "The namespace is public.", "Le namespace est public.")
	} else {
		j.pass(object)
	}
	if !j.options.HDS {
		return
	}
	object.Attribute, object.Value = "region", r.Region
	if compliance.CheckRegion(r.Region) != nil {
		j.fail(object, Low, "Images in use are stored in the region "+r.Region+".",
			"Des images utilisées sont stockées dans la région "+r.Region+".")
		return
	}
	j.pass(object)
}

func judgeRetention(j *judgement) {
	j.nothing(
		"Cockpit has no data source of logs: where logs are kept is declared in an attestation of the kind logging.",
		"Cockpit n'a pas de source de données de journaux : une attestation de type logging déclare leur conservation.",
	)
	required := j.options.Inputs.RequiredLogRetentionDays
	list := j.facts.Project.CockpitSources
	each(j, list, func(s CockpitSource) {
		if s.Type != "logs" {
			return
		}
		object := Object{
			ID: j.region() + "/" + s.ID, Name: s.Name, Source: list.Source, Attribute: "retention_days",
		}
		days, ok := known(j, object, s.RetentionDays)
		if !ok {
			return
		}
		object.Value = strconv.Itoa(days)
		kept := retentionText(s, days)
		switch {
		case required == 0:
			j.decide(object, kept.EN+" required_log_retention_days is not given.",
				kept.FR+" required_log_retention_days n'est pas renseigné.")
		case days < required:
			j.fail(object, Medium, fmt.Sprintf("%s %d days are required.", kept.EN, required),
				fmt.Sprintf("%s %d jours sont requis.", kept.FR, required))
		default:
			j.passWith(object, kept.EN, kept.FR)
		}
	})
}

// retentionText says which logs a data source keeps, for how long, and whether it received any.
func retentionText(s CockpitSource, days int) Text {
	text := Text{
		EN: fmt.Sprintf("Logs of applications are kept for %d days.", days),
		FR: fmt.Sprintf("Les journaux applicatifs sont conservés %d jours.", days),
	}
	if s.Origin == "scaleway" {
		text = Text{
			EN: fmt.Sprintf("Logs of Scaleway's products, such as the control plane, are kept for %d days.", days),
			FR: fmt.Sprintf(
				"Les journaux des produits Scaleway, dont le plan de contrôle, sont conservés %d jours.",
				days,
			),
		}
	}
	if s.UsedThisMonth != nil && !*s.UsedThisMonth {
		text.EN += " The source received nothing this month."
		text.FR += " La source n'a rien reçu ce mois-ci."
	}
	return text
}

// judgeProjectPurpose looks for other uses of the Project. A mutualised cluster cannot be for health data; of anything
// else the purpose is not known.
func judgeProjectPurpose(j *judgement) {
	j.nothing("The Project holds nothing beside the cluster and its resources.",
		"Le Projet ne contient que le cluster et ses ressources.")
	project := j.facts.Project
	if len(project.Neighbours) == 0 {
		j.reads(&Gap{Reason: NotAsked})
	}
	for _, list := range project.Neighbours {
		each(j, list.Collection, func(r Resource) {
			object := r.object(list.Source, "kind", r.Kind)
			if r.Kind != KindCluster {
				j.decide(object, "The Project holds other resources that may process data.",
					"Le Projet contient d'autres ressources qui peuvent traiter des données.")
				return
			}
			object.Attribute, object.Value = "type", r.Type
			if _, offer := clusterVariant(r.Type); r.Type != "" && offer != responsibility.Dedicated {
				j.fail(object, Medium, "The Project holds a cluster whose offer is not for health data.",
					"Le Projet contient un cluster dont l'offre ne permet pas les données de santé.")
				return
			}
			j.decide(object, "The Project holds another cluster.", "Le Projet contient un autre cluster.")
		})
	}
	each(j, project.Databases, func(d Database) {
		j.decide(d.object(project.Databases.Source, "kind", "database"),
			"The Project holds a managed database.", "Le Projet contient une base gérée.")
	})
}
