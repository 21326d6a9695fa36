package sandbox

import (
	"cmp"
	"strings"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// privateNetwork is a Private Network with its subnets: one IPv4 and one IPv6.
type privateNetwork struct {
	vpc.PrivateNetwork

	// HasS3Integration is what recordings call HasObjectStoragePrivateAccess.
	HasS3Integration bool `json:"has_s3_integration"`
}

func (s *Server) routePrivateNetworks(base string) {
	s.route("GET "+base+"/private-networks", areaVPC, s.listPrivateNetworks)
	s.route("POST "+base+"/private-networks", areaVPC, s.createPrivateNetwork)
	s.route("GET "+base+"/private-networks/{id}", areaVPC, s.getPrivateNetwork)
	s.route("PATCH "+base+"/private-networks/{id}", areaVPC, s.updatePrivateNetwork)
	s.route("DELETE "+base+"/private-networks/{id}", areaVPC, s.deletePrivateNetwork)
	s.route("POST "+base+"/private-networks/{id}/enable-dhcp", areaVPC, s.enableDHCP)
	s.route("POST "+base+"/private-networks/{id}/subnets", areaVPC, s.addSubnets)
	s.route("DELETE "+base+"/private-networks/{id}/subnets", areaVPC, s.deleteSubnets)
	s.route("GET "+base+"/subnets", areaVPC, s.listSubnets)
}

func (s *Server) listPrivateNetworks(c *call) (any, error) {
	f := c.filters()
	found := s.privateNetworks.list(func(n *privateNetwork) bool {
		return n.Region == c.region() && f.is("project_id", n.ProjectID) && f.is("organization_id", n.OrganizationID) &&
			f.contains("name", n.Name) && f.tagged(n.Tags) && f.is("private_network_ids", n.ID) && f.is("vpc_id", n.VpcID) &&
			f.flag("dhcp_enabled", n.DHCPEnabled)
	})
	page, total := paged(c, ordered(c, found, "created_at_asc", func(n *privateNetwork) sortable {
		return sortable{created: n.CreatedAt, updated: n.UpdatedAt, name: n.Name}
	}))
	return map[string]any{"private_networks": page, "total_count": total}, nil
}

func (s *Server) createPrivateNetwork(c *call) (any, error) {
	var asked vpc.CreatePrivateNetworkRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	projectID := c.projectID(&asked.ProjectID)
	if _, ok := s.projects.get(projectID); !ok {
		return nil, errNotFound("project_id", projectID)
	}
	var in *vpcNetwork
	if asked.VpcID == nil {
		in = s.defaultVPC(projectID, c.region())
	} else {
		v, ok := s.vpcs.get(*asked.VpcID)
		if !ok || v.Region != c.region() {
			return nil, errNotFound("vpc", *asked.VpcID)
		}
		if v.ProjectID != projectID {
			return nil, errInvalid("vpc_id", "constraint", "the VPC belongs to another Project")
		}
		in = v
	}
	blocks, err := s.blocks(in.ID, asked.Subnets)
	if err != nil {
		return nil, err
	}
	network := s.newPrivateNetwork(uuid.NewString(), cmp.Or(asked.Name, generatedName("pn")), in, blocks)
	network.Tags, network.DefaultRoutePropagationEnabled = tagList(asked.Tags), asked.DefaultRoutePropagationEnabled
	return network, nil
}

// newPrivateNetwork keeps a Private Network of a VPC's Project and region, with a subnet for each block.
func (s *Server) newPrivateNetwork(id, name string, in *vpcNetwork, blocks []scw.IPNet) *privateNetwork {
	now := s.stamp()
	network := &privateNetwork{PrivateNetwork: vpc.PrivateNetwork{
		ID: id, Name: name, OrganizationID: in.OrganizationID, ProjectID: in.ProjectID, Region: in.Region,
		Tags: []string{}, CreatedAt: now, UpdatedAt: now, VpcID: in.ID, DHCPEnabled: true,
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
	var asked vpc.UpdatePrivateNetworkRequest
	if err := c.decode(&asked); err != nil {
		return nil, err
	}
	if asked.Name != nil {
		network.Name = *asked.Name
	}
	if asked.Tags != nil {
		network.Tags = tagList(*asked.Tags)
	}
	if asked.DefaultRoutePropagationEnabled != nil {
		network.DefaultRoutePropagationEnabled = *asked.DefaultRoutePropagationEnabled
	}
	network.UpdatedAt = s.stamp()
	return network, nil
}

func (s *Server) enableDHCP(c *call) (any, error) {
	network, err := s.findPrivateNetwork(c)
	if err != nil {
		return nil, err
	}
	network.DHCPEnabled, network.UpdatedAt = true, s.stamp()
	return network, nil
}

func (s *Server) deletePrivateNetwork(c *call) (any, error) {
	network, err := s.findPrivateNetwork(c)
	if err != nil {
		return nil, err
	}
	if users := s.usersOf(network); len(users) > 0 {
		return nil, errInUse("the Private Network must be empty to be deleted, it still holds: " + strings.Join(users, ", "))
	}
	s.privateNetworks.remove(network.ID)
	return noContent{}, nil
}

// usersOf are the objects that keep a Private Network from being deleted, each by kind and id.
func (s *Server) usersOf(network *privateNetwork) []string {
	var users []string
	for _, one := range s.clusters.list(nil) {
		if one.PrivateNetworkID != nil && *one.PrivateNetworkID == network.ID {
			users = append(users, "cluster "+one.ID)
		}
	}
	for _, one := range s.gatewayNetworks.list(nil) {
		if one.PrivateNetworkID == network.ID {
			users = append(users, "gateway network "+one.ID)
		}
	}
	for _, one := range s.ips.list(nil) {
		if s.inPrivateNetwork(one, network.ID) {
			users = append(users, "IP "+one.Address.IP.String())
		}
	}
	return users
}
