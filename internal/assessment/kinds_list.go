package assessment

import "github.com/terraform-srm/terraform-provider-srm/internal/responsibility"

// hostKinds returns the kinds about Scaleway and about the use of the cluster.
func hostKinds() []Kind {
	return []Kind{
		{
			Name: responsibility.HostEvidence, ForOrganization: true, judge: judgeDeclaredHostEvidence,
			Title: Text{EN: "Evidence of Scaleway as host", FR: "Preuves de l'hébergeur Scaleway"},
			Expected: Text{
				EN: "A certificate in force whose activities cover the use; the current text of the model was read.",
				FR: "Un certificat en vigueur dont les activités couvrent l'usage ; texte actuel du modèle lu.",
			},
			Fields: []Field{
				need("certificate", TypeObject, "The HDS certificate", "Le certificat HDS").of(
					need("number", TypeText, "Number of the certificate", "Numéro du certificat"),
					Field{
						Name:     "activities",
						Type:     TypeNumber,
						Required: true,
						IsList:   true,
						Min:      1,
						Max:      hdsActivities,
						Prompt: Text{
							EN: "Activities of the certificate, 1 to 6",
							FR: "Activités du certificat, de 1 à 6",
						},
					},
					need("scope", TypeText, "Scope of the certificate", "Périmètre du certificat"),
					need("body", TypeText, "Certification body", "Organisme certificateur"),
					need("issued_on", TypeDate, "Date of issue", "Date de délivrance"),
					need("expires_on", TypeDate, "Date of expiry; until is at most this date",
						"Date d'expiration ; until ne la dépasse pas"),
				),
				may("activities_reason", TypeText, "Why the use needs no other activity, if one of 1 to 6 is missing",
					"Pourquoi l'usage ne demande pas d'autre activité, si l'une des activités 1 à 6 manque"),
				need("iso_27001", TypeText, "Number and date of the ISO/IEC 27001 certificate",
					"Numéro et date du certificat ISO/IEC 27001"),
				need("sla_version", TypeText, "Version of the service level agreement that was read",
					"Version lue de l'accord de niveau de service"),
				need("model_digest", TypeDigest,
					"Digest of the model that was read: catalogue.model_digest of an assessment",
					"Empreinte du modèle lu : catalogue.model_digest d'une évaluation"),
				need(
					"contacts",
					TypeObject,
					"Contacts: roles or shared mailboxes",
					"Contacts : rôles ou boîtes partagées",
				).of(
					need("client_contact", TypeText, "Contact of the client, known to Scaleway",
						"Contact du client, connu de Scaleway"),
					need("incident_referent", TypeText, "Referent for incidents at Scaleway",
						"Référent incidents chez Scaleway"),
				),
				may("answers", TypeObject, "Written answers of Scaleway, by product",
					"Réponses écrites de Scaleway, par produit").list().of(
					need("product", TypeText, "Product, such as Load Balancer", "Produit, par exemple Load Balancer"),
					need("answer", TypeText, "yes: health data is allowed; or no",
						"yes : données de santé admises ; sinon no").oneOf("yes", "no"),
					need("date", TypeDate, "Date of the answer", "Date de la réponse"),
				),
			},
		},
		{
			Name: "purpose", MaxDays: 365, Instead: "no_health_data", judge: judgeDeclaredPurpose,
			Title: Text{EN: "Purpose of the cluster", FR: "Finalité du cluster"},
			Expected: Text{
				EN: "The use of the cluster is stated, with its place in the register of processing activities.",
				FR: "L'usage du cluster est déclaré, avec sa place dans le registre des traitements.",
			},
			Fields: []Field{
				need("applications", TypeText, "Applications in the cluster", "Applications du cluster").list(),
				need("data_categories", TypeText, "Categories of data", "Catégories de données").list(),
				need("register_entry", TypeText, "Entry of the register of processing activities (GDPR article 30)",
					"Entrée du registre des traitements (RGPD, article 30)"),
				need(
					"processing_agreement",
					TypeText,
					"Data processing agreement",
					"Accord de sous-traitance (RGPD, article 28)",
				),
				need("impact_assessment_on", TypeDate, "Date of the data protection impact assessment",
					"Date de l'analyse d'impact (AIPD)"),
				need("terms_version", TypeText, "Version of Scaleway's terms that was read",
					"Version lue des conditions de Scaleway"),
				may(
					"no_health_data",
					TypeText,
					"Instead of all others: how it was verified that no health data is processed or in transit",
					"Remplace les autres : comment l'absence de données de santé, transit compris, a été vérifiée",
				),
			},
		},
		{
			Name: "egress_review", MaxDays: 180, judge: judgeDeclaredEgress,
			Title: Text{EN: "Review of outgoing traffic", FR: "Revue du trafic sortant"},
			Expected: Text{
				EN: "No destination outside France stores or processes health data.",
				FR: "Aucune destination hors de France ne conserve ni ne traite de données de santé.",
			},
			Fields: []Field{
				need("destinations", TypeObject, "Destinations outside the cluster; [] if there is none",
					"Destinations hors du cluster ; [] s'il n'y en a pas").list().orEmpty().of(
					need("host", TypeText, "Host name or address range", "Nom d'hôte ou plage d'adresses"),
					need("owner", TypeText, "Organization that operates it", "Organisation qui l'exploite"),
					need("country", TypeText, "Country in which data is stored and processed: FR, DE, …",
						"Pays de conservation et de traitement : FR, DE, …"),
					need("purpose", TypeText, "Purpose", "Finalité"),
					need(
						"health_data",
						TypeYesNo,
						"true if health data is sent",
						"true si des données de santé sont envoyées",
					),
				),
				need("method", TypeText, "How destinations were found", "Comment les destinations ont été recensées"),
				need("period", TypeText, "Period that was reviewed", "Période revue"),
			},
		},
	}
}

