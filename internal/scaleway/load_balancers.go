package scaleway

import (
	"context"

	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// LoadBalancersIn lists the Load Balancers of a Project in a zone. Source: GET /lb/v1/zones/{zone}/lbs.
func (c *Client) LoadBalancersIn(ctx context.Context, zone scw.Zone, projectID string) ([]*lb.LB, error) {
	return listIn(ctx, "Load Balancers", zone, c.loadBalancers.Zones(), func(o ...scw.RequestOption) ([]*lb.LB, error) {
		list, err := c.loadBalancers.ListLBs(&lb.ZonedAPIListLBsRequest{Zone: zone, ProjectID: &projectID}, o...)
		if err != nil {
			return nil, err
		}
		return list.LBs, nil
	})
}

// LBPrivateNetworks lists the Private Networks of a Load Balancer. Source: GET
// /lb/v1/zones/{zone}/lbs/{id}/private-networks.
func (c *Client) LBPrivateNetworks(ctx context.Context, zone scw.Zone, id string) ([]*lb.PrivateNetwork, error) {
	ctx, call := startCall(ctx, "list the Private Networks of", "Load Balancer", id, zone)
	list, err := c.loadBalancers.ListLBPrivateNetworks(
		&lb.ZonedAPIListLBPrivateNetworksRequest{Zone: zone, LBID: id}, allPages(ctx)...,
	)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.PrivateNetwork, nil
}

// LBFrontends lists the frontends of a Load Balancer. Source: GET /lb/v1/zones/{zone}/lbs/{id}/frontends.
func (c *Client) LBFrontends(ctx context.Context, zone scw.Zone, id string) ([]*lb.Frontend, error) {
	ctx, call := startCall(ctx, "list the frontends of", "Load Balancer", id, zone)
	list, err := c.loadBalancers.ListFrontends(
		&lb.ZonedAPIListFrontendsRequest{Zone: zone, LBID: id}, allPages(ctx)...,
	)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.Frontends, nil
}

// LBBackends lists the backends of a Load Balancer. Source: GET /lb/v1/zones/{zone}/lbs/{id}/backends.
func (c *Client) LBBackends(ctx context.Context, zone scw.Zone, id string) ([]*lb.Backend, error) {
	ctx, call := startCall(ctx, "list the backends of", "Load Balancer", id, zone)
	list, err := c.loadBalancers.ListBackends(&lb.ZonedAPIListBackendsRequest{Zone: zone, LBID: id}, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.Backends, nil
}

// LBCertificates lists the certificates of a Load Balancer. Source: GET /lb/v1/zones/{zone}/lbs/{id}/certificates.
func (c *Client) LBCertificates(ctx context.Context, zone scw.Zone, id string) ([]*lb.Certificate, error) {
	ctx, call := startCall(ctx, "list the certificates of", "Load Balancer", id, zone)
	list, err := c.loadBalancers.ListCertificates(
		&lb.ZonedAPIListCertificatesRequest{Zone: zone, LBID: id}, allPages(ctx)...,
	)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.Certificates, nil
}

// FrontendACLs lists the access rules of a frontend. Source: GET /lb/v1/zones/{zone}/frontends/{id}/acls.
func (c *Client) FrontendACLs(ctx context.Context, zone scw.Zone, id string) ([]*lb.ACL, error) {
	ctx, call := startCall(ctx, "list the ACLs of", "frontend", id, zone)
	list, err := c.loadBalancers.ListACLs(&lb.ZonedAPIListACLsRequest{Zone: zone, FrontendID: id}, allPages(ctx)...)
	if err != nil {
		return nil, call.wrapError(err)
	}
	return list.ACLs, nil
}
