package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// Recorded durations of Load Balancer operations.
const (
	balancerAllocateDuration = 200 * time.Millisecond
	balancerStartDuration    = 2 * time.Second
	balancerCreateDuration   = 3 * time.Second
	balancerMigrateDuration  = 7 * time.Second
	balancerDeleteDuration   = 25 * time.Second
	// balancerReloadDuration is how long the Instances of a Load Balancer take to load a changed configuration. It is
	// too short for a client to wait for, so the speed of the sandbox does not divide it: as with the API, a request
	// that directly follows a change finds them pending.
	balancerReloadDuration = 350 * time.Millisecond
	// balancerRetireDuration is how long the replaced Instance of a migrated Load Balancer stays in its list. It is
	// longer than 30 seconds, as recorded [INFERRED lb-retired-instance].
	balancerRetireDuration = time.Minute
)

// balancer is a Load Balancer. The names of those that the cloud controller manager of a cluster creates begin with the
// cluster's id. Every response fills in its IPs and the numbers of its parts.
type balancer struct {
	lb.LB

	Srn string `json:"srn,omitempty"` // not in recordings

	reloads int // number of changes that the Instances have loaded or are loading
}

func (s *Server) routeLoadBalancers() {
	const base = "/lb/v1/zones/{zone}"
	s.route("GET "+base+"/lbs", areaBalancer, s.listBalancers)
	s.route("GET /lb/v1/regions/{region}/lbs", areaBalancer, s.listBalancers)
	s.route("POST "+base+"/lbs", areaBalancer, s.createBalancer)
	s.route("GET "+base+"/lbs/{id}", areaBalancer, s.withBalancer(func(_ *call, b *balancer) (any, error) {
		return s.balancerView(b.ID, true), nil
	}))
	s.route("PUT "+base+"/lbs/{id}", areaBalancer, s.withBalancer(s.updateBalancer))
	s.route("DELETE "+base+"/lbs/{id}", areaBalancer, s.withBalancer(s.deleteBalancer))
	s.route("POST "+base+"/lbs/{id}/migrate", areaBalancer, s.withBalancer(s.migrateBalancer))
	s.route("GET "+base+"/lb-types", areaBalancer, s.listBalancerTypes)
	s.routeBalancerIPs(base)
	s.routeLBBackends(base)
	s.routeLBFrontends(base)
	s.routeLBACLs(base)
	s.routeLBRoutes(base)
	s.routeLBCertificates(base)
	s.routeLBPrivateNetworks(base)
	s.routeLBSubscribers(base)
	s.routeLBStats(base)
}

// errLBNotFound returns a not-found error in the format of lb/v1.
func errLBNotFound(resource string) *apiError {
	return &apiError{status: http.StatusNotFound, body: map[string]any{"message": resource + " not Found"}}
}

func (s *Server) withBalancer(handle func(*call, *balancer) (any, error)) handler {
	return func(c *call) (any, error) {
		b, ok := s.balancers.get(c.PathValue("id"))
		if !ok || b.Zone != c.zone() {
			return nil, errLBNotFound("lbs")
		}
		return handle(c, b)
	}
}

// isBalancerInZone reports whether a Load Balancer exists in a zone.
func (s *Server) isBalancerInZone(id string, zone scw.Zone) bool {
	b, ok := s.balancers.get(id)
	return ok && b.Zone == zone
}

// withLBPart returns a handler for a part of a Load Balancer, such as a backend, whose id is in the path. lbID returns
// the id of the part's Load Balancer.
func withLBPart[T any](
	s *Server, parts *collection[T], resource string, lbID func(*T) string, handle func(*call, *T) (any, error),
) handler {
	return func(c *call) (any, error) {
		part, ok := parts.get(c.PathValue("id"))
		if !ok || !s.isBalancerInZone(lbID(part), c.zone()) {
			return nil, errLBNotFound(resource)
		}
		return handle(c, part)
	}
}

