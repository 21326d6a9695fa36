package scaleway

import (
	"context"
	"slices"

	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// SecurityGroupsNamed lists the security groups of a Project in a zone that have a name. Source: GET
// /instance/v1/zones/{zone}/security_groups.
func (c *Client) SecurityGroupsNamed(
	ctx context.Context, zone scw.Zone, projectID, name string,
) ([]*instance.SecurityGroup, error) {
	ctx, call := startCall(ctx, "list", "security groups named", name, zone)
	list, err := c.instance.ListSecurityGroups(
		&instance.ListSecurityGroupsRequest{Zone: zone, Name: &name, Project: &projectID}, allPages(ctx)...,
	)
	if err != nil {
		return nil, call.wrapListError(err)
	}
	// The API's name filter also matches parts of names.
	return slices.DeleteFunc(list.SecurityGroups, func(g *instance.SecurityGroup) bool { return g.Name != name }), nil
}

// SecurityGroupRules lists the rules of a security group. Source: GET
// /instance/v1/zones/{zone}/security_groups/{id}/rules.
func (c *Client) SecurityGroupRules(
	ctx context.Context, zone scw.Zone, id string,
) ([]*instance.SecurityGroupRule, error) {
	ctx, call := startCall(ctx, "list the rules of", "security group", id, zone)
	list, err := c.instance.ListSecurityGroupRules(
		&instance.ListSecurityGroupRulesRequest{Zone: zone, SecurityGroupID: id}, allPages(ctx)...,
	)
	if err != nil {
		return nil, call.wrapListError(err)
	}
	return list.Rules, nil
}
