package policytest

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// manifest is one document in testdata. The comments at its top have the expected decisions:
//
//	# expect: DECISION | reason
//	# derived KIND/NAME: DECISION
//	# as: USER GROUP...
type manifest struct {
	file     string
	object   *unstructured.Unstructured
	expected decision
	reason   string
	// derived holds the decisions on objects that controllers would create from this one.
	derived map[string]decision
	// user is the user with groups that sends the request; an administrator of the cluster if empty.
	user []string
}

func readManifests(t *testing.T) []manifest {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no manifests found, error %v", err)
	}
	found := []manifest{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range strings.Split(string(raw), "\n---\n") {
			found = append(found, readManifest(t, filepath.Base(file), document))
		}
	}
	return found
}

func readManifest(t *testing.T, file, document string) manifest {
	t.Helper()
	m := manifest{file: file, object: parse(t, document), derived: map[string]decision{}}
	for line := range strings.Lines(document) {
		comment, ok := strings.CutPrefix(strings.TrimSpace(line), "# ")
		if !ok {
			break
		}
		key, value, _ := strings.Cut(comment, ": ")
		name, derived := strings.CutPrefix(key, "derived ")
		switch {
		case key == "expect":
			expected, why, _ := strings.Cut(value, " | ")
			m.expected, m.reason = decision(expected), why
		case key == "as":
			m.user = strings.Fields(value)
		case derived && isDecision(decision(value)):
			m.derived[name] = decision(value)
		default:
			t.Fatalf("%s: unknown comment %q", file, comment)
		}
	}
	if !isDecision(m.expected) || m.reason == "" {
		t.Fatalf("%s: no decision and reason above the manifest:\n%s", file, document)
	}
	return m
}

// testedPolicy returns the policy that a manifest tests.
func testedPolicy(file string, object *unstructured.Unstructured) string {
	switch file {
	case "restores.yaml":
		return guardrails.Restores
	case "kube-system.yaml":
		return guardrails.KubeSystemChanges
	case "pod-volumes.yaml":
		return guardrails.PodVolumes
	}
	name, ok := map[string]string{
		"PersistentVolumeClaim": guardrails.Claims, "PersistentVolume": guardrails.Volumes,
		"StorageClass": guardrails.Classes,
		"Service":      guardrails.LoadBalancers, "Ingress": guardrails.Ingresses, "Gateway": guardrails.Gateways,
		"Pod": guardrails.NodeDisk,
	}[object.GetKind()]
	if !ok {
		return "none"
	}
	return name
}

// title returns the namespace, kind and name of an object.
func title(object *unstructured.Unstructured) string {
	return strings.TrimPrefix(fmt.Sprintf("%s/%s/%s", object.GetNamespace(), object.GetKind(), object.GetName()), "/")
}

// TestManifestDecisions compares the decisions on each manifest, and on the objects that controllers would create from
// it, with the expected ones.
func TestManifestDecisions(t *testing.T) {
	t.Parallel()
	manifests := readManifests(t)
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	namespaces := []string{}
	for _, m := range manifests {
		namespaces = append(namespaces, m.object.GetNamespace())
	}
	createNamespaces(t, client, namespaces...)
	installGateways(t, client)
	// The Secret of an older version, which static volumes may reference.
	createNamespaces(t, client, "srm-system")
	createObject(t, client, parse(t, "{apiVersion: v1, kind: Secret, metadata: {name: srm-passphrase-v3, namespace: "+
		"srm-system}}"))
	applyGuardrails(t, server)

	table := table{}
	t.Log("object | policy | expected | actual | reason")
	for _, m := range manifests {
		table.row(
			t,
			m.object,
			title(m.object),
			testedPolicy(m.file, m.object),
			m.expected,
			cluster.dryRunCreate(t, m.user, m.object),
			m.reason,
		)
		objects := deriveObjects(t, m.object)
		for _, name := range slices.Sorted(maps.Keys(objects)) {
			expected, ok := m.derived[name]
			if !ok {
				t.Errorf("%s, derived from %s, has no expected decision", name, title(m.object))
				continue
			}
			table.row(
				t, objects[name], title(objects[name]), testedPolicy(m.file, objects[name]), expected,
				cluster.dryRunCreate(t, m.user, objects[name]), "Created from "+title(m.object)+": "+m.reason,
			)
		}
		for name := range m.derived {
			if objects[name] == nil {
				t.Errorf("a decision on %s is expected, but %s has no such derived object", name, title(m.object))
			}
		}
	}
	table.summary(t)
	if table.rows < 80 {
		t.Errorf("only %d objects were tested", table.rows)
	}
}

