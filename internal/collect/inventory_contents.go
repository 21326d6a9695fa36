package collect

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/inventory"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/addons"
)

// fullVisitors returns the kinds whose objects are read in full, with what records one of them. Secrets, ConfigMaps and
// custom resources of customers are not among them.
func fullVisitors() map[string]func(*inventoryReader, *unstructured.Unstructured) {
	return map[string]func(*inventoryReader, *unstructured.Unstructured){
		"deployments.apps": (*inventoryReader).addTemplate, "statefulsets.apps": (*inventoryReader).addTemplate,
		"daemonsets.apps": (*inventoryReader).addTemplate, "cronjobs.batch": (*inventoryReader).addTemplate,
		"jobs.batch": (*inventoryReader).addTemplate, "replicationcontrollers": (*inventoryReader).addTemplate,
		"services":                                      (*inventoryReader).addService,
		"ingresses.networking.k8s.io":                   (*inventoryReader).addIngress,
		"gateways.gateway.networking.k8s.io":            (*inventoryReader).addGateway,
		"ingressclasses.networking.k8s.io":              (*inventoryReader).addClass,
		"gatewayclasses.gateway.networking.k8s.io":      (*inventoryReader).addClass,
		"persistentvolumes":                             (*inventoryReader).addVolume,
		"persistentvolumeclaims":                        (*inventoryReader).addClaim,
		"storageclasses.storage.k8s.io":                 (*inventoryReader).addStorageClass,
		"volumesnapshotclasses.snapshot.storage.k8s.io": (*inventoryReader).addStorageClass,
		"volumesnapshots.snapshot.storage.k8s.io":       (*inventoryReader).addSnapshot,
		"volumesnapshotcontents.snapshot.storage.k8s.io": func(r *inventoryReader, o *unstructured.Unstructured) {
			r.contents = append(r.contents, newSnapshotContent(o))
		},
		"rolebindings.rbac.authorization.k8s.io":        (*inventoryReader).addGrants,
		"clusterrolebindings.rbac.authorization.k8s.io": (*inventoryReader).addGrants,
	}
}

// appendTo adds an item to a list that is not complete yet.
func appendTo[T any](list *assessment.Collection[T], item T) { list.Items = append(list.Items, item) }

func (r *inventoryReader) addService(o *unstructured.Unstructured) {
	m, facts := manifest(o.Object), addService(nil, o)[0]
	s := inventory.Service{
		Namespace: facts.Namespace, Name: facts.Name, Type: facts.Type, NodePorts: facts.NodePorts,
		Addresses: facts.IngressIPs, LoadBalancerID: facts.LoadBalancerID, Class: m.text("spec", "loadBalancerClass"),
		ExternalName: m.text("spec", "externalName"),
	}
	s.WithoutSelector = len(m.at("spec", "selector")) == 0 && s.Type != "ExternalName" && s.ID() !=
		"Service/default/kubernetes"
	appendTo(&r.found.Services, s)
	if address := m.text("spec", "loadBalancerIP"); address != "" {
		r.adder.Add(inventory.AddressField, address, s.ID())
	}
	if inventory.IsScalewayHost(s.ExternalName) {
		r.adder.Add(inventory.HostName, s.ExternalName, s.ID())
	}
}

func (r *inventoryReader) addIngress(o *unstructured.Unstructured) {
	facts := addIngress(nil, o)[0]
	r.addHosts(inventory.Ingress{
		Kind: "Ingress", Namespace: facts.Namespace, Name: facts.Name, Class: facts.Class, Hosts: facts.Hosts,
	})
}

func (r *inventoryReader) addGateway(o *unstructured.Unstructured) {
	m, hosts := manifest(o.Object), []string{}
	for _, listener := range m.list("spec", "listeners") {
		hosts = append(hosts, listener.text("hostname"))
	}
	r.addHosts(inventory.Ingress{
		Kind: "Gateway", Namespace: o.GetNamespace(), Name: o.GetName(), Class: m.text("spec", "gatewayClassName"),
		Hosts: sortedSet(hosts),
	})
}

// addHosts records an Ingress or a Gateway.
func (r *inventoryReader) addHosts(i inventory.Ingress) {
	i.Hosts = slices.DeleteFunc(i.Hosts, func(host string) bool { return host == "" })
	appendTo(&r.found.Ingresses, i)
	for _, host := range i.Hosts {
		if inventory.IsScalewayHost(host) {
			r.adder.Add(inventory.HostName, host, i.Kind+"/"+i.Namespace+"/"+i.Name)
		}
	}
}

