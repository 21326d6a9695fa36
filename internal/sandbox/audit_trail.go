package sandbox

import (
	_ "embed"
	"encoding/csv"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
)

// auditMethodsCSV holds the methods that Audit Trail logs, in the order of the recorded list of products. Products that
// were integrated after the recording are as documented, without those that the sandbox does not have.
//
// [INFERRED audit-trail-products] The names of the products and services that the recording does not have.
//
//go:embed audit_trail_methods.csv
var auditMethodsCSV string

// auditMethod is an API method that Audit Trail logs.
type auditMethod struct {
	product, title, service, name string
	// request is the method and path, with the documented names of the parameters. It is empty if the sandbox does not
	// have the product.
	request string
	// resource is the type of the resource in its events. It is empty if the API has no type for it.
	resource audit_trail.ResourceType
	// object is the path parameter with the id of the resource. If it is empty, the resource is the object in the
	// response, or without one that of the last path parameter.
	object string
}

// newAuditMethods returns the methods that Audit Trail logs by service and name.
func newAuditMethods() *collection[auditMethod] {
	rows, err := csv.NewReader(strings.NewReader(auditMethodsCSV)).ReadAll()
	if err != nil {
		panic("sandbox: audit_trail_methods.csv: " + err.Error())
	}
	all := newCollection[auditMethod]()
	for _, row := range rows[1:] {
		all.put(row[2]+"."+row[3], &auditMethod{
			product: row[0], title: row[1], service: row[2], name: row[3], request: row[4],
			resource: audit_trail.ResourceType(row[5]), object: row[6],
		})
	}
	return all
}

// auditedRequests returns the methods of a collection by the shape of their request.
func auditedRequests(methods *collection[auditMethod]) map[string]*auditMethod {
	byShape := map[string]*auditMethod{}
	for _, method := range methods.list(func(m *auditMethod) bool { return m.request != "" }) {
		byShape[requestShape(method.request)] = method
	}
	return byShape
}

// requestShape returns a pattern such as GET /projects/{project_id} without the names of its parameters.
func requestShape(pattern string) string {
	segments := strings.Split(pattern, "/")
	for i, segment := range segments {
		if strings.HasPrefix(segment, "{") {
			segments[i] = "{}"
		}
	}
	return strings.Join(segments, "/")
}

func (s *Server) routeAuditTrail() {
	const base = "/audit-trail/v1alpha1/regions/{region}"
	s.route("GET "+base+"/products", areaAuditTrail, s.listAuditProducts)
	s.routeAuditEvents(base)
	s.routeExportJobs(base)
	s.routeAuditRules(base)
}

// addAuditTrailSets adds the permission sets of Audit Trail, and adds Audit Trail to the one of Organizations.
func addAuditTrailSets(sets map[string]permissionSet) {
	all := []area{areaAuditTrail, areaAuditExport, areaExportDelete}
	organization := iam.PermissionSetScopeTypeOrganization
	sets["AuditTrailFullAccess"] = permissionSet{areas: all, scope: organization}
	sets["AuditTrailReadOnly"] = permissionSet{areas: all, readOnly: true, scope: organization}
	sets["AuditTrailExportRead"] = permissionSet{
		areas: []area{areaAuditExport}, readOnly: true, scope: organization,
	}
	sets["AuditTrailExportDelete"] = permissionSet{areas: []area{areaExportDelete}, scope: organization}
	manager := sets["OrganizationManager"]
	manager.areas = append(manager.areas, all...)
	sets["OrganizationManager"] = manager
}

// checkOrganization checks the Organization that a request to Audit Trail names.
//
// [INFERRED audit-trail-validation] No recording has an invalid request.
func checkOrganization(c *call, id string) error {
	switch id {
	case OrganizationID:
		return nil
	case "":
		return errInvalid("organization_id", "required", "")
	}
	return errDenied("organization", requiredAction(c.Request))
}

func (s *Server) listAuditProducts(c *call) (any, error) {
	if err := checkOrganization(c, c.URL.Query().Get("organization_id")); err != nil {
		return nil, err
	}
	var products []*audit_trail.Product
	var service *audit_trail.ProductService
	for _, method := range s.auditMethods.list(nil) {
		if len(products) == 0 || products[len(products)-1].Name != method.product {
			products = append(products, &audit_trail.Product{Title: method.title, Name: method.product})
			service = nil
		}
		product := products[len(products)-1]
		if service == nil || service.Name != method.service {
			service = &audit_trail.ProductService{Name: method.service}
			product.Services = append(product.Services, service)
		}
		service.Methods = append(service.Methods, method.name)
	}
	return map[string]any{"products": products, "total_count": len(products)}, nil
}
