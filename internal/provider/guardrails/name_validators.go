package guardrails

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

// maxDriverNameLength is the maximum length of the name of a CSI driver.
const maxDriverNameLength = 63

// inlineDriverValidator returns a validator that refuses invalid names of CSI drivers, by the rules of the API server,
// and drivers that store data.
func inlineDriverValidator() validator.String {
	return tfkit.StringValidator(
		"The value must be the name of a CSI driver that stores no data.",
		func(name string) error {
			if len(name) > maxDriverNameLength || len(validation.IsDNS1123Subdomain(strings.ToLower(name))) > 0 {
				return &compliance.Problem{Summary: "The value is not the name of a CSI driver",
					Found: fmt.Sprintf("%q", name),
					Allowed: fmt.Sprintf(
						"at most %d letters, digits, - and ., such as secrets-store.csi.k8s.io", maxDriverNameLength,
					),
					Fix: "Set the name of a CSIDriver: `kubectl get csidrivers` lists them."}
			}
			if guardrails.HoldsData(name) {
				return &compliance.Problem{
					Summary: "The CSI driver stores data",
					Found:   name,
					Allowed: "drivers whose inline volumes store no data of their own, such as drivers for Secrets " +
						"and certificates: the policies that require encryption apply to claims, not to inline volumes",
					Fix: "Remove the driver, and use a claim of the encrypted StorageClass.",
				}
			}
			return nil
		},
	)
}

// ingressClassValidator returns a validator that refuses invalid names of IngressClasses, by the rules of the API
// server.
func ingressClassValidator() validator.String {
	return tfkit.StringValidator("The value must be the name of an IngressClass.", func(name string) error {
		if len(validation.IsDNS1123Subdomain(name)) == 0 {
			return nil
		}
		return &compliance.Problem{Summary: "The value is not the name of an IngressClass", Found: fmt.Sprintf("%q",
			name),
			Allowed: "lower-case letters, digits, - and ., such as nginx; wildcards are not supported",
			Fix: "List each class whose controller has a valid default certificate: `kubectl get ingressclasses` " +
				"lists all classes."}
	})
}

// Kinds of identities, named as the attributes of kube_system.
const (
	kindUsers  = "users"
	kindGroups = "groups"
)

const (
	serviceAccountPrefix      = "system:serviceaccount:"
	serviceAccountGroupPrefix = "system:serviceaccounts:"
)

// identityValidator returns a validator that refuses identities that cover all users or all service accounts, and names
// that no request can have.
func identityValidator(kind string) validator.String {
	return tfkit.StringValidator("The value must be the name of an identity.", func(name string) error {
		if err := compliance.CheckSingleLine("The name of an identity", name); err != nil {
			return err
		}
		all := []string{"system:anonymous", "system:authenticated", "system:serviceaccounts", "system:unauthenticated"}
		if slices.Contains(all, name) {
			return &compliance.Problem{Summary: "The identity covers all users or all service accounts", Found: name,
				Allowed: "identities that maintain kube-system: with this identity the policy would refuse nothing",
				Fix: "Set a user, a group of your identity provider, or the service accounts of one namespace (" +
					serviceAccountGroupPrefix + "NAMESPACE). To switch the policy off, set action to \"audit\", " +
					"which is listed in responsibility_transfers."}
		}
		fix := identityFix(kind, name)
		if fix == "" {
			return nil
		}
		return &compliance.Problem{
			Summary: "The name is not a Kubernetes identity",
			Found:   fmt.Sprintf("%q in %s: no request to the API server can have this name", name, kind),
			Allowed: "the full name of a user or a group, as in requests to the API server", Fix: fix,
		}
	})
}

// identityFix returns how to correct the name of an identity that no request can have, or "" if the name is valid.
func identityFix(kind, name string) string {
	account, isAccount := strings.CutPrefix(name, serviceAccountPrefix)
	namespace, isAccounts := strings.CutPrefix(name, serviceAccountGroupPrefix)
	switch {
	case strings.Contains(name, "*"):
		return "List each name: wildcards are not supported."
	case isAccount && kind == kindGroups:
		return "Move it to users: it is the name of one service account."
	case isAccounts && kind == kindUsers:
		return "Move it to groups: it is the group of the service accounts of a namespace."
	case isAccounts && len(validation.IsDNS1123Label(namespace)) > 0:
		return "Write " + serviceAccountGroupPrefix + "NAMESPACE."
	case isAccount:
		namespace, short, _ := strings.Cut(account, ":")
		if len(validation.IsDNS1123Label(namespace)) > 0 || len(validation.IsDNS1123Subdomain(short)) > 0 {
			return "Write " + serviceAccountPrefix + "NAMESPACE:NAME."
		}
	}
	return ""
}

// warnAboutDefaultIdentities warns about listed identities that are among the defaults.
func (m *model) warnAboutDefaultIdentities(diags *diag.Diagnostics) {
	for _, attribute := range []struct {
		kind     string
		defaults []string
	}{{kindGroups, guardrails.DefaultGroups()}, {kindUsers, guardrails.DefaultUsers()}} {
		for _, name := range stringValues(m.KubeSystem, attribute.kind) {
			if slices.Contains(attribute.defaults, name) {
				tfkit.AddWarning(diags, path.Root("kube_system").AtName(attribute.kind), tfkit.Problem{
					Summary: "The identity is among the defaults", Found: name + " may always change kube-system",
					Fix: "No action needed. To list only additional identities, remove it from " + attribute.kind + ".",
				})
			}
		}
	}
}

// checkExemptionEffect refuses an exemption that has no effect because the policy never applies to the namespace, and
// an exemption from the policy on kube-system, which applies to one namespace only.
func checkExemptionEffect(rule, namespace string, at path.Path, diags *diag.Diagnostics) {
	problem := tfkit.Problem{Found: namespace + " in " + rule}
	switch isSystem := namespace == guardrails.KubeSystem; {
	case rule == "kube_system":
		problem.Summary = "The policy on kube-system has no exemptions"
		problem.Allowed = "none: the policy applies to " + guardrails.KubeSystem + " only"
		problem.Fix = "Remove the exemption. To allow an identity to change kube-system, list it in users or groups; " +
			"to refuse nothing, set action to \"warn\" or \"audit\"."
	case rule == "node_disk" && isSystem:
		problem.Summary = "The exemption has no effect"
		problem.Allowed = "another namespace: the policy never applies to " + guardrails.KubeSystem
		problem.Fix = "Remove the exemption."
	default:
		return
	}
	tfkit.AddError(diags, at, problem)
}
