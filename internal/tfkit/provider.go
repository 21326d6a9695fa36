// Package tfkit is the Terraform glue that the nouns share: what the provider hands to them, how a refusal and an
// API error read, and the plan modifiers that know Scaleway's spellings.
package tfkit

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// Provider is what a configured provider hands to its resources and data sources.
type Provider struct {
	API *scaleway.Client
	// Contract is the provider's hds_contract; nil where the block is absent.
	Contract *Contract
	// Kubernetes is how the API server of a cluster is reached.
	Kubernetes Kubernetes
	// CLI is where the scw CLI finds the provider's configuration.
	CLI CLI
	// UserAgent is what the provider calls itself to every API.
	UserAgent string
	// Clusters are the clusters of the state that this process has read.
	Clusters ClusterStates
	// AllowLists are the allow-lists that this process was asked to set.
	AllowLists AllowLists
	// Guardrails are the resource addresses with guardrails that the CLI plans.
	Guardrails PlannedAddresses
	// Unfinished are the owners of guardrails whose create has not ended, and that a state has which was refreshed.
	Unfinished Seen
	// Enrolments lets one external node at a time be enrolled in a pool.
	Enrolments Turns
	// Silent are the clusters to whose API server no connection was possible, so that not every node waits for it
	// again. An answer, such as 403 or 503, is none of these.
	Silent Seen
	// Enrolled are the external nodes that this process enrolled.
	Enrolled Seen
	// Warned are the warnings that one process gives once.
	Warned Seen
	// Now is the clock that warnings about dates use; plans never depend on it.
	Now func() time.Time
}

// Kubernetes is the provider's `kubernetes` block, its defaults filled in.
type Kubernetes struct {
	// Unknown says that the address is not known yet, as at a plan before a bastion exists; VPC, Host and TLSServerName
	// then count for nothing.
	Unknown bool
	// VPC asks for the address on the cluster's Private Network instead of the public one.
	VPC bool
	// Host is an address to connect to instead, with an optional port, and TLSServerName the name that its certificate is
	// checked against; both empty where the API's own answer counts.
	Host, TLSServerName string
	// FailUnreachable makes a refresh fail that cannot reach the API server; otherwise it keeps the state and warns.
	FailUnreachable bool
	// Interval is the first pause of a repeated request; zero leaves the client's own.
	Interval time.Duration
}

// CLI is what names the provider's configuration to the scw CLI; each is empty where it is not set.
type CLI struct {
	// Profile is the one that the provider block names, ActiveProfile that of SCW_PROFILE.
	Profile, ActiveProfile string
	// ConfigPath is SCW_CONFIG_PATH.
	ConfigPath string
}

// Contract is the Organization's HDS contract, as the user declares it.
type Contract struct {
	Reference, SignedOn string
	// Type and Name are those of the contract in Scaleway's account API; both empty where unknown.
	Type, Name string
}

// Configured returns the provider that Configure receives. It is nil before the provider is configured, as during
// validation: Ready says so.
func Configured(data any, diags *diag.Diagnostics) *Provider {
	if data == nil {
		return nil
	}
	configured, ok := data.(*Provider)
	if !ok {
		diags.AddError("Unexpected provider data",
			fmt.Sprintf("Got %T. This is a mistake of the provider: please report it.", data))
		return nil
	}
	return configured
}

// Ready says whether the provider is configured, and adds an error where it is not. Every method that needs the API or
// the provider block begins with it. Terraform and OpenTofu call the validations, MoveState and the schemas of a
// provider that is not configured, and nothing else; a provider block that is not known well enough to plan with is an
// error of the provider's own Configure, after which they call nothing.
func (p *Provider) Ready(diags *diag.Diagnostics) bool {
	if p == nil {
		diags.AddError("The provider is not configured", "The CLI has to configure the provider before it plans, reads, "+
			"imports or applies anything. Please report this, with the name and the version of the CLI.")
	}
	return p != nil
}
