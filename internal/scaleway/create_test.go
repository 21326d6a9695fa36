package scaleway

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

// objectStore holds the objects of a fake API that can create an object and lose the response.
type objectStore struct {
	mu      sync.Mutex
	objects []map[string]any
}

func (s *objectStore) add(object map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.objects = append(s.objects, object)
}

func (s *objectStore) writeList(w http.ResponseWriter, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.objects
	if list == nil {
		list = []map[string]any{}
	}
	writeJSON(w, 200, map[string]any{key: list, "total_count": len(list)})
}

func clusterObject(id string, changes ...any) map[string]any {
	object := map[string]any{
		"id": id, "name": "c1", "status": "creating", "project_id": testProject, "region": "fr-par",
		"type":    "kapsule-dedicated-4",
		"version": "1.35.3", "cni": "cilium", "private_network_id": testID, "tags": []string{"b", "a"},
		"description": "d",
	}
	for i := 0; i+1 < len(changes); i += 2 {
		if key, ok := changes[i].(string); ok {
			object[key] = changes[i+1]
		}
	}
	return object
}

func createRequest() *k8s.CreateClusterRequest {
	network := testID
	return &k8s.CreateClusterRequest{
		Region: testRegion, Name: "c1", Type: "kapsule-dedicated-4", Version: "1.35.3", Cni: k8s.CNICilium,
		PrivateNetworkID: &network, Tags: []string{"a", "b"}, Description: "d",
	}
}

func TestCreateCluster(t *testing.T) {
	t.Parallel()
	server := func(w http.ResponseWriter) { writeJSON(w, 500, `{"message":"internal error"}`) }
	for _, test := range []struct {
		name string
		// before are the existing objects. made are the objects that the create makes. fault writes the response to the
		// create.
		before, made []map[string]any
		exceptIDs    []string
		fault        func(http.ResponseWriter)
		wantID       string
		wantPosts    int
		err          string
		// candidates is the number of candidates in the error.
		candidates int
	}{
		{name: "an answer", made: []map[string]any{clusterObject("new")}, wantID: "new", wantPosts: 1},
		{name: "other names and projects do not count", wantID: "new", wantPosts: 1,
			made:   []map[string]any{clusterObject("new")},
			before: []map[string]any{clusterObject("x", "name", "c10"), clusterObject("y", "project_id", testID)}},
		{name: "the name is taken", before: []map[string]any{
			clusterObject("old", "status", "ready"),
		}, err: `a cluster ` +
			`named "c1" already exists: fr-par/old, status ready`},
		{
			name: "the name of the cluster that is replaced", before: []map[string]any{clusterObject("old")},
			exceptIDs: []string{"old"}, made: []map[string]any{clusterObject("new")}, wantID: "new", wantPosts: 1,
		},
		{
			name: "found after a lost answer", made: []map[string]any{clusterObject("new")}, fault: hangUp,
			wantID:    "new",
			wantPosts: 1,
		},
		{
			name: "found after a web page of a proxy", made: []map[string]any{clusterObject("new")},
			fault:  proxyPage(502),
			wantID: "new", wantPosts: 1,
		},
		{
			name: "found after a truncated answer", made: []map[string]any{clusterObject("new")}, fault: truncateBody,
			wantID: "new", wantPosts: 1,
		},
		{
			name: "found after a server error", made: []map[string]any{clusterObject("new")}, fault: server,
			wantID:    "new",
			wantPosts: 1,
		},
		{
			name: "found beside the cluster that is replaced", before: []map[string]any{clusterObject("old")},
			exceptIDs: []string{"old"}, made: []map[string]any{clusterObject("new")}, fault: resetConnection,
			wantID:    "new",
			wantPosts: 1,
		},
		{name: "nothing created", fault: resetConnection, wantPosts: 1, err: `no cluster named "c1" has appeared in ` +
			`fr-par ` +
			`since then`},
		{name: "a cluster with other fields created", made: []map[string]any{
			clusterObject("new", "version", "1.34.6", "type", "kapsule"),
		}, fault: hangUp, wantPosts: 1, candidates: 1,
			err: "found since then, but not certain to be the requested cluster: fr-par/new (creating, type is " +
				"kapsule, not kapsule-dedicated-4, version is 1.34.6, not 1.35.3)"},
		{
			name: "two created", made: []map[string]any{
				clusterObject("new"), clusterObject("newer"),
			}, fault: hangUp, wantPosts: 1, err: "fr-par/new (creating); fr-par/newer (creating)", candidates: 2,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			objects := &objectStore{objects: test.before}
			c, fake := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if r.Method == http.MethodGet {
					objects.writeList(w, "clusters")
					return
				}
				for _, object := range test.made {
					objects.add(object)
				}
				if test.fault != nil {
					test.fault(w)
					return
				}
				writeJSON(w, 200, test.made[0])
			})
			cluster, err := c.CreateCluster(t.Context(), createRequest(), test.exceptIDs...)
			if got := fake.countMethod(http.MethodPost); got != test.wantPosts {
				t.Errorf("%d creates were sent, want %d", got, test.wantPosts)
			}
			if test.err == "" {
				if err != nil || cluster.ID != test.wantID {
					t.Errorf("cluster %v, error %v, want %s", cluster, err, test.wantID)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Fatalf("error = %v, want %q", err, test.err)
			}
			if taken, ok := errors.AsType[*NameTakenError](err); ok {
				if taken.ID != "old" || taken.Region != "fr-par" || taken.Status != "ready" {
					t.Errorf("taken = %+v", taken)
				}
				return
			}
			lost, ok := errors.AsType[*LostCreateError](err)
			if !ok || len(lost.Candidates) != test.candidates || lost.Hint() == "" || !IsUnknownOutcome(err) {
				t.Errorf("error = %#v, want a *LostCreateError with %d candidates", err, test.candidates)
			}
		})
	}
}

func TestCreateClusterInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	objects := &objectStore{}
	c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Method == http.MethodGet {
			objects.writeList(w, "clusters")
			return
		}
		objects.add(clusterObject("new"))
		cancel()
		<-r.Context().Done()
	})
	cluster, err := c.CreateCluster(ctx, createRequest())
	if err != nil || cluster.ID != "new" {
		t.Errorf("cluster %v, error %v, want the one that the interrupted request created", cluster, err)
	}
}

func TestCreateClusterForbidden(t *testing.T) {
	t.Parallel()
	c, fake := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Method == http.MethodGet {
			(&objectStore{}).writeList(w, "clusters")
			return
		}
		writeJSON(w, 403, `{"message":"insufficient `+
			`permissions","type":"permissions_denied","details":[{"resource":"cluster","action":"write"}]}`)
	})
	if _, err := c.CreateCluster(t.Context(), createRequest()); !IsForbidden(err) || len(fake.allRequests()) != 2 {
		t.Errorf("error %v after %d requests, want the API's 403 after two", err, len(fake.allRequests()))
	}
	if query := fake.allRequests()[0].query; !strings.Contains(
		query, "project_id="+testProject,
	) || !strings.Contains(query, "name=c1") {
		t.Errorf("query = %s", query)
	}
}

func TestCreatePool(t *testing.T) {
	t.Parallel()
	pool := func(id, name, kind string) map[string]any {
		return map[string]any{
			"id": id, "cluster_id": testID, "name": name, "status": "scaling", "node_type": kind, "zone": "fr-par-1",
			"size": 2, "autohealing": true, "tags": []string{},
		}
	}
	request := &k8s.CreatePoolRequest{
		Region:      testRegion,
		ClusterID:   testID,
		Name:        "p1",
		NodeType:    "POP2-2C-8G",
		Zone:        "fr-par-1",
		Size:        2,
		Autohealing: true,
	}
	const transient = `{"current_state":"updating","message":"resource is in a transient ` +
		`state","resource":"cluster","resource_id":"` + testID + `","type":"transient_state"}`
	for _, test := range []struct {
		name   string
		before []map[string]any
		made   map[string]any
		posts  []func(http.ResponseWriter)
		wantID string
		err    string
	}{
		{
			name: "found with the API's spelling of the node type", made: pool(
				"new", "p1", "pop2_2c_8g",
			), posts: []func(http.ResponseWriter){hangUp}, wantID: "new",
		},
		{name: "rejected while the cluster is updating", made: pool("new", "p1", "pop2_2c_8g"), wantID: "new",
			posts: []func(http.ResponseWriter){
				func(w http.ResponseWriter) { writeJSON(w, 409, transient) }, func(w http.ResponseWriter) {
					writeJSON(w, 200, pool("new", "p1", "pop2_2c_8g"))
				},
			}},
		{name: "the name is taken", before: []map[string]any{pool("old", "p1", "pop2_2c_8g")}, err: `a pool named ` +
			`"p1" ` +
			`already exists: fr-par/old`},
		{name: "a pool with other fields created", made: pool("new", "p1", "dev1_m"),
			posts: []func(http.ResponseWriter){hangUp}, err: "node type is dev1_m, not pop2_2c_8g"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			objects := &objectStore{objects: append([]map[string]any{pool("x", "p10", "dev1_m")}, test.before...)}
			posts := 0
			c, fake := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if r.Method == http.MethodGet {
					objects.writeList(w, "pools")
					return
				}
				posts++
				if posts == len(test.posts) {
					objects.add(test.made)
				}
				test.posts[posts-1](w)
			})
			got, err := c.CreatePool(t.Context(), request)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error = %v, want %q", err, test.err)
				}
			} else if err != nil || got.ID != test.wantID {
				t.Errorf("pool %v, error %v", got, err)
			}
			if sent := fake.countMethod(http.MethodPost); sent != len(test.posts) {
				t.Errorf("%d creates were sent, want %d", sent, len(test.posts))
			}
		})
	}
}
