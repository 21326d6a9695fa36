package sandbox

import (
	"cmp"
	"fmt"
	"net"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/vpcgw/v2"
)

// patRule forwards a port of a Public Gateway to a port in one of its Private Networks.
type patRule struct {
	vpcgw.PatRule
}

func (s *Server) routePATRules(base string, route func(string, handler)) {
	route("GET "+base+"/pat-rules", s.listPATRules)
	route("POST "+base+"/pat-rules", s.createPATRule)
	route("PUT "+base+"/pat-rules", s.setPATRules)
	route("GET "+base+"/pat-rules/{id}", func(c *call) (any, error) { return s.findPATRule(c) })
	route("PATCH "+base+"/pat-rules/{id}", s.updatePATRule)
	route("DELETE "+base+"/pat-rules/{id}", s.deletePATRule)
}

func (s *Server) findPATRule(c *call) (*patRule, error) {
	id := c.PathValue("id")
	rule, ok := s.patRules.get(id)
	if !ok || rule.Zone != c.zone() {
		return nil, errNotFound("pat_rule", id)
	}
	return rule, nil
}

// findPATGateway finds the gateway of PAT rules. The rules can also change while it loads an earlier change of them.
func (s *Server) findPATGateway(c *call, id string) (*gateway, error) {
	g, err := s.findGateway(c, id)
	if err == nil && g.Status == vpcgw.GatewayStatusConfiguring {
		return g, nil
	}
	return s.findStableGateway(c, id)
}

// patRulesOf returns the PAT rules of a gateway.
func (s *Server) patRulesOf(gatewayID string) []*patRule {
	return s.patRules.list(func(rule *patRule) bool { return rule.GatewayID == gatewayID })
}

func (s *Server) listPATRules(c *call) (any, error) {
	f := c.filters()
	found := s.patRules.list(func(rule *patRule) bool {
		return rule.Zone == c.zone() && f.matches("gateway_ids", rule.GatewayID) &&
			f.matches("private_ips", rule.PrivateIP.String()) && f.matchesType("protocol", string(rule.Protocol))
	})
	page, total := paginate(c, sortItemsWith(c, found, "created_at_asc",
		func(rule *patRule) sortKey { return sortKey{created: rule.CreatedAt, updated: rule.UpdatedAt} },
		map[string]func(a, b *patRule) int{
			"public_port": func(a, b *patRule) int { return cmp.Compare(a.PublicPort, b.PublicPort) },
		}))
	return map[string]any{"pat_rules": page, "total_count": total}, nil
}

func (s *Server) createPATRule(c *call) (any, error) {
	var req vpcgw.CreatePatRuleRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	g, err := s.findPATGateway(c, req.GatewayID)
	if err != nil {
		return nil, err
	}
	rule := s.newPATRule(g, req.PublicPort, req.PrivateIP, req.PrivatePort, req.Protocol)
	if err := rule.check(s.patRulesOf(g.ID)); err != nil {
		return nil, err
	}
	s.patRules.put(rule.ID, rule)
	s.configureGateway(g)
	return rule, nil
}

func (s *Server) newPATRule(
	g *gateway, publicPort uint32, privateIP net.IP, privatePort uint32, protocol vpcgw.PatRuleProtocol,
) *patRule {
	now := s.timestamp()
	rule := &patRule{PatRule: vpcgw.PatRule{
		ID: uuid.NewString(), GatewayID: g.ID, CreatedAt: now, UpdatedAt: now, PublicPort: publicPort,
		PrivateIP: privateIP, PrivatePort: privatePort, Protocol: protocol, Zone: g.Zone,
	}}
	if protocol == "" || protocol == vpcgw.PatRuleProtocolUnknownProtocol {
		rule.Protocol = vpcgw.PatRuleProtocolBoth
	}
	return rule
}

// check returns an error if a rule is invalid, or if another one of its gateway has the same port. Recordings show no
// refused rule [INFERRED pat-rule-conflict].
func (rule *patRule) check(others []*patRule) error {
	switch {
	case rule.PublicPort < 1 || rule.PublicPort > 65535:
		return errInvalid("public_port", "constraint", "must be between 1 and 65535")
	case rule.PrivatePort < 1 || rule.PrivatePort > 65535:
		return errInvalid("private_port", "constraint", "must be between 1 and 65535")
	case rule.PrivateIP == nil:
		return errInvalid("private_ip", "required", "")
	}
	for _, other := range others {
		overlaps := other.Protocol == rule.Protocol || other.Protocol == vpcgw.PatRuleProtocolBoth ||
			rule.Protocol == vpcgw.PatRuleProtocolBoth
		if other.ID != rule.ID && other.PublicPort == rule.PublicPort && overlaps {
			return errInvalid("public_port", "constraint", fmt.Sprintf("rule %s already has this port", other.ID))
		}
	}
	return nil
}

// setPATRules replaces all PAT rules of a gateway.
func (s *Server) setPATRules(c *call) (any, error) {
	var req vpcgw.SetPatRulesRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	g, err := s.findPATGateway(c, req.GatewayID)
	if err != nil {
		return nil, err
	}
	rules := []*patRule{}
	for _, wanted := range req.PatRules {
		rule := s.newPATRule(g, wanted.PublicPort, wanted.PrivateIP, wanted.PrivatePort, wanted.Protocol)
		if err := rule.check(rules); err != nil {
			return nil, err
		}
		rules = append(rules, rule)
	}
	s.removePATRules(g.ID)
	for _, rule := range rules {
		s.patRules.put(rule.ID, rule)
	}
	s.configureGateway(g)
	return map[string]any{"pat_rules": rules}, nil
}

func (s *Server) removePATRules(gatewayID string) {
	for _, rule := range s.patRulesOf(gatewayID) {
		s.patRules.remove(rule.ID)
	}
}

func (s *Server) updatePATRule(c *call) (any, error) {
	rule, err := s.findPATRule(c)
	if err != nil {
		return nil, err
	}
	var req vpcgw.UpdatePatRuleRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	g, err := s.findPATGateway(c, rule.GatewayID)
	if err != nil {
		return nil, err
	}
	changed := *rule
	setIfPresent(&changed.PublicPort, req.PublicPort)
	setIfPresent(&changed.PrivateIP, req.PrivateIP)
	setIfPresent(&changed.PrivatePort, req.PrivatePort)
	if req.Protocol != "" && req.Protocol != vpcgw.PatRuleProtocolUnknownProtocol {
		changed.Protocol = req.Protocol
	}
	if err := changed.check(s.patRulesOf(g.ID)); err != nil {
		return nil, err
	}
	changed.UpdatedAt = s.timestamp()
	*rule = changed
	s.configureGateway(g)
	return rule, nil
}

func (s *Server) deletePATRule(c *call) (any, error) {
	rule, err := s.findPATRule(c)
	if err != nil {
		return nil, err
	}
	g, err := s.findPATGateway(c, rule.GatewayID)
	if err != nil {
		return nil, err
	}
	s.patRules.remove(rule.ID)
	s.configureGateway(g)
	return noContent{}, nil
}
