package provider_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// subject is a resource that goes through the campaign: what must exist before it, its configuration, a change in place, and
// how many of it there are.
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
	cluster := map[string]any{"name": "campaign", "version": "1.35", "allowed_ip_ranges": office, "maintenance_window": window, "delete_additional_resources": false, "deletion_protection": false}
	with := func(more map[string]any) map[string]any {
		all := maps.Clone(cluster)
		maps.Copy(all, more)
		return all
	}
	kosmos := func(t *testing.T, env *acctest.Env) string {
		t.Helper()
		id := env.Cluster(t, func(request *k8s.CreateClusterRequest) {
			request.Type, request.Cni, request.PrivateNetworkID, request.Name = "multicloud-dedicated-4", k8s.CNIKilo, nil, "edge"
		})
		letOfficeIn(t, env, id)
		return "fr-par/" + id
	}
	return []subject{
		{kind: "srm_hds_cluster", objects: "clusters", changed: map[string]any{"description": "changed"}, before: func(*testing.T, *acctest.Env) map[string]any {
			return with(map[string]any{"type": "kapsule-dedicated-4", "private_network_id": "fr-par/" + sandbox.PrivateNetworkID})
		}},
		{kind: "srm_hds_pool", objects: "pools", changed: map[string]any{"size": int64(2)}, before: func(t *testing.T, env *acctest.Env) map[string]any {
			id := "fr-par/" + env.Cluster(t)
			return map[string]any{
				"cluster_id": id, "guardrails_id": id + "/guardrails", "name": "workers", "node_type": "POP2-2C-8G", "zone": "fr-par-1", "size": int64(1),
				"root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(100)},
			}
		}},
		{kind: "srm_kosmos_cluster", objects: "clusters", changed: map[string]any{"description": "changed"}, before: func(*testing.T, *acctest.Env) map[string]any {
			return with(map[string]any{"type": "multicloud-dedicated-4", "no_health_data": map[string]any{"by": "somebody", "reviewed_on": "2026-11-02"}})
		}},
		{kind: "srm_kosmos_pool", objects: "pools", changed: map[string]any{"tags": []string{"changed"}}, before: func(t *testing.T, env *acctest.Env) map[string]any {
			return map[string]any{"cluster_id": kosmos(t, env), "name": "machines", "node_type": "external"}
		}},
		{kind: "srm_kosmos_external_node", objects: "nodes", changed: map[string]any{"name": "changed"}, before: func(t *testing.T, env *acctest.Env) map[string]any {
			id := kosmos(t, env)
			pool := env.Protocol(t).Life("srm_kosmos_pool", map[string]any{"cluster_id": id, "name": "machines", "node_type": "external"})
			pool.Apply(t.Context())
			return map[string]any{
				"pool_id": pool.Text("id"), "name": "edge-1", "address": "203.0.113.10",
				"attestation": map[string]any{
					"owner": "IT", "os": "Debian 12", "os_patching": "unattended", "hardening_baseline": "ANSSI-BP-028", "firewall": "nftables", "monitoring": "on call",
					"document_uri": "https://wiki.example.org/edge-1", "document_sha256": strings.Repeat("0a", 32), "reviewed_by": "CISO", "reviewed_on": "2026-11-01", "valid_days": int64(365),
				},
				"agent": map[string]any{"version": "0.1.5", "sha256": map[string]any{"amd64": strings.Repeat("0b", 32)}},
			}
		}},
	}
}

// letOfficeIn gives a cluster an allow-list.
func letOfficeIn(t *testing.T, env *acctest.Env, id string) {
	t.Helper()
	office := []*k8s.ACLRuleRequest{{IP: &scw.IPNet{IPNet: net.IPNet{IP: net.IPv4(203, 0, 113, 0).To4(), Mask: net.CIDRMask(24, 32)}}}}
	if _, err := env.Client(t).SetAllowList(t.Context(), scw.RegionFrPar, id, office); err != nil {
		t.Fatal(err)
	}
}

// fault is one way in which a request goes wrong, with the words of the table.
type fault struct {
	name string
	sandbox.Fault
}