// withParts fills in the IPs of a Load Balancer and the numbers of its other parts.
func (s *Server) withParts(b *balancer) *balancer {
	b.IP = []*lb.IP{}
	for _, ip := range s.ipsOfBalancer(b.ID) {
		b.IP = append(b.IP, &ip.IP)
	}
	b.BackendCount = int32(len(s.backendsOf(b.ID)))
	b.FrontendCount = int32(len(s.frontendsOf(b.ID)))
	b.PrivateNetworkCount = int32(len(s.lbPrivateNetworksOf(b.ID)))
	b.RouteCount = int32(len(s.lbRoutes.list(func(r *lbRoute) bool { return s.lbOfRoute(r) == b.ID })))
	return b
}

// balancerView returns a copy of a Load Balancer for a response. As in the API, some responses leave out its Instances:
// most of those that contain it as a part of another object.
func (s *Server) balancerView(id string, withInstances bool) *balancer {
	b, ok := s.balancers.get(id)
	if !ok {
		return nil
	}
	view := *s.withParts(b)
	view.Instances = []*lb.Instance{}
	for _, instance := range b.Instances {
		if withInstances {
			shown := *instance
			view.Instances = append(view.Instances, &shown)
		}
	}
	return &view
}

// refreshBalancers fills in the Load Balancer of every part, and the other objects that a part contains.
func (s *Server) refreshBalancers() {
	for _, b := range s.balancers.list(nil) {
		s.withParts(b)
	}
	for _, b := range s.lbBackends.list(nil) {
		*b = *s.backendView(b, true)
	}
	for _, one := range s.lbCertificates.list(nil) {
		*one = *s.certificateView(one, true)
	}
	for _, f := range s.lbFrontends.list(nil) {
		*f = *s.frontendView(f, true, true)
	}
	for _, a := range s.lbACLs.list(nil) {
		*a = *s.aclView(a, true)
	}
	for _, n := range s.lbPrivateNetworks.list(nil) {
		*n = *s.lbPrivateNetworkView(n, true)
	}
}

// listBalancers lists the Load Balancers of a zone, or of all zones of a region.
//
// [INFERRED lb-region] No recording lists those of a region.
func (s *Server) listBalancers(c *call) (any, error) {
	f := c.filters()
	found := s.balancers.list(func(b *balancer) bool {
		region, err := b.Zone.Region()
		return (b.Zone == c.zone() || err == nil && region == c.region()) && f.matches("project_id", b.ProjectID) &&
			f.matches("organization_id", b.OrganizationID) && f.contains("name", b.Name) && f.hasTag(b.Tags) &&
			f.matches("lb_ids", b.ID)
	})
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(b *balancer) sortKey {
		return sortKey{name: b.Name, created: b.CreatedAt, updated: b.UpdatedAt}
	}))
	for _, b := range page {
		s.withParts(b)
	}
	return map[string]any{"lbs": page, "total_count": total}, nil
}

func (s *Server) createBalancer(c *call) (any, error) {
	var req lb.ZonedAPICreateLBRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	offer, err := checkBalancerType(req.Type)
	if err != nil {
		return nil, err
	}
	project := c.projectID(req.ProjectID)
	ips, err := s.chooseBalancerIPs(c, &req, project)
	if err != nil {
		return nil, err
	}
	now := s.timestamp()
	region, _ := c.zone().Region() // cannot fail: zone is from the path of a zonal route
	b := &balancer{LB: lb.LB{
		ID: uuid.NewString(), Name: cmp.Or(req.Name, generatedName("lb")), Description: req.Description,
		Status: lb.LBStatusToCreate, Instances: []*lb.Instance{}, OrganizationID: OrganizationID, ProjectID: project,
		Tags: nonNilSlice(req.Tags), Type: offer, CreatedAt: now, UpdatedAt: now,
		Region: &region, //nolint:staticcheck // deprecated, still in the API's responses
		Zone:   c.zone(), SslCompatibilityLevel: sslLevel(req.SslCompatibilityLevel),
	}}
	for _, ip := range ips {
		ip.LBID = &b.ID
	}
	s.balancers.put(b.ID, b)
	s.after(balancerAllocateDuration, func() {
		if b.Status == lb.LBStatusToCreate {
			b.Status, b.UpdatedAt = lb.LBStatusCreating, s.timestamp()
			b.Instances = []*lb.Instance{s.newLBInstance(b, lb.InstanceStatusUnknown)}
		}
	})
	s.after(balancerStartDuration, func() { s.markInstancesReady(b) })
	s.after(balancerCreateDuration, func() {
		if b.Status == lb.LBStatusCreating {
			b.Status, b.UpdatedAt = lb.LBStatusReady, s.timestamp()
		}
	})
	return s.balancerView(b.ID, true), nil
}

