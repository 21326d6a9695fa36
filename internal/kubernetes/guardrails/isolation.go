package guardrails

// NetworkPolicyName is the name of the NetworkPolicy that denies all traffic in the namespace of the guardrails.
const NetworkPolicyName = "srm-default-deny"

// Kinds of the objects that isolate the namespace of the guardrails.
const (
	KindNamespace     = "Namespace"
	KindNetworkPolicy = "NetworkPolicy"
)

// podSecurityLabels returns the labels with which Pod Security admission enforces the restricted standard in a
// namespace.
func podSecurityLabels() map[string]any {
	labels := map[string]any{}
	for _, mode := range []string{"enforce", "audit", "warn"} {
		labels["pod-security.kubernetes.io/"+mode] = "restricted"
	}
	return labels
}

// NamespaceObject returns the namespace of the guardrails, which holds passphrases and no workloads. owned reports that
// this provider creates and deletes the namespace.
func (s Settings) NamespaceObject(owned bool) Object {
	labels := podSecurityLabels()
	if owned {
		labels[LabelManagedBy] = FieldManager
	}
	return Object{Kind: KindNamespace, Name: s.Namespace, Content: map[string]any{
		"apiVersion": "v1", "kind": KindNamespace, "metadata": map[string]any{"name": s.Namespace, "labels": labels},
	}}
}

// NetworkPolicyObject returns a NetworkPolicy that denies all traffic of pods in the namespace. The guardrails have no
// pods.
func (s Settings) NetworkPolicyObject() Object {
	o := newObject("networking.k8s.io/v1", KindNetworkPolicy, NetworkPolicyName, nil, map[string]any{
		"spec": map[string]any{"podSelector": map[string]any{}, "policyTypes": []any{"Ingress", "Egress"}},
	})
	o.setNamespace(s.Namespace)
	return o
}

// IsolationObjects returns the namespace, without the label of an owned one, and its NetworkPolicy.
func (s Settings) IsolationObjects() []Object {
	return []Object{s.NamespaceObject(false), s.NetworkPolicyObject()}
}
