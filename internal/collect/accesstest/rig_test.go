// Package accesstest tests what an assessment reads in a cluster, on a real API server: which rights it needs, that it
// reads no Secret, and how RBAC, admission and network policies are judged.
package accesstest

import (
	"context"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/clusterfacts"
	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/kubeobjects"
	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

func TestMain(m *testing.M) { os.Exit(acctest.Main(m)) }

// waitTimeout bounds the time until the API server serves a new kind, or uses changed RBAC.
const waitTimeout = 30 * time.Second

// request is a request that reached the API server.
type request struct{ method, path, accept string }

// rig is a cluster of the sandbox with a real API server behind a proxy that records requests.
type rig struct {
	env       *acctest.Env
	server    *apiserver.Server
	clusterID string
	endpoint  kubernetes.Endpoint
	admin     dynamic.Interface

	mu       sync.Mutex
	requests []request
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return newRigOn(t, acctest.Kubernetes(t, nil))
}

// newRigOn returns a rig with an API server.
func newRigOn(t *testing.T, server *apiserver.Server) *rig {
	t.Helper()
	env := acctest.New(t, acctest.WithKubernetes(server))
	r := &rig{env: env, server: server, clusterID: env.CreateCluster(t)}
	config, err := kubeobjects.Config(server)
	if err != nil {
		t.Fatal(err)
	}
	if r.admin, err = dynamic.NewForConfig(config); err != nil {
		t.Fatal(err)
	}
	r.startProxy(t)
	return r
}

// startProxy starts the proxy in front of the API server.
func (r *rig) startProxy(t *testing.T) {
	t.Helper()
	proxy := acctest.APIServerProxy(t, r.server)
	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		r.requests = append(r.requests, request{q.Method, q.URL.Path, q.Header.Get("Accept")})
		r.mu.Unlock()
		proxy.ServeHTTP(w, q)
	}))
	t.Cleanup(front.Close)
	r.endpoint = kubernetes.Endpoint{
		Server: front.URL,
		CA:     pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw}),
	}
}

// collect reads the facts as the user with a token.
func (r *rig) collect(t *testing.T, token string) assessment.Facts {
	t.Helper()
	facts := clusterfacts.Read(t, r.env, r.clusterID, func(context.Context) (*kubernetes.Client, error) {
		client, err := kubernetes.New(r.endpoint, token, "accesstest")
		if client != nil {
			client.Interval = 20 * time.Millisecond
		}
		return client, err
	})
	// The part that reads the cluster itself is tested elsewhere.
	if facts.Cluster.Value == nil {
		facts.Cluster.Value = &assessment.Cluster{ID: r.clusterID, CNI: "cilium"}
	}
	return facts
}

// assess judges facts.
func assess(facts assessment.Facts) assessment.Assessment {
	return assessment.Evaluate(facts, assessment.Options{AsOf: facts.ReadAt, HDS: true, Layers: assessment.Layers()})
}

// create creates the objects of a YAML text, and deletes at the end of the test those that a reset keeps.
func (r *rig) create(t *testing.T, text string) {
	t.Helper()
	for _, o := range parse(t, text) {
		r.createObject(t, o)
	}
}

// createObject creates an object as create does.
func (r *rig) createObject(t *testing.T, o *unstructured.Unstructured) {
	t.Helper()
	resource := kubeobjects.Resource(r.admin, o)
	retry(t, func() error {
		_, err := resource.Create(t.Context(), o, metav1.CreateOptions{FieldManager: "helm"})
		if apierrors.IsAlreadyExists(err) {
			return nil
		}
		return err
	})
	if o.GroupVersionKind().Group != "" && o.GetNamespace() == "" {
		t.Cleanup(func() {
			_ = resource.Delete(context.WithoutCancel(t.Context()), o.GetName(), metav1.DeleteOptions{})
		})
	}
}

// parse parses the objects of a YAML text.
func parse(t *testing.T, text string) []*unstructured.Unstructured {
	t.Helper()
	found, err := kubeobjects.Parse(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// retry repeats an action until it succeeds.
func retry(t *testing.T, action func() error) {
	t.Helper()
	deadline := time.After(waitTimeout)
	for {
		err := action()
		if err == nil {
			return
		}
		select {
		case <-deadline:
			t.Fatal(err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// createCRD installs a custom resource definition without a schema, and waits until the API server serves it.
func (r *rig) createCRD(t *testing.T, group, version, plural, kind, scope string, categories ...string) {
	t.Helper()
	definition := kubeobjects.Definition(group, version, plural, kind, scope)
	if err := unstructured.SetNestedStringSlice(
		definition.Object,
		categories,
		"spec",
		"names",
		"categories",
	); err != nil {
		t.Fatal(err)
	}
	r.createObject(t, definition)
	resource := schema.GroupVersionResource{Group: group, Version: version, Resource: plural}
	retry(t, func() error {
		_, err := r.admin.Resource(resource).List(t.Context(), metav1.ListOptions{})
		return err
	})
}

// createNetworkCRDs installs the custom resources that an assessment reads.
func (r *rig) createNetworkCRDs(t *testing.T) {
	t.Helper()
	r.createCRD(t, "cilium.io", "v2", "ciliumnetworkpolicies", "CiliumNetworkPolicy", "Namespaced")
	r.createCRD(t, "cilium.io", "v2", "ciliumclusterwidenetworkpolicies", "CiliumClusterwideNetworkPolicy", "Cluster")
	r.createCRD(t, "crd.projectcalico.org", "v1", "networkpolicies", "NetworkPolicy", "Namespaced")
	r.createCRD(t, "crd.projectcalico.org", "v1", "globalnetworkpolicies", "GlobalNetworkPolicy", "Cluster")
	r.createCRD(t, "gateway.networking.k8s.io", "v1", "gateways", "Gateway", "Namespaced")
	r.createCRD(t, "gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute", "Namespaced")
	r.createCRD(t, "cert-manager.io", "v1", "certificates", "Certificate", "Namespaced")
}

// asAdmin is the secret key of the administrator.
const asAdmin = sandbox.SecretKey
