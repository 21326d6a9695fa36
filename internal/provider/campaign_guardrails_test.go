package provider_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

const guardrailsKind = "srm_hds_guardrails"

// campaignPassphrase is the passphrase of the guardrails. No output and no state may contain it.
const passphrases = "campaign-passphrase-0123456789abcdef"

// guarded holds the guardrails of one cluster, which the campaign creates, updates and destroys many times. Each
// operation reaches the desired state, whatever faults it met, and the next operation starts from there.
type guarded struct {
	t       *testing.T
	env     *acctest.Env
	inside  *sandbox.FaultInjector // proxy in front of the API server
	life    *acctest.Life
	config  map[string]any
	iops    int64
	objects dynamic.Interface // bypasses the proxy, and so the faults
}

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	server := acctest.Kubernetes(t, nil)
	faulty, proxied := acctest.Proxied(t, server)
	env := acctest.New(t, proxied)
	id := env.Cluster(t)
	letOfficeIn(t, env, id)
	direct, err := clientcmd.RESTConfigFromKubeConfig(server.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	objects, err := dynamic.NewForConfig(direct)
	if err != nil {
		t.Fatal(err)
	}
	g := &guarded{
		t: t, env: env, inside: faulty, objects: objects, iops: 5000, config: map[string]any{"cluster_id": "fr-par/" + id},
	}
	g.life = env.Protocol(t).Life(guardrailsKind, nil)
	g.configure()
	return g
}

func (g *guarded) configure() {
	config := maps.Clone(g.config)
	config["volume_encryption"] = map[string]any{
		"passphrase_wo": passphrases, "passphrase_wo_version": int64(1), "iops": g.iops,
	}
	g.life.Configure(config)
}

// prepare creates or destroys the guardrails, without faults, as an operation requires.
func (g *guarded) prepare(operation string) {
	g.t.Helper()
	said := ""
	switch exists := g.life.Exists(); {
	case operation == "create" && exists:
		said = g.life.Destroy(g.t.Context())
	case operation != "create" && !exists:
		said = g.life.Apply(g.t.Context())
	}
	if strings.Contains(said, "ERROR") || g.life.Exists() == (operation == "create") {
		g.t.Fatalf("before %s: %s", operation, said)
	}
	if operation == "update" {
		g.iops = 20000 - g.iops // alternates between 5000 and 15000
		g.configure()
	}
	g.inside.ClearRequests()
	g.env.Sandbox.ClearRequests()
}

// run runs an operation, and returns its diagnostics.
func (g *guarded) do(ctx context.Context, operation string) string {
	g.t.Helper()
	switch operation {
	case "refresh":
		return g.life.Refresh(ctx)
	case "destroy":
		return g.life.Destroy(ctx)
	}
	return g.life.Apply(ctx)
}

// leftovers returns which object of the guardrails a destroy left in the cluster, or an empty string.
func (g *guarded) left() string {
	g.t.Helper()
	of := schema.GroupVersionResource{
		Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicies",
	}
	policies, err := g.objects.Resource(of).List(g.t.Context(), metav1.ListOptions{})
	if err != nil {
		g.t.Fatal(err)
	}
	for _, policy := range policies.Items {
		if strings.HasPrefix(policy.GetName(), "srm-") {
			return "the policy " + policy.GetName() + " remains in the cluster"
		}
	}
	of = schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"}
	networkPolicies, err := g.objects.Resource(of).List(g.t.Context(), metav1.ListOptions{})
	if err != nil {
		g.t.Fatal(err)
	}
	for _, policy := range networkPolicies.Items {
		return "the NetworkPolicy " + policy.GetNamespace() + "/" + policy.GetName() + " remains in the cluster"
	}
	of = schema.GroupVersionResource{Group: "storage.k8s.io", Version: "v1", Resource: "storageclasses"}
	classes, err := g.objects.Resource(of).List(g.t.Context(), metav1.ListOptions{})
	if err != nil {
		g.t.Fatal(err)
	}
	for _, class := range classes.Items {
		if class.GetAnnotations()["storageclass.kubernetes.io/is-default-class"] == "true" {
			return ""
		}
	}
	return "the cluster has no default StorageClass"
}

// whyNotDone returns why the operation has not reached the desired state, or an empty string.
func (g *guarded) done(operation string) (why string) {
	g.t.Helper()
	if operation == "destroy" {
		if g.life.Exists() {
			return "the guardrails are still in the state"
		}
		return g.left()
	}
	if action, said := g.life.Plan(g.t.Context()); action != "no-op" {
		return "the plan is " + action + ": " + said
	}
	return g.owned()
}

// requestKinds returns the requests to the API server without the names of objects: the same request for another object
// fails the same way. Requests for the ownership record keep its name, since they are the first and the last write of a
// create, and the last write of a destroy.
func (g *guarded) kinds() []string {
	found := []string{}
	for _, request := range g.inside.Requests() {
		parts := strings.Split(request.Path, "/")
		if last := len(parts) - 1; strings.HasPrefix(parts[last], "srm-") && parts[last] != ownerMark {
			parts[last] = "{name}"
		}
		found = append(found, request.Method+" "+strings.Join(parts, "/"))
	}
	return found
}

