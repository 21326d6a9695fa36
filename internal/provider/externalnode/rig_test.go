package externalnode_test

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

func TestMain(m *testing.M) { os.Exit(acctest.Main(m)) }

const address = "srm_kosmos_external_node.edge"

// rig is a Kosmos cluster with an external pool and an allow-list that contains 203.0.113.0/24.
type rig struct {
	*acctest.Env
	t      *testing.T
	api    *scaleway.Client
	pool   *k8s.Pool
	poolID string
}

func newRig(t *testing.T, change ...func(*sandbox.Options)) *rig {
	t.Helper()
	env := acctest.New(t, change...)
	r := &rig{Env: env, t: t, api: env.Client(t)}
	clusterID := env.CreateCluster(t, acctest.Kosmos("multicloud-dedicated-4"), acctest.Named("edge"))
	r.allow(clusterID, "203.0.113.0/24")
	r.pool = r.newPool(clusterID, "machines", "external")
	r.poolID = scaleway.JoinID(r.pool.Region, r.pool.ID)
	env.Sandbox.ClearRequests()
	return r
}

func (r *rig) allow(clusterID string, ranges ...string) {
	r.t.Helper()
	rules := []*k8s.ACLRuleRequest{}
	for _, text := range ranges {
		_, parsed, err := net.ParseCIDR(text)
		if err != nil {
			r.t.Fatal(err)
		}
		rules = append(rules, &k8s.ACLRuleRequest{IP: &scw.IPNet{IPNet: *parsed}})
	}
	if _, err := r.api.SetAllowList(r.t.Context(), scw.RegionFrPar, clusterID, rules); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) newPool(clusterID, name, nodeType string) *k8s.Pool {
	r.t.Helper()
	request := &k8s.CreatePoolRequest{
		Region: scw.RegionFrPar, ClusterID: clusterID, Name: name, NodeType: nodeType,
		ContainerRuntime: k8s.RuntimeContainerd, Tags: []string{},
	}
	if nodeType != "external" {
		request.Zone, request.Size = scw.ZoneFrPar1, 1
	}
	pool, err := r.api.CreatePool(r.t.Context(), request)
	if err != nil {
		r.t.Fatal(err)
	}
	if pool, err = r.api.WaitPool(r.t.Context(), scw.RegionFrPar, pool.ID, nil); err != nil {
		r.t.Fatal(err)
	}
	return pool
}

// nodes returns the nodes of the pool that are not being deleted.
func (r *rig) nodes() []*k8s.Node {
	r.t.Helper()
	all, err := r.api.Nodes(
		r.t.Context(), r.pool.Region, scaleway.NodeFilter{ClusterID: r.pool.ClusterID, PoolID: r.pool.ID},
	)
	if err != nil {
		r.t.Fatal(err)
	}
	staying := []*k8s.Node{}
	for _, node := range all {
		if !scaleway.IsDeleting(node) {
			staying = append(staying, node)
		}
	}
	return staying
}

// heartbeat sends a heartbeat with the node's credential, as the kubelet of a machine does.
func (r *rig) heartbeat(nodeID, secret, body string) {
	r.t.Helper()
	if err := r.SendHeartbeat(r.t.Context(), nodeID, secret, body); err != nil {
		r.t.Fatal(err)
	}
}

const attestationConfig = `attestation = {
    owner              = "Hospital IT"
    os                 = "Debian 12"
    os_patching        = "unattended upgrades, reboot on Sundays"
    hardening_baseline = "ANSSI-BP-028 intermediate"
    firewall           = "nftables of this resource, and the site's router"
    monitoring         = "node exporter, on-call team"
    document_uri       = "https://wiki.example.org/edge-1"
    document_sha256    = "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"
    reviewed_by        = "CISO"
    reviewed_on        = "2026-11-01"
    valid_days         = 365
  }`

const agentConfig = `agent = {
    version = "0.1.5"
    sha256  = { amd64 = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b" }
  }`

// nodeConfig returns the configuration of one node. extra is added to it; changes are pairs of a text and its
// replacement.
func (r *rig) nodeConfig(extra string, changes ...string) string {
	body := fmt.Sprintf(`
resource "srm_kosmos_external_node" "edge" {
  pool_id = %q
  name    = "edge-1"
  address = "203.0.113.10"
  %s
  %s
  %s
}
`, r.poolID, attestationConfig, agentConfig, extra)
	return r.ProviderBlock("") + strings.NewReplacer(changes...).Replace(body)
}
