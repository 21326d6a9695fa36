package assessment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// serviceTypeNodePort and serviceTypeLoadBalancer are types of Services that open ports on nodes.
const (
	serviceTypeNodePort     = "NodePort"
	serviceTypeLoadBalancer = "LoadBalancer"
)

// nodeExposure is what is known about public addresses of nodes.
type nodeExposure struct {
	isPublic bool
	missing  *Gap // Why it is not known that none has.
}

// newNodeExposure reads the pools and nodes. One public address is enough; that there is none needs all of them.
func newNodeExposure(j *judgement) nodeExposure {
	e := nodeExposure{}
	lacks := func(gap *Gap) {
		if e.missing == nil {
			e.missing = gap
		}
	}
	lacks(j.facts.Pools.Missing())
	lacks(j.facts.Nodes.Missing())
	for _, p := range j.facts.Pools.Items {
		switch {
		case p.IsExternal:
		case p.PublicIPDisabled == nil:
			lacks(&Gap{Reason: NoAPIField, Needs: "public_ip_disabled"})
		case !*p.PublicIPDisabled:
			e.isPublic = true
		}
	}
	for _, n := range j.facts.Nodes.Items {
		for _, address := range []*string{n.PublicIPv4, n.PublicIPv6} {
			switch {
			case address == nil:
				lacks(&Gap{Reason: NoAPIField, Needs: "public addresses of nodes"})
			case *address != "":
				e.isPublic = true
			}
		}
	}
	return e
}

func judgeNodePorts(j *judgement) {
	j.nothing("There is no Service or workload.", "Il n'existe ni Service ni charge de travail.")
	services, workloads, exposure := j.facts.InCluster.Services, j.facts.InCluster.Workloads, newNodeExposure(j)
	each(j, services, func(s Service) {
		o := Object{ID: s.ID(), Source: services.Source, Attribute: "spec.type", Value: s.Type}
		// Scaleway's Load Balancers send traffic to the node ports of their Services.
		opens := s.Type == serviceTypeNodePort || s.Type == serviceTypeLoadBalancer && s.IsForeignClass
		if len(s.ExternalIPs) > 0 {
			external := o
			external.Attribute, external.Value = "spec.externalIPs", strings.Join(s.ExternalIPs, ", ")
			if !j.accept(external, InputNodePorts, s.ID()) {
				j.fail(external, High, "Nodes accept traffic to the external IPs of a Service.",
					"Les nœuds acceptent le trafic vers les IP externes d'un Service.")
			}
		}
		switch {
		case s.Type == "":
			j.unknown(o, Gap{Reason: NoAPIField, Needs: o.Attribute})
		case opens && len(s.NodePorts) > 0:
			o.Attribute, o.Value = "spec.ports.nodePort", joinNumbers(s.NodePorts)
			j.judgeNodePort(o, exposure, fmt.Sprintf("A Service of the type %s opens node ports", s.Type),
				fmt.Sprintf("Un Service de type %s ouvre des ports", s.Type))
		case len(s.ExternalIPs) == 0:
			j.pass(o)
		}
	})
	each(j, workloads, func(w Workload) {
		o := Object{ID: w.ID(), Source: workloads.Source, Attribute: "spec.hostNetwork", Value: "false"}
		switch {
		case w.FromScaleway || w.Namespace == kubeSystem && w.HostNetwork:
		case len(w.HostPorts) > 0:
			o.Attribute, o.Value = "spec.containers.ports.hostPort", joinNumbers(w.HostPorts)
			j.judgeNodePort(o, exposure, "A workload opens host ports", "Une charge de travail ouvre des ports "+
				"d'hôte")
		case w.HostNetwork:
			o.Value = "true"
			j.judgeHostNetwork(o, exposure)
		default:
			j.pass(o)
		}
	})
}

// judgeNodePort judges ports that are open on nodes. The texts are clauses without a place.
func (j *judgement) judgeNodePort(o Object, exposure nodeExposure, en, fr string) {
	switch {
	case j.accept(o, InputNodePorts, o.ID):
	case exposure.isPublic:
		j.fail(o, High, en+", and nodes have public addresses.", fr+", et des nœuds ont une adresse publique.")
	case exposure.missing != nil:
		j.unknown(o, *exposure.missing)
	default:
		j.passWith(o, en+"; no node has a public address.", fr+" ; aucun nœud n'a d'adresse publique.")
	}
}

// judgeHostNetwork judges a workload in the network of its nodes. Its template does not show where it listens.
func (j *judgement) judgeHostNetwork(o Object, exposure nodeExposure) {
	switch {
	case j.accept(o, InputNodePorts, o.ID):
	case exposure.isPublic:
		j.decide(o, "A workload uses the network of its nodes, and nodes have public addresses.",
			"Une charge de travail utilise le réseau de ses nœuds, et des nœuds ont une adresse publique.")
	case exposure.missing != nil:
		j.unknown(o, *exposure.missing)
	default:
		j.passWith(o, "A workload uses the network of its nodes; no node has a public address.",
			"Une charge de travail utilise le réseau de ses nœuds ; aucun nœud n'a d'adresse publique.")
	}
}

// joinNumbers joins numbers in ascending order.
func joinNumbers(numbers []int) string {
	texts := []string{}
	for _, number := range slices.Sorted(slices.Values(numbers)) {
		texts = append(texts, strconv.Itoa(number))
	}
	return strings.Join(texts, ", ")
}
