package kubernetes

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// dialTimeout bounds the attempt to connect. An allow-list drops packets, so a blocked connection is never refused.
const dialTimeout = 10 * time.Second

// requestTimeout bounds a single request.
const requestTimeout = 30 * time.Second

// Client calls the API server of one cluster. It is safe for concurrent use once its exported fields are set.
type Client struct {
	// Interval is the first pause between two attempts or reads. Each further pause is half as long again. New sets 1
	// s.
	Interval time.Duration
	// UnreachableHint replaces the hint of errors for an unreachable API server; the default hint is used if it is
	// empty.
	UnreachableHint string

	endpoint     Endpoint
	dynamic      dynamic.Interface
	raw          rest.Interface
	lastResponse *lastResponse
}

// New returns a client that authenticates with a bearer token. It sends no request.
func New(endpoint Endpoint, token, userAgent string) (*Client, error) {
	last := &lastResponse{}
	config := &rest.Config{
		Host: endpoint.Server, BearerToken: token, UserAgent: userAgent, Timeout: requestTimeout, QPS: -1,
		TLSClientConfig:           rest.TLSClientConfig{CAData: endpoint.CA, ServerName: endpoint.ServerName},
		Dial:                      (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		WarningHandlerWithContext: warningCollector{},
		WrapTransport:             logTransport(last),
	}
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("unable to set up the connection to %s: %w", endpoint.Server, err)
	}
	// A redirect would send the token to another host. API servers do not redirect.
	httpClient.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client, err := dynamic.NewForConfigAndClient(config, httpClient)
	if err != nil {
		return nil, fmt.Errorf("unable to set up the connection to %s: %w", endpoint.Server, err)
	}
	raw, err := rest.UnversionedRESTClientForConfigAndClient(rawClientConfig(config), httpClient)
	if err != nil {
		return nil, fmt.Errorf("unable to set up the connection to %s: %w", endpoint.Server, err)
	}
	return &Client{Interval: time.Second, endpoint: endpoint, dynamic: client, raw: raw, lastResponse: last}, nil
}

// FromKubeconfig returns a client for the API server of a kubeconfig. A host and a TLS server name that are not empty
// replace those of the kubeconfig. Credentials in the kubeconfig are ignored. An interval of zero keeps the default.
func FromKubeconfig(
	file []byte, host, tlsServerName, token, userAgent string, interval time.Duration,
) (*Client, error) {
	endpoint, err := ParseKubeconfig(file)
	if err != nil {
		return nil, err
	}
	client, err := New(endpoint.WithHost(host, tlsServerName), token, userAgent)
	if err != nil {
		return nil, err
	}
	if interval > 0 {
		client.Interval = interval
	}
	return client, nil
}

// Server returns the URL of the API server.
func (c *Client) Server() string { return c.endpoint.Server }

// The resources that the package reads or writes.
var (
	secrets        = schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	namespaces     = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	volumes        = schema.GroupVersionResource{Version: "v1", Resource: "persistentvolumes"}
	storageClasses = schema.GroupVersionResource{Group: "storage.k8s.io", Version: "v1", Resource: "storageclasses"}
	policies       = schema.GroupVersionResource{
		Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicies",
	}
	bindings = schema.GroupVersionResource{
		Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicybindings",
	}
	subjectAccessReviews = schema.GroupVersionResource{
		Group: "authorization.k8s.io", Version: "v1", Resource: "subjectaccessreviews",
	}
	selfSubjectReviews = schema.GroupVersionResource{
		Group:    "authentication.k8s.io",
		Version:  "v1",
		Resource: "selfsubjectreviews",
	}
)

// resourceClient returns the dynamic client of a resource. An empty namespace means cluster scope.
func (c *Client) resourceClient(resource schema.GroupVersionResource, namespace string) dynamic.ResourceInterface {
	if namespace == "" {
		return c.dynamic.Resource(resource)
	}
	return c.dynamic.Resource(resource).Namespace(namespace)
}

// get reads an object. It returns nil without an error if the object does not exist.
func (c *Client) get(
	ctx context.Context, resource schema.GroupVersionResource, namespace, name string,
) (*unstructured.Unstructured, error) {
	object, err := withRetry(ctx, c, operation{
		"read", resource, namespace, name,
	}, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.resourceClient(resource, namespace).Get(ctx, name, metav1.GetOptions{})
	})
	if Is(err, NotFound) {
		return nil, nil
	}
	return object, err
}

// Get reads an object of any resource. It returns nil without an error if the object does not exist.
func (c *Client) Get(
	ctx context.Context, resource schema.GroupVersionResource, namespace, name string,
) (*unstructured.Unstructured, error) {
	return c.get(ctx, resource, namespace, name)
}

