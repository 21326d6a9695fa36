package sandbox

import (
	"cmp"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// Recorded durations of a cluster's transitions.
const (
	clusterCreateDurationMutualised = 5 * time.Second // of a mutualised Kapsule cluster, without a control plane
	clusterCreateDurationDedicated  = 81 * time.Second
	clusterCreateDurationKosmos     = 76 * time.Second
	clusterStartDuration            = 80 * time.Second // of a mutualised Kapsule cluster, from its first pool to ready
	clusterUpdateDuration           = 70 * time.Second
	clusterUpdateDurationNoPool     = time.Second // without a pool, and so without a control plane
	clusterUpgradeDurationNoPool    = 3 * time.Second
	setTypeDuration                 = 90 * time.Second
	setTypeDurationNoPool           = 340 * time.Second
	clusterDeleteDuration           = 5 * time.Second
)

// cluster is a cluster with its allow-list.
type cluster struct {
	k8s.Cluster

	// Srn hides the SDK's field, which is not in the API's responses.
	Srn string `json:"srn,omitempty"`
	// NewImagesEnabled is in recordings until November 2025: true, but false in the responses to creation and deletion.
	NewImagesEnabled bool `json:"new_images_enabled"`
	// ACLAvailable is true for every cluster since March 2025. The SDK deprecates it, but the API still returns it.
	ACLAvailable bool `json:"acl_available"`

	acls           []*aclRule
	claimedVolumes map[string]bool // ids of its PersistentVolumes' volumes, for a delete with additional resources
	adminToken     string
	caCertificate  string // certificate authority of its API server, PEM
}

// touchCluster sets the update time of a cluster.
func (s *Server) touchCluster(c *cluster) { c.UpdatedAt = s.timestamp() }

// findCluster returns the cluster in the path.
func (s *Server) findCluster(c *call) (*cluster, error) {
	id := c.PathValue("id")
	found, ok := s.clusters.get(id)
	if !ok || found.Region != c.region() {
		return nil, errNotFound("cluster", id)
	}
	return found, nil
}

// findStableCluster returns the cluster in the path, and an error if its state is transient.
func (s *Server) findStableCluster(c *call) (*cluster, error) {
	found, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	return found, found.checkStable()
}

// checkStable returns an error if the state of the cluster is transient.
//
// [INFERRED k8s-transient-state] No recording has a write to a cluster, pool or node in a transient state. The error is
// that of a recorded write to a Public Gateway. The recorded client waits for the end of the state first.
func (c *cluster) checkStable() error {
	switch c.Status {
	case k8s.ClusterStatusReady, k8s.ClusterStatusPoolRequired:
		return nil
	}
	return errTransient("cluster", c.ID, string(c.Status))
}

// withUpgradeAvailable updates UpgradeAvailable, and returns the cluster.
func (s *Server) withUpgradeAvailable(c *cluster) *cluster {
	c.UpgradeAvailable = len(s.upgradeTargets(c.Version)) > 0
	return c
}

// withoutNewImages returns a copy of the cluster as in the responses to its creation and deletion, see
// NewImagesEnabled.
func (s *Server) withoutNewImages(c *cluster) *cluster {
	answer := *s.withUpgradeAvailable(c)
	answer.NewImagesEnabled = false
	return &answer
}

func (s *Server) listClusters(c *call) (any, error) {
	f := c.filters()
	found := s.clusters.list(func(cl *cluster) bool {
		network := ""
		if cl.PrivateNetworkID != nil {
			network = *cl.PrivateNetworkID
		}
		return cl.Region == c.region() && f.matches("project_id", cl.ProjectID) && f.matches(
			"organization_id", cl.OrganizationID,
		) &&
			f.matches("type", cl.Type) && f.matches("private_network_id", network) &&
			f.matches("version", cl.Version)
	})
	page, total := filterSortAndPaginate(c, found, func(cl *cluster) sortKey {
		return sortKey{
			name: cl.Name, status: string(cl.Status), version: cl.Version, created: cl.CreatedAt, updated: cl.UpdatedAt,
		}
	})
	for _, cl := range page {
		s.withUpgradeAvailable(cl)
	}
	return map[string]any{"clusters": page, "total_count": total}, nil
}

func (s *Server) getCluster(c *call) (any, error) {
	found, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	return s.withUpgradeAvailable(found), nil
}

func (s *Server) createCluster(c *call) (any, error) {
	req := k8s.CreateClusterRequest{Region: c.region()}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	req.Type = cmp.Or(req.Type, "kapsule")
	projectID := c.projectID(req.ProjectID)
	organizationID := req.OrganizationID //nolint:staticcheck // deprecated, but older clients send it
	if req.ProjectID == nil && organizationID != nil {
		projectID = *organizationID // the id of the Organization is that of its default Project
	}
	if err := s.checkCluster(&req, projectID); err != nil {
		return nil, err
	}
	cl := s.newCluster(&req, projectID)
	if omitsField(c.body, "autoscaler_config", "log_level") {
		cl.AutoscalerConfig.LogLevel = 0 // as recorded: 0 if omitted, 2 if null
	}
	for _, poolConfig := range req.Pools {
		request := toCreatePoolRequest(cl.Region, poolConfig)
		if err := s.checkPool(cl, request); err != nil {
			return nil, err
		}
	}
	s.clusters.put(cl.ID, cl)
	s.setAdminToken(cl, newToken())
	for _, poolConfig := range req.Pools {
		s.startPool(cl, toCreatePoolRequest(cl.Region, poolConfig))
	}
	s.scheduleClusterReady(cl)
	return s.withoutNewImages(cl), nil
}

// newCluster returns a cluster in state creating, with the recorded defaults.
func (s *Server) newCluster(req *k8s.CreateClusterRequest, projectID string) *cluster {
	id, open, ranges := uuid.NewString(), fromPrefix(netip.MustParsePrefix("0.0.0.0/0")), true
	pods, services := fromPrefix(
		netip.MustParsePrefix("100.64.0.0/15"),
	), fromPrefix(netip.MustParsePrefix("10.32.0.0/20"))
	dns := net.ParseIP("10.32.0.10").To4()
	if req.PodCidr != nil {
		pods = *req.PodCidr
	}
	if req.ServiceCidr != nil {
		services = *req.ServiceCidr
		dns = defaultDNSIP(services)
	}
	if req.ServiceDNSIP != nil {
		dns = *req.ServiceDNSIP
	}
	now, updated := s.timestamp(), s.timestamp()
	*updated = *now
	commitmentEnd := now.Add(8 * time.Microsecond)
	if isDedicated(req.Type) {
		commitmentEnd = commitmentEnd.Add(commitmentPeriod)
	}
	host := id + ".api.k8s." + string(req.Region) + ".scw.cloud"
	cl := &cluster{NewImagesEnabled: true, ACLAvailable: true, Cluster: k8s.Cluster{
		ID: id, Type: req.Type, Name: req.Name, Status: k8s.ClusterStatusCreating, Version: req.Version,
		Region:         req.Region,
		OrganizationID: OrganizationID, ProjectID: projectID, Tags: nonNilSlice(req.Tags), Cni: req.Cni,
		Description: req.Description,
		ClusterURL:  "https://" + host + ":6443",
		DNSWildcard: "*." + id + ".nodes.k8s." + string(req.Region) + ".scw.cloud",
		CreatedAt:   now, UpdatedAt: updated, AutoscalerConfig: defaultAutoscaler(), AutoUpgrade: defaultAutoUpgrade(),
		FeatureGates: nonNilSlice(req.FeatureGates), AdmissionPlugins: nonNilSlice(req.AdmissionPlugins),
		OpenIDConnectConfig: &k8s.ClusterOpenIDConnectConfig{GroupsClaim: []string{}, RequiredClaim: []string{}},
		ApiserverCertSans:   nonNilSlice(req.ApiserverCertSans), PrivateNetworkID: req.PrivateNetworkID,
		CommitmentEndsAt: &commitmentEnd,
		PodCidr:          pods, ServiceCidr: services, ServiceDNSIP: dns,
	}}
	if owner, ok := s.projects.get(projectID); ok {
		cl.OrganizationID = owner.OrganizationID
	}
	if req.AutoscalerConfig != nil {
		cl.AutoscalerConfig.SkipNodesWithLocalStorage = false // as recorded for requests with a configuration
		setAutoscaler(cl.AutoscalerConfig, (*k8s.UpdateClusterRequestAutoscalerConfig)(req.AutoscalerConfig))
	}
	if req.AutoUpgrade != nil {
		cl.AutoUpgrade.Enabled = req.AutoUpgrade.Enable
		if req.AutoUpgrade.MaintenanceWindow != nil {
			cl.AutoUpgrade.MaintenanceWindow = req.AutoUpgrade.MaintenanceWindow
		}
	}
	if oidc := req.OpenIDConnectConfig; oidc != nil {
		setOIDC(cl.OpenIDConnectConfig, &k8s.UpdateClusterRequestOpenIDConnectConfig{
			IssuerURL: &oidc.IssuerURL, ClientID: &oidc.ClientID, UsernameClaim: oidc.UsernameClaim,
			UsernamePrefix: oidc.UsernamePrefix,
			GroupsClaim:    oidc.GroupsClaim, GroupsPrefix: oidc.GroupsPrefix, RequiredClaim: oidc.RequiredClaim,
		})
	}
	cl.acls = []*aclRule{
		newACLRule(&k8s.ACLRuleRequest{IP: &open, Description: "Automatically generated at cluster creation"}),
		newACLRule(&k8s.ACLRuleRequest{ScalewayRanges: &ranges, Description: "Automatically generated at cluster " +
			"creation"}),
	}
	return cl
}

// scheduleClusterReady schedules the end of the creation.
func (s *Server) scheduleClusterReady(cl *cluster) {
	id, duration := cl.ID, clusterCreateDurationDedicated
	switch {
	case clusterFamily(cl.Type) == "multicloud" && !isDedicated(cl.Type):
		duration = clusterCreateDurationKosmos
	case s.hasNoControlPlane(cl):
		duration = clusterCreateDurationMutualised
	}
	s.after(duration, func() {
		c, ok := s.clusters.get(id)
		if !ok || c.Status != k8s.ClusterStatusCreating {
			return
		}
		c.IamNodesGroupID, c.IamControlPlaneApplicationID = uuid.NewString(), uuid.NewString()
		s.endClusterTransition(c)
	})
}

// hasNoControlPlane reports whether the cluster has no control plane: a mutualised Kapsule cluster without pools.
func (s *Server) hasNoControlPlane(c *cluster) bool {
	return c.Type == "kapsule" && len(s.poolsOf(c.ID)) == 0
}

// endClusterTransition ends a transient state: the cluster becomes ready, or pool_required without a control plane.
func (s *Server) endClusterTransition(c *cluster) {
	c.Status = k8s.ClusterStatusReady
	if s.hasNoControlPlane(c) {
		c.Status = k8s.ClusterStatusPoolRequired
	}
	s.touchCluster(c)
}

// startClusterUpdate sets a cluster to updating for a duration. Then it ends the update and calls then, if not nil.
func (s *Server) startClusterUpdate(c *cluster, duration time.Duration, then func(*cluster)) {
	id := c.ID
	c.Status = k8s.ClusterStatusUpdating
	s.touchCluster(c)
	s.after(duration, func() {
		c, ok := s.clusters.get(id)
		if !ok || c.Status != k8s.ClusterStatusUpdating {
			return
		}
		s.endClusterTransition(c)
		if then != nil {
			then(c)
		}
	})
}

// updateCluster sets the cluster to updating even if the PATCH changes nothing, as recorded.
func (s *Server) updateCluster(c *call) (any, error) {
	cl, err := s.findStableCluster(c)
	if err != nil {
		return nil, err
	}
	var req k8s.UpdateClusterRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := s.checkClusterUpdate(cl, &req); err != nil {
		return nil, err
	}
	setIfPresent(&cl.Name, req.Name)
	setIfPresent(&cl.Description, req.Description)
	setListIfPresent(&cl.Tags, req.Tags)
	setListIfPresent(&cl.FeatureGates, req.FeatureGates)
	setListIfPresent(&cl.AdmissionPlugins, req.AdmissionPlugins)
	setListIfPresent(&cl.ApiserverCertSans, req.ApiserverCertSans)
	if req.AutoscalerConfig != nil {
		setAutoscaler(cl.AutoscalerConfig, req.AutoscalerConfig)
	}
	if req.AutoUpgrade != nil {
		setIfPresent(&cl.AutoUpgrade.Enabled, req.AutoUpgrade.Enable)
		if req.AutoUpgrade.MaintenanceWindow != nil {
			cl.AutoUpgrade.MaintenanceWindow = req.AutoUpgrade.MaintenanceWindow
		}
	}
	if req.OpenIDConnectConfig != nil {
		setOIDC(cl.OpenIDConnectConfig, req.OpenIDConnectConfig)
	}
	duration := clusterUpdateDuration
	if s.hasNoControlPlane(cl) {
		duration = clusterUpdateDurationNoPool
	}
	s.startClusterUpdate(cl, duration, nil)
	return s.withUpgradeAvailable(cl), nil
}

func (s *Server) deleteCluster(c *call) (any, error) {
	cl, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	if cl.Status == k8s.ClusterStatusDeleting {
		return nil, errTransient("cluster", cl.ID, string(cl.Status))
	}
	withAdditional, err := strconv.ParseBool(c.URL.Query().Get("with_additional_resources"))
	withAdditional = withAdditional && err == nil
	if withAdditional {
		cl.claimedVolumes = s.listClaimedVolumes(c.Context())
	}
	cl.Status = k8s.ClusterStatusDeleting
	s.touchCluster(cl)
	duration := clusterDeleteDuration
	for _, p := range s.poolsOf(cl.ID) {
		p.Status = k8s.PoolStatusDeleting
		s.touchPool(p)
		for _, n := range s.nodesOf(p.ID) {
			s.setNodeStatus(n, k8s.NodeStatusDeleting)
			duration = clusterDeleteDuration + nodeDeleteDuration
		}
	}
	id := cl.ID
	s.after(duration, func() { s.removeCluster(id, withAdditional) })
	return s.withoutNewImages(cl), nil
}

func (s *Server) removeCluster(id string, withAdditional bool) {
	cl, ok := s.clusters.get(id)
	if !ok {
		return
	}
	for _, p := range s.poolsOf(id) {
		for _, n := range s.nodesOf(p.ID) {
			s.removeNode(n)
		}
		s.pools.remove(p.ID)
	}
	s.clusters.remove(id)
	s.setAdminToken(cl, "")
	if withAdditional {
		s.removeAdditionalResources(cl)
	}
}

// defaultDNSIP returns the default IP of the DNS service: the tenth host address of the services' range.
func defaultDNSIP(services scw.IPNet) net.IP {
	prefix, err := toPrefix(services)
	if err != nil {
		return nil
	}
	addr := prefix.Addr()
	for range 10 {
		addr = addr.Next()
	}
	return addr.AsSlice()
}

// setIfPresent assigns a value of a request to a field, if the request has it.
func setIfPresent[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// setListIfPresent assigns a list of a request to a field, if the request has it.
func setListIfPresent(field *[]string, value *[]string) {
	if value != nil {
		*field = nonNilSlice(*value)
	}
}
