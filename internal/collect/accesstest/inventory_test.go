package accesstest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/scw"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/kubeobjects"
	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/collect"
	"github.com/terraform-srm/terraform-provider-srm/internal/inventory"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// inventory reads the inventory as the user with a token.
func (r *rig) inventory(t *testing.T, token string) inventory.Inventory {
	t.Helper()
	found, err := collect.Inventory(t.Context(), collect.Sources{
		Scaleway: r.env.Client(t), Now: r.env.Sandbox.Now, Tool: "test",
		Kubernetes: func(context.Context) (*kubernetes.Client, error) {
			client, err := kubernetes.New(r.endpoint, token, "accesstest")
			if client != nil {
				client.Interval = 20 * time.Millisecond
			}
			return client, err
		},
	}, scw.RegionFrPar, r.clusterID)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// served is a resource that the API server serves with the verb list.
type served struct {
	schema.GroupVersionResource
	isInAll bool
}

// listable reads the resources of all groups and versions, one request each, in the format before aggregated
// discovery. It returns them by the name "resource.group", in the preferred version.
func (r *rig) listable(t *testing.T) map[string]served {
	t.Helper()
	config, err := clientcmd.RESTConfigFromKubeConfig(r.server.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string, into any) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.server.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		if err := json.NewDecoder(response.Body).Decode(into); err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", path, response.Status, err)
		}
	}
	found := map[string]served{}
	add := func(path string, version schema.GroupVersion) {
		list := metav1.APIResourceList{}
		get(path, &list)
		for i := range list.APIResources {
			one := &list.APIResources[i]
			name := strings.TrimSuffix(one.Name+"."+version.Group, ".")
			if _, isKnown := found[name]; isKnown || !slices.Contains(one.Verbs, "list") {
				continue
			}
			found[name] = served{version.WithResource(one.Name), slices.Contains(one.Categories, "all")}
		}
	}
	add("/api/v1", schema.GroupVersion{Version: "v1"})
	groups := metav1.APIGroupList{}
	get("/apis", &groups)
	for _, group := range groups.Groups {
		add("/apis/"+group.PreferredVersion.GroupVersion, schema.GroupVersion{
			Group: group.Name, Version: group.PreferredVersion.Version,
		})
		for _, version := range group.Versions {
			add("/apis/"+version.GroupVersion, schema.GroupVersion{Group: group.Name, Version: version.Version})
		}
	}
	return found
}

// count returns the number of objects of each resource, and of all of them, each once.
func (r *rig) count(t *testing.T, resources map[string]served) (byName map[string]int, total int) {
	t.Helper()
	byName, distinct := map[string]int{}, map[string]bool{}
	for name, resource := range resources {
		list, err := r.admin.Resource(resource.GroupVersionResource).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		byName[name] = len(list.Items)
		for i := range list.Items {
			if uid := string(list.Items[i].GetUID()); uid != "" {
				distinct[uid] = true
			}
		}
	}
	return byName, len(distinct)
}

// inventoryObjects are objects of many kinds, some of which "kubectl get all" leaves out.
const inventoryObjects = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Secret
metadata: {name: credentials, namespace: shop}
stringData: {password: "not-to-be-read"}
---
apiVersion: v1
kind: Secret
metadata:
  name: sh.helm.release.v1.web.v2
  namespace: shop
  labels: {owner: helm, name: web, version: "2", status: deployed}
stringData: {release: "not-to-be-read"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {key: "not-to-be-read"}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: shop}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: important}
value: 1000
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: Event
metadata: {name: "web.1", namespace: shop}
involvedObject: {kind: Pod, namespace: shop, name: web}
reason: Started
type: Normal
reportingComponent: kubelet
`

// TestInventoryIsComplete compares an inventory with the API server's own discovery and with a count of the test.
func TestInventoryIsComplete(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.createCRD(t, "example.com", "v1", "widgets", "Widget", "Namespaced")
	r.createCRD(t, "example.com", "v1", "gadgets", "Gadget", "Namespaced", "all")
	r.create(t, inventoryObjects+`---
