package sandbox

import (
	"slices"

	"github.com/scaleway/scaleway-sdk-go/scw"
)

// routeKubernetes registers k8s/v1.
func (s *Server) routeKubernetes() {
	const base = "/k8s/v1/regions/{region}"
	cluster, pool, node := base+"/clusters/{id}", base+"/pools/{id}", base+"/nodes/{id}"
	for pattern, handle := range map[string]handler{
		"GET " + base + "/versions":           s.listVersions,
		"GET " + base + "/versions/{version}": s.getVersion,
		"GET " + base + "/cluster-types":      s.listClusterTypes,

		"GET " + base + "/clusters":              s.listClusters,
		"POST " + base + "/clusters":             s.createCluster,
		"GET " + cluster:                         s.getCluster,
		"PATCH " + cluster:                       s.updateCluster,
		"DELETE " + cluster:                      s.deleteCluster,
		"POST " + cluster + "/upgrade":           s.upgradeCluster,
		"POST " + cluster + "/set-type":          s.setClusterType,
		"GET " + cluster + "/available-versions": s.listClusterAvailableVersions,
		"GET " + cluster + "/available-types":    s.listClusterAvailableTypes,
		"GET " + cluster + "/kubeconfig":         s.getKubeconfig,
		"POST " + cluster + "/reset-admin-token": s.resetAdminToken,
		"GET " + cluster + "/acls":               s.listACLs,
		"PUT " + cluster + "/acls":               s.setACLs,
		"POST " + cluster + "/acls":              s.addACLs,
		"DELETE " + base + "/acls/{id}":          s.deleteACL,
		"GET " + cluster + "/pools":              s.listPools,
		"POST " + cluster + "/pools":             s.createPool,
		"GET " + cluster + "/nodes":              s.listNodes,
		"GET " + pool:                            s.getPool,
		"PATCH " + pool:                          s.updatePool,
		"DELETE " + pool:                         s.deletePool,
		"POST " + pool + "/upgrade":              s.upgradePool,
		"PUT " + pool + "/set-labels":            s.setPoolLabels,
		"PUT " + pool + "/set-taints":            s.setPoolTaints,
		"PUT " + pool + "/set-startup-taints":    s.setPoolStartupTaints,
		"GET " + pool + "/user-data":             s.listUserData,
		"GET " + pool + "/user-data/{key}":       s.getUserData,
		"POST " + pool + "/external-nodes/auth":  s.authExternalNode,
		"GET " + node:                            s.getNode,
		"DELETE " + node:                         s.deleteNode,
		"POST " + node + "/replace":              s.replaceNode,
		"POST " + node + "/reboot":               s.rebootNode,
	} {
		s.route(pattern, areaKubernetes, requireRegion(handle))
	}
	s.mux.HandleFunc("GET "+base+"/node-metadata", s.nodeMetadata)
	s.routeNodeRepository()
}

// zonesOf returns the zones of a region with Kubernetes, or nil for other regions.
func zonesOf(region string) []string {
	switch region {
	case "fr-par", "nl-ams", "pl-waw":
		return []string{region + "-1", region + "-2", region + "-3"}
	case "it-mil":
		return []string{region + "-1"}
	}
	return nil
}

// firstZone returns the zone of a pool whose request has none.
func firstZone(region scw.Region) scw.Zone {
	if zones := zonesOf(string(region)); len(zones) > 0 {
		return scw.Zone(zones[0])
	}
	return ""
}

// requireRegion returns a handler that rejects regions without Kubernetes.
func requireRegion(handle handler) handler {
	return func(c *call) (any, error) {
		if zonesOf(string(c.region())) == nil {
			return nil, errInvalid("region", "constraint", "region must be one of fr-par, nl-ams, pl-waw, it-mil")
		}
		return handle(c)
	}
}

// filterSortAndPaginate filters a list by the name and status of the request, sorts it by order_by, and returns the
// requested page and the total count.
func filterSortAndPaginate[T any](c *call, all []*T, key func(*T) sortKey) ([]*T, uint64) {
	f := c.filters()
	status := c.URL.Query().Get("status")
	kept := slices.DeleteFunc(all, func(item *T) bool {
		k := key(item)
		return !f.contains("name", k.name) || status != "" && status != "unknown" && status != k.status
	})
	return paginate(c, sortItems(c, kept, "created_at_asc", key))
}

// nonNilSlice returns the list, or an empty one for nil: the API never returns null.
func nonNilSlice[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// nonNilMap returns the map, or an empty one for nil.
func nonNilMap(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}
