package sandbox

import (
	"slices"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

// aclRule is a rule of a cluster's allow-list. Its region is recorded empty.
type aclRule struct {
	k8s.ACLRule

	// Srn is not in the API's answers: the SDK makes it up.
	Srn string `json:"srn,omitempty"`
}

func newACLRule(asked *k8s.ACLRuleRequest) *aclRule {
	rule := &aclRule{ACLRule: k8s.ACLRule{ID: uuid.NewString(), IP: asked.IP, Description: asked.Description}}
	if asked.IP == nil {
		rule.ScalewayRanges = asked.ScalewayRanges
	}
	return rule
}

func (s *Server) listACLs(c *call) (any, error) {
	on, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	page, total := paged(c, on.acls)
	return map[string]any{"rules": filled(page), "total_count": total}, nil
}

func (s *Server) setACLs(c *call) (any, error) { return s.putACLs(c, false) }

func (s *Server) addACLs(c *call) (any, error) { return s.putACLs(c, true) }

// putACLs replaces the rules of a cluster, or adds to them. The answer has the rules of the request.
func (s *Server) putACLs(c *call, keep bool) (any, error) {
	on, err := s.findSteadyCluster(c)
	if err != nil {
		return nil, err
	}
	var asked k8s.SetClusterACLRulesRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	rules := []*aclRule{}
	for _, wanted := range asked.ACLs {
		if wanted == nil || (wanted.IP == nil) == (wanted.ScalewayRanges == nil || !*wanted.ScalewayRanges) {
			return nil, errInvalid("acls", "constraint", "precisely one of ip and scaleway_ranges must be set")
		}
		rules = append(rules, newACLRule(wanted))
	}
	all := rules
	if keep {
		all = slices.Concat(on.acls, rules)
	}
	ranges := 0
	for _, rule := range all {
		if rule.ScalewayRanges != nil {
			ranges++
		}
	}
	if ranges > 1 {
		return nil, errInvalid("acls", "constraint", "only one rule with scaleway_ranges can be added")
	}
	on.acls = all
	return map[string]any{"rules": rules}, nil
}

func (s *Server) deleteACL(c *call) (any, error) {
	id := c.PathValue("id")
	for _, on := range s.clusters.list(func(one *cluster) bool { return one.Region == c.region() }) {
		at := slices.IndexFunc(on.acls, func(rule *aclRule) bool { return rule.ID == id })
		if at < 0 {
			continue
		}
		if err := on.steady(); err != nil {
			return nil, err
		}
		on.acls = slices.Delete(slices.Clone(on.acls), at, at+1)
		return noContent{}, nil
	}
	return nil, errNotFound("acl", id)
}
