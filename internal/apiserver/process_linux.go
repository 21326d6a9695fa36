package apiserver

import "syscall"

// withParent lets a child end where its parent is killed.
func withParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
