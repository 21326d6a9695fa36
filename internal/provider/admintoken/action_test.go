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
	action = "srm_reset_admin_token"
	reset  = "POST /k8s/v1/regions/fr-par/clusters/{id}/reset-admin-token"
)

// token asks the sandbox for what the provider never asks for.
func token(t *testing.T, env *acctest.Env, id string) string {
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
	found := regexp.MustCompile(`token: (\S+)`).FindSubmatch(file.GetRaw())
	if found == nil {
		t.Fatal("the sandbox answered no admin token")
	}
	return string(found[1])
}

// says fails where a text lacks one of the parts.
func says(t *testing.T, said string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(said, part) {
			t.Errorf("%q is missing in:\n%s", part, said)
		}
	}
}

func writes(t *testing.T, env *acctest.Env, wanted ...string) {
	t.Helper()
	if found := env.Writes(); !slices.Equal(found, wanted) {
		t.Errorf("writes %q, wanted %q", found, wanted)
	}
}

func fault(t *testing.T, env *acctest.Env, one sandbox.Fault) {
	t.Helper()
	one.Method, one.Path = http.MethodPost, "*/reset-admin-token"
	if err := env.Sandbox.AddFault(one); err != nil {
		t.Fatal(err)
	}
}

// TestReset: any cluster's token, not only that of one for health data; neither token is told, and none is asked for.
func TestReset(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*k8s.CreateClusterRequest){
		"dedicated":  func(*k8s.CreateClusterRequest) {},
		"mutualised": func(r *k8s.CreateClusterRequest) { r.Type = "kapsule" },
		"kosmos": func(
			r *k8s.CreateClusterRequest,
		) {
			r.Type, r.Cni, r.PrivateNetworkID = "multicloud", k8s.CNIKilo, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.OwnKubeconfig)
			id := env.Cluster(t, change)
			old := token(t, env, id)
			protocol := env.Protocol(t)
			config := map[string]any{"cluster_id": id}
			env.Sandbox.ClearRequests()
			if said := protocol.ValidateAction(action, config) + protocol.PlanAction(action, config); said != "" {
				t.Fatal(said)
			}
			messages, said := protocol.InvokeAction(t.Context(), action, config, nil)
			if said != "" {
				t.Fatal(said)
			}
			if wanted := []string{
				"Revoking the legacy admin token of cluster outside (fr-par/" + id + "): kubeconfigs that hold it stop working.",
				"The legacy admin token of cluster outside (fr-par/" + id + ") is revoked. Rewrite kubeconfigs that held it, " +
					"with IAM credentials in place of a token.",
			}; !slices.Equal(messages, wanted) {
				t.Errorf("messages\n%s", strings.Join(messages, "\n"))
			}
			if found := env.AllRequests(); !slices.Equal(found, []string{"GET /k8s/v1/regions/fr-par/clusters/{id}", reset}) {
				t.Errorf("requests %q", found)
			}
			fresh := token(t, env, id)
			if fresh == old {
				t.Error("the token is the old one")
			}
			for _, message := range messages {
				if strings.Contains(message, old) || strings.Contains(message, fresh) {
					t.Error("a token is told")
				}
			}
		})
	}
}