// sslLevel returns the requested SSL compatibility level, or the default one.
func sslLevel(requested lb.SSLCompatibilityLevel) lb.SSLCompatibilityLevel {
	if requested == lb.SSLCompatibilityLevelSslCompatibilityLevelUnknown {
		requested = ""
	}
	return cmp.Or(requested, lb.SSLCompatibilityLevelSslCompatibilityLevelIntermediate)
}

func (s *Server) newLBInstance(b *balancer, status lb.InstanceStatus) *lb.Instance {
	now := s.timestamp()
	return &lb.Instance{
		ID: uuid.NewString(), Status: status, CreatedAt: now, UpdatedAt: now, Zone: b.Zone,
		Region: b.Region, //nolint:staticcheck // deprecated, still in the API's responses
	}
}

func (s *Server) markInstancesReady(b *balancer) {
	for _, instance := range b.Instances {
		instance.Status, instance.UpdatedAt = lb.InstanceStatusReady, s.timestamp()
	}
}

// reloadBalancer makes the Instances of a Load Balancer load a changed configuration. They are pending meanwhile.
func (s *Server) reloadBalancer(id string) {
	b, ok := s.balancers.get(id)
	if !ok {
		return
	}
	for _, instance := range b.Instances {
		instance.Status, instance.UpdatedAt = lb.InstanceStatusPending, s.timestamp()
	}
	b.reloads++
	reload := b.reloads
	s.schedule(s.now().Add(balancerReloadDuration), func() {
		if b.reloads == reload {
			s.markInstancesReady(b)
		}
	})
}

func (s *Server) updateBalancer(c *call, b *balancer) (any, error) {
	var req lb.ZonedAPIUpdateLBRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	level := sslLevel(req.SslCompatibilityLevel)
	reload := level != b.SslCompatibilityLevel
	b.Name, b.Description, b.Tags, b.UpdatedAt = req.Name, req.Description, nonNilSlice(req.Tags), s.timestamp()
	b.SslCompatibilityLevel = level
	if reload {
		s.reloadBalancer(b.ID)
	}
	return s.balancerView(b.ID, true), nil
}

// migrateBalancer changes the type of a Load Balancer: it moves to a new Instance, and the old one stays pending for a
// while.
func (s *Server) migrateBalancer(c *call, b *balancer) (any, error) {
	var req lb.ZonedAPIMigrateLBRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	offer, err := checkBalancerType(req.Type)
	if err != nil {
		return nil, err
	}
	if b.Status != lb.LBStatusReady {
		return nil, errTransient("lb", b.ID, string(b.Status))
	}
	b.Status, b.UpdatedAt = lb.LBStatusMigrating, s.timestamp()
	s.after(balancerMigrateDuration, func() {
		if b.Status != lb.LBStatusMigrating {
			return
		}
		b.Status, b.Type, b.UpdatedAt = lb.LBStatusReady, offer, s.timestamp()
		retired := b.Instances
		for _, instance := range retired {
			instance.Status, instance.UpdatedAt = lb.InstanceStatusPending, s.timestamp()
		}
		b.Instances = append([]*lb.Instance{s.newLBInstance(b, lb.InstanceStatusReady)}, retired...)
		s.after(balancerRetireDuration, func() {
			b.Instances = slices.DeleteFunc(b.Instances, func(instance *lb.Instance) bool {
				return slices.Contains(retired, instance)
			})
		})
	})
	return s.balancerView(b.ID, true), nil
}

