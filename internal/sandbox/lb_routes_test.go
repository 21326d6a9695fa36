package sandbox

import "testing"

func TestLBRoutes(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	id := r.newBalancer(`{"type":"lb-s"}`)
	backend := r.newLBBackend(id)
	frontend := r.newLBFrontend(id, backend, 80)
	other := r.newLBBackend(r.newBalancer(`{"type":"lb-s"}`))
	body := func(backendID, match string) string {
		return `{"frontend_id":"` + frontend + `","backend_id":"` + backendID + `","match":` + match + `}`
	}
	r.call(404, "POST", lbPath+"/routes", body(other, `{"sni":"a.example"}`))
	r.call(400, "POST", lbPath+"/routes", body(backend, `{}`))
	route := r.call(200, "POST", lbPath+"/routes", body(backend, `{"sni":"a.example"}`))
	path := lbPath + "/routes/" + stringAt(t, route, "id")
	changed := r.call(200, "PUT", path, body(backend, `{"host_header":"b.example","match_subdomains":true}`))
	expectJSON(t, nil, changed, "match", "sni")
	expectJSON(t, true, changed, "match", "match_subdomains")
	expectJSON(t, 1, r.call(200, "GET", lbPath+"/routes?frontend_id="+frontend, ""), "total_count")
	expectJSON(t, 0, r.call(200, "GET", lbPath+"/routes?frontend_id="+backend, ""), "total_count")
	r.call(412, "DELETE", lbPath+"/backends/"+backend, "")
	r.call(204, "DELETE", path, "")
	r.call(404, "GET", path, "")
}
