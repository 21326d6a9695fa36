package addons

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func object(t *testing.T, manifest string) unstructured.Unstructured {
	t.Helper()
	content := map[string]any{}
	if err := yaml.Unmarshal([]byte(manifest), &content); err != nil {
		t.Fatal(err)
	}
	return unstructured.Unstructured{Object: content}
}

// managedObject returns an object in kube-system whose managedFields have an entry of Scaleway and the given one.
func managed(t *testing.T, name, manager, subresource, fields string) unstructured.Unstructured {
	t.Helper()
	return object(t, fmt.Sprintf(`
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
			"deployments", managed(t, "coredns", "kubectl-edit", "", image), []string{
				"CoreDNS", "kubectl-edit", "spec.template.spec.containers[coredns].args",
				"spec.template.spec.containers[coredns].image",
			},
		},
		"data": {"configmaps", managed(t, "coredns", "kubectl-client-side-apply", "", `{"f:data": `+
			`{"f:Corefile": {}}}`), []string{"CoreDNS", "kubectl-client-side-apply", "data.Corefile"}},
		"binaryData": {
			"configmaps", managed(t, "cilium-config", "Helm/3.1", "", `{"f:binaryData": {"f:x": {}}}`), []string{"container " +
				"network (CNI)", "Helm/3.1", "binaryData.x"},
		},
		"scale subresource": {"deployments", managed(t, "cilium-operator", "kubectl-scale", "scale", `{"f:spec": `+
			`{"f:replicas": {}}}`), []string{"container network (CNI)", "kubectl-scale", "spec.replicas"}},
		"GitOps controller": {"daemonsets", managed(t, "csi-node", "argocd-controller", "", `{"f:spec": `+
			`{"f:updateStrategy": {"f:type": {}}}}`), []string{
			"storage (CSI)", "argocd-controller", "spec.updateStrategy.type",
		}},
		"element of a set": {"daemonsets", managed(t, "kube-proxy", "Terraform", "", `{"f:spec": {"f:finalizers": `+
			`{"v:\"x\"": {}}}}`), []string{"kube-proxy", "Terraform", "spec.finalizers"}},
		"only labels": {"deployments", managed(t, "coredns", "kubectl-label", "", `{"f:metadata": {"f:labels": `+
			`{"f:team": {}}}}`), nil},
		"only status": {"deployments", managed(t, "coredns", "kubectl-edit", "status", `{"f:spec": {"f:replicas": `+
			`{}}, "f:status": {"f:replicas": {}}}`), nil},
		"rollout restart": {"deployments", managed(t, "coredns", "kubectl-rollout", "", `{"f:spec": {"f:template": `+
			`{"f:metadata": {"f:annotations": {".": {}, "f:kubectl.kubernetes.io/restartedAt": {}}}}}}`), nil},
		"annotations after a second restart": {"deployments", managed(t, "coredns", "kubectl-rollout", "", `{"f:spec": `+
			`{"f:template": {"f:metadata": {"f:annotations": {}}}}}`), nil},
		"annotation of the user": {"deployments", managed(t, "coredns", "kubectl-edit", "", `{"f:spec": {"f:template": `+
			`{"f:metadata": {"f:annotations": {"f:own/restartedAt": {}}}}}}`), []string{
			"CoreDNS", "kubectl-edit", "spec.template.metadata.annotations.own/restartedAt",
		}},
		"unreadable fields": {
			"deployments", managed(t, "coredns", "kubectl-edit", "", `[]`), []string{"CoreDNS", "kubectl-edit", "fields that " +
				"cannot be read"},
		},
		"Kubernetes controller": {"deployments", managed(t, "coredns", "kube-controller-manager", "", `{"f:spec": `+
			`{"f:replicas": {}}}`), nil},
		"not an add-on":                 {"deployments", managed(t, "ingress-nginx", "kubectl-edit", "", image), nil},
		"name with a longer first word": {"deployments", managed(t, "corednsx", "kubectl-edit", "", image), nil},
		"similar manager name":          {"deployments", managed(t, "coredns", "helmet", "", image), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := Judge(map[string][]unstructured.Unstructured{test.plural: {test.object}})
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
			if got := append([]string{a.Component, a.By}, a.Fields...); !slices.Equal(got, test.want) {
				t.Errorf("got %q", got)
			}
			if a.Object != test.plural+"/"+test.object.GetName() || a.At.Format("2006-01-02") != "2026-11-20" {
				t.Errorf("got %+v", a)
			}
		})
	}
}

func TestElsewhereNothingIsManaged(t *testing.T) {
	t.Parallel()
	elsewhere := managed(t, "coredns", "kubectl-edit", "", `{"f:spec": {"f:replicas": {}}}`)
	elsewhere.SetNamespace("dns")
	if found := Judge(
		map[string][]unstructured.Unstructured{"deployments": {elsewhere}},
	); len(found.Altered) != 0 || len(found.Unknown) != 0 {
		t.Errorf("got %+v", found)
	}
}

// TestUnknownManagers checks that unknown managers count neither as Scaleway nor as users.
func TestUnknownManagers(t *testing.T) {
	t.Parallel()
	found := Judge(map[string][]unstructured.Unstructured{"deployments": {
		managed(t, "coredns", "deployer", "", `{"f:spec": {"f:replicas": {}}}`), managed(
			t, "metrics-server", "kubelet", "", `{"f:spec": {"f:replicas": {}}}`,
		),
	}})
	if len(found.Altered) != 0 || !slices.Equal(found.Unknown, []string{"deployer", "kapsule"}) {
		t.Errorf("got %+v", found)
	}
}

// TestSharedNames checks that an object with the name of a storage driver counts as Scaleway's only if a manager other
// than a user tool has set fields.
func TestSharedNames(t *testing.T) {
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
			one := managed(t, test.name, "helm", "", pod)
			entries := one.GetManagedFields()
			if !test.shipped {
				one.SetManagedFields(entries[1:])
			}
			one.Object["spec"] = object(t, `{template: {spec: {hostNetwork: true, containers: [{name: c, securityContext: `+
				`{privileged: true}}]}}}`).Object
			found := Judge(map[string][]unstructured.Unstructured{"daemonsets": {one}})
			altered, changing := []string{}, []string{}
			for _, a := range found.Altered {
				altered = append(altered, a.Object)
			}
			for _, w := range found.Changing {
				changing = append(changing, w.Object)
			}
			if !slices.Equal(altered, test.altered) || !slices.Equal(changing, test.changing) || !slices.Equal(
				found.Unknown, test.unknown,
			) || len(found.Untraced) != 0 {
				t.Errorf("got %+v", found)
			}
		})
	}
}

// TestClearedTraces checks that only managed components without managedFields are reported.
func TestClearedTraces(t *testing.T) {
	t.Parallel()
	all := []unstructured.Unstructured{}
	for _, name := range []string{"metrics-server", "coredns", "ingress-nginx"} {
		one := managed(t, name, "kubectl-edit", "", `{"f:spec": {"f:replicas": {}}}`)
		one.SetManagedFields(nil)
		all = append(all, one)
	}
	found := Judge(map[string][]unstructured.Unstructured{"deployments": all})
	if len(found.Altered) != 0 || len(found.Unknown) != 0 || !slices.Equal(
		found.Untraced, []string{"deployments/coredns", "deployments/metrics-server"},
	) {
		t.Errorf("got %+v", found)
	}
}

func TestSeveralEntriesOfOneManager(t *testing.T) {
	t.Parallel()
	one := managed(t, "coredns", "kubectl-edit", "", `{"f:spec": {"f:replicas": {}}}`)
	entries := one.GetManagedFields()
	entries = append(entries, entries[1])
	entries[2].Manager, entries[2].Subresource = "kubectl-edit", "scale"
	one.SetManagedFields(entries)
	if found := Judge(
		map[string][]unstructured.Unstructured{"deployments": {one}},
	); len(found.Altered) != 1 || !slices.Equal(found.Altered[0].Fields, []string{"spec.replicas"}) {
		t.Errorf("got %+v", found.Altered)
	}
}

func TestFieldsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	if got := paths([]byte("{")); len(got) != 1 || !strings.Contains(got[0], "cannot be read") {
		t.Errorf("got %q", got)
	}
	if got := paths([]byte(`{"f:spec": {"f:ports": {"k:{\"containerPort\":53,\"protocol\":\"UDP\"}": {"f:name": {}}, ` +
		`"k:x": {}}}}`)); !slices.Equal(got,
		[]string{"spec.ports[53,UDP].name", "spec.ports[x]"}) {
		t.Errorf("got %q", got)
	}
}

func TestWorkloads(t *testing.T) {
	t.Parallel()
	mount := func(path, readOnly string) string {
		return fmt.Sprintf(`{volumes: [{name: v, hostPath: {path: %q}}], containers: [{name: c, volumeMounts: [{name: v, `+
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
			`{hostPID: true, containers: [{name: c, securityContext: {privileged: true}}]}`, "is privileged and shares " +
				"the process namespace of the node",
		},
		"host network": {`{hostNetwork: true, containers: [{name: c}]}`, ""},
		"NET_ADMIN in the host network": {`{hostNetwork: true, containers: [{name: c, securityContext: {capabilities: ` +
			`{add: [NET_ADMIN]}}}]}`, "administers the network of the node"},
		"NET_ADMIN in the pod network": {
			`{containers: [{name: c, securityContext: {capabilities: {add: [NET_ADMIN]}}}]}`, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			workload := object(
				t, fmt.Sprintf("{metadata: {name: agent, namespace: tools}, spec: {template: {spec: %s}}}", test.pod),
			)
			found := Judge(map[string][]unstructured.Unstructured{"daemonsets": {workload}})
			got := ""
			for _, w := range found.Changing {
				if w.Object != "daemonsets/tools/agent" {
					t.Errorf("got %+v", w)
				}
				got += w.Why
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			// Scaleway's add-ons are never reported.
			workload.SetName("cilium")
			workload.SetNamespace(Namespace)
			shipped := managed(t, "cilium", "kapsule", "", `{"f:spec": {"f:template": {}}}`)
			workload.SetManagedFields(shipped.GetManagedFields())
			if found := Judge(map[string][]unstructured.Unstructured{"daemonsets": {workload}}); len(found.Changing) != 0 {
				t.Errorf("got %+v", found.Changing)
			}
		})
	}
}
