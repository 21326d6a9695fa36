package estatetest

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
	"k8s.io/client-go/dynamic"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/clusterfacts"
	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// expectedResults are the results of the checks in six clusters, as the rules of the checks say: P pass, F fail, D
// needs decision, N not evaluated, - not applicable. The clusters are: a mutualised one without anything; one as the
// resources of this provider make it; one for health data that was made by hand with every fault; Kosmos with an
// external pool; one whose key may read nothing; one whose API server is out of reach.
const expectedResults = `
cluster_offer_dedicated      - P F - N P
cluster_region               - P P - N P
cluster_auto_upgrade         F P F P N P
cluster_version_supported    P P F P N P
version_support_period       P P P P N P
api_allow_list               F P F P N P
admin_token                  N N N N N N
responsibility_shifts        P P D P N P
external_node_status         - - - - N -
pool_version_skew            P P F - N P
node_age                     P P F - N P
node_public_address          F P F - N P
pool_node_type_eligible      - P F - N P
pool_root_volume             - P F - N P
vpc_acl                      - - - - N -
private_network_neighbours   P P P - N P
vpc_leads_out                P P P - N P
gateway_egress               D D D - N D
gateway_exposure             P P P - N P
security_group_inbound       P P P - N P
lb_public                    - - D - N -
lb_frontend_tls              - - F - N -
lb_tls_floor                 - - F - N -
lb_backend_verified          - - D - N -
lb_certificate_expiry        - - P - N -
lb_orphan                    - - F - N N
volume_type_eligible         - P F - N P
node_root_disk_plaintext     D D D - N D
resource_zones_fr_par        - P F - N P
project_other_regions        - P F - N P
database_neighbour           - - F - N -
cockpit_retention            D D D D N D
project_purpose              - - D - N -
rbac_broad_bindings          P P F P N N
admission_policies           D P F D N N
pod_security                 - - F - N N
volumes_encrypted            - - F - N N
default_storage_class        F P F F N N
node_port_exposure           P P F P N N
ingress_tls                  - - F - N N
certificate_renewal          N N N N N N
guardrails_exemptions        - - - - N N
kube_system_unmodified       D D D D N N
saas_agents                  - - F - N N
unmaintained_ingress         - - F - N N
rbac_secret_readers          - P - - N N
privileged_pod_access        P P N P N N
backup_location              N N N N N N
backup_jobs                  - - - - N N
snapshot_public              - - F - N -
snapshot_age                 - - - - N N
volume_left                  - - F - N N
bucket_region_class          - N N - N N
network_policy_default_deny  - - F D N N
workload_volume_sources      - - F - N N
tls_passthrough_declared     - - D - N N
addons_evaluated             - - N - N N
image_references             - - F - N N
registry_namespace           - - F - N N
inventory_kinds             - N N - N N
inventory_namespaces        - N N - N N
inventory_workloads         - N N - N N
inventory_services          - N N - N N
inventory_configuration     - N N - N N
inventory_ingresses         - N N - N N
inventory_volumes           - N N - N N
inventory_definitions       - N N - N N
inventory_network_policies  - N N - N N
inventory_images            - N N - N N
inventory_adaptations       - N N - N N
findings_resolved            N N N N N N
attest_access_review         N N N N N N
attest_backup_policy         N N N N N N
attest_egress_review         N N N N N N
attest_encryption            N N N N N N
attest_exit_test             N N N N N N
attest_host_evidence         N N N N N N
attest_key_custody           N N N N N N
attest_logging               N N N N N N
attest_network_design        N N N N N N
attest_purpose               N N N N N N
attest_restore_test          N N N N N N
attest_supply_chain          N N N N N N
attest_upgrade_validation    N N N N N N
`

