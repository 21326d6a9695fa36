package acctest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// ProxiedKubernetes starts a proxy in front of a Kubernetes API server that injects faults and logs requests. The
// returned option of New makes the sandbox return kubeconfigs for the proxy.
func ProxiedKubernetes(t *testing.T, server *apiserver.Server) (*sandbox.FaultInjector, func(*sandbox.Options)) {
	t.Helper()
	faulty := sandbox.NewFaultInjector(APIServerProxy(t, server), writeKubernetesStatus, nil)
	return faulty, WithKubernetesHandler(t, faulty)
}

// APIServerProxy returns a handler that passes requests to an API server.
func APIServerProxy(t testing.TB, server *apiserver.Server) http.Handler {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(server.CA()) {
		t.Fatal("the API server has no certificate")
	}
	target, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: 16,
		},
		// The default handler logs an error if a client disconnects.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
}

// writeKubernetesStatus writes an error in the format of a Kubernetes API server.
func writeKubernetesStatus(w http.ResponseWriter, status int) {
	reasons := map[int]string{
		http.StatusForbidden: "Forbidden", http.StatusTooManyRequests: "TooManyRequests",
		http.StatusInternalServerError: "InternalError",
		http.StatusServiceUnavailable:  "ServiceUnavailable",
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "reason": reasons[status],
		"message": strings.ToLower(http.StatusText(status)),
	})
}
