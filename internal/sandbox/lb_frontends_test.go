package sandbox

import "testing"

func TestLBFrontend(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	id := r.newBalancer(`{"type":"lb-s"}`)
	backend := r.newLBBackend(id)
	other := r.newLBBackend(r.newBalancer(`{"type":"lb-s"}`))
	frontends := lbPath + "/lbs/" + id + "/frontends"
	r.call(404, "POST", frontends, `{"inbound_port":80,"backend_id":"`+other+`"}`)
	r.call(400, "POST", frontends, `{"inbound_port":0,"backend_id":"`+backend+`"}`)
	f := r.call(
		200,
		"POST",
		frontends,
		`{"name":"f","inbound_port":80,"backend_id":"`+backend+`","timeout_client":30000}`,
	)
	expectJSON(t, 30000, f, "timeout_client")
	expectJSON(t, backend, f, "backend", "id")
	expectJSON(t, []any{}, f, "certificate_ids")
	expectJSON(t, nil, f, "connection_rate_limit")
	r.call(400, "POST", frontends, `{"name":"g","inbound_port":80,"backend_id":"`+backend+`"}`)
	path := lbPath + "/frontends/" + stringAt(t, f, "id")
	changed := r.call(200, "PUT", path,
		`{"name":"g","inbound_port":443,"backend_id":"`+backend+`","enable_http3":true,"connection_rate_limit":100}`)
	expectJSON(t, 443, changed, "inbound_port")
	expectJSON(t, true, changed, "enable_http3")
	expectJSON(t, 100, changed, "connection_rate_limit")
	expectJSON(t, 1, r.call(200, "GET", frontends+"?name=g", ""), "total_count")
	r.call(204, "DELETE", path, "")
	r.call(404, "GET", path, "")
}
