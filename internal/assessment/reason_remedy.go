package assessment

// IsUnread reports whether facts could not be read: they may be after a change of rights, settings or the network.
func (r Reason) IsUnread() bool {
	switch r {
	case Forbidden, Unauthenticated, Untrusted, NotConfigured, NotFound, Unreachable, APIFailed, TooMany:
		return true
	}
	return false
}

// Remedy returns what to do so that it is evaluated. Needs of the gap names what the sentence is about.
func (r Reason) Remedy() Text {
	switch r {
	case Forbidden:
		return Text{
			EN: "Give the identity the permission set or the right that is named, and read again.",
			FR: "Donner à l'identité le jeu de permissions ou le droit nommé, puis relire.",
		}
	case Unauthenticated:
		return Text{
			EN: "Check that the API key exists and has not expired, and that the secret key belongs to it.",
			FR: "Vérifier que la clé d'API existe, n'a pas expiré, et que la clé secrète lui correspond.",
		}
	case Untrusted:
		return Text{
			EN: "Connect to the API server itself, or name it with --tls-server-name; check the clock of this machine.",
			FR: "Se connecter au serveur d'API lui-même, ou le nommer par --tls-server-name ; vérifier l'horloge.",
		}
	case NotConfigured:
		return Text{EN: "Set what is named, and read again.", FR: "Définir le réglage nommé, puis relire."}
	case NotFound:
		return Text{
			EN: "Check the name or the id, the region and the Project; the identity may also not be allowed to see it.",
			FR: "Vérifier le nom ou l'identifiant, la région et le Projet ; l'identité peut aussi ne pas le voir.",
		}
	case Unreachable:
		return Text{
			EN: "Let this machine reach the host (network, proxy, allow-list of the API server), or use " +
				"--private-network, --kubernetes-host or --in-cluster; then read again.",
			FR: "Permettre à cette machine d'atteindre l'hôte (réseau, proxy, liste d'accès du serveur d'API), ou " +
				"utiliser --private-network, --kubernetes-host ou --in-cluster ; puis relire.",
		}
	case APIFailed:
		return Text{
			EN: "Read again later; if the error remains, give its request id in the facts to Scaleway's support.",
			FR: "Relire plus tard ; si l'erreur persiste, donner au support de Scaleway l'identifiant de requête " +
				"des faits.",
		}
	case TooMany:
		return Text{
			EN: "Judge the other objects by hand: there are more than one run reads.",
			FR: "Juger les autres objets à la main : il y en a plus qu'une exécution n'en lit.",
		}
	case NoAPIField:
		return Text{EN: "Verify it by hand, and keep the evidence.", FR: "Le vérifier à la main, et garder la preuve."}
	case UncertainDates:
		return Text{
			EN: "Ask Scaleway for the dates of the version.", FR: "Demander à Scaleway les dates de la version.",
		}
	case Changing:
		return Text{EN: "Read again in 15 minutes.", FR: "Relire dans 15 minutes."}
	case InputMissing:
		return Text{
			EN: "Give what is named: an input with --inputs, the earlier assessment with --baseline.",
			FR: "Fournir l'élément nommé : un paramètre par --inputs, l'évaluation antérieure par --baseline.",
		}
	case AttestationMissing:
		return Text{
			EN: "Write it with srm attest init, and give it with --attestations.",
			FR: "L'écrire avec srm attest init, et la fournir par --attestations.",
		}
	case NotAsked:
		return Text{
			EN: "Select the layer or the check, or assess the Organization, too (--organization).",
			FR: "Sélectionner la couche ou le contrôle, ou évaluer aussi l'Organisation (--organization).",
		}
	}
	return Text{}
}
