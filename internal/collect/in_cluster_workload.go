package collect

import (
	"cmp"
	"context"
	"slices"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

// maxSinglePods is the number of pods and ReplicaSets without a workload above them that are read one by one.
const maxSinglePods = 100

// annotationMirror marks a pod that the kubelet runs from a file of its node.
const annotationMirror = "kubernetes.io/config.mirror"

// The resources with pod templates.
var (
	podResource        = schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	replicaSetResource = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "replicasets"}
)

// templateResources returns the resources whose objects are all read.
func templateResources() []schema.GroupVersionResource {
	return []schema.GroupVersionResource{
		{Group: "apps", Version: "v1", Resource: "deployments"},
		{Group: "apps", Version: "v1", Resource: "statefulsets"},
		{Group: "apps", Version: "v1", Resource: "daemonsets"},
		{Group: "batch", Version: "v1", Resource: "cronjobs"},
		{Group: "batch", Version: "v1", Resource: "jobs"},
	}
}

// readWorkloads reads workloads, volumes, claims and StorageClasses.
func (c *collector) readWorkloads(ctx context.Context, client *kubernetes.Client) {
	in := &c.facts.InCluster
	c.start(func() { c.readTemplates(ctx, client) })
	c.start(func() { in.Volumes = list(ctx, c, client, coreResource("persistentvolumes"), addVolume) })
	c.start(func() { in.Claims = list(ctx, c, client, coreResource("persistentvolumeclaims"), addClaim) })
	c.start(func() {
		classes := schema.GroupVersionResource{Group: "storage.k8s.io", Version: "v1", Resource: "storageclasses"}
		in.StorageClasses = list(ctx, c, client, classes, addStorageClass)
	})
}

// coreResource returns a resource of the core API group.
func coreResource(name string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Version: "v1", Resource: name}
}

// workloadReader collects workloads from several lists.
type workloadReader struct {
	found     []assessment.Workload
	positions map[string]int // In found, by id.
	gap       *assessment.Gap
}

// addGap keeps the first gap.
func (r *workloadReader) addGap(gap *assessment.Gap) { r.gap = cmp.Or(r.gap, gap) }

// add adds a workload. Pods of the same custom resource are one workload.
func (r *workloadReader) add(w assessment.Workload) {
	i, isKnown := r.positions[w.ID()]
	if !isKnown {
		r.positions[w.ID()] = len(r.found)
		r.found = append(r.found, w)
		return
	}
	known := &r.found[i]
	known.Images = sortedSet(append(known.Images, w.Images...))
	known.HostPorts = sortedSet(append(known.HostPorts, w.HostPorts...))
	for _, v := range w.Volumes {
		if !slices.Contains(known.Volumes, v) {
			known.Volumes = append(known.Volumes, v)
		}
	}
	known.HostNetwork, known.Privileged = known.HostNetwork || w.HostNetwork, known.Privileged || w.Privileged
	known.FromScaleway = known.FromScaleway && w.FromScaleway
}

// single is a pod or a ReplicaSet that no workload is known to have created.
type single struct {
	resource        schema.GroupVersionResource
	namespace, name string
	owner           *metav1.OwnerReference // A custom resource, or nil.
}

