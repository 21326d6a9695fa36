package provider_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

const guardrailsKind = "srm_hds_guardrails"

// passphrases are those of the guardrails of the campaign: none may ever be said.
const passphrases = "campaign-passphrase-0123456789abcdef"

// guarded is the guardrails of one cluster, which are created, changed and destroyed again and again: each operation ends as it was wanted,
// whatever it met, and the next begins there.
type guarded struct {
	t      *testing.T
	env    *acctest.Env
	inside *sandbox.Faulty
	life   *acctest.Life
	config map[string]any
	iops   int64
}

func newGuarded(t *testing.T) *guarded {
	t.Helper()
	faulty, proxied := acctest.Proxied(t, acctest.Kubernetes(t, nil))
	env := acctest.New(t, proxied)
	id := env.Cluster(t)
	letOfficeIn(t, env, id)
	g := &guarded{t: t, env: env, inside: faulty, iops: 5000, config: map[string]any{"cluster_id": "fr-par/" + id}}
	g.life = env.Protocol(t).Life(guardrailsKind, nil)
	g.configure()
	return g
}

func (g *guarded) configure() {
	config := maps.Clone(g.config)
	config["volume_encryption"] = map[string]any{"passphrase_wo": passphrases, "passphrase_wo_version": int64(1), "iops": g.iops}
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

// done says whether the wanted state is reached; why says what is not as wanted.
func (g *guarded) done(operation string) (why string) {
	g.t.Helper()
	if operation == "destroy" {
		if g.life.Exists() {
			return "it is in the state"
		}
		return ""
	}
	if action, said := g.life.Plan(g.t.Context()); action != "no-op" {
		return "the plan is " + action + ": " + said
	}
	return ""
}

// kinds are the requests to the API server, without the names of objects: the same request for another object goes wrong alike.
func (g *guarded) kinds() []string {
	found := []string{}
	for _, request := range g.inside.Requests() {
		parts := strings.Split(request.Path, "/")
		if last := len(parts) - 1; strings.HasPrefix(parts[last], "srm-") {
			parts[last] = "{name}"
		}
		found = append(found, request.Method+" "+strings.Join(parts, "/"))
	}
	return found
}

// TestGuardrailsCampaign is TestFaultCampaign for what reaches into a cluster: a proxy before a real API server lets each kind of
// request go wrong, and the sandbox those to Scaleway. A refresh meets every fault at every request, which costs little; of the others
// each request meets one fault, two in a create, in turns, so that each fault comes at several requests.
func TestGuardrailsCampaign(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	g := newGuarded(t)
	table := newPromises(guardrailsKind)
	for _, operation := range operations() {
		g.prepare(operation)
		g.do(t.Context(), operation)
		inside, outside := distinct(g.kinds()), distinct(g.env.AllRequests())
		if why := g.done(operation); why != "" {
			t.Fatalf("%s without faults: %s", operation, why)
		}
		t.Logf("%s: %d kinds of requests inside, %d outside", operation, len(inside), len(outside))
		all := campaign()
		turn := 0
		for at, moments := range [][]int{inside, outside} {
			add := []func(sandbox.Fault) error{g.inside.AddFault, g.env.Sandbox.AddFault}[at]
			for _, n := range moments {
				for k, one := range all {
					if operation == "refresh" || k == turn%len(all) || operation == "create" && k == (turn+len(all)/2)%len(all) {
						g.meet(operation, one, n, add, table)
					}
				}
				turn++
			}
		}
	}
	table.compare(t)
}

func (g *guarded) meet(operation string, one fault, n int, add func(sandbox.Fault) error, table *promises) {
	g.t.Helper()
	g.prepare(operation)
	arm := one.Fault
	arm.Path, arm.After = "*", n
	if err := add(arm); err != nil {
		g.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(g.t.Context())
	defer cancel()
	if one.Kind == sandbox.FaultDelay {
		ctx, cancel = context.WithTimeout(g.t.Context(), time.Second)
		defer cancel()
	}
	said := g.do(ctx, operation)
	g.inside.ClearFaults()
	g.env.Sandbox.ClearFaults()
	where := fmt.Sprintf("%s, %s at request %d of %v and %v", operation, one.name, n+1, g.kinds(), g.env.AllRequests())
	again := 0
	for ; again < 2 && g.done(operation) != ""; again++ {
		said += g.do(g.t.Context(), operation)
	}
	if why := g.done(operation); why != "" {
		g.t.Fatalf("%s: after two more: %s\n%s", where, why, said)
	}
	for _, secret := range []string{sandbox.SecretKey, passphrases} {
		if strings.Contains(said, secret) {
			g.t.Errorf("%s: a secret was said:\n%s", where, said)
		}
	}
	table.met()
	table.needed(guardrailsKind, operation, one.name, again)
}
