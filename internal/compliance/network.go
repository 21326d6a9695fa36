package compliance

import (
	"fmt"
	"net/netip"
	"strings"
)

// Defaults of Kapsule, and the range that Scaleway reserves.
const (
	DefaultPodCIDR      = "100.64.0.0/15"
	DefaultServiceCIDR  = "10.32.0.0/20"
	DefaultServiceDNSIP = "10.32.0.10"
	ReservedCIDR        = "198.18.0.0/15"
)

// Longest masks that the API accepts.
const (
	MaxPodPrefixLength     = 16
	MaxServicePrefixLength = 24
)

// NamedPrefix is an address range with its name in messages, such as "pod_cidr".
type NamedPrefix struct {
	Name   string
	Prefix netip.Prefix
}

// String returns the name and the range.
func (n NamedPrefix) String() string { return n.Name + " " + n.Prefix.String() }

// Overlap is a pair of ranges that share addresses, in the order in which they were given.
type Overlap struct{ A, B NamedPrefix }

// String returns the overlap as a clause.
func (o Overlap) String() string { return fmt.Sprintf("%s overlaps %s", o.A, o.B) }

// ReservedRange returns the range that Scaleway reserves in clusters.
func ReservedRange() NamedPrefix {
	return NamedPrefix{"the range reserved by Scaleway", netip.MustParsePrefix(ReservedCIDR)}
}

// FindOverlaps returns every pair of ranges that share addresses, in the order of the input. It ignores invalid
// prefixes.
func FindOverlaps(prefixes []NamedPrefix) []Overlap {
	overlaps := []Overlap{}
	for i, a := range prefixes {
		for _, b := range prefixes[i+1:] {
			if unmap(a.Prefix).Overlaps(unmap(b.Prefix)) {
				overlaps = append(overlaps, Overlap{a, b})
			}
		}
	}
	return overlaps
}

// CheckPodCIDR parses the range of the pods: private IPv4 (RFC 1918 or RFC 6598), in canonical form, with a mask of /16
// or wider. The error is a *Problem.
func CheckPodCIDR(s string) (netip.Prefix, error) {
	return checkClusterCIDR(s, "pod", MaxPodPrefixLength, DefaultPodCIDR)
}

// CheckServiceCIDR parses the range of the Services: private IPv4 (RFC 1918 or RFC 6598), in canonical form, with a
// mask of /24 or wider. The error is a *Problem.
func CheckServiceCIDR(s string) (netip.Prefix, error) {
	return checkClusterCIDR(s, "service", MaxServicePrefixLength, DefaultServiceCIDR)
}

func checkClusterCIDR(s, what string, maxLength int, example string) (netip.Prefix, error) {
	problem := &Problem{
		Summary: "The " + what + " address range is not valid",
		Found:   fmt.Sprintf("%q", s),
		Allowed: fmt.Sprintf(
			"an IPv4 range with a mask of /%d or wider, inside %s", maxLength, strings.Join(privateRanges(), ", "),
		),
		Fix: fmt.Sprintf("Remove it to use the default, %s, or write an allowed range.", example),
	}
	prefix, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		problem.Found += ", which is not a CIDR"
	case !prefix.Addr().Is4():
		problem.Found += ", which is not IPv4"
	case prefix != prefix.Masked():
		problem.Found += ", which has bits set beyond its mask"
		problem.Fix = fmt.Sprintf("Write %q.", prefix.Masked())
	case prefix.Bits() > maxLength:
		problem.Found += ", which is too small"
	case !isPrivate(prefix):
		problem.Found += ", which is not private"
	default:
		return prefix, nil
	}
	return netip.Prefix{}, problem
}

// privateRanges returns the ranges of RFC 1918 and RFC 6598.
func privateRanges() []string {
	return []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"}
}

func isPrivate(prefix netip.Prefix) bool {
	for _, s := range privateRanges() {
		outer := netip.MustParsePrefix(s)
		if outer.Contains(prefix.Addr()) && outer.Bits() <= prefix.Bits() {
			return true
		}
	}
	return false
}

// CheckServiceDNS parses the address of the cluster's DNS service. It must be in the range of the Services, but neither
// one of the first two addresses (the network and the API server's Service) nor the last. The error is a *Problem.
func CheckServiceDNS(ip string, service netip.Prefix) (netip.Addr, error) {
	problem := &Problem{
		Summary: "The address of the cluster's DNS service is not valid",
		Found:   fmt.Sprintf("%q", ip),
		Allowed: fmt.Sprintf("an address inside the service range %s", service),
	}
	network := service.Masked().Addr()
	problem.Fix = fmt.Sprintf("Remove it to use the default, or write an address such as %q.", nthAddress(network, 10))
	addr, err := netip.ParseAddr(ip)
	switch {
	case err != nil:
		problem.Found += ", which is not an IP address"
	case !service.Contains(addr):
		problem.Found += ", which is outside that range"
	case addr == network:
		problem.Found += ", which is the first address of the range"
	case addr == network.Next():
		problem.Found += ", which the API server's Service uses"
	case !service.Contains(addr.Next()):
		problem.Found += ", which is the last address of the range"
	default:
		return addr, nil
	}
	return netip.Addr{}, problem
}

func nthAddress(addr netip.Addr, n int) netip.Addr {
	for range n {
		addr = addr.Next()
	}
	return addr
}
