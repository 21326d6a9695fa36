package collect

import (
	"context"
	"fmt"
	"slices"
	"sync"

	interlink "github.com/scaleway/scaleway-sdk-go/api/interlink/v1beta1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	s2s_vpn "github.com/scaleway/scaleway-sdk-go/api/s2s_vpn/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/api/vpcgw/v2"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// readGateways reads the Public Gateways of the Private Network with their PAT rules.
func (c *collector) readGateways(ctx context.Context, cluster *k8s.Cluster, networkID string) {
	networks, gap := read(ctx, c, func(ctx context.Context) ([]*vpcgw.GatewayNetwork, error) {
		return c.Scaleway.NetworkGateways(ctx, cluster.Region, networkID)
	})
	networks = slices.DeleteFunc(networks, func(n *vpcgw.GatewayNetwork) bool { return n == nil })
	facts := make([]assessment.Gateway, len(networks))
	gaps := make([]*assessment.Gap, len(networks))
	var work sync.WaitGroup
	for i, network := range networks {
		work.Go(func() { facts[i], gaps[i] = c.readGateway(ctx, network) })
	}
	work.Wait()
	for _, one := range gaps {
		if gap == nil {
			gap = one
		}
	}
	source := fmt.Sprintf("GET /vpc-gw/v2/zones of %s/gateway-networks", cluster.Region)
	c.facts.Project.Gateways = collection(source, facts, gap)
}

// readGateway reads the Public Gateway of a connection, and its PAT rules. The facts of a gateway that cannot be read
// have what its connection shows.
func (c *collector) readGateway(
	ctx context.Context, network *vpcgw.GatewayNetwork,
) (assessment.Gateway, *assessment.Gap) {
	facts := assessment.Gateway{
		ID: network.GatewayID, Zone: network.Zone.String(), PushDefaultRoute: &network.PushDefaultRoute,
	}
	rules, gap := read(ctx, c, func(ctx context.Context) ([]*vpcgw.PatRule, error) {
		return c.Scaleway.PATRules(ctx, network.Zone, network.GatewayID)
	})
	source := fmt.Sprintf("GET /vpc-gw/v2/zones/%s/pat-rules", network.Zone)
	facts.PATRules = collection(source, convert(rules, func(rule *vpcgw.PatRule) assessment.PATRule {
		return assessment.PATRule{
			ID: rule.ID, PublicPort: int(rule.PublicPort), PrivateIP: rule.PrivateIP.String(),
			PrivatePort: int(rule.PrivatePort), Protocol: rule.Protocol.String(),
		}
	}), gap)
	gateway, gap := read(ctx, c, func(ctx context.Context) (*vpcgw.Gateway, error) {
		return c.Scaleway.Gateway(ctx, network.Zone, network.GatewayID)
	})
	if gap != nil {
		return facts, gap
	}
	facts.Name, facts.BastionEnabled, facts.IsLegacy = gateway.Name, &gateway.BastionEnabled, &gateway.IsLegacy
	if gateway.BastionAllowedIPs != nil {
		allowed := []string{}
		for _, ip := range gateway.BastionAllowedIPs {
			allowed = append(allowed, ip.String())
		}
		facts.BastionAllowedIPs = &allowed
	}
	return facts, nil
}

// readVPNGateways reads the site-to-site VPN gateways of all Private Networks of the VPC: a route leads to them.
func (c *collector) readVPNGateways(ctx context.Context, network *vpc.PrivateNetwork) {
	networks, gap := read(ctx, c, func(ctx context.Context) ([]*vpc.PrivateNetwork, error) {
		return c.Scaleway.VPCPrivateNetworks(ctx, network.Region, network.VpcID)
	})
	ids := []string{network.ID}
	for _, other := range networks {
		if other != nil && other.ID != network.ID {
			ids = append(ids, other.ID)
		}
	}
	gateways, listGap := read(ctx, c, func(ctx context.Context) ([]*s2s_vpn.VpnGateway, error) {
		return c.Scaleway.VPNGateways(ctx, network.Region, ids)
	})
	if listGap != nil {
		gap = listGap
	}
	source := fmt.Sprintf("GET /s2s-vpn/v1alpha1/regions/%s/vpn-gateways", network.Region)
	c.facts.Project.VPNGateways = collection(source, convert(gateways, func(g *s2s_vpn.VpnGateway) assessment.Resource {
		return assessment.Resource{
			Kind: "vpn_gateway", ID: g.ID, Name: g.Name, ProjectID: g.ProjectID, Locality: g.Region.String(),
			CreatedAt: g.CreatedAt,
		}
	}), gap)
}

// readInterLinks reads the InterLinks of the VPC.
func (c *collector) readInterLinks(ctx context.Context, network *vpc.PrivateNetwork) {
	links, gap := read(ctx, c, func(ctx context.Context) ([]*interlink.Link, error) {
		return c.Scaleway.InterLinks(ctx, network.Region, network.VpcID)
	})
	source := fmt.Sprintf("GET /interlink/v1beta1/regions/%s/links", network.Region)
	c.facts.Project.InterLinks = collection(source, convert(links, func(l *interlink.Link) assessment.Resource {
		return assessment.Resource{
			Kind: "interlink", ID: l.ID, Name: l.Name, ProjectID: l.ProjectID, Locality: l.Region.String(),
			CreatedAt: l.CreatedAt,
		}
	}), gap)
}
