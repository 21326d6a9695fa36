package assessment

import "testing"

func guardrailPolicies(f *Facts) {
	f.InCluster.Policies.Items = []AdmissionPolicy{
		{Name: "srm-claims", IsGuardrail: true, Actions: []string{"Deny"}},
		{Name: "srm-ingresses", IsGuardrail: true, Actions: []string{"Deny"}},
	}
}

func engine(f *Facts, failurePolicy string) {
	f.InCluster.Webhooks.Items = append(f.InCluster.Webhooks.Items, Webhook{
		Kind: "ValidatingWebhookConfiguration", Configuration: "kyverno-resource-validating-webhook-cfg",
		Name: "validate.kyverno.svc-fail", FailurePolicy: failurePolicy,
	})
}

func TestAdmissionPolicies(t *testing.T) {
	t.Parallel()
	without := func(f *Facts) { f.InCluster.Guardrails.Value = &Guardrails{} }
	runAccessCases(t, "admission_policies", []accessCase{
		{"as written", func(f *Facts, _ *Options) { guardrailPolicies(f) }, Pass, "", ""},
		{"altered", func(f *Facts, _ *Options) {
			guardrailPolicies(f)
			g := f.InCluster.Guardrails.Value
			g.IsCurrent, g.Altered = false, []string{"ValidatingAdmissionPolicy/srm-claims"}
		}, Fail, High, "ValidatingAdmissionPolicy/srm-claims"},
		{"altered during a create", func(f *Facts, _ *Options) {
			g := f.InCluster.Guardrails.Value
			g.IsCurrent, g.Altered, g.CreatedAt = false, []string{"ValidatingAdmissionPolicy/srm-claims"}, ptr(now())
		}, NotEvaluated, "", ""},
		{"of another release", func(f *Facts, _ *Options) {
			guardrailPolicies(f)
			g := f.InCluster.Guardrails.Value
			g.IsCurrent, g.Written = false, []string{"ValidatingAdmissionPolicy/srm-claims"}
		}, Fail, Low, "ValidatingAdmissionPolicy/srm-claims"},
		{"loosened", func(f *Facts, _ *Options) {
			guardrailPolicies(f)
			f.InCluster.Guardrails.Value.Loosened = []string{"srm-ingresses"}
		}, Fail, Medium, "ValidatingAdmissionPolicyBinding/srm-ingresses"},
		{"absent", func(f *Facts, _ *Options) { without(f) }, Fail, High, newFacts().ClusterID},
		{"absent, no health data", func(f *Facts, o *Options) {
			without(f)
			o.HDS = false
		}, NeedsDecision, "", ""},
		{"another engine", func(f *Facts, _ *Options) {
			without(f)
			engine(f, "Fail")
		}, NeedsDecision, "", ""},
		{"another policy", func(f *Facts, _ *Options) {
			without(f)
			f.InCluster.Policies.Items = []AdmissionPolicy{{Name: "mine", Actions: []string{"Deny"}}}
		}, NeedsDecision, "", ""},
		{"another policy that only warns", func(f *Facts, _ *Options) {
			without(f)
			f.InCluster.Policies.Items = []AdmissionPolicy{{Name: "mine", Actions: []string{"Warn"}}}
		}, Fail, High, ""},
		{"absent, webhooks unread", func(f *Facts, _ *Options) {
			without(f)
			f.InCluster.Webhooks = Unread[Webhook]("webhooks", forbiddenReason("list validatingwebhookconfigurations"))
		}, NotEvaluated, "", ""},
		{"security webhook ignored on failure", func(f *Facts, _ *Options) {
			guardrailPolicies(f)
			engine(f, "Ignore")
		}, Fail, Low, "ValidatingWebhookConfiguration/kyverno-resource-validating-webhook-cfg"},
		{"other webhook ignored on failure", func(f *Facts, _ *Options) {
			guardrailPolicies(f)
			f.InCluster.Webhooks.Items = []Webhook{{
				Kind: "MutatingWebhookConfiguration", Configuration: "cert-manager", FailurePolicy: "Ignore",
			}}
		}, Pass, "", ""},
		{"unread", func(f *Facts, _ *Options) {
			f.InCluster.Guardrails = Fact[Guardrails]{Gap: ptr(forbiddenReason("list storageclasses"))}
		}, NotEvaluated, "", ""},
		{
			"nothing of the cluster is read",
			func(f *Facts, _ *Options) { f.InCluster = InCluster{} },
			NotEvaluated,
			"",
			"",
		},
	})
}

