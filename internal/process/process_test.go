package process_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/terraform-srm/terraform-provider-srm/internal/process"
)

func TestProcess(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log")
	exits, err := process.Start("/bin/sh", log, "-c", "echo out; echo err >&2; exit 3")
	if err != nil {
		t.Fatal(err)
	}
	<-exits.Done()
	if tail := exits.LogTail(); tail != "out\nerr\n" {
		t.Errorf("log: %q", tail)
	}
	if err := exits.Stop(); err != nil {
		t.Errorf("stop a process that has exited: %v", err)
	}
	runs, err := process.Start("/bin/sh", log, "-c", "exec sleep 600")
	if err != nil {
		t.Fatal(err)
	}
	if err := runs.Stop(); err != nil {
		t.Error(err)
	}
	<-runs.Done()
	if _, err := process.Start(filepath.Join(t.TempDir(), "none"), log); err == nil {
		t.Error("a file that does not exist was started")
	}
}

func TestBinDir(t *testing.T) {
	t.Parallel()
	dir, err := process.BinDir()
	if err != nil || filepath.Base(dir) != ".bin" {
		t.Fatalf("%s, %v", dir, err)
	}
	raw, err := os.ReadFile(filepath.Join(filepath.Dir(dir), "go.mod"))
	if err != nil || !strings.HasPrefix(string(raw), "module github.com/terraform-srm/") {
		t.Errorf("%.60s, %v", raw, err)
	}
}
