package sandbox

import (
	"testing"
	"time"
)

func TestLBPrivateNetworks(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	id := r.newBalancer(`{"name":"web","type":"lb-s","assign_flexible_ip":false}`)
	path, ips := lbPath+"/lbs/"+id, "/ipam/v1/regions/fr-par/ips"
	booked := stringAt(t, r.call(200, "POST", ips, `{"source":{"private_network_id":"`+PrivateNetworkID+`"}}`), "id")
	attached := r.call(200, "POST", path+"/attach-private-network",
		`{"private_network_id":"`+PrivateNetworkID+`","ipam_ids":["`+booked+`"]}`)
	expectJSON(t, "pending", attached, "status")
	expectJSON(t, []string{booked}, attached, "ipam_ids")
	expectJSON(t, 1, attached, "lb", "private_network_count")
	r.call(400, "POST", path+"/attach-private-network", `{"private_network_id":"`+PrivateNetworkID+`"}`)
	r.server.Advance(2 * time.Second)
	expectJSON(t, "ready", r.call(200, "GET", path+"/private-networks", ""), "private_network", 0, "status")
	ip := r.call(200, "GET", ips+"/"+booked, "")
	expectJSON(t, "lb_server", ip, "resource", "type")
	expectJSON(t, "web", ip, "resource", "name")
	r.call(412, "DELETE", ips+"/"+booked, "")

	r.call(204, "POST", path+"/detach-private-network", `{"private_network_id":"`+PrivateNetworkID+`"}`)
	expectJSON(t, nil, r.call(200, "GET", ips+"/"+booked, ""), "resource")
	r.call(404, "POST", path+"/detach-private-network", `{"private_network_id":"`+PrivateNetworkID+`"}`)

	r.call(200, "POST", path+"/attach-private-network", `{"private_network_id":"`+PrivateNetworkID+`"}`)
	expectJSON(t, 1, r.call(200, "GET", ips+"?resource_id="+id, ""), "total_count")
	r.call(204, "DELETE", path, "")
	r.server.Advance(time.Minute)
	expectJSON(t, 0, r.call(200, "GET", ips+"?resource_id="+id, ""), "total_count")
}
