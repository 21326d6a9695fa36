// Package clusterassessment implements the data source srm_cluster_assessment: findings on any cluster with their
// evidence, and the results of the clauses of the model.
package clusterassessment

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/collect"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit/clusteraccess"
)

var (
	_ datasource.DataSourceWithConfigure      = (*dataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*dataSource)(nil)
)

type dataSource struct{ provider *tfkit.Provider }

// NewDataSource returns the data source srm_cluster_assessment.
func NewDataSource() datasource.DataSource { return &dataSource{} }

func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_cluster_assessment"
}

func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.provider = tfkit.ProviderFromData(req.ProviderData, &resp.Diagnostics)
}

// ValidateConfig checks the declarations and settings that are known.
func (d *dataSource) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	args := readArguments(ctx, req.Config, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() {
		args.options(ctx, &resp.Diagnostics)
	}
}

func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	if !d.provider.CheckConfigured(&resp.Diagnostics) {
		return
	}
	args := readArguments(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	options := args.options(ctx, &resp.Diagnostics)
	region, id, ok := tfkit.ResolveObjectID(
		d.provider.API, "cluster_id", "cluster", args.ClusterID, args.Region, &resp.Diagnostics,
	)
	if !ok || resp.Diagnostics.HasError() {
		return
	}
	sources := collect.Sources{
		Scaleway: d.provider.API, Now: d.provider.Now, Tool: d.provider.UserAgent, Buckets: options.Inputs.Buckets,
		SkipReader: true,
	}
	if slices.Contains(options.Layers, assessment.LayerCluster) {
		sources.Kubernetes = func(ctx context.Context) (*kubernetes.Client, error) {
			return clusteraccess.Connect(ctx, d.provider, region, id)
		}
	}
	facts, err := collect.Cluster(ctx, sources, region, id)
	if err != nil {
		tfkit.AddAPIError(&resp.Diagnostics, "Unable to assess the cluster", err)
		return
	}
	options.AsOf = facts.ReadAt
	found := assessment.Evaluate(facts, options)
	addGapWarning(&resp.Diagnostics, found)
	args.Region = types.StringValue(region.String())
	resp.Diagnostics.Append(resp.State.Set(ctx, newModel(args, found))...)
}

// addGapWarning adds one warning that sums up what could not be read.
func addGapWarning(diags *diag.Diagnostics, found assessment.Assessment) {
	sets, others, checks := []string{}, []string{}, map[string]bool{}
	for _, u := range found.NotEvaluated {
		switch {
		case !u.Reason.IsUnread():
			continue
		case u.Reason == assessment.Forbidden && u.Needs != "":
			sets = append(sets, u.Needs)
		case u.Reason != assessment.Forbidden && u.Reason != assessment.TooMany:
			remedy := u.Reason.Remedy().EN
			if u.Needs != "" {
				remedy = u.Needs + ": " + remedy
			}
			others = append(others, remedy)
		}
		for _, check := range u.Checks {
			checks[check] = true
		}
	}
	if len(checks) == 0 {
		return
	}
	problem := tfkit.Problem{
		Summary: "The assessment of the cluster is not complete",
		Found: fmt.Sprintf(
			"%d checks could not be evaluated; not_evaluated lists them with their reasons",
			len(checks),
		),
	}
	switch {
	case len(sets) > 0:
		problem.Fix = "Allow the provider's API key to read: " + strings.Join(slices.Compact(sets), ", ") + "."
	case len(others) > 0:
		problem.Fix = strings.Join(slices.Compact(others), " ")
	default:
		problem.Fix = "Use the command srm, which reads more objects."
	}
	tfkit.AddWarning(diags, path.Empty(), problem)
}
