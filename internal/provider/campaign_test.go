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

// subject is a resource type of the campaign.
type subject struct {
	kind string
	// setup creates the objects that the resource requires, and returns its configuration.
	setup       func(t testing.TB, env *acctest.Env) map[string]any
	changes     map[string]any // changes of the configuration that an update makes in place
	objects     string         // name of the objects in the sandbox
	preexisting int            // number of these objects that before creates
}

func subjects() []subject {
	kosmos := func(t testing.TB, env *acctest.Env, name string) string {
		t.Helper()
		id := env.CreateCluster(t, acctest.Kosmos("multicloud-dedicated-4"), acctest.Named(name))
		allowOfficeRange(t, env, id)
		return "fr-par/" + id
	}
	return []subject{
		{kind: "srm_hds_cluster", objects: "clusters", changes: map[string]any{"description": "changed"},
			setup: func(testing.TB, *acctest.Env) map[string]any { return acctest.HDSClusterAttributes("campaign") }},
		{kind: "srm_hds_pool", objects: "pools", changes: map[string]any{"size": int64(2)}, setup: func(
			t testing.TB, env *acctest.Env,
		) map[string]any {
			return acctest.HDSPoolAttributes("fr-par/" + env.CreateCluster(t))
		}},
		{
			kind:    "srm_kosmos_cluster",
			objects: "clusters",
			changes: map[string]any{"description": "changed"},
			setup: func(testing.TB, *acctest.Env) map[string]any {
				return acctest.KosmosClusterAttributes("campaign")
			},
		},
		{kind: "srm_kosmos_pool", objects: "pools", changes: map[string]any{"tags": []string{"changed"}}, setup: func(
			t testing.TB, env *acctest.Env,
		) map[string]any {
			return acctest.ExternalPoolAttributes(kosmos(t, env, "edge"))
		}},
		{kind: "srm_kosmos_external_node", objects: "nodes", changes: map[string]any{"name": "changed"}, setup: func(
			t testing.TB, env *acctest.Env,
		) map[string]any {
			id := kosmos(t, env, "sites")
			pool := env.Protocol(t).Resource("srm_kosmos_pool", acctest.ExternalPoolAttributes(id))
			pool.Apply(t.Context())
			return acctest.ExternalNodeAttributes(pool.StringAttribute("id"))
		}},
		{
			kind: "srm_audit_trail_export", objects: "export-jobs",
			changes: map[string]any{"min_retention_days": int64(30)},
			setup: func(t testing.TB, env *acctest.Env) map[string]any {
				env.UseLockedBucket(t)
				return map[string]any{
					"name": "campaign", "bucket": env.Bucket, "prefix": "audit", "min_retention_days": int64(365),
					"deletion_protection": false,
				}
			},
		},
	}
}

// allowOfficeRange allows the range 203.0.113.0/24 in the allow-list of a cluster.
func allowOfficeRange(t testing.TB, env *acctest.Env, id string) {
	t.Helper()
	office := []*k8s.ACLRuleRequest{
		{IP: &scw.IPNet{IPNet: net.IPNet{IP: net.IPv4(203, 0, 113, 0).To4(), Mask: net.CIDRMask(24, 32)}}},
	}
	if _, err := env.Client(t).SetAllowList(t.Context(), scw.RegionFrPar, id, office); err != nil {
		t.Fatal(err)
	}
}

// operations returns the operations of the campaign, in the order of the table.
func operations() []string { return []string{"create", "refresh", "update", "destroy"} }

// cell is one resource in its own sandbox, prepared for the operation under test.
type cell struct {
	t        testing.TB
	env      *acctest.Env
	subject  subject
	resource *acctest.ResourceLifecycle
	config   map[string]any // before an update
	id       string         // of the object; empty until it is created

	scope *cellScope
}

// cellScope is a testing.TB whose cleanups run at the end of a cell: a test has hundreds of cells.
type cellScope struct {
	testing.TB
	cleanups []func()
}

// Cleanup registers a function that cell.close calls.
func (s *cellScope) Cleanup(cleanup func()) { s.cleanups = append(s.cleanups, cleanup) }

// close runs the cleanups of the cell.
func (c *cell) close() {
	for _, cleanup := range slices.Backward(c.scope.cleanups) {
		cleanup()
	}
}

// newCell prepares a resource for an operation: all operations but a create need an existing object.
func newCell(t testing.TB, of subject, operation string) *cell {
	t.Helper()
	c := &cell{t: t, subject: of, scope: &cellScope{TB: t}}
	env := acctest.New(c.scope)
	c.env = env
	c.config = of.setup(c.scope, env)
	c.resource = env.Protocol(t).Resource(of.kind, c.config)
	if operation != "create" {
		if diagnostics := c.resource.Apply(t.Context()); !c.resource.Exists() || strings.Contains(diagnostics,
			"ERROR") {
			t.Fatalf("%s: %s", operation, diagnostics)
		}
		c.id = c.resource.StringAttribute("id")
	}
	c.prepare(operation)
	return c
}

