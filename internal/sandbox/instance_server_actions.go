package sandbox

import (
	"slices"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
)

// Recorded durations of the states of an Instance: an Instance that starts is allocated, then provisioned.
//
// [INFERRED instance-actions] Recordings show the actions poweron and terminate. The states and durations of the
// others, the error for an action that the state does not allow, and the one for a protected Instance are assumptions.
const (
	serverAllocateDuration  = 3 * time.Second
	serverProvisionDuration = 7 * time.Second
	serverStopDuration      = 5 * time.Second
)

// setState sets the state of an Instance and the actions that it allows.
func (srv *server) setState(state instance.ServerState, detail string) {
	srv.State, srv.StateDetail = state, detail
	switch state {
	case instance.ServerStateStopped:
		srv.AllowedActions = []instance.ServerAction{"poweron", "backup"}
	case instance.ServerStateStoppedInPlace:
		srv.AllowedActions = []instance.ServerAction{"poweron", "poweroff", "terminate", "backup"}
	case instance.ServerStateStarting:
		srv.AllowedActions = []instance.ServerAction{"stop_in_place", "backup"}
	case instance.ServerStateRunning:
		srv.AllowedActions = []instance.ServerAction{"poweroff", "terminate", "reboot", "stop_in_place", "backup"}
	default:
		srv.AllowedActions = []instance.ServerAction{}
	}
}

// startState sets a transient state of an Instance, and schedules its end.
func (s *Server) startState(
	srv *server, state instance.ServerState, detail string, duration time.Duration, end func(*server),
) {
	srv.setState(state, detail)
	srv.ModificationDate = s.timestamp()
	s.afterState(duration, func() {
		if now, ok := s.servers.get(srv.ID); ok && now.State == state && now.StateDetail == detail {
			now.ModificationDate = s.timestamp()
			end(now)
		}
	})
}

func (s *Server) listServerActions(_ *call, srv *server) (any, error) {
	return map[string]any{"actions": srv.AllowedActions}, nil
}

func (s *Server) startServerAction(c *call, srv *server) (any, error) {
	var req instance.ServerActionRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if !slices.Contains(srv.AllowedActions, req.Action) {
		return nil, errInvalid("action", "constraint", "an Instance that is "+srv.State.String()+" does not allow it")
	}
	switch req.Action {
	case instance.ServerActionPoweron:
		s.powerOn(srv)
	case instance.ServerActionPoweroff:
		s.startState(srv, instance.ServerStateStopping, "stopping", serverStopDuration, func(srv *server) {
			srv.setState(instance.ServerStateStopped, "")
			srv.Location = nil
			s.removeDynamicIPs(srv)
		})
	case instance.ServerActionStopInPlace:
		s.startState(srv, instance.ServerStateStopping, "stopping in place", serverStopDuration, func(srv *server) {
			srv.setState(instance.ServerStateStoppedInPlace, "standby")
		})
	case instance.ServerActionReboot:
		s.startState(srv, instance.ServerStateStarting, "rebooting", serverProvisionDuration, setRunning)
	case instance.ServerActionTerminate:
		if srv.Protected {
			return nil, errPrecondition("unknown_precondition", "the Instance is protected")
		}
		s.terminateServer(srv)
	case instance.ServerActionBackup:
		image := s.backUpServer(srv, deref(req.Name))
		return accepted{map[string]any{
			"task": s.newTask(srv.Zone, "/servers/"+srv.ID+"/action", "/images/"+image.ID),
		}}, nil
	}
	path := "/servers/" + srv.ID
	return accepted{map[string]any{"task": s.newTask(srv.Zone, path+"/action", path)}}, nil
}

func setRunning(srv *server) { srv.setState(instance.ServerStateRunning, "booting kernel") }

// powerOn starts an Instance. One that requires a dynamic IP receives it if it has no other IP.
func (s *Server) powerOn(srv *server) {
	if srv.Location != nil { // it is stopped in place
		s.startState(srv, instance.ServerStateStarting, "provisioning node", serverProvisionDuration, setRunning)
		return
	}
	s.startState(srv, instance.ServerStateStarting, "allocating node", serverAllocateDuration, func(srv *server) {
		srv.Location = &instance.ServerLocation{
			ZoneID: srv.Zone.String(), PlatformID: "14", ClusterID: "94", HypervisorID: "402", NodeID: "32",
		}
		if srv.DynamicIPRequired && len(srv.PublicIPs) == 0 {
			s.addDynamicIP(srv)
		}
		s.startState(srv, instance.ServerStateStarting, "provisioning node", serverProvisionDuration, setRunning)
	})
}

// terminateServer deletes an Instance with its local volumes. Block Storage volumes are only detached, as the SDK
// documents.
func (s *Server) terminateServer(srv *server) {
	for _, slot := range srv.slots {
		if v, ok := s.instanceVolumes.get(slot.id); ok {
			v.State, v.ModificationDate = "deleting", s.timestamp()
		}
	}
	s.startState(srv, instance.ServerStateStopping, "terminating", serverStopDuration, func(srv *server) {
		s.removeServer(srv, true)
	})
}

// deleteServer deletes a stopped Instance. Its volumes are kept.
//
// [INFERRED instance-delete] No recording shows the deletion of an Instance without terminate, nor its errors.
func (s *Server) deleteServer(_ *call, srv *server) (any, error) {
	if srv.State != instance.ServerStateStopped {
		return nil, errPrecondition("unknown_precondition", "the Instance must be stopped")
	}
	if srv.Protected {
		return nil, errPrecondition("unknown_precondition", "the Instance is protected")
	}
	s.removeServer(srv, false)
	return noContent{}, nil
}

// removeServer removes an Instance. It detaches the volumes, IPs and file systems of the Instance, or deletes those
// that are deleted with it.
func (s *Server) removeServer(srv *server, withLocalVolumes bool) {
	for _, slot := range srv.slots {
		if v, ok := s.instanceVolumes.get(slot.id); ok {
			v.Server = nil
			if withLocalVolumes {
				s.instanceVolumes.remove(v.ID)
			}
		}
	}
	s.detachVolumes(srv.ID)
	for _, nic := range srv.PrivateNics {
		s.releaseIPs(nic.ID)
	}
	s.releaseServerIPs(srv)
	s.releaseFileSystems(srv)
	s.servers.remove(srv.ID)
}
