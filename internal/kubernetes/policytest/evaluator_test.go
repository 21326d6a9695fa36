package policytest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/client-go/dynamic"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/admission"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// dryRun returns the options of a create as a dry run.
func dryRun() metav1.CreateOptions { return metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}} }

// olderSecret is the Secret of an older passphrase version.
const olderSecret = "{apiVersion: v1, kind: Secret, metadata: {name: srm-passphrase-v3, namespace: srm-system}}"

// dryRunCase is one object of the decision tables with its user.
type dryRunCase struct {
	user   []string
	object *unstructured.Unstructured
}

// dryRunCases returns the objects of TestManifestDecisions, TestLoadBalancerAnnotations, TestExposure,
// TestRedirectAnnotations and TestOlderObjects.
func dryRunCases(t *testing.T) []dryRunCase {
	t.Helper()
	rows := []dryRunCase{}
	for _, m := range readManifests(t) {
		rows = append(rows, dryRunCase{m.user, m.object})
		derived := deriveObjects(t, m.object)
		for _, name := range slices.Sorted(maps.Keys(derived)) {
			rows = append(rows, dryRunCase{m.user, derived[name]})
		}
	}
	for _, o := range olderObjects() {
		rows = append(rows, dryRunCase{nil, parse(t, o.manifest)})
	}
	for _, r := range loadBalancerRows() {
		rows = append(rows, dryRunCase{nil, r.object})
	}
	for _, e := range slices.Concat(exposedServices(), exposedPods(), exposedListeners(), exposedIngresses()) {
		rows = append(rows, dryRunCase{e.user, parse(t, e.manifest)})
	}
	for _, s := range redirectSpellings() {
		for _, value := range s.values {
			object := parse(t, ingress("", `ingressClassName: any, rules: [{host: app.example.org, `+webPaths+`}], `+
				`tls: [{hosts: [app.example.org], secretName: app-tls}]`))
			annotations := map[string]string{s.annotation: value}
			for i := 0; i+1 < len(s.otherAnnotations); i += 2 {
				annotations[s.otherAnnotations[i]] = s.otherAnnotations[i+1]
			}
			object.SetAnnotations(annotations)
			rows = append(rows, dryRunCase{nil, object})
		}
	}
	return rows
}

// inProcessPolicies evaluates the policies of settings in this process, without an API server.
type inProcessPolicies struct {
	evaluator *admission.Evaluator
	actions   map[string]string
}

func newInProcessPolicies(t *testing.T, s guardrails.Settings) inProcessPolicies {
	t.Helper()
	p := inProcessPolicies{actions: map[string]string{}}
	policies := []map[string]any{}
	for _, o := range s.Objects() {
		switch o.Kind {
		case guardrails.KindPolicy:
			policies = append(policies, o.Content)
		case guardrails.KindBinding:
			actions, _, _ := unstructured.NestedStringSlice(o.Content, "spec", "validationActions")
			p.actions[o.Name] = actions[0]
		}
	}
	var err error
	if p.evaluator, err = admission.New(policies); err != nil {
		t.Fatal(err)
	}
	return p
}

// decide returns the policies that refuse an object and those that warn about it.
func (p inProcessPolicies) decide(t *testing.T, r dryRunCase, known guardrails.LookupData) (deny, warn []string) {
	t.Helper()
	user := r.user
	if len(user) == 0 {
		user = []string{"scaleway:bearer:" + sandbox.UserID, "scaleway:cluster-write", "scaleway:cluster-read"}
	}
	kind := r.object.GroupVersionKind()
	request := admission.Request{
		Object:   r.object,
		Resource: kind.GroupVersion().WithResource(pluralNames[kind.GroupKind()]),
		User:     user[0],
		Groups:   user[1:],
		Lookup: func(_ context.Context, a authorizer.Attributes) admission.Answer {
			keys := []string{}
			for _, claim := range known.Claims {
				keys = append(keys, claim.Key())
			}
			granted := map[guardrails.LookupKind][]string{
				guardrails.LookupClaims: keys, guardrails.LookupSecrets: known.Secrets,
			}[settings().ClassifyLookup(a.GetAPIGroup(), a.GetResource(), a.GetNamespace(), a.GetName(), a.GetVerb())]
			if slices.Contains(granted, a.GetName()) {
				return admission.Yes
			}
			return admission.No
		},
	}
	if name := r.object.GetNamespace(); name != "" {
		request.Namespace = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
			Name: name, Labels: map[string]string{corev1.LabelMetadataName: name},
		}}
	}
	decisions, err := p.evaluator.EvaluateCreate(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range decisions {
		switch {
		case d.Unknown:
			t.Errorf("%s: the decision of %s is unknown", title(r.object), d.Policy)
		case p.actions[d.Policy] == "Deny":
			deny = append(deny, d.Policy)
		case p.actions[d.Policy] == "Warn":
			warn = append(warn, d.Policy)
		}
	}
	slices.Sort(warn)
	return deny, warn
}

