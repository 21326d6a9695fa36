package guardrails_test

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	objects "github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/operations/guardrails"
)

func changedNames(changes []objects.PolicyChange) []string {
	names := []string{}
	for _, change := range changes {
		names = append(names, change.Policy.Name)
	}
	return names
}

// TestRefusalChanges finds the policies that newly refuse objects: all of them for a cluster without guardrails, and
// those that are stricter or were changed in the cluster for an update.
func TestRefusalChanges(t *testing.T) {
	t.Parallel()
	stricter := desired()
	stricter.NodeDisk.Action = objects.Deny
	if found := changedNames(stricter.RefusalChanges(guardrails.Observed{})); !slices.Contains(found, objects.Claims) ||
		!slices.Contains(found, objects.NodeDisk) {
		t.Errorf("create: %q", found)
	}
	state := guardrails.Observed{Settings: desired().Settings, Drift: []kubernetes.Difference{
		{Object: "ValidatingAdmissionPolicyBinding/srm-claims", Found: "absent"},
		{Object: "ValidatingAdmissionPolicy/srm-volumes", Field: "spec.validations", Found: "[]"},
		{Object: "ValidatingAdmissionPolicy/srm-restores", Field: "metadata.labels[x]", Found: "absent"},
		{Object: "StorageClass/srm-storage-classes", Found: "absent"},
	}}
	want := []string{objects.Claims, objects.Volumes, objects.NodeDisk}
	if found := changedNames(stricter.RefusalChanges(state)); !slices.Equal(found, want) {
		t.Errorf("update: %q, want %q", found, want)
	}
	state = guardrails.Observed{Settings: stricter.Settings}
	if found := changedNames(desired().RefusalChanges(state)); len(found) > 0 {
		t.Errorf("a less strict policy: %q", found)
	}
}

// TestCountRefused counts the objects that a new policy refuses. It counts the pods in the namespace of the Secrets
// only if the guardrails are new.
func TestCountRefused(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	for _, namespace := range []string{"srm-system", "web"} {
		s.create(namespacesPath, `{apiVersion: v1, kind: Namespace, metadata: {name: `+namespace+`}}`)
		s.create(namespacesPath+"/"+namespace+"/pods", `{apiVersion: v1, kind: Pod, metadata: {name: cache}, `+
			`spec: {volumes: [{name: tmp, emptyDir: {}}], containers: [{name: main, image: main}]}}`)
	}
	stricter := desired()
	stricter.NodeDisk.Action = objects.Deny
	create, update := stricter.RefusalChanges(guardrails.Observed{}), stricter.RefusalChanges(
		guardrails.Observed{Settings: desired().Settings},
	)
	create = slices.DeleteFunc(create, func(c objects.PolicyChange) bool {
		return c.Policy.Name != objects.Claims && c.Policy.Name != objects.NodeDisk
	})
	for _, test := range []struct {
		changes []objects.PolicyChange
		pods    []string
	}{{create, []string{"srm-system/cache"}}, {update, nil}} {
		count, err := guardrails.CountRefused(t.Context(), s.client, stricter, test.changes)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(count.Pods, test.pods) || !slices.ContainsFunc(
			count.Refused, func(r kubernetes.PolicyRefusals) bool {
				return r.Policy == objects.NodeDisk && r.Namespace == "web" &&
					slices.Equal(r.Names, []string{"Pod cache"})
			},
		) {
			t.Errorf("changes %q: %+v", changedNames(test.changes), count)
		}
	}
	s.checkWrites()
}

// TestMissingNamespaces finds namespaces that do not exist, with the most similar existing name.
func TestMissingNamespaces(t *testing.T) {
	t.Parallel()
	s := newAPIServer(t)
	for _, name := range []string{"default", "databases"} {
		s.create(namespacesPath, `{kind: Namespace, metadata: {name: `+name+`}}`)
	}
	names := []string{"default", "database", "billing"}
	found, err := guardrails.MissingNamespaces(t.Context(), s.client, names)
	if want := map[string]string{"database": "databases", "billing": ""}; err != nil || !maps.Equal(found, want) {
		t.Errorf("%v, found %v", err, found)
	}
	s.fail(http.MethodGet, namespacesPath, http.StatusForbidden)
	if _, err := guardrails.MissingNamespaces(t.Context(), s.client, names); !kubernetes.Is(err, kubernetes.Forbidden) {
		t.Errorf("the error is %v", err)
	}
}
