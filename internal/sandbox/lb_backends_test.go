package sandbox

import (
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestLBBackend(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	id := r.newBalancer(`{"type":"lb-s"}`)
	b := r.call(200, "POST", lbPath+"/lbs/"+id+"/backends", `{"name":"b","forward_protocol":"tcp","forward_port":80,`+
		`"health_check":{"port":80},"server_ip":["192.0.2.1"]}`)
	for field, want := range map[string]any{
		"forward_port_algorithm": "roundrobin", "sticky_sessions": "none", "proxy_protocol": "proxy_protocol_none",
		"timeout_server": 300000, "timeout_connect": 5000, "timeout_tunnel": 900000,
		"on_marked_down_action": lb.OnMarkedDownActionOnMarkedDownActionNone,
		"pool":                  []string{"192.0.2.1"}, "max_retries": 3, "ssl_bridging": false, "timeout_queue": nil,
	} {
		expectJSON(t, want, b, field)
	}
	expectJSON(t, "0.500s", b, "health_check", "transient_check_delay")
	expectJSON(t, 60000, b, "health_check", "check_delay")
	expectJSON(t, map[string]any{}, b, "health_check", "tcp_config")
	expectJSON(t, id, b, "lb", "id")

	path := lbPath + "/backends/" + stringAt(t, b, "id")
	expectJSON(t, []string{"192.0.2.1", "192.0.2.2"},
		r.call(200, "POST", path+"/servers", `{"server_ip":["192.0.2.2","192.0.2.1"]}`), "pool")
	expectJSON(t, []string{"192.0.2.2"}, r.call(200, "DELETE", path+"/servers", `{"server_ip":["192.0.2.1"]}`), "pool")
	expectJSON(t, []string{"192.0.2.3"}, r.call(200, "PUT", path+"/servers", `{"server_ip":["192.0.2.3"]}`), "pool")
	r.call(400, "PUT", path+"/servers", `{"server_ip":["host"]}`)
	check := r.call(200, "PUT", path+"/healthcheck", `{"port":81,"check_delay":10000,"check_timeout":5000,`+
		`"check_max_retries":2,"http_config":{"uri":"/","method":"GET"}}`)
	expectJSON(t, "/", check, "http_config", "uri")
	expectJSON(t, nil, check, "tcp_config")
	expectJSON(t, 81, r.call(200, "GET", path, ""), "health_check", "port")

	frontend := r.newLBFrontend(id, stringAt(t, b, "id"), 80)
	expectJSON(t, "resource_still_in_use", r.call(412, "DELETE", path, ""), "precondition")
	r.call(204, "DELETE", lbPath+"/frontends/"+frontend, "")
	r.call(204, "DELETE", path, "")
	r.call(404, "GET", path, "")
}

// TestLBBackendDurations decodes the durations of a backend with the SDK, which has a type of its own for each.
func TestLBBackendDurations(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := lb.NewZonedAPI(k.client)
	b, err := api.CreateLB(&lb.ZonedAPICreateLBRequest{Zone: scw.ZoneFrPar1, Name: "b", Type: "lb-s"})
	if err != nil {
		t.Fatal(err)
	}
	server, connect, delay := time.Second, 2500*time.Millisecond, 10*time.Second
	created, err := api.CreateBackend(&lb.ZonedAPICreateBackendRequest{
		Zone: scw.ZoneFrPar1, LBID: b.ID, Name: "b", ForwardProtocol: lb.ProtocolTCP, ForwardPort: 80,
		TimeoutServer: &server, TimeoutConnect: &connect, TimeoutQueue: &scw.Duration{Seconds: 4},
		HealthCheck: &lb.HealthCheck{
			Port: 80, CheckDelay: &delay, TransientCheckDelay: &scw.Duration{Nanos: 200_000_000},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := api.GetBackend(&lb.ZonedAPIGetBackendRequest{Zone: scw.ZoneFrPar1, BackendID: created.ID})
	if err != nil || *found.TimeoutServer != server || *found.TimeoutConnect != connect ||
		found.TimeoutQueue.Seconds != 4 || *found.HealthCheck.CheckDelay != delay ||
		found.HealthCheck.TransientCheckDelay.Nanos != 200_000_000 {
		t.Errorf("%+v, %v", found, err)
	}
	list, err := api.ListBackends(&lb.ZonedAPIListBackendsRequest{
		Zone: scw.ZoneFrPar1, LBID: b.ID, Name: scw.StringPtr("x"),
	})
	if err != nil || list.TotalCount != 0 {
		t.Errorf("%+v, %v", list, err)
	}
}
