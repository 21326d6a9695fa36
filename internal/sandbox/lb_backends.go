package sandbox

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// plainBackend and plainHealthCheck are the SDK's types without their methods, which marshal other durations.
type (
	plainBackend     lb.Backend
	plainHealthCheck lb.HealthCheck
)

// lbBackend is a backend of a Load Balancer. As in the API, most durations are numbers of milliseconds. Every response
// fills in the Load Balancer.
type lbBackend struct {
	plainBackend

	HealthCheck    *lbHealthCheck `json:"health_check"`
	SendProxyV2    bool           `json:"send_proxy_v2"`
	TimeoutServer  *int64         `json:"timeout_server"`
	TimeoutConnect *int64         `json:"timeout_connect"`
	TimeoutTunnel  *int64         `json:"timeout_tunnel"`
	TimeoutQueue   *apiDuration   `json:"timeout_queue"`
	LB             *balancer      `json:"lb"`

	lbID string
}

// lbHealthCheck is the health check of a backend.
type lbHealthCheck struct {
	plainHealthCheck

	CheckDelay          *int64       `json:"check_delay"`
	CheckTimeout        *int64       `json:"check_timeout"`
	TransientCheckDelay *apiDuration `json:"transient_check_delay"`
}

func (s *Server) routeLBBackends(base string) {
	with := func(handle func(*call, *lbBackend) (any, error)) handler {
		return withLBPart(s, s.lbBackends, "backend", func(b *lbBackend) string { return b.lbID }, handle)
	}
	s.route("GET "+base+"/lbs/{id}/backends", areaBalancer, s.withBalancer(s.listLBBackends))
	s.route("POST "+base+"/lbs/{id}/backends", areaBalancer, s.withBalancer(s.createLBBackend))
	s.route("GET "+base+"/backends/{id}", areaBalancer, with(func(_ *call, b *lbBackend) (any, error) {
		return s.backendView(b, true), nil
	}))
	s.route("PUT "+base+"/backends/{id}", areaBalancer, with(s.updateLBBackend))
	s.route("DELETE "+base+"/backends/{id}", areaBalancer, with(s.deleteLBBackend))
	s.route("PUT "+base+"/backends/{id}/healthcheck", areaBalancer, with(s.updateLBHealthCheck))
	servers := base + "/backends/{id}/servers"
	s.route("PUT "+servers, areaBalancer, with(s.changeServers(func(_, requested []string) []string {
		return requested
	})))
	s.route("POST "+servers, areaBalancer, with(s.changeServers(func(pool, requested []string) []string {
		return slices.Concat(pool, requested)
	})))
	s.route("DELETE "+servers, areaBalancer, with(s.changeServers(func(pool, requested []string) []string {
		return slices.DeleteFunc(pool, func(ip string) bool { return slices.Contains(requested, ip) })
	})))
}

// backendsOf returns the backends of a Load Balancer.
func (s *Server) backendsOf(lbID string) []*lbBackend {
	return s.lbBackends.list(func(b *lbBackend) bool { return b.lbID == lbID })
}

// backendView returns a copy of a backend for a response.
func (s *Server) backendView(b *lbBackend, withInstances bool) *lbBackend {
	view := *b
	view.LB = s.balancerView(b.lbID, withInstances)
	return &view
}

func (s *Server) listLBBackends(c *call, b *balancer) (any, error) {
	found := []*lbBackend{}
	for _, backend := range s.backendsOf(b.ID) {
		if c.filters().contains("name", backend.Name) {
			found = append(found, s.backendView(backend, true))
		}
	}
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(b *lbBackend) sortKey {
		return sortKey{name: b.Name, created: b.CreatedAt, updated: b.UpdatedAt}
	}))
	return map[string]any{"backends": page, "total_count": total}, nil
}

func (s *Server) createLBBackend(c *call, b *balancer) (any, error) {
	var req lb.ZonedAPICreateBackendRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := parseIPs("server_ip", req.ServerIP); err != nil {
		return nil, err
	}
	now := s.timestamp()
	backend := &lbBackend{lbID: b.ID, plainBackend: plainBackend{
		ID: uuid.NewString(), Pool: uniqueTexts(req.ServerIP), CreatedAt: now,
	}}
	if err := backend.apply(&req); err != nil {
		return nil, err
	}
	check := lb.HealthCheck{Port: req.ForwardPort, CheckMaxRetries: 2}
	if req.HealthCheck != nil {
		check = *req.HealthCheck
	}
	backend.HealthCheck, backend.UpdatedAt = newHealthCheck(check), now
	s.lbBackends.put(backend.ID, backend)
	s.reloadBalancer(b.ID)
	return s.backendView(backend, true), nil
}

