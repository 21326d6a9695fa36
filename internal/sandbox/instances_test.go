package sandbox

import (
	"testing"
	"time"
)

const instancePath = "/instance/v1/zones/fr-par-1"

func TestServerTypes(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	sizes := []int{}
	for _, page := range []string{"1", "2", "3"} {
		servers, ok := jsonAt(
			t, r.call(200, "GET", instancePath+"/products/servers?page="+page, ""), "servers",
		).(map[string]any)
		if !ok {
			t.Fatal("servers is not an object")
		}
		sizes = append(sizes, len(servers))
	}
	expectJSON(t, []int{50, 50, 12}, sizes)
	all := r.call(200, "GET", instancePath+"/products/servers?per_page=100", "")
	medium, ok := jsonAt(t, all, "servers", "DEV1-M").(map[string]any)
	if !ok {
		t.Fatal("no DEV1-M")
	}
	expectKeys(
		t, medium, "monthly_price", "hourly_price", "gpu_info", "mig_profile", "scratch_storage_max_size",
		"block_bandwidth", "network",
	)
	expectJSON(t, 3, medium, "ncpus")
	expectJSON(t, 4<<30, medium, "ram")
	expectJSON(t, map[string]any{"min_size": 0, "max_size": 40_000_000_000}, medium, "volumes_constraint")
	expectJSON(
		t, map[string]any{
			"min_size": 1_000_000_000, "max_size": 800_000_000_000,
		}, medium, "per_volume_constraint", "l_ssd",
	)
	expectJSON(t, map[string]any{
		"boot_types": []string{"local", "rescue"}, "placement_groups": true, "block_storage": true,
		"hot_snapshots_local_volume": true, "private_network": 8, "max_file_systems": 0,
	}, medium, "capabilities")
	expectJSON(t, "L4", all, "servers", "L4-1-24G", "gpu_info", "gpu_name")
	expectJSON(t, 0, all, "servers", "POP2-2C-8G", "gpu")
	available := r.call(200, "GET", instancePath+"/products/servers/availability?per_page=100", "")
	expectJSON(t, "available", available, "servers", "POP2-2C-8G", "availability")
}

func TestSecurityGroups(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	g := r.call(201, "POST", instancePath+"/security_groups",
		`{"name":"g","project":"`+ProjectID+`","stateful":true,"inbound_default_policy":"drop",`+
			`"enable_default_security":true}`)
	expectJSON(t, nil, g, "security_group", "description")
	expectJSON(t, []any{}, g, "security_group", "servers")
	expectJSON(t, "accept", g, "security_group", "outbound_default_policy")
	path := instancePath + "/security_groups/" + stringAt(t, g, "security_group", "id")
	put := r.call(200, "PUT", path+"/rules",
		`{"rules":[{"id":null,"action":"accept","protocol":"TCP","direction":"inbound",
		"ip_range":"0.0.0.0/0","dest_port_from":80,"dest_port_to":null,"position":0,"editable":null,
		"zone":"fr-par-1"}]}`)
	expectJSON(t, 25, put, "rules", 0, "dest_port_from")
	expectJSON(t, false, put, "rules", 0, "editable")
	expectJSON(t, "::/0", put, "rules", 5, "ip_range")
	expectJSON(t, 80, put, "rules", 6, "dest_port_from")
	expectJSON(t, 1, put, "rules", 6, "position")
	expectJSON(t, true, put, "rules", 6, "editable")
	expectJSON(t, "syncing", r.call(200, "GET", path, ""), "security_group", "state")
	r.server.Advance(3 * time.Second)
	expectJSON(t, "available", r.call(200, "GET", path, ""), "security_group", "state")
	rule := r.call(201, "POST", path+"/rules", `{"action":"drop","protocol":"UDP","direction":"inbound",`+
		`"ip_range":"10.0.0.0/8"}`)
	id := stringAt(t, rule, "rule", "id")
	r.call(200, "GET", path+"/rules/"+id, "")
	r.call(204, "DELETE", path+"/rules/"+id, "")
	r.call(404, "GET", path+"/rules/"+id, "")
	changed := r.call(200, "PATCH", path, `{"enable_default_security":false,"tags":["x"],"name":"h"}`)
	expectJSON(t, "h", changed, "security_group", "name")
	expectJSON(t, "drop", changed, "security_group", "inbound_default_policy")
	expectJSON(t, 1, lengthAt(t, r.call(200, "GET", path+"/rules?page=1", ""), "rules"))
	r.call(204, "DELETE", path, "")
	r.call(404, "GET", path, "")
}

func TestPlacementGroups(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	const second = "/instance/v2alpha1/zones/fr-par-1/placement-groups"
	g := r.call(200, "POST", second, `{"project_id":"`+ProjectID+`","name":"p","policy_type":"max_availability",`+
		`"tags":[]}`)
	expectKeys(t, g, "created_at", "updated_at")
	id := stringAt(t, g, "id")
	updated := r.call(200, "PATCH", instancePath+"/placement_groups/"+id, `{"policy_mode":"enforced"}`)
	expectJSON(t, "enforced", updated, "placement_group", "policy_mode")
	expectJSON(t, "max_availability", updated, "placement_group", "policy_type")
	expectJSON(t, ProjectID, updated, "placement_group", "organization")
	expectJSON(t, 1, r.call(200, "GET", second+"?project_id="+ProjectID, ""), "total_count")
	r.call(204, "DELETE", second+"/"+id, "")
	r.call(404, "GET", instancePath+"/placement_groups/"+id, "")
	created := r.call(201, "POST", instancePath+"/placement_groups", `{"name":"q","policy_type":"low_latency"}`)
	expectJSON(
		t,
		"low_latency",
		r.call(200, "GET", second+"/"+stringAt(t, created, "placement_group", "id"), ""),
		"policy_type",
	)
}

func TestUnknownPathAnswers501(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	refused := r.call(501, "POST", "/unknown/v1/objects", "{}")
	expectJSON(t, "not_implemented", refused, "type")
	log := r.server.Requests()
	if len(log) != 1 || log[0].Status != 501 || log[0].Method != "POST" ||
		log[0].Path != "/unknown/v1/objects" {
		t.Errorf("the request log does not have the request: %+v", log)
	}
}
