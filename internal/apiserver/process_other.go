//go:build !linux

package apiserver

import "syscall"

// withParent asks for nothing: only Linux ties a child to its parent.
func withParent() *syscall.SysProcAttr { return nil }
