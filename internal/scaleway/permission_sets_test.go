package scaleway

import (
	"net/http"
	"strings"
	"testing"
)

func TestPermissionSet(t *testing.T) {
	t.Parallel()
	const regional = "/regions/fr-par"
	for _, test := range []struct{ method, path, want string }{
		{"GET", "/k8s/v1" + regional + "/clusters", "KubernetesReadOnly in the Project"},
		{"PUT", "/k8s/v1" + regional + "/clusters/1/acls", "KubernetesFullAccess in the Project"},
		{
			"POST", "/k8s/v1" + regional + "/pools/1/external-nodes/auth",
			"KubernetesExternalNodeRegister in the Project",
		},
		{"GET", "/vpc/v2" + regional + "/private-networks/1", "PrivateNetworksReadOnly in the Project"},
		{"GET", "/vpc/v2" + regional + "/vpcs/1", "VPCReadOnly in the Project"},
		{"GET", "/vpc-gw/v2/zones/fr-par-1/gateways", "VPCGatewayReadOnly in the Project"},
		{"GET", "/ipam/v1" + regional + "/ips", "IPAMReadOnly in the Project"},
		{"GET", "/s2s-vpn/v1alpha1" + regional + "/vpn-gateways", "SiteToSiteVPNReadOnly in the Project"},
		{"GET", "/interlink/v1beta1" + regional + "/links", "InterlinkReadOnly in the Project"},
		{"GET", "/instance/v1/zones/fr-par-1/products/servers", "InstancesReadOnly in the Project"},
		{"GET", "/block/v1/zones/fr-par-1/volumes", "BlockStorageReadOnly in the Project"},
		{"GET", "/lb/v1/zones/fr-par-1/lbs", "LoadBalancersReadOnly in the Project"},
		{"GET", "/rdb/v1" + regional + "/instances", "RelationalDatabasesReadOnly in the Project"},
		{"GET", "/registry/v1" + regional + "/namespaces", "ContainerRegistryReadOnly in the Project"},
		{"GET", "/cockpit/v1" + regional + "/data-sources", "ObservabilityReadOnly in the Project"},
		{"GET", "/functions/v1beta1" + regional + "/namespaces", "FunctionsReadOnly in the Project"},
		{"GET", "/containers/v1" + regional + "/namespaces", "ContainersReadOnly in the Project"},
		{"GET", "/iam/v1alpha1/api-keys/1", "IAMReadOnly in the Organization"},
		{"GET", "/audit-trail/v1alpha1" + regional + "/export-jobs", "AuditTrailExportRead in the Organization"},
		{"GET", "/audit-trail/v1alpha1" + regional + "/alert-rules", "AuditTrailReadOnly in the Organization"},
		{"POST", "/audit-trail/v1alpha1" + regional + "/export-jobs", "AuditTrailFullAccess in the Organization"},
		{"POST", "/account/v3/contract-signatures/check", "OrganizationReadOnly in the Organization"},
		{"GET", "/account/v3/projects", "ProjectReadOnly in the Organization"},
		{"GET", "/product-catalog/v2alpha1/public-catalog/products", ""},
		{"", "", ""},
	} {
		if got := (&call{method: test.method, path: test.path}).requiredPermissionSet(); got != test.want {
			t.Errorf("%s %s: %q, want %q", test.method, test.path, got, test.want)
		}
	}
}

// TestPermissionDeniedNamesPermissionSet checks the message, as some warnings have no hint, and the hint.
func TestPermissionDeniedNamesPermissionSet(t *testing.T) {
	t.Parallel()
	c, _ := newFakeClient(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		writeJSON(w, 403, `{"message":"insufficient `+
			`permissions","type":"permissions_denied","details":[{"resource":"cluster","action":"read"}]}`)
	})
	_, err := c.Cluster(t.Context(), testRegion, testID)
	answer, ok := err.(*APIError) //nolint:errorlint // the client does not wrap it
	if !ok || !strings.Contains(err.Error(), "read cluster; the request requires at least the permission set "+
		"KubernetesReadOnly in the Project (HTTP 403") ||
		answer.Hint != "Give the owner of the API key an IAM policy with the permission set KubernetesReadOnly in the "+
			"Project, then try again." {
		t.Errorf("error = %#v", err)
	}
}