func campaign() []fault {
	return []fault{
		{"429 with Retry-After", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429, RetryAfter: 1}}, {"429", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 429}},
		{"500", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 500}}, {"502 of a proxy", sandbox.Fault{Kind: sandbox.FaultHTML, Status: 502}},
		{"503", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 503}}, {"403", sandbox.Fault{Kind: sandbox.FaultStatus, Status: 403}},
		{"connection reset", sandbox.Fault{Kind: sandbox.FaultReset}}, {"answer lost", sandbox.Fault{Kind: sandbox.FaultLostResponse}},
		{"answer truncated", sandbox.Fault{Kind: sandbox.FaultTruncate}}, {"no answer until the end", sandbox.Fault{Kind: sandbox.FaultDelay, Delay: 10 * time.Second}},
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
}

func newCell(t *testing.T, of subject, operation string) *cell {
	t.Helper()
	env := acctest.New(t)
	c := &cell{t: t, env: env, of: of}
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

// do is one go at the operation.
func (c *cell) do(ctx context.Context, operation string) string {
	c.t.Helper()
	switch operation {
	case "refresh":
		return c.life.Refresh(ctx)
	case "destroy":
		return c.life.Destroy(ctx)
	}
	return c.life.Apply(ctx)
}

// done says whether the wanted state is reached, with exactly one of everything; why says what is not as wanted.
func (c *cell) done(operation string) (why string) {
	c.t.Helper()
	var held []map[string]any
	if err := c.env.Sandbox.Objects(c.of.objects, &held); err != nil {
		c.t.Fatal(err)
	}
	there := slices.DeleteFunc(held, func(one map[string]any) bool { return one["status"] == "deleting" || one["status"] == "deleted" })
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
	}
	own := 0
	for _, one := range there {
		if strings.HasSuffix(c.life.Text("id"), fmt.Sprint(one["id"])) {
			own++
		}
	}
	if own != 1 {
		return fmt.Sprintf("%d objects have its id", own)
	}
	return ""
}

