package externalnode_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/terraform-srm/terraform-provider-srm/internal/acctest"
	"github.com/terraform-srm/terraform-provider-srm/internal/acctest/machine"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// TestBootstrapScript runs the program on a machine. It enrols and hardens the machine and opens only the required
// ports; a second run changes nothing; the cleanup program removes what the program installed.
func TestBootstrapScript(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.MustRun("systemctl", "start", "ssh")
	script, id := l.enrolNode(map[string]any{"ssh": map[string]any{"allowed_ip_ranges": []string{"198.51.100.0/24"}}})
	before := l.nodes()[0].ID
	out := l.mustFinish(script)
	acctest.Contains(t, out, "step 1 of 9: check the machine", "step 9 of 9: enrol", "done: the machine is enrolled "+
		"in pool "+l.pool.ID)
	if after := id(); after != "fr-par/"+before {
		t.Errorf("the node is %s, want %s", after, before)
	}
	l.checkFiles()
	l.checkPorts(false)
	piped := l.Command(t.Context(), "bash", "-s") // like `ssh machine sudo bash -s < node.sh`
	piped.Stdin = strings.NewReader(script)
	again, err := piped.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, again)
	}
	acctest.Contains(t, string(again), "step 9 of 9: enrol", "done: the machine is enrolled")
	l.checkPorts(false)

	opened, _ := l.withSSHRanges(script, machine.InternetAddress+"/32")
	l.mustFinish(opened)
	l.checkPorts(true)

	l.checkCleanup()
}

// withSSHRanges returns the program with other SSH ranges, as an update in place writes it.
func (l *lab) withSSHRanges(script, ranges string) (string, bool) {
	again := strings.Replace(script, "SSH_RANGES='198.51.100.0/24'", "SSH_RANGES='"+ranges+"'", 1)
	return again, again != script
}

func (l *lab) checkFiles() {
	l.t.Helper()
	for name, want := range map[string]string{
		"/etc/scw-k8s-userdata":                                  `{"metadata_url":"` + l.URL,
		"/etc/apt/apt.conf.d/52srm-external-node":                `APT::Periodic::Unattended-Upgrade "1";`,
		"/etc/ssh/sshd_config.d/00-srm-external-node.conf":       "PasswordAuthentication no",
		"/etc/systemd/system/srm-external-node-firewall.service": "nft -f /etc/srm-external-node/firewall.nft",
	} {
		content, mode, ok := l.ReadFile(name)
		if !ok || !strings.Contains(content, want) {
			l.t.Errorf("%s: %q", name, content)
		}
		if strings.HasSuffix(name, "userdata") && mode != 0o600 {
			l.t.Errorf("%s has mode %o", name, mode)
		}
	}
	acctest.Contains(l.t, l.MustRun("/usr/sbin/sshd", "-T"), "passwordauthentication no", "permitrootlogin "+
		"without-password", "kbdinteractiveauthentication no", "x11forwarding no")
	acctest.Contains(l.t, l.MustRun("apt-config", "dump", "APT::Periodic"), `APT::Periodic::Unattended-Upgrade "1";`)
	for _, unit := range []string{
		"chrony", "apt-daily.timer", "apt-daily-upgrade.timer", "srm-external-node-firewall",
	} {
		for _, question := range []string{"is-active", "is-enabled"} {
			if _, code := l.Run("systemctl", question, unit); code != 0 {
				l.t.Errorf("%s %s: exit %d", question, unit, code)
			}
		}
	}
	if found := l.filesContaining(sandbox.SecretKey); len(found) > 0 {
		l.t.Errorf("the API key is in %v", found)
	}
}

