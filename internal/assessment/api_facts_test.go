package assessment

import (
	"fmt"
	"time"
)

// Ids of the objects of apiFacts.
const (
	poolID         = "30000000-0000-4000-8000-000000000001"
	networkID      = "40000000-0000-4000-8000-000000000001"
	vpcID          = "40000000-0000-4000-8000-000000000002"
	gatewayID      = "40000000-0000-4000-8000-000000000003"
	groupID        = "40000000-0000-4000-8000-000000000004"
	organizationID = "50000000-0000-4000-8000-000000000001"
	otherProject   = "50000000-0000-4000-8000-000000000002"
	otherID        = "60000000-0000-4000-8000-000000000001"
)

// createdDaysAgo returns a time before the time of reading.
func createdDaysAgo(days int) *time.Time { return ptr(now().AddDate(0, 0, -days)) }

func onDay(text string) *time.Time {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return &day
}

// apiFacts returns the facts of the API layer of a dedicated cluster without any deviation. Its pool has two nodes.
func apiFacts() Facts {
	f := newFacts()
	cluster := f.Cluster.Value
	cluster.Status, cluster.CNI, cluster.OrganizationID = "ready", "cilium", organizationID
	cluster.FeatureGates, cluster.AdmissionPlugins = []string{}, []string{}
	cluster.PrivateNetworkID, cluster.ACLAvailable = ptr(networkID), ptr(true)
	f.Versions = Fact[Versions]{Value: &Versions{
		Dates: map[string]VersionDates{
			"1.34": {onDay("2025-09-29"), onDay("2026-09-29"), onDay("2026-11-29")},
			"1.35": {onDay("2026-01-19"), onDay("2027-01-19"), onDay("2027-03-19")},
			"1.36": {onDay("2026-07-07"), onDay("2027-07-07"), onDay("2027-09-07")},
		},
		Offered: []string{"1.35.9", "1.36.5"},
	}}
	f.Pools = Read("GET pools", []Pool{{
		ID: poolID, Name: "workers", Status: "ready", Version: ptr("1.36.5"), NodeType: ptr("pop2_2c_8g"),
		Zone: ptr("fr-par-1"), Size: 2, CreatedAt: createdDaysAgo(20), PublicIPDisabled: ptr(true),
		RootVolumeType: ptr("sbs_5k"), SecurityGroupID: ptr(groupID), KubeletArgs: []string{},
		UserDataKeys: Read[string]("GET user-data", nil),
	}})
	nodes, ips := []Node{}, []NetworkIP{{
		ID: "ip-gateway", Address: "172.16.0.2/22", ProjectID: cluster.ProjectID, ResourceID: gatewayID,
		ResourceType: ptr("vpc_gateway_network"), ResourceName: "gateway", CreatedAt: createdDaysAgo(30),
	}}
	for i := range 2 {
		name := fmt.Sprintf("scw-hds-workers-%d", i)
		nodes = append(nodes, Node{
			ID: fmt.Sprintf(
				"node-%d",
				i,
			),
			Name:       name,
			PoolID:     poolID,
			Status:     "ready",
			CreatedAt:  createdDaysAgo(20 - i),
			PublicIPv4: ptr(""),
			PublicIPv6: ptr(""),
			ServerZone: "fr-par-1",
			ServerID:   fmt.Sprintf("server-%d", i),
		})
		ips = append(ips, NetworkIP{
			ID: "ip-" + name, Address: fmt.Sprintf("172.16.0.%d/22", 10+i), ProjectID: cluster.ProjectID,
			ResourceType: ptr("instance_private_nic"), ResourceID: "nic-" + name, ResourceName: name,
			CreatedAt: createdDaysAgo(20),
		})
	}
	f.Nodes = Read("GET nodes", nodes)
	f.ACL = Read("GET acls", []AllowRange{{IP: ptr("192.0.2.0/24")}})
	f.Project = Project{
		ID: cluster.ProjectID,
		PrivateNetwork: Fact[PrivateNetwork]{Value: &PrivateNetwork{
			ID: networkID, Name: "hds", VPCID: vpcID, Region: "fr-par", Subnets: []string{"172.16.0.0/22", "fd00::/64"},
			DefaultRoutePropagation: ptr(false),
		}},
		VPC: Fact[VPC]{Value: &VPC{
			ID: vpcID, Name: "hds", RoutingEnabled: ptr(true), PrivateNetworkCount: ptr(2),
			TransitivityEnabled: ptr(false), DefaultPolicyIPv4: ptr("drop"), DefaultPolicyIPv6: ptr("drop"),
		}},
		ACLRules: Read[ACLRule]("GET acl-rules", nil),
		IPs:      Read("GET ips", ips),
		Routes: Read("GET routes", []Route{
			{Type: "subnet", Destination: "172.16.0.0/22", NextHopID: networkID},
		}),
		Connectors:  Read[Connector]("GET connectors", nil),
		VPNGateways: Read[Resource]("GET vpn-gateways", nil),
		InterLinks:  Read[Resource]("GET links", nil),
		Gateways: Read("GET gateway-networks", []Gateway{{
			ID: gatewayID, Name: "gateway", Zone: "fr-par-1", PushDefaultRoute: ptr(false), BastionEnabled: ptr(false),
			BastionAllowedIPs: ptr([]string{"0.0.0.0/0"}), IsLegacy: ptr(false),
			PATRules: Read[PATRule]("GET pat-rules", nil),
		}}),
		SecurityGroups: Read("GET security_groups", []SecurityGroup{{
			ID: groupID, Name: "Kapsule default security group", Zone: "fr-par-1", PoolIDs: []string{poolID},
			Stateful: ptr(true), InboundPolicy: ptr("drop"), Rules: Read[SecurityGroupRule]("GET rules", nil),
		}}),
		LoadBalancers:   Read[LoadBalancer]("GET lbs", nil),
		Volumes:         Read[Volume]("GET volumes", nil),
		InstanceVolumes: Read[Volume]("GET instance volumes", nil),
	}
	return f
}

// withoutSet is a gap of a permission that is missing.
func withoutSet(needs string) *Gap { return &Gap{Reason: Forbidden, Needs: needs} }

// kosmos turns the cluster into a Kosmos cluster without a Private Network, and its pool into an external one.
func kosmos(f *Facts) {
	f.Cluster.Value.Type, f.Cluster.Value.PrivateNetworkID = ptr("multicloud"), nil
	f.Pools.Items[0].IsExternal, f.Pools.Items[0].NodeType = true, ptr("external")
	f.Pools.Items[0].UserDataKeys = Collection[string]{}
	for i := range f.Nodes.Items {
		f.Nodes.Items[i].IsExternal, f.Nodes.Items[i].ServerID = true, ""
	}
}
