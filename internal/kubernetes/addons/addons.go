// Package addons finds changes to the add-ons that Scaleway installs in a cluster, and workloads that can change the
// kubelet or the network of their nodes. It works on objects that were read before and sends no request.
//
// It uses managedFields, where the API server records which manager set which field, and when. A removed field leaves
// no trace there, and anyone who is allowed to change an object can also clear its managedFields.
package addons

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Namespace is the namespace of Scaleway's add-ons.
const Namespace = "kube-system"

// Result holds the findings of Judge. Its lists are sorted and never nil.
type Result struct {
	// Altered lists the managed components that users changed.
	Altered []Alteration
	// NodeChangers lists the workloads that can change the kubelet or the network of their nodes. That such workloads
	// matter is an interpretation of the model.
	NodeChangers []Workload
	// UnknownManagers lists field managers of managed components that are neither user tools nor parts of Kubernetes.
	// Scaleway does not publish the names of its automation, so they may belong to Scaleway.
	UnknownManagers []string
	// WithoutManagedFields lists the managed components without managedFields, as "deployments/coredns". They were
	// cleared, so changes to these components cannot be found.
	WithoutManagedFields []string
}

// Alteration is a change of a managed component by one field manager.
type Alteration struct {
	Component string    // "CoreDNS".
	Object    string    // "deployments/coredns", in Namespace.
	Manager   string    // The field manager, such as "kubectl-edit".
	Time      time.Time // Zero if the API server records no time, as for the scale subresource.
	Fields    []string  // Paths without values: "spec.template.spec.containers[coredns].image".
}

// Workload is a workload that can change its nodes.
type Workload struct {
	Object string // "daemonsets/monitoring/agent", with the namespace.
	Reason string // A clause without a subject: "mounts /etc/cni of the node writable".
}

// component is an add-on of Scaleway, identified by name prefixes of its objects.
type component struct {
	name     string
	prefixes []string
	// sharedName reports that drivers and operators of customers have such names, too.
	sharedName bool
}

// components returns what Kapsule and Kosmos install in Namespace. Sources: Scaleway's Kubernetes documentation and the
// object names in its clusters.
func components() []component {
	return []component{
		{"CoreDNS", []string{"coredns"}, false},
		{"kube-proxy", []string{"kube-proxy"}, false},
		{"container network (CNI)", []string{"cilium", "calico", "kilo"}, false},
		{
			"storage (CSI)", []string{
				"csi-", "scaleway-csi", "scw-csi", "filestorage-csi", "file-storage-csi", "snapshot-controller",
			}, true,
		},
		{"metrics-server", []string{"metrics-server"}, false},
		{"cloud controller manager", []string{"scaleway-cloud-controller-manager", "cloud-controller-manager"}, false},
		{"cluster autoscaler", []string{"cluster-autoscaler"}, false},
		{"GPU operator", []string{"gpu-operator", "nvidia-"}, true},
		{"connection to the control plane", []string{"konnectivity-agent"}, false},
		{"node problem detector", []string{"node-problem-detector"}, false},
	}
}

// findComponent returns the managed component that an object may belong to, or false.
func findComponent(object *unstructured.Unstructured) (component, bool) {
	if object.GetNamespace() != Namespace {
		return component{}, false
	}
	for _, c := range components() {
		for _, prefix := range c.prefixes {
			// Matches "cilium" and "cilium-operator", but not "ciliumthing".
			name := object.GetName()
			if name == prefix || strings.HasPrefix(name, strings.TrimSuffix(prefix, "-")+"-") {
				return c, true
			}
		}
	}
	return component{}, false
}

// Inspect inspects the Deployments, DaemonSets and StatefulSets of all namespaces and the ConfigMaps of Namespace. The
// keys of objects are the plural names of the kinds.
func Inspect(objects map[string][]unstructured.Unstructured) Result {
	result := Result{
		Altered:              []Alteration{},
		NodeChangers:         []Workload{},
		UnknownManagers:      []string{},
		WithoutManagedFields: []string{},
	}
	for plural, all := range objects {
		for i := range all {
			object := &all[i]
			if c, ok := findComponent(object); ok && result.addComponent(c, plural, object) {
				continue
			}
			if reason := nodeChangeReason(object); reason != "" {
				result.NodeChangers = append(
					result.NodeChangers, Workload{
						plural + "/" + object.GetNamespace() + "/" + object.GetName(), reason,
					},
				)
			}
		}
	}
	slices.SortFunc(
		result.Altered, func(a, b Alteration) int {
			return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.Manager, b.Manager))
		},
	)
	slices.SortFunc(result.NodeChangers, func(a, b Workload) int { return cmp.Compare(a.Object, b.Object) })
	slices.Sort(result.UnknownManagers)
	result.UnknownManagers = slices.Compact(result.UnknownManagers)
	slices.Sort(result.WithoutManagedFields)
	return result
}