// TestGuardrailsCampaign is TestFaultCampaign for the guardrails: a proxy in front of a real API server injects faults
// into requests to Kubernetes, and the sandbox into requests to Scaleway. During a refresh, which is cheap, every fault
// is injected at every request. During the other operations each request gets one fault of each scope in turn (a
// create: two faults that happen once), so that each fault occurs at several requests.
func TestGuardrailsCampaign(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	c := newGuardedCampaign(t)
	turn := 0
	for _, operation := range operations() {
		kinds, requests := c.withoutFaults(operation)
		toKubernetes, toScaleway := distinct(kinds), distinct(requests)
		toKubernetes = slices.DeleteFunc(toKubernetes, func(n int) bool {
			return writesMark(kinds[n]) // covered by TestOwnerCampaign
		})
		t.Logf("%s: %d kinds of requests to Kubernetes, %d to Scaleway", operation, len(toKubernetes), len(toScaleway))
		for i, positions := range [][]int{toKubernetes, toScaleway} {
			add := []func(sandbox.Fault) error{c.inside.AddFault, c.env.Sandbox.AddFault}[i]
			for _, n := range positions {
				c.meetEach(operation, picked(operation, turn), n, add)
				turn++
			}
		}
	}
	c.table.compare(t)
}

// guardedCampaign injects faults into requests of the guardrails.
type guardedCampaign struct {
	*guarded
	table *promises
	cells int // number of pairs of a request and a fault, of which isMet selects some
}

func newGuardedCampaign(t *testing.T) *guardedCampaign {
	t.Helper()
	return &guardedCampaign{guarded: newGuarded(t), table: newPromises(guardrailsKind)}
}

// withoutFaults runs an operation without faults, and returns its requests to Kubernetes and to Scaleway.
func (c *guardedCampaign) withoutFaults(operation string) (toKubernetes, toScaleway []string) {
	c.t.Helper()
	c.prepare(operation)
	c.do(c.t.Context(), operation)
	toKubernetes, toScaleway = c.kinds(), c.env.AllRequests()
	if why := c.done(operation); why != "" {
		c.t.Fatalf("%s without faults: %s", operation, why)
	}
	return toKubernetes, toScaleway
}

// meetEach runs a cell for each fault at request n, except those that the sample leaves out.
func (c *guardedCampaign) meetEach(operation string, faults []fault, n int, add func(sandbox.Fault) error) {
	c.t.Helper()
	for _, f := range faults {
		if c.cells++; isMet(c.cells, clusterSample) {
			c.meet(operation, f, n, add, c.table)
		}
	}
}

// faultsForRequest returns the faults that are injected at a request of the guardrails.
func picked(operation string, turn int) []fault {
	all := campaign(turn)
	if operation == "refresh" {
		return all
	}
	found := []fault{}
	for _, scope := range scopes() {
		ofScope := slices.DeleteFunc(slices.Clone(all), func(f fault) bool { return f.scope != scope })
		found = append(found, ofScope[turn%len(ofScope)])
		if operation == "create" && scope == once {
			found = append(found, ofScope[(turn+len(ofScope)/2)%len(ofScope)])
		}
	}
	return found
}

// maxMetInside is maxMet for requests to Kubernetes. The provider sends each request four times, and verifies for half
// a minute that a policy is enforced; the test interrupts it before that.
const maxMetInside = 16

// doUnder injects a fault at request n, runs the operation, and removes the fault.
func (g *guarded) doUnder(operation string, f fault, n int, add func(sandbox.Fault) error) string {
	g.t.Helper()
	ctx, interrupt := context.WithTimeout(g.t.Context(), endless)
	defer interrupt()
	injected, met := f.Fault, &atomic.Int64{}
	injected.Path, injected.After = "*", n
	injected.OnMatch = func() {
		if now := met.Add(1); now == maxMetInside || f.Kind == sandbox.FaultDelay {
			interrupt()
		}
	}
	if err := add(injected); err != nil {
		g.t.Fatal(err)
	}
	defer g.inside.ClearFaults()
	defer g.env.Sandbox.ClearFaults()
	return g.do(ctx, operation)
}

// runCell runs an operation under a fault, repeats it until it reaches the desired state, and records the number of
// repetitions.
func (g *guarded) meet(operation string, f fault, n int, add func(sandbox.Fault) error, table *promises) {
	g.t.Helper()
	g.prepare(operation)
	said := g.doUnder(operation, f, n, add)
	where := fmt.Sprintf(
		"%s, %s, %s at request %d of %v and %v", operation, f.scope, f.name, n+1, firsts(g.kinds()),
		firsts(g.env.AllRequests()),
	)
	if (operation == "refresh" || operation == "update") && !g.life.Exists() {
		g.t.Errorf("%s: the guardrails were removed from the state:\n%s", where, said)
	}
	retries, why := 0, g.done(operation)
	for ; retries < 2 && why != ""; retries++ {
		said += "\n\n" + g.do(g.t.Context(), operation)
		why = g.done(operation)
	}
	switch {
	case why != "":
		g.t.Fatalf("%s: after %d retries: %s\n%s", where, retries, why, said)
	case retries == 2:
		g.t.Errorf("%s: needs two more applies:\n%s", where, said)
	}
	for _, secret := range []string{sandbox.SecretKey, passphrases} {
		if strings.Contains(said, secret) || strings.Contains(g.life.Dump(), secret) {
			g.t.Errorf("%s: a secret is in the output or in the state:\n%s", where, said)
		}
	}
	table.needed(guardrailsKind, operation, f, retries)
}
