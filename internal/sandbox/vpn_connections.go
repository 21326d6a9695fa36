package sandbox

import (
	"cmp"
	"net"
	"slices"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/s2s_vpn/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// vpnConnection is an IPsec tunnel between a VPN gateway and a customer gateway. Nothing answers at the other end, so
// it stays down. As in the API, BGP sessions that are not configured are omitted, not null.
type vpnConnection struct {
	s2s_vpn.Connection

	Srn            string              `json:"srn,omitempty"` // not in recordings
	BgpSessionIPv4 *s2s_vpn.BgpSession `json:"bgp_session_ipv4,omitempty"`
	BgpSessionIPv6 *s2s_vpn.BgpSession `json:"bgp_session_ipv6,omitempty"`
}

func (s *Server) routeVPNConnections(base string) {
	base += "/connections"
	s.route("GET "+base, areaVPN, s.listVPNConnections)
	s.route("POST "+base, areaVPN, s.createVPNConnection)
	s.route("GET "+base+"/{id}", areaVPN, s.withVPNConnection(
		func(_ *call, one *vpnConnection) (any, error) { return one, nil },
	))
	s.route("PATCH "+base+"/{id}", areaVPN, s.withVPNConnection(s.updateVPNConnection))
	s.route("DELETE "+base+"/{id}", areaVPN, s.withVPNConnection(
		func(_ *call, one *vpnConnection) (any, error) {
			s.vpnConnections.remove(one.ID)
			return noContent{}, nil
		},
	))
	s.route("POST "+base+"/{id}/renew-psk", areaVPN, s.withVPNConnection(s.renewPSK))
	s.route("POST "+base+"/{id}/change-psk", areaVPN, s.withVPNConnection(s.changePSK))
	s.route("POST "+base+"/{id}/set-routing-policy", areaVPN, s.withVPNConnection(s.setRoutingPolicy))
	s.route("POST "+base+"/{id}/detach-routing-policy", areaVPN, s.withVPNConnection(s.detachRoutingPolicy))
	s.route("POST "+base+"/{id}/enable-route-propagation", areaVPN, s.withVPNConnection(s.propagateRoutes(true)))
	s.route("POST "+base+"/{id}/disable-route-propagation", areaVPN, s.withVPNConnection(s.propagateRoutes(false)))
}

func (s *Server) withVPNConnection(handle func(*call, *vpnConnection) (any, error)) handler {
	return func(c *call) (any, error) {
		id := c.PathValue("id")
		one, ok := s.vpnConnections.get(id)
		if !ok || one.Region != c.region() {
			return nil, errNotFound("connection", id)
		}
		return handle(c, one)
	}
}

// vpnConnectionIDs returns the ids of the connections that match.
func (s *Server) vpnConnectionIDs(match func(*vpnConnection) bool) []string {
	ids := []string{}
	for _, one := range s.vpnConnections.list(match) {
		ids = append(ids, one.ID)
	}
	return ids
}

// routingPolicyIDs returns the ids of the routing policies of the BGP sessions of a connection.
func (one *vpnConnection) routingPolicyIDs() []string {
	ids := []string{}
	for _, session := range []*s2s_vpn.BgpSession{one.BgpSessionIPv4, one.BgpSessionIPv6} {
		if session != nil && session.RoutingPolicyID != "" {
			ids = append(ids, session.RoutingPolicyID)
		}
	}
	return ids
}

func (s *Server) listVPNConnections(c *call) (any, error) {
	f := c.filters()
	policies := f.values("routing_policy_ids")
	found := s.vpnConnections.list(func(one *vpnConnection) bool {
		hasPolicy := len(policies) == 0 || slices.ContainsFunc(one.routingPolicyIDs(), func(id string) bool {
			return slices.Contains(policies, id)
		})
		return one.Region == c.region() && hasPolicy && f.matches("project_id", one.ProjectID) &&
			f.matches("organization_id", one.OrganizationID) && f.contains("name", one.Name) && f.hasTag(one.Tags) &&
			f.matchesType("statuses", string(one.Status)) && f.matchesBool("is_ipv6", one.IsIPv6) &&
			f.matchesBool("route_propagation_enabled", one.RoutePropagationEnabled) &&
			f.matches("vpn_gateway_ids", one.VpnGatewayID) && f.matches("customer_gateway_ids", one.CustomerGatewayID)
	})
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(one *vpnConnection) sortKey {
		return sortKey{created: one.CreatedAt, updated: one.UpdatedAt, name: one.Name, status: string(one.Status)}
	}))
	return map[string]any{"connections": page, "total_count": total}, nil
}

