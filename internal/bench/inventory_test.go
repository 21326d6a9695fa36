package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/kubeobjects"
	"github.com/terraform-srm/terraform-provider-srm/internal/inventory"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// What BenchmarkInventory adds to the large cluster.
const (
	inventoryDefinitions = 200  // Each with one custom resource.
	inventorySecrets     = 2200 // And as many ConfigMaps.
	inventorySingles     = 90   // Pods that no workload created.
	inventoryObjects     = 10_000
)

// readSecrets is an audit policy that logs the bodies of responses to reads of Secrets by the user of srm.
const readSecrets = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: RequestResponse
    users: ["scaleway:bearer:` + sandbox.UserID + `"]
    verbs: [get, list, watch]
    resources: [{group: "", resources: [secrets]}]
  - level: None
`

// BenchmarkInventory measures `srm inventory` of a cluster with 10000 objects on a real API server: 3000 pods, 1000
// volumes, 200 custom resource definitions, 2200 Secrets. Each request, to the Scaleway API and to the API server,
// takes 50 ms more. It reports the requests to both, the peak memory of the process, and the number of responses in the
// audit log that had the content of Secrets.
func BenchmarkInventory(b *testing.B) {
	binary := buildCommand(b)
	cluster := startLargeCluster(b, readSecrets)
	addInventoryObjects(b, cluster)
	var requests atomic.Int64
	proxy := acctest.APIServerProxy(b, cluster.Server)
	options := sandbox.Options{Start: acctest.StartTime(), Speed: 2000, Latency: latency}
	acctest.WithKubernetesHandler(b, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		requests.Add(1)
		time.Sleep(latency)
		proxy.ServeHTTP(w, q)
	}))(&options)
	server := sandbox.New(options)
	if err := server.LoadEstate(b.Context(), largeEstate()); err != nil {
		b.Fatal(err)
	}
	api := httptest.NewServer(server)
	b.Cleanup(api.Close)
	file := filepath.Join(b.TempDir(), "inventory.json")
	inCluster, outside, peak := 0, 0, 0.0
	for b.Loop() {
		toAPI, toCluster := len(server.Requests()), requests.Load()
		_, used := runCommand(b, binary, api.URL, "inventory", "--cluster", "large", "--json", file)
		inCluster, outside = int(requests.Load()-toCluster), len(server.Requests())-toAPI
		peak = max(peak, used)
	}
	found := inventory.Inventory{}
	content, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal(content, &found); err != nil {
		b.Fatal(err)
	}
	if found.Objects < inventoryObjects || len(found.Unlisted()) > 0 || found.Workloads.Missing() != nil {
		b.Errorf("%d objects; not read: %+v, %+v", found.Objects, found.Unlisted(), found.Workloads.Missing())
	}
	b.ReportMetric(float64(found.Objects), "objects")
	b.ReportMetric(float64(len(found.Kinds.Items)), "kinds")
	b.ReportMetric(float64(inCluster), "cluster-requests")
	b.ReportMetric(float64(outside), "api-requests")
	b.ReportMetric(peak, "peak-MB")
	b.ReportMetric(float64(len(content))/1e6, "file-MB")
	b.ReportMetric(float64(secretContents(b, cluster)), "secret-contents")
}

// addInventoryObjects creates the objects that BenchmarkInventory adds.
func addInventoryObjects(b *testing.B, cluster largeCluster) {
	b.Helper()
	definitions := schema.GroupVersionResource{
		Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions",
	}
	concurrent := acctest.NewConcurrent(b, 16)
	for i := range inventoryDefinitions {
		concurrent.Go(func(t testing.TB) {
			definition := kubeobjects.Definition(
				fmt.Sprintf("g%d.example.com", i%20), "v1", fmt.Sprintf("widget%ds", i), fmt.Sprintf("Widget%d", i),
				"Namespaced",
			)
			_, err := cluster.client.Resource(definitions).Create(t.Context(), definition, metav1.CreateOptions{})
			if err != nil {
				t.Error(err)
			}
		})
	}
	for i := range inventorySecrets {
		concurrent.Go(func(t testing.TB) {
			cluster.create(t, "secrets", `{apiVersion: v1, kind: Secret, metadata: {name: s%d, namespace: shop},
				stringData: {password: not-to-be-read}}`, i)
			cluster.create(t, "configmaps", `{apiVersion: v1, kind: ConfigMap, metadata: {name: c%d, namespace: shop,
				labels: {k8s.scaleway.com/cluster: large}}, data: {setting: not-to-be-read}}`, i)
		})
	}
	for i := range inventorySingles {
		concurrent.Go(func(t testing.TB) {
			cluster.create(t, "pods", `{apiVersion: v1, kind: Pod, metadata: {name: single%d, namespace: shop},
				spec: {containers: [{name: c, image: "rg.fr-par.scw.cloud/shop/single:1.2.3"}]}}`, i)
		})
	}
	concurrent.Wait()
	for i := range inventoryDefinitions {
		resource := schema.GroupVersionResource{
			Group: fmt.Sprintf("g%d.example.com", i%20), Version: "v1", Resource: fmt.Sprintf("widget%ds", i),
		}
		for {
			if _, err := cluster.client.Resource(resource).List(b.Context(), metav1.ListOptions{}); err == nil {
				break
			}
			select {
			case <-b.Context().Done():
				b.Fatal("the API server does not serve " + resource.String())
			case <-time.After(50 * time.Millisecond):
			}
		}
		cluster.create(
			b,
			resource.Resource,
			"{apiVersion: %s/v1, kind: Widget%d, metadata: {name: one, namespace: shop}}",
			resource.Group,
			i,
		)
	}
}

// secretContents returns the number of responses in the audit log that had more than the metadata of Secrets.
func secretContents(b *testing.B, cluster largeCluster) int {
	b.Helper()
	log, err := cluster.AuditLog()
	if err != nil {
		b.Fatal(err)
	}
	reads, contents := 0, 0
	for line := range bytes.Lines(log) {
		event := struct {
			ResponseObject struct {
				Kind string `json:"kind"`
			} `json:"responseObject"`
		}{}
		if err := json.Unmarshal(line, &event); err != nil {
			b.Fatal(err)
		}
		reads++
		if event.ResponseObject.Kind != "PartialObjectMetadataList" {
			contents++
		}
	}
	if reads == 0 {
		b.Error("the audit log has no read of Secrets")
	}
	return contents
}
