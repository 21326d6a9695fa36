package apiserver_test

import (
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
)

// testAdminTokens replaces and revokes the tokens of administrators.
func testAdminTokens(t *testing.T, server *apiserver.Server) {
	t.Helper()
	list := func(token string) error {
		config, err := clientcmd.RESTConfigFromKubeConfig(server.Kubeconfig())
		if err != nil {
			t.Fatal(err)
		}
		config.BearerToken = token
		client, err := dynamic.NewForConfig(config)
		if err != nil {
			t.Fatal(err)
		}
		namespaces := schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
		_, err = client.Resource(namespaces).List(t.Context(), metav1.ListOptions{})
		return err
	}
	server.SetAdminToken("cluster", "first")
	server.SetAdminToken("other", "third")
	for _, accepted := range []string{"first", "third"} {
		if err := list(accepted); err != nil {
			t.Errorf("token %s: %v", accepted, err)
		}
	}
	server.SetAdminToken("cluster", "second")
	server.SetAdminToken("other", "")
	if err := list("second"); err != nil {
		t.Errorf("the new token: %v", err)
	}
	// The API server remembers an accepted token for some seconds.
	for _, revoked := range []string{"first", "third"} {
		for !apierrors.IsUnauthorized(list(revoked)) {
			select {
			case <-t.Context().Done():
				t.Fatalf("token %s is still accepted", revoked)
			case <-time.After(200 * time.Millisecond):
			}
		}
	}
}