// connectionWithKey is the response to requests that set the pre-shared key: the key is in Secret Manager, and, as
// recorded, not in the response.
func connectionWithKey(one *vpnConnection) map[string]any {
	return map[string]any{"connection": one, "pre_shared_key": ""}
}

func (s *Server) createVPNConnection(c *call) (any, error) {
	var req s2s_vpn.CreateConnectionRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	g, err := s.findStableVPNGateway(c, req.VpnGatewayID)
	if err != nil {
		return nil, err
	}
	customer, err := s.findCustomerGateway(c, req.CustomerGatewayID)
	if err != nil {
		return nil, err
	}
	switch req.InitiationPolicy {
	case s2s_vpn.CreateConnectionRequestInitiationPolicyVpnGateway,
		s2s_vpn.CreateConnectionRequestInitiationPolicyCustomerGateway:
	default:
		return nil, errInvalid("initiation_policy", "required", "")
	}
	now, unknown := s.timestamp(), s2s_vpn.TunnelStatusUnknownTunnelStatus
	one := &vpnConnection{Connection: s2s_vpn.Connection{
		ID: uuid.NewString(), ProjectID: c.projectID(&req.ProjectID), OrganizationID: OrganizationID,
		Name: cmp.Or(req.Name, generatedName("vpn-connection")), Tags: nonNilSlice(req.Tags), CreatedAt: now,
		UpdatedAt: now, Status: s2s_vpn.ConnectionStatusDown, IsIPv6: req.IsIPv6,
		InitiationPolicy: s2s_vpn.ConnectionInitiationPolicy(req.InitiationPolicy),
		SecretID:         uuid.NewString(), SecretRevision: 1, Ikev2Ciphers: nonNilSlice(req.Ikev2Ciphers),
		EspCiphers: nonNilSlice(req.EspCiphers), RoutePropagationEnabled: req.EnableRoutePropagation,
		VpnGatewayID: g.ID, CustomerGatewayID: customer.ID, TunnelStatus: s2s_vpn.TunnelStatusDown,
		TunnelStatusIPv4: &unknown, //nolint:staticcheck // deprecated, still in the API's responses
		TunnelStatusIPv6: &unknown, //nolint:staticcheck // deprecated, still in the API's responses
		Region:           g.Region,
	}}
	if req.Secret != nil && req.Secret.ID != "" {
		one.SecretID = req.Secret.ID
		setIfPresent(&one.SecretRevision, req.Secret.Revision)
	}
	if one.BgpSessionIPv4, err = s.bgpSession(c, req.BgpConfigIPv4, false); err != nil {
		return nil, err
	}
	if one.BgpSessionIPv6, err = s.bgpSession(c, req.BgpConfigIPv6, true); err != nil {
		return nil, err
	}
	one.BgpStatusIPv4, one.BgpStatusIPv6 = bgpStatus(one.BgpSessionIPv4), bgpStatus(one.BgpSessionIPv6)
	s.vpnConnections.put(one.ID, one)
	return connectionWithKey(one), nil
}

// bgpStatus returns the status of a BGP session, which is disabled if it is not configured.
func bgpStatus(session *s2s_vpn.BgpSession) s2s_vpn.BgpSessionStatus {
	if session == nil {
		return s2s_vpn.BgpSessionStatusDisabled
	}
	return s2s_vpn.BgpSessionStatusDown
}

// bgpSession returns the BGP session of a configuration, or nil without one. Addresses that the configuration does not
// have are link-local ones [INFERRED vpn-bgp-addresses].
func (s *Server) bgpSession(
	c *call, config *s2s_vpn.CreateConnectionRequestBgpConfig, isIPv6 bool,
) (*s2s_vpn.BgpSession, error) {
	if config == nil {
		return nil, nil //nolint:nilnil // a session is optional
	}
	p, err := s.findRoutingPolicy(c, config.RoutingPolicyID)
	if err != nil {
		return nil, err
	}
	if p.IsIPv6 != isIPv6 {
		return nil, errInvalid("routing_policy_id", "constraint", "the routing policy is of the other IP version")
	}
	linkLocal := func(last byte) scw.IPNet {
		ip, mask := net.IP{169, 254, 0, last}, net.CIDRMask(30, 32)
		if isIPv6 {
			ip, mask = net.ParseIP("fe80::"), net.CIDRMask(126, 128)
			ip[15] = last
		}
		return scw.IPNet{IPNet: net.IPNet{IP: ip, Mask: mask}}
	}
	session := &s2s_vpn.BgpSession{RoutingPolicyID: p.ID, PrivateIP: linkLocal(1), PeerPrivateIP: linkLocal(2)}
	setIfPresent(&session.PrivateIP, config.PrivateIP)
	setIfPresent(&session.PeerPrivateIP, config.PeerPrivateIP)
	return session, nil
}