apiVersion: example.com/v1
kind: Widget
metadata: {name: one, namespace: shop}
spec: {token: "not-to-be-read"}
---
apiVersion: example.com/v1
kind: Gadget
metadata: {name: one, namespace: shop}
`)
	resources := r.listable(t)
	before, _ := r.count(t, resources)
	found := r.inventory(t, asAdmin)
	counted, total := r.count(t, resources)
	if !maps.Equal(before, counted) {
		t.Fatalf("the objects changed during the test: %v, %v", before, counted)
	}
	names := []string{}
	for _, k := range found.Kinds.Items {
		names = append(names, k.Name())
		if k.Gap != nil || k.Objects != counted[k.Name()] {
			t.Errorf("%s: %d objects, %v; expected %d", k.Name(), k.Objects, k.Gap, counted[k.Name()])
		}
		sum := 0
		for _, n := range k.ByNamespace {
			sum += n
		}
		if k.Namespaced && sum != k.Objects {
			t.Errorf("%s: %d of %d objects have a namespace", k.Name(), sum, k.Objects)
		}
	}
	slices.Sort(names)
	if want := slices.Sorted(maps.Keys(resources)); !slices.Equal(names, want) || found.Kinds.Missing() != nil {
		t.Errorf("kinds %q\nexpected %q", names, want)
	}
	if found.Objects != total || total < 100 {
		t.Errorf("%d objects; expected %d", found.Objects, total)
	}
	t.Logf("%d kinds, %d objects", len(names), total)
	requireLeftOut(t, found, resources, counted)
	events, _ := found.Kind("events")
	newEvents, _ := found.Kind("events.events.k8s.io")
	if events.SameAs != "" || newEvents.SameAs != "events" {
		t.Errorf("events: %q, %q", events.SameAs, newEvents.SameAs)
	}
}

// requireLeftOut compares what "kubectl get all" and the model's commands leave out with a list of the test.
func requireLeftOut(t *testing.T, found inventory.Inventory, resources map[string]served, counted map[string]int) {
	t.Helper()
	model := []string{
		"persistentvolumeclaims", "configmaps", "secrets", "ingresses.networking.k8s.io",
		"customresourcedefinitions.apiextensions.k8s.io",
	}
	want, got := []string{}, []string{}
	for name, resource := range resources {
		isAgain := name == "events.events.k8s.io" || name == "componentstatuses"
		if counted[name] > 0 && !resource.isInAll && !isAgain {
			want = append(want, fmt.Sprintf("%s %d %t", name, counted[name], !slices.Contains(model, name)))
		}
	}
	for _, one := range found.LeftOut {
		got = append(got, fmt.Sprintf("%s %d %t", one.Kind, one.Objects, one.MissedByModelCommands))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("left out by kubectl: %q\nexpected %q", got, want)
	}
	for _, kind := range []string{"widgets.example.com", "networkpolicies.networking.k8s.io", "serviceaccounts"} {
		if !slices.ContainsFunc(
			found.LeftOut,
			func(l inventory.LeftOut) bool { return l.Kind == kind && l.MissedByModelCommands },
		) {
			t.Errorf("%s is not left out by the model's commands", kind)
		}
	}
}

// widget is a custom resource whose content an inventory must not read.
const widget = `---
apiVersion: example.com/v1
kind: Widget
metadata: {name: one, namespace: shop}
spec: {token: "not-to-be-read"}
`

// TestInventoryReadsNoContent reads an inventory as an administrator: every request is a GET, and Secrets, ConfigMaps
// and custom resources are requested as metadata only.
func TestInventoryReadsNoContent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.createCRD(t, "example.com", "v1", "widgets", "Widget", "Namespaced")
	r.create(t, inventoryObjects+widget+`---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: "registry.example/web:1", env: [{name: T, value: not-to-be-read}]}]}
