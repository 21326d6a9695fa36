package compliance

import (
	"net/netip"
	"strings"
	"testing"
)

func TestDefaultsPassTheirOwnChecks(t *testing.T) {
	t.Parallel()
	pod, err := CheckPodCIDR(DefaultPodCIDR)
	if err != nil {
		t.Error(err)
	}
	service, err := CheckServiceCIDR(DefaultServiceCIDR)
	if err != nil {
		t.Error(err)
	}
	if _, err := CheckServiceDNS(DefaultServiceDNSIP, service); err != nil {
		t.Error(err)
	}
	if got := FindOverlaps(
		[]NamedPrefix{{"pod_cidr", pod}, {"service_cidr", service}, ReservedRange()},
	); len(got) != 0 {
		t.Errorf("the defaults overlap: %v", got)
	}
}

func TestClusterCIDRs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ in, pod, service string }{ // What is wrong; empty if valid.
		{"10.0.0.0/8", "", ""},
		{"10.0.0.0/16", "", ""},
		{"10.0.0.0/17", "too small", ""},
		{"172.16.0.0/12", "", ""},
		{"192.168.0.0/16", "", ""},
		{"192.168.4.0/24", "too small", ""},
		{"192.168.4.0/25", "too small", "too small"},
		{"100.64.0.0/10", "", ""},
		{"100.0.0.0/8", "not private", "not private"},
		{"172.0.0.0/8", "not private", "not private"},
		{"198.18.0.0/15", "not private", "not private"},
		{"0.0.0.0/0", "not private", "not private"},
		{"10.1.2.3/16", "bits set", "bits set"},
		{"fd00::/8", "not IPv4", "not IPv4"},
		{"10.0.0.0", "not a CIDR", "not a CIDR"},
		{"", "not a CIDR", "not a CIDR"},
	} {
		for _, check := range []struct {
			f    func(string) (netip.Prefix, error)
			want string
		}{{CheckPodCIDR, test.pod}, {CheckServiceCIDR, test.service}} {
			prefix, err := check.f(test.in)
			if check.want == "" {
				if err != nil || prefix.String() != test.in {
					t.Errorf("%s: %v, %v", test.in, prefix, err)
				}
				continue
			}
			if r := requireProblem(t, err); !strings.Contains(r.Found, check.want) || prefix.IsValid() {
				t.Errorf("%s: %+v", test.in, r)
			}
		}
	}
	_, err := CheckPodCIDR("10.1.2.3/16")
	if r := requireProblem(t, err); r.Fix != `Write "10.1.0.0/16".` {
		t.Errorf("got %q", r.Fix)
	}
}

func TestCheckServiceDNS(t *testing.T) {
	t.Parallel()
	service := netip.MustParsePrefix("10.32.0.0/24")
	for ip, want := range map[string]string{
		"10.32.0.10": "", "10.32.0.2": "", "10.32.0.254": "",
		"10.32.0.0": "first address of the range", "10.32.0.1": "API server", "10.32.0.255": "last address",
		"10.32.1.0": "outside", "10.31.255.255": "outside", "::1": "outside", "dns": "not an IP", "": "not an IP",
	} {
		addr, err := CheckServiceDNS(ip, service)
		if want == "" {
			if err != nil || addr.String() != ip {
				t.Errorf("%s: %v, %v", ip, addr, err)
			}
			continue
		}
		if r := requireProblem(t, err); !strings.Contains(r.Found, want) || !strings.Contains(r.Fix, `"10.32.0.10"`) {
			t.Errorf("%s: %+v", ip, r)
		}
	}
}

func TestFindOverlaps(t *testing.T) {
	t.Parallel()
	named := func(name, prefix string) NamedPrefix { return NamedPrefix{name, netip.MustParsePrefix(prefix)} }
	got := FindOverlaps([]NamedPrefix{
		named("pod_cidr", "10.0.0.0/8"),
		named("service_cidr", "10.32.0.0/20"),
		{Name: "unknown"},
		named("subnet", "172.16.4.0/22"),
		named("subnet", "fd00::/64"),
		named("mapped", "::ffff:172.16.4.0/120"),
		ReservedRange(),
	})
	want := []string{
		"pod_cidr 10.0.0.0/8 overlaps service_cidr 10.32.0.0/20",
		"subnet 172.16.4.0/22 overlaps mapped ::ffff:172.16.4.0/120",
	}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i, o := range got {
		if o.String() != want[i] {
			t.Errorf("got %s, want %s", o, want[i])
		}
	}
	if got := FindOverlaps(nil); got == nil || len(got) != 0 {
		t.Errorf("got %#v", got)
	}
}