// prepare sets the configuration for the operation under test.
func (c *cell) prepare(operation string) {
	if operation == "update" {
		config := maps.Clone(c.config)
		maps.Copy(config, c.subject.changes)
		c.resource.Configure(config)
	}
	c.env.Sandbox.ClearRequests()
}

// cells holds the prepared cells of an operation that are not in use. Most of the time of a cell is its preparation, so
// later cells use them again.
type cells struct {
	mu   sync.Mutex
	idle []*cell
}

// reserve returns an idle cell, or nil if there is none.
func (p *cells) reserve(t testing.TB) *cell {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 {
		return nil
	}
	last := len(p.idle) - 1
	c := p.idle[last]
	p.idle = p.idle[:last]
	c.t = t
	return c
}

// release undoes the operation, and makes the cell idle. It closes a cell that does not return to its first state.
func (p *cells) release(c *cell, operation string) {
	c.t.Helper()
	if c.t.Failed() || !c.undo(operation) {
		c.close()
		return
	}
	c.prepare(operation)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, c)
}

// undo undoes an operation that reached the desired state. It returns false if objects are left over, and for a create
// of a cluster, which a new cell prepares faster.
func (c *cell) undo(operation string) bool {
	c.t.Helper()
	diagnostics := ""
	switch operation {
	case "refresh":
		return true
	case "create":
		if c.subject.objects == "clusters" {
			return false
		}
		diagnostics = c.resource.Destroy(c.t.Context())
		if c.resource.Exists() || len(c.allObjects()) != c.subject.preexisting {
			return false
		}
		c.id = ""
	case "update":
		c.env.Sandbox.ClearRequests()
		c.resource.Configure(c.config)
		if diagnostics = c.resource.Apply(c.t.Context()); len(c.env.Writes()) == 0 {
			return false
		}
	case "destroy":
		diagnostics = c.resource.Apply(c.t.Context())
		if len(c.allObjects()) != c.subject.preexisting+1 {
			return false
		}
		c.id = c.resource.StringAttribute("id")
	}
	return !strings.Contains(diagnostics, "ERROR")
}

// close closes the idle cells.
func (p *cells) close() {
	for _, c := range p.idle {
		c.close()
	}
}

// run runs the operation once, and returns its diagnostics. If an error contains an import block, it imports and
// applies.
func (c *cell) run(ctx context.Context, operation string) string {
	c.t.Helper()
	switch operation {
	case "refresh":
		return c.resource.Refresh(ctx)
	case "destroy":
		return c.resource.Destroy(ctx)
	}
	diagnostics := c.resource.Apply(ctx)
	// If an object with the name exists, such as after a create whose response was lost, the error contains an import
	// block.
	block := importBlockPattern.FindStringSubmatch(diagnostics)
	if block == nil || c.resource.Exists() || !strings.Contains(diagnostics, "ERROR: ") || ctx.Err() != nil {
		return diagnostics
	}
	return diagnostics + "\n\n" + c.resource.Import(ctx, block[2]) + "\n\n" + c.resource.Apply(ctx)
}

// maxFaultsMet is the number of failed requests after which the test interrupts the operation. It is higher than the
// number of retries of a request or a wait. An operation only reaches it if it retries a write until its timeout.
const maxFaultsMet = 200

// operationTimeout fails a test that would otherwise hang. An operation takes milliseconds.
const operationTimeout = 2 * time.Minute

// runUnderFault injects a fault into request n, runs the operation, and removes the fault.
func (c *cell) runUnderFault(operation string, f fault, n int) string {
	c.t.Helper()
	ctx, interrupt := context.WithTimeout(c.t.Context(), operationTimeout)
	defer interrupt()
	injected, met := f.Fault, &atomic.Int64{}
	injected.Path, injected.After = "*", n
	injected.OnMatch = func() {
		if now := met.Add(1); now == maxFaultsMet || f.Kind == sandbox.FaultDelay {
			interrupt()
		}
	}
	if err := c.env.Sandbox.AddFault(injected); err != nil {
		c.t.Fatal(err)
	}
	defer c.env.Sandbox.ClearFaults() // a wait may poll fewer times than in the probe, so that the fault is left over
	diagnostics := c.run(ctx, operation)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		c.t.Errorf(
			"%s under %s, %s, at request %d: not finished after %s:\n%s",
			operation,
			f.name,
			f.scope,
			n+1,
			operationTimeout,
			diagnostics,
		)
	}
	return diagnostics
}