func TestExemptions(t *testing.T) {
	t.Parallel()
	exempt := func(days int) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) {
			f.InCluster.Guardrails.Value.Exemptions = []Exemption{
				{Namespace: "legacy", Policies: []string{"ingress"}, Until: ptr(now().AddDate(0, 0, days))},
			}
		}
	}
	runAccessCases(t, "guardrails_exemptions", []accessCase{
		{"none", nil, NotApplicable, "", ""},
		{
			"no guardrails",
			func(f *Facts, _ *Options) { f.InCluster.Guardrails.Value = &Guardrails{} },
			NotApplicable,
			"",
			"",
		},
		{"future", exempt(20), Pass, "", ""},
		{"past", exempt(-20), Fail, Medium, "Namespace/legacy"},
		{"last day", func(f *Facts, _ *Options) {
			exempt(0)(f, nil)
			*f.InCluster.Guardrails.Value.Exemptions[0].Until = now().Truncate(24 * 60 * 60 * 1e9)
		}, Pass, "", ""},
		{"without a date", func(f *Facts, _ *Options) {
			exempt(0)(f, nil)
			f.InCluster.Guardrails.Value.Exemptions[0].Until = nil
		}, NotEvaluated, "", "Namespace/legacy"},
		{"unread", func(f *Facts, _ *Options) { f.InCluster.Guardrails = Fact[Guardrails]{} }, NotEvaluated, "", ""},
	})
}

func TestPodSecurity(t *testing.T) {
	t.Parallel()
	enforce := func(f *Facts, level string) {
		f.InCluster.Namespaces.Items[1].Labels = map[string]string{"pod-security.kubernetes.io/enforce": level}
	}
	runAccessCases(t, "pod_security", []accessCase{
		{"no label", nil, Fail, Medium, "Namespace/shop"},
		{"privileged", func(f *Facts, _ *Options) { enforce(f, "privileged") }, Fail, Medium, "Namespace/shop"},
		{"baseline", func(f *Facts, _ *Options) { enforce(f, "baseline") }, Pass, "", ""},
		{"restricted", func(f *Facts, _ *Options) { enforce(f, "restricted") }, Pass, "", ""},
		{"only warns", func(f *Facts, _ *Options) {
			f.InCluster.Namespaces.Items[1].Labels = map[string]string{"pod-security.kubernetes.io/warn": "restricted"}
		}, Fail, Medium, ""},
		{"no health data there", func(_ *Facts, o *Options) {
			o.Inputs.HealthDataNamespaces = []string{"records"}
		}, Fail, Low, "Namespace/shop"},
		{
			"new namespace",
			func(f *Facts, _ *Options) { f.InCluster.Namespaces.Items[1].CreatedAt = ptr(now()) },
			NotEvaluated,
			"",
			"",
		},
		{"named in supply_chain", func(_ *Facts, o *Options) { supplyChain(o, "agent", "1", "shop") }, Pass, "", ""},
		{"rejected in supply_chain", func(_ *Facts, o *Options) {
			supplyChain(o, "agent", "1", "shop")
			fieldObjects(o.Attestations[0].Fields, "add_ons")[0]["decision"] = "rejected"
		}, Fail, Medium, ""},
		{"another engine", func(f *Facts, _ *Options) { engine(f, "Fail") }, NeedsDecision, "", "Namespace/shop"},
		{
			"webhooks unread",
			func(f *Facts, _ *Options) { f.InCluster.Webhooks = Collection[Webhook]{} },
			NotEvaluated,
			"",
			"",
		},
		{"only Scaleway's namespaces", func(f *Facts, _ *Options) {
			f.InCluster.PodCounts.Items = []PodCount{{"kube-system", 9}}
		}, NotApplicable, "", ""},
		{"pods unread", func(f *Facts, _ *Options) {
			f.InCluster.PodCounts = Unread[PodCount]("pods", forbiddenReason("list pods"))
		}, NotEvaluated, "", ""},
		{"namespaces unread", func(f *Facts, _ *Options) {
			enforce(f, "baseline")
			f.InCluster.Namespaces.Gap = ptr(forbiddenReason("list namespaces"))
		}, NotEvaluated, "", ""},
	})
}

