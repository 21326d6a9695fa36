package policytest

import (
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// TestOwnIdentitiesAreAdded checks that the default identities and those in the configuration may change kube-system.
func TestOwnIdentitiesAreAdded(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	env := acctest.New(t, acctest.OnKubernetes(server))
	life := env.Protocol(t).Life("srm_hds_guardrails", map[string]any{
		"cluster_id":        "fr-par/" + guardable(t, env),
		"volume_encryption": map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)},
		"kube_system": map[string]any{
			"action": "deny", "users": []any{"platform"}, "groups": []any{"operators"},
		},
	})
	if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	e := &estate{cluster: &cluster{server: server}, plurals: kinds}
	e.client = e.cluster.as(t, nil)
	object := parse(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: changed, namespace: kube-system}}`)
	denied := verdict("deny " + guardrails.Changes)
	e.settle(t, member{object: object}, denied)
	table := table{}
	row := func(what string, want verdict, user ...string) {
		t.Helper()
		got := e.try(t.Context(), t, member{object: object, who: user})
		table.row(t, object, what, guardrails.Changes, want, got, "Only listed identities are allowed.")
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
