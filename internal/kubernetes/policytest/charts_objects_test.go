package policytest

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// chartObject is an object that a chart renders or that a controller creates from it.
type chartObject struct {
	product string
	object  *unstructured.Unstructured
	// user is the user with groups that creates the object. If it is empty, an administrator such as the user of Helm
	// does.
	user []string
}

// title returns the namespace, kind and name of the object.
func (m chartObject) title() string { return title(m.object) }

// readChartObjects reads the manifests and adds the objects that Kubernetes controllers create from them. A manifest
// may begin with the comment "# as: USER". The first manifest of a file begins with the product, version and source.
func readChartObjects(t *testing.T) []chartObject {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "charts", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no manifests found, error %v", err)
	}
	found := []chartObject{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		product := ""
		for i, document := range strings.Split(string(raw), "\n---\n") {
			header := map[string]string{}
			for line := range strings.Lines(document) {
				comment, ok := strings.CutPrefix(strings.TrimSpace(line), "# ")
				if !ok {
					break
				}
				key, value, _ := strings.Cut(comment, ": ")
				header[key] = value
			}
			if i == 0 {
				product = header["product"]
				if product == "" || header["version"] == "" || !strings.HasPrefix(header["follows"], "https://") {
					t.Errorf("%s: no product, version and source at the beginning", file)
				}
			}
			m := chartObject{product: product, object: parse(t, document)}
			if user := header["as"]; user != "" {
				m.user = withServiceAccountGroups(user)
			}
			found = append(append(found, m), controllerObjects(t, m)...)
		}
	}
	return found
}

// withServiceAccountGroups returns a service account with its groups.
func withServiceAccountGroups(user string) []string {
	parts := strings.Split(user, ":")
	return []string{user, "system:serviceaccounts", "system:serviceaccounts:" + parts[2], "system:authenticated"}
}

// controllerFor returns the service account in kube-system of the controller of a kind.
func controllerFor(kind string) string {
	return map[string]string{
		"Deployment":  "deployment-controller",
		"ReplicaSet":  "replicaset-controller",
		"StatefulSet": "statefulset-controller",
		"DaemonSet":   "daemon-set-controller",
		"CronJob":     "cronjob-controller",
		"Job":         "job-controller",
		"Pod":         "ephemeral-volume-controller",
	}[kind]
}

// controllerObjects returns the objects that Kubernetes controllers create from an object, recursively: a Deployment
// has a ReplicaSet, which has a Pod, which may have the claim of an ephemeral volume.
func controllerObjects(t *testing.T, m chartObject) []chartObject {
	t.Helper()
	created := map[string]*unstructured.Unstructured{}
	kind := m.object.GetKind()
	switch kind {
	case "Deployment":
		set := m.object.DeepCopy()
		set.Object["spec"] = map[string]any{
			"replicas": int64(1),
			"selector": nestedMap(t, m.object.Object, "spec", "selector"),
			"template": nestedMap(t, m.object.Object, "spec", "template"),
		}
		set.SetKind("ReplicaSet")
		set.SetName(m.object.GetName() + "-7d9c5b8f6d")
		created["ReplicaSet"] = set
	case "CronJob":
		template := nestedMap(t, m.object.Object, "spec", "jobTemplate")
		job := newFromTemplate(t, "Job", m.object.GetName()+"-29399040", m.object, template)
		job.SetAPIVersion("batch/v1")
		created["Job"] = job
	default:
		if controllerFor(kind) != "" {
			created = deriveObjects(t, m.object)
		}
	}
	found := []chartObject{}
	for _, name := range slices.Sorted(maps.Keys(created)) {
		if created[name].GetKind() == "PersistentVolumeClaim" && kind != "Pod" && kind != "StatefulSet" {
			continue // added with the Pod
		}
		controller := "system:serviceaccount:kube-system:" + controllerFor(kind)
		next := chartObject{product: m.product, object: created[name], user: withServiceAccountGroups(controller)}
		found = append(append(found, next), controllerObjects(t, next)...)
	}
	return found
}

// customKinds returns the custom kinds of the products with their resources, by API group and version.
func customKinds() map[string]string {
	return map[string]string{
		"gateway.networking.k8s.io/v1":   "Gateway gateways, GatewayClass gatewayclasses cluster, HTTPRoute httproutes",
		"gateway.envoyproxy.io/v1alpha1": "EnvoyProxy envoyproxies, ClientTrafficPolicy clienttrafficpolicies",
		"traefik.io/v1alpha1":            "IngressRoute ingressroutes, Middleware middlewares",
		"cert-manager.io/v1": "ClusterIssuer clusterissuers cluster, Certificate certificates, CertificateRequest " +
			"certificaterequests",
		"acme.cert-manager.io/v1":     "Order orders, Challenge challenges",
		"externaldns.k8s.io/v1alpha1": "DNSEndpoint dnsendpoints",
		"monitoring.coreos.com/v1": "Prometheus prometheuses, Alertmanager alertmanagers, ServiceMonitor " +
			"servicemonitors, PrometheusRule prometheusrules",
		"velero.io/v1": "BackupStorageLocation backupstoragelocations, Schedule schedules, Backup backups, Restore " +
			"restores",
		"velero.io/v2alpha1": "DataUpload datauploads, DataDownload datadownloads",
		"snapshot.storage.k8s.io/v1": "VolumeSnapshot volumesnapshots, VolumeSnapshotClass volumesnapshotclasses " +
			"cluster, VolumeSnapshotContent volumesnapshotcontents cluster",
		"argoproj.io/v1alpha1":          "Application applications, AppProject appprojects",
		"postgresql.cnpg.io/v1":         "Cluster clusters, ScheduledBackup scheduledbackups, Backup backups",
		"secrets-store.csi.x-k8s.io/v1": "SecretProviderClass secretproviderclasses",
	}
}

// newDefinition returns a minimal CustomResourceDefinition.
func newDefinition(groupVersion, resource string) *unstructured.Unstructured {
	group, version, _ := strings.Cut(groupVersion, "/")
	words := strings.Fields(resource)
	scope := "Namespaced"
	if len(words) > 2 {
		scope = "Cluster"
	}
	o := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"spec": map[string]any{
			"group": group, "scope": scope,
			"names": map[string]any{
				"kind": words[0], "listKind": words[0] + "List", "plural": words[1],
				"singular": strings.ToLower(words[0]),
			},
			"versions": []any{map[string]any{
				"name": version, "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{
					"type": "object", "x-kubernetes-preserve-unknown-fields": true,
				}},
			}},
		},
	}}
	o.SetName(words[1] + "." + group)
	// Required for API groups of Kubernetes.
	o.SetAnnotations(map[string]string{"api-approved.kubernetes.io": "unapproved, test only"})
	return o
}
