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

// dialTimeout is how long an address may stay silent: an allow-list drops packets and refuses nothing.
const dialTimeout = 10 * time.Second

// requestTimeout bounds one request.
const requestTimeout = 30 * time.Second

// Client calls the API server of one cluster. It is safe for concurrent use once its exported fields are set.
type Client struct {
	// Interval is the first pause before something is tried or looked at again; it grows by half each time. New sets 1 s.
	Interval time.Duration
	// UnreachableHint is the next step of errors where the API server does not answer; empty for the usual one.
	UnreachableHint string

	endpoint Endpoint
	dynamic  dynamic.Interface
	raw      rest.Interface
	heard    *answers
}

// New returns a client that authenticates by a bearer token. It makes no request.
func New(endpoint Endpoint, token, userAgent string) (*Client, error) {
	heard := &answers{}
	config := &rest.Config{
		Host: endpoint.Server, BearerToken: token, UserAgent: userAgent, Timeout: requestTimeout, QPS: -1,
		TLSClientConfig:           rest.TLSClientConfig{CAData: endpoint.CA, ServerName: endpoint.ServerName},
		Dial:                      (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		WarningHandlerWithContext: warningCollector{},
		WrapTransport:             logged(heard),
	}
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("the connection to %s cannot be set up: %w", endpoint.Server, err)
	}
	// A redirect would carry the token to another host; the API server has none.
	httpClient.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client, err := dynamic.NewForConfigAndClient(config, httpClient)
	if err != nil {
		return nil, fmt.Errorf("the connection to %s cannot be set up: %w", endpoint.Server, err)
	}
	raw, err := rest.UnversionedRESTClientForConfigAndClient(rawConfig(config), httpClient)
	if err != nil {
		return nil, fmt.Errorf("the connection to %s cannot be set up: %w", endpoint.Server, err)
	}
	return &Client{Interval: time.Second, endpoint: endpoint, dynamic: client, raw: raw, heard: heard}, nil
}

// FromKubeconfig is New for the API server that a kubeconfig names, or for the host and the TLS server name in its
// place where they are not empty. Of the kubeconfig, no credential is used. An interval of zero leaves New's.
func FromKubeconfig(
	file []byte, host, tlsServerName, token, userAgent string, interval time.Duration,
) (*Client, error) {
	endpoint, err := ParseKubeconfig(file)
	if err != nil {
		return nil, err
	}
	client, err := New(endpoint.At(host, tlsServerName), token, userAgent)
	if err != nil {
		return nil, err
	}
	if interval > 0 {
		client.Interval = interval
	}
	return client, nil
}

// Server is the address that the client connects to.
func (c *Client) Server() string { return c.endpoint.Server }

// The resources that the guardrails are made of, and those that are looked at.
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
	accessReviews = schema.GroupVersionResource{
		Group: "authorization.k8s.io", Version: "v1", Resource: "subjectaccessreviews",
	}
	reviews = schema.GroupVersionResource{Group: "authentication.k8s.io", Version: "v1", Resource: "selfsubjectreviews"}
)

// at is the place of a resource's objects; an empty namespace is the cluster's scope.
func (c *Client) at(resource schema.GroupVersionResource, namespace string) dynamic.ResourceInterface {
	if namespace == "" {
		return c.dynamic.Resource(resource)
	}
	return c.dynamic.Resource(resource).Namespace(namespace)
}

// get reads an object; one that is absent is nil and no error.
func (c *Client) get(
	ctx context.Context, resource schema.GroupVersionResource, namespace, name string,
) (*unstructured.Unstructured, error) {
	object, err := retried(ctx, c, call{
		"read", resource, namespace, name,
	}, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.at(resource, namespace).Get(ctx, name, metav1.GetOptions{})
	})
	if Is(err, NotFound) {
		return nil, nil
	}
	return object, err
}

// list reads all objects of a kind, a page of 500 at a time.
func (c *Client) list(
	ctx context.Context, resource schema.GroupVersionResource, namespace string,
) ([]unstructured.Unstructured, error) {
	found, next := []unstructured.Unstructured{}, ""
	for {
		page, err := retried(ctx, c, call{
			"list", resource, namespace, "",
		}, func(ctx context.Context) (*unstructured.UnstructuredList, error) {
			return c.at(resource, namespace).List(ctx, metav1.ListOptions{Limit: 500, Continue: next})
		})
		if err != nil {
			return nil, err
		}
		found = append(found, page.Items...)
		if next = page.GetContinue(); next == "" {
			return found, nil
		}
	}
}

