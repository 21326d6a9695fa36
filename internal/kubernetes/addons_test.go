package kubernetes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
)

// The tokens of users with all permissions, with read-only permissions and without permissions.
const adminToken, readerToken, noRightsToken = "token-a", "token-r", "token-n"

// deployer is the field manager that installs the add-ons in the tests. Scaleway does not publish its own.
const deployer = "scaleway-deployer"

// cluster is a real API server with a client that has all permissions.
type cluster struct {
	server *apiserver.Server
	client dynamic.Interface
}

func startCluster(t *testing.T) cluster {
	t.Helper()
	if testing.Short() {
		t.Skip("The test starts an API server, and -short is set.")
	}
	dir, err := apiserver.FindBinaries()
	if err != nil {
		t.Fatal(err)
	}
	server, err := apiserver.Start(
		t.Context(), dir, apiserver.ScalewayUsers(adminToken, "id", readerToken, noRightsToken),
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := server.SeedRBAC(t.Context()); err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(server.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return cluster{server, client}
}

// clientFor returns a client with a token, for the address of the API server or another host.
func (c cluster) clientFor(t *testing.T, token, host string) *kubernetes.Client {
	t.Helper()
	client, err := kubernetes.FromKubeconfig(c.server.Kubeconfig(), host, "", token, "test", time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// resourceClient returns the client of a resource in a namespace.
func (c cluster) resourceClient(plural, namespace string) dynamic.ResourceInterface {
	group := "apps"
	if plural == "configmaps" {
		group = ""
	}
	return c.client.Resource(
		schema.GroupVersionResource{Group: group, Version: "v1", Resource: plural},
	).Namespace(namespace)
}

func parse(t *testing.T, manifest string) *unstructured.Unstructured {
	t.Helper()
	raw, err := yaml.YAMLToJSON([]byte(manifest))
	if err != nil {
		t.Fatal(err)
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(raw); err != nil {
		t.Fatalf("unable to parse %s: %v", manifest, err)
	}
	return object
}

// workload returns a Deployment, DaemonSet or StatefulSet with a pod spec.
func workload(t *testing.T, kind, namespace, name, pod string) *unstructured.Unstructured {
	t.Helper()
	service := ""
	if kind == "StatefulSet" {
		service = "serviceName: x, "
	}
	return parse(
		t,
		fmt.Sprintf(
			`{apiVersion: apps/v1, kind: %s, metadata: {name: %s, namespace: %s},
  spec: {%sselector: {matchLabels: {app: %s}},
  template: {metadata: {labels: {app: %s}}, spec: %s}}}`,
			kind,
			name,
			namespace,
			service,
			name,
			name,
			pod,
		),
	)
}

func (c cluster) create(t *testing.T, plural string, object *unstructured.Unstructured, manager string) {
	t.Helper()
	options := metav1.CreateOptions{FieldManager: manager, FieldValidation: "Strict"}
	if _, err := c.resourceClient(plural, object.GetNamespace()).Create(t.Context(), object, options); err != nil {
		t.Fatal(err)
	}
}

// installComponent creates an add-on like Scaleway's automation.
func (c cluster) installComponent(t *testing.T, plural, kind, name string) {
	t.Helper()
	if plural == "configmaps" {
		c.create(t, plural, parse(t, fmt.Sprintf(`{apiVersion: v1, kind: ConfigMap, metadata: {name: %s, namespace: `+
			`kube-system}, data: {config: shipped}}`, name)), deployer)
		return
	}
	c.create(t, plural, workload(t, kind, "kube-system", name, `{containers: [{name: main, image: `+
		`example.org/shipped}]}`), deployer)
}

// patch changes an object in kube-system, or one of its subresources.
func (c cluster) patch(t *testing.T, kind types.PatchType, plural, name, manager, patch string, subresource ...string) {
	t.Helper()
	options := metav1.PatchOptions{FieldManager: manager, FieldValidation: "Strict"}
	if kind == types.ApplyPatchType {
		force := true
		options.Force = &force
	}
	if _, err := c.resourceClient(plural,
		"kube-system").Patch(t.Context(), name, kind, []byte(patch), options, subresource...); err != nil {
		t.Fatalf("patch of %s by %s: %v", name, manager, err)
	}
}

const (
	strategic = types.StrategicMergePatchType
	merge     = types.MergePatchType
	apply     = types.ApplyPatchType
)

// imagePatch returns a patch with another image.
func imagePatch(name string) string {
	return fmt.Sprintf(
		`{"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "example.org/%s"}]}}}}`, name,
	)
}

// restartPatch returns the patch of kubectl rollout restart.
func restartPatch(at string) string {
	return fmt.Sprintf(`{"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": `+
		`%q}}}}}`, at)
}

// TestInspectAddons makes every change that counts as an alteration, and changes that do not.
func TestInspectAddons(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	inspect := func() (altered, changing, unknown, untraced []string) {
		t.Helper()
		found, err := c.clientFor(t, adminToken, "").InspectAddons(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range found.Altered {
			scaled := a.Manager == "kubectl-scale" // the API server records no time for it
			age := time.Since(a.Time)              //nolint:forbidigo // the API server uses the local clock
			if scaled != a.Time.IsZero() || !scaled && (age < -time.Minute || age > 5*time.Minute) {
				t.Errorf("%s: got the time %s", a.Object, a.Time)
			}
			altered = append(
				altered, strings.Join(append([]string{a.Component, a.Object, a.Manager}, a.Fields...), " "),
			)
		}
		for _, w := range found.NodeChangers {
			changing = append(changing, w.Object+" "+w.Reason)
		}
		return altered, changing, found.UnknownManagers, found.WithoutManagedFields
	}

	for _, component := range []struct{ plural, kind, name string }{
		{"deployments", "Deployment", "coredns"}, {"deployments", "Deployment", "metrics-server"}, {
			"deployments", "Deployment", "cilium-operator",
		},
		{"deployments", "Deployment", "csi-controller"}, {
			"deployments", "Deployment", "scaleway-cloud-controller-manager",
		},
		{"deployments", "Deployment", "cluster-autoscaler"}, {
			"deployments", "Deployment", "snapshot-controller",
		}, {"deployments", "Deployment", "gpu-operator"},
		{"daemonsets", "DaemonSet", "cilium"}, {
			"daemonsets", "DaemonSet", "kube-proxy",
		}, {"daemonsets", "DaemonSet", "csi-node"},
		{"daemonsets", "DaemonSet", "konnectivity-agent"}, {
			"daemonsets", "DaemonSet", "node-problem-detector",
		}, {"daemonsets", "DaemonSet", "filestorage-csi-node"},
		{
			"statefulsets", "StatefulSet", "kilo",
		}, {"configmaps", "", "coredns"}, {"configmaps", "", "cilium-config"}, {"configmaps", "", "kube-proxy"},
	} {
		c.installComponent(t, component.plural, component.kind, component.name)
	}
	if altered, changing, unknown, untraced := inspect(); len(altered)+len(changing)+len(untraced) != 0 ||
		!slices.Equal(unknown, []string{deployer}) {
		t.Fatalf("unchanged cluster: got %q, %q, %q, %q", altered, changing, unknown, untraced)
	}

	// Alterations.
	c.patch(t, strategic, "deployments", "coredns", "kubectl-edit", imagePatch("own"))
	c.patch(t, merge, "configmaps", "coredns", "kubectl-client-side-apply", `{"data": {"config": "own", "own": "x"}}`)
	c.patch(t, apply, "deployments", "csi-controller", "kustomize-controller", `{"apiVersion": "apps/v1", "kind": `+
		`"Deployment", "spec": {"replicas": 3}}`)
	c.patch(t, merge, "deployments", "cilium-operator", "kubectl-scale", `{"spec": {"replicas": 2}}`, "scale")
	c.patch(t, merge, "daemonsets", "kube-proxy", "kubectl-patch", `{"spec": {"minReadySeconds": 5}}`)
	c.patch(t, merge, "statefulsets", "kilo", "helm", `{"spec": {"minReadySeconds": 5}}`)
	c.patch(t, strategic, "daemonsets", "csi-node", "kubectl-set",
		`{"spec": {"template": {"spec": {"containers": [{"name": "main", "env": [{"name": "OWN", "value": "a `+
			`secret"}]}]}}}}`)
	// The automation reverts one of these two changes.
	c.patch(t, merge, "deployments", "metrics-server", "HashiCorp", `{"spec": {"minReadySeconds": 5, `+
		`"revisionHistoryLimit": 3}}`)
	c.patch(t, merge, "deployments", "metrics-server", deployer, `{"spec": {"revisionHistoryLimit": 10}}`)

	// No alterations.
	c.patch(t, merge, "daemonsets", "cilium", "kubectl-label", `{"metadata": {"labels": {"own": "x"}}}`)
	c.patch(t, merge, "daemonsets", "cilium", "kubectl-annotate", `{"metadata": {"annotations": {"own": "x"}}}`)
	c.patch(t, strategic, "daemonsets", "cilium", "kubectl-rollout", restartPatch("2026-11-01T00:00:00Z"))
	c.patch(t, merge, "daemonsets", "cilium", "kubectl-edit", `{"status": {"numberReady": 1}}`, "status")
	c.patch(t, merge, "daemonsets", "konnectivity-agent", "kube-controller-manager", `{"spec": {"minReadySeconds": 5}}`)
	c.patch(t, strategic, "deployments", "scaleway-cloud-controller-manager", "kubectl-edit", imagePatch("own"))
	c.patch(t, strategic, "deployments", "scaleway-cloud-controller-manager", deployer, imagePatch("shipped"))
	c.patch(t, merge, "configmaps", "cilium-config", "another-deployer", `{"data": {"config": "other"}}`)
	// After a restart with another tool, the first tool still owns the map of annotations.
	c.patch(
		t, strategic, "daemonsets", "node-problem-detector", "kubectl-rollout", restartPatch("2026-11-01T00:00:00Z"),
	)
	c.patch(t, strategic, "daemonsets", "node-problem-detector", "k9s", restartPatch("2026-11-02T00:00:00Z"))
	c.create(t, "deployments", workload(t, "Deployment", "kube-system", "ingress-nginx", `{containers: [{name: main, `+
		`image: example.org/own}]}`), "helm")
	c.create(t, "deployments", workload(t, "Deployment", "default", "coredns", `{containers: [{name: main, image: `+
		`example.org/own}]}`), "kubectl-create")

	// Workloads that can change nodes, and workloads that only read them.
	mounting := func(path, readOnly string) string {
		return fmt.Sprintf(`{volumes: [{name: v, hostPath: {path: %q}}], containers: [{name: main, image: `+
			`example.org/own, `+
			`volumeMounts: [{name: v, mountPath: /x, readOnly: %s}]}]}`, path, readOnly)
	}
	c.create(
		t, "daemonsets", workload(
			t, "DaemonSet", "default", "kubelet", mounting("/var/lib/kubelet", "false"),
		), "kubectl-create",
	)
	c.create(
		t, "deployments", workload(
			t, "Deployment", "default", "units", mounting("//etc/./systemd/", "false"),
		), "kubectl-create",
	)
	c.create(t, "statefulsets", workload(t, "StatefulSet", "kube-system", "own-network", `{hostNetwork: true,
    containers: [{name: main, image: example.org/own,
      securityContext: {capabilities: {add: [NET_ADMIN]}}}]}`), "kubectl-create")
	c.create(t, "daemonsets", workload(t, "DaemonSet", "default", "node-exporter", mounting("/", "true")), "helm")
	c.create(t, "daemonsets", workload(t, "DaemonSet", "default", "logs", mounting("/var/log", "false")), "helm")

	// A driver of the customer is not an add-on, even if it has such a name.
	c.create(
		t, "daemonsets", workload(t, "DaemonSet", "kube-system", "csi-nfs-node", mounting("/etc/cni", "false")), "helm",
	)
	// After managedFields are cleared, only that fact is reported.
	c.patch(t, merge, "deployments", "cluster-autoscaler", "kubectl-edit", `{"metadata": {"managedFields": [{}]}}`)
	c.patch(t, strategic, "deployments", "cluster-autoscaler", "kubectl-edit", imagePatch("own"))

	altered, changing, unknown, untraced := inspect()
	for name, test := range map[string]struct{ got, want []string }{
		"altered": {altered, []string{
			"CoreDNS configmaps/coredns kubectl-client-side-apply data.config data.own",
			"container network (CNI) deployments/cilium-operator kubectl-scale spec.replicas",
			"CoreDNS deployments/coredns kubectl-edit spec.template.spec.containers[main].image",
			"storage (CSI) deployments/csi-controller kustomize-controller spec.replicas",
			"metrics-server deployments/metrics-server HashiCorp spec.minReadySeconds",
			"storage (CSI) daemonsets/csi-node kubectl-set spec.template.spec.containers[main].env[OWN].name " +
				"spec.template.spec.containers[main].env[OWN].value",
			"kube-proxy daemonsets/kube-proxy kubectl-patch spec.minReadySeconds",
			"container network (CNI) statefulsets/kilo helm spec.minReadySeconds",
		}},
		"changing": {changing, []string{
			"daemonsets/kube-system/csi-nfs-node mounts /etc/cni of the node writable",
			"daemonsets/default/kubelet mounts /var/lib/kubelet of the node writable",
			"deployments/default/units mounts //etc/./systemd/ of the node writable",
			"statefulsets/kube-system/own-network administers the network of the node",
		}},
		"unknown":  {unknown, []string{"another-deployer", "helm", deployer}},
		"untraced": {untraced, []string{"deployments/cluster-autoscaler"}},
	} {
		slices.Sort(test.want)
		slices.Sort(test.got)
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(test.got, "\n"), strings.Join(test.want, "\n"))
		}
	}
}

// TestInspectAddonsErrors checks the errors of an API server that refuses the requests or does not respond, and
// that read-only permissions are enough.
func TestInspectAddonsErrors(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	if _, err := c.clientFor(t, readerToken, "").InspectAddons(t.Context()); err != nil {
		t.Error(err)
	}
	for name, test := range map[string]struct {
		token, host string
		want        kubernetes.Reason
	}{
		"no permissions": {noRightsToken, "", kubernetes.Forbidden},
		"unknown token":  {"another", "", kubernetes.Unauthorized},
		"no server":      {adminToken, "127.0.0.1:1", kubernetes.Refused},
	} {
		found, err := c.clientFor(t, test.token, test.host).InspectAddons(t.Context())
		if !kubernetes.Is(err, test.want) || len(found.Altered)+len(found.NodeChangers)+len(found.UnknownManagers)+
			len(found.WithoutManagedFields) != 0 {
			t.Errorf("%s: got error %v, %+v", name, err, found)
		}
	}
}