// clusters are the columns of expectedResults.
var clusters = []struct {
	name   string
	assess func(*testing.T) assessment.Assessment
}{
	{"mutualised", assessBare},
	{"by the provider", assessHDS},
	{"by hand", assessByHand},
	{"Kosmos", assessKosmos},
	{"no rights", assessWithoutRights},
	{"unreachable API server", assessUnreachable},
}

// TestSixClusters compares the results of checks in six clusters with a table that was written by hand.
func TestSixClusters(t *testing.T) {
	t.Parallel()
	for i, cluster := range clusters {
		// A real API server is free again when the test of its cluster ends: the clusters run one after the other.
		t.Run(cluster.name, func(t *testing.T) { compareResults(t, i, cluster.assess(t)) })
	}
}

// compareResults compares the results of a cluster with its column of expectedResults.
func compareResults(t *testing.T, column int, judged assessment.Assessment) {
	t.Helper()
	results := map[string]assessment.Finding{}
	for _, f := range judged.Findings {
		results[f.Check] = f
	}
	codes := map[string]assessment.Result{
		"P": assessment.Pass, "F": assessment.Fail, "D": assessment.NeedsDecision, "N": assessment.NotEvaluated,
		"-": assessment.NotApplicable,
	}
	listed := map[string]bool{}
	for line := range strings.SplitSeq(strings.TrimSpace(expectedResults), "\n") {
		columns := strings.Fields(line)
		if len(columns) != len(clusters)+1 {
			t.Fatalf("%q has %d columns", line, len(columns))
		}
		listed[columns[0]] = true
		f, want := results[columns[0]], codes[columns[column+1]]
		if f.Result != want {
			t.Errorf(
				"%s: %q, expected %q: %s %+v %v", columns[0], f.Result, want, f.Found.EN, f.NotEvaluated, f.Subjects,
			)
		}
	}
	for check, f := range results {
		if !listed[check] {
			t.Errorf("%s is not in the table: %s, %s", check, f.Result, f.Found.EN)
		}
	}
}

// judge reads a cluster and judges it.
func judge(t *testing.T, env *acctest.Env, id string, hds bool,
	connect func(context.Context) (*kubernetes.Client, error),
) assessment.Assessment {
	t.Helper()
	facts := clusterfacts.Read(t, env, id, connect)
	return assessment.Evaluate(facts, assessment.Options{AsOf: facts.ReadAt, HDS: hds, Layers: assessment.Layers()})
}

// newCluster starts a sandbox with a real API server and one cluster.
func newCluster(t *testing.T, change ...func(*k8s.CreateClusterRequest)) *estate {
	t.Helper()
	server := acctest.Kubernetes(t, nil)
	env := acctest.New(t, acctest.WithKubernetes(server))
	return &estate{env: env, server: server, clusterID: env.CreateCluster(t, change...),
		clients: map[string]dynamic.Interface{}}
}

// judge reads the cluster as the administrator, and judges it.
func (e *estate) judge(t *testing.T, hds bool) assessment.Assessment {
	t.Helper()
	return judge(t, e.env, e.clusterID, hds, func(context.Context) (*kubernetes.Client, error) {
		return e.kubernetes(sandbox.SecretKey)
	})
}

// openToWorld opens the API server of a cluster to the world.
func openToWorld(t *testing.T, env *acctest.Env, id string) {
	t.Helper()
	world := &scw.IPNet{IPNet: net.IPNet{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}}
	if _, err := env.Client(t).SetAllowList(
		t.Context(), scw.RegionFrPar, id, []*k8s.ACLRuleRequest{{IP: world}},
	); err != nil {
		t.Fatal(err)
	}
}

