package inventory

import (
	"slices"
	"strings"
)

// Annotations and labels that name what installed an object.
const (
	annotationRelease          = "meta.helm.sh/release-name"
	annotationReleaseNamespace = "meta.helm.sh/release-namespace"
	labelOLMOwner              = "olm.owner"
	labelOLMPrefix             = "operators.coreos.com/"
)

// ReleaseOf returns the Helm release that an object belongs to, and false if it belongs to none.
func ReleaseOf(o Object) (namespace, name string, ok bool) {
	name = o.Annotations[annotationRelease]
	return o.Annotations[annotationReleaseNamespace], name, name != ""
}

// Operators returns what installed a custom resource definition, sorted, and the label or annotation that names it.
// Both are empty if none does. Only the labels of OLM may name several: each operator that provides or needs the
// definition adds one.
func Operators(o Object) (operators []string, source string) {
	if namespace, name, ok := ReleaseOf(o); ok {
		return []string{namespace + "/" + name}, annotationRelease
	}
	if owner := o.Labels[labelOLMOwner]; owner != "" {
		return []string{owner}, labelOLMOwner
	}
	for key := range o.Labels {
		if owner, ok := strings.CutPrefix(key, labelOLMPrefix); ok {
			operators = append(operators, owner)
		}
	}
	if len(operators) > 0 {
		slices.Sort(operators)
		return operators, labelOLMPrefix
	}
	for _, key := range []string{
		"app.kubernetes.io/instance", "app.kubernetes.io/part-of", "app.kubernetes.io/name", labelManagedBy, "app",
	} {
		if owner := o.Labels[key]; owner != "" {
			return []string{owner}, key
		}
	}
	return nil, ""
}
