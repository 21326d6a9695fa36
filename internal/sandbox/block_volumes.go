package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// Recorded durations of volume operations. The recordings of July 2026 date the end of a creation 0.2 to 0.4 seconds
// after its start, and the end of a change of IOPS less than 2 seconds.
//
// [INFERRED block-resize] No recording shows a change of the size: it takes as long as one of the IOPS, with the
// status resizing, and the volume has its old size until the end.
const (
	volumeCreateDuration = 300 * time.Millisecond
	volumeUpdateDuration = time.Second
)

// The sizes of a volume. The CSI driver creates volumes from 1 GB, Scaleway's documentation names the maximum.
const (
	minVolumeSize = scw.GB
	maxVolumeSize = 10 * scw.TB
)

// deletedRetention is the time that include_deleted shows a deleted object.
//
// [INFERRED block-deleted] The SDK documents include_deleted as "display deleted volumes not erased yet".
const deletedRetention = time.Hour

// volume is a Block Storage volume. Volumes of PersistentVolumeClaims have no tag of their cluster: only the Instance
// that they are attached to and the PersistentVolume in the cluster identify it.
type volume struct {
	block.Volume

	Srn string `json:"srn,omitempty"` // not in recordings

	clusterID string // of the node that it was last attached to
}

// routeBlock registers block/v1 and block/v1alpha1. The CSI driver's releases before 2026 and the attachment of volumes
// in the SDK use v1alpha1.
//
// [INFERRED block-v1alpha1] The responses of v1alpha1 are those of v1: its types in the SDK have the same fields,
// without the newest.
func (s *Server) routeBlock() {
	for _, version := range []string{"v1", "v1alpha1"} {
		base := "/block/" + version + "/zones/{zone}"
		s.routeVolumeTypes(base)
		s.routeVolumes(base + "/volumes")
		s.routeSnapshots(base + "/snapshots")
	}
	s.route("POST /block/v1alpha1/zones/{zone}/snapshots/import-from-s3", areaBlock, s.importSnapshot)
}

func (s *Server) routeVolumes(base string) {
	s.route("GET "+base, areaBlock, s.listVolumes)
	s.route("POST "+base, areaBlock, s.createVolume)
	s.route("GET "+base+"/{id}", areaBlock, s.withVolume(func(_ *call, v *volume) (any, error) { return v, nil }))
	s.route("PATCH "+base+"/{id}", areaBlock, s.withVolume(s.updateVolume))
	s.route("DELETE "+base+"/{id}", areaBlock, s.withVolume(s.deleteVolume))
}

func (s *Server) withVolume(handle func(*call, *volume) (any, error)) handler {
	return func(c *call) (any, error) {
		id := c.PathValue("id")
		v, ok := s.volumes.get(id)
		if !ok || v.Zone != c.zone() {
			return nil, errNotFound("volume", id)
		}
		return handle(c, v)
	}
}

func (s *Server) listVolumes(c *call) (any, error) {
	f := c.filters()
	keep := func(v *volume) bool {
		isReferenced := func(r *block.Reference) bool { return f.matches("product_resource_id", r.ProductResourceID) }
		return v.Zone == c.zone() && f.matches("project_id", v.ProjectID) &&
			f.matches("organization_id", s.organizationOf(v.ProjectID)) && f.contains("name", v.Name) &&
			f.hasTag(v.Tags) && f.matches("volume_type", v.Type) && f.matches("volume_ids", v.ID) &&
			(len(f.values("product_resource_id")) == 0 || slices.ContainsFunc(v.References, isReferenced))
	}
	found := s.volumes.list(keep)
	if f.isTrue("include_deleted") {
		found = append(found, s.deletedVolumes.list(keep)...)
	}
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(v *volume) sortKey {
		return sortKey{name: v.Name, created: v.CreatedAt, updated: v.UpdatedAt}
	}))
	return map[string]any{"volumes": page, "total_count": total}, nil
}

func (s *Server) createVolume(c *call) (any, error) {
	var req block.CreateVolumeRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	var size scw.Size
	var from *snapshot
	switch {
	case req.FromSnapshot != nil:
		source, err := s.findSnapshot(c, req.FromSnapshot.SnapshotID)
		if err != nil {
			return nil, err
		}
		if err := source.checkSettled(); err != nil {
			return nil, err
		}
		from, size = source, source.Size
		setIfPresent(&size, req.FromSnapshot.Size)
		if size < source.Size {
			return nil, errInvalid("from_snapshot.size", "constraint", "must be at least the size of the snapshot")
		}
	case req.FromEmpty != nil:
		size = req.FromEmpty.Size
	default:
		return nil, errInvalid("from_empty", "required", "")
	}
	iops := uint32(5000)
	setIfPresent(&iops, req.PerfIops)
	if err := checkVolume(size, iops); err != nil {
		return nil, err
	}
	v := s.newVolume(cmp.Or(req.Name, generatedName("vol")), c.projectID(&req.ProjectID), c.zone(), size, iops)
	v.Tags, v.KmsKeyID = nonNilSlice(req.Tags), req.KmsKeyID
	if from != nil {
		v.ParentSnapshotID = &from.ID
	}
	return v, nil
}

