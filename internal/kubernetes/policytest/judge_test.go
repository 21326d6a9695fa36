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
type triedRow struct {
	who    []string
	object *unstructured.Unstructured
}

// verdictRows returns the objects of TestVerdicts, TestLoadBalancerAnnotations, TestExposure, TestRedirectAnnotations
// and TestOlderObjects.
func verdictRows(t *testing.T) []triedRow {
	t.Helper()
	rows := []triedRow{}
	for _, m := range readManifests(t) {
		rows = append(rows, triedRow{m.who, m.object})
		derived := derive(t, m.object)
		for _, name := range slices.Sorted(maps.Keys(derived)) {
			rows = append(rows, triedRow{m.who, derived[name]})
		}
	}
	for _, o := range olderObjects() {
		rows = append(rows, triedRow{nil, parse(t, o.manifest)})
	}
	for _, r := range loadBalancerRows() {
		rows = append(rows, triedRow{nil, r.object})
	}
	for _, e := range slices.Concat(exposedServices(), exposedPods(), exposedListeners(), exposedIngresses()) {
		rows = append(rows, triedRow{e.who, parse(t, e.manifest)})
	}
	for _, s := range redirectSpellings() {
		for _, value := range s.values {
			object := parse(t, ingress("", `ingressClassName: any, rules: [{host: app.example.org, `+webPaths+`}], `+
				`tls: [{hosts: [app.example.org], secretName: app-tls}]`))
			annotations := map[string]string{s.annotation: value}
			for i := 0; i+1 < len(s.others); i += 2 {
				annotations[s.others[i]] = s.others[i+1]
			}
			object.SetAnnotations(annotations)
			rows = append(rows, triedRow{nil, object})
		}
	}
	return rows
}

// inProcessPolicies evaluates the policies of settings in this process, without an API server.
type inProcess struct {
	judge   *admission.Judge
	actions map[string]string
}

func newInProcess(t *testing.T, s guardrails.Settings) inProcess {
	t.Helper()
	p := inProcess{actions: map[string]string{}}
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
	if p.judge, err = admission.New(policies); err != nil {
		t.Fatal(err)
	}
	return p
}

// decide returns the policies that refuse an object and those that warn about it.
func (p inProcess) verdicts(t *testing.T, r triedRow, known guardrails.Known) (deny, warn []string) {
	t.Helper()
	user := r.who
	if len(user) == 0 {
		user = []string{"scaleway:bearer:" + sandbox.UserID, "scaleway:cluster-write", "scaleway:cluster-read"}
	}
	kind := r.object.GroupVersionKind()
	request := admission.Request{
		Object:   r.object,
		Resource: kind.GroupVersion().WithResource(kinds[kind.GroupKind()]),
		User:     user[0],
		Groups:   user[1:],
		Lookup: func(_ context.Context, a authorizer.Attributes) admission.Answer {
			keys := []string{}
			for _, claim := range known.Claims {
				keys = append(keys, claim.Key())
			}
			granted := map[guardrails.Lookup][]string{
				guardrails.LookupClaims: keys, guardrails.LookupSecrets: known.Secrets,
			}[settings().LookupOf(a.GetAPIGroup(), a.GetResource(), a.GetNamespace(), a.GetName(), a.GetVerb())]
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
	for _, d := range p.judge.Create(t.Context(), request) {
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
func (p inProcess) says(t *testing.T, r triedRow, known guardrails.Known, got verdict) bool {
	t.Helper()
	deny, warn := p.verdicts(t, r, known)
	if policy, denied := strings.CutPrefix(string(got), "deny "); denied {
		return slices.Contains(deny, policy)
	}
	want := allow
	if len(warn) > 0 {
		want = verdict("warn " + strings.Join(warn, " "))
	}
	return len(deny) == 0 && got == want
}

// TestJudgeAgrees compares the in-process evaluation with a real API server for all rows of the decision tables. The
// API server first applies its defaults to each object in a dry run without policies, because the in-process evaluation
// expects stored objects.
func TestJudgeAgrees(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	server := acctest.Kubernetes(t, nil)
	cluster := &cluster{server: server}
	client := cluster.as(t, nil)
	rows := verdictRows(t)
	namespaces := []string{"srm-system"}
	for _, r := range rows {
		namespaces = append(namespaces, r.object.GetNamespace())
	}
	createNamespaces(t, client, namespaces...)
	installGateways(t, client)
	create(t, client, parse(t, olderSecret))
	guard(t, server)
	unbind(t, client)

	stored := make([]*unstructured.Unstructured, len(rows))
	for i, r := range rows {
		stored[i] = tryStored(t, cluster, r)
	}
	guard(t, server)
	policies := newInProcess(t, settings())
	known := guardrails.Known{Secrets: []string{guardrails.SecretName(1), guardrails.SecretName(3)}}
	agreed, refused := 0, 0
	for i, r := range rows {
		got := cluster.try(t, r.who, r.object)
		if got != allow {
			refused++
		}
		if policies.says(t, triedRow{r.who, stored[i]}, known, got) {
			agreed++
			continue
		}
		deny, warn := policies.verdicts(t, triedRow{r.who, stored[i]}, known)
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
func unbind(t *testing.T, client dynamic.Interface) {
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
		"{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: srm-probe}, provisioner: csi.scaleway.com}",
		"{apiVersion: v1, kind: PersistentVolume, metadata: {name: srm-probe}, spec: {capacity: {storage: 1Gi}, " +
			"accessModes: [ReadWriteOnce], hostPath: {path: /}}}",
	} {
		eventually(t, func(ctx context.Context) (bool, error) {
			object := parse(t, refused)
			_, err := at(t, client, object).Create(ctx, object, dryRun())
			return true, err
		})
	}
}

// tryStored returns an object as the API server would store it.
func tryStored(t *testing.T, cluster *cluster, r triedRow) *unstructured.Unstructured {
	t.Helper()
	var stored *unstructured.Unstructured
	client := cluster.as(t, r.who)
	eventually(t, func(ctx context.Context) (bool, error) {
		var err error
		stored, err = at(t, client, r.object).Create(ctx, r.object.DeepCopy(), dryRun())
		if apierrors.IsAlreadyExists(err) {
			stored, err = r.object, nil
		}
		return err != nil && policyNamed.MatchString(err.Error()), err
	})
	return stored
}
