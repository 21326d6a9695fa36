package assessment

import "time"

// Project holds facts about the Project of the cluster: networks, Load Balancers, volumes and neighbours.
type Project struct {
	ID string `json:"id"`

	PrivateNetwork  Fact[PrivateNetwork]      `json:"private_network"`
	VPC             Fact[VPC]                 `json:"vpc"`
	ACLRules        Collection[ACLRule]       `json:"acl_rules"`  // Rules of the VPC, IPv4 and IPv6.
	IPs             Collection[NetworkIP]     `json:"ips"`        // Addresses of the cluster's Private Network.
	Routes          Collection[Route]         `json:"routes"`     // Routes of the VPC with their next hop.
	Connectors      Collection[Connector]     `json:"connectors"` // VPC connectors of the VPC.
	VPNGateways     Collection[Resource]      `json:"vpn_gateways"`
	InterLinks      Collection[Resource]      `json:"inter_links"`
	Gateways        Collection[Gateway]       `json:"gateways"` // Public Gateways of the Private Network.
	SecurityGroups  Collection[SecurityGroup] `json:"security_groups"`
	LoadBalancers   Collection[LoadBalancer]  `json:"load_balancers"`
	Volumes         Collection[Volume]        `json:"volumes"`          // Block Storage, zones of the cluster's region.
	InstanceVolumes Collection[Volume]        `json:"instance_volumes"` // Legacy b_ssd volumes.
	Snapshots       Collection[Snapshot]      `json:"snapshots"`        // Block Storage, zones of the cluster's region.
	RootDisks       Collection[RootDisk]      `json:"root_disks"`       // Of the Instances of nodes.
	Databases       Collection[Database]      `json:"databases"`        // Managed databases of all regions.
	Registries      Collection[RegistrySpace] `json:"registries"`       // Registry namespaces of all regions.
	CockpitSources  Collection[CockpitSource] `json:"cockpit_sources"`
	Buckets         Collection[Bucket]        `json:"buckets"`       // Only those that an input names.
	Neighbours      []ResourceList            `json:"neighbours"`    // One list per kind: clusters, Instances, …
	OtherRegions    []ResourceList            `json:"other_regions"` // Outside fr-par: one list per kind and region.
}

// Kinds of resources.
const (
	KindCluster            = "cluster"
	KindInstance           = "instance"
	KindFunctionNamespace  = "function_namespace"
	KindContainerNamespace = "container_namespace"
	KindVolume             = "volume"
	KindSnapshot           = "snapshot"
	KindLoadBalancer       = "load_balancer"
	KindGateway            = "gateway"
)

// ResourceList is the list of the resources of a kind.
type ResourceList struct {
	Kind   string `json:"kind"`
	Region string `json:"region,omitempty"` // Empty: of several regions.
	Collection[Resource]
}

// Resource is an object of which only the identity matters.
type Resource struct {
	Kind      string     `json:"kind"` // One of the kinds above.
	ID        string     `json:"id"`   // UUID.
	Name      string     `json:"name"`
	ProjectID string     `json:"project_id,omitempty"`
	Locality  string     `json:"locality"` // Region or zone.
	CreatedAt *time.Time `json:"created_at"`
	Type      string     `json:"type,omitempty"` // The cluster type, for a cluster.
}

// PrivateNetwork is the cluster's Private Network.
type PrivateNetwork struct {
	ID                      string   `json:"id"`
	Name                    string   `json:"name"`
	VPCID                   string   `json:"vpc_id"`
	Region                  string   `json:"region"`
	Subnets                 []string `json:"subnets"`
	DefaultRoutePropagation *bool    `json:"default_route_propagation_enabled"`
}

// VPC is the VPC of the cluster's Private Network.
type VPC struct {
	ID                  string `json:"id"`
	Name                string `json:"name"`
	RoutingEnabled      *bool  `json:"routing_enabled"`
	PrivateNetworkCount *int   `json:"private_network_count"`
	// TransitivityEnabled is true if peered VPCs also reach what this VPC reaches through others.
	TransitivityEnabled *bool   `json:"transitivity_enabled"`
	DefaultPolicyIPv4   *string `json:"default_policy_ipv4"` // Of the ACL: "accept" or "drop".
	DefaultPolicyIPv6   *string `json:"default_policy_ipv6"`
}

// ACLRule is a rule of a VPC's ACL.
type ACLRule struct {
	Action      string `json:"action"`   // "accept" or "drop".
	Protocol    string `json:"protocol"` // "ANY", "TCP", "UDP", "ICMP".
	Source      string `json:"source"`
	Destination string `json:"destination"`
	HasPorts    bool   `json:"has_ports,omitempty"` // The rule is about some ports only.
	IsIPv6      bool   `json:"is_ipv6,omitempty"`
}

