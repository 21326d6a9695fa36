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

// inside returns a Kubernetes client with administrator rights.
func inside(t *testing.T, server *apiserver.Server) dynamic.Interface {
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

func apps(plural string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: plural}
}

// change patches an object of kube-system as the given field manager.
func change(t *testing.T, client dynamic.Interface, plural, name, manager, patch string) {
	t.Helper()
	_, err := client.Resource(apps(plural)).Namespace("kube-system").Patch(
		t.Context(), name, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: manager},
	)
	if err != nil {
		t.Fatal(err)
	}
}

const looking = "look_into_cluster = true\n" + `filter = { section = ["TRF", "MKS"] }`

// TestLook reads a real API server: first in the state in which Kapsule ships a cluster, then with changes that shift
// responsibilities, and changes that do not.
func TestLook(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, func(ctx context.Context, s *apiserver.Server) error {
		// Restore the shipped state, in case a previous run changed it.
		if err := s.SeedRBAC(ctx); err != nil {
			return err
		}
		for name, plural := range map[string]string{
			"coredns": "deployments", "cilium": "daemonsets", "metrics-server": "deployments", "kube-proxy": "daemonsets",
		} {
			if err := inside(t, s).Resource(apps(plural)).Namespace("kube-system").Delete(
				ctx, name, metav1.DeleteOptions{},
			); err != nil && !apierrors.IsNotFound(err) {
				return err
			}
		}
		if err := inside(t, s).Resource(apps("daemonsets")).Namespace("default").Delete(
			ctx, "tuner", metav1.DeleteOptions{},
		); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
		return s.Seed(ctx)
	})
	env := acctest.New(t, acctest.OnKubernetes(server))
	id := env.Cluster(t)
	client := inside(t, server)
	env.Sandbox.ClearRequests()
	editReason := regexp.MustCompile(`^"kubectl-edit" set spec\.template\.spec\.containers\[coredns\]\.image of ` +
		`kube-system/deployments/coredns at 20\d\d-`)
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{
			Config: env.Config(byID(id, looking)),
			ConfigStateChecks: []statecheck.StateCheck{
				is(knownvalue.Bool(true), attribute("facts", "looked_into")), is(
					knownvalue.ListSizeExact(0), attribute("responsibility_transfers"),
				),
				// The Kubernetes API was read, so the party of clauses about nodes is known. That of clauses about add-ons is not,
				// because "kapsule" is an unknown field manager.
				is(knownvalue.StringExact("undetermined"), attribute("clauses").AtSliceIndex(1).AtMapKey("effective_party")),
				is(knownvalue.StringExact("scaleway"), attribute("clauses").AtSliceIndex(2).AtMapKey("effective_party")),
				is(knownvalue.StringExact("TRF-02"), attribute("clauses").AtSliceIndex(8).AtMapKey("id")),
				is(knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
					"reason": knownvalue.StringExact("Unknown field managers of managed add-ons: kapsule. Scaleway does not " +
						"publish the names of its own."),
					"clauses": knownvalue.ListExact(ids("MKS-02", "TRF-02")),
				}), knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"reason": knownvalue.StringExact("Guardrails of the cluster: which policies are in force, and their actions."),
				})}), attribute("not_looked_at")),
			},
		},
		{
			PreConfig: func() {
				change(t, client, "deployments", "coredns", "kubectl-edit", `{"spec": {"template": {"spec": {"containers": `+
					`[{"name": "coredns", "image": "example.org/dns"}]}}}}`)
				// These changes do not alter what Scaleway installs.
				change(t, client, "deployments", "metrics-server", "kubectl-label", `{"metadata": {"labels": {"team": "a"}}}`)
				change(t, client, "daemonsets", "cilium", "kubectl-rollout", `{"spec": {"template": {"metadata": {"annotations": `+
					`{"kubectl.kubernetes.io/restartedAt": "2026-11-25T00:00:00Z"}}}}}`)
				// The managedFields of this object are cleared.
				change(t, client, "daemonsets", "kube-proxy", "kubectl-edit", `{"metadata": {"managedFields": [{}]}}`)
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
				if _, err := client.Resource(apps("daemonsets")).Namespace("default").Create(
					t.Context(), &unstructured.Unstructured{Object: content}, metav1.CreateOptions{},
				); err != nil {
					t.Fatal(err)
				}
			},
			Config: env.Config(byID(id, looking)),
			ConfigStateChecks: []statecheck.StateCheck{
				is(knownvalue.ListSizeExact(2), attribute("responsibility_transfers")),
				is(knownvalue.StringExact("Changes of daemonsets/kube-proxy in kube-system: their managedFields were cleared."),
					attribute("not_looked_at").AtSliceIndex(1).AtMapKey("reason")),
				is(
					knownvalue.StringExact(
						"kube-system/deployments/coredns/kubectl-edit",
					), attribute("responsibility_transfers").AtSliceIndex(0).AtMapKey("key"),
				),
				is(knownvalue.StringRegexp(editReason), attribute("responsibility_transfers").AtSliceIndex(0).AtMapKey("reason")),
				is(knownvalue.Bool(false), attribute("responsibility_transfers").AtSliceIndex(0).AtMapKey("interpretation")),
				is(
					knownvalue.StringExact(
						"workloads/daemonsets/default/tuner",
					), attribute("responsibility_transfers").AtSliceIndex(1).AtMapKey("key"),
				),
				is(knownvalue.Bool(true), attribute("responsibility_transfers").AtSliceIndex(1).AtMapKey("interpretation")),
				is(knownvalue.StringExact("MKS-02"), attribute("clauses").AtSliceIndex(1).AtMapKey("id")),
				is(knownvalue.StringExact("shared"), attribute("clauses").AtSliceIndex(1).AtMapKey("effective_party")),
				is(knownvalue.StringExact("shared"), attribute("clauses").AtSliceIndex(2).AtMapKey("effective_party")),
			},
		},
	}})
	requests := map[string]int{}
	for _, request := range env.AllRequests() {
		requests[request]++
	}
	if reads := requests[clusters]; reads == 0 || requests[clusters+"/kubeconfig"] != reads ||
		requests[clusters+"/pools"] != reads || len(requests) != 3 {
		t.Errorf("requests %v", requests)
	}
}

