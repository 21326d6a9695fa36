package provider_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// subject is a resource that goes through the campaign: what must exist before it, its configuration, a change in
// place, and how many of it there are.
type subject struct {
	kind    string
	before  func(t *testing.T, env *acctest.Env) map[string]any
	changed map[string]any
	objects string // the sandbox's name for its kind
	others  int    // how many of that kind exist before
}

func subjects() []subject {
	window := map[string]any{"day": "sunday", "start_hour": int64(2)}
	office := []map[string]any{{"cidr": "203.0.113.0/24", "description": "office"}}
	cluster := map[string]any{
		"name": "campaign", "version": "1.35", "allowed_ip_ranges": office, "maintenance_window": window,
		"delete_additional_resources": false, "deletion_protection": false,
	}
	with := func(more map[string]any) map[string]any {
		all := maps.Clone(cluster)
		maps.Copy(all, more)
		return all
	}
	kosmos := func(t *testing.T, env *acctest.Env, name string) string {
		t.Helper()
		id := env.Cluster(t, func(request *k8s.CreateClusterRequest) {
			request.Type, request.Cni, request.PrivateNetworkID, request.Name = "multicloud-dedicated-4", k8s.CNIKilo, nil, name
		})
		letOfficeIn(t, env, id)
		return "fr-par/" + id
	}
	return []subject{
		{kind: "srm_hds_cluster", objects: "clusters", changed: map[string]any{"description": "changed"},
			before: func(*testing.T, *acctest.Env) map[string]any {
				return with(
					map[string]any{"type": "kapsule-dedicated-4", "private_network_id": "fr-par/" + sandbox.PrivateNetworkID},
				)
			}},
		{kind: "srm_hds_pool", objects: "pools", changed: map[string]any{"size": int64(2)}, before: func(
			t *testing.T, env *acctest.Env,
		) map[string]any {
			id := "fr-par/" + env.Cluster(t)
			return map[string]any{
				"cluster_id": id, "guardrails_id": id + "/guardrails", "name": "workers", "node_type": "POP2-2C-8G",
				"zone": "fr-par-1", "size": int64(1),
				"root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(100)},
			}
		}},
		{kind: "srm_kosmos_cluster", objects: "clusters", changed: map[string]any{"description": "changed"},
			before: func(*testing.T, *acctest.Env) map[string]any {
				return with(map[string]any{"type": "multicloud-dedicated-4", "no_health_data": map[string]any{"by": "platform " +
					"team", "reviewed_on": "2026-11-02"}})
			}},
		{kind: "srm_kosmos_pool", objects: "pools", changed: map[string]any{"tags": []string{"changed"}}, before: func(
			t *testing.T, env *acctest.Env,
		) map[string]any {
			return map[string]any{"cluster_id": kosmos(t, env, "edge"), "name": "machines", "node_type": "external"}
		}},
		{kind: "srm_kosmos_external_node", objects: "nodes", changed: map[string]any{"name": "changed"}, before: func(
			t *testing.T, env *acctest.Env,
		) map[string]any {
			id := kosmos(t, env, "sites")
			pool := env.Protocol(t).Life(
				"srm_kosmos_pool", map[string]any{"cluster_id": id, "name": "machines", "node_type": "external"},
			)
			pool.Apply(t.Context())
			return map[string]any{
				"pool_id": pool.Text("id"), "name": "edge-1", "address": "203.0.113.10",
				"attestation": map[string]any{
					"owner": "IT", "os": "Debian 12", "os_patching": "unattended", "hardening_baseline": "ANSSI-BP-028",
					"firewall": "nftables", "monitoring": "on call",
					"document_uri": "https://wiki.example.org/edge-1", "document_sha256": strings.Repeat("0a", 32),
					"reviewed_by": "CISO", "reviewed_on": "2026-11-01", "valid_days": int64(365),
				},
				"agent": map[string]any{"version": "0.1.5", "sha256": map[string]any{"amd64": strings.Repeat("0b", 32)}},
			}
		}},
	}
}

