package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// quotedMessages returns the lines of diagnostics that a guide quotes, up to "…" if they contain it.
func quotedMessages(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "templates", "guides", name+".md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for line := range strings.Lines(string(text)) {
		for _, label := range []string{"Error: ", "Warning: ", "Clause: ", "Found: ", "Allowed: ", "Fix: "} {
			if strings.HasPrefix(line, label) {
				quote, _, _ := strings.Cut(strings.TrimSpace(line), "…")
				found = append(found, strings.TrimSpace(quote))
			}
		}
	}
	if len(found) == 0 {
		t.Fatalf("the guide %s quotes no diagnostic", name)
	}
	return found
}

// TestGettingStarted runs the steps of the guide, and checks the diagnostics that the guide quotes.
func TestGettingStarted(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, startInNovember2026)
	cli := env.ExampleCLI(t, filepath.Join("..", "..", "examples", "guides", "getting-started"))
	cli.MustRun("plan", "-no-color")
	main := filepath.Join(cli.Dir(), "main.tf")
	valid, err := os.ReadFile(main)
	if err != nil {
		t.Fatal(err)
	}
	invalid := strings.Replace(string(valid), `"kapsule-dedicated-4"`, `"kapsule"`, 1)
	if err := os.WriteFile(main, []byte(invalid), 0o600); err != nil {
		t.Fatal(err)
	}
	out, code := cli.Run("plan", "-no-color")
	if code == 0 {
		t.Errorf("the plan of a shared control plane passes:\n%s", out)
	}
	acctest.Contains(t, out, quotedMessages(t, "getting-started")...)
	if err := os.WriteFile(main, valid, 0o600); err != nil {
		t.Fatal(err)
	}
	cli.MustRun("apply", "-auto-approve")
	if out, code := cli.Run("plan", "-detailed-exitcode"); code != 0 {
		t.Errorf("the second plan is not empty: exit %d\n%s", code, out)
	}
	if out, code := cli.Run("destroy", "-auto-approve"); code == 0 {
		t.Errorf("the destroy succeeds, want an error:\n%s", out)
	}
}

// TestForcedUpgradeGuide simulates a forced upgrade as the guide does.
func TestForcedUpgradeGuide(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t, startInNovember2026)
	cli := env.ExampleCLI(t, filepath.Join("..", "..", "examples", "guides", "getting-started"))
	main := filepath.Join(cli.Dir(), "main.tf")
	replace := func(from, to string) {
		t.Helper()
		text, err := os.ReadFile(main)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(main, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	replace(`"1.36"`, `"1.35"`)
	cli.MustRun("apply", "-auto-approve")
	env.Sandbox.SetNow(time.Date(2027, 5, 1, 0, 0, 0, 0, time.UTC))
	env.Sandbox.ClearRequests()
	out, code := cli.Run("plan", "-no-color", "-detailed-exitcode")
	if code != 0 {
		t.Errorf("the plan is not empty: exit %d\n%s", code, out)
	}
	acctest.Contains(t, out, quotedMessages(t, "forced-upgrades")...)
	replace(`"1.35"`, `"1.36"`)
	cli.MustRun("apply", "-auto-approve")
	if writes := env.Writes(); len(writes) > 0 {
		t.Errorf("the apply sent writes: %v", writes)
	}
}

// TestHDSFromZero applies the configuration of the guide, and checks that the second plan is empty.
func TestHDSFromZero(t *testing.T) {
	t.Parallel()
	env := acctest.New(t, startInNovember2026, acctest.WithKubernetes(acctest.Kubernetes(t, nil)))
	cli := env.ExampleCLI(t, filepath.Join("..", "..", "examples", "guides", "hds-from-zero"))
	cli.AddEnv("TF_VAR_private_network_id=fr-par/"+sandbox.PrivateNetworkID, "TF_VAR_passphrase=a passphrase that is "+
		"long enough to be one")
	cli.MustRun("apply", "-auto-approve")
	out, code := cli.Run("plan", "-no-color", "-detailed-exitcode")
	if code != 0 {
		t.Errorf("the second plan is not empty: exit %d\n%s", code, out)
	}
	acctest.Contains(
		t, cli.MustRun("output", "-no-color"), `"NET-01 Design of VPC segmentation and subnets" = tomap({`,
		`"design" = `+
			`"attestation network_design"`,
	)
}

// TestChartsUnderGuardrails applies the configuration of the guide. The tests of the guardrails check which charts it
// allows.
func TestChartsUnderGuardrails(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	env := acctest.New(t, startInNovember2026, acctest.WithKubernetes(acctest.Kubernetes(t, nil)))
	id := env.CreateCluster(t)
	allowOfficeRange(t, env, id)
	cli := env.ExampleCLI(t, filepath.Join("..", "..", "examples", "guides", "charts-under-guardrails"))
	cli.AddEnv("TF_VAR_cluster_id=fr-par/"+id, "TF_VAR_passphrase=a passphrase that is long enough to be one")
	cli.MustRun("apply", "-auto-approve")
	if out, code := cli.Run("plan", "-detailed-exitcode"); code != 0 {
		t.Errorf("the second plan is not empty: exit %d\n%s", code, out)
	}
}

// TestBackupsOfEncryptedVolumes applies the configuration of the guide, then its objects to the API server. The files
// of the restores are refused without their annotations. No driver opens a device here.
func TestBackupsOfEncryptedVolumes(t *testing.T) {
	t.Parallel()
	acctest.OnOneCLI(t)
	server := acctest.Kubernetes(t, nil)
	env := acctest.New(t, startInNovember2026, acctest.WithKubernetes(server))
	folder := filepath.Join("..", "..", "examples", "guides", "backups-of-encrypted-volumes")
	in := newManifestClient(t, server.Kubeconfig(), folder)
	in.createSnapshotAPI()
	in.apply(`{apiVersion: v1, kind: Namespace, metadata: {name: records}}`)
	id := env.CreateCluster(t)
	allowOfficeRange(t, env, id)
	cli := env.ExampleCLI(t, folder)
	cli.AddEnv("TF_VAR_cluster_id=fr-par/"+id, "TF_VAR_passphrase=a passphrase that is long enough to be one")
	cli.MustRun("apply", "-auto-approve")
	if out, code := cli.Run("plan", "-detailed-exitcode"); code != 0 {
		t.Errorf("the second plan is not empty: exit %d\n%s", code, out)
	}
	const attested = "terraform-srm.github.io/encrypted-source"
	for _, file := range []string{"restore-same-version.yaml", "restore-older-version.yaml"} {
		text := in.read(file)
		plain := strings.Replace(text, attested+`: "true"`, "example.com/other: x", 1)
		if err := in.tryApply(plain); err == nil || !strings.Contains(err.Error(), attested) {
			t.Errorf("%s without its annotation: %v", file, err)
		}
		in.apply(text)
	}
	snapshot := in.read("snapshot.yaml")
	deleting := strings.Replace(snapshot, "  source:", "  volumeSnapshotClassName: scw-snapshot\n  source:", 1)
	if err := in.tryApply(deleting); err == nil || !strings.Contains(err.Error(), "HDS-BKP-01") {
		t.Errorf("a snapshot of a class that deletes: %v", err)
	}
	in.apply(snapshot)
	in.apply(`{apiVersion: v1, kind: Namespace, metadata: {name: velero}}`)
	in.apply(in.read("repository-password.yaml"))
}
