package node_test

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/provider"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

const (
	actionName     = "srm_replace_node"
	replaceRequest = "POST /k8s/v1/regions/fr-par/nodes/{id}/replace"
)

// createPool creates a pool in a new cluster, waits until it is ready, and returns it with its nodes.
func createPool(t *testing.T, env *acctest.Env, size uint32) (*k8s.Pool, []*k8s.Node) {
	t.Helper()
	cluster := env.CreateCluster(t)
	created, err := env.Client(t).CreatePool(t.Context(), &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: cluster, Name: "workers", NodeType: "POP2-2C-8G", Zone: scw.ZoneFrPar1,
		Size: size, Autohealing: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	ready, err := env.Client(t).WaitPool(t.Context(), scw.RegionFrPar, created.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ready, listNodes(t, env, ready)
}

func listNodes(t *testing.T, env *acctest.Env, pool *k8s.Pool) []*k8s.Node {
	t.Helper()
	found, err := env.Client(t).Nodes(
		t.Context(), scw.RegionFrPar, scaleway.NodeFilter{ClusterID: pool.ClusterID, PoolID: pool.ID},
	)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// newHeldEnv returns an environment with a pool of ready nodes. The replacement of a node does not finish until the
// test advances the sandbox's clock.
func newHeldEnv(t *testing.T, size uint32) (*acctest.Env, *k8s.Pool, []*k8s.Node) {
	t.Helper()
	env := acctest.New(t, acctest.SlowTransitions)
	stop := env.AdvanceContinuously()
	defer stop()
	workers, before := createPool(t, env, size)
	return env, workers, before
}

// advanceAfter returns a listener that advances the sandbox's clock after count progress messages that begin with
// prefix.
func advanceAfter(t *testing.T, env *acctest.Env, prefix string, count int) func(message string) {
	t.Helper()
	return func(message string) {
		if strings.HasPrefix(message, prefix) {
			if count--; count == 0 {
				t.Cleanup(env.AdvanceContinuously())
			}
		}
	}
}

func addFault(t *testing.T, env *acctest.Env, f sandbox.Fault) {
	t.Helper()
	if err := env.Sandbox.AddFault(f); err != nil {
		t.Fatal(err)
	}
}

// assertContains checks that the text contains all parts.
func assertContains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

func assertWrites(t *testing.T, env *acctest.Env, want ...string) {
	t.Helper()
	if got := env.Writes(); !slices.Equal(got, want) {
		t.Errorf("writes %q, want %q", got, want)
	}
}

func TestReplaceNode(t *testing.T) {
	t.Parallel()
	for name, newConfig := range map[string]func(id string) map[string]any{
		"by id and region": func(id string) map[string]any { return map[string]any{"node_id": id, "region": "fr-par"} },
		"by regional id": func(id string) map[string]any {
			return map[string]any{
				"node_id": "fr-par/" + strings.ToUpper(id),
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, workers, before := newHeldEnv(t, 2)
			old := before[0]
			started := env.Sandbox.Now()
			protocol := env.Protocol(t, provider.WithClock(func() time.Time { return started }))
			config := newConfig(old.ID)
			env.Sandbox.ClearRequests()
			if output := protocol.ValidateAction(actionName, config) + protocol.PlanAction(actionName,
				config); output != "" {
				t.Fatal(output)
			}
			messages, output := protocol.InvokeAction(
				t.Context(), actionName, config, advanceAfter(t, env, "After ", 1),
			)
			if output != "" {
				t.Fatal(output)
			}
			assertWrites(t, env, replaceRequest)
			after := listNodes(t, env, workers)
			if len(after) != 2 || slices.ContainsFunc(
				after, func(node *k8s.Node) bool { return node.ID == old.ID || node.Status != k8s.NodeStatusReady },
			) {
				t.Fatalf("nodes %v", after)
			}
			replacement := after[slices.IndexFunc(after, func(node *k8s.Node) bool { return node.ID != before[1].ID })]
			first, last := messages[0], messages[len(messages)-1]
			assertContains(t, first, "Replacing node "+old.Name+" (fr-par/"+old.ID+", ready) of pool workers")
			pattern := `^Node ` + old.Name + ` is replaced by ` + replacement.Name + ` \(fr-par/` + replacement.ID +
				`\), after \d+(ms|s)\.$`
			if !regexp.MustCompile(pattern).MatchString(last) {
				t.Error(last)
			}
			changes := messages[1 : len(messages)-1]
			assertContains(t, changes[0], "After ", "old node deleting", "pool workers ")
			assertContains(
				t,
				changes[len(changes)-1],
				"old node deleted, pool workers ready, new node "+replacement.Name+" ready",
			)
			for i := 1; i < len(changes); i++ {
				if _, before, _ := strings.Cut(changes[i-1], ": "); strings.HasSuffix(changes[i], before) {
					t.Errorf("duplicate message: %s", changes[i])
				}
			}
		})
	}
}

// TestProgressWhileUnchanged checks that a message with the state and its duration follows every 30 seconds without a
// change.
func TestProgressWhileUnchanged(t *testing.T) {
	t.Parallel()
	env, _, before := newHeldEnv(t, 1)
	var mu sync.Mutex
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { // each poll takes 20 seconds
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(20 * time.Second)
		return now
	}
	messages, output := env.Protocol(
		t, provider.WithClock(clock),
	).InvokeAction(t.Context(), actionName, map[string]any{"node_id": before[0].ID},
		advanceAfter(t, env, "Waiting for ", 2))
	if output != "" {
		t.Fatal(output)
	}
	regular := slices.DeleteFunc(
		slices.Clone(messages), func(message string) bool { return !strings.HasPrefix(message, "Waiting for ") },
	)
	if len(regular) < 2 {
		t.Fatalf("%d regular messages:\n%s", len(regular), strings.Join(messages, "\n"))
	}
	for _, message := range regular {
		if !regexp.MustCompile(`^Waiting for the pool to be ready with a new node, since 2026-11-24T12:\d\d:\d0Z ` +
			`\(\d+m?[0-9]*0?s\): old node .*, pool workers .*\.$`).MatchString(message) {
			t.Error(message)
		}
	}
}

func TestRefusedAtValidation(t *testing.T) {
	t.Parallel()
	protocol := acctest.New(t).Protocol(t)
	for name, test := range map[string]struct {
		config map[string]any
		want   string
	}{
		"name in place of id": {map[string]any{"node_id": "scw-workers-1"}, "The id of the node is malformed"},
		"zonal id": {
			map[string]any{"node_id": "fr-par-1/11111111-1111-4111-8111-111111111111"}, "zone fr-par-1",
		},
		"zone in place of region": {
			map[string]any{"node_id": "11111111-1111-4111-8111-111111111111", "region": "fr-par-1"}, "The value is " +
				"not a region",
		},
		"invalid timeout": {
			map[string]any{
				"node_id": "11111111-1111-4111-8111-111111111111", "timeouts": map[string]any{"invoke": "soon"},
			}, "Invalid Attribute Value Time Duration",
		},
		"unknown arguments": {map[string]any{"node_id": acctest.Unknown, "region": acctest.Unknown}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			output := protocol.ValidateAction(actionName, test.config)
			if test.want == "" && output != "" {
				t.Error(output)
			}
			assertContains(t, output, test.want)
		})
	}
}

func TestRefusedAtPlan(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	protocol := env.Protocol(t)
	assertContains(t, protocol.PlanAction(
		actionName, map[string]any{"node_id": "nl-ams/11111111-1111-4111-8111-111111111111", "region": "fr-par"},
	),
		"The id and the region name different regions", "Fix: Remove region")
	assertContains(t, protocol.PlanAction(
		actionName, map[string]any{"node_id": "11111111-1111-4111-8111-111111111111"},
	),
		"WARNING: Unable to replace the node", "fr-par/11111111-1111-4111-8111-111111111111", "HTTP 404",
		"Check the id and its region")
	if output := protocol.PlanAction(actionName, map[string]any{"node_id": acctest.Unknown}); output != "" {
		t.Error(output)
	}
	if output := protocol.PlanAction(
		actionName, map[string]any{"node_id": "11111111-1111-4111-8111-111111111111", "region": acctest.Unknown},
	); output != "" {
		t.Error(output)
	}
	// Invoke reports the same error if the node was deleted after the plan.
	if _, output := protocol.InvokeAction(
		t.Context(), actionName, map[string]any{"node_id": "11111111-1111-4111-8111-111111111111"}, nil,
	); !strings.Contains(output, "HTTP 404") {
		t.Error(output)
	}
	assertWrites(t, env)
}

func TestExternalNodeIsRefused(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	client := env.Client(t)
	cluster := env.CreateCluster(
		t, acctest.Kosmos("multicloud"),
	)
	edge, err := client.CreatePool(
		t.Context(), &k8s.CreatePoolRequest{
			Region: scw.RegionFrPar, ClusterID: cluster, Name: "edge", NodeType: "external", Zone: scw.ZoneFrPar1,
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	sdk, err := scw.NewClient(scw.WithAPIURL(env.URL), scw.WithAuth(sandbox.AccessKey, sandbox.SecretKey))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k8s.NewAPI(sdk).AuthExternalNode(
		&k8s.AuthExternalNodeRequest{Region: scw.RegionFrPar, PoolID: edge.ID}, scw.WithContext(t.Context()),
	); err != nil {
		t.Fatal(err)
	}
	machine := listNodes(t, env, edge)[0]
	env.Sandbox.ClearRequests()
	protocol := env.Protocol(t)
	_, output := protocol.InvokeAction(t.Context(), actionName, map[string]any{"node_id": machine.ID}, nil)
	for severity, text := range map[string]string{
		"WARNING": protocol.PlanAction(actionName, map[string]any{"node_id": machine.ID}), "ERROR": output,
	} {
		assertContains(
			t,
			text,
			severity+": A node outside Scaleway cannot be replaced",
			"node_id",
			"Clause: EXT-01",
			"Found: node "+
				machine.Name+" of the external pool edge",
			"Allowed: a node of a pool that Scaleway hosts",
			"Fix: Provision another machine",
		)
	}
	assertWrites(t, env)
}

// TestChangingNodeIsRefused checks that a second invocation refuses a node that is being deleted.
func TestChangingNodeIsRefused(t *testing.T) {
	t.Parallel()
	env, _, before := newHeldEnv(t, 1)
	if _, err := env.Client(t).ReplaceNode(t.Context(), scw.RegionFrPar, before[0].ID); err != nil {
		t.Fatal(err)
	}
	env.Sandbox.ClearRequests()
	protocol := env.Protocol(t)
	config := map[string]any{"node_id": before[0].ID}
	if output := protocol.PlanAction(actionName, config); output != "" {
		t.Errorf("a transient status is refused at plan: %s", output)
	}
	messages, output := protocol.InvokeAction(t.Context(), actionName, config, nil)
	assertContains(
		t,
		output,
		"ERROR: The node cannot be replaced in its current status",
		"Found: node "+before[0].Name+" with status deleting",
		"Allowed: a node that is ready, not_ready or creation_error",
		"Fix: No action needed: the node is being deleted",
	)
	if len(messages) > 0 {
		t.Errorf("progress messages of a refused action: %q", messages)
	}
	assertWrites(t, env)
}

func TestForbidden(t *testing.T) {
	t.Parallel()
	env := acctest.New(
		t, func(o *sandbox.Options) { o.Kubeconfig = []byte("apiVersion: v1\n") },
	) // adds the sandbox's read-only key
	_, before := createPool(t, env, 1)
	env.Sandbox.ClearRequests()
	_, output := env.ProtocolAs(t, sandbox.ReaderAccessKey, sandbox.ReaderSecretKey).InvokeAction(
		t.Context(), actionName, map[string]any{"node_id": before[0].ID}, nil,
	)
	assertContains(t, output, "ERROR: Unable to replace the node", "fr-par/"+before[0].ID, "HTTP 403", "IAM policy")
	assertWrites(t, env, replaceRequest)
}

// TestLostAnswer checks that the request is sent only once if its response is lost.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	t.Run("executed", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(t)
		workers, before := createPool(t, env, 1)
		addFault(t, env, sandbox.Fault{Method: http.MethodPost, Path: "*/replace", Kind: sandbox.FaultLostResponse})
		env.Sandbox.ClearRequests()
		messages, output := env.Protocol(t).
			InvokeAction(t.Context(), actionName, map[string]any{"node_id": before[0].ID}, nil)
		if output != "" {
			t.Fatal(output)
		}
		after := listNodes(t, env, workers)
		if len(after) != 1 || after[0].ID == before[0].ID {
			t.Errorf("nodes %v", after)
		}
		assertContains(t, messages[len(messages)-1], "is replaced by "+after[0].Name)
		assertWrites(t, env, replaceRequest)
	})
	t.Run("not executed", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(t)
		workers, before := createPool(t, env, 1)
		addFault(t, env, sandbox.Fault{Method: http.MethodPost, Path: "*/replace", Kind: sandbox.FaultReset})
		env.Sandbox.ClearRequests()
		_, output := env.Protocol(t).InvokeAction(t.Context(), actionName, map[string]any{"node_id": before[0].ID}, nil)
		assertContains(
			t, output, "ERROR: It is unknown whether the node is being replaced", "was lost",
			"Check node "+before[0].Name,
			"so that no node is replaced twice",
		)
		assertWrites(t, env, replaceRequest)
		if after := listNodes(t, env, workers); len(after) != 1 || after[0].ID != before[0].ID {
			t.Errorf("nodes %v", after)
		}
	})
}

