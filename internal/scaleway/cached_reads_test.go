package scaleway

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestCachedReadsRequestOnce(t *testing.T) {
	t.Parallel()
	body := `{"id":"` + testID + `","name":"1.35.3","versions":[{"name":"1.35.3"}],"total_count":1,` +
		`"cluster_types":[{"name":"kapsule"}],` +
		`"contract_signatures":[{"id":"x"}],"created":true,"validated":true,` +
		`"gateway_networks":[{"id":"g","private_network_id":"` + testID +
		`","push_default_route":true,"status":"ready"}]}`
	for name, read := range map[string]func(context.Context, *Client) (bool, error){
		"versions": func(ctx context.Context, c *Client) (bool, error) {
			v, err := c.Versions(ctx, testRegion)
			return len(v) == 1, err
		},
		"version": func(ctx context.Context, c *Client) (bool, error) {
			v, err := c.Version(ctx, testRegion, "1.35.3")
			return v != nil && v.Name == "1.35.3", err
		},
		"cluster types": func(ctx context.Context, c *Client) (bool, error) {
			v, err := c.ClusterTypes(ctx, testRegion)
			return len(v) == 1, err
		},
		"private network": func(ctx context.Context, c *Client) (bool, error) {
			v, err := c.PrivateNetwork(ctx, testRegion, testID)
			return v != nil && v.ID == testID, err
		},
		"project": func(ctx context.Context, c *Client) (bool, error) {
			v, err := c.Project(ctx, testID)
			return v != nil && v.ID == testID, err
		},
		"signatures": func(ctx context.Context, c *Client) (bool, error) {
			v, err := c.ContractSignatures(ctx, testID)
			return len(v) == 1, err
		},
		"contract": func(ctx context.Context, c *Client) (bool, error) {
			signed, created, err := c.CheckContract(ctx, testID, "global", "hds")
			return signed && created, err
		},
		"gateway": func(ctx context.Context, c *Client) (bool, error) {
			v, err := c.DefaultRouteGateway(ctx, testRegion, testID)
			return v != nil && v.ID == "g", err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) { writeJSON(w, 200, body) })
			var group sync.WaitGroup
			for range 50 {
				group.Go(func() {
					if ok, err := read(t.Context(), c); !ok || err != nil {
						t.Errorf("ok %v, error %v", ok, err)
					}
				})
			}
			group.Wait()
			if got := len(fake.allRequests()); got != 1 {
				t.Errorf("%d requests, want 1", got)
			}
		})
	}
}

func TestErrorsAreNotCached(t *testing.T) {
	t.Parallel()
	c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
		if number == 1 {
			writeJSON(w, 404,
				`{"message":"resource is not found","resource":"private_network","resource_id":"`+testID+`",`+
					`"type":"not_found"}`)
			return
		}
		writeJSON(w, 200, `{"id":"`+testID+`"}`)
	})
	if _, err := c.PrivateNetwork(t.Context(), testRegion, testID); !IsNotFound(err) {
		t.Fatalf("error = %v, want not found", err)
	}
	for range 2 {
		if _, err := c.PrivateNetwork(t.Context(), testRegion, testID); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(fake.allRequests()); got != 2 {
		t.Errorf("%d requests, want 2", got)
	}
}

func TestCacheCancelledCallerDoesNotCancelOthers(t *testing.T) {
	t.Parallel()
	started := make(chan struct{})
	c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, number int) {
		if number == 1 {
			close(started)
			<-r.Context().Done()
			return
		}
		writeJSON(w, 200, `{"versions":[{"name":"1.35.3"}]}`)
	})
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := c.Versions(ctx, testRegion); !errors.Is(err, context.Canceled) {
			t.Errorf("the cancelled caller's error = %v", err)
		}
	})
	<-started
	for range 5 {
		group.Go(func() {
			if versions, err := c.Versions(t.Context(), testRegion); err != nil || len(versions) != 1 {
				t.Errorf("another caller got %v, %v", versions, err)
			}
		})
	}
	cancel()
	group.Wait()
}

