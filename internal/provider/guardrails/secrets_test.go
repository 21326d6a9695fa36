package guardrails_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestSecretsAreNotLeaked runs a whole lifecycle at the log level TRACE, and searches for the passphrases, the secret
// key and the cluster's admin token in the state, the plan file, the plan as JSON, the logs and the requests to the
// sandbox.
func TestSecretsAreNotLeaked(t *testing.T) {
	t.Parallel()
	server := acctest.Kubernetes(t, nil)
	env := acctest.New(t, acctest.WithKubernetes(server))
	config, err := clientcmd.RESTConfigFromKubeConfig(server.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	const second = "passphrase-of-version-two-0123456789abcdef"
	needles := map[string]string{"admin token": config.BearerToken, "secret key": sandbox.SecretKey}
	for name, phrase := range map[string]string{"passphrase 1": passphrase, "passphrase 2": second} {
		needles[name], needles[name+" in base64"] = phrase, base64.StdEncoding.EncodeToString([]byte(phrase))
	}
	text := func(version int) string {
		return fmt.Sprintf(`
provider "srm" {
  %s
}

variable "passphrase" {
  type      = string
  ephemeral = true
}

resource "srm_hds_cluster" "test" {
  name                        = "scanned"
  version                     = "1.35"
  type                        = "kapsule-dedicated-4"
  private_network_id          = %q
  allowed_ip_ranges           = [{ cidr = "192.0.2.0/24", description = "office" }]
  maintenance_window          = { day = "sunday", start_hour = 2 }
  delete_additional_resources = false
  deletion_protection         = false
}

resource "srm_hds_guardrails" "test" {
  cluster_id = srm_hds_cluster.test.id
  volume_encryption = {
    passphrase_wo         = var.passphrase
    passphrase_wo_version = %d
  }
}
`, acctest.Contract, "fr-par/"+sandbox.PrivateNetworkID, version)
	}
	cli := env.CLI(t, "")
	log := filepath.Join(cli.Dir(), "trace.log")
	cli.AddEnv("SCW_API_URL="+env.URL, "SCW_ACCESS_KEY="+sandbox.AccessKey, "SCW_SECRET_KEY="+sandbox.SecretKey,
		"SCW_DEFAULT_PROJECT_ID="+sandbox.ProjectID,
		"SCW_DEFAULT_ORGANIZATION_ID="+sandbox.OrganizationID, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	output := ""
	for version, phrase := range []string{passphrase, second} {
		cli.ConfigureRaw(text(version + 1))
		cli.AddEnv("TF_VAR_passphrase=" + phrase)
		output += cli.MustRun("plan", "-no-color", "-out=plan.bin") + cli.MustRun("show", "-json", "plan.bin")
		checkSecretsAbsent(t, "plan file", unzip(t, filepath.Join(cli.Dir(), "plan.bin")), needles)
		output += cli.MustRun("apply", "-no-color", "plan.bin")
		checkSecretsAbsent(t, "state", readFile(t, filepath.Join(cli.Dir(), "terraform.tfstate")), needles)
		output += cli.MustRun("plan", "-no-color", "-detailed-exitcode")
	}
	cli.AddEnv("TF_VAR_passphrase=too-short")
	out, _ := cli.Run("plan", "-no-color")
	output += out
	needles["short passphrase"] = "too-short"
	checkSecretsAbsent(t, "output", []byte(output), needles)
	delete(needles, "short passphrase")
	cli.AddEnv("TF_VAR_passphrase=" + second)
	checkSecretsAbsent(
		t, "output of the destroy", []byte(cli.MustRun("destroy", "-auto-approve", "-no-color")), needles,
	)
	trace := readFile(t, log)
	if !bytes.Contains(
		trace, []byte("Kubernetes API request"),
	) || !bytes.Contains(trace, []byte("Scaleway API request")) {
		t.Error("the log does not contain the provider's requests")
	}
	checkSecretsAbsent(t, "log", trace, needles)
	requests, err := json.Marshal(env.Sandbox.Requests())
	if err != nil {
		t.Fatal(err)
	}
	checkSecretsAbsent(t, "requests", requests, needles)
}

// checkSecretsAbsent checks that a text contains none of the needles.
func checkSecretsAbsent(t *testing.T, source string, text []byte, needles map[string]string) {
	t.Helper()
	if len(text) == 0 {
		t.Errorf("the %s is empty", source)
	}
	for name, needle := range needles {
		if found := bytes.Count(text, []byte(needle)); found > 0 {
			at := bytes.Index(text, []byte(needle))
			t.Errorf("the %s contains the %s %d times, after …%q", source, name, found, text[max(0, at-80):at])
		}
	}
	t.Logf("%s: %d bytes, %d needles", source, len(text), len(needles))
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func unzip(t *testing.T, path string) []byte {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	var all bytes.Buffer
	for _, file := range archive.File {
		content, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, content); err != nil { //nolint:gosec // a plan file of this test
			t.Fatal(err)
		}
		_ = content.Close()
	}
	return all.Bytes()
}
