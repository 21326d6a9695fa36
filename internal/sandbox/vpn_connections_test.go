package sandbox

import "testing"

// newCustomerGateway creates a customer gateway, and returns its id.
func (r *rig) newCustomerGateway() string {
	r.t.Helper()
	return stringAt(r.t, r.call(200, "POST", vpnPath+"/customer-gateways",
		`{"name":"c","ipv4_public":"203.0.113.1/32","asn":65000}`), "id")
}

// newRoutingPolicy creates a routing policy, and returns its id.
func (r *rig) newRoutingPolicy(body string) string {
	r.t.Helper()
	return stringAt(r.t, r.call(200, "POST", vpnPath+"/routing-policies", body), "id")
}

func TestVPNConnection(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	gateway, customer := r.newVPNGateway(), r.newCustomerGateway()
	policy := r.newRoutingPolicy(`{"name":"p","prefix_filter_in":["10.0.2.0/24"]}`)
	connections := vpnPath + "/connections"
	body := `{"name":"c","vpn_gateway_id":"` + gateway + `","customer_gateway_id":"` + customer + `",` +
		`"initiation_policy":"customer_gateway","enable_route_propagation":true,"ikev2_ciphers":[` +
		`{"encryption":"aes256","integrity":"sha256","dh_group":"modp2048"}],"bgp_config_ipv4":{"routing_policy_id":"`
	r.call(404, "POST", connections, body+gateway+`"}}`)
	created := r.call(200, "POST", connections, body+policy+`","private_ip":"169.254.0.1/30"}}`)
	expectJSON(t, "", created, "pre_shared_key")
	one := jsonAt(t, created, "connection")
	expectJSON(t, "down", one, "status")
	expectJSON(t, "down", one, "bgp_status_ipv4")
	expectJSON(t, "disabled", one, "bgp_status_ipv6")
	expectJSON(t, "169.254.0.2/30", one, "bgp_session_ipv4", "peer_private_ip")
	expectJSON(t, []map[string]string{{"encryption": "aes256", "integrity": "sha256", "dh_group": "modp2048"}},
		one, "ikev2_ciphers")
	id := stringAt(t, one, "id")
	expectJSON(t, []string{id}, r.call(200, "GET", vpnPath+"/vpn-gateways/"+gateway, ""), "connection_ids")
	expectJSON(t, []string{id}, r.call(200, "GET", vpnPath+"/customer-gateways/"+customer, ""), "connection_ids")

	for query, want := range map[string]int{
		"?routing_policy_ids=" + policy: 1, "?routing_policy_ids=" + gateway: 0, "?statuses=active": 0,
		"?vpn_gateway_ids=" + gateway + "&customer_gateway_ids=" + customer: 1, "?route_propagation_enabled=false": 0,
	} {
		expectJSON(t, want, r.call(200, "GET", connections+query, ""), "total_count")
	}
	for _, path := range []string{
		"/vpn-gateways/" + gateway, "/customer-gateways/" + customer, "/routing-policies/" + policy,
	} {
		expectJSON(t, "resource_still_in_use", r.call(412, "DELETE", vpnPath+path, ""), "precondition")
	}

	path := connections + "/" + id
	expectJSON(t, 2, r.call(200, "POST", path+"/renew-psk", "{}"), "connection", "secret_revision")
	r.call(400, "POST", path+"/change-psk", "{}")
	changed := r.call(200, "POST", path+"/change-psk", `{"secret":{"id":"`+gateway+`","revision":5}}`)
	expectJSON(t, 5, changed, "connection", "secret_revision")
	expectJSON(t, false, r.call(200, "POST", path+"/disable-route-propagation", "{}"), "route_propagation_enabled")
	expectJSON(t, true, r.call(200, "POST", path+"/enable-route-propagation", "{}"), "route_propagation_enabled")
	ipv6 := r.newRoutingPolicy(`{"name":"q","is_ipv6":true}`)
	r.call(400, "POST", path+"/set-routing-policy", `{"routing_policy_v4":"`+ipv6+`"}`)
	set := r.call(200, "POST", path+"/set-routing-policy", `{"routing_policy_v6":"`+ipv6+`"}`)
	expectJSON(t, ipv6, set, "bgp_session_ipv6", "routing_policy_id")
	r.call(400, "POST", path+"/detach-routing-policy", `{"routing_policy_v6":"`+policy+`"}`)
	detached := r.call(200, "POST", path+"/detach-routing-policy", `{"routing_policy_v4":"`+policy+`"}`)
	expectJSON(t, "disabled", detached, "bgp_status_ipv4")
	r.call(204, "DELETE", vpnPath+"/routing-policies/"+policy, "")
	expectJSON(t, "d", r.call(200, "PATCH", path, `{"name":"d"}`), "name")
	r.call(204, "DELETE", path, "")
	expectJSON(t, "connection", r.call(404, "GET", path, ""), "resource")
	r.call(204, "DELETE", vpnPath+"/customer-gateways/"+customer, "")
}

func TestCustomerGateway(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	gateways := vpnPath + "/customer-gateways"
	r.call(400, "POST", gateways, `{"name":"c","asn":65000}`)
	r.call(400, "POST", gateways, `{"name":"c","ipv4_public":"203.0.113.1/32"}`)
	path := gateways + "/" + r.newCustomerGateway()
	expectJSON(t, "203.0.113.1", r.call(200, "GET", path, ""), "public_ipv4")
	changed := r.call(200, "PATCH", path, `{"asn":65001,"ipv6_public":"2001:db8::1/128","tags":["t"]}`)
	expectJSON(t, 65001, changed, "asn")
	expectJSON(t, "2001:db8::1", changed, "public_ipv6")
	expectJSON(t, 1, r.call(200, "GET", gateways+"?tags=t&name=c", ""), "total_count")
	r.call(204, "DELETE", path, "")
	expectJSON(t, "customer_gateway", r.call(404, "GET", path, ""), "resource")
}

func TestRoutingPolicy(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	policies := vpnPath + "/routing-policies"
	r.call(400, "POST", policies, `{"name":"p","prefix_filter_out":["fd00::/64"]}`)
	path := policies + "/" + r.newRoutingPolicy(`{"name":"p","prefix_filter_in":["10.0.0.0/24"]}`)
	r.newRoutingPolicy(`{"name":"q","is_ipv6":true}`)
	changed := r.call(200, "PATCH", path, `{"prefix_filter_out":["10.1.0.0/24","10.2.0.0/24"]}`)
	expectJSON(t, []string{"10.0.0.0/24"}, changed, "prefix_filter_in")
	expectJSON(t, []string{"10.1.0.0/24", "10.2.0.0/24"}, changed, "prefix_filter_out")
	r.call(400, "PATCH", path, `{"prefix_filter_in":["fd00::/64"]}`)
	expectJSON(t, []string{"10.0.0.0/24"}, r.call(200, "GET", path, ""), "prefix_filter_in")
	expectJSON(t, 1, r.call(200, "GET", policies+"?ipv6=true", ""), "total_count")
	expectJSON(t, "q", r.call(200, "GET", policies+"?order_by=name_desc", ""), "routing_policies", 0, "name")
	r.call(204, "DELETE", path, "")
	r.call(404, "GET", path, "")
}
