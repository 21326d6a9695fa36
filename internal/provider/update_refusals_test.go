package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestUpdatesOfWhatOtherObjectsForbid: the plan of an update warns of what is wrong with another object, and Update refuses it with the
// same text before it writes.
func TestUpdatesOfWhatOtherObjectsForbid(t *testing.T) {
	t.Parallel()
	with := func(config, change map[string]any) map[string]any {
		config = maps.Clone(config)
		maps.Copy(config, change)
		return config
	}
	env := acctest.New(t, acctest.OnKubernetes(acctest.Kubernetes(t, nil)))
	id := env.Cluster(t)
	letOfficeIn(t, env, id)
	kosmos := env.Cluster(t, func(request *k8s.CreateClusterRequest) {
		request.Name, request.Type, request.Cni, request.PrivateNetworkID = "edge", "multicloud-dedicated-4", k8s.CNIKilo, nil
	})
	allow := func(cluster string, rules ...*k8s.ACLRuleRequest) {
		if _, err := env.Client(t).SetAllowList(t.Context(), scw.RegionFrPar, cluster, rules); err != nil {
			t.Fatal(err)
		}
	}
	allow(kosmos, &k8s.ACLRuleRequest{ScalewayRanges: scw.BoolPtr(true)})
	protocol := env.Protocol(t)
	guardrails := map[string]any{
		"cluster_id": "fr-par/" + id, "volume_encryption": map[string]any{"passphrase_wo": passphrases, "passphrase_wo_version": int64(1)},
	}
	pool := map[string]any{
		"cluster_id": "fr-par/" + id, "guardrails_id": "fr-par/" + id + "/guardrails", "name": "workers", "node_type": "POP2-2C-8G", "zone": "fr-par-1",
		"size": int64(1), "root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(20)},
	}
	edge := map[string]any{"cluster_id": "fr-par/" + kosmos, "name": "hosted", "node_type": "PRO2-XS", "zone": "fr-par-1", "size": int64(1)}
	lives := map[string]*acctest.Life{}
	for _, one := range []struct {
		kind   string
		config map[string]any
	}{{guardrailsKind, guardrails}, {"srm_hds_pool", pool}, {"srm_kosmos_pool", edge}} {
		life := protocol.Life(one.kind, one.config)
		if said := life.Apply(t.Context()); !life.Exists() || strings.Contains(said, "ERROR") {
			t.Fatal(said)
		}
		lives[one.kind] = life
	}
	for _, test := range []struct {
		kind    string
		config  map[string]any
		prepare func()
		summary string
	}{
		{"srm_hds_pool", with(pool, map[string]any{"security_group_id": absentID}), func() {}, "The security group does not exist"},
		{"srm_hds_pool", with(pool, map[string]any{"guardrails_id": "fr-par/" + kosmos + "/guardrails"}), func() {}, "The guardrails are those of another cluster"},
		{"srm_hds_pool", with(pool, map[string]any{"version": "1.37"}), func() {}, "The pool's version is newer than its cluster's"},
		{"srm_kosmos_pool", with(edge, map[string]any{"security_group_id": absentID}), func() {}, "The security group does not exist"},
		{"srm_kosmos_pool", with(edge, map[string]any{"size": int64(2)}), func() { allow(kosmos) }, "The nodes would not reach the API server"},
		{guardrailsKind, with(guardrails, map[string]any{"node_disk": map[string]any{"action": "deny"}}), func() { allow(id) }, "The API server lets nobody in"},
	} {
		life := lives[test.kind]
		life.Configure(test.config)
		test.prepare()
		env.Sandbox.ClearRequests()
		action, said := life.Plan(t.Context())
		if action != "update" {
			t.Errorf("%s: %s\n%s", test.summary, action, said)
		}
		acctest.Contains(t, said, "WARNING: "+test.summary)
		acctest.Contains(t, life.Apply(t.Context()), "ERROR: "+test.summary)
		if writes := env.Writes(); !slices.Equal(writes, []string{}) {
			t.Errorf("%s: the refused update sent %v", test.summary, writes)
		}
	}
}
