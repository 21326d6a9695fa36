package externalnode

import (
	_ "embed" // for the two shell programs
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

//go:embed bootstrap.sh
var bootstrapScript string

//go:embed cleanup.sh
var cleanupScript string

// programPath is the path of the program on the machine, where cloud-init writes it so that it can be run again.
const programPath = "/usr/local/sbin/srm-external-node"

// The source of the machine's credential. enrolledKept is for an imported node, whose machine already has a credential.
const (
	enrolledByProvider = "provider"
	enrolledByMachine  = "machine"
	enrolledKept       = "kept"
)

// agentPorts returns the ports of the cluster's API server that a node needs: Kubernetes and the tunnel to the node.
func agentPorts() []string { return []string{"6443", "8132"} }

// agentBinary is the download URL and the digest of the agent for a machine architecture. Both are empty if the user
// set no digest for it.
type agentBinary struct{ url, sha256 string }

// bootstrapData holds the data of the programs for a machine.
type bootstrapData struct {
	name, poolID, region, apiURL string
	// endpoints are the addresses of the API server that the machine must reach: see apiServerEndpoints.
	endpoints string
	// enrolment is one of the constants above. serial identifies an enrolment; it is not a secret.
	enrolment, serial string
	// credential is the node's own credential if the provider enrolled the node.
	credential scaleway.Enrolment
	// authorizedKeysFile or keyCommand is the source of the secret key if the machine enrols itself.
	keyFile, keyCommand string

	agentVersion string
	amd64, arm64 agentBinary
	sshPort      string
	sshRanges    []string
}

// script returns the shell program that enrols the machine. It is a secret if it contains the credential.
func (d bootstrapData) script() (string, error) {
	credential := ""
	if d.enrolment == enrolledByProvider {
		encoded, err := json.Marshal(d.credential)
		if err != nil {
			return "", fmt.Errorf("encode the credential of the node: %w", err)
		}
		credential = string(encoded)
	}
	return "#!/bin/bash\n" +
		"# Enrols this machine as " + singleLine(d.name) + " in the Kosmos pool " + d.poolID + ". Run it as root.\n" +
		shellAssignments([][2]string{
			{"POOL_ID", d.poolID}, {"POOL_REGION", d.region}, {"API_URL", d.apiURL}, {"CLUSTER_ENDPOINTS", d.endpoints},
			{"ENROLMENT", d.enrolment}, {"SERIAL", d.serial}, {"CREDENTIAL", credential}, {"KEY_FILE", d.keyFile}, {
				"KEY_COMMAND", d.keyCommand,
			},
			{"AGENT_VERSION", d.agentVersion}, {"AGENT_URL_AMD64", d.amd64.url}, {"AGENT_SHA256_AMD64", d.amd64.sha256},
			{"AGENT_URL_ARM64", d.arm64.url}, {"AGENT_SHA256_ARM64", d.arm64.sha256},
			{"SSH_PORT", d.sshPort}, {"SSH_RANGES", strings.Join(d.sshRanges, " ")},
		}) + bootstrapScript, nil
}

// apiServerEndpoints returns the URLs of the API server that a node must reach, separated by spaces.
func apiServerEndpoints(clusterURL string) (string, error) {
	server, err := url.Parse(clusterURL)
	if err != nil || server.Hostname() == "" {
		return "", fmt.Errorf("the Scaleway API returned no valid URL of the API server: %q", clusterURL)
	}
	found := []string{}
	for _, port := range agentPorts() {
		found = append(found, "https://"+net.JoinHostPort(server.Hostname(), port))
	}
	return strings.Join(found, " "), nil
}

// cloudInit returns the same program as user data of a virtual machine, which stores it and runs it at its first boot.
func (d bootstrapData) cloudInit() (string, error) {
	script, err := d.script()
	if err != nil {
		return "", err
	}
	lines := []string{"#cloud-config", "write_files:", "  - path: " + programPath, "    owner: root:root", `    ` +
		`permissions: "0700"`, "    content: |"}
	for line := range strings.Lines(script) {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			line = "      " + line
		}
		lines = append(lines, line)
	}
	return strings.Join(append(lines, "runcmd:", "  - [ "+programPath+" ]", ""), "\n"), nil
}

// cleanupScript returns the shell program that removes the machine from the cluster. It contains no secret.
func (d bootstrapData) cleanupScript() string {
	return "#!/bin/bash\n# Removes this machine, " + singleLine(
		d.name,
	) + ", from the Kosmos pool " + d.poolID + ". Run it as root.\n" + cleanupScript
}

// shellAssignments returns assignments of shell variables with quoted values.
func shellAssignments(variables [][2]string) string {
	var text strings.Builder
	for _, variable := range variables {
		fmt.Fprintf(&text, "%s='%s'\n", variable[0], strings.ReplaceAll(variable[1], "'", `'\''`))
	}
	return text.String()
}

// singleLine replaces control characters with spaces, so that text cannot leave a comment line.
func singleLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}

// shellVariable returns the value of a variable that a script of this resource sets, or "".
func shellVariable(script, variable string) string {
	found := regexp.MustCompile(`(?m)^` + variable + `='(.*)'$`).FindStringSubmatch(script)
	if found == nil {
		return ""
	}
	return strings.ReplaceAll(found[1], `'\''`, "'")
}

// parseEnrolment returns the enrolment data of a script, to write them into the next script: the state contains the
// credential nowhere else.
func parseEnrolment(script string) (enrolment, serial string, credential scaleway.Enrolment) {
	if text := shellVariable(script, "CREDENTIAL"); text != "" {
		if json.Unmarshal([]byte(text), &credential) != nil {
			credential = scaleway.Enrolment{}
		}
	}
	return shellVariable(script, "ENROLMENT"), shellVariable(script, "SERIAL"), credential
}
