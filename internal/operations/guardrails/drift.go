package guardrails

import (
	"slices"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

const (
	// fieldAccess is the field of the difference of a service account with rights that its Role does not grant.
	// accessAllNames and accessSingleNames start its value: the rights are for all names, or for single names.
	fieldAccess       = "access"
	accessAllNames    = "open: "
	accessSingleNames = "open for names: "
	// accountPrefix starts its object.
	accountPrefix = "ServiceAccount/"
	// secretPrefix starts the object of the difference of a Secret.
	secretPrefix = "Secret/"
)

// openAccess returns the difference of RBAC grants that open the lookups of the policies.
func openAccess(open *kubernetes.OpenLookupError) kubernetes.Difference {
	found := accessAllNames
	if open.SingleNames {
		found = accessSingleNames
	}
	return kubernetes.Difference{
		Object: accountPrefix + open.Account, Field: fieldAccess, Found: found + open.GrantedBy(),
	}
}

// ParseOpenAccess returns the RBAC grants of a difference that Read added for them, and false for other differences.
func ParseOpenAccess(d kubernetes.Difference) (*kubernetes.OpenLookupError, bool) {
	if d.Field != fieldAccess {
		return nil, false
	}
	account, _ := strings.CutPrefix(d.Object, accountPrefix)
	by, isSingleNames := strings.CutPrefix(d.Found, accessSingleNames)
	by, _ = strings.CutPrefix(by, accessAllNames)
	return &kubernetes.OpenLookupError{SingleNames: isSingleNames, Account: account, Bindings: []string{by}}, true
}

// LostSecrets returns the differences of Secrets with a passphrase that an apply cannot restore: those with another
// value, and absent ones except for the Secret of the desired version, which an apply writes.
func (o Observed) LostSecrets(desired Desired) []kubernetes.Difference {
	return slices.DeleteFunc(slices.Clone(o.Drift), func(d kubernetes.Difference) bool {
		isWritten := d.IsAbsent() && d.Object == secretPrefix+desired.CurrentSecret()
		return !strings.HasPrefix(d.Object, secretPrefix) || !d.IsPassphrase() && (!d.IsAbsent() || isWritten)
	})
}

// changedPolicies returns the names of the policies that the last refresh found changed, or without their binding.
func (o Observed) changedPolicies() []string {
	names := []string{}
	for _, d := range o.Drift {
		kind, name, _ := strings.Cut(d.Object, "/")
		isPolicy := kind == guardrails.KindPolicy || kind == guardrails.KindBinding
		if isPolicy && (d.IsAbsent() || strings.HasPrefix(d.Field, "spec")) {
			names = append(names, name)
		}
	}
	return names
}
