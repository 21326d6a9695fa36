package collect

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/scaleway/scaleway-sdk-go/scw"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/inventory"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// inventoryReader reads an inventory. The kinds are read at the same time, and mu protects what they share.
type inventoryReader struct {
	*collector
	client *kubernetes.Client

	mu        sync.Mutex
	found     *inventory.Inventory
	uids      map[string][]types.UID // By the name of the kind.
	adder     inventory.Adder
	single    []single
	workloads map[string]int // Positions in found.Workloads, by id.
	// claimUsers are the workloads that mount a claim, by "namespace/name". A name may end with "*".
	claimUsers map[string]map[string]bool
	templates  []claimTemplate
	releases   map[string]inventory.Release // By "namespace/name".
	namespaces []string
	crds       []inventory.Definition
	contents   []snapshotContent
}

// Inventory reads what a cluster holds and what it uses outside. Of Secrets, ConfigMaps and custom resources it reads
// metadata only. Its only error is the end of the context.
func Inventory(ctx context.Context, s Sources, region scw.Region, id string) (inventory.Inventory, error) {
	facts := &assessment.Facts{
		ReadAt: s.Now().UTC(), ClusterID: scaleway.JoinID(region, id),
		Reader: assessment.Reader{Tool: s.Tool, AccessKey: s.Scaleway.AccessKey()},
	}
	r := &inventoryReader{
		collector: &collector{Sources: s, slots: make(chan struct{}, concurrentRequests), facts: facts},
		found: &inventory.Inventory{
			Format: inventory.Format, ReadAt: facts.ReadAt, ClusterID: facts.ClusterID, LeftOut: []inventory.LeftOut{},
		},
		uids: map[string][]types.UID{}, claimUsers: map[string]map[string]bool{}, workloads: map[string]int{},
		releases: map[string]inventory.Release{},
	}
	ctx = r.withResponses(ctx)
	r.start(func() { r.readKinds(ctx) })
	r.readCluster(ctx, region, id)
	r.work.Wait()
	r.finish()
	r.addBlockSnapshots()
	r.found.Outside = r.outside(r.readGrants(ctx))
	r.found.Reader, r.found.Requests = facts.Reader, r.sortedRequests()
	if err := ctx.Err(); err != nil {
		return *r.found, fmt.Errorf("the inventory of cluster %s was not read: %w", r.found.ClusterID, err)
	}
	return *r.found, nil
}

// readKinds reads which kinds there are, then the objects of each.
func (r *inventoryReader) readKinds(ctx context.Context) {
	const source = "GET /api, GET /apis"
	fail := func(err error) {
		gap := *gapInCluster(err, "connect to the cluster")
		r.found.Server.Gap, r.found.Kinds = &gap, assessment.Unread[inventory.Kind](source, gap)
	}
	client, err := r.Kubernetes(ctx)
	if err != nil {
		fail(err)
		return
	}
	r.client = client
	version, err := client.ServerVersion(ctx)
	if isUnusable(err) {
		fail(err)
		return
	}
	r.found.Server = fact("GET /version", assessment.APIServer{Version: version}, gapInCluster(err, "get /version"))
	kinds, unknown, err := client.ListableKinds(ctx)
	if err != nil {
		fail(err)
		return
	}
	items := make([]inventory.Kind, len(kinds))
	var work sync.WaitGroup
	for i, kind := range kinds {
		work.Go(func() { items[i] = r.readKind(ctx, kind) })
	}
	work.Wait()
	r.readSingles(ctx)
	var missing *assessment.Gap
	for _, version := range unknown {
		name := version.Version + "." + cmp.Or(version.Group, "core")
		missing = &assessment.Gap{
			Reason: assessment.Unreachable, Detail: "APIService " + name + " does not respond: its kinds are not known",
		}
		if !slices.ContainsFunc(items, func(k inventory.Kind) bool { return k.Group == version.Group }) {
			items = append(items, inventory.Kind{
				Group: version.Group, Version: version.Version, Resource: "*", Portable: []string{}, Gap: missing,
			})
		}
	}
	r.found.Kinds = collection(source, items, missing)
}

