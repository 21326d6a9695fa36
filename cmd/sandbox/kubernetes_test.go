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

// TestKubernetes checks that the kubeconfig of a cluster points to the API server of -kubernetes, and that the API
// server stops with the sandbox.
func TestKubernetes(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("The test starts an API server, and -short is set.")
	}
	dir, err := apiserver.FindBinaries()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	lines, stdout := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-listen", "127.0.0.1:0", "-speed", "2000", "-kubernetes", dir}, stdout, io.Discard)
		_ = stdout.CloseWithError(err)
		done <- err
	}()
	firstLine, err := bufio.NewReader(lines).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	url := strings.TrimPrefix(strings.TrimSpace(firstLine), "export SCW_API_URL=") + "/k8s/v1/regions/fr-par"
	call := func(method, path, body string, into any) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Auth-Token", sandbox.SecretKey)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		if err := json.NewDecoder(response.Body).Decode(into); err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %s, %v, %v", method, path, response.Status, into, err)
		}
	}
	var versions struct{ Versions []struct{ Name string } }
	call(http.MethodGet, "/versions", "", &versions)
	var cluster struct{ ID string }
	call(http.MethodPost, "/clusters",
		`{"name":"c","type":"kapsule","cni":"cilium","version":"`+versions.Versions[0].Name+
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
	if config.BearerToken != "REDACTED_TOKEN" {
		t.Error("a redacted kubeconfig has a token")
	}
	config.BearerToken = sandbox.SecretKey
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	classes := client.Resource(
		schema.GroupVersionResource{Group: "storage.k8s.io", Version: "v1", Resource: "storageclasses"},
	)
	if list, err := classes.List(t.Context(), metav1.ListOptions{}); err != nil || len(list.Items) != 3 {
		t.Errorf("%v, %v", err, list)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := classes.List(t.Context(), metav1.ListOptions{}); err == nil {
		t.Error("the API server still runs after the sandbox has stopped")
	}
}

func TestMissingKubernetesBinaries(t *testing.T) {
	t.Parallel()
	err := run(t.Context(), []string{"-listen", "127.0.0.1:0", "-kubernetes", t.TempDir()}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "-kubernetes: no kube-apiserver in ") {
		t.Error(err)
	}
}
