package hdsguardrails

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/terraform-srm/terraform-provider-srm/internal/compliance"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// longestDriver is how long the name of a CSI driver may be.
const longestDriver = 63

// inlineDriver refuses what is not the name of a CSI driver, by the rule of the API server, and a driver that holds
// data.
func inlineDriver() validator.String {
	return tfkit.Checked("The value must be the name of a CSI driver that holds no data.", func(name string) error {
		if len(name) > longestDriver || len(validation.IsDNS1123Subdomain(strings.ToLower(name))) > 0 {
			return &compliance.Refusal{Summary: "The value is not the name of a CSI driver", Found: fmt.Sprintf("%q", name),
				Allowed: fmt.Sprintf("at most %d letters, digits, - and ., such as secrets-store.csi.k8s.io", longestDriver),
				Fix:     "Write the name of the CSIDriver: `kubectl get csidrivers` lists them."}
		}
		if guardrails.HoldsData(name) {
			return &compliance.Refusal{Summary: "The CSI driver holds data", Found: name,
				Allowed: "drivers whose inline volumes hold no data, such as Secrets and certificates: the policies on claims, " +
					"which see to encryption, do not judge an inline volume",
				Fix: "Use a claim of the encrypted StorageClass, and leave the driver out."}
		}
		return nil
	})
}

// ingressClass refuses what is not the name of an IngressClass, by the rule of the API server.
func ingressClass() validator.String {
	return tfkit.Checked("The value must be the name of an IngressClass.", func(name string) error {
		if len(validation.IsDNS1123Subdomain(name)) == 0 {
			return nil
		}
		return &compliance.Refusal{Summary: "The value is not the name of an IngressClass", Found: fmt.Sprintf("%q", name),
			Allowed: "lower-case letters, digits, - and ., such as nginx; there is no pattern for every class",
			Fix: "List each class whose controller has a valid default certificate: `kubectl get ingressclasses` lists " +
				"them."}
	})
}

// Kinds of identities, as attributes of kube_system name them.
const (
	users  = "users"
	groups = "groups"
)

const (
	accountPrefix  = "system:serviceaccount:"
	accountsPrefix = "system:serviceaccounts:"
)

// identity refuses the name of an identity that covers all users or all service accounts, or that no request has.
func identity(kind string) validator.String {
	return tfkit.Checked("The value must be the name of an identity.", func(name string) error {
		if err := compliance.CheckWord("The name of an identity", name); err != nil {
			return err
		}
		all := []string{"system:anonymous", "system:authenticated", "system:serviceaccounts", "system:unauthenticated"}
		if slices.Contains(all, name) {
			return &compliance.Refusal{Summary: "The identity covers all users or all service accounts", Found: name,
				Allowed: "identities that maintain kube-system: with this one the policy refuses nothing",
				Fix: "Name a user, a group of your identity provider, or the service accounts of one namespace (" +
					accountsPrefix + "NAMESPACE). To switch the policy off, set action to \"audit\", which shows in " +
					"responsibility_transfers."}
		}
		fix := nameProblem(kind, name)
		if fix == "" {
			return nil
		}
		return &compliance.Refusal{Summary: "The identity is none of Kubernetes", Found: fmt.Sprintf("%q in %s", name, kind),
			Allowed: "the full name of a user or a group, as the API server has it: no request has this one", Fix: fix}
	})
}

// nameProblem is how to write the name of an identity that no request has; "" is a name that a request may have.
func nameProblem(kind, name string) string {
	account, isAccount := strings.CutPrefix(name, accountPrefix)
	namespace, isAccounts := strings.CutPrefix(name, accountsPrefix)
	switch {
	case strings.Contains(name, "*"):
		return "List each name: there are no patterns."
	case isAccount && kind == groups:
		return "Move it to users: it is the name of one service account."
	case isAccounts && kind == users:
		return "Move it to groups: it is the group of the service accounts of a namespace."
	case isAccounts && len(validation.IsDNS1123Label(namespace)) > 0:
		return "Write " + accountsPrefix + "NAMESPACE."
	case isAccount:
		of, short, _ := strings.Cut(account, ":")
		if len(validation.IsDNS1123Label(of)) > 0 || len(validation.IsDNS1123Subdomain(short)) > 0 {
			return "Write " + accountPrefix + "NAMESPACE:NAME."
		}
	}
	return ""
}

// checkIdentities warns of identities that may change kube-system without being listed.
func (m *model) checkIdentities(diags *diag.Diagnostics) {
	for _, one := range []struct {
		kind     string
		defaults []string
	}{{groups, guardrails.DefaultGroups()}, {users, guardrails.DefaultUsers()}} {
		for _, name := range textsOf(m.KubeSystem, one.kind) {
			if slices.Contains(one.defaults, name) {
				tfkit.Warn(diags, path.Root("kube_system").AtName(one.kind), tfkit.Refusal{
					Summary: "The identity is among the defaults", Found: name + " may change kube-system in any case",
					Fix: "No action needed. Remove it from " + one.kind + " to list only what is added.",
				})
			}
		}
	}
}

// checkEffect refuses an exemption from a policy of a namespace that the policy does not judge, and one that leaves it
// nothing to judge.
func checkEffect(rule, namespace string, at path.Path, diags *diag.Diagnostics) {
	problem := tfkit.Refusal{Found: namespace + " in " + rule}
	switch isSystem := namespace == guardrails.KubeSystem; {
	case rule == "kube_system":
		problem.Summary = "The policy on kube-system has no exemptions"
		problem.Allowed = "none: it judges " + guardrails.KubeSystem + " alone, so that every other namespace is left out " +
			"in any case"
		problem.Fix = "Remove the exemption. To let an identity change kube-system, list it in users or groups; to refuse " +
			"nothing, set action to \"warn\" or \"audit\"."
	case rule == "node_disk" && isSystem:
		problem.Summary = "The exemption has no effect"
		problem.Allowed = "another namespace: the policy leaves " + guardrails.KubeSystem + " out in any case"
		problem.Fix = "Remove the exemption."
	default:
		return
	}
	tfkit.Refuse(diags, at, problem)
}
