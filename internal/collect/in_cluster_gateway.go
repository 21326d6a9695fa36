package collect

import (
	"cmp"
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

// gatewayGroup is the API group of the Gateway API.
const gatewayGroup = "gateway.networking.k8s.io"

// listenerRoute is an HTTPRoute.
type listenerRoute struct {
	namespace, name string
	parents         []manifest
	isRedirect      bool // Every rule redirects to https.
}

// readRouteGateways reads Gateways and, for their listeners with plain HTTP, the HTTPRoutes.
func (c *collector) readRouteGateways(
	ctx context.Context, client *kubernetes.Client,
) assessment.Collection[assessment.RouteGateway] {
	gateways := listServed(ctx, c, client, "gateways", addGateway)
	if gateways.Gap != nil || len(gateways.Items) == 0 {
		return gateways
	}
	routes := listServed(ctx, c, client, "httproutes", addRoute)
	if routes.Gap != nil {
		return collection(gateways.Source, gateways.Items, routes.Gap)
	}
	for i := range gateways.Items {
		for k := range gateways.Items[i].Listeners {
			addListenerRoutes(gateways.Items[i], &gateways.Items[i].Listeners[k], routes.Items)
		}
	}
	return gateways
}

// listServed reads a resource of the Gateway API in the version that the API server serves: older releases serve only
// v1beta1.
func listServed[T any](
	ctx context.Context, c *collector, client *kubernetes.Client, name string,
	convert func([]T, *unstructured.Unstructured) []T,
) assessment.Collection[T] {
	found := assessment.Collection[T]{}
	for _, version := range []string{"v1", "v1beta1"} {
		resource := schema.GroupVersionResource{Group: gatewayGroup, Version: version, Resource: name}
		found = list(ctx, c, client, resource, convert)
		if found.Gap != nil || len(found.Items) > 0 {
			break
		}
	}
	return found
}

// addGateway adds a Gateway.
func addGateway(found []assessment.RouteGateway, o *unstructured.Unstructured) []assessment.RouteGateway {
	m := manifest(o.Object)
	g := assessment.RouteGateway{
		Namespace: o.GetNamespace(), Name: o.GetName(), Class: m.text("spec", "gatewayClassName"),
		Listeners: []assessment.GatewayListener{}, CreatedAt: createdAt(o),
	}
	for _, listener := range m.list("spec", "listeners") {
		g.Listeners = append(g.Listeners, assessment.GatewayListener{
			Name: listener.text("name"), Protocol: listener.text("protocol"), Port: listener.number("port"),
		})
	}
	return append(found, g)
}

// addRoute adds an HTTPRoute, except one that cert-manager creates for a challenge.
func addRoute(found []listenerRoute, o *unstructured.Unstructured) []listenerRoute {
	if o.GetLabels()[labelACMESolver] == "true" {
		return found
	}
	m := manifest(o.Object)
	rules := m.list("spec", "rules")
	return append(found, listenerRoute{
		namespace: o.GetNamespace(), name: o.GetName(), parents: m.list("spec", "parentRefs"),
		isRedirect: len(rules) > 0 && !slices.ContainsFunc(rules, func(r manifest) bool { return !isRedirectRule(r) }),
	})
}

// isRedirectRule reports whether a rule of an HTTPRoute redirects to https.
func isRedirectRule(rule manifest) bool {
	return slices.ContainsFunc(rule.list("filters"), func(filter manifest) bool {
		return filter.text("type") == "RequestRedirect" && filter.text("requestRedirect", "scheme") == "https"
	})
}

// addListenerRoutes counts the routes of a listener, and keeps the names of those that do not only redirect.
func addListenerRoutes(
	gateway assessment.RouteGateway, listener *assessment.GatewayListener, routes []listenerRoute,
) {
	count := 0
	for _, route := range routes {
		if !slices.ContainsFunc(route.parents, func(parent manifest) bool {
			kind, group := cmp.Or(parent.text("kind"), "Gateway"), cmp.Or(parent.text("group"), gatewayGroup)
			port := parent.number("port")
			return kind == "Gateway" && group == gatewayGroup && parent.text("name") == gateway.Name &&
				cmp.Or(parent.text("namespace"), route.namespace) == gateway.Namespace &&
				cmp.Or(
					parent.text("sectionName"),
					listener.Name,
				) == listener.Name && (port == 0 || port == listener.Port)
		}) {
			continue
		}
		count++
		if !route.isRedirect {
			listener.PlainRoutes = append(listener.PlainRoutes, route.namespace+"/"+route.name)
		}
	}
	listener.Routes, listener.PlainRoutes = &count, sortedSet(listener.PlainRoutes)
}
