package inventory

import (
	"maps"
	"slices"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
)

// Format identifies the format of an inventory. It changes if the meaning of a field changes.
const Format = "srm-inventory/1"

// Inventory is what was read about a cluster and what it uses outside, without contents of Secrets and ConfigMaps and
// without values of environment variables.
type Inventory struct {
	Format string            `json:"format"`
	ReadAt time.Time         `json:"read_at"`
	Reader assessment.Reader `json:"reader"` // With the permission sets of its key.
	// ClusterID is the "region/UUID" that was asked for, also if nothing could be read.
	ClusterID string                                `json:"cluster_id"`
	Server    assessment.Fact[assessment.APIServer] `json:"server"`

	// Kinds are all kinds that the API server lists. The list is complete if all kinds are known; whether the objects
	// of a kind were read is in the kind.
	Kinds assessment.Collection[Kind] `json:"kinds"`
	// Objects is the number of stored objects of all kinds that were read, each once.
	Objects    int         `json:"objects"`
	Namespaces []Namespace `json:"namespaces"`
	// LeftOut are the kinds with objects that "kubectl get all" does not return.
	LeftOut []LeftOut `json:"left_out_by_kubectl"`

	Contents
	// Adaptations are the settings that only work at Scaleway.
	Adaptations []Adaptation `json:"adaptations"`
	Outside     Outside      `json:"outside"`

	// Requests are those by which the inventory was read. They are evidence, and no list follows from them.
	Requests []assessment.Request `json:"requests,omitempty"`
}

// Kind is a kind of objects that the API server lists.
type Kind struct {
	Group      string   `json:"group"` // Empty: the core group.
	Version    string   `json:"version"`
	Resource   string   `json:"resource"` // "persistentvolumeclaims".
	Kind       string   `json:"kind"`
	Singular   string   `json:"singular,omitempty"`
	ShortNames []string `json:"short_names,omitempty"`
	Categories []string `json:"categories,omitempty"`
	Namespaced bool     `json:"namespaced,omitempty"`
	// Objects and ByNamespace count all objects that were read. An object without a namespace is only in Objects.
	Objects     int            `json:"objects"`
	ByNamespace map[string]int `json:"by_namespace,omitempty"`
	// Portable are the objects that an export has to take: "namespace/name", or "name". The others are written by the
	// cluster itself or belong to another object.
	Portable []string `json:"portable"`
	// Rebuild are the objects that users made and that an export does not take: they have to be made again.
	Rebuild []Rebuild `json:"to_rebuild,omitempty"`
	// SameAs is the resource under which the API server stores the same objects.
	SameAs string `json:"same_as,omitempty"`
	// Computed is true if the API server stores no such objects and computes them for each request.
	Computed bool `json:"computed,omitempty"`
	// Gap says why the objects were not read, or not all of them.
	Gap *assessment.Gap `json:"gap,omitempty"`
}

// Name returns the name of the kind that kubectl accepts: "ingresses.networking.k8s.io".
func (k Kind) Name() string {
	if k.Group == "" {
		return k.Resource
	}
	return k.Resource + "." + k.Group
}

// Right returns the right that lists the kind: "list secrets".
func (k Kind) Right() string { return "list " + k.Name() }

// Kind returns the kind with a name, such as "ingresses.networking.k8s.io".
func (i Inventory) Kind(name string) (Kind, bool) {
	at := slices.IndexFunc(i.Kinds.Items, func(k Kind) bool { return k.Name() == name })
	if at < 0 {
		return Kind{}, false
	}
	return i.Kinds.Items[at], true
}

// Unlisted returns the kinds whose objects were not read, or not all of them.
func (i Inventory) Unlisted() []Kind {
	return slices.DeleteFunc(slices.Clone(i.Kinds.Items), func(k Kind) bool { return k.Gap == nil })
}

// Namespace is a namespace with the number of its stored objects.
type Namespace struct {
	Name    string `json:"name"`
	Objects int    `json:"objects"` // Of all kinds that were read.
}

// CountNamespaces returns the namespaces with a name, and those that hold objects of the kinds.
func CountNamespaces(names []string, kinds []Kind) []Namespace {
	counts := map[string]int{}
	for _, name := range names {
		counts[name] = 0
	}
	for _, k := range kinds {
		if k.SameAs != "" || k.Computed {
			continue
		}
		for namespace, count := range k.ByNamespace {
			counts[namespace] += count
		}
	}
	namespaces := []Namespace{}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		namespaces = append(namespaces, Namespace{name, counts[name]})
	}
	return namespaces
}
