package collect

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/addons"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// rbac returns a resource of RBAC.
func rbac(name string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: name}
}

// readAccess reads namespaces, nodes, and who may do what.
func (c *collector) readAccess(ctx context.Context, client *kubernetes.Client) {
	in := &c.facts.InCluster
	c.start(func() {
		resource := schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
		in.Namespaces = list(ctx, c, client, resource, addNamespace)
	})
	c.start(func() {
		in.Nodes = list(ctx, c, client, schema.GroupVersionResource{Version: "v1", Resource: "nodes"}, addNode)
	})
	c.start(func() {
		in.Roles = join(
			list(ctx, c, client, rbac("clusterroles"), addRole), list(ctx, c, client, rbac("roles"), addRole),
		)
	})
	c.start(func() {
		in.Bindings = join(
			list(ctx, c, client, rbac("clusterrolebindings"), addBinding),
			list(ctx, c, client, rbac("rolebindings"), addBinding),
		)
	})
}

// join returns the items of several lists as one list, which is complete if all of them are.
func join[T any](lists ...assessment.Collection[T]) assessment.Collection[T] {
	sources, items := []string{}, []T{}
	var gap *assessment.Gap
	for _, l := range lists {
		sources, items = append(sources, l.Source), append(items, l.Items...)
		if gap == nil {
			gap = l.Missing()
		}
	}
	return collection(strings.Join(sources, ", "), items, gap)
}

// podSecurityPrefix is the prefix of the labels of Pod Security admission.
const podSecurityPrefix = "pod-security.kubernetes.io/"

func addNamespace(found []assessment.Namespace, o *unstructured.Unstructured) []assessment.Namespace {
	labels := o.GetLabels()
	maps.DeleteFunc(labels, func(key, _ string) bool { return !strings.HasPrefix(key, podSecurityPrefix) })
	return append(found, assessment.Namespace{Name: o.GetName(), Labels: labels, CreatedAt: createdAt(o)})
}

func addNode(found []assessment.KubeletNode, o *unstructured.Unstructured) []assessment.KubeletNode {
	content := manifest(o.Object)
	node := assessment.KubeletNode{
		Name: o.GetName(), ProviderID: content.text("spec", "providerID"),
		PoolName: o.GetLabels()["k8s.scaleway.com/pool-name"],
	}
	if version := content.text("status", "nodeInfo", "kubeletVersion"); version != "" {
		node.KubeletVersion = &version
	}
	return append(found, node)
}

func addRole(found []assessment.Role, o *unstructured.Unstructured) []assessment.Role {
	role := assessment.Role{Namespace: o.GetNamespace(), Name: o.GetName(), Rules: []assessment.RoleRule{}}
	for _, rule := range manifest(o.Object).list("rules") {
		role.Rules = append(role.Rules, assessment.RoleRule{
			Verbs: rule.texts("verbs"), APIGroups: rule.texts("apiGroups"), Resources: rule.texts("resources"),
			ResourceNames: rule.texts("resourceNames"),
		})
	}
	return append(found, role)
}

// serviceAccountPrefix is the prefix of the user name of a service account, before "namespace:name".
const serviceAccountPrefix = "system:serviceaccount:"

func addBinding(found []assessment.RoleBinding, o *unstructured.Unstructured) []assessment.RoleBinding {
	content := manifest(o.Object)
	binding := assessment.RoleBinding{
		Namespace: o.GetNamespace(), Name: o.GetName(), RoleKind: content.text("roleRef", "kind"),
		RoleName: content.text("roleRef", "name"), Subjects: []assessment.RoleSubject{},
	}
	for _, s := range content.list("subjects") {
		subject := assessment.RoleSubject{
			Kind: s.text("kind"), Name: s.text("name"), Namespace: s.text("namespace"),
		}
		if account, ok := strings.CutPrefix(subject.Name, serviceAccountPrefix); ok && subject.Kind == "User" {
			namespace, name, _ := strings.Cut(account, ":")
			subject = assessment.RoleSubject{Kind: "ServiceAccount", Namespace: namespace, Name: name}
		}
		subject.FromScaleway = subject.Kind == "ServiceAccount" &&
			(addons.HasOwnName(subject.Namespace, subject.Name) ||
				slices.Contains(guardrails.DefaultUsers(), subject.ID()))
		if subject.Kind == "User" && !isTechnicalName(subject.Name) {
			subject.Name = assessment.HashName(subject.Name)
		}
		binding.Subjects = append(binding.Subjects, subject)
	}
	return append(found, binding)
}

// isTechnicalName reports whether the name of a user is not that of a person: one of Kubernetes or Scaleway, or the id
// of an IAM principal.
func isTechnicalName(name string) bool {
	_, err := uuid.Parse(name)
	return err == nil || strings.HasPrefix(name, "system:") || strings.HasPrefix(name, "scaleway:")
}
