package guardrails

import "strconv"

// The kinds of objects.
const (
	KindPolicy  = "ValidatingAdmissionPolicy"
	KindBinding = "ValidatingAdmissionPolicyBinding"
	KindClass   = "StorageClass"
	// The kinds of what policies look up.
	KindRole        = "Role"
	KindRoleBinding = "RoleBinding"
)

// Object is one object as it shall be.
type Object struct {
	Kind, Name string
	// Content is the whole object as JSON values: map[string]any, []any, string, bool, int64.
	Content map[string]any
	// Exact are the fields at the top in which nothing else may stand.
	Exact []string
}

// Namespace is that of the object; "" is the cluster's scope.
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
	return Object{Kind: kind, Name: name, Content: content, Exact: ordered(exact)}
}

// Class is the encrypted StorageClass.
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

// parameters are those of the class, which point the driver to the Secret of the current version.
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

// ShippedClasses are the StorageClasses that Kapsule ships, those of the driver's older line included: they stay, and
// no claim may use them.
func ShippedClasses() []string {
	return []string{"sbs-15k", "sbs-5k", "sbs-default", "scw-bssd", "scw-bssd-retain"}
}
