package assessment

import (
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// FactsFormat identifies the format of stored facts. It changes if the meaning of a field changes.
const FactsFormat = "srm-facts/1"

// Facts are what was read about a cluster, its Project and, if it was asked for, its Kubernetes API. Fields that decide
// a check are pointers: nil means that the source did not have the field.
type Facts struct {
	Format string    `json:"format"`
	ReadAt time.Time `json:"read_at"`
	Reader Reader    `json:"reader"`
	// ClusterID is the "region/UUID" that was asked for, also if nothing could be read.
	ClusterID string `json:"cluster_id"`

	Cluster  Fact[Cluster]          `json:"cluster"`
	Versions Fact[Versions]         `json:"versions"`
	Pools    Collection[Pool]       `json:"pools"`
	Nodes    Collection[Node]       `json:"nodes"`
	ACL      Collection[AllowRange] `json:"acl"`

	Project   Project   `json:"project"`
	InCluster InCluster `json:"in_cluster"`
	// Inventory is read from a file of srm inventory, not from the cluster.
	Inventory Fact[Inventory] `json:"inventory"`

	Requests []Request `json:"requests,omitempty"`
}

// Request is a request by which facts were read. It is evidence, and no check reads it.
type Request struct {
	Method string `json:"method"`
	URL    string `json:"url"`
	Status int    `json:"status"`         // 0: there was no response.
	Date   string `json:"date,omitempty"` // By the server's clock: "Mon, 30 Nov 2026 09:00:00 GMT".
	ID     string `json:"id,omitempty"`   // The server's id: X-Request-Id, or Audit-Id of a Kubernetes API server.
}

// Reader is the identity that read the facts.
type Reader struct {
	AccessKey      string   `json:"access_key,omitempty"` // Identifier of the API key; not a secret.
	Principal      string   `json:"principal,omitempty"`  // Owner of the key: "user/UUID" or "application/UUID".
	PermissionSets []string `json:"permission_sets,omitempty"`
	// PermissionSetsUnread says why the permission sets are not known.
	PermissionSetsUnread Text   `json:"permission_sets_unread,omitzero"`
	Tool                 string `json:"tool,omitempty"` // Name and version.
}

// Cluster is a Kapsule or Kosmos cluster, as the API describes it.
type Cluster struct {
	ID                  string     `json:"id"` // UUID.
	Name                string     `json:"name"`
	Region              string     `json:"region"`
	ProjectID           string     `json:"project_id"`
	OrganizationID      string     `json:"organization_id"`
	Type                *string    `json:"type"` // "kapsule-dedicated-8".
	Status              string     `json:"status"`
	Version             *string    `json:"version"` // Full version: "1.35.9".
	CNI                 string     `json:"cni"`
	CreatedAt           *time.Time `json:"created_at"`
	PrivateNetworkID    *string    `json:"private_network_id"`
	AutoUpgrade         *bool      `json:"auto_upgrade"`
	MaintenanceWindow   string     `json:"maintenance_window,omitempty"` // "sunday 02:00 UTC".
	ACLAvailable        *bool      `json:"acl_available"`
	FeatureGates        []string   `json:"feature_gates"`     // Nil: not in the answer of the API.
	AdmissionPlugins    []string   `json:"admission_plugins"` // Nil: not in the answer of the API.
	IAMNodesGroupID     string     `json:"iam_nodes_group_id,omitempty"`
	IAMControlPlaneAppl string     `json:"iam_control_plane_application_id,omitempty"`
}

// Versions holds the dates of the minors that the cluster and its pools run or that the API offers, and the full
// versions that it offers.
type Versions struct {
	Dates   map[string]VersionDates `json:"dates"` // By minor: "1.35".
	Offered []string                `json:"offered"`
}

// VersionDates are the API's dates of a minor. Nil is unknown.
type VersionDates struct {
	ReleasedAt     *time.Time `json:"released_at"`
	DeprecatedAt   *time.Time `json:"deprecated_at"`
	EndOfSupportAt *time.Time `json:"end_of_support_at"`
}

// Assessments returns the dates, checked and completed from the bundled calendar.
func (v Versions) Assessments() lifecycle.VersionData {
	data := lifecycle.VersionData{Assessments: map[lifecycle.Minor]lifecycle.Assessment{}, Offered: v.Offered}
	for name, dates := range v.Dates {
		minor, err := lifecycle.ParseMinor(name)
		if err != nil {
			continue
		}
		data.Assessments[minor] = lifecycle.Assess(minor, lifecycle.Dates{
			ReleasedAt: timeOf(dates.ReleasedAt), DeprecatedAt: timeOf(dates.DeprecatedAt),
			EndOfSupportAt: timeOf(dates.EndOfSupportAt),
		})
	}
	return data
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// Pool is a pool of the cluster.
type Pool struct {
	ID               string     `json:"id"` // UUID.
	Name             string     `json:"name"`
	Status           string     `json:"status"`
	Version          *string    `json:"version"`
	NodeType         *string    `json:"node_type"`
	IsExternal       bool       `json:"is_external,omitempty"`
	Zone             *string    `json:"zone"`
	Size             int        `json:"size"`
	CreatedAt        *time.Time `json:"created_at"`
	PublicIPDisabled *bool      `json:"public_ip_disabled"`
	RootVolumeType   *string    `json:"root_volume_type"`
	// SecurityGroupID is empty if the nodes use the default security group of Kapsule.
	SecurityGroupID *string  `json:"security_group_id"`
	KubeletArgs     []string `json:"kubelet_args"` // Keys only. Nil: not in the answer of the API.
	// UserDataKeys are the keys of the nodes' user data; values are never read.
	UserDataKeys Collection[string] `json:"user_data_keys"`
}

// Node is a node of the cluster, as the API describes it.
type Node struct {
	ID         string     `json:"id"` // UUID.
	Name       string     `json:"name"`
	PoolID     string     `json:"pool_id"`
	Status     string     `json:"status"`
	CreatedAt  *time.Time `json:"created_at"`
	PublicIPv4 *string    `json:"public_ip_v4"` // Empty: none.
	PublicIPv6 *string    `json:"public_ip_v6"` // Empty: none.
	ServerZone string     `json:"server_zone,omitempty"`
	ServerID   string     `json:"server_id,omitempty"` // UUID of the Instance; empty for an external node.
	IsExternal bool       `json:"is_external,omitempty"`
}

// AllowRange is an entry of the API server's allow-list.
type AllowRange struct {
	IP             *string `json:"ip"` // CIDR; nil or empty for ScalewayRanges.
	ScalewayRanges bool    `json:"scaleway_ranges,omitempty"`
}

// Scope returns the scope of findings about the cluster.
func (f Facts) Scope() string { return f.ClusterID }

// NothingRead returns why nothing of the cluster was read, or nil if some of it was.
func (f Facts) NothingRead() *Gap {
	if f.InCluster.Server.Value != nil {
		return nil
	}
	return f.Cluster.Missing()
}

// responsibilityCluster returns the facts that the responsibility matrix depends on, and false if the cluster was not
// read.
func (f Facts) responsibilityCluster(hds bool) (responsibility.Cluster, bool) {
	cluster := f.Cluster.Value
	if cluster == nil || cluster.Type == nil {
		return responsibility.Cluster{}, false
	}
	variant, offer := clusterVariant(*cluster.Type)
	c := responsibility.Cluster{
		Variant: variant, Offer: offer, HDS: hds, IsReal: true,
		ClusterFacts: responsibility.ClusterFacts{
			CNI: cluster.CNI, FeatureGates: cluster.FeatureGates, AdmissionPlugins: cluster.AdmissionPlugins,
		},
		InCluster: f.InCluster.AddOns.Value,
	}
	c.SettingsUnread = cluster.FeatureGates == nil || cluster.AdmissionPlugins == nil
	c.PoolsUnread = f.Pools.Missing() != nil
	for _, p := range f.Pools.Items {
		if !p.IsExternal && (p.KubeletArgs == nil || p.PublicIPDisabled == nil) {
			c.PoolsUnread = true
		}
		args := map[string]string{}
		for _, key := range p.KubeletArgs {
			args[key] = ""
		}
		c.Pools = append(c.Pools, responsibility.Pool{
			Name: p.Name, External: p.IsExternal,
			PoolFacts: responsibility.PoolFacts{
				KubeletArgs: args, UserDataKeys: p.UserDataKeys.Items,
				PublicIPWithoutReason: !p.IsExternal && p.PublicIPDisabled != nil && !*p.PublicIPDisabled,
			},
			UserDataUnread: !p.IsExternal && p.UserDataKeys.Missing() != nil,
		})
	}
	return c, true
}
