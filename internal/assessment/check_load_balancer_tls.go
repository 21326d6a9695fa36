package assessment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Protocols of backends.
const (
	protocolHTTP = "http"
	protocolTCP  = "tcp"
)

// httpsPort is the port of a frontend that passes TLS to the pods.
const httpsPort = 443

func judgeFrontendTLS(j *judgement) {
	j.nothing("No Load Balancer of the cluster has a frontend.", "Aucun Load Balancer du cluster n'a de frontend.")
	for _, l := range loadBalancersOfCluster(j) {
		each(j, l.Frontends, func(f LBFrontend) { judgeFrontend(j, l, f) })
	}
}

// judgeFrontend judges a frontend of a Load Balancer.
func judgeFrontend(j *judgement, l LoadBalancer, f LBFrontend) {
	object := l.object(l.Frontends.Source, "frontend "+cmp.Or(f.Name, f.ID), "")
	certificates, ok := known(j, object, f.CertificateIDs)
	if !ok {
		return
	}
	if len(certificates) > 0 {
		object.Value = fmt.Sprintf("port %d, certificate %s", f.Port, strings.Join(certificates, ", "))
		j.pass(object)
		return
	}
	i := slices.IndexFunc(l.Backends.Items, func(b LBBackend) bool { return b.ID == f.BackendID })
	switch {
	case i < 0 && l.Backends.Missing() != nil:
		j.unknown(object, *l.Backends.Missing())
		return
	case i < 0:
		j.unknown(object, Gap{Reason: Changing, Detail: "its backend is not in the list"})
		return
	}
	protocol, ok := known(j, object, l.Backends.Items[i].ForwardProtocol)
	if !ok {
		return
	}
	object.Value = fmt.Sprintf("port %d, %s, no certificate", f.Port, protocol)
	switch protocol {
	case protocolTCP:
		judgeTCPFrontend(j, l, f, object)
	case protocolHTTP:
		judgeHTTPFrontend(j, l, f, object)
	default:
		j.unknown(object, Gap{Reason: NoAPIField, Needs: "forward_protocol", Detail: "unknown protocol " + protocol})
	}
}

// judgeTCPFrontend judges a frontend that passes TCP to the pods, which terminate TLS or do not.
func judgeTCPFrontend(j *judgement, l LoadBalancer, f LBFrontend, object Object) {
	s, ok := tlsService(j, l)
	if ok && f.Port == httpsPort {
		j.passWith(object,
			"TCP is passed to "+s.ID()+", in a namespace that the guardrails list as terminating TLS.",
			"TCP est transmis à "+s.ID()+", dans un namespace que les guardrails déclarent terminer TLS.")
		return
	}
	j.decide(object,
		fmt.Sprintf("TCP of port %d is passed to pods; the API does not show whether they terminate TLS.", f.Port),
		fmt.Sprintf("TCP du port %d est transmis aux pods ; l'API ne montre pas s'ils terminent TLS.", f.Port))
}

// tlsService returns the Service of a Load Balancer if the guardrails list its namespace as one that terminates TLS.
func tlsService(j *judgement, l LoadBalancer) (Service, bool) {
	s, ok := serviceOf(j, l)
	guardrails := j.facts.InCluster.Guardrails.Value
	if !ok || guardrails == nil || !slices.Contains(guardrails.TLSNamespaces, s.Namespace) {
		return Service{}, false
	}
	return s, true
}

// judgeHTTPFrontend judges a frontend that takes HTTP without TLS: it may only redirect to https.
func judgeHTTPFrontend(j *judgement, l LoadBalancer, f LBFrontend, object Object) {
	if gap := f.ACLs.Missing(); gap != nil {
		j.unknown(object, *gap)
		return
	}
	if answersNoRequest(f.ACLs.Items) {
		j.passWith(object, "It redirects every request to https.", "Il redirige chaque requête vers https.")
		return
	}
	j.failUnlessYoung(object, l.CreatedAt, High,
		fmt.Sprintf("Port %d takes HTTP without TLS and does not redirect every request to https.", f.Port),
		fmt.Sprintf("Le port %d accepte HTTP sans TLS et ne redirige pas chaque requête vers https.", f.Port))
}

// answersNoRequest reports whether the access rules redirect every request to https or deny it. The first rule that
// matches a request applies.
func answersNoRequest(rules []LBACL) bool {
	rules = slices.Clone(rules)
	slices.SortStableFunc(rules, func(a, b LBACL) int { return cmp.Compare(a.Index, b.Index) })
	for _, rule := range rules {
		isRedirect := rule.Action == "redirect" && rule.RedirectScheme
		if rule.Action != "deny" && !isRedirect {
			return false
		}
		if rule.MatchesAll {
			return true
		}
	}
	return false
}

// sslLevelPrefix begins the API's names of compatibility levels.
const sslLevelPrefix = "ssl_compatibility_level_"

func judgeTLSFloor(j *judgement) {
	j.nothing("No Load Balancer of the cluster terminates TLS.", "Aucun Load Balancer du cluster ne termine TLS.")
	list := j.facts.Project.LoadBalancers
	for _, l := range loadBalancersOfCluster(j) {
		terminates := false
		each(j, l.Frontends, func(f LBFrontend) {
			terminates = terminates || f.CertificateIDs != nil && len(*f.CertificateIDs) > 0
		})
		if !terminates {
			continue
		}
		object := l.object(list.Source, "ssl_compatibility_level", "")
		level, ok := known(j, object, l.SSLCompatibility)
		if !ok {
			continue
		}
		object.Value = level
		switch strings.TrimPrefix(level, sslLevelPrefix) {
		case "modern", "intermediate":
			j.pass(object)
		case "old":
			j.fail(
				object,
				Medium,
				"It accepts versions of TLS before 1.2.",
				"Il accepte des versions de TLS avant 1.2.",
			)
		default:
			j.unknown(object, Gap{Reason: NoAPIField, Needs: object.Attribute, Detail: "level " + level})
		}
	}
}

