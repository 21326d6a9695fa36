package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// defaultBlockSize is the size of a Block Storage volume that an Instance is created with, if the request has none.
//
// [INFERRED instance-block-volumes] No recording shows an Instance that a client created with a Block Storage volume:
// the size, and the name from the image and the index.
const defaultBlockSize = 10 * scw.GB

func (s *Server) createServer(c *call) (any, error) {
	var req instance.CreateServerRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	kind := findServerType(req.CommercialType, c.zone())
	if kind == nil {
		return nil, errInvalid("commercial_type", "constraint", fmt.Sprintf("%q is not a type of the zone",
			req.CommercialType))
	}
	srv := s.newServer(cmp.Or(req.Name, generatedName("srv")), c.projectID(req.Project), c.zone(), kind)
	srv.Tags, srv.Protected = nonNilTags(req.Tags), req.Protected
	setIfPresent(&srv.BootType, req.BootType)
	setIfPresent(&srv.DynamicIPRequired, req.DynamicIPRequired)
	if id := deref(req.Image); id != "" {
		image, err := s.findImage(c, id)
		if err != nil {
			return nil, err
		}
		if image.Arch != kind.Arch {
			return nil, errInvalid("image", "constraint", "its architecture is not that of the type")
		}
		copied := *image
		srv.Image = &copied
	}
	if err := s.setServerGroups(c, srv, deref(req.SecurityGroup), deref(req.PlacementGroup)); err != nil {
		return nil, err
	}
	s.servers.put(srv.ID, srv)
	if err := s.addServerParts(c, srv, &req); err != nil {
		s.removeServer(srv, true)
		return nil, err
	}
	return created{map[string]any{"server": s.withVolumes(srv)}}, nil
}

// findServerType returns a type that exists in a zone, or nil.
func findServerType(name string, zone scw.Zone) *serverType {
	for _, t := range newServerTypes() {
		if t.existsIn(zone) && (t.name == name || slices.Contains(t.AltNames, name)) {
			return t
		}
	}
	return nil
}

// newServer returns a stopped Instance without volumes and IPs.
func (s *Server) newServer(name, projectID string, zone scw.Zone, kind *serverType) *server {
	now, id, routed, no := s.timestamp(), uuid.NewString(), true, false
	dns := id + ".pub.instances.scw.cloud"
	srv := &server{PrivateNics: []*privateNIC{}, Server: instance.Server{
		ID:             id,
		Name:           name,
		Hostname:       name,
		Arch:           kind.Arch,
		CommercialType: kind.name,
		BootType:       instance.BootTypeLocal,
		Organization: s.organizationOf(
			projectID,
		),
		Project:           projectID,
		Tags:              []string{},
		PublicIPs:         []*instance.ServerIP{},
		MacAddress:        "de:00:01:" + strings.ToLower(newMAC()[9:]),
		RoutedIPEnabled:   &routed, //nolint:staticcheck // deprecated in the SDK, still in the API's responses
		EnableIPv6:        &no,     //nolint:staticcheck // as above
		CreationDate:      now,
		ModificationDate:  now,
		Maintenances:      []*instance.ServerMaintenance{},
		Zone:              zone,
		Filesystems:       []*instance.ServerFilesystem{},
		EndOfService:      kind.EndOfService,
		DNS:               &dns,
		DynamicIPRequired: true,
	}}
	srv.setState(instance.ServerStateStopped, "")
	return srv
}

// setServerGroups sets the security group of an Instance, by default that of the Project, and its placement group.
func (s *Server) setServerGroups(c *call, srv *server, securityGroupID, placementGroupID string) error {
	if securityGroupID == "" {
		securityGroupID = s.projectSecurityGroup(srv.Project, srv.Zone).ID
	}
	security, ok := s.securityGroups.get(securityGroupID)
	if !ok || security.Zone != c.zone() {
		return errNotFound("instance_security_group", securityGroupID)
	}
	srv.SecurityGroup = s.securityGroupSummary(securityGroupID)
	if placementGroupID == "" {
		return nil
	}
	placement, ok := s.placementGroups.get(placementGroupID)
	if !ok || placement.Zone != c.zone() {
		return errNotFound("placement_group", placementGroupID)
	}
	copied := placement.PlacementGroup
	srv.PlacementGroup = &copied
	return nil
}

