package policytest

import (
	"cmp"
	"context"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// olderObject is an object that existed before the guardrails were created. It has a finalizer, like Services with the
// finalizer of the cloud controller manager.
type olderObject struct {
	manifest string
	// recreate is the decision on creating it under the guardrails.
	recreate decision
	// unrelated is the decision on changes that no policy validates. deleted is the decision on a deletion if it
	// differs.
	unrelated, deleted decision
	// status is a patch of the status, or empty if the kind has none.
	status string
	// changes are merge patches with their decisions.
	changes []change
}

type change struct {
	what     string
	patch    string
	expected decision
}

func olderObjects() []olderObject {
	const (
		loadBalancers = "deny srm-load-balancers"
		ingresses     = "deny srm-ingresses"
		gateways      = "deny srm-gateways"
		annotation    = "service.beta.kubernetes.io/scw-loadbalancer-"
	)
	annotate := func(key, value string) string { return `{"metadata":{"annotations":{"` + key + `":"` + value + `"}}}` }
	rule := func(host, path, service string) string {
		return `{"spec":{"rules":[{"host":"` + host + `","http":{"paths":[{"path":"` + path + `","pathType":"Prefix",` +
			`"backend":{"service":{"name":"` + service +
			`","port":{"number":80}}}}]}}]}}`
	}
	exactly := strings.Replace(rule("app.example.org", "/", "web"), "Prefix", "Exact", 1)
	return []olderObject{
		{
			manifest: `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: web, finalizers: [example.com/hold], annotations: {team: records}}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{name: http, port: 80}]}`,
			recreate: loadBalancers, unrelated: allow,
			status: `{"status":{"loadBalancer":{"ingress":[{"ip":"51.15.0.1"}]}}}`,
			changes: []change{
				{
					"added port", `{"spec":{"ports":[{"name":"http","port":80},{"name":"alt","port":8080}]}}`,
					loadBalancers,
				},
				{"other selector", `{"spec":{"selector":{"app":"other"}}}`, allow},
				{"other zone", annotate(annotation+"zone", "nl-ams-1"), loadBalancers},
				{"zone in fr-par", annotate(annotation+"zone", "fr-par-2"), allow},
				{"HTTP without certificates", annotate(annotation+"protocol-http", "true"), allow},
				{"same port with UDP", `{"spec":{"ports":[{"name":"http","port":80},{"name":"udp","port":80,` +
					`"protocol":"UDP"}]}}`, loadBalancers},
				{"unverified backends", annotate(annotation+"http-backend-tls-skip-verify", "true"), loadBalancers},
				{"passthrough set to false", annotate("terraform-srm.github.io/tls-passthrough", "false"), allow},
				{"annotation that no policy validates", annotate(annotation+"type", "LB-GP-M"), allow},
				{"empty zone annotation", annotate(annotation+"zone", ""), allow},
				{"passthrough set to true", annotate("terraform-srm.github.io/tls-passthrough", "true"), allow},
				{
					"TLS at the Load Balancer", `{"metadata":{"annotations":{"` + annotation +
						`certificate-ids":"11111111-2222-4333-8444-555555555555","` + annotation +
						`protocol-http":"true"}}}`, allow,
				},
				{"TLS at the Load Balancer for a new port", `{"metadata":{"annotations":{"` + annotation +
					`certificate-ids":"11111111-2222-4333-8444-555555555555","` + annotation +
					`protocol-http":"true"}},"spec":{"ports":[{"name":"http","port":80},{"name":"https","port":443}]}}`,
					"warn srm-backend-tls"},
				{"no Load Balancer", `{"spec":{"type":"ClusterIP"}}`, allow},
			},
		},
		{
			manifest: `
apiVersion: v1
kind: Service
metadata: {name: inside, namespace: web, finalizers: [example.com/hold]}
spec: {type: ClusterIP, selector: {app: web}, ports: [{name: http, port: 80}]}`,
			recreate: allow, unrelated: allow,
			changes: []change{
				{"plaintext Load Balancer", `{"spec":{"type":"LoadBalancer"}}`, loadBalancers},
				{"NodePort", `{"spec":{"type":"NodePort"}}`, refusedPorts},
			},
		},
		{
			manifest: `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: web, finalizers: [example.com/hold]}
spec: {ingressClassName: nginx, rules: [{host: app.example.org, http: {paths: [{path: /, pathType: Prefix,
  backend: {service: {name: web, port: {number: 80}}}}]}}]}`,
			recreate: ingresses, unrelated: allow,
			status: `{"status":{"loadBalancer":{"ingress":[{"ip":"51.15.0.1"}]}}}`,
			changes: []change{
				{"other class", `{"spec":{"ingressClassName":"traefik"}}`, allow},
				{
					"a certificate for another host",
					`{"spec":{"tls":[{"hosts":["www.example.org"],"secretName":"www-tls"}]}}`, allow,
				},
				{"other backend", rule("app.example.org", "/", "other"), allow},
				{"another path", rule("app.example.org", "/more", "web"), ingresses},
				{"other hostname", rule("www.example.org", "/", "web"), ingresses},
				{"every host", rule("", "/", "web"), ingresses},
				{
					"a default backend",
					`{"spec":{"defaultBackend":{"service":{"name":"web","port":{"number":80}}}}}`, ingresses,
				},
				{"other annotation", annotate("nginx.ingress.kubernetes.io/proxy-body-size", "8m"), allow},
				{"a certificate", `{"spec":{"tls":[{"hosts":["app.example.org"],"secretName":"app-tls"}]}}`, allow},
				{"the path alone", exactly, allow},
				{"an alias", annotate("nginx.ingress.kubernetes.io/server-alias", "www.example.org"), ingresses},
				{
					"an alias of HAProxy Ingress", annotate(
						"haproxy-ingress.github.io/server-alias", "www.example.org",
					), ingresses,
				},
				{"an alias of Kong", annotate("konghq.com/host-aliases", "www.example.org"), ingresses},
				{"no alias", annotate("nginx.ingress.kubernetes.io/server-alias", ""), allow},
				{"an alias with a certificate",
					`{"metadata":{"annotations":{"nginx.ingress.kubernetes.io/server-alias":"www.example.org"}},` +
						`"spec":{"tls":[{"hosts":["app.example.org"],"secretName":"app-tls"}]}}`, allow},
			},
		},
		{
			manifest: `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: exact, namespace: web, finalizers: [example.com/hold],
  annotations: {nginx.ingress.kubernetes.io/server-alias: "www.example.org,api.example.org"}}
spec: {ingressClassName: nginx, rules: [{host: app.example.org, http: {paths: [{path: /, pathType: Exact,
  backend: {service: {name: web, port: {number: 80}}}}]}}]}`,
			recreate: ingresses, unrelated: allow,
			status: `{"status":{"loadBalancer":{"ingress":[{"ip":"51.15.0.1"}]}}}`,
			changes: []change{
				{"Prefix instead of Exact", rule("app.example.org", "/", "web"), ingresses},
				{
					"ImplementationSpecific instead of Exact",
					strings.Replace(exactly, "Exact", "ImplementationSpecific", 1),
					ingresses,
				},
				{"other backend", strings.Replace(exactly, `"web"`, `"other"`, 1), allow},
				{"removed alias", annotate("nginx.ingress.kubernetes.io/server-alias", "api.example.org"), allow},
				{
					"added alias", annotate(
						"nginx.ingress.kubernetes.io/server-alias", "www.example.org, more.example.org",
					), ingresses,
				},
			},
		},
		{
			manifest: `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: web, finalizers: [example.com/hold]}
spec: {gatewayClassName: cilium, listeners: [{name: http, port: 80, protocol: HTTP}]}`,
			recreate: gateways, unrelated: allow, status: `{"status":{"addresses":[{"value":"51.15.0.1"}]}}`,
			changes: []change{
				{"other port", `{"spec":{"listeners":[{"name":"http","port":8080,"protocol":"HTTP"}]}}`, gateways},
				{"other class", `{"spec":{"gatewayClassName":"other"}}`, allow},
				{"other listener name", `{"spec":{"listeners":[{"name":"web","port":80,"protocol":"HTTP"}]}}`, allow},
				{"added HTTP listener",
					`{"spec":{"listeners":[{"name":"http","port":80,"protocol":"HTTP"},{"name":"alt",` +
						`"port":8080,"protocol":"HTTP"}]}}`, gateways},
				{"added HTTPS listener",
					`{"spec":{"listeners":[{"name":"http","port":80,"protocol":"HTTP"},{"name":"tls",` +
						`"port":443,"protocol":"HTTPS"}]}}`, allow},
				{"other hostname", `{"spec":{"listeners":[{"name":"http","port":80,"protocol":"HTTP",` +
					`"hostname":"app.example.org"}]}}`, gateways},
				{
					"other plaintext protocol", `{"spec":{"listeners":[{"name":"http","port":80,"protocol":"TCP"}]}}`,
					gateways,
				},
				{"other annotation", annotate("example.com/note", "old"), allow},
				{
					"HTTPS instead of HTTP",
					`{"spec":{"listeners":[{"name":"https","port":443,"protocol":"HTTPS"}]}}`, allow,
				},
			},
		},
		{
			manifest: `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: databases, finalizers: [example.com/hold]}
spec: {storageClassName: sbs-default, accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}`,
			recreate: "deny srm-claims", unrelated: allow, status: `{"status":{"phase":"Pending"}}`,
			changes: []change{
				{"bound by a controller", `{"metadata":{"annotations":{"pv.kubernetes.io/bind-completed":"yes"}},` +
					`"spec":{"volumeName":"pvc-1"}}`, allow},
			},
		},
		{
			manifest: `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: restored, namespace: databases, finalizers: [example.com/hold]}
spec: {storageClassName: srm-encrypted, dataSource: {kind: PersistentVolumeClaim, name: data},
  accessModes: [ReadWriteOnce], resources: {requests: {storage: 10Gi}}}`,
			recreate: "deny srm-restores", unrelated: allow, status: `{"status":{"phase":"Pending"}}`,
		},
		{
			manifest: `
apiVersion: v1
kind: PersistentVolume
metadata: {name: exports, finalizers: [example.com/hold]}
spec: {capacity: {storage: 10Gi}, accessModes: [ReadWriteMany], persistentVolumeReclaimPolicy: Retain,
  nfs: {server: nfs.example.org, path: /exports}}`,
			recreate: "deny srm-volumes", unrelated: allow, status: `{"status":{"phase":"Available"}}`,
			changes: []change{
				{"other claim", `{"spec":{"claimRef":{"namespace":"databases","name":"exports"}}}`, "deny srm-volumes"},
				{"other reclaim policy", `{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}`, allow},
			},
		},
		{
			manifest: `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast-plain, finalizers: [example.com/hold]}
provisioner: csi.scaleway.com
parameters: {iops: "15000"}`,
			recreate: "deny srm-storage-classes", unrelated: allow,
		},
		{
			manifest: `
apiVersion: v1
kind: Pod
metadata: {name: cache, namespace: web, finalizers: [example.com/hold]}
spec: {containers: [{name: main, image: registry.example.org/main:1.0}], volumes: [{name: tmp, emptyDir: {}}]}`,
			recreate: "deny srm-node-disk", unrelated: allow, status: `{"status":{"phase":"Running"}}`,
			changes: []change{
				{
					"other image",
					`{"spec":{"containers":[{"name":"main","image":"registry.example.org/main:1.1"}]}}`, allow,
				},
			},
		},
		{
			manifest: `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: postgres, namespace: databases, finalizers: [example.com/hold]}
spec:
  serviceName: postgres
  replicas: 1
  selector: {matchLabels: {app: postgres}}
  template: {metadata: {labels: {app: postgres}}, spec: {containers: [{name: main,
    image: registry.example.org/main:1.0}]}}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {storageClassName: sbs-default, accessModes: [ReadWriteOnce],
    resources: {requests: {storage: 10Gi}}}}]`,
			recreate: "warn srm-claim-templates", unrelated: "warn srm-claim-templates", deleted: allow,
			status:  `{"status":{"replicas":1}}`,
			changes: []change{{"other number of replicas", `{"spec":{"replicas":0}}`, "warn srm-claim-templates"}},
		},
		{
			manifest: `
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns-custom, namespace: kube-system, finalizers: [example.com/hold]}
data: {Corefile: old}`,
			recreate: "warn srm-kube-system", unrelated: "warn srm-kube-system",
			changes: []change{{"other data", `{"data":{"Corefile":"new"}}`, "warn srm-kube-system"}},
		},
	}
}

// TestOlderObjects changes and deletes objects that existed before the guardrails were created. The policies must only
// refuse changes of the fields that they validate.
func TestOlderObjects(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	createNamespaces(t, client, "web", "databases", "edge")
	installGateways(t, client)
	objects := append(olderObjects(), olderExposure()...)
	for _, o := range objects {
		createObject(t, client, parse(t, o.manifest))
	}
	applyGuardrails(t, server)

	table := table{}
	t.Log("object, step | policy | expected | actual | reason")
	for _, o := range objects {
		object := parse(t, o.manifest)
		resource := resourceClient(t, client, object)
		step := func(what string, want decision, request func(context.Context) error) {
			t.Helper()
			table.row(
				t, object, title(object)+", "+what, testedPolicy("", object), want, cluster.decide(
					func() error { return request(t.Context()) },
				), "The object is older than the guardrails.",
			)
		}
		patch := func(body string, options metav1.PatchOptions, subresource ...string) func(context.Context) error {
			return func(ctx context.Context) error {
				kind := types.MergePatchType
				if object.GetKind() == "Pod" {
					kind = types.StrategicMergePatchType
				}
				_, err := resource.Patch(ctx, object.GetName(), kind, []byte(body), options, subresource...)
				return err
			}
		}
		step("created again", o.recreate, func(ctx context.Context) error {
			copied := object.DeepCopy()
			copied.SetName(object.GetName() + "-again")
			removeNodePorts(copied)
			_, err := resource.Create(ctx, copied, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
			return err
		})
		step("label added", o.unrelated, patch(`{"metadata":{"labels":{"team":"records"}}}`, metav1.PatchOptions{}))
		step(
			"annotation added", o.unrelated, patch(
				`{"metadata":{"annotations":{"example.com/note":"older"}}}`, metav1.PatchOptions{},
			),
		)
		step("updated without changes", o.unrelated, replaceByItself(resource, object.GetName()))
		if o.status != "" {
			step("status updated", allow, patch(o.status, metav1.PatchOptions{}, "status"))
		}
		for _, c := range o.changes {
			step(c.what, c.expected, patch(c.patch, metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}}))
		}
		step(
			"finalizer removed", o.unrelated, patch(
				`{"metadata":{"finalizers":null}}`, metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}},
			),
		)
		step("deleted", cmp.Or(o.deleted, o.unrelated), func(ctx context.Context) error {
			zero := int64(0)
			return resource.Delete(ctx, object.GetName(), metav1.DeleteOptions{GracePeriodSeconds: &zero})
		})
		if err := awaitDeletionInCache(t.Context(), resource, object.GetName()); err != nil {
			t.Errorf("%s: the deletion does not reach the cache: %v", title(object), err)
			continue
		}
		step(
			"label added during deletion", allow, patch(
				`{"metadata":{"labels":{"team":"deleted"}}}`, metav1.PatchOptions{},
			),
		)
		step(
			"finalizers removed during deletion", allow, patch(
				`{"metadata":{"finalizers":null}}`, metav1.PatchOptions{},
			),
		)
		if _, err := resource.Get(t.Context(), object.GetName(), metav1.GetOptions{}); !apierrors.IsNotFound(err) {
			t.Errorf("%s still exists: %v", title(object), err)
		}
	}
	table.summary(t)
}