func judgeBackends(j *judgement) {
	j.nothing("No Load Balancer of the cluster has a backend.", "Aucun Load Balancer du cluster n'a de backend.")
	for _, l := range loadBalancersOfCluster(j) {
		each(j, l.Backends, func(b LBBackend) { judgeBackend(j, l, b) })
	}
}

func judgeBackend(j *judgement, l LoadBalancer, b LBBackend) {
	object := l.object(l.Backends.Source, "backend "+cmp.Or(b.Name, b.ID), "")
	bridging, ok := known(j, object, b.SSLBridging)
	if !ok {
		return
	}
	object.Value = fmt.Sprintf("ssl_bridging %t", bridging)
	if !bridging {
		if s, ok := tlsService(j, l); ok && passesTLS(l, b) {
			j.passWith(object, "TLS is passed through to "+s.ID()+".", "TLS est transmis tel quel à "+s.ID()+".")
			return
		}
		j.decide(
			object,
			"The Load Balancer does not encrypt to this backend: an attestation of the kind encryption names the flow.",
			"Le Load Balancer ne chiffre pas vers ce backend : une attestation de type encryption doit nommer ce flux.",
		)
		return
	}
	ignores, ok := known(j, object, b.IgnoreSSLVerify)
	if !ok {
		return
	}
	object.Value += fmt.Sprintf(", ignore_ssl_server_verify %t", ignores)
	if ignores {
		j.fail(object, High, "The certificate of the backend is not verified.",
			"Le certificat du backend n'est pas vérifié.")
		return
	}
	j.pass(object)
}

// passesTLS reports whether only frontends that pass TCP on port 443 use a backend.
func passesTLS(l LoadBalancer, b LBBackend) bool {
	isUsed := false
	for _, f := range l.Frontends.Items {
		if f.BackendID != b.ID {
			continue
		}
		if f.Port != httpsPort || f.CertificateIDs == nil || len(*f.CertificateIDs) > 0 {
			return false
		}
		isUsed = true
	}
	return isUsed && l.Frontends.Missing() == nil && b.ForwardProtocol != nil && *b.ForwardProtocol == protocolTCP
}

func judgeLBCertificates(j *judgement) {
	j.nothing("No frontend of the cluster's Load Balancers has a certificate.",
		"Aucun frontend des Load Balancers du cluster n'a de certificat.")
	for _, l := range loadBalancersOfCluster(j) {
		used := map[string]bool{}
		each(j, l.Frontends, func(f LBFrontend) {
			if f.CertificateIDs == nil {
				j.reads(&Gap{Reason: NoAPIField, Needs: "certificate_ids"})
				return
			}
			for _, id := range *f.CertificateIDs {
				used[id] = true
			}
		})
		each(j, l.Certificates, func(c LBCertificate) {
			if used[c.ID] || l.Frontends.Missing() != nil {
				judgeLBCertificate(j, l, c)
			}
			delete(used, c.ID)
		})
		if len(used) > 0 && l.Certificates.Missing() == nil {
			j.unknown(l.object(l.Certificates.Source, "certificates", ""),
				Gap{Reason: Changing, Detail: "a certificate of a frontend is not in the list"})
		}
	}
}

// judgeLBCertificate judges a certificate. The text holds the end of its validity.
func judgeLBCertificate(j *judgement, l LoadBalancer, c LBCertificate) {
	object := l.object(l.Certificates.Source, "certificate "+cmp.Or(c.Name, c.ID), "")
	status, ok := known(j, object, c.Status)
	switch {
	case !ok:
		return
	case status == "error":
		object.Value = status
		j.fail(object, High, "The certificate could not be issued.", "Le certificat n'a pas pu être émis.")
		return
	case status == "pending":
		j.unknown(object, Gap{Reason: Changing, Detail: "the certificate is being issued"})
		return
	case status != "ready":
		j.unknown(object, Gap{Reason: NoAPIField, Needs: "status", Detail: "status " + status})
		return
	}
	end, ok := known(j, object, c.NotValidAfter)
	if !ok {
		return
	}
	object.Value = "not_valid_after " + end.UTC().Format(time.DateOnly)
	date := end.UTC().Format(time.DateOnly)
	switch {
	case !j.now.Before(end):
		j.fail(object, High, "The certificate expired on "+date+".", "Le certificat a expiré le "+date+".")
	case end.Sub(j.now) <= renewalLimit(c, end):
		j.fail(object, Medium, "The certificate expires on "+date+" and is not renewed.",
			"Le certificat expire le "+date+" et n'est pas renouvelé.")
	default:
		j.pass(object)
	}
}

// renewalLimit returns how long before the end of its validity a certificate must have been renewed: 30 days, or 20
// with Let's Encrypt. Certificates that are valid for a shorter time are usually renewed once two thirds of it have
// passed: for them it is a tenth of the time later.
func renewalLimit(c LBCertificate, end time.Time) time.Duration {
	const day = 24 * time.Hour
	limit := 30 * day
	if c.Type == "letsencrypt" {
		limit = 20 * day
	}
	if c.NotValidBefore == nil || !c.NotValidBefore.Before(end) {
		return limit
	}
	return min(limit, end.Sub(*c.NotValidBefore)*7/30)
}
