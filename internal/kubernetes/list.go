package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// maxListed is the number of objects after which List and ListMetadata stop.
const maxListed = 50_000

// TooManyError reports that a list has more objects than are read.
type TooManyError struct {
	Resource string
	Visited  int // The number of objects that were read.
}

func (e *TooManyError) Error() string {
	return fmt.Sprintf("only the first %d %s were read", e.Visited, e.Resource)
}

// List reads the objects of a resource in all namespaces, in pages, and calls visit for each. It returns an error after
// the objects that were read before it. If the API server does not serve the resource, IsUnknownAPI reports that, also
// for a user who is not allowed to list it.
func (c *Client) List(
	ctx context.Context, resource schema.GroupVersionResource, visit func(*unstructured.Unstructured),
) error {
	op := operation{"list", resource, "", ""}
	return inPages(ctx, c, op, func(ctx context.Context, next string) (string, int, error) {
		page, err := c.resourceClient(resource, "").List(ctx, metav1.ListOptions{Limit: pageSize, Continue: next})
		if err != nil {
			return "", 0, err
		}
		for i := range page.Items {
			visit(&page.Items[i])
		}
		return page.GetContinue(), len(page.Items), nil
	})
}

// metadataOnly asks the API server for the metadata of objects, without their spec, status and data.
const metadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

// ListMetadata is like List, but reads only the metadata of the objects.
func (c *Client) ListMetadata(
	ctx context.Context, resource schema.GroupVersionResource, visit func(*metav1.PartialObjectMetadata),
) error {
	return c.listMetadata(ctx, resource, "", visit)
}

// listMetadata is ListMetadata in a namespace; "" for all of them.
func (c *Client) listMetadata(
	ctx context.Context, resource schema.GroupVersionResource, namespace string,
	visit func(*metav1.PartialObjectMetadata),
) error {
	path := []string{"/apis", resource.Group, resource.Version}
	if resource.Group == "" {
		path = []string{"/api", resource.Version}
	}
	if namespace != "" {
		path = append(path, "namespaces", namespace)
	}
	path = append(path, resource.Resource)
	op := operation{"list", resource, namespace, ""}
	return inPages(ctx, c, op, func(ctx context.Context, next string) (string, int, error) {
		request := c.raw.Get().AbsPath(path...).SetHeader("Accept", metadataOnly).
			Param("limit", strconv.Itoa(pageSize))
		if next != "" {
			request = request.Param("continue", next)
		}
		raw, err := request.DoRaw(ctx)
		if err != nil {
			return "", 0, statusError(raw, err)
		}
		page := metav1.PartialObjectMetadataList{}
		if err := json.Unmarshal(raw, &page); err != nil {
			return "", 0, fmt.Errorf("unable to parse the list of %s: %w", resource.Resource, err)
		}
		for i := range page.Items {
			visit(&page.Items[i])
		}
		return page.Continue, len(page.Items), nil
	})
}

// statusError returns the error that the API server describes in the body of a response, which a raw request does not
// decode.
func statusError(body []byte, err error) error {
	var status metav1.Status
	if json.Unmarshal(body, &status) != nil || status.Kind != "Status" || status.Status != metav1.StatusFailure {
		return err
	}
	return apierrors.FromObject(&status)
}

// inPages reads pages until the last one. read returns the token of the next page and the number of objects.
func inPages(
	ctx context.Context, c *Client, op operation, read func(ctx context.Context, next string) (string, int, error),
) error {
	next, visited := "", 0
	for {
		count := 0
		token, err := withRetry(ctx, c, op, func(ctx context.Context) (string, error) {
			token, read, err := read(ctx, next)
			count = read
			return token, err
		})
		if Is(err, Forbidden) && c.isUnserved(ctx, op.resource) {
			return &Error{
				Op: op.verb, Object: op.resource.Resource, Server: c.endpoint.Server, Reason: NotFound,
				Message: "the API server does not serve this resource", status: http.StatusNotFound,
			}
		}
		if err != nil {
			return err
		}
		visited += count
		if next = token; next == "" {
			return nil
		}
		if visited >= maxListed {
			return &TooManyError{Resource: op.resource.Resource, Visited: visited}
		}
	}
}

// isUnserved reports whether the API server does not serve the version of the resource's API group. An API server
// checks permissions before it looks for the resource, but every user may read which API groups there are.
func (c *Client) isUnserved(ctx context.Context, resource schema.GroupVersionResource) bool {
	if !strings.Contains(resource.Group, ".") {
		return false
	}
	var served metav1.APIResourceList
	return IsUnknownAPI(c.discover(ctx, resource.Group, resource.Version, &served))
}

// ServerVersion returns the version of the API server, such as "v1.36.2".
func (c *Client) ServerVersion(ctx context.Context) (string, error) {
	op := operation{"read", schema.GroupVersionResource{Resource: "version"}, "", ""}
	raw, err := withRetry(ctx, c, op, func(ctx context.Context) ([]byte, error) {
		return c.raw.Get().AbsPath("/version").SetHeader("Accept", "application/json").DoRaw(ctx)
	})
	if err != nil {
		return "", err
	}
	found := struct {
		GitVersion string `json:"gitVersion"`
	}{}
	if err := json.Unmarshal(raw, &found); err != nil {
		return "", fmt.Errorf("unable to parse the version of the API server: %w", err)
	}
	return found.GitVersion, nil
}
