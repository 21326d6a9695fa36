package bench

import (
	"fmt"
	"net/http/httptest"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// The large estate of BenchmarkAssess.
const (
	assessNodes       = 500
	assessBalancers   = 20
	assessVolumes     = 1000
	assessSnapshots   = 30 // of each volume
	assessPods        = 3000
	assessDeployments = 300
)

// BenchmarkAssess measures `srm assess` of a large cluster: 500 nodes, 1000 volumes with 30 snapshots each, 20 Load
// Balancers, 3000 pods. Each request to the Scaleway API takes 50 ms. It reports the requests to that API, and the peak
// memory of the process.
func BenchmarkAssess(b *testing.B) {
	binary := buildCommand(b)
	kubernetes := startLargeCluster(b, "")
	server := sandbox.New(sandbox.Options{
		Start: acctest.StartTime(), Speed: 2000, Latency: 50 * time.Millisecond, Kubeconfig: kubernetes.Kubeconfig(),
	})
	if err := server.LoadEstate(b.Context(), largeEstate()); err != nil {
		b.Fatal(err)
	}
	server.Advance(time.Hour) // new objects are not judged
	api := httptest.NewServer(server)
	b.Cleanup(api.Close)
	requests, peak := 0, 0.0
	for b.Loop() {
		before := len(server.Requests())
		out, used := runCommand(b, binary, api.URL, "assess", "--cluster", "large", "--hds", "--output", "")
		if !strings.Contains(out, "PersistentVolume/pvc-0") {
			b.Fatalf("the cluster was not read:\n%s", out)
		}
		requests = len(server.Requests()) - before
		peak = max(peak, used)
	}
	b.ReportMetric(float64(requests), "requests")
	b.ReportMetric(peak, "peak-MB")
}

// buildCommand builds the command srm with the flags of a release, and returns its path.
func buildCommand(b *testing.B) string {
	b.Helper()
	return buildBinary(b, module+"/cmd/srm", "srm")
}

// runCommand runs the command srm, and returns its output and the peak memory of the process in MB.
func runCommand(b *testing.B, binary, api string, arguments ...string) (output string, peak float64) {
	b.Helper()
	command := exec.CommandContext(b.Context(), binary, arguments...)
	command.Env = []string{
		"HOME=" + b.TempDir(), "SCW_API_URL=" + api, "SCW_ACCESS_KEY=" + sandbox.AccessKey,
		"SCW_SECRET_KEY=" + sandbox.SecretKey, "SCW_DEFAULT_PROJECT_ID=" + sandbox.ProjectID,
		"SCW_DEFAULT_ORGANIZATION_ID=" + sandbox.OrganizationID,
	}
	out, err := command.CombinedOutput()
	if err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peak = float64(usage.Maxrss) / 1024
	}
	return string(out), peak
}

// largeEstate returns the objects of the estate outside the cluster.
func largeEstate() []byte {
	const pools = 4
	var b strings.Builder
	b.WriteString("clusters:\n  - { name: large, type: kapsule-dedicated-16, version: 1.36.5, cni: cilium, " +
		"private_network_id: \"${private_networks.sandbox}\" }\npools:\n")
	for i := range pools {
		fmt.Fprintf(&b, "  - { name: p%d, cluster: \"${clusters.large}\", node_type: POP2-2C-8G, size: %d, "+
			"zone: fr-par-%d, root_volume_type: sbs_5k, root_volume_size: 20GB, public_ip_disabled: true }\n",
			i, assessNodes/pools, i%3+1)
	}
	b.WriteString("volumes:\n")
	for i := range assessVolumes {
		fmt.Fprintf(&b, "  - { name: pvc-%d, zone: fr-par-%d, from_empty: { size: 10GB } }\n", i, i%3+1)
	}
	b.WriteString("snapshots:\n")
	for i := range assessVolumes * assessSnapshots {
		volume := i % assessVolumes
		fmt.Fprintf(&b, "  - { name: s%d, zone: fr-par-%d, volume_id: \"${volumes.pvc-%d}\" }\n", i, volume%3+1, volume)
	}
	b.WriteString("load_balancers:\n")
	for i := range assessBalancers {
		fmt.Fprintf(
			&b,
			"  - { name: \"${clusters.large}_5f0a7c9e-0000-4000-8000-%012d\", as: l%d, type: lb-s }\n",
			i,
			i,
		)
	}
	b.WriteString("backends:\n")
	for i := range assessBalancers {
		fmt.Fprintf(&b, "  - { name: b%d, load_balancer: \"${load_balancers.l%d}\", forward_protocol: http, "+
			"forward_port: 80 }\n", i, i)
	}
	b.WriteString("frontends:\n")
	for i := range assessBalancers * 2 {
		fmt.Fprintf(&b, "  - { name: f%d, load_balancer: \"${load_balancers.l%d}\", inbound_port: %d, "+
			"backend_id: \"${backends.b%d}\" }\n", i, i/2, 80+i%2*8000, i/2)
	}
	return []byte(b.String())
}

