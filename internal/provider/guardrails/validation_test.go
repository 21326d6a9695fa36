package guardrails_test

import (
	"context"
	"encoding/base64"
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/apiserver"
)

func base64Encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// seedAccessOnly sets up access to the cluster and nothing else.
func seedAccessOnly(ctx context.Context, server *apiserver.Server) error { return server.SeedRBAC(ctx) }

// TestInvalidConfigurations checks the errors of invalid configurations.
func TestInvalidConfigurations(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	cluster := env.CreateCluster(t) // without an allow-list
	protocol := env.Protocol(t)
	encrypted := func(changes map[string]any) map[string]any {
		config := map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)}
		maps.Copy(config, changes)
		return map[string]any{"cluster_id": "fr-par/" + cluster, "volume_encryption": config}
	}
	with := func(name string, value any) map[string]any {
		config := encrypted(nil)
		config[name] = value
		return config
	}
	action := func(value string) map[string]any { return map[string]any{"action": value} }
	exemption := func(namespace, until string) map[string]any {
		return map[string]any{"exemptions": []any{map[string]any{
			"namespace": namespace, "reason": "r", "approver": "a", "until": until,
		}}}
	}
	type entry = map[string]any
	type testCase struct {
		config map[string]any
		wanted string
	}
	tests := []testCase{
		{encrypted(map[string]any{"passphrase_wo": "short-secret-words"}),
			`(?s)The passphrase is too short.*Found: 18 characters`},
		{encrypted(map[string]any{"passphrase_wo_version": int64(0)}), `must be at least 1`},
		{encrypted(map[string]any{"namespace": "kube-system"}), `kube-system`},
		{encrypted(map[string]any{"namespace": "default"}),
			`(?s)is a system namespace.*default.*denies all traffic`},
		{encrypted(map[string]any{"namespace": "kube-public"}), `(?s)is a system namespace.*kube-public`},
		{encrypted(map[string]any{"class_name": "sbs-default"}), `sbs-default`},
		{encrypted(map[string]any{"iops": int64(100)}), `5000`},
		{encrypted(map[string]any{"zones": []any{"nl-ams-1"}}), `fr-par-1`},
		{with("load_balancers", action("off")), `deny`},
		{with("ingress", exemption("srm-system", "2027-01-01")), `own namespace cannot be exempt`},
		{with("ingress", exemption("legacy", "01/02/2027")),
			`(?s)not a date.*Found: "01/02/2027",\s+in\s+ingress.exemptions`},
		{with("ingress", exemption("legacy", "2099-01-01")),
			`(?s)The exemption lasts too long.*at most 180 days`},
		{with("backend_tls", "off"), `deny`},
		{with("tls_passthrough", []any{entry{"namespace": "Not a name", "reason": "r", "approver": "a"}}),
			`not a valid Kubernetes name`},
		{with("tls_passthrough", []any{entry{"namespace": "web", "reason": " ", "approver": "a"}}),
			`(?s)The reason of an entry is empty.*Found: " ",\s+in\s+tls_passthrough`},
		{with("attested_restores", []any{entry{"namespace": "web", "reason": "r"}}), `approver`},
		{with("attested_restores", []any{
			entry{"namespace": "web", "reason": "r", "approver": "a"},
			entry{"namespace": "web", "reason": "s", "approver": "a"},
		}), `(?s)A namespace is listed twice.*web`},
		{with("http_redirect", []any{
			entry{"namespace": "web", "reason": "r", "approver": "a"},
			entry{"namespace": "web", "reason": "s", "approver": "a"},
		}), `(?s)A namespace is listed twice.*web`},
		{with("http_redirect", []any{entry{"namespace": "web", "reason": "r", "approver": " "}}),
			`(?s)The approver of an entry is empty.*Found: " ",\s+in\s+http_redirect`},
		{with("default_certificate_classes", []any{" "}), `not the name of an IngressClass`},
		{with("node_ports", action("off")), `deny`},
		{with("node_ports", exemption("srm-system", "2027-01-01")), `own namespace cannot be exempt`},
		{encrypted(nil), `(?s)The allow-list of the API server is empty.*empty allow-list`},
	}
	for id, wanted := range map[string]string{
		"fr-par/" + cluster + "/guardrails": `The id of the cluster is malformed`,
		"mine":                              `The id of the cluster is malformed`,
		"":                                  `The id of the cluster is malformed`,
		"nl-ams/" + cluster:                 `Health data clusters must be in the Paris region`,
	} {
		tests = append(tests, testCase{with("cluster_id", id), wanted})
	}
	for _, test := range tests {
		life := protocol.Resource("srm_hds_guardrails", test.config)
		output := protocol.ValidateResource("srm_hds_guardrails", test.config)
		if !strings.Contains(output, "ERROR") {
			output = life.Apply(t.Context())
		}
		if _, found, _ := strings.Cut(output, "ERROR"); !regexp.MustCompile(test.wanted).MatchString(found) {
			t.Errorf("no error matches %q for %v:\n%s", test.wanted, test.config, output)
		}
		if life.Exists() {
			t.Errorf("%v was created", test.config)
		}
	}
}

