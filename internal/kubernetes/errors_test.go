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

func TestErrorsAreSorted(t *testing.T) {
	t.Parallel()
	client := &Client{endpoint: Endpoint{Server: "https://127.0.0.1:6443"}, heard: &answers{}}
	sent := func(err error) error { return &url.Error{Op: "Get", URL: "https://127.0.0.1:6443/apis", Err: err} }
	group := policies.GroupResource()
	for name, test := range map[string]struct {
		err       error
		wanted    Reason
		hint      string
		transient bool
	}{
		"nobody listens": {
			sent(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}), Refused, "Nobody " +
				"listens", false,
		},
		"packets are dropped": {
			sent(&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}), Unreachable, "allow-list", false,
		},
		"no such name":      {sent(&net.DNSError{Err: "no such host", Name: "x"}), Unreachable, "allow-list", false},
		"no time left":      {sent(context.DeadlineExceeded), Unreachable, "allow-list", false},
		"interrupted":       {sent(context.Canceled), Other, "", false},
		"another authority": {sent(x509.UnknownAuthorityError{}), Untrusted, "never left unverified", false},
		"expired certificate": {
			sent(
				x509.CertificateInvalidError{Reason: x509.Expired, Cert: &x509.Certificate{}},
			), Untrusted, "name and time", false,
		},
		"broken connection": {sent(syscall.ECONNRESET), Other, "", true},
		"expired key":       {apierrors.NewUnauthorized("Unauthorized"), Unauthorized, "has expired", false},
		"no permission": {
			apierrors.NewForbidden(group, "x", errors.New("User cannot patch")), Forbidden, "KubernetesFullAccess", false,
		},
		"a policy": {apierrors.NewForbidden(group, "x", errors.New("ValidatingAdmissionPolicy 'p' with binding 'p' denied "+
			"request: no")), Denied, "", false},
		"absent":            {apierrors.NewNotFound(group, "x"), NotFound, "", false},
		"changed meanwhile": {apierrors.NewConflict(group, "x", errors.New("changed")), Conflict, "Plan again", false},
		"overloaded":        {apierrors.NewTooManyRequests("slow down", 1), Unavailable, "cannot do its work now", true},
		"broken":            {apierrors.NewInternalError(errors.New("etcd")), Unavailable, "cannot do its work now", true},
	} {
		err := call{"apply", policies, "", "x"}.fail(client, test.err, &answers{}, false)
		var found *Error
		if !errors.As(err, &found) || found.Reason != test.wanted || found.transient != test.transient ||
			!strings.Contains(found.Hint(), test.hint) || test.hint == "" && found.Hint() != "" {
			t.Errorf("%s: %+v, hint %q", name, found, found.Hint())
		}
		if !Is(fmt.Errorf("around: %w", err), test.wanted) || !errors.Is(err, test.err) && name != "interrupted" {
			t.Errorf("%s: not found through a wrapper", name)
		}
	}
}

func TestAllowListHintNamesTheAddress(t *testing.T) {
	t.Parallel()
	for address, wanted := range map[string]string{
		"203.0.113.7": "would need 203.0.113.7/32", "10.0.0.4": "10.0.0.4, a private address", "127.0.0.1": "public " +
			"address of this machine", "2001:db8::1": "2001:db8::1/128",
	} {
		if hint := allowListHint(netip.MustParseAddr(address)); !strings.Contains(hint, wanted) {
			t.Errorf("%s: %s", address, hint)
		}
	}
}

func TestKubeconfig(t *testing.T) {
	t.Parallel()
	const ca = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1BPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="
	file := func(server, ca string) string {
		return "current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\nclusters: [{name: other, cluster: " +
			"{server: \"https://other\"}}, {name: c, cluster: {server: \"" + server + "\", certificate-authority-data: \"" +
			ca + "\"}}]\n"
	}
	endpoint, err := ParseKubeconfig([]byte(file("https://1.2.3.4:6443", ca)))
	if err != nil || endpoint.Server != "https://1.2.3.4:6443" || len(endpoint.CA) == 0 {
		t.Fatal(endpoint, err)
	}
	for host, wanted := range map[string]string{
		"bastion": "https://bastion:6443", "10.0.0.4:7000": "https://10.0.0.4:7000",
		"2001:db8::1": "https://[2001:db8::1]:6443",
	} {
		if at := endpoint.At(host, "kubernetes"); at.Server != wanted || at.ServerName != "kubernetes" || len(at.CA) == 0 {
			t.Errorf("%s: %+v", host, at)
		}
	}
	if at := endpoint.At("", ""); at.Server != endpoint.Server || at.ServerName != "" {
		t.Errorf("without a host: %+v", at)
	}
	for name, broken := range map[string]string{
		"no authority": file(
			"https://1.2.3.4:6443", "",
		), "no https": file("http://1.2.3.4", ca), "no cluster": "current-context: a\n", "no YAML": "\t{",
	} {
		if _, err := ParseKubeconfig([]byte(broken)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
