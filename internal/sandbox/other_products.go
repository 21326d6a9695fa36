package sandbox

// otherProduct is a product of which a sandbox has no objects. Clients list them: `scw vpc private-network get` lists
// what may be attached to a Private Network, `scw account project list-resources` lists everything, and the cloud
// controller manager looks for a node among the servers of Elastic Metal.
type otherProduct struct {
	area area
	// permissions is the prefix of the product's permission sets.
	permissions string
	kinds       []otherKind
}

// otherKind is a kind of object: its path, the field of its list, and the resource that an error names. Kinds without a
// resource cannot be read by id.
type otherKind struct{ path, list, resource string }

func otherProducts() []otherProduct {
	const zone, region = "/zones/{zone}", "/regions/{region}"
	return []otherProduct{
		{"elastic_metal", "ElasticMetal", []otherKind{
			{"/baremetal/v1" + zone + "/servers", "servers", "server"},
			{"/baremetal/v1" + zone + "/server-private-networks", "server_private_networks", ""},
			{"/flexible-ip/v1alpha1" + zone + "/fips", "flexible_ips", "flexible_ip"},
		}},
		{"apple_silicon", "AppleSilicon", []otherKind{
			{"/apple-silicon/v1alpha1" + zone + "/servers", "servers", "server"},
			{"/apple-silicon/v1alpha1" + zone + "/server-private-networks", "server_private_networks", ""},
		}},
		{"redis", "Redis", []otherKind{{"/redis/v1" + zone + "/clusters", "clusters", "cluster"}}},
		{"mongodb", "MongoDB", []otherKind{
			{"/mongodb/v1" + region + "/instances", "instances", "instance"},
			{"/mongodb/v1" + region + "/snapshots", "snapshots", "snapshot"},
			{"/mongodb/v1alpha1" + region + "/instances", "instances", "instance"},
			{"/mongodb/v1alpha1" + region + "/snapshots", "snapshots", "snapshot"},
		}},
		{"inference", "Inference", []otherKind{
			{"/inference/v1" + region + "/deployments", "deployments", "deployment"},
		}},
		{"container", "Containers", []otherKind{
			{"/containers/v1" + region + "/namespaces", "namespaces", "namespace"},
			{"/containers/v1beta1" + region + "/namespaces", "namespaces", "namespace"},
		}},
		{"function", "Functions", []otherKind{
			{"/functions/v1beta1" + region + "/namespaces", "namespaces", "namespace"},
		}},
		{"searchdb", "SearchDB", []otherKind{
			{"/searchdb/v1alpha1" + region + "/deployments", "deployments", "deployment"},
		}},
		{"web_hosting", "WebHosting", []otherKind{{"/webhosting/v1" + region + "/hostings", "hostings", "hosting"}}},
	}
}

// routeOtherProducts registers reads of products without objects: every list is empty, and no id is found
// [INFERRED other-products].
func (s *Server) routeOtherProducts() {
	for _, product := range otherProducts() {
		for _, kind := range product.kinds {
			s.routeNone(kind, product.area)
		}
	}
}

// routeNone registers reads of a kind of which the sandbox has no object.
func (s *Server) routeNone(kind otherKind, required area) {
	s.route("GET "+kind.path, required, func(*call) (any, error) {
		return map[string]any{kind.list: []any{}, "total_count": 0}, nil
	})
	if kind.resource == "" {
		return
	}
	s.route("GET "+kind.path+"/{id}", required, func(c *call) (any, error) {
		return nil, errNotFound(kind.resource, c.PathValue("id"))
	})
}