// checkPorts connects from the internet. Only WireGuard and, if ssh is true, SSH are reachable: not other listeners,
// and not ports that a NodePort would forward.
func (l *lab) checkPorts(ssh bool) {
	l.t.Helper()
	for _, port := range []int{22, 80, 443, 6443, 10250, 30080} {
		if port != 22 && port != 30080 {
			listener := l.Listen(fmt.Sprintf("%s:%d", machine.Address, port))
			l.t.Cleanup(func() { _ = listener.Close() })
			defer listener.Close()
		}
		conn, err := l.Dial("tcp", port)
		if err == nil {
			_ = conn.Close()
		}
		if open := err == nil; open != (ssh && port == 22) {
			l.t.Errorf("TCP %d is open: %v", port, open)
		}
	}
	for port, want := range map[int]bool{51820: true, 8472: false, 53: false} {
		packets := l.ListenPacket(port)
		conn, err := l.Dial("udp", port)
		if err != nil {
			l.t.Fatal(err)
		}
		if _, err := conn.Write([]byte("hello")); err != nil {
			l.t.Fatal(err)
		}
		_ = packets.SetReadDeadline(time.Now().Add(200 * time.Millisecond)) //nolint:forbidigo // a socket's deadline
		buffer := make([]byte, 16)
		n, _, err := packets.ReadFrom(buffer)
		if got := err == nil && string(buffer[:n]) == "hello"; got != want {
			l.t.Errorf("UDP %d is open: %v", port, got)
		}
		_, _ = conn.Close(), packets.Close()
	}
	if rules := l.MustRun(
		"nft", "list", "table", "inet", "srm_external_node",
	); !strings.Contains(rules, "fd00:ec2::254") {
		l.t.Errorf("pods can read user data by IPv6:\n%s", rules)
	}
	// Outbound connections of the machine stay possible.
	if out := l.MustRun(
		"curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}",
		"http://"+machine.InternetAddress+"/k8s-agent-0.1.5-amd64",
	); out != "200" {
		l.t.Errorf("an outbound request returned %s", out)
	}
}

func (l *lab) checkCleanup() {
	l.t.Helper()
	protocol := l.Protocol(l.t)
	life := protocol.Resource("srm_kosmos_external_node", l.nodeAttributes(nil))
	life.Apply(l.t.Context())
	cleanup := life.StringAttribute("cleanup_script")
	if strings.Contains(cleanup, "node_secret_key\":") {
		l.t.Error("the cleanup program contains the credential")
	}
	// A pod still uses a volume: the cleanup unmounts the volume and keeps its data.
	const pod = "/var/lib/kubelet/pods/records/volumes/data"
	l.MustRun("mkdir", "-p", "/root/volume", pod)
	l.WriteFile("/root/volume/record", 0o600, "kept")
	l.MustRun("mount", "--bind", "/root/volume", pod)
	l.MustRun("sh", "-c", "cd "+pod+" && sleep 600 >/dev/null 2>&1 &")
	for range 2 {
		l.WriteFile("/root/cleanup.sh", 0o700, cleanup)
		out, code := l.Run("bash", "/root/cleanup.sh")
		if code != 0 {
			l.t.Fatalf("exit %d\n%s", code, out)
		}
		acctest.Contains(l.t, out, "done: the machine is removed from the cluster")
	}
	for _, name := range []string{
		"/etc/scw-k8s-userdata", "/usr/local/bin/k8s-agent", "/var/lib/kubelet", "/var/lib/srm-external-node",
		"/etc/srm-external-node", "/etc/systemd/system/srm-external-node-firewall.service",
	} {
		if _, _, ok := l.ReadFile(name); ok {
			l.t.Errorf("%s was not deleted", name)
		}
	}
	if content, _, _ := l.ReadFile("/root/volume/record"); content != "kept" {
		l.t.Errorf("the data of the volume after the cleanup are %q", content)
	}
	if out := l.MustRun("nft", "list", "ruleset"); strings.Contains(out, "srm_external_node") {
		l.t.Errorf("the firewall rules were not deleted:\n%s", out)
	}
}

