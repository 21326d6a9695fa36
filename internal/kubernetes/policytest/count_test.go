package policytest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// counting is a client of the API server that an option of the sandbox points to.
func counting(t *testing.T, option func(*sandbox.Options), key string) *kubernetes.Client {
	t.Helper()
	options := &sandbox.Options{}
	option(options)
	endpoint, err := kubernetes.ParseKubeconfig(options.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubernetes.New(endpoint, key, "policytest")
	if err != nil {
		t.Fatal(err)
	}
	client.Interval = 50 * time.Millisecond
	return client
}

// countedKinds are the kinds that policies judge when they are created and that the count reads.
func countedKinds() []string {
	return []string{
		"Gateway", "ListenerSet", "XListenerSet", "Ingress", "PersistentVolume", "PersistentVolumeClaim", "Pod", "Service",
		"StorageClass",
	}
}

// makeOlder makes the rows of the verdict tables for real, under names of their own.
func makeOlder(t *testing.T, c *cluster) []*unstructured.Unstructured {
	t.Helper()
	client := c.as(t, nil)
	made := []*unstructured.Unstructured{}
	for i, r := range verdictRows(t) {
		if !slices.Contains(countedKinds(), r.object.GetKind()) || len(r.who) > 0 || r.object.GetName() == "spelled" {
			continue
		}
		object := r.object.DeepCopy()
		if object.GetKind() != "StorageClass" {
			object.SetName(fmt.Sprintf("r%d-%s", i, object.GetName()))
		}
		object.SetFinalizers(nil)
		withoutNodePorts(object) // two Services cannot have the same
		stored, err := at(t, client, object).Create(t.Context(), object, metav1.CreateOptions{})
		if apierrors.IsAlreadyExists(err) {
			continue // a row before it has the same StorageClass
		}
		if err != nil {
			t.Fatalf("create %s: %v", title(object), err)
		}
		made = append(made, stored)
		if object.GetNamespace() != guardrails.KubeSystem {
			continue // the next test finds it removed
		}
		t.Cleanup(func() {
			now := int64(0)
			ctx, options := context.WithoutCancel(t.Context()), metav1.DeleteOptions{GracePeriodSeconds: &now}
			if err := at(t, client, stored).Delete(ctx, stored.GetName(), options); err != nil {
				t.Error(err)
			}
		})
	}
	return made
}

// again is an object as its owner would create it again.
func again(stored *unstructured.Unstructured) *unstructured.Unstructured {
	o := stored.DeepCopy()
	for _, field := range []string{
		"uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "finalizers",
	} {
		unstructured.RemoveNestedField(o.Object, "metadata", field)
	}
	unstructured.RemoveNestedField(o.Object, "status")
	if o.GetKind() == "Service" {
		for _, field := range []string{"clusterIP", "clusterIPs", "healthCheckNodePort"} {
			unstructured.RemoveNestedField(o.Object, "spec", field)
		}
	}
	withoutNodePorts(o)
	return o
}

// withoutNodePorts leaves the node ports of a Service to the API server.
func withoutNodePorts(o *unstructured.Unstructured) {
	ports, exist, _ := unstructured.NestedSlice(o.Object, "spec", "ports")
	if o.GetKind() != "Service" || !exist {
		return
	}
	for _, port := range ports {
		if one, ok := port.(map[string]any); ok {
			delete(one, "nodePort")
		}
	}
	_ = unstructured.SetNestedSlice(o.Object, ports, "spec", "ports")
}

// counted are the policies that a count names for an object.
func counted(count *kubernetes.Count, object *unstructured.Unstructured) (refused, unknown []string) {
	name := object.GetKind() + " " + object.GetName()
	for _, r := range count.Refused {
		if r.Namespace == object.GetNamespace() && slices.Contains(r.Names, name) {
			refused = append(refused, r.Policy)
		}
		if r.Namespace == object.GetNamespace() && slices.Contains(r.Unknown, name) {
			unknown = append(unknown, r.Policy)
		}
	}
	return refused, unknown
}

// TestCountAgrees counts what an API server without guardrails holds, then creates the guardrails, and creates each
// object again: what is counted is refused, and nothing else.
func TestCountAgrees(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.as(t, nil)
	namespaces := []string{"srm-system"}
	for _, r := range verdictRows(t) {
		namespaces = append(namespaces, r.object.GetNamespace())
	}
	createNamespaces(t, client, namespaces...)
	installGateways(t, client)
	create(t, client, parse(t, olderSecret))
	made := makeOlder(t, cluster)
	proxied, option := acctest.Proxied(t, server)
	reader := counting(t, option, sandbox.SecretKey)
	count, err := reader.CountRefused(t.Context(), settings(), settings().Refusing(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	requests := len(proxied.Requests())
	for _, n := range count.NotRead {
		t.Errorf("%s was not read: %v", n.Kind, n.Err)
	}

	guard(t, server)
	right, refusals, open := 0, 0, 0
	for _, stored := range made {
		actual := cluster.try(t, nil, again(stored))
		policies, unknown := counted(count, stored)
		policy, denied := strings.CutPrefix(string(actual), "deny ")
		if name, warned := strings.CutPrefix(string(actual), "warn "); warned && guardrails.JudgesTemplates(name) {
			policy, denied = name, true
		}
		if denied {
			refusals++
		}
		if stored.GetNamespace() == guardrails.KubeSystem && slices.Contains(unknown, guardrails.NodePorts) {
			open++ // the policy lets the components of the cluster through, and the count cannot see who makes a Service
			continue
		}
		wrong := denied != (len(policies) > 0) || denied && !slices.Contains(policies, policy)
		if strings.HasPrefix(string(actual), "error") || wrong || len(unknown) > 0 {
			t.Errorf("%s: the API server says %q, the count %q, unknown %q", title(stored), actual, policies, unknown)
			continue
		}
		right++
	}
	t.Logf("%d of %d objects are counted right, %d of which are refused, and %d as unknown; %d kinds in %d requests",
		right, len(made), refusals, open, len(countedKinds()), requests)
	if open > 10 {
		t.Errorf("%d verdicts are unknown", open)
	}
	if len(made) < 200 || refusals < len(made)/3 {
		t.Errorf("%d objects, %d refused, are too few", len(made), refusals)
	}
	if requests > len(countedKinds())+
		15 { // seven of workloads, Secrets, classes, three of rights, three for a kind that is no v1
		t.Errorf("the count takes %d requests: %v", requests, proxied.Requests())
	}
}

// TestCountOfChanges counts what changed settings newly refuse, and reads nothing for changes that refuse nothing new.
func TestCountOfChanges(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.as(t, nil)
	createNamespaces(t, client, "web", "legacy")
	for _, namespace := range []string{"web", "legacy"} {
		create(t, client, parse(t, `{apiVersion: v1, kind: Service, metadata: {name: plain, namespace: `+namespace+`}, `+
			`spec: {type: LoadBalancer, selector: {app: web}, ports: [{name: http, port: 80}]}}`))
		create(t, client, parse(t, `{apiVersion: v1, kind: Pod, metadata: {name: cache, namespace: `+namespace+`}, `+
			`spec: {containers: [{name: main, image: "registry.example.org/main:1.0"}], volumes: [{name: tmp, emptyDir: {}}]}}`))
	}
	proxied, option := acctest.Proxied(t, server)
	auditDisk := func(s *guardrails.Settings) { s.NodeDisk.Action = guardrails.Audit }
	noExemption := func(s *guardrails.Settings) { s.LoadBalancers.Exemptions = nil }
	for _, test := range []struct {
		what          string
		before, after func(*guardrails.Settings)
		missing       []string
		key           string // empty is the administrator's
		expected      string
		requests      int
	}{
		{what: "nothing"},
		{what: "another speed of volumes", after: func(s *guardrails.Settings) { s.IOPS = 15000 }, requests: 1},
		{
			what: "an exemption that ends", after: noExemption, expected: "srm-load-balancers legacy [Service plain]",
			requests: 1,
		},
		{what: "an exemption that begins", before: noExemption, requests: 1},
		{what: "a policy that refuses from now on", before: auditDisk, requests: 1,
			expected: "srm-node-disk legacy [Pod cache], srm-node-disk web [Pod cache]"},
		{what: "a policy that audits from now on", after: auditDisk},
		{what: "a policy that was deleted", missing: []string{guardrails.LoadBalancers}, requests: 1,
			expected: "srm-load-balancers web [Service plain]"},
		{what: "a policy on requests", after: func(s *guardrails.Settings) { s.KubeSystem.Action = guardrails.Deny },
			expected: "not judged [srm-kube-system]"},
		{what: "a key without rights", key: sandbox.NobodyKey, before: auditDisk, requests: 1, expected: "not read pods " +
			"forbidden"},
		{what: "Gateways that are not served, and a key that may not list them", key: sandbox.ReaderKey, requests: 5,
			before: func(s *guardrails.Settings) { s.Ingress.Action = guardrails.Audit },
			expected: "absent gateways.gateway.networking.k8s.io, absent listenersets.gateway.networking.k8s.io, absent " +
				"xlistenersets.gateway.networking.x-k8s.io"},
	} {
		before, after := settings(), settings()
		if test.before != nil {
			test.before(&before)
		}
		if test.after != nil {
			test.after(&after)
		}
		proxied.ClearRequests()
		client := counting(t, option, cmp.Or(test.key, sandbox.SecretKey))
		count, err := client.CountRefused(t.Context(), after, after.Refusing(&before, test.missing))
		if err != nil {
			t.Fatal(err)
		}
		found := []string{}
		for _, r := range count.Refused {
			found = append(found, fmt.Sprintf("%s %s %v", r.Policy, r.Namespace, r.Names))
		}
		for _, n := range count.NotRead {
			switch {
			case n.Absent:
				found = append(found, "absent "+n.Kind)
			case kubernetes.Is(n.Err, kubernetes.Forbidden):
				found = append(found, "not read "+n.Kind+" forbidden")
			default:
				t.Errorf("%s: %v", test.what, n.Err)
			}
		}
		if len(count.NotJudged) > 0 {
			found = append(found, fmt.Sprintf("not judged %v", count.NotJudged))
		}
		if actual := strings.Join(found, ", "); actual != test.expected {
			t.Errorf("%s: %s\nexpected: %s", test.what, actual, test.expected)
		}
		if requests := len(proxied.Requests()); requests != test.requests {
			t.Errorf("%s: %d requests, expected %d: %v", test.what, requests, test.requests, proxied.Requests())
		}
	}
}

// TestCountReadsPages counts more objects than a page holds.
func TestCountReadsPages(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.as(t, nil)
	createNamespaces(t, client, "web")
	const objects = 501 // a page has 500
	for i := range objects {
		create(t, client, parse(t, fmt.Sprintf(`{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data-%d, `+
			`namespace: web}, `+
			`spec: {storageClassName: sbs-default, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}`, i)))
	}
	proxied, option := acctest.Proxied(t, server)
	before := settings()
	before.ClassName = "other"
	count, err := counting(t, option, sandbox.SecretKey).CountRefused(
		t.Context(), settings(), settings().Refusing(&before, []string{guardrails.Claims}))
	if err != nil {
		t.Fatal(err)
	}
	if len(count.Refused) != 1 || len(count.Refused[0].Names) != objects {
		t.Errorf("the count has %d entries: %.300v", len(count.Refused), count.Refused)
	}
	// Two for claims, two for classes and their provisioners, one for each of volumes, pods and seven kinds of workloads.
	if requests := len(proxied.Requests()); requests != 13 {
		t.Errorf("%d requests, expected 13: %v", requests, proxied.Requests())
	}
}
