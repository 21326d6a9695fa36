package scaleway

import (
	"context"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// subsystem is the name of the tflog subsystem of API requests.
const subsystem = "scaleway"

// call is one operation on one object. It holds what an error says about the operation and what the transport recorded
// about its last response.
type call struct {
	op, kind, id, locality string

	// idempotent is set for a POST that only reads, which can be sent again safely.
	idempotent bool
	// permissionSet is the permission set that the call requires, if the path does not tell.
	permissionSet string

	reported     *reportedCauses
	method, path string
	host         string
	status       int
	requestID    string
}

type callKey struct{}

// startCall returns a new call and a context that passes it to the transport and has the log subsystem. locality is a
// region, a zone, or "".
func startCall[L ~string](ctx context.Context, op, kind, id string, locality L) (context.Context, *call) {
	c := &call{op: op, kind: kind, id: id, locality: string(locality)}
	return context.WithValue(tflog.NewSubsystem(ctx, subsystem), callKey{}, c), c
}

// callFromContext returns the call that begin stored in the context, or an empty one.
func callFromContext(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

// Response describes a response of the API: evidence of what was read.
type Response struct {
	Method, URL string
	Status      int    // 0: there was no response.
	Date        string // By the server's clock, as in its header.
	RequestID   string
}

type responsesKey struct{}

// WithResponses returns a context whose requests report each response, also those that are repeated. Reports may come
// at the same time.
func WithResponses(ctx context.Context, report func(Response)) context.Context {
	return context.WithValue(ctx, responsesKey{}, report)
}

// allPages returns the request options of a list: the context, and all pages.
func allPages(ctx context.Context) []scw.RequestOption {
	return []scw.RequestOption{scw.WithContext(ctx), scw.WithAllPages()}
}