// largeCluster is an API server with many objects.
type largeCluster struct {
	*apiserver.Server
	client dynamic.Interface
}

// create creates an object of a manifest with arguments.
func (c largeCluster) create(t testing.TB, plural, manifest string, arguments ...any) {
	o := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(fmt.Appendf(nil, manifest, arguments...), &o.Object); err != nil {
		t.Fatal(err)
	}
	resource := c.client.Resource(o.GroupVersionKind().GroupVersion().WithResource(plural))
	var err error
	if namespace := o.GetNamespace(); namespace != "" {
		_, err = resource.Namespace(namespace).Create(t.Context(), o, metav1.CreateOptions{})
	} else {
		_, err = resource.Create(t.Context(), o, metav1.CreateOptions{})
	}
	if err != nil {
		t.Error(err)
	}
}

// startLargeCluster starts an API server with the objects of the estate in the cluster.
func startLargeCluster(b *testing.B, auditPolicy string) largeCluster {
	b.Helper()
	dir, err := apiserver.FindBinaries()
	if err != nil {
		b.Fatal(err)
	}
	server, err := apiserver.StartWith(b.Context(), dir, apiserver.Options{
		AuditPolicy: auditPolicy, Users: acctest.SandboxUsers(),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Stop(); err != nil {
			b.Error(err)
		}
	})
	if err := server.Seed(b.Context()); err != nil {
		b.Fatal(err)
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(server.Kubeconfig())
	if err != nil {
		b.Fatal(err)
	}
	config.QPS, config.BearerToken = -1, sandbox.SecretKey
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		b.Fatal(err)
	}
	cluster := largeCluster{server, client}
	create := cluster.create
	create(b, "namespaces", "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
	concurrent := acctest.NewConcurrent(b, 16)
	for i := range assessDeployments {
		concurrent.Go(func(t testing.TB) {
			create(t, "deployments", `{apiVersion: apps/v1, kind: Deployment, metadata: {name: d%d, namespace: shop},
				spec: {replicas: 10, selector: {matchLabels: {app: d%[1]d}}, template: {
				metadata: {labels: {app: d%[1]d}}, spec: {
				containers: [{name: c, image: "rg.fr-par.scw.cloud/shop/d%[1]d:1.2.3"}]}}}}`, i)
		})
	}
	for i := range assessPods {
		concurrent.Go(func(t testing.TB) {
			create(t, "pods", `{apiVersion: v1, kind: Pod, metadata: {name: p%d, namespace: shop, ownerReferences: [
				{apiVersion: apps/v1, kind: ReplicaSet, name: d%d-1, uid: u%[2]d, controller: true}]},
				spec: {containers: [{name: c, image: "rg.fr-par.scw.cloud/shop/d%[2]d:1.2.3"}]}}`,
				i, i%assessDeployments)
		})
	}
	for i := range assessVolumes {
		concurrent.Go(func(t testing.TB) {
			create(t, "persistentvolumes", `{apiVersion: v1, kind: PersistentVolume, metadata: {name: pvc-%d}, spec: {
				capacity: {storage: 10Gi}, accessModes: [ReadWriteOnce], persistentVolumeReclaimPolicy: Retain,
				claimRef: {namespace: shop, name: v%[1]d},
				csi: {driver: csi.scaleway.com, volumeHandle: fr-par-%d/%d, volumeAttributes: {encrypted: "true"}}}}`,
				i, i%3+1, i)
			create(t, "persistentvolumeclaims", `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: v%d,
				namespace: shop}, spec: {accessModes: [ReadWriteOnce], volumeName: pvc-%[1]d,
				resources: {requests: {storage: 10Gi}}}}`, i)
		})
	}
	concurrent.Wait()
	return cluster
}
