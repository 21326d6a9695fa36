package assessment

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// securityGroupChecks returns the checks of what security groups let through to nodes.
func securityGroupChecks() []Check {
	return []Check{
		{
			ID: "security_group_inbound", Layer: LayerAPI, Severity: High,
			Title: Text{
				EN: "Inbound public traffic to nodes",
				FR: "Trafic public entrant vers les nœuds",
			},
			Expected: Text{
				EN: "A stateful security group that drops inbound traffic and accepts no port from every address. It " +
					"filters public traffic only.",
				FR: "Un groupe de sécurité à états qui rejette le trafic entrant et n'accepte aucun port depuis " +
					"toute adresse. Il ne filtre que le trafic public.",
			},
			Remedy: Text{
				EN: "Run scw instance security-group update GROUP_ID inbound-default-policy=drop and delete the " +
					"rule; other machines with the group lose the traffic, too.",
				FR: "Exécuter scw instance security-group update GROUP_ID inbound-default-policy=drop et supprimer " +
					"la règle ; les autres machines du groupe perdent aussi ce trafic.",
			},
			judge: judgeSecurityGroups,
		},
	}
}

// portRange is a range of ports with both ends.
type portRange struct{ from, to int }

// sensitivePorts are the ports of SSH, of the kubelet and of node ports.
func sensitivePorts() []portRange { return []portRange{{22, 22}, {10250, 10250}, {30000, 32767}} }

func judgeSecurityGroups(j *judgement) {
	j.noPool()
	j.reads(j.facts.Nodes.Missing())
	groups := j.facts.Project.SecurityGroups
	each(j, j.facts.Pools, func(p Pool) {
		if p.IsExternal {
			return
		}
		object := j.poolObject(p, "security_group_id", textOf(p.SecurityGroupID))
		object.Source = groups.Source
		i := slices.IndexFunc(groups.Items, func(g SecurityGroup) bool { return slices.Contains(g.PoolIDs, p.ID) })
		id, ok := known(j, object, p.SecurityGroupID)
		switch gap := groups.Missing(); {
		case !ok:
		case i >= 0:
			object.Value = groups.Items[i].ID
			j.judgeSecurityGroup(object, p, groups.Items[i])
		case gap != nil:
			j.unknown(object, *gap)
		case id == "":
			j.decide(object, "The pool names no security group, and the default group of its zone was not found.",
				"Le pool ne nomme aucun groupe de sécurité, et le groupe par défaut de sa zone est introuvable.")
		default:
			j.unknown(object, Gap{Reason: NotFound, Needs: "security group " + id})
		}
	})
}

// judgeSecurityGroup judges the security group of a pool. It says nothing about traffic in the Private Network.
func (j *judgement) judgeSecurityGroup(object Object, p Pool, g SecurityGroup) {
	policy, ok := known(j, withAttribute(object, "inbound_default_policy"), g.InboundPolicy)
	if !ok {
		return
	}
	stateful, ok := known(j, withAttribute(object, "stateful"), g.Stateful)
	if !ok {
		return
	}
	if policy != "drop" {
		severity := Low
		if p.PublicIPDisabled == nil || !*p.PublicIPDisabled ||
			slices.ContainsFunc(j.facts.nodesOf(p), hasPublicAddress) {
			severity = High
		}
		j.fail(withAttribute(object, "inbound_default_policy"), severity,
			"The security group accepts inbound traffic by default.",
			"Le groupe de sécurité accepte le trafic entrant par défaut.")
		return
	}
	sensitive, others := []string{}, []string{}
	for _, r := range g.Rules.Items {
		if r.Direction != "inbound" || r.Action != "accept" || r.Protocol == "ICMP" || !g.isOpen(r) {
			continue
		}
		if r.touches(sensitivePorts()) {
			sensitive = append(sensitive, r.ports())
		} else {
			others = append(others, r.ports())
		}
	}
	missing := g.Rules.Missing()
	switch {
	case len(sensitive) > 0:
		ports := sentenceList(sensitive)
		j.fail(object, High, "The security group accepts every address on "+ports+".",
			"Le groupe de sécurité accepte toute adresse sur "+ports+".")
	case missing != nil:
		j.unknown(object, *missing)
	case len(others) > 0:
		ports := sentenceList(others)
		if !j.accept(object, InputNodePorts, object.ID, g.Zone+"/"+g.ID, g.ID) {
			j.decide(object, "The security group accepts every address on "+ports+".",
				"Le groupe de sécurité accepte toute adresse sur "+ports+".")
		}
	case !stateful:
		j.decide(withAttribute(object, "stateful"), "The security group is not stateful.",
			"Le groupe de sécurité n'est pas à états.")
	default:
		j.pass(object)
	}
}

// textOf returns a text, or "" if it is not known.
func textOf(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// withAttribute returns the object of another attribute.
func withAttribute(o Object, attribute string) Object {
	o.Attribute = attribute
	return o
}

func hasPublicAddress(n Node) bool { return isSet(n.PublicIPv4) || isSet(n.PublicIPv6) }

// isOpen reports whether every address may reach the ports of a rule, by this rule or together with other rules that
// share a port with it: two halves of the Internet are the whole.
func (g SecurityGroup) isOpen(rule SecurityGroupRule) bool {
	if isEveryAddress(rule.IPRange) {
		return true
	}
	ranges := []netip.Prefix{}
	for _, r := range g.Rules.Items {
		prefix, err := parseRange(r.IPRange)
		if err == nil && r.Direction == "inbound" && r.Action == "accept" && r.sharesPort(rule) {
			ranges = append(ranges, prefix)
		}
	}
	isOpen, _ := compliance.IsOpenToWorld(ranges)
	return isOpen
}

// sharesPort reports whether two rules are about a common port of a common protocol.
func (r SecurityGroupRule) sharesPort(other SecurityGroupRule) bool {
	if r.Protocol != other.Protocol && r.Protocol != "ANY" && other.Protocol != "ANY" {
		return false
	}
	return r.touches([]portRange{other.span()})
}

// maxPort is the highest port.
const maxPort = 65535

// isEveryAddress reports whether a range is every address, or so much that it makes no difference.
func isEveryAddress(text string) bool {
	prefix, err := parseRange(text)
	if err != nil {
		return true // not known to be narrower
	}
	isOpen, _ := compliance.IsOpenToWorld([]netip.Prefix{prefix})
	return isOpen
}

// touches reports whether a rule is about a port of one of the ranges. ICMP has none.
func (r SecurityGroupRule) touches(ranges []portRange) bool {
	own := r.span()
	return slices.ContainsFunc(ranges, func(p portRange) bool { return own.from <= p.to && own.to >= p.from })
}

// span returns the ports of a rule: all of them, a range, or one.
func (r SecurityGroupRule) span() portRange {
	switch {
	case r.PortFrom == nil:
		return portRange{0, maxPort}
	case r.PortTo == nil:
		return portRange{*r.PortFrom, *r.PortFrom}
	}
	return portRange{*r.PortFrom, *r.PortTo}
}

// ports describes the ports of a rule.
func (r SecurityGroupRule) ports() string {
	switch {
	case r.PortFrom == nil:
		return r.Protocol
	case r.PortTo == nil || *r.PortTo == *r.PortFrom:
		return fmt.Sprintf("%s %d", r.Protocol, *r.PortFrom)
	}
	return fmt.Sprintf("%s %d-%d", r.Protocol, *r.PortFrom, *r.PortTo)
}
