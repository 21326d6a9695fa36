// Package policytest tests the policies of the guardrails with manifests on a real API server.
package policytest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

func TestMain(m *testing.M) { os.Exit(acctest.Main(m)) }

const passphrase = "passphrase-of-version-one-0123456789abcdef"

// waitTimeout bounds the time until the API server serves a new kind, or stops enforcing a deleted policy.
const waitTimeout = 30 * time.Second

// settings returns settings with the strictest actions, except that changes in kube-system only cause warnings. One
// namespace is exempt from the policy on Load Balancers.
func settings() guardrails.Settings {
	deny := guardrails.Rule{Action: guardrails.Deny}
	return guardrails.Settings{
		ClassName: "srm-encrypted", Namespace: "srm-system", Version: 1, ReclaimPolicy: "Retain", IOPS: 5000,
		Zones: []string{
			"fr-par-1", "fr-par-2", "fr-par-3",
		},
		LoadBalancers: guardrails.Rule{Action: guardrails.Deny, Exemptions: []guardrails.Exemption{{
			Namespace: "legacy", Reason: "The appliance is being replaced.", Approver: "security officer",
			Until: "2027-01-31",
		}}},
		Ingress: deny, NodeDisk: deny, NodePorts: deny, KubeSystem: guardrails.Rule{Action: guardrails.Warn},
		BackendTLS:                guardrails.Warn,
		TLSPassthrough:            []guardrails.Exception{newException("web"), newException("ingress-nginx")},
		AttestedRestores:          []guardrails.Exception{newException("databases")},
		HTTPRedirect:              []guardrails.Exception{newException("edge")},
		DefaultCertificateClasses: []string{"default-certificate"},
		InlineDrivers:             guardrails.DefaultInlineDrivers(),
		Users:                     guardrails.DefaultUsers(), Groups: guardrails.DefaultGroups(),
	}
}

// newException returns an exception for a namespace.
func newException(namespace string) guardrails.Exception {
	return guardrails.Exception{
		Namespace: namespace, Reason: "The workload terminates TLS.", Approver: "security officer",
	}
}

// applyGuardrails applies the guardrails like the provider.
func applyGuardrails(t *testing.T, server *apiserver.Server) {
	t.Helper()
	applyGuardrailsWith(t, server, settings())
}

