package estatetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/kubeobjects"
	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// healthyKinds are the custom kinds of the products in the healthy estate.
func healthyKinds() []string {
	return append(kinds(),
		"cert-manager.io v1 ClusterIssuer clusterissuers Cluster",
		"externaldns.k8s.io v1alpha1 DNSEndpoint dnsendpoints",
		"monitoring.coreos.com v1 Prometheus prometheuses", "monitoring.coreos.com v1 Alertmanager alertmanagers",
		"monitoring.coreos.com v1 ServiceMonitor servicemonitors",
		"monitoring.coreos.com v1 PrometheusRule prometheusrules",
		"velero.io v1 BackupStorageLocation backupstoragelocations", "velero.io v1 Schedule schedules",
		"velero.io v1 Backup backups",
		"snapshot.storage.k8s.io v1 VolumeSnapshotClass volumesnapshotclasses Cluster",
		"snapshot.storage.k8s.io v1 VolumeSnapshot volumesnapshots",
		"snapshot.storage.k8s.io v1 VolumeSnapshotContent volumesnapshotcontents Cluster",
		"argoproj.io v1alpha1 Application applications", "argoproj.io v1alpha1 AppProject appprojects",
	)
}

// healthySettings are the settings of the guardrails.
func healthySettings() guardrails.Settings {
	deny := guardrails.Rule{Action: guardrails.Deny}
	exception := func(namespace, reason string) guardrails.Exception {
		return guardrails.Exception{Namespace: namespace, Reason: reason, Approver: "security officer"}
	}
	return guardrails.Settings{
		ClassName: "srm-encrypted", Namespace: "srm-system", Version: 1, ReclaimPolicy: "Retain", IOPS: 5000,
		Zones:         []string{"fr-par-1", "fr-par-2", "fr-par-3"},
		LoadBalancers: deny, Ingress: deny, NodePorts: deny, KubeSystem: deny, BackendTLS: guardrails.Deny,
		NodeDisk: guardrails.Rule{Action: guardrails.Warn, Exemptions: []guardrails.Exemption{{
			Namespace: "velero", Reason: "The node agent reads the directories of the kubelet.",
			Approver: "security officer", Until: "2099-12-31",
		}}},
		TLSPassthrough:            []guardrails.Exception{exception("ingress-nginx", "ingress-nginx terminates TLS.")},
		AttestedRestores:          []guardrails.Exception{exception("records", "Velero restores encrypted volumes.")},
		DefaultCertificateClasses: []string{"nginx"}, InlineDrivers: guardrails.DefaultInlineDrivers(),
		Users: guardrails.DefaultUsers(), Groups: guardrails.DefaultGroups(),
	}
}

// newHealthyEstate builds a cluster as the provider's resources make it, with guardrails, common products and an
// application.
func newHealthyEstate(t *testing.T) *estate {
	t.Helper()
	e := newEstate(t)
	e.addPool(t)
	client, err := e.kubernetes(sandbox.SecretKey)
	if err != nil {
		t.Fatal(err)
	}
	passphrase := kubernetes.Passphrase{
		Value: "passphrase-of-version-one-0123456789abcdef", Fingerprints: guardrails.NewFingerprints(),
	}
	if _, err := client.Apply(t.Context(), healthySettings(), passphrase, nil); err != nil {
		t.Fatal(err)
	}
	e.define(t, healthyKinds()...)
	for _, o := range readManifests(t, "testdata", "healthy", "namespaces.yaml") {
		e.create(t, "", o)
		e.create(t, "", defaultDeny(t, o.GetName()))
	}
	objects := readManifests(t, "testdata", "healthy", "application.yaml")
	for _, product := range []string{
		"argo-cd", "cert-manager", "external-dns", "ingress-nginx", "kube-prometheus-stack", "node-exporter", "velero",
	} {
		charts := filepath.Join("..", "..", "kubernetes", "policytest", "testdata", "charts")
		objects = append(objects, readManifests(t, charts, product+".yaml")...)
	}
	for _, o := range objects {
		if o.GetKind() == "PersistentVolumeClaim" {
			e.createBoundClaim(t, o)
			continue
		}
		if o.GetKind() == "Certificate" {
			o.Object["status"] = renewedStatus(e.env.Sandbox.Now())
		}
		e.create(t, "", o)
		e.createControlled(t, o)
		if kind, _, _ := unstructured.NestedString(o.Object, "spec", "type"); o.GetKind() == "Service" &&
			kind == "LoadBalancer" {
			e.createLoadBalancer(t, o)
		}
	}
	e.createDatabase(t, map[string]any{
		"backup_same_region": true, "encryption": map[string]any{"enabled": true},
		"init_endpoints": []any{map[string]any{"private_network": map[string]any{
			"private_network_id": sandbox.PrivateNetworkID, "ipam_config": map[string]any{},
		}}},
	})
	e.create(t, "", completedBackup(t, e.env.Sandbox.Now()))
	for _, o := range readManifests(t, "testdata", "healthy", "webhooks.yaml") {
		e.create(t, "", o)
	}
	return e
}

