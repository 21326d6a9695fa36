package assessment

// accessKinds returns the kinds about access, logs and networks.
func accessKinds() []Kind {
	return []Kind{
		{
			Name: "access_review", MaxDays: 90, judge: judgeDeclaredAccessReview,
			Title: Text{EN: "Access review", FR: "Revue des accès"},
			Expected: Text{
				EN: "The list of access that was reviewed is the one of this assessment.",
				FR: "La liste d'accès revue est celle de cette évaluation.",
			},
			Fields: []Field{
				need("list_digest", TypeDigest, "Digest of the list that was reviewed, from the assessment",
					"Empreinte de la liste revue, donnée par l'évaluation"),
				need("removals", TypeText, "Access that the review removed, by id; [] if there is none",
					"Accès retirés par la revue, par identifiant ; [] s'il n'y en a pas").list().orEmpty(),
				need("leavers", TypeText, "How access of leavers is removed", "Retrait des accès lors d'un départ"),
				may("mfa_enforced_by", TypeText, "Identity provider that enforces a second factor",
					"Fournisseur d'identité qui impose un second facteur"),
				need("credential_storage", TypeText, "How credentials and tokens are stored and rotated",
					"Conservation et renouvellement des identifiants et jetons"),
				need("remote_access", TypeObject, "Remote access; [] if there is none",
					"Accès à distance ; [] s'il n'y en a pas").list().orEmpty().of(
					need("who", TypeText, "Role or organization", "Rôle ou organisation"),
					need("countries", TypeText, "Countries from which it is used", "Pays d'où il est utilisé").list(),
					need("through", TypeText, "Way of access, such as a VPN", "Moyen d'accès, par exemple un VPN"),
				),
			},
		},
		{
			Name: "logging", MaxDays: 365, judge: judgeDeclaredLogging,
			Title: Text{EN: "Logs and monitoring", FR: "Journaux et supervision"},
			Expected: Text{
				EN: "Sources, retention, readers and alerts are stated; the control plane's audit log has lines.",
				FR: "Sources, conservation, lecteurs et alertes déclarés ; le journal d'audit contient des lignes.",
			},
			Fields: []Field{
				need("sources", TypeText, "Sources of logs", "Sources de journaux").list(),
				need("retention", TypeText, "Retention", "Durée de conservation"),
				need("legal_basis", TypeText, "Legal basis of the retention", "Base légale de la conservation"),
				need("readers", TypeText, "Roles that may read", "Rôles qui peuvent lire").list(),
				need("deleters", TypeText, "Roles that may delete; [] if there is none",
					"Rôles qui peuvent supprimer ; [] s'il n'y en a pas").list().orEmpty(),
				need(
					"last_review_on",
					TypeDate,
					"Date of the last review of logs",
					"Date de la dernière revue des journaux",
				),
				need("alert_tested_on", TypeDate, "Date of the last test of an alert", "Date du dernier test d'alerte"),
				need("control_plane_audit_log", TypeObject, "Search in the control plane's audit log",
					"Recherche dans le journal d'audit du plan de contrôle").of(
					need("query", TypeText, "Query", "Requête"),
					need("date", TypeDate, "Date of the query", "Date de la requête"),
					need("lines", TypeNumber, "Number of lines found", "Nombre de lignes trouvées"),
				),
			},
		},
		{
			Name: "network_design", MaxDays: 365,
			Title: Text{EN: "Network design", FR: "Conception du réseau"},
			Expected: Text{
				EN: "Segmentation, flows and DNS zones are documented.",
				FR: "Segmentation, flux et zones DNS sont documentés.",
			},
			Fields: []Field{
				need("diagram", TypeText, "Where the diagram is", "Emplacement du schéma"),
				need("zones", TypeText, "Network zones", "Zones du réseau").list(),
				need("flow_matrix", TypeText, "Where the flow matrix is", "Emplacement de la matrice des flux"),
				need("dns_zones", TypeText, "DNS zones; [] if there is none",
					"Zones DNS ; [] s'il n'y en a pas").list().orEmpty(),
			},
		},
	}
}

