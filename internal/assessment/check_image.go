package assessment

import (
	"slices"
	"strings"
)

// imageChecks returns the checks of image references. None of them passes.
func imageChecks() []Check {
	return []Check{
		{
			ID: "saas_agents", Layer: LayerCluster, Severity: Low, Indicator: true,
			Title: Text{
				EN: "Agents that send data to a provider of monitoring",
				FR: "Agents qui envoient des données à un fournisseur de supervision",
			},
			Expected: Text{
				EN: "The attestation egress_review names the destination of every known agent.",
				FR: "L'attestation egress_review nomme la destination de chaque agent connu.",
			},
			Remedy: Text{
				EN: "Name the destination in egress_review with its country, or delete the agent with kubectl; what " +
					"it monitors is then not monitored.",
				FR: "Nommer la destination dans egress_review avec son pays, ou supprimer l'agent avec kubectl ; ce " +
					"qu'il supervise ne l'est alors plus.",
			},
			judge: judgeAgents,
		},
		{
			ID: "unmaintained_ingress", Layer: LayerCluster, Severity: Low, Indicator: true,
			Title: Text{EN: "Ingress controllers without maintenance", FR: "Contrôleurs Ingress sans maintenance"},
			Expected: Text{
				EN: "ingress-nginx, retired in March 2026, is not in use.",
				FR: "ingress-nginx, retiré en mars 2026, n'est pas utilisé.",
			},
			Remedy: Text{
				EN: "Migrate to a maintained controller; addresses of Load Balancers change unless they are kept.",
				FR: "Migrer vers un contrôleur maintenu ; les adresses des Load Balancers changent si elles ne sont " +
					"pas conservées.",
			},
			judge: judgeIngressControllers,
		},
		{
			ID: "image_references", Layer: LayerCluster, Severity: Medium, Indicator: true,
			Title: Text{EN: "Image references of workloads", FR: "Références d'images des charges de travail"},
			Expected: Text{
				EN: "Images have a digest or a tag other than latest, and come from approved_registries if that " +
					"input is set.",
				FR: "Les images ont une empreinte ou un tag autre que latest, et viennent de approved_registries si " +
					"ce paramètre est défini.",
			},
			Remedy: Text{
				EN: "Set the image with kubectl set image to a digest in an approved registry; the pods are replaced.",
				FR: "Définir l'image avec kubectl set image par une empreinte dans un registre approuvé ; les pods " +
					"sont remplacés.",
			},
			judge: judgeImages,
		},
	}
}

// image is a parsed image reference.
type image struct {
	name   string // Registry and repository: "docker.io/library/nginx".
	tag    string
	digest string
}

// parseImage parses an image reference in the way of container runtimes: the first part is a registry if it has a dot,
// a colon, or is "localhost".
func parseImage(reference string) image {
	parsed := image{}
	rest, digest, _ := strings.Cut(reference, "@")
	parsed.digest = digest
	if i := strings.LastIndexByte(rest, ':'); i > strings.LastIndexByte(rest, '/') {
		rest, parsed.tag = rest[:i], rest[i+1:]
	}
	first, _, hasPath := strings.Cut(rest, "/")
	switch {
	case hasPath && (strings.ContainsAny(first, ".:") || first == "localhost"):
		parsed.name = rest
	case hasPath:
		parsed.name = "docker.io/" + rest
	default:
		parsed.name = "docker.io/library/" + rest
	}
	return parsed
}

// isIn reports whether the image is in a registry or a namespace of one.
func (i image) isIn(registry string) bool {
	registry = strings.TrimSuffix(registry, "/")
	return registry != "" && (i.name == registry || strings.HasPrefix(i.name, registry+"/"))
}

// eachImage calls visit for each image of the customer's workloads.
func (j *judgement) eachImage(visit func(Object, image)) {
	workloads := j.facts.InCluster.Workloads
	each(j, workloads, func(w Workload) {
		if w.FromScaleway {
			return
		}
		for _, reference := range w.Images {
			o := Object{ID: w.ID(), Source: workloads.Source, Attribute: "image", Value: reference}
			visit(o, parseImage(reference))
		}
	})
}

func judgeImages(j *judgement) {
	approved := j.options.Inputs.ApprovedRegistries
	j.eachImage(func(o Object, i image) {
		switch {
		case len(approved) > 0 && !slices.ContainsFunc(approved, i.isIn):
			j.fail(o, Medium, "The registry is not in approved_registries.",
				"Le registre n'est pas dans approved_registries.")
		case i.digest != "":
			j.passWith(o, "The image has a digest.", "L'image a une empreinte.")
		case i.tag == "" || i.tag == "latest":
			j.fail(o, Low, "The image has no tag, or the tag latest.", "L'image n'a pas de tag, ou le tag latest.")
		default:
			j.passWith(o, "The image has a tag, which can change.", "L'image a un tag, qui peut changer.")
		}
	})
}

// agent is a known agent that sends data to the provider of its service.
type agent struct {
	vendor string
	paths  []string // Parts of image names.
}

func agents() []agent {
	return []agent{
		{"Datadog", []string{"datadog/", "datadoghq/", "datadoghq.com/"}},
		{"New Relic", []string{"newrelic/"}},
		{"Dynatrace", []string{"dynatrace/"}},
		{"Sentry", []string{"getsentry/relay"}},
		{"Instana", []string{"instana/"}},
	}
}

// agentOf returns the vendor of an agent's image, or "".
func agentOf(i image) string {
	for _, a := range agents() {
		for _, path := range a.paths {
			if strings.Contains(i.name+"/", "/"+path) || strings.Contains(i.name, "."+path) {
				return a.vendor
			}
		}
	}
	return ""
}

// namesVendor reports whether a destination of the attestation egress_review names a vendor.
func namesVendor(destinations []map[string]any, vendor string) bool {
	name := strings.ToLower(strings.ReplaceAll(vendor, " ", ""))
	return slices.ContainsFunc(destinations, func(d map[string]any) bool {
		for field := range d {
			plain := strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(fieldText(d, field)))
			if strings.Contains(plain, name) {
				return true
			}
		}
		return false
	})
}

func judgeAgents(j *judgement) {
	review, _ := j.valid(kindEgressReview)
	destinations := fieldObjects(review.Fields, "destinations")
	j.eachImage(func(o Object, i image) {
		vendor := agentOf(i)
		switch {
		case vendor == "":
		case namesVendor(destinations, vendor):
			j.passWith(o, "The attestation egress_review names "+vendor+".",
				"L'attestation egress_review nomme "+vendor+".")
		default:
			j.fail(o, Low, "An agent of "+vendor+" runs; the attestation egress_review does not name it.",
				"Un agent de "+vendor+" est en service ; l'attestation egress_review ne le nomme pas.")
		}
	})
}

func judgeIngressControllers(j *judgement) {
	in := j.facts.InCluster
	const en, fr = "ingress-nginx gets no more releases since March 2026.",
		"ingress-nginx ne reçoit plus de versions depuis mars 2026."
	each(j, in.IngressClasses, func(c IngressClass) {
		o := Object{
			ID: "IngressClass/" + c.Name, Source: in.IngressClasses.Source,
			Attribute: "controller", Value: c.Controller,
		}
		if c.Controller == "k8s.io/ingress-nginx" {
			j.fail(o, Low, en, fr)
			return
		}
		j.pass(o)
	})
	j.eachImage(func(o Object, i image) {
		if strings.Contains(i.name, "ingress-nginx/controller") ||
			strings.HasSuffix(i.name, "/nginx-ingress-controller") {
			j.fail(o, Low, en, fr)
		}
	})
}
