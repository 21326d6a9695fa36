package scaleway

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
)

func statusBody(status string) string { return `{"id":"` + testID + `","status":"` + status + `"}` }

func TestWaitCluster(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		statuses []string
		want     string
		hint     string
	}{
		{"ready", []string{"creating", "updating", "ready"}, "", ""},
		{"no pool yet", []string{"creating", "pool_required"}, "", ""},
		{"locked", []string{"creating", "locked"}, "cluster fr-par/" + testID + " is locked", "tickets"},
		{"deleting", []string{"deleting"}, "is deleting", "deleted outside Terraform"},
		{"deleted", []string{"deleted"}, "is deleted", "deleted outside Terraform"},
		{"unknown", []string{"unknown"}, "is in an unknown state", "console"},
		{"a new state of the API", []string{"hibernating"}, "is in the state hibernating", "does not support that " +
			"state"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
				writeJSON(w, 200, statusBody(test.statuses[min(number, len(test.statuses))-1]))
			})
			cluster, err := c.WaitCluster(t.Context(), testRegion, testID)
			if len(fake.allRequests()) != len(test.statuses) {
				t.Errorf("%d requests, want %d", len(fake.allRequests()), len(test.statuses))
			}
			if test.want == "" {
				if err != nil || string(cluster.Status) != test.statuses[len(test.statuses)-1] {
					t.Errorf("cluster %v, error %v", cluster, err)
				}
				return
			}
			state, ok := errors.AsType[*StateError](err)
			if !ok || !strings.Contains(err.Error(), test.want) || !strings.Contains(state.Hint, test.hint) {
				t.Errorf("error = %#v, want %q and hint %q", err, test.want, test.hint)
			}
		})
	}
}

func TestWaitEndsWithContextAndKeepsLastState(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
		if number == 3 {
			cancel()
		}
		writeJSON(w, 200, statusBody("updating"))
	})
	c.PollInterval = time.Microsecond
	cluster, err := c.WaitCluster(ctx, testRegion, testID)
	waiting, ok := errors.AsType[*WaitError](err)
	if !ok || !errors.Is(err, context.Canceled) {
		t.Fatalf("error = %#v, want a *WaitError that wraps context.Canceled", err)
	}
	if waiting.State != "updating" || waiting.Kind != "cluster" || cluster == nil ||
		cluster.Status != k8s.ClusterStatusUpdating {
		t.Errorf("error = %+v, cluster %v, want the last state", waiting, cluster)
	}
	if last, ok := waiting.Last.(*k8s.Cluster); !ok || last.ID != testID {
		t.Errorf("last = %v", waiting.Last)
	}
	if !strings.Contains(
		err.Error(), "the wait for cluster fr-par/"+testID+" was interrupted after",
	) || !strings.Contains(err.Error(), "last state was updating") {
		t.Errorf("text = %q", err)
	}
}

func TestWaitTimeout(t *testing.T) {
	t.Parallel()
	c, _ := newFakeClient(
		t,
		func(w http.ResponseWriter, _ *http.Request, _ int) { writeJSON(w, 200, statusBody("creating")) },
	)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := c.WaitCluster(ctx, testRegion, testID)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "reached its timeout") {
		t.Errorf("error = %v", err)
	}
}

func TestPollUntilEndsWithError(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, "http://127.0.0.1:1")
	failure := errors.New("broken")
	value, err := pollUntil(
		t.Context(), c, waitTarget{}, strconv.Itoa, func(context.Context) (int, error) { return 7, nil },
		func(int) (bool, error) { return false, failure },
	)
	if value != 7 || !errors.Is(err, failure) {
		t.Errorf("got %d, %v", value, err)
	}
	_, err = pollUntil(
		t.Context(), c, waitTarget{}, strconv.Itoa, func(context.Context) (int, error) { return 0, failure },
		func(int) (bool, error) { return true, nil },
	)
	if !errors.Is(err, failure) {
		t.Errorf("error = %v", err)
	}
}

func TestWaitDeleted(t *testing.T) {
	t.Parallel()
	c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
		if number%3 == 0 {
			writeJSON(
				w, 404,
				`{"message":"resource is not found","resource":"x","resource_id":"`+testID+`","type":"not_found"}`,
			)
			return
		}
		writeJSON(w, 200, statusBody("deleting"))
	})
	if err := c.WaitClusterDeleted(t.Context(), testRegion, testID); err != nil {
		t.Error(err)
	}
	if err := c.WaitPoolDeleted(t.Context(), testRegion, testID); err != nil {
		t.Error(err)
	}
}

