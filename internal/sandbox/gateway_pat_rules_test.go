package sandbox

import (
	"testing"
	"time"
)

func TestPATRules(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	const rules = "/vpc-gw/v2/zones/fr-par-1/pat-rules"
	body := func(port, protocol string) string {
		return `{"gateway_id":"` + GatewayID + `","public_port":` + port + `,"private_ip":"172.16.0.5",` +
			`"private_port":22,"protocol":"` + protocol + `"}`
	}
	r.call(400, "POST", rules, body("0", "tcp"))
	rule := r.call(200, "POST", rules, body("2022", "tcp"))
	expectJSON(t, "configuring", r.call(200, "GET", gatewaysPath+"/"+GatewayID, ""), "status")
	r.call(200, "POST", rules, body("2022", "udp")) // while the gateway loads the first one
	r.call(400, "POST", rules, body("2022", "both"))
	r.server.Advance(time.Second)
	expectJSON(t, "running", r.call(200, "GET", gatewaysPath+"/"+GatewayID, ""), "status")
	path := rules + "/" + stringAt(t, rule, "id")
	changed := r.call(200, "PATCH", path, `{"private_port":23,"protocol":"unknown_protocol"}`)
	expectJSON(t, 23, changed, "private_port")
	expectJSON(t, "tcp", changed, "protocol")
	for query, want := range map[string]int{
		"?gateway_ids=" + GatewayID: 2, "?protocol=udp": 1, "?private_ips=172.16.0.6": 0,
	} {
		expectJSON(t, want, r.call(200, "GET", rules+query, ""), "total_count")
	}
	r.call(204, "DELETE", path, "")
	expectJSON(t, "pat_rule", r.call(404, "GET", path, ""), "resource")
	set := r.call(200, "PUT", rules, `{"gateway_id":"`+GatewayID+`","pat_rules":[{"public_port":1,`+
		`"private_ip":"172.16.0.5","private_port":1},{"public_port":2,"private_ip":"172.16.0.5","private_port":2}]}`)
	expectJSON(t, "both", set, "pat_rules", 0, "protocol")
	expectJSON(t, 2, r.call(200, "GET", rules, ""), "total_count")
}
