package responsibility

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// GuardrailRule is the configuration of one guardrail policy, with its default action.
type GuardrailRule struct {
	Name            string // Name of the attribute, such as "load_balancers".
	Clause          string
	Component       string
	Action, Default string // "deny", "warn" or "audit".
	Exemptions      []GuardrailExemption
	// Accepts names what the policy accepts in the namespaces of Exceptions; the default is "attestations".
	Accepts    string
	Exceptions []GuardrailException
	// Identities are the users and groups that the policy allows in addition to the defaults, such as "users/NAME".
	Identities []string
	// HasNoDefaults reports whether the policy allows no identity by default.
	HasNoDefaults bool
}

// GuardrailException is a namespace in which a policy accepts attestations. It does not expire.
type GuardrailException struct{ Namespace, Reason, Approver string }

// GuardrailExemption is a namespace that a policy does not apply to until a date.
type GuardrailExemption struct{ Namespace, Reason, Approver, Until string }

// GuardrailTransfers returns a transfer for each way in which the rules are weaker than the defaults: what a policy no
// longer refuses becomes the customer's responsibility. The result is sorted by key and never nil.
func GuardrailTransfers(rules []GuardrailRule) []Transfer {
	strictness := []string{"audit", "warn", "deny"}
	transfers := []Transfer{}
	for _, rule := range rules {
		add := func(key, reason, howToRevert string) {
			transfers = append(transfers, Transfer{Key: rule.Name + "/" + key, Clause: rule.Clause,
				Component: rule.Component,
				From:      FromHardening, To: PartyCustomer, Reason: reason, HowToRevert: howToRevert})
		}
		if slices.Index(strictness, rule.Action) < slices.Index(strictness, rule.Default) {
			add("action", fmt.Sprintf("%s.action is %q: the policy refuses nothing.", rule.Name, rule.Action),
				fmt.Sprintf("Set %s.action to %q.", rule.Name, rule.Default))
		}
		for _, e := range rule.Exemptions {
			add("exemptions/"+e.Namespace, fmt.Sprintf("Namespace %s is exempt until %s, approved by %s. Reason: %s.",
				e.Namespace, e.Until, e.Approver, strconv.Quote(e.Reason)),
				fmt.Sprintf("Remove the exemption of %s.", e.Namespace))
		}
		for _, e := range rule.Exceptions {
			add(e.Namespace, fmt.Sprintf("%s accepts %s in the namespace %s, approved by %s. Reason: %s.",
				rule.Name, cmp.Or(rule.Accepts, "attestations"), e.Namespace, e.Approver, strconv.Quote(e.Reason)),
				fmt.Sprintf("Remove %s from %s.", e.Namespace, rule.Name))
		}
		for _, identity := range rule.Identities {
			reason := fmt.Sprintf("%s lists %s in addition to the defaults.", rule.Name, strconv.Quote(identity))
			if rule.HasNoDefaults {
				reason = fmt.Sprintf("%s lists %s. The default is an empty list.", rule.Name, strconv.Quote(identity))
			}
			add(identity, reason, fmt.Sprintf("Remove %s.", strconv.Quote(identity)))
		}
	}
	return sortByKey(transfers)
}