// addPool creates a pool for health data, and restricts the API server to an office.
func (e *estate) addPool(t *testing.T) {
	t.Helper()
	client := e.env.Client(t)
	size, one, zero := scw.Size(100*scw.GB), uint32(1), uint32(0)
	pool, err := client.CreatePool(t.Context(), &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: e.clusterID, Name: "workers", NodeType: "POP2-2C-8G", Size: 2,
		Zone: scw.ZoneFrPar1, PublicIPDisabled: true, RootVolumeType: "sbs_5k", RootVolumeSize: &size,
		ContainerRuntime: k8s.RuntimeContainerd, Autohealing: true, Tags: []string{},
		UpgradePolicy: &k8s.CreatePoolRequestUpgradePolicy{MaxUnavailable: &zero, MaxSurge: &one},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.WaitPool(t.Context(), scw.RegionFrPar, pool.ID, nil); err != nil {
		t.Fatal(err)
	}
	office := &scw.IPNet{IPNet: net.IPNet{IP: net.IPv4(203, 0, 113, 0).To4(), Mask: net.CIDRMask(24, 32)}}
	if _, err := client.SetAllowList(
		t.Context(), scw.RegionFrPar, e.clusterID, []*k8s.ACLRuleRequest{{IP: office}},
	); err != nil {
		t.Fatal(err)
	}
}

// createDatabase creates a managed PostgreSQL with more settings.
func (e *estate) createDatabase(t *testing.T, more map[string]any) {
	t.Helper()
	database := map[string]any{
		"name": "records", "engine": "PostgreSQL-15", "node_type": "DB-DEV-S", "user_name": "admin",
		"password": "Sandbox-Example-1!", "project_id": sandbox.ProjectID,
	}
	maps.Copy(database, more)
	e.post(t, "/rdb/v1/regions/fr-par/instances", database)
}

// post sends a create request to the sandbox and returns the id of the new object.
func (e *estate) post(t *testing.T, path string, body map[string]any) string {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.env.URL+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Auth-Token", sandbox.SecretKey)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	created := map[string]any{}
	if err := json.NewDecoder(response.Body).Decode(&created); err != nil || response.StatusCode/100 != 2 {
		t.Fatalf("POST %s: HTTP %d %v %v", path, response.StatusCode, created, err)
	}
	if volume, wrapped := created["volume"].(map[string]any); wrapped { // Instances
		created = volume
	}
	id, _ := created["id"].(string)
	return id
}

// parse parses a manifest.
func parse(t *testing.T, format string, arguments ...any) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(fmt.Appendf(nil, format, arguments...), &o.Object); err != nil {
		t.Fatal(err)
	}
	return o
}

// defaultDeny returns a policy that denies all incoming traffic of a namespace that no other policy allows.
func defaultDeny(t *testing.T, namespace string) *unstructured.Unstructured {
	t.Helper()
	return parse(t, `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy,
		metadata: {name: default-deny, namespace: %s}, spec: {podSelector: {}, policyTypes: [Ingress]}}`, namespace)
}

