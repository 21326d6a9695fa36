package externalnode

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// maxUserData is the lowest size limit of user data among large cloud providers.
const maxUserData = 16 << 10

func testBootstrapData() bootstrapData {
	return bootstrapData{
		name: "edge's \"1\"\nrm -rf /", poolID: "11111111-2222-4333-8444-555555555555", region: "fr-par",
		apiURL:    "https://api.scaleway.com",
		endpoints: "https://c.api.k8s.fr-par.scw.cloud:6443 https://c.api.k8s.fr-par.scw.cloud:8132",
		enrolment: enrolledByProvider, serial: "99999999-2222-4333-8444-555555555555",
		credential: scaleway.Enrolment{
			MetadataURL: "https://api.scaleway.com/k8s/v1/regions/fr-par/node-metadata", NodeSecretKey: "it's a <key>",
		},
		agentVersion: "0.1.5", amd64: agentBinary{
			"https://mirror.example.org/a?x=1&y=$(id)", strings.Repeat("0a", 32),
		}, arm64: agentBinary{"https://mirror.example.org/b", strings.Repeat("0b", 32)},
		sshPort: "22", sshRanges: []string{"198.51.100.0/24", "2001:db8::/32"},
	}
}

// TestShellQuoting checks that the shell does not interpret configured values, and that they are read back unchanged.
func TestShellQuoting(t *testing.T) {
	t.Parallel()
	d := testBootstrapData()
	d.enrolment, d.keyCommand = enrolledByMachine, `printf '%s' "$(cat /root/it's)"`
	script, err := d.script()
	if err != nil {
		t.Fatal(err)
	}
	head, _, found := strings.Cut(script, "\n# The rest of this program is the same")
	if !found {
		t.Fatal("the program has no body")
	}
	for variable, want := range map[string]string{
		"KEY_COMMAND": d.keyCommand, "AGENT_URL_AMD64": d.amd64.url, "SSH_RANGES": "198.51.100.0/24 2001:db8::/32",
		"CREDENTIAL": "",
	} {
		out, err := exec.CommandContext(t.Context(), "bash", "-c", head+"\nprintf '%s' \"$"+variable+"\"").Output()
		if err != nil || string(out) != want {
			t.Errorf("the shell has %s = %q, %v; want %q", variable, out, err, want)
		}
		if got := shellVariable(script, variable); got != want {
			t.Errorf("%s is read back as %q, want %q", variable, got, want)
		}
	}
	if strings.Contains(head, "\nrm -rf") {
		t.Error("the name is run as a command")
	}
}

func TestEnrolmentIsReadBack(t *testing.T) {
	t.Parallel()
	d := testBootstrapData()
	script, err := d.script()
	if err != nil {
		t.Fatal(err)
	}
	enrolment, serial, credential := parseEnrolment(script)
	if enrolment != d.enrolment || serial != d.serial || credential != d.credential {
		t.Errorf("%s %s %v", enrolment, serial, credential)
	}
	d.enrolment = enrolledByMachine
	if script, err = d.script(); err != nil {
		t.Fatal(err)
	}
	if _, _, credential := parseEnrolment(script); credential != (scaleway.Enrolment{}) || strings.Contains(
		script, d.credential.NodeSecretKey,
	) {
		t.Errorf("the program of a machine that enrols itself contains the credential %v", credential)
	}
	if strings.Contains(d.cleanupScript(), d.credential.NodeSecretKey) {
		t.Error("the cleanup program contains the credential")
	}
}

// TestCloudInit checks that the user data is YAML, contains the unchanged program, runs it as root, and is small
// enough.
func TestCloudInit(t *testing.T) {
	t.Parallel()
	d := testBootstrapData()
	script, err := d.script()
	if err != nil {
		t.Fatal(err)
	}
	text, err := d.cloudInit()
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		WriteFiles []struct{ Path, Owner, Permissions, Content string } `json:"write_files"`
		RunCmd     [][]string                                           `json:"runcmd"`
	}
	if err := yaml.Unmarshal([]byte(text), &config); err != nil {
		t.Fatal(err)
	}
	if len(config.WriteFiles) != 1 || config.WriteFiles[0].Content != script ||
		config.WriteFiles[0].Permissions != "0700" || config.WriteFiles[0].Owner != "root:root" {
		t.Errorf("files %+v", config.WriteFiles)
	}
	if len(config.RunCmd) != 1 || !slices.Equal(config.RunCmd[0], []string{config.WriteFiles[0].Path}) {
		t.Errorf("commands %v", config.RunCmd)
	}
	if !strings.HasPrefix(text, "#cloud-config\n") || len(text) > maxUserData {
		t.Errorf("%d bytes", len(text))
	}
	t.Logf("%d bytes of at most %d", len(text), maxUserData)
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	for from, want := range map[string]string{
		"https://c.api.k8s.fr-par.scw.cloud:6443": "https://c.api.k8s.fr-par.scw.cloud:6443 " +
			"https://c.api.k8s.fr-par.scw.cloud:8132",
		"https://[2001:db8::1]:6443": "https://[2001:db8::1]:6443 https://[2001:db8::1]:8132", "": "", "not a URL": "",
	} {
		if got, err := apiServerEndpoints(from); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", from, got, err)
		}
	}
}