// closed returns a loopback address without a listener.
func closed(t *testing.T) string {
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

// TestLookThatCannotBe checks that an unreadable Kubernetes API is listed in not_looked_at, and is an error only if the
// provider's kubernetes block requires it.
func TestLookThatCannotBe(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	env := acctest.New(t, acctest.OnKubernetes(server))
	id := env.Cluster(t)
	unreachable := func(more string) string {
		return env.Provider(fmt.Sprintf("kubernetes = { host = %q%s }", closed(t), more)) + byID(id, looking)
	}
	notRead := func(pattern string) []statecheck.StateCheck {
		return []statecheck.StateCheck{
			is(knownvalue.Bool(false), attribute("facts", "looked_into")), is(
				knownvalue.StringExact("undetermined"), attribute("clauses").AtSliceIndex(1).AtMapKey("effective_party"),
			),
			is(
				knownvalue.StringRegexp(
					regexp.MustCompile("^In-cluster objects: "+pattern),
				), attribute("not_looked_at").AtSliceIndex(0).AtMapKey("reason"),
			),
		}
	}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: unreachable(""), ConfigStateChecks: notRead(`the API server is unreachable\.$`)},
		{Config: unreachable(`, on_unreachable = "error"`), ExpectError: saying(`Unable to read the cluster's ` +
			`Kubernetes API.*connection refused`)},
		{
			Config: env.ProviderAs(
				sandbox.UnprivilegedAccessKey, sandbox.UnprivilegedSecretKey, "",
			) + byID(id, looking), ConfigStateChecks: notRead(`the API key has no permission\.$`),
		},
		{Config: env.Config(byID(id, strings.Replace(looking, "true", "false", 1))), ConfigStateChecks: notRead("set " +
			"look_into_cluster to true")},
	}})
}