// apply sets the attributes of a backend that a request to create or to update it contains. As a PUT request replaces
// the whole backend, an optional attribute that is absent gets its default value [INFERRED lb-backend-defaults].
func (b *lbBackend) apply(req *lb.ZonedAPICreateBackendRequest) error {
	if req.ForwardPort < 1 || req.ForwardPort > 65535 {
		return errInvalid("forward_port", "constraint", "must be between 1 and 65535")
	}
	proxy := req.ProxyProtocol
	if proxy == "" || proxy == lb.ProxyProtocolProxyProtocolUnknown {
		proxy = lb.ProxyProtocolProxyProtocolNone
		sendV2 := req.SendProxyV2 //nolint:staticcheck // deprecated, but the API still accepts it
		if sendV2 != nil && *sendV2 {
			proxy = lb.ProxyProtocolProxyProtocolV2
		}
	}
	server, connect, tunnel := 5*time.Minute, 5*time.Second, 15*time.Minute
	retries, bridging, host := int32(3), false, ""
	setIfPresent(&server, req.TimeoutServer)
	setIfPresent(&connect, req.TimeoutConnect)
	setIfPresent(&tunnel, req.TimeoutTunnel)
	setIfPresent(&retries, req.MaxRetries)
	setIfPresent(&bridging, req.SslBridging)
	setIfPresent(&host, req.Host)
	b.Name, b.ForwardPort = cmp.Or(req.Name, b.Name, generatedName("backend")), req.ForwardPort
	b.ForwardProtocol = cmp.Or(req.ForwardProtocol, lb.ProtocolTCP)
	b.ForwardPortAlgorithm = cmp.Or(req.ForwardPortAlgorithm, lb.ForwardPortAlgorithmRoundrobin)
	b.StickySessions = cmp.Or(req.StickySessions, lb.StickySessionsTypeNone)
	b.StickySessionsCookieName = req.StickySessionsCookieName
	b.OnMarkedDownAction = cmp.Or(req.OnMarkedDownAction, lb.OnMarkedDownActionOnMarkedDownActionNone)
	b.ProxyProtocol, b.SendProxyV2 = proxy, proxy == lb.ProxyProtocolProxyProtocolV2
	b.TimeoutServer, b.TimeoutConnect = inMilliseconds(&server), inMilliseconds(&connect)
	b.TimeoutTunnel, b.TimeoutQueue = inMilliseconds(&tunnel), toAPIDuration(req.TimeoutQueue)
	b.FailoverHost, b.IgnoreSslServerVerify = nonEmpty(req.FailoverHost), req.IgnoreSslServerVerify
	b.RedispatchAttemptCount, b.MaxConnections = req.RedispatchAttemptCount, req.MaxConnections
	b.MaxRetries, b.SslBridging, b.Host = &retries, &bridging, &host
	return nil
}

// newHealthCheck returns the health check of a request with its default values. A check without a protocol is a TCP
// check.
func newHealthCheck(check lb.HealthCheck) *lbHealthCheck {
	if check.TCPConfig == nil && check.MysqlConfig == nil && check.PgsqlConfig == nil && check.LdapConfig == nil &&
		check.RedisConfig == nil && check.HTTPConfig == nil && check.HTTPSConfig == nil {
		check.TCPConfig = &lb.HealthCheckTCPConfig{}
	}
	delay, timeout, transient := time.Minute, 30*time.Second, scw.Duration{Nanos: 500_000_000}
	setIfPresent(&delay, check.CheckDelay)
	setIfPresent(&timeout, check.CheckTimeout)
	setIfPresent(&transient, check.TransientCheckDelay)
	return &lbHealthCheck{
		plainHealthCheck: plainHealthCheck(check), CheckDelay: inMilliseconds(&delay),
		CheckTimeout: inMilliseconds(&timeout), TransientCheckDelay: toAPIDuration(&transient),
	}
}

func (s *Server) updateLBBackend(c *call, b *lbBackend) (any, error) {
	var req lb.ZonedAPICreateBackendRequest // the fields of an update are some of those of a creation
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := b.apply(&req); err != nil {
		return nil, err
	}
	b.UpdatedAt = s.timestamp()
	s.reloadBalancer(b.lbID)
	return s.backendView(b, true), nil
}

// deleteLBBackend deletes a backend that no frontend and no route uses [INFERRED lb-backend-in-use].
func (s *Server) deleteLBBackend(_ *call, b *lbBackend) (any, error) {
	isUsed := slices.ContainsFunc(s.frontendsOf(b.lbID), func(f *lbFrontend) bool { return f.backendID == b.ID }) ||
		len(s.lbRoutes.list(func(r *lbRoute) bool { return r.BackendID == b.ID })) > 0
	if isUsed {
		return nil, errInUse("the backend is used by a frontend or a route")
	}
	s.lbBackends.remove(b.ID)
	s.reloadBalancer(b.lbID)
	return noContent{}, nil
}

func (s *Server) updateLBHealthCheck(c *call, b *lbBackend) (any, error) {
	var check lb.HealthCheck // the fields of the request are those of the object
	if err := c.decode(&check); err != nil {
		return nil, err
	}
	b.HealthCheck, b.UpdatedAt = newHealthCheck(check), s.timestamp()
	s.reloadBalancer(b.lbID)
	return b.HealthCheck, nil
}

// changeServers returns a handler that changes the servers of a backend. change returns the new servers, given the
// current and the requested ones.
func (s *Server) changeServers(change func(pool, requested []string) []string) func(*call, *lbBackend) (any, error) {
	return func(c *call, b *lbBackend) (any, error) {
		var req lb.ZonedAPISetBackendServersRequest
		if err := c.decode(&req); err != nil {
			return nil, err
		}
		if err := parseIPs("server_ip", req.ServerIP); err != nil {
			return nil, err
		}
		b.Pool, b.UpdatedAt = uniqueTexts(change(slices.Clone(b.Pool), req.ServerIP)), s.timestamp()
		s.reloadBalancer(b.lbID)
		return s.backendView(b, true), nil
	}
}
