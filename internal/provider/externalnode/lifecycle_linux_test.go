package externalnode_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestFullLifecycle runs a lifecycle with a real CLI and a real machine, for each enrolment and each form of the
// program: apply, boot, ready, an empty plan, deleted out of band and enrolled again, a rotation, a destroy, the
// cleanup. Then it searches for secrets in all files and outputs.
func TestFullLifecycle(t *testing.T) {
	t.Parallel()
	for _, enrolment := range []string{"provider", "machine"} {
		for _, document := range []string{"script", "cloud_init"} {
			t.Run(enrolment+" "+document, func(t *testing.T) {
				t.Parallel()
				if enrolment != "provider" || document != "script" { // one of the four runs on each CLI
					acctest.OnOneCLI(t)
				}
				newLab(t).runLifecycle(enrolment, document)
			})
		}
	}
}

func (l *lab) runLifecycle(enrolment, document string) {
	l.t.Helper()
	var extra string
	if enrolment == "machine" {
		l.WriteFile("/root/key", 0o600, sandbox.SecretKey+"\n")
		extra = machineEnrolmentConfig
	}
	config := func(rotation string) string {
		text := l.nodeConfig(extra+"\n  rotation = \""+rotation+"\"", agentConfig, l.mirrorAgentConfig())
		// The key comes from the environment, as in a pipeline, and is not in the configuration.
		return strings.Replace(text, fmt.Sprintf("secret_key      = %q", sandbox.SecretKey), "", 1) +
			"output \"program\" {\n  value = srm_kosmos_external_node.edge." + document + "\n  sensitive = " +
			"true\n}\noutput \"cleanup\" {\n  value = srm_kosmos_external_node.edge.cleanup_script\n}\n"
	}
	cli := l.CLI(l.t, "")
	log := filepath.Join(cli.Dir(), "trace.log")
	cli.AddEnv("SCW_SECRET_KEY="+sandbox.SecretKey, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	output := &strings.Builder{}
	run := func(args ...string) string {
		l.t.Helper()
		out := cli.MustRun(append(args, "-no-color")...)
		output.WriteString(out)
		return out
	}
	boot := func() {
		l.t.Helper()
		program := cli.MustRun("output", "-raw", "program")
		if document == "cloud_init" {
			l.cloudInit(program)
		} else if out, code := l.runScript(program); code != 0 {
			l.t.Fatalf("exit %d\n%s", code, out)
		}
	}
	empty := func() {
		l.t.Helper()
		if out, code := cli.Run("plan", "-detailed-exitcode", "-no-color"); code != 0 {
			l.t.Fatalf("the plan is not empty: exit %d\n%s", code, out)
		}
	}
	secrets := map[string]bool{}
	ready := func() {
		l.t.Helper()
		boot()
		run("apply", "-refresh-only", "-auto-approve")
		empty()
		if nodes := l.nodes(); len(nodes) != 1 || string(nodes[0].Status) != "ready" {
			l.t.Fatalf("nodes %+v", nodes)
		}
		content, _, _ := l.ReadFile("/etc/scw-k8s-userdata")
		secrets[regexp.MustCompile(`"node_secret_key":"([^"]+)"`).FindStringSubmatch(content)[1]] = true
	}
	cli.ConfigureRaw(config("1"))
	run("plan", "-out=plan.bin")
	acctest.Contains(l.t, run("apply", "plan.bin"), "1 added, 0 changed, 0 destroyed")
	empty()
	ready()
	first := l.nodes()[0].ID
	l.deleteNode(first)
	acctest.Contains(l.t, run("apply", "-auto-approve"), "1 added, 0 changed, 0 destroyed")
	ready()
	cli.ConfigureRaw(config("2"))
	acctest.Contains(l.t, run("apply", "-auto-approve"), "1 added, 0 changed, 1 destroyed")
	ready()
	if last := l.nodes()[0].ID; last == first {
		l.t.Error("the rotation did not replace the node")
	}
	l.checkSecretsAbsent(cli, enrolment, secrets, output.String())
	cleanup := cli.MustRun("output", "-raw", "cleanup")
	acctest.Contains(l.t, run("destroy", "-auto-approve"), "The destroy does not change the machine", "1 destroyed")
	if left := l.nodes(); len(left) != 0 {
		l.t.Errorf("nodes %+v", left)
	}
	l.WriteFile("/root/cleanup.sh", 0o700, cleanup)
	acctest.Contains(l.t, l.MustRun("bash", "/root/cleanup.sh"), "done: the machine is removed from the cluster")
	if found := l.filesContaining(sandbox.SecretKey, "/root/key"); len(found) > 0 {
		l.t.Errorf("the API key is on the machine: %v", found)
	}
	for secret := range secrets {
		if found := l.filesContaining(secret, "/root/node.sh"); len(found) > 0 {
			l.t.Errorf("a credential of the node is still on the machine: %v", found)
		}
	}
}

// cloudInit simulates the first boot of the machine: cloud-init reads the user data from a datasource on the disk, and
// runs the needed modules.
func (l *lab) cloudInit(userData string) {
	l.t.Helper()
	l.MustRun("mkdir", "-p", "/var/lib/cloud/seed/nocloud")
	l.WriteFile("/var/lib/cloud/seed/nocloud/user-data", 0o600, userData)
	l.WriteFile(
		"/var/lib/cloud/seed/nocloud/meta-data", 0o600, fmt.Sprintf(
			"instance-id: boot-%d\n", len(l.Sandbox.Requests()),
		),
	)
	l.WriteFile("/etc/cloud/cloud.cfg", 0o644, `datasource_list: [NoCloud]
network: {config: disabled}
cloud_init_modules: [write-files]
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts-user]
`)
	for _, stage := range [][]string{
		{"clean"}, {"init", "--local"}, {"init"}, {"modules", "--mode=config"}, {"modules", "--mode=final"},
	} {
		if out, code := l.Run(append([]string{"cloud-init"}, stage...)...); code != 0 {
			l.t.Fatalf("cloud-init %v: exit %d\n%s", stage, code, out)
		}
	}
	// cloud-init keeps a copy of the user data, which the search for secrets would find.
	l.MustRun("cloud-init", "clean", "--seed", "--logs")
}

// checkSecretsAbsent searches for the API key and the nodes' credentials, also in base64, in the files and the output
// of the CLI. A state may contain a credential only in cloud_init and script, and not if the machine enrols itself.
func (l *lab) checkSecretsAbsent(cli *acctest.CLI, enrolment string, secrets map[string]bool, output string) {
	l.t.Helper()
	left := map[string]string{"output": output, "plan as JSON": cli.MustRun("show", "-json", "plan.bin")}
	for _, name := range []string{"terraform.tfstate", "trace.log"} {
		raw, err := os.ReadFile(filepath.Join(cli.Dir(), name))
		if err != nil {
			l.t.Fatal(err)
		}
		left[name] = string(raw)
	}
	for _, request := range l.Sandbox.Requests() {
		left["requests"] += request.Path + "?" + request.Query + "\n"
	}
	raw, err := os.ReadFile(filepath.Join(cli.Dir(), "plan.bin"))
	if err != nil {
		l.t.Fatal(err)
	}
	packed, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		l.t.Fatal(err)
	}
	for _, file := range packed.File {
		reader, err := file.Open()
		if err != nil {
			l.t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err != nil {
			l.t.Fatal(err)
		}
		left["plan file, "+file.Name] = string(content)
	}
	left["terraform.tfstate"] = l.withoutPrograms(left["terraform.tfstate"], enrolment, secrets)
	if len(left["trace.log"]) < 1<<18 {
		l.t.Errorf("the log has only %d bytes", len(left["trace.log"]))
	}
	needles := map[string]string{"the API key": sandbox.SecretKey}
	for secret := range secrets {
		needles["the credential "+secret[:8]] = secret
	}
	for where, text := range left {
		for what, needle := range needles {
			for _, form := range []string{needle, base64.StdEncoding.EncodeToString([]byte(needle))} {
				if n := strings.Count(text, form); n > 0 {
					l.t.Errorf("%s is %d times in %s", what, n, where)
				}
			}
		}
	}
}

// withoutPrograms returns a state without the two attributes and the output that may contain the credential.
func (l *lab) withoutPrograms(state, enrolment string, secrets map[string]bool) string {
	l.t.Helper()
	var parsed map[string]any
	if err := json.Unmarshal([]byte(state), &parsed); err != nil {
		l.t.Fatal(err)
	}
	if enrolment == "machine" {
		return state
	}
	found := false
	for _, resource := range parsed["resources"].([]any) { //nolint:forcetypeassert // a state has them
		for _, instance := range resource.(map[string]any)["instances"].([]any) { //nolint:forcetypeassert // as above
			attributes := instance.(map[string]any)["attributes"].(map[string]any) //nolint:forcetypeassert // as above
			for _, name := range []string{"cloud_init", "script"} {
				for secret := range secrets {
					found = found || strings.Contains(fmt.Sprint(attributes[name]), secret)
				}
				delete(attributes, name)
			}
		}
	}
	if !found {
		l.t.Error("the programs do not contain the credential of the machine")
	}
	delete(parsed["outputs"].(map[string]any), "program") //nolint:forcetypeassert // a state has them
	raw, err := json.Marshal(parsed)
	if err != nil {
		l.t.Fatal(err)
	}
	return string(raw)
}