// NetworkIP is an address of the Private Network and the object that has it.
type NetworkIP struct {
	ID           string     `json:"id"`
	Address      string     `json:"address"` // With its mask: "172.16.0.5/22".
	ProjectID    string     `json:"project_id"`
	ResourceType *string    `json:"resource_type"` // "k8s_node"; nil if the address is not in use.
	ResourceID   string     `json:"resource_id,omitempty"`
	ResourceName string     `json:"resource_name,omitempty"`
	CreatedAt    *time.Time `json:"created_at"`
	IsIPv6       bool       `json:"is_ipv6,omitempty"`
	// Neighbour is the other cluster of the Private Network whose node has the address.
	Neighbour *ClusterIdentity `json:"neighbour_cluster,omitempty"`
}

// ClusterIdentity identifies another cluster.
type ClusterIdentity struct {
	ID   string `json:"id"` // UUID.
	Name string `json:"name"`
	Type string `json:"type"`
}

// Route is a route of a VPC.
type Route struct {
	ID          string `json:"id"`
	Type        string `json:"type"` // "subnet", "default", "custom", …
	Destination string `json:"destination"`
	NextHopType string `json:"next_hop_type"`
	NextHopID   string `json:"next_hop_id,omitempty"`
}

// Connector connects the VPC to another one.
type Connector struct {
	ID                   string `json:"id"`
	Name                 string `json:"name"`
	Status               string `json:"status"`
	TargetVPCID          string `json:"target_vpc_id"`
	TargetProjectID      string `json:"target_project_id,omitempty"`      // Only of a VPC that is peered.
	TargetOrganizationID string `json:"target_organization_id,omitempty"` // As above.
	OrganizationID       string `json:"organization_id,omitempty"`
}

// Gateway is a Public Gateway of the Private Network.
type Gateway struct {
	ID                string              `json:"id"`
	Name              string              `json:"name"`
	Zone              string              `json:"zone"`
	PushDefaultRoute  *bool               `json:"push_default_route"`
	BastionEnabled    *bool               `json:"bastion_enabled"`
	BastionAllowedIPs *[]string           `json:"bastion_allowed_ips"`
	IsLegacy          *bool               `json:"is_legacy"`
	PATRules          Collection[PATRule] `json:"pat_rules"`
}

// PATRule forwards a public port of a gateway to a private address.
type PATRule struct {
	ID          string `json:"id"`
	PublicPort  int    `json:"public_port"`
	PrivateIP   string `json:"private_ip"`
	PrivatePort int    `json:"private_port"`
	Protocol    string `json:"protocol"`
}

// SecurityGroup is a security group of nodes. PoolIDs are the pools whose nodes use it.
type SecurityGroup struct {
	ID               string                        `json:"id"`
	Name             string                        `json:"name"`
	Zone             string                        `json:"zone"`
	PoolIDs          []string                      `json:"pool_ids"`
	Stateful         *bool                         `json:"stateful"`
	InboundPolicy    *string                       `json:"inbound_default_policy"`
	IsProjectDefault bool                          `json:"is_project_default,omitempty"`
	Rules            Collection[SecurityGroupRule] `json:"rules"`
}

// SecurityGroupRule is a rule of a security group.
type SecurityGroupRule struct {
	ID        string `json:"id"`
	Direction string `json:"direction"` // "inbound" or "outbound".
	Action    string `json:"action"`    // "accept" or "drop".
	Protocol  string `json:"protocol"`  // "TCP", "UDP", "ICMP", "ANY".
	IPRange   string `json:"ip_range"`
	PortFrom  *int   `json:"port_from"` // Nil: all ports.
	PortTo    *int   `json:"port_to"`   // Nil: only PortFrom.
}

// LoadBalancer is a Load Balancer of the Project. The parts are read of those that belong to the cluster: its id is in
// their name, or they are in its Private Network.
type LoadBalancer struct {
	ID               string                    `json:"id"`
	Name             string                    `json:"name"`
	Zone             string                    `json:"zone"`
	Status           string                    `json:"status"`
	CreatedAt        *time.Time                `json:"created_at"`
	PublicIPs        *[]string                 `json:"public_ips"` // Empty for a private Load Balancer.
	SSLCompatibility *string                   `json:"ssl_compatibility_level"`
	ClusterID        string                    `json:"cluster_id,omitempty"` // From its name; else empty.
	ServiceUID       string                    `json:"service_uid,omitempty"`
	InPrivateNetwork bool                      `json:"in_private_network,omitempty"` // Of the cluster.
	Frontends        Collection[LBFrontend]    `json:"frontends"`
	Backends         Collection[LBBackend]     `json:"backends"`
	Certificates     Collection[LBCertificate] `json:"certificates"`
}

