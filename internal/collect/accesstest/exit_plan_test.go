package accesstest

import (
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

// needsHelm reports whether a block of commands needs helm, which the rehearsal does not have.
func needsHelm(block string) bool { return strings.Contains(block, "helm ") }

// createEstate creates the objects of the reference estate.
func (r *rig) createEstate(t *testing.T, objects string) {
	t.Helper()
	r.createCRD(t, "cert-manager.io", "v1", "clusterissuers", "ClusterIssuer", "Cluster")
	r.createCRD(t, "cert-manager.io", "v1", "certificates", "Certificate", "Namespaced")
	r.createCRD(t, "monitoring.coreos.com", "v1", "servicemonitors", "ServiceMonitor", "Namespaced")
	r.createCRD(t, "velero.io", "v1", "schedules", "Schedule", "Namespaced")
	r.createCRD(t, "cilium.io", "v2", "ciliumnetworkpolicies", "CiliumNetworkPolicy", "Namespaced")
	r.createCRD(t, "snapshot.storage.k8s.io", "v1", "volumesnapshots", "VolumeSnapshot", "Namespaced")
	r.createCRD(t, "snapshot.storage.k8s.io", "v1", "volumesnapshotclasses", "VolumeSnapshotClass", "Cluster")
	r.create(t, objects)
}

// estateText returns the objects of the reference estate.
func estateText(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile("testdata/exit.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// requireNamed looks for each object of the estate: an export takes it, or another object creates it again, or the plan
// names it. Nothing is left out without its name.
func requireNamed(t *testing.T, found inventory.Inventory, plan, objects string) {
	t.Helper()
	volumes := map[string]string{}
	for _, v := range found.Volumes.Items {
		volumes[v.Name] = v.Claim
	}
	exported, named := 0, 0
	for _, o := range parse(t, objects) {
		at := slices.IndexFunc(found.Kinds.Items, func(k inventory.Kind) bool {
			return k.Kind == o.GetKind() && k.Group == o.GroupVersionKind().Group
		})
		if at < 0 {
			t.Errorf("%s %s: the inventory does not have the kind", o.GetKind(), o.GetName())
			continue
		}
		k, key := found.Kinds.Items[at], inventory.Object{Namespace: o.GetNamespace(), Name: o.GetName()}.Key()
		isBehind := k.Group == "cilium.io" || k.Name() == "clusterrolebindings.rbac.authorization.k8s.io"
		if slices.Contains(k.Portable, key) && !isBehind || metav1.GetControllerOf(o) != nil {
			exported++
			continue
		}
		names := []string{"`" + key + "`"}
		switch {
		case k.Resource == "persistentvolumes" && volumes[key] != "":
			names = append(names, "| "+volumes[key]+" |") // Among the volumes whose data is copied.
		case k.Resource == "secrets" && o.GetLabels()["owner"] == "helm":
			names = append(names, "-o yaml -- "+o.GetLabels()["name"]+" ")
		case o.GetNamespace() == "kube-system":
			names = append(names, "`"+o.GetKind()+"/"+key+"`")
		}
		if !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(plan, name) }) {
			t.Errorf("left out and not named: %s %s", o.GetKind(), key)
		}
		named++
	}
	t.Logf(
		"estate: %d objects exported or created again by others, %d named, 0 left out and not named",
		exported,
		named,
	)
	if named < 12 {
		t.Errorf("%d objects are named", named)
	}
}

// requireStorage looks at volumes, claims and classes on the new host: those that do not depend on Scaleway are there
// without its zones, and claims of volumes that stay behind have a class of the new host.
func requireStorage(t *testing.T, client dynamic.Interface) {
	t.Helper()
	get := func(group, resource, namespace, name string) *unstructured.Unstructured {
		t.Helper()
		kind := client.Resource(schema.GroupVersionResource{Group: group, Version: "v1", Resource: resource})
		var o *unstructured.Unstructured
		var err error
		if namespace == "" {
			o, err = kind.Get(t.Context(), name, metav1.GetOptions{})
		} else {
			o, err = kind.Namespace(namespace).Get(t.Context(), name, metav1.GetOptions{})
		}
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	volume, _, err := unstructured.NestedMap(get("", "persistentvolumes", "", "archive").Object, "spec")
	if err != nil {
		t.Fatal(err)
	}
	claim, _ := volume["claimRef"].(map[string]any)
	if volume["nodeAffinity"] != nil || claim["name"] != "archive" || claim["uid"] != nil {
		t.Errorf("volume archive: %v", volume)
	}
	if class := get("storage.k8s.io", "storageclasses", "", "files"); class.Object["allowedTopologies"] != nil {
		t.Errorf("class files: %v", class)
	}
	for name, want := range map[string]string{
		"archive": "", "ledger": "standard", "uploads": "standard", "shared": "shared", "data-db-0": "standard",
	} {
		spec, _, err := unstructured.NestedMap(get("", "persistentvolumeclaims", "shop", name).Object, "spec")
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := spec["storageClassName"].(string); got != want || spec["volumeName"] != nil {
			t.Errorf("claim %s: class %q, volume %v; expected class %q", name, got, spec["volumeName"], want)
		}
	}
}

// TestExitPlanRehearsal runs the commands of an exit plan as they are printed: it exports a cluster, adapts the objects
// and applies them to the API server of another host. Nothing is refused there, and every object that the inventory
// calls portable arrives without a setting of Scaleway.
func TestExitPlanRehearsal(t *testing.T) {
	t.Parallel()
	host := newRehearsalHost(t)
	r := newRig(t)
	objects := strings.ReplaceAll(estateText(t), estateDigest, host.push(t))
	r.createEstate(t, objects)
	target, client := newHost(t)
	found := r.inventory(t, asAdmin)
	requireAdaptations(t, found)
	plan := report.ExitPlan(found, "sha256:00", responsibility.English)
	requireNamed(t, found, plan, objects)
	dir := host.dir
	writeKubeconfig(t, filepath.Join(dir, "kubeconfig"), r.server, target)
	script, skipped := []string{}, 0
	for _, block := range shellBlocks(plan) {
		if needsHelm(block) {
			skipped++
			continue
		}
		script = append(script, host.withRegistry(t, block))
	}
	if len(script) != 15 || skipped != 1 {
		t.Errorf("%d blocks of commands ran, %d did not", len(script), skipped)
	}
	host.run(t, strings.Join(script, "\n"))
	arrived := 0
	for _, k := range found.Kinds.Items {
		arrived += requireArrived(t, client, k)
	}
	exported := countItems(t, filepath.Join(dir, "export"))
	adapted := countItems(t, filepath.Join(dir, "adapted"))
	t.Logf("%d objects exported, %d adapted, %d arrived", exported, adapted, arrived)
	if exported < 55 || adapted != exported-1 || arrived != adapted {
		t.Errorf("%d objects exported, %d adapted, %d arrived", exported, adapted, arrived)
	}
	requireNothingOfScaleway(t, filepath.Join(dir, "adapted"))
	requireStorage(t, client)
	host.requireCopied(t)
	host.requirePullSecret(t, client)
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
		"topology_key topology.kubernetes.io/zone=fr-par-1 2",
		"storage_class encrypted 2",
		"storage_class sbs-default 1",
		"storage_class sfs-standard 1",
		"driver csi.scaleway.com 8",
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
	r := newRig(t)
	r.createEstate(t, estateText(t))
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
