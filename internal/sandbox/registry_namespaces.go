package sandbox

import (
	"net/http"
	"regexp"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/registry/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// registryDeleteDuration is the time that the registry takes to delete an object. Recordings show less than a second.
const registryDeleteDuration = 500 * time.Millisecond

// registryNamespace is a namespace of Container Registry. Responses fill in the number and the size of its images.
type registryNamespace struct {
	registry.Namespace
}

func (s *Server) routeRegistry() {
	const base = "/registry/v1/regions/{region}"
	const one = base + "/namespaces/{id}"
	s.route("GET "+base+"/namespaces", areaRegistry, s.listRegistryNamespaces)
	s.route("POST "+base+"/namespaces", areaRegistry, s.createRegistryNamespace)
	s.route("GET "+one, areaRegistry, withObject(s.findRegistryNamespace, show[registryNamespace]))
	s.route("PATCH "+one, areaRegistry, withObject(s.findRegistryNamespace, s.updateRegistryNamespace))
	s.route("DELETE "+one, areaRegistry, withObject(s.findRegistryNamespace, s.deleteRegistryNamespace))
	s.routeRegistryImages(base)
}

// errRegistryNotFound is the recorded error of the registry, which differs from that of other products.
func errRegistryNotFound(kind string) *apiError {
	return &apiError{status: http.StatusNotFound, body: map[string]any{"message": kind + " was not found"}}
}

func (s *Server) listRegistryNamespaces(c *call) (any, error) {
	f := c.filters()
	found := s.registryNamespaces.list(func(n *registryNamespace) bool {
		return n.Region == c.region() && f.matches("organization_id", n.OrganizationID) &&
			f.matches("project_id", n.ProjectID) && f.contains("name", n.Name)
	})
	page, total := paginate(c, sortBy(c, found, "created_at_asc", orders[registryNamespace]{
		"created_at":  byTime(func(n *registryNamespace) *time.Time { return n.CreatedAt }),
		"name":        byText(func(n *registryNamespace) string { return n.Name }),
		"description": byText(func(n *registryNamespace) string { return n.Description }),
	}))
	for _, n := range page {
		s.countRegistryImages(n)
	}
	return map[string]any{"namespaces": page, "total_count": total}, nil
}

func (s *Server) countRegistryImages(n *registryNamespace) *registryNamespace {
	n.ImageCount, n.Size = 0, 0
	for _, image := range s.registryImagesOf(n.ID) {
		n.ImageCount, n.Size = n.ImageCount+1, n.Size+image.Size
	}
	return n
}

// createRegistryNamespace creates a namespace, whose name is unique to its region.
func (s *Server) createRegistryNamespace(c *call) (any, error) {
	var req registry.CreateNamespaceRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Name == "" {
		req.Name = generatedName("ns")
	}
	// The rule of the documentation; the errors are not recorded [INFERRED registry-errors].
	if !regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{2,52}[a-z0-9])$`).MatchString(req.Name) {
		return nil, errInvalid("name", "constraint", "must have 4 to 54 lowercase letters, digits and hyphens")
	}
	same := s.registryNamespaces.list(
		func(n *registryNamespace) bool { return n.Region == c.region() && n.Name == req.Name },
	)
	if len(same) > 0 {
		return nil, errInvalid("name", "constraint", "Namespace already exists")
	}
	now := s.timestamp()
	n := &registryNamespace{Namespace: registry.Namespace{
		ID: uuid.NewString(), Name: req.Name, Description: req.Description, OrganizationID: OrganizationID,
		ProjectID: c.projectID(req.ProjectID), Status: registry.NamespaceStatusReady,
		Endpoint: registryEndpoint(c.region(), req.Name), IsPublic: req.IsPublic, CreatedAt: now, UpdatedAt: now,
		Region: c.region(),
	}}
	s.registryNamespaces.put(n.ID, n)
	return n, nil
}

func registryEndpoint(region scw.Region, name string) string {
	return "rg." + region.String() + ".scw.cloud/" + name
}

func (s *Server) findRegistryNamespace(c *call) (*registryNamespace, error) {
	n, ok := s.registryNamespaces.get(c.PathValue("id"))
	if !ok || n.Region != c.region() {
		return nil, errRegistryNotFound("Namespace")
	}
	return s.countRegistryImages(n), nil
}

func (s *Server) updateRegistryNamespace(c *call, n *registryNamespace) (any, error) {
	var req registry.UpdateNamespaceRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&n.Description, req.Description)
	setIfPresent(&n.IsPublic, req.IsPublic)
	n.UpdatedAt = s.timestamp()
	return n, nil
}

// deleteRegistryNamespace deletes a namespace with its images.
func (s *Server) deleteRegistryNamespace(_ *call, n *registryNamespace) (any, error) {
	n.Status, n.UpdatedAt = registry.NamespaceStatusDeleting, s.timestamp()
	s.after(registryDeleteDuration, func() {
		for _, image := range s.registryImagesOf(n.ID) {
			s.removeRegistryImage(image.ID)
		}
		s.registryNamespaces.remove(n.ID)
	})
	return n, nil
}