// TestBootstrapFailures runs the program on machines with a problem. It prints the exact problem and does not enrol
// twice; a second run succeeds after the problem is fixed.
func TestBootstrapFailures(t *testing.T) {
	t.Parallel()
	debian := "ID=debian\nVERSION_ID=\"12\"\n"
	move := func(from, to string) func(*lab) { return func(l *lab) { l.MustRun("mv", from, to) } }
	replace := func(name, from, to string) func(*lab) {
		return func(l *lab) {
			content, mode, _ := l.ReadFile(name)
			changed := strings.Replace(content, from, to, 1)
			if changed == content {
				l.t.Fatalf("%q is not in %s", from, name)
			}
			l.WriteFile(name, mode, changed)
		}
	}
	fault := func(fault sandbox.Fault) func(*lab) { return func(l *lab) { l.addFault(fault) } }
	asRoot := []string{"bash", "/root/node.sh"}
	for _, test := range []struct {
		name         string
		prepare, fix func(*lab)
		argv         []string
		want         []string
	}{
		{"unsupported operating system", func(l *lab) {
			l.MustRun("sh", "-c", "rm /etc/os-release; printf 'ID=fedora\\nVERSION_ID=43\\n' >/etc/os-release")
		},
			func(l *lab) { l.WriteFile("/etc/os-release", 0o644, debian) }, asRoot, []string{"missing: Debian or " +
				"Ubuntu: the operating system is fedora 43"}},
		{"not root", func(l *lab) {
			l.MustRun("sh", "-c", "cp /root/node.sh /tmp/node.sh; chmod 0755 /tmp/node.sh")
		}, nil,
			[]string{
				"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "bash", "/tmp/node.sh",
			}, []string{"missing: root: run this program with sudo"}},
		{"no route", func(l *lab) {
			l.MustRun("ip", "route", "del", "default")
			l.MustRun("ip", "link", "set", "eth0", "down")
		},
			func(l *lab) {
				l.MustRun("ip", "link", "set", "eth0", "up")
				l.MustRun("ip", "route", "add", "default", "via", machine.InternetAddress)
			}, asRoot, []string{"missing: outbound access to " + machine.InternetAddress + " port 80", "port 6443",
				"port 8132"}},
		{"full disk", func(l *lab) {
			l.MustRun("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", "/var")
		}, func(l *lab) { l.MustRun("umount", "/var") }, asRoot,
			[]string{"missing: disk space: 64 MiB are free in /var, 5120 MiB are needed"}},
		{
			// The machine may read its clock some seconds after the API has sent its own.
			"skewed clock", func(l *lab) { l.clockOffset.Store(int64(3650 * time.Second)) },
			func(l *lab) { l.clockOffset.Store(0) },
			asRoot, []string{
				"missing: a correct clock: it is off by -36", "at most 60 s are allowed",
			},
		},
		{
			"no service manager", move(
				"/usr/bin/systemctl", "/root/systemctl",
			), move("/root/systemctl", "/usr/bin/systemctl"), asRoot, []string{
				"missing: systemd: systemctl is not installed",
			},
		},
		{"missing package without a mirror", replace("/var/lib/dpkg/status", "Package: unattended-upgrades\nStatus: "+
			"install ok installed", "Package: unattended-upgrades\nStatus: deinstall ok config-files"),
			replace("/var/lib/dpkg/status", "Package: unattended-upgrades\nStatus: deinstall ok config-files",
				"Package: unattended-upgrades\nStatus: install ok installed"), asRoot,
			[]string{"FAILED in step 2 of 9 (packages): unattended-upgrades cannot be installed: E:"}},
		{"sshd without Include", replace("/etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf", "#"), replace(
			"/etc/ssh/sshd_config", "#", "Include /etc/ssh/sshd_config.d/*.conf\n#",
		), asRoot,
			[]string{"FAILED in step 5 of 9 (SSH): /etc/ssh/sshd_config does not include " +
				"/etc/ssh/sshd_config.d/*.conf"}},
		{"invalid sshd settings", func(l *lab) {
			l.WriteFile("/etc/ssh/sshd_config.d/50-wrong.conf", 0o644, "Nonsense yes\n")
		},
			func(l *lab) { l.MustRun("rm", "/etc/ssh/sshd_config.d/50-wrong.conf") }, asRoot, []string{"FAILED in " +
				"step 5 of 9 (SSH): sshd refuses its configuration:", "Nonsense"}},
		{"no agent", func(l *lab) { l.isAgentMissing.Store(true) }, func(l *lab) { l.isAgentMissing.Store(false) },
			asRoot,
			[]string{"FAILED in step 7 of 9 (agent 0.1.5): http://" + machine.InternetAddress +
				"/k8s-agent-0.1.5-amd64 cannot be downloaded: curl: (22) The requested URL returned error: 404"}},
		{"agent with another digest", func(l *lab) { l.isAgentTampered.Store(true) },
			func(l *lab) { l.isAgentTampered.Store(false) },
			asRoot,
			[]string{"FAILED in step 7 of 9 (agent 0.1.5): http://" + machine.InternetAddress +
				"/k8s-agent-0.1.5-amd64 is not the pinned agent: its SHA-256 is", "it was not run"}},
		{"agent fails", fault(
			sandbox.Fault{
				Method: "GET", Path: "*/node-metadata", Kind: sandbox.FaultStatus,
				Status: http.StatusInternalServerError,
			},
		), nil, asRoot,
			[]string{"FAILED in step 9 of 9 (enrol): the agent exited with status 1: GET " +
				"/k8s/v1/regions/fr-par/node-metadata: 500 Internal Server Error"}},
		{
			"connection of the agent is reset", fault(
				sandbox.Fault{Method: "GET", Path: "*/node-metadata", Kind: sandbox.FaultReset},
			), nil, asRoot, []string{"FAILED in step 9 of 9 (enrol): the agent exited with status 1:"},
		},
		{"no SSH key", func(l *lab) { l.MustRun("rm", authorizedKeysFile) }, func(l *lab) {
			acctest.Contains(l.t, l.MustRun("/usr/sbin/sshd", "-T"), "passwordauthentication yes")
			l.WriteFile(authorizedKeysFile, 0o600, administratorKey)
		}, asRoot, []string{"missing: an SSH key: this program disables passwords, and no user who can log in has a " +
			"key",
			"FAILED in step 1 of 9 (check the machine)"}},
		{"agent does not exit", func(l *lab) {
			fault(
				sandbox.Fault{Method: "GET", Path: "*/node-metadata", Kind: sandbox.FaultDelay, Delay: time.Minute},
			)(l)
			l.MustRun("sed", "-i", "s/ agent_limit=[0-9]*/ agent_limit=1/", "/root/node.sh")
		}, nil, asRoot, []string{"FAILED in step 9 of 9 (enrol): the agent did not exit within 1 s:"}},
		{"two runs at once", func(l *lab) {
			l.MustRun("sh", "-c", "flock /run/srm-external-node.lock "+
				"sh -c 'touch /run/locked; until [ -e /run/unlock ]; do sleep 0.1; done' >/dev/null 2>&1 & "+
				"until [ -e /run/locked ]; do sleep 0.1; done")
		}, func(l *lab) { l.MustRun("sh", "-c", "touch /run/unlock; flock /run/srm-external-node.lock true") }, asRoot,
			[]string{"FAILED in step 1 of 9 (check the machine): another run of this program is active"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			script, _ := l.enrolNode(nil)
			l.WriteFile("/root/node.sh", 0o700, script)
			test.prepare(l)
			out, code := l.Run(test.argv...)
			if code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			acctest.Contains(t, out, append(test.want, "Fix the problem, then run this program again: it continues "+
				"where it stopped.")...)
			if _, _, exists := l.ReadFile("/root/pwned"); exists {
				t.Error("an agent with another digest was run")
			}
			if test.fix != nil {
				test.fix(l)
			}
			l.mustFinish(script)
		})
	}
}

