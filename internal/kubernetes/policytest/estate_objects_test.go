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

// member is one object of the estate: what a chart renders, or what a controller creates.
type member struct {
	product string
	object  *unstructured.Unstructured
	// who creates it: a user and its groups. Empty is an administrator of the cluster, such as the user of Helm.
	who []string
}

func (m member) title() string { return title(m.object) }

// readEstate reads the manifests and adds what Kubernetes' own controllers create of them. A manifest may begin with
// the comment "# as: USER"; the first of a file begins with its product, version and source.
func readEstate(t *testing.T) []member {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "estate", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal("no manifests", err)
	}
	found := []member{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		product := ""
		for i, document := range strings.Split(string(raw), "\n---\n") {
			head := map[string]string{}
			for line := range strings.Lines(document) {
				comment, ok := strings.CutPrefix(strings.TrimSpace(line), "# ")
				if !ok {
					break
				}
				key, value, _ := strings.Cut(comment, ": ")
				head[key] = value
			}
			if i == 0 {
				product = head["product"]
				if product == "" || head["version"] == "" || !strings.HasPrefix(head["follows"], "https://") {
					t.Errorf("%s does not begin with its product, version and source", file)
				}
			}
			m := member{product: product, object: parse(t, document)}
			if user := head["as"]; user != "" {
				m.who = withGroups(user)
			}
			found = append(append(found, m), controlled(t, m)...)
		}
	}
	return found
}

// withGroups adds the groups of a service account to its name.
func withGroups(user string) []string {
	parts := strings.Split(user, ":")
	return []string{user, "system:serviceaccounts", "system:serviceaccounts:" + parts[2], "system:authenticated"}
}

// controllerOf are the service accounts in kube-system of the controllers that create what a kind describes.
func controllerOf(kind string) string {
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

// controlled are the objects that Kubernetes' own controllers create of one, and of those: a Deployment has a
// ReplicaSet, which has a Pod, which may have the claim of an ephemeral volume.
func controlled(t *testing.T, m member) []member {
	t.Helper()
	made := map[string]*unstructured.Unstructured{}
	kind := m.object.GetKind()
	switch kind {
	case "Deployment":
		set := m.object.DeepCopy()
		set.Object["spec"] = map[string]any{
			"replicas": int64(1),
			"selector": field(t, m.object.Object, "spec", "selector"),
			"template": field(t, m.object.Object, "spec", "template"),
		}
		set.SetKind("ReplicaSet")
		set.SetName(m.object.GetName() + "-7d9c5b8f6d")
		made["ReplicaSet"] = set
	case "CronJob":
		template := field(t, m.object.Object, "spec", "jobTemplate")
		job := child(t, "Job", m.object.GetName()+"-29399040", m.object, template)
		job.SetAPIVersion("batch/v1")
		made["Job"] = job
	default:
		if controllerOf(kind) != "" {
			made = derive(t, m.object)
		}
	}
	found := []member{}
	for _, name := range slices.Sorted(maps.Keys(made)) {
		if made[name].GetKind() == "PersistentVolumeClaim" && kind != "Pod" && kind != "StatefulSet" {
			continue // the Pod makes it, and comes with it
		}
		controller := "system:serviceaccount:kube-system:" + controllerOf(kind)
		next := member{product: m.product, object: made[name], who: withGroups(controller)}
		found = append(append(found, next), controlled(t, next)...)
	}
	return found
}

// customKinds are the kinds, with their resources, of API groups that the products bring, as far as the estate uses
// them.
func customKinds() map[string]string {
	return map[string]string{
		"gateway.networking.k8s.io/v1":   "Gateway gateways, GatewayClass gatewayclasses cluster, HTTPRoute httproutes",
		"gateway.envoyproxy.io/v1alpha1": "EnvoyProxy envoyproxies, ClientTrafficPolicy clienttrafficpolicies",
		"traefik.io/v1alpha1":            "IngressRoute ingressroutes, Middleware middlewares",
		"cert-manager.io/v1": "ClusterIssuer clusterissuers cluster, Certificate certificates, CertificateRequest " +
			"certificaterequests",
		"acme.cert-manager.io/v1":     "Order orders, Challenge challenges",
		"externaldns.k8s.io/v1alpha1": "DNSEndpoint dnsendpoints",
		"monitoring.coreos.com/v1": "Prometheus prometheuses, Alertmanager alertmanagers, ServiceMonitor servicemonitors, " +
			"PrometheusRule prometheusrules",
		"velero.io/v1": "BackupStorageLocation backupstoragelocations, Schedule schedules, Backup backups, Restore " +
			"restores",
		"velero.io/v2alpha1": "DataUpload datauploads, DataDownload datadownloads",
		"snapshot.storage.k8s.io/v1": "VolumeSnapshot volumesnapshots, VolumeSnapshotClass volumesnapshotclasses cluster, " +
			"VolumeSnapshotContent volumesnapshotcontents cluster",
		"argoproj.io/v1alpha1":          "Application applications, AppProject appprojects",
		"postgresql.cnpg.io/v1":         "Cluster clusters, ScheduledBackup scheduledbackups, Backup backups",
		"secrets-store.csi.x-k8s.io/v1": "SecretProviderClass secretproviderclasses",
	}
}

// definition is as much of a CustomResourceDefinition as the API server needs to serve the kind.
func definition(groupVersion, resource string) *unstructured.Unstructured {
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
				"kind": words[0], "listKind": words[0] + "List", "plural": words[1], "singular": strings.ToLower(words[0]),
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
	// Groups of Kubernetes need it.
	o.SetAnnotations(map[string]string{"api-approved.kubernetes.io": "unapproved, as a test"})
	return o
}
