package admintoken_test

import (
	"context"
	"net/http"
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

const (
	actionName   = "srm_reset_admin_token"
	resetRequest = "POST /k8s/v1/regions/fr-par/clusters/{id}/reset-admin-token"
)

// readAdminToken reads the admin token from the sandbox. The provider never requests it.
func readAdminToken(t *testing.T, env *acctest.Env, id string) string {
	t.Helper()
	client, err := scw.NewClient(scw.WithAPIURL(env.URL), scw.WithAuth(sandbox.AccessKey, sandbox.SecretKey))
	if err != nil {
		t.Fatal(err)
	}
	file, err := k8s.NewAPI(client).GetClusterKubeConfig(
		&k8s.GetClusterKubeConfigRequest{Region: scw.RegionFrPar, ClusterID: id}, scw.WithContext(t.Context()),
	)
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile(`token: (\S+)`).FindSubmatch(file.GetRaw())
	if match == nil {
		t.Fatal("the kubeconfig of the sandbox has no admin token")
	}
	return string(match[1])
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

func addFault(t *testing.T, env *acctest.Env, f sandbox.Fault) {
	t.Helper()
	f.Method, f.Path = http.MethodPost, "*/reset-admin-token"
	if err := env.Sandbox.AddFault(f); err != nil {
		t.Fatal(err)
	}
}

// TestResetAdminToken checks that the action resets the token of any cluster, and neither reads nor prints a token.
func TestResetAdminToken(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*k8s.CreateClusterRequest){
		"dedicated":  func(*k8s.CreateClusterRequest) {},
		"mutualised": func(r *k8s.CreateClusterRequest) { r.Type = "kapsule" },
		"kosmos":     acctest.Kosmos("multicloud"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.WithGeneratedKubeconfig)
			id := env.CreateCluster(t, change)
			old := readAdminToken(t, env, id)
			protocol := env.Protocol(t)
			config := map[string]any{"cluster_id": id}
			env.Sandbox.ClearRequests()
			if output := protocol.ValidateAction(actionName, config) + protocol.PlanAction(actionName,
				config); output != "" {
				t.Fatal(output)
			}
			messages, output := protocol.InvokeAction(t.Context(), actionName, config, nil)
			if output != "" {
				t.Fatal(output)
			}
			if want := []string{
				"Revoking the legacy admin token of cluster outside (fr-par/" + id + "). Kubeconfigs that contain it " +
					"stop working.",
				"The legacy admin token of cluster outside (fr-par/" + id + ") is revoked. Replace it with IAM " +
					"credentials in kubeconfigs that contained it.",
			}; !slices.Equal(messages, want) {
				t.Errorf("messages\n%s", strings.Join(messages, "\n"))
			}
			if requests := env.AllRequests(); !slices.Equal(requests, []string{
				"GET /k8s/v1/regions/fr-par/clusters/{id}", resetRequest,
			}) {
				t.Errorf("requests %q", requests)
			}
			fresh := readAdminToken(t, env, id)
			if fresh == old {
				t.Error("the token did not change")
			}
			for _, message := range messages {
				if strings.Contains(message, old) || strings.Contains(message, fresh) {
					t.Error("a message contains a token")
				}
			}
		})
	}
}

// TestWaitForChangingCluster checks that the action waits for a changing cluster until the timeout or an interruption.
func TestWaitForChangingCluster(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.WithGeneratedKubeconfig, acctest.SlowTransitions)
	network := sandbox.PrivateNetworkID
	created, err := env.Client(t).CreateCluster(t.Context(), &k8s.CreateClusterRequest{
		Region: scw.RegionFrPar, Name: "new", Type: "kapsule-dedicated-4", Version: env.FullVersion(t, "1.35"),
		Cni: k8s.CNICilium, PrivateNetworkID: &network,
	})
	if err != nil {
		t.Fatal(err)
	}
	env.Sandbox.ClearRequests()
	protocol := env.Protocol(t)
	config := map[string]any{"cluster_id": "fr-par/" + created.ID, "timeouts": map[string]any{"invoke": "2s"}}
	messages, output := protocol.InvokeAction(t.Context(), actionName, config, nil)
	assertContains(
		t,
		output,
		"ERROR: Unable to reset the admin token of the cluster",
		"reached its timeout",
		"its last state was creating",
	)
	if want := "Waiting for cluster new (fr-par/" + created.ID + "), which is creating."; !slices.Equal(
		messages, []string{want},
	) {
		t.Errorf("messages %q", messages)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, output = protocol.InvokeAction(
		ctx, actionName, map[string]any{"cluster_id": created.ID}, func(string) { cancel() },
	)
	assertContains(t, output, "ERROR: Unable to reset the admin token of the cluster", "interrupted")
	assertWrites(t, env)
	var once sync.Once
	messages, output = protocol.InvokeAction(
		t.Context(),
		actionName,
		map[string]any{"cluster_id": created.ID},
		func(string) {
			once.Do(func() { t.Cleanup(env.AdvanceContinuously()) })
		},
	)
	if output != "" || len(messages) != 3 {
		t.Errorf("%s\n%q", output, messages)
	}
	assertWrites(t, env, resetRequest)
}

