package provider

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// frameworkServer is what the server of the plugin framework implements. tf6server looks for each of the interfaces.
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// server is the server of the plugin framework without its memory leak. The framework keeps the context of each request
// until the process ends, so that it can cancel it (registerContext in its internal/proto6server). That is 11 kB for
// each of the four requests that a CLI sends for a resource. Here, the framework gets a context that releases its
// parent when the request has ended. The methods below are those that a CLI calls for each resource, data source or
// function call, and whose result is complete when they return.
type server struct{ frameworkServer }

// NewServer returns a factory of the provider on protocol version 6. The parameters are those of New.
func NewServer(version string, options ...Option) func() tfprotov6.ProviderServer {
	newProvider := New(version, options...)
	return func() tfprotov6.ProviderServer {
		framework, ok := providerserver.NewProtocol6(newProvider())().(frameworkServer)
		if !ok {
			panic("the plugin framework no longer implements an interface of protocol version 6")
		}
		return &server{framework}
	}
}

func (s *server) ValidateResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return withReleasedContext(ctx, s.frameworkServer.ValidateResourceConfig, req)
}

func (s *server) UpgradeResourceState(
	ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return withReleasedContext(ctx, s.frameworkServer.UpgradeResourceState, req)
}

func (s *server) UpgradeResourceIdentity(
	ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest,
) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return withReleasedContext(ctx, s.frameworkServer.UpgradeResourceIdentity, req)
}

func (s *server) ReadResource(
	ctx context.Context, req *tfprotov6.ReadResourceRequest,
) (*tfprotov6.ReadResourceResponse, error) {
	return withReleasedContext(ctx, s.frameworkServer.ReadResource, req)
}

func (s *server) PlanResourceChange(
	ctx context.Context, req *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	return withReleasedContext(ctx, s.frameworkServer.PlanResourceChange, req)
}

func (s *server) ApplyResourceChange(
	ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return withReleasedContext(ctx, s.frameworkServer.ApplyResourceChange, req)
}

func (s *server) ImportResourceState(
	ctx context.Context, req *tfprotov6.ImportResourceStateRequest,
) (*tfprotov6.ImportResourceStateResponse, error) {
	return withReleasedContext(ctx, s.frameworkServer.ImportResourceState, req)
}

func (s *server) MoveResourceState(
	ctx context.Context, req *tfprotov6.MoveResourceStateRequest,
) (*tfprotov6.MoveResourceStateResponse, error) {
	return withReleasedContext(ctx, s.frameworkServer.MoveResourceState, req)
}

func (s *server) ValidateDataResourceConfig(
	ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest,
) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return withReleasedContext(ctx, s.frameworkServer.ValidateDataResourceConfig, req)
}

func (s *server) ReadDataSource(
	ctx context.Context, req *tfprotov6.ReadDataSourceRequest,
) (*tfprotov6.ReadDataSourceResponse, error) {
	return withReleasedContext(ctx, s.frameworkServer.ReadDataSource, req)
}

func (s *server) CallFunction(
	ctx context.Context, req *tfprotov6.CallFunctionRequest,
) (*tfprotov6.CallFunctionResponse, error) {
	return withReleasedContext(ctx, s.frameworkServer.CallFunction, req)
}

// withReleasedContext calls method with a context that ends when the method returns, and then refers to nothing.
func withReleasedContext[Request, Response any](
	ctx context.Context, method func(context.Context, Request) (Response, error), req Request,
) (Response, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	released := &releasedContext{}
	released.parent.Store(&ctx)
	defer released.parent.Store(nil) //nolint:contextcheck // released is ctx until the method returns
	return method(released, req)     //nolint:contextcheck
}

// releasedContext is its parent, or a cancelled context without values if there is no parent.
type releasedContext struct {
	parent atomic.Pointer[context.Context]
}

// ended is a cancelled context.
var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func (c *releasedContext) current() context.Context {
	if parent := c.parent.Load(); parent != nil {
		return *parent
	}
	return ended
}

func (c *releasedContext) Deadline() (time.Time, bool) { return c.current().Deadline() }

func (c *releasedContext) Done() <-chan struct{} { return c.current().Done() }

func (c *releasedContext) Err() error { return c.current().Err() }

func (c *releasedContext) Value(key any) any { return c.current().Value(key) }
