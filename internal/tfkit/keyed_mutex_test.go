package tfkit_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func TestKeyedMutex(t *testing.T) {
	t.Parallel()
	var mutexes tfkit.KeyedMutex
	var active, maxActive atomic.Int32
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			release, err := mutexes.Lock(t.Context(), "pool")
			if err != nil {
				t.Error(err)
				return
			}
			maxActive.Store(max(maxActive.Load(), active.Add(1)))
			active.Add(-1)
			release()
		})
	}
	group.Wait()
	if maxActive.Load() != 1 {
		t.Errorf("%d goroutines held the mutex at once", maxActive.Load())
	}
	release, err := mutexes.Lock(t.Context(), "pool")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := mutexes.Lock(ctx, "pool"); !errors.Is(err, context.Canceled) {
		t.Errorf("locking a locked mutex with a canceled context: %v", err)
	}
	releaseOther, err := mutexes.Lock(t.Context(), "another pool")
	if err != nil {
		t.Fatal(err)
	}
	releaseOther()
	release()
}

func TestStringSet(t *testing.T) {
	t.Parallel()
	var seen tfkit.StringSet
	if seen.Has("a") || !seen.Add("a") || seen.Add("a") || !seen.Has("a") || seen.Has("b") {
		t.Error("the set does not contain exactly the names that were added")
	}
}
