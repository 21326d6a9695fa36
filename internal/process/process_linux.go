package process

import "syscall"

// parentDeathSignal makes a child end when its parent is killed.
func parentDeathSignal() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
