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

// newCountClient returns a client of the API server in an option of the sandbox.
func newCountClient(t *testing.T, option func(*sandbox.Options), key string) *kubernetes.Client {
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

// countedKinds returns the kinds that the policies match on creation and that CountRefused reads.
func countedKinds() []string {
	return []string{
		"Gateway", "ListenerSet", "XListenerSet", "Ingress", "PersistentVolume", "PersistentVolumeClaim", "Pod",
		"Service",
		"StorageClass",
	}
}

// createOlderObjects creates the objects of the decision tables under unique names.
func createOlderObjects(t *testing.T, c *cluster) []*unstructured.Unstructured {
	t.Helper()
	client := c.clientFor(t, nil)
	created := []*unstructured.Unstructured{}
	for i, r := range dryRunCases(t) {
		if !slices.Contains(countedKinds(), r.object.GetKind()) || len(r.user) > 0 || r.object.GetName() == "spelled" {
			continue
		}
		object := r.object.DeepCopy()
		if object.GetKind() != "StorageClass" {
			object.SetName(fmt.Sprintf("r%d-%s", i, object.GetName()))
		}
		object.SetFinalizers(nil)
		withoutNodePorts(object) // node ports must be unique
		stored, err := resourceClient(t, client, object).Create(t.Context(), object, metav1.CreateOptions{})
		if apierrors.IsAlreadyExists(err) {
			continue // an earlier row has the same StorageClass
		}
		if err != nil {
			t.Fatalf("create %s: %v", title(object), err)
		}
		created = append(created, stored)
		if object.GetNamespace() != guardrails.KubeSystem {
			continue // other namespaces are deleted after the test
		}
		t.Cleanup(func() {
			zero := int64(0)
			ctx, options := context.WithoutCancel(t.Context()), metav1.DeleteOptions{GracePeriodSeconds: &zero}
			if err := resourceClient(t, client, stored).Delete(ctx, stored.GetName(), options); err != nil {
				t.Error(err)
			}
		})
	}
	return created
}

// recreated returns a stored object as its owner would create it again.
func recreated(stored *unstructured.Unstructured) *unstructured.Unstructured {
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

// withoutNodePorts removes the node ports of a Service, so that the API server allocates them.
func withoutNodePorts(o *unstructured.Unstructured) {
	ports, exist, _ := unstructured.NestedSlice(o.Object, "spec", "ports")
	if o.GetKind() != "Service" || !exist {
		return
	}
	for _, port := range ports {
		if fields, ok := port.(map[string]any); ok {
			delete(fields, "nodePort")
		}
	}
	_ = unstructured.SetNestedSlice(o.Object, ports, "spec", "ports")
}

// countedPolicies returns the policies that refuse an object according to a count, and those without a decision.
func countedPolicies(count *kubernetes.RefusalCount, object *unstructured.Unstructured) (refused, unknown []string) {
	name := object.GetKind() + " " + object.GetName()
	for _, r := range count.Refused {
		if r.Namespace == object.GetNamespace() && slices.Contains(r.Names, name) {
			refused = append(refused, r.Policy)
		}
		if r.Namespace == object.GetNamespace() && slices.Contains(r.Undecided, name) {
			unknown = append(unknown, r.Policy)
		}
	}
	return refused, unknown
}

// TestCountAgreesWithAPIServer counts the objects of an API server without guardrails, applies the guardrails and
// creates each object again. Exactly the counted objects must be refused.
func TestCountAgreesWithAPIServer(t *testing.T) {
	t.Parallel()
	acctest.SkipLongUnderRace(t)
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	namespaces := []string{"srm-system"}
	for _, r := range dryRunCases(t) {
		namespaces = append(namespaces, r.object.GetNamespace())
	}
	createNamespaces(t, client, namespaces...)
	installGateways(t, client)
	createObject(t, client, parse(t, olderSecret))
	objects := createOlderObjects(t, cluster)
	proxied, option := acctest.ProxiedKubernetes(t, server)
	reader := newCountClient(t, option, sandbox.SecretKey)
	count, err := reader.CountRefused(t.Context(), settings(), settings().RefusalChanges(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	requests := len(proxied.Requests())
	for _, n := range count.UnreadKinds {
		t.Errorf("%s was not read: %v", n.Kind, n.Err)
	}

	applyGuardrails(t, server)
	right, refusals, undecided := 0, 0, 0
	for _, stored := range objects {
		got := cluster.dryRunCreate(t, nil, recreated(stored))
		policies, unknown := countedPolicies(count, stored)
		policy, denied := strings.CutPrefix(string(got), "deny ")
		if name, warned := strings.CutPrefix(string(got), "warn "); warned && guardrails.IsTemplatePolicy(name) {
			policy, denied = name, true
		}
		if denied {
			refusals++
		}
		if stored.GetNamespace() == guardrails.KubeSystem && slices.Contains(unknown, guardrails.NodePorts) {
			undecided++ // the policy allows cluster components, and the count does not know who creates a Service
			continue
		}
		wrong := denied != (len(policies) > 0) || denied && !slices.Contains(policies, policy)
		if strings.HasPrefix(string(got), "error") || wrong || len(unknown) > 0 {
			t.Errorf("%s: the API server decides %q, the count %q, unknown %q", title(stored), got, policies, unknown)
			continue
		}
		right++
	}
	t.Logf("%d of %d objects are counted correctly, %d of which are refused, and %d as unknown; %d kinds in %d "+
		"requests",
		right, len(objects), refusals, undecided, len(countedKinds()), requests)
	if undecided > 10 {
		t.Errorf("%d decisions are unknown", undecided)
	}
	if len(objects) < 200 || refusals < len(objects)/3 {
		t.Errorf("too few objects: %d, of which %d refused", len(objects), refusals)
	}
	if requests > len(countedKinds())+
		15 { // seven kinds of workloads, Secrets, classes, three access reviews, three for a kind without v1
		t.Errorf("got %d requests: %v", requests, proxied.Requests())
	}
}

// TestCountOfChanges counts the objects that changed settings newly refuse, and checks that changes without new
// refusals cause no requests.
func TestCountOfChanges(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	createNamespaces(t, client, "web", "legacy")
	for _, namespace := range []string{"web", "legacy"} {
		createObject(
			t,
			client,
			parse(t, `{apiVersion: v1, kind: Service, metadata: {name: plain, namespace: `+namespace+`}, `+
				`spec: {type: LoadBalancer, selector: {app: web}, ports: [{name: http, port: 80}]}}`),
		)
		createObject(t, client, parse(t,
			`{apiVersion: v1, kind: Pod, metadata: {name: cache, namespace: `+namespace+`}, `+
				`spec: {containers: [{name: main, image: "registry.example.org/main:1.0"}], volumes: [{name: tmp, `+
				`emptyDir: {}}]}}`))
	}
	proxied, option := acctest.ProxiedKubernetes(t, server)
	auditDisk := func(s *guardrails.Settings) { s.NodeDisk.Action = guardrails.Audit }
	noExemption := func(s *guardrails.Settings) { s.LoadBalancers.Exemptions = nil }
	for _, test := range []struct {
		what          string
		before, after func(*guardrails.Settings)
		missing       []string
		key           string // the administrator's key if empty
		want          string
		requests      int
	}{
		{what: "no change"},
		{what: "other IOPS", after: func(s *guardrails.Settings) { s.IOPS = 15000 }, requests: 1},
		{
			what: "removed exemption", after: noExemption, want: "srm-load-balancers legacy [Service plain]",
			requests: 1,
		},
		{what: "added exemption", before: noExemption, requests: 1},
		{what: "action changed to deny", before: auditDisk, requests: 1,
			want: "srm-node-disk legacy [Pod cache], srm-node-disk web [Pod cache]"},
		{what: "action changed to audit", after: auditDisk},
		{what: "deleted policy", missing: []string{guardrails.LoadBalancers}, requests: 1,
			want: "srm-load-balancers web [Service plain]"},
		{what: "policy on users", after: func(s *guardrails.Settings) { s.KubeSystem.Action = guardrails.Deny },
			want: "not judged [srm-kube-system]"},
		{what: "key without permissions", key: sandbox.UnprivilegedSecretKey, before: auditDisk, requests: 1,
			want: "not read pods forbidden"},
		{what: "Gateway API not installed, read-only key", key: sandbox.ReaderSecretKey, requests: 5,
			before: func(s *guardrails.Settings) { s.Ingress.Action = guardrails.Audit },
			want: "absent gateways.gateway.networking.k8s.io, absent listenersets.gateway.networking.k8s.io, absent " +
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
		client := newCountClient(t, option, cmp.Or(test.key, sandbox.SecretKey))
		count, err := client.CountRefused(t.Context(), after, after.RefusalChanges(&before, test.missing))
		if err != nil {
			t.Fatal(err)
		}
		found := []string{}
		for _, r := range count.Refused {
			found = append(found, fmt.Sprintf("%s %s %v", r.Policy, r.Namespace, r.Names))
		}
		for _, n := range count.UnreadKinds {
			switch {
			case n.NotServed:
				found = append(found, "absent "+n.Kind)
			case kubernetes.Is(n.Err, kubernetes.Forbidden):
				found = append(found, "not read "+n.Kind+" forbidden")
			default:
				t.Errorf("%s: %v", test.what, n.Err)
			}
		}
		if len(count.NotEvaluated) > 0 {
			found = append(found, fmt.Sprintf("not judged %v", count.NotEvaluated))
		}
		if got := strings.Join(found, ", "); got != test.want {
			t.Errorf("%s: got %s\nwant %s", test.what, got, test.want)
		}
		if requests := len(proxied.Requests()); requests != test.requests {
			t.Errorf("%s: got %d requests, want %d: %v", test.what, requests, test.requests, proxied.Requests())
		}
	}
}

// TestCountPagination counts more objects than one page has.
func TestCountPagination(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	createNamespaces(t, client, "web")
	const objects = 501 // one page has 500 objects
	for i := range objects {
		createObject(
			t,
			client,
			parse(t, fmt.Sprintf(`{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data-%d, `+
				`namespace: web}, `+
				`spec: {storageClassName: sbs-default, accessModes: [ReadWriteOnce], resources: {requests: {storage: `+
				`1Gi}}}}`, i)),
		)
	}
	proxied, option := acctest.ProxiedKubernetes(t, server)
	before := settings()
	before.ClassName = "other"
	count, err := newCountClient(t, option, sandbox.SecretKey).CountRefused(
		t.Context(), settings(), settings().RefusalChanges(&before, []string{guardrails.Claims}))
	if err != nil {
		t.Fatal(err)
	}
	if len(count.Refused) != 1 || len(count.Refused[0].Names) != objects {
		t.Errorf("got %d entries: %.300v", len(count.Refused), count.Refused)
	}
	// Two requests for claims, two for classes and their provisioners, one each for volumes, pods and seven kinds of
	// workloads.
	if requests := len(proxied.Requests()); requests != 13 {
		t.Errorf("got %d requests, want 13: %v", requests, proxied.Requests())
	}
}
