package sandbox

import "testing"

const (
	vpcRoutesPath     = "/vpc/v2/regions/fr-par/routes"
	vpcConnectorsPath = "/vpc/v2/regions/fr-par/vpc-connectors"
	ingressRulesPath  = "/vpc/v2/regions/fr-par/ingress-rules"
)

func TestVPCRoutes(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	nexthops := vpcRoutesPath + "-with-nexthop?vpc_id=" + VPCID
	// The IPv4 subnet, the IPv6 subnet and the default route of the gateway.
	expectJSON(t, 3, r.call(200, "GET", nexthops, ""), "total_count")
	byGateway := r.call(200, "GET", nexthops+"&nexthop_resource_type=vpc_gateway_network", "")
	expectJSON(t, "0.0.0.0/0", byGateway, "routes", 0, "route", "destination")
	readOnly := vpcRoutesPath + "/" + stringAt(t, byGateway, "routes", 0, "route", "id")
	expectJSON(t, true, r.call(200, "GET", readOnly, ""), "is_read_only")
	r.call(412, "PATCH", readOnly, `{"description":"d"}`)
	r.call(412, "DELETE", readOnly, "")

	r.call(400, "POST", vpcRoutesPath, `{"vpc_id":"`+VPCID+`","destination":"10.0.0.0/24"}`)
	route := r.call(200, "POST", vpcRoutesPath, `{"vpc_id":"`+VPCID+`","destination":"10.0.0.0/24","tags":["t"],`+
		`"nexthop_resource_id":"`+GatewayNetworkID+`","nexthop_private_network_id":"`+PrivateNetworkID+`"}`)
	path := vpcRoutesPath + "/" + stringAt(t, route, "id")
	for query, want := range map[string]int{
		"":                      4,
		"&tags=t":               1,
		"&is_ipv6=true":         1,
		"&contains=10.0.0.0/8":  1,
		"&contains=10.0.0.0/25": 0,
		"&nexthop_resource_id=" + GatewayNetworkID:        2,
		"&nexthop_private_network_id=" + PrivateNetworkID: 4,
	} {
		expectJSON(t, want, r.call(200, "GET", nexthops+query, ""), "total_count")
	}
	r.call(400, "GET", nexthops+"&contains=x", "")
	longest := r.call(200, "GET", nexthops+"&is_ipv6=false&order_by=prefix_len_desc", "")
	expectJSON(t, "10.0.0.0/24", longest, "routes", 0, "route", "destination")
	changed := r.call(200, "PATCH", path, `{"description":"d","destination":"10.1.0.0/24"}`)
	expectJSON(t, "10.1.0.0/24", changed, "destination")
	expectJSON(t, GatewayNetworkID, changed, "nexthop_resource_id")
	r.call(204, "DELETE", path, "")
	r.call(404, "GET", path, "")
}