// renewedStatus is the status of a Certificate that cert-manager renewed ten days ago.
func renewedStatus(now time.Time) map[string]any {
	day := func(days int) string { return now.AddDate(0, 0, days).Format(time.RFC3339) }
	return map[string]any{
		"notBefore": day(-10), "renewalTime": day(50), "notAfter": day(80),
		"conditions": []any{map[string]any{"type": "Ready", "status": "True"}},
	}
}

// completedBackup is the newest backup of Velero.
func completedBackup(t *testing.T, now time.Time) *unstructured.Unstructured {
	t.Helper()
	return parse(t, `{apiVersion: velero.io/v1, kind: Backup, metadata: {name: nightly-1, namespace: velero,
		labels: {velero.io/schedule-name: nightly}}, spec: {includedNamespaces: [records]},
		status: {phase: Completed, completionTimestamp: %q}}`, now.Add(-8*time.Hour).Format(time.RFC3339))
}

// createControlled creates what the controllers of Kubernetes create for a workload: a pod, and the claims of a
// StatefulSet.
func (e *estate) createControlled(t *testing.T, o *unstructured.Unstructured) {
	t.Helper()
	owner := map[string]string{
		"Deployment": "ReplicaSet", "StatefulSet": "StatefulSet", "DaemonSet": "DaemonSet",
	}[o.GetKind()]
	if owner == "" {
		return
	}
	template, _, err := unstructured.NestedMap(o.Object, "spec", "template")
	if err != nil {
		t.Fatal(err)
	}
	pod := &unstructured.Unstructured{Object: template}
	pod.SetAPIVersion("v1")
	pod.SetKind("Pod")
	pod.SetNamespace(o.GetNamespace())
	pod.SetName(o.GetName() + "-0")
	isController := true
	pod.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: "apps/v1", Kind: owner, Name: o.GetName(), UID: "00000000-0000-4000-8000-000000000001",
		Controller: &isController,
	}})
	templates, _, _ := unstructured.NestedSlice(o.Object, "spec", "volumeClaimTemplates")
	volumes, _, _ := unstructured.NestedSlice(template, "spec", "volumes")
	for _, item := range templates {
		claim := &unstructured.Unstructured{}
		claim.Object, _ = item.(map[string]any)
		volume := claim.GetName()
		claim.SetAPIVersion("v1")
		claim.SetKind("PersistentVolumeClaim")
		claim.SetNamespace(o.GetNamespace())
		claim.SetName(volume + "-" + pod.GetName())
		e.createBoundClaim(t, claim)
		volumes = append(volumes, map[string]any{
			"name": volume, "persistentVolumeClaim": map[string]any{"claimName": claim.GetName()},
		})
	}
	if err := unstructured.SetNestedSlice(template, volumes, "spec", "volumes"); err != nil {
		t.Fatal(err)
	}
	e.create(t, "", pod)
}

