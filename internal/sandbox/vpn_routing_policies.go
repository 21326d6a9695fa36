package sandbox

import (
	"cmp"
	"net"
	"slices"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/s2s_vpn/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// routingPolicy lists the prefixes that BGP sessions of connections accept and announce.
type routingPolicy struct {
	s2s_vpn.RoutingPolicy

	Srn string `json:"srn,omitempty"` // not in recordings
}

func (s *Server) routeRoutingPolicies(base string) {
	base += "/routing-policies"
	s.route("GET "+base, areaVPN, s.listRoutingPolicies)
	s.route("POST "+base, areaVPN, s.createRoutingPolicy)
	s.route("GET "+base+"/{id}", areaVPN, s.withRoutingPolicy(
		func(_ *call, p *routingPolicy) (any, error) { return p, nil },
	))
	s.route("PATCH "+base+"/{id}", areaVPN, s.withRoutingPolicy(s.updateRoutingPolicy))
	s.route("DELETE "+base+"/{id}", areaVPN, s.withRoutingPolicy(s.deleteRoutingPolicy))
}

func (s *Server) findRoutingPolicy(c *call, id string) (*routingPolicy, error) {
	p, ok := s.routingPolicies.get(id)
	if !ok || p.Region != c.region() {
		return nil, errNotFound("routing_policy", id)
	}
	return p, nil
}

func (s *Server) withRoutingPolicy(handle func(*call, *routingPolicy) (any, error)) handler {
	return func(c *call) (any, error) {
		p, err := s.findRoutingPolicy(c, c.PathValue("id"))
		if err != nil {
			return nil, err
		}
		return handle(c, p)
	}
}

func (s *Server) listRoutingPolicies(c *call) (any, error) {
	f := c.filters()
	found := s.routingPolicies.list(func(p *routingPolicy) bool {
		return p.Region == c.region() && f.matches("project_id", p.ProjectID) &&
			f.matches("organization_id", p.OrganizationID) && f.contains("name", p.Name) && f.hasTag(p.Tags) &&
			f.matchesBool("ipv6", p.IsIPv6)
	})
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(p *routingPolicy) sortKey {
		return sortKey{created: p.CreatedAt, updated: p.UpdatedAt, name: p.Name}
	}))
	return map[string]any{"routing_policies": page, "total_count": total}, nil
}

func (s *Server) createRoutingPolicy(c *call) (any, error) {
	var req s2s_vpn.CreateRoutingPolicyRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	projectID := c.projectID(&req.ProjectID)
	if _, ok := s.projects.get(projectID); !ok {
		return nil, errNotFound("project_id", projectID)
	}
	now := s.timestamp()
	p := &routingPolicy{RoutingPolicy: s2s_vpn.RoutingPolicy{
		ID: uuid.NewString(), ProjectID: projectID, OrganizationID: OrganizationID, CreatedAt: now, UpdatedAt: now,
		Name: cmp.Or(req.Name, generatedName("routing-policy")), Tags: nonNilSlice(req.Tags), IsIPv6: req.IsIPv6,
		PrefixFilterIn: nonNilSlice(req.PrefixFilterIn), PrefixFilterOut: nonNilSlice(req.PrefixFilterOut),
		Region: c.region(),
	}}
	if err := p.check(); err != nil {
		return nil, err
	}
	s.routingPolicies.put(p.ID, p)
	return p, nil
}

// check returns an error if a prefix is of the other IP version than the policy.
func (p *routingPolicy) check() error {
	for argument, prefixes := range map[string][]scw.IPNet{
		"prefix_filter_in": p.PrefixFilterIn, "prefix_filter_out": p.PrefixFilterOut,
	} {
		if slices.ContainsFunc(prefixes, func(prefix scw.IPNet) bool { return (prefix.IP.To4() == nil) != p.IsIPv6 }) {
			return errInvalid(argument, "constraint", "the prefixes must be of the IP version of the routing policy")
		}
	}
	return nil
}

func (s *Server) updateRoutingPolicy(c *call, p *routingPolicy) (any, error) {
	var req s2s_vpn.UpdateRoutingPolicyRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	changed := *p
	setIfPresent(&changed.Name, req.Name)
	setListIfPresent(&changed.Tags, req.Tags)
	for argument, prefixes := range map[string]struct {
		field     *[]scw.IPNet
		requested *[]string
	}{
		"prefix_filter_in":  {&changed.PrefixFilterIn, req.PrefixFilterIn},
		"prefix_filter_out": {&changed.PrefixFilterOut, req.PrefixFilterOut},
	} {
		if prefixes.requested == nil {
			continue
		}
		*prefixes.field = []scw.IPNet{}
		for _, text := range *prefixes.requested {
			_, prefix, err := net.ParseCIDR(text)
			if err != nil {
				return nil, errInvalid(argument, "format", text+" is not an address range")
			}
			*prefixes.field = append(*prefixes.field, scw.IPNet{IPNet: *prefix})
		}
	}
	if err := changed.check(); err != nil {
		return nil, err
	}
	changed.UpdatedAt = s.timestamp()
	*p = changed
	return p, nil
}

func (s *Server) deleteRoutingPolicy(_ *call, p *routingPolicy) (any, error) {
	used := s.vpnConnectionIDs(func(one *vpnConnection) bool { return slices.Contains(one.routingPolicyIDs(), p.ID) })
	if len(used) > 0 {
		return nil, errInUse("connections have the routing policy") // [INFERRED vpn-in-use]
	}
	s.routingPolicies.remove(p.ID)
	return noContent{}, nil
}
