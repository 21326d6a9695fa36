package collect

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// admission returns a resource of admission control.
func admission(name string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: name}
}

// readAdmission reads what decides about new objects: policies, webhooks, custom resources and the guardrails.
func (c *collector) readAdmission(ctx context.Context, client *kubernetes.Client) {
	in := &c.facts.InCluster
	c.start(func() { c.readPolicies(ctx, client) })
	c.start(func() {
		in.Webhooks = join(
			list(ctx, c, client, admission("validatingwebhookconfigurations"), addWebhooks),
			list(ctx, c, client, admission("mutatingwebhookconfigurations"), addWebhooks),
		)
	})
	c.start(func() {
		in.CRDs = listMetadata(ctx, c, client, schema.GroupVersionResource{
			Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions",
		}, addCustomResource)
	})
	c.start(func() { c.readAddOns(ctx, client) })
}

// readAddOns reads changes of the components that Scaleway installed.
func (c *collector) readAddOns(ctx context.Context, client *kubernetes.Client) {
	const source = "list deployments.apps, daemonsets.apps, statefulsets.apps, configmaps in kube-system"
	var changes responsibility.InClusterChanges
	var failed *kubernetes.Error
	gap := c.inSlot(ctx, "", func() error {
		found, err := client.InspectAddons(ctx)
		changes = found.Changes()
		errors.As(err, &failed)
		return err
	})
	if gap != nil && gap.Reason == assessment.Forbidden {
		gap.Needs = "list " + failed.Object
	}
	c.facts.InCluster.AddOns = fact(source, changes, gap)
}

// addObject keeps a whole object.
func addObject(found []*unstructured.Unstructured, o *unstructured.Unstructured) []*unstructured.Unstructured {
	return append(found, o)
}

// readPolicies reads admission policies, and the guardrails among them.
func (c *collector) readPolicies(ctx context.Context, client *kubernetes.Client) {
	in := &c.facts.InCluster
	policies := list(ctx, c, client, admission("validatingadmissionpolicies"), addObject)
	bindings := list(ctx, c, client, admission("validatingadmissionpolicybindings"), addObject)
	classes := list(ctx, c, client, schema.GroupVersionResource{
		Group: "storage.k8s.io", Version: "v1", Resource: "storageclasses",
	}, addObject)
	found := []assessment.AdmissionPolicy{}
	for _, o := range policies.Items {
		policy := assessment.AdmissionPolicy{
			Name: o.GetName(), IsGuardrail: guardrails.IsPolicy(o.GetName()), Actions: []string{},
			FailurePolicy: manifest(o.Object).text("spec", "failurePolicy"),
		}
		for _, binding := range bindings.Items {
			if spec := manifest(binding.Object).at("spec"); spec.text("policyName") == o.GetName() {
				policy.Actions = append(policy.Actions, spec.texts("validationActions")...)
			}
		}
		slices.Sort(policy.Actions)
		policy.Actions = slices.Compact(policy.Actions)
		found = append(found, policy)
	}
	missing := cmp.Or(policies.Missing(), bindings.Missing())
	in.Policies = collection(policies.Source+", "+bindings.Source, found, missing)
	in.Guardrails = fact(
		join(policies, bindings, classes).Source, newGuardrails(policies.Items, bindings.Items, classes.Items),
		cmp.Or(missing, classes.Missing()),
	)
}

// newGuardrails converts the guardrails among the policies, bindings and StorageClasses of a cluster.
func newGuardrails(policies, bindings, classes []*unstructured.Unstructured) assessment.Guardrails {
	installed := kubernetes.FindGuardrails(policies, bindings, classes)
	if installed == nil {
		return assessment.Guardrails{SecretNamespace: passphraseNamespace(classes)}
	}
	found := assessment.Guardrails{
		Present: true, Owner: installed.Owner, Digest: installed.Digest, Altered: installed.Altered,
		Written: installed.Written, Loosened: installed.Loosened,
		IsCurrent: len(installed.Altered) == 0 && len(installed.Written) == 0,
	}
	if !installed.CreatedAt.IsZero() {
		found.CreatedAt = &installed.CreatedAt
	}
	s := installed.Settings
	if s == nil {
		found.SecretNamespace = passphraseNamespace(classes)
		return found
	}
	found.SecretNamespace = s.Namespace
	found.CertificateClasses, found.InlineDrivers = s.DefaultCertificateClasses, s.InlineDrivers
	for _, e := range s.TLSPassthrough {
		if e.Reason != "" && e.Approver != "" {
			found.TLSNamespaces = append(found.TLSNamespaces, e.Namespace)
		}
	}
	found.Exemptions = exemptions(*s)
	return found
}

// exemptions returns the exemptions of all rules. Equal ones of several rules are one.
func exemptions(s guardrails.Settings) []assessment.Exemption {
	rules := map[string]guardrails.Rule{
		"load_balancers": s.LoadBalancers, "ingress": s.Ingress, "node_ports": s.NodePorts, "node_disk": s.NodeDisk,
		"kube_system": s.KubeSystem,
	}
	policies := map[guardrails.Exemption][]string{}
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		for _, e := range rules[name].Exemptions {
			policies[e] = append(policies[e], name)
		}
	}
	found := []assessment.Exemption{}
	for e, names := range policies {
		exemption := assessment.Exemption{
			Namespace: e.Namespace, Policies: names, Reason: e.Reason, Approver: e.Approver,
		}
		if until, err := time.Parse(time.DateOnly, e.Until); err == nil {
			exemption.Until = &until
		}
		found = append(found, exemption)
	}
	slices.SortFunc(found, func(a, b assessment.Exemption) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), slices.Compare(a.Policies, b.Policies))
	})
	return found
}

// passphraseNamespace returns the namespace of the passphrases that an encrypted StorageClass of Scaleway's driver
// names, or "".
func passphraseNamespace(classes []*unstructured.Unstructured) string {
	names := []string{}
	for _, class := range classes {
		content := manifest(class.Object)
		namespace := content.text("parameters", "csi.storage.k8s.io/node-stage-secret-namespace")
		if content.text("provisioner") == guardrails.Provisioner && !strings.Contains(namespace, "$") {
			names = append(names, namespace)
		}
	}
	return slices.Max(append(names, ""))
}

func addWebhooks(found []assessment.Webhook, o *unstructured.Unstructured) []assessment.Webhook {
	for _, w := range manifest(o.Object).list("webhooks") {
		webhook := assessment.Webhook{
			Kind: o.GetKind(), Configuration: o.GetName(), Name: w.text("name"),
			FailurePolicy: w.text("failurePolicy"),
		}
		if service := w.at("clientConfig", "service"); service != nil {
			webhook.Service = service.text("namespace") + "/" + service.text("name")
		}
		found = append(found, webhook)
	}
	return found
}

// addCustomResource converts the metadata of a custom resource definition, whose name is "plural.group".
func addCustomResource(
	found []assessment.CustomResource, o *metav1.PartialObjectMetadata,
) []assessment.CustomResource {
	_, group, _ := strings.Cut(o.GetName(), ".")
	return append(found, assessment.CustomResource{
		Name: o.GetName(), Group: group, Version: o.GetLabels()["app.kubernetes.io/version"],
	})
}
