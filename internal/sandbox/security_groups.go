package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net"
	"reflect"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// securityGroupSyncDuration is the recorded time until a change is in force.
const securityGroupSyncDuration = 200 * time.Millisecond

// securityGroup is a security group with its rules. Every response fills in its servers.
type securityGroup struct {
	instance.SecurityGroup

	Description *string `json:"description"`

	rules []*securityGroupRule
}

type securityGroupRule struct {
	instance.SecurityGroupRule

	IPRange     ruleRange  `json:"ip_range"` // replaces the SDK's field
	DestIPRange *scw.IPNet `json:"dest_ip_range"`
}

// ruleRange is the range of a rule. As recorded, the API shows a range of one address without its prefix length.
type ruleRange struct{ scw.IPNet }

// MarshalJSON returns the range as the API shows it.
func (r ruleRange) MarshalJSON() ([]byte, error) {
	if ones, bits := r.Mask.Size(); ones == bits {
		return json.Marshal(r.IP)
	}
	return r.IPNet.MarshalJSON()
}

func (s *Server) routeSecurityGroups(base string) {
	group := base + "/security_groups/{id}"
	s.route("GET "+base+"/security_groups", areaInstance, s.listSecurityGroups)
	s.route("POST "+base+"/security_groups", areaInstance, s.createSecurityGroup)
	s.route("GET "+group, areaInstance, s.withGroup(s.getSecurityGroup))
	s.route("PATCH "+group, areaInstance, s.withGroup(s.updateSecurityGroup))
	s.route("DELETE "+group, areaInstance, s.withGroup(s.deleteSecurityGroup))
	s.route("GET "+base+"/security_groups/default/rules", areaInstance, s.listDefaultRules)
	s.route("GET "+group+"/rules", areaInstance, s.withGroup(s.listGroupRules))
	s.route("PUT "+group+"/rules", areaInstance, s.withGroup(s.setGroupRules))
	s.route("POST "+group+"/rules", areaInstance, s.withGroup(s.createGroupRule))
	s.route("GET "+group+"/rules/{rule}", areaInstance, s.withGroup(s.getGroupRule))
	s.route("PATCH "+group+"/rules/{rule}", areaInstance, s.withGroup(s.updateGroupRule))
	s.route("DELETE "+group+"/rules/{rule}", areaInstance, s.withGroup(s.deleteGroupRule))
}

// withGroup returns a handler that calls handle with the security group in the path.
func (s *Server) withGroup(handle func(*call, *securityGroup) (any, error)) handler {
	return func(c *call) (any, error) {
		id := c.PathValue("id")
		g, ok := s.securityGroups.get(id)
		if !ok || g.Zone != c.zone() {
			return nil, errNotFound("instance_security_group", id)
		}
		return handle(c, g)
	}
}

// newSecurityGroup creates a security group with the default rules: it accepts all traffic except outgoing mail.
func (s *Server) newSecurityGroup(name, projectID string, zone scw.Zone) *securityGroup {
	now := s.timestamp()
	g := &securityGroup{SecurityGroup: instance.SecurityGroup{
		ID: uuid.NewString(), Name: name, EnableDefaultSecurity: true, Organization: s.organizationOf(projectID),
		Project:               projectID,
		InboundDefaultPolicy:  instance.SecurityGroupPolicyAccept,
		OutboundDefaultPolicy: instance.SecurityGroupPolicyAccept,
		OrganizationDefault:   scw.BoolPtr(false), //nolint:staticcheck // deprecated, still in the API's responses
		Tags:                  []string{}, CreationDate: now, ModificationDate: now, Zone: zone,
		State: instance.SecurityGroupStateAvailable,
	}}
	s.securityGroups.put(g.ID, g)
	return g
}

func (s *Server) getSecurityGroup(_ *call, g *securityGroup) (any, error) {
	return map[string]any{"security_group": s.withServers(g)}, nil
}

// withServers fills in the servers of a security group.
func (s *Server) withServers(g *securityGroup) *securityGroup {
	g.Servers = []*instance.ServerSummary{}
	for _, srv := range s.servers.list(nil) {
		if srv.SecurityGroup != nil && srv.SecurityGroup.ID == g.ID {
			g.Servers = append(g.Servers, &instance.ServerSummary{ID: srv.ID, Name: srv.Name})
		}
	}
	return g
}