// addPublicPool creates a pool of development Instances with public addresses.
func addPublicPool(t *testing.T, env *acctest.Env, id string) string {
	t.Helper()
	client := env.Client(t)
	pool, err := client.CreatePool(t.Context(), &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: id, Name: "default", NodeType: "DEV1-M", Size: 1, Zone: scw.ZoneFrPar1,
		ContainerRuntime: k8s.RuntimeContainerd, RootVolumeType: "l_ssd", Tags: []string{},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.WaitPool(t.Context(), scw.RegionFrPar, pool.ID, nil); err != nil {
		t.Fatal(err)
	}
	return pool.ID
}

func mutualised(r *k8s.CreateClusterRequest) { r.Type, r.AutoUpgrade = "kapsule", nil }

// assessBare assesses a mutualised cluster as the console creates it.
func assessBare(t *testing.T) assessment.Assessment {
	e := newCluster(t, mutualised)
	openToWorld(t, e.env, e.clusterID)
	addPublicPool(t, e.env, e.clusterID)
	return e.judge(t, false)
}

// assessHDS assesses a cluster as the resources of this provider make it, without workloads.
func assessHDS(t *testing.T) assessment.Assessment {
	e := newCluster(t)
	e.addPool(t)
	client, err := e.kubernetes(sandbox.SecretKey)
	if err != nil {
		t.Fatal(err)
	}
	settings := healthySettings()
	settings.TLSPassthrough, settings.AttestedRestores, settings.NodeDisk.Exemptions = nil, nil, nil
	settings.NodeDisk.Action = guardrails.Deny
	passphrase := kubernetes.Passphrase{
		Value: "passphrase-of-version-one-0123456789abcdef", Fingerprints: guardrails.NewFingerprints(),
	}
	if _, err := client.Apply(t.Context(), settings, passphrase, nil); err != nil {
		t.Fatal(err)
	}
	return e.judge(t, true)
}

// assessByHand assesses a cluster for health data that was made by hand, with faults.
func assessByHand(t *testing.T) assessment.Assessment {
	e := newCluster(t, mutualised)
	// Version 1.34 is deprecated, and Scaleway does not upgrade to another one yet.
	e.env.Sandbox.SetNow(time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC))
	openToWorld(t, e.env, e.clusterID)
	pool := addPublicPool(t, e.env, e.clusterID)
	old := e.env.Sandbox.Now().AddDate(0, 0, -120)
	errs := []error{
		e.env.Sandbox.Patch("clusters", e.clusterID, map[string]any{"version": "1.34.6"}),
		e.env.Sandbox.Patch("pools", pool, map[string]any{
			"version": "1.33.4", "kubelet_args": map[string]string{"maxPods": "200"},
		}),
	}
	nodes := []*k8s.Node{}
	errs = append(errs, e.env.Sandbox.Objects("nodes", &nodes))
	for _, n := range nodes {
		errs = append(errs, e.env.Sandbox.Patch("nodes", n.ID, map[string]any{"created_at": old}))
	}
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	e.createFaultyObjects(t)
	judged := e.judge(t, true)
	for id, want := range map[string]assessment.Result{
		"LIF-03": assessment.Fail, "HDS-ENC-03": assessment.Fail, "HDS-CTR-01": assessment.NotEvaluated,
	} {
		i := slices.IndexFunc(judged.Clauses, func(c assessment.ClauseResult) bool { return c.ID == id })
		if i < 0 || judged.Clauses[i].Result != want {
			t.Errorf("%s: %+v, expected %s", id, judged.Clauses[max(i, 0)], want)
		}
	}
	return judged
}

