package assessment

// loadBalancerChecks returns the checks of Load Balancers.
func loadBalancerChecks() []Check {
	return []Check{
		{
			ID: "lb_public", Layer: LayerAPI, Severity: Medium,
			Title: Text{EN: "Public Load Balancers", FR: "Load Balancers publics"},
			Expected: Text{
				EN: "Every public Load Balancer is listed in expected_public, with the reason.",
				FR: "Chaque Load Balancer public figure dans expected_public, avec son motif.",
			},
			Remedy: Text{
				EN: "List it in expected_public with a reason, or create the Service again with the annotation " +
					"service.beta.kubernetes.io/scw-loadbalancer-private: \"true\"; its address changes.",
				FR: "L'inscrire dans expected_public avec un motif, ou recréer le Service avec l'annotation " +
					"service.beta.kubernetes.io/scw-loadbalancer-private: \"true\" ; son adresse change.",
			},
			judge: judgePublicLoadBalancers,
		},
		{
			ID: "lb_frontend_tls", Layer: LayerAPI, Severity: High,
			Title: Text{EN: "TLS at the frontends of Load Balancers", FR: "TLS aux frontends des Load Balancers"},
			Expected: Text{
				EN: "Every frontend terminates TLS, only redirects to https, or passes TCP to pods that terminate TLS.",
				FR: "Chaque frontend termine TLS, ne fait que rediriger vers https, ou transmet TCP à des pods qui " +
					"terminent TLS.",
			},
			Remedy: Text{
				EN: "Set the annotations scw-loadbalancer-certificate-ids and scw-loadbalancer-protocol-http of the " +
					"Service, or run scw lb acl create with a redirection to https; connections are interrupted " +
					"shortly.",
				FR: "Définir les annotations scw-loadbalancer-certificate-ids et scw-loadbalancer-protocol-http du " +
					"Service, ou exécuter scw lb acl create avec une redirection vers https ; les connexions sont " +
					"brièvement interrompues.",
			},
			judge: judgeFrontendTLS,
		},
		{
			ID: "lb_tls_floor", Layer: LayerAPI, Severity: Medium, HDSOnly: true,
			Title: Text{EN: "TLS versions of Load Balancers", FR: "Versions de TLS des Load Balancers"},
			Expected: Text{
				EN: "The compatibility level is modern or intermediate: ANSSI's guide on TLS requires TLS 1.2 or " +
					"newer.",
				FR: "Le niveau de compatibilité est modern ou intermediate : le guide TLS de l'ANSSI exige au moins " +
					"TLS 1.2.",
			},
			Remedy: Text{
				EN: "Set the annotation scw-loadbalancer-ssl-compatibility-level of the Service to " +
					"ssl_compatibility_level_intermediate; clients without TLS 1.2 can no longer connect.",
				FR: "Donner à l'annotation scw-loadbalancer-ssl-compatibility-level du Service la valeur " +
					"ssl_compatibility_level_intermediate ; les clients sans TLS 1.2 ne se connectent plus.",
			},
			judge: judgeTLSFloor,
		},
		{
			ID: "lb_backend_verified", Layer: LayerAPI, Severity: Medium, HDSOnly: true,
			Title: Text{
				EN: "Encryption between Load Balancers and nodes",
				FR: "Chiffrement entre Load Balancers et nœuds",
			},
			Expected: Text{
				EN: "Load Balancers encrypt the traffic to their backends and verify the backends' certificates.",
				FR: "Les Load Balancers chiffrent vers leurs backends et en vérifient le certificat.",
			},
			Remedy: Text{
				EN: "Set the annotation scw-loadbalancer-http-backend-tls of the Service, without " +
					"scw-loadbalancer-http-backend-tls-skip-verify; the pods need a certificate.",
				FR: "Définir l'annotation scw-loadbalancer-http-backend-tls du Service, sans " +
					"scw-loadbalancer-http-backend-tls-skip-verify ; les pods ont besoin d'un certificat.",
			},
			judge: judgeBackends,
		},
		{
			ID: "lb_certificate_expiry", Layer: LayerAPI, Severity: Medium,
			Title: Text{
				EN: "Validity of the certificates of Load Balancers",
				FR: "Validité de chaque certificat des Load Balancers",
			},
			Expected: Text{
				EN: "Certificates in use are ready and are renewed in time: 30 days before their end, 20 with Let's " +
					"Encrypt, less if they are valid for a shorter time.",
				FR: "Chaque certificat utilisé est prêt et renouvelé à temps : 30 jours avant leur fin, 20 avec " +
					"Let's Encrypt, moins si sa validité est plus courte.",
			},
			Remedy: Text{
				EN: "Run scw lb certificate create, then add the new certificate to the frontend; at no cost.",
				FR: "Exécuter scw lb certificate create, puis ajouter le nouveau certificat au frontend ; sans coût.",
			},
			judge: judgeLBCertificates,
		},
		{
			ID: "lb_orphan", Layer: LayerAPI, Severity: Low,
			Title: Text{EN: "Load Balancers without a Service", FR: "Load Balancers sans Service"},
			Expected: Text{
				EN: "Every Load Balancer of the cluster belongs to a Service.",
				FR: "Chaque Load Balancer du cluster appartient à un Service.",
			},
			Remedy: Text{
				EN: "Run scw lb lb delete LB_ID once no client uses its address; it is billed until then.",
				FR: "Exécuter scw lb lb delete LB_ID dès qu'aucun client n'utilise son adresse ; il est facturé " +
					"d'ici là.",
			},
			judge: judgeOrphans,
		},
	}
}

