package externalnode_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/machine"
)

// lab is a machine with the services that its program needs: the sandbox at the address that the provider uses, the
// ports of the cluster's API server, and a mirror that serves the agent.
type lab struct {
	*rig
	*machine.Machine
	digest string
	// clockOffset is the offset of the API's clock in nanoseconds. With missing, the mirror has no agent; with
	// tampered, it serves another file.
	clockOffset                     atomic.Int64
	isAgentMissing, isAgentTampered atomic.Bool
}

// administrator is the SSH key that the machines have, in authorizedKeysFile.
const (
	administratorKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKzqUxvE1fnhL3LNa1Ykq1kVd4aZ0n5cYc3j8Oe1fTzv " +
		"admin@example.org\n"
	authorizedKeysFile = "/root/.ssh/authorized_keys"
)

func newLab(t *testing.T) *lab { //nolint:thelper // it skips the test with a reason
	acctest.SkipLongUnderRace(t) // the machine's programs are shell scripts
	machine.Requires(t)
	l := &lab{rig: newRig(t), Machine: machine.Start(t)}
	var binary []byte
	binary, l.digest = machine.Agent(t)

	sandboxURL, err := url.Parse(l.URL)
	if err != nil {
		t.Fatal(err)
	}
	l.serve(l.Listen(sandboxURL.Host), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now := time.Now() //nolint:forbidigo // the machine's own clock is the real one
		w.Header().Set("Date", now.Add(time.Duration(l.clockOffset.Load())).UTC().Format(http.TimeFormat))
		l.Sandbox.ServeHTTP(w, r)
	}))
	l.serve(
		l.ListenInternet(machine.InternetAddress+":80"),
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case l.isAgentMissing.Load() || r.URL.Path != "/k8s-agent-0.1.5-amd64":
				http.NotFound(w, r)
			case l.isAgentTampered.Load():
				_, _ = io.WriteString(w, "#!/bin/sh\ntouch /root/pwned\n")
			default:
				_, _ = w.Write(binary)
			}
		}),
	)
	cluster, err := l.api.Cluster(t.Context(), l.pool.Region, l.pool.ClusterID)
	if err != nil {
		t.Fatal(err)
	}
	server, err := url.Parse(cluster.ClusterURL)
	if err != nil {
		t.Fatal(err)
	}
	l.WriteFile("/etc/hosts", 0o644, "127.0.0.1 localhost edge\n"+machine.InternetAddress+" "+server.Hostname()+"\n")
	for _, port := range []string{"6443", "8132"} {
		l.serve(l.ListenInternet(net.JoinHostPort(machine.InternetAddress, port)), http.NotFoundHandler())
	}
	l.MustRun("mkdir", "-p", "-m", "0700", "/root/.ssh")
	l.WriteFile(authorizedKeysFile, 0o600, administratorKey)
	return l
}

func (l *lab) serve(listener net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(listener) }()
	l.t.Cleanup(func() { _ = server.Close() })
}

// mirrorAgentConfig returns the agent attribute with the mirror as its download URL.
func (l *lab) mirrorAgentConfig() string {
	return fmt.Sprintf("agent = {\n version = \"0.1.5\"\n sha256 = { amd64 = %q }\n download_url = "+
		"\"http://%s/k8s-agent-{version}-{arch}\"\n }", l.digest, machine.InternetAddress)
}

// enrolNode creates a node by the provider protocol. It returns the script, and a function that reads the node's id.
func (l *lab) enrolNode(extra map[string]any) (script string, id func() string) {
	l.t.Helper()
	config := l.nodeAttributes(map[string]any{"agent": map[string]any{
		"version": "0.1.5", "sha256": map[string]any{"amd64": l.digest},
		"download_url": "http://" + machine.InternetAddress +
			"/k8s-agent-{version}-{arch}",
	}})
	for name, value := range extra {
		config[name] = value
	}
	life := l.Protocol(l.t).Resource("srm_kosmos_external_node", config)
	if output := life.Apply(l.t.Context()); !life.Exists() {
		l.t.Fatal(output)
	}
	return life.StringAttribute("script"), func() string {
		l.t.Helper()
		life.Refresh(l.t.Context())
		return life.StringAttribute("id")
	}
}

// runScript runs a script as root, like `sudo bash node.sh`.
func (l *lab) runScript(script string) (string, int) {
	l.t.Helper()
	l.WriteFile("/root/node.sh", 0o700, script)
	return l.Run("bash", "/root/node.sh")
}

// mustFinish runs a script that must succeed, and checks that the pool has one node, which is ready.
func (l *lab) mustFinish(script string) string {
	l.t.Helper()
	out, code := l.runScript(script)
	if code != 0 {
		l.t.Fatalf("exit %d\n%s", code, out)
	}
	nodes := l.nodes()
	if len(nodes) != 1 || nodes[0].Status != k8s.NodeStatusReady {
		l.t.Errorf("nodes %+v", nodes)
	}
	return out
}

// killAt runs a script and kills it with its child processes when it prints a word.
func (l *lab) killAt(script, word string) {
	l.t.Helper()
	l.WriteFile("/root/node.sh", 0o700, script)
	ctx, cancel := context.WithCancel(l.t.Context())
	defer cancel()
	cmd := l.Command(ctx, "bash", "/root/node.sh")
	out, err := cmd.StdoutPipe()
	if err != nil {
		l.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), word) {
			cancel()
			break
		}
	}
	_ = cmd.Wait()
	if ctx.Err() == nil {
		l.t.Errorf("the program did not print %q", word)
	}
}

// filesContaining returns the files of the machine that contain a text, except the allowed ones.
func (l *lab) filesContaining(text string, allowed ...string) []string {
	l.t.Helper()
	out, _ := l.Run(
		"grep", "-rlF", "--exclude-dir=proc", "--exclude-dir=sys", "--exclude-dir=dev", "--exclude-dir=usr", "-e",
		text, "/",
	)
	found := []string{}
	for _, name := range strings.Fields(out) {
		keep := true
		for _, pattern := range allowed {
			if ok, _ := filepath.Match(pattern, name); ok {
				keep = false
			}
		}
		if keep {
			found = append(found, name)
		}
	}
	return found
}
