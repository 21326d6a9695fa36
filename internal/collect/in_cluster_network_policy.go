package collect

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

// readNetworkPolicies reads the policies of Kubernetes, Cilium and Calico.
func (c *collector) readNetworkPolicies(ctx context.Context, client *kubernetes.Client) {
	lists := []assessment.Collection[assessment.NetworkPolicy]{}
	for _, kind := range []struct {
		group, version, resource string
		convert                  func([]assessment.NetworkPolicy, *unstructured.Unstructured) []assessment.NetworkPolicy
	}{
		{"networking.k8s.io", "v1", "networkpolicies", addNetworkPolicy},
		{"cilium.io", "v2", "ciliumnetworkpolicies", addCiliumPolicy},
		{"cilium.io", "v2", "ciliumclusterwidenetworkpolicies", addCiliumPolicy},
		{"crd.projectcalico.org", "v1", "networkpolicies", addCalicoPolicy},
		{"crd.projectcalico.org", "v1", "globalnetworkpolicies", addCalicoPolicy},
	} {
		resource := schema.GroupVersionResource{Group: kind.group, Version: kind.version, Resource: kind.resource}
		lists = append(lists, list(ctx, c, client, resource, kind.convert))
	}
	c.facts.InCluster.NetworkPolicies = join(lists...)
}

// isEmpty reports whether a selector selects everything.
func isEmpty(selector manifest) bool {
	return len(selector.at("matchLabels")) == 0 && len(selector.list("matchExpressions")) == 0
}

// isEverywhere reports whether a CIDR is every address.
func isEverywhere(cidr string) bool { return cidr == "0.0.0.0/0" || cidr == "::/0" }

// addNetworkPolicy converts a NetworkPolicy of Kubernetes.
func addNetworkPolicy(
	found []assessment.NetworkPolicy, o *unstructured.Unstructured,
) []assessment.NetworkPolicy {
	spec := manifest(o.Object).at("spec")
	types := spec.texts("policyTypes")
	policy := assessment.NetworkPolicy{
		Kind: o.GetKind(), Namespace: o.GetNamespace(), Name: o.GetName(), SelectsAll: isEmpty(spec.at("podSelector")),
		HasIngress: len(types) == 0 || slices.Contains(types, "Ingress"),
	}
	for _, rule := range spec.list("ingress") {
		if len(rule.list("ports")) > 0 {
			continue
		}
		peers := rule.list("from")
		policy.AllowsAll = policy.AllowsAll || len(peers) == 0 || slices.ContainsFunc(peers, func(peer manifest) bool {
			block := peer.at("ipBlock")
			return peer.has("namespaceSelector") && isEmpty(peer.at("namespaceSelector")) &&
				isEmpty(peer.at("podSelector")) || isEverywhere(block.text("cidr")) && len(block.texts("except")) == 0
		})
	}
	return append(found, policy)
}

// The label with which selectors of Cilium name a namespace. A prefix "k8s:" may precede it.
const ciliumNamespaceLabel = "io.kubernetes.pod.namespace"

// addCiliumPolicy converts each rule of a policy of Cilium. A rule restricts incoming traffic if it has a section
// "ingress" or "ingressDeny" that is not empty, unless enableDefaultDeny says otherwise.
func addCiliumPolicy(found []assessment.NetworkPolicy, o *unstructured.Unstructured) []assessment.NetworkPolicy {
	content := manifest(o.Object)
	rules := content.list("specs")
	if content.has("spec") {
		rules = append([]manifest{content.at("spec")}, rules...)
	}
	for _, rule := range rules {
		policy := assessment.NetworkPolicy{
			Kind: o.GetKind(), Namespace: o.GetNamespace(), Name: o.GetName(),
			HasIngress: len(rule.list("ingress")) > 0 || len(rule.list("ingressDeny")) > 0,
		}
		if rule.has("enableDefaultDeny", "ingress") {
			policy.HasIngress = rule.truth("enableDefaultDeny", "ingress")
		}
		if rule.has("endpointSelector") { // Otherwise it selects nodes.
			selectInCilium(&policy, rule.at("endpointSelector"))
		}
		for _, allowed := range rule.list("ingress") {
			policy.AllowsAll = policy.AllowsAll || ciliumAllowsAll(allowed, o.GetNamespace() == "")
		}
		found = append(found, policy)
	}
	return found
}

