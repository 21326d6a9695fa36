package assessment

// inClusterNetworkChecks returns the checks of what leads traffic into the cluster.
func inClusterNetworkChecks() []Check {
	return []Check{
		{
			ID: "node_port_exposure", Layer: LayerCluster, Severity: Medium,
			Title: Text{EN: "Ports that are open on nodes", FR: "Ports ouverts sur les nœuds"},
			Expected: Text{
				EN: "No Service or workload opens ports on nodes with public addresses, and no Service has " +
					"external IPs, except those in expected_node_ports.",
				FR: "Aucun Service ni charge de travail n'ouvre de port sur des nœuds avec adresse publique, et " +
					"aucun Service n'a d'IP externe, sauf ceux de expected_node_ports.",
			},
			Remedy: Text{
				EN: "Use a Service of the type ClusterIP behind an Ingress or a Load Balancer and remove hostPort " +
					"and externalIPs, or list the object in expected_node_ports; clients of the port lose their " +
					"connection.",
				FR: "Utiliser un Service de type ClusterIP derrière un Ingress ou un Load Balancer et supprimer " +
					"hostPort et externalIPs, ou lister l'objet dans expected_node_ports ; les clients du port " +
					"perdent leur connexion.",
			},
			judge: judgeNodePorts,
		},
		{
			ID: "ingress_tls", Layer: LayerCluster, Severity: Medium,
			Title: Text{EN: "TLS of Ingresses and Gateways", FR: "TLS des Ingress et des Gateways"},
			Expected: Text{
				EN: "Every host of an Ingress is in spec.tls with a secretName, and every listener of a Gateway is " +
					"HTTPS or TLS, or only redirects.",
				FR: "Chaque hôte d'un Ingress figure dans spec.tls avec un secretName, et chaque listener d'une " +
					"Gateway est HTTPS ou TLS, ou ne fait que rediriger.",
			},
			Remedy: Text{
				EN: "Add the host to spec.tls with a secretName (cert-manager can write the Secret), or give the " +
					"listener the protocol HTTPS; clients without TLS must change.",
				FR: "Ajouter l'hôte à spec.tls avec un secretName (cert-manager peut écrire le Secret), ou donner " +
					"au listener le protocole HTTPS ; les clients sans TLS doivent changer.",
			},
			judge: judgeIngressTLS,
		},
		{
			ID: "tls_passthrough_declared", Layer: LayerCluster, Severity: Medium,
			Title: Text{
				EN: "Declarations of TLS pass-through and of encrypted sources",
				FR: "Déclarations de TLS terminé par la charge de travail et de sources chiffrées",
			},
			Expected: Text{
				EN: "No Service or claim declares it, or an attestation of the kind encryption names each of them.",
				FR: "Aucun Service ni claim ne le déclare, ou une attestation de type encryption nomme chacun d'eux.",
			},
			Remedy: Text{
				EN: "Verify that the workload terminates TLS or that the source is encrypted, and name the object " +
					"in fields of an attestation of the kind encryption; or remove the annotation.",
				FR: "Vérifier que la charge de travail termine TLS ou que la source est chiffrée, et nommer " +
					"l'objet dans les champs d'une attestation de type encryption ; ou supprimer l'annotation.",
			},
			judge: judgePassthrough,
		},
		{
			ID: "certificate_renewal", Layer: LayerCluster, Severity: Medium,
			Title: Text{
				EN: "Renewal of certificates of cert-manager",
				FR: "Renouvellement des certificats de cert-manager",
			},
			Expected: Text{
				EN: "Every Certificate is Ready, and none is later than its renewal by more than a tenth of its " +
					"lifetime.",
				FR: "Chaque Certificate est Ready, et aucun ne dépasse son renouvellement de plus d'un dixième de " +
					"sa durée.",
			},
			Remedy: Text{
				EN: "Run cmctl status certificate NAME -n NAMESPACE, correct the issuer or the DNS record, then " +
					"cmctl renew NAME -n NAMESPACE; it costs one certificate of the issuer's limits.",
				FR: "Exécuter cmctl status certificate NOM -n ESPACE, corriger l'émetteur ou l'enregistrement DNS, " +
					"puis cmctl renew NOM -n ESPACE ; cela consomme un certificat du quota de l'émetteur.",
			},
			judge: judgeCertificates,
		},
	}
}
