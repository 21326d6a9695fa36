package scaleway

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/api/interlink/v1beta1"
	"github.com/scaleway/scaleway-sdk-go/api/s2s_vpn/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// VPNGateways lists the site-to-site VPN gateways of Private Networks. Source: GET
// /s2s-vpn/v1alpha1/regions/{region}/vpn-gateways.
func (c *Client) VPNGateways(
	ctx context.Context, region scw.Region, privateNetworkIDs []string,
) ([]*s2s_vpn.VpnGateway, error) {
	if len(privateNetworkIDs) == 0 {
		return nil, nil // the API would list all gateways
	}
	ctx, call := startCall(ctx, "list", "site-to-site VPN gateways", "", region)
	list, err := c.vpn.ListVpnGateways(
		&s2s_vpn.ListVpnGatewaysRequest{Region: region, PrivateNetworkIDs: privateNetworkIDs}, allPages(ctx)...,
	)
	if err != nil {
		return nil, call.wrapListError(err)
	}
	return list.Gateways, nil
}

// InterLinks lists the InterLinks of a VPC. Source: GET /interlink/v1beta1/regions/{region}/links.
func (c *Client) InterLinks(ctx context.Context, region scw.Region, vpcID string) ([]*interlink.Link, error) {
	ctx, call := startCall(ctx, "list the InterLinks of", "VPC", vpcID, region)
	list, err := c.interLink.ListLinks(&interlink.ListLinksRequest{Region: region, VpcID: &vpcID}, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapListError(err)
	}
	return list.Links, nil
}
