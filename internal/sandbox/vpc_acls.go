package sandbox

import (
	"cmp"
	"net"
	"strconv"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// The API prefixes the descriptions of rules, and accepts 255 rules at most.
const (
	aclDescriptionPrefix = "(Rule scope: client) "
	maxACLRules          = 255
)

// vpcACL is one of the two network ACLs of a VPC: of IPv4 or of IPv6 traffic. The fields are those of the response.
type vpcACL struct {
	Rules         []*vpc.ACLRule `json:"rules"`
	DefaultPolicy vpc.Action     `json:"default_policy"`
}

// vpcACLKey returns the key of a network ACL in its collection: the API gives it no id.
func vpcACLKey(vpcID string, isIPv6 bool) string {
	if isIPv6 {
		return vpcID + ".ipv6"
	}
	return vpcID + ".ipv4"
}

func (s *Server) getVPCACL(c *call) (any, error) {
	v, err := s.findVPC(c)
	if err != nil {
		return nil, err
	}
	isIPv6, _ := strconv.ParseBool(c.URL.Query().Get("is_ipv6"))
	if acl, ok := s.vpcACLs.get(vpcACLKey(v.ID, isIPv6)); ok {
		return acl, nil
	}
	// The documentation says that a VPC accepts all traffic between its Private Networks until it has rules
	// [INFERRED vpc-acl-default].
	return &vpcACL{Rules: []*vpc.ACLRule{}, DefaultPolicy: vpc.ActionAccept}, nil
}

func (s *Server) setVPCACL(c *call) (any, error) {
	v, err := s.findVPC(c)
	if err != nil {
		return nil, err
	}
	var req vpc.SetACLRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.DefaultPolicy != vpc.ActionAccept && req.DefaultPolicy != vpc.ActionDrop {
		return nil, errInvalid("default_policy", "constraint", "must be accept or drop")
	}
	if len(req.Rules) > maxACLRules {
		return nil, errInvalid("rules", "constraint", "at most 255 rules")
	}
	for _, rule := range req.Rules {
		if err := completeACLRule(rule, req.IsIPv6); err != nil {
			return nil, err
		}
	}
	acl := &vpcACL{Rules: nonNilSlice(req.Rules), DefaultPolicy: req.DefaultPolicy}
	s.vpcACLs.put(vpcACLKey(v.ID, req.IsIPv6), acl)
	v.UpdatedAt = s.timestamp()
	return acl, nil
}

// completeACLRule checks a requested rule, and changes it as the API does: it prefixes the description. An absent range
// is the range of all addresses [INFERRED vpc-acl-rules].
func completeACLRule(rule *vpc.ACLRule, isIPv6 bool) error {
	if rule.Action != vpc.ActionAccept && rule.Action != vpc.ActionDrop {
		return errInvalid("rules.action", "constraint", "must be accept or drop")
	}
	rule.Protocol = cmp.Or(rule.Protocol, vpc.ACLRuleProtocolANY)
	if rule.SrcPortLow > rule.SrcPortHigh || rule.DstPortLow > rule.DstPortHigh {
		return errInvalid("rules", "constraint", "the low port must be at most the high port")
	}
	for _, block := range []*scw.IPNet{&rule.Source, &rule.Destination} {
		if block.IP == nil {
			*block = allAddresses(isIPv6)
		}
		if (block.IP.To4() == nil) != isIPv6 {
			return errInvalid("rules", "constraint", block.String()+" is of the other IP version")
		}
	}
	if rule.Description != nil && !strings.HasPrefix(*rule.Description, aclDescriptionPrefix) {
		prefixed := aclDescriptionPrefix + *rule.Description
		rule.Description = &prefixed
	}
	return nil
}

// allAddresses returns the range of all addresses of an IP version.
func allAddresses(isIPv6 bool) scw.IPNet {
	if isIPv6 {
		return scw.IPNet{IPNet: net.IPNet{IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)}}
	}
	return scw.IPNet{IPNet: net.IPNet{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}}
}
