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
	clusterCreatesShared     = 5 * time.Second // a mutualised Kapsule one, which is not there before its first pool
	clusterCreatesDedicated  = 81 * time.Second
	clusterCreatesKosmos     = 76 * time.Second
	clusterStarts            = 80 * time.Second // from the first pool of a mutualised one to ready
	clusterUpdates           = 70 * time.Second
	clusterUpdatesAbsent     = time.Second // while it waits for its first pool
	clusterUpgradesAbsent    = 3 * time.Second
	clusterSetsType          = 90 * time.Second
	clusterSetsTypeAndStarts = 340 * time.Second
	clusterDeletes           = 5 * time.Second
)

// cluster is a cluster with its allow-list.
type cluster struct {
	k8s.Cluster

	// Srn is not in the API's answers: the SDK makes it up.
	Srn string `json:"srn,omitempty"`
	// NewImagesEnabled is recorded until November 2025: true, but false in the answers to a creation and a deletion.
	NewImagesEnabled bool `json:"new_images_enabled"`
	// ACLAvailable is true of every cluster since March 2025; the SDK deprecates it, the API answers it.
	ACLAvailable bool `json:"acl_available"`

	acls       []*aclRule
	claimed    map[string]bool // the volumes of its PersistentVolumes, while it is deleted with its additional resources
	adminToken string
	authority  string // the certificate authority of its API server, PEM
}

// touch says that the cluster changed.
func (s *Server) touch(c *cluster) { c.UpdatedAt = s.stamp() }

// findCluster looks the cluster of the path up.
func (s *Server) findCluster(c *call) (*cluster, error) {
	id := c.PathValue("id")
	found, ok := s.clusters.get(id)
	if !ok || found.Region != c.region() {
		return nil, errNotFound("cluster", id)
	}
	return found, nil
}

// findSteadyCluster refuses a cluster that is in a passing state.
func (s *Server) findSteadyCluster(c *call) (*cluster, error) {
	found, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	return found, found.steady()
}

func (c *cluster) steady() error {
	switch c.Status {
	case k8s.ClusterStatusReady, k8s.ClusterStatusPoolRequired:
		return nil
	}
	return errTransient("cluster", c.ID, string(c.Status))
}

// shownCluster is the cluster as the API answers it now.
func (s *Server) shownCluster(c *cluster) *cluster {
	c.UpgradeAvailable = len(s.targets(c.Version)) > 0
	return c
}

// startedCluster is the cluster as the API answers its creation and its deletion.
func (s *Server) startedCluster(c *cluster) *cluster {
	shown := *s.shownCluster(c)
	shown.NewImagesEnabled = false
	return &shown
}

func (s *Server) listClusters(c *call) (any, error) {
	f := c.filters()
	found := s.clusters.list(func(one *cluster) bool {
		network := ""
		if one.PrivateNetworkID != nil {
			network = *one.PrivateNetworkID
		}
		return one.Region == c.region() && f.is("project_id", one.ProjectID) && f.is("organization_id", one.OrganizationID) &&
			f.is("type", one.Type) && f.is("private_network_id", network) && f.is("version", one.Version)
	})
	page, total := rows(c, found, func(one *cluster) sortable {
		s.shownCluster(one)
		return sortable{
			name: one.Name, status: string(one.Status), version: one.Version, created: one.CreatedAt, updated: one.UpdatedAt,
		}
	})
	return map[string]any{"clusters": page, "total_count": total}, nil
}

func (s *Server) getCluster(c *call) (any, error) {
	found, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	return s.shownCluster(found), nil
}

func (s *Server) createCluster(c *call) (any, error) {
	asked := k8s.CreateClusterRequest{Region: c.region()}
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	asked.Type = cmp.Or(asked.Type, "kapsule")
	projectID := c.projectID(asked.ProjectID)
	organizationID := asked.OrganizationID //nolint:staticcheck // older clients send it
	if asked.ProjectID == nil && organizationID != nil {
		projectID = *organizationID // the default Project has the Organization's id
	}
	if err := s.checkCluster(&asked, projectID); err != nil {
		return nil, err
	}
	created := s.newCluster(&asked, projectID)
	if leavesOut(c.body, "autoscaler_config", "log_level") {
		created.AutoscalerConfig.LogLevel = 0 // null is 2, as recorded
	}
	for _, wanted := range asked.Pools {
		request := poolOf(wanted)
		if err := s.checkPool(created, request); err != nil {
			return nil, err
		}
	}
	s.clusters.put(created.ID, created)
	for _, wanted := range asked.Pools {
		s.startPool(created, poolOf(wanted))
	}
	s.bringUp(created)
	return s.startedCluster(created), nil
}