func TestInvalidConfiguration(t *testing.T) {
	t.Parallel()
	protocol := acctest.New(t, acctest.WithGeneratedKubeconfig).Protocol(t)
	const id = "11111111-1111-4111-8111-111111111111"
	validate := func(config map[string]any) string { return protocol.ValidateAction(actionName, config) }
	plan := func(config map[string]any) string { return protocol.PlanAction(actionName, config) }
	for name, test := range map[string]struct {
		check  func(map[string]any) string
		config map[string]any
		want   []string
	}{
		"name in place of id": {validate, map[string]any{"cluster_id": "records"}, []string{
			"ERROR: The id of the cluster is malformed", "Allowed: region/UUID, or a UUID alone",
		}},
		"zone in place of region": {validate, map[string]any{"cluster_id": id, "region": "fr-par-1"}, []string{
			"ERROR: The value is not a region",
		}},
		"contradicting regions": {plan, map[string]any{"cluster_id": "nl-ams/" + id, "region": "fr-par"}, []string{
			"ERROR: The id and the region name different regions", "Fix: Remove region",
		}},
		"unknown id":     {plan, map[string]any{"cluster_id": acctest.Unknown}, nil},
		"unknown region": {plan, map[string]any{"cluster_id": id, "region": acctest.Unknown}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			output := test.check(test.config)
			if test.want == nil && output != "" {
				t.Error(output)
			}
			assertContains(t, output, test.want...)
		})
	}
}

func TestAPIErrors(t *testing.T) {
	t.Parallel()
	t.Run("no such cluster", func(t *testing.T) {
		t.Parallel()
		_, output := acctest.New(t, acctest.WithGeneratedKubeconfig).Protocol(t).InvokeAction(
			t.Context(),
			actionName, map[string]any{"cluster_id": "11111111-1111-4111-8111-111111111111", "region": "nl-ams"}, nil,
		)
		assertContains(
			t, output, "ERROR: Unable to reset the admin token of the cluster",
			"nl-ams/11111111-1111-4111-8111-111111111111",
			"HTTP 404", "Check the id and its region",
		)
	})
	t.Run("forbidden", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(
			t, func(o *sandbox.Options) { o.Kubeconfig = []byte("apiVersion: v1\n") },
		) // adds the sandbox's read-only key
		id := env.CreateCluster(t)
		_, output := env.ProtocolAs(t, sandbox.ReaderAccessKey, sandbox.ReaderSecretKey).InvokeAction(
			t.Context(), actionName, map[string]any{"cluster_id": id}, nil,
		)
		assertContains(
			t, output, "ERROR: Unable to reset the admin token of the cluster", "reset the admin token of cluster "+
				"fr-par/"+id,
			"HTTP 403", "IAM policy",
		)
	})
	for name, test := range map[string]struct {
		fault   sandbox.FaultKind
		isReset bool
	}{
		"lost answer, token reset":     {sandbox.FaultLostResponse, true},
		"lost answer, token not reset": {sandbox.FaultReset, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.WithGeneratedKubeconfig)
			id := env.CreateCluster(t)
			old := readAdminToken(t, env, id)
			addFault(t, env, sandbox.Fault{Kind: test.fault})
			env.Sandbox.ClearRequests()
			_, output := env.Protocol(t).InvokeAction(t.Context(), actionName, map[string]any{"cluster_id": id}, nil)
			assertContains(
				t,
				output,
				"ERROR: It is unknown whether the admin token was reset",
				"was lost",
				"Invoke the action again",
			)
			assertWrites(t, env, resetRequest)
			if current := readAdminToken(t, env, id); (current != old) != test.isReset {
				t.Errorf("reset: %t", current != old)
			}
		})
	}
}

// TestInterruptedRequest interrupts the action while the API request is in progress.
func TestInterruptedRequest(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.WithGeneratedKubeconfig)
	id := env.CreateCluster(t)
	addFault(t, env, sandbox.Fault{Kind: sandbox.FaultDelay, Delay: 5 * time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	start := env.Sandbox.Now()
	_, output := env.Protocol(t).InvokeAction(
		ctx, actionName, map[string]any{"cluster_id": id}, func(string) { time.AfterFunc(50*time.Millisecond, cancel) },
	)
	assertContains(t, output, "ERROR: ", "reset the admin token of", "interrupted")
	if took := env.Sandbox.Now().Sub(start); took > 3*time.Second {
		t.Errorf("the action continued for %s", took)
	}
}
