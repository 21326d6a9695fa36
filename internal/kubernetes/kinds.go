package kubernetes

import (
	"context"
	"fmt"
	"slices"

	apidiscovery "k8s.io/api/apidiscovery/v2"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// aggregatedDiscovery asks the API server for all its groups, versions and resources in one response, which every
// version since 1.27 sends. The discovery client of client-go does the same, but it links the types of all API groups
// into the provider.
const aggregatedDiscovery = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

// Kind is a kind of objects that an API server serves and that can be listed.
type Kind struct {
	schema.GroupVersionResource
	Kind       string
	Singular   string
	ShortNames []string
	Namespaced bool
	Categories []string // Such as "all".
}

// ListableKinds reads which kinds the API server serves with the verb list, each in the first version that has it,
// which is the preferred one. They have the order of discovery. unknown holds the group versions whose kinds are not
// known, because the API server behind their APIService does not respond.
func (c *Client) ListableKinds(ctx context.Context) (kinds []Kind, unknown []schema.GroupVersion, err error) {
	kinds = []Kind{}
	seen := map[schema.GroupResource]bool{}
	for _, path := range []string{"/api", "/apis"} {
		groups, err := c.discoverAll(ctx, path)
		if err != nil {
			return nil, nil, err
		}
		for _, group := range groups.Items {
			for _, version := range group.Versions {
				if version.Freshness == apidiscovery.DiscoveryFreshnessStale {
					unknown = append(unknown, schema.GroupVersion{Group: group.Name, Version: version.Version})
				}
				for _, r := range version.Resources {
					resource := schema.GroupResource{Group: group.Name, Resource: r.Resource}
					if !slices.Contains(r.Verbs, "list") || seen[resource] {
						continue
					}
					seen[resource] = true
					kinds = append(kinds, newKind(resource.WithVersion(version.Version), r))
				}
			}
		}
	}
	return kinds, unknown, nil
}

// newKind converts a discovered resource.
func newKind(resource schema.GroupVersionResource, r apidiscovery.APIResourceDiscovery) Kind {
	kind := Kind{
		GroupVersionResource: resource, Singular: r.SingularResource, ShortNames: r.ShortNames,
		Namespaced: r.Scope == apidiscovery.ScopeNamespace, Categories: r.Categories,
	}
	if r.ResponseKind != nil {
		kind.Kind = r.ResponseKind.Kind
	}
	return kind
}

// discoverAll reads the API groups below a path.
func (c *Client) discoverAll(ctx context.Context, path string) (apidiscovery.APIGroupDiscoveryList, error) {
	var found apidiscovery.APIGroupDiscoveryList
	op := operation{"read", schema.GroupVersionResource{Resource: "API groups"}, "", path}
	if err := c.readJSON(ctx, op, aggregatedDiscovery, &found, path); err != nil {
		return found, err
	}
	if found.Kind != "APIGroupDiscoveryList" {
		return found, fmt.Errorf(
			"the API server answers %s with a %q; expected: APIGroupDiscoveryList",
			path,
			found.Kind,
		)
	}
	return found, nil
}
