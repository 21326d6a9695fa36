package scaleway

import (
	"context"
	"net/http"
	"slices"

	"github.com/scaleway/scaleway-sdk-go/api/vpcgw/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// NetworkGateways lists the connections of a Private Network to Public Gateways, in all zones of a region that offer
// Public Gateways. Source: GET /vpc-gw/v2/zones/{zone}/gateway-networks.
func (c *Client) NetworkGateways(
	ctx context.Context, region scw.Region, privateNetworkID string,
) ([]*vpcgw.GatewayNetwork, error) {
	found := []*vpcgw.GatewayNetwork{}
	for _, zone := range c.gateways.Zones() {
		if in, err := zone.Region(); err != nil || in != region {
			continue
		}
		inZone, err := c.gatewayNetworks(ctx, zone, privateNetworkID)
		if err != nil && !hasStatus(err, http.StatusPreconditionFailed) { // the product was never activated
			return nil, err
		}
		found = append(found, slices.DeleteFunc(inZone, func(n *vpcgw.GatewayNetwork) bool {
			return n.PrivateNetworkID != privateNetworkID
		})...)
	}
	return found, nil
}

// Gateway reads a Public Gateway. Source: GET /vpc-gw/v2/zones/{zone}/gateways/{id}.
func (c *Client) Gateway(ctx context.Context, zone scw.Zone, id string) (*vpcgw.Gateway, error) {
	ctx, call := startCall(ctx, "read", "Public Gateway", id, zone)
	gateway, err := c.gateways.GetGateway(&vpcgw.GetGatewayRequest{Zone: zone, GatewayID: id}, scw.WithContext(ctx))
	return gateway, call.wrapError(err)
}

// PATRules lists the PAT rules of a Public Gateway. Source: GET /vpc-gw/v2/zones/{zone}/pat-rules.
func (c *Client) PATRules(ctx context.Context, zone scw.Zone, gatewayID string) ([]*vpcgw.PatRule, error) {
	ctx, call := startCall(ctx, "list the PAT rules of", "Public Gateway", gatewayID, zone)
	list, err := c.gateways.ListPatRules(
		&vpcgw.ListPatRulesRequest{Zone: zone, GatewayIDs: []string{gatewayID}}, allPages(ctx)...,
	)
	if err != nil {
		return nil, call.wrapListError(err)
	}
	return list.PatRules, nil
}
