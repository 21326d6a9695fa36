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
	noGuardrails    = "ERROR: The cluster has no guardrails"
	unseenGuarded   = "WARNING: Unable to check whether the cluster has guardrails"
	admissionGroup  = "admissionregistration.k8s.io"
	policyOfClaims  = "ValidatingAdmissionPolicy/srm-claims"
	bindingOfClaims = "ValidatingAdmissionPolicyBinding/srm-claims"
)

// poolConfig is a pool of a cluster, "fr-par/UUID".
func poolConfig(cluster, guardrails string) map[string]any {
	return map[string]any{
		"cluster_id": cluster, "guardrails_id": guardrails, "name": "workers", "node_type": "POP2-2C-8G",
		"zone": "fr-par-1", "size": int64(1),
		"root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(100)},
	}
}

// asAdministrator is a client of an API server that may do everything.
func asAdministrator(t *testing.T, server *apiserver.Server) dynamic.Interface {
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

// TestPoolNeedsGuardrails creates pools in a cluster without guardrails, with a part of them, and with all. A refused
// create sends no request that would create a pool.
func TestPoolNeedsGuardrails(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	env := acctest.New(t, acctest.OnKubernetes(server))
	cluster := "fr-par/" + env.Cluster(t)
	letOfficeIn(t, env, strings.TrimPrefix(cluster, "fr-par/"))
	protocol := env.Protocol(t)
	pool := protocol.Life("srm_hds_pool", poolConfig(cluster, cluster))
	if action, said := pool.Plan(t.Context()); action != "error" {
		t.Errorf("the id of the cluster passes for that of guardrails: %s, %s", action, said)
	}
	pool.Configure(poolConfig(cluster, cluster+"/guardrails"))
	refused := func(wanted ...string) {
		t.Helper()
		env.Sandbox.ClearRequests()
		said := pool.Apply(t.Context())
		acctest.Contains(t, said, append(wanted, noGuardrails, "HDS-ENC-03", "srm_hds_guardrails")...)
		if writes := env.Writes(); pool.Exists() || len(writes) > 0 {
			t.Fatalf("a pool without guardrails: %v", writes)
		}
	}
	refused(policyOfClaims)
	if action, said := pool.Plan(t.Context()); action != "create" || strings.Contains(said, "ERROR") {
		t.Errorf("what another object lacks blocks the plan: %s, %s", action, said)
	}

	guarded := protocol.Life(guardrailsKind, map[string]any{
		"cluster_id": cluster, "volume_encryption": map[string]any{
			"passphrase_wo": passphrases, "passphrase_wo_version": int64(1),
		},
	})
	if said := guarded.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	if id := guarded.Text("id"); id != cluster+"/guardrails" {
		t.Errorf("the id is %q", id)
	}
	bindings := schema.GroupVersionResource{
		Group: admissionGroup, Version: "v1", Resource: "validatingadmissionpolicybindings",
	}
	if err := asAdministrator(t, server).Resource(bindings).Delete(
		t.Context(), "srm-claims", metav1.DeleteOptions{},
	); err != nil {
		t.Fatal(err)
	}
	refused(bindingOfClaims)
	if said := guarded.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	if said := pool.Apply(t.Context()); !pool.Exists() || strings.Contains(said, "ERROR") || strings.Contains(said,
		"uardrails") {
		t.Errorf("a pool with guardrails: %s", said)
	}
	// An update of the pool looks for nothing inside the cluster, whether the guardrails stand or not.
	if said := guarded.Destroy(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	larger := poolConfig(cluster, cluster+"/guardrails")
	larger["size"] = int64(2)
	pool.Configure(larger)
	if said := pool.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Errorf("an update: %s", said)
	}
}

// TestPoolOfAClusterThatCannotBeLookedInto is created with a warning that says why the guardrails could not be looked
// for.
func TestPoolOfAClusterThatCannotBeLookedInto(t *testing.T) {
	t.Parallel()
	t.Run("an API server that is gone", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(t)
		cluster := "fr-par/" + env.Cluster(t)
		pool := env.Protocol(t).Life("srm_hds_pool", poolConfig(cluster, cluster+"/guardrails"))
		said := pool.Apply(t.Context())
		acctest.Contains(t, said, unseenGuarded, "refused")
		if !pool.Exists() || strings.Contains(said, "ERROR") {
			t.Error(said)
		}
	})
	t.Run("an API key without access to Kubernetes objects", func(t *testing.T) {
		t.Parallel()
		env := acctest.New(t, acctest.OnKubernetes(acctest.Kubernetes(t, nil)))
		cluster := "fr-par/" + env.Cluster(t)
		if err := env.Sandbox.AddFault(
			sandbox.Fault{Kind: sandbox.FaultStatus, Method: "GET", Path: "*/kubeconfig", Status: http.StatusForbidden},
		); err != nil {
			t.Fatal(err)
		}
		pool := env.Protocol(t).Life("srm_hds_pool", poolConfig(cluster, cluster+"/guardrails"))
		said := pool.Apply(t.Context())
		acctest.Contains(t, said, unseenGuarded, "403")
		if !pool.Exists() || strings.Contains(said, "ERROR") {
			t.Error(said)
		}
	})
	for _, status := range []int{
		http.StatusUnauthorized, http.StatusForbidden, http.StatusInternalServerError, http.StatusServiceUnavailable,
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			faulty, proxied := acctest.Proxied(t, acctest.Kubernetes(t, nil))
			env := acctest.New(t, proxied)
			cluster := "fr-par/" + env.Cluster(t)
			if err := faulty.AddFault(
				sandbox.Fault{Kind: sandbox.FaultStatus, Path: "*", Status: status, Times: 1000},
			); err != nil {
				t.Fatal(err)
			}
			pool := env.Protocol(t).Life("srm_hds_pool", poolConfig(cluster, cluster+"/guardrails"))
			said := pool.Apply(t.Context())
			acctest.Contains(t, said, unseenGuarded)
			if !pool.Exists() || strings.Contains(said, "ERROR") {
				t.Error(said)
			}
			acctest.Lacks(t, said, "does not answer")
		})
	}
}
