package scaleway

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

const otherPoolID = "99999999-9999-4999-8999-999999999999"

// TestPoolOfCluster checks what a read of a pool does with the list of the cluster's pools.
func TestPoolOfCluster(t *testing.T) {
	t.Parallel()
	const notFound = `{"message":"not found","resource":"cluster","resource_id":"` + testID + `","type":"not_found"}`
	list := func(ids ...string) string {
		pools := make([]string, len(ids))
		for i, id := range ids {
			pools[i] = `{"id":"` + id + `","name":"listed"}`
		}
		return `{"pools":[` + strings.Join(pools, ",") + `],"total_count":` + strconv.Itoa(len(ids)) + `}`
	}
	for _, test := range []struct {
		name          string
		status        int
		list          string
		read          int
		requests      int
		want, wantErr string
	}{
		{"in the list", 200, list(otherPoolID, testID), 500, 1, "listed", ""},
		{"not in the list", 200, list(otherPoolID), 200, 2, "read", ""},
		{"not in the list and deleted", 200, list(otherPoolID), 404, 2, "", "not found"},
		{"empty list", 200, list(), 200, 2, "read", ""},
		{"deleted cluster", 404, notFound, 404, 2, "", "not found"},
		{"moved cluster", 404, notFound, 200, 2, "read", ""},
		{
			"no permission", 403, `{"message":"insufficient permissions"}`, 200, 1, "",
			"unable to read pool fr-par/" + testID,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, fake := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				switch {
				case strings.HasSuffix(r.URL.Path, "/clusters/"+otherPoolID+"/pools"):
					writeJSON(w, test.status, test.list)
				case test.read == 200:
					writeJSON(w, 200, `{"id":"`+testID+`","name":"read"}`)
				default:
					writeJSON(w, test.read, notFound)
				}
			})
			pool, err := c.PoolOfCluster(t.Context(), testRegion, otherPoolID, testID)
			switch {
			case test.wantErr != "":
				if err == nil || !strings.Contains(err.Error(), test.wantErr) {
					t.Errorf("pool %v, error %v", pool, err)
				}
			case err != nil || pool.ID != testID || pool.Name != test.want:
				t.Errorf("pool %v, error %v", pool, err)
			}
			if got := len(fake.allRequests()); got != test.requests {
				t.Errorf("%d requests, want %d", got, test.requests)
			}
		})
	}
}

// TestConcurrentPoolReads reads the pools of two clusters at the same time.
func TestConcurrentPoolReads(t *testing.T) {
	t.Parallel()
	c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		cluster := strings.Split(r.URL.Path, "/")[6]
		writeJSON(w, 200, `{"pools":[{"id":"a","cluster_id":"`+cluster+`"},{"id":"b","cluster_id":"`+cluster+`"}],
			"total_count":2}`)
	})
	var group sync.WaitGroup
	for range 20 {
		for _, cluster := range []string{testID, otherPoolID} {
			for _, id := range []string{"a", "b"} {
				group.Go(func() {
					pool, err := c.PoolOfCluster(t.Context(), testRegion, cluster, id)
					if err != nil || pool.ID != id || pool.ClusterID != cluster {
						t.Errorf("pool %v, error %v", pool, err)
					}
				})
			}
		}
	}
	group.Wait()
}

// TestSharedRequestIsNotStored checks that callers share a request that is running, and that a later caller sends
// another.
func TestSharedRequestIsNotStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shared, answers := newCache[scw.Region, int64](), make(chan struct{})
		var fetches atomic.Int64
		get := func() int64 {
			value, err := shared.get(t.Context(), testRegion, func(context.Context) (int64, error) {
				number := fetches.Add(1)
				<-answers
				return number, nil
			}, keepNever)
			if err != nil {
				t.Error(err)
			}
			return value
		}
		for round := int64(1); round <= 2; round++ {
			for range 10 {
				go func() {
					if got := get(); got != round {
						t.Errorf("the result of request %d in round %d", got, round)
					}
				}()
			}
			synctest.Wait()
			answers <- struct{}{}
			synctest.Wait()
			if got := fetches.Load(); got != round {
				t.Errorf("%d requests after round %d", got, round)
			}
		}
	})
}