func (r *inventoryReader) addClass(o *unstructured.Unstructured) {
	m := manifest(o.Object)
	appendTo(&r.found.Classes, inventory.ControllerName{
		Kind: o.GetKind(), Name: o.GetName(),
		Controller: cmp.Or(m.text("spec", "controller"), m.text("spec", "controllerName")),
	})
}

func (r *inventoryReader) addVolume(o *unstructured.Unstructured) {
	m, facts := manifest(o.Object), addVolume(nil, o)[0]
	v := inventory.Volume{
		Name: facts.Name, Claim: facts.Claim, Driver: facts.Driver, Handle: facts.Handle, Class: facts.StorageClass,
		SizeBytes: bytesOf(m.text("spec", "capacity", "storage")), Reclaim: facts.ReclaimPolicy, Phase: facts.Phase,
		Encrypted: facts.Encrypted != nil && parsesTrue(*facts.Encrypted),
		Mode:      m.text("spec", "volumeMode"), AccessModes: m.texts("spec", "accessModes"),
	}
	appendTo(&r.found.Volumes, v)
	id := "PersistentVolume/" + v.Name
	if inventory.IsScalewayDriver(v.Driver) {
		r.adder.Add(inventory.DriverName, v.Driver, id)
	}
	for _, term := range m.list("spec", "nodeAffinity", "required", "nodeSelectorTerms") {
		for _, expression := range term.list("matchExpressions") {
			if value, ok := inventory.PlacementValue(expression.text("key"), expression.texts("values")...); ok {
				r.adder.Add(inventory.TopologyKey, value, id)
			}
		}
	}
}

// driverOf returns the driver of a volume or of a class of volumes, or the type of the source of a volume.
func driverOf(o *unstructured.Unstructured) string {
	m := manifest(o.Object)
	if o.GetKind() == "PersistentVolume" {
		return volumeDriver(m.at("spec"))
	}
	return cmp.Or(m.text("provisioner"), m.text("driver"))
}

// bytesOf parses a quantity, such as "10Gi". It returns nil for another text.
func bytesOf(text string) *int64 {
	quantity, err := resource.ParseQuantity(text)
	if err != nil {
		return nil
	}
	value := quantity.Value()
	return &value
}

func (r *inventoryReader) addClaim(o *unstructured.Unstructured) {
	m, facts := manifest(o.Object), addClaim(nil, o)[0]
	appendTo(&r.found.Claims, inventory.Claim{
		Namespace: facts.Namespace, Name: facts.Name, Volume: facts.VolumeName, Class: facts.StorageClass,
		Phase: facts.Phase, Requested: bytesOf(m.text("spec", "resources", "requests", "storage")),
	})
}

func (r *inventoryReader) addStorageClass(o *unstructured.Unstructured) {
	m := manifest(o.Object)
	s := inventory.StorageClass{
		Kind: o.GetKind(), Name: o.GetName(), Driver: driverOf(o),
		IsDefault: o.GetAnnotations()["snapshot.storage.kubernetes.io/is-default-class"] == "true",
	}
	if s.Kind == "StorageClass" {
		facts := addStorageClass(nil, o)[0]
		s.IsDefault, s.Encrypted = facts.IsDefault, facts.Encrypted != nil && parsesTrue(*facts.Encrypted)
	}
	appendTo(&r.found.StorageClasses, s)
	if inventory.IsScalewayDriver(s.Driver) {
		r.adder.Add(inventory.DriverName, s.Driver, s.Kind+"/"+s.Name)
	}
	for _, topology := range m.list("allowedTopologies") {
		for _, expression := range topology.list("matchLabelExpressions") {
			if value, ok := inventory.PlacementValue(expression.text("key"), expression.texts("values")...); ok {
				r.adder.Add(inventory.TopologyKey, value, s.Kind+"/"+s.Name)
			}
		}
	}
}

func (r *inventoryReader) addSnapshot(o *unstructured.Unstructured) {
	m := manifest(o.Object)
	s := inventory.Snapshot{
		Namespace: o.GetNamespace(), Name: o.GetName(), Claim: m.text("spec", "source", "persistentVolumeClaimName"),
	}
	if m.truth("status", "readyToUse") {
		s.CreatedAt = m.time("status", "creationTime")
	}
	appendTo(&r.found.Snapshots, s)
}

// snapshotContent is a VolumeSnapshotContent that is ready.
type snapshotContent struct {
	volume    string // Handle of the volume; empty if the content was imported.
	createdAt *time.Time
}

