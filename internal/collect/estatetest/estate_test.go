// Package estatetest tests the assessment of whole clusters: their facts are read from a sandbox and from a real API
// server, and judged.
package estatetest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/scw"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/clusterfacts"
	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/kubeobjects"
	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

func TestMain(m *testing.M) { os.Exit(acctest.Main(m)) }

// waitTimeout bounds the time until the API server serves a new kind, or stops enforcing the policies of another test.
const waitTimeout = 30 * time.Second

// estate is a cluster of the sandbox with a real API server.
type estate struct {
	env       *acctest.Env
	server    *apiserver.Server
	clusterID string                       // UUID.
	clients   map[string]dynamic.Interface // By service account.
}

// newEstate starts a sandbox with a cluster that conforms to the rules for health data.
func newEstate(t *testing.T) *estate {
	t.Helper()
	server := acctest.Kubernetes(t, nil)
	env := acctest.New(t, acctest.WithKubernetes(server))
	return &estate{env: env, server: server, clusterID: env.CreateCluster(t, acctest.Named("healthy")),
		clients: map[string]dynamic.Interface{}}
}

// assess reads the facts as the user with a token, and judges them.
func (e *estate) assess(
	t *testing.T, token string, change func(*assessment.Options),
) (assessment.Facts, assessment.Assessment) {
	t.Helper()
	facts := clusterfacts.Read(t, e.env, e.clusterID, func(context.Context) (*kubernetes.Client, error) {
		return e.kubernetes(token)
	})
	options := assessment.Options{AsOf: facts.ReadAt, HDS: true, Layers: assessment.Layers()}
	if change != nil {
		change(&options)
	}
	return facts, assessment.Evaluate(facts, options)
}

// kubernetes returns the provider's client for the API server.
func (e *estate) kubernetes(token string) (*kubernetes.Client, error) {
	return kubernetes.FromKubeconfig(e.server.Kubeconfig(), "", "", token, "estatetest", 50*time.Millisecond)
}

// id returns the cluster as the scope of findings.
func (e *estate) id() string { return scaleway.JoinID(scw.RegionFrPar, e.clusterID) }

// dynamic returns a client of the administrator, or of a service account: "namespace:name".
func (e *estate) dynamic(t *testing.T, account string) dynamic.Interface {
	t.Helper()
	if client := e.clients[account]; client != nil {
		return client
	}
	config, err := kubeobjects.Config(e.server)
	if err != nil {
		t.Fatal(err)
	}
	if namespace, _, ok := strings.Cut(account, ":"); ok {
		config.Impersonate = rest.ImpersonationConfig{
			UserName: "system:serviceaccount:" + account,
			Groups: []string{
				"system:serviceaccounts", "system:serviceaccounts:" + namespace, "scaleway:cluster-write",
			},
		}
	} else {
		config.BearerToken = sandbox.SecretKey
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	e.clients[account] = client
	return client
}

// create creates an object with its status, and deletes it at the end of the test: other tests use the API server, too.
// It waits for kinds that are new and for policies of another test.
func (e *estate) create(t *testing.T, account string, o *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	client, admin := e.dynamic(t, account), e.dynamic(t, "")
	resource := kubeobjects.Resource(client, o)
	status, hasStatus := o.Object["status"]
	var created *unstructured.Unstructured
	retry(t, func(ctx context.Context) (err error) {
		created, err = resource.Create(ctx, o.DeepCopy(), metav1.CreateOptions{FieldManager: "helm"})
		if apierrors.IsAlreadyExists(err) && (o.GetKind() == "Namespace" || o.GetKind() == "StorageClass") {
			created, err = resource.Get(ctx, o.GetName(), metav1.GetOptions{})
		}
		return err
	})
	if o.GetKind() != "Namespace" {
		t.Cleanup(func() {
			zero := int64(0)
			err := kubeobjects.Resource(admin, o).Delete(context.WithoutCancel(t.Context()), created.GetName(),
				metav1.DeleteOptions{GracePeriodSeconds: &zero})
			if err != nil && !apierrors.IsNotFound(err) {
				t.Errorf("delete %s %s: %v", o.GetKind(), o.GetName(), err)
			}
		})
	}
	if hasStatus {
		created.Object["status"] = status
		_, err := kubeobjects.Resource(admin, o).UpdateStatus(t.Context(), created, metav1.UpdateOptions{})
		if err != nil && !apierrors.IsNotFound(err) { // A definition without this subresource keeps the status.
			t.Fatalf("status of %s %s: %v", o.GetKind(), o.GetName(), err)
		}
	}
	return created
}

// patch changes an object as the user of a service account.
func (e *estate) patch(t *testing.T, account string, o *unstructured.Unstructured, body string, subresource ...string) {
	t.Helper()
	_, err := kubeobjects.Resource(e.dynamic(t, account), o).Patch(t.Context(), o.GetName(), types.MergePatchType,
		[]byte(body), metav1.PatchOptions{}, subresource...)
	if err != nil {
		t.Fatalf("patch %s %s: %v", o.GetKind(), o.GetName(), err)
	}
}

// retry calls a function until it succeeds.
func retry(t *testing.T, call func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitTimeout)
	defer cancel()
	for {
		err := call(ctx)
		if err == nil {
			return
		}
		isNew := apierrors.IsNotFound(err) || apierrors.HasStatusCause(err, "NamespaceTerminating") ||
			apierrors.IsAlreadyExists(err) || strings.Contains(err.Error(), "ValidatingAdmissionPolicy")
		select {
		case <-time.After(100 * time.Millisecond):
			if isNew {
				continue
			}
			t.Fatal(err)
		case <-ctx.Done():
			t.Fatal(err)
		}
	}
}

// readManifests reads the documents of a YAML file. It leaves out what controllers create later, which begins with the
// comment "# as: USER", except StatefulSets of an operator.
func readManifests(t *testing.T, path ...string) []*unstructured.Unstructured {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	found, err := kubeobjects.Parse(string(raw), func(document string, o *unstructured.Unstructured) bool {
		return o.GetKind() == "StatefulSet" || !strings.HasPrefix(strings.TrimSpace(document), "# as: ")
	})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return found
}

// define installs custom resource definitions without validation. Each entry has a group, a version, a kind, the plural
// and, if there is a fifth word, the scope Cluster.
func (e *estate) define(t *testing.T, kinds ...string) {
	t.Helper()
	for _, kind := range kinds {
		words := strings.Fields(kind)
		scope := "Namespaced"
		if len(words) > 4 {
			scope = "Cluster"
		}
		e.create(t, "", kubeobjects.Definition(words[0], words[1], words[3], words[2], scope))
		served := schema.GroupVersionResource{Group: words[0], Version: words[1], Resource: words[3]}
		client := e.dynamic(t, "")
		retry(t, func(ctx context.Context) error {
			_, err := client.Resource(served).List(ctx, metav1.ListOptions{})
			return err
		})
	}
}