// removeNodePorts removes the node ports of a Service, because the older one already uses them.
func removeNodePorts(object *unstructured.Unstructured) {
	ports, _, _ := unstructured.NestedSlice(object.Object, "spec", "ports")
	for _, port := range ports {
		if fields, ok := port.(map[string]any); ok {
			delete(fields, "nodePort")
		}
	}
	if len(ports) > 0 {
		_ = unstructured.SetNestedSlice(object.Object, ports, "spec", "ports")
	}
}

// awaitDeletionInCache waits until an object in the API server's watch cache is being deleted. The API server evaluates
// a patch for the cached object first, and again for the stored one if it differs. Warnings of the first evaluation
// remain.
func awaitDeletionInCache(ctx context.Context, resource dynamic.ResourceInterface, name string) error {
	isDeleting := func(ctx context.Context) (bool, error) {
		found, err := resource.Get(ctx, name, metav1.GetOptions{ResourceVersion: "0"})
		return err == nil && found.GetDeletionTimestamp() != nil, err
	}
	return wait.PollUntilContextTimeout(ctx, 10*time.Millisecond, time.Minute, true, isDeleting)
}

// replaceByItself updates an object without changes, as controllers do.
func replaceByItself(resource dynamic.ResourceInterface, name string) func(context.Context) error {
	return func(ctx context.Context) error {
		found, err := resource.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		_, err = resource.Update(ctx, &unstructured.Unstructured{Object: found.Object}, metav1.UpdateOptions{})
		return err
	}
}

