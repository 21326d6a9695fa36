package responsibilities_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

func TestMain(m *testing.M) { os.Exit(acctest.Main(m)) }

// newAdminClient returns a Kubernetes client with administrator rights.
func newAdminClient(t *testing.T, server *apiserver.Server) dynamic.Interface {
	t.Helper()
	config, err := clientcmd.RESTConfigFromKubeConfig(server.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	config.BearerToken = sandbox.SecretKey
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func appsResource(plural string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: plural}
}

// patchObject patches an object of kube-system as the given field manager.
func patchObject(t *testing.T, client dynamic.Interface, plural, name, manager, patch string) {
	t.Helper()
	_, err := client.Resource(appsResource(plural)).Namespace("kube-system").Patch(
		t.Context(), name, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: manager},
	)
	if err != nil {
		t.Fatal(err)
	}
}

const lookIntoCluster = "look_into_cluster = true\n" + `filter = { section = ["TRF", "MKS"] }`

// TestLookIntoCluster reads a real API server: first in the state in which Kapsule ships a cluster, then with changes
// that shift responsibilities, and changes that do not.
func TestLookIntoCluster(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	server := acctest.Kubernetes(t, func(ctx context.Context, s *apiserver.Server) error {
		// Restore the shipped state, in case a previous run changed it.
		if err := s.SeedRBAC(ctx); err != nil {
			return err
		}
		for name, plural := range map[string]string{
			"coredns": "deployments", "cilium": "daemonsets", "metrics-server": "deployments",
			"kube-proxy": "daemonsets",
		} {
			if err := newAdminClient(t, s).Resource(appsResource(plural)).Namespace("kube-system").Delete(
				ctx, name, metav1.DeleteOptions{},
			); err != nil && !apierrors.IsNotFound(err) {
				return err
			}
		}
		if err := newAdminClient(t, s).Resource(appsResource("daemonsets")).Namespace("default").Delete(
			ctx, "tuner", metav1.DeleteOptions{},
		); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
		return s.Seed(ctx)
	})
	env := acctest.New(t, acctest.WithKubernetes(server))
	id := env.CreateCluster(t)
	client := newAdminClient(t, server)
	env.Sandbox.ClearRequests()
	editReason := regexp.MustCompile(`^"kubectl-edit" set spec\.template\.spec\.containers\[coredns\]\.image of ` +
		`kube-system/deployments/coredns at 20\d\d-`)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: env.Config(configByID(id, lookIntoCluster)),
			ConfigStateChecks: []statecheck.StateCheck{
				expectValue(knownvalue.Bool(true), attributePath("facts", "looked_into")),
				expectValue(knownvalue.ListSizeExact(0), attributePath("responsibility_transfers")),
				// The Kubernetes API was read, so the party of clauses about nodes is known. That of clauses about
				// add-ons is not, because "kapsule" is an unknown field manager.
				expectValue(
					knownvalue.StringExact("undetermined"),
					attributePath("clauses").AtSliceIndex(1).AtMapKey("effective_party"),
				),
				expectValue(
					knownvalue.StringExact("scaleway"),
					attributePath("clauses").AtSliceIndex(2).AtMapKey("effective_party"),
				),
				expectValue(knownvalue.StringExact("TRF-02"), attributePath("clauses").AtSliceIndex(8).AtMapKey("id")),
				expectValue(knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
					"reason": knownvalue.StringExact("Unknown field managers of managed add-ons: kapsule. Scaleway " +
						"does not publish the names of its own."),
					"clauses": knownvalue.ListExact(exactStrings("MKS-02", "TRF-02")),
				}), knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"reason": knownvalue.StringExact("Guardrails of the cluster: which policies are in force, and " +
						"their actions."),
				})}), attributePath("not_looked_at")),
			},
		},
		{
			PreConfig: func() {
				patchObject(t, client, "deployments", "coredns", "kubectl-edit", `{"spec": {"template": {"spec": `+
					`{"containers": `+
					`[{"name": "coredns", "image": "example.org/dns"}]}}}}`)
				// These changes do not alter what Scaleway installs.
				patchObject(
					t, client, "deployments", "metrics-server", "kubectl-label",
					`{"metadata": {"labels": {"team": "a"}}}`,
				)
				patchObject(
					t,
					client,
					"daemonsets",
					"cilium",
					"kubectl-rollout",
					`{"spec": {"template": {"metadata": {"annotations": `+
						`{"kubectl.kubernetes.io/restartedAt": "2026-11-25T00:00:00Z"}}}}}`,
				)
				// The managedFields of this object are cleared.
				patchObject(
					t, client, "daemonsets", "kube-proxy", "kubectl-edit", `{"metadata": {"managedFields": [{}]}}`,
				)
				content := map[string]any{}
				if err := yaml.Unmarshal([]byte(`
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: tuner, namespace: default}
spec:
  selector: {matchLabels: {app: tuner}}
  template:
    metadata: {labels: {app: tuner}}
    spec:
      volumes: [{name: cni, hostPath: {path: /etc/cni/net.d}}]
      containers: [{name: tuner, image: example.org/tuner, volumeMounts: [{name: cni, mountPath: /cni}]}]
`), &content); err != nil {
					t.Fatal(err)
				}
				if _, err := client.Resource(appsResource("daemonsets")).Namespace("default").Create(
					t.Context(), &unstructured.Unstructured{Object: content}, metav1.CreateOptions{},
				); err != nil {
					t.Fatal(err)
				}
			},
			Config: env.Config(configByID(id, lookIntoCluster)),
			ConfigStateChecks: []statecheck.StateCheck{
				expectValue(knownvalue.ListSizeExact(2), attributePath("responsibility_transfers")),
				expectValue(
					knownvalue.StringExact("Changes of daemonsets/kube-proxy in kube-system: their managedFields "+
						"were cleared."),
					attributePath("not_looked_at").AtSliceIndex(1).AtMapKey("reason"),
				),
				expectValue(
					knownvalue.StringExact(
						"kube-system/deployments/coredns/kubectl-edit",
					), attributePath("responsibility_transfers").AtSliceIndex(0).AtMapKey("key"),
				),
				expectValue(
					knownvalue.StringRegexp(editReason),
					attributePath("responsibility_transfers").AtSliceIndex(0).AtMapKey("reason"),
				),
				expectValue(
					knownvalue.Bool(false),
					attributePath("responsibility_transfers").AtSliceIndex(0).AtMapKey("interpretation"),
				),
				expectValue(
					knownvalue.StringExact(
						"workloads/daemonsets/default/tuner",
					), attributePath("responsibility_transfers").AtSliceIndex(1).AtMapKey("key"),
				),
				expectValue(
					knownvalue.Bool(true),
					attributePath("responsibility_transfers").AtSliceIndex(1).AtMapKey("interpretation"),
				),
				expectValue(knownvalue.StringExact("MKS-02"), attributePath("clauses").AtSliceIndex(1).AtMapKey("id")),
				expectValue(
					knownvalue.StringExact("shared"),
					attributePath("clauses").AtSliceIndex(1).AtMapKey("effective_party"),
				),
				expectValue(
					knownvalue.StringExact("shared"),
					attributePath("clauses").AtSliceIndex(2).AtMapKey("effective_party"),
				),
			},
		},
	}})
	requests := map[string]int{}
	for _, request := range env.AllRequests() {
		requests[request]++
	}
	if reads := requests[clusterRequest]; reads == 0 || requests[clusterRequest+"/kubeconfig"] != reads ||
		requests[clusterRequest+"/pools"] != reads || len(requests) != 3 {
		t.Errorf("requests %v", requests)
	}
}

