package sandbox

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

const (
	vpcsPath            = "/vpc/v2/regions/fr-par/vpcs"
	privateNetworksPath = "/vpc/v2/regions/fr-par/private-networks"
)

func TestSeed(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	found := r.call(200, "GET", vpcsPath+"?is_default=true&order_by=created_at_asc", "")
	expectJSON(t, 1, found, "total_count")
	expectJSON(t, VPCID, found, "vpcs", 0, "id")
	expectJSON(t, []string{"default"}, found, "vpcs", 0, "tags")
	expectJSON(t, 1, found, "vpcs", 0, "private_network_count")
	network := r.call(200, "GET", privateNetworksPath+"/"+PrivateNetworkID, "")
	expectJSON(t, VPCID, network, "vpc_id")
	gateway := r.call(200, "GET", "/vpc-gw/v2/zones/fr-par-1/gateways/"+GatewayID, "")
	expectJSON(t, "running", gateway, "status")
	expectJSON(t, PrivateNetworkID, gateway, "gateway_networks", 0, "private_network_id")
	expectJSON(t, true, gateway, "gateway_networks", 0, "push_default_route")
	expectJSON(t, GatewayIPID, gateway, "ipv4", "id")

	empty := newRig(t, Options{Empty: true})
	expectJSON(t, 0, empty.call(200, "GET", vpcsPath, ""), "total_count")
	expectJSON(t, 0, empty.call(200, "GET", "/vpc-gw/v2/zones/fr-par-1/gateways", ""), "total_count")
	expectJSON(
		t, 1, empty.call(
			200, "GET", "/account/v3/contract-signatures?organization_id="+OrganizationID, "",
		), "total_count",
	)
}

func TestVPC(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	v := r.call(200, "POST", vpcsPath, `{"name":"one","tags":null,"enable_routing":false}`)
	expectKeys(
		t,
		v,
		"created_at",
		"updated_at",
		"organization_id",
		"project_id",
		"region",
		"is_default",
		"private_network_count",
		"routing_enabled",
		"custom_routes_propagation_enabled",
		"transitivity_enabled",
		"s3_integration_enabled",
	)
	expectJSON(t, []string{}, v, "tags")
	expectJSON(t, true, v, "routing_enabled")
	expectJSON(t, ProjectID, v, "project_id")
	id := stringAt(t, v, "id")
	r.server.Advance(1e9)
	changed := r.call(200, "PATCH", vpcsPath+"/"+id, `{"name":"two","tags":["a","b"]}`)
	expectJSON(t, "two", changed, "name")
	if stringAt(t, changed, "updated_at") == stringAt(t, changed, "created_at") {
		t.Error("a change did not set updated_at")
	}
	expectJSON(t, 1, r.call(200, "GET", vpcsPath+"?tags=b&tags=c", ""), "total_count")
	expectJSON(t, 0, r.call(200, "GET", vpcsPath+"?tags=c", ""), "total_count")

	network := r.call(200, "POST", privateNetworksPath, `{"name":"n","vpc_id":"`+id+`","subnets":["10.1.0.0/22"]}`)
	expectJSON(t, 1, r.call(200, "GET", vpcsPath+"/"+id, ""), "private_network_count")
	refused := r.call(412, "DELETE", vpcsPath+"/"+id, "")
	expectJSON(t, "precondition_failed", refused, "type")
	expectJSON(t, "resource_still_in_use", refused, "precondition")
	r.call(204, "DELETE", privateNetworksPath+"/"+stringAt(t, network, "id"), "")
	r.call(204, "DELETE", vpcsPath+"/"+id, "")
	notFound := r.call(404, "GET", vpcsPath+"/"+id, "")
	expectJSON(
		t, map[string]any{
			"message": "resource is not found", "resource": "vpc", "resource_id": id, "type": "not_found",
		}, notFound,
	)
	r.call(412, "DELETE", vpcsPath+"/"+VPCID, "")
	r.call(404, "GET", "/vpc/v2/regions/nl-ams/vpcs/"+VPCID, "")
}

