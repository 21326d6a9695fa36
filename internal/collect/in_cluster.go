package collect

import (
	"context"
	"errors"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// readInCluster reads the facts of the cluster layer.
func (c *collector) readInCluster(ctx context.Context) {
	in := &c.facts.InCluster
	client, err := c.Kubernetes(ctx)
	if err != nil {
		markUnread(in, *gapInCluster(err, "connect to the cluster"))
		return
	}
	version, err := client.ServerVersion(ctx)
	if isUnusable(err) {
		// Every list would wait for the same error.
		markUnread(in, *gapInCluster(err, "connect to the cluster"))
		return
	}
	in.Server = fact("GET /version", assessment.APIServer{Version: version}, gapInCluster(err, "get /version"))
	for _, part := range []func(context.Context, *kubernetes.Client){
		c.readWorkloads, c.readServices, c.readAccess, c.readNetworkPolicies, c.readAdmission,
		c.readBackups,
	} {
		c.start(func() { part(ctx, client) })
	}
}

// isUnusable reports whether an error of the API server means that no request can succeed.
func isUnusable(err error) bool {
	return kubernetes.IsUnreachable(err) || kubernetes.Is(err, kubernetes.Untrusted) ||
		kubernetes.Is(err, kubernetes.Unauthorized) || kubernetes.Is(err, kubernetes.ProxyResponse)
}

// gapInCluster converts an error of the Kubernetes API, or of the Scaleway API before it; nil stays nil. needs is the
// right that the request needs, such as "list pods".
func gapInCluster(err error, needs string) *assessment.Gap {
	if err == nil {
		return nil
	}
	failed, isKubernetes := errors.AsType[*kubernetes.Error](err)
	tooMany, isTooMany := errors.AsType[*kubernetes.TooManyError](err)
	gap := assessment.Gap{Detail: err.Error()}
	switch {
	case isTooMany:
		gap.Reason, gap.Looked = assessment.TooMany, tooMany.Visited
	case !isKubernetes && isA[*scaleway.APIError](err):
		return gapOf(err)
	case !isKubernetes:
		gap.Reason, gap.Needs = assessment.Unreachable, "API server of the cluster"
	case failed.Reason == kubernetes.Forbidden:
		gap.Reason, gap.Needs = assessment.Forbidden, needs
	case failed.Reason == kubernetes.Unauthorized:
		gap.Reason, gap.Needs = assessment.Unauthenticated, "credentials of the cluster"
	case failed.Reason == kubernetes.Untrusted:
		gap.Reason, gap.Needs = assessment.Untrusted, failed.Server
	case kubernetes.IsUnreachable(err), failed.Reason == kubernetes.ProxyResponse:
		gap.Reason, gap.Needs = assessment.Unreachable, failed.Server
	case failed.Reason == kubernetes.NotFound:
		gap.Reason, gap.Needs = assessment.NotFound, failed.Object
	default:
		gap.Reason, gap.Needs = assessment.APIFailed, string(failed.Reason)
	}
	return &gap
}

// isA reports whether err is or wraps an error of type E.
func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// markUnread sets the same gap in all lists and facts of the cluster layer.
func markUnread(in *assessment.InCluster, gap assessment.Gap) {
	in.Server.Gap = &gap
	in.Namespaces.Gap = &gap
	in.PodCounts.Gap = &gap
	in.Workloads.Gap = &gap
	in.Nodes.Gap = &gap
	in.Volumes.Gap = &gap
	in.Claims.Gap = &gap
	in.StorageClasses.Gap = &gap
	in.Services.Gap = &gap
	in.Ingresses.Gap = &gap
	in.IngressClasses.Gap = &gap
	in.Gateways.Gap = &gap
	in.Certificates.Gap = &gap
	in.Roles.Gap = &gap
	in.Bindings.Gap = &gap
	in.NetworkPolicies.Gap = &gap
	in.Policies.Gap = &gap
	in.Webhooks.Gap = &gap
	in.CRDs.Gap = &gap
	in.Guardrails.Gap = &gap
	in.SnapshotContents.Gap = &gap
	in.BackupLocations.Gap = &gap
	in.BackupJobs.Gap = &gap
	in.AddOns.Gap = &gap
}

// sourceOf names the list of a resource in the facts: "list ingresses.networking.k8s.io". It is also the right that the
// list needs.
func sourceOf(resource schema.GroupVersionResource) string {
	return "list " + resource.GroupResource().String()
}

// list reads a resource and converts its objects; convert may append none or several facts. A resource that the API
// server does not serve is a complete, empty list: its custom resource definition is not installed.
func list[T any](
	ctx context.Context, c *collector, client *kubernetes.Client, resource schema.GroupVersionResource,
	convert func([]T, *unstructured.Unstructured) []T,
) assessment.Collection[T] {
	items := []T{}
	gap := c.inSlot(ctx, sourceOf(resource), func() error {
		return client.List(ctx, resource, func(o *unstructured.Unstructured) { items = convert(items, o) })
	})
	return collection(sourceOf(resource), items, gap)
}

// listMetadata is like list, but reads only the metadata of the objects.
func listMetadata[T any](
	ctx context.Context, c *collector, client *kubernetes.Client, resource schema.GroupVersionResource,
	convert func([]T, *metav1.PartialObjectMetadata) []T,
) assessment.Collection[T] {
	items := []T{}
	gap := c.inSlot(ctx, sourceOf(resource), func() error {
		return client.ListMetadata(ctx, resource, func(o *metav1.PartialObjectMetadata) { items = convert(items, o) })
	})
	return collection(sourceOf(resource), items, gap)
}

// inSlot sends the requests of one list to the Kubernetes API, with the limits of read. needs is the right that it
// needs.
func (c *collector) inSlot(ctx context.Context, needs string, request func() error) *assessment.Gap {
	if c.requests.Add(1) > maxRequests {
		return &assessment.Gap{Reason: assessment.TooMany, Looked: maxRequests}
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return &assessment.Gap{Reason: assessment.Unreachable, Detail: ctx.Err().Error()}
	}
	if err := request(); !kubernetes.IsUnknownAPI(err) {
		return gapInCluster(err, needs)
	}
	return nil
}
