package compliance

import (
	"bytes"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"
)

// ParseAllowRange parses a range of the API server's allow-list: an IPv4 or IPv6 CIDR in canonical form, which the API
// returns unchanged. The error is a *Problem with the canonical form.
func ParseAllowRange(s string) (netip.Prefix, error) {
	problem := &Problem{
		Summary: "The address range is not valid",
		Found:   fmt.Sprintf("%q", s),
		Allowed: `a CIDR in canonical form, such as "203.0.113.0/24" or "203.0.113.7/32"`,
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		problem.Found += ", which is not a CIDR"
		problem.Fix = "Write an address, a slash and the length of the mask."
		if addr, err := netip.ParseAddr(s); err == nil {
			addr = addr.WithZone("").Unmap()
			problem.Found = fmt.Sprintf("%q, an address without mask", s)
			problem.Fix = fmt.Sprintf("Write %q for this address alone.", netip.PrefixFrom(addr, addr.BitLen()))
		}
		return netip.Prefix{}, problem
	}
	canonical := unmap(prefix.Masked())
	switch {
	case prefix.Addr().Is4In6() && canonical.Addr().Is4():
		problem.Found += ", an IPv4 range in IPv6 notation"
	case prefix != canonical:
		problem.Found += ", which has bits set beyond its mask"
	case s != canonical.String():
		problem.Found += ", a non-canonical form of " + canonical.String()
	default:
		return canonical, nil
	}
	problem.Fix = fmt.Sprintf("Write %q.", canonical)
	return netip.Prefix{}, problem
}

// unmap converts an IPv4-mapped IPv6 range (::ffff:0:0/96 and longer) to IPv4.
func unmap(prefix netip.Prefix) netip.Prefix {
	if prefix.Addr().Is4In6() && prefix.Bits() >= 96 {
		return netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96)
	}
	return prefix
}

// IsOpenToWorld reports whether the ranges, alone or together, cover every public IPv4 address or every public IPv6
// address (2000::/3). Their order, number and notation do not matter, and neither do gaps of addresses that no host on
// the internet has. why describes the ranges; it is empty if open is false.
func IsOpenToWorld(cidrs []netip.Prefix) (open bool, why string) {
	ranges := canonicalRanges(cidrs)
	for _, family := range []struct {
		name   string
		span   netip.Prefix
		exempt []string
	}{
		{"IPv6", netip.MustParsePrefix("2000::/3"), nil},
		{"IPv4", netip.MustParsePrefix("0.0.0.0/0"), nonPublicIPv4()},
	} {
		target := newSpan(family.span)
		var exempt, relevant []span
		for _, s := range family.exempt {
			exempt = append(exempt, newSpan(netip.MustParsePrefix(s)))
		}
		var names []string
		for _, r := range ranges {
			s := newSpan(r)
			if !s.overlaps(target) {
				continue
			}
			if covers(append(slices.Clone(exempt), s), target) {
				return true, fmt.Sprintf("%s covers every public %s address", r, family.name)
			}
			relevant = append(relevant, s)
			names = append(names, r.String())
		}
		if len(relevant) > 0 && covers(append(exempt, relevant...), target) {
			return true, fmt.Sprintf("%s together cover every public %s address", enumerate(names), family.name)
		}
	}
	return false, ""
}

// IsWide reports whether the ranges, alone or together, allow more public addresses than one organization has: at least
// as many as an IPv4 /12 (a million addresses) or an IPv6 /28. amount describes how many.
func IsWide(cidrs []netip.Prefix) (wide bool, amount string) {
	ranges := canonicalRanges(cidrs)
	for _, family := range []struct {
		name   string
		span   netip.Prefix
		exempt []string
		bits   int // The shortest mask that is not wide.
	}{
		{"IPv4", netip.MustParsePrefix("0.0.0.0/0"), nonPublicIPv4(), 12},
		{"IPv6", netip.MustParsePrefix("2000::/3"), nil, 28},
	} {
		total := new(big.Int)
		for _, r := range ranges {
			if r.Addr().BitLen() != family.span.Addr().BitLen() || !r.Overlaps(family.span) {
				continue
			}
			total.Add(total, countPublicAddresses(r, family.span, family.exempt))
		}
		length := family.span.Addr().BitLen()
		if total.Cmp(
			new(big.Int).Lsh(big.NewInt(1), uint(length-family.bits)),
		) < 0 { //nolint:gosec // both are constants
			continue
		}
		amount := fmt.Sprintf("as many public %s addresses as a /%d", family.name, length-total.BitLen()+1)
		if percent := new(big.Int).Div(
			new(big.Int).Mul(total, big.NewInt(100)), countPublicAddresses(family.span, family.span, family.exempt),
		); percent.Sign() > 0 {
			amount = fmt.Sprintf("%d %% of all public %s addresses", percent, family.name)
		}
		names := make([]string, 0, len(ranges))
		for _, r := range ranges {
			if r.Addr().BitLen() == length {
				names = append(names, r.String())
			}
		}
		return true, enumerate(names) + ": " + amount
	}
	return false, ""
}

