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
var systemctlScript string

// Machine is a Debian machine with the public address Address on a simulated internet. It has separate files,
// processes, host name and network: it changes nothing on the host, and is removed at the end of the test.
type Machine struct {
	t           *testing.T
	internetPID int // process id of the process that keeps the namespaces of the simulated internet
	initPID     int // process id of the machine's first process
}

// Addresses of the machine, and of the host on its simulated internet.
const (
	Address         = "203.0.113.10"
	InternetAddress = "203.0.113.1"
)

// Requires skips a test if a machine cannot be started, with the reason.
func Requires(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("The test machine requires root: its namespaces, files and packet filter are real.")
	}
	if _, err := debianRoot(); err != nil {
		t.Skip(err.Error())
	}
}

// debianRoot returns the folder of the Debian root: SRM_DEBIAN_ROOT, or the one that `make .bin/debian-root` creates.
func debianRoot() (string, error) {
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
				return "", errors.New("no Debian root: build one with `make .bin/debian-root`, as root on Debian or " +
					"Ubuntu")
			}
			return dir, nil
		}
		at = filepath.Dir(at)
	}
	return "", errors.New("no go.mod in the working directory or above")
}

// setupScript mounts an overlay over the Debian root, and then becomes the first process of the machine.
const setupScript = `set -e
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

// Start boots a machine, and stops it at the end of the test.
func Start(t *testing.T) *Machine {
	t.Helper()
	Requires(t)
	dir, err := debianRoot()
	if err != nil {
		t.Fatal(err)
	}
	m := &Machine{t: t}
	m.internetPID = m.startProcess(
		"ip link set lo up && echo ready && exec sleep infinity", syscall.CLONE_NEWNET|syscall.CLONE_NEWNS,
	)
	m.initPID = m.startProcess(
		setupScript,
		syscall.CLONE_NEWNET|syscall.CLONE_NEWNS|syscall.CLONE_NEWPID|syscall.CLONE_NEWUTS|syscall.CLONE_NEWIPC,
		"ROOT="+dir, "AT="+t.TempDir(),
	)
	internetScript := fmt.Sprintf("ip link add wan type veth peer name eth0 netns %d && ip address add %s/24 dev wan "+
		"&& ip link set wan up", m.initPID, InternetAddress)
	machineScript := fmt.Sprintf("ip link set lo up && ip address add %s/24 dev eth0 && ip link set eth0 up && ip "+
		"route add default via %s", Address, InternetAddress)
	m.runInNetwork(m.internetPID, internetScript)
	m.runInNetwork(m.initPID, machineScript)
	m.WriteFile("/usr/bin/systemctl", 0o755, systemctlScript)
	return m
}

// startProcess starts a shell in new namespaces, waits until it prints "ready", and kills it at the end of the test.
func (m *Machine) startProcess(script string, namespaces uintptr, env ...string) int {
	m.t.Helper()
	cmd := exec.Command("/bin/sh", "-c", script) //nolint:noctx // Cleanup kills it, after the test's context has ended
	cmd.Env = append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces, Pdeathsig: syscall.SIGKILL, Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		m.t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		m.t.Skipf("The test machine requires new namespaces, which this host refuses: %v.", err)
	}
	m.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	ready := make([]byte, len("ready\n"))
	if n, err := out.Read(ready); err != nil || string(ready[:n]) != "ready\n" {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		m.t.Fatalf("the machine does not boot: %q, %v: %s", ready[:n], err, stderr.String())
	}
	return cmd.Process.Pid
}

// runInNetwork runs a shell script of the host in the network namespace of a process.
func (m *Machine) runInNetwork(pid int, script string) {
	m.t.Helper()
	out, err := exec.CommandContext(
		m.t.Context(), "nsenter", "--net=/proc/"+strconv.Itoa(pid)+"/ns/net", "sh", "-ec", script,
	).CombinedOutput()
	if err != nil {
		m.t.Fatalf("%s: %v\n%s", script, err, out)
	}
}

// Command returns a command that runs as root on the machine. Canceling ctx kills it and its children.
func (m *Machine) Command(ctx context.Context, argv ...string) *exec.Cmd {
	enter := []string{
		"--target", strconv.Itoa(m.initPID), "--mount", "--net", "--pid", "--uts", "--ipc", "--root", "--wd", "--",
	}
	cmd := exec.CommandContext(ctx, "nsenter", append(enter, argv...)...)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// Run runs a command, and returns its output and exit code.
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

// MustRun runs a command, and ends the test if the command fails.
func (m *Machine) MustRun(argv ...string) string {
	m.t.Helper()
	out, code := m.Run(argv...)
	if code != 0 {
		m.t.Fatalf("%v: exit %d\n%s", argv, code, out)
	}
	return out
}

// openRoot opens the file system of the machine. Symbolic links that lead to files of the host are errors.
func (m *Machine) openRoot() *os.Root {
	m.t.Helper()
	files, err := os.OpenRoot(filepath.Join("/proc", strconv.Itoa(m.initPID), "root"))
	if err != nil {
		m.t.Fatal(err)
	}
	return files
}

// WriteFile writes a file of the machine.
func (m *Machine) WriteFile(name string, mode fs.FileMode, content string) {
	m.t.Helper()
	files := m.openRoot()
	defer files.Close()
	name = strings.TrimPrefix(name, "/")
	if err := files.WriteFile(name, []byte(content), mode); err != nil {
		m.t.Fatal(err)
	}
	if err := files.Chmod(name, mode); err != nil {
		m.t.Fatal(err)
	}
}

// ReadFile reads a file of the machine. ok is false if it does not exist.
func (m *Machine) ReadFile(name string) (content string, mode fs.FileMode, ok bool) {
	m.t.Helper()
	files := m.openRoot()
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

// Listen listens in the machine's network, so that a service in the test's process is reachable from the machine.
func (m *Machine) Listen(address string) net.Listener { return m.listen(m.initPID, address) }

// ListenInternet listens on the host of the simulated internet.
func (m *Machine) ListenInternet(address string) net.Listener {
	return m.listen(m.internetPID, address)
}

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

// Dial connects from the simulated internet to a port of Address. network is "tcp" or "udp".
func (m *Machine) Dial(network string, port int) (net.Conn, error) {
	m.t.Helper()
	var conn net.Conn
	err := inNetwork(m.internetPID, func() error {
		var err error
		conn, err = (&net.Dialer{Timeout: 300 * time.Millisecond}).DialContext(
			m.t.Context(), network, net.JoinHostPort(Address, strconv.Itoa(port)),
		)
		return err
	})
	return conn, err
}

// ListenPacket listens for datagrams in the machine's network.
func (m *Machine) ListenPacket(port int) net.PacketConn {
	m.t.Helper()
	var conn net.PacketConn
	err := inNetwork(m.initPID, func() error {
		var err error
		conn, err = (&net.ListenConfig{}).ListenPacket(
			m.t.Context(), "udp", net.JoinHostPort(Address, strconv.Itoa(port)),
		)
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// inNetwork calls a function in the network namespace of a process. A socket stays in the namespace where it was
// created.
func inNetwork(pid int, do func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		original, err := os.Open("/proc/thread-self/ns/net")
		if err != nil {
			done <- err
			return
		}
		defer original.Close()
		if err = enterNetwork("/proc/" + strconv.Itoa(pid) + "/ns/net"); err == nil {
			err = do()
		}
		restoreErr := unix.Setns(int(original.Fd()), unix.CLONE_NEWNET)
		done <- errors.Join(err, restoreErr)
		if restoreErr != nil {
			// No other goroutine may run on a thread in the wrong network. The thread must not exit either: that would
			// kill the processes that it started with Pdeathsig, such as the CLIs of other tests.
			select {}
		}
		runtime.UnlockOSThread()
	}()
	return <-done
}

// enterNetwork moves the thread into a network namespace.
func enterNetwork(network string) error {
	file, err := os.Open(network)
	if err != nil {
		return err
	}
	defer file.Close()
	return unix.Setns(int(file.Fd()), unix.CLONE_NEWNET)
}