// checkVolume returns an error if the size or the IOPS of a volume are not allowed.
func checkVolume(size scw.Size, iops uint32) error {
	if size < minVolumeSize || size > maxVolumeSize {
		return errInvalid("size", "constraint", "must be between 1 GB and 10 TB")
	}
	if iops != 5000 && iops != 15000 {
		return errInvalid("perf_iops", "constraint", "must be 5000 or 15000")
	}
	return nil
}

// newVolume creates a volume, which becomes available after the duration of a creation.
func (s *Server) newVolume(name, projectID string, zone scw.Zone, size scw.Size, iops uint32) *volume {
	now := s.timestamp()
	v := &volume{Volume: block.Volume{
		ID: uuid.NewString(), Name: name, Size: size, ProjectID: projectID, CreatedAt: now, UpdatedAt: now,
		References: []*block.Reference{}, Status: block.VolumeStatusCreating, Tags: []string{}, Zone: zone,
		Specs: &block.VolumeSpecifications{Class: block.StorageClassSbs},
	}}
	v.setIOPS(iops)
	s.volumes.put(v.ID, v)
	s.finishVolume(v.ID, volumeCreateDuration, block.VolumeStatusCreating, func(*volume) {})
	return v
}

func (v *volume) setIOPS(iops uint32) {
	v.Specs.PerfIops, v.Type = &iops, fmt.Sprintf("sbs_%dk", iops/1000)
}

// finishVolume schedules the end of an operation with a status: it applies the change, and the volume is available or
// in use again.
func (s *Server) finishVolume(id string, duration time.Duration, status block.VolumeStatus, change func(*volume)) {
	s.afterState(duration, func() {
		if v, ok := s.volumes.get(id); ok && v.Status == status {
			v.Status, v.UpdatedAt = v.settledStatus(), s.timestamp()
			change(v)
		}
	})
}

// settledStatus returns the status of a volume without a running operation.
func (v *volume) settledStatus() block.VolumeStatus {
	if len(v.References) > 0 {
		return block.VolumeStatusInUse
	}
	return block.VolumeStatusAvailable
}

// checkSettled returns an error if an operation of the volume runs.
func (v *volume) checkSettled() error {
	if v.Status != block.VolumeStatusAvailable && v.Status != block.VolumeStatusInUse {
		return errTransient("volume", v.ID, string(v.Status))
	}
	return nil
}

func (s *Server) updateVolume(c *call, v *volume) (any, error) {
	var req block.UpdateVolumeRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := v.checkSettled(); err != nil {
		return nil, err
	}
	size, iops := v.Size, *v.Specs.PerfIops
	setIfPresent(&size, req.Size)
	setIfPresent(&iops, req.PerfIops)
	if err := checkVolume(size, iops); err != nil {
		return nil, err
	}
	if size < v.Size {
		return nil, errInvalid("size", "constraint", "a volume cannot shrink")
	}
	if req.Name != nil && *req.Name != v.Name || req.Tags != nil {
		v.UpdatedAt = s.timestamp()
	}
	setIfPresent(&v.Name, req.Name)
	setListIfPresent(&v.Tags, req.Tags)
	switch {
	case size != v.Size:
		v.Status = block.VolumeStatusResizing
	case iops != *v.Specs.PerfIops:
		v.Status = block.VolumeStatusUpdating
	default:
		return v, nil
	}
	s.finishVolume(v.ID, volumeUpdateDuration, v.Status, func(v *volume) {
		v.Size = size
		v.setIOPS(iops)
	})
	return v, nil
}

// deleteVolume deletes a volume that is not attached. As recorded, the next read does not find it.
//
// [INFERRED block-in-use] The error for a volume that is attached: the CSI driver maps a failed precondition to a
// volume in use.
func (s *Server) deleteVolume(_ *call, v *volume) (any, error) {
	if len(v.References) > 0 {
		return nil, errInUse("the volume is attached to " + v.References[0].ProductResourceID)
	}
	if err := v.checkSettled(); err != nil {
		return nil, err
	}
	s.removeVolume(v)
	return noContent{}, nil
}

// removeVolume removes a volume. Only lists with include_deleted still show it.
func (s *Server) removeVolume(v *volume) {
	if !s.volumes.remove(v.ID) {
		return
	}
	v.Status, v.UpdatedAt = block.VolumeStatusDeleted, s.timestamp()
	s.deletedVolumes.put(v.ID, v)
	s.after(deletedRetention, func() { s.deletedVolumes.remove(v.ID) })
}