// readTemplates reads workload templates instead of pods. Pods are read as metadata, which shows their number and those
// that no such workload created; only those are read in full.
func (c *collector) readTemplates(ctx context.Context, client *kubernetes.Client) {
	r := &workloadReader{positions: map[string]int{}}
	for _, resource := range templateResources() {
		templates := list(ctx, c, client, resource, addTemplate)
		r.addGap(templates.Gap)
		for _, w := range templates.Items {
			r.add(w)
		}
	}
	counts, singles := map[string]int{}, []single{}
	pods := listMetadata(ctx, c, client, podResource,
		func(found []single, o *metav1.PartialObjectMetadata) []single {
			counts[o.GetNamespace()]++
			return addSingle(found, podResource, o, "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "Node")
		})
	c.facts.InCluster.PodCounts = countPods(pods, counts)
	r.addGap(pods.Gap)
	// The pods of a ReplicaSet that a custom resource has created, such as a Rollout, do not show that resource.
	sets := listMetadata(ctx, c, client, replicaSetResource,
		func(found []single, o *metav1.PartialObjectMetadata) []single {
			return addSingle(found, replicaSetResource, o, "Deployment")
		})
	r.addGap(sets.Gap)
	singles = append(append(singles, sets.Items...), pods.Items...)
	if len(singles) > maxSinglePods {
		r.addGap(&assessment.Gap{Reason: assessment.TooMany, Looked: maxSinglePods})
		singles = singles[:maxSinglePods]
	}
	for i, one := range c.getSingles(ctx, client, singles) {
		r.addGap(one.gap)
		r.addSingle(singles[i], one.object)
	}
	slices.SortStableFunc(r.found, func(a, b assessment.Workload) int { return cmp.Compare(a.ID(), b.ID()) })
	c.facts.InCluster.Workloads = collection("workload templates", r.found, r.gap)
}

// countPods converts the number of pods by namespace.
func countPods(pods assessment.Collection[single], counts map[string]int) assessment.Collection[assessment.PodCount] {
	found := []assessment.PodCount{}
	for namespace, count := range counts {
		found = append(found, assessment.PodCount{Namespace: namespace, Pods: count})
	}
	slices.SortFunc(found, func(a, b assessment.PodCount) int { return cmp.Compare(a.Namespace, b.Namespace) })
	return collection(pods.Source, found, pods.Gap)
}

// addSingle adds an object that none of the given kinds of Kubernetes controls. The kubelet runs the pods of a node.
func addSingle(
	found []single, resource schema.GroupVersionResource, o *metav1.PartialObjectMetadata, controllers ...string,
) []single {
	owner := metav1.GetControllerOf(o)
	if owner != nil && isKubernetesGroup(owner.APIVersion) && slices.Contains(controllers, owner.Kind) {
		return found
	}
	if _, isMirror := o.GetAnnotations()[annotationMirror]; isMirror {
		return found
	}
	return append(found, single{resource, o.GetNamespace(), o.GetName(), owner})
}

// isKubernetesGroup reports whether an API version is one of the workloads and nodes of Kubernetes.
func isKubernetesGroup(apiVersion string) bool {
	return slices.Contains([]string{"v1", "apps/v1", "batch/v1"}, apiVersion)
}

// singleObject is the object of a single, or why it was not read. Both are nil if it was deleted in the meantime.
type singleObject struct {
	object *unstructured.Unstructured
	gap    *assessment.Gap
}

// getSingles reads pods and ReplicaSets, several at the same time, and returns them in the same order.
func (c *collector) getSingles(ctx context.Context, client *kubernetes.Client, singles []single) []singleObject {
	found := make([]singleObject, len(singles))
	var work sync.WaitGroup
	for i, s := range singles {
		work.Go(func() {
			found[i].gap = c.inSlot(ctx, "get "+s.resource.GroupResource().String(), func() (err error) {
				found[i].object, err = client.Get(ctx, s.resource, s.namespace, s.name)
				return err
			})
		})
	}
	work.Wait()
	return found
}

// addSingle adds the workload of a pod or a ReplicaSet. One that was deleted in the meantime, or whose containers have
// ended, is left out.
func (r *workloadReader) addSingle(s single, object *unstructured.Unstructured) {
	if object == nil {
		return
	}
	if s.resource == podResource {
		if phase := manifest(object.Object).text("status", "phase"); phase == "Succeeded" || phase == "Failed" {
			return
		}
	}
	w := workloadOf(object)
	if s.owner != nil {
		w.Kind, w.Name = s.owner.Kind, s.owner.Name
	}
	r.add(w)
}
