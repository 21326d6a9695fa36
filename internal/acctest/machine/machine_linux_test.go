package machine_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/machine"
)

// serveText serves a text over HTTP.
func serveText(t *testing.T, listener net.Listener, text string) {
	t.Helper()
	server := &http.Server{
		Handler: http.HandlerFunc(
			func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) },
		), ReadHeaderTimeout: time.Second,
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
}

// TestMachineIsIsolated checks that files, processes, host name and network are separate from those of the host, and
// that the machine receives packets until its packet filter drops them.
func TestMachineIsIsolated(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
	before, err := os.ReadFile("/proc/net/dev")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(before), "wan:") || strings.Contains(string(before), "eth0: ") && strings.Contains(
		m.MustRun("cat", "/proc/net/dev"), "wan:",
	) {
		t.Error("the network devices of the machine are on the host")
	}
	if name := m.MustRun("hostname"); name != "edge\n" {
		t.Errorf("host name %q", name)
	}
	if out := m.MustRun("sh", "-c", "ls /proc | grep -c '^[0-9]*$'"); len(strings.TrimSpace(out)) > 1 {
		t.Errorf("the machine sees %s processes, want less than 10", out)
	}
	m.WriteFile("/etc/machine-only", 0o600, "yes")
	if _, err := os.Stat("/etc/machine-only"); err == nil {
		t.Error("a file of the machine is on the host")
	}
	if content, mode, ok := m.ReadFile("/etc/machine-only"); content != "yes" || mode != 0o600 || !ok {
		t.Errorf("ReadFile returns %q, %o, %v", content, mode, ok)
	}
	if out, code := m.Run("sh", "-c", "cat /proc/sys/kernel/sysrq >/proc/sys/kernel/sysrq"); code == 0 {
		t.Errorf("the machine can change settings of the host's kernel: %s", out)
	}
	serveText(t, m.ListenInternet("203.0.113.1:80"), "internet,")
	serveText(t, m.Listen("127.0.0.1:8080"), "machine")
	if got := m.MustRun("curl", "-sS", "http://203.0.113.1/", "http://127.0.0.1:8080/"); got != "internet,machine" {
		t.Errorf("curl prints %q", got)
	}
	m.MustRun("systemctl", "start", "ssh")
	conn, err := m.Dial("tcp", 22)
	if err != nil {
		t.Fatal(err)
	}
	greeting := make([]byte, 4)
	if _, err := io.ReadFull(conn, greeting); err != nil || string(greeting) != "SSH-" {
		t.Errorf("sshd sends %q, %v", greeting, err)
	}
	_ = conn.Close()
	m.MustRun("nft", "add table inet x; add chain inet x in { type filter hook input priority 0; policy drop; }")
	if _, err := m.Dial("tcp", 22); err == nil {
		t.Error("the packet filter of the machine drops nothing")
	}
}

// TestKilledCommandEndsChildren checks that canceling a command also kills its children.
func TestKilledCommandEndsChildren(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cmd := m.Command(ctx, "sh", "-c", "sleep 54321 & sleep 54321")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(m.MustRun("ps", "ax"), "sleep 54321") {
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	_ = cmd.Wait()
	if out, code := m.Run("pgrep", "-f", "sleep 54321"); code == 0 {
		t.Errorf("still running: %s", out)
	}
}

func TestStandInAgent(t *testing.T) {
	t.Parallel()
	m := machine.Start(t)
	binary, digest := machine.Agent(t)
	m.WriteFile("/usr/local/bin/k8s-agent", 0o755, string(binary))
	if out, code := m.Run("k8s-agent", "-kosmos"); code != 1 || !strings.Contains(out, "POOL_ID must be set") {
		t.Errorf("the agent without POOL_ID: exit %d: %s", code, out)
	}
	if got := m.MustRun("sha256sum", "/usr/local/bin/k8s-agent"); !strings.HasPrefix(got, digest) {
		t.Errorf("sha256sum prints %s, want %s", got, digest)
	}
}
