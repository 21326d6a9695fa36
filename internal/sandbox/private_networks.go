package sandbox

import (
	"cmp"
	"strings"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// privateNetwork is a Private Network with one IPv4 and one IPv6 subnet.
type privateNetwork struct {
	vpc.PrivateNetwork

	// HasS3Integration is what the recordings call the field HasObjectStoragePrivateAccess of the SDK.
	HasS3Integration bool `json:"has_s3_integration"`
}

func (s *Server) routePrivateNetworks(base string) {
	s.route("GET "+base+"/private-networks", areaPrivateNetwork, s.listPrivateNetworks)
	s.route("POST "+base+"/private-networks", areaPrivateNetwork, s.createPrivateNetwork)
	s.route("GET "+base+"/private-networks/{id}", areaPrivateNetwork, s.getPrivateNetwork)
	s.route("PATCH "+base+"/private-networks/{id}", areaPrivateNetwork, s.updatePrivateNetwork)
	s.route("DELETE "+base+"/private-networks/{id}", areaPrivateNetwork, s.deletePrivateNetwork)
	s.route("POST "+base+"/private-networks/{id}/enable-dhcp", areaPrivateNetwork, s.enableDHCP)
	s.route("POST "+base+"/private-networks/{id}/subnets", areaPrivateNetwork, s.addSubnets)
	s.route("DELETE "+base+"/private-networks/{id}/subnets", areaPrivateNetwork, s.deleteSubnets)
	s.route("GET "+base+"/subnets", areaPrivateNetwork, s.listSubnets)
}

func (s *Server) listPrivateNetworks(c *call) (any, error) {
	f := c.filters()
	found := s.privateNetworks.list(func(n *privateNetwork) bool {
		return n.Region == c.region() && f.matches("project_id", n.ProjectID) && f.matches(
			"organization_id", n.OrganizationID,
		) &&
			f.contains("name", n.Name) && f.hasTag(n.Tags) && f.matches("private_network_ids", n.ID) &&
			f.matches("vpc_id", n.VpcID) &&
			f.matchesBool("dhcp_enabled", n.DHCPEnabled) &&
			f.matchesBool("object_storage_private_access_enabled", n.HasObjectStoragePrivateAccess)
	})
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(n *privateNetwork) sortKey {
		return sortKey{created: n.CreatedAt, updated: n.UpdatedAt, name: n.Name}
	}))
	return map[string]any{"private_networks": page, "total_count": total}, nil
}

func (s *Server) createPrivateNetwork(c *call) (any, error) {
	var req vpc.CreatePrivateNetworkRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	projectID := c.projectID(&req.ProjectID)
	if _, ok := s.projects.get(projectID); !ok {
		return nil, errNotFound("project_id", projectID)
	}
	var parent *vpcNetwork
	if req.VpcID == nil {
		parent = s.defaultVPC(projectID, c.region())
	} else {
		v, ok := s.vpcs.get(*req.VpcID)
		if !ok || v.Region != c.region() {
			return nil, errNotFound("vpc", *req.VpcID)
		}
		if v.ProjectID != projectID {
			return nil, errInvalid("vpc_id", "constraint", "the VPC belongs to another Project")
		}
		parent = v
	}
	blocks, err := s.chooseSubnets(parent.ID, req.Subnets)
	if err != nil {
		return nil, err
	}
	network := s.newPrivateNetwork(uuid.NewString(), cmp.Or(req.Name, generatedName("pn")), parent, blocks)
	network.Tags, network.DefaultRoutePropagationEnabled = nonNilTags(req.Tags), req.DefaultRoutePropagationEnabled
	return network, nil
}

// newPrivateNetwork creates a Private Network in the Project and region of a VPC, with a subnet for each block.
func (s *Server) newPrivateNetwork(id, name string, parent *vpcNetwork, blocks []scw.IPNet) *privateNetwork {
	now := s.timestamp()
	network := &privateNetwork{PrivateNetwork: vpc.PrivateNetwork{
		ID: id, Name: name, OrganizationID: parent.OrganizationID, ProjectID: parent.ProjectID, Region: parent.Region,
		Tags: []string{}, CreatedAt: now, UpdatedAt: now, VpcID: parent.ID, DHCPEnabled: true,
	}}
	for _, block := range blocks {
		network.Subnets = append(network.Subnets, s.newSubnet(network, block))
	}
	s.privateNetworks.put(id, network)
	return network
}

func (s *Server) findPrivateNetwork(c *call) (*privateNetwork, error) {
	id := c.PathValue("id")
	network, ok := s.privateNetworks.get(id)
	if !ok || network.Region != c.region() {
		return nil, errNotFound("private_network", id)
	}
	return network, nil
}

func (s *Server) getPrivateNetwork(c *call) (any, error) {
	network, err := s.findPrivateNetwork(c)
	if err != nil {
		return nil, err
	}
	return network, nil
}

func (s *Server) updatePrivateNetwork(c *call) (any, error) {
	network, err := s.findPrivateNetwork(c)
	if err != nil {
		return nil, err
	}
	var req vpc.UpdatePrivateNetworkRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if req.Name != nil {
		network.Name = *req.Name
	}
	if req.Tags != nil {
		network.Tags = nonNilTags(*req.Tags)
	}
	if req.DefaultRoutePropagationEnabled != nil {
		network.DefaultRoutePropagationEnabled = *req.DefaultRoutePropagationEnabled
	}
	network.UpdatedAt = s.timestamp()
	return network, nil
}

func (s *Server) enableDHCP(c *call) (any, error) {
	network, err := s.findPrivateNetwork(c)
	if err != nil {
		return nil, err
	}
	network.DHCPEnabled, network.UpdatedAt = true, s.timestamp()
	return network, nil
}

func (s *Server) deletePrivateNetwork(c *call) (any, error) {
	network, err := s.findPrivateNetwork(c)
	if err != nil {
		return nil, err
	}
	if dependents := s.privateNetworkDependents(network); len(dependents) > 0 {
		return nil, errInUse(
			"the Private Network must be empty to be deleted, it still contains: " + strings.Join(dependents, ", "),
		)
	}
	s.removeRoutesTo(network.ID)
	s.privateNetworks.remove(network.ID)
	return noContent{}, nil
}

// privateNetworkDependents returns the objects that prevent the deletion of a Private Network, by kind and id.
func (s *Server) privateNetworkDependents(network *privateNetwork) []string {
	var dependents []string
	for _, cl := range s.clusters.list(nil) {
		if cl.PrivateNetworkID != nil && *cl.PrivateNetworkID == network.ID {
			dependents = append(dependents, "cluster "+cl.ID)
		}
	}
	for _, n := range s.gatewayNetworks.list(nil) {
		if n.PrivateNetworkID == network.ID {
			dependents = append(dependents, "gateway network "+n.ID)
		}
	}
	for _, ip := range s.ips.list(nil) {
		if s.isInPrivateNetwork(ip, network.ID) {
			dependents = append(dependents, "IP "+ip.Address.IP.String())
		}
	}
	return dependents
}
