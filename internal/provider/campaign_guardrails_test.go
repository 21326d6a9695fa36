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
const campaignPassphrase = "campaign-passphrase-0123456789abcdef"

// guarded holds the guardrails of one cluster, which the campaign creates, updates and destroys many times. Each
// operation reaches the desired state, whatever faults it met, and the next operation starts from there.
type guarded struct {
	t         *testing.T
	env       *acctest.Env
	apiServer *sandbox.FaultInjector // proxy in front of the API server
	resource  *acctest.ResourceLifecycle
	config    map[string]any
	iops      int64
	client    dynamic.Interface // bypasses the proxy, and so the faults
}

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	server := acctest.Kubernetes(t, nil)
	faulty, proxied := acctest.ProxiedKubernetes(t, server)
	env := acctest.New(t, proxied)
	id := env.CreateCluster(t)
	allowOfficeRange(t, env, id)
	direct, err := clientcmd.RESTConfigFromKubeConfig(server.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	objects, err := dynamic.NewForConfig(direct)
	if err != nil {
		t.Fatal(err)
	}
	g := &guarded{
		t: t, env: env, apiServer: faulty, client: objects, iops: 5000, config: map[string]any{
			"cluster_id": "fr-par/" + id,
		},
	}
	g.resource = env.Protocol(t).Resource(guardrailsKind, nil)
	g.configure()
	return g
}

func (g *guarded) configure() {
	config := maps.Clone(g.config)
	config["volume_encryption"] = map[string]any{
		"passphrase_wo": campaignPassphrase, "passphrase_wo_version": int64(1), "iops": g.iops,
	}
	g.resource.Configure(config)
}

// prepare creates or destroys the guardrails, without faults, as an operation requires.
func (g *guarded) prepare(operation string) {
	g.t.Helper()
	diagnostics := ""
	switch exists := g.resource.Exists(); {
	case operation == "create" && exists:
		diagnostics = g.resource.Destroy(g.t.Context())
	case operation != "create" && !exists:
		diagnostics = g.resource.Apply(g.t.Context())
	}
	if strings.Contains(diagnostics, "ERROR") || g.resource.Exists() == (operation == "create") {
		g.t.Fatalf("before %s: %s", operation, diagnostics)
	}
	if operation == "update" {
		g.iops = 20000 - g.iops // alternates between 5000 and 15000
		g.configure()
	}
	g.apiServer.ClearRequests()
	g.env.Sandbox.ClearRequests()
}

// run runs an operation, and returns its diagnostics.
func (g *guarded) run(ctx context.Context, operation string) string {
	g.t.Helper()
	switch operation {
	case "refresh":
		return g.resource.Refresh(ctx)
	case "destroy":
		return g.resource.Destroy(ctx)
	}
	return g.resource.Apply(ctx)
}

