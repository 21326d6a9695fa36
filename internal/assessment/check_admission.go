package assessment

import (
	"slices"
	"strings"
	"time"
)

// admissionChecks returns the checks of what decides about new objects and about the traffic between pods.
func admissionChecks() []Check {
	return slices.Concat(guardrailChecks(), podSecurityChecks(), networkPolicyChecks())
}

// guardrailChecks returns the checks of the guardrails.
func guardrailChecks() []Check {
	return []Check{
		{
			ID: "admission_policies", Layer: LayerCluster, Severity: High,
			Title: Text{EN: "Admission policies in force", FR: "Politiques d'admission en vigueur"},
			Expected: Text{
				EN: "The guardrails are what this release of the provider writes, and none is less strict than its " +
					"default.",
				FR: "Les guardrails sont ceux que cette version du provider écrit, et aucun n'est moins strict que " +
					"sa valeur par défaut.",
			},
			Remedy: Text{
				EN: "Apply srm_hds_guardrails; terraform plan lists existing objects that the policies refuse on " +
					"their next change.",
				FR: "Appliquer srm_hds_guardrails ; terraform plan liste les objets existants que les politiques " +
					"refuseront à leur prochaine modification.",
			},
			judge: judgeAdmissionPolicies,
		},
		{
			ID: "guardrails_exemptions", Layer: LayerCluster, Severity: Medium,
			Title: Text{EN: "Exemptions from the guardrails", FR: "Exemptions des guardrails"},
			Expected: Text{
				EN: "No exemption is past its last day.", FR: "Aucune exemption n'a dépassé son dernier jour.",
			},
			Remedy: Text{
				EN: "Remove the exemption from srm_hds_guardrails, or have it approved again with a new date; the " +
					"policy then refuses what it forbids in the namespace.",
				FR: "Retirer l'exemption de srm_hds_guardrails, ou la faire approuver de nouveau avec une autre " +
					"date ; la politique refuse alors ce qu'elle interdit dans l'espace de noms.",
			},
			judge: judgeExemptions,
		},
	}
}

// engineNames are admission engines, as in the names of their webhook configurations.
func engineNames() []string { return []string{"kyverno", "gatekeeper", "kubewarden"} }

// engineOf returns the admission engine that a webhook belongs to, or "".
func engineOf(w Webhook) string {
	for _, name := range engineNames() {
		if strings.Contains(strings.ToLower(w.Configuration), name) {
			return name
		}
	}
	return ""
}

