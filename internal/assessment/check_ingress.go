package assessment

import (
	"fmt"
	"slices"
	"strings"
)

func judgeIngressTLS(j *judgement) {
	j.nothing("There is no Ingress and no Gateway.", "Il n'existe ni Ingress ni Gateway.")
	ingresses := j.facts.InCluster.Ingresses
	each(j, ingresses, func(i Ingress) {
		class := j.ingressClass(i)
		for _, host := range i.Hosts {
			j.judgeHost(
				i,
				host,
				class,
				Object{ID: i.ID(), Source: ingresses.Source, Attribute: "spec.tls of " + hostName(host)},
			)
		}
	})
	gateways := j.facts.InCluster.Gateways
	each(j, gateways, func(g RouteGateway) {
		for _, l := range g.Listeners {
			j.judgeListener(g, l, Object{
				ID: g.ID(), Source: gateways.Source, Attribute: "protocol of the listener " + l.Name, Value: l.Protocol,
			})
		}
	})
}

// hostName returns a host of an Ingress for an attribute.
func hostName(host string) string {
	if host == "" {
		return "every other host"
	}
	return host
}

// ingressClass returns the class of an Ingress, or the default class.
func (j *judgement) ingressClass(i Ingress) string {
	if i.Class != "" {
		return i.Class
	}
	for _, c := range j.facts.InCluster.IngressClasses.Items {
		if c.IsDefault {
			return c.Name
		}
	}
	return ""
}

// judgeHost judges a host of an Ingress; "" is every host that no rule names.
func (j *judgement) judgeHost(i Ingress, host, class string, o Object) {
	covers := func(e IngressTLS) bool {
		return slices.ContainsFunc(e.Hosts, func(h string) bool { return covers(h, host) })
	}
	o.Value = "absent"
	if k := slices.IndexFunc(i.TLS, covers); k >= 0 {
		o.Value = "secretName " + i.TLS[k].SecretName
	}
	hasSecret := slices.ContainsFunc(i.TLS, func(e IngressTLS) bool { return covers(e) && e.SecretName != "" })
	guardrails := j.facts.InCluster.Guardrails.Value
	switch {
	case hasSecret:
		j.pass(o)
	case i.IsACME:
		j.passWith(o, "An ACME solver answers only public challenges.",
			"Un solveur ACME ne répond qu'à des défis publics.")
	case i.IsRedirect:
		j.passWith(o, "An Ingress only redirects to https.", "Un Ingress ne fait que rediriger vers https.")
	case o.Value != "absent" && guardrails != nil && slices.Contains(guardrails.CertificateClasses, class):
		j.passWith(o, "The default certificate of a class that the guardrails list serves the host.",
			"Le certificat par défaut d'une classe listée dans les guardrails sert l'hôte.")
	case o.Value != "absent":
		j.decide(o, "spec.tls names no secretName: whether the controller of the class "+class+
			" has a valid default certificate is unknown.",
			"spec.tls ne nomme pas de secretName : on ignore si le contrôleur de la classe "+class+
				" a un certificat par défaut valide.")
	case slices.ContainsFunc(i.TLS, func(e IngressTLS) bool { return len(e.Hosts) == 0 && e.SecretName != "" }):
		o.Value = "no hosts"
		j.decide(o, "spec.tls names a Secret and no host: the controller decides which hosts have TLS.",
			"spec.tls nomme un Secret et aucun hôte : le contrôleur décide quels hôtes ont TLS.")
	case i.HasMiddlewares:
		j.decide(o, "A host is without TLS; whether the middlewares of Traefik only redirect it is unknown.",
			"Un hôte est sans TLS ; on ignore si les middlewares de Traefik ne font que le rediriger.")
	default:
		j.failUnlessYoung(
			o,
			i.CreatedAt,
			Medium,
			"A host of an Ingress is without TLS.",
			"Un hôte d'un Ingress est sans TLS.",
		)
	}
}

// covers reports whether a host of spec.tls covers a host: exactly, or with a wildcard for one label.
func covers(certified, host string) bool {
	if host == "" {
		return false
	}
	suffix, isWildcard := strings.CutPrefix(certified, "*")
	_, rest, hasDot := strings.Cut(host, ".")
	return certified == host || isWildcard && hasDot && suffix == "."+rest
}

// judgeListener judges a listener of a Gateway.
func (j *judgement) judgeListener(g RouteGateway, l GatewayListener, o Object) {
	switch l.Protocol {
	case "HTTPS", "TLS":
		j.pass(o)
	case "HTTP":
		switch {
		case len(l.PlainRoutes) > 0:
			o.Value += ", " + strings.Join(l.PlainRoutes, ", ")
			j.failUnlessYoung(o, g.CreatedAt, Medium, "A listener of a Gateway serves plain HTTP.",
				"Un listener d'une Gateway sert du HTTP en clair.")
		case l.Routes == nil && j.facts.InCluster.Gateways.Missing() != nil:
			j.unknown(o, *j.facts.InCluster.Gateways.Missing())
		case l.Routes == nil:
			j.unknown(o, Gap{Reason: NoAPIField, Needs: "routes of the listener"})
		case *l.Routes == 0:
			j.decide(o, "A listener with plain HTTP has no HTTPRoute; whether anything else uses it is unknown.",
				"Un listener en HTTP n'a aucune HTTPRoute ; on ignore si autre chose l'utilise.")
		default:
			j.passWith(o, "A listener with plain HTTP only redirects to https.",
				"Un listener en HTTP ne fait que rediriger vers https.")
		}
	case "":
		j.unknown(o, Gap{Reason: NoAPIField, Needs: "protocol"})
	default:
		j.decide(o, fmt.Sprintf("A listener has the protocol %s, whose encryption no fact shows.", l.Protocol),
			fmt.Sprintf("Un listener a le protocole %s, dont aucun fait ne montre le chiffrement.", l.Protocol))
	}
}