func (s *Server) deleteBalancer(c *call, b *balancer) (any, error) {
	b.Status, b.UpdatedAt = lb.LBStatusToDelete, s.timestamp()
	releaseIP := c.URL.Query().Get("release_ip") == "true"
	s.after(balancerDeleteDuration, func() { s.removeBalancer(b, releaseIP) })
	return noContent{}, nil
}

// removeBalancer removes a Load Balancer with its parts. It keeps its public IPs unless releaseIP is set.
func (s *Server) removeBalancer(b *balancer, releaseIP bool) {
	for _, r := range s.lbRoutes.list(func(r *lbRoute) bool { return s.lbOfRoute(r) == b.ID }) {
		s.lbRoutes.remove(r.ID)
	}
	for _, a := range s.lbACLs.list(func(a *lbACL) bool { return s.lbOfACL(a) == b.ID }) {
		s.lbACLs.remove(a.ID)
	}
	for _, f := range s.frontendsOf(b.ID) {
		s.lbFrontends.remove(f.ID)
	}
	for _, backend := range s.backendsOf(b.ID) {
		s.lbBackends.remove(backend.ID)
	}
	for _, certificate := range s.lbCertificates.list(func(one *lbCertificate) bool { return one.lbID == b.ID }) {
		s.lbCertificates.remove(certificate.ID)
	}
	for _, attached := range s.lbPrivateNetworksOf(b.ID) {
		s.detachLBPrivateNetwork(attached)
	}
	for _, ip := range s.ipsOfBalancer(b.ID) {
		if ip.LBID = nil; releaseIP {
			s.balancerIPs.remove(ip.ID)
		}
	}
	s.balancers.remove(b.ID)
}

// balancerTypes returns the offers with their bandwidth in bit/s, the smallest first. Recordings name LB-S and LB-GP-M
// only [INFERRED lb-types].
func balancerTypes() []lb.LBType {
	return []lb.LBType{
		{Name: "LB-S", Bandwidth: 200_000_000, Description: "Load Balancer with a bandwidth of 200 Mbit/s"},
		{
			Name: "LB-GP-M", Bandwidth: 500_000_000, Multicloud: true,
			Description: "Multi-cloud Load Balancer with a bandwidth of 500 Mbit/s",
		},
		{
			Name: "LB-GP-L", Bandwidth: 1_000_000_000, Multicloud: true,
			Description: "Multi-cloud Load Balancer with a bandwidth of 1 Gbit/s",
		},
		{
			Name: "LB-GP-XL", Bandwidth: 4_000_000_000, Multicloud: true,
			Description: "Multi-cloud Load Balancer with a bandwidth of 4 Gbit/s",
		},
	}
}

// checkBalancerType returns a requested type as objects contain it: in lower case.
func checkBalancerType(requested string) (string, error) {
	if requested == "" {
		return "", errInvalid("type", "required", "")
	}
	for _, offer := range balancerTypes() {
		if strings.EqualFold(offer.Name, requested) {
			return strings.ToLower(offer.Name), nil
		}
	}
	return "", errInvalid("type", "constraint", "unknown Load Balancer type "+requested)
}

func (s *Server) listBalancerTypes(c *call) (any, error) {
	region, _ := c.zone().Region()
	types := []*lb.LBType{}
	for _, offer := range balancerTypes() {
		offer.StockStatus, offer.Zone = lb.LBTypeStockAvailable, c.zone()
		offer.Region = &region //nolint:staticcheck // deprecated, still in the API's responses
		types = append(types, &offer)
	}
	page, total := paginate(c, types)
	return map[string]any{"lb_types": page, "total_count": total}, nil
}