// unusedAddress returns a loopback address without a listener.
func unusedAddress(t *testing.T) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return address
}

// TestUnreadableCluster checks that an unreadable Kubernetes API is listed in not_looked_at, and is an error only if
// the provider's kubernetes block requires it.
func TestUnreadableCluster(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	server := acctest.Kubernetes(t, nil)
	env := acctest.New(t, acctest.WithKubernetes(server))
	id := env.CreateCluster(t)
	unreachable := func(extra string) string {
		return env.ProviderBlock(fmt.Sprintf("kubernetes = { host = %q%s }", unusedAddress(t), extra)) + configByID(
			id,
			lookIntoCluster,
		)
	}
	notRead := func(pattern string) []statecheck.StateCheck {
		return []statecheck.StateCheck{
			expectValue(knownvalue.Bool(false), attributePath("facts", "looked_into")), expectValue(
				knownvalue.StringExact("undetermined"),
				attributePath("clauses").AtSliceIndex(1).AtMapKey("effective_party"),
			),
			expectValue(
				knownvalue.StringRegexp(
					regexp.MustCompile("^In-cluster objects: "+pattern),
				), attributePath("not_looked_at").AtSliceIndex(0).AtMapKey("reason"),
			),
		}
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: unreachable(""), ConfigStateChecks: notRead(`the API server is unreachable\.$`)},
		{Config: unreachable(`, on_unreachable = "error"`), ExpectError: messageRegexp(`Unable to read the cluster's ` +
			`Kubernetes API.*connection refused`)},
		{
			Config: env.ProviderBlockAs(
				sandbox.UnprivilegedAccessKey, sandbox.UnprivilegedSecretKey, "",
			) + configByID(id, lookIntoCluster), ConfigStateChecks: notRead(`the API key has no permission\.$`),
		},
		{
			Config:            env.Config(configByID(id, strings.Replace(lookIntoCluster, "true", "false", 1))),
			ConfigStateChecks: notRead("set look_into_cluster to true"),
		},
	}})
}