// agreesWith reports whether a decision of the API server is possible. If several policies refuse, the API server
// reports one of them.
func (p inProcessPolicies) agreesWith(t *testing.T, r dryRunCase, known guardrails.LookupData, got decision) bool {
	t.Helper()
	deny, warn := p.decide(t, r, known)
	if policy, denied := strings.CutPrefix(string(got), "deny "); denied {
		return slices.Contains(deny, policy)
	}
	want := allow
	if len(warn) > 0 {
		want = decision("warn " + strings.Join(warn, " "))
	}
	return len(deny) == 0 && got == want
}

// TestEvaluatorAgreesWithAPIServer compares the in-process evaluation with a real API server for all rows of the
// decision tables. The API server first applies its defaults to each object in a dry run without policies, because the
// in-process evaluation expects stored objects.
func TestEvaluatorAgreesWithAPIServer(t *testing.T) {
	t.Parallel()
	acctest.SkipLongUnderRace(t)
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.clientFor(t, nil)
	rows := dryRunCases(t)
	namespaces := []string{"srm-system"}
	for _, r := range rows {
		namespaces = append(namespaces, r.object.GetNamespace())
	}
	createNamespaces(t, client, namespaces...)
	installGateways(t, client)
	createObject(t, client, parse(t, olderSecret))
	applyGuardrails(t, server)
	deleteBindings(t, client)

	stored := make([]*unstructured.Unstructured, len(rows))
	for i, r := range rows {
		stored[i] = dryRunStored(t, cluster, r)
	}
	applyGuardrails(t, server)
	policies := newInProcessPolicies(t, settings())
	known := guardrails.LookupData{Secrets: []string{guardrails.SecretName(1), guardrails.SecretName(3)}}
	agreed, refused := 0, 0
	for i, r := range rows {
		got := cluster.dryRunCreate(t, r.user, r.object)
		if got != allow {
			refused++
		}
		if policies.agreesWith(t, dryRunCase{r.user, stored[i]}, known, got) {
			agreed++
			continue
		}
		deny, warn := policies.decide(t, dryRunCase{r.user, stored[i]}, known)
		t.Errorf("%s: the API server decides %q, the in-process policies refuse with %q and warn with %q",
			title(r.object), got, deny, warn)
	}
	t.Logf("the evaluations agree on %d of %d objects, %d of which are refused or cause warnings",
		agreed, len(rows), refused)
	if len(rows) < 1200 || refused < len(rows)/3 {
		t.Errorf("too few rows: %d, of which %d refused", len(rows), refused)
	}
}

// deleteBindings deletes the policy bindings and waits until the API server no longer enforces the policies.
func deleteBindings(t *testing.T, client dynamic.Interface) {
	t.Helper()
	bindings := client.Resource(schema.GroupVersionResource{
		Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicybindings",
	})
	for _, o := range settings().Objects() {
		if o.Kind != guardrails.KindBinding {
			continue
		}
		if err := bindings.Delete(t.Context(), o.Name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, refused := range []string{
		"{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: srm-probe}, provisioner: " +
			"csi.scaleway.com}",
		"{apiVersion: v1, kind: PersistentVolume, metadata: {name: srm-probe}, spec: {capacity: {storage: 1Gi}, " +
			"accessModes: [ReadWriteOnce], hostPath: {path: /}}}",
	} {
		retryUntilDone(t, func(ctx context.Context) (bool, error) {
			object := parse(t, refused)
			_, err := resourceClient(t, client, object).Create(ctx, object, dryRun())
			return true, err
		})
	}
}

// dryRunStored returns an object as the API server would store it.
func dryRunStored(t *testing.T, cluster *cluster, r dryRunCase) *unstructured.Unstructured {
	t.Helper()
	var stored *unstructured.Unstructured
	client := cluster.clientFor(t, r.user)
	retryUntilDone(t, func(ctx context.Context) (bool, error) {
		var err error
		stored, err = resourceClient(t, client, r.object).Create(ctx, r.object.DeepCopy(), dryRun())
		if apierrors.IsAlreadyExists(err) {
			stored, err = r.object, nil
		}
		return err != nil && policyNamePattern.MatchString(err.Error()), err
	})
	return stored
}