// LBFrontend is a frontend of a Load Balancer.
type LBFrontend struct {
	ID             string    `json:"id"`
	Name           string    `json:"name"`
	Port           int       `json:"port"`
	BackendID      string    `json:"backend_id"`
	CertificateIDs *[]string `json:"certificate_ids"`
	// ACLs are read where they decide: of a frontend without a certificate whose backend speaks HTTP.
	ACLs Collection[LBACL] `json:"acls"`
}

// LBACL is an access rule of a frontend.
type LBACL struct {
	Name           string `json:"name"`
	Index          int    `json:"index"`
	Action         string `json:"action"`                    // "allow", "deny" or "redirect".
	RedirectScheme bool   `json:"redirect_scheme,omitempty"` // The redirect is to https.
	// MatchesAll reports whether the rule applies to every request.
	MatchesAll bool `json:"matches_all,omitempty"`
}

// LBBackend is a backend of a Load Balancer.
type LBBackend struct {
	ID              string  `json:"id"`
	Name            string  `json:"name"`
	ForwardProtocol *string `json:"forward_protocol"` // "tcp" or "http".
	ForwardPort     int     `json:"forward_port"`
	SSLBridging     *bool   `json:"ssl_bridging"`
	IgnoreSSLVerify *bool   `json:"ignore_ssl_server_verify"`
}

// LBCertificate is a certificate of a Load Balancer.
type LBCertificate struct {
	ID             string     `json:"id"`
	Name           string     `json:"name"`
	Type           string     `json:"type"` // "letsencrypt" or "custom".
	Status         *string    `json:"status"`
	CommonName     string     `json:"common_name"`
	NotValidBefore *time.Time `json:"not_valid_before"`
	NotValidAfter  *time.Time `json:"not_valid_after"`
}

// Volume is a volume.
type Volume struct {
	ID             string     `json:"id"`
	Name           string     `json:"name"`
	Zone           string     `json:"zone"`
	SizeBytes      *int64     `json:"size_bytes,omitempty"`
	Class          *string    `json:"class"`               // "sbs", "bssd", or "b_ssd" for a legacy one.
	KMSKeyID       *string    `json:"kms_key_id"`          // Empty: no key of the customer.
	ServerID       string     `json:"server_id,omitempty"` // The Instance it is attached to.
	IsReferenced   *bool      `json:"is_referenced"`       // It is attached, or another object refers to it.
	IsCSI          bool       `json:"is_csi,omitempty"`    // Its name has the form that the CSI driver uses.
	CreatedAt      *time.Time `json:"created_at"`
	LastDetachedAt *time.Time `json:"last_detached_at"` // Nil: it was never detached.
	Status         string     `json:"status"`
}

// RootDisk is the root disk of a node's Instance.
type RootDisk struct {
	ServerID string  `json:"server_id"`
	VolumeID string  `json:"volume_id"`
	Type     *string `json:"type"` // "sbs_volume", or "l_ssd" for a local disk.
}

// Database is a managed database of the Project.
type Database struct {
	ID               string                       `json:"id"`
	Name             string                       `json:"name"`
	Region           string                       `json:"region"`
	Engine           string                       `json:"engine"`
	PrivateNetworks  []string                     `json:"private_networks"`
	HasPublic        *bool                        `json:"has_public_endpoint"`
	Encrypted        *bool                        `json:"encryption_enabled"`
	BackupSameRegion *bool                        `json:"backup_same_region"`
	ACL              Collection[DatabaseACLEntry] `json:"acl"` // Read if there is a public endpoint.
	CreatedAt        *time.Time                   `json:"created_at"`
}

// DatabaseACLEntry is an entry of a database's allow-list.
type DatabaseACLEntry struct {
	IP string `json:"ip"`
}

// RegistrySpace is a namespace of the container registry.
type RegistrySpace struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Region   string `json:"region"`
	Endpoint string `json:"endpoint"` // "rg.fr-par.scw.cloud/name".
	IsPublic *bool  `json:"is_public"`
}

// CockpitSource is a data source of Cockpit.
type CockpitSource struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	Type          string `json:"type"`   // "metrics", "logs", "traces".
	Origin        string `json:"origin"` // "scaleway", "custom", "external".
	RetentionDays *int   `json:"retention_days"`
	UsedThisMonth *bool  `json:"used_this_month"` // current_month_usage is above zero.
}
