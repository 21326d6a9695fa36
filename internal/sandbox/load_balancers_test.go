package sandbox

import (
	"fmt"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

const lbPath = "/lb/v1/zones/fr-par-1"

// newBalancer creates a Load Balancer that is ready, and returns its id.
func (r *rig) newBalancer(body string) string {
	r.t.Helper()
	id := stringAt(r.t, r.call(200, "POST", lbPath+"/lbs", body), "id")
	r.server.Advance(time.Minute)
	return id
}

// newLBBackend creates a backend of a Load Balancer, and returns its id.
func (r *rig) newLBBackend(lbID string) string {
	r.t.Helper()
	return stringAt(r.t, r.call(200, "POST", lbPath+"/lbs/"+lbID+"/backends",
		`{"name":"b","forward_protocol":"http","forward_port":80,"health_check":{"port":80}}`), "id")
}

// newLBFrontend creates a frontend of a Load Balancer, and returns its id.
func (r *rig) newLBFrontend(lbID, backendID string, port int) string {
	r.t.Helper()
	return stringAt(r.t, r.call(200, "POST", lbPath+"/lbs/"+lbID+"/frontends",
		fmt.Sprintf(`{"name":"f","inbound_port":%d,"backend_id":%q}`, port, backendID)), "id")
}

func TestBalancerLifecycle(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	b := r.call(200, "POST", lbPath+"/lbs", `{"name":"web","type":"LB-S","tags":["a"],"description":"d"}`)
	expectJSON(t, "to_create", b, "status")
	expectJSON(t, []any{}, b, "instances")
	expectJSON(t, "ssl_compatibility_level_intermediate", b, "ssl_compatibility_level")
	path := lbPath + "/lbs/" + stringAt(t, b, "id")
	r.server.Advance(time.Second)
	expectJSON(t, "creating", r.call(200, "GET", path, ""), "status")
	refused := r.call(409, "POST", path+"/migrate", `{"type":"lb-gp-m"}`)
	expectJSON(t, "creating", refused, "current_state")
	r.server.Advance(2 * time.Second)
	b = r.call(200, "GET", path, "")
	expectJSON(t, "ready", b, "status")
	expectJSON(t, "ready", b, "instances", 0, "status")
	expectJSON(t, stringAt(t, b, "id"), b, "ip", 0, "lb_id")

	updated := r.call(200, "PUT", path, `{"name":"api","description":"","tags":[],`+
		`"ssl_compatibility_level":"ssl_compatibility_level_modern"}`)
	expectJSON(t, "api", updated, "name")
	expectJSON(t, "pending", updated, "instances", 0, "status")
	r.server.Advance(time.Second)
	expectJSON(t, "ready", r.call(200, "GET", path, ""), "instances", 0, "status")

	expectJSON(t, "migrating", r.call(200, "POST", path+"/migrate", `{"type":"LB-GP-M"}`), "status")
	r.server.Advance(10 * time.Second)
	b = r.call(200, "GET", path, "")
	expectJSON(t, "lb-gp-m", b, "type")
	if n := lengthAt(t, b, "instances"); n != 2 {
		t.Errorf("%d Instances after a migration, want the new one and the old one", n)
	}
	r.server.Advance(time.Hour)
	if n := lengthAt(t, r.call(200, "GET", path, ""), "instances"); n != 1 {
		t.Errorf("%d Instances an hour after a migration", n)
	}

	r.call(204, "DELETE", path+"?release_ip=true", "")
	expectJSON(t, "to_delete", r.call(200, "GET", path, ""), "status")
	r.server.Advance(time.Minute)
	expectJSON(t, "lbs not Found", r.call(404, "GET", path, ""), "message")
	expectJSON(t, 0, r.call(200, "GET", lbPath+"/ips", ""), "total_count")
}

func TestBalancerRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	r.call(400, "POST", lbPath+"/lbs", `{"name":"web"}`)
	r.call(400, "POST", lbPath+"/lbs", `{"name":"web","type":"LB-XXL"}`)
	r.call(404, "POST", lbPath+"/lbs", `{"type":"lb-s","ip_ids":["00000000-0000-4000-8000-000000000000"]}`)
	id := r.newBalancer(`{"type":"lb-s"}`)
	r.call(404, "GET", "/lb/v1/zones/nl-ams-1/lbs/"+id, "")
	r.call(404, "GET", "/lb/v1/zones/nl-ams-1/lbs/"+id+"/backends", "")
	for _, path := range []string{"/backends/", "/frontends/", "/acls/", "/routes/", "/certificates/", "/ips/"} {
		r.call(404, "GET", lbPath+path+id, "")
	}
}

