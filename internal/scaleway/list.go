package scaleway

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

// AllZones returns the zones of a region. The SDK lists one zone of it-mil; since October 2026 it has three.
func AllZones(region scw.Region) []scw.Zone {
	if region == scw.RegionItMil {
		return []scw.Zone{scw.ZoneItMil1, "it-mil-2", "it-mil-3"}
	}
	return region.GetZones()
}

// listIn lists the objects of a kind in a region or zone. A Project in which the product was never activated (412) has
// none. offered are the regions or zones in which the SDK offers the product. The API may reject others, which then
// have no objects. No recording shows that response, so that its status decides, whatever its body is.
func listIn[T any, L ~string](
	ctx context.Context, kind string, locality L, offered []L, list func(...scw.RequestOption) ([]T, error),
) ([]T, error) {
	return listPageIn(ctx, kind, locality, offered, func(ctx context.Context) ([]T, error) {
		return list(allPages(ctx)...)
	})
}

// listPageIn is like listIn, but leaves the pages to list.
func listPageIn[T any, L ~string](
	ctx context.Context, kind string, locality L, offered []L, list func(context.Context) ([]T, error),
) ([]T, error) {
	ctx, call := startCall(ctx, "list", kind, "", locality)
	found, err := list(ctx)
	if err == nil {
		return found, nil
	}
	err = call.wrapError(err)
	if hasStatus(err, http.StatusPreconditionFailed) {
		return nil, nil
	}
	var answer *APIError
	isRejected := errors.As(err, &answer) && slices.Contains(
		[]int{http.StatusBadRequest, http.StatusNotFound, http.StatusNotImplemented}, answer.Status,
	)
	if isRejected && !slices.Contains(offered, locality) {
		return nil, nil
	}
	return nil, err
}
