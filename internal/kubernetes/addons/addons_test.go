package addons

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func parseObject(t *testing.T, manifest string) unstructured.Unstructured {
	t.Helper()
	content := map[string]any{}
	if err := yaml.Unmarshal([]byte(manifest), &content); err != nil {
		t.Fatal(err)
	}
	return unstructured.Unstructured{Object: content}
}

// managedObject returns an object in kube-system whose managedFields have an entry of Scaleway and the given one.
func managedObject(t *testing.T, name, manager, subresource, fields string) unstructured.Unstructured {
	t.Helper()
	return parseObject(t, fmt.Sprintf(`
metadata:
  name: %s
  namespace: kube-system
  managedFields:
  - {manager: kapsule, operation: Update, time: "2026-11-01T00:00:00Z", fieldsV1: {"f:spec": {"f:template": {}}}}
  - {manager: %q, operation: Update, subresource: %q, time: "2026-11-20T10:00:00Z", fieldsV1: %s}
`, name, manager, subresource, fields))
}

func TestAlterations(t *testing.T) {
	t.Parallel()
	const image = `{"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"coredns\"}": {".": {}, ` +
		`"f:image": {}, "f:args": {}}}}}}}`
	for name, test := range map[string]struct {
		plural string
		object unstructured.Unstructured
		want   []string // component, manager, fields
	}{
		"image": {
			"deployments", managedObject(t, "coredns", "kubectl-edit", "", image), []string{
				"CoreDNS", "kubectl-edit", "spec.template.spec.containers[coredns].args",
				"spec.template.spec.containers[coredns].image",
			},
		},
		"data": {"configmaps", managedObject(t, "coredns", "kubectl-client-side-apply", "", `{"f:data": `+
			`{"f:Corefile": {}}}`), []string{"CoreDNS", "kubectl-client-side-apply", "data.Corefile"}},
		"binaryData": {
			"configmaps", managedObject(
				t, "cilium-config", "Helm/3.1", "", `{"f:binaryData": {"f:x": {}}}`,
			), []string{"container network (CNI)", "Helm/3.1", "binaryData.x"},
		},
		"scale subresource": {"deployments", managedObject(t, "cilium-operator", "kubectl-scale", "scale",
			`{"f:spec": `+
				`{"f:replicas": {}}}`), []string{"container network (CNI)", "kubectl-scale", "spec.replicas"}},
		"GitOps controller": {"daemonsets", managedObject(t, "csi-node", "argocd-controller", "", `{"f:spec": `+
			`{"f:updateStrategy": {"f:type": {}}}}`), []string{
			"storage (CSI)", "argocd-controller", "spec.updateStrategy.type",
		}},
		"element of a set": {"daemonsets", managedObject(t, "kube-proxy", "Terraform", "",
			`{"f:spec": {"f:finalizers": `+
				`{"v:\"x\"": {}}}}`), []string{"kube-proxy", "Terraform", "spec.finalizers"}},
		"only labels": {"deployments", managedObject(t, "coredns", "kubectl-label", "", `{"f:metadata": {"f:labels": `+
			`{"f:team": {}}}}`), nil},
		"only status": {"deployments", managedObject(t, "coredns", "kubectl-edit", "status",
			`{"f:spec": {"f:replicas": `+
				`{}}, "f:status": {"f:replicas": {}}}`), nil},
		"rollout restart": {"deployments", managedObject(t, "coredns", "kubectl-rollout", "",
			`{"f:spec": {"f:template": `+
				`{"f:metadata": {"f:annotations": {".": {}, "f:kubectl.kubernetes.io/restartedAt": {}}}}}}`), nil},
		"annotations after a second restart": {"deployments", managedObject(t, "coredns", "kubectl-rollout", "",
			`{"f:spec": `+
				`{"f:template": {"f:metadata": {"f:annotations": {}}}}}`), nil},
		"annotation of the user": {"deployments", managedObject(t, "coredns", "kubectl-edit", "", `{"f:spec": `+
			`{"f:template": `+
			`{"f:metadata": {"f:annotations": {"f:own/restartedAt": {}}}}}}`), []string{
			"CoreDNS", "kubectl-edit", "spec.template.metadata.annotations.own/restartedAt",
		}},
		"unreadable fields": {
			"deployments", managedObject(
				t, "coredns", "kubectl-edit", "", `[]`,
			), []string{"CoreDNS", "kubectl-edit", "fields that cannot be read"},
		},
		"Kubernetes controller": {"deployments", managedObject(t, "coredns", "kube-controller-manager", "",
			`{"f:spec": `+
				`{"f:replicas": {}}}`), nil},
		"not an add-on": {
			"deployments", managedObject(t, "ingress-nginx", "kubectl-edit", "", image), nil,
		},
		"name with a longer first word": {"deployments", managedObject(t, "corednsx", "kubectl-edit", "", image), nil},
		"similar manager name":          {"deployments", managedObject(t, "coredns", "helmet", "", image), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := Inspect(map[string][]unstructured.Unstructured{test.plural: {test.object}})
			if len(test.want) == 0 {
				if len(found.Altered) != 0 {
					t.Errorf("got %+v", found.Altered)
				}
				return
			}
			if len(found.Altered) != 1 {
				t.Fatalf("got %+v", found.Altered)
			}
			a := found.Altered[0]
			if got := append([]string{a.Component, a.Manager}, a.Fields...); !slices.Equal(got, test.want) {
				t.Errorf("got %q", got)
			}
			if a.Object != test.plural+"/"+test.object.GetName() || a.Time.Format("2006-01-02") != "2026-11-20" {
				t.Errorf("got %+v", a)
			}
		})
	}
}

