package sandbox

import "testing"

func TestCustomResources(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	const ips = "/ipam/v1/regions/fr-par/ips"
	source := `"source":{"private_network_id":"` + PrivateNetworkID + `"}`
	r.call(400, "POST", ips, `{`+source+`,"resource":{"mac_address":"none"}}`)
	ip := r.call(200, "POST", ips, `{`+source+`,"resource":{"mac_address":"bc:24:11:74:d0:5a","name":"vm"}}`)
	path := ips + "/" + stringAt(t, ip, "id")
	expectJSON(t, map[string]any{
		"type": "custom", "id": stringAt(t, ip, "id"), "mac_address": "BC:24:11:74:D0:5A", "name": "vm",
	}, ip, "resource")
	expectJSON(t, 1, r.call(200, "GET", ips+"?mac_address=bc:24:11:74:d0:5a", ""), "total_count")
	expectJSON(t, 1, r.call(200, "GET", ips+"?resource_type=custom&resource_name=vm", ""), "total_count")
	r.call(412, "DELETE", path, "")
	r.call(412, "POST", path+"/attach", `{"resource":{"mac_address":"bc:24:11:74:d0:5b"}}`)
	move := `{"from_resource":{"mac_address":"bc:24:11:74:d0:5a"},"to_resource":{"mac_address":"bc:24:11:74:d0:5b"}}`
	expectJSON(t, "BC:24:11:74:D0:5B", r.call(200, "POST", path+"/move", move), "resource", "mac_address")
	r.call(400, "POST", path+"/move", move)
	r.call(400, "POST", path+"/detach", `{"resource":{"mac_address":"bc:24:11:74:d0:5a"}}`)
	toNothing := `{"from_resource":{"mac_address":"bc:24:11:74:d0:5b"},"to_resource":null}`
	expectJSON(t, nil, r.call(200, "POST", path+"/move", toNothing), "resource")
	r.call(200, "POST", path+"/attach", `{"resource":{"mac_address":"bc:24:11:74:d0:5c"}}`)

	second := stringAt(t, r.call(200, "POST", ips, `{`+source+`}`), "id")
	set := `{"ip_ids":["` + second + `","` + stringAt(t, ip, "id") + `"]}`
	r.call(412, "POST", "/ipam/v1/regions/fr-par/ip-sets/release", set)
	r.call(200, "GET", ips+"/"+second, "")
	expectJSON(t, nil,
		r.call(200, "POST", path+"/detach", `{"resource":{"mac_address":"bc:24:11:74:d0:5c"}}`), "resource")
	r.call(204, "POST", "/ipam/v1/regions/fr-par/ip-sets/release", set)
	r.call(404, "GET", ips+"/"+second, "")
}

func TestPublicIPAMIP(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	const ips = "/ipam/v1/regions/fr-par/ips"
	r.call(400, "POST", ips, `{"source":{"zonal":"nl-ams-1"}}`)
	ip := r.call(200, "POST", ips, `{"source":{"zonal":"fr-par-2"},"is_ipv6":true}`)
	expectJSON(t, "fr-par-2", ip, "zone")
	expectJSON(t, 1, r.call(200, "GET", ips+"?zonal=fr-par-2", ""), "total_count")
	reverse := `{"reverses":[{"hostname":"a.example","address":"2001:db8::1"}]}`
	path := ips + "/" + stringAt(t, ip, "id")
	expectJSON(t, "a.example", r.call(200, "PATCH", path, reverse), "reverses", 0, "hostname")
	r.call(204, "DELETE", path, "")
}
