package accesstest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
	"github.com/terraform-srm/terraform-provider-srm/internal/inventory"
	"github.com/terraform-srm/terraform-provider-srm/internal/report"
	"github.com/terraform-srm/terraform-provider-srm/internal/responsibility"
)

// newHostVersion is the minor that the API server of the new host behaves like.
const newHostVersion = "1.35"

// newHost starts an API server of another host: an older minor, without Scaleway's classes and users.
func newHost(t *testing.T) (*apiserver.Server, dynamic.Interface) {
	t.Helper()
	dir, err := apiserver.FindBinaries()
	if err != nil {
		t.Fatal(err)
	}
	server, err := apiserver.StartWith(t.Context(), dir, apiserver.Options{Version: newHostVersion})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	config, err := clientcmd.RESTConfigFromKubeConfig(server.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	config.QPS, config.WarningHandlerWithContext = -1, rest.NoWarnings{}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	classes := client.Resource(schema.GroupVersionResource{
		Group: "storage.k8s.io", Version: "v1", Resource: "storageclasses",
	})
	for _, name := range []string{"standard", "shared"} {
		_, err := classes.Create(t.Context(), &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": map[string]any{"name": name},
			"provisioner": "csi.example.com",
		}}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	return server, client
}

// writeKubeconfig writes a kubeconfig with the contexts source and target.
func writeKubeconfig(t *testing.T, path string, source, target *apiserver.Server) {
	t.Helper()
	merged := clientcmdapi.NewConfig()
	for name, server := range map[string]*apiserver.Server{"source": source, "target": target} {
		config, err := clientcmd.Load(server.Kubeconfig())
		if err != nil {
			t.Fatal(err)
		}
		from := config.Contexts[config.CurrentContext]
		merged.Clusters[name], merged.AuthInfos[name] = config.Clusters[from.Cluster], config.AuthInfos[from.AuthInfo]
		merged.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	}
	if err := clientcmd.WriteToFile(*merged, path); err != nil {
		t.Fatal(err)
	}
}

// shellBlocks returns the commands of a plan.
func shellBlocks(plan string) []string {
	blocks := []string{}
	for _, match := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(plan, -1) {
		blocks = append(blocks, match[1])
	}
	return blocks
}

// needsHost reports whether a block of commands needs what the rehearsal does not have: images, nodes that run pods, a
// chart, or a password.
func needsHost(block string) bool {
	return slices.ContainsFunc([]string{"crane ", "helm ", "COPY_IMAGE", "REGISTRY_PASSWORD"}, func(word string) bool {
		return strings.Contains(block, word)
	})
}

// requireTools skips the test on a machine without the tools that a plan uses.
func requireTools(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"bash", "jq", "kubectl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the commands of an exit plan need %s", tool)
		}
	}
}

// createEstate creates the objects of the reference estate.
func (r *rig) createEstate(t *testing.T) {
	t.Helper()
	r.createCRD(t, "cert-manager.io", "v1", "clusterissuers", "ClusterIssuer", "Cluster")
	r.createCRD(t, "cert-manager.io", "v1", "certificates", "Certificate", "Namespaced")
	r.createCRD(t, "monitoring.coreos.com", "v1", "servicemonitors", "ServiceMonitor", "Namespaced")
	r.createCRD(t, "velero.io", "v1", "schedules", "Schedule", "Namespaced")
	r.createCRD(t, "cilium.io", "v2", "ciliumnetworkpolicies", "CiliumNetworkPolicy", "Namespaced")
	content, err := os.ReadFile("testdata/exit.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r.create(t, string(content))
}

// TestExitPlanRehearsal runs the commands of an exit plan as they are printed: it exports a cluster, adapts the objects
// and applies them to the API server of another host. Nothing is refused there, and every object that the inventory
// calls portable arrives without a setting of Scaleway.
func TestExitPlanRehearsal(t *testing.T) {
	t.Parallel()
	requireTools(t)
	r := newRig(t)
	r.createEstate(t)
	target, client := newHost(t)
	found := r.inventory(t, asAdmin)
	requireAdaptations(t, found)
	plan := report.ExitPlan(found, "sha256:00", responsibility.English)
	dir := t.TempDir()
	writeKubeconfig(t, filepath.Join(dir, "kubeconfig"), r.server, target)
	script, skipped := []string{}, 0
	for _, block := range shellBlocks(plan) {
		if needsHost(block) {
			skipped++
			continue
		}
		script = append(script, block)
	}
	if len(script) < 8 || skipped != 4 {
		t.Errorf("%d blocks of commands ran, %d did not", len(script), skipped)
	}
	command := exec.CommandContext(t.Context(), "bash", "-c", strings.Join(script, "\n"))
	command.Dir = dir
	command.Env = append(os.Environ(), "HOME="+dir, "KUBECONFIG="+filepath.Join(dir, "kubeconfig"))
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		t.Fatalf("%v\n%s", err, output.String())
	}
	objects := 0
	for _, k := range found.Kinds.Items {
		objects += requireArrived(t, client, k)
	}
	exported := countItems(t, filepath.Join(dir, "export"))
	adapted := countItems(t, filepath.Join(dir, "adapted"))
	t.Logf("%d objects exported, %d adapted, %d arrived", exported, adapted, objects)
	if exported < 55 || adapted != exported-1 || objects != adapted {
		t.Errorf("%d objects exported, %d adapted, %d arrived", exported, adapted, objects)
	}
	requireNothingOfScaleway(t, filepath.Join(dir, "adapted"))
}

