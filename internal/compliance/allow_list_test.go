package compliance

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestParseAllowRange(t *testing.T) {
	t.Parallel()
	for _, ok := range []string{"203.0.113.0/24", "203.0.113.7/32", "2001:db8::/32", "0.0.0.0/0", "::/0"} {
		if got, err := ParseAllowRange(ok); err != nil || got.String() != ok {
			t.Errorf("%s: %v, %v", ok, got, err)
		}
	}
	for _, test := range []struct{ in, found, fix string }{
		{"203.0.113.7/24", "bits set", `Write "203.0.113.0/24".`},
		{"203.0.113.7", "without mask", `Write "203.0.113.7/32" for this address alone.`},
		{"2001:db8::1", "without mask", `Write "2001:db8::1/128" for this address alone.`},
		{"::ffff:203.0.113.7", "without mask", `Write "203.0.113.7/32" for this address alone.`},
		{"fe80::1%eth0", "without mask", `Write "fe80::1/128" for this address alone.`},
		{"2001:DB8::/32", "non-canonical form", `Write "2001:db8::/32".`}, {"2001:db8:0::/32", "non-canonical " +
			"form", `Write "2001:db8::/32".`},
		{"203.0.113.0/33", "not a CIDR", "Write an address, a slash and the length of the mask."},
		{"example.org", "not a CIDR", "Write an address, a slash and the length of the mask."},
		{" 203.0.113.0/24", "not a CIDR", "Write an address, a slash and the length of the mask."},
		{"", "not a CIDR", "Write an address, a slash and the length of the mask."},
	} {
		got, err := ParseAllowRange(test.in)
		if r := requireProblem(t, err); !strings.Contains(r.Found, test.found) || r.Fix != test.fix || got.IsValid() {
			t.Errorf("%q: %+v", test.in, r)
		}
	}
	// Either Go's parser or ParseAllowRange reports an IPv4-mapped range.
	if got, err := ParseAllowRange("::ffff:203.0.113.0/120"); err == nil {
		t.Errorf("got %v", got)
	}
}

func FuzzParseAllowRange(f *testing.F) {
	for _, s := range []string{"203.0.113.0/24", "203.0.113.7", "::ffff:1.2.3.4/100", "::/0", "/", "1.2.3.4/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		prefix, err := ParseAllowRange(s)
		if err == nil && (prefix.String() != s || prefix != prefix.Masked()) {
			t.Errorf("%q is parsed as %v", s, prefix)
		}
		if err != nil && requireProblem(t, err).Fix == "" {
			t.Errorf("the error for %q has no fix", s)
		}
	})
}

func parsePrefixes(t *testing.T, texts ...string) []netip.Prefix {
	t.Helper()
	var all []netip.Prefix
	for _, s := range texts {
		prefix, err := netip.ParsePrefix(s)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, prefix)
	}
	return all
}

func TestIsOpenToWorld(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in  string // Separated by spaces.
		why string // Empty if it is not open.
	}{
		{"0.0.0.0/0", "0.0.0.0/0 covers every public IPv4 address"},
		{"::/0", "::/0 covers every public IPv6 address"},
		{"0.0.0.0/0 ::/0", "::/0 covers every public IPv6 address"},
		{"10.0.0.0/8 0.0.0.0/0", "0.0.0.0/0 covers every public IPv4 address"},
		{"0.0.0.0/1 128.0.0.0/1", "0.0.0.0/1 and 128.0.0.0/1 together cover every public IPv4 address"},
		{"128.0.0.0/1 0.0.0.0/1 0.0.0.0/1", "0.0.0.0/1 and 128.0.0.0/1 together cover every public IPv4 address"},
		{"8000::/1 ::/1", "::/1 covers every public IPv6 address"},
		{"2000::/3", "2000::/3 covers every public IPv6 address"},
		{"2000::/4 3000::/4", "2000::/4 and 3000::/4 together cover every public IPv6 address"},
		{"::ffff:0:0/96", "0.0.0.0/0 covers every public IPv4 address"},
		{"::ffff:0:0/97 128.0.0.0/1", "0.0.0.0/1 and 128.0.0.0/1 together cover every public IPv4 address"},
		{"::/64", "::/64 covers every public IPv4 address"},
		// No host has an address in multicast and reserved space: a gap there does not matter.
		{"0.0.0.0/1 128.0.0.0/2 192.0.0.0/3", "0.0.0.0/1, 128.0.0.0/2 and 192.0.0.0/3 together cover every public " +
			"IPv4 address"},
		{"", ""},
		{"0.0.0.0/1", ""},
		{"128.0.0.0/1", ""},
		{"0.0.0.0/1 128.0.0.0/2", ""},
		{"0.0.0.0/1 128.0.0.0/2 192.0.0.0/4", ""},
		{"10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 224.0.0.0/3", ""},
		{"203.0.113.0/24 2001:db8::/32", ""},
		{"0.0.0.0/1 8000::/1", ""},
		{"2000::/4", ""},
		{"255.255.255.255/32 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", ""},
	} {
		open, why := IsOpenToWorld(parsePrefixes(t, strings.Fields(test.in)...))
		if open != (test.why != "") || why != test.why {
			t.Errorf("%s: %v, %q\nwant %q", test.in, open, why, test.why)
		}
	}
	if open, _ := IsOpenToWorld([]netip.Prefix{{}}); open {
		t.Error("an invalid prefix is reported as open to the world")
	}
}

