package machine

import (
	"context"
	_ "embed" // The stand-in service manager.
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

//go:embed systemctl.sh
var systemctl string

// Machine is a Debian machine with a public address, Address, on an internet of its own. It has its own files,
// processes, host name and network; nothing of the machine that runs the test is changed, and nothing is left of it
// after the test.
type Machine struct {
	t        *testing.T
	internet int // the process that holds the namespaces of the internet
	init     int // the machine's first process
}

// The addresses of the machine, and of the one host on its internet.
const (
	Address  = "203.0.113.10"
	Internet = "203.0.113.1"
)

// Requires skips a test where machines cannot be made, by name and with the reason.
func Requires(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("A machine takes root: its namespaces, its files and its packet filter are real.")
	}
	if _, err := root(); err != nil {
		t.Skip(err.Error())
	}
}

// root is the folder of the Debian root: that of SRM_DEBIAN_ROOT, else the one that `make .bin/debian-root` makes.
func root() (string, error) {
	if dir := os.Getenv("SRM_DEBIAN_ROOT"); dir != "" {
		return dir, nil
	}
	at, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at != filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			dir := filepath.Join(at, ".bin", "debian-root")
			if _, err := os.Stat(filepath.Join(dir, "etc", "os-release")); err != nil {
				return "", errors.New("no Debian root: `make .bin/debian-root` builds one, as root on Debian or Ubuntu")
			}
			return dir, nil
		}
		at = filepath.Dir(at)
	}
	return "", errors.New("no go.mod above the working directory")
}

// setup mounts the machine's files over the Debian root, in a mount namespace of its own, and becomes its first
// process.
const setup = `set -e
mount --make-rprivate /
mount -t tmpfs -o size=8g tmpfs "$AT"
cd "$AT"
mkdir upper work root
mount -t overlay -o "lowerdir=$ROOT,upperdir=upper,workdir=work" overlay root
cd root
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs dev
for device in null zero full random urandom tty; do : >dev/$device; mount --bind /dev/$device dev/$device; done
ln -s /proc/self/fd dev/fd
mkdir run/sshd
hostname edge
echo "127.0.0.1 localhost edge" >etc/hosts
echo ready
exec chroot . /bin/bash -c 'while :; do sleep 1000 & wait $!; done'`

// Start boots a machine that ends with the test.
func Start(t *testing.T) *Machine {
	t.Helper()
	Requires(t)
	dir, err := root()
	if err != nil {
		t.Fatal(err)
	}
	m := &Machine{t: t}
	m.internet = m.process(
		"ip link set lo up && echo ready && exec sleep infinity", syscall.CLONE_NEWNET|syscall.CLONE_NEWNS,
	)
	m.init = m.process(
		setup, syscall.CLONE_NEWNET|syscall.CLONE_NEWNS|syscall.CLONE_NEWPID|syscall.CLONE_NEWUTS|syscall.CLONE_NEWIPC,
		"ROOT="+dir, "AT="+t.TempDir(),
	)
	outside := fmt.Sprintf("ip link add wan type veth peer name eth0 netns %d && ip address add %s/24 dev wan && ip "+
		"link set wan up", m.init, Internet)
	inside := fmt.Sprintf("ip link set lo up && ip address add %s/24 dev eth0 && ip link set eth0 up && ip route add "+
		"default via %s", Address, Internet)
	for pid, script := range map[int]string{m.internet: outside} {
		m.in(pid, script)
	}
	m.in(m.init, inside)
	m.WriteFile("/usr/bin/systemctl", 0o755, systemctl)
	return m
}

// process starts a shell in new namespaces that lasts as long as the test, and waits until it says that it is ready.
func (m *Machine) process(script string, namespaces uintptr, env ...string) int {
	m.t.Helper()
	cmd := exec.Command("/bin/sh", "-c", script) //nolint:noctx // it ends in Cleanup, after the test's context
	cmd.Env = append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces, Pdeathsig: syscall.SIGKILL, Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		m.t.Skipf("A machine takes namespaces of its own, which are refused here: %v.", err)
	}
	m.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	ready := make([]byte, len("ready\n"))
	if n, err := out.Read(ready); err != nil || string(ready[:n]) != "ready\n" {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		m.t.Fatalf("the machine does not boot: %q, %v: %s", ready[:n], err, said.String())
	}
	return cmd.Process.Pid
}

// in runs a shell of the host in the network of a process.
func (m *Machine) in(pid int, script string) {
	m.t.Helper()
	out, err := exec.CommandContext(
		m.t.Context(), "nsenter", "--net=/proc/"+strconv.Itoa(pid)+"/ns/net", "sh", "-ec", script,
	).CombinedOutput()
	if err != nil {
		m.t.Fatalf("%s: %v\n%s", script, err, out)
	}
}

