package scaleway

import (
	"errors"
	"net/http"
	"strings"
)

// RequiredPermissionSet returns the smallest permission set that allows the request that failed with err, with its
// scope, or "" if it is not known.
func RequiredPermissionSet(err error) string {
	var answer *APIError
	if !errors.As(err, &answer) {
		return ""
	}
	return answer.permissionSet
}

// requiredPermissionSet returns the smallest of Scaleway's permission sets that allows the call, with its scope, or ""
// if it is not known. The sets are those of https://www.scaleway.com/en/docs/iam/reference-content/permission-sets/.
// That OrganizationReadOnly covers contract signatures is inferred.
func (c *call) requiredPermissionSet() string {
	if c.permissionSet != "" {
		return c.permissionSet
	}
	reads := c.method == http.MethodGet || strings.HasSuffix(c.path, "/contract-signatures/check")
	service, _, _ := strings.Cut(strings.TrimPrefix(c.path, "/"), "/")
	product := ""
	switch service {
	case "k8s":
		if strings.HasSuffix(c.path, "/external-nodes/auth") {
			return "KubernetesExternalNodeRegister in the Project"
		}
		product = "Kubernetes"
	case "vpc":
		product = "VPC"
		if strings.Contains(c.path, "/private-networks") {
			product = "PrivateNetworks"
		}
	case "vpc-gw":
		product = "VPCGateway"
	case "ipam":
		product = "IPAM"
	case "s2s-vpn":
		product = "SiteToSiteVPN"
	case "interlink":
		product = "Interlink"
	case "instance":
		product = "Instances"
	case "block":
		product = "BlockStorage"
	case "lb":
		product = "LoadBalancers"
	case "rdb":
		product = "RelationalDatabases"
	case "registry":
		product = "ContainerRegistry"
	case "cockpit":
		product = "Observability"
	case "functions":
		product = "Functions"
	case "containers":
		product = "Containers"
	case "audit-trail":
		isExport := strings.Contains(c.path, "/export-jobs")
		switch {
		case isExport && reads:
			return "AuditTrailExportRead in the Organization"
		case isExport && c.method == http.MethodDelete:
			return "AuditTrailExportDelete in the Organization"
		case reads:
			return "AuditTrailReadOnly in the Organization"
		}
		return "AuditTrailFullAccess in the Organization" // [INFERRED]: no set has the create alone
	case "iam":
		return "IAMReadOnly in the Organization" // the provider does not write to this API
	case "account":
		if strings.Contains(c.path, "/contract-signatures") {
			return "OrganizationReadOnly in the Organization"
		}
		return "ProjectReadOnly in the Organization"
	default:
		return ""
	}
	if reads {
		return product + "ReadOnly in the Project"
	}
	return product + "FullAccess in the Project"
}
