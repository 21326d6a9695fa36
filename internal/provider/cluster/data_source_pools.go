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

type dataPool struct {
	ID                        string             `tfsdk:"id"`
	Name                      string             `tfsdk:"name"`
	Status                    string             `tfsdk:"status"`
	ErrorMessage              *string            `tfsdk:"error_message"`
	Version                   string             `tfsdk:"version"`
	NodeType                  string             `tfsdk:"node_type"`
	Zone                      string             `tfsdk:"zone"`
	Size                      int64              `tfsdk:"size"`
	MinSize                   int64              `tfsdk:"min_size"`
	MaxSize                   int64              `tfsdk:"max_size"`
	Autoscaling               bool               `tfsdk:"autoscaling"`
	Autohealing               bool               `tfsdk:"autohealing"`
	ContainerRuntime          string             `tfsdk:"container_runtime"`
	RootVolume                dataRootVolume     `tfsdk:"root_volume"`
	PublicIPDisabled          bool               `tfsdk:"public_ip_disabled"`
	PrivateNetworkID          *string            `tfsdk:"private_network_id"`
	SecurityGroupID           *string            `tfsdk:"security_group_id"`
	PlacementGroupID          *string            `tfsdk:"placement_group_id"`
	KubeletArgs               map[string]string  `tfsdk:"kubelet_args"`
	Labels                    map[string]string  `tfsdk:"labels"`
	Taints                    []dataTaint        `tfsdk:"taints"`
	StartupTaints             []dataTaint        `tfsdk:"startup_taints"`
	Tags                      []string           `tfsdk:"tags"`
	UpgradePolicy             *dataUpgradePolicy `tfsdk:"upgrade_policy"`
	MaxTerminationGracePeriod *int64             `tfsdk:"max_termination_grace_period_seconds"`
	CreatedAt                 types.String       `tfsdk:"created_at"`
	UpdatedAt                 types.String       `tfsdk:"updated_at"`
	Nodes                     []dataNode         `tfsdk:"nodes"`
}

type dataRootVolume struct {
	Type   string `tfsdk:"type"`
	SizeGB *int64 `tfsdk:"size_gb"`
}

type dataTaint struct {
	Key    string `tfsdk:"key"`
	Value  string `tfsdk:"value"`
	Effect string `tfsdk:"effect"`
}

type dataUpgradePolicy struct {
	MaxUnavailable int64 `tfsdk:"max_unavailable"`
	MaxSurge       int64 `tfsdk:"max_surge"`
}

type dataNode struct {
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

// newDataPools converts pools of the API to the model, sorted by name, with their nodes, oldest first.
func newDataPools(pools []*k8s.Pool, nodes []*k8s.Node) []dataPool {
	shown := make([]dataPool, 0, len(pools))
	for _, p := range pools {
		one := newDataPool(p)
		for _, n := range nodes {
			if n.PoolID == p.ID {
				one.Nodes = append(one.Nodes, newDataNode(n))
			}
		}
		slices.SortFunc(one.Nodes, func(a, b dataNode) int {
			return cmp.Or(cmp.Compare(a.CreatedAt.ValueString(), b.CreatedAt.ValueString()), cmp.Compare(a.ID, b.ID))
		})
		shown = append(shown, one)
	}
	slices.SortFunc(
		shown,
		func(a, b dataPool) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) },
	)
	return shown
}

func newDataPool(p *k8s.Pool) dataPool {
	one := dataPool{
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
		RootVolume: dataRootVolume{
			Type: p.RootVolumeType.String(),
		},
		PublicIPDisabled: p.PublicIPDisabled,
		PrivateNetworkID: regionalID(p.Region, p.PrivateNetworkID),
		SecurityGroupID:  zonalID(p.Zone, &p.SecurityGroupID),
		PlacementGroupID: zonalID(p.Zone, p.PlacementGroupID),
		KubeletArgs:      nonNilMap(p.KubeletArgs),
		Labels:           nonNilMap(p.Labels),
		Taints:           newDataTaints(p.Taints),
		StartupTaints:    newDataTaints(p.StartupTaints),
		Tags:             nonNilList(p.Tags),
		CreatedAt:        tfkit.RFC3339PointerValue(p.CreatedAt),
		UpdatedAt:        tfkit.RFC3339PointerValue(p.UpdatedAt),
		Nodes:            []dataNode{},
	}
	if p.RootVolumeSize != nil {
		size := int64(*p.RootVolumeSize / scw.GB)
		one.RootVolume.SizeGB = &size
	}
	if u := p.UpgradePolicy; u != nil {
		one.UpgradePolicy = &dataUpgradePolicy{MaxUnavailable: int64(u.MaxUnavailable), MaxSurge: int64(u.MaxSurge)}
	}
	if p.MaxTerminationGracePeriod != nil {
		one.MaxTerminationGracePeriod = &p.MaxTerminationGracePeriod.Seconds
	}
	return one
}

func newDataTaints(taints []*k8s.CoreV1Taint) []dataTaint {
	shown := make([]dataTaint, 0, len(taints))
	for _, t := range taints {
		shown = append(shown, dataTaint{Key: t.Key, Value: t.Value, Effect: t.Effect.String()})
	}
	return shown
}

func newDataNode(n *k8s.Node) dataNode {
	one := dataNode{
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