// Command is a command that root runs on the machine. Ending its context kills it and its children.
func (m *Machine) Command(ctx context.Context, argv ...string) *exec.Cmd {
	enter := []string{
		"--target", strconv.Itoa(m.init), "--mount", "--net", "--pid", "--uts", "--ipc", "--root", "--wd", "--",
	}
	cmd := exec.CommandContext(ctx, "nsenter", append(enter, argv...)...)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// Run runs a command to its end, and returns what it said and its exit code.
func (m *Machine) Run(argv ...string) (string, int) {
	m.t.Helper()
	cmd := m.Command(m.t.Context(), argv...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatalf("%v: %v", argv, err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// Must is Run of a command that must succeed.
func (m *Machine) Must(argv ...string) string {
	m.t.Helper()
	out, code := m.Run(argv...)
	if code != 0 {
		m.t.Fatalf("%v: exit %d\n%s", argv, code, out)
	}
	return out
}

// files are those of the machine: a link that would lead out of them, to the host's, is an error.
func (m *Machine) files() *os.Root {
	m.t.Helper()
	files, err := os.OpenRoot(filepath.Join("/proc", strconv.Itoa(m.init), "root"))
	if err != nil {
		m.t.Fatal(err)
	}
	return files
}

// WriteFile writes a file of the machine.
func (m *Machine) WriteFile(name string, mode fs.FileMode, content string) {
	m.t.Helper()
	files := m.files()
	defer files.Close()
	name = strings.TrimPrefix(name, "/")
	if err := files.WriteFile(name, []byte(content), mode); err != nil {
		m.t.Fatal(err)
	}
	if err := files.Chmod(name, mode); err != nil {
		m.t.Fatal(err)
	}
}

// ReadFile reads a file of the machine; false where there is none.
func (m *Machine) ReadFile(name string) (content string, mode fs.FileMode, ok bool) {
	m.t.Helper()
	files := m.files()
	defer files.Close()
	name = strings.TrimPrefix(name, "/")
	info, err := files.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", 0, false
	}
	if err != nil {
		m.t.Fatal(err)
	}
	raw, err := files.ReadFile(name)
	if err != nil {
		m.t.Fatal(err)
	}
	return string(raw), info.Mode().Perm(), true
}

// Listen listens on the machine itself, for the test's own process: a service that the machine reaches under the
// address that the test has for it.
func (m *Machine) Listen(address string) net.Listener { return m.listen(m.init, address) }

// ListenInternet listens on the host of the machine's internet.
func (m *Machine) ListenInternet(address string) net.Listener { return m.listen(m.internet, address) }

func (m *Machine) listen(pid int, address string) net.Listener {
	m.t.Helper()
	var listener net.Listener
	err := inNetwork(pid, func() error {
		var err error
		listener, err = (&net.ListenConfig{}).Listen(m.t.Context(), "tcp", address)
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// Dial connects to the machine from its internet, as anybody may: "tcp" or "udp", to a port of Address.
func (m *Machine) Dial(network string, port int) (net.Conn, error) {
	m.t.Helper()
	var conn net.Conn
	err := inNetwork(m.internet, func() error {
		var err error
		conn, err = (&net.Dialer{Timeout: 300 * time.Millisecond}).DialContext(
			m.t.Context(), network, net.JoinHostPort(Address, strconv.Itoa(port)),
		)
		return err
	})
	return conn, err
}

// Packets receives datagrams on the machine.
func (m *Machine) Packets(port int) net.PacketConn {
	m.t.Helper()
	var conn net.PacketConn
	err := inNetwork(m.init, func() error {
		var err error
		conn, err = (&net.ListenConfig{}).ListenPacket(m.t.Context(), "udp", net.JoinHostPort(Address, strconv.Itoa(port)))
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// inNetwork does something in the network of a process. A socket stays in the network that it was made in.
func inNetwork(pid int, do func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		own, err := os.Open("/proc/thread-self/ns/net")
		if err != nil {
			done <- err
			return
		}
		defer own.Close()
		if err = enter("/proc/" + strconv.Itoa(pid) + "/ns/net"); err == nil {
			err = do()
		}
		back := unix.Setns(int(own.Fd()), unix.CLONE_NEWNET)
		done <- errors.Join(err, back)
		if back != nil {
			// No other goroutine may get a thread that is in the wrong network. It must not end either: a thread that ends takes
			// the processes along that it started and that end with their parent, such as other tests' CLIs.
			select {}
		}
		runtime.UnlockOSThread()
	}()
	return <-done
}

func enter(network string) error {
	file, err := os.Open(network)
	if err != nil {
		return err
	}
	defer file.Close()
	return unix.Setns(int(file.Fd()), unix.CLONE_NEWNET)
}
