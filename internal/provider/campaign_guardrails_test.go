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

// passphrases are those of the guardrails of the campaign: none may ever be said.
const passphrases = "campaign-passphrase-0123456789abcdef"

// guarded is the guardrails of one cluster, which are created, changed and destroyed again and again: each operation
// ends as it was wanted, whatever it met, and the next begins there.
type guarded struct {
	t      *testing.T
	env    *acctest.Env
	inside *sandbox.Faulty
	life   *acctest.Life
	config map[string]any
	iops   int64
	// objects reads the cluster past the faults.
	objects dynamic.Interface
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

// prepare is what is there before an operation, without faults.
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
		g.iops = 20000 - g.iops // 5000 and 15000 in turns
		g.configure()
	}
	g.inside.ClearRequests()
	g.env.Sandbox.ClearRequests()
}

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

// left says what a destroy left in the cluster.
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
			return "the policy " + policy.GetName() + " is left in the cluster"
		}
	}
	of = schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"}
	denied, err := g.objects.Resource(of).List(g.t.Context(), metav1.ListOptions{})
	if err != nil {
		g.t.Fatal(err)
	}
	for _, policy := range denied.Items {
		return "the NetworkPolicy " + policy.GetNamespace() + "/" + policy.GetName() + " is left in the cluster"
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
	return "no StorageClass is left as the default"
}

// done says whether the wanted state is reached; why says what is not as wanted.
func (g *guarded) done(operation string) (why string) {
	g.t.Helper()
	if operation == "destroy" {
		if g.life.Exists() {
			return "it is in the state"
		}
		return g.left()
	}
	if action, said := g.life.Plan(g.t.Context()); action != "no-op" {
		return "the plan is " + action + ": " + said
	}
	return g.owned()
}

// kinds are the requests to the API server, without the names of objects: the same request for another object goes
// wrong alike. The mark of the owner has its name: its requests are the first and the last write of a create, and the
// last of a destroy.
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

// TestGuardrailsCampaign is TestFaultCampaign for what reaches into a cluster: a proxy before a real API server lets
// each kind of request fail, and the sandbox those to Scaleway. A refresh meets every fault at every request, which
// costs little; of the others each request meets one fault of each scope in turns, a create two that happen once, so
// that each fault comes at several requests.
func TestGuardrailsCampaign(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	c := newGuardedCampaign(t)
	turn := 0
	for _, operation := range operations() {
		kinds, requests := c.withoutFaults(operation)
		inside, outside := distinct(kinds), distinct(requests)
		inside = slices.DeleteFunc(inside, func(n int) bool { return writesMark(kinds[n]) }) // those are of TestOwnerCampaign
		t.Logf("%s: %d kinds of requests inside, %d outside", operation, len(inside), len(outside))
		for at, moments := range [][]int{inside, outside} {
			add := []func(sandbox.Fault) error{c.inside.AddFault, c.env.Sandbox.AddFault}[at]
			for _, n := range moments {
				c.meetEach(operation, picked(operation, turn), n, add)
				turn++
			}
		}
	}
	c.table.compare(t)
}

// guardedCampaign meets requests of the guardrails with faults.
type guardedCampaign struct {
	*guarded
	table *promises
	// cells are the pairs of a request and a fault, of which a part is met.
	cells int
}

func newGuardedCampaign(t *testing.T) *guardedCampaign {
	t.Helper()
	return &guardedCampaign{guarded: newGuarded(t), table: newPromises(guardrailsKind)}
}

// withoutFaults runs an operation, and returns the kinds of its requests to the API server and its requests to
// Scaleway.
func (c *guardedCampaign) withoutFaults(operation string) (inside, outside []string) {
	c.t.Helper()
	c.prepare(operation)
	c.do(c.t.Context(), operation)
	inside, outside = c.kinds(), c.env.AllRequests()
	if why := c.done(operation); why != "" {
		c.t.Fatalf("%s without faults: %s", operation, why)
	}
	return inside, outside
}

// meetEach meets a request with faults, as many of them as the run asks for.
func (c *guardedCampaign) meetEach(operation string, faults []fault, n int, add func(sandbox.Fault) error) {
	c.t.Helper()
	for _, one := range faults {
		if c.cells++; isMet(c.cells, clusterSample) {
			c.meet(operation, one, n, add, c.table)
		}
	}
}

// picked are the faults that a request of the guardrails meets.
func picked(operation string, turn int) []fault {
	all := campaign(turn)
	if operation == "refresh" {
		return all
	}
	found := []fault{}
	for _, scope := range scopes() {
		of := slices.DeleteFunc(slices.Clone(all), func(one fault) bool { return one.scope != scope })
		found = append(found, of[turn%len(of)])
		if operation == "create" && scope == once {
			found = append(found, of[(turn+len(of)/2)%len(of)])
		}
	}
	return found
}

// maxMetInside is maxMet for the requests into a cluster: each is sent four times, and the proof that a policy is in
// force goes on for half a minute, which is not waited for.
const maxMetInside = 16

// doUnder runs the operation under a fault, and takes the fault away at its end.
func (g *guarded) doUnder(operation string, one fault, n int, add func(sandbox.Fault) error) string {
	g.t.Helper()
	ctx, interrupt := context.WithTimeout(g.t.Context(), endless)
	defer interrupt()
	arm, met := one.Fault, &atomic.Int64{}
	arm.Path, arm.After = "*", n
	arm.Met = func() {
		if now := met.Add(1); now == maxMetInside || one.Kind == sandbox.FaultDelay {
			interrupt()
		}
	}
	if err := add(arm); err != nil {
		g.t.Fatal(err)
	}
	defer g.inside.ClearFaults()
	defer g.env.Sandbox.ClearFaults()
	return g.do(ctx, operation)
}

func (g *guarded) meet(operation string, one fault, n int, add func(sandbox.Fault) error, table *promises) {
	g.t.Helper()
	g.prepare(operation)
	said := g.doUnder(operation, one, n, add)
	where := fmt.Sprintf(
		"%s, %s, %s at request %d of %v and %v", operation, one.scope, one.name, n+1, firsts(g.kinds()),
		firsts(g.env.AllRequests()),
	)
	if (operation == "refresh" || operation == "update") && !g.life.Exists() {
		g.t.Errorf("%s: it was removed from the state:\n%s", where, said)
	}
	again, why := 0, g.done(operation)
	for ; again < 2 && why != ""; again++ {
		said += "\n\n" + g.do(g.t.Context(), operation)
		why = g.done(operation)
	}
	switch {
	case why != "":
		g.t.Fatalf("%s: after %d more: %s\n%s", where, again, why, said)
	case again == 2:
		g.t.Errorf("%s: needs two more applies:\n%s", where, said)
	}
	for _, secret := range []string{sandbox.SecretKey, passphrases} {
		if strings.Contains(said, secret) || strings.Contains(g.life.Dump(), secret) {
			g.t.Errorf("%s: a secret is in the output or in the state:\n%s", where, said)
		}
	}
	table.needed(guardrailsKind, operation, one, again)
}
