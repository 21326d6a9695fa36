package sandbox

import "testing"

func TestIPAM(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	const ips = "/ipam/v1/regions/fr-par/ips"
	network := r.call(200, "POST", privateNetworksPath, `{"subnets":["10.9.0.0/29"]}`)
	id := stringAt(t, network, "id")
	source := `{"source":{"private_network_id":"` + id + `"},"tags":["a"]}`
	first := r.call(200, "POST", ips, source)
	expectJSON(t, "10.9.0.2/29", first, "address")
	expectJSON(t, map[string]any{"subnet_id": stringAt(t, network, "subnets", 0, "id")}, first, "source")
	expectJSON(t, nil, first, "resource")
	expectJSON(t, nil, first, "zone")
	expectJSON(t, []any{}, first, "reverses")
	expectJSON(t, "10.9.0.3/29", r.call(200, "POST", ips, source), "address")
	ipv6 := r.call(200, "POST", ips, `{"source":{"private_network_id":"`+id+`"},"is_ipv6":true}`)
	expectJSON(t, true, ipv6, "is_ipv6")

	for query, want := range map[string]int{
		"private_network_id=" + id:                              3,
		"private_network_id=" + id + "&is_ipv6=true":            1,
		"private_network_id=" + id + "&tags=a&attached=false":   2,
		"private_network_id=" + id + "&attached=true":           0,
		"subnet_id=" + stringAt(t, network, "subnets", 1, "id"): 1,
		"resource_type=vpc_gateway_network":                     1,
		"resource_type=unknown_type&resource_name=sandbox":      1,
		"resource_id=" + GatewayNetworkID:                       1,
		"resource_ids=" + GatewayNetworkID + "&is_ipv6=true":    0,
		"vpc_id=" + VPCID + "&project_id=" + ProjectID:          4,
		"zonal=fr-par-2":                                       0,
		"mac_address=02:00:00:00:00:00":                        0,
		"ip_ids=" + stringAt(t, first, "id"):                   1,
		"private_network_id=00000000-0000-4000-8000-000000000": 0,
	} {
		if got := r.call(200, "GET", ips+"?"+query, ""); jsonAt(t, got, "total_count") != float64(want) {
			t.Errorf("%s: %v IPs, want %d", query, got["total_count"], want)
		}
	}
	refused := r.call(400, "POST", ips, `{"source":{"private_network_id":"`+id+`"},"address":"10.9.0.2"}`)
	expectJSON(t, "address", refused, "details", 0, "argument_name")
	r.call(400, "POST", ips, `{"source":{"private_network_id":"`+id+`"},"address":"10.8.0.2"}`)
	for range 3 {
		r.call(200, "POST", ips, source)
	}
	r.call(412, "POST", ips, source) // .0, .1 and .7 cannot be booked
	expectJSON(t, []string{"b"}, r.call(200, "PATCH", ips+"/"+stringAt(t, first, "id"), `{"tags":["b"]}`), "tags")
	r.call(204, "DELETE", ips+"/"+stringAt(t, first, "id"), "{}")
	expectJSON(t, "ip", r.call(404, "GET", ips+"/"+stringAt(t, first, "id"), ""), "resource")
	attached := r.call(200, "GET", ips+"?resource_id="+GatewayNetworkID, "")
	r.call(412, "DELETE", ips+"/"+stringAt(t, attached, "ips", 0, "id"), "")
}