func TestWaitPool(t *testing.T) {
	t.Parallel()
	bodies := []string{
		`"scaling","version":"1.34.6"`, `"ready","version":"1.34.6"`, `"upgrading","version":"1.35.3"`, `"ready",` +
			`"version":"1.35.3"`,
	}
	c, fake := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, number int) {
		writeJSON(w, 200, `{"id":"`+testID+`","status":`+bodies[min(number, len(bodies))-1]+`}`)
	})
	pool, err := c.WaitPool(
		t.Context(), testRegion, testID, func(p *k8s.Pool) bool {
			return p.Status == k8s.PoolStatusReady &&
				p.Version == "1.35.3"
		},
	)
	if err != nil || pool.Version != "1.35.3" || len(fake.allRequests()) != 4 {
		t.Errorf("pool %v, error %v, %d requests", pool, err, len(fake.allRequests()))
	}

	c, _ = newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		writeJSON(w, 200, `{"id":"`+testID+`","status":"warning","error_message":"quota of POP2 reached"}`)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.WaitPool(
		ctx, testRegion, testID, nil,
	); err == nil || !strings.Contains(err.Error(), "last state was warning (quota of POP2 reached)") {
		t.Errorf("error = %v, want the pool's own message", err)
	}
}

// TestPollPause checks that a wait notices a change within 3 % of the time that it took, or in the first seconds within
// half a PollInterval, and that it needs no more reads than that takes.
func TestPollPause(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, "http://127.0.0.1:1")
	c.PollInterval = time.Second
	for _, read := range []time.Duration{0, 50 * time.Millisecond, 200 * time.Millisecond} {
		reads := 0
		for waited := time.Duration(0); waited < 5*time.Minute; reads++ {
			pause := c.pollPause(waited, read)
			// In the worst case the change comes just after the last read, which started before the response.
			late := pause + read
			switch {
			case waited < 4*time.Second && pause > c.PollInterval/2:
				t.Fatalf("a pause of %v after %v", pause, waited)
			case waited > 10*time.Second && late > waited*3/100:
				t.Fatalf("reads of %v: %v late after %v", read, late, waited)
			}
			waited += late
		}
		if reads > 170 {
			t.Errorf("%d reads of %v in 5 minutes", reads, read)
		}
	}
	if longest := c.pollPause(time.Hour, 0); longest != 15*time.Second {
		t.Errorf("a pause of %v", longest)
	}
}

// TestCreationPause checks that the reads of a cluster that is being created start half a PollInterval apart when most
// creations of the recordings end, and that there are not more reads than with one every PollInterval.
func TestCreationPause(t *testing.T) {
	t.Parallel()
	c := newTestClient(t, "http://127.0.0.1:1")
	c.PollInterval = time.Second
	for _, read := range []time.Duration{0, 50 * time.Millisecond, 200 * time.Millisecond} {
		reads := 0
		for waited := time.Duration(0); waited < 10*time.Minute; reads++ {
			pause := c.creationPause(waited, read)
			if waited > 72*time.Second && waited < 80*time.Second && pause+read > c.PollInterval/2 {
				t.Errorf("a pause of %v after %v, for reads of %v", pause, waited, read)
			}
			if waited += pause + read; waited > 90*time.Second && pause > c.PollInterval {
				t.Errorf("a pause of %v after %v", pause, waited)
			}
			if most := waited.Seconds() / (c.PollInterval + read).Seconds(); waited > 76*time.Second &&
				waited < 86*time.Second && float64(reads) > most {
				t.Errorf("%d reads of %v in %v, want at most %.0f", reads, read, waited, most)
			}
		}
	}
}

// TestWaitErrorShortTimeout checks that a timeout below one second is not rounded to zero.
func TestWaitErrorShortTimeout(t *testing.T) {
	t.Parallel()
	err := &WaitError{Kind: "cluster", Waited: time.Millisecond, Err: context.DeadlineExceeded}
	if !strings.Contains(err.Error(), "reached its timeout after 1ms") {
		t.Error(err)
	}
}