// TestManagedAddOns changes objects of Scaleway in kube-system as an administrator and as a component.
func TestManagedAddOns(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	reader := func(name, account string) *unstructured.Unstructured {
		object := parse(t, `{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: `+name+`, `+
			`namespace: kube-system}, `+
			`roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: `+
			`extension-apiserver-authentication-reader}, `+
			`subjects: [{kind: ServiceAccount, `+account+`}]}`)
		createObject(t, cluster.clientFor(t, nil), object)
		return object
	}
	shipped, added := reader("shipped-auth-reader", "name: metrics-server, namespace: kube-system"),
		reader("added-auth-reader", "name: adapter, namespace: metrics")
	applyGuardrails(t, server)
	const warn decision = "warn srm-kube-system"
	administrator, component := []string{}, []string{
		"system:serviceaccount:kube-system:kapsule", "system:serviceaccounts:kube-system", "scaleway:cluster-write",
	}
	dryRun := []string{metav1.DryRunAll}
	coredns := parse(t, "{apiVersion: apps/v1, kind: Deployment, metadata: {name: coredns, namespace: kube-system}}")
	daemon := parse(t, "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: cilium, namespace: kube-system}}")
	namespace := parse(t, "{apiVersion: v1, kind: Namespace, metadata: {name: kube-system}}")
	other := parse(t, "{apiVersion: v1, kind: Namespace, metadata: {name: default}}")
	patch := func(body string, subresource ...string) func(context.Context, dynamic.ResourceInterface, string) error {
		return func(ctx context.Context, resource dynamic.ResourceInterface, name string) error {
			_, err := resource.Patch(
				ctx,
				name,
				types.MergePatchType,
				[]byte(body),
				metav1.PatchOptions{DryRun: dryRun},
				subresource...)
			return err
		}
	}
	remove := func(ctx context.Context, resource dynamic.ResourceInterface, name string) error {
		return resource.Delete(ctx, name, metav1.DeleteOptions{DryRun: dryRun})
	}
	label := patch(`{"metadata":{"labels":{"team":"records"}}}`)
	table := table{}
	t.Log("object, step | policy | expected | actual | reason")
	for _, s := range []struct {
		what     string
		user     []string
		object   *unstructured.Unstructured
		expected decision
		request  func(context.Context, dynamic.ResourceInterface, string) error
	}{
		{"label added", administrator, coredns, warn, label},
		{"label added by a component", component, coredns, allow, label},
		{"other number of replicas", administrator, coredns, warn, patch(`{"spec":{"replicas":0}}`)},
		{
			"other number of replicas by kubectl scale", administrator, coredns, warn, patch(
				`{"spec":{"replicas":0}}`, "scale",
			),
		},
		{
			"other number of replicas by a component", component, coredns, allow, patch(
				`{"spec":{"replicas":3}}`, "scale",
			),
		},
		{
			"status updated by a component", component, coredns, allow, patch(
				`{"status":{"observedGeneration":1}}`, "status",
			),
		},
		{"deleted", administrator, coredns, warn, remove},
		{"deleted by a component", component, coredns, allow, remove},
		{"deleted", administrator, daemon, warn, remove},
		{
			"restarted by kubectl rollout", administrator, daemon, warn, patch(
				`{"spec":{"template":{"metadata":{"annotations":{` +
					`"kubectl.kubernetes.io/restartedAt":"2026-11-25T08:00:00Z"}}}}}`,
			),
		},
		{"deleted", administrator, shipped, warn, remove},
		{"subject changed to an account of another namespace", administrator, shipped, warn,
			patch(`{"subjects":[{"kind":"ServiceAccount","name":"adapter","namespace":"metrics"}]}`)},
		{"deleted", administrator, added, allow, remove},
		{"label added", administrator, added, allow, label},
		{"subject changed to an account of kube-system", administrator, added, warn,
			patch(`{"subjects":[{"kind":"ServiceAccount","name":"metrics-server","namespace":"kube-system"}]}`)},
		{"label added", administrator, namespace, warn, label},
		{"label added by a component", component, namespace, allow, label},
		{"label added", administrator, other, allow, label},
	} {
		resource := resourceClient(t, cluster.clientFor(t, s.user), s.object)
		got := cluster.decide(func() error { return s.request(t.Context(), resource, s.object.GetName()) })
		table.row(
			t,
			s.object,
			title(s.object)+", "+s.what,
			guardrails.KubeSystemChanges,
			s.expected,
			got,
			"kube-system must stay as Scaleway ships it.",
		)
	}
	table.summary(t)
}
