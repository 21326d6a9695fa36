package sandbox

import "testing"

// TestNetworkPermissions checks that the requests of each network product need the permission sets of that product.
func TestNetworkPermissions(t *testing.T) {
	t.Parallel()
	for _, product := range []struct{ prefix, path, body string }{
		{"LoadBalancers", lbPath + "/ips", `{}`},
		{"VPC", "/vpc/v2/regions/fr-par/vpcs", `{}`},
		{"PrivateNetworks", "/vpc/v2/regions/fr-par/private-networks", `{}`},
		{"VPCGateway", "/vpc-gw/v2/zones/fr-par-1/ips", `{}`},
		{"IPAM", "/ipam/v1/regions/fr-par/ips", `{"source":{"zonal":"fr-par-1"}}`},
		{"SiteToSiteVPN", vpnPath + "/routing-policies", `{}`},
		{"AllProducts", vpnPath + "/routing-policies", `{}`},
	} {
		t.Run(product.prefix, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, Options{})
			_, _, unprivileged := newApplicationKey(r, "KubernetesFullAccess")
			_, _, reader := newApplicationKey(r, product.prefix+"ReadOnly")
			_, _, writer := newApplicationKey(r, product.prefix+"FullAccess")
			r.token = unprivileged
			r.call(403, "GET", product.path, "")
			r.call(403, "POST", product.path, product.body)
			r.token = reader
			r.call(200, "GET", product.path, "")
			expectJSON(t, "write", r.call(403, "POST", product.path, product.body), "details", 0, "action")
			r.token = writer
			r.call(200, "POST", product.path, product.body)
		})
	}
}