func (s *Server) updateVPNConnection(c *call, one *vpnConnection) (any, error) {
	var req s2s_vpn.UpdateConnectionRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&one.Name, req.Name)
	setListIfPresent(&one.Tags, req.Tags)
	switch req.InitiationPolicy {
	case s2s_vpn.CreateConnectionRequestInitiationPolicyVpnGateway,
		s2s_vpn.CreateConnectionRequestInitiationPolicyCustomerGateway:
		one.InitiationPolicy = s2s_vpn.ConnectionInitiationPolicy(req.InitiationPolicy)
	}
	if len(req.Ikev2Ciphers) > 0 {
		one.Ikev2Ciphers = req.Ikev2Ciphers
	}
	if len(req.EspCiphers) > 0 {
		one.EspCiphers = req.EspCiphers
	}
	setIfPresent(&one.SecretID, nonEmpty(req.SecretID))
	setIfPresent(&one.SecretRevision, req.SecretRevision)
	one.UpdatedAt = s.timestamp()
	return one, nil
}

// renewPSK adds a version to the secret of a connection, or takes its newest version. The sandbox's secret has one
// version per renewal.
func (s *Server) renewPSK(c *call, one *vpnConnection) (any, error) {
	var req s2s_vpn.RenewConnectionPskRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.GenerateRevision == nil || *req.GenerateRevision {
		one.SecretRevision++
	}
	one.UpdatedAt = s.timestamp()
	return connectionWithKey(one), nil
}

func (s *Server) changePSK(c *call, one *vpnConnection) (any, error) {
	var req s2s_vpn.ChangeConnectionPskRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Secret == nil || req.Secret.ID == "" {
		return nil, errInvalid("secret", "required", "")
	}
	one.SecretID, one.SecretRevision, one.UpdatedAt = req.Secret.ID, 1, s.timestamp()
	setIfPresent(&one.SecretRevision, req.Secret.Revision)
	return map[string]any{"connection": one}, nil
}

// setRoutingPolicy replaces the routing policy of a BGP session, and configures the session if it was not.
func (s *Server) setRoutingPolicy(c *call, one *vpnConnection) (any, error) {
	var req s2s_vpn.SetRoutingPolicyRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	ipv4, ipv6 := nonEmpty(req.RoutingPolicyV4), nonEmpty(req.RoutingPolicyV6)
	if (ipv4 == nil) == (ipv6 == nil) {
		return nil, errInvalid("routing_policy_v4", "constraint", "set either routing_policy_v4 or routing_policy_v6")
	}
	session, err := s.bgpSession(c, &s2s_vpn.CreateConnectionRequestBgpConfig{
		RoutingPolicyID: deref(cmp.Or(ipv4, ipv6)),
	}, ipv6 != nil)
	if err != nil {
		return nil, err
	}
	field, status := &one.BgpSessionIPv4, &one.BgpStatusIPv4
	if ipv6 != nil {
		field, status = &one.BgpSessionIPv6, &one.BgpStatusIPv6
	}
	if *field != nil {
		(*field).RoutingPolicyID = session.RoutingPolicyID
	} else {
		*field, *status = session, bgpStatus(session)
	}
	one.UpdatedAt = s.timestamp()
	return one, nil
}

// detachRoutingPolicy removes a routing policy from a BGP session, and with it the session
// [INFERRED vpn-detach-policy].
func (s *Server) detachRoutingPolicy(c *call, one *vpnConnection) (any, error) {
	var req s2s_vpn.DetachRoutingPolicyRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	has := func(session *s2s_vpn.BgpSession, id *string) bool {
		return session != nil && nonEmpty(id) != nil && session.RoutingPolicyID == *id
	}
	switch {
	case has(one.BgpSessionIPv4, req.RoutingPolicyV4):
		one.BgpSessionIPv4, one.BgpStatusIPv4 = nil, s2s_vpn.BgpSessionStatusDisabled
	case has(one.BgpSessionIPv6, req.RoutingPolicyV6):
		one.BgpSessionIPv6, one.BgpStatusIPv6 = nil, s2s_vpn.BgpSessionStatusDisabled
	default:
		return nil, errInvalid("routing_policy_v4", "constraint", "the connection does not have this routing policy")
	}
	one.UpdatedAt = s.timestamp()
	return one, nil
}

func (s *Server) propagateRoutes(enable bool) func(*call, *vpnConnection) (any, error) {
	return func(_ *call, one *vpnConnection) (any, error) {
		one.RoutePropagationEnabled, one.UpdatedAt = enable, s.timestamp()
		return one, nil
	}
}