// dataKinds returns the kinds about data and keys.
func dataKinds() []Kind {
	return []Kind{
		{
			Name: "encryption", MaxDays: 365, judge: judgeDeclaredEncryption,
			Title: Text{EN: "Encryption of flows and at rest", FR: "Chiffrement des flux et au repos"},
			Expected: Text{
				EN: "Every flow of health data is named and encrypted.",
				FR: "Chaque flux de données de santé est nommé et chiffré.",
			},
			Fields: []Field{
				need("flows", TypeObject, "Flows of health data", "Flux de données de santé").list().of(
					need("from", TypeText, "Source", "Source"),
					need("to", TypeText, "Destination", "Destination"),
					need("protocol", TypeText, "Protocol", "Protocole"),
					need("mechanism", TypeText, "Mechanism of encryption, such as mTLS; plain if there is none",
						"Mécanisme de chiffrement, par exemple mTLS ; plain s'il n'y en a pas"),
				),
				may(
					"at_rest",
					TypeText,
					"Encryption at rest by applications",
					"Chiffrement au repos par les applications",
				).list(),
				need("node_disks", TypeText, "Why no health data is written to the disks of nodes",
					"Pourquoi aucune donnée de santé n'est écrite sur les disques des nœuds"),
				may("certificates", TypeText, "How certificates that cert-manager does not manage are renewed",
					"Renouvellement des certificats hors cert-manager"),
			},
		},
		{
			Name: "key_custody", MaxDays: 365, judge: judgeDeclaredKeyCustody,
			Title: Text{EN: "Custody of keys", FR: "Garde des clés"},
			Expected: Text{
				EN: "Each passphrase version is kept, and recovery was tested within the longest validity.",
				FR: "Chaque version de phrase de passe est conservée ; recouvrement testé dans la durée de validité.",
			},
			Fields: []Field{
				need("versions", TypeObject, "Passphrase versions", "Versions de la phrase de passe").list().of(
					need(
						"version",
						TypeText,
						"Version, never the passphrase itself",
						"Version, jamais la phrase de passe",
					),
					need("kept_in", TypeText, "Where it is kept", "Lieu de conservation"),
					need("created_on", TypeDate, "Date of creation", "Date de création"),
				),
				need(
					"dual_control",
					TypeText,
					"Which two roles are needed to use it",
					"Les deux rôles nécessaires pour l'utiliser",
				),
				may(
					"recovery_tested_on",
					TypeDate,
					"Date of the last test of recovery; without it the attestation is a deviation",
					"Date du dernier test de recouvrement ; son absence est un écart",
				),
				need("rotation", TypeText, "Rule of rotation, for passphrases and certificates",
					"Règle de renouvellement des phrases de passe et certificats"),
				may("destruction_record", TypeText, "Record of destroyed versions", "Relevé des versions détruites"),
			},
		},
		{
			Name: "backup_policy", MaxDays: 365, judge: judgeDeclaredBackupPolicy,
			Title: Text{EN: "Backup policy", FR: "Politique de sauvegarde"},
			Expected: Text{
				EN: "What is backed up, where, how often and how long is stated; backups stay in fr-par.",
				FR: "Objets, lieu, fréquence et durée des sauvegardes sont déclarés ; elles restent en fr-par.",
			},
			Fields: []Field{
				need(
					"what",
					TypeText,
					"Namespaces, volumes, databases",
					"Espaces de noms, volumes, bases de données",
				).list(),
				need("method", TypeText, "snapshot, velero, dump or other", "snapshot, velero, dump ou other").
					oneOf("snapshot", "velero", "dump", "other").list(),
				need("frequency", TypeText, "How often, such as 24h", "Fréquence, par exemple 24h"),
				need("retention", TypeText, "How long", "Durée de conservation"),
				need("legal_basis", TypeText, "Legal basis of the retention", "Base légale de la conservation"),
				need("where", TypeObject, "Locations of backups", "Lieux des sauvegardes").list().of(
					need("product", TypeText, "Product", "Produit"),
					need("region", TypeText, "Region, such as fr-par", "Région, par exemple fr-par"),
					need("eligibility_source", TypeText, "Source that names the product as eligible",
						"Source qui donne le produit pour éligible"),
				),
				need(
					"key",
					TypeText,
					"Key that encrypts backups, by name",
					"Clé de chiffrement des sauvegardes, par son nom",
				),
				may("repository_password", TypeYesNo,
					"true if the password of the Velero repository was set before the first backup",
					"true si le mot de passe du dépôt Velero a été défini avant la première sauvegarde"),
				need(
					"alerts",
					TypeText,
					"Role that is alerted if a backup fails",
					"Rôle alerté si une sauvegarde échoue",
				),
			},
		},
		{
			Name: "restore_test", MaxDays: 365, judge: judgeDeclaredRestoreTest,
			Title: Text{EN: "Restore test", FR: "Test de restauration"},
			Expected: Text{
				EN: "A successful restore after the newest passphrase version; every 180 days is recommended.",
				FR: "Une restauration réussie après la dernière phrase de passe ; conseillée tous les 180 jours.",
			},
			Fields: []Field{
				need("what", TypeText, "What was restored", "Objets restaurés").list(),
				may(
					"source_backup_on",
					TypeDate,
					"Date of the backup that was restored",
					"Date de la sauvegarde restaurée",
				),
				may("target", TypeText, "Where it was restored to", "Cible de la restauration"),
				may("rpo_wanted", TypeText, "Recovery point objective", "Perte de données maximale visée (RPO)"),
				need("rpo", TypeText, "Recovery point that was reached", "Perte de données constatée (RPO)"),
				may("rto_wanted", TypeText, "Recovery time objective", "Durée de reprise visée (RTO)"),
				need("rto", TypeText, "Recovery time that was reached", "Durée de reprise constatée (RTO)"),
				may("anomalies", TypeText, "Anomalies", "Anomalies").list().orEmpty(),
			},
		},
	}
}
