package guardrails

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

// responsibilityRules returns the policies that can be loosened.
func responsibilityRules(s guardrails.Settings) []responsibility.GuardrailRule {
	policyRule := func(
		name, clause, component, defaultAction string, rule guardrails.Rule,
	) responsibility.GuardrailRule {
		found := responsibility.GuardrailRule{
			Name: name, Clause: clause, Component: component, Action: rule.Action, Default: defaultAction,
		}
		for _, e := range rule.Exemptions {
			found.Exemptions = append(found.Exemptions, responsibility.GuardrailExemption(e))
		}
		return found
	}
	system := policyRule("kube_system", "TRF-02", "managed add-ons", guardrails.Warn, s.KubeSystem)
	for _, name := range excludeDefaults(s.Users, guardrails.DefaultUsers()) {
		system.Identities = append(system.Identities, "users/"+name)
	}
	for _, name := range excludeDefaults(s.Groups, guardrails.DefaultGroups()) {
		system.Identities = append(system.Identities, "groups/"+name)
	}
	exceptionRule := func(
		name, clause, component, accepts string, exceptions []guardrails.Exception,
	) responsibility.GuardrailRule {
		found := responsibility.GuardrailRule{Name: name, Clause: clause, Component: component, Accepts: accepts}
		for _, e := range exceptions {
			found.Exceptions = append(found.Exceptions, responsibility.GuardrailException(e))
		}
		return found
	}
	return []responsibility.GuardrailRule{
		policyRule("load_balancers", "HDS-ENC-01", "TLS and zone of Load Balancers", guardrails.Deny, s.LoadBalancers),
		{
			Name: "backend_tls", Clause: "HDS-ENC-01", Component: "TLS between Load Balancers and nodes",
			Action:  s.BackendTLS,
			Default: guardrails.Warn,
		},
		exceptionRule("tls_passthrough", "HDS-ENC-01", "TLS passthrough of Load Balancers", "", s.TLSPassthrough),
		policyRule("ingress", "HDS-ENC-01", "TLS of Ingresses and Gateways", guardrails.Deny, s.Ingress),
		exceptionRule(
			"http_redirect", "HDS-ENC-01", "HTTP listeners of Gateways that redirect", "a plaintext listener",
			s.HTTPRedirect,
		),
		{Name: "default_certificate_classes", Clause: "HDS-ENC-01", Component: "default certificates of ingress " +
			"controllers",
			Identities: s.DefaultCertificateClasses, HasNoDefaults: true},
		policyRule("node_ports", "HDS-ENC-01", "ports opened on nodes", guardrails.Audit, s.NodePorts),
		policyRule("node_disk", "HDS-ENC-03", "data on the disks of nodes", guardrails.Audit, s.NodeDisk),
		exceptionRule(
			"attested_restores", "HDS-ENC-03", "encryption of the sources of restored volumes", "", s.AttestedRestores,
		),
		{Name: "inline_csi_drivers", Clause: "HDS-ENC-03", Component: "inline volumes of CSI drivers",
			Identities: excludeDefaults(s.InlineDrivers, guardrails.DefaultInlineDrivers())},
		system,
	}
}

// excludeDefaults returns the values that are not among the defaults.
func excludeDefaults(values, defaults []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(value string) bool { return slices.Contains(defaults, value) })
}

func transfersList(ctx context.Context, s guardrails.Settings, diags *diag.Diagnostics) types.List {
	return tfkit.NewTransfersList(ctx, responsibility.GuardrailTransfers(responsibilityRules(s)), diags)
}
