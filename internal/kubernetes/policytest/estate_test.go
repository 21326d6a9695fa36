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

// estate is the estate, and the cluster in which it lives.
type estate struct {
	cluster *cluster
	client  dynamic.Interface
	plurals map[schema.GroupKind]string
	members []member
}

// newEstate prepares namespaces and kinds, and no other objects.
func newEstate(t *testing.T, server *apiserver.Server) *estate {
	t.Helper()
	e := &estate{cluster: &cluster{server: server}, members: readEstate(t)}
	e.client = e.cluster.as(t, nil)
	namespaces := []string{}
	for _, m := range e.members {
		namespaces = append(namespaces, m.object.GetNamespace())
	}
	createNamespaces(t, e.client, namespaces...)
	e.plurals = maps.Clone(kinds)
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
			o, words := definition(groupVersion, resource), strings.Fields(resource)
			e.plurals[schema.GroupKind{Group: group, Kind: words[0]}] = words[1]
			eventually(t, func(ctx context.Context) (bool, error) {
				_, err := at(t, e.client, o).Create(ctx, o, metav1.CreateOptions{})
				return true, err
			})
			served := schema.GroupVersionResource{Group: group, Version: version, Resource: words[1]}
			eventually(t, func(ctx context.Context) (bool, error) {
				_, err := e.client.Resource(served).List(ctx, metav1.ListOptions{})
				return true, err
			})
		}
	}
	return e
}

// at is the place of an object for a user.
func (e *estate) at(t *testing.T, who []string, object *unstructured.Unstructured) dynamic.ResourceInterface {
	t.Helper()
	kind := object.GroupVersionKind()
	plural := e.plurals[kind.GroupKind()]
	if plural == "" {
		t.Fatalf("the plural of %s is not known", kind)
	}
	client := e.client
	if len(who) > 0 {
		client = e.cluster.as(t, who)
	}
	resource := client.Resource(kind.GroupVersion().WithResource(plural))
	if object.GetNamespace() == "" {
		return resource
	}
	return resource.Namespace(object.GetNamespace())
}

// try asks whether an object would be created.
func (e *estate) try(ctx context.Context, t *testing.T, m member) verdict {
	t.Helper()
	who := m.who
	if len(who) > 0 {
		// The roles of the product are a part of the estate, and may not be there yet.
		who = append(slices.Clone(who), "scaleway:cluster-write")
	}
	place := e.at(t, who, m.object)
	options := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}, FieldValidation: "Strict"}
	return e.cluster.judge(func() error {
		_, err := place.Create(ctx, m.object.DeepCopy(), options)
		return err
	})
}

// create makes an object for real, and removes it at the end of the test.
func (e *estate) create(t *testing.T, m member) verdict {
	t.Helper()
	place := e.at(t, m.who, m.object)
	administered := e.at(t, nil, m.object)
	t.Cleanup(func() {
		now, ctx := int64(0), context.WithoutCancel(t.Context())
		err := administered.Delete(ctx, m.object.GetName(), metav1.DeleteOptions{GracePeriodSeconds: &now})
		if err != nil && !apierrors.IsNotFound(err) {
			t.Errorf("delete %s: %v", m.title(), err)
		}
	})
	return e.cluster.judge(func() error {
		_, err := place.Create(t.Context(), m.object.DeepCopy(), metav1.CreateOptions{FieldValidation: "Strict"})
		if apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("twice in the estate: %s", m.title())
		}
		return err
	})
}

// upgrade changes an object as the next version of its chart does.
func (e *estate) upgrade(t *testing.T, m member) verdict {
	t.Helper()
	place := e.at(t, nil, m.object)
	return e.cluster.judge(func() error {
		now, err := place.Get(t.Context(), m.object.GetName(), metav1.GetOptions{})
		if err != nil {
			return err
		}
		labels := now.GetLabels()
		if labels == nil {
			labels = map[string]string{}
		}
		labels["helm.sh/chart"] = "next"
		now.SetLabels(labels)
		_, err = place.Update(t.Context(), now, metav1.UpdateOptions{FieldValidation: "Strict"})
		return err
	})
}

func (e *estate) find(t *testing.T, name string) member {
	t.Helper()
	for _, m := range e.members {
		if m.title() == name {
			return m
		}
	}
	t.Fatalf("the estate has no %s", name)
	return member{}
}

// changed is an object with a JSON merge patch applied, in the place where it is then.
func (m member) changed(t *testing.T, patch string) member {
	t.Helper()
	object := m.object.DeepCopy()
	merge(object.Object, parse(t, patch).Object)
	return member{product: m.product, object: object, who: m.who}
}