// letOfficeIn gives a cluster an allow-list.
func letOfficeIn(t *testing.T, env *acctest.Env, id string) {
	t.Helper()
	office := []*k8s.ACLRuleRequest{
		{IP: &scw.IPNet{IPNet: net.IPNet{IP: net.IPv4(203, 0, 113, 0).To4(), Mask: net.CIDRMask(24, 32)}}},
	}
	if _, err := env.Client(t).SetAllowList(t.Context(), scw.RegionFrPar, id, office); err != nil {
		t.Fatal(err)
	}
}

// operations are what a resource goes through, in the order of the table.
func operations() []string { return []string{"create", "refresh", "update", "destroy"} }

// cell is one resource in one sandbox, up to the operation that meets a fault.
type cell struct {
	t    *testing.T
	env  *acctest.Env
	of   subject
	life *acctest.Life
	id   string

	scope *cellScope
}

// cellScope ends what was started for a cell with the cell: a test has hundreds of them.
type cellScope struct {
	*testing.T
	ends []func()
}

// Cleanup keeps what is to be done at the end of the cell.
func (s *cellScope) Cleanup(end func()) { s.ends = append(s.ends, end) }

// end frees what the cell holds.
func (c *cell) end() {
	for _, end := range slices.Backward(c.scope.ends) {
		end()
	}
}

func newCell(t *testing.T, of subject, operation string) *cell {
	t.Helper()
	c := &cell{t: t, of: of, scope: &cellScope{T: t}}
	env := acctest.New(c.scope)
	c.env = env
	config := of.before(t, env)
	c.life = env.Protocol(t).Life(of.kind, config)
	if operation != "create" {
		if said := c.life.Apply(t.Context()); !c.life.Exists() || strings.Contains(said, "ERROR") {
			t.Fatalf("%s: %s", operation, said)
		}
		c.id = c.life.Text("id")
	}
	if operation == "update" {
		config = maps.Clone(config)
		maps.Copy(config, of.changed)
		c.life.Configure(config)
	}
	env.Sandbox.ClearRequests()
	return c
}

// do runs the operation once.
func (c *cell) do(ctx context.Context, operation string) string {
	c.t.Helper()
	switch operation {
	case "refresh":
		return c.life.Refresh(ctx)
	case "destroy":
		return c.life.Destroy(ctx)
	}
	said := c.life.Apply(ctx)
	// A plan that finds the name taken by what a create left prints the block that imports it.
	block := importBlock.FindStringSubmatch(said)
	if block == nil || c.life.Exists() || !strings.Contains(said, "ERROR: ") || ctx.Err() != nil {
		return said
	}
	return said + "\n\n" + c.life.Import(ctx, block[2]) + "\n\n" + c.life.Apply(ctx)
}

// maxMet is how many requests meet a persistent fault before the operation is interrupted: more than all retries of a
// request and of a wait make, so that only what is retried until the timeout of the operation gets there.
const maxMet = 200

// endless is how long an operation of milliseconds may take before a test ends that would otherwise hang.
const endless = 2 * time.Minute

// doUnder runs the operation under a fault, and takes the fault away at its end.
func (c *cell) doUnder(operation string, one fault, n int) string {
	c.t.Helper()
	ctx, interrupt := context.WithTimeout(c.t.Context(), endless)
	defer interrupt()
	arm, met := one.Fault, &atomic.Int64{}
	arm.Path, arm.After = "*", n
	arm.Met = func() {
		if now := met.Add(1); now == maxMet || one.Kind == sandbox.FaultDelay {
			interrupt()
		}
	}
	if err := c.env.Sandbox.AddFault(arm); err != nil {
		c.t.Fatal(err)
	}
	defer c.env.Sandbox.ClearFaults() // a wait may have looked less often than that of the probe
	said := c.do(ctx, operation)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		c.t.Errorf("%s under %s, %s, at request %d: no end after %s:\n%s", operation, one.name, one.scope, n+1, endless, said)
	}
	return said
}

// done says whether the wanted state is reached, with exactly one of everything; why says what is not as wanted.
func (c *cell) done(operation string) (why string) {
	c.t.Helper()
	there := c.objects()
	if operation == "destroy" {
		if c.life.Exists() || len(there) != c.of.others {
			return fmt.Sprintf("in the state %t, %d objects", c.life.Exists(), len(there))
		}
		return ""
	}
	action, said := c.life.Plan(c.t.Context())
	switch {
	case action != "no-op":
		return "the plan is " + action + ": " + said
	case c.id != "" && c.life.Text("id") != c.id:
		return "it was replaced: " + c.id + " by " + c.life.Text("id")
	case !slices.ContainsFunc(there, c.owns):
		return "no object has its id"
	}
	return ""
}

