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

// TestStory: on a real CLI and a real machine, by each way to enrol and each document: apply, boot, ready, an empty
// plan, deleted out of band and enrolled again, a rotation, a destroy, the cleanup. Then it looks for the secrets in
// all that is left.
func TestStory(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"provider", "machine"} {
		for _, document := range []string{"script", "cloud_init"} {
			t.Run(way+" "+document, func(t *testing.T) {
				t.Parallel()
				newLab(t).story(way, document)
			})
		}
	}
}

func (l *lab) story(way, document string) {
	l.t.Helper()
	var more string
	if way == "machine" {
		l.WriteFile("/root/key", 0o600, sandbox.SecretKey+"\n")
		more = itself
	}
	config := func(rotation string) string {
		text := l.node(more+"\n  rotation = \""+rotation+"\"", agent, l.agent())
		// The key comes from the environment, as in a pipeline: it is in no file of the configuration.
		return strings.Replace(text, fmt.Sprintf("secret_key      = %q", sandbox.SecretKey), "", 1) +
			"output \"program\" {\n  value = srm_kosmos_external_node.edge." + document + "\n  sensitive = true\n}\noutput " +
			"\"cleanup\" {\n  value = srm_kosmos_external_node.edge.cleanup_script\n}\n"
	}
	cli := l.CLI(l.t, "")
	log := filepath.Join(cli.Dir(), "trace.log")
	cli.Environ("SCW_SECRET_KEY="+sandbox.SecretKey, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	said := &strings.Builder{}
	run := func(args ...string) string {
		l.t.Helper()
		out := cli.Must(append(args, "-no-color")...)
		said.WriteString(out)
		return out
	}
	boot := func() {
		l.t.Helper()
		program := cli.Must("output", "-raw", "program")
		if document == "cloud_init" {
			l.cloudInit(program)
		} else if out, code := l.boot(program); code != 0 {
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
	l.remove(first)
	acctest.Contains(l.t, run("apply", "-auto-approve"), "1 added, 0 changed, 0 destroyed")
	ready()
	cli.ConfigureRaw(config("2"))
	acctest.Contains(l.t, run("apply", "-auto-approve"), "1 added, 0 changed, 1 destroyed")
	ready()
	if last := l.nodes()[0].ID; last == first {
		l.t.Error("the node is the same after a rotation")
	}
	l.search(cli, way, secrets, said.String())
	cleanup := cli.Must("output", "-raw", "cleanup")
	acctest.Contains(l.t, run("destroy", "-auto-approve"), "The machine stays as it is", "1 destroyed")
	if left := l.nodes(); len(left) != 0 {
		l.t.Errorf("nodes %+v", left)
	}
	l.WriteFile("/root/cleanup.sh", 0o700, cleanup)
	acctest.Contains(l.t, l.Must("bash", "/root/cleanup.sh"), "done: the machine is out of the cluster")
	if found := l.find(sandbox.SecretKey, "/root/key"); len(found) > 0 {
		l.t.Errorf("the API key is on the machine: %v", found)
	}
	for secret := range secrets {
		if found := l.find(secret, "/root/node.sh"); len(found) > 0 {
			l.t.Errorf("a credential of the node is left on the machine: %v", found)
		}
	}
}

// cloudInit boots the machine for the first time: the real cloud-init takes the document from a datasource on the disk,
// and runs the modules that it needs.
func (l *lab) cloudInit(userData string) {
	l.t.Helper()
	l.Must("mkdir", "-p", "/var/lib/cloud/seed/nocloud")
	l.WriteFile("/var/lib/cloud/seed/nocloud/user-data", 0o600, userData)
	l.WriteFile(
		"/var/lib/cloud/seed/nocloud/meta-data", 0o600, fmt.Sprintf("instance-id: boot-%d\n", len(l.Sandbox.Requests())),
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
	// What a machine keeps of its user data is its own; here the next search wants none of it.
	l.Must("cloud-init", "clean", "--seed", "--logs")
}

// search looks for the API key and the nodes' credentials, also in base64, in all that the CLI left and said. A
// credential may be in a state, in cloud_init and script alone, and nowhere where the machine enrols itself.
func (l *lab) search(cli *acctest.CLI, way string, secrets map[string]bool, said string) {
	l.t.Helper()
	left := map[string]string{"output": said, "plan as JSON": cli.Must("show", "-json", "plan.bin")}
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
	left["terraform.tfstate"] = l.without(left["terraform.tfstate"], way, secrets)
	if len(left["trace.log"]) < 1<<18 {
		l.t.Errorf("the log has %d bytes only", len(left["trace.log"]))
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

// without is a state without the two attributes, and the output of one of them, that may hold the credential.
func (l *lab) without(state, way string, secrets map[string]bool) string {
	l.t.Helper()
	var parsed map[string]any
	if err := json.Unmarshal([]byte(state), &parsed); err != nil {
		l.t.Fatal(err)
	}
	if way == "machine" {
		return state
	}
	found := false
	for _, one := range parsed["resources"].([]any) { //nolint:forcetypeassert // a state has them
		for _, instance := range one.(map[string]any)["instances"].([]any) { //nolint:forcetypeassert // as above
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
		l.t.Error("the programs do not hold the credential that the machine has")
	}
	delete(parsed["outputs"].(map[string]any), "program") //nolint:forcetypeassert // a state has them
	raw, err := json.Marshal(parsed)
	if err != nil {
		l.t.Fatal(err)
	}
	return string(raw)
}
