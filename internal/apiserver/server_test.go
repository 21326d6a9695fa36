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

const administrator, reader, nobody = "token-a", "token-r", "token-n"

func TestServer(t *testing.T) {
	t.Parallel()
	dir, err := apiserver.Find()
	if err != nil {
		t.Fatal(err)
	}
	server, err := apiserver.Start(t.Context(), dir, apiserver.ScalewayUsers(administrator, "id", reader, nobody))
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
	maps, classes := schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}, schema.GroupVersionResource{
		Group: "storage.k8s.io", Version: "v1", Resource: "storageclasses",
	}
	for token, wanted := range map[string]struct {
		look, write func(error) bool
	}{
		administrator: {none, none}, reader: {none, apierrors.IsForbidden}, nobody: {
			apierrors.IsForbidden, apierrors.IsForbidden,
		},
		"unknown": {apierrors.IsUnauthorized, apierrors.IsUnauthorized},
	} {
		_, err := as(token).Resource(classes).List(t.Context(), metav1.ListOptions{})
		if !wanted.look(err) {
			t.Errorf("%s looks: %v", token, err)
		}
		object := &unstructured.Unstructured{
			Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "made"}},
		}
		if _, err := as(token).Resource(maps).Namespace("default").Create(
			t.Context(), object, metav1.CreateOptions{},
		); !wanted.write(err) {
			t.Errorf("%s writes: %v", token, err)
		}
	}
	shipped, err := as(administrator).Resource(classes).List(t.Context(), metav1.ListOptions{})
	if err != nil || len(shipped.Items) != 3 {
		t.Errorf("%v, %d classes", err, len(shipped.Items))
	}
	ingresses := schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "ingresses"}
	ingress := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": map[string]any{"name": "made"},
		"spec": map[string]any{
			"defaultBackend": map[string]any{
				"service": map[string]any{"name": "web", "port": map[string]any{"number": int64(80)}},
			},
		},
	}}
	if _, err := as(administrator).Resource(ingresses).Namespace("kube-system").Create(
		t.Context(), ingress, metav1.CreateOptions{},
	); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := server.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := as(administrator).Resource(classes).List(
		t.Context(), metav1.ListOptions{},
	); err != nil || len(left.Items) != 0 {
		t.Errorf("after a reset: %v, %d classes", err, len(left.Items))
	}
	if _, err := as(administrator).Resource(maps).Namespace("default").Get(
		t.Context(), "made", metav1.GetOptions{},
	); !apierrors.IsNotFound(err) {
		t.Errorf("after a reset: %v", err)
	}
	if _, err := as(administrator).Resource(ingresses).Namespace("kube-system").Get(
		t.Context(), "made", metav1.GetOptions{},
	); !apierrors.IsNotFound(err) {
		t.Errorf("after a reset: %v", err)
	}
	addOns := schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	if _, err := as(administrator).Resource(addOns).Namespace("kube-system").Get(
		t.Context(), "coredns", metav1.GetOptions{},
	); err != nil {
		t.Errorf("after a reset: %v", err)
	}
}

func none(err error) bool { return err == nil }

func TestWhatIsMissingIsSaid(t *testing.T) {
	t.Parallel()
	_, err := apiserver.Start(t.Context(), filepath.Join(t.TempDir(), "none"), nil)
	if err == nil || !strings.Contains(err.Error(), "make .bin/kube-apiserver .bin/etcd") {
		t.Error(err)
	}
}