// newCluster is a cluster in creation, with the defaults that recordings show.
func (s *Server) newCluster(asked *k8s.CreateClusterRequest, projectID string) *cluster {
	id, open, ranges := uuid.NewString(), fromPrefix(netip.MustParsePrefix("0.0.0.0/0")), true
	pods, services := fromPrefix(netip.MustParsePrefix("100.64.0.0/15")), fromPrefix(netip.MustParsePrefix("10.32.0.0/20"))
	dns := net.ParseIP("10.32.0.10").To4()
	if asked.PodCidr != nil {
		pods = *asked.PodCidr
	}
	if asked.ServiceCidr != nil {
		services = *asked.ServiceCidr
		dns = tenth(services)
	}
	if asked.ServiceDNSIP != nil {
		dns = *asked.ServiceDNSIP
	}
	now, changed := s.stamp(), s.stamp()
	*changed = *now
	ends := now.Add(8 * time.Microsecond)
	if dedicated(asked.Type) {
		ends = ends.Add(commitment)
	}
	host := id + ".api.k8s." + string(asked.Region) + ".scw.cloud"
	one := &cluster{NewImagesEnabled: true, ACLAvailable: true, adminToken: newToken(), Cluster: k8s.Cluster{
		ID: id, Type: asked.Type, Name: asked.Name, Status: k8s.ClusterStatusCreating, Version: asked.Version,
		Region:         asked.Region,
		OrganizationID: OrganizationID, ProjectID: projectID, Tags: filled(asked.Tags), Cni: asked.Cni,
		Description: asked.Description,
		ClusterURL:  "https://" + host + ":6443",
		DNSWildcard: "*." + id + ".nodes.k8s." + string(asked.Region) + ".scw.cloud",
		CreatedAt:   now, UpdatedAt: changed, AutoscalerConfig: defaultAutoscaler(), AutoUpgrade: defaultAutoUpgrade(),
		FeatureGates: filled(asked.FeatureGates), AdmissionPlugins: filled(asked.AdmissionPlugins),
		OpenIDConnectConfig: &k8s.ClusterOpenIDConnectConfig{GroupsClaim: []string{}, RequiredClaim: []string{}},
		ApiserverCertSans:   filled(asked.ApiserverCertSans), PrivateNetworkID: asked.PrivateNetworkID,
		CommitmentEndsAt: &ends,
		PodCidr:          pods, ServiceCidr: services, ServiceDNSIP: dns,
	}}
	if owner, ok := s.projects.get(projectID); ok {
		one.OrganizationID = owner.OrganizationID
	}
	if asked.AutoscalerConfig != nil {
		one.AutoscalerConfig.SkipNodesWithLocalStorage = false // as recorded, where the request has a configuration
		setAutoscaler(one.AutoscalerConfig, (*k8s.UpdateClusterRequestAutoscalerConfig)(asked.AutoscalerConfig))
	}
	if asked.AutoUpgrade != nil {
		one.AutoUpgrade.Enabled = asked.AutoUpgrade.Enable
		if asked.AutoUpgrade.MaintenanceWindow != nil {
			one.AutoUpgrade.MaintenanceWindow = asked.AutoUpgrade.MaintenanceWindow
		}
	}
	if oidc := asked.OpenIDConnectConfig; oidc != nil {
		setOIDC(one.OpenIDConnectConfig, &k8s.UpdateClusterRequestOpenIDConnectConfig{
			IssuerURL: &oidc.IssuerURL, ClientID: &oidc.ClientID, UsernameClaim: oidc.UsernameClaim,
			UsernamePrefix: oidc.UsernamePrefix,
			GroupsClaim:    oidc.GroupsClaim, GroupsPrefix: oidc.GroupsPrefix, RequiredClaim: oidc.RequiredClaim,
		})
	}
	one.acls = []*aclRule{
		newACLRule(&k8s.ACLRuleRequest{IP: &open, Description: "Automatically generated at cluster creation"}),
		newACLRule(&k8s.ACLRuleRequest{ScalewayRanges: &ranges, Description: "Automatically generated at cluster creation"}),
	}
	return one
}

