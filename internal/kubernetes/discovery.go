package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
)

// rawClientConfig returns a configuration for requests whose responses are not decoded.
func rawClientConfig(config *rest.Config) *rest.Config {
	raw := rest.CopyConfig(config)
	raw.NegotiatedSerializer = serializer.NewCodecFactory(runtime.NewScheme()).WithoutConversion()
	return raw
}

// discover reads the versions of an API group, or the resources of one version of it, into a value.
func (c *Client) discover(ctx context.Context, group, version string, into any) error {
	op := operation{"read", schema.GroupVersionResource{Resource: "API group " + group}, "", version}
	return c.readJSON(ctx, op, "application/json", into, "/apis", group, version)
}

// readJSON reads a JSON document of the API server below a path. Its error names the resource of the operation.
func (c *Client) readJSON(ctx context.Context, op operation, accept string, into any, path ...string) error {
	raw, err := withRetry(ctx, c, op, func(ctx context.Context) ([]byte, error) {
		return c.raw.Get().AbsPath(path...).SetHeader("Accept", accept).DoRaw(ctx)
	})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("unable to parse the %s: %w", op.resource.Resource, err)
	}
	return nil
}