// readKind reads the objects of a kind: in full if the inventory needs their settings, else their metadata.
func (r *inventoryReader) readKind(ctx context.Context, kind kubernetes.Kind) inventory.Kind {
	k := inventory.Kind{
		Group: kind.Group, Version: kind.Version, Resource: kind.Resource, Kind: kind.Kind, Singular: kind.Singular,
		ShortNames: kind.ShortNames, Categories: kind.Categories, Namespaced: kind.Namespaced,
		ByNamespace: map[string]int{}, Portable: []string{},
	}
	uids := []types.UID{}
	count := func(o metav1.Object) {
		k.Objects++
		if o.GetNamespace() != "" {
			k.ByNamespace[o.GetNamespace()]++
		}
		if o.GetUID() != "" {
			uids = append(uids, o.GetUID())
		}
		object := inventory.Object{
			Namespace: o.GetNamespace(), Name: o.GetName(), Labels: o.GetLabels(), Annotations: o.GetAnnotations(),
			HasController: metav1.GetControllerOfNoCopy(o) != nil,
		}
		if full, ok := o.(*unstructured.Unstructured); ok {
			object.Driver = driverOf(full)
		}
		isPortable := inventory.IsPortable(k.Name(), object)
		if isPortable {
			k.Portable = append(k.Portable, object.Key())
		}
		if reason := inventory.ReasonToRebuild(k.Name(), object); reason != "" {
			k.Rebuild = append(k.Rebuild, inventory.Rebuild{Object: object.Key(), Reason: reason})
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.addMetadata(k, object, isPortable)
	}
	visit := fullVisitors()[k.Name()]
	k.Gap = r.inSlot(ctx, k.Right(), func() error {
		if visit != nil {
			return r.client.List(ctx, kind.GroupVersionResource, func(o *unstructured.Unstructured) {
				count(o)
				r.mu.Lock()
				defer r.mu.Unlock()
				visit(r, o)
			})
		}
		return r.client.ListMetadata(ctx, kind.GroupVersionResource, func(o *metav1.PartialObjectMetadata) {
			count(o)
			if kind.GroupVersionResource == podResource || kind.GroupVersionResource == replicaSetResource {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.addSingle(kind.GroupVersionResource, o)
			}
		})
	})
	slices.Sort(k.Portable)
	slices.SortFunc(k.Rebuild, func(a, b inventory.Rebuild) int { return cmp.Compare(a.Object, b.Object) })
	slices.Sort(uids)
	k.Computed = k.Objects > 0 && len(uids) == 0
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uids[k.Name()] = uids
	return k
}

// addMetadata records what the metadata of an object says.
func (r *inventoryReader) addMetadata(k inventory.Kind, o inventory.Object, isPortable bool) {
	id := k.Kind + "/" + o.Key()
	if isPortable {
		r.adder.AddMetadata(id, o.Labels, o.Annotations)
		if inventory.IsOfNetwork(k.Group) {
			r.adder.Add(inventory.KindName, k.Name(), id)
		}
	}
	if strings.Contains(k.Resource, "networkpolic") {
		r.found.Policies.Items = append(r.found.Policies.Items, inventory.Policy{
			Kind: k.Name(), Namespace: o.Namespace, Name: o.Name,
		})
	}
	switch {
	case k.Name() == "namespaces":
		r.namespaces = append(r.namespaces, o.Name)
	case k.Name() == "customresourcedefinitions.apiextensions.k8s.io":
		operators, source := inventory.Operators(o)
		r.crds = append(r.crds, inventory.Definition{Name: o.Name, Operators: operators, Source: source})
	case k.Name() == "secrets" && o.Labels["owner"] == "helm":
		r.addHelmSecret(o)
	}
	if namespace, name, ok := inventory.ReleaseOf(o); ok {
		release := r.releases[namespace+"/"+name]
		release.Namespace, release.Name = namespace, name
		release.Objects++
		r.releases[namespace+"/"+name] = release
	}
}

// addHelmSecret records the release of a Secret of Helm, whose labels name it.
func (r *inventoryReader) addHelmSecret(o inventory.Object) {
	key := o.Namespace + "/" + o.Labels["name"]
	release := r.releases[key]
	release.Namespace, release.Name = o.Namespace, o.Labels["name"]
	if revision := o.Labels["version"]; len(revision) > len(release.Revision) ||
		len(revision) == len(release.Revision) && revision > release.Revision {
		release.Revision, release.Status = revision, o.Labels["status"]
	}
	r.releases[key] = release
}

// finish computes what follows from everything that was read.
func (r *inventoryReader) finish() {
	found := r.found
	markSame(found.Kinds.Items, r.uids)
	distinct := map[types.UID]bool{}
	for _, uids := range r.uids {
		for _, uid := range uids {
			distinct[uid] = true
		}
	}
	found.Objects = len(distinct)
	found.Namespaces = inventory.CountNamespaces(r.namespaces, found.Kinds.Items)
	found.LeftOut = inventory.LeftOutByKubectl(found.Kinds.Items)
	r.finishContents()
	found.Adaptations = r.adder.Adaptations()
}

// markSame marks kinds whose objects the API server stores under another kind, too, such as events.
func markSame(kinds []inventory.Kind, uids map[string][]types.UID) {
	byFirst := map[types.UID]string{}
	for i := range kinds {
		k := &kinds[i]
		own := uids[k.Name()]
		if len(own) == 0 {
			continue
		}
		if other, isKnown := byFirst[own[0]]; isKnown && slices.Equal(uids[other], own) {
			k.SameAs = other
			continue
		}
		byFirst[own[0]] = k.Name()
	}
}

// gapOfKinds returns the first gap of kinds, or nil. A kind that the API server does not serve has none. If the kinds
// are not known, it returns why.
func (r *inventoryReader) gapOfKinds(matches func(inventory.Kind) bool) *assessment.Gap {
	if len(r.found.Kinds.Items) == 0 {
		return r.found.Kinds.Missing()
	}
	for _, k := range r.found.Kinds.Items {
		if k.Gap != nil && matches(k) {
			return k.Gap
		}
	}
	return nil
}

// completed returns a list as complete, unless one of its kinds has a gap.
func completed[T any](
	r *inventoryReader,
	items []T,
	compare func(a, b T) int,
	kinds ...string,
) assessment.Collection[T] {
	slices.SortStableFunc(items, compare)
	gap := r.gapOfKinds(func(k inventory.Kind) bool { return slices.Contains(kinds, k.Name()) })
	sources := []string{}
	for _, kind := range kinds {
		sources = append(sources, "list "+kind)
	}
	return collection(strings.Join(sources, ", "), items, gap)
}

// sortedReleases returns the Helm releases.
func (r *inventoryReader) sortedReleases() []inventory.Release {
	releases := []inventory.Release{}
	for _, key := range slices.Sorted(maps.Keys(r.releases)) {
		releases = append(releases, r.releases[key])
	}
	return releases
}
