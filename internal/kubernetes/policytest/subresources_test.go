package policytest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// subresource is a request on a subresource of an object in kube-system.
type subresource struct {
	name string
	// judged says whether the policy judges it. why is the reason.
	judged bool
	why    string
	object *unstructured.Unstructured
	// method is CREATE with body, UPDATE with body as a merge patch, or CONNECT with body as the query.
	method, body string
}

func (s subresource) request(
	ctx context.Context, t *testing.T, c *cluster, who []string, client dynamic.Interface,
) error {
	t.Helper()
	place, dryRun := at(t, client, s.object), []string{metav1.DryRunAll}
	_, of, _ := strings.Cut(s.name, "/")
	switch s.method {
	case "CREATE":
		body := parse(t, s.body)
		body.SetName(s.object.GetName())
		_, err := place.Create(ctx, body, metav1.CreateOptions{DryRun: dryRun}, of)
		return err
	case "UPDATE":
		_, err := place.Patch(
			ctx, s.object.GetName(), types.MergePatchType, []byte(s.body), metav1.PatchOptions{DryRun: dryRun}, of,
		)
		return err
	}
	err := connect(ctx, t, c.config(t, who), "/api/v1/namespaces/kube-system/"+
		strings.Replace(s.name, "/", "/"+s.object.GetName()+"/", 1)+s.body)
	// The policies judge before the API server looks for the pod's node.
	for _, after := range []string{"does not have a host assigned", "no endpoints available", "address not allowed"} {
		if err != nil && strings.Contains(err.Error(), after) {
			return nil
		}
	}
	return err
}

// connect is a request of the operation CONNECT, without an upgrade of the connection.
func connect(ctx context.Context, t *testing.T, config *rest.Config, path string) error {
	t.Helper()
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, config.Host+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close() //nolint:errcheck // it was read
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode < http.StatusBadRequest {
		return nil
	}
	return errors.New(string(raw))
}

// subresources are requests on what Scaleway ships in kube-system.
func subresources(t *testing.T) []subresource {
	t.Helper()
	object := func(kind, name string) *unstructured.Unstructured {
		return parse(t, `{apiVersion: `+kind[:strings.LastIndex(kind, "/")]+`, kind: `+kind[strings.LastIndex(kind, "/")+1:]+
			`, metadata: {name: `+name+`, namespace: kube-system}}`)
	}
	pod, account := object("v1/Pod", "coredns-0"), object("v1/ServiceAccount", "csi-controller")
	service, deployment := object("v1/Service", "kube-dns"), object("apps/v1/Deployment", "coredns")
	const token = `{apiVersion: authentication.k8s.io/v1, kind: TokenRequest, spec: {audiences: ` +
		`[https://kubernetes.default.svc]}}`
	const binding = `{apiVersion: v1, kind: Binding, target: {apiVersion: v1, kind: Node, name: worker-1}}`
	const debugger = `{"spec":{"ephemeralContainers":[{"name":"debug","image":"registry.example.org/debug:1.0"}]}}`
	return []subresource{
		{"serviceaccounts/token", true, "It lets its bearer act as the component.", account, "CREATE", token},
		{"pods/binding", true, "Scaleway's scheduler places the pods.", pod, "CREATE", binding},
		{
			"pods/exec", true, "A process in a component can change all that the component can.", pod, "CONNECT",
			"?command=ls&stdout=1",
		},
		{"pods/attach", true, "As exec.", pod, "CONNECT", "?stdout=1"},
		{"pods/ephemeralcontainers", true, "As exec.", pod, "UPDATE", debugger},
		{"pods/status", true, "Kubelet and controllers report it.", pod, "UPDATE", `{"status":{"reason":"Other"}}`},
		{"services/status", true, "The cloud controller manager reports it.", service, "UPDATE",
			`{"status":{"conditions":[{"type":"Ready","status":"True","reason":"Other","message":"",` +
				`"lastTransitionTime":"2026-11-25T08:00:00Z"}]}}`},
		{
			"deployments/status", true, "The controller reports it.", deployment, "UPDATE",
			`{"status":{"observedGeneration":1}}`,
		},
		{"deployments/scale", true, "The number of replicas is Scaleway's.", deployment, "UPDATE", `{"spec":{"replicas":0}}`},
		{"poddisruptionbudgets/status", true, "The controller reports it.", object(
			"policy/v1/PodDisruptionBudget", "coredns",
		),
			"UPDATE", `{"status":{"disruptionsAllowed":3}}`},
		{"pods/eviction", false, "A drain evicts all pods of a node, and the controller starts them elsewhere.", pod,
			"CREATE",
			`{apiVersion: policy/v1, kind: Eviction}`},
		{"pods/portforward", false, "It changes nothing.", pod, "CONNECT", "?ports=8080"},
		{"pods/proxy", false, "It changes no object.", pod, "CONNECT", ""},
		{"services/proxy", false, "It changes no object.", service, "CONNECT", ""},
		{"ingresses/status", false, "The ingress controller of the customer reports it.",
			object(
				"networking.k8s.io/v1/Ingress", "hubble",
			), "UPDATE", `{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.7"}]}}}`},
	}
}

// TestSubresourcesOfKubeSystem judges subresources, by which kube-system changes without a change of its objects.
func TestSubresourcesOfKubeSystem(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	administrator := cluster.as(t, nil)
	for _, existing := range []string{
		`{apiVersion: v1, kind: Pod, metadata: {name: coredns-0}, spec: {containers: [{name: main, image: ` +
			`"registry.example.org/main:1.0"}]}}`,
		`{apiVersion: v1, kind: ServiceAccount, metadata: {name: csi-controller}}`,
		`{apiVersion: v1, kind: Service, metadata: {name: kube-dns}, spec: {selector: {app: dns}, ports: [{port: 53}]}}`,
		`{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: coredns}, spec: {maxUnavailable: 1, selector: ` +
			`{matchLabels: {app: dns}}}}`,
		`{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: hubble}, spec: {defaultBackend: {service: ` +
			`{name: kube-dns, port: {number: 53}}}}}`,
	} {
		object := parse(t, existing)
		object.SetNamespace(guardrails.KubeSystem)
		if err := cluster.judge(func() error {
			_, err := at(t, administrator, object).Create(t.Context(), object, metav1.CreateOptions{})
			return err
		}); err != allow {
			t.Fatal(err)
		}
	}
	s := settings()
	s.KubeSystem.Action = guardrails.Deny
	guardWith(t, server, s)
	const group = "scaleway:cluster-write"
	table := table{}
	t.Log("object, subresource | policy | expected | actual | reason")
	for _, sub := range subresources(t) {
		for _, by := range []struct {
			what      string
			who       []string
			component bool
		}{
			{"an administrator", nil, false},
			{
				"an account of another namespace", []string{
					"system:serviceaccount:web:deployer", "system:serviceaccounts:web", group,
				}, false,
			},
			{
				"a component", []string{
					"system:serviceaccount:kube-system:kapsule", "system:serviceaccounts:kube-system", group,
				}, true,
			},
			{"kubelet", []string{"system:node:worker-1", "system:nodes", group}, true},
			{"the controller manager", []string{"system:kube-controller-manager", group}, true},
		} {
			expected := allow
			if sub.judged && !by.component {
				expected = verdict("deny " + guardrails.Changes)
			}
			client := cluster.as(t, by.who)
			actual := cluster.judge(func() error { return sub.request(t.Context(), t, cluster, by.who, client) })
			table.row(
				t, sub.object, title(sub.object)+", "+sub.name+" by "+by.what, guardrails.Changes, expected, actual, sub.why,
			)
		}
	}
	table.summary(t)
}
