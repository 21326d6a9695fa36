package sandbox

import (
	"cmp"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
)

// vpcConnector connects a VPC to another one. Every response fills in the status. As recorded, the information on the
// peer is omitted, not null, unless the VPCs are peered.
type vpcConnector struct {
	vpc.VPCConnector

	PeerInfo *vpc.VPCConnectorPeerInfo `json:"peer_info,omitempty"`
}

func (s *Server) routeVPCConnectors(base string) {
	s.route("GET "+base+"/vpc-connectors", areaVPC, s.listVPCConnectors)
	s.route("POST "+base+"/vpc-connectors", areaVPC, s.createVPCConnector)
	s.route("GET "+base+"/vpc-connectors/{id}", areaVPC, s.withVPCConnector(
		func(_ *call, one *vpcConnector) (any, error) { return one, nil },
	))
	s.route("PATCH "+base+"/vpc-connectors/{id}", areaVPC, s.withVPCConnector(s.updateVPCConnector))
	s.route("DELETE "+base+"/vpc-connectors/{id}", areaVPC, s.withVPCConnector(
		func(_ *call, one *vpcConnector) (any, error) {
			for _, r := range s.vpcRoutes.list(nil) {
				if deref(r.NexthopVpcConnectorID) == one.ID {
					return nil, errInUse(
						"the VPC connector is the next hop of route " + r.ID,
					) // [INFERRED vpc-connector-in-use]
				}
			}
			s.vpcConnectors.remove(one.ID)
			return noContent{}, nil
		},
	))
	s.route("GET "+base+"/vpc-connectors/{id}/subnet-overlaps", areaVPC, s.withVPCConnector(s.listSubnetOverlaps))
}

func (s *Server) withVPCConnector(handle func(*call, *vpcConnector) (any, error)) handler {
	return func(c *call) (any, error) {
		id := c.PathValue("id")
		one, ok := s.vpcConnectors.get(id)
		if !ok || one.Region != c.region() {
			return nil, errNotFound("vpc_connector", id)
		}
		return handle(c, s.withPeer(one))
	}
}

// withPeer fills in the status of a connector: orphan until the other VPC has a connector in return, then peered, or
// conflict if subnets of the VPCs overlap. Recordings only show orphan [INFERRED vpc-connector-status].
func (s *Server) withPeer(one *vpcConnector) *vpcConnector {
	one.Status, one.PeerInfo = vpc.VPCConnectorStatusOrphan, nil
	returned := s.vpcConnectors.list(func(other *vpcConnector) bool {
		return other.VpcID == one.TargetVpcID && other.TargetVpcID == one.VpcID
	})
	target, ok := s.vpcs.get(one.TargetVpcID)
	switch {
	case !ok || len(returned) == 0:
	case len(s.subnetOverlaps(one)) > 0:
		one.Status = vpc.VPCConnectorStatusConflict
	default:
		one.Status = vpc.VPCConnectorStatusPeered
		one.PeerInfo = &vpc.VPCConnectorPeerInfo{
			OrganizationID: target.OrganizationID, ProjectID: target.ProjectID, VpcName: target.Name,
		}
	}
	return one
}

// refreshVPCConnectors fills in the status of every connector.
func (s *Server) refreshVPCConnectors() {
	for _, one := range s.vpcConnectors.list(nil) {
		s.withPeer(one)
	}
}

func (s *Server) listVPCConnectors(c *call) (any, error) {
	f := c.filters()
	found := s.vpcConnectors.list(func(one *vpcConnector) bool {
		s.withPeer(one)
		return one.Region == c.region() && f.contains("name", one.Name) && f.hasTag(one.Tags) &&
			f.matches("organization_id", one.OrganizationID) && f.matches("project_id", one.ProjectID) &&
			f.matches("vpc_id", one.VpcID) && f.matches("target_vpc_id", one.TargetVpcID) &&
			f.matchesType("status", string(one.Status))
	})
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(one *vpcConnector) sortKey {
		return sortKey{created: one.CreatedAt, updated: one.UpdatedAt, name: one.Name}
	}))
	return map[string]any{"vpc_connectors": page, "total_count": total}, nil
}

