package scaleway

import (
	"context"
	"net/http"

	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// wrapListError is wrapError for a list. A Project in which the product was never activated (412) has an empty list.
func (c *call) wrapListError(err error) error {
	err = c.wrapError(err)
	if hasStatus(err, http.StatusPreconditionFailed) {
		return nil
	}
	return err
}

// VPCPrivateNetworks lists the Private Networks of a VPC. Source: GET /vpc/v2/regions/{region}/private-networks.
func (c *Client) VPCPrivateNetworks(ctx context.Context, region scw.Region, id string) ([]*vpc.PrivateNetwork, error) {
	ctx, call := startCall(ctx, "list the Private Networks of", "VPC", id, region)
	list, err := c.vpc.ListPrivateNetworks(
		&vpc.ListPrivateNetworksRequest{Region: region, VpcID: &id},
		allPages(ctx)...)
	if err != nil {
		return nil, call.wrapListError(err)
	}
	return list.PrivateNetworks, nil
}

// VPCACL reads the rules and the default policy of a VPC for one version of IP. Source: GET
// /vpc/v2/regions/{region}/vpcs/{id}/acl-rules.
func (c *Client) VPCACL(
	ctx context.Context, region scw.Region, id string, isIPv6 bool,
) (*vpc.GetACLResponse, error) {
	ctx, call := startCall(ctx, "read the ACL of", "VPC", id, region)
	acl, err := c.vpc.GetACL(&vpc.GetACLRequest{Region: region, VpcID: id, IsIPv6: isIPv6}, scw.WithContext(ctx))
	return acl, call.wrapError(err)
}

// VPCRoutes lists the routes of a VPC with the type of their next hop. Source: GET
// /vpc/v2/regions/{region}/routes-with-nexthop.
func (c *Client) VPCRoutes(ctx context.Context, region scw.Region, id string) ([]*vpc.RouteWithNexthop, error) {
	ctx, call := startCall(ctx, "list the routes of", "VPC", id, region)
	list, err := c.vpcRoutes.ListRoutesWithNexthop(
		&vpc.RoutesWithNexthopAPIListRoutesWithNexthopRequest{Region: region, VpcID: &id}, allPages(ctx)...,
	)
	if err != nil {
		return nil, call.wrapListError(err)
	}
	return list.Routes, nil
}

// VPCConnectors lists the connectors from a VPC to others. Source: GET /vpc/v2/regions/{region}/vpc-connectors.
func (c *Client) VPCConnectors(ctx context.Context, region scw.Region, id string) ([]*vpc.VPCConnector, error) {
	ctx, call := startCall(ctx, "list the connectors of", "VPC", id, region)
	list, err := c.vpc.ListVPCConnectors(&vpc.ListVPCConnectorsRequest{Region: region, VpcID: &id}, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapListError(err)
	}
	return list.VpcConnectors, nil
}

// NetworkIPs lists the addresses of a Private Network, with the objects that have them. Source: GET
// /ipam/v1/regions/{region}/ips.
func (c *Client) NetworkIPs(ctx context.Context, region scw.Region, id string) ([]*ipam.IP, error) {
	ctx, call := startCall(ctx, "list the addresses of", "private network", id, region)
	list, err := c.ipam.ListIPs(&ipam.ListIPsRequest{Region: region, PrivateNetworkID: &id}, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapListError(err)
	}
	return list.IPs, nil
}
