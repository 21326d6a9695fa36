package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// buildAgent builds the stand-in agent once for each process.
var buildAgent = sync.OnceValues(
	func() ([]byte, error) { //nolint:gochecknoglobals // one for each process, since the build takes seconds
		dir, err := os.MkdirTemp("", "agent")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		file := filepath.Join(dir, "agent")
		build := exec.Command(
			"go", "build", "-o", file,
			"github.com/terraform-srm/terraform-provider-srm/internal/acctest/machine/standin",
		) //nolint:noctx // the result is for all tests
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, &buildError{out: string(out), err: err}
		}
		return os.ReadFile(file)
	},
)

type buildError struct {
	out string
	err error
}

func (e *buildError) Error() string { return "go build: " + e.err.Error() + "\n" + e.out }

// Agent returns the binary of the stand-in for Scaleway's agent, and its SHA-256 digest.
func Agent(t *testing.T) (binary []byte, digest string) {
	t.Helper()
	binary, err := buildAgent()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(binary)
	return binary, hex.EncodeToString(sum[:])
}
