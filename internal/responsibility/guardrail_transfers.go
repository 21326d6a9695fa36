package responsibility

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// GuardrailRule is how one policy of the guardrails acts, against how it acts by default.
type GuardrailRule struct {
	Name            string // The attribute: "load_balancers".
	Clause          string
	Component       string
	Action, Default string // "deny", "warn" or "audit".
	Exemptions      []GuardrailExemption
	// Exceptions are namespaces in which an attestation is accepted, or what Accepts says.
	Accepts    string
	Exceptions []GuardrailException
	// Identities are those beyond the defaults that may do what the policy is about, as "users/NAME".
	Identities []string
	// NoDefaults says that there are none by default.
	NoDefaults bool
}

// GuardrailException accepts an attestation in a namespace, without an end.
type GuardrailException struct{ Namespace, Reason, Approver string }

// GuardrailExemption takes a namespace out of a policy.
type GuardrailExemption struct{ Namespace, Reason, Approver, Until string }

// GuardrailTransfers lists what is loosened of the guardrails, sorted by key, never nil: what a policy would refuse is
// then the customer's own to see to.
func GuardrailTransfers(rules []GuardrailRule) []Transfer {
	strictness := []string{"audit", "warn", "deny"}
	transfers := []Transfer{}
	for _, rule := range rules {
		loosened := func(key, because, giveBack string) {
			transfers = append(transfers, Transfer{Key: rule.Name + "/" + key, Clause: rule.Clause, Component: rule.Component,
				From: FromHardening, To: PartyCustomer, Because: because, GiveBack: giveBack})
		}
		if slices.Index(strictness, rule.Action) < slices.Index(strictness, rule.Default) {
			loosened("action", fmt.Sprintf("%s.action is %q: what the policy finds is not refused.", rule.Name, rule.Action),
				fmt.Sprintf("Set %s.action to %q.", rule.Name, rule.Default))
		}
		for _, e := range rule.Exemptions {
			loosened("exemptions/"+e.Namespace, fmt.Sprintf("Namespace %s is exempt until %s, approved by %s, for the reason "+
				"%s.", e.Namespace, e.Until, e.Approver, strconv.Quote(e.Reason)),
				fmt.Sprintf("Remove the exemption of %s.", e.Namespace))
		}
		for _, e := range rule.Exceptions {
			loosened(e.Namespace, fmt.Sprintf("%s accepts %s in the namespace %s, approved by %s, for the reason %s.",
				rule.Name, cmp.Or(rule.Accepts, "attestations"), e.Namespace, e.Approver, strconv.Quote(e.Reason)), fmt.Sprintf(
				"Remove %s from %s.", e.Namespace, rule.Name,
			))
		}
		for _, identity := range rule.Identities {
			because := fmt.Sprintf("%s lists %s in addition to the defaults.", rule.Name, strconv.Quote(identity))
			if rule.NoDefaults {
				because = fmt.Sprintf("%s lists %s. None is listed by default.", rule.Name, strconv.Quote(identity))
			}
			loosened(identity, because, fmt.Sprintf("Remove %s.", strconv.Quote(identity)))
		}
	}
	return sorted(transfers)
}