func newSnapshotContent(o *unstructured.Unstructured) snapshotContent {
	m := manifest(o.Object)
	content := snapshotContent{volume: m.text("spec", "source", "volumeHandle")}
	if nanoseconds := m.number("status", "creationTime"); nanoseconds > 0 && m.truth("status", "readyToUse") {
		created := time.Unix(0, int64(nanoseconds)).UTC()
		content.createdAt = &created
	}
	return content
}

func (r *inventoryReader) addGrants(o *unstructured.Unstructured) {
	binding := addBinding(nil, o)[0]
	if strings.HasPrefix(binding.Name, "system:") {
		return
	}
	for _, subject := range binding.Subjects {
		id := subject.ID()
		appendTo(&r.found.Grants, inventory.Grant{
			Namespace: binding.Namespace, Binding: binding.Name, Role: binding.RoleKind + "/" + binding.RoleName,
			Subject: id, FromScaleway: subject.FromScaleway,
		})
		if inventory.IsScalewaySubject(subject.Name) {
			object := inventory.Object{Namespace: binding.Namespace, Name: binding.Name}
			r.adder.Add(inventory.RoleSubject, subject.Name, o.GetKind()+"/"+object.Key())
		}
	}
}

// addSingle records a pod or a ReplicaSet that no workload of Kubernetes created.
func (r *inventoryReader) addSingle(kind schema.GroupVersionResource, o *metav1.PartialObjectMetadata) {
	controllers := []string{"ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job", "Node"}
	if kind == replicaSetResource {
		controllers = []string{"Deployment"}
	}
	r.single = addSingle(r.single, kind, o, controllers...)
}

// readSingles reads pods and ReplicaSets that no workload of Kubernetes created, each with a request of its own.
func (r *inventoryReader) readSingles(ctx context.Context) {
	slices.SortFunc(r.single, func(a, b single) int {
		return cmp.Or(cmp.Compare(a.resource.Resource, b.resource.Resource), cmp.Compare(a.namespace, b.namespace),
			cmp.Compare(a.name, b.name))
	})
	var missing *assessment.Gap
	if len(r.single) > maxSinglePods {
		missing, r.single = &assessment.Gap{Reason: assessment.TooMany, Looked: maxSinglePods}, r.single[:maxSinglePods]
	}
	for i, one := range r.getSingles(ctx, r.client, r.single) {
		if one.object != nil {
			r.addPods(one.object, r.single[i].owner)
		}
		missing = cmp.Or(missing, one.gap)
	}
	r.found.Workloads.Gap = missing
}

// finishContents sorts the lists and says which are complete.
func (r *inventoryReader) finishContents() {
	c := &r.found.Contents
	singles := c.Workloads.Gap
	c.Workloads = completed(r, c.Workloads.Items, func(a, b inventory.Workload) int {
		return cmp.Compare(a.ID(), b.ID())
	}, "cronjobs.batch", "daemonsets.apps", "deployments.apps", "jobs.batch", "pods", "replicasets.apps",
		"replicationcontrollers", "statefulsets.apps")
	if c.Workloads.Complete && singles != nil {
		c.Workloads = assessment.Unread(c.Workloads.Source, *singles, c.Workloads.Items...)
	}
	c.Images = collection(c.Workloads.Source, inventory.Images(c.Workloads.Items), c.Workloads.Gap)
	c.Services = completed(r, c.Services.Items, func(a, b inventory.Service) int {
		return cmp.Compare(a.ID(), b.ID())
	}, "services")
	c.Ingresses = completed(r, c.Ingresses.Items, func(a, b inventory.Ingress) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	}, "ingresses.networking.k8s.io", "gateways.gateway.networking.k8s.io")
	c.Classes = completed(r, c.Classes.Items, func(a, b inventory.ControllerName) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	}, "ingressclasses.networking.k8s.io", "gatewayclasses.gateway.networking.k8s.io")
	c.Claims = completed(r, c.Claims.Items, func(a, b inventory.Claim) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	}, "persistentvolumeclaims")
	c.Snapshots = completed(r, c.Snapshots.Items, func(a, b inventory.Snapshot) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	}, "volumesnapshots.snapshot.storage.k8s.io")
	r.finishStorage()
	c.Definitions = completed(r, r.crds, func(a, b inventory.Definition) int {
		return cmp.Compare(a.Name, b.Name)
	}, "customresourcedefinitions.apiextensions.k8s.io")
	for i := range c.Definitions.Items {
		if k, ok := r.found.Kind(c.Definitions.Items[i].Name); ok && k.Gap == nil {
			c.Definitions.Items[i].Objects = &k.Objects
		}
	}
	slices.SortFunc(c.Policies.Items, func(a, b inventory.Policy) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	c.Policies = collection("list *networkpolicies", c.Policies.Items,
		r.gapOfKinds(func(k inventory.Kind) bool { return strings.Contains(k.Resource, "networkpolic") }))
	c.Releases = completed(
		r,
		r.sortedReleases(),
		func(inventory.Release, inventory.Release) int { return 0 },
		"secrets",
	)
	c.Grants = completed(r, c.Grants.Items, func(a, b inventory.Grant) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Binding, b.Binding),
			cmp.Compare(a.Subject, b.Subject))
	}, "clusterrolebindings.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io")
}

