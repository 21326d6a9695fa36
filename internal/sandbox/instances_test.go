package sandbox

import (
	"testing"
	"time"
)

const zone = "/instance/v1/zones/fr-par-1"

func TestServerTypes(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	sizes := []int{}
	for _, page := range []string{"1", "2", "3"} {
		servers, ok := at(t, r.call(200, "GET", zone+"/products/servers?page="+page, ""), "servers").(map[string]any)
		if !ok {
			t.Fatal("servers is not an object")
		}
		sizes = append(sizes, len(servers))
	}
	same(t, []int{50, 50, 12}, sizes)
	all := r.call(200, "GET", zone+"/products/servers?per_page=100", "")
	medium, ok := at(t, all, "servers", "DEV1-M").(map[string]any)
	if !ok {
		t.Fatal("no DEV1-M")
	}
	has(
		t, medium, "monthly_price", "hourly_price", "gpu_info", "mig_profile", "scratch_storage_max_size",
		"block_bandwidth", "network",
	)
	same(t, 3, medium, "ncpus")
	same(t, 4<<30, medium, "ram")
	same(t, map[string]any{"min_size": 0, "max_size": 40_000_000_000}, medium, "volumes_constraint")
	same(
		t, map[string]any{"min_size": 1_000_000_000, "max_size": 800_000_000_000}, medium, "per_volume_constraint", "l_ssd",
	)
	same(t, map[string]any{
		"boot_types": []string{"local", "rescue"}, "placement_groups": true, "block_storage": true,
		"hot_snapshots_local_volume": true, "private_network": 8, "max_file_systems": 0,
	}, medium, "capabilities")
	same(t, "L4", all, "servers", "L4-1-24G", "gpu_info", "gpu_name")
	same(t, 0, all, "servers", "POP2-2C-8G", "gpu")
	available := r.call(200, "GET", zone+"/products/servers/availability?per_page=100", "")
	same(t, "available", available, "servers", "POP2-2C-8G", "availability")
}

func TestSecurityGroups(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	g := r.call(201, "POST", zone+"/security_groups",
		`{"name":"g","project":"`+ProjectID+`","stateful":true,"inbound_default_policy":"drop",`+
			`"enable_default_security":true}`)
	same(t, nil, g, "security_group", "description")
	same(t, []any{}, g, "security_group", "servers")
	same(t, "accept", g, "security_group", "outbound_default_policy")
	path := zone + "/security_groups/" + text(t, g, "security_group", "id")
	put := r.call(200, "PUT", path+"/rules",
		`{"rules":[{"id":null,"action":"accept","protocol":"TCP","direction":"inbound",
		"ip_range":"0.0.0.0/0","dest_port_from":80,"dest_port_to":null,"position":0,"editable":null,"zone":"fr-par-1"}]}`)
	same(t, 25, put, "rules", 0, "dest_port_from")
	same(t, false, put, "rules", 0, "editable")
	same(t, "::/0", put, "rules", 5, "ip_range")
	same(t, 80, put, "rules", 6, "dest_port_from")
	same(t, 1, put, "rules", 6, "position")
	same(t, true, put, "rules", 6, "editable")
	same(t, "syncing", r.call(200, "GET", path, ""), "security_group", "state")
	r.server.Advance(3 * time.Second)
	same(t, "available", r.call(200, "GET", path, ""), "security_group", "state")
	rule := r.call(201, "POST", path+"/rules", `{"action":"drop","protocol":"UDP","direction":"inbound",`+
		`"ip_range":"10.0.0.0/8"}`)
	id := text(t, rule, "rule", "id")
	r.call(200, "GET", path+"/rules/"+id, "")
	r.call(204, "DELETE", path+"/rules/"+id, "")
	r.call(404, "GET", path+"/rules/"+id, "")
	changed := r.call(200, "PATCH", path, `{"enable_default_security":false,"tags":["x"],"name":"h"}`)
	same(t, "h", changed, "security_group", "name")
	same(t, "drop", changed, "security_group", "inbound_default_policy")
	same(t, 1, size(t, r.call(200, "GET", path+"/rules?page=1", ""), "rules"))
	r.call(204, "DELETE", path, "")
	r.call(404, "GET", path, "")
}

func TestPlacementGroups(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	const second = "/instance/v2alpha1/zones/fr-par-1/placement-groups"
	g := r.call(200, "POST", second, `{"project_id":"`+ProjectID+`","name":"p","policy_type":"max_availability",`+
		`"tags":[]}`)
	has(t, g, "created_at", "updated_at")
	id := text(t, g, "id")
	updated := r.call(200, "PATCH", zone+"/placement_groups/"+id, `{"policy_mode":"enforced"}`)
	same(t, "enforced", updated, "placement_group", "policy_mode")
	same(t, "max_availability", updated, "placement_group", "policy_type")
	same(t, ProjectID, updated, "placement_group", "organization")
	same(t, 1, r.call(200, "GET", second+"?project_id="+ProjectID, ""), "total_count")
	r.call(204, "DELETE", second+"/"+id, "")
	r.call(404, "GET", zone+"/placement_groups/"+id, "")
	created := r.call(201, "POST", zone+"/placement_groups", `{"name":"q","policy_type":"low_latency"}`)
	same(t, "low_latency", r.call(200, "GET", second+"/"+text(t, created, "placement_group", "id"), ""), "policy_type")
}

func TestWhatIsNotThere(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	refused := r.call(501, "POST", "/vpc/v2/regions/fr-par/vpc-connectors", "{}")
	same(t, "not_implemented", refused, "type")
	log := r.server.Requests()
	if len(log) != 1 || log[0].Status != 501 || log[0].Method != "POST" ||
		log[0].Path != "/vpc/v2/regions/fr-par/vpc-connectors" {
		t.Errorf("the request log does not have the request: %+v", log)
	}
}
