package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
)

// TestUpdatesRefusedForOtherObjects checks updates that another object blocks: the plan warns, and the apply fails
// with the same text before any write.
func TestUpdatesRefusedForOtherObjects(t *testing.T) {
	t.Parallel()
	acctest.SkipLongUnderRace(t)
	env := acctest.New(t, acctest.WithKubernetes(acctest.Kubernetes(t, nil)))
	id := env.CreateCluster(t)
	allowOfficeRange(t, env, id)
	kosmos := env.CreateCluster(t, acctest.Kosmos("multicloud-dedicated-4"), acctest.Named("edge"))
	allow := func(cluster string, rules ...*k8s.ACLRuleRequest) {
		if _, err := env.Client(t).SetAllowList(t.Context(), scw.RegionFrPar, cluster, rules); err != nil {
			t.Fatal(err)
		}
	}
	allow(kosmos, &k8s.ACLRuleRequest{ScalewayRanges: scw.BoolPtr(true)})
	protocol := env.Protocol(t)
	guardrails := map[string]any{
		"cluster_id": "fr-par/" + id, "volume_encryption": map[string]any{
			"passphrase_wo": campaignPassphrase, "passphrase_wo_version": int64(1),
		},
	}
	pool := map[string]any{
		"cluster_id": "fr-par/" + id, "guardrails_id": "fr-par/" + id + "/guardrails", "name": "workers",
		"node_type": "POP2-2C-8G", "zone": "fr-par-1",
		"size": int64(1), "root_volume": map[string]any{"type": "sbs_5k", "size_gb": int64(20)},
	}
	edge := map[string]any{
		"cluster_id": "fr-par/" + kosmos, "name": "hosted", "node_type": "PRO2-XS", "zone": "fr-par-1",
		"size": int64(1),
	}
	lives := map[string]*acctest.ResourceLifecycle{}
	for _, created := range []struct {
		kind   string
		config map[string]any
	}{{guardrailsKind, guardrails}, {"srm_hds_pool", pool}, {"srm_kosmos_pool", edge}} {
		life := protocol.Resource(created.kind, created.config)
		if diagnostics := life.Apply(t.Context()); !life.Exists() || strings.Contains(diagnostics, "ERROR") {
			t.Fatal(diagnostics)
		}
		lives[created.kind] = life
	}
	for _, test := range []struct {
		kind    string
		config  map[string]any
		prepare func()
		summary string
	}{
		{"srm_hds_pool", withValues(
			pool, map[string]any{"security_group_id": absentID},
		), func() {}, "The security group does not exist"},
		{
			"srm_hds_pool", withValues(
				pool, map[string]any{"guardrails_id": "fr-par/" + kosmos + "/guardrails"},
			), func() {}, "The guardrails belong to another cluster",
		},
		{"srm_hds_pool", withValues(pool, map[string]any{"version": "1.37"}), func() {}, "The pool's version is " +
			"newer than its cluster's"},
		{"srm_kosmos_pool", withValues(
			edge, map[string]any{"security_group_id": absentID},
		), func() {}, "The security group does not exist"},
		{"srm_kosmos_pool", withValues(
			edge, map[string]any{"size": int64(2)},
		), func() { allow(kosmos) }, "The nodes would not reach the API server"},
		{
			guardrailsKind, withValues(
				guardrails, map[string]any{"node_disk": map[string]any{"action": "deny"}},
			), func() { allow(id) }, "The allow-list of the API server is empty",
		},
	} {
		life := lives[test.kind]
		life.Configure(test.config)
		test.prepare()
		env.Sandbox.ClearRequests()
		action, diagnostics := life.Plan(t.Context())
		if action != "update" {
			t.Errorf("%s: %s\n%s", test.summary, action, diagnostics)
		}
		acctest.Contains(t, diagnostics, "WARNING: "+test.summary)
		acctest.Contains(t, life.Apply(t.Context()), "ERROR: "+test.summary)
		if writes := env.Writes(); !slices.Equal(writes, []string{}) {
			t.Errorf("%s: the apply sent writes: %v", test.summary, writes)
		}
	}
}