func merge(into, patch map[string]any) {
	for name, value := range patch {
		inner, nested := value.(map[string]any)
		there, exists := into[name].(map[string]any)
		switch {
		case value == nil:
			delete(into, name)
		case nested && exists:
			merge(there, inner)
		default:
			into[name] = value
		}
	}
}

// guardable is a cluster whose API server lets in who configures its guardrails.
func guardable(t *testing.T, env *acctest.Env) string {
	t.Helper()
	id := env.Cluster(t)
	office := &scw.IPNet{IPNet: net.IPNet{IP: net.IPv4(203, 0, 113, 0).To4(), Mask: net.CIDRMask(24, 32)}}
	rules := []*k8s.ACLRuleRequest{{IP: office}}
	if _, err := env.Client(t).SetAllowList(t.Context(), scw.RegionFrPar, id, rules); err != nil {
		t.Fatal(err)
	}
	return id
}

// TestEstate applies a healthy estate under the guardrails that the guide page configures: nothing of it is refused,
// and each row of the page is needed. The configuration is that of the page, applied by the provider.
func TestEstate(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	page := readPage(t)
	server := acctest.Kubernetes(t, nil)
	start := func(o *sandbox.Options) { o.Start = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) }
	env := acctest.New(t, start, acctest.OnKubernetes(server))
	config := page.config(t, "fr-par/"+guardable(t, env))
	e := newEstate(t, server)
	life := env.Protocol(t).Life("srm_hds_guardrails", nil)
	apply := func(config map[string]any) {
		t.Helper()
		life.Configure(config)
		if said := life.Apply(t.Context()); strings.Contains(said, "ERROR") {
			t.Fatalf("the guardrails are not applied: %s", said)
		}
	}

	// Without what the page lists, a product is refused unless the page says that it needs nothing.
	bare := config
	for _, what := range entries(config) {
		bare = without(t, bare, what)
	}
	apply(bare)
	for _, c := range page.rows {
		if c.patch == "" {
			e.settle(t, e.find(t, c.object), c.refused)
		}
	}
	refused := map[string]int{}
	for _, m := range e.members {
		if actual := e.try(t.Context(), t, m); actual != allow {
			refused[m.product]++
			t.Logf("without the settings | %s | %s", m.title(), actual)
		}
	}

	apply(config)
	counts := map[string]int{}
	for _, m := range e.members {
		e.settle(t, m, allow)
		counts[m.product]++
	}
	for _, m := range e.members {
		if actual := e.create(t, m); actual != allow {
			t.Errorf("REFUSED: %s of %s: %s", m.title(), m.product, actual)
		}
	}
	for _, m := range e.members {
		if actual := e.upgrade(t, m); actual != allow {
			t.Errorf("REFUSED at the upgrade: %s of %s: %s", m.title(), m.product, actual)
		}
	}
	for _, product := range page.products {
		t.Logf("%s: %d objects, %d refused without the settings", product, counts[product], refused[product])
		if page.nothing[product] && refused[product] > 0 {
			t.Errorf("%s: the page says that it needs nothing, and %d objects are refused", product, refused[product])
		}
	}
	volumes, balancers := e.provision(t), e.balance(t)
	t.Logf("%d objects of %d products are applied, and %d volumes; %d have a Load Balancer",
		len(e.members), len(counts), volumes, balancers)
	if len(e.members) < 250 || volumes < 14 || balancers != 3 {
		t.Errorf("too few objects")
	}

	for _, s := range estateSentences() {
		if actual := e.try(t.Context(), t, e.find(t, s.object).changed(t, s.patch)); actual != s.expected {
			t.Errorf("%s: %s with %s is answered %q, not %q", s.text, s.object, s.patch, actual, s.expected)
		}
	}
	// Values first, under the whole configuration; then one setting less each time.
	slices.SortStableFunc(page.rows, func(a, b claim) int { return strings.Compare(b.patch, a.patch) })
	for _, c := range page.rows {
		m := e.find(t, c.object)
		if c.patch != "" {
			if actual := e.try(t.Context(), t, m.changed(t, c.patch)); actual != c.refused {
				t.Errorf("%s, %s: without it %s is answered %q, not %q", c.product, c.what, c.object, actual, c.refused)
			}
		} else {
			apply(without(t, config, c.what))
			e.settle(t, m, c.refused)
		}
		t.Logf("%s | %s | %s | %s", c.product, c.what, c.object, c.refused)
	}
}

// settle waits until an object is answered as expected: policies are in force a moment after they are written.
func (e *estate) settle(t *testing.T, m member, expected verdict) {
	t.Helper()
	eventually(t, func(ctx context.Context) (bool, error) {
		if actual := e.try(ctx, t, m); actual != expected {
			return true, fmt.Errorf("%s of %s is answered %q, not %q", m.title(), m.product, actual, expected)
		}
		return false, nil
	})
}
