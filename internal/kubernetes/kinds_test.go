package kubernetes

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

// TestListableKinds reads aggregated discovery: the preferred version of each kind that can be listed, no subresource,
// and the group versions whose server does not respond.
func TestListableKinds(t *testing.T) {
	t.Parallel()
	resource := func(name, kind, verbs, more string) string {
		return fmt.Sprintf(`{"resource": %q, "responseKind": {"group": "", "version": "", "kind": %q},
			"scope": "Namespaced", "singularResource": "", "verbs": [%s]%s}`, name, kind, verbs, more)
	}
	group := func(name, versions string) string {
		return fmt.Sprintf(`{"metadata": {"name": %q}, "versions": [%s]}`, name, versions)
	}
	list := func(groups string) string {
		return `{"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": [` + groups + `]}`
	}
	responses := map[string]string{
		"/api": list(group("", `{"version": "v1", "resources": [`+
			resource("pods", "Pod", `"get", "list"`, `, "shortNames": ["po"], "categories": ["all"],
				"subresources": [{"subresource": "log", "verbs": ["get", "list"]}]`)+`,`+
			resource("bindings", "Binding", `"create"`, "")+`]}`)),
		"/apis": list(group("autoscaling", `
			{"version": "v2", "resources": [`+resource("horizontalpodautoscalers", "HPA", `"list"`, "")+`]},
			{"version": "v1", "resources": [`+resource("horizontalpodautoscalers", "HPA", `"list"`, "")+`,`+
			resource("olds", "Old", `"list"`, "")+`]}`) + `,` +
			group("metrics.k8s.io", `{"version": "v1beta1", "freshness": "Stale", "resources": []}`)),
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept") != aggregatedDiscovery {
			t.Errorf("%s: Accept %q", r.URL.Path, r.Header.Get("Accept"))
		}
		w.Header().Set("Content-Type", aggregatedDiscovery)
		_, _ = w.Write([]byte(responses[r.URL.Path]))
	}))
	t.Cleanup(server.Close)
	client, err := New(Endpoint{
		Server: server.URL,
		CA:     pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}),
	}, "token", "test")
	if err != nil {
		t.Fatal(err)
	}
	client.Interval = time.Millisecond
	kinds, unknown, err := client.ListableKinds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, k := range kinds {
		got = append(got, fmt.Sprintf("%s %s %v %v %t", k.GroupVersionResource, k.Kind, k.ShortNames, k.Categories,
			k.Namespaced))
	}
	want := []string{
		"/v1, Resource=pods Pod [po] [all] true", "autoscaling/v2, Resource=horizontalpodautoscalers HPA [] [] true",
		"autoscaling/v1, Resource=olds Old [] [] true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nexpected %q", got, want)
	}
	if len(unknown) != 1 || unknown[0].String() != "metrics.k8s.io/v1beta1" {
		t.Errorf("unknown: %v", unknown)
	}
}