// list reads all objects of a resource in pages of 500.
func (c *Client) list(
	ctx context.Context, resource schema.GroupVersionResource, namespace string,
) ([]unstructured.Unstructured, error) {
	items, next := []unstructured.Unstructured{}, ""
	for {
		page, err := withRetry(ctx, c, operation{
			"list", resource, namespace, "",
		}, func(ctx context.Context) (*unstructured.UnstructuredList, error) {
			return c.resourceClient(resource, namespace).List(ctx, metav1.ListOptions{Limit: 500, Continue: next})
		})
		if err != nil {
			return nil, err
		}
		items = append(items, page.Items...)
		if next = page.GetContinue(); next == "" {
			return items, nil
		}
	}
}

// apply runs a server-side apply with the field manager of the guardrails. Without force, a field of another manager is
// a conflict. If content has a resourceVersion, the apply fails when the object has another one.
func (c *Client) apply(
	ctx context.Context, resource schema.GroupVersionResource, content *unstructured.Unstructured, force bool,
) (*unstructured.Unstructured, error) {
	namespace, name := content.GetNamespace(), content.GetName()
	return withRetry(ctx, c, operation{
		"apply", resource, namespace, name,
	}, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.resourceClient(resource, namespace).Apply(
			ctx, name, content.DeepCopy(), metav1.ApplyOptions{FieldManager: guardrails.FieldManager, Force: force},
		)
	})
}

// replace updates the version of an object that was read. Unlike an apply, it also removes the fields of other
// managers.
func (c *Client) replace(
	ctx context.Context, resource schema.GroupVersionResource, content, current *unstructured.Unstructured,
) error {
	updated, namespace := content.DeepCopy(), content.GetNamespace()
	updated.SetResourceVersion(current.GetResourceVersion())
	op := operation{"replace", resource, namespace, content.GetName()}
	_, err := withRetry(ctx, c, op, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.resourceClient(resource, namespace).
			Update(ctx, updated, metav1.UpdateOptions{FieldManager: guardrails.FieldManager})
	})
	return err
}

// remove deletes an object and succeeds if it does not exist. If uid is not empty, only the object with that UID is
// deleted.
func (c *Client) remove(
	ctx context.Context, resource schema.GroupVersionResource, namespace, name string, uid types.UID,
) error {
	options := metav1.DeleteOptions{}
	if uid != "" {
		options.Preconditions = &metav1.Preconditions{UID: &uid}
	}
	_, err := withRetry(ctx, c, operation{"delete", resource, namespace, name}, func(ctx context.Context) (any, error) {
		return nil, c.resourceClient(resource, namespace).Delete(ctx, name, options)
	})
	if Is(err, NotFound) {
		return nil
	}
	return err
}

// dryRunCreate sends a create request as a dry run and returns the warnings of the response.
func (c *Client) dryRunCreate(
	ctx context.Context, resource schema.GroupVersionResource, object *unstructured.Unstructured,
) ([]string, error) {
	collected := &warnings{}
	_, err := withRetry(ctx, c, operation{
		"dry-run the creation of", resource, object.GetNamespace(), object.GetName(),
	}, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.resourceClient(resource, object.GetNamespace()).
			Create(context.WithValue(ctx, warningsKey{}, collected), object.DeepCopy(),
				metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldManager: guardrails.FieldManager})
	})
	return collected.all(), err
}

// annotate sets one annotation of an object that the guardrails do not own.
func (c *Client) annotate(ctx context.Context, resource schema.GroupVersionResource, name, key, value string) error {
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:%q}}}`, key, value)
	_, err := withRetry(ctx, c, operation{
		"annotate", resource, "", name,
	}, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.resourceClient(resource, "").Patch(
			ctx, name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: guardrails.FieldManager},
		)
	})
	return err
}

// identity is the user that the API server authenticates the client as.
type identity struct {
	User   string
	Groups []string
}

func (c *Client) whoAmI(ctx context.Context) (identity, error) {
	review := &unstructured.Unstructured{
		Object: map[string]any{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"},
	}
	response, err := withRetry(ctx, c, operation{
		"create", selfSubjectReviews, "", "",
	}, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.resourceClient(selfSubjectReviews, "").Create(ctx, review.DeepCopy(), metav1.CreateOptions{})
	})
	if err != nil {
		return identity{}, err
	}
	user, _, _ := unstructured.NestedString(response.Object, "status", "userInfo", "username")
	groups, _, _ := unstructured.NestedStringSlice(response.Object, "status", "userInfo", "groups")
	return identity{User: user, Groups: groups}, nil
}

// warningCollector stores the API server's warnings in the warnings of the request's context. Without them it drops the
// warning, which client-go would write to standard error.
type warningCollector struct{}

type warningsKey struct{}

type warnings struct {
	mu    sync.Mutex
	texts []string
}

func (warningCollector) HandleWarningHeaderWithContext(ctx context.Context, _ int, _, text string) {
	collected, ok := ctx.Value(warningsKey{}).(*warnings)
	if !ok {
		return
	}
	collected.mu.Lock()
	defer collected.mu.Unlock()
	collected.texts = append(collected.texts, text)
}

func (w *warnings) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.texts)
}