// TestChangingCluster: it is waited for, and the wait ends with the time, or with Ctrl-C.
func TestChangingCluster(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.OwnKubeconfig, acctest.Held)
	network := sandbox.PrivateNetworkID
	made, err := env.Client(t).CreateCluster(t.Context(), &k8s.CreateClusterRequest{
		Region: scw.RegionFrPar, Name: "new", Type: "kapsule-dedicated-4", Version: env.Version(t, "1.35"),
		Cni: k8s.CNICilium, PrivateNetworkID: &network,
	})
	if err != nil {
		t.Fatal(err)
	}
	env.Sandbox.ClearRequests()
	protocol := env.Protocol(t)
	config := map[string]any{"cluster_id": "fr-par/" + made.ID, "timeouts": map[string]any{"invoke": "2s"}}
	messages, said := protocol.InvokeAction(t.Context(), action, config, nil)
	says(t, said, "ERROR: Unable to reset the admin token of the cluster", "reached its timeout", "its last state was "+
		"creating")
	if waiting := "Waiting for cluster new (fr-par/" + made.ID + "), which is creating."; !slices.Equal(
		messages, []string{waiting},
	) {
		t.Errorf("messages %q", messages)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, said = protocol.InvokeAction(ctx, action, map[string]any{"cluster_id": made.ID}, func(string) { cancel() })
	says(t, said, "ERROR: Unable to reset the admin token of the cluster", "interrupted")
	writes(t, env)
	var once sync.Once
	messages, said = protocol.InvokeAction(t.Context(), action, map[string]any{"cluster_id": made.ID}, func(string) {
		once.Do(func() { t.Cleanup(env.Advance()) })
	})
	if said != "" || len(messages) != 3 {
		t.Errorf("%s\n%q", said, messages)
	}
	writes(t, env, reset)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	protocol := acctest.New(t, acctest.OwnKubeconfig).Protocol(t)
	const id = "11111111-1111-4111-8111-111111111111"
	validate := func(config map[string]any) string { return protocol.ValidateAction(action, config) }
	plan := func(config map[string]any) string { return protocol.PlanAction(action, config) }
	for name, test := range map[string]struct {
		ask    func(map[string]any) string
		config map[string]any
		wanted []string
	}{
		"a name": {validate, map[string]any{"cluster_id": "records"}, []string{"ERROR: The id of the cluster is " +
			"malformed", "Allowed: region/UUID, or a UUID alone"}},
		"a zone": {validate, map[string]any{"cluster_id": id, "region": "fr-par-1"}, []string{"ERROR: The value is not a " +
			"region"}},
		"two regions": {plan, map[string]any{"cluster_id": "nl-ams/" + id, "region": "fr-par"}, []string{"ERROR: The id " +
			"and the region name different regions", "Fix: Leave region out"}},
		"not made yet":     {plan, map[string]any{"cluster_id": acctest.Unknown}, nil},
		"a region unknown": {plan, map[string]any{"cluster_id": id, "region": acctest.Unknown}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := test.ask(test.config)
			if test.wanted == nil && said != "" {
				t.Error(said)
			}
			says(t, said, test.wanted...)
		})
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	t.Run("no such cluster", func(t *testing.T) {
		t.Parallel()
		_, said := acctest.New(t, acctest.OwnKubeconfig).Protocol(t).InvokeAction(
			t.Context(), action, map[string]any{"cluster_id": "11111111-1111-4111-8111-111111111111", "region": "nl-ams"}, nil,
		)
		says(
			t, said, "ERROR: Unable to reset the admin token of the cluster", "nl-ams/11111111-1111-4111-8111-111111111111",
			"HTTP 404", "Check the id and its region",
		)
	})
	t.Run("forbidden", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(
			t, func(o *sandbox.Options) { o.Kubeconfig = []byte("apiVersion: v1\n") },
		) // with it, there is a reader
		id := env.Cluster(t)
		_, said := env.ProtocolAs(t, sandbox.ReaderAccessKey, sandbox.ReaderKey).InvokeAction(
			t.Context(), action, map[string]any{"cluster_id": id}, nil,
		)
		says(
			t, said, "ERROR: Unable to reset the admin token of the cluster", "reset the admin token of cluster fr-par/"+id,
			"HTTP 403", "IAM policy",
		)
	})
	for name, test := range map[string]struct {
		fault sandbox.FaultKind
		reset bool
	}{"lost, and it happened": {sandbox.FaultLostResponse, true}, "lost, and it did not": {sandbox.FaultReset, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t, acctest.OwnKubeconfig)
			id := env.Cluster(t)
			old := token(t, env, id)
			fault(t, env, sandbox.Fault{Kind: test.fault})
			env.Sandbox.ClearRequests()
			_, said := env.Protocol(t).InvokeAction(t.Context(), action, map[string]any{"cluster_id": id}, nil)
			says(t, said, "ERROR: It is not known whether the admin token was reset", "was lost", "Invoke the action again")
			writes(t, env, reset)
			if now := token(t, env, id); (now != old) != test.reset {
				t.Errorf("reset: %t", now != old)
			}
		})
	}
}

// TestInterruptedRequest: Ctrl-C while the API is being asked.
func TestInterruptedRequest(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, acctest.OwnKubeconfig)
	id := env.Cluster(t)
	fault(t, env, sandbox.Fault{Kind: sandbox.FaultDelay, Delay: 5 * time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	start := env.Sandbox.Now()
	_, said := env.Protocol(t).InvokeAction(
		ctx, action, map[string]any{"cluster_id": id}, func(string) { time.AfterFunc(50*time.Millisecond, cancel) },
	)
	says(t, said, "ERROR: ", "reset the admin token of", "interrupted")
	if took := env.Sandbox.Now().Sub(start); took > 3*time.Second {
		t.Errorf("the action went on for %s", took)
	}
}
