package collect_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// send sends a request as the owner, and returns the response.
func (e *estate) send(t *testing.T, method, path, body string) map[string]any {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, e.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Auth-Token", sandbox.SecretKey)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s: HTTP %d: %s, %v", method, path, response.StatusCode, content, err)
	}
	var answer map[string]any
	if len(content) > 0 {
		if err := json.Unmarshal(content, &answer); err != nil {
			t.Fatal(err)
		}
	}
	return answer
}

// judgeAll returns the findings of facts by check, as of the time of reading.
func judgeAll(facts assessment.Facts, hds bool) map[string]assessment.Finding {
	findings := map[string]assessment.Finding{}
	for _, f := range assessment.Evaluate(facts, assessment.Options{
		AsOf: facts.ReadAt, HDS: hds, Layers: assessment.Layers(),
	}).Findings {
		findings[f.Check] = f
	}
	return findings
}

// expect compares results of checks with those expected.
func expect(t *testing.T, findings map[string]assessment.Finding, want map[string]assessment.Result) {
	t.Helper()
	for check, result := range want {
		if f := findings[check]; f.Result != result {
			t.Errorf("%s is %s, expected %s: %s %+v", check, f.Result, result, f.Found.EN, f.NotEvaluated)
		}
	}
}

// TestEstateResults judges the two clusters of the estate.
func TestEstateResults(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	findings := judgeAll(e.collect(t, "hds-prod"), true)
	expect(t, findings, map[string]assessment.Result{
		"cluster_offer_dedicated": assessment.Pass, "cluster_region": assessment.Pass,
		"cluster_auto_upgrade": assessment.Pass, "cluster_version_supported": assessment.Pass,
		"version_support_period": assessment.Pass, "pool_version_skew": assessment.Pass,
		"node_age": assessment.Pass, "api_allow_list": assessment.Fail, // the ranges of Scaleway
		"pool_node_type_eligible": assessment.Pass, "pool_root_volume": assessment.Pass,
		"node_public_address": assessment.Pass, "responsibility_shifts": assessment.Pass,
		"external_node_status": assessment.NotApplicable, "admin_token": assessment.NotEvaluated,
		"vpc_acl": assessment.NotApplicable, "private_network_neighbours": assessment.Pass,
		"vpc_leads_out": assessment.Pass, "gateway_egress": assessment.NeedsDecision,
		"gateway_exposure": assessment.Pass, "security_group_inbound": assessment.Pass,
	})
	if f := findings["api_allow_list"]; f.Severity != assessment.Medium {
		t.Errorf("the ranges of Scaleway are %s", f.Severity)
	}
	if f := findings["private_network_neighbours"]; f.Population.String() != "3 of 3" {
		t.Errorf("neighbours: %s, expected the gateway and two nodes: %+v", f.Population, f.Objects)
	}
	findings = judgeAll(e.collect(t, "legacy-prod"), true)
	expect(t, findings, map[string]assessment.Result{
		"cluster_offer_dedicated": assessment.Fail, "cluster_auto_upgrade": assessment.Fail,
		"cluster_version_supported": assessment.Pass, "api_allow_list": assessment.Fail,
		"pool_node_type_eligible": assessment.Fail, "pool_root_volume": assessment.Fail,
		"node_public_address": assessment.Fail, "gateway_egress": assessment.NeedsDecision,
		"gateway_exposure": assessment.NotApplicable, "private_network_neighbours": assessment.Pass,
		"security_group_inbound": assessment.Pass, "node_age": assessment.Pass,
	})
	if f := findings["api_allow_list"]; f.Severity != assessment.Critical {
		t.Errorf("an open API server is %s", f.Severity)
	}
	e.Advance(40 * 24 * time.Hour) // upgrades do not replace the nodes: auto-upgrade is off
	findings = judgeAll(e.collect(t, "legacy-prod"), true)
	expect(t, findings, map[string]assessment.Result{"node_age": assessment.Fail})
}

// exposedObjects are objects beside those of the estate, in the Private Network of hds-prod.
const exposedObjects = `
clusters:
  - name: neighbour
    type: kapsule
    version: 1.36.5
    cni: cilium
    private_network_id: ${private_networks.sandbox}
    pools:
      - { name: default, node_type: DEV1-M, size: 1 }
security_groups:
  - { name: open, stateful: true, inbound_default_policy: drop }
databases:
  - name: shared
    engine: PostgreSQL-15
    node_type: DB-DEV-S
    user_name: admin
    password: Sandbox-Example-1!
    is_ha_cluster: false
    init_endpoints:
      - private_network: { private_network_id: "${private_networks.sandbox}", ipam_config: {} }
`

