package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

func TestRun(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	lines, stdout := io.Pipe()
	requests, stderr := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, []string{"-listen", "127.0.0.1:0", "-now", "2026-11-24T00:00:00Z"}, stdout, stderr)
		_ = stdout.Close()
	}()
	firstLine, err := bufio.NewReader(lines).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url, ok := strings.CutPrefix(strings.TrimSpace(firstLine), "export SCW_API_URL=")
	if !ok {
		t.Fatalf("the first line is %q", firstLine)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	logged := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(requests).ReadString('\n')
		logged <- line
	}()
	path := "/vpc/v2/regions/fr-par/private-networks/" + sandbox.PrivateNetworkID
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Auth-Token", sandbox.SecretKey)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Error(response.Status)
	}
	if line := <-logged; !strings.Contains(line, "GET "+path+" 200 ") || !strings.HasPrefix(line, "2026-11-24T00:00:") {
		t.Errorf("log line %q", line)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestPrintEnvironment(t *testing.T) {
	t.Parallel()
	var full, empty strings.Builder
	if err := printEnvironment(&full, "127.0.0.1:1234", false); err != nil {
		t.Fatal(err)
	}
	if err := printEnvironment(&empty, "127.0.0.1:1234", true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"export SCW_API_URL=http://127.0.0.1:1234\n", "export SCW_ACCESS_KEY=SCWSANDBOX0000000000\n",
		"export SCW_SECRET_KEY=11111111-1111-1111-1111-111111111111\n",
		"export SCW_DEFAULT_ORGANIZATION_ID=22222222-2222-2222-2222-222222222222\n",
		"export SCW_DEFAULT_PROJECT_ID=22222222-2222-2222-2222-222222222222\n",
		"export SCW_DEFAULT_REGION=fr-par\n", "export SCW_DEFAULT_ZONE=fr-par-1\n", "# Private Network: fr-par/" +
			sandbox.PrivateNetworkID,
	} {
		if !strings.Contains(full.String(), want) {
			t.Errorf("no %q in\n%s", want, &full)
		}
	}
	if strings.Contains(empty.String(), sandbox.PrivateNetworkID) {
		t.Errorf("the environment of an empty sandbox has a Private Network:\n%s", &empty)
	}
}

// TestEstate checks that the sandbox starts with the objects of -estate.
func TestEstate(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "estate.yaml")
	if err := os.WriteFile(
		file,
		[]byte("vpcs:\n- {name: legacy, cidr: 10.0.0.0/8}\nclusters:\n- {name: c}\n"),
		0o600,
	); err != nil {
		t.Fatal(err)
	}
	err := run(t.Context(), []string{"-listen", "127.0.0.1:0", "-estate", file}, io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), `-estate: clusters[0]: "c": POST `) {
		t.Error(err)
	}
}

func TestParseFlags(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(file, []byte("apiVersion: v1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	found, err := parseFlags(
		[]string{"-kubeconfig", file, "-speed", "2.5", "-latency", "20ms", "-empty"}, io.Discard,
	)
	if err != nil {
		t.Fatal(err)
	}
	options := found.options
	if found.listen != "127.0.0.1:8080" || string(options.Kubeconfig) != "apiVersion: v1\n" || options.Speed != 2.5 ||
		!options.Empty || options.Latency.Milliseconds() != 20 {
		t.Errorf("%+v", found)
	}
	for args, want := range map[string]string{
		"-listen 0.0.0.0:8080":                       "loopback only",
		"-listen :8080":                              "loopback only",
		"-listen example.com:80":                     "loopback only",
		"-listen 127.0.0.1":                          "an address and a port",
		"-speed 0":                                   "more than 0",
		"-latency -1s":                               "0 or more",
		"-now yesterday":                             "2026-11-24T00:00:00Z",
		"-kubeconfig /nonexisten":                    "no such file",
		"serve":                                      "flags only",
		"-kubernetes x -kubeconfig " + file:          "use one of them",
		"-port 80":                                   "not defined",
		"-estate /nonexistent":                       "no such file",
		"-kubernetes-address 10.0.0.1:6443":          "set both",
		"-kubernetes x -kubernetes-address 10.0.0.1": "a host and a port",
	} {
		if _, err := parseFlags(
			strings.Fields(args), io.Discard,
		); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
	for _, listen := range []string{"localhost:0", "[::1]:0", "127.0.0.2:1"} {
		if err := checkLoopback(listen); err != nil {
			t.Error(err)
		}
	}
}
