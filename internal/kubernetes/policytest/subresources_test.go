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
	// matched reports whether the policy matches the subresource, with the reason.
	matched bool
	reason  string
	object  *unstructured.Unstructured
	// method is CREATE with body, UPDATE with body as a merge patch, or CONNECT with body as the query.
	method, body string
}

// send sends the request of a subresource.
func (s subresource) send(
	ctx context.Context, t *testing.T, c *cluster, user []string, client dynamic.Interface,
) error {
	t.Helper()
	resource, dryRun := resourceClient(t, client, s.object), []string{metav1.DryRunAll}
	_, subresource, _ := strings.Cut(s.name, "/")
	switch s.method {
	case "CREATE":
		body := parse(t, s.body)
		body.SetName(s.object.GetName())
		_, err := resource.Create(ctx, body, metav1.CreateOptions{DryRun: dryRun}, subresource)
		return err
	case "UPDATE":
		_, err := resource.Patch(
			ctx, s.object.GetName(), types.MergePatchType, []byte(s.body), metav1.PatchOptions{DryRun: dryRun},
			subresource,
		)
		return err
	}
	err := connect(ctx, t, c.config(t, user), "/api/v1/namespaces/kube-system/"+
		strings.Replace(s.name, "/", "/"+s.object.GetName()+"/", 1)+s.body)
	// These errors come after the policies, for example because the pod has no node.
	for _, text := range []string{"does not have a host assigned", "no endpoints available", "address not allowed"} {
		if err != nil && strings.Contains(err.Error(), text) {
			return nil
		}
	}
	return err
}

// connect sends a request of the operation CONNECT, without upgrading the connection.
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
	response, err := client.Do(req)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // the body is only read
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode < http.StatusBadRequest {
		return nil
	}
	return errors.New(string(raw))
}

// subresources returns requests for subresources of Scaleway's objects in kube-system.
func subresources(t *testing.T) []subresource {
	t.Helper()
	object := func(kind, name string) *unstructured.Unstructured {
		return parse(t, `{apiVersion: `+kind[:strings.LastIndex(kind, "/")]+`, kind: `+kind[strings.LastIndex(kind,
			"/")+1:]+
			`, metadata: {name: `+name+`, namespace: kube-system}}`)
	}
	pod, account := object("v1/Pod", "coredns-0"), object("v1/ServiceAccount", "csi-controller")
	service, deployment := object("v1/Service", "kube-dns"), object("apps/v1/Deployment", "coredns")
	const token = `{apiVersion: authentication.k8s.io/v1, kind: TokenRequest, spec: {audiences: ` +
		`[https://kubernetes.default.svc]}}`
	const binding = `{apiVersion: v1, kind: Binding, target: {apiVersion: v1, kind: Node, name: worker-1}}`
	const debugger = `{"spec":{"ephemeralContainers":[{"name":"debug","image":"registry.example.org/debug:1.0"}]}}`
	return []subresource{
		{
			"serviceaccounts/token", true, "The token allows its bearer to act as the component.", account, "CREATE",
			token,
		},
		{"pods/binding", true, "Only the scheduler binds pods.", pod, "CREATE", binding},
		{
			"pods/exec", true, "A process in a component has all permissions of the component.", pod, "CONNECT",
			"?command=ls&stdout=1",
		},
		{"pods/attach", true, "Same as exec.", pod, "CONNECT", "?stdout=1"},
		{"pods/ephemeralcontainers", true, "Same as exec.", pod, "UPDATE", debugger},
		{"pods/status", true, "The kubelet and controllers update it.", pod, "UPDATE", `{"status":{"reason":"Other"}}`},
		{"services/status", true, "The cloud controller manager updates it.", service, "UPDATE",
			`{"status":{"conditions":[{"type":"Ready","status":"True","reason":"Other","message":"",` +
				`"lastTransitionTime":"2026-11-25T08:00:00Z"}]}}`},
		{
			"deployments/status", true, "The controller updates it.", deployment, "UPDATE",
			`{"status":{"observedGeneration":1}}`,
		},
		{
			"deployments/scale", true, "Scaleway sets the number of replicas.", deployment, "UPDATE",
			`{"spec":{"replicas":0}}`,
		},
		{"poddisruptionbudgets/status", true, "The controller updates it.", object(
			"policy/v1/PodDisruptionBudget", "coredns",
		),
			"UPDATE", `{"status":{"disruptionsAllowed":3}}`},
		{"pods/eviction", false, "A drain evicts all pods of a node, and their controllers start them elsewhere.", pod,
			"CREATE",
			`{apiVersion: policy/v1, kind: Eviction}`},
		{"pods/portforward", false, "It changes nothing.", pod, "CONNECT", "?ports=8080"},
		{"pods/proxy", false, "It changes no object.", pod, "CONNECT", ""},
		{"services/proxy", false, "It changes no object.", service, "CONNECT", ""},
		{"ingresses/status", false, "The customer's ingress controller updates it.",
			object(
				"networking.k8s.io/v1/Ingress", "hubble",
			), "UPDATE", `{"status":{"loadBalancer":{"ingress":[{"ip":"192.0.2.7"}]}}}`},
	}
}

// TestSubresourcesOfKubeSystem tests requests for subresources, which change kube-system without changing objects.
func TestSubresourcesOfKubeSystem(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	administrator := cluster.clientFor(t, nil)
	for _, existing := range []string{
		`{apiVersion: v1, kind: Pod, metadata: {name: coredns-0}, spec: {containers: [{name: main, image: ` +
			`"registry.example.org/main:1.0"}]}}`,
		`{apiVersion: v1, kind: ServiceAccount, metadata: {name: csi-controller}}`,
		`{apiVersion: v1, kind: Service, metadata: {name: kube-dns}, spec: {selector: {app: dns}, ports: [{port: ` +
			`53}]}}`,
		`{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: coredns}, spec: {maxUnavailable: 1, ` +
			`selector: ` +
			`{matchLabels: {app: dns}}}}`,
		`{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: hubble}, spec: {defaultBackend: ` +
			`{service: ` +
			`{name: kube-dns, port: {number: 53}}}}}`,
	} {
		object := parse(t, existing)
		object.SetNamespace(guardrails.KubeSystem)
		if err := cluster.decide(func() error {
			_, err := resourceClient(t, administrator, object).Create(t.Context(), object, metav1.CreateOptions{})
			return err
		}); err != allow {
			t.Fatal(err)
		}
	}
	s := settings()
	s.KubeSystem.Action = guardrails.Deny
	applyGuardrailsWith(t, server, s)
	const group = "scaleway:cluster-write"
	table := table{}
	t.Log("object, subresource | policy | expected | actual | reason")
	for _, sub := range subresources(t) {
		for _, sender := range []struct {
			what      string
			user      []string
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
			{"a kubelet", []string{"system:node:worker-1", "system:nodes", group}, true},
			{"the controller manager", []string{"system:kube-controller-manager", group}, true},
		} {
			want := allow
			if sub.matched && !sender.component {
				want = decision("deny " + guardrails.KubeSystemChanges)
			}
			client := cluster.clientFor(t, sender.user)
			got := cluster.decide(func() error { return sub.send(t.Context(), t, cluster, sender.user, client) })
			table.row(
				t,
				sub.object,
				title(sub.object)+", "+sub.name+" by "+sender.what,
				guardrails.KubeSystemChanges,
				want,
				got,
				sub.reason,
			)
		}
	}
	table.summary(t)
}
