package clusterlifecycle

import (
	"cmp"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/lifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

type model struct {
	ClusterID           types.String               `tfsdk:"cluster_id"`
	Region              types.String               `tfsdk:"region"`
	AsOf                types.String               `tfsdk:"as_of"`
	TargetVersion       types.String               `tfsdk:"target_version"`
	Name                string                     `tfsdk:"name"`
	Version             string                     `tfsdk:"version"`
	Minor               *string                    `tfsdk:"minor"`
	ReleasedAt          types.String               `tfsdk:"released_at"`
	DeprecatedAt        types.String               `tfsdk:"deprecated_at"`
	EndOfSupportAt      types.String               `tfsdk:"end_of_support_at"`
	Source              *string                    `tfsdk:"source"`
	DataQuality         string                     `tfsdk:"data_quality"`
	Conflicts           []string                   `tfsdk:"conflicts"`
	Stage               string                     `tfsdk:"stage"`
	ForcedUpgradeWindow *tfkit.ForcedUpgradeWindow `tfsdk:"forced_upgrade_window"`
	ForcedUpgradeTarget *forcedTarget              `tfsdk:"forced_upgrade_target"`
	NextLegal           nextLegal                  `tfsdk:"next_legal"`
	AutoUpgradeEnabled  *bool                      `tfsdk:"auto_upgrade_enabled"`
	UpgradePath         []step                     `tfsdk:"upgrade_path"`
	Pools               []pool                     `tfsdk:"pools"`
	Nodes               []node                     `tfsdk:"nodes"`
}

type forcedTarget struct {
	Minor   string  `tfsdk:"minor"`
	Version *string `tfsdk:"version"`
}

type nextLegal struct {
	Patch *string `tfsdk:"patch"`
	Minor *string `tfsdk:"minor"`
}

type step struct {
	From        string       `tfsdk:"from"`
	To          string       `tfsdk:"to"`
	By          types.String `tfsdk:"by"`
	Source      *string      `tfsdk:"source"`
	DataQuality string       `tfsdk:"data_quality"`
	Offered     bool         `tfsdk:"offered"`
	Version     *string      `tfsdk:"version"`
}

type pool struct {
	ID        string     `tfsdk:"id"`
	Name      string     `tfsdk:"name"`
	Version   string     `tfsdk:"version"`
	Skew      string     `tfsdk:"skew"`
	NodeType  string     `tfsdk:"node_type"`
	Zone      string     `tfsdk:"zone"`
	EndOfSale *endOfSale `tfsdk:"end_of_sale"`
	NoSale    *string    `tfsdk:"end_of_sale_unknown"`
}

type endOfSale struct {
	Stage         string       `tfsdk:"stage"`
	Status        string       `tfsdk:"status"`
	EndOfGrowthAt types.String `tfsdk:"end_of_growth_at"`
	EndOfSaleAt   types.String `tfsdk:"end_of_sale_at"`
	EndOfLifeAt   types.String `tfsdk:"end_of_life_at"`
	Replacements  []string     `tfsdk:"recommended_replacements"`
}

type node struct {
	ID        string       `tfsdk:"id"`
	Name      string       `tfsdk:"name"`
	PoolID    string       `tfsdk:"pool_id"`
	Version   *string      `tfsdk:"version"`
	CreatedAt types.String `tfsdk:"created_at"`
	AgeDays   *int64       `tfsdk:"age_days"`
	DaysLeft  *int64       `tfsdk:"days_left"`
	Status    string       `tfsdk:"status"`
}

// setResults sets all computed attributes.
func (m *model) setResults(f *apiData, c lifecycle.Cluster, at time.Time) {
	m.Name, m.Version, m.AutoUpgradeEnabled = c.Name, c.Version, c.AutoUpgrade
	m.setVersion(c.Version, f.known, at)
	if c.WantedMinor != nil {
		m.UpgradePath = newSteps(c.UpgradePath)
	}
	m.Pools = []pool{}
	for i, p := range f.pools {
		m.Pools = append(m.Pools, newPool(p, c.Pools[i], c.Version, at))
	}
	slices.SortFunc(
		m.Pools, func(a, b pool) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) },
	)
	m.Nodes = []node{}
	for i, n := range f.nodes {
		m.Nodes = append(m.Nodes, newNode(n, c.Nodes[i], at))
	}
	slices.SortFunc(
		m.Nodes, func(a, b node) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) },
	)
}