func TestVPCConnectors(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	create := func(vpcID, targetID string) map[string]any {
		return r.call(200, "POST", vpcConnectorsPath, `{"vpc_id":"`+vpcID+`","target_vpc_id":"`+targetID+`"}`)
	}
	target := stringAt(t, r.call(200, "POST", vpcsPath, `{"name":"target"}`), "id")
	one := create(VPCID, target)
	expectJSON(t, "orphan", one, "status")
	if _, ok := one["peer_info"]; ok {
		t.Error("an orphan has information on its peer")
	}
	r.call(400, "POST", vpcConnectorsPath, `{"vpc_id":"`+VPCID+`","target_vpc_id":"`+target+`"}`)
	r.call(400, "POST", vpcConnectorsPath, `{"vpc_id":"`+VPCID+`","target_vpc_id":"`+VPCID+`"}`)
	returned := stringAt(t, create(target, VPCID), "id")
	path := vpcConnectorsPath + "/" + stringAt(t, one, "id")
	expectJSON(t, "peered", r.call(200, "GET", path, ""), "status")
	expectJSON(t, "target", r.call(200, "GET", path, ""), "peer_info", "vpc_name")

	network := r.call(200, "POST", privateNetworksPath, `{"vpc_id":"`+target+`","subnets":["172.16.0.0/24"]}`)
	expectJSON(t, "conflict", r.call(200, "GET", path, ""), "status")
	overlaps := r.call(200, "GET", path+"/subnet-overlaps", "")
	expectJSON(t, 1, overlaps, "total_count")
	expectJSON(t, "172.16.0.0/24", overlaps, "subnet_overlaps", 0, "target_subnet")
	r.call(204, "DELETE", privateNetworksPath+"/"+stringAt(t, network, "id"), "")

	expectJSON(t, 1, r.call(200, "GET", vpcConnectorsPath+"?vpc_id="+target, ""), "total_count")
	expectJSON(t, 2, r.call(200, "GET", vpcConnectorsPath+"?status=peered", ""), "total_count")
	expectJSON(t, "c", r.call(200, "PATCH", path, `{"name":"c","tags":["t"]}`), "name")
	route := r.call(200, "POST", vpcRoutesPath, `{"vpc_id":"`+VPCID+`","destination":"10.0.0.0/24",`+
		`"nexthop_vpc_connector_id":"`+stringAt(t, one, "id")+`"}`)
	r.call(412, "DELETE", path, "")
	r.call(412, "DELETE", vpcsPath+"/"+target, "")
	r.call(204, "DELETE", vpcRoutesPath+"/"+stringAt(t, route, "id"), "")
	r.call(204, "DELETE", path, "")
	expectJSON(t, "vpc_connector", r.call(404, "GET", path, ""), "resource")
	r.call(204, "DELETE", vpcConnectorsPath+"/"+returned, "")
	r.call(204, "DELETE", vpcsPath+"/"+target, "")
}

func TestIngressRules(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	network := stringAt(t, r.call(200, "POST", privateNetworksPath, `{}`), "id")
	body := func(source string) string {
		return `{"vpc_id":"` + VPCID + `","source":"` + source + `","nexthop_private_network_id":"` + network +
			`","nexthop_resource_ip":"172.16.4.2","tags":["t"]}`
	}
	r.call(400, "POST", ingressRulesPath, body("fd00::/64"))
	rule := r.call(200, "POST", ingressRulesPath, body("10.0.0.0/24"))
	expectJSON(t, false, rule, "is_ipv6")
	path := ingressRulesPath + "/" + stringAt(t, rule, "id")
	expectJSON(t, "10.1.0.0/24", r.call(200, "PATCH", path, `{"source":"10.1.0.0/24"}`), "source")
	for query, want := range map[string]int{
		"?tags=t": 1, "?vpc_id=" + VPCID: 1, "?nexthop_resource_ip=172.16.4.3": 0, "?is_ipv6=true": 0,
	} {
		expectJSON(t, want, r.call(200, "GET", ingressRulesPath+query, ""), "total_count")
	}
	r.call(204, "DELETE", privateNetworksPath+"/"+network, "")
	expectJSON(t, "ingress_rule", r.call(404, "GET", path, ""), "resource")
}

func TestObjectStorageAccess(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	access := "/vpc/v2/regions/fr-par/object-storage-private-access/" + VPCID
	body := `{"private_network_ids":["` + PrivateNetworkID + `"]}`
	r.call(412, "PUT", access+"/private-networks", body)
	r.call(200, "POST", access+"/enable", "{}")
	expectJSON(t, true, r.call(200, "GET", vpcsPath+"/"+VPCID, ""), "object_storage_private_access_enabled")
	expectJSON(
		t,
		[]string{PrivateNetworkID},
		r.call(200, "PUT", access+"/private-networks", body),
		"private_network_ids",
	)
	r.call(404, "POST", access+"/private-networks", `{"private_network_ids":["`+VPCID+`"]}`)
	network := privateNetworksPath + "/" + PrivateNetworkID
	expectJSON(t, true, r.call(200, "GET", network, ""), "has_object_storage_private_access")
	r.call(204, "DELETE", access+"/private-networks/"+PrivateNetworkID, "")
	expectJSON(t, false, r.call(200, "GET", network, ""), "has_object_storage_private_access")
	r.call(200, "POST", access+"/disable", "{}")
	r.call(412, "PUT", access+"/private-networks", body)
}
