package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"

	account "github.com/scaleway/scaleway-sdk-go/api/account/v3"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

const absentID = "99999999-9999-4999-8999-999999999999"

// blockedResource is a resource that cannot be created because of another object.
type blockedResource struct {
	// kind and body are the type and the attributes of the resource.
	kind, body string
	// summary and found are parts of the warning of the plan, and of the error of the apply.
	summary, found string
}

// blockedResources is a sandbox with the objects that block resources.
type blockedResources struct {
	*acctest.Env
	blocked map[string]blockedResource
}

func newBlockedResources(t *testing.T) *blockedResources {
	t.Helper()
	b := &blockedResources{Env: acctest.New(t)}
	client := b.Client(t)
	cluster := func(name string, change func(*k8s.CreateClusterRequest)) string {
		return b.CreateCluster(t, func(request *k8s.CreateClusterRequest) {
			request.Name = name
			if change != nil {
				change(request)
			}
		})
	}
	allow := func(id, cidr string) {
		_, parsed, err := net.ParseCIDR(cidr)
		if err == nil {
			_, err = client.SetAllowList(
				t.Context(), scw.RegionFrPar, id, []*k8s.ACLRuleRequest{{IP: &scw.IPNet{IPNet: *parsed}}},
			)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	pool := func(clusterID, name, nodeType string) string {
		request := &k8s.CreatePoolRequest{
			Region: scw.RegionFrPar, ClusterID: clusterID, Name: name, NodeType: nodeType, Tags: []string{},
		}
		if nodeType != "external" {
			request.Zone, request.Size = scw.ZoneFrPar1, 1
		}
		created, err := client.CreatePool(t.Context(), request)
		if err == nil {
			created, err = client.WaitPool(t.Context(), scw.RegionFrPar, created.ID, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		return created.ID
	}
	good, edge := cluster("good", nil), cluster("edge", acctest.Kosmos("multicloud-dedicated-4"))
	allow(good, "203.0.113.0/24")
	allow(edge, "203.0.113.0/24")
	kapsule := cluster("shared", func(request *k8s.CreateClusterRequest) { request.Type = "kapsule" })
	open, manual, offline := cluster("open", nil), cluster("manual", nil), cluster("offline", func(
		request *k8s.CreateClusterRequest,
	) {
		request.PrivateNetworkID = scw.StringPtr(b.createPrivateNetwork(t, sandbox.ProjectID, "172.20.0.0/22"))
	})
	allow(open, "0.0.0.0/0")
	if err := b.Sandbox.Patch(
		"clusters", manual, map[string]any{"auto_upgrade": map[string]any{"enabled": false}},
	); err != nil {
		t.Fatal(err)
	}
	pool(good, "taken", "POP2-2C-8G")
	pool(edge, "taken", "external")
	hosted, machines := pool(edge, "hosted", "PRO2-XS"), pool(edge, "machines", "external")

	hdsCluster := func(lines ...string) string {
		return `type = "kapsule-dedicated-4"
  allowed_ip_ranges = [{ cidr = "203.0.113.0/24" }]
  maintenance_window = { day = "sunday", start_hour = 2 }
  delete_additional_resources = false
  version = "1.35"
  ` + strings.Join(lines, "\n  ")
	}
	network := `private_network_id = "` + sandbox.PrivateNetworkID + `"`
	hdsPool := func(name, clusterID string, lines ...string) string {
		return fmt.Sprintf(`name = %q
  cluster_id = "fr-par/%[2]s"
  guardrails_id = "fr-par/%[2]s/guardrails"
  node_type = "POP2-2C-8G"
  zone = "fr-par-1"
  size = 1
  root_volume = { type = "sbs_5k", size_gb = 20 }
  %[3]s`, name, clusterID, strings.Join(lines, "\n  "))
	}
	guardrails := func(clusterID string) string {
		return fmt.Sprintf(`cluster_id = "fr-par/%s"
  volume_encryption = { passphrase_wo = "a passphrase that is long enough for a test",
    passphrase_wo_version = 1 }`, clusterID)
	}
	kosmosPool := func(name, clusterID string, lines ...string) string {
		return fmt.Sprintf(
			"name = %q\n  cluster_id = \"fr-par/%s\"\n  %s", name, clusterID, strings.Join(lines, "\n  "),
		)
	}
	hostedBy, external := "node_type = \"PRO2-XS\"\n  zone = \"fr-par-1\"\n  size = 1", `node_type = "external"`
	node := func(poolID, address string) string {
		return fmt.Sprintf(`name = "edge-1"
  pool_id = "fr-par/%s"
  address = %q
  agent = { version = "0.1.5", sha256 = { amd64 = %q } }
  attestation = {
    owner = "IT", os = "Debian 12", os_patching = "unattended", hardening_baseline = "ANSSI", firewall = "nftables",
      monitoring = "on call",
    document_uri = "https://wiki.example.org/edge-1", document_sha256 = %q, reviewed_by = "CISO",
      reviewed_on = "2026-11-01", valid_days = 365
  }`, poolID, address, strings.Repeat("0b", 32), strings.Repeat("0a", 32))
	}
	b.blocked = map[string]blockedResource{
		"network_absent": {"srm_hds_cluster", hdsCluster(`name = "a"`, `private_network_id = "`+absentID+`"`),
			"The Private Network does not exist in Paris", "no Private Network " + absentID},
		"network_elsewhere": {"srm_hds_cluster", hdsCluster(
			`name = "b"`, `private_network_id = "`+b.createPrivateNetwork(t, b.createProject(t), "172.21.0.0/22")+`"`,
		),
			"The Private Network is in another Project", "in Project "},
		"network_overlaps": {
			"srm_hds_cluster",
			hdsCluster(
				`name = "c"`,
				`private_network_id = "`+b.createPrivateNetwork(t, sandbox.ProjectID, "10.77.0.0/22")+`"`,
				`pod_cidr = `+
					`"10.77.0.0/16"`,
			),
			"Two networks of the cluster overlap",
			"10.77.0.0/22",
		},
		"contract_unsigned": {"srm_hds_cluster", hdsCluster(
			`name = "d"`, network, "provider = srm.unsigned",
		), "The HDS contract is not signed", `contract "none" of type "global"`},
		"hds_name_taken": {"srm_hds_cluster", hdsCluster(`name = "good"`, network), "A cluster of this name already " +
			"exists", "cluster fr-par/" + good},
		"kosmos_name_taken": {"srm_kosmos_cluster", `name = "edge"
  type = "multicloud-dedicated-4"
  version = "1.35"
  allowed_ip_ranges = [{ cidr = "203.0.113.0/24" }]
  maintenance_window = { day = "sunday", start_hour = 2 }
  delete_additional_resources = false
  no_health_data = { by = "IT",
    reviewed_on = "2026-11-02" }`, "A cluster of this name already exists", "cluster fr-par/" + edge},

		"cluster_absent": {
			"srm_hds_pool", hdsPool("p", absentID), "The cluster does not exist", "no cluster fr-par/" + absentID,
		},
		"cluster_kapsule": {
			"srm_hds_pool", hdsPool("p", kapsule), `Cluster type "kapsule" is outside the HDS scope`, "",
		},
		"cluster_no_network": {"srm_hds_pool", hdsPool("p", edge), "The cluster has no Private Network",
			"cluster edge without Private Network"},
		"cluster_manual": {"srm_hds_pool", hdsPool("p", manual), "Auto-upgrade of the cluster is off", "cluster " +
			"manual with auto-upgrade off"},
		"cluster_open": {
			"srm_hds_pool", hdsPool("p", open), "The cluster's API server is open to the world", "0.0.0.0/0",
		},
		"pool_newer": {"srm_hds_pool", hdsPool("p1", good, `version = "1.36"`), "The pool's version is newer than " +
			"its cluster's", "version 1.36"},
		"pool_far_newer": {"srm_hds_pool", hdsPool("p2", good, `version = "1.37"`), "The pool's version is newer " +
			"than its cluster's", "version 1.37"},
		"pool_older": {"srm_hds_pool", hdsPool("p3", good, `version = "1.34"`), "A new pool cannot be older than its " +
			"cluster", "version 1.34"},
		"no_gateway": {"srm_hds_pool", hdsPool("p", offline), "Nodes without a public IP would have no route to the " +
			"Internet", "no Public Gateway"},
		"pool_name_taken": {
			"srm_hds_pool", hdsPool("taken", good), `The cluster already has a pool named "taken"`, "fr-par/",
		},
		"security_group": {"srm_hds_pool", hdsPool("p4", good, `security_group_id = "`+absentID+`"`), "The security " +
			"group does not exist", "no security group fr-par-1/" + absentID},
		"placement_group": {"srm_hds_pool", hdsPool(
			"p5", good, `placement_group_id = "`+absentID+`"`,
		), "The placement group does not exist", "no placement group fr-par-1/" + absentID},
		"other_guardrails": {"srm_hds_pool", strings.Replace(
			hdsPool("p6", good), `guardrails_id = "fr-par/`+good, `guardrails_id = "fr-par/`+open, 1,
		),
			"The guardrails belong to another cluster", "fr-par/" + open},

		"guardrails_cluster_absent": {"srm_hds_guardrails", guardrails(absentID), "The cluster does not exist", "no " +
			"cluster fr-par/" + absentID},
		"guardrails_cluster_kapsule": {"srm_hds_guardrails", guardrails(kapsule), `Cluster type "kapsule" is outside ` +
			`the ` +
			`HDS scope`, ""},
		"guardrails_cluster_manual": {
			"srm_hds_guardrails", guardrails(manual), "Auto-upgrade of the cluster is off", "cluster manual with " +
				"auto-upgrade off",
		},
		"guardrails_cluster_open": {"srm_hds_guardrails", guardrails(open), "The cluster's API server is open to the " +
			"world", "0.0.0.0/0"},
		"guardrails_isolated": {
			"srm_hds_guardrails", guardrails(offline), "The allow-list of the API server is empty",
			"an empty allow-list",
		},

		"kosmos_absent": {"srm_kosmos_pool", kosmosPool("p", absentID, external), "The cluster does not exist", "no " +
			"cluster fr-par/" + absentID},
		"kosmos_kapsule": {
			"srm_kosmos_pool", kosmosPool("p", good, external), "The cluster is not a Kosmos cluster",
			`cluster "good" of ` +
				`type kapsule-dedicated-4`,
		},
		"kosmos_ranges": {"srm_kosmos_pool", kosmosPool("p1", edge, hostedBy), "The nodes would not reach the API " +
			"server", "without Scaleway's ranges"},
		"kosmos_pool_name": {"srm_kosmos_pool", kosmosPool("taken", edge, external), `The cluster already has a pool ` +
			`named "taken"`, "fr-par/"},
		"kosmos_newer": {"srm_kosmos_pool", kosmosPool("p2", edge, external, `version = "1.36"`), "The pool's " +
			"version is newer than its cluster's", "version 1.36"},
		"kosmos_far_newer": {"srm_kosmos_pool", kosmosPool("p3", edge, external, `version = "1.37"`), "The pool's " +
			"version is newer than its cluster's", "version 1.37"},
		"kosmos_older": {"srm_kosmos_pool", kosmosPool("p4", edge, external, `version = "1.34"`), "A new pool cannot " +
			"be older than its cluster", "version 1.34"},
		"kosmos_security_group": {
			"srm_kosmos_pool", kosmosPool(
				"p5", edge, hostedBy, `security_group_id = "`+absentID+`"`,
			), "The security group does not exist", "no security group fr-par-1/" + absentID,
		},
		"kosmos_placement_group": {
			"srm_kosmos_pool", kosmosPool(
				"p6", edge, hostedBy, `placement_group_id = "`+absentID+`"`,
			), "The placement group does not exist", "no placement group fr-par-1/" + absentID,
		},

		"node_pool_absent": {"srm_kosmos_external_node", node(absentID, "203.0.113.10"), "The pool does not exist",
			"no pool fr-par/" + absentID},
		"node_pool_hosted": {"srm_kosmos_external_node", node(hosted, "203.0.113.10"), "Machines cannot be enrolled " +
			"in this pool", `pool "hosted" with node type pro2_xs`},
		"node_shut_out": {
			"srm_kosmos_external_node",
			node(machines, "198.51.100.7"),
			"The API server does not allow the machine",
			"address 198.51.100.7",
		},
	}
	b.Sandbox.ClearRequests()
	return b
}

// createProject creates another Project, and returns its id.
func (b *blockedResources) createProject(t *testing.T) string {
	t.Helper()
	created, err := account.NewProjectAPI(b.sdkClient(t)).CreateProject(
		&account.ProjectAPICreateProjectRequest{Name: "elsewhere", OrganizationID: sandbox.OrganizationID},
	)
	if err != nil {
		t.Fatal(err)
	}
	return created.ID
}

// sdkClient returns an SDK client for the sandbox.
func (b *blockedResources) sdkClient(t *testing.T) *scw.Client {
	t.Helper()
	client, err := scw.NewClient(
		scw.WithAPIURL(b.URL), scw.WithAuth(
			sandbox.AccessKey, sandbox.SecretKey,
		), scw.WithDefaultProjectID(sandbox.ProjectID),
	)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// createPrivateNetwork creates a Private Network with a subnet, and returns its id.
func (b *blockedResources) createPrivateNetwork(t *testing.T, projectID, subnet string) string {
	t.Helper()
	_, prefix, err := net.ParseCIDR(subnet)
	if err != nil {
		t.Fatal(err)
	}
	created, err := vpc.NewAPI(b.sdkClient(t)).CreatePrivateNetwork(&vpc.CreatePrivateNetworkRequest{
		Region: scw.RegionFrPar, ProjectID: projectID, Name: subnet, Tags: []string{},
		Subnets: []scw.IPNet{{IPNet: *prefix}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return created.ID
}

// config returns a configuration with a cluster that can be created, and with the blocked resources.
func (b *blockedResources) config(facts map[string]blockedResource) string {
	text := b.Config(fmt.Sprintf(`
resource "srm_hds_cluster" "kept" {
  name = "kept"
  version = "1.35"
  type = "kapsule-dedicated-4"
  private_network_id = "fr-par/%s"
  allowed_ip_ranges = [{ cidr = "203.0.113.0/24" }]
  maintenance_window = { day = "sunday", start_hour = 2 }
  delete_additional_resources = false
  deletion_protection = false
}
`, sandbox.PrivateNetworkID)) +
		strings.Replace(
			b.ProviderBlock(`hds_contract = { reference = "HDS", signed_on = "2026-01-15", type = "global", name = `+
				`"none" }`),
			"{",
			"{\n  alias = \"unsigned\"",
			1,
		)
	for _, name := range slices.Sorted(maps.Keys(facts)) {
		text += fmt.Sprintf("\nresource %q %q {\n  %s\n}\n", facts[name].kind, name, facts[name].body)
	}
	return text
}

// cliDiagnostic is a diagnostic in the JSON output of a CLI.
type cliDiagnostic struct {
	Severity, Summary, Detail, Address string
}

// parseDiagnostics returns the diagnostics of the JSON output of a CLI.
func parseDiagnostics(t *testing.T, out string) []cliDiagnostic {
	t.Helper()
	found := []cliDiagnostic{}
	for line := range strings.Lines(out) {
		var message struct{ Diagnostic *cliDiagnostic }
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		if message.Diagnostic != nil {
			found = append(found, *message.Diagnostic)
		}
	}
	return found
}

// reportedIn reports whether the diagnostics contain the problem of the resource, with this severity.
func (f blockedResource) reportedIn(name, severity string, all []cliDiagnostic) bool {
	return slices.ContainsFunc(all, func(d cliDiagnostic) bool {
		return d.Address == f.kind+"."+name && d.Severity == severity && d.Summary == f.summary &&
			strings.Contains(d.Detail, f.found)
	})
}

// TestDestroyBesideUncreatedResources checks resources that another object blocks: the plan warns, and the
// apply fails before any write. A destroy of the existing resources succeeds, although its refresh plans the resources
// that were not created.
func TestDestroyBesideUncreatedResources(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	b := newBlockedResources(t)
	cli := b.CLI(t, "")
	cli.ConfigureRaw(b.config(nil))
	cli.MustRun("apply", "-auto-approve", "-no-color")
	b.Sandbox.ClearRequests()
	cli.ConfigureRaw(b.config(b.blocked))

	out, code := cli.Run("plan", "-json")
	planned := parseDiagnostics(t, out)
	if code != 0 {
		t.Errorf("the plan fails with exit %d", code)
	}
	for _, d := range planned {
		if d.Severity == "error" {
			t.Errorf("the plan of %s fails: %s\n%s", d.Address, d.Summary, d.Detail)
		}
	}
	out, code = cli.Run("apply", "-auto-approve", "-json")
	applied := parseDiagnostics(t, out)
	if code == 0 {
		t.Error("the apply succeeds, want an error")
	}
	for name, blocked := range b.blocked {
		if !blocked.reportedIn(name, "warning", planned) {
			t.Errorf("%s: the plan has no warning %q with %q", name, blocked.summary, blocked.found)
		}
		if !blocked.reportedIn(name, "error", applied) {
			t.Errorf("%s: the apply has no error %q with %q", name, blocked.summary, blocked.found)
		}
	}
	b.checkNoWrites(t)
	cli.MustRun("destroy", "-auto-approve", "-no-color")
	if status := cli.ResourceStatus("srm_hds_cluster", "kept"); status != "absent" {
		t.Errorf("the cluster is %s after the destroy", status)
	}
}

// checkNoWrites checks that the provider sent only reads. Checking the signature of a contract is a POST.
func (b *blockedResources) checkNoWrites(t *testing.T) {
	t.Helper()
	for _, write := range b.Writes() {
		if write != "POST /account/v3/contract-signatures/check" {
			t.Errorf("the refused apply sent %s", write)
		}
	}
}

// TestDestroyBesideRefusedResources checks resources that the plan refuses because of their configuration. They
// block a destroy, too: the error names the command that destroys without planning them, and that command works.
func TestDestroyBesideRefusedResources(t *testing.T) {
	t.Parallel()
	b := newBlockedResources(t)
	elsewhere := `
resource "srm_kosmos_cluster" "elsewhere" {
  name = "elsewhere"
  region = "nl-ams"
  type = "multicloud-dedicated-4"
  version = "1.35"
  allowed_ip_ranges = [{ cidr = "203.0.113.0/24" }]
  maintenance_window = { day = "sunday", start_hour = 2 }
  delete_additional_resources = false
  deletion_protection = false
  no_health_data = { by = "IT", reviewed_on = "2026-11-02" }
}
`
	cli := b.CLI(t, "")
	cli.ConfigureRaw(b.config(nil) + elsewhere)
	cli.MustRun("apply", "-auto-approve", "-no-color")
	absent, taken := b.blocked["network_absent"], b.blocked["kosmos_name_taken"]
	newNode, newPool := b.blocked["node_shut_out"], b.blocked["kosmos_ranges"]
	refused := map[string]blockedResource{
		"version": {absent.kind, strings.NewReplacer(
			absentID, sandbox.PrivateNetworkID, "1.35", "1.30",
		).Replace(absent.body),
			"The Kubernetes version is not available for new clusters", "1.30"},
		"offer": {taken.kind, strings.NewReplacer(
			"multicloud-dedicated-4", "multicloud-dedicated-5", `"edge"`, `"other"`,
		).Replace(taken.body),
			"The control plane offer is not available", "multicloud-dedicated-5"},
		"node_type": {newPool.kind, strings.Replace(newPool.body, "PRO2-XS", "HUGE-1", 1), `Node type "HUGE-1" is ` +
			`not ` +
			`available in fr-par-1`, "HUGE-1"},
		"contract": {absent.kind, strings.Replace(absent.body, absentID, sandbox.PrivateNetworkID, 1) + "\n  " +
			"provider = srm.none",
			"No HDS contract is declared", "hds_contract"},
		// Values of other resources are unknown at validation: the plan refuses them.
		"attestation": {newNode.kind, strings.Replace(newNode.body, `"IT"`, `srm_kosmos_cluster.elsewhere.region == `+
			`"fr-par" ? "IT" : null`, 1),
			"The attestation of the machine is incomplete", "no owner"},
		"region": {"srm_hds_pool", strings.Replace(b.blocked["pool_newer"].body, `cluster_id = "fr-par/`,
			`cluster_id = `+
				`"${srm_kosmos_cluster.elsewhere.region}/`, 1),
			"Health data clusters must be in the Paris region", `region "nl-ams"`},
		"root_volume": {"srm_hds_pool", strings.Replace(b.blocked["pool_older"].body, "size_gb = 20", "size_gb = "+
			"length(srm_kosmos_cluster.elsewhere.region)", 1),
			"The root volume is too small for a node", "6 GB"},
	}
	b.Sandbox.ClearRequests()
	cli.ConfigureRaw(
		b.config(refused) + elsewhere + strings.Replace(b.ProviderBlock(""), "{", "{\n  alias = \"none\"", 1),
	)
	out, code := cli.Run("destroy", "-auto-approve", "-json")
	found := parseDiagnostics(t, out)
	if code == 0 {
		t.Error("the destroy succeeds, want an error")
	}
	for name, blocked := range refused {
		if !blocked.reportedIn(name, "error", found) {
			t.Errorf("%s: there is no error %q with %q", name, blocked.summary, blocked.found)
		}
	}
	for _, d := range found {
		if d.Severity == "error" && !strings.Contains(d.Detail, "-refresh=false") {
			t.Errorf("%s: the error does not name -refresh=false: %s\n%s", d.Address, d.Summary, d.Detail)
		}
	}
	b.checkNoWrites(t)
	cli.MustRun("destroy", "-auto-approve", "-no-color", "-refresh=false")
	for kind, name := range map[string]string{"srm_hds_cluster": "kept", "srm_kosmos_cluster": "elsewhere"} {
		if status := cli.ResourceStatus(kind, name); status != "absent" {
			t.Errorf("%s is %s after the destroy", kind, status)
		}
	}
}
