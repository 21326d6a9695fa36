package assessment

import "strings"

func judgePublicLoadBalancers(j *judgement) {
	j.nothing("The cluster has no Load Balancer.", "Le cluster n'a pas de Load Balancer.")
	for _, l := range loadBalancersOfCluster(j) {
		object := l.object(j.facts.Project.LoadBalancers.Source, "ip", "")
		addresses, ok := known(j, object, l.PublicIPs)
		if !ok {
			continue
		}
		object.Value = strings.Join(addresses, ", ")
		ids := []string{l.subject(), l.ID}
		if s, ok := serviceOf(j, l); ok {
			ids = append(ids, s.ID())
		}
		switch {
		case len(addresses) == 0:
			j.passWith(object, "It has no public address.", "Il n'a pas d'adresse publique.")
		case j.accept(object, InputPublic, ids...):
		case j.options.Inputs.ExpectedPublic == nil:
			j.decide(object, "The Load Balancer has a public address, and expected_public is not given.",
				"Le Load Balancer a une adresse publique et expected_public n'est pas renseigné.")
		default:
			j.failUnlessYoung(
				object,
				l.CreatedAt,
				Medium,
				"The Load Balancer has a public address and is not expected.",
				"Le Load Balancer a une adresse publique et n'est pas prévu.",
			)
		}
	}
}

func judgeOrphans(j *judgement) {
	j.nothing("The cluster manages no Load Balancer.", "Le cluster ne gère aucun Load Balancer.")
	list, services := j.facts.Project.LoadBalancers, j.facts.InCluster.Services
	j.reads(list.Missing())
	cluster, ok := j.cluster()
	if !ok || !j.reads(services.Missing()) {
		return
	}
	for _, l := range list.Items {
		if l.ClusterID != cluster.ID {
			continue
		}
		object := l.object(list.Source, "name", l.Name)
		s, ok := serviceOf(j, l)
		switch {
		case ok:
			object.Value = s.ID()
			j.pass(object)
		case l.isDeleting():
			j.unknown(object, Gap{Reason: Changing, Detail: "status " + l.Status})
		case l.ServiceUID == "":
			j.decide(object, "No Service names it, and its name has no identifier of a Service.",
				"Aucun Service ne le désigne et son nom ne contient pas d'identifiant de Service.")
		default:
			j.failUnlessYoung(object, l.CreatedAt, Low, "Its Service does not exist.", "Son Service n'existe pas.")
		}
	}
}
