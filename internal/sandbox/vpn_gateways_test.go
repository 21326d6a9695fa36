package sandbox

import (
	"errors"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/s2s_vpn/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

const vpnPath = "/s2s-vpn/v1alpha1/regions/fr-par"

// newVPNGateway creates an active VPN gateway in the Private Network of a new sandbox, and returns its id.
func (r *rig) newVPNGateway() string {
	r.t.Helper()
	g := r.call(200, "POST", vpnPath+"/vpn-gateways", `{"gateway_type":"VGW-S","private_network_id":"`+
		PrivateNetworkID+`","zone":"fr-par-1"}`)
	r.server.Advance(time.Minute)
	return stringAt(r.t, g, "id")
}

func TestVPNGateway(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api, ips := s2s_vpn.NewAPI(k.client), ipam.NewAPI(k.client)
	zone := scw.ZoneFrPar2
	request := &s2s_vpn.CreateVpnGatewayRequest{
		Name: "g", GatewayType: "VGW-S", PrivateNetworkID: PrivateNetworkID, Zone: &zone, Tags: []string{"t"},
	}
	g, err := api.CreateVpnGateway(request)
	if err != nil || g.Status != s2s_vpn.VpnGatewayStatusProvisioning || g.Zone != zone || g.Asn != 12876 {
		t.Fatalf("%+v, %v", g, err)
	}
	list, err := ips.ListIPs(&ipam.ListIPsRequest{ResourceIDs: []string{g.ID}})
	if err != nil || list.TotalCount != 4 {
		t.Errorf("%+v, %v: want two private and two public IPs", list, err)
	}
	public, err := ips.GetIP(&ipam.GetIPRequest{IPID: *g.PublicConfig.IpamIPv4ID})
	if err != nil || public.Zone == nil || *public.Zone != zone || public.Source.Zonal == nil {
		t.Errorf("%+v, %v", public, err)
	}
	_, err = api.DeleteVpnGateway(&s2s_vpn.DeleteVpnGatewayRequest{GatewayID: g.ID})
	var transient *scw.TransientStateError
	if !errors.As(err, &transient) || transient.CurrentState != "provisioning" {
		t.Errorf("delete a new VPN gateway: %#v", err)
	}
	k.server.Advance(time.Minute)
	if g, err = api.GetVpnGateway(
		&s2s_vpn.GetVpnGatewayRequest{GatewayID: g.ID},
	); err != nil || g.Status != s2s_vpn.VpnGatewayStatusActive {
		t.Errorf("%+v, %v", g, err)
	}
	for want, req := range map[uint64]*s2s_vpn.ListVpnGatewaysRequest{
		0: {Statuses: []s2s_vpn.VpnGatewayStatus{s2s_vpn.VpnGatewayStatusFailed}},
		1: {Tags: []string{"t"}, GatewayTypes: []string{"VGW-S"}, PrivateNetworkIDs: []string{PrivateNetworkID}},
	} {
		if found, err := api.ListVpnGateways(req); err != nil || found.TotalCount != want {
			t.Errorf("%+v: %+v, %v, want %d", req, found, err, want)
		}
	}
	if g, err = api.UpdateVpnGateway(
		&s2s_vpn.UpdateVpnGatewayRequest{GatewayID: g.ID, Name: scw.StringPtr("h")},
	); err != nil || g.Name != "h" {
		t.Errorf("%+v, %v", g, err)
	}
	if g, err = api.DeleteVpnGateway(
		&s2s_vpn.DeleteVpnGatewayRequest{GatewayID: g.ID},
	); err != nil || g.Status != s2s_vpn.VpnGatewayStatusDeprovisioning {
		t.Errorf("%+v, %v", g, err)
	}
	k.server.Advance(time.Minute)
	_, err = api.GetVpnGateway(&s2s_vpn.GetVpnGatewayRequest{GatewayID: g.ID})
	var unknown *scw.ResourceNotFoundError
	if !errors.As(err, &unknown) || unknown.Resource != "vpn_gateway" {
		t.Errorf("get a deleted VPN gateway: %#v", err)
	}
	if list, err = ips.ListIPs(&ipam.ListIPsRequest{ResourceIDs: []string{g.ID}}); err != nil || list.TotalCount != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestVPNGatewayAddresses(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	const ips = "/ipam/v1/regions/fr-par/ips"
	booked := stringAt(t, r.call(200, "POST", ips, `{"source":{"zonal":"fr-par-1"}}`), "id")
	create := func(status int, config string) map[string]any {
		return r.call(status, "POST", vpnPath+"/vpn-gateways", `{"gateway_type":"VGW-S","zone":"fr-par-1",`+
			`"private_network_id":"`+PrivateNetworkID+`"`+config+`}`)
	}
	before := r.call(200, "GET", ips, "")
	create(404, `,"public_config":{"ipam_ipv4_id":"00000000-0000-4000-8000-000000000000"}`)
	create(400, `,"public_config":{"ipam_ipv6_id":"`+booked+`"}`)
	create(400, `,"ipam_private_ipv4_id":"`+booked+`"`)
	expectJSON(t, before["total_count"], r.call(200, "GET", ips, ""), "total_count")
	g := create(200, `,"public_tunnel_config":{"single_ipv4_tunnel":{"ipam_id":"`+booked+`"}}`)
	expectJSON(t, map[string]any{"ipam_ipv4_id": booked, "ipam_ipv6_id": nil}, g, "public_config")
	create(400, `,"public_config":{"ipam_ipv4_id":"`+booked+`"}`)
	create(400, `,"gateway_type":"VGW-XXL"`)
	create(400, `,"zone":"nl-ams-1"`)
	r.server.Advance(time.Minute)
	r.call(412, "DELETE", privateNetworksPath+"/"+PrivateNetworkID, "")
	r.call(200, "DELETE", vpnPath+"/vpn-gateways/"+stringAt(t, g, "id"), "")
	r.server.Advance(time.Minute)
	expectJSON(t, nil, r.call(200, "GET", ips+"/"+booked, ""), "resource")
}
