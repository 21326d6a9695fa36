package sandbox

import (
	"strings"
	"testing"
	"time"
)

func TestBalancerIPs(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	ips := lbPath + "/ips"
	ipv4 := r.call(200, "POST", ips, `{"tags":["a"]}`)
	if reverse := stringAt(t, ipv4, "reverse"); !strings.HasSuffix(reverse, ".lb.fr-par.scw.cloud") {
		t.Errorf("reverse is %s", reverse)
	}
	ipv6 := r.call(200, "POST", ips, `{"is_ipv6":true}`)
	address := stringAt(t, ipv6, "ip_address")
	for query, want := range map[string]int{
		"": 2, "?ip_type=ipv4": 1, "?ip_type=ipv6": 1, "?ip_type=all": 2, "?tags=a": 1, "?ip_address=" + address: 1,
	} {
		expectJSON(t, want, r.call(200, "GET", ips+query, ""), "total_count")
	}
	ids := `["` + stringAt(t, ipv4, "id") + `"]`
	r.call(400, "POST", lbPath+"/lbs", `{"type":"lb-s","ip_ids":["`+stringAt(t, ipv6, "id")+`"]}`)
	id := r.newBalancer(`{"type":"lb-s","ip_ids":` + ids + `}`)
	r.call(400, "POST", lbPath+"/lbs", `{"type":"lb-s","ip_ids":`+ids+`}`)
	r.call(400, "DELETE", ips+"/"+stringAt(t, ipv4, "id"), "")

	expectJSON(t, id, r.call(200, "PATCH", ips+"/"+stringAt(t, ipv6, "id"), `{"lb_id":"`+id+`"}`), "lb_id")
	if n := lengthAt(t, r.call(200, "GET", lbPath+"/lbs/"+id, ""), "ip"); n != 2 {
		t.Errorf("%d IPs, want 2", n)
	}
	second := stringAt(t, r.call(200, "POST", ips, `{}`), "id")
	r.call(400, "PATCH", ips+"/"+second, `{"lb_id":"`+id+`"}`)
	expectJSON(t, "a.example", r.call(200, "PATCH", ips+"/"+second, `{"reverse":"a.example"}`), "reverse")
	r.call(204, "DELETE", ips+"/"+second, "")
	r.call(204, "DELETE", lbPath+"/lbs/"+id, "")
	r.server.Advance(time.Minute)
	r.call(204, "DELETE", ips+"/"+stringAt(t, ipv4, "id"), "")
}

func TestBalancerWithFlexibleIPv6(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	b := r.call(200, "POST", lbPath+"/lbs", `{"type":"lb-s","assign_flexible_ip":true,"assign_flexible_ipv6":true}`)
	if n := lengthAt(t, b, "ip"); n != 2 {
		t.Fatalf("%d IPs, want 2", n)
	}
	if address := stringAt(t, b, "ip", 1, "ip_address"); !strings.Contains(address, ":") {
		t.Errorf("%s is no IPv6 address", address)
	}
}
