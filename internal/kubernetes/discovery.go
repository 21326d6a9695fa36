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
	raw, err := withRetry(ctx, c, op, func(ctx context.Context) ([]byte, error) {
		return c.raw.Get().AbsPath("/apis", group, version).SetHeader("Accept", "application/json").DoRaw(ctx)
	})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("unable to parse the API group %s: %w", group, err)
	}
	return nil
}