// TestReplacementsThatWouldFail checks that the plan refuses a replacement that the create would refuse: the apply
// would delete the existing object first. If an earlier step of the same apply may solve the problem, the plan only
// warns.
func TestReplacementsThatWouldFail(t *testing.T) {
	t.Parallel()
	acctest.SkipLongUnderRace(t)
	env := acctest.New(t, acctest.WithKubernetes(acctest.Kubernetes(t, nil)))
	id := env.CreateCluster(t)
	allowOfficeRange(t, env, id)
	kosmos := env.CreateCluster(t, acctest.Kosmos("multicloud-dedicated-4"), acctest.Named("edge"))
	ranges := []*k8s.ACLRuleRequest{{ScalewayRanges: scw.BoolPtr(true)}}
	if _, err := env.Client(t).SetAllowList(t.Context(), scw.RegionFrPar, kosmos, ranges); err != nil {
		t.Fatal(err)
	}
	guardrails := map[string]any{
		"cluster_id": "fr-par/" + id, "volume_encryption": map[string]any{
			"passphrase_wo": campaignPassphrase, "passphrase_wo_version": int64(1),
		},
	}
	pool := map[string]any{
		"cluster_id": "fr-par/" + id, "guardrails_id": "fr-par/" + id + "/guardrails", "name": "workers",
		"node_type": "POP2-2C-8G",
		"zone":      "fr-par-1", "size": int64(1), "root_volume": map[string]any{
			"type": "sbs_5k", "size_gb": int64(20),
		},
	}
	hosted := map[string]any{
		"cluster_id": "fr-par/" + kosmos, "name": "hosted", "node_type": "PRO2-XS", "zone": "fr-par-1",
		"size": int64(1),
	}
	protocol := env.Protocol(t)
	create := func(kind string, config map[string]any) *acctest.ResourceLifecycle {
		life := protocol.Resource(kind, config)
		if diagnostics := life.Apply(t.Context()); !life.Exists() || strings.Contains(diagnostics, "ERROR") {
			t.Fatal(diagnostics)
		}
		return life
	}
	guards := create(guardrailsKind, guardrails)
	workers, edge := create("srm_hds_pool", pool), create("srm_kosmos_pool", hosted)
	create("srm_hds_pool", withValues(pool, map[string]any{"name": "other"}))
	create("srm_kosmos_pool", withValues(hosted, map[string]any{"name": "other"}))
	const absentCluster = "fr-par/" + absentID
	for _, test := range []struct {
		life    *acctest.ResourceLifecycle
		change  map[string]any
		config  map[string]any
		summary string
	}{
		{workers, map[string]any{"placement_group_id": absentID}, pool, "The placement group does not exist"},
		{workers, map[string]any{
			"node_type": "POP2-4C-16G", "security_group_id": absentID,
		}, pool, "The security group does not exist"},
		{workers, map[string]any{"name": "other"}, pool, "The cluster already has a pool named \"other\""},
		{
			workers, map[string]any{"cluster_id": absentCluster, "guardrails_id": absentCluster + "/guardrails"}, pool,
			"The cluster does not exist",
		},
		{
			workers, map[string]any{
				"cluster_id": "fr-par/" + kosmos, "guardrails_id": "fr-par/" + kosmos + "/guardrails",
			}, pool, "cluster",
		},
		{edge, map[string]any{"placement_group_id": absentID}, hosted, "The placement group does not exist"},
		{edge, map[string]any{"name": "other"}, hosted, "The cluster already has a pool named \"other\""},
		{edge, map[string]any{"cluster_id": absentCluster}, hosted, "The cluster does not exist"},
		{edge, map[string]any{"cluster_id": "fr-par/" + id}, hosted, "The cluster is not a Kosmos cluster"},
		{guards, map[string]any{"cluster_id": absentCluster}, guardrails, "The cluster does not exist"},
	} {
		test.life.Configure(withValues(test.config, test.change))
		env.Sandbox.ClearRequests()
		action, diagnostics := test.life.Plan(t.Context())
		if action != "error" || !strings.Contains(diagnostics, "the apply would remove it, then fail") {
			t.Errorf("%s: %s\n%s", test.summary, action, diagnostics)
		}
		acctest.Contains(t, diagnostics, "ERROR: ", test.summary)
		if writes := env.Writes(); len(writes) > 0 {
			t.Errorf("%s: the plan sent writes: %v", test.summary, writes)
		}
	}
	// The same apply may upgrade the cluster first.
	workers.Configure(withValues(pool, map[string]any{"node_type": "POP2-4C-16G", "version": "1.37"}))
	action, diagnostics := workers.Plan(t.Context())
	if action != "replace" {
		t.Errorf("%s\n%s", action, diagnostics)
	}
	acctest.Contains(t, diagnostics, "WARNING: The pool's version is newer than its cluster's")
}
