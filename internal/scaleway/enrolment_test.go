package scaleway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

func externalPool() *k8s.Pool { return &k8s.Pool{ID: "p", ClusterID: "c", Region: testRegion} }

// TestEnrolExternalNode checks that the request is sent once, and that the error names the nodes that appeared if its
// response is lost.
func TestEnrolExternalNode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		fault   func(http.ResponseWriter)
		made    []string
		err     string
		refused bool // the API cannot have created a node
	}{
		{name: "an answer"},
		{name: "lost, and a node appeared", fault: hangUp, made: []string{"new"}, err: "appeared in pool fr-par/p " +
			"since then: node fr-par/new (creating)"},
		{name: "lost, and two appeared", fault: truncateBody, made: []string{"new", "other"}, err: "node fr-par/new " +
			"(creating), node fr-par/other (creating)"},
		{name: "lost, and nothing appeared", fault: resetConnection, err: "no node has appeared in pool fr-par/p " +
			"since then"},
		{
			name: "a server error", fault: func(w http.ResponseWriter) {
				writeJSON(
					w, 500, `{"message":"internal error"}`,
				)
			}, made: []string{"new"}, err: "node fr-par/new",
		},
		{name: "a web page of a proxy", fault: proxyPage(502), made: []string{"new"}, err: "node fr-par/new"},
		{name: "denied", fault: func(w http.ResponseWriter) {
			writeJSON(w, 403, `{"message":"no","type":"permissions_denied","details":[{"resource":"kubernetes",`+
				`"action":"register"}]}`)
		}, err: "unable to enrol an external node in pool fr-par/p", refused: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			nodes := &objectStore{}
			nodes.add(map[string]any{"id": "old", "status": "ready", "pool_id": "p", "cluster_id": "c"})
			c, fake := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if r.Method == http.MethodGet {
					nodes.writeList(w, "nodes")
					return
				}
				for _, id := range test.made {
					nodes.add(map[string]any{"id": id, "status": "creating", "pool_id": "p", "cluster_id": "c"})
				}
				if test.fault != nil {
					test.fault(w)
					return
				}
				writeJSON(w, 200, `{"metadata_url":"https://api.example.org/m","node_secret_key":"key of the node"}`)
			})
			got, _, err := c.EnrolExternalNode(t.Context(), externalPool())
			if test.err == "" {
				if err != nil || got != (Enrolment{
					MetadataURL: "https://api.example.org/m", NodeSecretKey: "key of the node",
				}) {
					t.Errorf("%v, %v", got, err)
				}
			} else if err == nil || !strings.Contains(err.Error(),
				test.err) || isA[*LostEnrolmentError](err) == test.refused {
				t.Errorf("error %v", err)
			}
			if fake.countMethod(http.MethodPost) != 1 {
				t.Errorf("%d enrolments were sent, want 1", fake.countMethod(http.MethodPost))
			}
		})
	}
}

// TestEnrolExternalNodeInterrupted checks that the error of an interrupted enrolment names the node that it created.
func TestEnrolExternalNodeInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	nodes := &objectStore{}
	c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Method == http.MethodGet {
			nodes.writeList(w, "nodes")
			return
		}
		nodes.add(map[string]any{"id": "new", "status": "creating"})
		cancel()
		hangUp(w)
	})
	_, _, err := c.EnrolExternalNode(ctx, externalPool())
	lost, ok := errors.AsType[*LostEnrolmentError](err)
	if !ok || len(lost.NewNodes) != 1 || lost.NewNodes[0].ID != "new" || !errors.Is(err, context.Canceled) ||
		!strings.Contains(lost.Hint(), "deleted no node") {
		t.Errorf("error %v", err)
	}
}

func TestNodeMetadata(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body, err string
		status          int
	}{
		{"complete", `{"id":"n1","name":"scw-n1","pool_version":"1.36.5"}`, "", 200},
		{"without an id", `{}`, "does not contain the id of the node", 200},
		{"denied", `{"message":"no"}`, "HTTP 401", 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
				if number == 1 {
					hangUp(w) // a GET is safe to repeat
				}
				writeJSON(w, test.status, test.body)
			})
			enrolled := Enrolment{
				MetadataURL: c.APIURL() + "/k8s/v1/regions/fr-par/node-metadata", NodeSecretKey: "key of the node",
			}
			got, err := c.NodeMetadata(t.Context(), testRegion, enrolled)
			switch {
			case test.err == "" && (err != nil || got.ID != "n1" || got.PoolVersion != "1.36.5"):
				t.Errorf("%+v, %v", got, err)
			case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("error %v", err)
			case err != nil && (strings.Contains(err.Error(), "key of") || strings.Contains(
				err.Error(), testSecretKey,
			)):
				t.Errorf("error contains a secret: %v", err)
			}
			if token := fake.requests[0].header.Get("X-Auth-Token"); token != "key of the node" {
				t.Errorf("the request has the token %q", token)
			}
		})
	}
	c, _ := newFakeClient(t, func(http.ResponseWriter, *http.Request, int) {})
	if _, err := c.NodeMetadata(
		t.Context(), testRegion, Enrolment{MetadataURL: "http://%zz"},
	); err == nil || strings.Contains(err.Error(), "%zz") {
		t.Errorf("a malformed URL: %v", err)
	}
}

