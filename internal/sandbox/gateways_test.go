package sandbox

import (
	"strings"
	"testing"
	"time"
)

const (
	gatewaysPath        = "/vpc-gw/v2/zones/fr-par-1/gateways"
	gatewayNetworksPath = "/vpc-gw/v2/zones/fr-par-1/gateway-networks"
)

func TestGateway(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	g := r.call(200, "POST", gatewaysPath, `{"name":"g","tags":null,"type":"VPC-GW-S","enable_smtp":false,`+
		`"enable_bastion":false}`)
	expectJSON(t, "allocating", g, "status")
	expectJSON(t, 61000, g, "bastion_port")
	expectJSON(t, []string{"0.0.0.0/0"}, g, "bastion_allowed_ips")
	expectJSON(t, []any{}, g, "gateway_networks")
	if _, ok := g["version"]; ok {
		t.Error("an allocating gateway has a version")
	}
	id := stringAt(t, g, "id")
	expectJSON(t, id, g, "ipv4", "gateway_id")
	r.server.Advance(time.Second)
	expectJSON(t, "configuring", r.call(200, "GET", gatewaysPath+"/"+id, ""), "status")

	body := `{"gateway_id":"` + id + `","private_network_id":"` + PrivateNetworkID + `","push_default_route":true}`
	refused := r.call(409, "POST", gatewayNetworksPath, body)
	expectJSON(t, map[string]any{
		"current_state": "configuring", "message": "resource is in a transient state", "resource": "gateway",
		"resource_id": id, "type": "transient_state",
	}, refused)
	r.server.Advance(9 * time.Second)
	expectJSON(t, "running", r.call(200, "GET", gatewaysPath+"/"+id, ""), "status")

	n := r.call(200, "POST", gatewayNetworksPath, body)
	expectJSON(t, "created", n, "status")
	expectJSON(t, true, n, "masquerade_enabled")
	if _, ok := n["mac_address"]; ok {
		t.Error("a new gateway network has a MAC address")
	}
	expectJSON(t, "configuring", r.call(200, "GET", gatewaysPath+"/"+id, ""), "status")
	r.server.Advance(13 * time.Second)
	network := stringAt(t, n, "id")
	n = r.call(200, "GET", gatewayNetworksPath+"/"+network, "")
	expectJSON(t, "ready", n, "status")
	ips := r.call(200, "GET", "/ipam/v1/regions/fr-par/ips?resource_type=vpc_gateway_network&resource_id="+network, "")
	expectJSON(t, stringAt(t, n, "mac_address"), ips, "ips", 0, "resource", "mac_address")
	expectJSON(t, stringAt(t, n, "ipam_ip_id"), ips, "ips", 0, "id")
	r.call(400, "POST", gatewayNetworksPath, body)

	r.call(412, "DELETE", gatewaysPath+"/"+id, "")
	expectJSON(t, "detaching", r.call(200, "DELETE", gatewayNetworksPath+"/"+network, ""), "status")
	r.server.Advance(5 * time.Second)
	r.call(404, "GET", gatewayNetworksPath+"/"+network, "")
	expectJSON(t, 0, r.call(200, "GET", "/ipam/v1/regions/fr-par/ips?resource_id="+network, ""), "total_count")
	expectJSON(t, "deleting", r.call(200, "DELETE", gatewaysPath+"/"+id+"?delete_ip=false", ""), "status")
	r.server.Advance(time.Second)
	expectJSON(t, "gateway", r.call(404, "GET", gatewaysPath+"/"+id, ""), "resource")
	expectJSON(
		t, nil, r.call(200, "GET", "/vpc-gw/v2/zones/fr-par-1/ips/"+stringAt(t, g, "ipv4", "id"), ""), "gateway_id",
	)
}

func TestGatewayNetworkWithBookedIP(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	id := stringAt(t, r.call(200, "POST", privateNetworksPath, `{"subnets":["172.16.64.0/22"]}`), "id")
	n := r.call(200, "POST", gatewayNetworksPath, `{"gateway_id":"`+GatewayID+`","private_network_id":"`+id+`"}`)
	expectJSON(t, false, n, "push_default_route")
	r.server.Advance(13 * time.Second)
	booked := stringAt(t, r.call(200, "POST", "/ipam/v1/regions/fr-par/ips",
		`{"source":{"private_network_id":"`+id+`"},"address":"172.16.64.7"}`), "id")
	changed := r.call(200, "PATCH", gatewayNetworksPath+"/"+stringAt(t, n, "id"), `{"push_default_route":true,`+
		`"ipam_ip_id":"`+booked+`"}`)
	expectJSON(t, "configuring", changed, "status")
	expectJSON(t, true, changed, "masquerade_enabled")
	r.call(409, "DELETE", gatewayNetworksPath+"/"+stringAt(t, n, "id"), "")
	r.server.Advance(5 * time.Second)
	r.call(200, "DELETE", gatewayNetworksPath+"/"+stringAt(t, n, "id"), "")
	r.server.Advance(5 * time.Second)
	kept := r.call(200, "GET", "/ipam/v1/regions/fr-par/ips/"+booked, "")
	expectJSON(t, nil, kept, "resource")
	expectJSON(t, "172.16.64.7/22", kept, "address")
}

func TestZonesWithoutGateways(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	refused := r.call(400, "POST", "/vpc-gw/v2/zones/fr-par-3/gateways", `{"type":"VPC-GW-S"}`)
	expectJSON(t, "zone", refused, "details", 0, "argument_name")
	if help := stringAt(t, refused, "details", 0, "help_message"); !strings.Contains(help, "fr-par-2") {
		t.Errorf("the error does not name the zones: %s", help)
	}
	for _, zone := range []string{"fr-par-2", "nl-ams-3", "pl-waw-1"} {
		r.call(200, "POST", "/vpc-gw/v2/zones/"+zone+"/gateways", `{"type":"VPC-GW-S"}`)
	}
	r.call(400, "POST", gatewaysPath, `{"type":"VPC-GW-XXL"}`)
}
