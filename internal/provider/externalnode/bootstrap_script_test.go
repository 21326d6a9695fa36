package externalnode

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// runFunctions runs a command with the functions and constants of the program, without its main part.
func runFunctions(t *testing.T, command string, args ...string) (string, int) {
	t.Helper()
	definition := regexp.MustCompile(`(?ms)^(readonly [^\n]*|[a-z_]+\(\) (\{[^\n]*;? \}|\{\n.*?^\}))$`)
	functions := definition.FindAllString(bootstrapScript, -1)
	if len(functions) < 10 {
		t.Fatalf("%d functions in the program", len(functions))
	}
	script := "set -u\n" + strings.Join(functions, "\n") + "\n" + command
	run := exec.CommandContext(t.Context(), "bash", append([]string{"-c", script, "program"}, args...)...)
	out, err := run.CombinedOutput()
	if run.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), run.ProcessState.ExitCode()
}

// TestHostAndPort splits API URLs, cluster endpoints and download URLs.
func TestHostAndPort(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://api.scaleway.com":                       "api.scaleway.com 443",
		"https://c.api.k8s.fr-par.scw.cloud:6443":        "c.api.k8s.fr-par.scw.cloud 6443",
		"http://mirror.example.org/a:b/c":                "mirror.example.org 80",
		"HTTP://mirror.example.org/a":                    "mirror.example.org 80",
		"http://203.0.113.1:8080/k8s-agent":              "203.0.113.1 8080",
		"https://mirror.example.org?at=12:30":            "mirror.example.org 443",
		"https://mirror.example.org:8443?at=12:30#a/b":   "mirror.example.org 8443",
		"https://mirror.example.org:/a":                  "mirror.example.org 443",
		"https://[2001:db8::1]":                          "2001:db8::1 443",
		"http://[2001:db8::1]/a":                         "2001:db8::1 80",
		"https://[2001:db8::1]:6443":                     "2001:db8::1 6443",
		"https://[2001:db8::1]:8132/a?b=[c]:1":           "2001:db8::1 8132",
		"https://[::ffff:203.0.113.1]:8132":              "::ffff:203.0.113.1 8132",
		"https://[fe80::1%25eth0]:6443/":                 "fe80::1%eth0 6443",
		"https://reader@mirror.example.org:8443/a@b:1/c": "mirror.example.org 8443",
	} {
		if got, code := runFunctions(t, `host_port "$1"`, url); got != want || code != 0 {
			t.Errorf("%s: got %q, exit code %d, want %q", url, got, code, want)
		}
	}
}

// TestReachable connects to hosts of URLs by IPv4 and IPv6.
func TestReachable(t *testing.T) {
	t.Parallel()
	for network, address := range map[string]string{"tcp4": "127.0.0.1:0", "tcp6": "[::1]:0"} {
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), network, address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = listener.Close() })
		url := "http://" + listener.Addr().String()
		const reach = `read -r host port < <(host_port "$1"; echo); reachable "$host" "$port"`
		for _, suffix := range []string{"", "/agent", "/?a=[b]"} {
			if out, code := runFunctions(t, reach, url+suffix); code != 0 {
				t.Errorf("%s is not reachable: exit code %d %s", url+suffix, code, out)
			}
		}
		if err := listener.Close(); err != nil {
			t.Fatal(err)
		}
		if out, code := runFunctions(t, reach, url); code == 0 {
			t.Errorf("%s is reachable without a listener: %s", url, out)
		}
	}
	file := filepath.Join(t.TempDir(), "run")
	if out, code := runFunctions(t, `reachable "$1" 1; [ ! -e "$2" ]`, `'; touch "$2"; '`, file); code != 0 {
		t.Errorf("the host is run as a command: %s", out)
	}
}

// TestHasKey checks whether has_key finds a user who can log in with a key.
func TestHasKey(t *testing.T) {
	t.Parallel()
	const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKzqUxvE1fnhL3LNa1Ykq1kVd4aZ0n5cYc3j8Oe1fTzv admin@example.org\n"
	const settings = "authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2\n" +
		"authorizedkeyscommand none\ntrustedusercakeys none\n"
	const forced = `no-pty,command="echo 'Log in as debian'" ` + key
	for _, test := range []struct {
		name, settings, shell, file, content string
		want                                 bool
	}{
		{"no file", settings, "/bin/bash", "", "", false},
		{"a key", settings, "/bin/bash", ".ssh/authorized_keys", key, true},
		{"a key in the second file", settings, "/bin/bash", ".ssh/authorized_keys2", key, true},
		{"a file that sshd does not read", settings, "/bin/bash", ".ssh/keys", key, false},
		{"settings that cannot be read", "", "/bin/bash", ".ssh/authorized_keys", key, true},
		{"an empty file", settings, "/bin/bash", ".ssh/authorized_keys", "\n", false},
		{"a comment", settings, "/bin/bash", ".ssh/authorized_keys", "# " + key, false},
		{"text", settings, "/bin/bash", ".ssh/authorized_keys", "put the key here\n", false},
		{"options", settings, "/bin/bash", ".ssh/authorized_keys", `from="198.51.100.0/24",no-pty ` + key, true},
		{"a key for one command", settings, "/bin/bash", ".ssh/authorized_keys", forced, false},
		{
			"a hardware key", settings, "/bin/bash", ".ssh/authorized_keys",
			"sk-ssh-ed25519@openssh.com AAAAGnNr= a\n", true,
		},
		{"a user who cannot log in", settings, "/usr/sbin/nologin", ".ssh/authorized_keys", key, false},
		{"a user with the default shell", settings, "", ".ssh/authorized_keys", key, true},
		{"keys in another directory", "authorizedkeysfile %h/keys/%u\n", "/bin/bash", "keys/admin", key, true},
		{"keys by a command", "authorizedkeyscommand /usr/bin/keys %u\n", "/bin/bash", "", "", true},
		{"certificates", "trustedusercakeys /etc/ssh/ca.pub\n", "/bin/bash", "", "", true},
	} {
		home := t.TempDir()
		if test.file != "" {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(home, test.file)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(home, test.file), []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		users := "daemon:x:1:1::" + home + ":/usr/sbin/nologin\nadmin:x:1000:1000::" + home + ":" + test.shell
		program := "#!/bin/sh\necho '" + users + "'\n"
		if err := os.WriteFile(
			filepath.Join(home, "getent"), []byte(program), 0o700,
		); err != nil { //nolint:gosec // a program
			t.Fatal(err)
		}
		out, code := runFunctions(t, `PATH=$2:$PATH; has_key "$1"`, test.settings, home)
		if got := code == 0; got != test.want {
			t.Errorf("%s: has_key returned %t, want %t: exit code %d %s", test.name, got, test.want, code, out)
		}
	}
}
