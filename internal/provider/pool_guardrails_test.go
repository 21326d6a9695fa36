package provider_test

import (
	"net/http"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

const (
	noGuardrailsError          = "ERROR: The cluster has no guardrails"
	guardrailsUncheckedWarning = "WARNING: Unable to check whether the cluster has guardrails"
	admissionGroup             = "admissionregistration.k8s.io"
	claimsPolicy               = "ValidatingAdmissionPolicy/srm-claims"
	claimsBinding              = "ValidatingAdmissionPolicyBinding/srm-claims"
)

// poolConfig returns the configuration of a pool. cluster is "fr-par/UUID".
func poolConfig(cluster, guardrails string) map[string]any {
	attributes := acctest.HDSPoolAttributes(cluster)
	attributes["guardrails_id"] = guardrails
	return attributes
}

// adminClient returns a client of an API server with all permissions.
func adminClient(t *testing.T, server *apiserver.Server) dynamic.Interface {
	t.Helper()
	config, err := clientcmd.RESTConfigFromKubeConfig(server.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// TestPoolNeedsGuardrails creates pools in a cluster without guardrails, with incomplete guardrails, and with all of
// them. A refused create sends no write.
func TestPoolNeedsGuardrails(t *testing.T) {
	t.Parallel()
	acctest.SkipLongUnderRace(t)
	server := acctest.Kubernetes(t, nil)
	env := acctest.New(t, acctest.WithKubernetes(server))
	cluster := "fr-par/" + env.CreateCluster(t)
	allowOfficeRange(t, env, strings.TrimPrefix(cluster, "fr-par/"))
	protocol := env.Protocol(t)
	pool := protocol.Resource("srm_hds_pool", poolConfig(cluster, cluster))
	if action, diagnostics := pool.Plan(t.Context()); action != "error" {
		t.Errorf("guardrails_id accepts the id of the cluster: %s, %s", action, diagnostics)
	}
	pool.Configure(poolConfig(cluster, cluster+"/guardrails"))
	checkRefused := func(want ...string) {
		t.Helper()
		env.Sandbox.ClearRequests()
		diagnostics := pool.Apply(t.Context())
		acctest.Contains(t, diagnostics, append(want, noGuardrailsError, "HDS-ENC-03", "srm_hds_guardrails")...)
		if writes := env.Writes(); pool.Exists() || len(writes) > 0 {
			t.Fatalf("the apply without guardrails sent writes: %v", writes)
		}
	}
	checkRefused(claimsPolicy)
	if action, diagnostics := pool.Plan(t.Context()); action != "create" || strings.Contains(diagnostics, "ERROR") {
		t.Errorf("missing guardrails block the plan: %s, %s", action, diagnostics)
	}

	guarded := protocol.Resource(guardrailsKind, map[string]any{
		"cluster_id": cluster, "volume_encryption": map[string]any{
			"passphrase_wo": campaignPassphrase, "passphrase_wo_version": int64(1),
		},
	})
	if diagnostics := guarded.Apply(t.Context()); strings.Contains(diagnostics, "ERROR") {
		t.Fatal(diagnostics)
	}
	if id := guarded.StringAttribute("id"); id != cluster+"/guardrails" {
		t.Errorf("the id is %q", id)
	}
	bindings := schema.GroupVersionResource{
		Group: admissionGroup, Version: "v1", Resource: "validatingadmissionpolicybindings",
	}
	if err := adminClient(t, server).Resource(bindings).Delete(
		t.Context(), "srm-claims", metav1.DeleteOptions{},
	); err != nil {
		t.Fatal(err)
	}
	checkRefused(claimsBinding)
	if diagnostics := guarded.Apply(t.Context()); strings.Contains(diagnostics, "ERROR") {
		t.Fatal(diagnostics)
	}
	if diagnostics := pool.Apply(t.Context()); !pool.Exists() || strings.Contains(diagnostics, "ERROR") ||
		strings.Contains(diagnostics, "uardrails") {
		t.Errorf("creating a pool with guardrails: %s", diagnostics)
	}
	// An update of the pool does not check the guardrails.
	if diagnostics := guarded.Destroy(t.Context()); strings.Contains(diagnostics, "ERROR") {
		t.Fatal(diagnostics)
	}
	larger := poolConfig(cluster, cluster+"/guardrails")
	larger["size"] = int64(2)
	pool.Configure(larger)
	if diagnostics := pool.Apply(t.Context()); strings.Contains(diagnostics, "ERROR") {
		t.Errorf("updating a pool without guardrails: %s", diagnostics)
	}
}

// TestPoolWithUnreadableGuardrails checks that a pool is created with a warning if the provider cannot check
// the guardrails, and that the warning names the reason.
func TestPoolWithUnreadableGuardrails(t *testing.T) {
	t.Parallel()
	t.Run("API server without a listener", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(t)
		cluster := "fr-par/" + env.CreateCluster(t)
		pool := env.Protocol(t).Resource("srm_hds_pool", poolConfig(cluster, cluster+"/guardrails"))
		diagnostics := pool.Apply(t.Context())
		acctest.Contains(t, diagnostics, guardrailsUncheckedWarning, "refused")
		if !pool.Exists() || strings.Contains(diagnostics, "ERROR") {
			t.Error(diagnostics)
		}
	})
	t.Run("API key without access to the kubeconfig", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(t, acctest.WithKubernetes(acctest.Kubernetes(t, nil)))
		cluster := "fr-par/" + env.CreateCluster(t)
		if err := env.Sandbox.AddFault(
			sandbox.Fault{Kind: sandbox.FaultStatus, Method: "GET", Path: "*/kubeconfig", Status: http.StatusForbidden},
		); err != nil {
			t.Fatal(err)
		}
		pool := env.Protocol(t).Resource("srm_hds_pool", poolConfig(cluster, cluster+"/guardrails"))
		diagnostics := pool.Apply(t.Context())
		acctest.Contains(t, diagnostics, guardrailsUncheckedWarning, "403")
		if !pool.Exists() || strings.Contains(diagnostics, "ERROR") {
			t.Error(diagnostics)
		}
	})
	for _, status := range []int{
		http.StatusUnauthorized, http.StatusForbidden, http.StatusInternalServerError, http.StatusServiceUnavailable,
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			faulty, proxied := acctest.ProxiedKubernetes(t, acctest.Kubernetes(t, nil))
			env := acctest.New(t, proxied)
			cluster := "fr-par/" + env.CreateCluster(t)
			if err := faulty.AddFault(
				sandbox.Fault{Kind: sandbox.FaultStatus, Path: "*", Status: status, Times: 1000},
			); err != nil {
				t.Fatal(err)
			}
			pool := env.Protocol(t).Resource("srm_hds_pool", poolConfig(cluster, cluster+"/guardrails"))
			diagnostics := pool.Apply(t.Context())
			acctest.Contains(t, diagnostics, guardrailsUncheckedWarning)
			if !pool.Exists() || strings.Contains(diagnostics, "ERROR") {
				t.Error(diagnostics)
			}
			acctest.NotContains(t, diagnostics, "does not respond")
		})
	}
}