// addComponent adds the changes of an object that may be a managed component, and reports whether it is one. A manager
// may have several entries, one per operation and subresource. They count as one alteration.
func (f *Result) addComponent(c component, plural string, object *unstructured.Unstructured) bool {
	entries := object.GetManagedFields()
	if len(entries) == 0 {
		f.WithoutManagedFields = append(f.WithoutManagedFields, plural+"/"+object.GetName())
		return true
	}
	users, others := map[string]*Alteration{}, []string{}
	for _, entry := range entries {
		fields := ownedPaths(entry)
		switch {
		case len(fields) == 0 || isKubernetesController(entry.Manager):
		case isUserTool(entry.Manager):
			a := users[entry.Manager]
			if a == nil {
				a = &Alteration{Component: c.name, Object: plural + "/" + object.GetName(), Manager: entry.Manager}
				users[entry.Manager] = a
			}
			a.Fields = append(a.Fields, fields...)
			if entry.Time != nil && entry.Time.After(a.Time) {
				a.Time = entry.Time.UTC()
			}
		default:
			others = append(others, entry.Manager)
		}
	}
	f.UnknownManagers = append(f.UnknownManagers, others...)
	if c.sharedName && len(others) == 0 && len(users) > 0 {
		// Only user tools have set fields. This may be a driver of the customer, or one that Scaleway installs with
		// Helm.
		f.UnknownManagers = slices.AppendSeq(f.UnknownManagers, maps.Keys(users))
		return false
	}
	for _, a := range users {
		slices.Sort(a.Fields)
		a.Fields = slices.Compact(a.Fields)
		f.Altered = append(f.Altered, *a)
	}
	return true
}

// isUserTool reports whether a field manager is a tool of users, including deployment tools. It compares the default
// names of the tools, but a client can choose any name.
func isUserTool(manager string) bool {
	name := strings.ToLower(manager)
	for _, tool := range []string{
		"kubectl", "helm", "terraform", "hashicorp", "opentofu", "pulumi", "argocd", "argo-cd", "kustomize", "flux",
		"k9s",
		"lens", "openlens",
		"freelens", "node-fetch", "headlamp", "rancher", "ansible", "kapp", "skaffold", "octant", "velero", "dashboard",
		"mozilla", "curl", "python",
	} {
		// Matches "helm", "helm-controller" and "Helm/3.1", but not "helmet".
		if name == tool || strings.HasPrefix(name, tool+"-") || strings.HasPrefix(name,
			tool+"/") || strings.HasPrefix(name,
			tool+"_") {
			return true
		}
	}
	return false
}

// isKubernetesController reports whether a field manager is a part of Kubernetes.
func isKubernetesController(manager string) bool {
	return slices.Contains(
		[]string{
			"kube-controller-manager", "kube-scheduler", "kube-apiserver", "kubelet", "cloud-controller-manager",
			"cluster-autoscaler",
		}, manager,
	)
}

// ownedPaths returns the paths in the spec or the data of a component that an entry owns.
func ownedPaths(entry metav1.ManagedFieldsEntry) []string {
	if entry.Subresource == "status" || entry.FieldsV1 == nil {
		return nil
	}
	return slices.DeleteFunc(fieldPaths(entry.FieldsV1.GetRawBytes()), func(path string) bool {
		top, _, _ := strings.Cut(path, ".")
		return path != unreadableFields && top != "spec" && top != "data" && top != "binaryData" || isRestartPath(path)
	})
}

// isRestartPath reports whether a path belongs to `kubectl rollout restart`, which does not change the pods. After
// another tool has restarted the pods again, the first manager still owns the map of annotations.
func isRestartPath(path string) bool {
	const annotations = "spec.template.metadata.annotations"
	return path == annotations || path == annotations+".kubectl.kubernetes.io/restartedAt"
}
