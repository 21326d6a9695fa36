// Package objectstorage runs a local Object Storage for a test: versitygw, an S3 server on a directory, behind a proxy
// that adds what Scaleway's Object Storage has and versitygw lacks.
package objectstorage

import (
	"context"
	"errors"
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
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

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
	server, stop, err := start(t.Context())
	if err != nil {
		t.Fatalf("start Object Storage: %v", err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// start starts a server, and returns it with a function that stops it.
func start(ctx context.Context) (server *Server, stop func() error, err error) {
	dir, err := os.MkdirTemp("", "srm-s3-") // the directory of a test can be too long for the path of a socket
	if err != nil {
		return nil, nil, err
	}
	bin, err := process.BinDir()
	if err != nil {
		return nil, nil, err
	}
	socket, gateway, err := startGateway(ctx, bin, dir)
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	proxy := newProxy(&http.Transport{
		DisableCompression: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	})
	listener := httptest.NewServer(proxy)
	return &Server{URL: listener.URL, proxy: proxy}, func() error {
		listener.Close()
		return errors.Join(gateway.Stop(), os.RemoveAll(dir))
	}, nil
}

// Intercept passes each later request to a function first, which returns true if it answered. nil ends it.
func (s *Server) Intercept(answer func(http.ResponseWriter, *http.Request) bool) {
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	s.proxy.intercept = answer
}

// Forbid forbids every request of a bucket.
func (s *Server) Forbid(bucket string) {
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	s.proxy.forbidden[bucket] = true
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

// startGateway starts versitygw on a socket in a directory, and returns both once it accepts connections.
func startGateway(ctx context.Context, bin, dir string) (socket string, gateway *process.Process, err error) {
	path := filepath.Join(bin, "versitygw")
	if _, err := os.Stat(path); err != nil {
		return "", nil, fmt.Errorf("no versitygw in %s: run `make .bin/versitygw`", bin)
	}
	socket = filepath.Join(dir, "s3.sock")
	for _, name := range []string{"buckets", "versions", "metadata"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			return "", nil, err
		}
	}
	gateway, err = process.Start(path, filepath.Join(dir, "log"),
		"--port", socket, "--region", Region, "--access", sandbox.AccessKey, "--secret", sandbox.SecretKey, "--quiet",
		// A directory for metadata works without extended attributes, which not every file system has.
		"posix", "--versioning-dir", filepath.Join(dir, "versions"), "--sidecar", filepath.Join(dir, "metadata"),
		filepath.Join(dir, "buckets"))
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		connection, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
		if err == nil {
			return socket, gateway, connection.Close()
		}
		select {
		case <-gateway.Done():
			return "", nil, fmt.Errorf("versitygw exited: %s", gateway.LogTail())
		case <-ctx.Done():
			err := fmt.Errorf("versitygw accepts no connections: %w\n%s", err, gateway.LogTail())
			return "", nil, errors.Join(err, gateway.Stop())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// CreateLockedBucket creates a private bucket with versioning, object lock and a default retention.
func (s *Server) CreateLockedBucket(t testing.TB, name string, days int32) {
	t.Helper()
	client := s.Client()
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: &name, ObjectLockEnabledForBucket: aws.Bool(true),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: Region},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
		Bucket: &name, ObjectLockConfiguration: &types.ObjectLockConfiguration{
			ObjectLockEnabled: types.ObjectLockEnabledEnabled,
			Rule: &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{
				Mode: types.ObjectLockRetentionModeCompliance, Days: &days,
			}},
		},
	}); err != nil {
		t.Fatal(err)
	}
}
