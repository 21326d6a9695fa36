package tfkit_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

func TestTurns(t *testing.T) {
	t.Parallel()
	var turns tfkit.Turns
	var inside, most atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			release, err := turns.Take(t.Context(), "pool")
			if err != nil {
				t.Error(err)
				return
			}
			most.Store(max(most.Load(), inside.Add(1)))
			inside.Add(-1)
			release()
		})
	}
	all.Wait()
	if most.Load() != 1 {
		t.Errorf("%d at once", most.Load())
	}
	release, err := turns.Take(t.Context(), "pool")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := turns.Take(ctx, "pool"); !errors.Is(err, context.Canceled) {
		t.Errorf("a turn that is taken: %v", err)
	}
	other, err := turns.Take(t.Context(), "another pool")
	if err != nil {
		t.Fatal(err)
	}
	other()
	release()
}

func TestSeen(t *testing.T) {
	t.Parallel()
	var seen tfkit.Seen
	if seen.Has("a") || !seen.Add("a") || seen.Add("a") || !seen.Has("a") || seen.Has("b") {
		t.Error("a name is remembered once it was added, and only then")
	}
}