// apply is a server-side apply under the one field manager; without force a field of another manager is a conflict.
// content may carry the version that it was decided upon.
func (c *Client) apply(
	ctx context.Context, resource schema.GroupVersionResource, content *unstructured.Unstructured, force bool,
) (*unstructured.Unstructured, error) {
	namespace, name := content.GetNamespace(), content.GetName()
	return retried(ctx, c, call{
		"apply", resource, namespace, name,
	}, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.at(resource, namespace).Apply(
			ctx, name, content.DeepCopy(), metav1.ApplyOptions{FieldManager: guardrails.FieldManager, Force: force},
		)
	})
}

// replace writes an object whole over the version that was read: it takes away fields that an apply leaves to others.
func (c *Client) replace(
	ctx context.Context, resource schema.GroupVersionResource, content, over *unstructured.Unstructured,
) error {
	whole, namespace := content.DeepCopy(), content.GetNamespace()
	whole.SetResourceVersion(over.GetResourceVersion())
	of := call{"replace", resource, namespace, content.GetName()}
	_, err := retried(ctx, c, of, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.at(resource, namespace).Update(ctx, whole, metav1.UpdateOptions{FieldManager: guardrails.FieldManager})
	})
	return err
}

// remove deletes an object; an absent one is a success. uid, where it is not empty, is that of the object that is
// meant.
func (c *Client) remove(
	ctx context.Context, resource schema.GroupVersionResource, namespace, name string, uid types.UID,
) error {
	options := metav1.DeleteOptions{}
	if uid != "" {
		options.Preconditions = &metav1.Preconditions{UID: &uid}
	}
	_, err := retried(ctx, c, call{"delete", resource, namespace, name}, func(ctx context.Context) (any, error) {
		return nil, c.at(resource, namespace).Delete(ctx, name, options)
	})
	if Is(err, NotFound) {
		return nil
	}
	return err
}

// tryCreate asks whether an object would be created, without creating it, and returns the warnings of the answer.
func (c *Client) tryCreate(
	ctx context.Context, resource schema.GroupVersionResource, object *unstructured.Unstructured,
) ([]string, error) {
	heard := &warnings{}
	_, err := retried(ctx, c, call{
		"try to create", resource, object.GetNamespace(), object.GetName(),
	}, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.at(resource, object.GetNamespace()).Create(context.WithValue(ctx, warningsKey{}, heard), object.DeepCopy(),
			metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldManager: guardrails.FieldManager})
	})
	return heard.all(), err
}

// annotate sets one annotation of an object that is not ours.
func (c *Client) annotate(ctx context.Context, resource schema.GroupVersionResource, name, key, value string) error {
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:%q}}}`, key, value)
	_, err := retried(ctx, c, call{
		"annotate", resource, "", name,
	}, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.at(resource, "").Patch(
			ctx, name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: guardrails.FieldManager},
		)
	})
	return err
}

// identity is who the API server takes the client for.
type identity struct {
	User   string
	Groups []string
}

func (c *Client) whoAmI(ctx context.Context) (identity, error) {
	review := &unstructured.Unstructured{
		Object: map[string]any{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"},
	}
	answer, err := retried(ctx, c, call{
		"ask for the own identity at", reviews, "", "",
	}, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.at(reviews, "").Create(ctx, review.DeepCopy(), metav1.CreateOptions{})
	})
	if err != nil {
		return identity{}, err
	}
	user, _, _ := unstructured.NestedString(answer.Object, "status", "userInfo", "username")
	groups, _, _ := unstructured.NestedStringSlice(answer.Object, "status", "userInfo", "groups")
	return identity{User: user, Groups: groups}, nil
}

// warningCollector hands the API server's warnings to whoever asked for them through the context; the rest is dropped,
// as client-go would write it to the standard error.
type warningCollector struct{}

type warningsKey struct{}

type warnings struct {
	mu    sync.Mutex
	texts []string
}

func (warningCollector) HandleWarningHeaderWithContext(ctx context.Context, _ int, _, text string) {
	heard, ok := ctx.Value(warningsKey{}).(*warnings)
	if !ok {
		return
	}
	heard.mu.Lock()
	defer heard.mu.Unlock()
	heard.texts = append(heard.texts, text)
}

func (w *warnings) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.texts)
}
