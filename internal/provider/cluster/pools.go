package cluster

import (
	"cmp"
	"net"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

type pool struct {
	ID                        string            `tfsdk:"id"`
	Name                      string            `tfsdk:"name"`
	Status                    string            `tfsdk:"status"`
	ErrorMessage              *string           `tfsdk:"error_message"`
	Version                   string            `tfsdk:"version"`
	NodeType                  string            `tfsdk:"node_type"`
	Zone                      string            `tfsdk:"zone"`
	Size                      int64             `tfsdk:"size"`
	MinSize                   int64             `tfsdk:"min_size"`
	MaxSize                   int64             `tfsdk:"max_size"`
	Autoscaling               bool              `tfsdk:"autoscaling"`
	Autohealing               bool              `tfsdk:"autohealing"`
	ContainerRuntime          string            `tfsdk:"container_runtime"`
	RootVolume                rootVolume        `tfsdk:"root_volume"`
	PublicIPDisabled          bool              `tfsdk:"public_ip_disabled"`
	PrivateNetworkID          *string           `tfsdk:"private_network_id"`
	SecurityGroupID           *string           `tfsdk:"security_group_id"`
	PlacementGroupID          *string           `tfsdk:"placement_group_id"`
	KubeletArgs               map[string]string `tfsdk:"kubelet_args"`
	Labels                    map[string]string `tfsdk:"labels"`
	Taints                    []taint           `tfsdk:"taints"`
	StartupTaints             []taint           `tfsdk:"startup_taints"`
	Tags                      []string          `tfsdk:"tags"`
	UpgradePolicy             *upgradePolicy    `tfsdk:"upgrade_policy"`
	MaxTerminationGracePeriod *int64            `tfsdk:"max_termination_grace_period_seconds"`
	CreatedAt                 types.String      `tfsdk:"created_at"`
	UpdatedAt                 types.String      `tfsdk:"updated_at"`
	Nodes                     []node            `tfsdk:"nodes"`
}

type rootVolume struct {
	Type   string `tfsdk:"type"`
	SizeGB *int64 `tfsdk:"size_gb"`
}

type taint struct {
	Key    string `tfsdk:"key"`
	Value  string `tfsdk:"value"`
	Effect string `tfsdk:"effect"`
}

type upgradePolicy struct {
	MaxUnavailable int64 `tfsdk:"max_unavailable"`
	MaxSurge       int64 `tfsdk:"max_surge"`
}

type node struct {
	ID           string            `tfsdk:"id"`
	Name         string            `tfsdk:"name"`
	Status       string            `tfsdk:"status"`
	ErrorMessage *string           `tfsdk:"error_message"`
	ProviderID   string            `tfsdk:"provider_id"`
	PublicIPv4   *string           `tfsdk:"public_ip_v4"`
	PublicIPv6   *string           `tfsdk:"public_ip_v6"`
	Conditions   map[string]string `tfsdk:"conditions"`
	CreatedAt    types.String      `tfsdk:"created_at"`
	UpdatedAt    types.String      `tfsdk:"updated_at"`
}

// newPools converts pools of the API to the model, sorted by name, with their nodes, oldest first.
func newPools(pools []*k8s.Pool, nodes []*k8s.Node) []pool {
	shown := make([]pool, 0, len(pools))
	for _, p := range pools {
		one := newPool(p)
		for _, n := range nodes {
			if n.PoolID == p.ID {
				one.Nodes = append(one.Nodes, newNode(n))
			}
		}
		slices.SortFunc(one.Nodes, func(a, b node) int {
			return cmp.Or(cmp.Compare(a.CreatedAt.ValueString(), b.CreatedAt.ValueString()), cmp.Compare(a.ID, b.ID))
		})
		shown = append(shown, one)
	}
	slices.SortFunc(shown, func(a, b pool) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return shown
}

func newPool(p *k8s.Pool) pool {
	one := pool{
		ID:               scaleway.JoinID(p.Region, p.ID),
		Name:             p.Name,
		Status:           p.Status.String(),
		ErrorMessage:     errorMessage(p.ErrorMessage),
		Version:          p.Version,
		NodeType:         p.NodeType,
		Zone:             p.Zone.String(),
		Size:             int64(p.Size),
		MinSize:          int64(p.MinSize),
		MaxSize:          int64(p.MaxSize),
		Autoscaling:      p.Autoscaling,
		Autohealing:      p.Autohealing,
		ContainerRuntime: p.ContainerRuntime.String(),
		RootVolume: rootVolume{
			Type: p.RootVolumeType.String(),
		},
		PublicIPDisabled: p.PublicIPDisabled,
		PrivateNetworkID: regionalID(p.Region, p.PrivateNetworkID),
		SecurityGroupID:  zonalID(p.Zone, &p.SecurityGroupID),
		PlacementGroupID: zonalID(p.Zone, p.PlacementGroupID),
		KubeletArgs:      nonNilMap(p.KubeletArgs),
		Labels:           nonNilMap(p.Labels),
		Taints:           newTaints(p.Taints),
		StartupTaints:    newTaints(p.StartupTaints),
		Tags:             nonNilList(p.Tags),
		CreatedAt:        tfkit.RFC3339PointerValue(p.CreatedAt),
		UpdatedAt:        tfkit.RFC3339PointerValue(p.UpdatedAt),
		Nodes:            []node{},
	}
	if p.RootVolumeSize != nil {
		size := int64(*p.RootVolumeSize / scw.GB)
		one.RootVolume.SizeGB = &size
	}
	if u := p.UpgradePolicy; u != nil {
		one.UpgradePolicy = &upgradePolicy{MaxUnavailable: int64(u.MaxUnavailable), MaxSurge: int64(u.MaxSurge)}
	}
	if p.MaxTerminationGracePeriod != nil {
		one.MaxTerminationGracePeriod = &p.MaxTerminationGracePeriod.Seconds
	}
	return one
}

func newTaints(taints []*k8s.CoreV1Taint) []taint {
	shown := make([]taint, 0, len(taints))
	for _, t := range taints {
		shown = append(shown, taint{Key: t.Key, Value: t.Value, Effect: t.Effect.String()})
	}
	return shown
}

func newNode(n *k8s.Node) node {
	one := node{
		ID:           scaleway.JoinID(n.Region, n.ID),
		Name:         n.Name,
		Status:       n.Status.String(),
		ErrorMessage: errorMessage(n.ErrorMessage),
		ProviderID:   n.ProviderID,
		CreatedAt:    tfkit.RFC3339PointerValue(n.CreatedAt),
		UpdatedAt:    tfkit.RFC3339PointerValue(n.UpdatedAt),
	}
	// The SDK marks these fields as deprecated. The API still sends them, and audits need the addresses.
	one.PublicIPv4, one.PublicIPv6 = address(n.PublicIPV4), address(n.PublicIPV6) //nolint:staticcheck
	one.Conditions = nonNilMap(n.Conditions)                                      //nolint:staticcheck
	return one
}

func address(ip *net.IP) *string {
	if ip == nil || len(*ip) == 0 {
		return nil
	}
	return tfkit.NilIfEmpty(ip.String())
}

// nonNilList returns a copy that is never nil, so that an empty list does not become null.
func nonNilList(values []string) []string { return append([]string{}, values...) }

func nonNilMap(values map[string]string) map[string]string {
	if values == nil {
		return map[string]string{}
	}
	return values
}

// errorMessage returns nil for the empty error message that the API sends if there is no error.
func errorMessage(text *string) *string {
	if text == nil {
		return nil
	}
	return tfkit.NilIfEmpty(*text)
}

func regionalID(region scw.Region, id *string) *string {
	if id == nil || *id == "" {
		return nil
	}
	joined := scaleway.JoinID(region, *id)
	return &joined
}

func zonalID(zone scw.Zone, id *string) *string {
	if id == nil || *id == "" {
		return nil
	}
	joined := scaleway.JoinZonedID(zone, *id)
	return &joined
}
