package sandbox

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpcgw/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// kapsuleGroupName is the name of the default security group, which all pools of a Project share in a zone.
const kapsuleGroupName = "Kapsule default security group"

// defaultSecurityGroup returns the id of the default security group of pools in a zone, and creates it if it is
// missing.
func (s *Server) defaultSecurityGroup(cl *cluster, zone scw.Zone) string {
	for _, group := range s.securityGroups.list(nil) {
		if group.Project == cl.ProjectID && group.Zone == zone && group.Name == kapsuleGroupName {
			return group.ID
		}
	}
	group := s.newSecurityGroup(kapsuleGroupName, cl.ProjectID, zone)
	group.Stateful, group.InboundDefaultPolicy = true, instance.SecurityGroupPolicyDrop
	return group.ID
}

// setPoolSecurityGroup changes the security group of a pool and its nodes. An empty id means the default one.
func (s *Server) setPoolSecurityGroup(p *pool, id string) {
	if cl, ok := s.clusters.get(p.ClusterID); ok && id == "" {
		id = s.defaultSecurityGroup(cl, p.Zone)
	}
	p.SecurityGroupID = id
	for _, n := range s.nodesOf(p.ID) {
		if machine, ok := s.servers.get(n.serverID); ok {
			machine.SecurityGroup = s.securityGroupSummary(id)
		}
	}
}

func (s *Server) securityGroupSummary(securityGroupID string) *instance.SecurityGroupSummary {
	group, ok := s.securityGroups.get(securityGroupID)
	if !ok {
		return nil
	}
	return &instance.SecurityGroupSummary{ID: group.ID, Name: group.Name}
}

// hasDefaultRoute reports whether a Public Gateway advertises a default route on the Private Network of a pool.
func (s *Server) hasDefaultRoute(p *pool) bool {
	return len(s.gatewayNetworks.list(func(n *gatewayNetwork) bool {
		return n.PrivateNetworkID == deref(p.PrivateNetworkID) && n.PushDefaultRoute &&
			n.Status == vpcgw.GatewayNetworkStatusReady
	})) > 0
}

// startMachine creates the Instance of a node and its IPs.
func (s *Server) startMachine(cl *cluster, p *pool, n *node) {
	n.serverID = uuid.NewString()
	n.ProviderID = fmt.Sprintf("scaleway://instance/%s/%s", p.Zone, n.serverID)
	routed, no, dns := true, false, n.serverID+".pub.instances.scw.cloud"
	arch := instance.ArchX86_64
	if offer := findOffer(p.NodeType); offer != nil {
		arch = offer.Arch
	}
	machine := &server{PrivateNics: []*privateNIC{}, Server: instance.Server{
		ID:             n.serverID,
		Name:           n.Name,
		Organization:   cl.OrganizationID,
		Project:        cl.ProjectID,
		Hostname:       n.Name,
		AllowedActions: []instance.ServerAction{"poweroff", "terminate", "reboot", "stop_in_place", "backup"},
		Tags: append([]string{
			"kapsule=" + cl.ID, "pool=" + p.ID, "pool-name=" + p.Name, "runtime=containerd", "managed=true",
		}, append(append([]string{}, p.Tags...), "node="+n.ID)...),
		CommercialType:   strings.ToUpper(strings.ReplaceAll(p.NodeType, "_", "-")),
		CreationDate:     s.timestamp(),
		ModificationDate: s.timestamp(),
		RoutedIPEnabled:  &routed, //nolint:staticcheck // deprecated in the SDK, still in the API's responses
		EnableIPv6:       &no,     //nolint:staticcheck // as above
		MacAddress:       "de:00:00:" + strings.ToLower(newMAC()[9:]),
		State:            instance.ServerStateRunning, //nolint:staticcheck // as above
		Image: &instance.Image{
			ID: "26ed5fcc-53e8-415b-807d-f4a284d55d87", Name: "k8s_base_node_instance", Arch: arch, Public: true,
			ExtraVolumes: map[string]*instance.Volume{}, State: instance.ImageStateAvailable, Tags: []string{},
			Zone:         p.Zone,
			Organization: "51b656e3-4865-41e8-adbc-0c45bdd780db", Project: "51b656e3-4865-41e8-adbc-0c45bdd780db",
			CreationDate: s.timestamp(), ModificationDate: s.timestamp(),
			RootVolume: &instance.VolumeSummary{
				ID: "eb7e3383-7b15-4189-b284-a2bba45cb2b5", VolumeType: instance.VolumeVolumeTypeSbsSnapshot,
			},
		},
		BootType:      instance.BootTypeLocal,
		SecurityGroup: s.securityGroupSummary(p.SecurityGroupID),
		Maintenances:  []*instance.ServerMaintenance{},
		StateDetail:   "booting kernel",
		Arch:          arch,
		PublicIPs:     []*instance.ServerIP{},
		Zone:          p.Zone,
		Location: &instance.ServerLocation{
			ZoneID: string(p.Zone), PlatformID: "14", ClusterID: "59", HypervisorID: "401", NodeID: "26",
		},
		Filesystems: []*instance.ServerFilesystem{},
		DNS:         &dns,
	}}
	if group, ok := s.placementGroups.get(deref(p.PlacementGroupID)); ok {
		copied := group.PlacementGroup
		machine.PlacementGroup = &copied
	}
	if !p.PublicIPDisabled {
		ipv4, ipv6 := publicAddresses(n.serverID)
		n.PublicIPV4 = &ipv4
		tags := []string{"kapsule=" + cl.ID, "node-name=" + n.Name}
		machine.PublicIPs = []*instance.ServerIP{
			newPublicIP(
				ipv4, "62.210.0.1", "32", instance.ServerIPIPFamilyInet, instance.ServerIPProvisioningModeDHCP, tags,
			),
			newPublicIP(
				ipv6, "fe80::1", "64", instance.ServerIPIPFamilyInet6, instance.ServerIPProvisioningModeSlaac, tags,
			),
		}
		machine.PublicIP = machine.PublicIPs[0] //nolint:staticcheck // deprecated, still in the API's responses
	}
	if network, ok := s.privateNetworks.get(deref(p.PrivateNetworkID)); ok {
		machine.PrivateNics = append(machine.PrivateNics, s.attachPrivateNIC(network, machine))
	}
	s.servers.put(machine.ID, machine)
	s.addMachineParts(machine, p)
}

