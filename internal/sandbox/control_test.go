package sandbox

import (
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
)

func TestRequestLog(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	response, _, err := r.send("GET", vpcsPath+"?name=x", "")
	if err != nil {
		t.Fatal(err)
	}
	found := r.call(200, "GET", "/_sandbox/requests", "")
	expectJSON(t, 1, lengthAt(t, found, "requests"))
	entry := jsonAt(t, found, "requests", 0)
	expectJSON(t, response.Header.Get("X-Request-Id"), entry, "id")
	expectJSON(t, []any{"GET", vpcsPath, "name=x", 200.0}, []any{
		jsonAt(t, entry, "method"), jsonAt(t, entry, "path"), jsonAt(t, entry, "query"), jsonAt(t, entry, "status"),
	})
	if agent := stringAt(t, entry, "user_agent"); !strings.HasPrefix(agent, "Go-http-client") {
		t.Errorf("user agent %q", agent)
	}
	r.call(204, "DELETE", "/_sandbox/requests", "")
	expectJSON(t, []any{}, r.call(200, "GET", "/_sandbox/requests", ""), "requests")
}

func TestState(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	newApplicationKey(r, "VPCReadOnly")
	response, raw, err := r.send("GET", "/_sandbox/state", "")
	if err != nil || response.StatusCode != 200 {
		t.Fatal(response.Status, err)
	}
	for _, secret := range r.server.apiKeys.list(nil) {
		if strings.Contains(string(raw), secret.secret) {
			t.Errorf("the state contains the secret of %s", secret.AccessKey)
		}
	}
	state := r.call(200, "GET", "/_sandbox/state", "")
	for kind := range r.server.collections {
		lengthAt(t, state, kind)
	}
	expectJSON(t, 1, state, "vpcs", 0, "private_network_count")
	expectJSON(t, GatewayIPID, state, "gateways", 0, "ipv4", "id")
}

func TestClock(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{Start: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)})
	if now := stringAt(
		t, r.call(200, "GET", "/_sandbox/clock", ""), "now",
	); !strings.HasPrefix(now, "2026-11-24T09:00:") {
		t.Errorf("the clock starts at %s", now)
	}
	for body, want := range map[string]string{
		`{"now":"2030-01-02T03:04:05Z"}`:      "2030-01-02T03:04:05",
		`{"now":"2020-01-02T03:04:05+02:00"}`: "2020-01-02T01:04:05",
	} {
		if now := stringAt(t, r.call(200, "POST", "/_sandbox/clock", body), "now"); !strings.HasPrefix(now, want) {
			t.Errorf("%s: the clock is at %s, want %s", body, now, want)
		}
	}
	r.call(200, "POST", "/_sandbox/clock", `{"now":"2026-11-24T00:00:00Z"}`)
	r.call(200, "POST", "/_sandbox/clock", `{"advance":"1h30m"}`)
	if now := stringAt(
		t, r.call(200, "POST", "/_sandbox/clock", `{"advance":1800}`), "now",
	); !strings.HasPrefix(now, "2026-11-24T02:00:") {
		t.Errorf("the clock is at %s, want two hours later", now)
	}
	for _, body := range []string{``, `{}`, `{"advance":"soon"}`, `{"advance":-5}`, `{"now":"today"}`, `{"set":"x"}`,
		`{"now":"2026-11-24T00:00:00Z","advance":1}`} {
		refused := r.call(400, "POST", "/_sandbox/clock", body)
		if help := stringAt(t, refused, "details", 0, "help_message"); !strings.Contains(help, `"1h30m"`) {
			t.Errorf("%s: %q does not name the values allowed", body, help)
		}
	}
}

func TestSpeedShortensTransitions(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{Speed: 10})
	id := stringAt(t, r.call(200, "POST", gatewaysPath, `{}`), "id")
	r.server.Advance(time.Second)
	expectJSON(t, "running", r.call(200, "GET", gatewaysPath+"/"+id, ""), "status")
}

func TestOutOfBandChanges(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	object := "/_sandbox/objects/vpcs/" + VPCID
	expectJSON(t, "changed", r.call(200, "PATCH", object, `{"name":"changed"}`), "name")
	read := r.call(200, "GET", vpcsPath+"/"+VPCID, "")
	expectJSON(t, "changed", read, "name")
	expectJSON(t, true, read, "is_default")
	for path, want := range map[string]string{
		object: "unknown field", "/_sandbox/objects/vpc/" + VPCID: "private-networks",
	} {
		refused := r.call(400, "PATCH", path, `{"colour":"red"}`)
		if help := stringAt(t, refused, "details", 0, "help_message"); !strings.Contains(help, want) {
			t.Errorf("%s: got %q, want %q", path, help, want)
		}
	}
	r.call(404, "PATCH", "/_sandbox/objects/vpcs/unknown", `{"name":"x"}`)
	r.call(204, "DELETE", object, "")
	r.call(404, "DELETE", object, "")
	r.call(404, "GET", vpcsPath+"/"+VPCID, "")
	expectJSON(t, 12, lengthAt(t, r.call(404, "GET", "/_sandbox/nothing", ""), "endpoints"))

	if err := r.server.Patch("private-networks", PrivateNetworkID, map[string]any{"tags": []string{"t"}}); err != nil {
		t.Fatal(err)
	}
	var found []*vpc.PrivateNetwork
	if err := r.server.Objects("private-networks", &found); err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].ID != PrivateNetworkID || found[0].Tags[0] != "t" ||
		found[0].Subnets[0].Subnet.String() != "172.16.0.0/22" {
		t.Errorf("Private Networks: %+v", found)
	}
	if err := r.server.Remove("private-networks", "unknown"); err == nil {
		t.Error("no error for the removal of an unknown object")
	}
	if err := r.server.Objects("nothing", &found); err == nil {
		t.Error("no error for an unknown kind")
	}
}

func TestClusterChangedAndDeletedOutOfBand(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	p := k.createPool(poolRequest(cluster.ID))
	if err := k.server.Patch(
		"clusters",
		cluster.ID,
		map[string]any{"version": "1.36.6", "tags": []string{"odd"}},
	); err != nil {
		t.Fatal(err)
	}
	if got := k.getCluster(cluster.ID); got.Version != "1.36.6" || got.Tags[0] != "odd" || got.Name != cluster.Name {
		t.Errorf("after the change: %+v", got)
	}
	if err := k.server.Patch("pools", p.ID, map[string]any{"root_volume_size": 40_000_000_000, "size": 2}); err != nil {
		t.Fatal(err)
	}
	if got := k.getPool(p.ID); got.Size != 2 || *got.RootVolumeSize != 40_000_000_000 {
		t.Errorf("after the change: %+v", got)
	}
	if err := k.server.Remove("clusters", cluster.ID); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"clusters", "pools", "nodes", "servers"} {
		var left []map[string]any
		if err := k.server.Objects(kind, &left); err != nil || len(left) > 0 {
			t.Errorf("%s remain: %v (%v)", kind, left, err)
		}
	}
	if len(k.server.ips.list(nil)) != 1 {
		t.Error("IPs of nodes remain")
	}
}
