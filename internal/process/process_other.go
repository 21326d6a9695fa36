//go:build !linux

package process

import "syscall"

// parentDeathSignal sets nothing: only Linux can end a child together with its parent.
func parentDeathSignal() *syscall.SysProcAttr { return nil }
