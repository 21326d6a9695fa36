package policytest

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// chartCluster is a cluster with the objects of all charts.
type chartCluster struct {
	cluster *cluster
	client  dynamic.Interface
	plurals map[schema.GroupKind]string
	objects []chartObject
}

// newChartCluster creates the namespaces and custom kinds, but not the objects.
func newChartCluster(t *testing.T, server *apiserver.Server) *chartCluster {
	t.Helper()
	e := &chartCluster{cluster: &cluster{server: server}, objects: readChartObjects(t)}
	e.client = e.cluster.clientFor(t, nil)
	namespaces := []string{}
	for _, m := range e.objects {
		namespaces = append(namespaces, m.object.GetNamespace())
	}
	createNamespaces(t, e.client, namespaces...)
	e.plurals = maps.Clone(pluralNames)
	maps.Copy(e.plurals, map[schema.GroupKind]string{
		{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"}:          "horizontalpodautoscalers",
		{Group: "networking.k8s.io", Kind: "IngressClass"}:               "ingressclasses",
		{Group: "networking.k8s.io", Kind: "NetworkPolicy"}:              "networkpolicies",
		{Group: "policy", Kind: "PodDisruptionBudget"}:                   "poddisruptionbudgets",
		{Group: "rbac.authorization.k8s.io", Kind: "ClusterRoleBinding"}: "clusterrolebindings",
		{Group: "rbac.authorization.k8s.io", Kind: "RoleBinding"}:        "rolebindings",
		{Group: "storage.k8s.io", Kind: "CSIDriver"}:                     "csidrivers",
	})
	for groupVersion, resources := range customKinds() {
		group, version, _ := strings.Cut(groupVersion, "/")
		for _, resource := range strings.Split(resources, ", ") {
			o, words := newDefinition(groupVersion, resource), strings.Fields(resource)
			e.plurals[schema.GroupKind{Group: group, Kind: words[0]}] = words[1]
			retryUntilDone(t, func(ctx context.Context) (bool, error) {
				_, err := resourceClient(t, e.client, o).Create(ctx, o, metav1.CreateOptions{})
				return true, err
			})
			served := schema.GroupVersionResource{Group: group, Version: version, Resource: words[1]}
			retryUntilDone(t, func(ctx context.Context) (bool, error) {
				_, err := e.client.Resource(served).List(ctx, metav1.ListOptions{})
				return true, err
			})
		}
	}
	return e
}

// resourceClient returns the client of a user for the kind and namespace of an object.
func (e *chartCluster) resourceClient(
	t *testing.T, user []string, object *unstructured.Unstructured,
) dynamic.ResourceInterface {
	t.Helper()
	kind := object.GroupVersionKind()
	plural := e.plurals[kind.GroupKind()]
	if plural == "" {
		t.Fatalf("no plural name for the kind %s", kind)
	}
	client := e.client
	if len(user) > 0 {
		client = e.cluster.clientFor(t, user)
	}
	resource := client.Resource(kind.GroupVersion().WithResource(plural))
	if object.GetNamespace() == "" {
		return resource
	}
	return resource.Namespace(object.GetNamespace())
}

// try returns the decision on creating an object as a dry run.
func (e *chartCluster) try(ctx context.Context, t *testing.T, m chartObject) decision {
	t.Helper()
	user := m.user
	if len(user) > 0 {
		// The roles of the product may not exist yet.
		user = append(slices.Clone(user), "scaleway:cluster-write")
	}
	resource := e.resourceClient(t, user, m.object)
	options := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: "Strict"}
	return e.cluster.decide(func() error {
		_, err := resource.Create(ctx, m.object.DeepCopy(), options)
		return err
	})
}

// create creates an object and deletes it at the end of the test.
func (e *chartCluster) create(t *testing.T, m chartObject) decision {
	t.Helper()
	resource := e.resourceClient(t, m.user, m.object)
	adminResource := e.resourceClient(t, nil, m.object)
	t.Cleanup(func() {
		zero, ctx := int64(0), context.WithoutCancel(t.Context())
		err := adminResource.Delete(ctx, m.object.GetName(), metav1.DeleteOptions{GracePeriodSeconds: &zero})
		if err != nil && !apierrors.IsNotFound(err) {
			t.Errorf("delete %s: %v", m.title(), err)
		}
	})
	return e.cluster.decide(func() error {
		_, err := resource.Create(t.Context(), m.object.DeepCopy(), metav1.CreateOptions{FieldValidation: "Strict"})
		if apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("duplicate object %s", m.title())
		}
		return err
	})
}

// upgrade updates an object like the next version of its chart.
func (e *chartCluster) upgrade(t *testing.T, m chartObject) decision {
	t.Helper()
	resource := e.resourceClient(t, nil, m.object)
	return e.cluster.decide(func() error {
		current, err := resource.Get(t.Context(), m.object.GetName(), metav1.GetOptions{})
		if err != nil {
			return err
		}
		labels := current.GetLabels()
		if labels == nil {
			labels = map[string]string{}
		}
		labels["helm.sh/chart"] = "next"
		current.SetLabels(labels)
		_, err = resource.Update(t.Context(), current, metav1.UpdateOptions{FieldValidation: "Strict"})
		return err
	})
}

// find returns an object by its title.
func (e *chartCluster) find(t *testing.T, name string) chartObject {
	t.Helper()
	for _, m := range e.objects {
		if m.title() == name {
			return m
		}
	}
	t.Fatalf("no chart object %s", name)
	return chartObject{}
}