func TestClusterNotFound(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t)
	r := rig{Env: env, cluster: "00112233-4455-4677-8899-aabbccddeeff"}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.config(passphrase, 1, "", ""), ExpectError: regexp.MustCompile("(?s)The cluster does not " +
			"exist.*no cluster fr-par/00112233")},
	}})
}

func TestLoosenedPoliciesShowInTransfers(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	r := newRig(t, nil)
	until := r.Sandbox.Now().AddDate(0, 3, 0).Format("2006-01-02")
	loosened := `
  load_balancers = { action = "warn" }
  ingress        = { exemptions = [{ namespace = "legacy", reason = "until the move",
    approver = "security", until = "` + until + `" }] }
  kube_system    = { action = "audit", users = ["someone"] }
  backend_tls    = "audit"
  tls_passthrough    = [{ namespace = "ingress", reason = "the controller terminates TLS", approver = "security" }]
  http_redirect      = [{ namespace = "gateways", reason = "the listener redirects", approver = "security" }]
  node_ports         = { action = "deny", exemptions = [{ namespace = "metal", reason = "until the move",
    approver = "security", until = "` +
		r.Sandbox.Now().AddDate(0, 3, 0).Format("2006-01-02") + `" }] }
  default_certificate_classes = ["nginx"]
  attested_restores  = [{ namespace = "databases", reason = "restores of encrypted snapshots", approver = "security" }]
  inline_csi_drivers = ["secrets-store.csi.k8s.io", "csi.example.com"]`
	key := func(i int, wanted string) plancheck.PlanCheck {
		return plancheck.ExpectKnownValue(
			address, tfjsonpath.New(
				"responsibility_transfers",
			).AtSliceIndex(i).AtMapKey("key"), knownvalue.StringExact(wanted),
		)
	}
	r.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.config(
			passphrase, 1, "", loosened,
		), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			key(0, "attested_restores/databases"), key(1, "backend_tls/action"), key(
				2, "default_certificate_classes/nginx",
			), key(3, "http_redirect/gateways"),
			key(4, "ingress/exemptions/legacy"), key(
				5, "inline_csi_drivers/csi.example.com",
			), key(6, "kube_system/action"), key(7, "kube_system/users/someone"),
			key(8, "load_balancers/action"), key(9, "node_ports/exemptions/metal"), key(10, "tls_passthrough/ingress"),
		}}},
		{Config: r.config(passphrase, 1, "", loosened), PlanOnly: true},
		{
			ResourceName: address, ImportState: true, ImportStateId: "fr-par/" + r.cluster, ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"timeouts"},
		},
		{Config: r.config(passphrase, 1, "class_name = \"other\"\n reclaim_policy = \"Delete\"\n iops = 15000\n "+
			"zones = [\"fr-par-2\"]", ""), ConfigPlanChecks: resource.ConfigPlanChecks{
			PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
			}, PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
		{Config: r.config(
			passphrase, 1, `namespace = "elsewhere"`, "",
		), ExpectError: regexp.MustCompile("The namespace of the Secrets cannot be changed")},
	}})
}

// TestExpiredExemptionsInOneWarning lets exemptions expire. One warning names all of them, because Terraform shows
// only one of several warnings with the same summary.
func TestExpiredExemptionsInOneWarning(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	exempt := func(namespaces ...string) map[string]any {
		found := []any{}
		for _, namespace := range namespaces {
			found = append(found, map[string]any{
				"namespace": namespace, "reason": "until the move", "approver": "security",
				"until": r.Sandbox.Now().AddDate(0, 0, 3).Format("2006-01-02"),
			})
		}
		return map[string]any{"exemptions": found}
	}
	life := r.Protocol(t).Resource("srm_hds_guardrails", map[string]any{
		"cluster_id":        "fr-par/" + r.cluster,
		"volume_encryption": map[string]any{"passphrase_wo": passphrase, "passphrase_wo_version": int64(1)},
		"ingress":           exempt("legacy", "old"), "node_ports": exempt("metal"),
	})
	if output := life.Apply(t.Context()); strings.Contains(output, "ERROR") {
		t.Fatal(output)
	}
	r.Sandbox.Advance(10 * 24 * time.Hour)
	_, output := life.Plan(t.Context())
	if warnings := strings.Count(output, "Exemptions have expired"); warnings != 1 {
		t.Errorf("%d warnings:\n%s", warnings, output)
	}
	acctest.Contains(t, output, "ingress: legacy until", "ingress: old until", "node_ports: metal until")
}