// changeKinds returns the kinds about upgrades, add-ons and exit.
func changeKinds() []Kind {
	return []Kind{
		{
			Name: "upgrade_validation", MaxDays: 365, judge: judgeDeclaredUpgrade, prefers: validatesRunningMinor,
			Title: Text{EN: "Validation of an upgrade", FR: "Validation d'une mise à niveau"},
			Expected: Text{
				EN: "Workloads were validated on the minor that the cluster runs.",
				FR: "Les charges de travail ont été validées sur la version mineure du cluster.",
			},
			Fields: []Field{
				need("from", TypeMinor, "Minor before the upgrade", "Version mineure de départ"),
				need("to", TypeMinor, "Minor that was validated", "Version mineure validée"),
				need("tested_on", TypeDate, "Date of the test", "Date du test"),
				need("environment", TypeText, "Environment of the test", "Environnement du test"),
				need("deprecated_api_scan", TypeText, "Tool and result of the scan for removed APIs",
					"Outil et résultat de la recherche d'API retirées"),
			},
		},
		{
			Name: "supply_chain", MaxDays: 180,
			Title: Text{EN: "Images and add-ons", FR: "Images et composants ajoutés"},
			Expected: Text{
				EN: "Scanner, signatures, registries and each add-on are stated, with a decision.",
				FR: "Analyseur, signatures, registres et chaque composant sont déclarés, avec une décision.",
			},
			Fields: []Field{
				need("scanner", TypeText, "Image scanner", "Analyseur d'images"),
				need(
					"thresholds",
					TypeText,
					"Severity from which an image is refused",
					"Sévérité à partir de laquelle une image est refusée",
				),
				need("signatures", TypeText, "Rule of signatures", "Règle de signature"),
				need("registries", TypeText, "Registries in use", "Registres utilisés").list(),
				need(
					"add_ons",
					TypeObject,
					"Add-ons; [] if there is none",
					"Composants ; [] s'il n'y en a pas",
				).list().
					orEmpty().
					of(
						need("name", TypeText, "Name, as in the finding addons_evaluated",
							"Nom, comme dans le constat addons_evaluated"),
						need("version", TypeText, "Major version", "Version majeure"),
						need("source", TypeText, "Source, such as a chart", "Source, par exemple un chart"),
						need("privileges", TypeText, "Privileges that it has", "Droits dont il dispose"),
						need("namespaces", TypeName, "Namespaces; [] if there is none",
							"Espaces de noms ; [] s'il n'y en a pas").list().orEmpty(),
						need(
							"decision",
							TypeText,
							"accepted or rejected",
							"accepted ou rejected",
						).oneOf("accepted", "rejected"),
					),
			},
		},
		{
			Name: "exit_test", MaxDays: 730, AllowsPartial: true, judge: judgeDeclaredExitTest,
			Title: Text{EN: "Exit test", FR: "Test de sortie"},
			Expected: Text{
				EN: "An exit test (every 365 days is recommended), with a plan for what failed.",
				FR: "Un test de sortie (conseillé tous les 365 jours), avec un plan pour ce qui a échoué.",
			},
			Fields: []Field{
				need("target", TypeText, "Where to", "Cible"),
				need("covered", TypeText, "What the test covered", "Périmètre du test").list(),
				need("duration", TypeText, "Duration", "Durée"),
				need(
					"failures",
					TypeText,
					"What failed; [] if nothing did",
					"Échecs ; [] s'il n'y en a pas",
				).list().
					orEmpty(),
				need("inventory_digest", TypeDigest, "Digest of the inventory (srm inventory)",
					"Empreinte de l'inventaire (srm inventory)"),
				may("plan", TypeText, "Plan for what failed; required for the result partial",
					"Plan pour ce qui a échoué ; requis pour le résultat partial"),
			},
		},
	}
}