// createBoundClaim creates a claim, its volume as the CSI driver does, and binds them as the volume controller does.
func (e *estate) createBoundClaim(t *testing.T, o *unstructured.Unstructured) {
	t.Helper()
	claim := e.create(t, "", o)
	id := e.post(t, "/block/v1/zones/fr-par-1/volumes", map[string]any{
		"name": "pvc-" + string(claim.GetUID()), "project_id": sandbox.ProjectID, "perf_iops": 5000,
		"from_empty": map[string]any{"size": 50_000_000_000},
	})
	volume := parse(t, `
apiVersion: v1
kind: PersistentVolume
metadata: {name: pvc-%[1]s, annotations: {pv.kubernetes.io/provisioned-by: csi.scaleway.com}}
spec:
  capacity: {storage: 50Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  storageClassName: srm-encrypted
  claimRef: {apiVersion: v1, kind: PersistentVolumeClaim, namespace: %[2]s, name: %[3]s, uid: %[1]s}
  csi:
    driver: csi.scaleway.com
    volumeHandle: fr-par-1/%[4]s
    volumeAttributes: {encrypted: "true", storage.kubernetes.io/csiProvisionerIdentity: 1-8081-csi.scaleway.com}
    nodeStageSecretRef: {namespace: srm-system, name: srm-passphrase-v1}
    nodeExpandSecretRef: {namespace: srm-system, name: srm-passphrase-v1}
status: {phase: Bound}
`, claim.GetUID(), claim.GetNamespace(), claim.GetName(), id)
	e.create(t, "kube-system:scaleway-csi", volume)
	e.patch(t, "kube-system:persistent-volume-binder", o, fmt.Sprintf(`{"spec":{"volumeName":%q}}`, volume.GetName()))
	e.patch(t, "kube-system:persistent-volume-binder", o, `{"status":{"phase":"Bound"}}`, "status")
}