// TestFaultCampaign meets every request of every operation of every resource with every fault, once each. The requests are those of
// a run without faults. At most two more applies reach the wanted state: nothing twice, nothing replaced, no taint. Nothing that nobody
// owns is left but a node whose credential was lost, and that is named. No secret is said. The table is the promise that the guide makes.
func TestFaultCampaign(t *testing.T) {
	t.Parallel()
	acctest.Once(t)
	table := newPromises()
	for _, of := range subjects() {
		table.kinds = append(table.kinds, of.kind)
	}
	t.Run("cells", func(t *testing.T) {
		for _, of := range subjects() {
			for _, operation := range operations() {
				t.Run(of.kind+" "+operation, func(t *testing.T) {
					t.Parallel()
					probe := newCell(t, of, operation)
					probe.do(t.Context(), operation)
					if why := probe.done(operation); why != "" {
						t.Fatalf("without faults: %s", why)
					}
					moments := distinct(probe.env.AllRequests())
					// Most of a cell is waiting: more of them run at once than there are processors.
					var all sync.WaitGroup
					turns := make(chan struct{}, 8)
					for _, one := range campaign() {
						for _, n := range moments {
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
	if t.Failed() {
		return
	}
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

// names is what every error has: the id or the name of what it is about, and a next step or the reason in whole sentences.
var names = regexp.MustCompile(`(?s)([0-9a-f]{8}-[0-9a-f]{4}|"?campaign"?|"?workers"?|"?machines"?|edge-1|fr-par).*\.\s*$`) //nolint:gochecknoglobals // a constant

func meet(t *testing.T, of subject, operation string, one fault, n int, table *promises) {
	t.Helper()
	c := newCell(t, of, operation)
	arm := one.Fault
	arm.Path, arm.After = "*", n
	if err := c.env.Sandbox.AddFault(arm); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if one.Kind == sandbox.FaultDelay {
		ctx, cancel = context.WithTimeout(t.Context(), 2*time.Second)
	}
	said := c.do(ctx, operation)
	cancel()
	c.env.Sandbox.ClearFaults() // a wait may have looked less often than that of the probe
	where := fmt.Sprintf("%s, %s at request %d of %v", operation, one.name, n+1, c.env.AllRequests())
	again := 0
	for ; again < 2; again++ {
		if c.life.Tainted() {
			t.Errorf("%s: tainted:\n%s", where, said)
			return
		}
		if c.done(operation) == "" {
			break
		}
		said += c.do(t.Context(), operation)
	}
	if why := c.done(operation); why != "" {
		t.Errorf("%s: after two more: %s\n%s", where, why, said)
	}
	if strings.Contains(said, sandbox.SecretKey) {
		t.Errorf("%s: the secret key was said:\n%s", where, said)
	}
	for _, one := range strings.Split(said, "\n\n") {
		if strings.HasPrefix(one, "ERROR: ") && !names.MatchString(one) {
			t.Errorf("%s: an error that names nothing, or no next step:\n%s", where, one)
		}
	}
	for _, orphan := range c.orphans(operation) {
		if !strings.Contains(said, orphan) {
			t.Errorf("%s: %s is nobody's, and was not named:\n%s", where, orphan, said)
		}
	}
	table.met()
	table.needed(of.kind, operation, one.name, again)
}

// orphans are the objects of the kind that exist beside the resource's own.
func (c *cell) orphans(operation string) []string {
	c.t.Helper()
	var held []map[string]any
	if err := c.env.Sandbox.Objects(c.of.objects, &held); err != nil {
		c.t.Fatal(err)
	}
	found := []string{}
	for _, one := range held {
		id := fmt.Sprint(one["id"])
		if operation != "destroy" && !strings.HasSuffix(c.life.Text("id"), id) && one["status"] != "deleting" {
			found = append(found, id)
		}
	}
	return found
}

// promises is the table: how many more applies each operation needed at most under each fault.
type promises struct {
	kinds []string
	cells int
	mu    sync.Mutex
	most  map[string]int
}

func newPromises(kinds ...string) *promises {
	return &promises{kinds: kinds, most: map[string]int{}}
}

// met counts a cell.
func (p *promises) met() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cells++
}

func (p *promises) needed(kind, operation, fault string, again int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := kind + " " + operation + " " + fault
	p.most[key] = max(p.most[key], again)
}

// words say how many more applies an operation needs at most.
func words() []string { return []string{"goes on", "one more", "two more"} }

// text is the table in Markdown.
func (p *promises) text() string {
	var text strings.Builder
	text.WriteString("| resource | operation |")
	for _, one := range campaign() {
		text.WriteString(" " + one.name + " |")
	}
	text.WriteString("\n|---|---|" + strings.Repeat("---|", len(campaign())) + "\n")
	for _, kind := range p.kinds {
		for _, operation := range operations() {
			fmt.Fprintf(&text, "| `%s` | %s |", kind, operation)
			for _, one := range campaign() {
				text.WriteString(" " + words()[p.most[kind+" "+operation+" "+one.name]] + " |")
			}
			text.WriteString("\n")
		}
	}
	return text.String()
}

// compare holds the guide to what was seen: no cell may need more than it promises. One may need less: whether an operation goes on
// by itself can depend on how far it was.
func (p *promises) compare(t *testing.T) {
	t.Helper()
	t.Logf("%d cells\n%s", p.cells, p.text())
	guide, err := os.ReadFile(filepath.Join("..", "..", "templates", "guides", "faults.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	promised := map[string][]string{}
	for line := range strings.Lines(string(guide)) {
		if columns := strings.Split(line, "|"); len(columns) > 3 && strings.HasPrefix(columns[1], " `srm_") {
			promised[strings.Trim(columns[1], " `")+" "+strings.TrimSpace(columns[2])] = columns[3:]
		}
	}
	for _, kind := range p.kinds {
		for _, operation := range operations() {
			row := promised[kind+" "+operation]
			if len(row) < len(campaign()) {
				t.Errorf("the guide has no row for %s %s", kind, operation)
				continue
			}
			for i, one := range campaign() {
				most := p.most[kind+" "+operation+" "+one.name]
				if slices.Index(words(), strings.TrimSpace(row[i])) < most {
					t.Errorf("%s %s, %s: %q is promised, %q was needed", kind, operation, one.name, strings.TrimSpace(row[i]), words()[most])
				}
			}
		}
	}
}