func TestOtherNamespaceIsNotManaged(t *testing.T) {
	t.Parallel()
	elsewhere := managedObject(t, "coredns", "kubectl-edit", "", `{"f:spec": {"f:replicas": {}}}`)
	elsewhere.SetNamespace("dns")
	if found := Inspect(
		map[string][]unstructured.Unstructured{"deployments": {elsewhere}},
	); len(found.Altered) != 0 || len(found.UnknownManagers) != 0 {
		t.Errorf("got %+v", found)
	}
}

// TestUnknownManagers checks that unknown managers count neither as Scaleway nor as users.
func TestUnknownManagers(t *testing.T) {
	t.Parallel()
	found := Inspect(map[string][]unstructured.Unstructured{"deployments": {
		managedObject(t, "coredns", "deployer", "", `{"f:spec": {"f:replicas": {}}}`), managedObject(
			t, "metrics-server", "kubelet", "", `{"f:spec": {"f:replicas": {}}}`,
		),
	}})
	if len(found.Altered) != 0 || !slices.Equal(found.UnknownManagers, []string{"deployer", "kapsule"}) {
		t.Errorf("got %+v", found)
	}
}

// TestSharedComponentNames checks that an object with the name of a storage driver counts as Scaleway's only if a
// manager other than a user tool has set fields.
func TestSharedComponentNames(t *testing.T) {
	t.Parallel()
	const pod = `{"f:spec": {"f:template": {"f:spec": {"f:hostNetwork": {}}}}}`
	for name, test := range map[string]struct {
		name                       string
		shipped                    bool
		altered, changing, unknown []string
	}{
		"changed Scaleway driver": {"csi-node", true, []string{"daemonsets/csi-node"}, nil, []string{"kapsule"}},
		"driver of the customer": {
			"csi-nfs-node", false, nil, []string{"daemonsets/kube-system/csi-nfs-node"}, []string{"helm"},
		},
		"GPU operator installed with Helm": {
			"gpu-operator", false, nil, []string{"daemonsets/kube-system/gpu-operator"}, []string{"helm"},
		},
		"kube-proxy replaced with Helm": {"kube-proxy", false, []string{"daemonsets/kube-proxy"}, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one := managedObject(t, test.name, "helm", "", pod)
			entries := one.GetManagedFields()
			if !test.shipped {
				one.SetManagedFields(entries[1:])
			}
			one.Object["spec"] = parseObject(t, `{template: {spec: {hostNetwork: true, containers: [{name: c, `+
				`securityContext: `+
				`{privileged: true}}]}}}`).Object
			found := Inspect(map[string][]unstructured.Unstructured{"daemonsets": {one}})
			altered, changing := []string{}, []string{}
			for _, a := range found.Altered {
				altered = append(altered, a.Object)
			}
			for _, w := range found.NodeChangers {
				changing = append(changing, w.Object)
			}
			if !slices.Equal(altered, test.altered) || !slices.Equal(changing, test.changing) || !slices.Equal(
				found.UnknownManagers, test.unknown,
			) || len(found.WithoutManagedFields) != 0 {
				t.Errorf("got %+v", found)
			}
		})
	}
}

// TestClearedManagedFields checks that only managed components without managedFields are reported.
func TestClearedManagedFields(t *testing.T) {
	t.Parallel()
	all := []unstructured.Unstructured{}
	for _, name := range []string{"metrics-server", "coredns", "ingress-nginx"} {
		one := managedObject(t, name, "kubectl-edit", "", `{"f:spec": {"f:replicas": {}}}`)
		one.SetManagedFields(nil)
		all = append(all, one)
	}
	found := Inspect(map[string][]unstructured.Unstructured{"deployments": all})
	if len(found.Altered) != 0 || len(found.UnknownManagers) != 0 || !slices.Equal(
		found.WithoutManagedFields, []string{"deployments/coredns", "deployments/metrics-server"},
	) {
		t.Errorf("got %+v", found)
	}
}

