package collect

import (
	"context"
	"sync"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// listed is the list of one region or zone.
type listed[L ~string, T any] struct {
	locality L
	items    []T
	gap      *assessment.Gap
}

// readLists reads a list in several regions or zones at the same time, and returns them in the order of localities.
func readLists[L ~string, T any](
	ctx context.Context, c *collector, localities []L, list func(context.Context, L) ([]T, error),
) []listed[L, T] {
	found := make([]listed[L, T], len(localities))
	var work sync.WaitGroup
	for i, locality := range localities {
		work.Go(func() {
			items, gap := read(ctx, c, func(ctx context.Context) ([]T, error) { return list(ctx, locality) })
			found[i] = listed[L, T]{locality, items, gap}
		})
	}
	work.Wait()
	return found
}

// joinLists converts the items of several lists to facts. The list of facts is incomplete if one of them is.
func joinLists[L ~string, T, F any](source string, lists []listed[L, T], convert func(T) F) assessment.Collection[F] {
	items := []F{}
	var missing *assessment.Gap
	for _, list := range lists {
		for _, item := range list.items {
			items = append(items, convert(item))
		}
		if missing == nil {
			missing = list.gap
		}
	}
	return collection(source, items, missing)
}
