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

// dryRun are the options of a create that is only tried.
func dryRun() metav1.CreateOptions { return metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}} }

// olderSecret is that of an older version.
const olderSecret = "{apiVersion: v1, kind: Secret, metadata: {name: srm-passphrase-v3, namespace: srm-system}}"

// triedRow is one object of the verdict tables.
type triedRow struct {
	who    []string
	object *unstructured.Unstructured
}

// verdictRows are the objects of TestVerdicts, TestLoadBalancerAnnotations, TestExposure and TestRedirectAnnotations,
// and those of TestOlderObjects as if they were created now.
func verdictRows(t *testing.T) []triedRow {
	t.Helper()
	rows := []triedRow{}
	for _, m := range readManifests(t) {
		rows = append(rows, triedRow{m.who, m.object})
		made := derive(t, m.object)
		for _, name := range slices.Sorted(maps.Keys(made)) {
			rows = append(rows, triedRow{m.who, made[name]})
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

// inProcess judges an object with the planned policies, without an API server.
type inProcess struct {
	judge   *admission.Judge
	actions map[string]string
}

func newInProcess(t *testing.T, s guardrails.Settings) inProcess {
	t.Helper()
	j := inProcess{actions: map[string]string{}}
	policies := []map[string]any{}
	for _, o := range s.Objects() {
		switch o.Kind {
		case guardrails.KindPolicy:
			policies = append(policies, o.Content)
		case guardrails.KindBinding:
			actions, _, _ := unstructured.NestedStringSlice(o.Content, "spec", "validationActions")
			j.actions[o.Name] = actions[0]
		}
	}
	var err error
	if j.judge, err = admission.New(policies); err != nil {
		t.Fatal(err)
	}
	return j
}

// verdicts are those of the policies that refuse, and of those that warn.
func (j inProcess) verdicts(t *testing.T, r triedRow, known guardrails.Known) (deny, warn []string) {
	t.Helper()
	who := r.who
	if len(who) == 0 {
		who = []string{"scaleway:bearer:" + sandbox.UserID, "scaleway:cluster-write", "scaleway:cluster-read"}
	}
	kind := r.object.GroupVersionKind()
	request := admission.Request{
		Object: r.object, Resource: kind.GroupVersion().WithResource(kinds[kind.GroupKind()]), User: who[0], Groups: who[1:],
		Lookup: func(_ context.Context, of authorizer.Attributes) admission.Answer {
			keys := []string{}
			for _, claim := range known.Claims {
				keys = append(keys, claim.Key())
			}
			held := map[guardrails.Lookup][]string{
				guardrails.LookupClaims: keys, guardrails.LookupSecrets: known.Secrets,
			}[settings().LookupOf(of.GetAPIGroup(), of.GetResource(), of.GetNamespace(), of.GetName(), of.GetVerb())]
			if slices.Contains(held, of.GetName()) {
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
	for _, v := range j.judge.Create(t.Context(), request) {
		switch {
		case v.Unknown:
			t.Errorf("%s: %s does not know", title(r.object), v.Policy)
		case j.actions[v.Policy] == "Deny":
			deny = append(deny, v.Policy)
		case j.actions[v.Policy] == "Warn":
			warn = append(warn, v.Policy)
		}
	}
	slices.Sort(warn)
	return deny, warn
}

// says is what an API server may answer: of several policies that refuse, it names one.
func (j inProcess) says(t *testing.T, r triedRow, known guardrails.Known, actual verdict) bool {
	t.Helper()
	deny, warn := j.verdicts(t, r, known)
	if policy, denied := strings.CutPrefix(string(actual), "deny "); denied {
		return slices.Contains(deny, policy)
	}
	expected := allow
	if len(warn) > 0 {
		expected = verdict("warn " + strings.Join(warn, " "))
	}
	return len(deny) == 0 && actual == expected
}

// TestJudgeAgrees compares the judge of this process with a real API server, over all rows of the verdict tables. The
// API server fills in each object first, by a trial while no policy is bound: the judge gets objects as they are
// stored.
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
	judge := newInProcess(t, settings())
	known := guardrails.Known{Secrets: []string{guardrails.SecretName(1), guardrails.SecretName(3)}}
	agreed, refused := 0, 0
	for i, r := range rows {
		actual := cluster.try(t, r.who, r.object)
		if actual != allow {
			refused++
		}
		if judge.says(t, triedRow{r.who, stored[i]}, known, actual) {
			agreed++
			continue
		}
		deny, warn := judge.verdicts(t, triedRow{r.who, stored[i]}, known)
		t.Errorf("%s: the API server says %q, the judge refuses by %q and warns by %q",
			title(r.object), actual, deny, warn)
	}
	t.Logf("the judge agrees with the API server on %d of %d objects, %d of which are refused or warned of",
		agreed, len(rows), refused)
	if len(rows) < 1200 || refused < len(rows)/3 {
		t.Errorf("%d rows, %d of them refused, are too few", len(rows), refused)
	}
}

// unbind takes the policies out of force.
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

// tryStored is an object as the API server would store it.
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