func (s *Server) listSecurityGroups(c *call) (any, error) {
	f := c.filters()
	found := s.securityGroups.list(func(g *securityGroup) bool {
		return g.Zone == c.zone() && f.matches("project", g.Project) && f.matches("organization", g.Organization) &&
			f.contains("name", g.Name) && f.hasAllTags(g.Tags) && f.matchesBool("project_default", g.ProjectDefault)
	})
	page, total := paginateWithDefault(c, found, 50)
	for _, g := range page {
		s.withServers(g)
	}
	return listResponse{map[string]any{"security_groups": page}, total}, nil
}

func (s *Server) createSecurityGroup(c *call) (any, error) {
	var req instance.CreateSecurityGroupRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	projectID := c.projectID(req.Project)
	g := s.newSecurityGroup(cmp.Or(req.Name, generatedName("sg")), projectID, c.zone())
	g.Stateful, g.Tags = req.Stateful, nonNilTags(req.Tags)
	g.InboundDefaultPolicy = cmp.Or(req.InboundDefaultPolicy, g.InboundDefaultPolicy)
	g.OutboundDefaultPolicy = cmp.Or(req.OutboundDefaultPolicy, g.OutboundDefaultPolicy)
	if req.Description != "" {
		g.Description = &req.Description
	}
	if req.EnableDefaultSecurity != nil {
		g.EnableDefaultSecurity = *req.EnableDefaultSecurity
	}
	return created{map[string]any{"security_group": s.withServers(g)}}, nil
}

func (s *Server) updateSecurityGroup(c *call, g *securityGroup) (any, error) {
	var req instance.UpdateSecurityGroupRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	before := g.settings()
	if req.Name != nil {
		g.Name = *req.Name
	}
	if req.Description != nil && (*req.Description != "" || g.Description != nil) {
		g.Description = req.Description
	}
	if req.EnableDefaultSecurity != nil {
		g.EnableDefaultSecurity = *req.EnableDefaultSecurity
	}
	if req.Tags != nil {
		g.Tags = nonNilTags(*req.Tags)
	}
	if req.Stateful != nil {
		g.Stateful = *req.Stateful
	}
	g.InboundDefaultPolicy = cmp.Or(req.InboundDefaultPolicy, g.InboundDefaultPolicy)
	g.OutboundDefaultPolicy = cmp.Or(req.OutboundDefaultPolicy, g.OutboundDefaultPolicy)
	if !reflect.DeepEqual(before, g.settings()) {
		s.startSync(g)
	}
	return s.getSecurityGroup(c, g)
}

// settings returns the settings of a security group that a request can change.
func (g *securityGroup) settings() []any {
	return []any{
		g.Name, deref(g.Description), g.EnableDefaultSecurity, g.Tags, g.Stateful, g.InboundDefaultPolicy,
		g.OutboundDefaultPolicy,
	}
}

func (s *Server) deleteSecurityGroup(_ *call, g *securityGroup) (any, error) {
	if g.ProjectDefault {
		return nil, errPrecondition("unknown_precondition", "the default security group of a Project cannot be deleted")
	}
	if len(s.withServers(g).Servers) > 0 {
		return nil, errInUse("the security group still has Instances: " + g.Servers[0].Name)
	}
	s.securityGroups.remove(g.ID)
	return noContent{}, nil
}

// allRules returns the rules of a security group: first the default rules against outgoing mail, unless they are
// disabled, then its own.
func (g *securityGroup) allRules() []*securityGroupRule {
	rules := []*securityGroupRule{}
	if g.EnableDefaultSecurity {
		for _, block := range []net.IPNet{
			{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}, {IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)},
		} {
			for _, port := range []uint32{25, 465, 587} {
				position := uint32(len(rules) + 1)
				ipRange := ruleRange{scw.IPNet{IPNet: block}}
				rules = append(
					rules,
					&securityGroupRule{IPRange: ipRange, SecurityGroupRule: instance.SecurityGroupRule{
						ID: fmt.Sprintf(
							"11111111-2222-4333-8444-%012d", position,
						),
						Protocol:     instance.SecurityGroupRuleProtocolTCP,
						Direction:    instance.SecurityGroupRuleDirectionOutbound,
						Action:       instance.SecurityGroupRuleActionDrop,
						DestPortFrom: &port,
						Position:     position,
						Zone:         g.Zone,
					}},
				)
			}
		}
	}
	return append(rules, g.rules...)
}

