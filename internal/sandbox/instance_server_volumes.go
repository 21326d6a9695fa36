package sandbox

import (
	"fmt"
	"strconv"

	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// maxServerVolumes is the number of volumes that an Instance can have, which the CSI driver also uses.
const maxServerVolumes = 16

// volumeSlot is the place of a volume in an Instance.
type volumeSlot struct {
	id   string // of an Instance volume or of a Block Storage volume
	boot bool
}

// localServerVolume is an Instance volume in the response of its Instance.
type localServerVolume struct {
	Boot bool `json:"boot"`
	*instanceVolume
}

// blockServerVolume is a Block Storage volume in the response of its Instance. As recorded, it has no other fields.
type blockServerVolume struct {
	Boot       bool                            `json:"boot"`
	VolumeType instance.VolumeServerVolumeType `json:"volume_type"`
	ID         string                          `json:"id"`
	State      instance.VolumeServerState      `json:"state"`
	Zone       scw.Zone                        `json:"zone"`
}

// withVolumes fills in the volumes of an Instance.
func (s *Server) withVolumes(srv *server) *server {
	srv.Volumes = map[string]any{}
	for index, slot := range srv.slots {
		if v, ok := s.instanceVolumes.get(slot.id); ok {
			srv.Volumes[index] = localServerVolume{Boot: slot.boot, instanceVolume: v}
			continue
		}
		srv.Volumes[index] = blockServerVolume{
			Boot: slot.boot, VolumeType: instance.VolumeServerVolumeTypeSbsVolume, ID: slot.id,
			State: instance.VolumeServerStateAvailable, Zone: srv.Zone,
		}
	}
	return srv
}

// hasVolume reports whether a volume is attached to the Instance.
func (srv *server) hasVolume(id string) bool {
	for _, slot := range srv.slots {
		if slot.id == id {
			return true
		}
	}
	return false
}

// removeSlot removes a volume from an Instance.
func (srv *server) removeSlot(id string) {
	for index, slot := range srv.slots {
		if slot.id == id {
			delete(srv.slots, index)
		}
	}
}

// addSlot puts a volume at an index of an Instance, or at the first free one if the index is empty.
func (srv *server) addSlot(index, id string, boot bool) {
	for i := 0; index == ""; i++ {
		if _, used := srv.slots[strconv.Itoa(i)]; !used {
			index = strconv.Itoa(i)
		}
	}
	if srv.slots == nil {
		srv.slots = map[string]volumeSlot{}
	}
	srv.slots[index] = volumeSlot{id: id, boot: boot}
}

// plugVolume attaches a volume to an Instance, at an index or at the first free one.
//
// [INFERRED instance-volume-errors] The errors for a volume that is attached or busy, and for too many volumes.
func (s *Server) plugVolume(srv *server, index, id string, boot bool) error {
	if len(srv.slots) >= maxServerVolumes {
		return errInvalid("volumes", "constraint", fmt.Sprintf("an Instance has at most %d volumes", maxServerVolumes))
	}
	if v, ok := s.instanceVolumes.get(id); ok && v.Zone == srv.Zone {
		if v.Server != nil {
			return errPrecondition("unknown_precondition", "the volume is attached to "+v.Server.ID)
		}
		v.Server = &instance.ServerSummary{ID: srv.ID, Name: srv.Name}
		srv.addSlot(index, id, boot)
		return nil
	}
	v, ok := s.volumes.get(id)
	if !ok || v.Zone != srv.Zone {
		return errNotFound("instance_volume", id)
	}
	if len(v.References) > 0 {
		return errPrecondition("unknown_precondition", "the volume is attached to "+v.References[0].ProductResourceID)
	}
	if err := v.checkSettled(); err != nil {
		return err
	}
	s.attachVolume(v, srv.ID)
	srv.addSlot(index, id, boot)
	return nil
}

// unplugVolume detaches a volume from an Instance.
func (s *Server) unplugVolume(srv *server, id string) {
	srv.removeSlot(id)
	if v, ok := s.instanceVolumes.get(id); ok {
		v.Server = nil
	}
	if v, ok := s.volumes.get(id); ok {
		s.detachVolume(v)
	}
}

func (s *Server) attachServerVolume(c *call, srv *server) (any, error) {
	var req instance.AttachServerVolumeRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := s.plugVolume(srv, "", req.VolumeID, req.Boot != nil && *req.Boot); err != nil {
		return nil, err
	}
	srv.ModificationDate = s.timestamp()
	return s.getServer(c, srv)
}

func (s *Server) detachServerVolume(c *call, srv *server) (any, error) {
	var req instance.DetachServerVolumeRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if !srv.hasVolume(req.VolumeID) {
		return nil, errNotFound("instance_volume", req.VolumeID)
	}
	s.unplugVolume(srv, req.VolumeID)
	srv.ModificationDate = s.timestamp()
	return s.getServer(c, srv)
}

// setServerVolumes replaces the volumes of an Instance: it detaches those that the request does not have, and attaches
// or creates the others.
func (s *Server) setServerVolumes(c *call, srv *server, wanted map[string]*instance.VolumeServerTemplate) error {
	previous := srv.slots
	srv.slots = map[string]volumeSlot{}
	added := map[string]*instance.VolumeServerTemplate{}
	for index, template := range wanted {
		if template == nil {
			continue
		}
		added[index] = template
		for _, slot := range previous {
			if slot.id == deref(template.ID) {
				srv.addSlot(index, slot.id, template.Boot != nil && *template.Boot)
				delete(added, index)
			}
		}
	}
	for _, slot := range previous {
		if !srv.hasVolume(slot.id) {
			s.unplugVolume(srv, slot.id)
		}
	}
	for index, template := range added {
		if err := s.addServerVolume(c, srv, index, template); err != nil {
			return err
		}
	}
	return nil
}