// addMachineParts adds the root volume of a node's Instance, and its IPs to those of instance/v1.
func (s *Server) addMachineParts(machine *server, p *pool) {
	size := minRootVolumeSize
	setIfPresent(&size, p.RootVolumeSize)
	if p.RootVolumeType == k8s.PoolVolumeTypeLSSD {
		local, err := s.newInstanceVolume(
			machine.Image.Name, machine.Project, machine.Zone, instance.VolumeVolumeTypeLSSD, size,
		)
		if err == nil {
			local.Server = &instance.ServerSummary{ID: machine.ID, Name: machine.Name}
			machine.addSlot("0", local.ID, true)
		}
	} else {
		iops := uint32(5000)
		if p.RootVolumeType == k8s.PoolVolumeTypeSbs15k {
			iops = 15000
		}
		root := s.newVolume(machine.Image.Name+"_sbs_volume_0", machine.Project, machine.Zone, size, iops)
		s.attachVolume(root, machine.ID).Status = block.ReferenceStatusAttached
		root.Status = block.VolumeStatusInUse
		machine.addSlot("0", root.ID, true)
	}
	for _, ip := range machine.PublicIPs {
		s.addMachineIP(machine, ip)
	}
}

// publicAddresses returns addresses of the documentation ranges, which belong to no real host.
func publicAddresses(id string) (ipv4, ipv6 net.IP) {
	random := uuid.NewSHA1(uuid.Nil, []byte(id))
	ipv6 = slices.Concat(net.IP{0x20, 0x01, 0x0d, 0xb8}, net.IP(random[:12]))
	return net.IPv4(203, 0, 113, random[0]).To4(), ipv6
}

func newPublicIP(
	address net.IP, gateway, netmask string, family instance.ServerIPIPFamily, mode instance.ServerIPProvisioningMode,
	tags []string,
) *instance.ServerIP {
	id := uuid.NewString()
	return &instance.ServerIP{
		ID: id, Address: address, Gateway: net.ParseIP(gateway), Netmask: netmask, Family: family,
		ProvisioningMode: mode,
		State:            instance.ServerIPStateAttached, Tags: tags, IpamID: id,
	}
}

// attachPrivateNIC attaches an Instance to a Private Network, with an IPv4 and an IPv6 address.
func (s *Server) attachPrivateNIC(network *privateNetwork, machine *server) *privateNIC {
	mac := newMAC()
	nic := &privateNIC{ModificationDate: s.timestamp(), PrivateNIC: instance.PrivateNIC{
		ID: uuid.NewString(), ServerID: machine.ID, PrivateNetworkID: network.ID, MacAddress: strings.ToLower(mac),
		State: instance.PrivateNICStateAvailable, Tags: []string{}, CreationDate: s.timestamp(),
		Zone: machine.Zone, IpamIPIDs: []string{},
	}}
	for _, isIPv6 := range []bool{false, true} {
		// If the subnet is full, the NIC has no address.
		if ip, err := s.bookIP(network, isIPv6, nil); err == nil {
			s.attachIP(ip, ipam.ResourceTypeInstancePrivateNic, nic.ID, machine.Name, &mac)
			nic.IpamIPIDs = append(nic.IpamIPIDs, ip.ID)
		}
	}
	return nic
}

// stopMachine deletes the Instance of a node with its root volume and its IPs, and detaches its other volumes.
func (s *Server) stopMachine(n *node) {
	machine, ok := s.servers.get(n.serverID)
	if !ok {
		s.detachVolumes(n.serverID)
		return
	}
	for _, ip := range s.ipsOf(machine.ID) {
		s.instanceIPs.remove(ip.ID)
	}
	s.removeServer(machine, true)
	if root, ok := s.volumes.get(machine.slots["0"].id); ok {
		s.removeVolume(root)
	}
}
