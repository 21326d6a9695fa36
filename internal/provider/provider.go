// Package provider implements the provider: its configuration, and the list of its resources, data sources, ephemeral
// resources, functions, actions and list resources.
package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/terraform-srm/terraform-provider-srm/internal/provider/admintoken"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider/audittrailexport"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider/clause"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider/cluster"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider/clusterassessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider/clusterlifecycle"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider/clustertypes"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider/contractsignatures"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider/eligibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider/externalnode"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider/kubeconfig"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider/kubernetesversion"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider/node"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider/pool"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider/responsibilities"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

var (
	_ provider.ProviderWithValidateConfig     = (*srm)(nil)
	_ provider.ProviderWithEphemeralResources = (*srm)(nil)
	_ provider.ProviderWithFunctions          = (*srm)(nil)
	_ provider.ProviderWithActions            = (*srm)(nil)
	_ provider.ProviderWithListResources      = (*srm)(nil)
)

type srm struct {
	version     string
	commit      string // empty in a build that is not a release
	environment scaleway.Environment
	polling     time.Duration // zero keeps the client's default intervals
	now         func() time.Time
}

// Option configures the provider's access to the process: clock, environment, polling interval.
type Option func(*srm)

// WithClock sets the clock that the provider compares dates with, and the default of as_of. It is required: a program
// passes time.Now.
func WithClock(now func() time.Time) Option { return func(p *srm) { p.now = now } }

// WithCommit sets the commit of a release, for the user agent.
func WithCommit(commit string) Option { return func(p *srm) { p.commit = commit } }

// WithEnvironment replaces the environment variables and files of the process.
func WithEnvironment(environment scaleway.Environment) Option {
	return func(p *srm) { p.environment = environment }
}

// WithPolling sets the first pause between two polls of an object and between two attempts of a request. Tests use it.
func WithPolling(interval time.Duration) Option { return func(p *srm) { p.polling = interval } }

// New returns a factory of the provider. version is the version of the release and part of the user agent.
func New(version string, options ...Option) func() provider.Provider {
	configured := srm{version: version, environment: scaleway.OSEnvironment()}
	for _, option := range options {
		option(&configured)
	}
	if configured.now == nil {
		panic("provider.New needs WithClock")
	}
	return func() provider.Provider {
		instance := configured
		return &instance
	}
}

func (p *srm) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "srm"
	resp.Version = p.version
}

func (p *srm) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		cluster.NewHDSResource,
		guardrails.NewResource,
		pool.NewHDSResource,
		cluster.NewKosmosResource,
		pool.NewKosmosResource,
		externalnode.NewResource,
		audittrailexport.NewResource,
	}
}

func (p *srm) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		cluster.NewDataSource,
		clusterassessment.NewDataSource,
		clusterlifecycle.NewDataSource,
		clustertypes.NewDataSource,
		contractsignatures.NewDataSource,
		kubernetesversion.NewDataSource,
		kubernetesversion.NewListDataSource,
		responsibilities.NewDataSource,
	}
}

func (p *srm) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{kubeconfig.NewEphemeralResource}
}

func (p *srm) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		clause.NewFunction,
		eligibility.NewNodeTypeFunction,
		eligibility.NewZoneFunction,
		kubernetesversion.NewDatesFunction,
		kubernetesversion.NewStageFunction,
	}
}

func (p *srm) Actions(context.Context) []func() action.Action {
	return []func() action.Action{
		admintoken.NewAction,
		node.NewReplaceAction,
	}
}

func (p *srm) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{
		cluster.NewHDSListResource,
		pool.NewHDSListResource,
		audittrailexport.NewListResource,
	}
}