// requireAdaptations compares the settings that were found with those of the estate.
func requireAdaptations(t *testing.T, found inventory.Inventory) {
	t.Helper()
	got := []string{}
	for _, a := range found.Adaptations {
		got = append(got, fmt.Sprintf("%s %s %d", a.Subject, a.Value, a.Count))
	}
	want := []string{
		"service_annotation service.beta.kubernetes.io/scw-loadbalancer-id 1",
		"service_annotation service.beta.kubernetes.io/scw-loadbalancer-proxy-protocol-v2 1",
		"service_annotation service.beta.kubernetes.io/scw-loadbalancer-type 1",
		"service_annotation service.beta.kubernetes.io/scw-loadbalancer-use-hostname 1",
		"label k8s.scaleway.com/cluster 1",
		"label k8s.scaleway.com/kapsule 1",
		"node_selector k8s.scaleway.com/pool-name 1",
		"node_affinity node.kubernetes.io/instance-type=POP2-4C-16G 1",
		"node_affinity topology.kubernetes.io/zone=fr-par-1,fr-par-2 1",
		"toleration k8s.scaleway.com/dedicated 1",
		"topology_key topology.csi.scaleway.com/zone 3",
		"storage_class encrypted 2",
		"storage_class sbs-default 1",
		"storage_class sfs-standard 1",
		"driver csi.scaleway.com 6",
		"load_balancer_ip 51.15.0.1 1",
		"registry rg.fr-par.scw.cloud/shop 3",
		"pull_secret shop/registry 1",
		"dns_name records.fr-par.scw.cloud 1",
		"dns_name shop.11111111.nodes.k8s.fr-par.scw.cloud 1",
		"rbac_subject scaleway:bearer:44444444-4444-4444-8444-444444444444 1",
		"rbac_subject scaleway:group:33333333-3333-4333-8333-333333333333 1",
		"kind ciliumnetworkpolicies.cilium.io 1",
	}
	want = slices.DeleteFunc(want, func(line string) bool { return slices.Contains(got, line) })
	for _, line := range want {
		t.Errorf("missing: %s", line)
	}
	if len(want) > 0 {
		t.Errorf("found: %s", strings.Join(got, "\n"))
	}
}

// requireArrived looks for the portable objects of a kind on the new host, and returns how many there are. A binding
// whose subjects are all of Scaleway stays behind.
func requireArrived(t *testing.T, client dynamic.Interface, k inventory.Kind) int {
	t.Helper()
	if k.Group == "cilium.io" || k.SameAs != "" {
		return 0
	}
	found := 0
	resource := client.Resource(schema.GroupVersionResource{Group: k.Group, Version: k.Version, Resource: k.Resource})
	for _, key := range k.Portable {
		namespace, name, isNamespaced := strings.Cut(key, "/")
		var err error
		if isNamespaced {
			_, err = resource.Namespace(namespace).Get(t.Context(), name, metav1.GetOptions{})
		} else {
			_, err = resource.Get(t.Context(), namespace, metav1.GetOptions{})
		}
		if (err == nil) == (key == "auditor" && k.Resource == "clusterrolebindings") {
			t.Errorf("%s %s on the new host: %v", k.Name(), key, err)
		}
		if err == nil {
			found++
		}
	}
	return found
}

// countItems returns the number of objects in the files of a folder.
func countItems(t *testing.T, folder string) int {
	t.Helper()
	total := 0
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		list := struct {
			Items []json.RawMessage `json:"items"`
		}{}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(content, &list); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		total += len(list.Items)
	}
	return total
}

// requireNothingOfScaleway looks for settings of Scaleway in adapted files. Names that step 8 lists are left.
func requireNothingOfScaleway(t *testing.T, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	pattern := regexp.MustCompile(`"[^"]*(scaleway|scw|sbs-|sfs-|fr-par)[^"]*"|"storageClassName": "encrypted"`)
	listed := []string{"shop.11111111.nodes.k8s.fr-par.scw.cloud", "records.fr-par.scw.cloud"}
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range pattern.FindAllString(string(content), -1) {
			if !slices.Contains(listed, strings.Trim(match, `"`)) {
				t.Errorf("%s: %s", filepath.Base(path), match)
			}
		}
	}
}

// TestExitPlanIsShell checks the syntax of all commands of a plan, in both languages.
func TestExitPlanIsShell(t *testing.T) {
	t.Parallel()
	requireTools(t)
	r := newRig(t)
	r.createEstate(t)
	found := r.inventory(t, asAdmin)
	for _, language := range responsibility.Languages() {
		plan := report.ExitPlan(found, "sha256:00", language)
		for _, block := range shellBlocks(plan) {
			command := exec.CommandContext(context.WithoutCancel(t.Context()), "bash", "-n", "-c", block)
			if out, err := command.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s\n%s", language, err, out, block)
			}
		}
		for step := 1; step <= 9; step++ {
			if !strings.Contains(plan, fmt.Sprintf("\n## %d. ", step)) {
				t.Errorf("%s: step %d is missing", language, step)
			}
		}
	}
}
