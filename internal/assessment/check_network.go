package assessment

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// networkChecks returns the checks of networks around the cluster.
func networkChecks() []Check {
	return slices.Concat([]Check{
		{
			ID: "vpc_acl", Layer: LayerAPI, Severity: Low,
			Title: Text{EN: "ACL between Private Networks", FR: "ACL entre réseaux privés"},
			Expected: Text{
				EN: "In a routed VPC with several Private Networks, a default policy drop, or rules that name the " +
					"subnets of the cluster.",
				FR: "Dans un VPC routé avec plusieurs réseaux privés, une politique par défaut drop, ou des règles " +
					"qui nomment les sous-réseaux du cluster.",
			},
			Remedy: Text{
				EN: "Run scw vpc rule set vpc-id=VPC_ID is-ipv6=false default-policy=drop with the rules that the " +
					"workloads need; other traffic between Private Networks stops.",
				FR: "Exécuter scw vpc rule set vpc-id=VPC_ID is-ipv6=false default-policy=drop avec les règles dont " +
					"les applications ont besoin ; le reste du trafic entre réseaux privés s'arrête.",
			},
			judge: judgeACL,
		},
		{
			ID: "private_network_neighbours", Layer: LayerAPI, Severity: Medium,
			Title: Text{EN: "Neighbours in the Private Network", FR: "Voisins dans le réseau privé"},
			Expected: Text{
				EN: "Only nodes and Load Balancers of the cluster, its Public Gateway, and what expected_neighbours " +
					"lists.",
				FR: "Uniquement les nœuds et Load Balancers du cluster, sa Public Gateway, et ce que liste " +
					"expected_neighbours.",
			},
			Remedy: Text{
				EN: "Move the object to another Private Network, which changes its address, or add it to " +
					"expected_neighbours with a reason.",
				FR: "Déplacer l'objet dans un autre réseau privé, ce qui change son adresse, ou l'ajouter à " +
					"expected_neighbours avec une raison.",
			},
			judge: judgeNeighbours,
		},
	}, egressChecks(), gatewayChecks(), securityGroupChecks())
}

// hasNetwork reports whether the cluster has a Private Network. Without one it records why there is nothing to judge:
// a Kosmos cluster needs none.
func (j *judgement) hasNetwork() bool {
	cluster, ok := j.cluster()
	if !ok {
		return false
	}
	if isSet(cluster.PrivateNetworkID) {
		return true
	}
	clusterType, ok := known(j, j.clusterObject("type", ""), cluster.Type)
	if !ok {
		return false
	}
	if variant, _ := clusterVariant(clusterType); variant != responsibility.Kosmos {
		j.unknown(j.clusterObject("private_network_id", ""), Gap{Reason: NoAPIField, Needs: "private_network_id"})
		return false
	}
	j.nothing("The cluster has no Private Network.", "Le cluster n'a pas de réseau privé.")
	return false
}

// object returns an object of the API that has an id in the region of the cluster.
func (j *judgement) object(id, name, source, attribute, value string) Object {
	return Object{ID: j.region() + "/" + id, Name: name, Source: source, Attribute: attribute, Value: value}
}

func judgeACL(j *judgement) {
	if !j.hasNetwork() || !j.reads(j.facts.Project.VPC.Missing()) {
		return
	}
	network := j.facts.Project.VPC.Value
	object := j.object(network.ID, network.Name, j.facts.Project.VPC.Source, "private_network_count", "")
	count, ok := known(j, object, network.PrivateNetworkCount)
	if !ok {
		return
	}
	if count <= 1 {
		j.nothing("The VPC has one Private Network.", "Le VPC n'a qu'un réseau privé.")
		return
	}
	object.Attribute = "routing_enabled"
	isRouted, ok := known(j, object, network.RoutingEnabled)
	if !ok {
		return
	}
	if !isRouted {
		j.nothing("The VPC does not route between its Private Networks: an ACL has no effect.",
			"Le VPC ne route pas entre ses réseaux privés : une ACL n'a pas d'effet.")
		return
	}
	if !j.reads(j.facts.Project.PrivateNetwork.Missing()) {
		return
	}
	j.reads(j.facts.Project.ACLRules.Missing())
	object.Source = j.facts.Project.ACLRules.Source
	j.judgePolicy(object, "default_policy_ipv4", network.DefaultPolicyIPv4, false)
	j.judgePolicy(object, "default_policy_ipv6", network.DefaultPolicyIPv6, true)
}

