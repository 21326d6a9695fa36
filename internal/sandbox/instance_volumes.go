package sandbox

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// The sizes of a local volume in the recorded catalogue.
const (
	minLocalVolume = scw.GB
	maxLocalVolume = 800 * scw.GB
)

// instanceVolume is a local volume, which instance/v1 manages. It does not know the volumes of Block Storage.
type instanceVolume struct {
	instance.Volume
}

func (s *Server) routeInstanceVolumes(base string) {
	one := base + "/volumes/{id}"
	s.route("GET "+base+"/volumes", areaInstance, s.listInstanceVolumes)
	s.route("POST "+base+"/volumes", areaInstance, s.createInstanceVolume)
	s.route("GET "+one, areaInstance, s.withInstanceVolume(s.getInstanceVolume))
	s.route("PATCH "+one, areaInstance, s.withInstanceVolume(s.updateInstanceVolume))
	s.route("DELETE "+one, areaInstance, s.withInstanceVolume(s.deleteInstanceVolume))
	s.route("GET "+base+"/products/volumes", areaInstance, s.listInstanceVolumeTypes)
}

func (s *Server) withInstanceVolume(handle func(*call, *instanceVolume) (any, error)) handler {
	return func(c *call) (any, error) {
		id := c.PathValue("id")
		v, ok := s.instanceVolumes.get(id)
		if !ok || v.Zone != c.zone() {
			return nil, errNotFound("instance_volume", id)
		}
		return handle(c, v)
	}
}

// listInstanceVolumes lists the local volumes, the newest first.
func (s *Server) listInstanceVolumes(c *call) (any, error) {
	f := c.filters()
	found := s.instanceVolumes.list(func(v *instanceVolume) bool {
		return v.Zone == c.zone() && f.matches("project", v.Project) && f.matches("organization", v.Organization) &&
			f.contains("name", v.Name) && f.hasAllTags(v.Tags) && f.matches("volume_type", v.VolumeType.String())
	})
	slices.Reverse(found)
	page, total := paginateWithDefault(c, found, 50)
	return listResponse{map[string]any{"volumes": page}, total}, nil
}

func (s *Server) createInstanceVolume(c *call) (any, error) {
	var req instance.CreateVolumeRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	kind, size := cmp.Or(req.VolumeType, instance.VolumeVolumeTypeLSSD), scw.Size(0)
	if id := deref(req.BaseSnapshot); id != "" {
		snap, ok := s.instanceSnapshots.get(id)
		if !ok || snap.Zone != c.zone() {
			return nil, errNotFound("instance_snapshot", id)
		}
		kind, size = snap.VolumeType, snap.Size
	}
	setIfPresent(&size, req.Size)
	v, err := s.newInstanceVolume(
		cmp.Or(req.Name, generatedName("vol")),
		c.projectID(req.Project),
		c.zone(),
		kind,
		size,
	)
	if err != nil {
		return nil, err
	}
	v.Tags = nonNilTags(req.Tags)
	return created{map[string]any{"volume": v}}, nil
}

// newInstanceVolume creates a local volume.
//
// [INFERRED instance-volumes] Recordings show local volumes with their Instance only. The volume types that the API
// refuses are those that the documentation calls retired or managed by Block Storage.
func (s *Server) newInstanceVolume(
	name, projectID string, zone scw.Zone, kind instance.VolumeVolumeType, size scw.Size,
) (*instanceVolume, error) {
	if kind != instance.VolumeVolumeTypeLSSD && kind != instance.VolumeVolumeTypeScratch {
		return nil, errInvalid(
			"volume_type",
			"constraint",
			fmt.Sprintf("%s volumes are managed by Block Storage", kind),
		)
	}
	if size < minLocalVolume || kind == instance.VolumeVolumeTypeLSSD && size > maxLocalVolume {
		return nil, errInvalid("size", "constraint", "must be between 1 GB and 800 GB")
	}
	now := s.timestamp()
	v := &instanceVolume{Volume: instance.Volume{
		ID: uuid.NewString(), Name: name, Size: size, VolumeType: kind, CreationDate: now, ModificationDate: now,
		Organization: s.organizationOf(projectID), Project: projectID, Tags: []string{}, Zone: zone,
		State: instance.VolumeStateAvailable,
	}}
	s.instanceVolumes.put(v.ID, v)
	return v, nil
}

func (s *Server) getInstanceVolume(_ *call, v *instanceVolume) (any, error) {
	return map[string]any{"volume": v}, nil
}

func (s *Server) updateInstanceVolume(c *call, v *instanceVolume) (any, error) {
	var req instance.UpdateVolumeRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Size != nil && *req.Size != v.Size {
		return nil, errInvalid("size", "constraint", "a local volume cannot be resized")
	}
	setIfPresent(&v.Name, req.Name)
	setListIfPresent(&v.Tags, req.Tags)
	v.ModificationDate = s.timestamp()
	return s.getInstanceVolume(c, v)
}

func (s *Server) deleteInstanceVolume(_ *call, v *instanceVolume) (any, error) {
	if v.Server != nil {
		return nil, errInUse("the volume is attached to " + v.Server.ID)
	}
	s.instanceVolumes.remove(v.ID)
	return noContent{}, nil
}

// listInstanceVolumeTypes lists the types of volumes.
//
// [INFERRED instance-volume-types] No recording shows it: the types of local volumes.
func (s *Server) listInstanceVolumeTypes(*call) (any, error) {
	types := map[string]*instance.VolumeType{
		"l_ssd": {
			DisplayName: "Local SSD", Capabilities: &instance.VolumeTypeCapabilities{Snapshot: true},
			Constraints: &instance.VolumeTypeConstraints{Min: minLocalVolume, Max: maxLocalVolume},
		},
		"scratch": {
			DisplayName: "Scratch", Capabilities: &instance.VolumeTypeCapabilities{},
			Constraints: &instance.VolumeTypeConstraints{Min: minLocalVolume, Max: maxVolumeSize},
		},
	}
	return listResponse{map[string]any{"volumes": types}, uint64(len(types))}, nil
}