// deriveObjects returns the objects that controllers would create from an object, by kind and name: the first pod of a
// workload, the claims of a StatefulSet's claim templates, and those of generic ephemeral volumes. The tests run no
// controllers.
func deriveObjects(t *testing.T, object *unstructured.Unstructured) map[string]*unstructured.Unstructured {
	t.Helper()
	derived := map[string]*unstructured.Unstructured{}
	add := func(o *unstructured.Unstructured) { derived[o.GetKind()+"/"+o.GetName()] = o }
	pod := object
	if object.GetKind() != "Pod" {
		template := nestedMap(t, object.Object, "spec", "template")
		if template == nil {
			return derived
		}
		pod = newFromTemplate(t, "Pod", object.GetName()+"-0", object, template)
		claims, _, err := unstructured.NestedSlice(object.Object, "spec", "volumeClaimTemplates")
		if err != nil {
			t.Fatal(err)
		}
		volumes, _, err := unstructured.NestedSlice(pod.Object, "spec", "volumes")
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range claims {
			template := asMap(t, entry)
			name, _, _ := unstructured.NestedString(template, "metadata", "name")
			claim := newFromTemplate(t, "PersistentVolumeClaim", name+"-"+pod.GetName(), object, template)
			add(claim)
			// The claim replaces a volume of the same name.
			volumes = slices.DeleteFunc(volumes, func(v any) bool { return asMap(t, v)["name"] == name })
			volumes = append(
				volumes, map[string]any{
					"name": name, "persistentVolumeClaim": map[string]any{"claimName": claim.GetName()},
				},
			)
		}
		if len(volumes) > 0 {
			if err := unstructured.SetNestedSlice(pod.Object, volumes, "spec", "volumes"); err != nil {
				t.Fatal(err)
			}
		}
		add(pod)
	}
	volumes, _, err := unstructured.NestedSlice(pod.Object, "spec", "volumes")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range volumes {
		volume := asMap(t, entry)
		if template := nestedMap(t, volume, "ephemeral", "volumeClaimTemplate"); template != nil {
			name, _, _ := unstructured.NestedString(volume, "name")
			add(newFromTemplate(t, "PersistentVolumeClaim", pod.GetName()+"-"+name, pod, template))
		}
	}
	return derived
}

// newFromTemplate returns an object with the labels, annotations and spec of a template.
func newFromTemplate(
	t *testing.T, kind, name string, parent *unstructured.Unstructured, template map[string]any,
) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{
		Object: map[string]any{"apiVersion": "v1", "kind": kind, "spec": nestedMap(t, template, "spec")},
	}
	o.SetName(name)
	o.SetNamespace(parent.GetNamespace())
	source := &unstructured.Unstructured{Object: template}
	o.SetLabels(source.GetLabels())
	o.SetAnnotations(source.GetAnnotations())
	return o
}

// nestedMap returns a copy of a nested map, or nil if it is absent.
func nestedMap(t *testing.T, content map[string]any, path ...string) map[string]any {
	t.Helper()
	found, _, err := unstructured.NestedMap(content, path...)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func asMap(t *testing.T, value any) map[string]any {
	t.Helper()
	m, ok := value.(map[string]any)
	if !ok {
		t.Fatalf("%v is not a map", value)
	}
	return m
}