// finishStorage joins volumes with their snapshots and workloads, and claims with their classes.
func (r *inventoryReader) finishStorage() {
	c := &r.found.Contents
	isScaleway, claims := map[string]bool{}, map[string]int{}
	for _, claim := range c.Claims.Items {
		claims[claim.Class]++
	}
	for i := range c.StorageClasses.Items {
		class := &c.StorageClasses.Items[i]
		if class.Kind != "StorageClass" {
			continue
		}
		isScaleway[class.Name] = inventory.IsScalewayDriver(class.Driver)
		class.Claims = claims[class.Name]
	}
	uses := slices.Clone(r.templates)
	for _, claim := range c.Claims.Items {
		id := "PersistentVolumeClaim/" + claim.Namespace + "/" + claim.Name
		uses = append(uses, claimTemplate{claim.Class, id})
	}
	for _, use := range uses {
		own, isKnown := isScaleway[use.class]
		if own || !isKnown && inventory.IsScalewayClass(use.class) {
			r.adder.Add(inventory.ClassName, use.class, use.object)
		}
	}
	ofClaims, ofHandles := map[string]*time.Time{}, map[string]*time.Time{}
	for _, s := range c.Snapshots.Items {
		if s.Claim != "" {
			key := s.Namespace + "/" + s.Claim
			ofClaims[key] = newest(ofClaims[key], s.CreatedAt)
		}
	}
	for _, content := range r.contents {
		if content.volume != "" {
			ofHandles[content.volume] = newest(ofHandles[content.volume], content.createdAt)
		}
	}
	for i := range c.Volumes.Items {
		v := &c.Volumes.Items[i]
		v.Workloads = r.usersOf(v.Claim)
		v.NewestSnapshotAt = newest(ofClaims[v.Claim], ofHandles[v.Handle])
	}
	c.Volumes = completed(r, c.Volumes.Items, func(a, b inventory.Volume) int {
		return cmp.Compare(a.Name, b.Name)
	}, "persistentvolumes")
	c.StorageClasses = completed(r, c.StorageClasses.Items, func(a, b inventory.StorageClass) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	}, "storageclasses.storage.k8s.io", "volumesnapshotclasses.snapshot.storage.k8s.io")
}

// claimTemplate is a template of claims in a workload, or a claim: what names a StorageClass.
type claimTemplate struct{ class, object string }

// newest returns the later of two times; nil is none.
func newest(a, b *time.Time) *time.Time {
	if a == nil || b != nil && b.After(*a) {
		return b
	}
	return a
}

// usersOf returns the workloads that mount a claim "namespace/name".
func (r *inventoryReader) usersOf(claim string) []string {
	users := slices.Collect(maps.Keys(r.claimUsers[claim]))
	// A template makes one claim for each pod, with the pod's number: "data-db-0".
	if prefix := strings.TrimRight(claim, "0123456789"); prefix != claim {
		users = slices.AppendSeq(users, maps.Keys(r.claimUsers[prefix+"*"]))
	}
	return sortedSet(users)
}

// addTemplate records a workload, except one that another workload creates.
func (r *inventoryReader) addTemplate(o *unstructured.Unstructured) {
	if owner := metav1.GetControllerOf(o); owner != nil && isKubernetesGroup(owner.APIVersion) {
		return
	}
	r.addPods(o, nil)
}