// TestBootstrapKilledAtEachStep kills the program at each step. The next run succeeds. The API answers no request of
// the agent until the program is killed, so that no node is created at the last step.
func TestBootstrapKilledAtEachStep(t *testing.T) {
	t.Parallel()
	for step := 1; step <= 9; step++ {
		for _, enrolment := range []string{"provider", "machine"} {
			t.Run(fmt.Sprintf("step %d, enrolled by the %s", step, enrolment), func(t *testing.T) {
				t.Parallel()
				l := newLab(t)
				script, id := l.enrolNode(l.enrolmentAttributes(enrolment))
				l.addFault(sandbox.Fault{Path: "/k8s/*", Kind: sandbox.FaultDelay, Delay: time.Hour, Persistent: true})
				l.killAt(script, fmt.Sprintf("step %d of 9", step))
				l.Sandbox.ClearFaults()
				l.mustFinish(script)
				if id() != "fr-par/"+l.nodes()[0].ID {
					t.Errorf("the node is %s, want %s", id(), l.nodes()[0].ID)
				}
			})
		}
	}
}

// TestEnrolmentWithoutCredential ends the agent after the API has created a node and before the agent has the node's
// credential. The next run enrols the machine again, because the credential is lost, and says that a node may be left;
// the run after it does not. The resource manages the node that the machine uses.
func TestEnrolmentWithoutCredential(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	script, id := l.enrolNode(l.enrolmentAttributes("machine"))
	l.addFault(sandbox.Fault{Method: "POST", Path: "*/external-nodes/auth", Kind: sandbox.FaultLostResponse})
	out, code := l.runScript(script)
	if code != 1 {
		t.Fatalf("exit code %d, want 1\n%s", code, out)
	}
	acctest.Contains(t, out, "FAILED in step 9 of 9 (enrol)")
	left := l.nodes()
	if len(left) != 1 {
		t.Fatalf("%d nodes, want 1", len(left))
	}

	const warning = "srm: WARNING: an earlier enrolment did not finish"
	if out, code = l.runScript(script); code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	acctest.Contains(t, out, warning, l.pool.ID, "status registering")
	for _, node := range l.nodes() {
		if expected := node.ID != left[0].ID; expected != (id() == "fr-par/"+node.ID) {
			t.Errorf("the resource manages %s; the node without a machine is %s", id(), left[0].ID)
		}
	}
	if out, code = l.runScript(script); code != 0 || strings.Contains(out, warning) {
		t.Errorf("exit code %d of the third run\n%s", code, out)
	}
}

// addFault adds a fault to the sandbox.
func (l *lab) addFault(fault sandbox.Fault) {
	l.t.Helper()
	if err := l.Sandbox.AddFault(fault); err != nil {
		l.t.Fatal(err)
	}
}