// createFaultyObjects creates objects beside the cluster and in it, each with a fault.
func (e *estate) createFaultyObjects(t *testing.T) {
	t.Helper()
	e.post(t, "/block/v1/zones/nl-ams-1/volumes", map[string]any{
		"name": "pvc-5f0a7c9e-0000-4000-8000-000000000001", "project_id": sandbox.ProjectID,
		"from_empty": map[string]any{"size": 50_000_000_000},
	})
	e.post(t, "/registry/v1/regions/fr-par/namespaces", map[string]any{
		"name": "shop", "project_id": sandbox.ProjectID, "is_public": true,
	})
	legacy := e.post(t, "/instance/v1/zones/fr-par-1/volumes", map[string]any{
		"name": "plain", "volume_type": "l_ssd", "size": 10_000_000_000, "project": sandbox.ProjectID,
	})
	// The API no longer creates volumes of this type.
	if err := e.env.Sandbox.Patch("instance-volumes", legacy, map[string]any{"volume_type": "b_ssd"}); err != nil {
		t.Fatal(err)
	}
	e.createDatabase(t, map[string]any{"init_endpoints": []any{map[string]any{"load_balancer": map[string]any{}}}})
	data := e.post(t, "/block/v1/zones/fr-par-1/volumes", map[string]any{
		"name": "pvc-5f0a7c9e-0000-4000-8000-000000000002", "project_id": sandbox.ProjectID,
		"from_empty": map[string]any{"size": 50_000_000_000},
	})
	e.env.Sandbox.Advance(time.Minute) // until the volume is available
	snapshot := e.post(t, "/block/v1/zones/fr-par-1/snapshots", map[string]any{
		"name": "before", "project_id": sandbox.ProjectID, "volume_id": data,
	})
	if err := errors.Join(
		e.env.Sandbox.Patch("volumes", data, map[string]any{
			"last_detached_at": e.env.Sandbox.Now().AddDate(0, 0, -120),
		}),
		e.env.Sandbox.Patch("snapshots", snapshot, map[string]any{"public": true}),
	); err != nil {
		t.Fatal(err)
	}
	e.createPlainBalancer(t, "fr-par-1")
	e.createPlainBalancer(t, "nl-ams-1")
	e.define(t, "shop.example v1 Basket baskets")
	for _, manifest := range []string{
		`{apiVersion: v1, kind: Namespace, metadata: {name: shop}}`,
		`{apiVersion: v1, kind: Pod, metadata: {name: debug, namespace: shop}, spec: {
			containers: [{name: c, image: "rg.fr-par.scw.cloud/shop/debug:latest",
				volumeMounts: [{name: host, mountPath: /host}]}],
			volumes: [{name: host, hostPath: {path: /etc}}]}}`,
		`{apiVersion: apps/v1, kind: Deployment, metadata: {name: ingress, namespace: shop}, spec: {
			selector: {matchLabels: {app: ingress}}, template: {metadata: {labels: {app: ingress}},
			spec: {containers: [{name: c, image: "registry.k8s.io/ingress-nginx/controller:v1.11.3"}]}}}}`,
		`{apiVersion: apps/v1, kind: Deployment, metadata: {name: agent, namespace: shop}, spec: {
			selector: {matchLabels: {app: agent}}, template: {metadata: {labels: {app: agent}},
			spec: {containers: [{name: c, image: "gcr.io/datadoghq/agent:7.60.0"}]}}}}`,
		`{apiVersion: v1, kind: Service, metadata: {name: appliance, namespace: shop,
			annotations: {terraform-srm.github.io/tls-passthrough: "true"}},
			spec: {ports: [{port: 80}], externalIPs: [198.51.100.9]}}`,
		`{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: plain, namespace: shop},
			spec: {rules: [{host: plain.example.org}]}}`,
		`{apiVersion: v1, kind: PersistentVolume, metadata: {name: plain}, spec: {capacity: {storage: 1Gi},
			accessModes: [ReadWriteOnce], claimRef: {namespace: shop, name: plain},
			csi: {driver: csi.scaleway.com, volumeHandle: fr-par-1/` + legacy + `}}, status: {phase: Released}}`,
		`{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: everybody},
			roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin},
			subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:authenticated"}]}`,
	} {
		e.create(t, "", parse(t, "%s", manifest))
	}
}