// whyNotDone returns why the operation has not reached the desired state, with exactly one object, or an empty string.
func (c *cell) whyNotDone(operation string) (why string) {
	c.t.Helper()
	objects := c.liveObjects()
	if operation == "destroy" {
		if c.resource.Exists() || len(objects) != c.subject.preexisting {
			return fmt.Sprintf("in the state %t, %d objects", c.resource.Exists(), len(objects))
		}
		return ""
	}
	action, diagnostics := c.resource.Plan(c.t.Context())
	switch {
	case action != "no-op":
		return "the plan is " + action + ": " + diagnostics
	case c.id != "" && c.resource.StringAttribute("id") != c.id:
		return "the object was replaced: " + c.id + " by " + c.resource.StringAttribute("id")
	case !slices.ContainsFunc(objects, c.isInState):
		return "no object has the id of the state"
	}
	return ""
}

// liveObjects returns the objects of the kind that are not being deleted.
func (c *cell) liveObjects() []map[string]any {
	c.t.Helper()
	return slices.DeleteFunc(c.allObjects(), func(object map[string]any) bool {
		return object["status"] == "deleting" || object["status"] == "deleted"
	})
}

// allObjects returns the objects of the kind, with those that are being deleted.
func (c *cell) allObjects() []map[string]any {
	c.t.Helper()
	var found []map[string]any
	if err := c.env.Sandbox.Objects(c.subject.objects, &found); err != nil {
		c.t.Fatal(err)
	}
	return found
}

// isInState reports whether the state has the object.
func (c *cell) isInState(object map[string]any) bool {
	return c.resource.Exists() && strings.HasSuffix(c.resource.StringAttribute("id"), fmt.Sprint(object["id"]))
}

// raceSample makes one cell in 41 run under the race detector, which is several times slower. The race detector finds
// the same with any selection of requests and faults.
const raceSample = 41

// clusterSample makes `make test` run one cell in 8 of the campaigns that write to an API server. These are the longest
// tests, since the API server compiles the policies at each write. `make campaign` runs all cells.
const clusterSample = 8

// isSampled reports whether the test runs a cell: one in sample, or every cell in `make campaign`.
func isSampled(cell, sample int) bool {
	switch {
	case acctest.RaceDetector:
		return cell%raceSample == 0
	case os.Getenv("SRM_TEST_CAMPAIGN") == "full":
		return true
	}
	return cell%sample == 0
}

// TestFaultCampaign injects every fault into every request of every operation of every resource. The requests are those
// of a run without faults. Once the fault is over, at most one more apply reaches the desired state: nothing is lost,
// duplicated, replaced, tainted or removed from the state, and no output contains a secret. The tables of the guide
// faults document the results.
func TestFaultCampaign(t *testing.T) {
	t.Parallel()
	acctest.SkipLongUnderRace(t)
	table := newRecoveryTable()
	for _, of := range subjects() {
		table.kinds = append(table.kinds, of.kind)
	}
	t.Run("cells", func(t *testing.T) {
		for i, of := range subjects() {
			for k, operation := range operations() {
				t.Run(of.kind+" "+operation, func(t *testing.T) {
					t.Parallel()
					probe := newCell(t, of, operation)
					defer probe.close()
					probe.run(t.Context(), operation)
					if why := probe.whyNotDone(operation); why != "" {
						t.Fatalf("without faults: %s", why)
					}
					// Cells mostly wait: more of them run at the same time than there are processors.
					running, count, prepared := acctest.NewConcurrent(t, 16), 0, &cells{}
					defer prepared.close()
					for turn, n := range firstPositions(probe.env.AllRequests()) {
						for _, f := range campaignFaults(7*i + 3*k + turn) {
							if count++; !isSampled(count, 1) {
								continue
							}
							running.Go(func(t testing.TB) {
								c := prepared.reserve(t)
								if c == nil {
									c = newCell(t, of, operation)
								}
								defer prepared.release(c, operation)
								c.runWithFault(operation, f, n, table)
							})
						}
					}
					running.Wait()
				})
			}
		}
	})
	table.compareWithGuide(t)
}

// firstPositions returns the position of the first of each group of equal requests: polls repeat the same request.
func firstPositions(requests []string) []int {
	seen, positions := map[string]bool{}, []int{}
	for n, request := range requests {
		if !seen[request] {
			seen[request] = true
			positions = append(positions, n)
		}
	}
	return positions
}

// actionableError matches errors that name an id or a name, and end with a sentence.
var actionableError = regexp.MustCompile(
	`(?s)([0-9a-f]{8}-[0-9a-f]{4}|"?campaign"?|"?workers"?|"?machines"?|edge-1|fr-par).*\.\s*$`,
) //nolint:gochecknoglobals // a constant

