// Package framework is the Terraform glue that the nouns share: what the provider hands to them, how a refusal and an
// API error read, and the plan modifiers that know Scaleway's spellings.
package framework

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
	// Now is the clock that warnings about dates use; plans never depend on it.
	Now func() time.Time
}

// Contract is the Organization's HDS contract, as the user declares it.
type Contract struct {
	Reference, SignedOn string
	// Type and Name are those of the contract in Scaleway's account API; both empty where unknown.
	Type, Name string
}

// Configured returns the provider that Configure receives. It is nil before the provider is configured, as during
// validation.
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
