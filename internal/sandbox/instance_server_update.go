package sandbox

import (
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
)

func (s *Server) updateServer(c *call, srv *server) (any, error) {
	var req struct {
		instance.UpdateServerRequest

		PlacementGroup nullableText `json:"placement_group"` // the SDK's type does not distinguish null from absent
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if err := s.changeServerType(srv, req.CommercialType); err != nil {
		return nil, err
	}
	group := ""
	if req.SecurityGroup != nil {
		group = req.SecurityGroup.ID
	} else if srv.SecurityGroup != nil {
		group = srv.SecurityGroup.ID
	}
	if err := s.setServerGroups(c, srv, group, req.PlacementGroup.value); err != nil {
		return nil, err
	}
	if req.PlacementGroup.isSet && req.PlacementGroup.value == "" {
		srv.PlacementGroup = nil
	}
	if req.PublicIPs != nil {
		if err := s.setServerIPs(srv, *req.PublicIPs); err != nil {
			return nil, err
		}
	}
	if req.Volumes != nil {
		if err := s.setServerVolumes(c, srv, *req.Volumes); err != nil {
			return nil, err
		}
	}
	setIfPresent(&srv.Name, req.Name)
	setIfPresent(&srv.BootType, req.BootType)
	setListIfPresent(&srv.Tags, req.Tags)
	setIfPresent(&srv.Protected, req.Protected)
	setIfPresent(&srv.DynamicIPRequired, req.DynamicIPRequired)
	if req.AdminPasswordEncryptionSSHKeyID != nil {
		srv.AdminPasswordEncryptionSSHKeyID = req.AdminPasswordEncryptionSSHKeyID
	}
	srv.ModificationDate = s.timestamp()
	return s.getServer(c, srv)
}

// changeServerType changes the type of a stopped Instance.
//
// [INFERRED instance-type-change] The errors for an Instance that is not stopped, and for an unknown type.
func (s *Server) changeServerType(srv *server, name *string) error {
	if name == nil || *name == srv.CommercialType {
		return nil
	}
	if srv.State != instance.ServerStateStopped {
		return errPrecondition("unknown_precondition", "the Instance must be stopped to change its type")
	}
	kind := findServerType(*name, srv.Zone)
	if kind == nil || kind.Arch != srv.Arch {
		return errInvalid("commercial_type", "constraint", "is not a type of the zone with the same architecture")
	}
	srv.CommercialType, srv.EndOfService = kind.name, kind.EndOfService
	return s.checkLocalVolumes(srv)
}