// applyGuardrailsWith applies the guardrails with the settings.
func applyGuardrailsWith(t *testing.T, server *apiserver.Server, s guardrails.Settings) {
	t.Helper()
	endpoint, err := kubernetes.ParseKubeconfig(server.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubernetes.New(endpoint, sandbox.SecretKey, "policytest")
	if err != nil {
		t.Fatal(err)
	}
	client.Interval = 50 * time.Millisecond
	notes, err := client.Apply(
		t.Context(), s, kubernetes.Passphrase{Value: passphrase, Fingerprints: guardrails.NewFingerprints()}, nil,
	)
	if err != nil {
		t.Fatal(err)
	}
	if len(notes) > 0 {
		t.Errorf("got notes %q", notes)
	}
}

// pluralNames holds the plural names of the kinds in the manifests.
var pluralNames = map[schema.GroupKind]string{
	{Kind: "ConfigMap"}:             "configmaps",
	{Kind: "Event"}:                 "events",
	{Kind: "Namespace"}:             "namespaces",
	{Kind: "PersistentVolume"}:      "persistentvolumes",
	{Kind: "PersistentVolumeClaim"}: "persistentvolumeclaims",
	{Kind: "Pod"}:                   "pods",
	{Kind: "PodTemplate"}:           "podtemplates",
	{Kind: "ReplicationController"}: "replicationcontrollers",
	{Kind: "Secret"}:                "secrets",
	{Kind: "Service"}:               "services",
	{Kind: "ServiceAccount"}:        "serviceaccounts",
	{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}: "customresourcedefinitions",
	{Group: "apps", Kind: "DaemonSet"}:                                "daemonsets",
	{Group: "apps", Kind: "Deployment"}:                               "deployments",
	{Group: "apps", Kind: "StatefulSet"}:                              "statefulsets",
	{Group: "apps", Kind: "ReplicaSet"}:                               "replicasets",
	{Group: "batch", Kind: "CronJob"}:                                 "cronjobs",
	{Group: "batch", Kind: "Job"}:                                     "jobs",
	{Group: "coordination.k8s.io", Kind: "Lease"}:                     "leases",
	{Group: "gateway.networking.k8s.io", Kind: "Gateway"}:             "gateways",
	{Group: "gateway.networking.k8s.io", Kind: "ListenerSet"}:         "listenersets",
	{Group: "gateway.networking.x-k8s.io", Kind: "XListenerSet"}:      "xlistenersets",
	{Group: "networking.k8s.io", Kind: "Ingress"}:                     "ingresses",
	{Group: "policy", Kind: "PodDisruptionBudget"}:                    "poddisruptionbudgets",
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole"}:         "clusterroles",
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRoleBinding"}:  "clusterrolebindings",
	{Group: "rbac.authorization.k8s.io", Kind: "Role"}:                "roles",
	{Group: "rbac.authorization.k8s.io", Kind: "RoleBinding"}:         "rolebindings",
	{Group: "storage.k8s.io", Kind: "StorageClass"}:                   "storageclasses",
}

// cluster is an API server with clients for different users. It collects the warnings of the responses.
type cluster struct {
	server   *apiserver.Server
	mu       sync.Mutex
	warnings []string
}

// HandleWarningHeaderWithContext stores a warning.
func (c *cluster) HandleWarningHeaderWithContext(_ context.Context, _ int, _, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.warnings = append(c.warnings, text)
}

// clientFor returns the client of a user with groups, which the API server's administrator impersonates. Without a
// user, it returns the client of the sandbox's API key, an administrator of the cluster.
func (c *cluster) clientFor(t *testing.T, user []string) dynamic.Interface {
	t.Helper()
	client, err := dynamic.NewForConfig(c.config(t, user))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// config returns the client configuration for a user with groups.
func (c *cluster) config(t *testing.T, user []string) *rest.Config {
	t.Helper()
	config, err := clientcmd.RESTConfigFromKubeConfig(c.server.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	config.QPS, config.WarningHandlerWithContext = -1, c
	if len(user) == 0 {
		config.BearerToken = sandbox.SecretKey
	} else {
		config.Impersonate = rest.ImpersonationConfig{UserName: user[0], Groups: user[1:]}
	}
	return config
}

// resourceClient returns the client for the kind and namespace of an object.
func resourceClient(
	t *testing.T,
	client dynamic.Interface,
	object *unstructured.Unstructured,
) dynamic.ResourceInterface {
	t.Helper()
	kind := object.GroupVersionKind()
	plural, ok := pluralNames[kind.GroupKind()]
	if !ok {
		t.Fatalf("no plural name for the kind %s", kind)
	}
	resource := client.Resource(kind.GroupVersion().WithResource(plural))
	if object.GetNamespace() == "" {
		return resource
	}
	return resource.Namespace(object.GetNamespace())
}

// decision is the result of a request in the format of the manifests: "allow", "deny POLICY" or "warn POLICY".
type decision string

const allow decision = "allow"

// refusalPattern matches decisions other than allow.
var refusalPattern = regexp.MustCompile(`^(deny|warn) srm-[a-z-]+$`)

func isDecision(d decision) bool { return d == allow || refusalPattern.MatchString(string(d)) }

// policyNamePattern finds the name of a policy in its message. API servers also send other warnings.
var policyNamePattern = regexp.MustCompile(`ValidatingAdmissionPolicy '([^']+)'`)

// decide sends a request and returns the decision of the policies. Other errors, such as those of a schema, are
// returned as "error: TEXT". An object that already exists counts as allowed, because the API server checks that after
// the policies.
func (c *cluster) decide(request func() error) decision {
	c.mu.Lock()
	c.warnings = nil
	c.mu.Unlock()
	err := request()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil && !apierrors.IsAlreadyExists(err) {
		if name := policyNamePattern.FindStringSubmatch(err.Error()); name != nil {
			return decision("deny " + name[1])
		}
		return decision("error: " + err.Error())
	}
	names := []string{}
	for _, text := range c.warnings {
		if name := policyNamePattern.FindStringSubmatch(text); name != nil {
			names = append(names, name[1])
		}
	}
	if len(names) == 0 {
		return allow
	}
	return decision("warn " + strings.Join(slices.Compact(slices.Sorted(slices.Values(names))), " "))
}

// dryRunCreate returns the decision on creating an object as a dry run. Misspelled fields are errors.
func (c *cluster) dryRunCreate(t *testing.T, user []string, object *unstructured.Unstructured) decision {
	t.Helper()
	client := c.clientFor(t, user)
	return c.decide(func() error {
		_, err := resourceClient(t, client, object).Create(
			t.Context(), object.DeepCopy(), metav1.CreateOptions{
				DryRun: []string{metav1.DryRunAll}, FieldValidation: "Strict",
			},
		)
		return err
	})
}

// table logs decisions and counts them: all, the wrong ones, and the refused and accepted ones by kind.
type table struct {
	rows, wrong       int
	refused, accepted map[string]int
}

func (r *table) row(
	t *testing.T, object *unstructured.Unstructured, what, policy string, want, got decision, reason string,
) {
	t.Helper()
	r.rows++
	if r.refused == nil {
		r.refused, r.accepted = map[string]int{}, map[string]int{}
	}
	if strings.HasPrefix(string(got), "deny") {
		r.refused[object.GetKind()]++
	} else {
		r.accepted[object.GetKind()]++
	}
	t.Logf("%s | %s | %s | %s | %s", what, policy, want, got, reason)
	if got != want {
		r.wrong++
		t.Errorf("WRONG DECISION on %s: got %q, want %q (%s)", what, got, want, reason)
	}
}

// summary logs the totals.
func (r *table) summary(t *testing.T) {
	t.Helper()
	refused := 0
	kinds := maps.Clone(r.accepted)
	maps.Copy(kinds, r.refused)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		refused += r.refused[kind]
		t.Logf("%s: %d refused, %d accepted", kind, r.refused[kind], r.accepted[kind])
	}
	t.Logf("%d rows, %d refused, %d wrong decisions", r.rows, refused, r.wrong)
}

func parse(t *testing.T, manifest string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(manifest), &object.Object); err != nil {
		t.Fatalf("unable to parse the manifest: %v\n%s", err, manifest)
	}
	return object
}

// createObject creates an object. It retries, because the API server enforces the policies of an earlier test for a
// moment after their deletion.
func createObject(t *testing.T, client dynamic.Interface, object *unstructured.Unstructured) {
	t.Helper()
	retryUntilDone(t, func(ctx context.Context) (bool, error) {
		_, err := resourceClient(t, client, object).Create(ctx, object, metav1.CreateOptions{FieldValidation: "Strict"})
		if err != nil {
			err = fmt.Errorf("create %s %s: %w", object.GetKind(), object.GetName(), err)
		}
		return err != nil && policyNamePattern.MatchString(err.Error()), err
	})
}

// readUID returns the UID of an object in the cluster.
func readUID(t *testing.T, client dynamic.Interface, object *unstructured.Unstructured) string {
	t.Helper()
	found, err := resourceClient(t, client, object).Get(t.Context(), object.GetName(), metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return string(found.GetUID())
}

// retryUntilDone calls a function until it succeeds or returns retry == false.
func retryUntilDone(t *testing.T, call func(context.Context) (retry bool, err error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), waitTimeout)
	defer cancel()
	for {
		retry, err := call(ctx)
		if err == nil {
			return
		}
		if !retry {
			t.Fatal(err)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			t.Fatal(err)
		}
	}
}

func createNamespaces(t *testing.T, client dynamic.Interface, names ...string) {
	t.Helper()
	for _, name := range slices.Compact(slices.Sorted(slices.Values(names))) {
		if name != "" && name != "default" && name != guardrails.KubeSystem {
			createObject(t, client, parse(t, "{apiVersion: v1, kind: Namespace, metadata: {name: "+name+"}}"))
			awaitNamespace(t, client, name)
		}
	}
}

// awaitNamespace waits until a new namespace accepts objects. Before, the API server's cache may still have the
// deletion of an earlier namespace of that name.
func awaitNamespace(t *testing.T, client dynamic.Interface, name string) {
	t.Helper()
	object := parse(t, "{apiVersion: v1, kind: ConfigMap, metadata: {name: tested, namespace: "+name+"}}")
	retryUntilDone(t, func(ctx context.Context) (retry bool, err error) {
		_, err = resourceClient(
			t,
			client,
			object,
		).Create(ctx, object, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause), err
	})
}

// gatewayAPI is a CustomResourceDefinition of the Gateway API without validation. The real definitions refuse more
// objects, which never reach a policy.
const gatewayAPI = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: PLURAL.GROUP
  annotations:
    api-approved.kubernetes.io: https://github.com/kubernetes-sigs/gateway-api/pull/2466
spec:
  group: GROUP
  scope: Namespaced
  names: {kind: KIND, listKind: KINDList, plural: PLURAL, singular: SINGULAR}
  versions:
    - name: VERSION
      served: true
      storage: true
      subresources: {status: {}}
      schema: &any {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
    - name: OLDER
      served: true
      storage: false
      subresources: {status: {}}
      schema: *any
`

// installGateways installs the Gateway API and waits until the API server serves it. A definition of an earlier test
// may still be in deletion.
func installGateways(t *testing.T, client dynamic.Interface) {
	t.Helper()
	for _, kind := range []struct{ group, plural, name, version, older string }{
		{"gateway.networking.k8s.io", "gateways", "Gateway", "v1", "v1beta1"},
		{"gateway.networking.k8s.io", "listenersets", "ListenerSet", "v1", "v1alpha1"},
		{"gateway.networking.x-k8s.io", "xlistenersets", "XListenerSet", "v1alpha1", "v1alpha0"},
	} {
		definition := parse(t, strings.NewReplacer("GROUP", kind.group, "PLURAL", kind.plural, "KIND", kind.name,
			"SINGULAR", strings.ToLower(kind.name), "VERSION", kind.version, "OLDER", kind.older).Replace(gatewayAPI))
		resource := client.Resource(
			schema.GroupVersionResource{Group: kind.group, Version: kind.version, Resource: kind.plural},
		)
		retryUntilDone(t, func(ctx context.Context) (bool, error) {
			_, err := resourceClient(t, client, definition).Create(ctx, definition, metav1.CreateOptions{})
			if err != nil && !apierrors.IsAlreadyExists(err) {
				return true, err
			}
			found, err := resourceClient(t, client, definition).Get(ctx, definition.GetName(), metav1.GetOptions{})
			if err == nil && found.GetDeletionTimestamp() != nil {
				err = errors.New("the definition of " + kind.plural + " is being deleted")
			}
			if err == nil {
				_, err = resource.List(ctx, metav1.ListOptions{})
			}
			return true, err
		})
	}
}
