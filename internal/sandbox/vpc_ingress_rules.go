package sandbox

import (
	"net"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// ingressRule redirects the traffic from a network outside of a VPC to a resource in a Private Network of it.
type ingressRule struct {
	vpc.IngressRule
}

func (s *Server) routeIngressRules(base string) {
	s.route("GET "+base+"/ingress-rules", areaVPC, s.listIngressRules)
	s.route("POST "+base+"/ingress-rules", areaVPC, s.createIngressRule)
	s.route("GET "+base+"/ingress-rules/{id}", areaVPC, s.withIngressRule(
		func(_ *call, rule *ingressRule) (any, error) { return rule, nil },
	))
	s.route("PATCH "+base+"/ingress-rules/{id}", areaVPC, s.withIngressRule(s.updateIngressRule))
	s.route("DELETE "+base+"/ingress-rules/{id}", areaVPC, s.withIngressRule(
		func(_ *call, rule *ingressRule) (any, error) {
			s.ingressRules.remove(rule.ID)
			return noContent{}, nil
		},
	))
}

func (s *Server) withIngressRule(handle func(*call, *ingressRule) (any, error)) handler {
	return func(c *call) (any, error) {
		id := c.PathValue("id")
		rule, ok := s.ingressRules.get(id)
		if !ok || rule.Region != c.region() {
			return nil, errNotFound("ingress_rule", id)
		}
		return handle(c, rule)
	}
}

func (s *Server) listIngressRules(c *call) (any, error) {
	f := c.filters()
	found := s.ingressRules.list(func(rule *ingressRule) bool {
		return rule.Region == c.region() && f.matches("vpc_id", rule.VpcID) &&
			f.matches("nexthop_resource_ip", rule.NexthopResourceIP.String()) &&
			f.matches("nexthop_private_network_id", rule.NexthopPrivateNetworkID) &&
			f.matchesBool("is_ipv6", rule.IsIPv6) && f.hasTag(rule.Tags) &&
			f.matches("organization_id", rule.OrganizationID) && f.matches("project_id", rule.ProjectID)
	})
	page, total := paginate(c, sortItemsWith(c, found, "created_at_asc",
		func(rule *ingressRule) sortKey { return sortKey{created: rule.CreatedAt, updated: rule.UpdatedAt} },
		map[string]func(a, b *ingressRule) int{
			"source":     func(a, b *ingressRule) int { return compareRanges(a.Source, b.Source) },
			"prefix_len": func(a, b *ingressRule) int { return compareLengths(a.Source, b.Source) },
		}))
	return map[string]any{"rules": page, "total_count": total}, nil
}

func (s *Server) createIngressRule(c *call) (any, error) {
	var req vpc.CreateIngressRuleRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	v, ok := s.vpcs.get(req.VpcID)
	if !ok || v.Region != c.region() {
		return nil, errNotFound("vpc", req.VpcID)
	}
	now := s.timestamp()
	rule := &ingressRule{IngressRule: vpc.IngressRule{
		ID: uuid.NewString(), VpcID: v.ID, CreatedAt: now, UpdatedAt: now, Description: req.Description,
		Tags: nonNilSlice(req.Tags), OrganizationID: v.OrganizationID, ProjectID: v.ProjectID, Region: v.Region,
	}}
	err := s.setIngress(rule, req.Source, req.NexthopResourceIP, req.NexthopPrivateNetworkID)
	if err != nil {
		return nil, err
	}
	s.ingressRules.put(rule.ID, rule)
	return rule, nil
}

// setIngress sets the source and the next hop of a rule. The source and the address must be of the same IP version, the
// SDK says.
func (s *Server) setIngress(rule *ingressRule, source scw.IPNet, address net.IP, networkID string) error {
	network, ok := s.privateNetworks.get(networkID)
	if !ok || network.VpcID != rule.VpcID {
		return errNotFound("private_network", networkID)
	}
	if source.IP == nil {
		return errInvalid("source", "required", "")
	}
	if address == nil || (address.To4() == nil) != (source.IP.To4() == nil) {
		return errInvalid("nexthop_resource_ip", "constraint", "must be an address of the IP version of the source")
	}
	rule.Source, rule.NexthopResourceIP, rule.NexthopPrivateNetworkID = source, address, networkID
	rule.IsIPv6 = source.IP.To4() == nil
	return nil
}

func (s *Server) updateIngressRule(c *call, rule *ingressRule) (any, error) {
	var req vpc.UpdateIngressRuleRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	source, address, networkID := rule.Source, rule.NexthopResourceIP, rule.NexthopPrivateNetworkID
	setIfPresent(&source, req.Source)
	setIfPresent(&address, req.NexthopResourceIP)
	setIfPresent(&networkID, nonEmpty(req.NexthopPrivateNetworkID))
	if err := s.setIngress(rule, source, address, networkID); err != nil {
		return nil, err
	}
	if req.Description != nil {
		rule.Description = req.Description
	}
	setListIfPresent(&rule.Tags, req.Tags)
	rule.UpdatedAt = s.timestamp()
	return rule, nil
}