func TestBalancerParts(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	id := r.newBalancer(`{"type":"lb-s"}`)
	backend := r.newLBBackend(id)
	frontend := r.newLBFrontend(id, backend, 443)
	r.call(200, "POST", lbPath+"/routes",
		`{"frontend_id":"`+frontend+`","backend_id":"`+backend+`","match":{"host_header":"a.example"}}`)
	r.call(200, "POST", lbPath+"/frontends/"+frontend+"/acls", `{"name":"a","action":{"type":"allow"},"index":1}`)
	b := r.call(200, "GET", lbPath+"/lbs/"+id, "")
	for _, field := range []string{"backend_count", "frontend_count", "route_count"} {
		expectJSON(t, 1, b, field)
	}
	r.call(204, "DELETE", lbPath+"/lbs/"+id, "")
	r.server.Advance(time.Minute)
	r.call(404, "GET", lbPath+"/frontends/"+frontend, "")
	expectJSON(t, 0, r.call(200, "GET", lbPath+"/routes", ""), "total_count")
	kept := r.call(200, "GET", lbPath+"/ips", "")
	expectJSON(t, nil, kept, "ips", 0, "lb_id")
}

func TestBalancerList(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	api := lb.NewZonedAPI(k.client)
	for i, name := range []string{"web", "api", "web-2"} {
		if _, err := api.CreateLB(&lb.ZonedAPICreateLBRequest{
			Zone: scw.ZoneFrPar1, Name: name, Type: "lb-s", Tags: []string{fmt.Sprint("n", i)},
			AssignFlexibleIP: scw.BoolPtr(false),
		}); err != nil {
			t.Fatal(err)
		}
		k.server.Advance(time.Second)
	}
	for want, req := range map[string]*lb.ZonedAPIListLBsRequest{
		"[web web-2]":     {Name: scw.StringPtr("web")},
		"[api]":           {Tags: []string{"n1"}},
		"[web-2 web api]": {OrderBy: lb.ListLBsRequestOrderByNameDesc},
		"[web-2 api web]": {OrderBy: lb.ListLBsRequestOrderByCreatedAtDesc},
		"[]":              {ProjectID: scw.StringPtr("00000000-0000-4000-8000-000000000000")},
	} {
		req.Zone = scw.ZoneFrPar1
		list, err := api.ListLBs(req)
		if err != nil {
			t.Fatal(err)
		}
		names := []string{}
		for _, b := range list.LBs {
			names = append(names, b.Name)
			if len(b.IP) > 0 {
				t.Errorf("%s has an IP, but its request has assign_flexible_ip false", b.Name)
			}
		}
		if fmt.Sprint(names) != want {
			t.Errorf("%v, want %s", names, want)
		}
	}
	types, err := api.ListLBTypes(&lb.ZonedAPIListLBTypesRequest{Zone: scw.ZoneFrPar1})
	if err != nil || len(types.LBTypes) == 0 || types.LBTypes[0].Name != "LB-S" {
		t.Errorf("%+v, %v", types, err)
	}
}

func TestBalancersOfRegion(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	r.newBalancer(`{"name":"first","type":"LB-S"}`)
	r.call(200, "POST", "/lb/v1/zones/fr-par-2/lbs", `{"name":"second","type":"LB-S"}`)
	r.call(200, "POST", "/lb/v1/zones/nl-ams-1/lbs", `{"name":"elsewhere","type":"LB-S"}`)
	list := r.call(200, "GET", "/lb/v1/regions/fr-par/lbs", "")
	expectJSON(t, "first", list, "lbs", 0, "name")
	expectJSON(t, "second", list, "lbs", 1, "name")
	expectJSON(t, 2.0, list, "total_count")
}
