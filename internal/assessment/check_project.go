package assessment

// projectChecks returns the checks of the Project: where its resources are, and what else it holds.
func projectChecks() []Check {
	return []Check{
		{
			ID: "resource_zones_fr_par", Layer: LayerAPI, Severity: High, HDSOnly: true,
			Title: Text{EN: "Zones of the cluster's resources", FR: "Zones des ressources du cluster"},
			Expected: Text{
				EN: "Pools, Load Balancers, volumes and gateways of the cluster are in fr-par-1, fr-par-2 or fr-par-3.",
				FR: "Les pools, Load Balancers, volumes et passerelles du cluster sont en fr-par-1, fr-par-2 ou " +
					"fr-par-3.",
			},
			Remedy: Text{
				EN: "Create the resource again in fr-par, move its data, then delete it: resources cannot move.",
				FR: "Recréer la ressource en fr-par, déplacer ses données, puis la supprimer : une ressource ne se " +
					"déplace pas.",
			},
			judge: judgeZones,
		},
		{
			ID: "project_other_regions", Layer: LayerAPI, Severity: High, HDSOnly: true, OnlyProject: true,
			Title: Text{
				EN: "Resources of the Project outside fr-par",
				FR: "Ressources du Projet hors de fr-par",
			},
			Expected: Text{
				EN: "The Project has no volume, snapshot, database, Load Balancer or gateway outside fr-par. The " +
					"API does not link them to a cluster, only to the Project.",
				FR: "Le Projet n'a ni volume, ni snapshot, ni base, ni Load Balancer, ni passerelle hors de fr-par. " +
					"L'API ne les rattache pas à un cluster, seulement au Projet.",
			},
			Remedy: Text{
				EN: "Move the data to fr-par and delete the resource, or keep it in a Project without health data.",
				FR: "Déplacer les données en fr-par et supprimer la ressource, ou la garder dans un Projet sans " +
					"données de santé.",
			},
			judge: judgeOtherRegions,
		},
		{
			ID: "registry_namespace", Layer: LayerAPI, Severity: Medium,
			Title: Text{
				EN: "Namespaces of Container Registry in use",
				FR: "Namespaces de Container Registry utilisés",
			},
			Expected: Text{
				EN: "Images of Scaleway's registry come from private namespaces; for health data, in fr-par.",
				FR: "Les images du registre Scaleway viennent de namespaces privés ; pour des données de santé, en " +
					"fr-par.",
			},
			Remedy: Text{
				EN: "Run scw registry namespace update NAMESPACE_ID is-public=false; pods then need a pull Secret.",
				FR: "Exécuter scw registry namespace update NAMESPACE_ID is-public=false ; les pods ont alors " +
					"besoin d'un Secret d'accès au registre.",
			},
			judge: judgeRegistries,
		},
		{
			ID: "cockpit_retention", Layer: LayerAPI, Severity: Medium,
			Title: Text{EN: "Retention of logs in Cockpit", FR: "Conservation des journaux dans Cockpit"},
			Expected: Text{
				EN: "Data sources of logs keep them for required_log_retention_days at least.",
				FR: "Les sources de données de journaux les conservent au moins required_log_retention_days jours.",
			},
			Remedy: Text{
				EN: "Run scw cockpit data-sources update DATA_SOURCE_ID retention-days=DAYS; storage is billed. " +
					"Lowering the retention deletes logs for good.",
				FR: "Exécuter scw cockpit data-sources update DATA_SOURCE_ID retention-days=JOURS ; le stockage est " +
					"facturé. Réduire la durée supprime définitivement des journaux.",
			},
			judge: judgeRetention,
		},
		{
			ID: "project_purpose", Layer: LayerAPI, Severity: Medium, HDSOnly: true, Indicator: true,
			Title: Text{EN: "Other uses of the Project", FR: "Autres usages du Projet"},
			Expected: Text{
				EN: "The Project has no other cluster, and no Instance, database or serverless namespace beside the " +
					"cluster.",
				FR: "Le Projet n'a pas d'autre cluster, ni Instance, base ou namespace serverless à côté du cluster.",
			},
			Remedy: Text{
				EN: "Move what is not for health data to another Project, or state the use in an attestation of the " +
					"kind purpose.",
				FR: "Déplacer vers un autre Projet ce qui n'est pas destiné aux données de santé, ou déclarer " +
					"l'usage dans une attestation de type purpose.",
			},
			judge: judgeProjectPurpose,
		},
	}
}
