package scaleway

import (
	"context"
	"net/http"
	"strings"
	"testing"
)

// networkLists are the lists of the networks around a cluster, each with the length of the list that it returns.
func networkLists(c *Client) map[string]func(context.Context) (int, error) {
	return map[string]func(context.Context) (int, error){
		"private-networks": func(ctx context.Context) (int, error) {
			list, err := c.VPCPrivateNetworks(ctx, testRegion, testID)
			return len(list), err
		},
		"routes-with-nexthop": func(ctx context.Context) (int, error) {
			list, err := c.VPCRoutes(ctx, testRegion, testID)
			return len(list), err
		},
		"vpc-connectors": func(ctx context.Context) (int, error) {
			list, err := c.VPCConnectors(ctx, testRegion, testID)
			return len(list), err
		},
		"ips": func(ctx context.Context) (int, error) {
			list, err := c.NetworkIPs(ctx, testRegion, testID)
			return len(list), err
		},
		"vpn-gateways": func(ctx context.Context) (int, error) {
			list, err := c.VPNGateways(ctx, testRegion, []string{testID})
			return len(list), err
		},
		"links": func(ctx context.Context) (int, error) {
			list, err := c.InterLinks(ctx, testRegion, testID)
			return len(list), err
		},
		"gateway-networks": func(ctx context.Context) (int, error) {
			list, err := c.NetworkGateways(ctx, testRegion, testID)
			return len(list), err
		},
		"pat-rules": func(ctx context.Context) (int, error) {
			list, err := c.PATRules(ctx, "fr-par-1", testID)
			return len(list), err
		},
		"security_groups": func(ctx context.Context) (int, error) {
			list, err := c.SecurityGroupsNamed(ctx, "fr-par-1", testProject, "default")
			return len(list), err
		},
		"rules": func(ctx context.Context) (int, error) {
			list, err := c.SecurityGroupRules(ctx, "fr-par-1", testID)
			return len(list), err
		},
	}
}

// TestNetworkListErrors checks that a product that was never activated has an empty list, and that a missing permission
// remains an error.
func TestNetworkListErrors(t *testing.T) {
	t.Parallel()
	const denied = `{"message":"no","type":"permissions_denied","details":[]}`
	const inactive = `{"message":"no","type":"precondition_failed","precondition":"unknown_precondition"}`
	for _, test := range []struct {
		name, body string
		status     int
		forbidden  bool
	}{
		{"never activated", inactive, 412, false}, {"forbidden", denied, 403, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				writeJSON(w, test.status, test.body)
			})
			for name, list := range networkLists(c) {
				if n, err := list(
					t.Context(),
				); n != 0 || (err != nil) != test.forbidden ||
					test.forbidden != IsForbidden(err) {
					t.Errorf("%s: %d objects, %v", name, n, err)
				}
			}
		})
	}
}

// TestNetworkLists checks the path and the filter of each list, and that objects of other names or networks are left
// out.
func TestNetworkLists(t *testing.T) {
	t.Parallel()
	const ours, other = `"private_network_id":"` + testID + `"`, `"private_network_id":"other"`
	// Region and zone paths, with the filter that the request must have.
	answers := []struct{ path, filter, body string }{
		{"/vpc/v2/regions/fr-par/private-networks", "vpc_id=" + testID, `{"private_networks":[{}],"total_count":1}`},
		{"/vpc/v2/regions/fr-par/routes-with-nexthop", "vpc_id=" + testID, `{"routes":[{}],"total_count":1}`},
		{"/vpc/v2/regions/fr-par/vpc-connectors", "vpc_id=" + testID, `{"vpc_connectors":[{}],"total_count":1}`},
		{"/ipam/v1/regions/fr-par/ips", "private_network_id=" + testID, `{"ips":[{}],"total_count":1}`},
		{"/interlink/v1beta1/regions/fr-par/links", "vpc_id=" + testID, `{"links":[{}],"total_count":1}`},
		{"/vpc-gw/v2/zones/fr-par-1/pat-rules", "gateway_ids=" + testID, `{"pat_rules":[{}],"total_count":1}`},
		{"/instance/v1/zones/fr-par-1/security_groups/" + testID + "/rules", "", `{"rules":[{}],"total_count":1}`},
		{
			"/instance/v1/zones/fr-par-1/security_groups", "project=" + testProject,
			`{"security_groups":[{"name":"default"},{"name":"default 2"}]}`,
		},
		{
			"/vpc-gw/v2/zones/fr-par-1/gateway-networks", "private_network_ids=" + testID,
			`{"gateway_networks":[{` + ours + `},{` + other + `}],"total_count":2}`,
		},
		{
			"/vpc-gw/v2/zones/fr-par-2/gateway-networks", "private_network_ids=" + testID,
			`{"gateway_networks":[],"total_count":0}`,
		},
		{
			"/s2s-vpn/v1alpha1/regions/fr-par/vpn-gateways", "private_network_ids=" + testID,
			`{"gateways":[{}],"total_count":1}`,
		},
	}
	c, _ := newFakeClient(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		for _, answer := range answers {
			if r.URL.Path == answer.path && strings.Contains(r.URL.RawQuery, answer.filter) {
				w.Header().Set("X-Total-Count", "1")
				writeJSON(w, 200, answer.body)
				return
			}
		}
		writeJSON(w, 404, `{"message":"`+r.URL.String()+`","type":"not_found"}`)
	})
	for name, list := range networkLists(c) {
		if n, err := list(t.Context()); n != 1 || err != nil {
			t.Errorf("%s: %d objects, %v", name, n, err)
		}
	}
	if list, err := c.VPNGateways(t.Context(), testRegion, nil); len(list) != 0 || err != nil {
		t.Errorf("gateways of no network: %v, %v", list, err)
	}
}
