package apiserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// stopTimeout is how long a process may take to exit before it is killed.
const stopTimeout = 20 * time.Second

// process is a child process.
type process struct {
	cmd     *exec.Cmd
	logFile string
	// done is closed when the process has exited.
	done chan struct{}
}

// startProcess starts a process whose output goes to a log file. On Linux the process ends when this process ends.
func startProcess(path, log string, args ...string) (*process, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	command := exec.Command(path, args...) //nolint:noctx // Stop ends the process
	p := &process{cmd: command, logFile: log, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.SysProcAttr = out, out, parentDeathSignal()
	started := make(chan error, 1)
	go func() {
		// Linux sends the parent death signal when the thread that started the child exits.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // the log has the reason
		}
		_ = out.Close()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	return p, nil
}

// stop terminates the process, and kills it if it does not exit in time.
func (p *process) stop() error {
	if p == nil {
		return nil
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	timer := time.NewTimer(stopTimeout)
	defer timer.Stop()
	select {
	case <-p.done:
		return nil
	case <-timer.C:
		err := p.cmd.Process.Kill()
		if err == nil {
			<-p.done // the caller removes files that the process may still write
		}
		return err
	}
}

// logTail returns the end of the log.
func (p *process) logTail() string {
	raw, err := os.ReadFile(p.logFile)
	if err != nil {
		return err.Error()
	}
	return string(raw[max(0, len(raw)-2000):])
}
