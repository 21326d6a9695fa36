package provider_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestPipeline runs the script of examples/ci with a read-only API key: on plans that pass, on plans that are refused,
// and on a plan that destroys a resource.
func TestPipeline(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("examples/ci/plan.sh needs jq, which is not on PATH")
	}
	server := acctest.Kubernetes(t, nil)
	env := acctest.New(t, startInNovember2026, acctest.WithKubernetes(server))
	cli := acctest.ModuleCLI(t, filepath.Join("..", "..", "examples"))
	cli.ChangeDir("ci")
	cli.AddEnv("SCW_API_URL="+env.URL, "SCW_DEFAULT_ORGANIZATION_ID="+sandbox.OrganizationID, "SCW_DEFAULT_PROJECT_ID="+
		sandbox.ProjectID,
		"TF_VAR_private_network_id=fr-par/"+sandbox.PrivateNetworkID, "TF_VAR_as_of=2026-11-24")
	reader := []string{"SCW_ACCESS_KEY=" + sandbox.ReaderAccessKey, "SCW_SECRET_KEY=" + sandbox.ReaderSecretKey}
	writer := []string{"SCW_ACCESS_KEY=" + sandbox.AccessKey, "SCW_SECRET_KEY=" + sandbox.SecretKey}
	cli.MustRun("get")

	run := func(exitCode int, diagnostics []string, variables ...string) {
		t.Helper()
		out, code := cli.Script("./plan.sh", append(reader, variables...)...)
		comment, err := os.ReadFile(filepath.Join(cli.Dir(), "comment.md"))
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if code != exitCode {
			t.Errorf("exit %d, want %d:\n%s", code, exitCode, out)
		}
		acctest.Contains(t, string(comment), diagnostics...)
		checkMarkdown(t, "comment.md", string(comment))
	}
	// A plan that creates the passphrase Secret needs a passphrase. Any value works, since a plan writes nothing.
	const anyPassphrase = "TF_VAR_passphrase=only-an-apply-writes-the-passphrase"
	const moved = `TF_VAR_pools={"workers":{"node_type":"POP2-4C-16G","zone":"fr-par-1","size":3,` +
		`"kubelet_args":{"maxPods":"50"}}}`
	run(0, []string{"## patient-records: Kubernetes 1.36 on kapsule-dedicated-4", "None.", "- " +
		"`module.records.srm_hds_cluster.this`: create", "| customer |"}, anyPassphrase)
	run(1, []string{"## The plan failed", "The passphrase is missing", "Secret srm-system/srm-passphrase-v1 has to " +
		"be written"})
	run(1, []string{"## The plan failed", "The configuration shifts responsibilities that " +
		"accepted_responsibility_transfers does not contain.", "workers/kubelet_args/maxPods"}, anyPassphrase, moved)
	run(
		0, []string{
			"| `workers/kubelet_args/maxPods` |", "The appliance runs many small pods.",
		}, anyPassphrase, moved, `TF_VAR_accepted_responsibility_transfers={"workers/kubelet_args/maxPods":`+
			`"The appliance runs many small pods."}`,
	)
	run(
		1, []string{
			"## The plan failed", "days of support left. The minimum is 90.",
		}, anyPassphrase, "TF_VAR_kubernetes_version=1.35", "TF_VAR_as_of=2026-12-20",
	)
	run(
		1, []string{
			"The Kubernetes version is not available for new clusters", "Found: 1.34",
		}, anyPassphrase, "TF_VAR_kubernetes_version=1.34",
	)
	if writes := env.Writes(); len(writes) > 0 {
		t.Errorf("the plans sent writes: %v", writes)
	}

	cli.AddEnv(writer...)
	cli.MustRun("apply", "-auto-approve", "-input=false", "-var", "passphrase=a passphrase that is long enough to be "+
		"one")
	env.Sandbox.ClearRequests()
	run(0, []string{"### Changes None.", "Secrets with passphrases of the guardrails could not be read"})
	// The provider does not use a passphrase that differs from the written one.
	run(
		0,
		[]string{"### Changes None.", "The passphrase differs from the one in the cluster and is not used"},
		anyPassphrase,
	)
	run(3, []string{"### This plan destroys", "- `module.records.srm_hds_pool.this[\"workers\"]`: delete, then create"},
		`TF_VAR_pools={"workers":{"node_type":"POP2-2C-8G","zone":"fr-par-1","size":3}}`)
	if writes := env.Writes(); len(writes) > 0 {
		t.Errorf("the plans sent writes: %v", writes)
	}
}