// setVersion sets the attributes of the control plane's version. They are null or unknown if it is unreadable.
func (m *model) setVersion(name string, known lifecycle.VersionData, at time.Time) {
	dates := lifecycle.Assessment{Quality: lifecycle.QualityUnknown, Conflicts: []string{}}
	if version, err := lifecycle.ParseVersion(name); err == nil {
		dates = known.Assessment(version.Minor)
		m.Minor = tfkit.NilIfEmpty(version.Minor.String())
		if target, ok := known.ForcedUpgradeTarget(version.Minor); ok {
			m.ForcedUpgradeTarget = &forcedTarget{
				Minor: target.Minor.String(), Version: tfkit.NilIfEmpty(target.Version),
			}
		}
		patch, minor := lifecycle.NextUpgrades(version, known.Offered)
		m.NextLegal = nextLegal{Patch: tfkit.NilIfEmpty(patch), Minor: tfkit.NilIfEmpty(minor)}
	}
	m.ReleasedAt, m.DeprecatedAt, m.EndOfSupportAt = tfkit.RFC3339Value(dates.ReleasedAt), tfkit.RFC3339Value(
		dates.DeprecatedAt,
	), tfkit.RFC3339Value(dates.EndOfSupportAt)
	m.Source, m.DataQuality, m.Conflicts = tfkit.NilIfEmpty(dates.Source), string(dates.Quality), dates.Conflicts
	m.Stage, m.ForcedUpgradeWindow = string(dates.StageAt(at)), tfkit.NewForcedUpgradeWindow(dates.Dates)
}

func newSteps(path []lifecycle.Step) []step {
	result := []step{}
	for _, s := range path {
		result = append(result, step{
			From: s.From.String(), To: s.To.String(), By: tfkit.RFC3339Value(s.Deadline),
			Source:      tfkit.NilIfEmpty(s.Source),
			DataQuality: string(s.Quality),
			Offered:     s.Version != "", Version: tfkit.NilIfEmpty(s.Version),
		})
	}
	return result
}

func newPool(p *k8s.Pool, facts lifecycle.Pool, controlPlane string, at time.Time) pool {
	skew, _ := lifecycle.SkewBetween(controlPlane, p.Version)
	result := pool{
		ID: facts.ID, Name: p.Name, Version: p.Version, Skew: string(skew), NodeType: p.NodeType, Zone: p.Zone.String(),
	}
	if facts.NoSaleReason != "" {
		reason := "The node type " + p.NodeType + " " + facts.NoSaleReason + "."
		result.NoSale = &reason
	}
	if s := facts.Sale; s != nil {
		result.EndOfSale = &endOfSale{
			Stage: string(s.StageAt(at)), Status: s.Status, EndOfGrowthAt: tfkit.RFC3339Value(s.EndOfGrowthAt),
			EndOfSaleAt: tfkit.RFC3339Value(s.EndOfSaleAt),
			EndOfLifeAt: tfkit.RFC3339Value(s.EndOfLifeAt), Replacements: append([]string{}, s.Replacements...),
		}
	}
	return result
}

func newNode(n *k8s.Node, facts lifecycle.Node, at time.Time) node {
	result := node{
		ID:        facts.ID,
		Name:      n.Name,
		PoolID:    scaleway.JoinID(n.Region, n.PoolID),
		CreatedAt: tfkit.RFC3339Value(facts.CreatedAt),
		Status:    n.Status.String(),
	}
	if age, ok := lifecycle.NodeAgeAt(facts.CreatedAt, at); ok {
		days, left := int64(age.Days), int64(age.Left)
		result.AgeDays, result.DaysLeft = &days, &left
	}
	return result
}
