package externalnode

import (
	_ "embed" // The two programs.
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

//go:embed bootstrap.sh
var bootstrap string

//go:embed cleanup.sh
var cleanup string

// programPath is where cloud-init keeps the program on the machine, so that it can be run again.
const programPath = "/usr/local/sbin/srm-external-node"

// How the machine comes by its credential. enrolledKept is that of a node that this resource imported: the machine has
// it.
const (
	enrolledByProvider = "provider"
	enrolledByMachine  = "machine"
	enrolledKept       = "kept"
)

// agentPorts are the ports of the API server that a node needs beside the API: Kubernetes and the tunnel back to the
// node.
func agentPorts() []string { return []string{"6443", "8132"} }

// architecture is where the agent of a machine's architecture is, and its digest; both empty where the user named none.
type architecture struct{ url, sha256 string }

// documents is what the programs for a machine are made of.
type documents struct {
	name, poolID, region, apiURL string
	// endpoints are the addresses of the API server that the machine must reach: see endpointsOf.
	endpoints string
	// enrolment is one of the constants above. serial tells one enrolment from the next; it is no secret.
	enrolment, serial string
	// credential is the node's own, where the provider enrolled it.
	credential scaleway.Enrolment
	// keyFile or keyCommand is where the machine finds the secret key, where it enrols itself.
	keyFile, keyCommand string

	agentVersion string
	amd64, arm64 architecture
	sshPort      string
	sshRanges    []string
}

// script is the program that enrols the machine, for a shell. Secret where the credential is in it.
func (d documents) script() (string, error) {
	credential := ""
	if d.enrolment == enrolledByProvider {
		whole, err := json.Marshal(d.credential)
		if err != nil {
			return "", fmt.Errorf("write the credential of the node: %w", err)
		}
		credential = string(whole)
	}
	return "#!/bin/bash\n" +
		"# Enrols this machine as " + comment(d.name) + " in the Kosmos pool " + d.poolID + ". Run it as root.\n" +
		assignments([][2]string{
			{"POOL_ID", d.poolID}, {"POOL_REGION", d.region}, {"API_URL", d.apiURL}, {"CLUSTER_ENDPOINTS", d.endpoints},
			{"ENROLMENT", d.enrolment}, {"SERIAL", d.serial}, {"CREDENTIAL", credential}, {"KEY_FILE", d.keyFile}, {
				"KEY_COMMAND", d.keyCommand,
			},
			{"AGENT_VERSION", d.agentVersion}, {"AGENT_URL_AMD64", d.amd64.url}, {"AGENT_SHA256_AMD64", d.amd64.sha256},
			{"AGENT_URL_ARM64", d.arm64.url}, {"AGENT_SHA256_ARM64", d.arm64.sha256},
			{"SSH_PORT", d.sshPort}, {"SSH_RANGES", strings.Join(d.sshRanges, " ")},
		}) + bootstrap, nil
}

// endpointsOf are the addresses of the API server that a node must reach, URLs with a space between.
func endpointsOf(clusterURL string) (string, error) {
	server, err := url.Parse(clusterURL)
	if err != nil || server.Hostname() == "" {
		return "", fmt.Errorf("the API answered no usable address of the API server: %q", clusterURL)
	}
	found := []string{}
	for _, port := range agentPorts() {
		found = append(found, "https://"+net.JoinHostPort(server.Hostname(), port))
	}
	return strings.Join(found, " "), nil
}

// cloudInit is the same program as user data of a virtual machine: kept on the machine, and run at its first boot.
func (d documents) cloudInit() (string, error) {
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

// cleanupScript takes the machine out of the cluster. There is no secret in it.
func (d documents) cleanupScript() string {
	return "#!/bin/bash\n# Takes this machine, " + comment(d.name) + ", out of the Kosmos pool " + d.poolID + ". Run it " +
		"as root.\n" + cleanup
}

// assignments are shell variables whose values are taken literally.
func assignments(variables [][2]string) string {
	var text strings.Builder
	for _, variable := range variables {
		fmt.Fprintf(&text, "%s='%s'\n", variable[0], strings.ReplaceAll(variable[1], "'", `'\''`))
	}
	return text.String()
}

// comment is text that ends with its line.
func comment(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}

// assigned finds the value of a variable that a script of this resource sets.
func assigned(script, variable string) string {
	found := regexp.MustCompile(`(?m)^` + variable + `='(.*)'$`).FindStringSubmatch(script)
	if found == nil {
		return ""
	}
	return strings.ReplaceAll(found[1], `'\''`, "'")
}

// enrolmentOf reads back what a script says of its enrolment, so that the same can be written into the next: the state
// keeps the credential nowhere else.
func enrolmentOf(script string) (enrolment, serial string, credential scaleway.Enrolment) {
	if text := assigned(script, "CREDENTIAL"); text != "" {
		if json.Unmarshal([]byte(text), &credential) != nil {
			credential = scaleway.Enrolment{}
		}
	}
	return assigned(script, "ENROLMENT"), assigned(script, "SERIAL"), credential
}