// createPlainBalancer creates a Load Balancer that no Service has: port 80 without TLS, port 443 with old versions of
// it and a plain connection to the nodes.
func (e *estate) createPlainBalancer(t *testing.T, zone string) {
	t.Helper()
	path := "/lb/v1/zones/" + zone + "/lbs"
	id := e.post(t, path, map[string]any{
		"name": e.clusterID + "_00000000-0000-4000-8000-000000000009", "description": "kubernetes service web",
		"type": "LB-S", "project_id": sandbox.ProjectID, "assign_flexible_ip": true,
		"ssl_compatibility_level": "ssl_compatibility_level_old", "tags": []string{"kapsule", "cluster=" + e.clusterID},
	})
	certificate := e.post(t, path+"/"+id+"/certificates", map[string]any{
		"name": "web", "letsencrypt": map[string]any{"common_name": "web.example.org"},
	})
	backend := e.post(t, path+"/"+id+"/backends", map[string]any{
		"name": "web", "forward_protocol": "http", "forward_port": 30080, "server_ip": []string{"172.16.0.2"},
		"health_check": map[string]any{
			"port": 30080, "check_max_retries": 3, "check_delay": 60000, "check_timeout": 30000,
			"tcp_config": map[string]any{},
		},
	})
	e.post(t, path+"/"+id+"/frontends", map[string]any{"name": "plain", "inbound_port": 80, "backend_id": backend})
	e.post(t, path+"/"+id+"/frontends", map[string]any{
		"name": "tls", "inbound_port": 443, "backend_id": backend, "certificate_ids": []string{certificate},
	})
}

// assessKosmos assesses a Kosmos cluster with an external pool.
func assessKosmos(t *testing.T) assessment.Assessment {
	e := newCluster(t, acctest.Kosmos("multicloud"))
	client := e.env.Client(t)
	if _, err := client.CreatePool(t.Context(), &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: e.clusterID, Name: "outside", NodeType: "external", Tags: []string{},
		ContainerRuntime: k8s.RuntimeContainerd,
	}); err != nil {
		t.Fatal(err)
	}
	office, ranges := &scw.IPNet{IPNet: net.IPNet{IP: net.IPv4(203, 0, 113, 0).To4(), Mask: net.CIDRMask(24, 32)}}, true
	if _, err := client.SetAllowList(t.Context(), scw.RegionFrPar, e.clusterID, []*k8s.ACLRuleRequest{
		{IP: office}, {ScalewayRanges: &ranges},
	}); err != nil {
		t.Fatal(err)
	}
	return e.judge(t, false)
}

// noServer is the API server of a cluster that cannot be reached.
func noServer(context.Context) (*kubernetes.Client, error) {
	return kubernetes.New(kubernetes.Endpoint{Server: "https://127.0.0.1:1"}, "token", "estatetest")
}

// assessWithoutRights assesses a cluster with a key that may read nothing.
func assessWithoutRights(t *testing.T) assessment.Assessment {
	env := acctest.New(t)
	id := env.CreateCluster(t)
	if err := env.Sandbox.Patch(
		"api-keys", sandbox.AccessKey, map[string]any{"permission_sets": []string{}},
	); err != nil {
		t.Fatal(err)
	}
	judged := judge(t, env, id, true, noServer)
	for _, u := range judged.NotEvaluated {
		if u.Reason == assessment.NotAsked && !slices.Equal(u.Checks, []string{"privileged_pod_access"}) {
			t.Errorf("%v were asked for, and are reported as not part of the assessment", u.Checks)
		}
	}
	return judged
}

// assessUnreachable assesses a cluster whose API server is out of reach.
func assessUnreachable(t *testing.T) assessment.Assessment {
	env := acctest.New(t)
	e := &estate{env: env, clusterID: env.CreateCluster(t)}
	e.addPool(t)
	judged := judge(t, env, e.clusterID, true, noServer)
	if !slices.ContainsFunc(judged.NotEvaluated, func(u assessment.Unevaluated) bool {
		return u.Reason == assessment.Unreachable
	}) {
		t.Errorf("nothing is unreachable: %+v", judged.NotEvaluated)
	}
	return judged
}
