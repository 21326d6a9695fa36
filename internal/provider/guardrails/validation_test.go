package guardrails_test

import (
	"context"
	"encoding/base64"
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
	r := rig{Env: env, cluster: env.CreateCluster(t)}
	exemption := func(what, namespace, until string) string {
		return what + ` = { exemptions = [{ namespace = "` + namespace + `", reason = "r", approver = "a", until = "` +
			until + `" }] }`
	}
	steps := []resource.TestStep{}
	for _, test := range []struct{ config, wanted string }{
		{r.config("short-secret-words", 1, "", ""), `(?s)The passphrase is too short.*Found: 18 characters`},
		{r.config(passphrase, 0, "", ""), `must be at least 1`},
		{r.config(passphrase, 1, `namespace = "kube-system"`, ""), `kube-system`},
		{r.config(passphrase, 1, `namespace = "default"`, ""), `(?s)is a system namespace.*default.*denies all ` +
			`traffic`},
		{r.config(passphrase, 1, `namespace = "kube-public"`, ""), `(?s)is a system namespace.*kube-public`},
		{r.config(passphrase, 1, `class_name = "sbs-default"`, ""), `sbs-default`},
		{r.config(passphrase, 1, `iops = 100`, ""), `5000`},
		{r.config(passphrase, 1, `zones = ["nl-ams-1"]`, ""), `fr-par-1`},
		{r.config(passphrase, 1, "", `load_balancers = { action = "off" }`), `deny`},
		{r.config(passphrase, 1, "", exemption("ingress", "srm-system", "2027-01-01")), `own namespace cannot be ` +
			`exempt`},
		{r.config(passphrase, 1, "", exemption("ingress", "legacy", "01/02/2027")), `(?s)not a date.*Found: ` +
			`"01/02/2027",\s+in\s+ingress.exemptions`},
		{r.config(passphrase, 1, "", exemption("ingress", "legacy", "2099-01-01")), `(?s)The exemption lasts too ` +
			`long.*at ` +
			`most 180 days`},
		{r.config(passphrase, 1, "", `backend_tls = "off"`), `deny`},
		{
			r.config(
				passphrase, 1, "", `tls_passthrough = [{ namespace = "Not a name", reason = "r", approver = "a" }]`,
			), `not a valid Kubernetes name`,
		},
		{
			r.config(
				passphrase, 1, "", `tls_passthrough = [{ namespace = "web", reason = " ", approver = "a" }]`,
			), `(?s)The reason of an entry is empty.*Found: " ",\s+in\s+tls_passthrough`,
		},
		{r.config(passphrase, 1, "", `attested_restores = [{ namespace = "web", reason = "r" }]`), `approver`},
		{r.config(passphrase, 1, "", `attested_restores = [{ namespace = "web", reason = "r", approver = "a" }, { `+
			`namespace = "web", reason = "s", approver = "a" }]`),
			`(?s)A namespace is listed twice.*web`},
		{r.config(passphrase, 1, "", `http_redirect = [{ namespace = "web", reason = "r", approver = "a" }, { `+
			`namespace = `+
			`"web", reason = "s", approver = "a" }]`),
			`(?s)A namespace is listed twice.*web`},
		{r.config(
			passphrase, 1, "", `http_redirect = [{ namespace = "web", reason = "r", approver = " " }]`,
		), `(?s)The ` +
			`approver of an entry is empty.*Found: " ",\s+in\s+http_redirect`},
		{r.config(passphrase, 1, "", `default_certificate_classes = [" "]`), `not the name of an IngressClass`},
		{r.config(passphrase, 1, "", `node_ports = { action = "off" }`), `deny`},
		{r.config(passphrase, 1, "", exemption("node_ports", "srm-system", "2027-01-01")), `own namespace cannot be ` +
			`exempt`},
		{
			r.config(passphrase, 1, "", ""), `(?s)The allow-list of the API server is empty.*empty allow-list`,
		}, // Env.Cluster isolates it
	} {
		steps = append(steps, resource.TestStep{Config: test.config, ExpectError: regexp.MustCompile(test.wanted)})
	}
	for id, wanted := range map[string]string{
		"fr-par/" + r.cluster + "/guardrails": `The id of the cluster is malformed`, "mine": `The id of the cluster ` +
			`is ` +
			`malformed`, "": `The id of the cluster is malformed`,
		"nl-ams/" + r.cluster: `Health data clusters must be in the Paris region`,
	} {
		steps = append(steps, resource.TestStep{Config: strings.ReplaceAll(
			r.config(passphrase, 1, "", ""), `"fr-par/`+r.cluster+`"`, `"`+id+`"`,
		),
			ExpectError: regexp.MustCompile(wanted)})
	}
	env.Test(t, resource.TestCase{Steps: steps})
}

func TestClusterNotFound(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	r := rig{Env: env, cluster: "00112233-4455-4677-8899-aabbccddeeff"}
	env.Test(t, resource.TestCase{Steps: []resource.TestStep{
		{Config: r.config(passphrase, 1, "", ""), ExpectError: regexp.MustCompile("(?s)The cluster does not " +
			"exist.*no cluster fr-par/00112233")},
	}})
}

func TestLoosenedPoliciesShowInTransfers(t *testing.T) {
	t.Parallel()
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
