package kubernetes

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

func TestReasonOfError(t *testing.T) {
	t.Parallel()
	client := &Client{endpoint: Endpoint{Server: "https://127.0.0.1:6443"}, lastResponse: &lastResponse{}}
	sent := func(err error) error { return &url.Error{Op: "Get", URL: "https://127.0.0.1:6443/apis", Err: err} }
	group := policies.GroupResource()
	for name, test := range map[string]struct {
		err       error
		want      Reason
		hint      string
		transient bool
	}{
		"connection refused": {
			sent(
				&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
			), Refused, "No server listens", false,
		},
		"dropped packets": {
			sent(&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}), Unreachable, "allow-list", false,
		},
		"unknown host name": {sent(&net.DNSError{Err: "no such host", Name: "x"}), Unreachable, "allow-list", false},
		"deadline exceeded": {sent(context.DeadlineExceeded), Unreachable, "allow-list", false},
		"canceled":          {sent(context.Canceled), Other, "", false},
		"unknown authority": {sent(x509.UnknownAuthorityError{}), Untrusted, "always verifies", false},
		"expired certificate": {
			sent(
				x509.CertificateInvalidError{Reason: x509.Expired, Cert: &x509.Certificate{}},
			), Untrusted, "host name and time", false,
		},
		"broken connection": {sent(syscall.ECONNRESET), Other, "", true},
		"expired key":       {apierrors.NewUnauthorized("Unauthorized"), Unauthorized, "has expired", false},
		"no permission": {
			apierrors.NewForbidden(
				group, "x", errors.New("User cannot patch"),
			), Forbidden, "KubernetesFullAccess", false,
		},
		"denied by a policy": {apierrors.NewForbidden(group, "x", errors.New("ValidatingAdmissionPolicy 'p' with "+
			"binding 'p' denied request: no")), Denied, "", false},
		"not found": {apierrors.NewNotFound(group, "x"), NotFound, "", false},
		"conflict":  {apierrors.NewConflict(group, "x", errors.New("changed")), Conflict, "Plan again", false},
		"overloaded": {
			apierrors.NewTooManyRequests("slow down", 1), Unavailable, "cannot process requests now", true,
		},
		"internal error": {
			apierrors.NewInternalError(errors.New("etcd")), Unavailable, "cannot process requests now", true,
		},
	} {
		err := operation{"apply", policies, "", "x"}.newError(client, test.err, &lastResponse{}, false)
		var found *Error
		if !errors.As(err, &found) || found.Reason != test.want || found.transient != test.transient ||
			!strings.Contains(found.Hint(), test.hint) || test.hint == "" && found.Hint() != "" {
			t.Errorf("%s: got %+v, hint %q", name, found, found.Hint())
		}
		if !Is(fmt.Errorf("wrapped: %w", err), test.want) || !errors.Is(err, test.err) && name != "canceled" {
			t.Errorf("%s: Is or errors.Is does not find the wrapped error", name)
		}
	}
}

func TestAllowListHint(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"203.0.113.7": "Add 203.0.113.7/32 to the allow-list", "10.0.0.4": "10.0.0.4, a private address",
		"127.0.0.1": "public address of this machine", "2001:db8::1": "2001:db8::1/128",
	} {
		if hint := allowListHint(netip.MustParseAddr(address)); !strings.Contains(hint, want) {
			t.Errorf("%s: got hint %q", address, hint)
		}
	}
}

func TestParseKubeconfig(t *testing.T) {
	t.Parallel()
	const ca = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1BPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="
	file := func(server, ca string) string {
		return "current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\nclusters: [{name: other, cluster: " +
			"{server: \"https://other\"}}, {name: c, cluster: {server: \"" + server +
			"\", certificate-authority-data: \"" +
			ca + "\"}}]\n"
	}
	endpoint, err := ParseKubeconfig([]byte(file("https://1.2.3.4:6443", ca)))
	if err != nil || endpoint.Server != "https://1.2.3.4:6443" || len(endpoint.CA) == 0 {
		t.Fatalf("got %+v, error %v", endpoint, err)
	}
	for host, want := range map[string]string{
		"bastion": "https://bastion:6443", "10.0.0.4:7000": "https://10.0.0.4:7000",
		"2001:db8::1": "https://[2001:db8::1]:6443",
	} {
		if moved := endpoint.WithHost(host, "kubernetes"); moved.Server != want || moved.ServerName != "kubernetes" ||
			len(moved.CA) == 0 {
			t.Errorf("%s: got %+v", host, moved)
		}
	}
	if same := endpoint.WithHost("", ""); same.Server != endpoint.Server || same.ServerName != "" {
		t.Errorf("without a host: got %+v", same)
	}
	for name, invalid := range map[string]string{
		"no authority": file(
			"https://1.2.3.4:6443", "",
		), "no HTTPS": file("http://1.2.3.4", ca), "no cluster": "current-context: a\n", "invalid YAML": "\t{",
	} {
		if _, err := ParseKubeconfig([]byte(invalid)); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