func (s *Server) createVPCConnector(c *call) (any, error) {
	var req vpc.CreateVPCConnectorRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	v, ok := s.vpcs.get(req.VpcID)
	if !ok || v.Region != c.region() {
		return nil, errNotFound("vpc", req.VpcID)
	}
	if req.TargetVpcID == "" || req.TargetVpcID == v.ID {
		return nil, errInvalid("target_vpc_id", "constraint", "must be the id of another VPC")
	}
	if len(s.vpcConnectors.list(func(one *vpcConnector) bool {
		return one.VpcID == v.ID && one.TargetVpcID == req.TargetVpcID
	})) > 0 {
		return nil, errInvalid("target_vpc_id", "constraint", "a connector between these VPCs exists")
	}
	now := s.timestamp()
	one := &vpcConnector{VPCConnector: vpc.VPCConnector{
		ID:             uuid.NewString(),
		Name:           cmp.Or(req.Name, generatedName("connector")),
		OrganizationID: v.OrganizationID,
		ProjectID:      v.ProjectID,
		VpcID:          v.ID,
		TargetVpcID:    req.TargetVpcID,
		Region:         v.Region,
		Tags:           nonNilSlice(req.Tags),
		CreatedAt:      now,
		UpdatedAt:      now,
	}}
	s.vpcConnectors.put(one.ID, one)
	return s.withPeer(one), nil
}

func (s *Server) updateVPCConnector(c *call, one *vpcConnector) (any, error) {
	var req vpc.UpdateVPCConnectorRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	setIfPresent(&one.Name, req.Name)
	setListIfPresent(&one.Tags, req.Tags)
	one.UpdatedAt = s.timestamp()
	return one, nil
}

// subnetOverlaps returns the pairs of overlapping subnets of the two VPCs of a connector.
func (s *Server) subnetOverlaps(one *vpcConnector) []*vpc.ListSubnetOverlapsResponseSubnetOverlap {
	overlaps := []*vpc.ListSubnetOverlapsResponseSubnetOverlap{}
	for _, subnet := range s.subnetsOfVPC(one.VpcID) {
		for _, target := range s.subnetsOfVPC(one.TargetVpcID) {
			a, errA := toPrefix(subnet.Subnet)
			b, errB := toPrefix(target.Subnet)
			if errA == nil && errB == nil && a.Overlaps(b) {
				overlaps = append(overlaps, &vpc.ListSubnetOverlapsResponseSubnetOverlap{
					SubnetID: subnet.ID, Subnet: subnet.Subnet, TargetSubnetID: target.ID, TargetSubnet: target.Subnet,
				})
			}
		}
	}
	return overlaps
}

func (s *Server) subnetsOfVPC(vpcID string) []*vpc.Subnet {
	found := []*vpc.Subnet{}
	for _, network := range s.privateNetworks.list(nil) {
		if network.VpcID == vpcID {
			found = append(found, network.Subnets...)
		}
	}
	return found
}

func (s *Server) listSubnetOverlaps(c *call, one *vpcConnector) (any, error) {
	type overlap = vpc.ListSubnetOverlapsResponseSubnetOverlap
	compare := map[string]func(a, b *overlap) int{
		"subnet":        func(a, b *overlap) int { return compareRanges(a.Subnet, b.Subnet) },
		"target_subnet": func(a, b *overlap) int { return compareRanges(a.TargetSubnet, b.TargetSubnet) },
	}
	none := func(*overlap) sortKey { return sortKey{} }
	page, total := paginate(c, sortItemsWith(c, s.subnetOverlaps(one), "", none, compare))
	return map[string]any{"subnet_overlaps": page, "total_count": total}, nil
}
