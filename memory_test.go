package main

import "testing"

// TestMemoryLimit checks that the limit is the same for all small processes, and that a process with much live memory
// keeps room for a third of it, so that it does not collect garbage all the time.
func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	const mib = 1 << 20
	last := int64(0)
	for live := int64(0); live < 4096*mib; live += mib {
		limit := limitFor(live)
		if live <= memoryLimit/3 && limit != memoryLimit {
			t.Errorf("%d MiB live: a limit of %d MiB", live/mib, limit/mib)
		}
		if limit-live < live/3 || limit < last {
			t.Fatalf("%d MiB live: a limit of %d MiB after one of %d MiB", live/mib, limit/mib, last/mib)
		}
		last = limit
	}
}
