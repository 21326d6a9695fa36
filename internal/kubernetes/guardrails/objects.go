package guardrails

import "strconv"

// Kinds of the objects of the guardrails.
const (
	KindPolicy  = "ValidatingAdmissionPolicy"
	KindBinding = "ValidatingAdmissionPolicyBinding"
	KindClass   = "StorageClass"
	// KindSnapshotClass is the kind of the class of snapshots, if the settings have one.
	KindSnapshotClass = "VolumeSnapshotClass"
	// Kinds of the objects with the lookup data.
	KindRole        = "Role"
	KindRoleBinding = "RoleBinding"
)

// Object is the desired state of an object.
type Object struct {
	Kind, Name string
	// Content is the complete object as JSON values: map[string]any, []any, string, bool, int64.
	Content map[string]any
	// ExactFields are the top-level fields that must not have any other content.
	ExactFields []string
}

// Namespace returns the namespace of the object, or "" for cluster scope.
func (o Object) Namespace() string {
	metadata, _ := o.Content["metadata"].(map[string]any)
	namespace, _ := metadata["namespace"].(string)
	return namespace
}

func (o Object) setNamespace(namespace string) {
	if metadata, ok := o.Content["metadata"].(map[string]any); ok {
		metadata["namespace"] = namespace
	}
}

// newObject returns an object with the label of the provider. Its fields are exact.
func newObject(apiVersion, kind, name string, annotations map[string]any, fields map[string]any) Object {
	metadata := map[string]any{"name": name, "labels": map[string]any{LabelManagedBy: FieldManager}}
	if len(annotations) > 0 {
		metadata["annotations"] = annotations
	}
	content := map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": metadata}
	exact := []string{}
	for field, value := range fields {
		content[field] = value
		exact = append(exact, field)
	}
	return Object{Kind: kind, Name: name, Content: content, ExactFields: sortedUnique(exact)}
}

// Class returns the encrypted StorageClass.
func (s Settings) Class() Object {
	zones := []any{}
	for _, zone := range s.sorted().Zones {
		zones = append(zones, zone)
	}
	parameters := map[string]any{}
	for key, value := range s.parameters() {
		parameters[key] = value
	}
	return newObject("storage.k8s.io/v1", KindClass, s.ClassName, map[string]any{
		AnnotationDefaultClass: "true",
	}, map[string]any{
		"provisioner":          Provisioner,
		"parameters":           parameters,
		"reclaimPolicy":        s.ReclaimPolicy,
		"volumeBindingMode":    "WaitForFirstConsumer",
		"allowVolumeExpansion": true,
		"allowedTopologies": []any{map[string]any{"matchLabelExpressions": []any{
			map[string]any{"key": "topology.csi.scaleway.com/zone", "values": zones},
		}}},
	})
}

// parameters returns the parameters of the class, which refer to the Secret of the current version.
func (s Settings) parameters() map[string]string {
	secret := SecretName(s.Version)
	return map[string]string{
		"encrypted": "true",
		"iops":      strconv.FormatInt(s.IOPS, 10),
		"csi.storage.k8s.io/node-stage-secret-name":       secret,
		"csi.storage.k8s.io/node-stage-secret-namespace":  s.Namespace,
		"csi.storage.k8s.io/node-expand-secret-name":      secret,
		"csi.storage.k8s.io/node-expand-secret-namespace": s.Namespace,
	}
}

// ShippedClasses returns the StorageClasses that Kapsule ships, including those of older driver versions. The
// guardrails keep them, but the policies refuse claims that use them.
func ShippedClasses() []string {
	return []string{"sbs-15k", "sbs-5k", "sbs-default", "scw-bssd", "scw-bssd-retain"}
}