// TestExposedNetwork reads and judges a cluster whose network has every kind of exposure.
func TestExposedNetwork(t *testing.T) {
	t.Parallel()
	e := newEstate(t, exposedObjects)
	facts := e.collect(t, "hds-prod")
	pool, node := facts.Pools.Items[0].ID, facts.Nodes.Items[0].Name
	address := ""
	for _, ip := range facts.Project.IPs.Items {
		if ip.ResourceName == node && !ip.IsIPv6 {
			address, _, _ = strings.Cut(ip.Address, "/")
		}
	}
	const region, zone = "/regions/fr-par", "/zones/fr-par-1"
	e.send(t, "POST", "/vpc-gw/v2"+zone+"/pat-rules", fmt.Sprintf(
		`{"gateway_id":%q,"public_port":2222,"private_ip":%q,"private_port":22,"protocol":"tcp"}`, sandbox.GatewayID,
		address))
	e.Advance(time.Minute)
	e.send(t, "PATCH", "/vpc-gw/v2"+zone+"/gateways/"+sandbox.GatewayID, `{"enable_bastion":true}`)
	target := e.send(t, "POST", "/vpc/v2"+region+"/vpcs", `{"name":"target"}`)["id"]
	e.send(t, "POST", "/vpc/v2"+region+"/vpc-connectors", fmt.Sprintf(
		`{"name":"peer","vpc_id":%q,"target_vpc_id":%q}`, sandbox.VPCID, target))
	e.send(t, "POST", "/s2s-vpn/v1alpha1"+region+"/vpn-gateways", fmt.Sprintf(
		`{"name":"office","gateway_type":"VGW-S","private_network_id":%q}`, sandbox.PrivateNetworkID))
	e.send(t, "POST", "/vpc/v2"+region+"/routes", fmt.Sprintf(
		`{"vpc_id":%q,"destination":"10.8.0.0/24","nexthop_private_network_id":%q,"nexthop_resource_id":%q}`,
		sandbox.VPCID, sandbox.PrivateNetworkID, sandbox.GatewayNetworkID))
	e.send(t, "POST", "/vpc/v2"+region+"/vpcs/"+sandbox.VPCID+"/enable-routing", `{}`)
	var groups []struct{ ID, Name string }
	if err := e.Objects("security-groups", &groups); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(groups, func(g struct{ ID, Name string }) bool { return g.Name == "open" })
	e.send(t, "POST", "/instance/v1"+zone+"/security_groups/"+groups[i].ID+"/rules",
		`{"protocol":"TCP","direction":"inbound","action":"accept","ip_range":"0.0.0.0/0","dest_port_from":22}`)
	if err := e.Patch("pools", pool, map[string]any{"security_group_id": groups[i].ID}); err != nil {
		t.Fatal(err)
	}
	e.Advance(time.Hour)

	facts = e.collect(t, "hds-prod")
	findings := judgeAll(facts, true)
	expect(t, findings, map[string]assessment.Result{
		"vpc_acl": assessment.Fail, "private_network_neighbours": assessment.Fail,
		"vpc_leads_out": assessment.NeedsDecision, "gateway_exposure": assessment.Fail,
		"security_group_inbound": assessment.Fail,
	})
	for check, texts := range map[string][]string{
		"vpc_leads_out":              {"A connector leads", "VPN gateway leads", "10.8.0.0/24"},
		"gateway_exposure":           {"port 2222 to a node", "bastion accepts every address"},
		"security_group_inbound":     {"TCP 22"},
		"private_network_neighbours": {"cannot be for health data"},
	} {
		for _, text := range texts {
			if !strings.Contains(findings[check].Found.EN, text) {
				t.Errorf("%s: %q, expected %q", check, findings[check].Found.EN, text)
			}
		}
	}
	neighbours := findings["private_network_neighbours"]
	if want := []string{"fr-par/" + e.cluster(t, "neighbour")}; !slices.Equal(neighbours.Subjects, want) {
		t.Errorf("neighbours %v, expected %v", neighbours.Subjects, want)
	}
	decided := []string{}
	for _, o := range neighbours.Objects {
		if o.Result == assessment.NeedsDecision {
			decided = append(decided, o.Value)
		}
	}
	if slices.Sort(decided); !slices.Equal(decided, []string{"rdb_instance", "vpn_gateway"}) {
		t.Errorf("to decide: %v", decided)
	}

	e.send(t, "PUT", "/vpc/v2"+region+"/vpcs/"+sandbox.VPCID+"/acl-rules",
		`{"is_ipv6":false,"default_policy":"drop","rules":[{"protocol":"TCP","source":"10.0.0.0/8","src_port_low":0,`+
			`"src_port_high":0,"destination":"172.16.0.0/22","dst_port_low":443,"dst_port_high":443,`+
			`"action":"accept"}]}`)
	e.send(t, "PUT", "/vpc/v2"+region+"/vpcs/"+sandbox.VPCID+"/acl-rules",
		`{"is_ipv6":true,"default_policy":"drop","rules":[]}`)
	facts = e.collect(t, "hds-prod")
	expect(t, judgeAll(facts, true), map[string]assessment.Result{"vpc_acl": assessment.Pass})
	if rules := facts.Project.ACLRules.Items; len(rules) != 1 || !rules[0].HasPorts || rules[0].Action != "accept" {
		t.Errorf("rules of the ACL: %+v", rules)
	}
}

