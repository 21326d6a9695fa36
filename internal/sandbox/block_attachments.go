package sandbox

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
)

// volumeAttachDuration is the duration of an attachment and of a detachment.
//
// [INFERRED block-attach] No recording shows an attachment. The volume is in use from its start to the end of its
// detachment, with a reference that is attaching, attached, then detaching. The reference ends with the detachment. The
// CSI driver and the official provider wait for these states.
const volumeAttachDuration = time.Second

// serverReference is the type of a reference to an Instance in recordings.
const serverReference = "instance_server"

// attachVolume attaches a volume to an Instance. The reference is attached after the duration of an attachment.
func (s *Server) attachVolume(v *volume, serverID string) *block.Reference {
	reference := &block.Reference{
		ID: uuid.NewString(), ProductResourceType: serverReference, ProductResourceID: serverID,
		CreatedAt: s.timestamp(), Type: block.ReferenceTypeExclusive, Status: block.ReferenceStatusAttaching,
	}
	v.References = []*block.Reference{reference}
	if v.Status == block.VolumeStatusAvailable {
		v.Status = block.VolumeStatusInUse
	}
	for _, n := range s.nodes.list(func(n *node) bool { return n.serverID == serverID }) {
		v.clusterID = n.ClusterID
	}
	s.after(volumeAttachDuration, func() {
		if r := s.findReference(v.ID, reference.ID); r != nil && r.Status == block.ReferenceStatusAttaching {
			r.Status = block.ReferenceStatusAttached
		}
	})
	return reference
}

// findReference returns a reference of a volume, or nil if one of them does not exist.
func (s *Server) findReference(volumeID, id string) *block.Reference {
	if v, ok := s.volumes.get(volumeID); ok {
		for _, r := range v.References {
			if r.ID == id {
				return r
			}
		}
	}
	return nil
}

// detachVolume starts the detachment of a volume.
func (s *Server) detachVolume(v *volume) {
	for _, reference := range v.References {
		reference.Status = block.ReferenceStatusDetaching
		s.after(volumeAttachDuration, func() {
			if s.findReference(v.ID, reference.ID) != nil {
				s.releaseVolume(v)
			}
		})
	}
}

// releaseVolume removes the references of a volume.
func (s *Server) releaseVolume(v *volume) {
	v.References, v.LastDetachedAt = []*block.Reference{}, s.timestamp()
	if v.Status == block.VolumeStatusInUse {
		v.Status = block.VolumeStatusAvailable
	}
}

// detachVolumes detaches the volumes of an Instance that is being deleted.
func (s *Server) detachVolumes(serverID string) {
	for _, v := range s.volumes.list(func(v *volume) bool { return v.isAttachedTo(serverID) }) {
		s.releaseVolume(v)
	}
}

func (v *volume) isAttachedTo(serverID string) bool {
	return slices.ContainsFunc(v.References, func(r *block.Reference) bool { return r.ProductResourceID == serverID })
}

// AttachVolume attaches a volume to the Instance of a node, as the CSI driver does for a pod on the node.
func (s *Server) AttachVolume(volumeID, nodeID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runDueEvents()
	v, ok := s.volumes.get(volumeID)
	if !ok {
		return fmt.Errorf("there is no volume %s", volumeID)
	}
	n, ok := s.nodes.get(nodeID)
	if !ok || n.serverID == "" {
		return fmt.Errorf("node %s has no Instance", nodeID)
	}
	if srv, ok := s.servers.get(n.serverID); ok && !srv.hasVolume(volumeID) {
		srv.addSlot("", volumeID, false)
	}
	s.attachVolume(v, n.serverID).Status = block.ReferenceStatusAttached
	v.Status = block.VolumeStatusInUse // also if it was still creating
	return nil
}
