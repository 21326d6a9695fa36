package sandbox

import "github.com/scaleway/scaleway-sdk-go/api/lb/v1"

func (s *Server) routeLBStats(base string) {
	s.route("GET "+base+"/lbs/{id}/stats", areaBalancer, s.withBalancer(func(c *call, b *balancer) (any, error) {
		return map[string]any{"backend_servers_stats": s.lbServerStats(c, b)}, nil
	}))
	s.route(
		"GET "+base+"/lbs/{id}/backend-stats",
		areaBalancer,
		s.withBalancer(func(c *call, b *balancer) (any, error) {
			page, total := paginate(c, s.lbServerStats(c, b))
			return map[string]any{"backend_servers_stats": page, "total_count": total}, nil
		}),
	)
}

// lbServerStats returns the state of every server of the backends of a Load Balancer, once per Instance. The sandbox
// sends no health checks: every server is running [INFERRED lb-stats].
func (s *Server) lbServerStats(c *call, b *balancer) []*lb.BackendServerStats {
	stats := []*lb.BackendServerStats{}
	for _, backend := range s.backendsOf(b.ID) {
		for _, ip := range backend.Pool {
			for _, instance := range b.Instances {
				if !c.filters().matches("backend_id", backend.ID) {
					continue
				}
				stats = append(stats, &lb.BackendServerStats{
					InstanceID: instance.ID, BackendID: backend.ID, IP: ip,
					ServerState:           lb.BackendServerStatsServerStateRunning,
					ServerStateChangedAt:  backend.UpdatedAt,
					LastHealthCheckStatus: lb.BackendServerStatsHealthCheckStatusPassed,
				})
			}
		}
	}
	return stats
}
