package assessment

import (
	"slices"
	"strings"
	"time"
)

// declaredTrue is the value of annotations that declare something to the guardrails.
const declaredTrue = "true"

func judgePassthrough(j *judgement) {
	j.nothing("No Service and no claim declares it.", "Aucun Service ni claim ne le déclare.")
	attestation, isAttested := j.valid(kindEncryption)
	services, claims := j.facts.InCluster.Services, j.facts.InCluster.Claims
	guardrails := j.facts.InCluster.Guardrails.Value
	isNamed := func(id, short string) bool { return isAttested && mentions(attestation.Fields, id, short) }
	each(j, services, func(s Service) {
		if s.TLSPassthrough != declaredTrue {
			return
		}
		o := Object{
			ID:        s.ID(),
			Source:    services.Source,
			Attribute: "terraform-srm.github.io/tls-passthrough",
			Value:     declaredTrue,
		}
		switch {
		case guardrails != nil && guardrails.Present && !slices.Contains(guardrails.TLSNamespaces, s.Namespace):
			j.decide(
				o,
				"A Service in a namespace that the guardrails do not list declares that its workload terminates TLS.",
				"Un Service d'un espace de noms absent des guardrails déclare que sa charge de travail termine TLS.",
			)
		case isNamed(s.ID(), s.Namespace+"/"+s.Name):
			j.passWith(o, "The attestation "+attestation.ID+" names the Service.",
				"L'attestation "+attestation.ID+" nomme le Service.")
		default:
			j.decide(o, "A Service declares that its workload terminates TLS, and no attestation names it.",
				"Un Service déclare que sa charge de travail termine TLS, et aucune attestation ne le nomme.")
		}
	})
	each(j, claims, func(c Claim) {
		if c.EncryptedSource != declaredTrue {
			return
		}
		o := Object{
			ID:        c.ID(),
			Source:    claims.Source,
			Attribute: "terraform-srm.github.io/encrypted-source",
			Value:     declaredTrue,
		}
		if isNamed(c.ID(), c.Namespace+"/"+c.Name) {
			j.passWith(o, "The attestation "+attestation.ID+" names the claim.",
				"L'attestation "+attestation.ID+" nomme le claim.")
			return
		}
		j.decide(o, "A claim declares that its source is encrypted, and no attestation names it.",
			"Un claim déclare que sa source est chiffrée, et aucune attestation ne le nomme.")
	})
}

// renewalShare is the part of a certificate's lifetime, as a divisor, by which its renewal may be late.
const renewalShare = 10

func judgeCertificates(j *judgement) {
	certificates := j.facts.InCluster.Certificates
	if certificates.Missing() == nil && len(certificates.Items) == 0 {
		if _, ok := j.valid(kindEncryption); !ok {
			j.reads(
				&Gap{
					Reason: AttestationMissing,
					Needs:  "encryption",
					Detail: "there is no Certificate of cert-manager",
				},
			)
			return
		}
		j.nothing(
			"There is no Certificate of cert-manager; an attestation states how certificates are renewed.",
			"Il n'existe aucun Certificate de cert-manager ; une attestation déclare le renouvellement des "+
				"certificats.",
		)
		return
	}
	each(j, certificates, func(c Certificate) {
		o := Object{ID: c.ID(), Source: certificates.Source, Attribute: "status.conditions.Ready", Value: "absent"}
		if c.Ready == nil && j.isYoung(c.CreatedAt) {
			j.unknown(o, Gap{Reason: Changing, Detail: "created " + c.CreatedAt.UTC().Format(time.RFC3339)})
			return
		}
		ready, ok := known(j, o, c.Ready)
		if !ok {
			return
		}
		o.Value = "True"
		if !ready {
			o.Value = "False"
			j.failUnlessYoung(o, c.CreatedAt, Medium, "A certificate is not Ready.", "Un certificat n'est pas Ready.")
			return
		}
		j.judgeRenewal(c, o)
	})
}

// judgeRenewal judges the dates of a certificate that is Ready.
func (j *judgement) judgeRenewal(c Certificate, o Object) {
	o.Attribute, o.Value, o.changesDaily = "status.notAfter", "", true
	notAfter, ok := known(j, o, c.NotAfter)
	if !ok {
		return
	}
	o.Value = notAfter.UTC().Format(time.RFC3339)
	if !j.now.Before(notAfter) {
		j.fail(o, Medium, "A certificate was valid until "+notAfter.UTC().Format(time.DateOnly)+".",
			"Un certificat était valable jusqu'au "+notAfter.UTC().Format(time.DateOnly)+".")
		return
	}
	o.Attribute, o.Value = "status.notBefore", ""
	notBefore, ok := known(j, o, c.NotBefore)
	if !ok {
		return
	}
	o.Attribute, o.Value = "status.renewalTime", ""
	renewal, ok := known(j, o, c.RenewalTime)
	if !ok {
		return
	}
	o.Value = renewal.UTC().Format(time.RFC3339)
	if j.now.After(renewal.Add(notAfter.Sub(notBefore) / renewalShare)) {
		j.fail(o, Medium, "A certificate was to be renewed on "+renewal.UTC().Format(time.DateOnly)+".",
			"Un certificat devait être renouvelé le "+renewal.UTC().Format(time.DateOnly)+".")
		return
	}
	j.pass(o)
}

// mentions reports whether a declared value is one of the texts, or contains it in a list or an object.
func mentions(value any, texts ...string) bool {
	switch v := value.(type) {
	case string:
		return slices.Contains(texts, strings.TrimSpace(v))
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return mentions(item, texts...) })
	case map[string]any:
		for _, item := range v {
			if mentions(item, texts...) {
				return true
			}
		}
	}
	return false
}
