// Package addons tells from the objects of a cluster what somebody changed of what Scaleway installs in it, and which
// workloads can change the kubelet or the network of their nodes. It makes no request.
//
// It goes by managedFields, in which the API server itself keeps who set which field, and when. A field that somebody
// took away leaves no trace there, and whoever may change an object may clear its managedFields, too.
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

// Namespace is where Scaleway installs its add-ons.
const Namespace = "kube-system"

// Found is what was found in a cluster, each list sorted and never nil.
type Found struct {
	// Altered are the managed components that people changed.
	Altered []Alteration
	// Changing are the workloads that can change the kubelet or the network of their nodes: our reading of the model.
	Changing []Workload
	// Unknown are the names under which somebody set fields of managed components of whom nothing is known: which names
	// Scaleway's own automation goes by is not published.
	Unknown []string
	// Untraced are the managed components without any managedFields, as "deployments/coredns": somebody has cleared them,
	// and what was changed before or since cannot be told.
	Untraced []string
}

// Alteration is what one manager set of a managed component.
type Alteration struct {
	Component string    // "CoreDNS".
	Object    string    // "deployments/coredns", in Namespace.
	By        string    // The field manager, as the API server has it: "kubectl-edit".
	At        time.Time // Zero where the API server keeps no time, as of a change of the scale alone.
	Fields    []string  // Paths, never values: "spec.template.spec.containers[coredns].image".
}

// Workload is a workload that can change its nodes.
type Workload struct {
	Object string // "daemonsets/monitoring/agent": with its namespace.
	Why    string // A clause without subject: "mounts /etc/cni of the node writable".
}

// component is something that Scaleway installs, by the beginnings of the names of its objects.
type component struct {
	name     string
	prefixes []string
	// shared says that drivers and operators that customers install go by such names as well.
	shared bool
}

// components are what Kapsule and Kosmos install in Namespace. Source: Scaleway's Kubernetes documentation, and the
// names that its clusters show.
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

// componentOf is the managed component that an object may be, or be part of; false where it is none.
func componentOf(object *unstructured.Unstructured) (component, bool) {
	if object.GetNamespace() != Namespace {
		return component{}, false
	}
	for _, c := range components() {
		for _, prefix := range c.prefixes {
			// "cilium" and "cilium-operator", not "ciliumthing".
			name := object.GetName()
			if name == prefix || strings.HasPrefix(name, strings.TrimSuffix(prefix, "-")+"-") {
				return c, true
			}
		}
	}
	return component{}, false
}

// Judge looks at the Deployments, DaemonSets and StatefulSets of all namespaces, and at the ConfigMaps of Namespace, by
// the plural name of their kind.
func Judge(objects map[string][]unstructured.Unstructured) Found {
	found := Found{Altered: []Alteration{}, Changing: []Workload{}, Unknown: []string{}, Untraced: []string{}}
	for plural, all := range objects {
		for i := range all {
			object := &all[i]
			if of, ok := componentOf(object); ok && found.inspect(of, plural, object) {
				continue
			}
			if why := changesNodes(object); why != "" {
				found.Changing = append(
					found.Changing, Workload{plural + "/" + object.GetNamespace() + "/" + object.GetName(), why},
				)
			}
		}
	}
	slices.SortFunc(
		found.Altered, func(a, b Alteration) int { return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.By, b.By)) },
	)
	slices.SortFunc(found.Changing, func(a, b Workload) int { return cmp.Compare(a.Object, b.Object) })
	slices.Sort(found.Unknown)
	found.Unknown = slices.Compact(found.Unknown)
	slices.Sort(found.Untraced)
	return found
}

// inspect goes through who set what of an object that may be a managed component, and says whether it is one. A manager
// may have several entries, one an operation and a subresource: they are one alteration.
func (f *Found) inspect(of component, plural string, object *unstructured.Unstructured) bool {
	entries := object.GetManagedFields()
	if len(entries) == 0 {
		f.Untraced = append(f.Untraced, plural+"/"+object.GetName())
		return true
	}
	people, others := map[string]*Alteration{}, []string{}
	for _, entry := range entries {
		fields := set(entry)
		switch {
		case len(fields) == 0 || controller(entry.Manager):
		case person(entry.Manager):
			a := people[entry.Manager]
			if a == nil {
				a = &Alteration{Component: of.name, Object: plural + "/" + object.GetName(), By: entry.Manager}
				people[entry.Manager] = a
			}
			a.Fields = append(a.Fields, fields...)
			if entry.Time != nil && entry.Time.After(a.At) {
				a.At = entry.Time.UTC()
			}
		default:
			others = append(others, entry.Manager)
		}
	}
	f.Unknown = append(f.Unknown, others...)
	if of.shared && len(others) == 0 && len(people) > 0 {
		// Nobody but people's tools had a hand in it. The customer's own driver looks like that, and so does what Scaleway
		// installs by Helm.
		f.Unknown = slices.AppendSeq(f.Unknown, maps.Keys(people))
		return false
	}
	for _, a := range people {
		slices.Sort(a.Fields)
		a.Fields = slices.Compact(a.Fields)
		f.Altered = append(f.Altered, *a)
	}
	return true
}

// person tells whether a field manager is a tool that people, or what they deploy with, change objects by. Its names
// are the tools' own; Kubernetes lets a client choose any.
func person(manager string) bool {
	name := strings.ToLower(manager)
	for _, tool := range []string{
		"kubectl", "helm", "terraform", "hashicorp", "opentofu", "pulumi", "argocd", "argo-cd", "kustomize", "flux", "k9s",
		"lens", "openlens",
		"freelens", "node-fetch", "headlamp", "rancher", "ansible", "kapp", "skaffold", "octant", "velero", "dashboard",
		"mozilla", "curl", "python",
	} {
		// "helm", "helm-controller" and "Helm/3.1", not "helmet".
		if name == tool || strings.HasPrefix(name, tool+"-") || strings.HasPrefix(name, tool+"/") || strings.HasPrefix(name,
			tool+"_") {
			return true
		}
	}
	return false
}

// controller tells whether a field manager is a part of Kubernetes itself.
func controller(manager string) bool {
	return slices.Contains(
		[]string{
			"kube-controller-manager", "kube-scheduler", "kube-apiserver", "kubelet", "cloud-controller-manager",
			"cluster-autoscaler",
		}, manager,
	)
}

// set are the paths that an entry owns of what makes a component what it is: its specification or its data.
func set(entry metav1.ManagedFieldsEntry) []string {
	if entry.Subresource == "status" || entry.FieldsV1 == nil {
		return nil
	}
	return slices.DeleteFunc(paths(entry.FieldsV1.GetRawBytes()), func(path string) bool {
		top, _, _ := strings.Cut(path, ".")
		return path != unreadable && top != "spec" && top != "data" && top != "binaryData" || restarts(path)
	})
}

// restarts tells whether a path is what `kubectl rollout restart` sets, which starts the pods anew as they are. The map
// of annotations by itself is what is left of a restart once another tool has restarted the pods again.
func restarts(path string) bool {
	const annotations = "spec.template.metadata.annotations"
	return path == annotations || path == annotations+".kubectl.kubernetes.io/restartedAt"
}