func TestCheckContract(t *testing.T) {
	t.Parallel()
	c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
		if number == 1 {
			proxyPage(502)(w)
			return
		}
		writeJSON(w, 200, `{"created":true,"validated":false}`)
	})
	signed, created, err := c.CheckContract(t.Context(), testID, "global", "hds")
	if signed || !created || err != nil {
		t.Errorf("signed %v, created %v, error %v", signed, created, err)
	}
	for _, request := range fake.allRequests() {
		if request.method != http.MethodPost || request.path != "/account/v3/contract-signatures/check" ||
			!strings.Contains(
				request.body, `"contract_name":"hds"`,
			) {
			t.Errorf("request = %+v", request)
		}
	}
	if _, _, err := c.CheckContract(t.Context(), testID, "global", "hds"); err != nil || len(fake.allRequests()) != 3 {
		t.Errorf("error %v, %d requests: an unsigned contract must be checked again", err, len(fake.allRequests()))
	}
}

func TestDefaultRouteGateway(t *testing.T) {
	t.Parallel()
	network := func(id, status, route string) string {
		return `{"gateway_networks":[{"id":"` + id + `","private_network_id":"` + testID + `","push_default_route":` +
			route + `,"status":"` + status + `"}],"total_count":1}`
	}
	const none = `{"gateway_networks":[],"total_count":0}`
	const rejected = `{"message":"invalid ` +
		`argument(s)","type":"invalid_arguments","details":[{"argument_name":"zone","reason":"constraint"}]}`
	type reaction struct {
		status int
		body   string
	}
	for _, test := range []struct {
		name  string
		zones map[scw.Zone]reaction
		want  string
		fails bool
	}{
		{"first zone", map[scw.Zone]reaction{"fr-par-1": {200, network("a", "ready", "true")}}, "a", false},
		{
			"second zone", map[scw.Zone]reaction{
				"fr-par-1": {200, none}, "fr-par-2": {200, network("b", "ready", "true")},
			}, "b", false,
		},
		{
			"a rejected zone", map[scw.Zone]reaction{
				"fr-par-1": {400, rejected}, "fr-par-2": {200, network("b", "ready", "true")},
			}, "b", false,
		},
		{
			"a ready connection is preferred", map[scw.Zone]reaction{
				"fr-par-1": {
					200, network("a", "configuring", "true"),
				}, "fr-par-2": {200, network("b", "ready", "true")},
			}, "b", false,
		},
		{
			"a connection that is being set up", map[scw.Zone]reaction{
				"fr-par-1": {200, network("a", "configuring", "true")}, "fr-par-2": {200, none},
			}, "a", false,
		},
		{
			"no default route", map[scw.Zone]reaction{
				"fr-par-1": {200, network("a", "ready", "false")}, "fr-par-2": {200, none},
			}, "", false,
		},
		{
			"a connection that is being detached", map[scw.Zone]reaction{
				"fr-par-1": {200, network("a", "detaching", "true")}, "fr-par-2": {200, none},
			}, "", false,
		},
		{
			"no permission", map[scw.Zone]reaction{
				"fr-par-1": {403, `{"message":"no","type":"permissions_denied"}`},
			}, "", true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				zone := scw.Zone(strings.Split(r.URL.Path, "/")[4])
				writeJSON(w, test.zones[zone].status, test.zones[zone].body)
			})
			found, err := c.DefaultRouteGateway(t.Context(), testRegion, testID)
			if (err != nil) != test.fails || IsForbidden(err) != test.fails {
				t.Fatalf("error = %v", err)
			}
			got := ""
			if found != nil {
				got = found.ID
			}
			if got != test.want {
				t.Errorf("found %v, want %q", found, test.want)
			}
		})
	}
}
