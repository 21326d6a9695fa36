package sandbox

import (
	"bytes"
	"slices"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

// aclRule is a rule of a cluster's allow-list. As recorded, its region is empty.
type aclRule struct {
	k8s.ACLRule

	// Srn hides the SDK's field, which is not in the API's responses.
	Srn string `json:"srn,omitempty"`
}

func newACLRule(req *k8s.ACLRuleRequest) *aclRule {
	rule := &aclRule{ACLRule: k8s.ACLRule{ID: uuid.NewString(), IP: req.IP, Description: req.Description}}
	if req.IP == nil {
		rule.ScalewayRanges = req.ScalewayRanges
	}
	return rule
}

func (s *Server) listACLs(c *call) (any, error) {
	cl, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	page, total := paginate(c, sortedByAddress(cl.acls))
	return map[string]any{"rules": nonNilSlice(page), "total_count": total}, nil
}

// sortedByAddress returns the rules in the order of the API's responses: by address, and last the rule for Scaleway's
// ranges.
//
// [INFERRED k8s-acl-order] The position of the rule for Scaleway's ranges among others is not recorded.
func sortedByAddress(rules []*aclRule) []*aclRule {
	sorted := slices.SortedStableFunc(slices.Values(rules), func(a, b *aclRule) int {
		switch {
		case a.IP == nil && b.IP == nil:
			return 0
		case a.IP == nil:
			return 1
		case b.IP == nil:
			return -1
		}
		return bytes.Compare(a.IP.IP.To16(), b.IP.IP.To16())
	})
	return nonNilSlice(sorted)
}

func (s *Server) setACLs(c *call) (any, error) { return s.putACLs(c, false) }

func (s *Server) addACLs(c *call) (any, error) { return s.putACLs(c, true) }

// putACLs replaces the rules of a cluster, or adds to them if keep is set. The response has the rules of the request.
func (s *Server) putACLs(c *call, keep bool) (any, error) {
	cl, err := s.findStableCluster(c)
	if err != nil {
		return nil, err
	}
	var req k8s.SetClusterACLRulesRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	rules := []*aclRule{}
	for _, ruleReq := range req.ACLs {
		if ruleReq == nil || (ruleReq.IP == nil) == (ruleReq.ScalewayRanges == nil || !*ruleReq.ScalewayRanges) {
			return nil, errInvalid("acls", "constraint", "precisely one of ip and scaleway_ranges must be set")
		}
		rules = append(rules, newACLRule(ruleReq))
	}
	all := rules
	if keep {
		all = slices.Concat(cl.acls, rules)
	}
	rangeRules := 0
	for _, rule := range all {
		if rule.ScalewayRanges != nil {
			rangeRules++
		}
	}
	if rangeRules > 1 {
		return nil, errInvalid("acls", "constraint", "only one rule with scaleway_ranges can be added")
	}
	cl.acls = all
	return map[string]any{"rules": sortedByAddress(rules)}, nil
}

func (s *Server) deleteACL(c *call) (any, error) {
	id := c.PathValue("id")
	for _, cl := range s.clusters.list(func(cl *cluster) bool { return cl.Region == c.region() }) {
		index := slices.IndexFunc(cl.acls, func(rule *aclRule) bool { return rule.ID == id })
		if index < 0 {
			continue
		}
		if err := cl.checkStable(); err != nil {
			return nil, err
		}
		cl.acls = slices.Delete(slices.Clone(cl.acls), index, index+1)
		return noContent{}, nil
	}
	return nil, errNotFound("acl", id)
}