// startSync sets the security group to syncing after a change, and schedules the end of the synchronization.
func (s *Server) startSync(g *securityGroup) {
	g.ModificationDate, g.State = s.timestamp(), instance.SecurityGroupStateSyncing
	s.afterState(securityGroupSyncDuration, func() {
		if current, ok := s.securityGroups.get(g.ID); ok && current.State == instance.SecurityGroupStateSyncing {
			current.State, current.ModificationDate = instance.SecurityGroupStateAvailable, s.timestamp()
		}
	})
}

func (s *Server) listGroupRules(c *call, g *securityGroup) (any, error) {
	page, total := paginateWithDefault(c, g.allRules(), 50)
	return listResponse{map[string]any{"rules": page}, total}, nil
}

func (s *Server) setGroupRules(c *call, g *securityGroup) (any, error) {
	var req instance.SetSecurityGroupRulesRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	rules := []*securityGroupRule{}
	for _, rule := range req.Rules {
		if rule.Editable != nil && !*rule.Editable {
			continue // a default rule, sent back as it was read
		}
		id := cmp.Or(deref(rule.ID), uuid.NewString())
		rules = append(
			rules,
			&securityGroupRule{IPRange: ruleRange{rule.IPRange}, SecurityGroupRule: instance.SecurityGroupRule{
				ID: id, Protocol: rule.Protocol, Direction: rule.Direction, Action: rule.Action,
				DestPortFrom: rule.DestPortFrom, DestPortTo: rule.DestPortTo, Editable: true, Zone: g.Zone,
				Position: uint32(len(rules) + 1),
			}},
		)
	}
	g.rules = rules
	s.startSync(g)
	return map[string]any{"rules": g.allRules()}, nil
}

func (s *Server) createGroupRule(c *call, g *securityGroup) (any, error) {
	var req instance.CreateSecurityGroupRuleRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	rule := &securityGroupRule{IPRange: ruleRange{req.IPRange}, SecurityGroupRule: instance.SecurityGroupRule{
		ID: uuid.NewString(), Protocol: req.Protocol, Direction: req.Direction, Action: req.Action,
		DestPortFrom: req.DestPortFrom, DestPortTo: req.DestPortTo, Editable: true, Zone: g.Zone,
		Position: uint32(len(g.rules) + 1),
	}}
	g.rules = append(g.rules, rule)
	s.startSync(g)
	return created{map[string]any{"rule": rule}}, nil
}

func (s *Server) getGroupRule(c *call, g *securityGroup) (any, error) {
	for _, rule := range g.allRules() {
		if rule.ID == c.PathValue("rule") {
			return map[string]any{"rule": rule}, nil
		}
	}
	return nil, errNotFound("security_group_rule", c.PathValue("rule"))
}

func (s *Server) updateGroupRule(c *call, g *securityGroup) (any, error) {
	for _, rule := range g.rules {
		if rule.ID != c.PathValue("rule") {
			continue
		}
		var req instance.UpdateSecurityGroupRuleRequest
		if err := c.decode(&req); err != nil {
			return nil, err
		}
		rule.Protocol, rule.Direction = cmp.Or(req.Protocol, rule.Protocol), cmp.Or(req.Direction, rule.Direction)
		rule.Action = cmp.Or(req.Action, rule.Action)
		setIfPresent(&rule.IPRange.IPNet, req.IPRange)
		rule.DestPortFrom = cmp.Or(req.DestPortFrom, rule.DestPortFrom)
		rule.DestPortTo = cmp.Or(req.DestPortTo, rule.DestPortTo)
		setIfPresent(&rule.Position, req.Position)
		s.startSync(g)
		return map[string]any{"rule": rule}, nil
	}
	return nil, errNotFound("security_group_rule", c.PathValue("rule"))
}

// listDefaultRules lists the rules that every security group with the default security has.
func (s *Server) listDefaultRules(c *call) (any, error) {
	g := &securityGroup{SecurityGroup: instance.SecurityGroup{EnableDefaultSecurity: true, Zone: c.zone()}}
	return s.listGroupRules(c, g)
}

func (s *Server) deleteGroupRule(c *call, g *securityGroup) (any, error) {
	for i, rule := range g.rules {
		if rule.ID == c.PathValue("rule") {
			g.rules = append(g.rules[:i:i], g.rules[i+1:]...)
			s.startSync(g)
			return noContent{}, nil
		}
	}
	return nil, errNotFound("security_group_rule", c.PathValue("rule"))
}