// objects are those of the kind that are not being deleted.
func (c *cell) objects() []map[string]any {
	c.t.Helper()
	return slices.DeleteFunc(
		c.all(), func(one map[string]any) bool { return one["status"] == "deleting" || one["status"] == "deleted" },
	)
}

func (c *cell) all() []map[string]any {
	c.t.Helper()
	var held []map[string]any
	if err := c.env.Sandbox.Objects(c.of.objects, &held); err != nil {
		c.t.Fatal(err)
	}
	return held
}

// owns says whether the state has an object.
func (c *cell) owns(object map[string]any) bool {
	return c.life.Exists() && strings.HasSuffix(c.life.Text("id"), fmt.Sprint(object["id"]))
}

// raceSample is which cell, of how many, runs under the race detector, which is several times as slow: which requests
// and which faults they are makes no difference to it.
const raceSample = 41

// clusterSample is which cell, of how many, `make test` meets of the campaigns that write to an API server, which
// compiles the policies at each write: with all of them they are the longest tests by far. `make campaign` meets all.
const clusterSample = 8

// isMet says whether a campaign meets a cell: one of so many, but all in `make campaign`.
func isMet(cell, sample int) bool {
	switch {
	case acctest.RaceDetector:
		return cell%raceSample == 0
	case os.Getenv("SRM_TEST_CAMPAIGN") == "full":
		return true
	}
	return cell%sample == 0
}

// TestFaultCampaign meets every request of every operation of every resource with every fault. The requests are those
// of a run without faults. At most one more apply reaches the wanted state once the fault is over: nothing is lost,
// duplicated, replaced, tainted or removed from the state, and no output has a secret. The tables are the promise that
// the guide makes.
func TestFaultCampaign(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	table := newPromises()
	for _, of := range subjects() {
		table.kinds = append(table.kinds, of.kind)
	}
	t.Run("cells", func(t *testing.T) {
		for i, of := range subjects() {
			for k, operation := range operations() {
				t.Run(of.kind+" "+operation, func(t *testing.T) {
					t.Parallel()
					probe := newCell(t, of, operation)
					defer probe.end()
					probe.do(t.Context(), operation)
					if why := probe.done(operation); why != "" {
						t.Fatalf("without faults: %s", why)
					}
					// Most of a cell is waiting: more of them run at once than there are processors.
					var all sync.WaitGroup
					turns, cells := make(chan struct{}, 16), 0
					for turn, n := range distinct(probe.env.AllRequests()) {
						for _, one := range campaign(7*i + 3*k + turn) {
							if cells++; !isMet(cells, 1) {
								continue
							}
							all.Go(func() {
								turns <- struct{}{}
								defer func() { <-turns }()
								meet(t, of, operation, one, n, table)
							})
						}
					}
					all.Wait()
				})
			}
		}
	})
	table.compare(t)
}

// distinct are the positions of the first request of each kind: a poll is asked often, and answers as the first time.
func distinct(requests []string) []int {
	seen, first := map[string]bool{}, []int{}
	for n, request := range requests {
		if !seen[request] {
			seen[request] = true
			first = append(first, n)
		}
	}
	return first
}

// names is what every error has: the id or the name of what it is about, and a next step or the reason in whole
// sentences.
var names = regexp.MustCompile(
	`(?s)([0-9a-f]{8}-[0-9a-f]{4}|"?campaign"?|"?workers"?|"?machines"?|edge-1|fr-par).*\.\s*$`,
) //nolint:gochecknoglobals // a constant