// selectInCilium sets which pods a selector of Cilium selects.
func selectInCilium(policy *assessment.NetworkPolicy, selector manifest) {
	policy.SelectsAll = true
	for key, value := range selector.at("matchLabels") {
		namespace, isText := value.(string)
		if !isText || !isNamespaceLabel(key) {
			policy.SelectsAll = false
			return
		}
		policy.OnlyNamespaces = append(policy.OnlyNamespaces, namespace)
	}
	for _, e := range selector.list("matchExpressions") {
		switch operator := e.text("operator"); {
		case isNamespaceLabel(e.text("key")) && operator == "NotIn":
			policy.ExceptNamespaces = append(policy.ExceptNamespaces, e.texts("values")...)
		case isNamespaceLabel(e.text("key")) && operator == "In" && len(policy.OnlyNamespaces) == 0:
			policy.OnlyNamespaces = e.texts("values")
		case isNamespaceLabel(e.text("key")) && operator == "Exists":
		default:
			policy.SelectsAll = false
		}
	}
}

func isNamespaceLabel(key string) bool {
	return strings.TrimPrefix(key, "k8s:") == ciliumNamespaceLabel
}

// ciliumAllowsAll reports whether an ingress rule of Cilium allows every sender, or every sender in the cluster. An
// empty rule allows none.
func ciliumAllowsAll(rule manifest, isClusterwide bool) bool {
	if len(rule.list("toPorts")) > 0 || len(rule.list("icmps")) > 0 {
		return false
	}
	for _, entity := range rule.texts("fromEntities") {
		if entity == "all" || entity == "world" || entity == "cluster" {
			return true
		}
	}
	for _, cidr := range rule.list("fromCIDRSet") {
		if isEverywhere(cidr.text("cidr")) && len(cidr.texts("except")) == 0 {
			return true
		}
	}
	return slices.ContainsFunc(rule.texts("fromCIDR"), isEverywhere) ||
		isClusterwide && slices.ContainsFunc(rule.list("fromEndpoints"), isEmpty)
}

// calicoNotIn matches a selector of Calico that leaves out namespaces by name.
var calicoNotIn = regexp.MustCompile(`^(?:has\(projectcalico\.org/name\)\s*&&\s*)?` +
	`projectcalico\.org/name\s+not\s+in\s*\{([^{}]*)\}$`)

// addCalicoPolicy converts a NetworkPolicy or a GlobalNetworkPolicy of Calico.
func addCalicoPolicy(found []assessment.NetworkPolicy, o *unstructured.Unstructured) []assessment.NetworkPolicy {
	spec := manifest(o.Object).at("spec")
	types, ingress := spec.texts("types"), spec.list("ingress")
	policy := assessment.NetworkPolicy{
		Kind: "Calico" + o.GetKind(), Namespace: o.GetNamespace(), Name: o.GetName(),
		SelectsAll: isAllInCalico(spec.text("selector")) && isAllInCalico(spec.text("serviceAccountSelector")) &&
			!spec.truth("doNotTrack") && !spec.truth("preDNAT"), // Those apply to hosts.
		HasIngress: slices.Contains(types, "Ingress") ||
			len(types) == 0 && (len(ingress) > 0 || len(spec.list("egress")) == 0),
	}
	if selector := strings.TrimSpace(spec.text("namespaceSelector")); !isAllInCalico(selector) {
		match := calicoNotIn.FindStringSubmatch(selector)
		if match == nil {
			policy.SelectsAll = false
		} else {
			for _, name := range strings.Split(match[1], ",") {
				policy.ExceptNamespaces = append(policy.ExceptNamespaces, strings.Trim(name, ` "'`))
			}
		}
	}
	for _, rule := range ingress {
		policy.AllowsAll = policy.AllowsAll || rule.text("action") == "Allow" && !hasCalicoCondition(rule)
	}
	return append(found, policy)
}

// isAllInCalico reports whether a selector of Calico selects everything.
func isAllInCalico(selector string) bool {
	return slices.Contains([]string{"", "all()", "has(projectcalico.org/name)"}, strings.TrimSpace(selector))
}

// hasCalicoCondition reports whether a rule of Calico applies only to some traffic.
func hasCalicoCondition(rule manifest) bool {
	for key := range rule {
		if inner := rule.at(key); key != "action" && key != "metadata" && (inner == nil || len(inner) > 0) {
			return true
		}
	}
	return false
}
