//go:build !linux

package apiserver

import "syscall"

// withParent sets nothing: only Linux can end a child together with its parent.
func withParent() *syscall.SysProcAttr { return nil }
