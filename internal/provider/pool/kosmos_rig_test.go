package pool_test

import (
	"net"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

const kosmosAddress = "srm_kosmos_pool.test"

// rig is a test environment with a Kosmos cluster whose API server Scaleway-hosted nodes can reach.
type rig struct {
	*acctest.Env
	t         *testing.T
	api       *scaleway.Client
	clusterID string // a UUID
}

// newRig returns a rig with a ready cluster.
func newRig(t *testing.T) *rig {
	t.Helper()
	env := acctest.New(t)
	r := &rig{Env: env, t: t, api: env.Client(t)}
	r.clusterID = env.CreateCluster(t, acctest.Kosmos("multicloud-dedicated-4"), acctest.Named("edge"))
	r.setAllowList(true)
	env.Sandbox.ClearRequests()
	return r
}

// setAllowList sets an allow-list with one range and, if scalewayRanges is true, Scaleway's own ranges.
func (r *rig) setAllowList(scalewayRanges bool) {
	r.t.Helper()
	_, office, err := net.ParseCIDR("203.0.113.0/24")
	if err != nil {
		r.t.Fatal(err)
	}
	rules := []*k8s.ACLRuleRequest{{IP: &scw.IPNet{IPNet: *office}}}
	if scalewayRanges {
		rules = append(rules, &k8s.ACLRuleRequest{ScalewayRanges: &scalewayRanges})
	}
	if _, err := r.api.SetAllowList(r.t.Context(), scw.RegionFrPar, r.clusterID, rules); err != nil {
		r.t.Fatal(err)
	}
}

// pools returns the pools of the cluster.
func (r *rig) pools() []*k8s.Pool {
	r.t.Helper()
	found, err := r.api.Pools(r.t.Context(), scw.RegionFrPar, r.clusterID)
	if err != nil {
		r.t.Fatal(err)
	}
	return found
}

// poolBlock returns a resource block with additional lines.
func (r *rig) poolBlock(lines ...string) string {
	return "\nresource \"srm_kosmos_pool\" \"test\" {\n  cluster_id = \"fr-par/" + r.clusterID + "\"\n  name = " +
		"\"machines\"\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

// external returns the configuration of an external pool with additional lines.
func (r *rig) external(lines ...string) string {
	return r.ProviderBlock("") + r.poolBlock(append([]string{`node_type = "external"`}, lines...)...)
}

// hosted returns the configuration of a Scaleway-hosted pool with additional lines.
func (r *rig) hosted(lines ...string) string {
	return r.ProviderBlock("") + r.poolBlock(append([]string{
		`node_type = "PRO2-XS"`, `zone = "nl-ams-1"`,
	}, lines...)...)
}
