package sandbox

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// instanceSnapshotDuration is the recorded duration of the snapshot of a local volume of 20 GB.
//
// [INFERRED instance-snapshots] Imports and exports take as long. No recording shows them, nor the errors for a volume
// that has no snapshots and for a snapshot whose operation runs.
const instanceSnapshotDuration = 38 * time.Second

// instanceSnapshot is a snapshot of a local volume.
type instanceSnapshot struct {
	instance.Snapshot

	ErrorReason  *string `json:"error_reason,omitempty"` // not in recordings
	ErrorDetails *string `json:"error_details"`          // always null
}

func (s *Server) routeInstanceSnapshots(base string) {
	one := base + "/snapshots/{id}"
	s.route("GET "+base+"/snapshots", areaInstance, s.listInstanceSnapshots)
	s.route("POST "+base+"/snapshots", areaInstance, s.createInstanceSnapshot)
	s.route("GET "+one, areaInstance, s.withInstanceSnapshot(s.getInstanceSnapshot))
	s.route("PATCH "+one, areaInstance, s.withInstanceSnapshot(s.updateInstanceSnapshot))
	s.route("DELETE "+one, areaInstance, s.withInstanceSnapshot(s.deleteInstanceSnapshot))
	s.route("POST "+one+"/export", areaInstance, s.withInstanceSnapshot(s.exportInstanceSnapshot))
}

func (s *Server) withInstanceSnapshot(handle func(*call, *instanceSnapshot) (any, error)) handler {
	return func(c *call) (any, error) {
		id := c.PathValue("id")
		snap, ok := s.instanceSnapshots.get(id)
		if !ok || snap.Zone != c.zone() {
			return nil, errNotFound("instance_snapshot", id)
		}
		return handle(c, snap)
	}
}

// listInstanceSnapshots lists the snapshots, the newest first.
func (s *Server) listInstanceSnapshots(c *call) (any, error) {
	f := c.filters()
	found := s.instanceSnapshots.list(func(snap *instanceSnapshot) bool {
		base := ""
		if snap.BaseVolume != nil {
			base = snap.BaseVolume.ID
		}
		return snap.Zone == c.zone() && f.matches("project", snap.Project) && f.contains("name", snap.Name) &&
			f.matches("organization", snap.Organization) && f.hasAllTags(snap.Tags) && f.matches("base_volume_id", base)
	})
	slices.Reverse(found)
	page, total := paginateWithDefault(c, found, 50)
	return listResponse{map[string]any{"snapshots": page}, total}, nil
}

// createInstanceSnapshot creates a snapshot of a local volume, or imports one.
func (s *Server) createInstanceSnapshot(c *call) (any, error) {
	var req instance.CreateSnapshotRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	snap := s.newInstanceSnapshot(cmp.Or(req.Name, generatedName("snp")), c.projectID(req.Project), c.zone())
	setListIfPresent(&snap.Tags, req.Tags)
	if id := deref(req.VolumeID); id != "" {
		v, ok := s.instanceVolumes.get(id)
		if !ok || v.Zone != c.zone() {
			return nil, errNotFound("instance_volume", id)
		}
		if v.VolumeType == instance.VolumeVolumeTypeScratch || v.State != instance.VolumeStateAvailable {
			return nil, errInvalid("volume_id", "constraint", "the volume has no snapshots, or is not available")
		}
		s.startSnapshot(snap, v)
	} else {
		if err := checkObject(deref(req.Bucket), deref(req.Key)); err != nil {
			return nil, err
		}
		snap.Size, snap.State = scw.GB, instance.SnapshotStateImporting
		setIfPresent(&snap.Size, req.Size)
		s.instanceSnapshots.put(snap.ID, snap)
		s.finishInstanceSnapshot(snap)
	}
	return created{map[string]any{
		"snapshot": snap, "task": s.newTask(snap.Zone, "/snapshots", "snapshots/"+snap.ID),
	}}, nil
}

// newInstanceSnapshot returns a snapshot that is not in the collection yet.
func (s *Server) newInstanceSnapshot(name, projectID string, zone scw.Zone) *instanceSnapshot {
	now := s.timestamp()
	return &instanceSnapshot{Snapshot: instance.Snapshot{
		ID: uuid.NewString(), Name: name, Tags: []string{}, Zone: zone, Organization: s.organizationOf(projectID),
		Project: projectID, CreationDate: now, ModificationDate: now, VolumeType: instance.VolumeVolumeTypeLSSD,
	}}
}

// startSnapshot adds a snapshot of a volume to the collection, and schedules its end.
func (s *Server) startSnapshot(snap *instanceSnapshot, v *instanceVolume) {
	snap.Size, snap.State = v.Size, instance.SnapshotStateSnapshotting
	snap.BaseVolume = &instance.SnapshotBaseVolume{ID: v.ID, Name: v.Name}
	v.State = instance.VolumeStateSnapshotting
	s.instanceSnapshots.put(snap.ID, snap)
	s.finishInstanceSnapshot(snap)
}

// finishInstanceSnapshot schedules the end of the state of a snapshot, and of that of its volume.
func (s *Server) finishInstanceSnapshot(snap *instanceSnapshot) {
	state := snap.State
	s.afterState(instanceSnapshotDuration, func() {
		now, ok := s.instanceSnapshots.get(snap.ID)
		if !ok || now.State != state {
			return
		}
		now.State, now.ModificationDate = instance.SnapshotStateAvailable, s.timestamp()
		if state != instance.SnapshotStateSnapshotting {
			return
		}
		if v, ok := s.instanceVolumes.get(now.BaseVolume.ID); ok && v.State == instance.VolumeStateSnapshotting {
			v.State, v.ModificationDate = instance.VolumeStateAvailable, s.timestamp()
		}
	})
}

func (s *Server) getInstanceSnapshot(_ *call, snap *instanceSnapshot) (any, error) {
	return map[string]any{"snapshot": snap}, nil
}

func (s *Server) updateInstanceSnapshot(c *call, snap *instanceSnapshot) (any, error) {
	var req instance.UpdateSnapshotRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&snap.Name, req.Name)
	setListIfPresent(&snap.Tags, req.Tags)
	snap.ModificationDate = s.timestamp()
	return s.getInstanceSnapshot(c, snap)
}

// checkInstanceSnapshot returns an error if an operation of a snapshot runs.
func checkInstanceSnapshot(snap *instanceSnapshot) error {
	if snap.State != instance.SnapshotStateAvailable {
		return errTransient("instance_snapshot", snap.ID, snap.State.String())
	}
	return nil
}

func (s *Server) deleteInstanceSnapshot(_ *call, snap *instanceSnapshot) (any, error) {
	if err := checkInstanceSnapshot(snap); err != nil {
		return nil, err
	}
	s.instanceSnapshots.remove(snap.ID)
	return noContent{}, nil
}

func (s *Server) exportInstanceSnapshot(c *call, snap *instanceSnapshot) (any, error) {
	var req instance.ExportSnapshotRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := checkObject(req.Bucket, req.Key); err != nil {
		return nil, err
	}
	if err := checkInstanceSnapshot(snap); err != nil {
		return nil, err
	}
	snap.State = instance.SnapshotStateExporting
	s.finishInstanceSnapshot(snap)
	path := "/snapshots/" + snap.ID
	return accepted{map[string]any{"task": s.newTask(snap.Zone, path+"/export", path)}}, nil
}
