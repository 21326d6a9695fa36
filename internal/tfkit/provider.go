// Package tfkit has the Terraform code that the resource packages share: the configured provider, diagnostics, private
// state, ids, validators, plan modifiers and value conversions.
package tfkit

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Provider is the configured provider, which its resources and data sources receive in Configure.
type Provider struct {
	API *scaleway.Client
	// Contract is the provider's hds_contract block, or nil.
	Contract *Contract
	// Kubernetes is the provider's kubernetes block: how to reach the API server of a cluster.
	Kubernetes Kubernetes
	// CLI tells the scw CLI where to find the provider's configuration.
	CLI CLI
	// UserAgent is the User-Agent header of all requests.
	UserAgent string
	// Clusters are the clusters in the state that this process has read.
	Clusters ClusterStates
	// GuardrailsAddresses are the resource addresses of guardrails in the plan.
	GuardrailsAddresses PlannedAddresses
	// UnfinishedGuardrails are the owners of guardrails in the refreshed state whose create has not finished.
	UnfinishedGuardrails StringSet
	// EnrolmentLocks serializes the enrolment of external nodes in a pool.
	EnrolmentLocks KeyedMutex
	// UnreachableClusters are the clusters whose API server could not be connected to, so that not every node waits for
	// a timeout. An API server that answers, even with 403 or 503, is not among them.
	UnreachableClusters StringSet
	// EnrolledNodes are the external nodes that this process has enrolled, or has found waiting for a machine.
	EnrolledNodes StringSet
	// WarnOnce are the warnings that this process has given and does not repeat.
	WarnOnce StringSet
	// Now is the clock for warnings about dates. Plans never depend on it.
	Now func() time.Time
}

// Kubernetes is the provider's `kubernetes` block with its defaults.
type Kubernetes struct {
	// IsUnknown is true if the address is not known yet, for example in a plan before a bastion exists. UseVPC, Host
	// and TLSServerName are then meaningless.
	IsUnknown bool
	// UseVPC selects the address on the cluster's Private Network instead of the public one.
	UseVPC bool
	// Host replaces the address of the kubeconfig; it has an optional port. TLSServerName is the name to verify the
	// certificate against. Both are optional.
	Host, TLSServerName string
	// FailOnUnreachable makes a refresh fail if it cannot reach the API server. Otherwise the refresh keeps the state
	// and warns.
	FailOnUnreachable bool
	// RetryInterval is the first pause before a retry; zero means the client's default.
	RetryInterval time.Duration
}

// CLI holds the settings with which the scw CLI finds the provider's configuration. Each is empty if unset.
type CLI struct {
	// Profile is the profile of the provider block. ActiveProfile is the value of SCW_PROFILE.
	Profile, ActiveProfile string
	// ConfigPath is the value of SCW_CONFIG_PATH.
	ConfigPath string
}

// Contract is the Organization's HDS contract, as declared in the provider block.
type Contract struct {
	Reference, SignedOn string
	// Type and Name are those of the contract in Scaleway's account API, or empty if unknown.
	Type, Name string
}

// ProviderFromData returns the provider from the data that Configure receives. It is nil before the provider is
// configured, for example during validation.
func ProviderFromData(data any, diags *diag.Diagnostics) *Provider {
	if data == nil {
		return nil
	}
	configured, ok := data.(*Provider)
	if !ok {
		diags.AddError("Unexpected provider data",
			fmt.Sprintf("Got %T. This is a bug in the provider: please report it.", data))
		return nil
	}
	return configured
}

// CheckConfigured reports whether the provider is configured, and adds an error if it is not. Every method that needs
// the API or the provider block calls it first. Terraform and OpenTofu call only validations, MoveState and schemas on
// a provider that is not configured. Unknown values in the provider block are an error of the provider's Configure,
// after which the CLI calls nothing.
func (p *Provider) CheckConfigured(diags *diag.Diagnostics) bool {
	if p == nil {
		diags.AddError("The provider is not configured", "The CLI has to configure the provider before it plans, "+
			"reads, imports or applies anything. Please report this, with the name and the version of the CLI.")
	}
	return p != nil
}
