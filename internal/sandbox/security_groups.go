package sandbox

import (
	"cmp"
	"fmt"
	"net"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// securityGroupSyncs is how long a group's rules take to be in force, as recorded.
const securityGroupSyncs = 3 * time.Second

// securityGroup is a security group with its rules. Its servers are filled in by every answer.
type securityGroup struct {
	instance.SecurityGroup

	Description *string `json:"description"`

	rules []*securityGroupRule
}

type securityGroupRule struct {
	instance.SecurityGroupRule

	DestIPRange *scw.IPNet `json:"dest_ip_range"`
}

func (s *Server) routeSecurityGroups(base string) {
	group := base + "/security_groups/{id}"
	s.route("GET "+base+"/security_groups", areaInstance, s.listSecurityGroups)
	s.route("POST "+base+"/security_groups", areaInstance, s.createSecurityGroup)
	s.route("GET "+group, areaInstance, s.withGroup(s.answerGroup))
	s.route("PATCH "+group, areaInstance, s.withGroup(s.updateSecurityGroup))
	s.route("DELETE "+group, areaInstance, s.withGroup(s.deleteSecurityGroup))
	s.route("GET "+group+"/rules", areaInstance, s.withGroup(s.listGroupRules))
	s.route("PUT "+group+"/rules", areaInstance, s.withGroup(s.setGroupRules))
	s.route("POST "+group+"/rules", areaInstance, s.withGroup(s.createGroupRule))
	s.route("GET "+group+"/rules/{rule}", areaInstance, s.withGroup(s.getGroupRule))
	s.route("DELETE "+group+"/rules/{rule}", areaInstance, s.withGroup(s.deleteGroupRule))
}

// withGroup is a handler of the security group of the path.
func (s *Server) withGroup(handle func(*call, *securityGroup) (any, error)) handler {
	return func(c *call) (any, error) {
		id := c.PathValue("id")
		g, ok := s.securityGroups.get(id)
		if !ok || g.Zone != c.zone() {
			return nil, errUnknown("instance_security_group", id)
		}
		return handle(c, g)
	}
}

// newSecurityGroup keeps a group with the defaults of all: everything accepted but mail out.
func (s *Server) newSecurityGroup(name, projectID string, zone scw.Zone) *securityGroup {
	now := s.stamp()
	g := &securityGroup{SecurityGroup: instance.SecurityGroup{
		ID: uuid.NewString(), Name: name, EnableDefaultSecurity: true, Organization: OrganizationID, Project: projectID,
		InboundDefaultPolicy: instance.SecurityGroupPolicyAccept, OutboundDefaultPolicy: instance.SecurityGroupPolicyAccept,
		OrganizationDefault: scw.BoolPtr(false), //nolint:staticcheck // deprecated, and still answered
		Tags:                []string{}, CreationDate: now, ModificationDate: now, Zone: zone,
		State: instance.SecurityGroupStateAvailable,
	}}
	s.securityGroups.put(g.ID, g)
	return g
}

func (s *Server) answerGroup(_ *call, g *securityGroup) (any, error) {
	return map[string]any{"security_group": s.withServers(g)}, nil
}

// withServers fills in the servers of a group.
func (s *Server) withServers(g *securityGroup) *securityGroup {
	g.Servers = []*instance.ServerSummary{}
	for _, one := range s.servers.list(nil) {
		if one.SecurityGroup != nil && one.SecurityGroup.ID == g.ID {
			g.Servers = append(g.Servers, &instance.ServerSummary{ID: one.ID, Name: one.Name})
		}
	}
	return g
}

func (s *Server) listSecurityGroups(c *call) (any, error) {
	f := c.filters()
	found := s.securityGroups.list(func(g *securityGroup) bool {
		return g.Zone == c.zone() && f.is("project", g.Project) && f.is("organization", g.Organization) &&
			f.contains("name", g.Name) && f.tagged(g.Tags) && f.flag("project_default", g.ProjectDefault)
	})
	page, total := pagedBy(c, found, 50)
	for _, g := range page {
		s.withServers(g)
	}
	return listAnswer{map[string]any{"security_groups": page}, total}, nil
}

func (s *Server) createSecurityGroup(c *call) (any, error) {
	var asked instance.CreateSecurityGroupRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	projectID := c.projectID(asked.Project)
	if _, ok := s.projects.get(projectID); !ok {
		return nil, errUnknown("project", projectID)
	}
	g := s.newSecurityGroup(cmp.Or(asked.Name, generatedName("sg")), projectID, c.zone())
	g.Stateful, g.Tags = asked.Stateful, tagList(asked.Tags)
	g.InboundDefaultPolicy = cmp.Or(asked.InboundDefaultPolicy, g.InboundDefaultPolicy)
	g.OutboundDefaultPolicy = cmp.Or(asked.OutboundDefaultPolicy, g.OutboundDefaultPolicy)
	if asked.Description != "" {
		g.Description = &asked.Description
	}
	if asked.EnableDefaultSecurity != nil {
		g.EnableDefaultSecurity = *asked.EnableDefaultSecurity
	}
	return created{map[string]any{"security_group": s.withServers(g)}}, nil
}

func (s *Server) updateSecurityGroup(c *call, g *securityGroup) (any, error) {
	var asked instance.UpdateSecurityGroupRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	if asked.Name != nil {
		g.Name = *asked.Name
	}
	if asked.Description != nil && (*asked.Description != "" || g.Description != nil) {
		g.Description = asked.Description
	}
	if asked.EnableDefaultSecurity != nil {
		g.EnableDefaultSecurity = *asked.EnableDefaultSecurity
	}
	if asked.Tags != nil {
		g.Tags = tagList(*asked.Tags)
	}
	if asked.Stateful != nil {
		g.Stateful = *asked.Stateful
	}
	g.InboundDefaultPolicy = cmp.Or(asked.InboundDefaultPolicy, g.InboundDefaultPolicy)
	g.OutboundDefaultPolicy = cmp.Or(asked.OutboundDefaultPolicy, g.OutboundDefaultPolicy)
	g.ModificationDate = s.stamp()
	return s.answerGroup(c, g)
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

// allRules are the rules that keep mail in, unless they are turned off, then the group's own.
func (g *securityGroup) allRules() []*securityGroupRule {
	rules := []*securityGroupRule{}
	if g.EnableDefaultSecurity {
		for _, block := range []net.IPNet{
			{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}, {IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)},
		} {
			for _, port := range []uint32{25, 465, 587} {
				position := uint32(len(rules) + 1)
				rules = append(rules, &securityGroupRule{SecurityGroupRule: instance.SecurityGroupRule{
					ID: fmt.Sprintf("11111111-2222-4333-8444-%012d", position), Protocol: instance.SecurityGroupRuleProtocolTCP,
					Direction: instance.SecurityGroupRuleDirectionOutbound, Action: instance.SecurityGroupRuleActionDrop,
					IPRange: scw.IPNet{IPNet: block}, DestPortFrom: &port, Position: position, Zone: g.Zone,
				}})
			}
		}
	}
	return append(rules, g.rules...)
}

// sync is what follows a change of the rules.
func (s *Server) sync(g *securityGroup) {
	g.ModificationDate, g.State = s.stamp(), instance.SecurityGroupStateSyncing
	s.after(securityGroupSyncs, func() {
		if held, ok := s.securityGroups.get(g.ID); ok && held.State == instance.SecurityGroupStateSyncing {
			held.State = instance.SecurityGroupStateAvailable
		}
	})
}

func (s *Server) listGroupRules(c *call, g *securityGroup) (any, error) {
	page, total := pagedBy(c, g.allRules(), 50)
	return listAnswer{map[string]any{"rules": page}, total}, nil
}

func (s *Server) setGroupRules(c *call, g *securityGroup) (any, error) {
	var asked instance.SetSecurityGroupRulesRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	rules := []*securityGroupRule{}
	for _, one := range asked.Rules {
		if one.Editable != nil && !*one.Editable {
			continue // a default rule, sent back as it was read
		}
		id := cmp.Or(deref(one.ID), uuid.NewString())
		rules = append(rules, &securityGroupRule{SecurityGroupRule: instance.SecurityGroupRule{
			ID: id, Protocol: one.Protocol, Direction: one.Direction, Action: one.Action, IPRange: one.IPRange,
			DestPortFrom: one.DestPortFrom, DestPortTo: one.DestPortTo, Editable: true, Zone: g.Zone,
			Position: uint32(len(rules) + 1),
		}})
	}
	g.rules = rules
	s.sync(g)
	return map[string]any{"rules": g.allRules()}, nil
}

func (s *Server) createGroupRule(c *call, g *securityGroup) (any, error) {
	var asked instance.CreateSecurityGroupRuleRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	one := &securityGroupRule{SecurityGroupRule: instance.SecurityGroupRule{
		ID: uuid.NewString(), Protocol: asked.Protocol, Direction: asked.Direction, Action: asked.Action,
		IPRange:      asked.IPRange,
		DestPortFrom: asked.DestPortFrom, DestPortTo: asked.DestPortTo, Editable: true, Zone: g.Zone,
		Position: uint32(len(g.rules) + 1),
	}}
	g.rules = append(g.rules, one)
	s.sync(g)
	return created{map[string]any{"rule": one}}, nil
}

func (s *Server) getGroupRule(c *call, g *securityGroup) (any, error) {
	for _, one := range g.allRules() {
		if one.ID == c.PathValue("rule") {
			return map[string]any{"rule": one}, nil
		}
	}
	return nil, errUnknown("security_group_rule", c.PathValue("rule"))
}

func (s *Server) deleteGroupRule(c *call, g *securityGroup) (any, error) {
	for i, one := range g.rules {
		if one.ID == c.PathValue("rule") {
			g.rules = append(g.rules[:i:i], g.rules[i+1:]...)
			s.sync(g)
			return noContent{}, nil
		}
	}
	return nil, errUnknown("security_group_rule", c.PathValue("rule"))
}
