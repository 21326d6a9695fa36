// Package objectstorage runs a local Object Storage for a test: versitygw, an S3 server on a directory, behind a proxy
// that adds what Scaleway's Object Storage has and versitygw lacks.
package objectstorage

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/terraform-srm/terraform-provider-srm/internal/process"
	"github.com/terraform-srm/terraform-provider-srm/internal/sandbox"
)

// Region is the region of the server.
const Region = "fr-par"

// startTimeout limits the time for a start, which usually takes a tenth of a second.
const startTimeout = 30 * time.Second

// Server is a running Object Storage. It accepts the API key of the sandbox.
type Server struct {
	// URL is the S3 endpoint, with the names of buckets in the path.
	URL string

	proxy *proxy
}

// Start starts a server for a test, and stops it at the end of the test.
func Start(t testing.TB) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "srm-s3-") //nolint:usetesting // t.TempDir can be too long for the path of a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	bin, err := process.BinDir()
	if err != nil {
		t.Fatal(err)
	}
	socket, err := startGateway(t, bin, dir)
	if err != nil {
		t.Fatalf("start Object Storage: %v", err)
	}
	proxy := newProxy(&http.Transport{
		DisableCompression: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	})
	listener := httptest.NewServer(proxy)
	t.Cleanup(listener.Close)
	return &Server{URL: listener.URL, proxy: proxy}
}

// Intercept passes each later request to a function first, which returns true if it answered. nil ends it.
func (s *Server) Intercept(answer func(http.ResponseWriter, *http.Request) bool) {
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	s.proxy.intercept = answer
}

// SetRegion sets the region of a bucket.
func (s *Server) SetRegion(bucket, region string) {
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	s.proxy.region[bucket] = region
}

// Requests returns the method and the address of each request so far.
func (s *Server) Requests() []string {
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	return slices.Clone(s.proxy.requests)
}

// Client returns a client of the server.
func (s *Server) Client() *s3.Client { return s.clientWithKey(sandbox.AccessKey, sandbox.SecretKey) }

func (s *Server) clientWithKey(access, secret string) *s3.Client {
	return s3.New(s3.Options{
		Region: Region, BaseEndpoint: aws.String(s.URL), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(access, secret, ""),
	})
}

// startGateway starts versitygw on a socket in a directory, and returns the socket once it accepts connections.
func startGateway(t testing.TB, bin, dir string) (socket string, err error) {
	path := filepath.Join(bin, "versitygw")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("no versitygw in %s: run `make .bin/versitygw`", bin)
	}
	socket = filepath.Join(dir, "s3.sock")
	for _, name := range []string{"buckets", "versions", "metadata"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			return "", err
		}
	}
	gateway, err := process.Start(path, filepath.Join(dir, "log"),
		"--port", socket, "--region", Region, "--access", sandbox.AccessKey, "--secret", sandbox.SecretKey, "--quiet",
		// A directory for metadata works without extended attributes, which not every file system has.
		"posix", "--versioning-dir", filepath.Join(dir, "versions"), "--sidecar", filepath.Join(dir, "metadata"),
		filepath.Join(dir, "buckets"))
	if err != nil {
		return "", err
	}
	t.Cleanup(func() {
		if err := gateway.Stop(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	for {
		connection, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
		if err == nil {
			return socket, connection.Close()
		}
		select {
		case <-gateway.Done():
			return "", fmt.Errorf("versitygw exited: %s", gateway.LogTail())
		case <-ctx.Done():
			return "", fmt.Errorf("versitygw accepts no connections: %w\n%s", err, gateway.LogTail())
		case <-time.After(10 * time.Millisecond):
		}
	}
}
