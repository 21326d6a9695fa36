package collect

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// defaultSecurityGroup returns the name of the security group that pools of a cluster have by default in each zone.
func defaultSecurityGroup(cluster *k8s.Cluster) string {
	if strings.HasPrefix(cluster.Type, "multicloud") {
		return "Kosmos default security group"
	}
	return "Kapsule default security group"
}

// groupKey identifies the security group of pools: a zone and an id, or the default group of the zone without an id.
type groupKey struct {
	zone scw.Zone
	id   string
}

// readSecurityGroups reads the security groups of the pools with their rules.
func (c *collector) readSecurityGroups(ctx context.Context, cluster *k8s.Cluster, pools []*k8s.Pool) {
	keys, users := []groupKey{}, map[groupKey][]string{}
	for _, pool := range pools {
		if pool == nil || pool.NodeType == externalNodeType || pool.Zone == "" {
			continue
		}
		key := groupKey{pool.Zone, pool.SecurityGroupID}
		if users[key] == nil {
			keys = append(keys, key)
		}
		users[key] = append(users[key], pool.ID)
	}
	found := make([][]assessment.SecurityGroup, len(keys))
	gaps := make([]*assessment.Gap, len(keys))
	var work sync.WaitGroup
	for i, key := range keys {
		work.Go(func() { found[i], gaps[i] = c.readSecurityGroup(ctx, cluster, key, users[key]) })
	}
	work.Wait()
	gap := c.facts.Pools.Missing()
	for _, one := range gaps {
		if gap == nil {
			gap = one
		}
	}
	source := fmt.Sprintf("GET /instance/v1/zones of %s/security_groups", cluster.Region)
	c.facts.Project.SecurityGroups = collection(source, slices.Concat(found...), gap)
}

// readSecurityGroup reads the security group of pools with its rules. It returns none if there is no default group.
func (c *collector) readSecurityGroup(
	ctx context.Context, cluster *k8s.Cluster, key groupKey, pools []string,
) ([]assessment.SecurityGroup, *assessment.Gap) {
	groups, gap := read(ctx, c, func(ctx context.Context) ([]*instance.SecurityGroup, error) {
		if key.id == "" {
			return c.Scaleway.SecurityGroupsNamed(ctx, key.zone, cluster.ProjectID, defaultSecurityGroup(cluster))
		}
		group, err := c.Scaleway.SecurityGroup(ctx, key.zone, key.id)
		return []*instance.SecurityGroup{group}, err
	})
	if gap != nil || len(groups) != 1 || groups[0] == nil {
		return nil, gap
	}
	group := groups[0]
	rules, gap := read(ctx, c, func(ctx context.Context) ([]*instance.SecurityGroupRule, error) {
		return c.Scaleway.SecurityGroupRules(ctx, key.zone, group.ID)
	})
	source := fmt.Sprintf("GET /instance/v1/zones/%s/security_groups/%s/rules", key.zone, group.ID)
	return []assessment.SecurityGroup{{
		ID: group.ID, Name: group.Name, Zone: key.zone.String(), PoolIDs: pools, Stateful: &group.Stateful,
		InboundPolicy: present(group.InboundDefaultPolicy), IsProjectDefault: group.ProjectDefault,
		Rules: collection(source, convert(rules, securityGroupRule), gap),
	}}, nil
}

func securityGroupRule(rule *instance.SecurityGroupRule) assessment.SecurityGroupRule {
	return assessment.SecurityGroupRule{
		ID: rule.ID, Direction: rule.Direction.String(), Action: rule.Action.String(),
		Protocol: rule.Protocol.String(), IPRange: rule.IPRange.String(),
		PortFrom: port(rule.DestPortFrom), PortTo: port(rule.DestPortTo),
	}
}

// port converts a port of a rule; nil stays nil.
func port(number *uint32) *int {
	if number == nil {
		return nil
	}
	value := int(*number)
	return &value
}