// projectSecurityGroup returns the default security group of a Project in a zone, and creates it if it is missing.
func (s *Server) projectSecurityGroup(projectID string, zone scw.Zone) *securityGroup {
	for _, group := range s.securityGroups.list(nil) {
		if group.Project == projectID && group.Zone == zone && group.ProjectDefault {
			return group
		}
	}
	group := s.newSecurityGroup("Default security group", projectID, zone)
	group.ProjectDefault, group.Stateful = true, true
	group.OrganizationDefault = scw.BoolPtr(true) //nolint:staticcheck // deprecated, still in the API's responses
	group.Description = scw.StringPtr("Auto generated security group.")
	return group
}

// addServerParts adds the volumes and the IPs of a request to a new Instance. Without a volume at index 0, the image
// determines it.
func (s *Server) addServerParts(c *call, srv *server, req *instance.CreateServerRequest) error {
	volumes := map[string]*instance.VolumeServerTemplate{}
	if srv.Image != nil {
		volumes["0"] = &instance.VolumeServerTemplate{}
	}
	for index, template := range req.Volumes {
		if template != nil {
			volumes[index] = template
		}
	}
	for index, template := range volumes {
		if err := s.addServerVolume(c, srv, index, template); err != nil {
			return err
		}
	}
	if err := s.checkLocalVolumes(srv); err != nil {
		return err
	}
	ids := []string{}
	setIfPresent(&ids, req.PublicIPs)
	if id := deref(req.PublicIP); id != "" { //nolint:staticcheck // deprecated, still accepted
		ids = append(ids, id)
	}
	return s.setServerIPs(srv, ids)
}

// addServerVolume attaches an existing volume to an Instance, or creates one: from a snapshot, from the image at index
// 0, or empty.
func (s *Server) addServerVolume(
	c *call, srv *server, index string, template *instance.VolumeServerTemplate,
) error {
	boot := template.Boot != nil && *template.Boot
	if id := deref(template.ID); id != "" {
		return s.plugVolume(srv, index, id, boot)
	}
	kind, size, name := template.VolumeType, scw.Size(0), deref(template.Name)
	fromImage := index == "0" && srv.Image != nil
	if fromImage {
		kind, name = cmp.Or(kind, imageVolumeType(srv.Image)), srv.Image.Name
		if snap, ok := s.snapshots.get(srv.Image.RootVolume.ID); ok {
			size = snap.Size
		}
	}
	if id := deref(template.BaseSnapshot); id != "" {
		if snap, ok := s.instanceSnapshots.get(id); ok && snap.Zone == srv.Zone {
			kind, size = snap.VolumeType, snap.Size
		} else if snap, err := s.findSnapshot(c, id); err == nil {
			kind, size = instance.VolumeVolumeTypeSbsVolume, snap.Size
		} else {
			return errNotFound("instance_snapshot", id)
		}
	}
	setIfPresent(&size, template.Size)
	name = cmp.Or(name, generatedName("vol"))
	if kind == instance.VolumeVolumeTypeSbsVolume {
		size = cmp.Or(size, defaultBlockSize)
		if err := checkVolume(size, 5000); err != nil {
			return err
		}
		if fromImage {
			name += "_sbs_volume_" + index
		}
		v := s.newVolume(name, srv.Project, srv.Zone, size, 5000)
		if fromImage && srv.Image.RootVolume.VolumeType == instance.VolumeVolumeTypeSbsSnapshot {
			v.ParentSnapshotID = &srv.Image.RootVolume.ID
		}
		s.attachVolume(v, srv.ID)
		srv.addSlot(index, v.ID, boot)
		return nil
	}
	if fromImage && size == 0 {
		size = findServerType(srv.CommercialType, srv.Zone).VolumesConstraint.MaxSize
	}
	v, err := s.newInstanceVolume(name, srv.Project, srv.Zone, kind, size)
	if err != nil {
		return err
	}
	v.Server = &instance.ServerSummary{ID: srv.ID, Name: srv.Name}
	srv.addSlot(index, v.ID, boot)
	return nil
}

// checkLocalVolumes returns an error if the local volumes of an Instance together are larger than its type allows.
func (s *Server) checkLocalVolumes(srv *server) error {
	total := scw.Size(0)
	for _, slot := range srv.slots {
		if v, ok := s.instanceVolumes.get(slot.id); ok && v.VolumeType == instance.VolumeVolumeTypeLSSD {
			total += v.Size
		}
	}
	if limit := findServerType(srv.CommercialType, srv.Zone).VolumesConstraint.MaxSize; total > limit {
		return errInvalid("volumes", "constraint", fmt.Sprintf("the local volumes have %d GB, %s allows %d GB",
			total/scw.GB, srv.CommercialType, limit/scw.GB))
	}
	return nil
}