// addPods records a workload, or a pod or a ReplicaSet with the custom resource that created it.
func (r *inventoryReader) addPods(o *unstructured.Unstructured, owner *metav1.OwnerReference) {
	template := podTemplate(o)
	pod := template.at("spec")
	w := inventory.Workload{
		Kind: o.GetKind(), Namespace: o.GetNamespace(), Name: o.GetName(), Images: []string{},
		ServiceAccount: pod.text("serviceAccountName"), FromScaleway: addons.IsManaged(o),
	}
	if owner != nil {
		w.Kind, w.Name = owner.Kind, owner.Name
	}
	if namespace, name, ok := inventory.ReleaseOf(inventory.Object{Annotations: o.GetAnnotations()}); ok {
		w.Release = namespace + "/" + name
	}
	if m := manifest(o.Object); m.has("spec", "replicas") {
		replicas := m.number("spec", "replicas")
		w.Replicas = &replicas
	}
	containers := slices.Concat(pod.list("initContainers"), pod.list("containers"), pod.list("ephemeralContainers"))
	for _, c := range containers {
		if image := c.text("image"); image != "" {
			w.Images = append(w.Images, image)
		}
	}
	for _, secret := range pod.list("imagePullSecrets") {
		w.PullSecrets = append(w.PullSecrets, secret.text("name"))
	}
	for _, volume := range pod.list("volumes") {
		if claim := volume.text("persistentVolumeClaim", "claimName"); claim != "" {
			w.Claims = append(w.Claims, claim)
		}
	}
	for _, claim := range manifest(o.Object).list("spec", "volumeClaimTemplates") {
		w.Claims = append(w.Claims, claim.text("metadata", "name")+"-"+w.Name+"-*")
	}
	w.Images, w.PullSecrets, w.Claims = sortedSet(w.Images), sortedSet(w.PullSecrets), sortedSet(w.Claims)
	for _, claim := range w.Claims {
		key := w.Namespace + "/" + claim
		if r.claimUsers[key] == nil {
			r.claimUsers[key] = map[string]bool{}
		}
		r.claimUsers[key][w.ID()] = true
	}
	if i, isKnown := r.workloads[w.ID()]; isKnown { // Another pod of the same custom resource.
		known := &r.found.Workloads.Items[i]
		known.Images = sortedSet(append(known.Images, w.Images...))
		known.Claims = sortedSet(append(known.Claims, w.Claims...))
	} else {
		r.workloads[w.ID()] = len(r.found.Workloads.Items)
		appendTo(&r.found.Workloads, w)
	}
	if !w.FromScaleway {
		r.addPlacement(w, o, pod)
	}
}

// addPlacement records the provider-specific settings of a workload.
func (r *inventoryReader) addPlacement(w inventory.Workload, o *unstructured.Unstructured, pod manifest) {
	id := w.ID()
	add := func(subject inventory.Subject, key string, values ...string) {
		if value, ok := inventory.PlacementValue(key, values...); ok {
			r.adder.Add(subject, value, id)
		}
	}
	for key, value := range pod.at("nodeSelector") {
		text, _ := value.(string)
		add(inventory.NodeSelector, key, text)
	}
	affinity := pod.at("affinity", "nodeAffinity")
	terms := affinity.list("requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
	for _, preferred := range affinity.list("preferredDuringSchedulingIgnoredDuringExecution") {
		terms = append(terms, preferred.at("preference"))
	}
	for _, term := range terms {
		for _, expression := range term.list("matchExpressions") {
			add(inventory.NodeAffinity, expression.text("key"), expression.texts("values")...)
		}
	}
	for _, toleration := range pod.list("tolerations") {
		add(inventory.TolerationKey, toleration.text("key"))
	}
	for _, constraint := range pod.list("topologySpreadConstraints") {
		add(inventory.TopologyKey, constraint.text("topologyKey"))
	}
	for _, kind := range []string{"podAffinity", "podAntiAffinity"} {
		pods := pod.at("affinity", kind)
		for _, term := range pods.list("requiredDuringSchedulingIgnoredDuringExecution") {
			add(inventory.TopologyKey, term.text("topologyKey"))
		}
		for _, term := range pods.list("preferredDuringSchedulingIgnoredDuringExecution") {
			add(inventory.TopologyKey, term.text("podAffinityTerm", "topologyKey"))
		}
	}
	isOwn := false
	for _, image := range w.Images {
		name, _, _ := assessment.ParseImage(image)
		registry, path, _ := strings.Cut(name, "/")
		if inventory.IsScalewayHost(registry) {
			namespace, _, _ := strings.Cut(path, "/")
			r.adder.Add(inventory.RegistryName, registry+"/"+namespace, id)
			isOwn = true
		}
	}
	for _, secret := range w.PullSecrets {
		if isOwn {
			r.adder.Add(inventory.PullSecret, w.Namespace+"/"+secret, id)
		}
	}
	for _, claim := range manifest(o.Object).list("spec", "volumeClaimTemplates") {
		r.templates = append(r.templates, claimTemplate{claim.text("spec", "storageClassName"), id})
	}
}