// engines returns the admission engines whose validating webhooks were found, sorted.
func (in InCluster) engines() []string {
	found := []string{}
	for _, w := range in.Webhooks.Items {
		if name := engineOf(w); name != "" && w.Kind == "ValidatingWebhookConfiguration" {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// Kinds of objects of the guardrails.
const (
	kindPolicy  = "ValidatingAdmissionPolicy"
	kindBinding = "ValidatingAdmissionPolicyBinding"
)

func judgeAdmissionPolicies(j *judgement) {
	in := j.facts.InCluster
	if !j.reads(in.Guardrails.Missing()) {
		return
	}
	if g := in.Guardrails.Value; g.Present {
		judgeGuardrails(j, *g)
	} else {
		judgeOtherEngines(j)
	}
	each(j, in.Webhooks, func(w Webhook) {
		name := engineOf(w)
		if name == "" {
			return
		}
		object := Object{
			ID: w.Kind + "/" + w.Configuration, Name: w.Name, Source: in.Webhooks.Source, Attribute: "failurePolicy",
			Value: w.FailurePolicy,
		}
		if w.FailurePolicy == "Ignore" {
			j.fail(object, Low, "A webhook of "+name+" admits every object while it does not answer.",
				"Un webhook de "+name+" admet tout objet tant qu'il ne répond pas.")
			return
		}
		j.pass(object)
	})
}

// judgeOtherEngines judges a cluster without the guardrails.
func judgeOtherEngines(j *judgement) {
	in := j.facts.InCluster
	object := j.clusterObject("guardrails", "absent")
	object.Source = in.Guardrails.Source
	engines := in.engines()
	for _, p := range in.Policies.Items {
		if slices.Contains(p.Actions, "Deny") {
			engines = append(engines, kindPolicy+"/"+p.Name)
		}
	}
	switch {
	case len(engines) > 0:
		names := strings.Join(engines, ", ")
		j.decide(object, "The guardrails are absent; whether "+names+" refuses the same objects is not evaluated.",
			"Les guardrails sont absents ; il n'est pas évalué si "+names+" refuse les mêmes objets.")
	case in.Webhooks.Missing() != nil:
		j.unknown(object, *in.Webhooks.Missing())
	case j.options.HDS:
		j.fail(object, High, "The cluster has neither the guardrails nor another admission engine.",
			"Le cluster n'a ni les guardrails ni un autre moteur d'admission.")
	default:
		j.decide(object, "The cluster has no admission engine.", "Le cluster n'a pas de moteur d'admission.")
	}
}

// judgeGuardrails judges the objects of the guardrails.
func judgeGuardrails(j *judgement, g Guardrails) {
	in := j.facts.InCluster
	object := func(id, attribute, value string) Object {
		return Object{ID: id, Source: in.Guardrails.Source, Attribute: attribute, Value: value}
	}
	differ := map[string]bool{}
	for _, id := range g.Altered {
		differ[id] = true
		j.failUnlessYoung(object(id, "spec", "altered"), g.CreatedAt, High,
			"The object is absent or differs from what the provider writes.",
			"L'objet est absent ou diffère de ce que le provider écrit.")
	}
	for _, id := range g.Written {
		differ[id] = true
		j.fail(object(id, "spec", "of another release"), Low, "Another release of the provider wrote the object.",
			"Une autre version du provider a écrit l'objet.")
	}
	for _, name := range g.Loosened {
		id := kindBinding + "/" + name
		differ[id] = true
		j.fail(object(id, "spec.validationActions", "less strict than the default"), Medium,
			"The policy is less strict than its default.", "La politique est moins stricte que sa valeur par défaut.")
	}
	each(j, in.Policies, func(p AdmissionPolicy) {
		if p.IsGuardrail && !differ[kindPolicy+"/"+p.Name] && !differ[kindBinding+"/"+p.Name] {
			o := object(kindPolicy+"/"+p.Name, "validationActions", strings.Join(p.Actions, ", "))
			o.Source = in.Policies.Source
			j.pass(o)
		}
	})
	if g.IsCurrent && g.Digest != "" {
		o := j.clusterObject("guardrails digest", g.Digest)
		o.Source = in.Guardrails.Source
		j.pass(o)
	}
}

func judgeExemptions(j *judgement) {
	in := j.facts.InCluster
	if !j.reads(in.Guardrails.Missing()) {
		return
	}
	if !in.Guardrails.Value.Present {
		j.nothing("The cluster has no guardrails.", "Le cluster n'a pas de guardrails.")
		return
	}
	j.nothing("No namespace is exempt.", "Aucun espace de noms n'est exempté.")
	for _, e := range in.Guardrails.Value.Exemptions {
		object := Object{
			ID: "Namespace/" + e.Namespace, Source: in.Guardrails.Source,
			Attribute: "until of the exemption from " + strings.Join(e.Policies, ", "),
		}
		until, ok := known(j, object, e.Until)
		if !ok {
			continue
		}
		day := until.Format(time.DateOnly)
		object.Value = day
		if isPast(until, j.now) {
			j.fail(object, Medium, "The last day of the exemption was "+day+"; the namespace is still exempt.",
				"Le dernier jour de l'exemption était le "+day+" ; l'espace de noms reste exempté.")
			continue
		}
		j.passWith(object, "Exempt until "+day+".", "Exempté jusqu'au "+day+".")
	}
}
