//go:build !linux

package machine

import "testing"

// Requires skips a test: machines are made of Linux namespaces.
func Requires(t *testing.T) {
	t.Helper()
	t.Skip("A machine takes Linux: it is made of namespaces.")
}
