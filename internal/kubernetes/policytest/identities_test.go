package policytest

import (
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// TestOwnIdentitiesAreAdded changes kube-system as each identity of the defaults, and as those that a configuration
// names: the latter come in addition.
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
	if said := life.Apply(t.Context()); strings.Contains(said, "ERROR") {
		t.Fatal(said)
	}
	e := &estate{cluster: &cluster{server: server}, plurals: kinds}
	e.client = e.cluster.as(t, nil)
	object := parse(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: changed, namespace: kube-system}}`)
	denied := verdict("deny " + guardrails.Changes)
	e.settle(t, member{object: object}, denied)
	table := table{}
	row := func(what string, expected verdict, who ...string) {
		t.Helper()
		actual := e.try(t.Context(), t, member{object: object, who: who})
		table.row(t, object, what, guardrails.Changes, expected, actual, "It is listed, or not.")
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