// runWithFault runs an operation under a fault, repeats it until it reaches the desired state, and records the number
// of repetitions.
func (c *cell) runWithFault(operation string, f fault, n int, table *recoveryTable) {
	t, of := c.t, c.subject
	t.Helper()
	diagnostics := c.runUnderFault(operation, f, n)
	where := fmt.Sprintf(
		"%s %s, %s, %s at request %d of %v", of.kind, operation, f.scope, f.name, n+1,
		distinctRequests(c.env.AllRequests()),
	)
	for _, problem := range c.problems(operation, diagnostics) {
		t.Errorf("%s: %s:\n%s", where, problem, diagnostics)
	}
	if c.id == "" {
		c.id = c.resource.StringAttribute("id")
	}
	retries, why := 0, c.whyNotDone(operation)
	for ; retries < 2 && why != ""; retries++ {
		diagnostics += "\n\n" + c.run(t.Context(), operation)
		why = c.whyNotDone(operation)
	}
	switch {
	case why != "":
		t.Errorf("%s: after two retries: %s\n%s", where, why, diagnostics)
	case retries == 2:
		t.Errorf("%s: needs two more applies:\n%s", where, diagnostics)
	}
	for _, object := range c.allObjects() {
		id := fmt.Sprint(object["id"])
		if operation != "destroy" && !c.isInState(object) && !strings.Contains(diagnostics, id) {
			t.Errorf("%s: %s is not in the state, and the output does not name it:\n%s", where, id, diagnostics)
		}
	}
	if problem := c.leakedSecret(diagnostics); problem != "" {
		t.Errorf("%s: %s:\n%s", where, problem, diagnostics)
	}
	table.record(of.kind, operation, f, retries)
}

// distinctRequests returns requests without duplicates.
func distinctRequests(requests []string) []string {
	found := []string{}
	for _, n := range firstPositions(requests) {
		found = append(found, requests[n])
	}
	return found
}

// openServerDiagnostic matches the diagnostic about an API server that allows every address.
var openServerDiagnostic = regexp.MustCompile(
	`(?m)^(WARNING|ERROR): .*open to the world`,
) //nolint:gochecknoglobals // a constant

// problems checks the result of an operation under a fault, before any retry.
func (c *cell) problems(operation, diagnostics string) []string {
	c.t.Helper()
	found := []string{}
	problem := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	if c.resource.IsTainted() {
		problem("the resource is tainted")
	}
	switch {
	case operation == "destroy":
		if !c.resource.Exists() && slices.ContainsFunc(c.allObjects(), func(object map[string]any) bool {
			return strings.HasSuffix(c.id, fmt.Sprint(object["id"])) && object["status"] != "deleted"
		}) {
			problem("the state does not have %s, which still exists", c.id)
		}
	case c.id != "" && c.resource.StringAttribute("id") != c.id:
		problem("the state has %q instead of %s", c.resource.StringAttribute("id"), c.id)
	}
	for _, object := range c.liveObjects() {
		id, name := fmt.Sprint(object["id"]), fmt.Sprint(object["name"])
		isNamed := strings.Contains(diagnostics, id) ||
			strings.Contains(diagnostics, name) && strings.Contains(diagnostics, "may")
		if !c.isInState(object) && !isNamed && c.subject.objects != "nodes" && operation != "destroy" {
			problem("lost object: %s %s is not in the state, and the output does not name it", id, name)
		}
		if c.subject.objects == "clusters" && c.isOpen(id) && !openServerDiagnostic.MatchString(diagnostics) {
			problem("the API server of %s is open to the world, and the summary of no diagnostic says so", id)
		}
	}
	for _, diagnostic := range strings.Split(diagnostics, "\n\n") {
		if strings.HasPrefix(diagnostic, "ERROR: ") && !actionableError.MatchString(diagnostic) {
			problem("an error without an id or a name, or without a next step: %s", diagnostic)
		}
	}
	if leak := c.leakedSecret(diagnostics); leak != "" {
		problem("%s", leak)
	}
	return found
}

// isOpen reports whether the allow-list of a cluster allows every address.
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

// credentialPattern matches the credential of a node in the scripts of an external node.
var credentialPattern = regexp.MustCompile(`node_secret_key\W+([\w-]{8,})`) //nolint:gochecknoglobals // a constant

// leakedSecret returns which secret the output or the state contains, or an empty string.
func (c *cell) leakedSecret(diagnostics string) string {
	c.t.Helper()
	if strings.Contains(diagnostics, sandbox.SecretKey) {
		return "the secret key is in the output"
	}
	state := c.resource.StateString()
	if strings.Contains(state, sandbox.SecretKey) {
		return "the secret key is in the state"
	}
	for _, found := range credentialPattern.FindAllStringSubmatch(state, -1) {
		if strings.Contains(diagnostics, found[1]) {
			return "the credential of a node is in the output"
		}
	}
	return ""
}
