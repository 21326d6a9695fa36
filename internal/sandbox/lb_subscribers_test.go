package sandbox

import "testing"

func TestLBSubscribers(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	id := r.newBalancer(`{"type":"lb-s"}`)
	subscribers := lbPath + "/subscribers"
	r.call(400, "POST", subscribers, `{"name":"s"}`)
	subscriber := r.call(200, "POST", subscribers, `{"name":"s","email_config":{"email":"a@example.com"}}`)
	path := subscribers + "/" + stringAt(t, subscriber, "id")
	expectJSON(t, 1, r.call(200, "GET", subscribers+"?name=s", ""), "total_count")
	body := `{"subscriber_id":"` + stringAt(t, subscriber, "id") + `"}`
	expectJSON(t, "s", r.call(200, "POST", lbPath+"/lb/"+id+"/subscribe", body), "subscriber", "name")
	r.call(200, "PUT", path, `{"name":"t","webhook_config":{"uri":"https://example.com"}}`)
	expectJSON(t, "t", r.call(200, "GET", lbPath+"/lbs/"+id, ""), "subscriber", "name")
	expectJSON(t, nil, r.call(200, "DELETE", lbPath+"/lb/"+id+"/unsubscribe", ""), "subscriber")
	r.call(204, "DELETE", lbPath+"/lb/subscription/"+stringAt(t, subscriber, "id"), "")
	r.call(404, "GET", path, "")
}

func TestLBStats(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	id := r.newBalancer(`{"type":"lb-s"}`)
	backend := r.newLBBackend(id)
	r.call(200, "POST", lbPath+"/backends/"+backend+"/servers", `{"server_ip":["192.0.2.1","192.0.2.2"]}`)
	stats := r.call(200, "GET", lbPath+"/lbs/"+id+"/backend-stats", "")
	expectJSON(t, 2, stats, "total_count")
	expectJSON(t, "running", stats, "backend_servers_stats", 0, "server_state")
	other := r.newLBBackend(id)
	expectJSON(t, 0, r.call(200, "GET", lbPath+"/lbs/"+id+"/backend-stats?backend_id="+other, ""), "total_count")
	if n := lengthAt(t, r.call(200, "GET", lbPath+"/lbs/"+id+"/stats", ""), "backend_servers_stats"); n != 2 {
		t.Errorf("%d servers, want 2", n)
	}
}
