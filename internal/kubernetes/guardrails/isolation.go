package guardrails

// IsolationName is the name of the NetworkPolicy that denies all traffic in the namespace of the guardrails.
const IsolationName = "srm-default-deny"

// The kinds that isolate the namespace of the guardrails.
const (
	KindNamespace     = "Namespace"
	KindNetworkPolicy = "NetworkPolicy"
)

// podSecurity are the labels by which Pod Security admission holds a namespace to the restricted standard.
func podSecurity() map[string]any {
	labels := map[string]any{}
	for _, mode := range []string{"enforce", "audit", "warn"} {
		labels["pod-security.kubernetes.io/"+mode] = "restricted"
	}
	return labels
}

// NamespaceObject is the namespace of the guardrails: it holds passphrases and no workload. owned is a namespace that
// this provider made, and removes.
func (s Settings) NamespaceObject(owned bool) Object {
	labels := podSecurity()
	if owned {
		labels[LabelManagedBy] = FieldManager
	}
	return Object{Kind: KindNamespace, Name: s.Namespace, Content: map[string]any{
		"apiVersion": "v1", "kind": KindNamespace, "metadata": map[string]any{"name": s.Namespace, "labels": labels},
	}}
}

// NetworkPolicyObject denies the pods of the namespace all traffic. The guardrails have no pods.
func (s Settings) NetworkPolicyObject() Object {
	o := newObject("networking.k8s.io/v1", KindNetworkPolicy, IsolationName, nil, map[string]any{
		"spec": map[string]any{"podSelector": map[string]any{}, "policyTypes": []any{"Ingress", "Egress"}},
	})
	o.setNamespace(s.Namespace)
	return o
}

// IsolationObjects are the namespace, without what only its creation decides, and its NetworkPolicy.
func (s Settings) IsolationObjects() []Object {
	return []Object{s.NamespaceObject(false), s.NetworkPolicyObject()}
}