func TestDefaultDeny(t *testing.T) {
	t.Parallel()
	with := func(policies ...NetworkPolicy) func(*Facts, *Options) {
		return func(f *Facts, _ *Options) { f.InCluster.NetworkPolicies.Items = policies }
	}
	deny := NetworkPolicy{Kind: "NetworkPolicy", Namespace: "shop", Name: "deny", SelectsAll: true, HasIngress: true}
	open := NetworkPolicy{
		Kind: "NetworkPolicy", Namespace: "shop", Name: "open", SelectsAll: true, HasIngress: true, AllowsAll: true,
	}
	some := NetworkPolicy{Kind: "NetworkPolicy", Namespace: "shop", Name: "web", HasIngress: true}
	egress := NetworkPolicy{Kind: "NetworkPolicy", Namespace: "shop", Name: "egress", SelectsAll: true}
	cilium := NetworkPolicy{Kind: "CiliumClusterwideNetworkPolicy", Name: "deny", SelectsAll: true, HasIngress: true}
	except, only, calico := cilium, cilium, cilium
	except.ExceptNamespaces, only.OnlyNamespaces = []string{"kube-system"}, []string{"records"}
	calico.Kind = "CalicoGlobalNetworkPolicy"
	elsewhere := deny
	elsewhere.Namespace = "records"
	exceptShop := cilium
	exceptShop.ExceptNamespaces = []string{"shop"}
	runAccessCases(t, "network_policy_default_deny", []accessCase{
		{"none", nil, Fail, Medium, "Namespace/shop"},
		{"default deny", with(deny), Pass, "", ""},
		{"default deny and another policy", with(deny, some), Pass, "", ""},
		{"opened again", with(deny, open), Fail, Medium, "Namespace/shop"},
		{"some pods", with(some), Fail, Low, "Namespace/shop"},
		{"only outgoing traffic", with(egress), Fail, Medium, ""},
		{"of another namespace", with(elsewhere), Fail, Medium, ""},
		{"of the cluster", with(cilium), Pass, "", ""},
		{"of the cluster except kube-system", with(except), Pass, "", ""},
		{"of the cluster except the namespace", with(exceptShop), Fail, Medium, ""},
		{"of the cluster for another namespace", with(only), Fail, Medium, ""},
		{"of Calico with Cilium", with(calico), Fail, Medium, ""},
		{"of Calico with Calico", func(f *Facts, _ *Options) {
			with(calico)(f, nil)
			f.Cluster.Value.CNI = "calico"
		}, Pass, "", ""},
		{"kilo", func(f *Facts, _ *Options) {
			with(deny)(f, nil)
			f.Cluster.Value.CNI = "kilo"
		}, NeedsDecision, "", ""},
		{"none as plugin", func(f *Facts, _ *Options) { f.Cluster.Value.CNI = "none" }, NeedsDecision, "", ""},
		{"plugin unread", func(f *Facts, _ *Options) { f.Cluster.Value.CNI = "" }, NotEvaluated, "", ""},
		{
			"new namespace",
			func(f *Facts, _ *Options) { f.InCluster.Namespaces.Items[1].CreatedAt = ptr(now()) },
			NotEvaluated,
			"",
			"",
		},
		{"policies of Cilium unread", func(f *Facts, _ *Options) {
			f.InCluster.NetworkPolicies = Unread(
				"policies",
				forbiddenReason("list ciliumnetworkpolicies.cilium.io"),
				some,
			)
		}, NotEvaluated, "", ""},
		{"policies unread", func(f *Facts, _ *Options) {
			f.InCluster.NetworkPolicies = Unread(
				"policies",
				forbiddenReason("list ciliumnetworkpolicies.cilium.io"),
				deny,
			)
		}, NotEvaluated, "", ""},
		{"no health data there", func(_ *Facts, o *Options) {
			o.Inputs.HealthDataNamespaces = []string{"records"}
		}, Fail, Low, ""},
	})
}
