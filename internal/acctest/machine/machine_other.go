//go:build !linux

package machine

import "testing"

// Requires skips a test: a machine needs Linux namespaces.
func Requires(t *testing.T) {
	t.Helper()
	t.Skip("The test machine requires Linux namespaces.")
}
