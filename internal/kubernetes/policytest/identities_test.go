package policytest

import (
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// TestConfiguredIdentitiesAreAdded checks that the default identities and those in the configuration may change
// kube-system.
func TestConfiguredIdentitiesAreAdded(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	env := acctest.New(t, acctest.WithKubernetes(server))
	life := env.Protocol(t).Resource("srm_hds_guardrails", map[string]any{
		"cluster_id":        "fr-par/" + newGuardableCluster(t, env),
		"volume_encryption": map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)},
		"kube_system": map[string]any{
			"action": "deny", "users": []any{"platform"}, "groups": []any{"operators"},
		},
	})
	if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	e := &chartCluster{cluster: &cluster{server: server}, plurals: pluralNames}
	e.client = e.cluster.clientFor(t, nil)
	object := parse(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: changed, namespace: kube-system}}`)
	denied := decision("deny " + guardrails.KubeSystemChanges)
	e.awaitDecision(t, chartObject{object: object}, denied)
	table := table{}
	row := func(what string, want decision, user ...string) {
		t.Helper()
		got := e.try(t.Context(), t, chartObject{object: object, user: user})
		table.row(t, object, what, guardrails.KubeSystemChanges, want, got, "Only listed identities are allowed.")
	}
	for _, user := range append(guardrails.DefaultUsers(), "platform") {
		row(user, allow, user)
	}
	for _, group := range append(guardrails.DefaultGroups(), "operators") {
		row("a member of "+group, allow, "member", group)
	}
	for _, user := range []string{
		"member", "platform-2", "system:cloud-controller-manager-2", "system:serviceaccount:web:scaleway-csi",
	} {
		row(user, denied, user, "some")
	}
	table.summary(t)
}