func TestSeveralEntriesOfOneManager(t *testing.T) {
	t.Parallel()
	one := managedObject(t, "coredns", "kubectl-edit", "", `{"f:spec": {"f:replicas": {}}}`)
	entries := one.GetManagedFields()
	entries = append(entries, entries[1])
	entries[2].Manager, entries[2].Subresource = "kubectl-edit", "scale"
	one.SetManagedFields(entries)
	if found := Inspect(
		map[string][]unstructured.Unstructured{"deployments": {one}},
	); len(found.Altered) != 1 || !slices.Equal(found.Altered[0].Fields, []string{"spec.replicas"}) {
		t.Errorf("got %+v", found.Altered)
	}
}

func TestFieldPaths(t *testing.T) {
	t.Parallel()
	if got := fieldPaths([]byte("{")); len(got) != 1 || !strings.Contains(got[0], "cannot be read") {
		t.Errorf("got %q", got)
	}
	if got := fieldPaths(
		[]byte(`{"f:spec": {"f:ports": {"k:{\"containerPort\":53,\"protocol\":\"UDP\"}": {"f:name": {}}, ` +
			`"k:x": {}}}}`),
	); !slices.Equal(got, []string{"spec.ports[53,UDP].name", "spec.ports[x]"}) {
		t.Errorf("got %q", got)
	}
}

func TestNodeChangers(t *testing.T) {
	t.Parallel()
	mount := func(path, readOnly string) string {
		return fmt.Sprintf(`{volumes: [{name: v, hostPath: {path: %q}}], containers: [{name: c, volumeMounts: `+
			`[{name: v, `+
			`mountPath: /x, readOnly: %s}]}]}`, path, readOnly)
	}
	for name, test := range map[string]struct{ pod, want string }{
		"no access":           {`{containers: [{name: c}]}`, ""},
		"kubelet":             {mount("/var/lib/kubelet", "false"), "mounts /var/lib/kubelet of the node writable"},
		"CNI":                 {mount("/etc/cni/net.d/", "false"), "mounts /etc/cni/net.d/ of the node writable"},
		"CNI, uncleaned path": {mount("//etc/./cni/", "false"), "mounts //etc/./cni/ of the node writable"},
		"the whole node":      {mount("/", "false"), "mounts / of the node writable"},
		"init container": {`{volumes: [{name: v, hostPath: {path: /etc/kubernetes}}], initContainers: ` +
			`[{name: c, volumeMounts: [{name: v, mountPath: /x}]}]}`, "mounts /etc/kubernetes of the node writable"},
		"read only":              {mount("/", "true"), ""},
		"kubelet pods directory": {mount("/var/lib/kubelet/pods", "false"), ""},
		"logs":                   {mount("/var/log", "false"), ""},
		"volume without a mount": {`{volumes: [{name: v, hostPath: {path: /etc/cni}}], containers: [{name: c}]}`, ""},
		"privileged":             {`{containers: [{name: c, securityContext: {privileged: true}}]}`, ""},
		"privileged with hostPID": {
			`{hostPID: true, containers: [{name: c, securityContext: {privileged: true}}]}`, "is privileged and " +
				"shares the process namespace of the node",
		},
		"host network": {`{hostNetwork: true, containers: [{name: c}]}`, ""},
		"NET_ADMIN in the host network": {`{hostNetwork: true, containers: [{name: c, securityContext: ` +
			`{capabilities: ` +
			`{add: [NET_ADMIN]}}}]}`, "administers the network of the node"},
		"NET_ADMIN in the pod network": {
			`{containers: [{name: c, securityContext: {capabilities: {add: [NET_ADMIN]}}}]}`, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			workload := parseObject(
				t, fmt.Sprintf("{metadata: {name: agent, namespace: tools}, spec: {template: {spec: %s}}}", test.pod),
			)
			found := Inspect(map[string][]unstructured.Unstructured{"daemonsets": {workload}})
			got := ""
			for _, w := range found.NodeChangers {
				if w.Object != "daemonsets/tools/agent" {
					t.Errorf("got %+v", w)
				}
				got += w.Reason
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			// Scaleway's add-ons are never reported.
			workload.SetName("cilium")
			workload.SetNamespace(Namespace)
			shipped := managedObject(t, "cilium", "kapsule", "", `{"f:spec": {"f:template": {}}}`)
			workload.SetManagedFields(shipped.GetManagedFields())
			if found := Inspect(
				map[string][]unstructured.Unstructured{"daemonsets": {workload}},
			); len(found.NodeChangers) != 0 {
				t.Errorf("got %+v", found.NodeChangers)
			}
		})
	}
}