func TestExternalNodeByAddress(t *testing.T) {
	t.Parallel()
	node := func(id, status, address string, day int) string {
		return fmt.Sprintf(
			`{"id":%q,"status":%q,"public_ip_v4":%q,"created_at":%q}`, id, status, address, time.Date(
				2026, 11, day, 0, 0, 0, 0, time.UTC,
			).Format(time.RFC3339),
		)
	}
	c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		writeJSON(w, 200, `{"total_count":5,"nodes":[`+strings.Join([]string{
			node("old", "not_ready", "203.0.113.10", 1), node("new", "ready", "203.0.113.10", 3), node(
				"deleting", "deleting", "203.0.113.10", 4,
			),
			node("other", "ready", "203.0.113.11", 5), `{"id":"none","status":"creating","public_ip_v4":null}`,
		}, ",")+`]}`)
	})
	for address, want := range map[string]string{"203.0.113.10": "new", "203.0.113.11": "other", "203.0.113.12": ""} {
		found, err := c.ExternalNodeByAddress(t.Context(), externalPool(), address)
		got := ""
		if found != nil {
			got = found.ID
		}
		if err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", address, got, err, want)
		}
	}
	v6 := net.ParseIP("2001:db8::1")
	onlyV6 := &k8s.Node{PublicIPV6: &v6} //nolint:staticcheck // as in NodeAddresses
	if got := NodeAddresses(onlyV6); len(got) != 1 || got[0] != "2001:db8::1" {
		t.Errorf("%v", got)
	}
}

func TestDeleteNode(t *testing.T) {
	t.Parallel()
	transient := `{"message":"resource is in a transient state","resource":"node","resource_id":"` + testID + `",` +
		`"current_state":"%s","type":"transient_state"}`
	for _, test := range []struct {
		name    string
		deletes []string // the responses to DELETE; the last one repeats
		node    string   // the answer to GET; "" is not found
		ok      bool
	}{
		{"accepted", []string{nodeBody(testID, "n", "deleting")}, nodeBody(testID, "n", "deleting"), true},
		{"deleted already", []string{nodeNotFoundBody}, "", true},
		{
			"being deleted already", []string{
				fmt.Sprintf(transient, "deleting"),
			}, nodeBody(testID, "n", "deleting"), true,
		},
		{
			"transient state, then accepted", []string{
				fmt.Sprintf(transient, "rebooting"), nodeBody(testID, "n", "deleting"),
			}, nodeBody(testID, "n", "rebooting"), true,
		},
		{
			"locked", []string{
				`{"message":"locked","type":"locked","resource":"node","resource_id":"` + testID + `"}`,
			}, nodeBody(testID, "n", "locked"), false,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			deletes := 0
			c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				body := test.node
				if r.Method == http.MethodDelete {
					body = test.deletes[min(deletes, len(test.deletes)-1)]
					deletes++
				}
				switch {
				case body == "" || strings.Contains(body, `"not_found"`):
					writeJSON(w, 404, nodeNotFoundBody)
				case strings.Contains(body, "transient_state"):
					writeJSON(w, 409, body)
				case strings.Contains(body, `"type":"locked"`):
					writeJSON(w, 423, body)
				default:
					writeJSON(w, 200, body)
				}
			})
			if err := c.DeleteNode(t.Context(), testRegion, testID); (err == nil) != test.ok {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestWaitNode(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ statuses, err string }{
		{"creating registering not_ready ready", ""},
		{"creating deleting", "node fr-par/" + testID + " is deleting"},
		{"creation_error", "in the state creation_error"},
	} {
		t.Run(test.statuses, func(t *testing.T) {
			t.Parallel()
			statuses := strings.Fields(test.statuses)
			c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
				writeJSON(w, 200, nodeBody(testID, "n", statuses[min(number, len(statuses))-1]))
			})
			_, err := c.WaitNode(t.Context(), testRegion, testID)
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v", err)
			}
		})
	}
}
