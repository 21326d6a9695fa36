package sandbox

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// Recorded durations of volume operations, and the smallest volume that the API creates.
const (
	volumeCreateDuration = 5 * time.Second
	volumeDeleteDuration = 5 * time.Second
	minVolumeSize        = 5 * scw.GB
)

// volume is a Block Storage volume. Volumes of PersistentVolumeClaims have no tag of their cluster: only the Instance
// that they are attached to and the PersistentVolume in the cluster identify it.
type volume struct {
	block.Volume

	Srn string `json:"srn,omitempty"` // not in recordings

	clusterID string // of the node that it was last attached to
}

func (s *Server) routeBlock() {
	const base = "/block/v1/zones/{zone}/volumes"
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
	product := c.URL.Query().Get("product_resource_id")
	found := s.volumes.list(func(v *volume) bool {
		return v.Zone == c.zone() && f.matches(
			"project_id", v.ProjectID,
		) && f.contains("name", v.Name) && f.hasTag(v.Tags) &&
			(product == "" || slices.ContainsFunc(
				v.References, func(r *block.Reference) bool { return r.ProductResourceID == product },
			))
	})
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
	var from *string
	switch {
	case req.FromSnapshot != nil:
		source, err := s.findSnapshot(c, req.FromSnapshot.SnapshotID)
		if err != nil {
			return nil, err
		}
		from, size = &source.ID, source.Size
		setIfPresent(&size, req.FromSnapshot.Size)
	case req.FromEmpty != nil:
		size = req.FromEmpty.Size
	default:
		return nil, errInvalid("from_empty", "required", "")
	}
	if size < minVolumeSize {
		return nil, errInvalid("size", "constraint", "must be at least 5 GB")
	}
	iops := uint32(5000)
	if req.PerfIops != nil {
		iops = *req.PerfIops
	}
	if iops != 5000 && iops != 15000 {
		return nil, errInvalid("perf_iops", "constraint", "must be 5000 or 15000")
	}
	now := s.timestamp()
	v := &volume{Volume: block.Volume{
		ID: uuid.NewString(), Name: req.Name, Type: fmt.Sprintf("sbs_%dk", iops/1000), Size: size,
		ProjectID: c.projectID(&req.ProjectID), CreatedAt: now, UpdatedAt: now,
		ParentSnapshotID: from,
		References:       []*block.Reference{}, Status: block.VolumeStatusCreating, Tags: nonNilSlice(req.Tags),
		Zone: c.zone(), Specs: &block.VolumeSpecifications{
			PerfIops: &iops, Class: block.StorageClassSbs,
		},
	}}
	s.volumes.put(v.ID, v)
	s.after(volumeCreateDuration, func() {
		if v.Status == block.VolumeStatusCreating {
			v.Status = block.VolumeStatusAvailable
		}
	})
	return v, nil
}

func (s *Server) updateVolume(c *call, v *volume) (any, error) {
	var req block.UpdateVolumeRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&v.Name, req.Name)
	setIfPresent(&v.Tags, req.Tags)
	if req.Size != nil {
		if *req.Size < v.Size {
			return nil, errInvalid("size", "constraint", "a volume cannot shrink")
		}
		v.Size = *req.Size
	}
	if req.PerfIops != nil {
		v.Specs.PerfIops, v.Type = req.PerfIops, fmt.Sprintf("sbs_%dk", *req.PerfIops/1000)
	}
	v.UpdatedAt = s.timestamp()
	return v, nil
}

// deleteVolume deletes a volume that is not attached.
func (s *Server) deleteVolume(_ *call, v *volume) (any, error) {
	if len(v.References) > 0 {
		return nil, errTransient("volume", v.ID, string(v.Status))
	}
	v.Status = block.VolumeStatusDeleting
	s.after(volumeDeleteDuration, func() { s.volumes.remove(v.ID) })
	return noContent{}, nil
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
	v.Status, v.clusterID = block.VolumeStatusInUse, n.ClusterID
	v.References = []*block.Reference{{
		ID: uuid.NewString(), ProductResourceType: "instance_server", ProductResourceID: n.serverID,
		CreatedAt: s.timestamp(),
		Type:      block.ReferenceTypeExclusive, Status: block.ReferenceStatusAttached,
	}}
	return nil
}

// detachVolumes detaches the volumes of an Instance that is being deleted.
func (s *Server) detachVolumes(serverID string) {
	for _, v := range s.volumes.list(nil) {
		if len(v.References) > 0 && v.References[0].ProductResourceID == serverID {
			v.References, v.LastDetachedAt = []*block.Reference{}, s.timestamp()
			if v.Status == block.VolumeStatusInUse {
				v.Status = block.VolumeStatusAvailable
			}
		}
	}
}
