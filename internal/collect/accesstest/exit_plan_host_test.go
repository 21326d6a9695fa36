package accesstest

import (
	"archive/tar"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/terraform-srm/terraform-provider-srm/internal/process"
)

const (
	scalewayRegistry = "rg.fr-par.scw.cloud"
	registryPassword = "password of the new registry"
	scalewayPassword = "secret key of Scaleway"
)

// estateDigest is the digest of an image in the estate. An image with this digest cannot be made.
var estateDigest = "sha256:" + strings.Repeat("a", 64) //nolint:gochecknoglobals // a constant

// rehearsalHost is what the commands of an exit plan use beside the two API servers: a folder, the tools, and two
// registries that ask for a password, Scaleway's with its own name.
type rehearsalHost struct {
	dir      string
	tools    map[string]string // Paths.
	registry string            // Address of the server behind both registries, without a password.
	target   string            // Address of the new registry.
	env      []string
}

// newRehearsalHost starts the registries. The tools of .bin come before those of PATH.
func newRehearsalHost(t *testing.T) *rehearsalHost {
	t.Helper()
	h := &rehearsalHost{dir: t.TempDir(), tools: map[string]string{}}
	bin, err := process.BinDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range []string{"kubectl", "jq", "crane", "bash"} {
		h.tools[tool] = filepath.Join(bin, tool)
		if _, err := os.Stat(h.tools[tool]); err == nil {
			continue
		}
		if h.tools[tool], err = exec.LookPath(tool); err != nil {
			t.Fatalf("the commands of an exit plan need %s: run `make .bin/%[1]s`", tool)
		}
	}
	h.startRegistry(t)
	h.target = strings.TrimPrefix(httptestServer(t, nil, h.protect("user", registryPassword)).URL, "http://")
	proxy := h.startScalewayRegistry(t)
	path := h.installTools(t)
	h.env = append(os.Environ(), "HOME="+h.dir, "KUBECONFIG="+filepath.Join(h.dir, "kubeconfig"),
		"PATH="+path+":"+os.Getenv("PATH"), "SCW_SECRET_KEY="+scalewayPassword, "HTTPS_PROXY="+proxy,
		"SSL_CERT_FILE="+filepath.Join(h.dir, "registry.pem"), "FILES="+filepath.Join(h.dir, "files"),
		"KUBECTL="+h.tools["kubectl"])
	return h
}

// httptestServer starts a server, with TLS if there is a certificate.
func httptestServer(t *testing.T, certificate *tls.Certificate, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	if certificate != nil {
		server.TLS = &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12}
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return server
}

// startRegistry starts a registry that keeps images in memory.
func (h *rehearsalHost) startRegistry(t *testing.T) {
	t.Helper()
	log := filepath.Join(h.dir, "registry.log")
	registry, err := process.Start(h.tools["crane"], log, "registry", "serve", "--address", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = registry.Stop() })
	port := regexp.MustCompile(`serving on port (\d+)`)
	retry(t, func() error {
		content, err := os.ReadFile(log)
		if err != nil {
			return err
		}
		match := port.FindSubmatch(content)
		if match == nil {
			return fmt.Errorf("the registry did not start: %s", content)
		}
		h.registry = "127.0.0.1:" + string(match[1])
		return nil
	})
}

// protect returns a handler that forwards requests with a password to the registry.
func (h *rehearsalHost) protect(user, password string) http.Handler {
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: h.registry})
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if gotUser, gotPassword, _ := q.BasicAuth(); gotUser != user || gotPassword != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="registry"`)
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		q.Header.Del("Authorization")
		proxy.ServeHTTP(w, q)
	})
}

// startScalewayRegistry starts a registry with the name of Scaleway's, and returns the address of a proxy through which
// clients reach it. The proxy reaches nothing else.
func (h *rehearsalHost) startScalewayRegistry(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{scalewayRegistry}, BasicConstraintsValid: true, IsCA: true,
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(filepath.Join(h.dir, "registry.pem"), certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	registry := httptestServer(t, &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		h.protect("nologin", scalewayPassword))
	proxy := httptestServer(t, nil, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method != http.MethodConnect || q.Host != scalewayRegistry+":443" {
			http.Error(w, "the rehearsal has no "+q.Host, http.StatusForbidden)
			return
		}
		tunnel(w, q, registry.Listener.Addr().String())
	}))
	return proxy.URL
}

// tunnel connects a client with a server.
func tunnel(w http.ResponseWriter, q *http.Request, address string) {
	dialer := net.Dialer{}
	server, err := dialer.DialContext(q.Context(), "tcp", address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	client, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = server.Close()
		return
	}
	_, _ = io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.Close()
	}()
	_, _ = io.Copy(client, server)
	_ = client.Close()
}

// kubectlWithPods is kubectl on a host whose API servers have no nodes: a pod is ready once it was created, and
// commands in pods work with the folder $FILES/CONTEXT/NAMESPACE/CLAIM. Everything else is done by kubectl itself.
const kubectlWithPods = `#!/usr/bin/env bash
set -euo pipefail
context=$2 namespace=${4-} verb=${5-}
case "$verb ${*: -1}" in
"wait pod/exit-copy") exec "$KUBECTL" --context "$context" -n "$namespace" get pod exit-copy ;;
esac
if [ "$verb" != exec ]; then exec "$KUBECTL" "$@"; fi
while [ "$1" != -- ]; do pod=$1; shift; done
shift
case $1 in
tar)
  claim=$("$KUBECTL" --context "$context" -n "$namespace" get pod "$pod" \
    -o 'jsonpath={.spec.volumes[0].persistentVolumeClaim.claimName}')
  mkdir -p "$FILES/$context/$namespace/$claim"
  exec "${@//\/data/$FILES/$context/$namespace/$claim}"
  ;;