`)
	found := r.inventory(t, asAdmin)
	requireEvidence(t, found, r.requests)
	full := []string{}
	for _, q := range r.requests {
		if q.method != http.MethodGet {
			t.Errorf("%s %s", q.method, q.path)
		}
		if !strings.Contains(q.accept, "as=PartialObjectMetadataList") {
			full = append(full, q.path[strings.LastIndexByte(q.path, '/')+1:])
		}
	}
	slices.Sort(full)
	want := []string{
		"api", "apis", "clusterrolebindings", "cronjobs", "daemonsets", "deployments", "ingressclasses", "ingresses",
		"jobs", "persistentvolumeclaims", "persistentvolumes", "replicationcontrollers", "rolebindings", "services",
		"statefulsets", "storageclasses", "version",
	}
	if !slices.Equal(full, want) {
		t.Errorf("read in full: %q\nexpected %q", full, want)
	}
	if len(r.requests) != len(found.Kinds.Items)+3 {
		t.Errorf("%d requests for %d kinds", len(r.requests), len(found.Kinds.Items))
	}
	raw, err := json.Marshal(found)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "not-to-be-read") {
		t.Error("the inventory has a value of a Secret, a ConfigMap, a custom resource or an environment variable")
	}
	if len(found.Releases.Items) != 1 || found.Releases.Items[0].Name != "web" ||
		found.Releases.Items[0].Revision != "2" {
		t.Errorf("Helm releases: %+v", found.Releases.Items)
	}
}

// requireEvidence checks that an inventory lists the requests that reached the API server, and the identity of its key.
func requireEvidence(t *testing.T, found inventory.Inventory, requests []request) {
	t.Helper()
	inCluster, outside := 0, 0
	for _, q := range found.Requests {
		switch {
		case strings.Contains(q.URL, "/iam/v1alpha1/") || strings.Contains(q.URL, "/k8s/v1/"):
			outside++
		case strings.Contains(q.URL, "/api"):
			if q.ID == "" || q.Date == "" || q.Status != http.StatusOK {
				t.Errorf("%+v", q)
			}
			inCluster++
		}
	}
	// One request of the API server has another path: /version.
	if inCluster != len(requests)-1 || outside == 0 {
		t.Errorf(
			"%d requests to the API server and %d to the Scaleway API are listed; the API server got %d",
			inCluster,
			outside,
			len(requests),
		)
	}
	if found.Reader.AccessKey == "" || found.Reader.Tool != "test" || found.Reader.Principal == "" ||
		len(found.Reader.PermissionSets) == 0 && found.Reader.PermissionSetsUnread.EN == "" {
		t.Errorf("reader %+v", found.Reader)
	}
}

// TestInventoryRoles reads an inventory with the shipped role: only Secrets, ConfigMaps and custom resources are not
// listed, and each is named with the right that is missing. With the optional role nothing is missing.
func TestInventoryRoles(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.createCRD(t, "example.com", "v1", "widgets", "Widget", "Namespaced")
	r.create(t, inventoryObjects)
	r.applyRole(t, "inventory-clusterrole.yaml")
	retry(t, func() error {
		rights := []string{}
		for _, k := range r.inventory(t, sandbox.UnprivilegedSecretKey).Unlisted() {
			if k.Gap.Reason != assessment.Forbidden {
				return fmt.Errorf("%s: %+v", k.Name(), k.Gap)
			}
			rights = append(rights, k.Gap.Needs)
		}
		slices.Sort(rights)
		if want := []string{
			"list configmaps",
			"list secrets",
			"list widgets.example.com",
		}; !slices.Equal(
			rights,
			want,
		) {
			return fmt.Errorf("missing rights %q; expected %q", rights, want)
		}
		return nil
	})
	left := r.inventory(t, sandbox.UnprivilegedSecretKey).LeftOut
	if !slices.ContainsFunc(left, func(l inventory.LeftOut) bool {
		return l.Kind == "widgets.example.com" && l.Unread && l.MissedByModelCommands
	}) {
		t.Errorf("a kind that was not read is not among those that kubectl leaves out: %+v", left)
	}
	r.applyRole(t, "inventory-everything-clusterrole.yaml")
	retry(t, func() error {
		if missing := r.inventory(t, sandbox.UnprivilegedSecretKey).Unlisted(); len(missing) > 0 {
			return fmt.Errorf("missing: %+v", missing)
		}
		return nil
	})
}

// applyRole applies a file of roles of examples/assessment, bound to the user without rights.
func (r *rig) applyRole(t *testing.T, file string) {
	t.Helper()
	raw, err := os.ReadFile("../../../examples/assessment/" + file)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range parse(t, strings.ReplaceAll(string(raw),
		"scaleway:bearer:11111111-1111-4111-8111-111111111111", "scaleway:bearer:unprivileged")) {
		r.apply(t, o)
		t.Cleanup(func() {
			_ = kubeobjects.Resource(r.admin, o).
				Delete(context.WithoutCancel(t.Context()), o.GetName(), metav1.DeleteOptions{})
		})
	}
}

// TestInventoryOfUnavailableAPI reads an inventory while the server behind an APIService does not respond: its kinds
// are named, and everything else is read.
func TestInventoryOfUnavailableAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.create(t, `
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1beta1.metrics.k8s.io}
spec:
  group: metrics.k8s.io
  version: v1beta1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {name: absent, namespace: kube-system}
`)
	retry(t, func() error {
		found := r.inventory(t, asAdmin)
		unlisted := found.Unlisted()
		if len(unlisted) != 1 || unlisted[0].Group != "metrics.k8s.io" ||
			unlisted[0].Gap.Reason != assessment.Unreachable ||
			!strings.Contains(unlisted[0].Gap.Detail, "v1beta1.metrics.k8s.io") {
			return fmt.Errorf("unlisted: %+v", unlisted)
		}
		if found.Kinds.Missing() == nil || found.Objects < 100 {
			return fmt.Errorf("%+v, %d objects", found.Kinds.Missing(), found.Objects)
		}
		return nil
	})
}