// bringUp ends the creation: a mutualised Kapsule cluster without pool is not started before its first one.
func (s *Server) bringUp(created *cluster) {
	id, after := created.ID, clusterCreatesDedicated
	switch {
	case family(created.Type) == "multicloud" && !dedicated(created.Type):
		after = clusterCreatesKosmos
	case s.absent(created):
		after = clusterCreatesShared
	}
	s.after(after, func() {
		c, ok := s.clusters.get(id)
		if !ok || c.Status != k8s.ClusterStatusCreating {
			return
		}
		c.IamNodesGroupID, c.IamControlPlaneApplicationID = uuid.NewString(), uuid.NewString()
		s.settleCluster(c)
	})
}

// absent says that a mutualised Kapsule cluster has no pool, and so no control plane.
func (s *Server) absent(c *cluster) bool {
	return c.Type == "kapsule" && len(s.poolsOf(c.ID)) == 0
}

// settleCluster ends a passing state.
func (s *Server) settleCluster(c *cluster) {
	c.Status = k8s.ClusterStatusReady
	if s.absent(c) {
		c.Status = k8s.ClusterStatusPoolRequired
	}
	s.touch(c)
}

// busy puts a cluster in updating for a while, then settles it and does what follows.
func (s *Server) busy(c *cluster, lasts time.Duration, then func(*cluster)) {
	id := c.ID
	c.Status = k8s.ClusterStatusUpdating
	s.touch(c)
	s.after(lasts, func() {
		c, ok := s.clusters.get(id)
		if !ok || c.Status != k8s.ClusterStatusUpdating {
			return
		}
		s.settleCluster(c)
		if then != nil {
			then(c)
		}
	})
}

// updateCluster takes every PATCH for a change: the recorded API is updating even where nothing differs.
func (s *Server) updateCluster(c *call) (any, error) {
	on, err := s.findSteadyCluster(c)
	if err != nil {
		return nil, err
	}
	var asked k8s.UpdateClusterRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	if err := s.checkUpdate(on, &asked); err != nil {
		return nil, err
	}
	set(&on.Name, asked.Name)
	set(&on.Description, asked.Description)
	setList(&on.Tags, asked.Tags)
	setList(&on.FeatureGates, asked.FeatureGates)
	setList(&on.AdmissionPlugins, asked.AdmissionPlugins)
	setList(&on.ApiserverCertSans, asked.ApiserverCertSans)
	if asked.AutoscalerConfig != nil {
		setAutoscaler(on.AutoscalerConfig, asked.AutoscalerConfig)
	}
	if asked.AutoUpgrade != nil {
		set(&on.AutoUpgrade.Enabled, asked.AutoUpgrade.Enable)
		if asked.AutoUpgrade.MaintenanceWindow != nil {
			on.AutoUpgrade.MaintenanceWindow = asked.AutoUpgrade.MaintenanceWindow
		}
	}
	if asked.OpenIDConnectConfig != nil {
		setOIDC(on.OpenIDConnectConfig, asked.OpenIDConnectConfig)
	}
	lasts := clusterUpdates
	if s.absent(on) {
		lasts = clusterUpdatesAbsent
	}
	s.busy(on, lasts, nil)
	return s.shownCluster(on), nil
}

func (s *Server) deleteCluster(c *call) (any, error) {
	on, err := s.findCluster(c)
	if err != nil {
		return nil, err
	}
	if on.Status == k8s.ClusterStatusDeleting {
		return nil, errTransient("cluster", on.ID, string(on.Status))
	}
	everything, err := strconv.ParseBool(c.URL.Query().Get("with_additional_resources"))
	everything = everything && err == nil
	if everything {
		on.claimed = s.claimedVolumes(c.Context())
	}
	on.Status = k8s.ClusterStatusDeleting
	s.touch(on)
	lasts := clusterDeletes
	for _, p := range s.poolsOf(on.ID) {
		p.Status = k8s.PoolStatusDeleting
		s.touchPool(p)
		for _, n := range s.nodesOf(p.ID) {
			s.setNode(n, k8s.NodeStatusDeleting)
			lasts = clusterDeletes + nodeDeletes
		}
	}
	id := on.ID
	s.after(lasts, func() { s.removeCluster(id, everything) })
	return s.startedCluster(on), nil
}

func (s *Server) removeCluster(id string, everything bool) {
	on, ok := s.clusters.get(id)
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
	if everything {
		s.removeAdditional(on)
	}
}

// tenth is the address that the DNS service has in a range of services, unless told.
func tenth(services scw.IPNet) net.IP {
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

func set[T any](field *T, asked *T) {
	if asked != nil {
		*field = *asked
	}
}

func setList(field *[]string, asked *[]string) {
	if asked != nil {
		*field = filled(*asked)
	}
}