// TestDefaultSecurityGroup finds the default security group of a pool that names none.
func TestDefaultSecurityGroup(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	facts := e.collect(t, "hds-prod")
	group := facts.Project.SecurityGroups.Items[0]
	if err := e.Patch("pools", facts.Pools.Items[0].ID, map[string]any{"security_group_id": ""}); err != nil {
		t.Fatal(err)
	}
	groups := e.collect(t, "hds-prod").Project.SecurityGroups
	if groups.Missing() != nil || len(groups.Items) != 1 || groups.Items[0].ID != group.ID ||
		groups.Items[0].Name != "Kapsule default security group" {
		t.Errorf("security groups: %+v", groups)
	}
	if err := e.Patch("security-groups", group.ID, map[string]any{"name": "renamed"}); err != nil {
		t.Fatal(err)
	}
	facts = e.collect(t, "hds-prod")
	expect(t, judgeAll(facts, true), map[string]assessment.Result{"security_group_inbound": assessment.NeedsDecision})
}

// TestExternalNodes judges the external nodes of a Kosmos cluster.
func TestExternalNodes(t *testing.T) {
	t.Parallel()
	e := newEstate(t, `
clusters:
  - name: outside
    type: multicloud
    version: 1.36.5
    cni: kilo
    pools:
      - { name: machines, node_type: external, size: 0 }
`)
	facts := e.collect(t, "outside")
	if !facts.Pools.Items[0].IsExternal {
		t.Fatalf("pool: %+v", facts.Pools.Items[0])
	}
	want := map[string]assessment.Result{
		"external_node_status": assessment.NotApplicable, "private_network_neighbours": assessment.NotApplicable,
		"node_public_address": assessment.NotApplicable, "api_allow_list": assessment.Fail,
	}
	expect(t, judgeAll(facts, false), want)
	e.send(t, "POST", "/k8s/v1/regions/fr-par/pools/"+facts.Pools.Items[0].ID+"/external-nodes/auth", "{}")
	facts = e.collect(t, "outside")
	if len(facts.Nodes.Items) != 1 || !facts.Nodes.Items[0].IsExternal || facts.Nodes.Items[0].ServerID != "" {
		t.Fatalf("nodes: %+v", facts.Nodes)
	}
	want["external_node_status"] = assessment.NotEvaluated // the node is creating
	expect(t, judgeAll(facts, false), want)
	for status, result := range map[k8s.NodeStatus]assessment.Result{
		k8s.NodeStatusReady: assessment.Pass, k8s.NodeStatusNotReady: assessment.Fail,
	} {
		if err := e.Patch("nodes", facts.Nodes.Items[0].ID, map[string]any{"status": status}); err != nil {
			t.Fatal(err)
		}
		want["external_node_status"] = result
		expect(t, judgeAll(e.collect(t, "outside"), false), want)
	}
}
