package assessment

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
)

// gatewayChecks returns the checks of what reaches the cluster through Public Gateways.
func gatewayChecks() []Check {
	return []Check{
		{
			ID: "gateway_exposure", Layer: LayerAPI, Severity: High,
			Title: Text{EN: "Exposure by Public Gateways", FR: "Exposition par les Public Gateways"},
			Expected: Text{
				EN: "No PAT rule to the Private Network, and a bastion that is off or has an allow-list.",
				FR: "Aucune règle PAT vers le réseau privé, et un bastion désactivé ou avec une liste d'accès.",
			},
			Remedy: Text{
				EN: "Run scw vpc-gw pat-rule delete RULE_ID, and scw vpc-gw gateway update GATEWAY_ID " +
					"enable-bastion=false or restrict the bastion's allowed addresses; connections through them end.",
				FR: "Exécuter scw vpc-gw pat-rule delete RULE_ID, et scw vpc-gw gateway update GATEWAY_ID " +
					"enable-bastion=false ou restreindre les adresses admises du bastion ; les connexions qui y " +
					"passent prennent fin.",
			},
			judge: judgeGateways,
		},
	}
}

func judgeGateways(j *judgement) {
	if !j.hasNetwork() {
		return
	}
	p := j.facts.Project
	j.nothing("The Private Network has no Public Gateway.", "Le réseau privé n'a pas de Public Gateway.")
	each(j, p.Gateways, func(g Gateway) {
		j.judgePATRules(g)
		object := Object{ID: g.Zone + "/" + g.ID, Name: g.Name, Source: p.Gateways.Source, Attribute: "bastion_enabled"}
		if enabled, ok := known(j, object, g.BastionEnabled); ok {
			object.Value = fmt.Sprint(enabled)
			j.judgeBastion(object, enabled, g.BastionAllowedIPs)
		}
		object.Attribute, object.Value = "is_legacy", ""
		if legacy, ok := known(j, object, g.IsLegacy); ok {
			object.Value = fmt.Sprint(legacy)
			if legacy {
				j.fail(
					object,
					Low,
					"The Public Gateway is a legacy one.",
					"La Public Gateway est d'ancienne génération.",
				)
			} else {
				j.pass(object)
			}
		}
	})
}

func (j *judgement) judgeBastion(object Object, enabled bool, allowed *[]string) {
	if !enabled {
		j.pass(object)
		return
	}
	object.Attribute = "bastion_allowed_ips"
	list, ok := known(j, object, allowed)
	if !ok {
		return
	}
	object.Value = strings.Join(list, ", ")
	ranges := []netip.Prefix{}
	for _, text := range list {
		prefix, err := parseRange(text)
		if err != nil {
			j.unknown(object, Gap{Reason: NoAPIField, Needs: object.Attribute, Detail: err.Error()})
			return
		}
		ranges = append(ranges, prefix)
	}
	isOpen, _ := compliance.IsOpenToWorld(ranges)
	switch {
	case len(list) == 0, isOpen:
		j.fail(object, High, "The SSH bastion accepts every address.", "Le bastion SSH accepte toute adresse.")
	default:
		j.passWith(object, "The SSH bastion accepts "+object.Value+" only.",
			"Le bastion SSH n'accepte que "+object.Value+".")
	}
}

// judgePATRules judges the rules that forward a public port of a gateway.
func (j *judgement) judgePATRules(g Gateway) {
	if !j.reads(j.facts.Project.PrivateNetwork.Missing()) {
		return
	}
	each(j, g.PATRules, func(r PATRule) {
		object := Object{
			ID: g.Zone + "/" + r.ID, Name: g.Name, Source: g.PATRules.Source, Attribute: "private_ip",
			Value: fmt.Sprintf("%s:%d from %d/%s", r.PrivateIP, r.PrivatePort, r.PublicPort, r.Protocol),
		}
		address, err := netip.ParseAddr(r.PrivateIP)
		if err != nil {
			j.unknown(object, Gap{Reason: NoAPIField, Needs: "private_ip", Detail: err.Error()})
			return
		}
		isInside := slices.ContainsFunc(j.subnets(), func(s netip.Prefix) bool { return s.Contains(address) })
		isCluster, isKnown := j.isClusterAddress(address)
		switch {
		case isCluster:
			j.fail(
				object,
				High,
				fmt.Sprintf("A PAT rule forwards the public port %d to a node, port %d.", r.PublicPort, r.PrivatePort),
				fmt.Sprintf(
					"Une règle PAT transfère le port public %d vers un nœud, port %d.",
					r.PublicPort,
					r.PrivatePort,
				),
			)
		case !isInside:
			j.pass(object) // to another Private Network of the gateway
		case !isKnown:
			j.unknown(object, *j.addressGap())
		default:
			j.decide(
				object,
				fmt.Sprintf(
					"A PAT rule forwards the public port %d to a neighbour in the Private Network.",
					r.PublicPort,
				),
				fmt.Sprintf(
					"Une règle PAT transfère le port public %d vers un voisin dans le réseau privé.",
					r.PublicPort,
				),
			)
		}
	})
}

// addressGap returns why the addresses of the cluster are not known, or nil if they are.
func (j *judgement) addressGap() *Gap {
	if gap := j.facts.Project.IPs.Missing(); gap != nil {
		return gap
	}
	return j.facts.Nodes.Missing()
}

// isClusterAddress reports whether a private address is one of a node of the cluster, and whether that is known.
func (j *judgement) isClusterAddress(address netip.Addr) (isCluster, isKnown bool) {
	for _, ip := range j.facts.Project.IPs.Items {
		prefix, err := parseRange(ip.Address)
		if err != nil || prefix.Addr() != address {
			continue
		}
		if slices.ContainsFunc(j.facts.Nodes.Items, func(n Node) bool {
			return n.Name == ip.ResourceName || ip.ResourceID != "" && n.ServerID == ip.ResourceID
		}) {
			return true, true
		}
	}
	return false, j.addressGap() == nil
}