func TestPrivateNetworkSubnets(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	v := stringAt(t, r.call(200, "POST", vpcsPath, `{"name":"v"}`), "id")
	block := func(network map[string]any, n int) netip.Prefix {
		prefix, err := netip.ParsePrefix(stringAt(t, network, "subnets", n, "subnet"))
		if err != nil {
			t.Fatal(err)
		}
		return prefix
	}
	seen := []netip.Prefix{}
	for range 40 {
		network := r.call(200, "POST", privateNetworksPath, `{"vpc_id":"`+v+`"}`)
		ipv4, ipv6 := block(network, 0), block(network, 1)
		if ipv4.Bits() != 22 || !netip.MustParsePrefix("172.16.0.0/12").Contains(ipv4.Addr()) || ipv4 != ipv4.Masked() {
			t.Errorf("automatic IPv4 subnet %s", ipv4)
		}
		if ipv6.Bits() != 64 || !strings.HasPrefix(ipv6.String(), "fd") {
			t.Errorf("automatic IPv6 subnet %s", ipv6)
		}
		for _, other := range seen {
			if other.Overlaps(ipv4) || other.Overlaps(ipv6) {
				t.Errorf("%s or %s overlaps %s", ipv4, ipv6, other)
			}
		}
		seen = append(seen, ipv4, ipv6)
	}
	network := r.call(200, "POST", privateNetworksPath, `{"vpc_id":"`+v+`","subnets":["10.0.0.0/22"]}`)
	expectJSON(t, "10.0.0.0/22", network, "subnets", 0, "subnet")
	expectJSON(t, 2, lengthAt(t, network, "subnets"))
	refused := r.call(400, "POST", privateNetworksPath, `{"vpc_id":"`+v+`","subnets":["10.0.2.0/24"]}`)
	expectJSON(t, "subnets", refused, "details", 0, "argument_name")
	if help := stringAt(t, refused, "details", 0, "help_message"); !strings.Contains(help, "10.0.0.0/22") {
		t.Errorf("the error does not name the other subnet: %s", help)
	}
	r.call(200, "POST", privateNetworksPath, `{"subnets":["10.0.2.0/24"]}`) // in the default VPC
	r.call(404, "POST", privateNetworksPath, `{"vpc_id":"00000000-0000-4000-8000-000000000000"}`)
	id := stringAt(t, network, "id")
	r.call(200, "POST", privateNetworksPath+"/"+id+"/subnets", `{"subnets":["10.0.8.0/24"]}`)
	listed := r.call(200, "GET", "/vpc/v2/regions/fr-par/subnets?vpc_id="+v+"&page_size=100", "")
	expectJSON(t, 83, listed, "total_count")
	r.call(200, "DELETE", privateNetworksPath+"/"+id+"/subnets", `{"subnets":["10.0.8.0/24"]}`)
	r.call(404, "DELETE", privateNetworksPath+"/"+id+"/subnets", `{"subnets":["10.0.8.0/24"]}`)
}

func TestPrivateNetworkInUse(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	refused := r.call(412, "DELETE", privateNetworksPath+"/"+PrivateNetworkID, "")
	expectJSON(t, "resource_still_in_use", refused, "precondition")
	if help := stringAt(t, refused, "help_message"); !strings.Contains(help, GatewayNetworkID) {
		t.Errorf("the error does not name the gateway network: %s", help)
	}
	id := stringAt(t, r.call(200, "POST", privateNetworksPath, `{"name":"mine"}`), "id")
	booked := r.call(200, "POST", "/ipam/v1/regions/fr-par/ips", `{"source":{"private_network_id":"`+id+`"}}`)
	r.call(412, "DELETE", privateNetworksPath+"/"+id, "")
	r.call(204, "DELETE", "/ipam/v1/regions/fr-par/ips/"+stringAt(t, booked, "id"), "{}")
	r.call(204, "DELETE", privateNetworksPath+"/"+id, "")
	r.call(404, "GET", privateNetworksPath+"/"+id, "")
}

func TestPagination(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{Empty: true})
	for range 45 {
		r.call(200, "POST", vpcsPath, `{"name":"many"}`)
	}
	seen := map[string]bool{}
	for page, want := range map[string]int{"": 20, "?page=2": 20, "?page=3": 5, "?page=4": 0} {
		found := r.call(200, "GET", vpcsPath+page, "")
		expectJSON(t, 45, found, "total_count")
		list, _ := jsonAt(t, found, "vpcs").([]any)
		if list == nil || len(list) != want {
			t.Errorf("page %q has %d elements, want %d and not null", page, len(list), want)
		}
		for i := range list {
			seen[stringAt(t, list, i, "id")] = true
		}
	}
	if len(seen) != 45 {
		t.Errorf("the pages have %d different VPCs, want 45", len(seen))
	}
	expectJSON(t, 45, lengthAt(t, r.call(200, "GET", vpcsPath+"?page_size=1000", ""), "vpcs"))
	response, _, err := r.send("GET", "/instance/v1/zones/fr-par-1/products/servers?page=3", "")
	if err != nil || response.Header.Get("X-Total-Count") != "112" {
		t.Errorf("X-Total-Count of instance/v1 is %q, want 112 (%v)", response.Header.Get("X-Total-Count"), err)
	}
	if response.StatusCode != http.StatusOK {
		t.Error(response.Status)
	}
}