func meet(t *testing.T, of subject, operation string, one fault, n int, table *promises) {
	t.Helper()
	c := newCell(t, of, operation)
	defer c.end()
	said := c.doUnder(operation, one, n)
	where := fmt.Sprintf(
		"%s %s, %s, %s at request %d of %v", of.kind, operation, one.scope, one.name, n+1, firsts(c.env.AllRequests()),
	)
	for _, problem := range c.judge(operation, said) {
		t.Errorf("%s: %s:\n%s", where, problem, said)
	}
	if c.id == "" {
		c.id = c.life.Text("id")
	}
	again, why := 0, c.done(operation)
	for ; again < 2 && why != ""; again++ {
		said += "\n\n" + c.do(t.Context(), operation)
		why = c.done(operation)
	}
	switch {
	case why != "":
		t.Errorf("%s: after two more: %s\n%s", where, why, said)
	case again == 2:
		t.Errorf("%s: needs two more applies:\n%s", where, said)
	}
	for _, object := range c.all() {
		if id := fmt.Sprint(object["id"]); operation != "destroy" && !c.owns(object) && !strings.Contains(said, id) {
			t.Errorf("%s: %s is in no state, and was not named:\n%s", where, id, said)
		}
	}
	if problem := c.secret(said); problem != "" {
		t.Errorf("%s: %s:\n%s", where, problem, said)
	}
	table.needed(of.kind, operation, one, again)
}

// firsts are requests without the repeats.
func firsts(requests []string) []string {
	found := []string{}
	for _, n := range distinct(requests) {
		found = append(found, requests[n])
	}
	return found
}

// open is how an output says that an API server is reachable from everywhere.
var open = regexp.MustCompile(`(?m)^(WARNING|ERROR): .*open to the world`) //nolint:gochecknoglobals // a constant

// judge says what is wrong with the outcome of an operation under a fault, before anything else is done.
func (c *cell) judge(operation, said string) []string {
	c.t.Helper()
	found := []string{}
	problem := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	if c.life.Tainted() {
		problem("it is tainted")
	}
	switch {
	case operation == "destroy":
		if !c.life.Exists() && slices.ContainsFunc(c.all(), func(object map[string]any) bool {
			return strings.HasSuffix(c.id, fmt.Sprint(object["id"])) && object["status"] != "deleted"
		}) {
			problem("the state lost %s, which is not gone", c.id)
		}
	case c.id != "" && c.life.Text("id") != c.id:
		problem("the state has %q instead of %s", c.life.Text("id"), c.id)
	}
	for _, object := range c.objects() {
		id, name := fmt.Sprint(object["id"]), fmt.Sprint(object["name"])
		if named := strings.Contains(said, id) || strings.Contains(said, name) && strings.Contains(said,
			"may"); !c.owns(object) && !named &&
			c.of.objects != "nodes" && operation != "destroy" {
			problem("lost: %s %s is in no state, and is not named", id, name)
		}
		if c.of.objects == "clusters" && c.isOpen(id) && !open.MatchString(said) {
			problem("the API server of %s is open to the world, and no first line says so", id)
		}
	}
	for _, one := range strings.Split(said, "\n\n") {
		if strings.HasPrefix(one, "ERROR: ") && !names.MatchString(one) {
			problem("an error that names nothing, or no next step: %s", one)
		}
	}
	if leak := c.secret(said); leak != "" {
		problem("%s", leak)
	}
	return found
}

// isOpen says whether the allow-list of a cluster has the whole Internet.
func (c *cell) isOpen(id string) bool {
	c.t.Helper()
	rules, err := c.env.Client(c.t).AllowList(c.t.Context(), scw.RegionFrPar, id)
	if err != nil {
		c.t.Fatal(err)
	}
	return slices.ContainsFunc(rules, func(rule *k8s.ACLRule) bool {
		if rule.IP == nil {
			return false
		}
		ones, _ := rule.IP.Mask.Size()
		return ones == 0
	})
}

// credential is the node's own, as the program of an external node has it.
var credential = regexp.MustCompile(`node_secret_key\W+([\w-]{8,})`) //nolint:gochecknoglobals // a constant

// secret says which secret is where it must not be.
func (c *cell) secret(said string) string {
	c.t.Helper()
	if strings.Contains(said, sandbox.SecretKey) {
		return "the secret key is in the output"
	}
	state := c.life.Dump()
	if strings.Contains(state, sandbox.SecretKey) {
		return "the secret key is in the state"
	}
	for _, found := range credential.FindAllStringSubmatch(state, -1) {
		if strings.Contains(said, found[1]) {
			return "the credential of a node is in the output"
		}
	}
	return ""
}