// TestInterrupted interrupts the action by cancelling the call and by StopProvider, as the CLI does on Ctrl-C.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(cancel func(), server tfprotov6.ProviderServer){
		"cancelled call": func(cancel func(), _ tfprotov6.ProviderServer) { cancel() },
		"StopProvider": func(_ func(), server tfprotov6.ProviderServer) {
			_, _ = server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, workers, before := newHeldEnv(t, 1)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			protocol := env.Protocol(t)
			stopped := false
			_, output := protocol.InvokeAction(ctx, actionName, map[string]any{"node_id": before[0].ID},
				func(message string) {
					if strings.HasPrefix(message, "After ") && !stopped {
						stopped = true
						stop(cancel, protocol.Server())
					}
				})
			assertContains(
				t,
				output,
				"ERROR: The wait for the new node was interrupted",
				"The wait for replacement of node fr-par/"+
					before[0].ID+" was interrupted after ",
				"its last state was old node deleting, pool workers ",
				"The API continues the replacement",
				"Do not invoke the action again for this node",
			)
			if left := listNodes(t, env, workers); len(left) != 1 || left[0].ID != before[0].ID {
				t.Errorf("the action waited until the node was replaced: %v", left)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	env, _, before := newHeldEnv(t, 1)
	_, output := env.Protocol(t).InvokeAction(
		t.Context(), actionName, map[string]any{
			"node_id": before[0].ID, "timeouts": map[string]any{"invoke": "2s"},
		}, nil,
	)
	assertContains(
		t,
		output,
		"ERROR: The new node was not ready in time",
		"reached its timeout",
		"its last state was old node deleting",
		"raise timeouts.invoke",
	)
}

// TestAPIErrorDuringWait checks the error for an API error during the wait.
func TestAPIErrorDuringWait(t *testing.T) {
	t.Parallel()
	env, _, before := newHeldEnv(t, 1)
	protocol := env.Protocol(t)
	_, output := protocol.InvokeAction(
		t.Context(),
		actionName,
		map[string]any{"node_id": before[0].ID},
		func(message string) {
			if strings.HasPrefix(message, "After ") {
				addFault(
					t, env, sandbox.Fault{
						Method: http.MethodGet, Path: "*/pools/*", Kind: sandbox.FaultStatus,
						Status: http.StatusForbidden, Times: 100,
					},
				)
			}
		},
	)
	assertContains(
		t,
		output,
		"ERROR: Unable to follow the replacement of the node",
		"HTTP 403",
		"The API continues the replacement",
	)
}
