package scaleway

import (
	"context"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// subsystem names the log of the API's requests.
const subsystem = "scaleway"

// call is one operation on one object: what an error says of it, and what the transport saw of its last answer.
type call struct {
	op, kind, id, locality string

	// repeatable marks a POST that only reads, so that it may be sent again.
	repeatable bool

	causes       *causes
	method, path string
	status       int
	requestID    string
}

type callKey struct{}

// begin opens a call: the context carries it to the transport, and has the log subsystem. locality is a region, a zone,
// or "".
func begin[L ~string](ctx context.Context, op, kind, id string, locality L) (context.Context, *call) {
	called := &call{op: op, kind: kind, id: id, locality: string(locality)}
	return context.WithValue(tflog.NewSubsystem(ctx, subsystem), callKey{}, called), called
}

// callOf returns the call that begin put into the context, or an empty one.
func callOf(ctx context.Context) *call {
	if called, ok := ctx.Value(callKey{}).(*call); ok {
		return called
	}
	return &call{}
}

// allPages are the request options of a list.
func allPages(ctx context.Context) []scw.RequestOption {
	return []scw.RequestOption{scw.WithContext(ctx), scw.WithAllPages()}
}
