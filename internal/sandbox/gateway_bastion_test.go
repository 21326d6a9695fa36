package sandbox

import (
	"testing"
	"time"
)

func TestGatewayBastion(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	path := gatewaysPath + "/" + GatewayID
	r.call(400, "PATCH", path, `{"bastion_port":80}`)
	expectJSON(t, "running", r.call(200, "PATCH", path, `{"enable_bastion":true,"bastion_port":2222}`), "status")
	expectJSON(t, "configuring", r.call(409, "POST", path+"/refresh-ssh-keys", "{}"), "current_state")
	r.server.Advance(time.Second)
	r.call(200, "POST", path+"/refresh-ssh-keys", "{}")
	r.server.Advance(time.Second)

	ranges := path + "/bastion-allowed-ips"
	set := r.call(200, "PUT", ranges, `{"ip_ranges":["192.0.2.0/24","198.51.100.7"]}`)
	expectJSON(t, []string{"192.0.2.0/24", "198.51.100.7/32"}, set, "ip_ranges")
	r.server.Advance(time.Second)
	r.call(400, "PUT", ranges, `{"ip_ranges":["x"]}`)
	r.call(200, "POST", ranges, `{"ip_range":"203.0.113.0/24"}`)
	r.server.Advance(time.Second)
	r.call(204, "DELETE", ranges+"/192.0.2.0%2F24", "")
	expectJSON(t, []string{"198.51.100.7/32", "203.0.113.0/24"}, r.call(200, "GET", path, ""), "bastion_allowed_ips")
}

func TestGatewayUpgrade(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	path := gatewaysPath + "/" + GatewayID
	expectJSON(t, "configuring", r.call(200, "POST", path+"/upgrade", `{"type":"VPC-GW-M"}`), "status")
	r.server.Advance(time.Minute)
	g := r.call(200, "GET", path, "")
	expectJSON(t, "running", g, "status")
	expectJSON(t, "VPC-GW-M", g, "type")
	r.call(400, "POST", path+"/upgrade", `{"type":"VPC-GW-S"}`)
}

func TestGatewayIPs(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	const ips = "/vpc-gw/v2/zones/fr-par-1/ips"
	ip := r.call(200, "POST", ips, `{"tags":["a"]}`)
	path, reverse := ips+"/"+stringAt(t, ip, "id"), stringAt(t, ip, "reverse")
	expectJSON(t, "a.example", r.call(200, "PATCH", path, `{"reverse":"a.example"}`), "reverse")
	expectJSON(t, reverse, r.call(200, "PATCH", path, `{"reverse":""}`), "reverse")
	for query, want := range map[string]int{"?is_free=true": 1, "?is_free=false": 1, "?tags=a": 1, "?reverse=x": 0} {
		expectJSON(t, want, r.call(200, "GET", ips+query, ""), "total_count")
	}
	r.call(200, "PATCH", path, `{"gateway_id":"`+GatewayID+`"}`)
	expectJSON(t, stringAt(t, ip, "id"), r.call(200, "GET", gatewaysPath+"/"+GatewayID, ""), "ipv4", "id")
	expectJSON(t, nil, r.call(200, "GET", ips+"/"+GatewayIPID, ""), "gateway_id")
	r.call(412, "DELETE", path, "")
	r.call(204, "DELETE", ips+"/"+GatewayIPID, "")
}