// judgePolicy judges the default policy and the rules of an ACL for one version of IP.
func (j *judgement) judgePolicy(object Object, attribute string, policy *string, isIPv6 bool) {
	version := "IPv4"
	if isIPv6 {
		version = "IPv6"
	}
	object.Attribute = attribute
	value, ok := known(j, object, policy)
	if !ok {
		return
	}
	object.Value = value
	rules := slices.DeleteFunc(slices.Clone(j.facts.Project.ACLRules.Items), func(r ACLRule) bool {
		return r.IsIPv6 != isIPv6
	})
	acceptsAll := slices.ContainsFunc(rules, func(r ACLRule) bool { return r.Action == "accept" && r.matchesAll() })
	namesSubnets := slices.ContainsFunc(rules, func(r ACLRule) bool {
		return r.Action == "drop" && (r.matchesAll() || overlapsAny(r.Source, j.subnets()) ||
			overlapsAny(r.Destination, j.subnets()))
	})
	switch {
	case value == "drop" && acceptsAll:
		j.fail(object, Low, "The "+version+" policy is drop, but a rule accepts everything.",
			"La politique "+version+" est drop, mais une règle accepte tout.")
	case value == "drop":
		j.passWith(object, "The "+version+" policy is drop.", "La politique "+version+" est drop.")
	case len(rules) == 0:
		j.fail(object, Low, "The VPC routes between its Private Networks without any "+version+" rule.",
			"Le VPC route entre ses réseaux privés sans aucune règle "+version+".")
	case namesSubnets && !acceptsAll:
		j.passWith(object, "The "+version+" rules drop traffic of the subnets of the cluster.",
			"Les règles "+version+" rejettent du trafic des sous-réseaux du cluster.")
	default:
		j.decide(object, "The "+version+" policy is accept, and no rule drops traffic of the subnets of the cluster.",
			"La politique "+version+" est accept, et aucune règle ne rejette du trafic des sous-réseaux du cluster.")
	}
}

// matchesAll reports whether a rule is about all traffic of its version of IP.
func (r ACLRule) matchesAll() bool {
	isAny := func(text string) bool { return text == "0.0.0.0/0" || text == "::/0" }
	return r.Protocol == "ANY" && !r.HasPorts && isAny(r.Source) && isAny(r.Destination)
}

// subnets returns the subnets of the Private Network.
func (j *judgement) subnets() []netip.Prefix {
	subnets := []netip.Prefix{}
	if network := j.facts.Project.PrivateNetwork.Value; network != nil {
		for _, text := range network.Subnets {
			if prefix, err := netip.ParsePrefix(text); err == nil {
				subnets = append(subnets, prefix)
			}
		}
	}
	return subnets
}

// overlapsAny reports whether a range, which is not the whole address space, overlaps one of the subnets.
func overlapsAny(text string, subnets []netip.Prefix) bool {
	prefix, err := parseRange(text)
	return err == nil && prefix.Bits() > 0 && slices.ContainsFunc(subnets, prefix.Overlaps)
}

func judgeNeighbours(j *judgement) {
	if !j.hasNetwork() {
		return
	}
	j.reads(j.facts.Nodes.Missing())
	ips := j.facts.Project.IPs
	j.reads(ips.Missing())
	seen := map[string]bool{}
	for _, ip := range ips.Items {
		// An address that is reserved, but not in use, has no neighbour. A neighbour often has several addresses.
		if ip.ResourceType == nil {
			continue
		}
		id := ip.ResourceID
		if ip.Neighbour != nil {
			id = ip.Neighbour.ID
		}
		if seen[id+ip.ProjectID] && id != "" {
			continue
		}
		seen[id+ip.ProjectID] = true
		j.judgeNeighbour(ip)
	}
}