// splitRandomly halves random prefixes, which does not change what they cover.
func splitRandomly(random *rand.Rand, in []netip.Prefix, times int) []netip.Prefix {
	out := slices.Clone(in)
	for range times {
		i := random.IntN(len(out))
		p := out[i]
		if p.IsSingleIP() {
			continue
		}
		low := netip.PrefixFrom(p.Addr(), p.Bits()+1)
		upper := p.Addr().AsSlice()
		upper[p.Bits()/8] |= 0x80 >> (p.Bits() % 8)
		addr, ok := netip.AddrFromSlice(upper)
		if !ok {
			continue
		}
		out[i] = low
		out = append(out, netip.PrefixFrom(addr, p.Bits()+1))
	}
	return out
}

// TestIsOpenToWorldIgnoresSpelling checks that order, duplicates and splitting do not change the result, and that one
// missing piece of public space does.
func TestIsOpenToWorldIgnoresSpelling(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		world := parsePrefixes(t, []string{"0.0.0.0/0", "::/0", "2000::/3"}[random.IntN(3)])
		pieces := splitRandomly(random, world, random.IntN(40))
		pieces = append(pieces, pieces[random.IntN(len(pieces))])
		random.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
		open, why := IsOpenToWorld(pieces)
		if !open || why == "" {
			t.Fatalf("not reported as open: %v", pieces)
		}
		slices.Reverse(pieces)
		if again, whyAgain := IsOpenToWorld(pieces); again != open || whyAgain != why {
			t.Fatalf("the order of the ranges changes %q to %q: %v", why, whyAgain, pieces)
		}
	}
	for range 500 {
		world, hole := "0.0.0.0/0", "8.8.8.0/24"
		if random.IntN(2) == 0 {
			world, hole = "2000::/3", "2a00::/12"
		}
		missing := netip.MustParsePrefix(hole)
		// Split until every piece that overlaps the hole is inside it, then remove those pieces.
		pieces := parsePrefixes(t, world)
		for {
			i := slices.IndexFunc(
				pieces, func(p netip.Prefix) bool { return p.Overlaps(missing) && p.Bits() < missing.Bits() },
			)
			if i < 0 {
				break
			}
			halves := splitRandomly(random, pieces[i:i+1], 1)
			pieces = append(slices.Delete(pieces, i, i+1), halves...)
		}
		pieces = slices.DeleteFunc(pieces, missing.Overlaps)
		random.Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
		if open, why := IsOpenToWorld(splitRandomly(random, pieces, random.IntN(20))); open {
			t.Fatalf("reported as open without %s: %s", hole, why)
		}
	}
}

// TestIsOpenToWorldShortensLists checks that a long list is shortened.
func TestIsOpenToWorldShortensLists(t *testing.T) {
	t.Parallel()
	var pieces []netip.Prefix
	for i := range 16 {
		pieces = append(pieces, netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(i << 4)}), 4))
	}
	want := "0.0.0.0/4, 16.0.0.0/4, 32.0.0.0/4, 48.0.0.0/4, 64.0.0.0/4, 80.0.0.0/4, 96.0.0.0/4, 112.0.0.0/4 and 8 " +
		"more ranges together cover every public IPv4 address"
	if open, why := IsOpenToWorld(pieces); !open || why != want {
		t.Errorf("%v, %q", open, why)
	}
}

func TestIsWide(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ ranges, what string }{
		{"", ""},
		{"192.0.2.0/24 198.51.100.0/24", ""},
		{"0.0.0.0/1", "0.0.0.0/1: 56 % of all public IPv4 addresses"},
		{"0.0.0.0/1 0.0.0.0/2 64.0.0.0/3", "0.0.0.0/1: 56 % of all public IPv4 addresses"},
		{"52.0.0.0/12", "52.0.0.0/12: as many public IPv4 addresses as a /12"},
		{"52.0.0.0/13", ""},
		{"52.0.0.0/13 53.0.0.0/13", "52.0.0.0/13 and 53.0.0.0/13: as many public IPv4 addresses as a /12"},
		{"10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10", ""},
		{"10.0.0.0/7", "10.0.0.0/7: as many public IPv4 addresses as a /8"},
		{"2001:db8::/32 2a00::/29", ""},
		{"2a00::/28", "2a00::/28: as many public IPv6 addresses as a /28"},
		{"fc00::/7 fe80::/10", ""},
	} {
		prefixes := []netip.Prefix{}
		for text := range strings.FieldsSeq(test.ranges) {
			prefixes = append(prefixes, netip.MustParsePrefix(text))
		}
		if wide, what := IsWide(prefixes); wide != (test.what != "") || what != test.what {
			t.Errorf("%s: %t, %q, want %q", test.ranges, wide, what, test.what)
		}
	}
}

func TestIsWiderThan(t *testing.T) {
	t.Parallel()
	for ranges, want := range map[string]bool{
		"":                          false,
		"52.0.0.0/16":               false,
		"52.0.0.0/16 52.0.1.0/24":   false, // contained
		"52.0.0.0/16 53.0.0.0/32":   true,
		"52.0.0.0/17 52.1.0.0/17":   false,
		"52.0.0.0/15":               true,
		"10.0.0.0/8 192.168.0.0/16": false, // not public
		"2a00::/16":                 false, // IPv6
	} {
		prefixes := []netip.Prefix{}
		for text := range strings.FieldsSeq(ranges) {
			prefixes = append(prefixes, netip.MustParsePrefix(text))
		}
		if got := IsWiderThan(prefixes, 16); got != want {
			t.Errorf("%s: %t", ranges, got)
		}
	}
}
