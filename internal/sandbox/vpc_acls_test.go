package sandbox

import "testing"

func TestVPCACL(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	path := vpcsPath + "/" + VPCID + "/acl-rules"
	initial := r.call(200, "GET", path, "")
	expectJSON(t, "accept", initial, "default_policy")
	expectJSON(t, []any{}, initial, "rules")
	set := r.call(200, "PUT", path, `{"default_policy":"drop","is_ipv6":false,"rules":[{"protocol":"TCP",`+
		`"source":"0.0.0.0/0","destination":"10.0.0.0/8","dst_port_low":80,"dst_port_high":80,"action":"accept",`+
		`"description":"web"}]}`)
	expectJSON(t, "(Rule scope: client) web", set, "rules", 0, "description")
	expectJSON(t, "drop", r.call(200, "GET", path, ""), "default_policy")
	expectJSON(t, "accept", r.call(200, "GET", path+"?is_ipv6=true", ""), "default_policy")
	r.call(400, "PUT", path, `{"default_policy":"maybe","rules":[]}`)
	r.call(400, "PUT", path, `{"default_policy":"drop","rules":[{"action":"accept","source":"::/0"}]}`)
	r.call(404, "GET", vpcsPath+"/"+PrivateNetworkID+"/acl-rules", "")
}