// judgeNeighbour judges the object that has an address in the Private Network.
func (j *judgement) judgeNeighbour(ip NetworkIP) {
	cluster, resource := *j.facts.Cluster.Value, *ip.ResourceType
	object := j.object(ip.ResourceID, ip.ResourceName, j.facts.Project.IPs.Source, "resource", resource)
	if ip.ResourceID == "" {
		object.ID = j.region() + "/" + ip.ID
	}
	if ip.Neighbour != nil {
		object = j.object(ip.Neighbour.ID, ip.Neighbour.Name, object.Source, "cluster.type", ip.Neighbour.Type)
	}
	isNode := slices.ContainsFunc(j.facts.Nodes.Items, func(n Node) bool {
		return ip.ResourceName != "" && n.Name == ip.ResourceName || ip.ResourceID != "" &&
			(n.ID == ip.ResourceID || n.ServerID == ip.ResourceID)
	})
	isGateway := resource == "vpc_gateway_network" || resource == "vpc_gateway"
	isOurs := isNode || isGateway || resource == "k8s_cluster" && ip.ResourceID == cluster.ID
	switch {
	case ip.ProjectID == cluster.ProjectID && isOurs:
		j.pass(object)
	case j.accept(object, InputNeighbours, object.ID, strings.TrimPrefix(object.ID, j.region()+"/")):
	case j.isYoung(ip.CreatedAt):
		j.unknown(object, Gap{Reason: Changing, Detail: "a new address of " + object.ID})
	case ip.ProjectID != cluster.ProjectID:
		j.fail(object, Medium, "An object of another Project is in the Private Network: "+resource+".",
			"Un objet d'un autre Project est dans le réseau privé : "+resource+".")
	case ip.Neighbour != nil:
		j.judgeNeighbourCluster(object, *ip.Neighbour)
	case resource == "lb_server":
		j.judgeNeighbourBalancer(object, ip)
	default:
		j.decide(object, "An object in the Private Network is not expected: "+resource+".",
			"Un objet du réseau privé n'est pas attendu : "+resource+".")
	}
}

// judgeNeighbourCluster judges another cluster with nodes in the Private Network. Only dedicated Kapsule can be for
// health data, but no API shows whether it is.
func (j *judgement) judgeNeighbourCluster(object Object, other ClusterIdentity) {
	variant, offer := clusterVariant(other.Type)
	if j.options.HDS && (variant != responsibility.Kapsule || offer != responsibility.Dedicated) {
		j.fail(object, Medium, "Nodes of a cluster that cannot be for health data are in the Private Network.",
			"Des nœuds d'un cluster qui ne peut pas héberger de données de santé sont dans le réseau privé.")
		return
	}
	j.decide(object, "Nodes of another cluster are in the Private Network.",
		"Des nœuds d'un autre cluster sont dans le réseau privé.")
}

// judgeNeighbourBalancer judges a Load Balancer in the Private Network.
func (j *judgement) judgeNeighbourBalancer(object Object, ip NetworkIP) {
	balancers := j.facts.Project.LoadBalancers
	i := slices.IndexFunc(balancers.Items, func(l LoadBalancer) bool {
		return l.ID == ip.ResourceID || l.Name != "" && l.Name == ip.ResourceName
	})
	switch gap := balancers.Missing(); {
	case i >= 0 && balancers.Items[i].ClusterID == j.facts.Cluster.Value.ID:
		j.pass(object)
	case i < 0 && gap != nil:
		j.unknown(object, *gap)
	default:
		j.decide(object, "A Load Balancer that the cluster does not manage is in the Private Network.",
			"Un Load Balancer que le cluster ne gère pas est dans le réseau privé.")
	}
}
