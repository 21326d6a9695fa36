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
	answer, _, err := r.send("GET", vpcs+"?name=x", "")
	if err != nil {
		t.Fatal(err)
	}
	found := r.call(200, "GET", "/_sandbox/requests", "")
	same(t, 1, size(t, found, "requests"))
	one := at(t, found, "requests", 0)
	same(t, answer.Header.Get("X-Request-Id"), one, "id")
	same(t, []any{"GET", vpcs, "name=x", 200.0}, []any{
		at(t, one, "method"), at(t, one, "path"), at(t, one, "query"), at(t, one, "status"),
	})
	if agent := text(t, one, "user_agent"); !strings.HasPrefix(agent, "Go-http-client") {
		t.Errorf("user agent %q", agent)
	}
	r.call(204, "DELETE", "/_sandbox/requests", "")
	same(t, []any{}, r.call(200, "GET", "/_sandbox/requests", ""), "requests")
}

func TestState(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	keyOf(r, "VPCReadOnly")
	answer, raw, err := r.send("GET", "/_sandbox/state", "")
	if err != nil || answer.StatusCode != 200 {
		t.Fatal(answer.Status, err)
	}
	for _, secret := range r.server.apiKeys.list(nil) {
		if strings.Contains(string(raw), secret.secret) {
			t.Errorf("the state holds the secret of %s", secret.AccessKey)
		}
	}
	state := r.call(200, "GET", "/_sandbox/state", "")
	for kind := range r.server.kinds {
		size(t, state, kind)
	}
	same(t, 1, state, "vpcs", 0, "private_network_count")
	same(t, GatewayIPID, state, "gateways", 0, "ipv4", "id")
}

func TestClock(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{Start: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)})
	if now := text(t, r.call(200, "GET", "/_sandbox/clock", ""), "now"); !strings.HasPrefix(now, "2026-11-24T09:00:") {
		t.Errorf("it starts at %s", now)
	}
	for body, want := range map[string]string{
		`{"now":"2030-01-02T03:04:05Z"}`:      "2030-01-02T03:04:05",
		`{"now":"2020-01-02T03:04:05+02:00"}`: "2020-01-02T01:04:05",
	} {
		if now := text(t, r.call(200, "POST", "/_sandbox/clock", body), "now"); !strings.HasPrefix(now, want) {
			t.Errorf("%s: it is %s", body, now)
		}
	}
	r.call(200, "POST", "/_sandbox/clock", `{"now":"2026-11-24T00:00:00Z"}`)
	r.call(200, "POST", "/_sandbox/clock", `{"advance":"1h30m"}`)
	if now := text(
		t, r.call(200, "POST", "/_sandbox/clock", `{"advance":1800}`), "now",
	); !strings.HasPrefix(now, "2026-11-24T02:00:") {
		t.Errorf("after two hours it is %s", now)
	}
	for _, body := range []string{``, `{}`, `{"advance":"soon"}`, `{"advance":-5}`, `{"now":"today"}`, `{"set":"x"}`,
		`{"now":"2026-11-24T00:00:00Z","advance":1}`} {
		refused := r.call(400, "POST", "/_sandbox/clock", body)
		if help := text(t, refused, "details", 0, "help_message"); !strings.Contains(help, `"1h30m"`) {
			t.Errorf("%s: %q does not say what is allowed", body, help)
		}
	}
}

func TestTransitionsFollowSpeed(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{Speed: 10})
	id := text(t, r.call(200, "POST", gatewaysPath, `{}`), "id")
	r.server.Advance(time.Second)
	same(t, "running", r.call(200, "GET", gatewaysPath+"/"+id, ""), "status")
}

func TestChangesOutOfBand(t *testing.T) {
	t.Parallel()
	r := newRig(t, Options{})
	object := "/_sandbox/objects/vpcs/" + VPCID
	same(t, "changed", r.call(200, "PATCH", object, `{"name":"changed"}`), "name")
	read := r.call(200, "GET", vpcs+"/"+VPCID, "")
	same(t, "changed", read, "name")
	same(t, true, read, "is_default")
	for path, want := range map[string]string{
		object: "unknown field", "/_sandbox/objects/vpc/" + VPCID: "private-networks",
	} {
		refused := r.call(400, "PATCH", path, `{"colour":"red"}`)
		if help := text(t, refused, "details", 0, "help_message"); !strings.Contains(help, want) {
			t.Errorf("%s: %q does not say %q", path, help, want)
		}
	}
	r.call(404, "PATCH", "/_sandbox/objects/vpcs/unknown", `{"name":"x"}`)
	r.call(204, "DELETE", object, "")
	r.call(404, "DELETE", object, "")
	r.call(404, "GET", vpcs+"/"+VPCID, "")
	same(t, 11, size(t, r.call(404, "GET", "/_sandbox/nothing", ""), "endpoints"))

	if err := r.server.Patch("private-networks", PrivateNetworkID, map[string]any{"tags": []string{"t"}}); err != nil {
		t.Fatal(err)
	}
	var held []*vpc.PrivateNetwork
	if err := r.server.Objects("private-networks", &held); err != nil {
		t.Fatal(err)
	}
	if len(held) != 1 || held[0].ID != PrivateNetworkID || held[0].Tags[0] != "t" ||
		held[0].Subnets[0].Subnet.String() != "172.16.0.0/22" {
		t.Errorf("Private Networks: %+v", held)
	}
	if err := r.server.Remove("private-networks", "unknown"); err == nil {
		t.Error("what is not there was removed")
	}
	if err := r.server.Objects("nothing", &held); err == nil {
		t.Error("a kind that is not there was read")
	}
}

func TestClusterChangedAndDeletedOutOfBand(t *testing.T) {
	t.Parallel()
	k := newKapsule(t, Options{})
	on := k.cluster(k.wanted("kapsule-dedicated-4"))
	p := k.pool(wantedPool(on.ID))
	if err := k.server.Patch("clusters", on.ID, map[string]any{"version": "1.36.5", "tags": []string{"odd"}}); err != nil {
		t.Fatal(err)
	}
	if got := k.get(on.ID); got.Version != "1.36.5" || got.Tags[0] != "odd" || got.Name != on.Name {
		t.Errorf("after the change: %+v", got)
	}
	if err := k.server.Patch("pools", p.ID, map[string]any{"root_volume_size": 40_000_000_000, "size": 2}); err != nil {
		t.Fatal(err)
	}
	if got := k.getPool(p.ID); got.Size != 2 || *got.RootVolumeSize != 40_000_000_000 {
		t.Errorf("after the change: %+v", got)
	}
	if err := k.server.Remove("clusters", on.ID); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"clusters", "pools", "nodes", "servers"} {
		var left []map[string]any
		if err := k.server.Objects(kind, &left); err != nil || len(left) > 0 {
			t.Errorf("%s left: %v (%v)", kind, left, err)
		}
	}
	if len(k.server.ips.list(nil)) != 1 {
		t.Error("addresses of nodes are left")
	}
}