// IsWiderThan reports whether the ranges together allow more public IPv4 addresses than one range with a mask of this
// length.
func IsWiderThan(cidrs []netip.Prefix, ipv4Bits int) bool {
	all, total := netip.MustParsePrefix("0.0.0.0/0"), new(big.Int)
	for _, r := range canonicalRanges(cidrs) {
		if r.Addr().Is4() {
			total.Add(total, countPublicAddresses(r, all, nonPublicIPv4()))
		}
	}
	return total.Cmp(big.NewInt(1<<(32-ipv4Bits))) > 0
}

// countPublicAddresses returns the number of public addresses of a range: those in within, without the exempt blocks.
// No exempt block may contain another.
func countPublicAddresses(r, within netip.Prefix, exempt []string) *big.Int {
	if within.Bits() > r.Bits() {
		r = within
	}
	size := func(p netip.Prefix) *big.Int {
		return new(big.Int).Lsh(
			big.NewInt(1), uint(p.Addr().BitLen()-p.Bits()),
		) //nolint:gosec // a prefix is never longer than its address
	}
	total := size(r)
	for _, text := range exempt {
		block := netip.MustParsePrefix(text)
		switch {
		case block.Bits() <= r.Bits() && block.Overlaps(r):
			return new(big.Int)
		case block.Overlaps(r):
			total.Sub(total, size(block))
		}
	}
	return total
}

// canonicalRanges returns the valid ranges in canonical form, sorted, without duplicates and without ranges that
// another one contains.
func canonicalRanges(cidrs []netip.Prefix) []netip.Prefix {
	var ranges []netip.Prefix
	for _, c := range cidrs {
		if c.IsValid() {
			ranges = append(ranges, unmap(c.Masked()))
		}
	}
	slices.SortFunc(ranges, func(a, b netip.Prefix) int {
		if c := a.Addr().Compare(b.Addr()); c != 0 {
			return c
		}
		return a.Bits() - b.Bits()
	})
	var result []netip.Prefix
	for _, r := range ranges {
		if len(result) > 0 {
			last := result[len(result)-1]
			if last.Bits() <= r.Bits() && last.Contains(r.Addr()) {
				continue
			}
		}
		result = append(result, r)
	}
	return result
}

// nonPublicIPv4 returns the special-purpose blocks, in which no host on the internet has an address.
func nonPublicIPv4() []string {
	return []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
		"192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
		"240.0.0.0/4",
	}
}

// span is a range of addresses with both ends, as 16 bytes. IPv4 is mapped to IPv6, so that an IPv6 range that contains
// the mapped block also covers IPv4.
type span struct{ first, last [16]byte }

func newSpan(prefix netip.Prefix) span {
	s := span{prefix.Addr().As16(), prefix.Addr().As16()}
	bits := prefix.Bits()
	if prefix.Addr().Is4() {
		bits += 96
	}
	for i := range 128 {
		if i >= bits {
			s.first[i/8] &^= 0x80 >> (i % 8)
			s.last[i/8] |= 0x80 >> (i % 8)
		}
	}
	return s
}

func (s span) overlaps(other span) bool {
	return bytes.Compare(s.first[:], other.last[:]) <= 0 && bytes.Compare(other.first[:], s.last[:]) <= 0
}

// covers reports whether the spans together contain every address of target.
func covers(spans []span, target span) bool {
	slices.SortFunc(spans, func(a, b span) int { return bytes.Compare(a.first[:], b.first[:]) })
	next := target.first
	for _, s := range spans {
		if bytes.Compare(s.first[:], next[:]) > 0 {
			return false
		}
		if bytes.Compare(s.last[:], target.last[:]) >= 0 {
			return true
		}
		if bytes.Compare(s.last[:], next[:]) >= 0 {
			next = nextAddress(s.last)
		}
	}
	return false
}

// nextAddress returns the next address. The caller ensures that there is one.
func nextAddress(addr [16]byte) [16]byte {
	for i := len(addr) - 1; i >= 0; i-- {
		addr[i]++
		if addr[i] != 0 {
			break
		}
	}
	return addr
}

// enumerate joins names for a sentence, and shortens long lists.
func enumerate(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s and %d more ranges", strings.Join(names[:most], ", "), len(names)-most)
	}
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