// loadBalancersOfCluster returns the Load Balancers of the cluster: its id is in their name, they are in its Private
// Network, or a Service names them. Those of another cluster in the same Private Network belong to that cluster. While
// the Services cannot be read, one of them may name any other Load Balancer of the Project.
func loadBalancersOfCluster(j *judgement) []LoadBalancer {
	list := j.facts.Project.LoadBalancers
	j.reads(list.Missing())
	cluster, ok := j.cluster()
	if !ok {
		return nil
	}
	found := []LoadBalancer{}
	for _, l := range list.Items {
		_, hasService := serviceOf(j, l)
		switch {
		case l.ClusterID == cluster.ID, hasService:
			found = append(found, l)
		case isNeighbourCluster(j.facts, l.ClusterID):
		case l.InPrivateNetwork:
			found = append(found, l)
		default:
			if gap := j.facts.InCluster.Services.Missing(); gap != nil && gap.Reason != NotAsked {
				j.reads(gap)
			}
		}
	}
	return found
}

// isNeighbourCluster reports whether an id is that of another cluster of the Project.
func isNeighbourCluster(facts Facts, id string) bool {
	for _, list := range facts.Project.Neighbours {
		for _, r := range list.Items {
			if r.Kind == KindCluster && r.ID == id {
				return true
			}
		}
	}
	return false
}

// serviceOf returns the Service of a Load Balancer, and false if it is not known.
func serviceOf(j *judgement, l LoadBalancer) (Service, bool) {
	for _, s := range j.facts.InCluster.Services.Items {
		isNamed := s.LoadBalancerID != "" && (s.LoadBalancerID == l.subject() || s.LoadBalancerID == l.ID)
		if isNamed || s.UID != "" && s.UID == l.ServiceUID {
			return s, true
		}
	}
	return Service{}, false
}

// subject returns the Load Balancer as a subject: "zone/UUID".
func (l LoadBalancer) subject() string { return l.Zone + "/" + l.ID }

// object returns the Load Balancer as the object of a check.
func (l LoadBalancer) object(source, attribute, value string) Object {
	return Object{ID: l.subject(), Name: l.Name, Source: source, Attribute: attribute, Value: value}
}

// isDeleting reports whether the API is deleting the Load Balancer.
func (l LoadBalancer) isDeleting() bool { return l.Status == "to_delete" || l.Status == "deleting" }
