package sandbox

import "slices"

// routeObjectStorageAccess registers the private access of VPCs to Object Storage. No recording shows it: the requests
// and responses are those of the SDK [INFERRED vpc-object-storage].
func (s *Server) routeObjectStorageAccess(base string) {
	access := base + "/object-storage-private-access/{id}"
	s.route("POST "+access+"/enable", areaVPC, s.changeVPC(func(v *vpcNetwork) { v.setObjectStorageAccess(true) }))
	s.route("POST "+access+"/disable", areaVPC, s.changeVPC(func(v *vpcNetwork) {
		v.setObjectStorageAccess(false)
		s.setObjectStorageNetworks(v, nil)
	}))
	s.route("POST "+access+"/private-networks", areaVPC, s.changeObjectStorageNetworks(
		func(current, requested []string) []string { return slices.Concat(current, requested) },
	))
	s.route("PUT "+access+"/private-networks", areaVPC, s.changeObjectStorageNetworks(
		func(_, requested []string) []string { return requested },
	))
	s.route("DELETE "+access+"/private-networks/{network}", areaVPC, func(c *call) (any, error) {
		remove := s.changeObjectStorageNetworks(func(current, _ []string) []string {
			return slices.DeleteFunc(current, func(id string) bool { return id == c.PathValue("network") })
		})
		if _, err := remove(c); err != nil {
			return nil, err
		}
		return noContent{}, nil
	})
}

// setObjectStorageAccess sets both fields: that of the SDK and that of the recordings.
func (v *vpcNetwork) setObjectStorageAccess(enabled bool) {
	v.ObjectStoragePrivateAccessEnabled, v.S3IntegrationEnabled = enabled, enabled
}

// objectStorageNetworks returns the ids of the Private Networks of a VPC with access to Object Storage.
func (s *Server) objectStorageNetworks(v *vpcNetwork) []string {
	ids := []string{}
	for _, network := range s.privateNetworks.list(nil) {
		if network.VpcID == v.ID && network.HasObjectStoragePrivateAccess {
			ids = append(ids, network.ID)
		}
	}
	return ids
}

func (s *Server) setObjectStorageNetworks(v *vpcNetwork, ids []string) {
	for _, network := range s.privateNetworks.list(nil) {
		if network.VpcID == v.ID {
			enabled := slices.Contains(ids, network.ID)
			network.HasObjectStoragePrivateAccess, network.HasS3Integration = enabled, enabled
		}
	}
}

// changeObjectStorageNetworks returns a handler that changes the Private Networks with access. change returns the ids
// of the new ones, given those of the current and of the requested ones.
func (s *Server) changeObjectStorageNetworks(change func(current, requested []string) []string) handler {
	return func(c *call) (any, error) {
		v, err := s.findVPC(c)
		if err != nil {
			return nil, err
		}
		var req struct {
			PrivateNetworkID  string   `json:"private_network_id"`
			PrivateNetworkIDs []string `json:"private_network_ids"`
		}
		if err := c.decode(&req); err != nil {
			return nil, err
		}
		if req.PrivateNetworkID != "" {
			req.PrivateNetworkIDs = append(req.PrivateNetworkIDs, req.PrivateNetworkID)
		}
		if !v.ObjectStoragePrivateAccessEnabled {
			return nil, errPrecondition("unknown_precondition", "the VPC has no Object Storage private access")
		}
		for _, id := range req.PrivateNetworkIDs {
			if network, ok := s.privateNetworks.get(id); !ok || network.VpcID != v.ID {
				return nil, errNotFound("private_network", id)
			}
		}
		s.setObjectStorageNetworks(v, change(s.objectStorageNetworks(v), req.PrivateNetworkIDs))
		return map[string]any{"vpc_id": v.ID, "private_network_ids": s.objectStorageNetworks(v)}, nil
	}
}