// enrolmentAttributes returns the attributes for an enrolment. It writes the key to the machine if the machine enrols
// itself.
func (l *lab) enrolmentAttributes(enrolment string) map[string]any {
	l.t.Helper()
	if enrolment == "provider" {
		return nil
	}
	l.WriteFile("/root/key", 0o600, sandbox.SecretKey+"\n")
	return map[string]any{"enrolment": "machine", "credential_source": map[string]any{"file": "/root/key"}}
}

// TestBootstrapWithPasswordsDisabled checks that a machine without SSH passwords needs no SSH key.
func TestBootstrapWithPasswordsDisabled(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	script, _ := l.enrolNode(nil)
	l.MustRun("rm", authorizedKeysFile)
	l.WriteFile("/etc/ssh/sshd_config.d/10-own.conf", 0o644, "PasswordAuthentication no\nKbdInteractiveAuthentication "+
		"no\n")
	l.mustFinish(script)
}

// TestReenrolmentWithoutKey runs the program of the next enrolment without a key. The machine keeps its credential.
func TestReenrolmentWithoutKey(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	script, _ := l.enrolNode(l.enrolmentAttributes("machine"))
	l.mustFinish(script)
	before, _, _ := l.ReadFile("/etc/scw-k8s-userdata")
	l.MustRun("rm", "/root/key")
	next := strings.Replace(script, "\nSERIAL='", "\nSERIAL='next-", 1)
	out, code := l.runScript(next)
	if code != 1 {
		t.Errorf("exit %d", code)
	}
	acctest.Contains(t, out, "FAILED in step 8 of 9 (credential): the secret key cannot be read from /root/key")
	if after, _, _ := l.ReadFile("/etc/scw-k8s-userdata"); after != before || before == "" {
		t.Errorf("the credential was changed to %q", after)
	}
	l.WriteFile("/root/key", 0o600, sandbox.SecretKey+"\n")
	l.runScript(next)
	if after, _, _ := l.ReadFile("/etc/scw-k8s-userdata"); after == before || after == "" {
		t.Errorf("the machine was not enrolled again: %q", after)
	}
}

// TestBootstrapWithoutKey checks the errors for a missing or wrong key, and that they do not contain the key.
func TestBootstrapWithoutKey(t *testing.T) {
	t.Parallel()
	const other = "77777777-7777-4777-8777-777777777777"
	for _, test := range []struct {
		name   string
		source map[string]any
		key    string
		want   string
	}{
		{"no file", map[string]any{"file": "/root/nowhere"}, "", "FAILED in step 8 of 9 (credential): the secret key " +
			"cannot be read from /root/nowhere"},
		{"an empty file", map[string]any{"file": "/root/key"}, "\n", "FAILED in step 8 of 9 (credential): the secret " +
			"key is empty"},
		{"command fails", map[string]any{"command": "cat /root/nowhere"}, "", "FAILED in step 8 of 9 (credential): " +
			"the command that prints the secret key failed"},
		{"command does not exit", map[string]any{
			"command": "[ -e /root/nowhere ] || sleep 1000; cat /root/nowhere",
		}, "",
			"FAILED in step 8 of 9 (credential): the command that prints the secret key failed or took longer than 1 " +
				"s"},
		{"unknown key", map[string]any{"command": "cat '/root/key'"}, other, "FAILED in step 9 of 9 (enrol): the " +
			"agent exited with status 1: POST /k8s/v1/regions/fr-par/pools/"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			script, id := l.enrolNode(map[string]any{"enrolment": "machine", "credential_source": test.source})
			if test.key != "" {
				l.WriteFile("/root/key", 0o600, test.key)
			}
			out, code := l.runScript(strings.Replace(script, " key_limit=60", " key_limit=1", 1))
			if code != 1 || len(l.nodes()) != 0 {
				t.Errorf("exit %d, nodes %v", code, l.nodes())
			}
			acctest.Contains(t, out, test.want)
			acctest.NotContains(t, out, other)
			if found := l.filesContaining(other, "/root/key"); len(found) > 0 {
				t.Errorf("the key is in %v", found)
			}
			l.WriteFile("/root/key", 0o600, sandbox.SecretKey)
			l.WriteFile("/root/nowhere", 0o600, sandbox.SecretKey)
			l.mustFinish(script)
			if id() == "" {
				t.Error("the node was not found by its address")
			}
			if found := l.filesContaining(sandbox.SecretKey, "/root/key", "/root/nowhere"); len(found) > 0 {
				t.Errorf("the key is in %v", found)
			}
		})
	}
}
