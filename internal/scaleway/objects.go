package scaleway

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// VPC reads a VPC. Source: GET /vpc/v2/regions/{region}/vpcs/{id}.
func (c *Client) VPC(ctx context.Context, region scw.Region, id string) (*vpc.VPC, error) {
	ctx, call := startCall(ctx, "read", "VPC", id, region)
	network, err := c.vpc.GetVPC(&vpc.GetVPCRequest{Region: region, VpcID: id}, scw.WithContext(ctx))
	return network, call.wrapError(err)
}

// SecurityGroup reads a security group. Source: GET /instance/v1/zones/{zone}/security_groups/{id}.
func (c *Client) SecurityGroup(ctx context.Context, zone scw.Zone, id string) (*instance.SecurityGroup, error) {
	ctx, call := startCall(ctx, "read", "security group", id, zone)
	answer, err := c.instance.GetSecurityGroup(
		&instance.GetSecurityGroupRequest{Zone: zone, SecurityGroupID: id}, scw.WithContext(ctx),
	)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return answer.SecurityGroup, nil
}

// PlacementGroup reads a placement group. Source: GET /instance/v1/zones/{zone}/placement_groups/{id}.
func (c *Client) PlacementGroup(ctx context.Context, zone scw.Zone, id string) (*instance.PlacementGroup, error) {
	ctx, call := startCall(ctx, "read", "placement group", id, zone)
	answer, err := c.instance.GetPlacementGroup(
		&instance.GetPlacementGroupRequest{Zone: zone, PlacementGroupID: id}, scw.WithContext(ctx),
	)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return answer.PlacementGroup, nil
}