// withPatch returns an object with a JSON merge patch applied, which may change its namespace.
func (m chartObject) withPatch(t *testing.T, patch string) chartObject {
	t.Helper()
	object := m.object.DeepCopy()
	merge(object.Object, parse(t, patch).Object)
	return chartObject{product: m.product, object: object, user: m.user}
}

// merge applies a JSON merge patch.
func merge(into, patch map[string]any) {
	for name, value := range patch {
		inner, isMap := value.(map[string]any)
		current, exists := into[name].(map[string]any)
		switch {
		case value == nil:
			delete(into, name)
		case isMap && exists:
			merge(current, inner)
		default:
			into[name] = value
		}
	}
}

// newGuardableCluster creates a cluster with an allow-list on its API server and returns its ID.
func newGuardableCluster(t *testing.T, env *acctest.Env) string {
	t.Helper()
	id := env.CreateCluster(t)
	office := &scw.IPNet{IPNet: net.IPNet{IP: net.IPv4(203, 0, 113, 0).To4(), Mask: net.CIDRMask(24, 32)}}
	rules := []*k8s.ACLRuleRequest{{IP: office}}
	if _, err := env.Client(t).SetAllowList(t.Context(), scw.RegionFrPar, id, rules); err != nil {
		t.Fatal(err)
	}
	return id
}

// TestChartsUnderGuardrails applies the charts of all products under the guardrails with the configuration of the
// guide. The policies must accept all objects, and refuse an object without any single row of the guide.
func TestChartsUnderGuardrails(t *testing.T) {
	t.Parallel()
	acctest.SkipLongUnderRace(t)
	page := readPage(t)
	server := acctest.Kubernetes(t, nil)
	start := func(o *sandbox.Options) { o.Start = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) }
	env := acctest.New(t, start, acctest.WithKubernetes(server))
	config := page.guardrailsConfig(t, "fr-par/"+newGuardableCluster(t, env))
	e := newChartCluster(t, server)
	life := env.Protocol(t).Resource("srm_hds_guardrails", nil)
	apply := func(config map[string]any) {
		t.Helper()
		life.Configure(config)
		if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
			t.Fatalf("unable to apply the guardrails: %s", output)
		}
	}

	// Without the entries of the guide, only products that need no settings are accepted.
	stripped := config
	for _, setting := range listEntries(config) {
		stripped = withoutEntry(t, stripped, setting)
	}
	apply(stripped)
	for _, r := range page.rows {
		if r.patch == "" {
			e.awaitDecision(t, e.find(t, r.object), r.refused)
		}
	}
	refused := map[string]int{}
	for _, m := range e.objects {
		if got := e.try(t.Context(), t, m); got != allow {
			refused[m.product]++
			t.Logf("without the settings | %s | %s", m.title(), got)
		}
	}

	apply(config)
	counts := map[string]int{}
	for _, m := range e.objects {
		e.awaitDecision(t, m, allow)
		counts[m.product]++
	}
	for _, m := range e.objects {
		if got := e.create(t, m); got != allow {
			t.Errorf("REFUSED: %s of %s: %s", m.title(), m.product, got)
		}
	}
	for _, m := range e.objects {
		if got := e.upgrade(t, m); got != allow {
			t.Errorf("REFUSED upgrade: %s of %s: %s", m.title(), m.product, got)
		}
	}
	for _, product := range page.products {
		t.Logf("%s: %d objects, %d refused without the settings", product, counts[product], refused[product])
		if page.needNothing[product] && refused[product] > 0 {
			t.Errorf("%s: the guide has no settings, but %d objects are refused", product, refused[product])
		}
	}
	volumes, balancers := e.provisionVolumes(t), e.writeLoadBalancers(t)
	t.Logf("created %d objects of %d products, %d volumes and %d Load Balancers",
		len(e.objects), len(counts), volumes, balancers)
	if len(e.objects) < 250 || volumes < 14 || balancers != 3 {
		t.Error("unexpected numbers of objects")
	}

	for _, s := range pageSentences() {
		if got := e.try(t.Context(), t, e.find(t, s.object).withPatch(t, s.patch)); got != s.expected {
			t.Errorf("%s: %s with the patch %s: got %q, want %q", s.text, s.object, s.patch, got, s.expected)
		}
	}
	// Chart values first, under the complete configuration, then the configuration without one entry at a time.
	slices.SortStableFunc(page.rows, func(a, b pageRow) int { return strings.Compare(b.patch, a.patch) })
	for _, r := range page.rows {
		m := e.find(t, r.object)
		if r.patch != "" {
			if got := e.try(t.Context(), t, m.withPatch(t, r.patch)); got != r.refused {
				t.Errorf("%s without %s: %s: got %q, want %q", r.product, r.setting, r.object, got, r.refused)
			}
		} else {
			apply(withoutEntry(t, config, r.setting))
			e.awaitDecision(t, m, r.refused)
		}
		t.Logf("%s | %s | %s | %s", r.product, r.setting, r.object, r.refused)
	}
}

// awaitDecision waits for the expected decision, because the API server enforces changed policies after a moment.
func (e *chartCluster) awaitDecision(t *testing.T, m chartObject, want decision) {
	t.Helper()
	retryUntilDone(t, func(ctx context.Context) (bool, error) {
		if got := e.try(ctx, t, m); got != want {
			return true, fmt.Errorf("%s of %s: got %q, want %q", m.title(), m.product, got, want)
		}
		return false, nil
	})
}