// leftovers returns which object of the guardrails a destroy left in the cluster, or an empty string.
func (g *guarded) leftovers() string {
	g.t.Helper()
	of := schema.GroupVersionResource{
		Group: "admissionregistration.k8s.io", Version: "v1", Resource: "validatingadmissionpolicies",
	}
	policies, err := g.client.Resource(of).List(g.t.Context(), metav1.ListOptions{})
	if err != nil {
		g.t.Fatal(err)
	}
	for _, policy := range policies.Items {
		if strings.HasPrefix(policy.GetName(), "srm-") {
			return "the policy " + policy.GetName() + " remains in the cluster"
		}
	}
	of = schema.GroupVersionResource{Group: "networking.k8s.io", Version: "v1", Resource: "networkpolicies"}
	networkPolicies, err := g.client.Resource(of).List(g.t.Context(), metav1.ListOptions{})
	if err != nil {
		g.t.Fatal(err)
	}
	for _, policy := range networkPolicies.Items {
		return "the NetworkPolicy " + policy.GetNamespace() + "/" + policy.GetName() + " remains in the cluster"
	}
	of = schema.GroupVersionResource{Group: "storage.k8s.io", Version: "v1", Resource: "storageclasses"}
	classes, err := g.client.Resource(of).List(g.t.Context(), metav1.ListOptions{})
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
func (g *guarded) whyNotDone(operation string) (why string) {
	g.t.Helper()
	if operation == "destroy" {
		if g.resource.Exists() {
			return "the guardrails are still in the state"
		}
		return g.leftovers()
	}
	if action, diagnostics := g.resource.Plan(g.t.Context()); action != "no-op" {
		return "the plan is " + action + ": " + diagnostics
	}
	return g.ownershipProblem()
}

// requestKinds returns the requests to the API server without the names of objects: the same request for another object
// fails the same way. Requests for the ownership record keep its name, since they are the first and the last write of a
// create, and the last write of a destroy.
func (g *guarded) requestKinds() []string {
	found := []string{}
	for _, request := range g.apiServer.Requests() {
		parts := strings.Split(request.Path, "/")
		if last := len(parts) - 1; strings.HasPrefix(parts[last], "srm-") && parts[last] != ownershipRecordName {
			parts[last] = "{name}"
		}
		found = append(found, request.Method+" "+strings.Join(parts, "/"))
	}
	return found
}

// TestGuardrailsCampaign is TestFaultCampaign for the guardrails: a proxy in front of a real API server injects faults
// into requests to Kubernetes, and the sandbox into requests to Scaleway. During a refresh, which is cheap, every fault
// is injected into every request. During the other operations each request gets one fault of each scope in turn (a
// create: two faults that happen once), so that each fault occurs in several requests.
func TestGuardrailsCampaign(t *testing.T) {
	t.Parallel()
	acctest.SkipLongUnderRace(t)
	c := newGuardedCampaign(t)
	turn := 0
	for _, operation := range operations() {
		kinds, requests := c.runWithoutFaults(operation)
		toKubernetes, toScaleway := firstPositions(kinds), firstPositions(requests)
		toKubernetes = slices.DeleteFunc(toKubernetes, func(n int) bool {
			return writesOwnershipRecord(kinds[n]) // covered by TestOwnershipRecordCampaign
		})
		t.Logf("%s: %d kinds of requests to Kubernetes, %d to Scaleway", operation, len(toKubernetes), len(toScaleway))
		for i, positions := range [][]int{toKubernetes, toScaleway} {
			add := []func(sandbox.Fault) error{c.apiServer.AddFault, c.env.Sandbox.AddFault}[i]
			for _, n := range positions {
				c.runCells(operation, faultsForRequest(operation, turn), n, add)
				turn++
			}
		}
	}
	c.table.compareWithGuide(t)
}

// guardedCampaign injects faults into requests of the guardrails.
type guardedCampaign struct {
	*guarded
	table *recoveryTable
	cells int // number of pairs of a request and a fault, of which isSampled selects some
}

func newGuardedCampaign(t *testing.T) *guardedCampaign {
	t.Helper()
	return &guardedCampaign{guarded: newGuarded(t), table: newRecoveryTable(guardrailsKind)}
}

// runWithoutFaults runs an operation without faults, and returns its requests to Kubernetes and to Scaleway.
func (c *guardedCampaign) runWithoutFaults(operation string) (toKubernetes, toScaleway []string) {
	c.t.Helper()
	c.prepare(operation)
	c.run(c.t.Context(), operation)
	toKubernetes, toScaleway = c.requestKinds(), c.env.AllRequests()
	if why := c.whyNotDone(operation); why != "" {
		c.t.Fatalf("%s without faults: %s", operation, why)
	}
	return toKubernetes, toScaleway
}

// runCells injects each fault into request n, in a cell of its own. It leaves out the cells that are not in the sample.
func (c *guardedCampaign) runCells(operation string, faults []fault, n int, add func(sandbox.Fault) error) {
	c.t.Helper()
	for _, f := range faults {
		if c.cells++; isSampled(c.cells, clusterSample) {
			c.runCell(operation, f, n, add, c.table)
		}
	}
}

// faultsForRequest returns the faults that are injected into a request of the guardrails.
func faultsForRequest(operation string, turn int) []fault {
	all := campaignFaults(turn)
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

// maxFaultsMetByAPIServer is maxFaultsMet for requests to Kubernetes. The provider sends each request four times, and
// verifies for half a minute that a policy is enforced; the test interrupts it before that.
const maxFaultsMetByAPIServer = 16

// runUnderFault injects a fault into request n, runs the operation, and removes the fault.
func (g *guarded) runUnderFault(operation string, f fault, n int, add func(sandbox.Fault) error) string {
	g.t.Helper()
	ctx, interrupt := context.WithTimeout(g.t.Context(), operationTimeout)
	defer interrupt()
	injected, met := f.Fault, &atomic.Int64{}
	injected.Path, injected.After = "*", n
	injected.OnMatch = func() {
		if now := met.Add(1); now == maxFaultsMetByAPIServer || f.Kind == sandbox.FaultDelay {
			interrupt()
		}
	}
	if err := add(injected); err != nil {
		g.t.Fatal(err)
	}
	defer g.apiServer.ClearFaults()
	defer g.env.Sandbox.ClearFaults()
	return g.run(ctx, operation)
}

// runCell runs an operation under a fault, repeats it until it reaches the desired state, and records the number of
// repetitions.
func (g *guarded) runCell(operation string, f fault, n int, add func(sandbox.Fault) error, table *recoveryTable) {
	g.t.Helper()
	g.prepare(operation)
	diagnostics := g.runUnderFault(operation, f, n, add)
	where := fmt.Sprintf(
		"%s, %s, %s at request %d of %v and %v", operation, f.scope, f.name, n+1, distinctRequests(g.requestKinds()),
		distinctRequests(g.env.AllRequests()),
	)
	if (operation == "refresh" || operation == "update") && !g.resource.Exists() {
		g.t.Errorf("%s: the guardrails were removed from the state:\n%s", where, diagnostics)
	}
	retries, why := 0, g.whyNotDone(operation)
	for ; retries < 2 && why != ""; retries++ {
		diagnostics += "\n\n" + g.run(g.t.Context(), operation)
		why = g.whyNotDone(operation)
	}
	switch {
	case why != "":
		g.t.Fatalf("%s: after %d retries: %s\n%s", where, retries, why, diagnostics)
	case retries == 2:
		g.t.Errorf("%s: needs two more applies:\n%s", where, diagnostics)
	}
	for _, secret := range []string{sandbox.SecretKey, campaignPassphrase} {
		if strings.Contains(diagnostics, secret) || strings.Contains(g.resource.StateString(), secret) {
			g.t.Errorf("%s: a secret is in the output or in the state:\n%s", where, diagnostics)
		}
	}
	table.record(guardrailsKind, operation, f, retries)
}
