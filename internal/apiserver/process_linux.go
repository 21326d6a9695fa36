package apiserver

import "syscall"

// withParent makes a child end when its parent is killed.
func withParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
