package apiserver_test

import (
	"path/filepath"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
)

const adminToken, readerToken, unprivilegedToken = "token-a", "token-r", "token-n"

func TestServer(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("The test starts an API server, and -short is set.")
	}
	dir, err := apiserver.FindBinaries()
	if err != nil {
		t.Fatal(err)
	}
	server, err := apiserver.Start(
		t.Context(),
		dir,
		apiserver.ScalewayUsers(adminToken, "id", readerToken, unprivilegedToken),
		"api.example", "192.0.2.1",
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
		if err := server.Stop(); err != nil {
			t.Error("a second stop:", err)
		}
	})
	if err := server.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	as := func(token string) dynamic.Interface {
		config, err := clientcmd.RESTConfigFromKubeConfig(server.Kubeconfig())
		if err != nil {
			t.Fatal(err)
		}
		config.BearerToken = token
		client, err := dynamic.NewForConfig(config)
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
	testAdminTokens(t, server)
	for _, host := range []string{"api.example", "192.0.2.1"} {
		config, err := clientcmd.RESTConfigFromKubeConfig(server.KubeconfigAt(host + ":6443"))
		if err != nil || config.Host != "https://"+host+":6443" {
			t.Fatalf("%v, %v", config, err)
		}
		config.BearerToken, config.ServerName, config.Host = adminToken, host, server.URL()
		client, err := dynamic.NewForConfig(config)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}).List(
			t.Context(), metav1.ListOptions{},
		); err != nil {
			t.Errorf("certificate for %s: %v", host, err)
		}
	}
	configMaps := schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
	classes := schema.GroupVersionResource{Group: "storage.k8s.io", Version: "v1", Resource: "storageclasses"}
	for token, test := range map[string]struct {
		read, write func(error) bool
	}{
		adminToken: {isNil, isNil}, readerToken: {isNil, apierrors.IsForbidden}, unprivilegedToken: {
			apierrors.IsForbidden, apierrors.IsForbidden,
		},
		"unknown": {apierrors.IsUnauthorized, apierrors.IsUnauthorized},
	} {
		_, err := as(token).Resource(classes).List(t.Context(), metav1.ListOptions{})
		if !test.read(err) {
			t.Errorf("%s reads: %v", token, err)
		}
		object := &unstructured.Unstructured{
			Object: map[string]any{
				"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "created"},
			},
		}
		if _, err := as(token).Resource(configMaps).Namespace("default").Create(
			t.Context(), object, metav1.CreateOptions{},
		); !test.write(err) {
			t.Errorf("%s writes: %v", token, err)
		}
	}
	seeded, err := as(adminToken).Resource(classes).List(t.Context(), metav1.ListOptions{})
	if err != nil || len(seeded.Items) != 3 {
		t.Errorf("%d StorageClasses, error %v, want 3", len(seeded.Items), err)
	}
	ingresses := schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "ingresses"}
	ingress := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": map[string]any{"name": "created"},
		"spec": map[string]any{
			"defaultBackend": map[string]any{
				"service": map[string]any{"name": "web", "port": map[string]any{"number": int64(80)}},
			},
		},
	}}
	if _, err := as(adminToken).Resource(ingresses).Namespace("kube-system").Create(
		t.Context(), ingress, metav1.CreateOptions{},
	); err != nil {
		t.Fatal(err)
	}
	replicaSets := schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "replicasets"}
	labels := map[string]any{"app": "created"}
	replicaSet := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": map[string]any{"name": "created"},
		"spec": map[string]any{
			"selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{
				"metadata": map[string]any{"labels": labels},
				"spec":     map[string]any{"containers": []any{map[string]any{"name": "c", "image": "c:1"}}},
			},
		},
	}}
	if _, err := as(adminToken).Resource(replicaSets).Namespace("default").Create(
		t.Context(), replicaSet, metav1.CreateOptions{},
	); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := server.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := as(adminToken).Resource(classes).List(
		t.Context(), metav1.ListOptions{},
	); err != nil || len(left.Items) != 0 {
		t.Errorf("after a reset: %d StorageClasses, error %v", len(left.Items), err)
	}
	if _, err := as(adminToken).Resource(configMaps).Namespace("default").Get(
		t.Context(), "created", metav1.GetOptions{},
	); !apierrors.IsNotFound(err) {
		t.Errorf("ConfigMap after a reset: %v", err)
	}
	if _, err := as(adminToken).Resource(ingresses).Namespace("kube-system").Get(
		t.Context(), "created", metav1.GetOptions{},
	); !apierrors.IsNotFound(err) {
		t.Errorf("Ingress after a reset: %v", err)
	}
	if left, err := as(adminToken).Resource(replicaSets).List(
		t.Context(), metav1.ListOptions{},
	); err != nil || len(left.Items) != 0 {
		t.Errorf("after a reset: %d ReplicaSets, error %v", len(left.Items), err)
	}
	addOns := schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	if _, err := as(adminToken).Resource(addOns).Namespace("kube-system").Get(
		t.Context(), "coredns", metav1.GetOptions{},
	); err != nil {
		t.Errorf("coredns after a reset: %v", err)
	}
}

func isNil(err error) bool { return err == nil }

func TestStartWithoutBinaries(t *testing.T) {
	t.Parallel()
	_, err := apiserver.Start(t.Context(), filepath.Join(t.TempDir(), "none"), nil)
	if err == nil || !strings.Contains(err.Error(), "make .bin/kube-apiserver .bin/etcd") {
		t.Error(err)
	}
}
