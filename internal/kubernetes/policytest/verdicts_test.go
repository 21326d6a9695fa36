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

// manifest is one document of testdata. Its comments at the top say what is expected:
//
//	# expect: VERDICT | reason
//	# derived KIND/NAME: VERDICT
//	# as: USER GROUP...
type manifest struct {
	file     string
	object   *unstructured.Unstructured
	expected verdict
	why      string
	// derived are the verdicts on what controllers would make of the object.
	derived map[string]verdict
	// who makes the request; nobody is an administrator of the cluster.
	who []string
}

func readManifests(t *testing.T) []manifest {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal("no manifests", err)
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
	m := manifest{file: file, object: parse(t, document), derived: map[string]verdict{}}
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
			m.expected, m.why = verdict(expected), why
		case key == "as":
			m.who = strings.Fields(value)
		case derived && isVerdict(verdict(value)):
			m.derived[name] = verdict(value)
		default:
			t.Fatalf("%s: the comment %q is none of those that manifests have", file, comment)
		}
	}
	if !isVerdict(m.expected) || m.why == "" {
		t.Fatalf("%s: no verdict and reason above the manifest:\n%s", file, document)
	}
	return m
}

// policyFor is the policy that a manifest is about.
func policyFor(file string, object *unstructured.Unstructured) string {
	switch file {
	case "restores.yaml":
		return guardrails.Restores
	case "kube-system.yaml":
		return guardrails.Changes
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

func title(object *unstructured.Unstructured) string {
	return strings.TrimPrefix(fmt.Sprintf("%s/%s/%s", object.GetNamespace(), object.GetKind(), object.GetName()), "/")
}

// TestVerdicts tries each manifest, and what the controllers would make of it, and compares the verdicts of the
// policies.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	manifests := readManifests(t)
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.as(t, nil)
	namespaces := []string{}
	for _, m := range manifests {
		namespaces = append(namespaces, m.object.GetNamespace())
	}
	createNamespaces(t, client, namespaces...)
	installGateways(t, client)
	// The Secret of an older version, which static volumes may name.
	createNamespaces(t, client, "srm-system")
	create(t, client, parse(t, "{apiVersion: v1, kind: Secret, metadata: {name: srm-passphrase-v3, namespace: "+
		"srm-system}}"))
	guard(t, server)

	table := table{}
	t.Log("object | policy | expected | actual | reason")
	for _, m := range manifests {
		table.row(
			t, m.object, title(m.object), policyFor(m.file, m.object), m.expected, cluster.try(t, m.who, m.object), m.why,
		)
		made := derive(t, m.object)
		for _, name := range slices.Sorted(maps.Keys(made)) {
			expected, ok := m.derived[name]
			if !ok {
				t.Errorf("%s of %s has no expected verdict", name, title(m.object))
				continue
			}
			table.row(
				t, made[name], title(made[name]), policyFor(m.file, made[name]), expected, cluster.try(t, m.who, made[name]),
				"Made for "+title(m.object)+": "+m.why,
			)
		}
		for name := range m.derived {
			if made[name] == nil {
				t.Errorf("a verdict on %s is expected, which nothing makes for %s", name, title(m.object))
			}
		}
	}
	table.summary(t)
	if table.rows < 80 {
		t.Errorf("only %d objects were tried", table.rows)
	}
}

// derive makes, by kind and name, what the controllers would make of an object: the first pod of a workload, the claims
// of a StatefulSet's claim templates, and those of generic ephemeral volumes. No controller runs beside the API server,
// and the policies judge what controllers create, not the templates.
func derive(t *testing.T, object *unstructured.Unstructured) map[string]*unstructured.Unstructured {
	t.Helper()
	made := map[string]*unstructured.Unstructured{}
	add := func(o *unstructured.Unstructured) { made[o.GetKind()+"/"+o.GetName()] = o }
	pod := object
	if object.GetKind() != "Pod" {
		template := field(t, object.Object, "spec", "template")
		if template == nil {
			return made
		}
		pod = child(t, "Pod", object.GetName()+"-0", object, template)
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
			claim := child(t, "PersistentVolumeClaim", name+"-"+pod.GetName(), object, template)
			add(claim)
			// The claim takes the place of a volume of its name.
			volumes = slices.DeleteFunc(volumes, func(v any) bool { return asMap(t, v)["name"] == name })
			volumes = append(
				volumes, map[string]any{"name": name, "persistentVolumeClaim": map[string]any{"claimName": claim.GetName()}},
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
		if template := field(t, volume, "ephemeral", "volumeClaimTemplate"); template != nil {
			name, _, _ := unstructured.NestedString(volume, "name")
			add(child(t, "PersistentVolumeClaim", pod.GetName()+"-"+name, pod, template))
		}
	}
	return made
}

// child is an object of a template: its labels, annotations and spec.
func child(
	t *testing.T, kind, name string, parent *unstructured.Unstructured, template map[string]any,
) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{
		Object: map[string]any{"apiVersion": "v1", "kind": kind, "spec": field(t, template, "spec")},
	}
	o.SetName(name)
	o.SetNamespace(parent.GetNamespace())
	of := &unstructured.Unstructured{Object: template}
	o.SetLabels(of.GetLabels())
	o.SetAnnotations(of.GetAnnotations())
	return o
}

// field is a copy of a map within a map; nil where it is absent.
func field(t *testing.T, content map[string]any, path ...string) map[string]any {
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
		t.Fatalf("%v is no map", value)
	}
	return m
}
