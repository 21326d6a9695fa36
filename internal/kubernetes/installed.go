package kubernetes

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// InstalledGuardrails are the guardrails that the objects of a cluster show, without its Secrets.
type InstalledGuardrails struct {
	// Settings are the settings that the cluster records, or nil if they are absent or cannot be read.
	Settings *guardrails.Settings
	// Owner is the owner in the ownership record; CreatedAt is when that record, or else the policy on claims, was
	// created.
	Owner     string
	CreatedAt time.Time
	// Digest is the digest of the policies and bindings.
	Digest string
	// Altered are the objects that differ from what this release writes for the settings, as "Kind/name". Written are
	// those of which only this provider has set the fields that differ: another release of it wrote them.
	Altered, Written []string
	// Loosened are the policies whose bindings are less strict than the default.
	Loosened []string
}

// FindGuardrails returns the guardrails among the ValidatingAdmissionPolicies, their bindings and the StorageClasses of
// a cluster, or nil if there are none.
func FindGuardrails(policies, bindings, classes []*unstructured.Unstructured) *InstalledGuardrails {
	actual := map[string]map[string]*unstructured.Unstructured{}
	for kind, objects := range map[string][]*unstructured.Unstructured{
		guardrails.KindPolicy: policies, guardrails.KindBinding: bindings, guardrails.KindClass: classes,
	} {
		actual[kind] = map[string]*unstructured.Unstructured{}
		for _, object := range objects {
			actual[kind][object.GetName()] = object
		}
	}
	record := actual[guardrails.KindPolicy][guardrails.OwnerRecordName]
	claims := actual[guardrails.KindPolicy][guardrails.Claims]
	if record == nil && !slices.ContainsFunc(policies, func(o *unstructured.Unstructured) bool {
		return guardrails.IsPolicy(o.GetName())
	}) {
		return nil
	}
	found := &InstalledGuardrails{}
	annotation := ""
	for _, policy := range []*unstructured.Unstructured{claims, record} {
		if policy == nil {
			continue
		}
		found.CreatedAt = policy.GetCreationTimestamp().UTC()
		if annotation == "" {
			annotation = policy.GetAnnotations()[guardrails.AnnotationSettings]
		}
	}
	if record != nil {
		found.Owner = guardrails.ParseOwnerRecord(record.GetAnnotations()).Owner
	}
	for _, binding := range bindings {
		policy, _, _ := unstructured.NestedString(binding.Object, "spec", "policyName")
		actions, _, _ := unstructured.NestedStringSlice(binding.Object, "spec", "validationActions")
		if policy == binding.GetName() && guardrails.IsLoosened(policy, actions) {
			found.Loosened = append(found.Loosened, policy)
		}
	}
	settings, err := guardrails.Decode(annotation)
	if err != nil {
		_, found.Digest = compareObjects(guardrails.Settings{}, actual)
		found.Altered = []string{guardrails.KindPolicy + "/" + guardrails.Claims}
		return found
	}
	found.Settings = &settings
	differences, digest := compareObjects(settings, actual)
	found.Digest = digest
	for _, d := range differences {
		list := &found.Altered
		if d.Owner == guardrails.FieldManager {
			list = &found.Written
		}
		if !slices.Contains(*list, d.Object) {
			*list = append(*list, d.Object)
		}
	}
	found.Written = slices.DeleteFunc(found.Written, func(o string) bool { return slices.Contains(found.Altered, o) })
	for _, list := range [][]string{found.Altered, found.Written, found.Loosened} {
		slices.SortFunc(list, strings.Compare)
	}
	return found
}