pg_dumpall) echo "-- dump of $pod in $namespace" ;;
*) echo "unknown command $1" >&2; exit 1 ;;
esac
`

// installTools returns a folder with the tools of the rehearsal, and creates the files of a volume.
func (h *rehearsalHost) installTools(t *testing.T) string {
	t.Helper()
	path := filepath.Join(h.dir, "bin")
	files := filepath.Join(h.dir, "files", "source", "shop", "uploads")
	for _, folder := range []string{path, files} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, tool := range []string{"jq", "crane"} {
		if err := os.Symlink(h.tools[tool], filepath.Join(path, tool)); err != nil {
			t.Fatal(err)
		}
	}
	//nolint:gosec // A program.
	if err := os.WriteFile(filepath.Join(path, "kubectl"), []byte(kubectlWithPods), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(files, "photo.txt"), []byte("a photo"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// crane runs crane without a password, and returns its output.
func (h *rehearsalHost) crane(t *testing.T, arguments ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), h.tools["crane"], arguments...)
	command.Env = append(os.Environ(), "HOME="+t.TempDir())
	var problems bytes.Buffer
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		t.Fatalf("crane %s: %v\n%s", arguments, err, problems.String())
	}
	return strings.TrimSpace(string(out))
}

// push pushes the images of the estate to Scaleway's registry, and returns the digest of the one without a tag.
func (h *rehearsalHost) push(t *testing.T) string {
	t.Helper()
	var layer bytes.Buffer
	archive := tar.NewWriter(&layer)
	if err := archive.WriteHeader(&tar.Header{Name: "app", Mode: 0o644, Size: 3}); err != nil {
		t.Fatal(err)
	}
	if _, err := archive.Write([]byte("app")); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(h.dir, "layer.tar")
	if err := os.WriteFile(file, layer.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, image := range []string{"web:1.4.2", "report:1"} {
		h.crane(t, "append", "--new_layer", file, "--new_tag", h.registry+"/shop/"+image)
	}
	return h.crane(t, "digest", h.registry+"/shop/report:1")
}

// withRegistry replaces the example of a registry in commands, as a reader of the plan does.
func (h *rehearsalHost) withRegistry(t *testing.T, block string) string {
	t.Helper()
	return strings.ReplaceAll(block, "REGISTRY=registry.example/apps", "REGISTRY="+h.target+"/apps")
}

// run runs the commands of a plan.
func (h *rehearsalHost) run(t *testing.T, script string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), h.tools["bash"], "-c", script)
	command.Dir, command.Env = h.dir, h.env
	command.Stdin = strings.NewReader(registryPassword + "\n")
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		t.Fatalf("%v\n%s", err, output.String())
	}
}

// requireCopied looks for the images in the new registry and for the data of volumes on the new host.
func (h *rehearsalHost) requireCopied(t *testing.T) {
	t.Helper()
	digest := h.crane(t, "digest", h.registry+"/shop/report:1")
	for source, target := range map[string]string{
		"shop/web:1.4.2": "apps/shop/web:1.4.2", "shop/report:1": "apps/shop/report@" + digest,
	} {
		if want, got := h.crane(t, "digest", h.registry+"/"+source), h.crane(t, "digest", h.registry+"/"+target); got !=
			want {
			t.Errorf("image %s: %s; expected %s", target, got, want)
		}
	}
	for path, want := range map[string]string{
		"files/target/shop/uploads/photo.txt": "a photo",
		"data/shop-data-db-0.dump":            "-- dump of statefulset/db in shop\n",
	} {
		if content, err := os.ReadFile(filepath.Join(h.dir, path)); err != nil || string(content) != want {
			t.Errorf("%s: %q, %v", path, content, err)
		}
	}
}

// requirePullSecret looks at the Secret of the new registry.
func (h *rehearsalHost) requirePullSecret(t *testing.T, client dynamic.Interface) {
	t.Helper()
	secret, err := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "secrets"}).Namespace("shop").
		Get(t.Context(), "registry", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	data, _ := secret.Object["data"].(map[string]any)
	encoded, _ := data[".dockerconfigjson"].(string)
	content, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	config := struct {
		Auths map[string]struct{ Username, Password, Auth string } `json:"auths"`
	}{}
	if err := json.Unmarshal(content, &config); err != nil {
		t.Fatal(err)
	}
	one := config.Auths[h.target]
	auth, _ := base64.StdEncoding.DecodeString(one.Auth)
	if len(config.Auths) != 1 || one.Username != "user" || one.Password != registryPassword ||
		string(auth) != "user:"+registryPassword {
		t.Errorf("the Secret of the new registry: %s", content)
	}
}
