package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// A cluster's kubeconfig must lead into the API server of -kubernetes, which ends with the sandbox.
func TestKubernetes(t *testing.T) {
	t.Parallel()
	dir, err := apiserver.Find()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	lines, stdout := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-listen", "127.0.0.1:0", "-speed", "2000", "-kubernetes", dir}, stdout, io.Discard)
		_ = stdout.CloseWithError(err)
		ended <- err
	}()
	first, err := bufio.NewReader(lines).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	url := strings.TrimPrefix(strings.TrimSpace(first), "export SCW_API_URL=") + "/k8s/v1/regions/fr-par"
	call := func(method, path, body string, into any) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Auth-Token", sandbox.SecretKey)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		if err := json.NewDecoder(answer.Body).Decode(into); err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %s, %v, %v", method, path, answer.Status, into, err)
		}
	}
	var versions struct{ Versions []struct{ Name string } }
	call(http.MethodGet, "/versions", "", &versions)
	var cluster struct{ ID string }
	call(http.MethodPost, "/clusters", `{"name":"c","type":"kapsule","cni":"cilium","version":"`+versions.Versions[0].Name+
		`","private_network_id":"`+sandbox.PrivateNetworkID+`"}`, &cluster)
	var file struct{ Content string }
	call(http.MethodGet, "/clusters/"+cluster.ID+"/kubeconfig?redacted=true", "", &file)
	kubeconfig, err := base64.StdEncoding.DecodeString(file.Content)
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if config.BearerToken != "" {
		t.Error("a redacted kubeconfig has a token")
	}
	config.BearerToken = sandbox.SecretKey
	inside, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	classes := inside.Resource(
		schema.GroupVersionResource{Group: "storage.k8s.io", Version: "v1", Resource: "storageclasses"},
	)
	if shipped, err := classes.List(t.Context(), metav1.ListOptions{}); err != nil || len(shipped.Items) != 3 {
		t.Errorf("%v, %v", err, shipped)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := classes.List(t.Context(), metav1.ListOptions{}); err == nil {
		t.Error("the API server outlives the sandbox")
	}
}

func TestKubernetesThatIsNotThere(t *testing.T) {
	t.Parallel()
	err := run(t.Context(), []string{"-listen", "127.0.0.1:0", "-kubernetes", t.TempDir()}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "-kubernetes: no kube-apiserver in ") {
		t.Error(err)
	}
}
