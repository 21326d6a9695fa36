package sandbox

import "testing"

func TestLBACLs(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	id := r.newBalancer(`{"type":"lb-s"}`)
	frontend := r.newLBFrontend(id, r.newLBBackend(id), 80)
	acls := lbPath + "/frontends/" + frontend + "/acls"
	r.call(400, "POST", acls, `{"name":"a"}`)
	r.call(400, "POST", acls, `{"name":"a","action":{"type":"redirect"}}`)
	a := r.call(
		200,
		"POST",
		acls,
		`{"name":"a","index":4,"action":{"type":"deny"},"match":{"ip_subnet":["192.0.2.0/24"],`+
			`"http_filter":"path_begin","http_filter_value":["x"],"invert":true}}`,
	)
	expectJSON(t, []string{"192.0.2.0/24"}, a, "match", "ip_subnet")
	expectJSON(t, frontend, a, "frontend", "id")
	path := lbPath + "/acls/" + stringAt(t, a, "id")
	changed := r.call(200, "PUT", path, `{"name":"b","index":1,"action":{"type":"redirect","redirect":`+
		`{"type":"location","target":"https://example.com"}}}`)
	expectJSON(t, 302, changed, "action", "redirect", "code")
	expectJSON(t, []string{"0.0.0.0/0"}, changed, "match", "ip_subnet")
	expectJSON(t, "acl_http_filter_none", changed, "match", "http_filter")

	set := r.call(200, "PUT", acls, `{"acls":[{"name":"c","index":1,"action":{"type":"allow"}},`+
		`{"name":"d","index":2,"action":{"type":"deny"}}]}`)
	expectJSON(t, 2, set, "total_count")
	r.call(404, "GET", path, "")
	r.call(400, "PUT", acls, `{"acls":[{"name":"e"}]}`)
	list := r.call(200, "GET", acls+"?order_by=name_desc", "")
	expectJSON(t, "d", list, "acls", 0, "name")
	r.call(204, "DELETE", lbPath+"/acls/"+stringAt(t, list, "acls", 0, "id"), "")
	expectJSON(t, 1, r.call(200, "GET", acls, ""), "total_count")
}