// createLoadBalancer creates the Load Balancer of a Service as the cloud controller manager does.
func (e *estate) createLoadBalancer(t *testing.T, o *unstructured.Unstructured) {
	t.Helper()
	service, err := kubeobjects.Resource(e.dynamic(t, ""), o).Get(t.Context(), o.GetName(), metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	uid := string(service.GetUID())
	id := e.post(t, "/lb/v1/zones/fr-par-1/lbs", map[string]any{
		"name": e.clusterID + "_" + uid, "description": "kubernetes service " + o.GetName(), "type": "LB-S",
		"project_id": sandbox.ProjectID, "assign_flexible_ip": true,
		"tags": []string{"kapsule", "cluster=" + e.clusterID, "managed-by-scaleway-cloud-controller-manager"},
	})
	ports, _, _ := unstructured.NestedSlice(service.Object, "spec", "ports")
	for _, item := range ports {
		port, _ := item.(map[string]any)
		backend := e.post(t, "/lb/v1/zones/fr-par-1/lbs/"+id+"/backends", map[string]any{
			"name": fmt.Sprintf("%s_tcp_%d", uid, port["nodePort"]), "forward_protocol": "tcp",
			"forward_port": port["nodePort"], "server_ip": []string{"172.16.0.2"},
			"health_check": map[string]any{
				"port": port["nodePort"], "check_max_retries": 3, "check_delay": 60000, "check_timeout": 30000,
				"tcp_config": map[string]any{},
			},
		})
		e.post(t, "/lb/v1/zones/fr-par-1/lbs/"+id+"/frontends", map[string]any{
			"name": fmt.Sprintf("%s_tcp_%d", uid, port["port"]), "inbound_port": port["port"], "backend_id": backend,
		})
	}
	e.patch(t, "kube-system:cloud-controller-manager", o, fmt.Sprintf(
		`{"metadata":{"annotations":{"service.beta.kubernetes.io/scw-loadbalancer-id":"fr-par-1/%s"}}}`, id))
}

// expectedHealthy are the results of checks in the healthy estate, without any input and attestation.
func expectedHealthy() map[string]assessment.Result {
	return map[string]assessment.Result{
		// Argo CD, cert-manager, ingress-nginx, the Prometheus operator and Velero hold broad rights by design.
		"rbac_broad_bindings": assessment.NeedsDecision,
		"rbac_secret_readers": assessment.Pass,
		"admission_policies":  assessment.Pass,
		// node-exporter and velero run pods that baseline refuses, and no attestation names them.
		"pod_security":                assessment.Fail,
		"network_policy_default_deny": assessment.Pass,
		"volumes_encrypted":           assessment.Pass,
		// The node agent of Velero mounts the kubelet's directories writable, and no attestation names it.
		"workload_volume_sources": assessment.Fail,
		"default_storage_class":   assessment.Pass,
		"node_port_exposure":      assessment.Pass,
		"ingress_tls":             assessment.Pass,
		// The Service of ingress-nginx and a claim that Velero backs up declare it.
		"tls_passthrough_declared": assessment.NeedsDecision,
		"certificate_renewal":      assessment.Pass,
		"guardrails_exemptions":    assessment.Pass,
		"backup_location":          assessment.Pass,
		"privileged_pod_access":    assessment.Pass,
		// There is no attestation that names the add-ons.
		"addons_evaluated": assessment.NotEvaluated,
		// Scaleway does not publish the field managers of its components.
		"kube_system_unmodified": assessment.NeedsDecision,
		// ingress-nginx is no longer maintained.
		"unmaintained_ingress": assessment.Fail,
		"database_neighbour":   assessment.Pass,
		// Indicators.
		"image_references": assessment.NotApplicable,
		"backup_jobs":      assessment.NotApplicable,
		"saas_agents":      assessment.NotApplicable,
	}
}

// maxFails and maxDecisions bound what an assessment asks of the owner of a healthy cluster. A longer list would not be
// read.
const (
	maxFails     = 5
	maxDecisions = 12
)

// TestHealthyEstate assesses a cluster as a careful team runs it.
func TestHealthyEstate(t *testing.T) {
	t.Parallel()
	e := newHealthyEstate(t)
	facts, judged := e.assess(t, sandbox.SecretKey, nil)
	fails, decisions := []string{}, []string{}
	for _, f := range judged.Findings {
		if f.Layer == assessment.LayerAttestation {
			continue
		}
		t.Logf("%s | %s | %s | %s | %s", f.Check, f.Result, f.Severity, f.Population, f.Found.EN)
		switch f.Result {
		case assessment.Fail:
			fails = append(fails, f.Check)
		case assessment.NeedsDecision:
			decisions = append(decisions, f.Check)
		}
	}
	if len(fails) > maxFails || len(decisions) > maxDecisions {
		t.Errorf("%d fails %q, %d decisions %q", len(fails), fails, len(decisions), decisions)
	}
	for check, want := range expectedHealthy() {
		if _, exists := assessment.LookupCheck(check); !exists {
			continue
		}
		f, _ := judged.Finding(check)
		needsAPI := check == "node_port_exposure" || check == "network_policy_default_deny"
		if needsAPI && facts.Cluster.Missing() != nil {
			want = assessment.NotEvaluated // They need the nodes, or the CNI of the cluster.
		}
		if f.Result != want {
			t.Errorf("%s: %s, expected %s: %s %+v", check, f.Result, want, f.Found.EN, f.NotEvaluated)
		}
	}
	if len(facts.InCluster.Volumes.Items) < 5 || len(facts.InCluster.Workloads.Items) < 25 {
		t.Errorf("%d volumes, %d workloads", len(facts.InCluster.Volumes.Items), len(facts.InCluster.Workloads.Items))
	}

	toServer := 0
	for _, r := range facts.Requests {
		if r.ID == "" || r.Date == "" || r.Status == 0 {
			t.Errorf("a request without evidence: %+v", r)
		}
		if strings.Contains(r.URL, "/apis/") {
			toServer++
		}
	}
	if toServer < 20 {
		t.Errorf("%d requests to the API server", toServer)
	}

	t.Run("declared", func(t *testing.T) { e.testDeclared(t) })
	t.Run("plaintext", func(t *testing.T) { e.testPlaintext(t) })
}

// testDeclared assesses the estate with attestations: what they name is accepted.
func (e *estate) testDeclared(t *testing.T) {
	today := e.env.Sandbox.Now()
	attestation := func(kind string, fields map[string]any) assessment.Attestation {
		return assessment.Attestation{
			ID: kind, Kind: kind, Scope: e.id(), Result: assessment.ResultSuccess, PerformedOn: today.AddDate(0, -1, 0),
			Until: today.AddDate(0, 4, 0), PerformedBy: "sre", ReviewedBy: "ciso", Fields: fields,
		}
	}
	_, judged := e.assess(t, sandbox.SecretKey, func(o *assessment.Options) {
		o.Attestations = []assessment.Attestation{
			attestation("supply_chain", map[string]any{"add_ons": []any{map[string]any{
				"name": "velero", "version": "1", "decision": "accepted", "namespaces": []any{"velero"},
			}}}),
			attestation("encryption", map[string]any{"flows": []any{
				map[string]any{"from": "Internet", "to": "ingress-nginx/ingress-nginx-controller", "mechanism": "TLS"},
				map[string]any{"from": "Velero", "to": "records/documents", "mechanism": "LUKS"},
			}}),
		}
	})
	for _, check := range []string{"workload_volume_sources", "tls_passthrough_declared"} {
		if f, _ := judged.Finding(check); f.Result != assessment.Pass {
			t.Errorf("%s: %s %q %s", check, f.Result, f.Subjects, f.Found.EN)
		}
	}
}

// testPlaintext makes one change for each check that passes, which must then fail.
func (e *estate) testPlaintext(t *testing.T) {
	client := e.dynamic(t, "")
	for _, o := range readManifests(t, "testdata", "healthy", "webhooks.yaml") {
		if err := kubeobjects.Resource(client, o).Delete(t.Context(), o.GetName(), metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	certificate := parse(t, `{apiVersion: cert-manager.io/v1, kind: Certificate,
		metadata: {name: late, namespace: records}, spec: {secretName: late}}`)
	status := renewedStatus(e.env.Sandbox.Now())
	status["renewalTime"] = e.env.Sandbox.Now().AddDate(0, 0, -30).Format(time.RFC3339)
	certificate.Object["status"] = status
	e.create(t, "", certificate)
	// The policies would refuse the other changes.
	e.removePolicies(t)
	e.create(t, "", parse(t, `{apiVersion: v1, kind: Service, metadata: {name: appliance, namespace: records},
		spec: {ports: [{port: 80}], externalIPs: [51.15.0.9]}}`))
	e.create(t, "", parse(t, `{apiVersion: v1, kind: PersistentVolume, metadata: {name: older}, spec: {
		capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], claimRef: {namespace: records, name: older},
		csi: {driver: csi.scaleway.com, volumeHandle: fr-par-1/7f3a1c52-0d0e-4b52-9b46-0f6fd7d1c009}},
		status: {phase: Released}}`))
	e.create(t, "", parse(t, `{apiVersion: networking.k8s.io/v1, kind: Ingress,
		metadata: {name: plain, namespace: records},
		spec: {ingressClassName: nginx, rules: [{host: plain.example.org}]}}`))
	e.patch(t, "", parse(t, `{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: sbs-default}}`),
		`{"metadata":{"annotations":{"storageclass.kubernetes.io/is-default-class":"true"}}}`)
	_, judged := e.assess(t, sandbox.SecretKey, nil)
	for check, subject := range map[string]string{
		"volumes_encrypted": "PersistentVolume/older", "default_storage_class": "StorageClass/sbs-default",
		"node_port_exposure": "Service/records/appliance", "ingress_tls": "Ingress/records/plain",
		"certificate_renewal": "Certificate/records/late",
	} {
		f, _ := judged.Finding(check)
		if f.Result != assessment.Fail || !slices.Contains(f.Subjects, subject) {
			t.Errorf("%s: %s %q, expected a fail of %s", check, f.Result, f.Subjects, subject)
		}
	}
}

// removePolicies deletes the policies and waits until the API server no longer enforces them.
func (e *estate) removePolicies(t *testing.T) {
	t.Helper()
	client := e.dynamic(t, "")
	for _, kind := range []string{"ValidatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy"} {
		o := parse(t, "{apiVersion: admissionregistration.k8s.io/v1, kind: %s}", kind)
		list, err := kubeobjects.Resource(client, o).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range list.Items {
			if !strings.HasPrefix(list.Items[i].GetName(), "srm-") {
				continue
			}
			err := kubeobjects.Resource(client, o).Delete(t.Context(), list.Items[i].GetName(), metav1.DeleteOptions{})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
