package assessment

import (
	"fmt"
	"slices"
)

// egressChecks returns the checks of ways out of the VPC.
func egressChecks() []Check {
	return []Check{
		{
			ID:       "vpc_leads_out",
			Layer:    LayerAPI,
			Severity: High,
			Title: Text{
				EN: "Routes, VPNs and peerings that leave the VPC",
				FR: "Routes, VPN et appairages qui quittent le VPC",
			},
			Expected: Text{
				EN: "Local and default routes only; each other way out is named in egress_review with its destination.",
				FR: "Uniquement des routes locales et par défaut ; toute autre sortie est nommée dans egress_review " +
					"avec sa destination.",
			},
			Remedy: Text{
				EN: "Delete the connector, VPN gateway, InterLink or route, which cuts its traffic, or name its id " +
					"and the country of the other end in the attestation egress_review.",
				FR: "Supprimer le connecteur, la passerelle VPN, l'InterLink ou la route, ce qui coupe son trafic, " +
					"ou nommer son id et le pays de l'autre extrémité dans l'attestation egress_review.",
			},
			judge: judgeWaysOut,
		},
		{
			ID: "gateway_egress", Layer: LayerAPI, Severity: Info,
			Title: Text{EN: "Default route to the Internet", FR: "Route par défaut vers Internet"},
			Expected: Text{
				EN: "No default route, or a valid egress_review: no configuration shows where egress through a " +
					"gateway goes.",
				FR: "Aucune route par défaut, ou un egress_review valide : aucune configuration ne montre où va le " +
					"trafic sortant d'une gateway.",
			},
			Remedy: Text{
				EN: "Add an attestation egress_review with the destinations; without a default route the nodes " +
					"cannot pull images from the Internet.",
				FR: "Ajouter une attestation egress_review avec les destinations ; sans route par défaut, les nœuds " +
					"ne peuvent pas télécharger d'images depuis Internet.",
			},
			judge: judgeEgressRoute,
		},
	}
}

func judgeWaysOut(j *judgement) {
	if !j.hasNetwork() {
		return
	}
	p := j.facts.Project
	transit := Text{}
	if j.reads(p.VPC.Missing()) && p.VPC.Value.TransitivityEnabled != nil && *p.VPC.Value.TransitivityEnabled {
		transit = Text{
			EN: " Transitivity is enabled: peered VPCs reach others through this one.",
			FR: " La transitivité est activée : les VPC appairés en atteignent d'autres par celui-ci.",
		}
	}
	each(j, p.Routes, func(r Route) {
		object := j.object(r.ID, r.Destination, p.Routes.Source, "type", r.Type)
		if r.ID == "" { // local routes have no id
			object.ID = j.region() + "/" + r.NextHopID
		}
		if r.Type == "subnet" || r.Type == "default" {
			object.Value += " " + r.Destination
			j.pass(object)
			return
		}
		object.Value += " " + r.Destination + " " + r.NextHopType
		j.wayOut(object, r.ID, fmt.Sprintf("A route of the type %s leads to %s.", r.Type, r.Destination),
			fmt.Sprintf("Une route de type %s mène à %s.", r.Type, r.Destination))
	})
	each(j, p.Connectors, func(c Connector) {
		object := j.object(c.ID, c.Name, p.Connectors.Source, "status", c.Status)
		if c.TargetOrganizationID != "" && c.TargetOrganizationID != j.facts.Cluster.Value.OrganizationID {
			object.Attribute, object.Value = "peer_info.organization_id", c.TargetOrganizationID
			j.fail(object, High, "A connector leads to a VPC of another Organization."+transit.EN,
				"Un connecteur mène à un VPC d'une autre Organization."+transit.FR)
			return
		}
		j.wayOut(object, c.ID, "A connector leads to another VPC."+transit.EN,
			"Un connecteur mène à un autre VPC."+transit.FR)
	})
	each(j, p.VPNGateways, func(g Resource) {
		j.wayOut(j.object(g.ID, g.Name, p.VPNGateways.Source, "kind", "vpn_gateway"), g.ID,
			"A site-to-site VPN gateway leads out of the VPC.", "Une passerelle VPN site à site mène hors du VPC.")
	})
	each(j, p.InterLinks, func(l Resource) {
		j.wayOut(j.object(l.ID, l.Name, p.InterLinks.Source, "kind", "interlink"), l.ID,
			"An InterLink leads out of Scaleway.", "Un InterLink mène hors de Scaleway.")
	})
}

// wayOut records a way out of the VPC: attested if egress_review names its id, else to be decided. The location of the
// other end is not in the API.
func (j *judgement) wayOut(object Object, id, en, fr string) {
	review, ok := j.valid(kindEgressReview)
	if ok && id != "" && namesDestination(review, id) {
		j.attested(object, review, en, fr)
		return
	}
	j.decide(object, en, fr)
}

func judgeEgressRoute(j *judgement) {
	if !j.hasNetwork() {
		return
	}
	p := j.facts.Project
	if !j.reads(p.PrivateNetwork.Missing()) {
		return
	}
	network := p.PrivateNetwork.Value
	each(j, p.Gateways, func(g Gateway) {
		object := Object{
			ID:        g.Zone + "/" + g.ID,
			Name:      g.Name,
			Source:    p.Gateways.Source,
			Attribute: "push_default_route",
		}
		pushes, ok := known(j, object, g.PushDefaultRoute)
		if !ok {
			return
		}
		object.Value = fmt.Sprint(pushes)
		if !pushes {
			j.pass(object)
			return
		}
		j.egress(object, "A Public Gateway is the default route.", "Une Public Gateway est la route par défaut.")
	})
	j.reads(p.Routes.Missing())
	object := j.object(network.ID, network.Name, p.PrivateNetwork.Source, "default_route_propagation_enabled", "")
	propagates, ok := known(j, object, network.DefaultRoutePropagation)
	if ok {
		object.Value = fmt.Sprint(propagates)
		hasDefault := slices.ContainsFunc(p.Routes.Items, func(r Route) bool { return r.Type == "default" })
		if propagates && hasDefault {
			j.egress(object, "The Private Network receives a default route of the VPC.",
				"Le réseau privé reçoit une route par défaut du VPC.")
		} else {
			j.pass(object)
		}
	}
	// A node with a public address needs no gateway.
	j.reads(j.facts.Nodes.Missing())
	each(j, j.facts.Pools, func(pool Pool) {
		if pool.IsExternal {
			return
		}
		object := j.poolObject(pool, "public_ip_disabled", "")
		disabled, ok := known(j, object, pool.PublicIPDisabled)
		if !ok {
			return
		}
		object.Value = fmt.Sprint(disabled)
		if !disabled {
			j.egress(object, "Nodes of the pool reach the Internet by their public addresses.",
				"Les nœuds du pool atteignent Internet par leurs adresses publiques.")
			return
		}
		j.pass(object)
	})
}

// egress records a way to the Internet: attested if there is a valid egress_review, else to be decided.
func (j *judgement) egress(object Object, en, fr string) {
	en += " No configuration shows where its traffic goes."
	fr += " Aucune configuration ne montre où va son trafic."
	if review, ok := j.valid(kindEgressReview); ok {
		j.attested(object, review, en, fr)
		return
	}
	j.decide(object, en, fr)
}
